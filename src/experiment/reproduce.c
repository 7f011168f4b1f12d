/* Does all runs of an experiment: skips those that are done, continues those that were stopped, and
   starts the rest. */
#include "base/file.h"
#include "experiment/baselines.h"
#include "experiment/check.h"
#include "experiment/differences.h"
#include "experiment/figure.h"
#include "experiment/folder.h"
#include "experiment/jobs.h"
#include "experiment/row.h"
#include "experiment/search.h"
#include "experiment/sweep.h"
#include "experiment/watch.h"
#include "net/run_files.h"
#include "train/folder.h"
#include "train/record.h"
#include "train/session.h"

#include <likeness/evaluate.h>

#include <cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

/* The experiment in progress. */
struct work {
    const lk_context *context;
    const lk_reproduce_options *options;
    lk_experiment *experiment;
    char data[17]; /* fingerprint of the pack */
    lk_image_shape images;
    bool continues;     /* `out` holds the base of a sweep */
    int n_train;        /* how many of its pictures are for training */
    atomic_bool failed; /* a run has failed, so the others stop */
    lk_watch watch;
    pthread_mutex_t table; /* held by the run that writes it; guards what follows */
    int n_diverged;
    lk_error diverged; /* what the first of them said */
};

/* One run of it; several may be in progress. */
struct job {
    struct work *work;
    /* with its share of the threads; the log names the run if there are several */
    lk_context context;
    const lk_experiment_run *run;
    lk_config config; /* that of the run, with the seed; borrows everything */
    int number;       /* from 1 over all seeds */
    char folder[LK_PATH_MAX];
};

static struct job job_of(struct work *w, int index) {
    const lk_experiment *e = w->experiment;
    struct job job = {
        .work = w, .context = *w->context, .run = &e->runs[index % e->n_runs], .number = index + 1
    };
    job.config = job.run->config;
    job.config.seed = e->seeds[index / e->n_runs];
    lk_experiment_run_folder(w->options->out, job.run->name, job.config.seed, job.folder);
    return job;
}

static int count_runs(const struct work *w) {
    return w->experiment->n_runs * w->experiment->n_seeds;
}

static lk_status look_at_data(struct work *w, lk_error *err) {
    lk_pack *pack = NULL;
    const char *path = w->options->data;
    lk_status status = lk_pack_open(path, w->context, &pack, err);
    if (status) return status;
    const lk_pack_meta *meta = lk_pack_describe(pack);
    lk_format(w->data, sizeof w->data, "%s", meta->fingerprint);
    w->images = (lk_image_shape){ meta->size, meta->channels };
    w->n_train = lk_pack_count(pack, LK_SPLIT_TRAIN);
    status = lk_experiment_check_pack(pack, path, err);
    lk_pack_close(pack);
    return status;
}

/* ---- what already exists ---- */

static bool has(const char *folder, const char *name) {
    char path[LK_PATH_MAX];
    return lk_format(path, sizeof path, "%s/%s", folder, name) && lk_file_may_exist(path);
}

static bool has_all_files(const char *folder) {
    static const char *const names[] = { LK_RUN_CONFIG, LK_RUN_MODEL, LK_RUN_TEST_SCORES,
                                         LK_RUN_TEST };
    for (size_t i = 0; i < LK_COUNT(names); i++)
        if (!has(folder, names[i])) return false;
    return true;
}

/* *same false: written by a version that did not store the fingerprint. */
static lk_status check_data(const struct work *w, const char *folder, bool *same, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_json test = { 0 };
    lk_format(path, sizeof path, "%s/" LK_RUN_TEST, folder);
    lk_status status = lk_json_read(path, &test, err);
    if (status) return status == LK_USAGE ? LK_FORMAT : status;
    const char *then = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(test.root, "data"));
    *same = then != NULL;
    if (then && strcmp(then, w->data) != 0)
        status =
            lk_fail(err, LK_USAGE, "%s: contains a run on another pack: fingerprint %s, now %s",
                    folder, then, w->data);
    lk_json_deinit(&test);
    return status;
}

/* What is in the folder of a run. A run that diverged once would diverge again. */
enum found { TO_DO, TO_REPLACE, DIVERGED, DONE };

