/* likeness info of a folder of runs: one line each. */
#include "cli/info.h"
#include "cli/output.h"
#include "cli/wrap.h"
#include "experiment/run_parts.h"
#include "experiment/search.h"
#include "train/session.h"

#include <cJSON.h>
#include <math.h>
#include <string.h>

static const lk_metric shown[] = { LK_METRIC_SSIM, LK_METRIC_MSE };

/* When it started; "" where that is not recorded. `out` has LK_WORDS_MAX bytes. */
static const char *start_of(const lk_result *row, char *out) {
    lk_history history;
    lk_error ignored;
    *out = 0;
    if (!row->folder || lk_session_read(row->folder, &history, &ignored)) return out;
    lk_format(out, LK_WORDS_MAX, "%s", history.started);
    lk_session_history_deinit(&history);
    return out;
}

static const char *place_of(const lk_result *row) {
    return row->folder ? row->folder : row->path;
}

/* Why it has no scores or is shorter than its config says, and whether it began at random. */
static void add_state(const lk_result *row, lk_text *out) {
    lk_run_ends ends = { "", 0 };
    const char *state = row->state ? row->state : row->ended ? row->ended : "";
    if (row->folder) lk_run_ends_read(row->folder, &ends);
    lk_text_add(out, "%s%s%s", state, *state && *ends.init ? ", " : "",
                *ends.init ? "started with --init" : "");
}

static void add_line(const lk_result *row, lk_text *out) {
    char started[LK_WORDS_MAX];
    lk_text_name(out, place_of(row));
    lk_text_add(out, "\t%s\t%s\t%s", row->name, row->model, row->loss);
    for (size_t i = 0; i < LK_COUNT(shown); i++) {
        lk_text_add(out, "\t");
        lk_metric_text(out, row->measured.value[shown[i]], (double)NAN,
                       lk_metric_describe(shown[i])->digits, false);
    }
    lk_text_add(out, "\t%.10s\t", start_of(row, started));
    add_state(row, out);
    lk_text_add(out, "\n");
}

static lk_status put_text(const lk_results *results, lk_error *err) {
    lk_text lines = { 0 }, out = { 0 };
    lk_text_add(&lines, "run\tname\tmodel\tloss\tSSIM\tMSE\tstarted\tstate\n");
    for (size_t i = 0; i < results->n_rows; i++) add_line(&results->rows[i], &lines);
    lk_cli_align(&lines, "llllrrll", &out);
    lk_text_deinit(&lines);
    return lk_cli_put_lines(&out, err);
}

static bool put_text_or_null(cJSON *object, const char *key, const char *text) {
    return text && *text ? cJSON_AddStringToObject(object, key, text) != NULL
                         : cJSON_AddNullToObject(object, key) != NULL;
}

static bool add_row(cJSON *rows, const lk_result *row) {
    char started[LK_WORDS_MAX];
    cJSON *object = cJSON_CreateObject();
    bool whole = cJSON_AddItemToArray(rows, object) &&
                 cJSON_AddStringToObject(object, "path", place_of(row)) &&
                 cJSON_AddStringToObject(object, "name", row->name) &&
                 put_text_or_null(object, "model", row->model) &&
                 put_text_or_null(object, "loss", row->loss) &&
                 lk_json_add_number(object, "seed", (double)row->seed) &&
                 put_text_or_null(object, "state", row->state) &&
                 put_text_or_null(object, "started", start_of(row, started));
    for (size_t i = 0; i < LK_COUNT(shown) && whole; i++)
        whole = lk_json_add_number(object, lk_metric_key(shown[i]), row->measured.value[shown[i]]);
    return whole;
}

static lk_status put_json(const lk_results *results, const char *path, lk_error *err) {
    cJSON *json = cJSON_CreateObject(), *rows = NULL;
    bool whole = cJSON_AddStringToObject(json, "kind", "runs") &&
                 cJSON_AddStringToObject(json, "path", path) &&
                 (rows = cJSON_AddArrayToObject(json, "runs"));
    for (size_t i = 0; i < results->n_rows && whole; i++) whole = add_row(rows, &results->rows[i]);
    return lk_cli_put_json(json, whole, err);
}

lk_status lk_info_runs(lk_cli *cli, const char *path, lk_error *err) {
    const lk_info_options *given = cli->options;
    lk_results results;
    lk_results_init(&results);
    lk_status status = lk_results_search(&results, path, &cli->context.log, err);
    if (!status) status = given->json ? put_json(&results, path, err) : put_text(&results, err);
    lk_results_deinit(&results);
    return status;
}
