/* Makes an experiment of one config and a grid, and keeps the config in the experiment's folder. */
#include "experiment/sweep.h"
#include "base/errors.h"
#include "base/file.h"
#include "experiment/changes.h"
#include "experiment/folder.h"
#include "experiment/names.h"
#include "net/run_files.h"
#include "train/folder.h"

#include <cJSON.h>
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The config as text, read once as it may be a stream, and what its runs differ in. */
struct sweep {
    const char *path;
    char *text;
    size_t n_bytes;
    const char *const *sets;
    int n_sets;
    lk_grid grid;
    lk_errors errors;
    lk_experiment *experiment;
};

/* Errors of the user are collected, and the sweep is read on. Others end it. */
static lk_status collect(struct sweep *s, lk_status status, const lk_error *err) {
    if (status == LK_USAGE) lk_errors_add(&s->errors, (lk_error_place){ 0 }, "", err);
    return status == LK_USAGE ? LK_OK : status;
}

static lk_status read_text(struct sweep *s, lk_error *err) {
    lk_status status = lk_file_read_input(s->path, LK_JSON_BYTES_MAX, &s->text, &s->n_bytes, err);
    return status == LK_READ || status == LK_FORMAT ? LK_USAGE : status;
}

static void name_sweep(const struct sweep *s) {
    lk_experiment *e = s->experiment;
    const char *name = e->base.name;
    lk_format(e->name, sizeof e->name, "%s", lk_experiment_is_name(name) ? name : "sweep");
}

static void take_seeds(const struct sweep *s) {
    lk_experiment *e = s->experiment;
    e->n_seeds = s->grid.seeds.n ? s->grid.seeds.n : 1;
    e->seeds[0] = e->base.seed;
    for (int i = 0; i < s->grid.seeds.n; i++) e->seeds[i] = (int64_t)s->grid.seeds.v[i];
}

/* Too many keys to keep are none: the labels then stay as they are. */
static lk_status list_axes(const lk_grid *grid, char out[LK_WORDS_MAX], lk_error *err) {
    lk_text text = { 0 };
    for (int i = 0; i < grid->n_axes; i++)
        lk_text_add(&text, "%s%s", i ? " " : "", grid->axis[i].key);
    lk_status status = text.failed ? lk_fail_memory(err, text.n, "a grid") : LK_OK;
    if (!text.n || !lk_format(out, LK_WORDS_MAX, "%s", text.data)) *out = 0;
    lk_text_deinit(&text);
    return status;
}

static lk_status add_run(const struct sweep *s, int point, lk_error *err) {
    lk_experiment_run *run = &s->experiment->runs[point];
    const char *name = s->grid.n_axes ? "" : s->experiment->name;
    lk_changes changes;
    lk_changes_init(&changes);
    lk_status status = LK_OK;
    for (int i = 0; i < s->n_sets && !status; i++)
        status = lk_changes_add(&changes, &s->grid, s->sets[i], err);
    if (!status) status = lk_changes_add_point(&changes, &s->grid, point, err);
    if (!status)
        status = lk_config_load_text(s->text, s->n_bytes, s->path, changes.v, changes.n,
                                     &run->config, err);
    if (!status) {
        run->paper_ssim = run->paper_mse = (double)NAN;
        status = list_axes(&s->grid, run->axes, err);
    }
    if (!status) status = lk_experiment_name_run(name, name, &s->grid, point, run, err);
    lk_changes_deinit(&changes);
    return status;
}

static lk_status add_runs(struct sweep *s, lk_error *err) {
    lk_experiment *e = s->experiment;
    size_t bytes = (size_t)s->grid.n_points * sizeof *e->runs;
    lk_status status = LK_OK;
    e->runs = lk_alloc(bytes);
    if (!e->runs) return lk_fail_memory(err, bytes, "a sweep");
    e->n_runs = s->grid.n_points; /* one that is refused stays empty, and ends the sweep */
    for (int point = 0; point < s->grid.n_points && !status; point++)
        status = collect(s, add_run(s, point, err), err);
    return status;
}

lk_status lk_experiment_sweep(const char *path, const char *const *sets, int n_sets,
                              const lk_strings *grid, lk_experiment *experiment, lk_error *err) {
    lk_experiment result = { .is_sweep = true };
    struct sweep s = { .path = path, .sets = sets, .n_sets = n_sets, .experiment = &result };
    lk_status status = collect(&s, lk_grid_read_words(grid, &s.grid, err), err);
    bool has_points = !s.errors.n;
    if (!status) status = collect(&s, read_text(&s, err), err);
    if (!status && s.text)
        status = collect(
            &s, lk_config_load_text(s.text, s.n_bytes, path, sets, n_sets, &result.base, err), err);
    if (!status && s.text && has_points) {
        name_sweep(&s);
        take_seeds(&s);
        status = add_runs(&s, err);
    }
    status = lk_errors_end(&s.errors, status, err);
    lk_free(s.text);
    lk_grid_deinit(&s.grid);
    if (status)
        lk_experiment_deinit(&result);
    else
        *experiment = result;
    return status;
}

/* ---- the folder ---- */