/* A run without a record, of an old version, counts as one of this pack. */
static bool is_of_this_pack(const struct job *job) {
    lk_history history;
    lk_error ignored;
    if (lk_session_read(job->folder, &history, &ignored)) return true;
    bool same = !*history.fingerprint || strcmp(history.fingerprint, job->work->data) == 0;
    lk_session_history_deinit(&history);
    return same;
}

/* Fails if a run of another config is there, unless it diverged: then it is replaced. */
static lk_status look(const struct job *job, enum found *found, lk_error *err) {
    lk_record_tail tail = { 0 };
    bool same_data = false;
    *found = TO_DO;
    if (!has(job->folder, LK_RUN_CONFIG)) return LK_OK;
    bool whole = has_all_files(job->folder);
    lk_status status = whole ? LK_OK : lk_record_read_tail(job->folder, &tail, err);
    if (status) return status;
    status = lk_folder_same_config(job->folder, &job->config, job->work->images.size, err);
    if (tail.diverged && (!status || status == LK_USAGE)) {
        *found = status || !is_of_this_pack(job) ? TO_REPLACE : DIVERGED;
        return LK_OK;
    }
    if (status || !whole) return status;
    status = check_data(job->work, job->folder, &same_data, err);
    if (!status && same_data) *found = DONE;
    return status;
}

/* A sweep shows the effect of its grid, so in its folder there is nothing of another kind. */
static lk_status check_sweep_row(const struct work *w, const char *path, const cJSON *row,
                                 lk_error *err) {
    const char *data = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "data"));
    if (!w->experiment->is_sweep || !cJSON_GetObjectItemCaseSensitive(row, "label")) return LK_OK;
    if (!w->continues)
        return lk_fail(err, LK_USAGE, "%s: a result that is not of a sweep: use another --out",
                       path);
    if (!data || strcmp(data, w->data) == 0) return LK_OK;
    return lk_fail(err, LK_USAGE,
                   "%s: a result on another pack: fingerprint %s, now %s: use another --out", path,
                   data, w->data);
}

static lk_status remove_file(const char *path, lk_error *err) {
    return unlink(path) == 0
               ? LK_OK
               : lk_fail(err, LK_WRITE, "%s: cannot remove: %s", path, strerror(errno));
}

/* Refuse a row of results/ that has a label and a seed of this experiment but comes from another
   run: the table would show both. */
static lk_status refuse_foreign(const struct work *w, const char *path, lk_error *err) {
    lk_json row = { 0 };
    if (lk_json_read(path, &row, NULL)) return LK_OK; /* reading the table will report it */
    const char *label = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row.root, "label"));
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row.root, "name"));
    bool has_scores = !cJSON_GetObjectItemCaseSensitive(row.root, "state");
    const cJSON *seed = cJSON_GetObjectItemCaseSensitive(row.root, "seed");
    bool same_label = false, same_seed = false, ours = false;
    for (int i = 0; label && name && i < w->experiment->n_runs; i++) {
        same_label = same_label || strcmp(w->experiment->runs[i].label, label) == 0;
        ours = ours || strcmp(w->experiment->runs[i].name, name) == 0;
    }
    for (int s = 0; cJSON_IsNumber(seed) && s < w->experiment->n_seeds; s++)
        same_seed = same_seed || (double)w->experiment->seeds[s] == seed->valuedouble;
    lk_status status = check_sweep_row(w, path, row.root, err);
    if (!status && same_label && same_seed && !ours && !has_scores)
        status = remove_file(path, err);
    else if (!status && same_label && same_seed && !ours)
        status =
            lk_fail(err, LK_USAGE,
                    "%s: already has \"%s\" with seed %.0f, from a run \"%s\" that is not in this "
                    "experiment: use another --out, or remove that file",
                    path, label, seed->valuedouble, name);
    lk_json_deinit(&row);
    return status;
}

/* Whether this experiment writes that file of results/. */
static bool is_own(const struct work *w, const char *name, const char *path) {
    const lk_experiment *e = w->experiment;
    bool own = strcmp(name, LK_RESULTS_BASELINES) == 0 || strcmp(name, LK_RESULTS_VERDICTS) == 0;
    for (int i = 0; i < e->n_runs * e->n_seeds && !own; i++) {
        char result[LK_PATH_MAX];
        lk_experiment_result_file(w->options->out, e->runs[i / e->n_seeds].name,
                                  e->seeds[i % e->n_seeds], result);
        own = strcmp(path, result) == 0;
    }
    return own;
}

