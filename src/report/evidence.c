/* What verdicts rest on: the differences of verdicts.json. */
#include "report/evidence.h"
#include "base/file.h"
#include "report/values.h"

#include <cJSON.h>
#include <string.h>

static lk_evidence *find_evidence(const lk_results *results, const lk_evidence *like) {
    for (size_t i = 0; i < results->n_evidence; i++) {
        lk_evidence *evidence = &results->evidence[i];
        if (evidence->claim == like->claim && evidence->source == like->source &&
            strcmp(evidence->model, like->model) == 0 && strcmp(evidence->left, like->left) == 0 &&
            strcmp(evidence->right, like->right) == 0)
            return evidence;
    }
    return NULL;
}

static bool has_seed(const lk_evidence *evidence, int64_t seed) {
    for (int i = 0; i < evidence->n_seeds; i++)
        if (evidence->seeds[i].seed == seed) return true;
    return false;
}

/* The correlation of the errors of different seeds is unknown here: assume the worst, 1. */
static lk_status join_evidence(lk_evidence *to, const lk_evidence *from, lk_error *err) {
    int n_to = to->n_seeds;
    for (int i = 0; i < from->n_seeds; i++) {
        if (has_seed(to, from->seeds[i].seed)) continue;
        if (to->n_seeds == LK_LIST_MAX)
            return lk_fail(err, LK_FORMAT, "\"%s\" against \"%s\" has more than %d seeds", to->left,
                           to->right, LK_LIST_MAX);
        to->seeds[to->n_seeds++] = from->seeds[i];
    }
    to->se_images = (n_to * to->se_images + (to->n_seeds - n_to) * from->se_images) / to->n_seeds;
    return LK_OK;
}

lk_status lk_results_add_evidence(lk_results *results, const lk_evidence *evidence, lk_error *err) {
    lk_evidence *there = find_evidence(results, evidence);
    if (there) return join_evidence(there, evidence, err);
    lk_evidence *grown =
        lk_results_grow(results->evidence, results->n_evidence, sizeof *evidence, err);
    if (!grown) return LK_MEMORY;
    results->evidence = grown;
    results->evidence[results->n_evidence++] = *evidence;
    return LK_OK;
}

static const lk_claim *find_claim(const char *key) {
    for (size_t i = 0; i < lk_n_claims; i++)
        if (key && strcmp(lk_claims[i].key, key) == 0) return &lk_claims[i];
    return NULL;
}

static lk_status add_difference(lk_results *results, const cJSON *json, const char *path,
                                lk_error *err) {
    lk_evidence evidence = { .source = results->source,
                             .claim = find_claim(cJSON_GetStringValue(
                                 cJSON_GetObjectItemCaseSensitive(json, "claim"))) };
    const cJSON *seeds = cJSON_GetObjectItemCaseSensitive(json, "seeds"), *seed;
    int n = cJSON_GetArraySize(seeds);
    if (!evidence.claim) return lk_value_wrong(path, "claim", "the key of a claim", err);
    lk_status status = lk_value_text(&results->arena, json, path, "model", &evidence.model, err);
    if (!status) status = lk_value_text(&results->arena, json, path, "left", &evidence.left, err);
    if (!status) status = lk_value_text(&results->arena, json, path, "right", &evidence.right, err);
    if (!status) status = lk_value_number(json, path, "se_images", &evidence.se_images, err);
    if (!status && (!cJSON_IsArray(seeds) || n < 1 || n > LK_LIST_MAX))
        status = lk_value_wrong(path, "seeds", "a list of 1 to 32 objects", err);
    cJSON_ArrayForEach(seed, seeds) {
        lk_seed_difference *to = &evidence.seeds[evidence.n_seeds];
        if (!status) status = lk_value_whole(seed, path, "seed", &to->seed, err);
        if (!status) status = lk_value_number(seed, path, "difference", &to->value, err);
        if (!status) status = lk_value_number(seed, path, "se", &to->se, err);
        if (status) break;
        evidence.n_seeds++;
    }
    return status ? status : lk_results_add_evidence(results, &evidence, err);
}

lk_status lk_results_add_verdicts(lk_results *results, const cJSON *json, const char *path,
                                  lk_error *err) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "differences");
    const char *experiment = NULL, *note = NULL;
    if (!cJSON_IsArray(list)) return lk_value_wrong(path, "differences", "a list", err);
    lk_status status = lk_value_text(&results->arena, json, path, "experiment", &experiment, err);
    if (!status) status = lk_value_text(&results->arena, json, path, "note", &note, err);
    if (status) return status;
    lk_format(results->experiment, sizeof results->experiment, "%s", experiment);
    lk_format(results->note, sizeof results->note, "%s", note);
    for (const cJSON *object = list->child; object && !status; object = object->next)
        status = add_difference(results, object, path, err);
    return status;
}

static bool put_difference(cJSON *list, const lk_evidence *evidence) {
    cJSON *object = cJSON_CreateObject(), *seeds = NULL;
    bool fine = cJSON_AddItemToArray(list, object) &&
                cJSON_AddStringToObject(object, "claim", evidence->claim->key) &&
                cJSON_AddStringToObject(object, "model", evidence->model) &&
                cJSON_AddStringToObject(object, "left", evidence->left) &&
                cJSON_AddStringToObject(object, "right", evidence->right) &&
                cJSON_AddStringToObject(object, "metric", lk_metric_key(evidence->claim->metric)) &&
                lk_json_add_number(object, "se_images", evidence->se_images) &&
                (seeds = cJSON_AddArrayToObject(object, "seeds"));
    for (int i = 0; i < evidence->n_seeds && fine; i++) {
        cJSON *seed = cJSON_CreateObject();
        fine = cJSON_AddItemToArray(seeds, seed) &&
               lk_json_add_number(seed, "seed", (double)evidence->seeds[i].seed) &&
               lk_json_add_number(seed, "difference", evidence->seeds[i].value) &&
               lk_json_add_number(seed, "se", evidence->seeds[i].se);
    }
    return fine;
}

lk_status lk_results_write_evidence(const lk_results *results, const char *path, lk_error *err) {
    lk_text text = { 0 };
    cJSON *json = cJSON_CreateObject(), *list = NULL;
    bool fine = cJSON_AddStringToObject(json, "experiment", results->experiment) &&
                cJSON_AddStringToObject(json, "note", results->note) &&
                (list = cJSON_AddArrayToObject(json, "differences"));
    for (size_t i = 0; i < results->n_evidence && fine; i++)
        fine = put_difference(list, &results->evidence[i]);
    lk_status status = fine ? lk_json_print(json, false, &text, err) : lk_json_no_memory(err, path);
    lk_text_add(&text, "\n");
    if (!status && text.failed) status = lk_fail_memory(err, text.n, path);
    if (!status) status = lk_file_write(path, text.data, text.n, err);
    lk_text_deinit(&text);
    cJSON_Delete(json);
    return status;
}

static bool has_row(const lk_results *results, const lk_evidence *evidence, const char *label) {
    for (size_t i = 0; i < results->n_rows; i++) {
        const lk_result *row = &results->rows[i];
        if (!row->state && row->source == evidence->source && strcmp(row->label, label) == 0)
            return true;
    }
    return false;
}

void lk_results_drop_evidence(lk_results *results) {
    size_t kept = 0;
    for (size_t i = 0; i < results->n_evidence; i++) {
        const lk_evidence *evidence = &results->evidence[i];
        if (evidence->source != results->source || (has_row(results, evidence, evidence->left) &&
                                                    has_row(results, evidence, evidence->right)))
            results->evidence[kept++] = *evidence;
    }
    results->n_evidence = kept;
}
