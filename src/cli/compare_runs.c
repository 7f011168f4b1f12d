/* likeness compare of two runs: keys, scores, paired differences, and the same faces. */
#include "cli/compare_runs.h"
#include "base/file.h"
#include "cli/output.h"
#include "cli/pictures.h"
#include "cli/trained.h"
#include "cli/wrap.h"
#include "draw/collage.h"
#include "evaluate/scores.h"
#include "experiment/row.h"
#include "net/run_files.h"
#include "report/keys.h"
#include "train/session.h"

#include <likeness/evaluate.h>

#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct run {
    const char *path;
    char label[LK_WORDS_MAX];
    lk_results results;
    const lk_result *row;
    char data[LK_PATH_MAX],
        trained_on[LK_WORDS_MAX]; /* the pack and its fingerprint; "": unknown */
    lk_trained trained;
    bool is_open;
    lk_score *scores;
    double value[LK_N_METRICS], se[LK_N_METRICS];
};

struct comparison {
    lk_cli *cli;
    const lk_compared_options *given;
    struct run runs[2];
    size_t n; /* test pictures */
    char data[LK_PATH_MAX];
    lk_pack *pack;                                                     /* NULL: not needed */
    lk_difference differences[LK_N_METRICS], advantages[LK_N_METRICS]; /* of A over B */
};

static const char *const letters[] = { "A", "B" };

bool compare_runs_is_run(const char *path) {
    char config[LK_PATH_MAX];
    return lk_folder_exists(path) && lk_format(config, sizeof config, "%s/" LK_RUN_CONFIG, path) &&
           lk_file_may_exist(config);
}

/* ---- measuring ---- */

static lk_status read_run(struct run *run, lk_error *err) {
    lk_status status = lk_result_read_run(&run->results, run->path, err);
    if (status) return status;
    run->row = &run->results.rows[0];
    lk_run_name("", run->path, run->label);
    lk_history history;
    lk_error reason; /* a damaged record tells nothing */
    status = lk_session_read(run->path, &history, &reason);
    if (status == LK_MEMORY) return lk_fail(err, status, "%s", reason.text);
    if (!status) {
        lk_format(run->data, sizeof run->data, "%s", history.data);
        lk_format(run->trained_on, sizeof run->trained_on, "%s", history.fingerprint);
        lk_session_history_deinit(&history);
    }
    return LK_OK;
}

/* Both were measured on the same test pictures, and their scores are there. */
static bool are_stored(const struct comparison *c) {
    const lk_result *a = c->runs[0].row, *b = c->runs[1].row;
    bool found = !*c->given->data && !a->state && !b->state && *a->data &&
                 strcmp(a->data, b->data) == 0 && a->measured.n == b->measured.n;
    for (int i = 0; i < 2 && found; i++) {
        char path[LK_PATH_MAX];
        found = lk_format(path, sizeof path, "%s/" LK_RUN_TEST_SCORES, c->runs[i].path) &&
                lk_file_may_exist(path);
    }
    return found;
}

static lk_status read_scores(struct comparison *c, struct run *run, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_format(path, sizeof path, "%s/" LK_RUN_TEST_SCORES, run->path);
    c->n = (size_t)run->row->measured.n;
    memcpy(run->value, run->row->measured.value, sizeof run->value);
    memcpy(run->se, run->row->measured.se, sizeof run->se);
    return lk_scores_read(path, c->n, &run->scores, err);
}

static lk_status measure(struct comparison *c, struct run *run, lk_error *err) {
    lk_evaluation evaluation;
    const lk_evaluate_options options = { .split = LK_SPLIT_TEST,
                                          .fingerprint = lk_pack_describe(c->pack)->fingerprint,
                                          .scores = &run->scores };
    lk_status status =
        lk_evaluate_trained(&c->cli->context, &run->trained, c->data, &options, &evaluation, err);
    if (status) return status;
    c->n = evaluation.model.n;
    memcpy(run->value, evaluation.model.value, sizeof run->value);
    memcpy(run->se, evaluation.model.se, sizeof run->se);
    return LK_OK;
}

static lk_status open_models(struct comparison *c, lk_error *err) {
    lk_status status =
        lk_cli_open_pack(c->cli, c->runs[0].path, c->given->data, c->data, &c->pack, err);
    for (int i = 0; i < 2 && !status; i++) {
        struct run *run = &c->runs[i];
        status = lk_trained_open(run->path, &c->cli->context, NULL, 0, &run->trained, err);
        run->is_open = !status;
        if (!status) status = lk_cli_check_pack(c->pack, c->data, run->trained.net.images, err);
        if (!status && *run->trained.data.fingerprint)
            lk_format(run->trained_on, sizeof run->trained_on, "%s", run->trained.data.fingerprint);
    }
    return status;
}