static lk_status make_again(const struct work *w, const char *path, const char *reason,
                            lk_error *err) {
    lk_log_say(&w->context->log, LK_WARNING, "made again: %s", reason);
    return remove_file(path, err);
}

/* A damaged file that this experiment writes is made again. Any other one is an error now, because
   after hours of training the table would have a row that says "damaged". */
static lk_status check_result(const struct work *w, const char *folder, const char *name,
                              lk_error *err) {
    lk_results alone;
    char path[LK_PATH_MAX];
    size_t n = strlen(name);
    if (name[0] == '.' || n <= 5 || strcmp(name + n - 5, ".json") != 0 ||
        !lk_format(path, sizeof path, "%s/%s", folder, name))
        return LK_OK;
    lk_error reason;
    lk_results_init(&alone);
    lk_status status = lk_results_read_file(&alone, path, &w->context->log, &reason);
    lk_results_deinit(&alone);
    if (!status) return refuse_foreign(w, path, err);
    return status == LK_FORMAT && is_own(w, name, path) ? make_again(w, path, reason.text, err)
                                                        : lk_fail(err, status, "%s", reason.text);
}

static lk_status check_results(const struct work *w, lk_error *err) {
    char folder[LK_PATH_MAX];
    lk_status status = LK_OK;
    lk_format(folder, sizeof folder, "%s/results", w->options->out);
    DIR *stream = opendir(folder);
    if (!stream) return LK_OK;
    for (const char *name; !status && (name = lk_folder_next(stream));)
        status = check_result(w, folder, name, err);
    if (!status && errno)
        status = lk_fail(err, LK_READ, "%s: cannot read the folder: %s", folder, strerror(errno));
    closedir(stream);
    return status;
}

/* ---- the results of runs ---- */

enum row { SCORES, STATE, NOT_STARTED };

static lk_status write_row(const struct job *job, enum row row, lk_error *err) {
    const struct work *w = job->work;
    char path[LK_PATH_MAX];
    cJSON *result = NULL;
    lk_status status;
    lk_result_head head = { .label = job->run->label,
                            .index = (int)(job->run - w->experiment->runs),
                            .axes = job->run->axes,
                            .paper_ssim = job->run->paper_ssim,
                            .paper_mse = job->run->paper_mse,
                            .train_images = w->n_train };
    lk_experiment_result_file(w->options->out, job->run->name, job->config.seed, path);
    if (row == NOT_STARTED)
        status = lk_result_of_run_to_start(job->folder, &job->config, w->images.size, &head,
                                           &result, err);
    else
        status = (row == SCORES ? lk_result_of_run
                                : lk_result_of_unfinished_run)(job->folder, &head, &result, err);
    if (!status) status = lk_json_write(result, path, err);
    cJSON_Delete(result);
    return status;
}

/* Until a run has a result, a row says that it has none. */
static lk_status announce(const struct job *job, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_experiment_result_file(job->work->options->out, job->run->name, job->config.seed, path);
    return lk_file_may_exist(path) ? LK_OK : write_row(job, NOT_STARTED, err);
}

/* Refuse what must be refused before hours of training, then write the base of a sweep. */
static lk_status begin_in_folder(struct work *w, lk_error *err) {
    const char *out = w->options->out;
    lk_status status = lk_sweep_check(w->experiment, out, w->images.size, &w->continues, err);
    if (!status && w->continues) status = lk_sweep_join(w->experiment, out, w->images.size, err);
    if (!status) status = check_results(w, err);
    for (int i = 0; i < count_runs(w) && !status; i++) {
        struct job job = job_of(w, i);
        enum found found;
        status = look(&job, &found, err);
    }
    if (!status) status = lk_sweep_write(w->experiment, out, w->images.size, err);
    for (int i = 0; i < count_runs(w) && !status; i++) {
        struct job job = job_of(w, i);
        status = announce(&job, err);
    }
    return status;
}

/* ---- the table ---- */

static lk_status write_table(const lk_results *results, const char *path, lk_error *err) {
    const lk_report_view view = { .sort = LK_SORT_NONE };
    lk_text text = { 0 };
    lk_status status = lk_report_print(results, LK_REPORT_md, &view, &text, err);
    if (!status) status = lk_file_write(path, text.data, text.n, err);
    lk_text_deinit(&text);
    return status;
}