static void base_path(const char *out, char path[LK_PATH_MAX]) {
    lk_format(path, LK_PATH_MAX, "%s/" LK_SWEEP_BASE, out);
}

/* The seed is no difference: a sweep may get more of them. */
static lk_status check_same(const lk_config *now, const char *path, int size, lk_error *err) {
    lk_config then = { 0 };
    lk_text difference = { 0 };
    lk_status status = lk_config_load(path, NULL, 0, &then, err);
    then.seed = now->seed;
    if (!status) status = lk_config_difference(&then, now, size, &difference, err);
    if (!status && difference.n)
        status = lk_fail(err, LK_USAGE, "%s: a sweep of another config: %s (then and now)", path,
                         difference.data);
    lk_text_deinit(&difference);
    lk_config_deinit(&then);
    return status;
}

lk_status lk_sweep_check(const lk_experiment *sweep, const char *out, int size, bool *continues,
                         lk_error *err) {
    char path[LK_PATH_MAX];
    base_path(out, path);
    *continues = sweep->is_sweep && lk_file_may_exist(path);
    if (!*continues) return LK_OK;
    return check_same(&sweep->base, path, size, err);
}

/* ---- runs that are there ---- */

/* "lr_0.01-s2" as "lr_0.01" and 2. */
static bool split_folder(const char *folder, char name[LK_WORDS_MAX], int64_t *seed) {
    const char *end = strrchr(folder, '-');
    size_t n_digits = end && end[1] == 's' ? strlen(end + 2) : 0;
    if (!n_digits || n_digits > 10 || strspn(end + 2, "0123456789") != n_digits) return false;
    *seed = strtoll(end + 2, NULL, 10);
    return lk_format(name, LK_WORDS_MAX, "%.*s", (int)(end - folder), folder);
}

/* Call the run as the one that is there. Its label is in its result, if it has one. */
static lk_status take_over(const char *out, const char *folder, const char *name,
                           lk_experiment_run *run, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_json json = { 0 };
    lk_format(run->name, sizeof run->name, "%s", name);
    lk_format(run->config.name, sizeof run->config.name, "%s", name);
    if (!lk_format(path, sizeof path, "%s/results/%s.json", out, folder) ||
        !lk_file_may_exist(path))
        return LK_OK;
    lk_status status = lk_json_read(path, &json, err);
    if (status) return status == LK_MEMORY ? status : LK_OK; /* it is damaged, and made again */
    const char *label = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json.root, "label"));
    const char *axes = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json.root, "axes"));
    if (label && *label) lk_format(run->label, sizeof run->label, "%s", label);
    if (label && *label) lk_format(run->axes, sizeof run->axes, "%s", axes ? axes : "");
    lk_json_deinit(&json);
    return LK_OK;
}

/* Whether the folder of a run holds one of the same config, the seed aside. */
static lk_status compare(const char *folder, const lk_experiment_run *run, int64_t seed, int size,
                         bool *same, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_config config = run->config; /* borrows everything */
    config.seed = seed;
    *same = false;
    if (!lk_format(path, sizeof path, "%s/" LK_RUN_CONFIG, folder) || !lk_file_may_exist(path))
        return LK_OK;
    lk_status status = lk_folder_same_config(folder, &config, size, err);
    *same = !status;
    return status == LK_MEMORY ? status : LK_OK;
}

static lk_status find_same(const char *out, int size, DIR *stream, lk_experiment_run *run,
                           lk_error *err) {
    lk_status status = LK_OK;
    for (const char *folder; !status && (folder = lk_folder_next(stream));) {
        char name[LK_WORDS_MAX], path[LK_PATH_MAX];
        int64_t seed;
        bool same = false;
        if (split_folder(folder, name, &seed) && lk_format(path, sizeof path, "%s/%s", out, folder))
            status = compare(path, run, seed, size, &same, err);
        if (!status && same) return take_over(out, folder, name, run, err);
    }
    return status;
}

static bool is_there(const lk_experiment *sweep, const lk_experiment_run *run, const char *out) {
    bool found = false;
    for (int i = 0; i < sweep->n_seeds && !found; i++) {
        char folder[LK_PATH_MAX];
        found = lk_experiment_run_folder(out, run->name, sweep->seeds[i], folder) &&
                lk_folder_exists(folder);
    }
    return found;
}

lk_status lk_sweep_join(lk_experiment *sweep, const char *out, int size, lk_error *err) {
    lk_status status = LK_OK;
    for (int i = 0; i < sweep->n_runs && !status; i++) {
        DIR *stream = is_there(sweep, &sweep->runs[i], out) ? NULL : opendir(out);
        if (!stream) continue;
        status = find_same(out, size, stream, &sweep->runs[i], err);
        closedir(stream);
    }
    return status;
}

lk_status lk_sweep_write(const lk_experiment *sweep, const char *out, int size, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_text text = { 0 };
    base_path(out, path);
    if (!sweep->is_sweep || lk_file_may_exist(path)) return LK_OK;
    lk_status status = lk_config_print(&sweep->base, size, &text, err);
    if (!status) status = lk_file_write(path, text.data, text.n, err);
    lk_text_deinit(&text);
    return status;
}
