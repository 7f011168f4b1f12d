/* All runs of an experiment: those that are done are skipped, those that were stopped go on, the rest is begun. */
#include "run/experiment.h"

#include <cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What is under way. */
struct work {
    const lk_context *context;
    const lk_reproduce_options *options;
    const lk_experiment *experiment;
    char data[17]; /* fingerprint of the pack */
    int n_train;
    int number; /* of the present run, from 1 over all seeds */
    const lk_experiment_run *run;
    int64_t seed;
};

static void place_of(const struct work *w, char folder[LK_PATH_MAX]) {
    lk_format(folder, LK_PATH_MAX, "%s/%s-s%lld", w->options->out, w->run->name, (long long)w->seed);
}

static lk_status look_at_data(struct work *w, lk_error *err) {
    lk_pack *pack = NULL;
    const char *path = w->options->data;
    lk_status status = lk_pack_open(path, w->context, &pack, err);
    if (status) return status;
    const lk_pack_meta *meta = lk_pack_describe(pack);
    lk_format(w->data, sizeof w->data, "%s", meta->fingerprint);
    w->n_train = lk_pack_count(pack, LK_PART_TRAIN);
    if (lk_pack_count(pack, LK_PART_TEST) < 1 || w->n_train < 2)
        status = lk_fail(err, LK_FORMAT, "%s: got %d training and %d test pictures, an experiment wants at least 2 and 1", path, w->n_train,
                         lk_pack_count(pack, LK_PART_TEST));
    lk_pack_close(pack);
    return status;
}

/* ---- what is there already ---- */

static bool has_all_files(const char *folder) {
    static const char *const names[] = { "config.json", "model.safetensors", "test_scores.npy", "test.json" };
    for (size_t i = 0; i < LK_COUNT(names); i++) {
        char path[LK_PATH_MAX];
        if (!lk_format(path, sizeof path, "%s/%s", folder, names[i]) || !lk_file_exists(path)) return false;
    }
    return true;
}

static lk_status same_config(const char *folder, const lk_config *now, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_config then = { 0 };
    lk_text difference = { 0 };
    lk_format(path, sizeof path, "%s/config.json", folder);
    lk_status status = lk_config_load(path, NULL, 0, &then, err);
    if (!status) status = lk_config_difference(&then, now, &difference, err);
    if (!status && difference.n)
        status = lk_fail(err, LK_USAGE, "%s: holds a run of another config: %s (then and now)", folder, difference.data);
    lk_text_deinit(&difference);
    lk_config_deinit(&then);
    return status;
}

/* *same false: from a version that did not write it down. */
static lk_status same_data(const struct work *w, const char *folder, bool *same, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_json test = { 0 };
    lk_format(path, sizeof path, "%s/test.json", folder);
    lk_status status = lk_json_read(path, &test, err);
    if (status) return status == LK_USAGE ? LK_FORMAT : status;
    const char *then = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(test.root, "data"));
    *same = then != NULL;
    if (then && strcmp(then, w->data) != 0)
        status = lk_fail(err, LK_USAGE, "%s: holds a run on another pack: fingerprint %s, now %s", folder, then, w->data);
    lk_json_deinit(&test);
    return status;
}

static lk_status is_done(const struct work *w, const char *folder, const lk_config *config, bool *done, lk_error *err) {
    *done = false;
    if (!has_all_files(folder)) return LK_OK;
    lk_status status = same_config(folder, config, err);
    return status ? status : same_data(w, folder, done, err);
}

/* A row of results/ under one of our labels and seeds, from a run that is none of ours: the table would hold both. */
static lk_status refuse_foreign(const struct work *w, const char *path, lk_error *err) {
    lk_json row = { 0 };
    if (lk_json_read(path, &row, NULL)) return LK_OK; /* reading the table speaks of it */
    const char *label = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row.root, "label"));
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row.root, "name"));
    const cJSON *seed = cJSON_GetObjectItemCaseSensitive(row.root, "seed");
    bool same_label = false, same_seed = false, ours = false;
    for (int i = 0; label && name && i < w->experiment->n_runs; i++) {
        same_label = same_label || strcmp(w->experiment->runs[i].label, label) == 0;
        ours = ours || strcmp(w->experiment->runs[i].name, name) == 0;
    }
    for (int s = 0; cJSON_IsNumber(seed) && s < w->experiment->n_seeds; s++)
        same_seed = same_seed || (double)w->experiment->seeds[s] == seed->valuedouble;
    lk_status status = LK_OK;
    if (same_label && same_seed && !ours)
        status = lk_fail(err, LK_USAGE, "%s: \"%s\" with seed %.0f is there already, from a run \"%s\" that this experiment has not: %s",
                         path, label, seed->valuedouble, name, "another --out, or remove that file");
    lk_json_deinit(&row);
    return status;
}