/* Write verdicts.json from the scores, and table.md from all results so far. */
static lk_status write_tables(const struct work *w, lk_error *err) {
    char verdicts[LK_PATH_MAX], table[LK_PATH_MAX];
    lk_results results;
    lk_results_init(&results);
    lk_format(verdicts, sizeof verdicts, "%s/results/" LK_RESULTS_VERDICTS, w->options->out);
    lk_format(table, sizeof table, "%s/table.md", w->options->out);
    unlink(verdicts); /* it is always made again */
    lk_status status = lk_results_search(&results, w->options->out, NULL, err);
    if (!status) status = lk_results_label(&results, err);
    if (!status) status = lk_results_compare(&results, err);
    lk_format(results.experiment, sizeof results.experiment, "%s", w->experiment->name);
    lk_format(results.note, sizeof results.note, "%s", w->experiment->note);
    if (!status) status = lk_results_write_evidence(&results, verdicts, err);
    if (!status) status = write_table(&results, table, err);
    lk_results_deinit(&results);
    return status;
}

/* ---- doing ---- */

static lk_status stop(void *self) {
    const struct work *w = ((const struct job *)self)->work;
    if (w->failed) return LK_TERMINATED;
    return lk_stop_ask(&w->options->stop, NULL);
}

static void progress(void *self, const lk_train_progress *train) {
    const struct job *job = self;
    const lk_choice *regularizer = job->config.regularizer.chosen.choice;
    lk_watch_step(&job->work->watch,
                  &(lk_experiment_running){ .number = job->number,
                                            .label = job->run->label,
                                            .seed = job->config.seed,
                                            .regularizer = regularizer ? regularizer->name : NULL,
                                            .train = *train });
}

/* Log a message of a run, with its name in front. */
static void say(void *self, lk_level level, const char *text) {
    const struct job *job = self;
    lk_log_say(&job->work->context->log, level, "%s, seed %lld: %s", job->run->label,
               (long long)job->config.seed, text);
}

static lk_status train(struct job *job, bool replace, lk_error *err) {
    const struct work *w = job->work;
    const char *label = job->run->label;
    long long seed = (long long)job->config.seed;
    lk_evaluation evaluation;
    lk_run_notes notes;
    lk_train_options options = { .config = &job->config,
                                 .data = w->options->data,
                                 .fingerprint = job->work->data,
                                 .out = job->folder,
                                 .command = w->options->command,
                                 .resume = !replace,
                                 .force = replace,
                                 .tensorboard = w->options->tensorboard,
                                 .notes = &notes,
                                 .stop = { stop, job },
                                 .progress = progress,
                                 .self = job };
    lk_log_say(&w->context->log, LK_INFO, "run %d of %d: %s, seed %lld, in %s", job->number,
               count_runs(w), label, seed, job->folder);
    lk_status status = lk_train_model(&job->context, &options, err);
    if (status == LK_TERMINATED || status == LK_INTERRUPTED)
        return lk_fail(err, status,
                       "stopped in run %d of %d (%s, seed %lld), saved; the same command continues",
                       job->number, count_runs(w), label, seed);
    if (!status)
        status = lk_evaluate_run(&job->context, job->folder, w->options->data, job->work->data,
                                 &notes, &options.stop, &evaluation, err);
    if (status) lk_error_prefix(err, "%s, seed %lld", label, seed);
    return status;
}

/* A run that diverged ends no others. */
static lk_status take_divergence(const struct job *job, const lk_error *reason, lk_error *err) {
    struct work *w = job->work;
    lk_log_say(&w->context->log, LK_WARNING, "%s", reason->text);
    pthread_mutex_lock(&w->table);
    if (!w->n_diverged++) w->diverged = *reason;
    pthread_mutex_unlock(&w->table);
    return write_row(job, STATE, err);
}

static lk_status skip(const struct job *job, enum found found, lk_error *err) {
    lk_error reason;
    lk_watch_skip(&job->work->watch);
    if (found == DONE) return write_row(job, SCORES, err);
    lk_error_set(&reason,
                 "%s, seed %lld: has diverged before and is not trained again: change its config, "
                 "or remove %s",
                 job->run->label, (long long)job->config.seed, job->folder);
    return take_divergence(job, &reason, err);
}