/* Of the pack whose test pictures were measured. */
static const char *fingerprint_of(const struct comparison *c) {
    return c->pack ? lk_pack_describe(c->pack)->fingerprint : c->runs[0].row->data;
}

static bool is_of_another_pack(const struct comparison *c, const struct run *run) {
    const char *measured = fingerprint_of(c);
    return *measured && *run->trained_on && strcmp(run->trained_on, measured) != 0;
}

static lk_status measure_all(struct comparison *c, lk_error *err) {
    bool stored = are_stored(c);
    lk_status status = stored && !*c->given->out ? LK_OK : open_models(c, err);
    if (!c->pack) lk_format(c->data, sizeof c->data, "%s", c->runs[0].data);
    for (int i = 0; i < 2 && !status; i++)
        status = (stored ? read_scores : measure)(c, &c->runs[i], err);
    if (status) return status;
    const lk_compared_runs pair = { c->runs[0].scores, c->runs[1].scores };
    for (int m = 0; m < LK_N_METRICS; m++) {
        c->differences[m] = lk_metrics_difference(&pair, 1, c->n, (lk_metric)m);
        c->advantages[m] = lk_metrics_advantage(&pair, 1, c->n, (lk_metric)m);
    }
    return LK_OK;
}

/* As in the verdicts of the table: beyond two standard errors. Where 1 is best, the distances to 1
   are compared, as 0.99 and 1.01 are equally good although they differ. */
static const char *verdict_on(const struct comparison *c, int m) {
    lk_difference d = c->differences[m], advantage = c->advantages[m];
    if (isnan(d.value)) return "–";
    if (d.value == 0 && d.se == 0) return "equal";
    if (!(fabs(advantage.value) > 2 * advantage.se)) return "undecided";
    return advantage.value > 0 ? "A is better" : "B is better";
}

/* The same as one word at most: with more, the table is wider than 80 columns. */
static const char *winner_of(const struct comparison *c, int m) {
    const char *verdict = verdict_on(c, m);
    if (strcmp(verdict, "equal") == 0) return verdict;
    return *verdict == 'A' ? "A" : *verdict == 'B' ? "B" : "–";
}

/* ---- the same faces from both ---- */

static lk_status write_figure(const struct comparison *c, const lk_collage_faces *faces,
                              lk_error *err) {
    lk_cli_origin origin;
    char models[2 * LK_WORDS_MAX + 8];
    lk_cli_origin_init(&origin, c->cli, &c->runs[0].trained, faces->title);
    lk_format(models, sizeof models, "%s, %s", faces->labels[0], faces->labels[1]);
    origin.notes.model = models;
    origin.notes.seed = NULL;
    lk_status status = lk_collage_faces_write(c->given->out, faces, &origin.notes, err);
    lk_cli_origin_deinit(&origin);
    return status;
}

static lk_status draw(struct comparison *c, lk_error *err) {
    lk_image_shape shape = c->runs[0].trained.net.images;
    const char *const labels[] = { c->runs[0].label, c->runs[1].label };
    int n = lk_pack_count(c->pack, LK_SPLIT_TEST);
    if (n > c->given->n) n = c->given->n;
    double ssim[2 * LK_COMPARED_MAX];
    for (int i = 0; i < 2 * n; i++)
        ssim[i] = c->runs[i / n].scores[(size_t)(i % n) * LK_N_METRICS + LK_METRIC_SSIM].value;
    size_t values = (size_t)n * lk_cli_picture_values(shape);
    lk_real *rows = lk_alloc(lk_size_mul(3, values * sizeof *rows));
    if (!rows) return lk_fail_memory(err, lk_size_mul(3, values * sizeof *rows), "the pictures");
    const uint8_t *pixels = lk_pack_pixels(c->pack, LK_SPLIT_TEST, 0);
    for (size_t i = 0; i < values; i++) rows[i] = LK_R(pixels[i]) / 255;
    lk_status status = LK_OK;
    for (int i = 0; i < 2 && !status; i++) {
        lk_trained_reconstruct(&c->runs[i].trained, rows, n, rows + (size_t)(i + 1) * values);
        status = lk_graph_status(c->runs[i].trained.net.graph, err);
    }
    const lk_collage_faces faces = { .shape = shape,
                                     .n = n,
                                     .n_models = 2,
                                     .originals = rows,
                                     .made = rows + values,
                                     .ssim = ssim,
                                     .labels = labels,
                                     .title = "Two runs on the same test pictures",
                                     .subtitle = "SSIM below each reconstruction" };
    if (!status) status = write_figure(c, &faces, err);
    lk_free(rows);
    return status;
}

static void add_score(lk_text *csv, lk_score score) {
    char number[LK_NUMBER_TEXT_MAX];
    lk_text_add(csv, ",%s",
                score.weight > 0 ? lk_number_text(score.value / score.weight, number) : "");
}