/* What this experiment writes there. */
static bool is_own(const struct work *w, const char *name) {
    bool own = strcmp(name, "baselines.json") == 0 || strcmp(name, "verdicts.json") == 0;
    for (int i = 0; i < w->experiment->n_runs * w->experiment->n_seeds && !own; i++) {
        char row[LK_WORDS_MAX + 32];
        lk_format(row, sizeof row, "%s-s%lld.json", w->experiment->runs[i / w->experiment->n_seeds].name,
                  (long long)w->experiment->seeds[i % w->experiment->n_seeds]);
        own = strcmp(name, row) == 0;
    }
    return own;
}

static lk_status make_again(const struct work *w, const char *path, const char *reason, lk_error *err) {
    lk_log_say(&w->context->log, LK_WARNING, "made again: %s", reason);
    return unlink(path) == 0 ? LK_OK : lk_fail(err, LK_WRITE, "%s: cannot remove: %s", path, strerror(errno));
}

/* A damaged file of our own is made again; another's would stop the table after hours of training. */
static lk_status check_result(const struct work *w, const char *folder, const char *name, lk_results *there, lk_error *err) {
    lk_results alone;
    char path[LK_PATH_MAX];
    size_t n = strlen(name);
    if (name[0] == '.' || n <= 5 || strcmp(name + n - 5, ".json") != 0 || !lk_format(path, sizeof path, "%s/%s", folder, name))
        return LK_OK;
    lk_error reason;
    lk_results_init(&alone);
    lk_status status = lk_results_read_file(&alone, path, &w->context->log, &reason);
    lk_results_deinit(&alone);
    if (!status)
        status = lk_results_read_file(there, path, NULL, err); /* beside the others: one run twice is refused */
    else if (status == LK_FORMAT && is_own(w, name) && access(path, R_OK) == 0)
        return make_again(w, path, reason.text, err);
    else
        return lk_fail(err, status, "%s", reason.text);
    return status ? status : refuse_foreign(w, path, err);
}

static lk_status check_results(const struct work *w, lk_error *err) {
    char folder[LK_PATH_MAX];
    lk_status status = LK_OK;
    lk_results there;
    lk_format(folder, sizeof folder, "%s/results", w->options->out);
    DIR *stream = opendir(folder);
    if (!stream) return LK_OK;
    lk_results_init(&there);
    for (struct dirent *item; !status && (item = readdir(stream));) status = check_result(w, folder, item->d_name, &there, err);
    lk_results_deinit(&there);
    closedir(stream);
    return status;
}

/* What must be refused is refused before hours of training. */
static lk_status check_folders(struct work *w, lk_error *err) {
    lk_status status = check_results(w, err);
    for (int s = 0; s < w->experiment->n_seeds; s++)
        for (int i = 0; i < w->experiment->n_runs && !status; i++) {
            char folder[LK_PATH_MAX];
            lk_config config = w->experiment->runs[i].config; /* borrows everything but the seed */
            bool done;
            w->run = &w->experiment->runs[i];
            config.seed = w->seed = w->experiment->seeds[s];
            place_of(w, folder);
            status = is_done(w, folder, &config, &done, err);
        }
    return status;
}

/* ---- the table ---- */

/* Each row of results/ whose run lies in a folder beside it. */
static lk_status find_folders(const struct work *w, lk_results *results, lk_error *err) {
    for (size_t i = 0; i < results->n_rows; i++) {
        char folder[LK_PATH_MAX];
        lk_result *row = &results->rows[i];
        if (!lk_format(folder, sizeof folder, "%s/%s-s%lld", w->options->out, row->name, (long long)row->seed)) continue;
        if (!(row->folder = lk_arena_text(&results->arena, folder))) return lk_fail_memory(err, strlen(folder), "results");
    }
    return LK_OK;
}

static lk_status write_table(const lk_results *results, const char *path, lk_error *err) {
    lk_text text = { 0 };
    lk_status status = lk_report_print(results, LK_REPORT_md, &text, err);
    if (!status) status = lk_file_write(path, text.data, text.n, err);
    lk_text_deinit(&text);
    return status;
}

/* verdicts.json from the scores and table.md from all of results/, as far as the runs have come. */
static lk_status write_tables(const struct work *w, lk_error *err) {
    char folder[LK_PATH_MAX], verdicts[LK_PATH_MAX], table[LK_PATH_MAX];
    lk_results results;
    lk_results_init(&results);
    lk_format(folder, sizeof folder, "%s/results", w->options->out);
    lk_format(verdicts, sizeof verdicts, "%s/results/verdicts.json", w->options->out);
    lk_format(table, sizeof table, "%s/table.md", w->options->out);
    unlink(verdicts); /* made anew, whatever was there */
    lk_status status = lk_results_read(&results, folder, NULL, err);
    if (!status) status = find_folders(w, &results, err);
    if (!status) status = lk_results_compare(&results, err);
    lk_format(results.experiment, sizeof results.experiment, "%s", w->experiment->name);
    lk_format(results.note, sizeof results.note, "%s", w->experiment->note);
    if (!status) status = lk_results_write_pairs(&results, verdicts, err);
    if (!status) status = write_table(&results, table, err);
    lk_results_deinit(&results);
    return status;
}