static lk_status do_run(struct job *job, lk_error *err) {
    struct work *w = job->work;
    enum found found;
    lk_error reason;
    lk_status status = look(job, &found, err);
    if (!status && found >= DIVERGED) return skip(job, found, err);
    if (!status && (status = stop(job)))
        lk_fail(err, status, "stopped before run %d; the same command continues", job->number);
    if (status) return status;
    status = train(job, found == TO_REPLACE, &reason);
    if (status == LK_DIVERGED)
        status = take_divergence(job, &reason, err);
    else
        status = status ? lk_fail(err, status, "%s", reason.text) : write_row(job, SCORES, err);
    lk_watch_end(&w->watch, job->number, !status);
    if (status) return status;
    pthread_mutex_lock(&w->table);
    status = write_tables(w, err);
    pthread_mutex_unlock(&w->table);
    return status;
}

static lk_status do_job(void *self, int index, const lk_context *context, lk_error *err) {
    struct work *w = self;
    struct job job = job_of(w, index);
    job.context = *context;
    if (w->options->jobs > 1) job.context.log = (lk_log){ say, &job };
    return do_run(&job, err);
}

/* The runs of an experiment may get the names of those in the folder. The copy borrows the rest. */
static lk_status copy_runs(const lk_experiment *from, lk_experiment *to, lk_error *err) {
    size_t bytes = (size_t)from->n_runs * sizeof *to->runs;
    *to = *from;
    to->runs = lk_alloc(bytes);
    if (!to->runs) return lk_fail_memory(err, bytes, "an experiment");
    memcpy(to->runs, from->runs, bytes);
    return LK_OK;
}

static lk_status do_all(struct work *w, lk_error *err) {
    const lk_reproduce_options *options = w->options;
    char figure[LK_PATH_MAX];
    lk_format(figure, sizeof figure, "%s/figure.png", options->out);
    lk_status status = begin_in_folder(w, err);
    if (!status)
        status =
            lk_jobs_run(w->context, count_runs(w), (int)options->jobs, do_job, w, &w->failed, err);
    if (!status) status = lk_experiment_baselines(w->context, options, w->data, err);
    if (!status) status = write_tables(w, err);
    if (!status) status = lk_experiment_figure(w->context, options, w->data, figure, err);
    if (!status && w->n_diverged)
        status = lk_fail(err, LK_DIVERGED, "%d of %d runs diverged: %s", w->n_diverged,
                         count_runs(w), w->diverged.text);
    return status;
}

/* `act` on an experiment whose data and folder were checked. */
static lk_status in_folder(const lk_context *context, const lk_reproduce_options *given,
                           lk_status (*act)(struct work *w, lk_error *err), lk_error *err) {
    lk_experiment experiment;
    lk_reproduce_options options = *given;
    struct work w = { .context = context,
                      .options = &options,
                      .experiment = &experiment,
                      .table = PTHREAD_MUTEX_INITIALIZER };
    lk_lock lock = LK_LOCK_NONE;
    if (strlen(options.out) > LK_PATH_MAX - 512)
        return lk_fail(err, LK_USAGE, "--out: path is too long");
    lk_status status = copy_runs(given->experiment, &experiment, err);
    if (status) return status;
    options.experiment = &experiment;
    lk_watch_init(&w.watch, &options, count_runs(&w));
    status = look_at_data(&w, err);
    if (!status)
        status = lk_experiment_check_sizes(context, &experiment, options.data, w.images, err);
    if (!status) status = lk_experiment_folder_open(options.out, &context->log, &lock, err);
    if (!status) status = act(&w, err);
    lk_folder_unlock(&lock);
    lk_free(experiment.runs);
    return status;
}

lk_status lk_reproduce(const lk_context *context, const lk_reproduce_options *options,
                       lk_error *err) {
    return in_folder(context, options, do_all, err);
}

/* Who trains single runs does not know which of them may be replaced. */
static lk_status prepare(struct work *w, lk_error *err) {
    lk_status status = begin_in_folder(w, err);
    for (int i = 0; i < count_runs(w) && !status; i++) {
        struct job job = job_of(w, i);
        enum found found;
        status = look(&job, &found, err);
        if (!status && found == TO_REPLACE)
            status = lk_fail(err, LK_USAGE,
                             "%s: holds a run of another config or pack, which diverged: remove it",
                             job.folder);
    }
    return status;
}

lk_status lk_reproduce_prepare(const lk_context *context, const lk_reproduce_options *options,
                               lk_error *err) {
    return in_folder(context, options, prepare, err);
}
