/* How far a run is, from the files in its folder. Nothing is written there, and no lock is kept. */
#include "experiment/run_progress.h"
#include "base/lock.h"
#include "experiment/search.h"
#include "net/run_files.h"

#include <likeness/config.h>
#include <likeness/pack.h>

#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const stage_words[LK_N_STAGES] = {
#define WORDS(name, words) words,
    LK_STAGE_LIST(WORDS)
#undef WORDS
};

const char *lk_stage_words(lk_stage stage) {
    return stage_words[stage];
}

/* ---- the stage ---- */

bool lk_stage_is_untested(const char *run) {
    char model[LK_PATH_MAX];
    return lk_format(model, sizeof model, "%s/" LK_RUN_MODEL, run) && lk_file_may_exist(model);
}

/* The lock comes first: a run that ends meanwhile must not look as if it had been stopped. */
lk_status lk_stage_read(const char *run, lk_stage *stage, lk_record_tail *tail, lk_error *err) {
    bool running = lk_folder_is_locked(run);
    lk_status status = lk_record_read_tail(run, tail, err);
    *stage = running                     ? LK_STAGE_RUNNING
             : lk_stage_is_untested(run) ? LK_STAGE_FINISHED
             : tail->diverged            ? LK_STAGE_FAILED
                                         : LK_STAGE_STOPPED;
    return status;
}

static bool begins_with(const char *text, const char *begin) {
    return strncmp(text, begin, strlen(begin)) == 0;
}

/* Of a row that is done, that cannot be read, or that only a file of results tells of. */
static lk_stage stage_of_result(const lk_result *row) {
    char folder[LK_PATH_MAX];
    if (!row->state) return LK_STAGE_FINISHED;
    if (begins_with(row->state, "damaged")) return LK_STAGE_DAMAGED;
    if (begins_with(row->state, "diverged")) return LK_STAGE_FAILED;
    if (strcmp(row->state, "not started") != 0) return LK_STAGE_STOPPED;
    bool runs = row->path && lk_folder_is_locked(lk_run_folder(row->path, folder));
    return runs ? LK_STAGE_WAITING : LK_STAGE_NOT_STARTED;
}

static lk_stage stage_of(const lk_result *row, lk_record_tail *tail) {
    lk_stage stage = LK_STAGE_STOPPED;
    lk_error ignored;
    *tail = (lk_record_tail){ 0 };
    if (!row->state || !row->folder || begins_with(row->state, "damaged"))
        return stage_of_result(row);
    (void)lk_stage_read(row->folder, &stage, tail, &ignored);
    return stage;
}

/* ---- epochs and steps ---- */

/* Of a run without curves: it has no epoch yet, or its metrics.csv is damaged. */
static void read_length(const lk_result *row, const char *csv, lk_run_progress *p) {
    lk_error ignored;
    if (!lk_file_may_exist(csv) && p->stage != LK_STAGE_DAMAGED)
        p->epochs = p->steps = 0;
    else if (lk_record_length(row->folder, &p->epochs, &p->steps, &ignored))
        p->epochs = p->steps = (double)NAN;
    if (!row->state) p->epochs = row->epochs, p->steps = (double)row->steps;
}

static lk_status read_curves(const lk_result *row, lk_run_progress *p, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_error reason;
    if (!lk_format(path, sizeof path, "%s/" LK_RUN_EPOCHS, row->folder)) return LK_OK;
    lk_status status = lk_curves_add(&p->curves, path, "", &reason);
    if (status == LK_MEMORY) return lk_fail(err, status, "%s", reason.text);
    if (status) return read_length(row, path, p), LK_OK;
    const lk_curves_run *run = &p->curves.runs[0];
    int last = run->n - 1;
    p->epochs = run->v[LK_CURVE_EPOCH][last];
    p->steps = run->v[LK_CURVE_STEP][last];
    p->train_loss = run->v[LK_CURVE_TRAIN][last];
    p->val_loss = run->v[LK_CURVE_VAL][last];
    p->val_ssim = run->v[LK_CURVE_SSIM][last];
    p->val_mse = run->v[LK_CURVE_MSE][last];
    if (run->best < 0) return LK_OK;
    p->best_epoch = run->v[LK_CURVE_EPOCH][run->best];
    p->best_loss = run->v[LK_CURVE_VAL][run->best];
    return LK_OK;
}

/* From the first epoch that has ended; before that, from the pack. */
static double steps_an_epoch(const lk_run_progress *p, const lk_config *config,
                             const lk_history *history) {
    lk_pack_meta meta;
    lk_error ignored;
    if (p->curves.n_runs) {
        const lk_curves_run *run = &p->curves.runs[0];
        return run->v[LK_CURVE_STEP][0] / run->v[LK_CURVE_EPOCH][0];
    }
    if (!*history->data || lk_pack_read_meta(history->data, &meta, &ignored)) return (double)NAN;
    return floor(meta.n[LK_SPLIT_TRAIN] / (double)config->train.batch_size);
}