/* ---- doing ---- */

static lk_status stop(void *self) {
    const struct work *w = self;
    return w->options->stop ? w->options->stop(w->options->self) : LK_OK;
}

static void progress(void *self, const lk_train_progress *train) {
    const struct work *w = self;
    lk_experiment_progress at = { w->number, w->experiment->n_runs * w->experiment->n_seeds, w->run->label, w->seed, train };
    if (w->options->progress) w->options->progress(w->options->self, &at);
}

static lk_status train(struct work *w, const char *folder, const lk_config *config, lk_error *err) {
    lk_evaluation evaluation;
    lk_train_options options = {
        .config = config, .data = w->options->data, .out = folder, .resume = true, .stop = stop, .progress = progress, .self = w
    };
    lk_log_say(&w->context->log, LK_INFO, "run %d of %d: %s, seed %lld, in %s", w->number, w->experiment->n_runs * w->experiment->n_seeds,
               w->run->label, (long long)w->seed, folder);
    lk_status status = lk_train_model(w->context, &options, err);
    if (status == LK_TERMINATED || status == LK_INTERRUPTED)
        return lk_fail(err, status, "stopped in run %d of %d (%s, seed %lld), saved; the same command goes on", w->number,
                       w->experiment->n_runs * w->experiment->n_seeds, w->run->label, (long long)w->seed);
    if (!status) status = lk_evaluate_run(w->context, folder, w->options->data, &(lk_stop){ stop, w }, &evaluation, err);
    if (status) lk_error_prefix(err, "%s, seed %lld", w->run->label, (long long)w->seed);
    return status;
}

static lk_status write_result(const struct work *w, const char *folder, lk_error *err) {
    char path[LK_PATH_MAX];
    cJSON *result = NULL;
    lk_result_head head = { .label = w->run->label,
                            .index = (int)(w->run - w->experiment->runs),
                            .paper_ssim = w->run->paper_ssim,
                            .paper_mse = w->run->paper_mse,
                            .train_images = w->n_train };
    lk_format(path, sizeof path, "%s/results/%s-s%lld.json", w->options->out, w->run->name, (long long)w->seed);
    lk_status status = lk_result_of_run(folder, &head, &result, err);
    if (!status) status = lk_json_write(result, path, err);
    cJSON_Delete(result);
    return status;
}

static lk_status do_run(struct work *w, lk_error *err) {
    char folder[LK_PATH_MAX];
    lk_config config = w->run->config; /* borrows everything but the seed */
    bool done = false;
    config.seed = w->seed;
    place_of(w, folder);
    lk_status status = is_done(w, folder, &config, &done, err);
    if (status || done) return status ? status : write_result(w, folder, err);
    status = stop(w);
    if (status) return lk_fail(err, status, "stopped before run %d; the same command goes on", w->number);
    status = train(w, folder, &config, err);
    if (!status) status = write_result(w, folder, err);
    return status ? status : write_tables(w, err);
}

static lk_status do_runs(struct work *w, lk_error *err) {
    const lk_experiment *e = w->experiment;
    for (int s = 0; s < e->n_seeds; s++)
        for (int i = 0; i < e->n_runs; i++) {
            w->number = s * e->n_runs + i + 1;
            w->run = &e->runs[i];
            w->seed = e->seeds[s];
            lk_status status = do_run(w, err);
            if (status) return status;
        }
    return LK_OK;
}

lk_status lk_reproduce(const lk_context *context, const lk_reproduce_options *options, lk_error *err) {
    struct work w = { .context = context, .options = options, .experiment = options->experiment };
    char results[LK_PATH_MAX], figure[LK_PATH_MAX];
    if (strlen(options->out) > LK_PATH_MAX - 512) return lk_fail(err, LK_USAGE, "--out: path is too long");
    lk_format(results, sizeof results, "%s/results", options->out);
    lk_format(figure, sizeof figure, "%s/figure.png", options->out);
    lk_status status = look_at_data(&w, err);
    if (!status) status = check_folders(&w, err);
    if (!status) status = lk_folder_create(results, err);
    if (!status) status = do_runs(&w, err);
    if (!status) status = lk_experiment_baselines(context, options, w.data, err);
    if (!status) status = write_tables(&w, err);
    if (!status) status = lk_experiment_figure(context, options, figure, err);
    return status;
}
