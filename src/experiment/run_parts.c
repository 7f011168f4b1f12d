/* The parts of a run's folder, each read by itself: one that is damaged does not hide the rest. */
#include "experiment/run_parts.h"
#include "experiment/row.h"
#include "net/run_files.h"
#include "train/record.h"

#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- metrics.jsonl ---- */

static void read_line(const char *line, lk_run_ends *ends) {
    cJSON *json = cJSON_Parse(line);
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "type")),
               *path = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "path"));
    const cJSON *epoch = cJSON_GetObjectItemCaseSensitive(json, "epoch");
    if (type && path && strcmp(type, "init") == 0)
        lk_format(ends->init, sizeof ends->init, "%s", path);
    if (type && cJSON_IsNumber(epoch) && strcmp(type, "early_stop") == 0)
        ends->early_epoch = epoch->valueint;
    cJSON_Delete(json);
}

void lk_run_ends_read(const char *folder, lk_run_ends *ends) {
    static const char *const begins[] = { "{\"type\":\"init\"", "{\"type\":\"early_stop\"" };
    char path[LK_PATH_MAX], *line = NULL;
    size_t room = 0;
    *ends = (lk_run_ends){ "", 0 };
    FILE *file = lk_format(path, sizeof path, "%s/" LK_RUN_LOG, folder) ? fopen(path, "r") : NULL;
    while (file && getline(&line, &room, file) > 0)
        for (size_t i = 0; i < LK_COUNT(begins); i++)
            if (strncmp(line, begins[i], strlen(begins[i])) == 0) read_line(line, ends);
    free(line); /* getline's */
    if (file) fclose(file);
}

/* ---- the parts ---- */

/* Goes on without a part, unless memory ran out. */
static lk_status note(lk_run_parts *r, lk_status status, const lk_error *reason, const char *more,
                      lk_error *err) {
    if (status == LK_MEMORY) return lk_fail(err, status, "%s", reason->text);
    if (status) lk_text_add(&r->damage, "%s%s\n", reason->text, more);
    return LK_OK;
}

static bool has(const lk_run_parts *r, const char *name, char path[LK_PATH_MAX]) {
    return lk_format(path, LK_PATH_MAX, "%s/%s", r->path, name) && lk_file_may_exist(path);
}

static lk_status read_config(lk_run_parts *r, lk_error *err) {
    char path[LK_PATH_MAX];
    if (!lk_format(path, sizeof path, "%s/" LK_RUN_CONFIG, r->path))
        return lk_fail(err, LK_FORMAT, "%s: path is too long", r->path);
    lk_status status = lk_config_load(path, NULL, 0, &r->config, err);
    return status == LK_USAGE ? LK_FORMAT : status;
}

/* A run that has just begun has no model yet. */
static lk_status open_model(lk_run_parts *r, const lk_context *context, lk_error *err) {
    char path[LK_PATH_MAX], best[LK_PATH_MAX + 64] = "";
    lk_error reason = { "" };
    if (lk_run_find_model(r->path, path, &reason)) return LK_OK;
    bool is_best = strstr(path, LK_RUN_BEST) != NULL;
    lk_status status = lk_trained_open(r->path, context, NULL, 0, &r->trained, &reason);
    r->has_model = !status;
    if (!is_best && has(r, LK_RUN_BEST, path))
        lk_format(best, sizeof best, "; %s has the best weights", path);
    return note(r, status, &reason, best, err);
}

/* From test.json alone. */
static void read_scores(lk_run_parts *r) {
    char path[LK_PATH_MAX], key[64];
    lk_json test = { 0 };
    lk_error ignored;
    if (!has(r, LK_RUN_TEST, path) || lk_json_read(path, &test, &ignored)) return;
    const cJSON *n = cJSON_GetObjectItemCaseSensitive(test.root, "n");
    if (cJSON_IsNumber(n)) r->measured.n = (int64_t)n->valuedouble;
    for (int m = 0; m < LK_N_ALL_METRICS; m++) {
        const cJSON *value =
            cJSON_GetObjectItemCaseSensitive(test.root, lk_metric_key((lk_metric)m));
        lk_format(key, sizeof key, "%s_se", lk_metric_key((lk_metric)m));
        const cJSON *se = cJSON_GetObjectItemCaseSensitive(test.root, key);
        r->measured.value[m] = cJSON_IsNumber(value) ? value->valuedouble : (double)NAN;
        r->measured.se[m] = cJSON_IsNumber(se) ? se->valuedouble : (double)NAN;
    }
    lk_json_deinit(&test);
}

/* A run whose figures cannot be read has at least a state. */
static lk_status read_row(lk_run_parts *r, lk_error *err) {
    const lk_result_head head = { .label = "",
                                  .paper_ssim = (double)NAN,
                                  .paper_mse = (double)NAN };
    lk_error reason = { "" };
    cJSON *json = NULL;
    lk_status status = lk_result_read_run(&r->results, r->path, &reason);
    bool whole = !status;
    status = note(r, status, &reason, "", err);
    if (!status && !whole) {
        read_scores(r);
        status = lk_result_of_unfinished_run(r->path, &head, &json, err);
        if (!status) status = lk_results_add(&r->results, json, r->path, r->path, err);
        cJSON_Delete(json);
    }
    if (status) return status;
    r->row = &r->results.rows[0];
    if (whole && !r->row->state) r->measured = r->row->measured;
    return LK_OK;
}

lk_status lk_run_parts_read(lk_run_parts *r, const char *path, const lk_context *context,
                            lk_error *err) {
    lk_error reason = { "" };
    *r = (lk_run_parts){ .path = path, .best_epoch = (double)NAN, .best_loss = (double)NAN };
    lk_results_init(&r->results);
    lk_status status = read_config(r, err);
    if (!status) status = open_model(r, context, err);
    if (!status) status = read_row(r, err);
    if (!status) status = note(r, lk_session_read(path, &r->history, &reason), &reason, "", err);
    if (!status)
        status =
            note(r, lk_record_best(path, &r->best_epoch, &r->best_loss, &reason), &reason, "", err);
    if (!status) lk_run_ends_read(path, &r->ends);
    return status;
}

void lk_run_parts_deinit(lk_run_parts *r) {
    lk_results_deinit(&r->results);
    lk_session_history_deinit(&r->history);
    if (r->has_model) lk_trained_close(&r->trained);
    lk_config_deinit(&r->config);
    lk_text_deinit(&r->damage);
}

bool lk_run_parts_imported(const lk_run_parts *r) {
    return *r->ends.init && isnan(r->best_epoch) && r->has_model && !r->trained.unfinished.is;
}