static void plan(lk_run_progress *p, const lk_config *config, const lk_history *history) {
    double an_epoch = steps_an_epoch(p, config, history);
    p->n_epochs = (double)config->train.epochs;
    p->n_steps = p->n_epochs * an_epoch;
    if (config->train.steps) {
        p->n_steps = (double)config->train.steps;
        p->n_epochs = ceil(p->n_steps / an_epoch);
    }
    p->done = p->n_steps > 0 ? p->steps / p->n_steps : p->epochs / p->n_epochs;
    if (p->stage == LK_STAGE_FINISHED) p->done = 1;
    if (p->done > 1) p->done = 1;
}

/* ---- time ---- */

static double seconds_of(const char *started) {
    struct tm utc = { 0 };
    const char *end = strptime(started, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return end && !*end ? (double)timegm(&utc) : (double)NAN;
}

static const cJSON *last_session(const lk_history *history) {
    const cJSON *sessions = cJSON_GetObjectItemCaseSensitive(history->record, "sessions");
    int n = cJSON_GetArraySize(sessions);
    return n ? cJSON_GetArrayItem(sessions, n - 1) : NULL;
}

/* The time of the session that runs, or was killed: then up to its last line. */
static void add_open_session(const cJSON *session, const lk_record_tail *tail, double now_s,
                             lk_run_progress *p) {
    const cJSON *first = cJSON_GetObjectItemCaseSensitive(session, "first_step");
    const char *started =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(session, "started"));
    double steps = (double)tail->step - (cJSON_IsNumber(first) ? first->valuedouble : 0),
           logged = steps > 0 ? tail->seconds : 0, passed = logged;
    if (p->stage == LK_STAGE_RUNNING && started) passed = fmax(now_s - seconds_of(started), logged);
    p->seconds += passed;
    if (p->stage == LK_STAGE_RUNNING && logged > 0 && p->n_steps > 0)
        p->seconds_left =
            fmax(logged / steps * (p->n_steps - (double)tail->step) - (passed - logged), 0);
}

static void add_time(const lk_history *history, const lk_record_tail *tail, double now_s,
                     lk_run_progress *p) {
    const cJSON *session = last_session(history);
    lk_format(p->started, sizeof p->started, "%s", history->started);
    if (!session) return;
    p->seconds = history->seconds;
    if (!cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(session, "seconds")))
        add_open_session(session, tail, now_s, p);
}

/* ---- all ---- */

static void begin(lk_run_progress *p) {
    const double none = (double)NAN;
    *p = (lk_run_progress){ .epochs = none,
                            .n_epochs = none,
                            .steps = none,
                            .n_steps = none,
                            .done = none,
                            .train_loss = none,
                            .val_loss = none,
                            .val_ssim = none,
                            .val_mse = none,
                            .best_epoch = none,
                            .best_loss = none,
                            .seconds = none,
                            .seconds_left = none };
    lk_curves_init(&p->curves);
}

static lk_status read_folder(const lk_result *row, const lk_record_tail *tail, double now_s,
                             lk_run_progress *p, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_config config = { 0 };
    lk_history history = { 0 };
    lk_error ignored;
    lk_status status = read_curves(row, p, err);
    if (status) return status;
    if (!lk_format(path, sizeof path, "%s/" LK_RUN_CONFIG, row->folder)) return LK_OK;
    (void)lk_session_read(row->folder, &history, &ignored);
    if (tail->step && !(p->steps >= (double)tail->step)) p->steps = (double)tail->step;
    if (isnan(p->train_loss) && tail->step) p->train_loss = tail->loss;
    if (!lk_config_load(path, NULL, 0, &config, &ignored)) plan(p, &config, &history);
    add_time(&history, tail, now_s, p);
    lk_session_history_deinit(&history);
    lk_config_deinit(&config);
    return LK_OK;
}

lk_status lk_run_progress_read(const lk_result *row, double now_s, lk_run_progress *p,
                               lk_error *err) {
    lk_record_tail tail;
    begin(p);
    p->stage = stage_of(row, &tail);
    if (row->folder) return read_folder(row, &tail, now_s, p, err);
    if (p->stage != LK_STAGE_FINISHED) return LK_OK;
    p->epochs = p->n_epochs = row->epochs;
    p->steps = p->n_steps = (double)row->steps;
    p->done = 1;
    return LK_OK;
}

void lk_run_progress_deinit(lk_run_progress *p) {
    lk_curves_deinit(&p->curves);
}

lk_status lk_run_list_read(lk_run_list *list, const char *const *folders, int n_folders,
                           double now_s, const lk_log *log, lk_error *err) {
    lk_status status = LK_OK;
    list->progress = NULL;
    lk_results_init(&list->results);
    for (int i = 0; i < n_folders && !status; i++)
        status = lk_results_search(&list->results, folders[i], log, err);
    size_t n = list->results.n_rows, bytes = n * sizeof *list->progress;
    if (status) return status;
    list->progress = lk_alloc(bytes);
    if (!list->progress) return lk_fail_memory(err, bytes, "the list of runs");
    for (size_t i = 0; i < n; i++) begin(&list->progress[i]);
    for (size_t i = 0; i < n && !status; i++)
        status = lk_run_progress_read(&list->results.rows[i], now_s, &list->progress[i], err);
    return status;
}

void lk_run_list_deinit(lk_run_list *list) {
    for (size_t i = 0; i < list->results.n_rows && list->progress; i++)
        lk_run_progress_deinit(&list->progress[i]);
    lk_free(list->progress);
    lk_results_deinit(&list->results);
}