static lk_status write_csv(const struct comparison *c, lk_error *err) {
    lk_text csv = { 0 };
    lk_text_add(&csv, "index");
    for (int m = 0; m < LK_N_METRICS; m++)
        lk_text_add(&csv, ",%s_a,%s_b", lk_metric_key((lk_metric)m), lk_metric_key((lk_metric)m));
    lk_text_add(&csv, "\r\n");
    for (size_t i = 0; i < c->n; i++) {
        lk_text_add(&csv, "%zu", i);
        for (size_t m = 0; m < LK_N_METRICS; m++)
            for (int run = 0; run < 2; run++)
                add_score(&csv, c->runs[run].scores[i * LK_N_METRICS + m]);
        lk_text_add(&csv, "\r\n");
    }
    lk_status status = csv.failed ? lk_fail_memory(err, csv.n, c->given->csv)
                                  : lk_file_write(c->given->csv, csv.data, csv.n, err);
    lk_text_deinit(&csv);
    return status;
}

/* ---- output ---- */

static void add_keys(const struct comparison *c, lk_text *out) {
    const lk_result *a = c->runs[0].row, *b = c->runs[1].row;
    lk_text lines = { 0 };
    lk_text_add(&lines, "key\tA\tB\n");
    size_t n_head = lines.n;
    lk_keys_compare(a, b, &lines);
    if (a->seed != b->seed)
        lk_text_add(&lines, "seed\t%lld\t%lld\n", (long long)a->seed, (long long)b->seed);
    if (lines.n == n_head)
        lk_text_add(out, "the configs are equal%s\n",
                    is_of_another_pack(c, &c->runs[0]) != is_of_another_pack(c, &c->runs[1])
                        ? ", but the packs are not"
                        : "");
    else
        lk_cli_align(&lines, "lll", out);
    lk_text_deinit(&lines);
}

static void add_scores(const struct comparison *c, lk_text *out) {
    lk_text lines = { 0 };
    lk_text_add(&lines, "metric\tA\tB\tA - B\twins\n");
    for (int m = 0; m < LK_N_METRICS; m++) {
        const lk_metric_row *metric = lk_metric_describe((lk_metric)m);
        lk_text_add(&lines, "%s", metric->title);
        for (int i = 0; i < 2; i++) {
            lk_text_add(&lines, "\t");
            lk_metric_text(&lines, c->runs[i].value[m], c->runs[i].se[m], metric->digits, false);
        }
        lk_text_add(&lines, "\t");
        lk_metric_text(&lines, c->differences[m].value, c->differences[m].se, metric->digits, true);
        lk_text_add(&lines, "\t%s\n", winner_of(c, m));
    }
    lk_cli_align(&lines, "lrrrl", out);
    lk_text_deinit(&lines);
}

static void add_run(const struct comparison *c, int i, lk_text *out) {
    const struct run *run = &c->runs[i];
    lk_text_add(out, "%s: ", letters[i]);
    lk_text_name(out, run->path);
    lk_text_add(out, ", %s", run->row->state ? run->row->state : "finished");
    if (run->is_open && run->trained.unfinished.is) {
        lk_text_add(out, "; measured with ");
        lk_text_name(out, run->trained.path);
        lk_text_add(out, ", epoch %lld", (long long)run->trained.unfinished.epoch);
    }
    if (is_of_another_pack(c, run)) {
        lk_text_add(out, "; trained on another pack, ");
        if (*run->data) lk_text_name(out, run->data);
        lk_text_add(out, "%sfingerprint %s", *run->data ? ", " : "", run->trained_on);
    }
    lk_text_add(out, "\n");
}

static lk_status put_text(const struct comparison *c, lk_error *err) {
    lk_text out = { 0 };
    char n[32];
    for (int i = 0; i < 2; i++) add_run(c, i, &out);
    lk_text_add(&out, "\n");
    add_keys(c, &out);
    lk_text_add(&out, "\n%s test pictures of ", lk_count_text((int64_t)c->n, n));
    lk_text_name(&out, *c->data ? c->data : "a pack");
    lk_text_add(&out, ", fingerprint %s\n", *fingerprint_of(c) ? fingerprint_of(c) : "unknown");
    add_scores(c, &out);
    lk_text_add(&out, "\n± is the standard error over these pictures; that of a difference is of "
                      "pairs. A run wins where the difference is more than two of them; with other "
                      "seeds it may not.\n");
    return lk_cli_put_lines(&out, err);
}

static bool put_model(cJSON *object, const struct run *run) {
    char path[LK_PATH_MAX];
    static const lk_unfinished finished = { .is = false };
    const lk_unfinished *unfinished = run->is_open ? &run->trained.unfinished : &finished;
    lk_format(path, sizeof path, "%s/" LK_RUN_MODEL, run->path);
    return lk_cli_add_model(object, run->is_open ? run->trained.path : path, unfinished) &&
           (unfinished->is || cJSON_AddTrueToObject(object, "finished"));
}

