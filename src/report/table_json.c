/* Tables as one JSON object: numbers with all digits, null if undefined. */
#include "report/table.h"

#include <cJSON.h>
#include <math.h>

static bool add_text(cJSON *object, const char *key, const char *text) {
    return cJSON_AddStringToObject(object, key, text) != NULL;
}

/* Append a new object to a list; NULL when out of memory. */
static cJSON *append(cJSON *list) {
    cJSON *object = cJSON_CreateObject();
    return cJSON_AddItemToArray(list, object) ? object : NULL;
}

static bool add_figures(cJSON *object, const double *value, const double *error) {
    bool fine = true;
    for (int m = 0; m < LK_N_ALL_METRICS && fine; m++) {
        char key[64];
        lk_format(key, sizeof key, "%s_error", lk_metric_key((lk_metric)m));
        fine = lk_json_add_number(object, lk_metric_key((lk_metric)m), value[m]) &&
               lk_json_add_number(object, key, error[m]);
    }
    return fine;
}

/* The keys of the metrics in which no other model is better. */
static bool add_best(cJSON *object, const lk_summary *s) {
    cJSON *best = cJSON_AddArrayToObject(object, "best");
    bool fine = best != NULL;
    for (int m = 0; m < LK_N_ALL_METRICS && fine; m++)
        if (s->best[m])
            fine = cJSON_AddItemToArray(best, cJSON_CreateString(lk_metric_key((lk_metric)m)));
    return fine;
}

static bool add_better(cJSON *json) {
    cJSON *better = cJSON_AddObjectToObject(json, "better");
    bool fine = better != NULL;
    for (int m = 0; m < LK_N_ALL_METRICS && fine; m++)
        fine = add_text(better, lk_metric_key((lk_metric)m), lk_metric_better_word((lk_metric)m));
    return fine;
}

static bool add_training(cJSON *object, const lk_summary *s) {
    const lk_result *row = s->first;
    bool measured = !row->state;
    char buffer[LK_STATE_MAX];
    const char *state = lk_summary_state(s, buffer);
    return (*state ? add_text(object, "state", state)
                   : cJSON_AddNullToObject(object, "state") != NULL) &&
           lk_json_add_number(object, "seeds", s->n_seeds) &&
           lk_json_add_number(object, "n", measured ? (double)row->measured.n : (double)NAN) &&
           lk_json_add_number(object, "epochs", measured ? row->epochs : (double)NAN) &&
           lk_json_add_number(object, "steps", measured ? (double)row->steps : (double)NAN) &&
           lk_json_add_number(object, "train_images",
                              row->train_images ? (double)row->train_images : (double)NAN) &&
           lk_json_add_number(object, "latents", (double)row->latents);
}

static bool add_path(cJSON *object, const lk_summary *s) {
    lk_text path = { 0 };
    lk_summary_run(s, &path);
    bool whole = !path.failed && (path.n ? add_text(object, "path", path.data)
                                         : cJSON_AddNullToObject(object, "path") != NULL);
    lk_text_deinit(&path);
    return whole;
}

/* Of the metrics of features. */
static bool add_network(cJSON *object, const lk_result *row) {
    return *row->network ? add_text(object, "network", row->network)
                         : cJSON_AddNullToObject(object, "network") != NULL;
}

static bool add_row(cJSON *list, const lk_summary *s) {
    const lk_result *row = s->first;
    cJSON *object = append(list), *paper = NULL;
    return add_text(object, "label", row->label) && add_path(object, s) &&
           add_text(object, "model", row->model) && add_text(object, "loss", row->loss) &&
           add_training(object, s) &&
           (row->state ? cJSON_AddNullToObject(object, "error") != NULL
                       : add_text(object, "error",
                                  s->n_seeds > 1 ? "sd over seeds" : "se over pictures")) &&
           add_figures(object, s->value, s->spread) && add_network(object, row) &&
           add_best(object, s) && (paper = cJSON_AddObjectToObject(object, "paper")) &&
           lk_json_add_number(paper, "ssim", row->paper_ssim) &&
           lk_json_add_number(paper, "mse", row->paper_mse);
}

static bool add_baseline(cJSON *list, const lk_result *row) {
    cJSON *object = append(list);
    return add_text(object, "label", row->label) &&
           lk_json_add_number(object, "n", (double)row->measured.n) &&
           add_text(object, "error", "se over pictures") &&
           add_figures(object, row->measured.value, row->measured.se) && add_network(object, row);
}

static bool add_judgement(cJSON *list, const lk_judgement *j) {
    const lk_evidence *evidence = j->evidence;
    cJSON *object = append(list);
    return add_text(object, "claim", evidence->claim->key) &&
           add_text(object, "words", evidence->claim->words) &&
           add_text(object, "model", evidence->model) && add_text(object, "left", evidence->left) &&
           add_text(object, "right", evidence->right) &&
           add_text(object, "metric", lk_metric_key(evidence->claim->metric)) &&
           lk_json_add_number(object, "difference", j->difference) &&
           lk_json_add_number(object, "error", j->se) &&
           add_text(object, "error_over", j->over_seeds ? "seeds" : "pictures") &&
           lk_json_add_number(object, "limit", j->limit) &&
           lk_json_add_number(object, "steps", (double)j->steps) &&
           add_text(object, "verdict", lk_verdict_word(j->verdict)) &&
           (j->paper ? add_text(object, "paper", lk_verdict_word(j->paper))
                     : cJSON_AddNullToObject(object, "paper") != NULL);
}

static bool build(cJSON *json, const lk_report *report) {
    const lk_results *results = report->results;
    cJSON *rows = NULL, *baselines = NULL, *verdicts = NULL;
    bool fine = add_text(json, "experiment", results->experiment) &&
                add_text(json, "note", results->note) &&
                lk_json_add_number(json, "wanted_steps", LK_JUDGED_STEPS) && add_better(json) &&
                (rows = cJSON_AddArrayToObject(json, "rows")) &&
                (baselines = cJSON_AddArrayToObject(json, "baselines")) &&
                (verdicts = cJSON_AddArrayToObject(json, "verdicts"));
    for (size_t i = 0; i < report->n_rows && fine; i++) fine = add_row(rows, &report->rows[i]);
    for (size_t i = 0; i < results->n_baselines && fine; i++)
        fine = add_baseline(baselines, &results->baselines[i]);
    for (size_t i = 0; i < report->n_judgements && fine; i++)
        fine = add_judgement(verdicts, &report->judgements[i]);
    return fine;
}

lk_status lk_report_json(const lk_report *report, lk_text *out, lk_error *err) {
    cJSON *json = cJSON_CreateObject();
    lk_status status = build(json, report) ? lk_json_print(json, false, out, err)
                                           : lk_json_no_memory(err, "a table");
    lk_text_add(out, "\n");
    cJSON_Delete(json);
    return status || !out->failed ? status : lk_fail_memory(err, out->n, "a table");
}
