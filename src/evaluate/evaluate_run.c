/* The evaluation of a run, and the files that it leaves in the folder. */
#include "base/lock.h"
#include "evaluate/feature_scores.h"
#include "evaluate/scores.h"
#include "net/run_files.h"
#include "net/trained.h"

#include <likeness/evaluate.h>

#include <cJSON.h>

static bool add_origin(cJSON *json, const lk_origin *origin) {
    cJSON *init = NULL;
    if (!*origin->path) return true;
    return (init = cJSON_AddObjectToObject(json, "init")) &&
           cJSON_AddStringToObject(init, "path", origin->path) &&
           cJSON_AddStringToObject(init, "fingerprint", origin->fingerprint);
}

static bool add_notes(cJSON *json, const lk_run_notes *notes) {
    cJSON *stopped = NULL;
    if (notes && !add_origin(json, &notes->origin)) return false;
    if (notes && notes->extended &&
        !lk_json_add_number(json, "extended_after_step", (double)notes->extended))
        return false;
    if (!notes || !notes->stopped_epoch) return true;
    return (stopped = cJSON_AddObjectToObject(json, "stopped_early")) &&
           lk_json_add_number(stopped, "epoch", notes->stopped_epoch) &&
           lk_json_add_number(stopped, "best_epoch", notes->best_epoch) &&
           cJSON_AddStringToObject(stopped, "reason", "train.patience");
}

static lk_status write_json(const lk_evaluation *evaluation, const lk_run_notes *notes,
                            const char *path, lk_error *err) {
    cJSON *json = NULL;
    lk_status status = lk_evaluation_json(evaluation, &json, err);
    if (!status && !add_notes(json, notes)) status = lk_json_no_memory(err, path);
    if (!status) status = lk_json_write(json, path, err);
    cJSON_Delete(json);
    return status;
}

/* With the network of the model's config, if it has one. */
static lk_status evaluate_with_own_network(const lk_context *context, const char *model,
                                           const char *data, const lk_evaluate_options *options,
                                           lk_evaluation *out, lk_error *err) {
    char where[LK_FEATURES_WHERE_MAX];
    lk_evaluate_options with = *options;
    lk_trained trained;
    lk_status status = lk_trained_open(model, context, NULL, 0, &trained, err);
    if (status) return status;
    with.features = lk_feature_source_of(&trained.config, where);
    status = lk_evaluate_trained(context, &trained, data, &with, out, err);
    lk_trained_close(&trained);
    return status;
}

/* test.json comes last: if it exists, everything does. */
lk_status lk_evaluate_run(const lk_context *context, const char *run, const char *data,
                          const char *fingerprint, const lk_run_notes *notes, const lk_stop *stop,
                          lk_evaluation *out, lk_error *err) {
    char model[LK_PATH_MAX], scores[LK_PATH_MAX], test[LK_PATH_MAX];
    if (!lk_format(scores, sizeof scores, "%s/" LK_RUN_TEST_SCORES, run))
        return lk_fail(err, LK_USAGE, "%s: path is too long", run);
    lk_format(test, sizeof test, "%s/" LK_RUN_TEST, run);
    lk_format(model, sizeof model, "%s/" LK_RUN_MODEL, run);
    lk_lock lock;
    lk_score *values = NULL;
    const lk_evaluate_options options = {
        .split = LK_SPLIT_TEST, .scores = &values, .fingerprint = fingerprint, .stop = stop
    };
    lk_status status = lk_folder_lock(run, &context->log, &lock, err);
    if (status) return status;
    status = evaluate_with_own_network(context, model, data, &options, out, err);
    if (!status) status = lk_scores_write(scores, values, out->model.n, err);
    if (!status) status = write_json(out, notes, test, err);
    lk_free(values);
    lk_folder_unlock(&lock);
    return status;
}