static bool put_text_or_null(cJSON *object, const char *key, const char *text) {
    return *text ? cJSON_AddStringToObject(object, key, text) != NULL
                 : cJSON_AddNullToObject(object, key) != NULL;
}

static bool put_run(cJSON *json, const struct run *run, const char *key) {
    cJSON *object = cJSON_AddObjectToObject(json, key);
    return cJSON_AddStringToObject(object, "path", run->path) && put_model(object, run) &&
           lk_json_add_number(object, "seed", (double)run->row->seed) &&
           put_text_or_null(object, "trained_on", run->trained_on) &&
           (!run->row->state || cJSON_AddStringToObject(object, "state", run->row->state));
}

/* The pack that was measured. */
static bool put_pack(const struct comparison *c, cJSON *json) {
    cJSON *object = cJSON_AddObjectToObject(json, "data");
    return object && put_text_or_null(object, "path", c->data) &&
           put_text_or_null(object, "fingerprint", fingerprint_of(c));
}

/* "key\tA\tB\n", as in the text */
static bool put_keys(const struct comparison *c, cJSON *json) {
    lk_text lines = { 0 };
    cJSON *keys = cJSON_AddArrayToObject(json, "keys");
    lk_keys_compare(c->runs[0].row, c->runs[1].row, &lines);
    bool whole = keys && !lines.failed;
    char *rest = lines.data;
    for (char *line; whole && rest && (line = strsep(&rest, "\n")) && *line;) {
        cJSON *key = cJSON_CreateObject();
        const char *name = strsep(&line, "\t"), *a = strsep(&line, "\t");
        whole = cJSON_AddItemToArray(keys, key) && cJSON_AddStringToObject(key, "key", name) &&
                cJSON_AddStringToObject(key, "a", a ? a : "") &&
                cJSON_AddStringToObject(key, "b", line ? line : "");
    }
    lk_text_deinit(&lines);
    return whole;
}

static bool put_metric(const struct comparison *c, cJSON *metrics, int m) {
    cJSON *metric = cJSON_AddObjectToObject(metrics, lk_metric_key((lk_metric)m));
    return lk_json_add_number(metric, "a", c->runs[0].value[m]) &&
           lk_json_add_number(metric, "a_se", c->runs[0].se[m]) &&
           lk_json_add_number(metric, "b", c->runs[1].value[m]) &&
           lk_json_add_number(metric, "b_se", c->runs[1].se[m]) &&
           lk_json_add_number(metric, "difference", c->differences[m].value) &&
           lk_json_add_number(metric, "se", c->differences[m].se) &&
           cJSON_AddStringToObject(metric, "verdict", verdict_on(c, m));
}

static lk_status put_json(const struct comparison *c, lk_error *err) {
    cJSON *json = cJSON_CreateObject(), *metrics = NULL;
    bool whole = cJSON_AddStringToObject(json, "kind", "runs") && put_run(json, &c->runs[0], "a") &&
                 put_run(json, &c->runs[1], "b") && put_keys(c, json) && put_pack(c, json) &&
                 lk_json_add_number(json, "n", (double)c->n) &&
                 (metrics = cJSON_AddObjectToObject(json, "metrics"));
    for (int m = 0; m < LK_N_METRICS && whole; m++) whole = put_metric(c, metrics, m);
    if (*c->given->out) whole = whole && cJSON_AddStringToObject(json, "out", c->given->out);
    return lk_cli_put_json(json, whole, err);
}

static void end(struct comparison *c) {
    for (int i = 0; i < 2; i++) {
        if (c->runs[i].is_open) lk_trained_close(&c->runs[i].trained);
        lk_results_deinit(&c->runs[i].results);
        lk_free(c->runs[i].scores);
    }
    lk_pack_close(c->pack);
    lk_free(c);
}

lk_status compare_runs(lk_cli *cli, const lk_compared_options *options, lk_error *err) {
    struct comparison *c = lk_alloc(sizeof *c);
    lk_status status = LK_OK;
    if (!c) return lk_fail_memory(err, sizeof *c, "two runs");
    c->cli = cli;
    c->given = options;
    for (int i = 0; i < 2; i++) {
        c->runs[i].path = cli->arguments[i];
        lk_results_init(&c->runs[i].results);
    }
    for (int i = 0; i < 2 && !status; i++) status = read_run(&c->runs[i], err);
    if (!status) status = measure_all(c, err);
    if (!status && *options->out) status = draw(c, err);
    if (!status && *options->csv) status = write_csv(c, err);
    if (!status) status = options->json ? put_json(c, err) : put_text(c, err);
    end(c);
    return status;
}
