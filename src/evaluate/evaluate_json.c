/* An evaluation as JSON: the contents of test.json. */
#include "evaluate/codes.h"
#include "evaluate/feature_scores.h"

#include <likeness/evaluate.h>

#include <cJSON.h>

static lk_status add_summary(cJSON *object, const char *key, const lk_metrics_summary *summary,
                             lk_error *err) {
    cJSON *json = NULL;
    lk_status status = lk_metrics_json(summary, &json, err);
    if (!status && !lk_json_add(object, key, json)) status = lk_json_no_memory(err, key);
    return status;
}

static lk_status add_baselines(cJSON *json, const lk_evaluation *evaluation, lk_error *err) {
    cJSON *baselines = cJSON_AddObjectToObject(json, "baselines");
    if (!cJSON_AddNumberToObject(baselines, "components", evaluation->n_components))
        return lk_fail_memory(err, sizeof *baselines, "the baselines");
    lk_status status = add_summary(baselines, "mean_image", &evaluation->mean_image, err);
    return status ? status : add_summary(baselines, "pca", &evaluation->pca, err);
}

lk_status lk_evaluation_json(const lk_evaluation *evaluation, cJSON **out, lk_error *err) {
    cJSON *json = NULL;
    lk_status status = lk_metrics_json(&evaluation->model, &json, err);
    if (status) return status;
    if (!cJSON_AddStringToObject(json, "data", evaluation->data))
        status = lk_json_no_memory(err, "an evaluation");
    if (!status && *evaluation->trained_on &&
        !cJSON_AddStringToObject(json, "trained_on", evaluation->trained_on))
        status = lk_json_no_memory(err, "an evaluation");
    if (!status && *evaluation->features.id)
        status = lk_feature_network_json(&evaluation->features, json, err);
    if (!status && evaluation->codes.n)
        status = lk_codes_json(&evaluation->codes, json, "codes", err);
    if (!status && evaluation->corrupted)
        status = add_summary(json, "corrupted", &evaluation->spoilt, err);
    if (!status && evaluation->has_baselines) status = add_baselines(json, evaluation, err);
    if (!status)
        *out = json;
    else
        cJSON_Delete(json);
    return status;
}
