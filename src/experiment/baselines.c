/* The baselines in a table: the mean image of the training split, and PCA with as many components
   as the models have latents. */
#include "experiment/baselines.h"
#include "base/file.h"
#include "evaluate/feature_scores.h"
#include "report/report.h"

#include <cJSON.h>

static lk_status add_baseline(cJSON *rows, const char *label, const lk_metrics_summary *summary,
                              lk_error *err) {
    cJSON *row = NULL;
    lk_status status = lk_metrics_json(summary, &row, err);
    if (status) return status;
    if (cJSON_AddStringToObject(row, "label", label) && cJSON_AddItemToArray(rows, row))
        return LK_OK;
    cJSON_Delete(row);
    return lk_json_no_memory(err, LK_RESULTS_BASELINES);
}

static int latents_of(const lk_experiment *e, int i) {
    return (int)lk_shape_size(lk_config_code(&e->runs[i].config));
}

/* The number of latents of run i, or 0 if an earlier run has the same. */
static int distinct_latents(const lk_experiment *e, int i) {
    for (int k = 0; k < i; k++)
        if (latents_of(e, k) == latents_of(e, i)) return 0;
    return latents_of(e, i);
}

/* The network of the metrics of features: that of the first run. */
static lk_feature_source network_of(const lk_experiment *e, char where[LK_FEATURES_WHERE_MAX]) {
    return lk_feature_source_of(&e->runs[0].config, where);
}

static lk_status measure(const lk_context *context, const lk_reproduce_options *options,
                         const char *fingerprint, cJSON *rows, lk_error *err) {
    bool first = true;
    char where[LK_FEATURES_WHERE_MAX];
    const lk_feature_source features = network_of(options->experiment, where);
    for (int i = 0; i < options->experiment->n_runs; i++) {
        int latents = distinct_latents(options->experiment, i);
        char label[64];
        lk_evaluation evaluation = { 0 };
        if (!latents) continue;
        lk_status status = lk_evaluate_baselines(context, options->data, LK_SPLIT_TEST, latents,
                                                 &features, &options->stop, &evaluation, err);
        if (!status) status = lk_pack_check_same(options->data, evaluation.data, fingerprint, err);
        if (!status && first)
            status = add_baseline(rows, "mean image", &evaluation.mean_image, err);
        lk_format(label, sizeof label, "PCA, %d components", evaluation.n_components);
        if (!status) status = add_baseline(rows, label, &evaluation.pca, err);
        if (status) return status;
        first = false;
    }
    return LK_OK;
}

static bool add_latents(cJSON *json, const lk_experiment *e) {
    cJSON *list = cJSON_AddArrayToObject(json, "latents");
    bool fine = list != NULL;
    for (int i = 0; i < e->n_runs && fine; i++) {
        int latents = distinct_latents(e, i);
        if (latents) fine = cJSON_AddItemToArray(list, cJSON_CreateNumber(latents));
    }
    return fine;
}

static lk_status add_network(cJSON *json, const lk_experiment *e, lk_error *err) {
    char where[LK_FEATURES_WHERE_MAX], id[9];
    const lk_feature_source features = network_of(e, where);
    if (!features.network) return LK_OK;
    lk_status status = lk_feature_network_id(features.network, id, err);
    if (status || cJSON_AddStringToObject(json, "network", id)) return status;
    return lk_json_no_memory(err, LK_RESULTS_BASELINES);
}

/* Whether the file has baselines of the same pack with the same numbers of components. */
static bool has_baselines(const char *path, const cJSON *expected) {
    lk_json there = { 0 };
    if (!lk_file_may_exist(path) || lk_json_read(path, &there, NULL)) return false;
    bool same = true;
    for (const cJSON *value = expected->child; value && same; value = value->next)
        same =
            cJSON_Compare(value, cJSON_GetObjectItemCaseSensitive(there.root, value->string), true);
    lk_json_deinit(&there);
    return same;
}

lk_status lk_experiment_baselines(const lk_context *context, const lk_reproduce_options *options,
                                  const char *fingerprint, lk_error *err) {
    char path[LK_PATH_MAX];
    cJSON *json = cJSON_CreateObject(), *rows = NULL;
    lk_status status = LK_OK;
    lk_format(path, sizeof path, "%s/results/" LK_RESULTS_BASELINES, options->out);
    if (!cJSON_AddStringToObject(json, "data", fingerprint) ||
        !add_latents(json, options->experiment)) {
        status = lk_json_no_memory(err, path);
        goto done;
    }
    status = add_network(json, options->experiment, err);
    if (status) goto done;
    if (has_baselines(path, json)) goto done;
    lk_log_say(&context->log, LK_INFO, "baselines: the mean image and PCA");
    rows = cJSON_AddArrayToObject(json, "baselines");
    status =
        rows ? measure(context, options, fingerprint, rows, err) : lk_json_no_memory(err, path);
    if (!status) status = lk_json_write(json, path, err);
done:
    cJSON_Delete(json);
    return status;
}
