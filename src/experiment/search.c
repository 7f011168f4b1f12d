/* Finds runs and results at or below a folder. */
#include "experiment/search.h"
#include "base/file.h"
#include "evaluate/scores.h"
#include "experiment/row.h"
#include "net/run_files.h"

#include <cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 16 };

static const char results_name[] = "results";

struct search {
    lk_results *results;
    const lk_log *log;
};

/* ---- runs ---- */

static bool has(const char *folder, const char *name) {
    char path[LK_PATH_MAX];
    return lk_format(path, sizeof path, "%s/%s", folder, name) && lk_file_may_exist(path);
}

static bool is_run(const char *folder) {
    return has(folder, LK_RUN_CONFIG) || has(folder, LK_RUN_TEST);
}

/* The label of a result of reproduce that has the name of this run, and its index. */
static void take_label(const lk_results *results, int source, const char *run,
                       lk_result_head *head) {
    char name[LK_WORDS_MAX];
    lk_run_name("", run, name);
    for (size_t i = 0; i < results->n_rows && source; i++) {
        const lk_result *row = &results->rows[i];
        size_t n = strlen(row->name);
        bool ours = row->source == source && n && strncmp(name, row->name, n) == 0 &&
                    name[n] == '-' && name[n + 1] == 's' && name[n + 2] &&
                    !name[n + 2 + strspn(name + n + 2, "0123456789")];
        if (ours) {
            head->label = row->label;
            head->paper_ssim = row->paper_ssim;
            head->paper_mse = row->paper_mse;
        }
    }
}

static lk_status add_damaged(struct search *s, const char *run, const lk_error *reason,
                             lk_error *err) {
    char name[LK_WORDS_MAX];
    if (s->log) lk_log_say(s->log, LK_WARNING, "damaged: %s", reason->text);
    return lk_results_add_damaged(s->results, lk_run_name("", run, name), run, reason->text, err);
}

/* Verdicts need the scores of a run. Runs of old versions have none. */
static lk_status check_scores(const char *run, int64_t n, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_score *scores = NULL;
    if (!has(run, LK_RUN_TEST_SCORES)) return LK_OK;
    lk_format(path, sizeof path, "%s/" LK_RUN_TEST_SCORES, run);
    lk_status status = lk_scores_read(path, (size_t)n, &scores, err);
    lk_free(scores);
    return status;
}

static lk_status read_run(struct search *s, const char *run, const lk_result_head *head,
                          lk_error *err) {
    cJSON *json = NULL;
    bool tested = has(run, LK_RUN_TEST);
    lk_status status =
        (tested ? lk_result_of_run : lk_result_of_unfinished_run)(run, head, &json, err);
    if (!status) status = lk_results_add(s->results, json, run, run, err);
    cJSON_Delete(json);
    if (status || !tested) return status;
    status = check_scores(run, s->results->rows[s->results->n_rows - 1].measured.n, err);
    if (status) s->results->n_rows--;
    return status;
}

/* What is wrong with one run must not end the table. */
static lk_status add_run(struct search *s, const char *run, const lk_result_head *head,
                         lk_error *err) {
    lk_error reason = { "" };
    lk_status status = read_run(s, run, head, &reason);
    if (!status) return LK_OK;
    return status == LK_MEMORY ? lk_fail(err, status, "%s", reason.text)
                               : add_damaged(s, run, &reason, err);
}

/* `source` is the folder of results next to it, or 0. */
static lk_status add_new_run(struct search *s, const char *run, int source, lk_error *err) {
    lk_result_head head = { .label = "",
                            .index = (int)s->results->n_rows,
                            .paper_ssim = (double)NAN,
                            .paper_mse = (double)NAN };
    take_label(s->results, source, run, &head);
    lk_status status = add_run(s, run, &head, err);
    if (!status) s->results->rows[s->results->n_rows - 1].source = source;
    return status;
}

/* The row of the run in a folder NAME-sSEED, among those of a folder of results; else n_rows. */
static size_t find_result(const lk_results *results, int source, const char *name) {
    size_t i = 0;
    for (; i < results->n_rows; i++) {
        const lk_result *row = &results->rows[i];
        char folder[LK_WORDS_MAX];
        if (row->source == source &&
            lk_format(folder, sizeof folder, "%s-s%lld", row->name, (long long)row->seed) &&
            strcmp(folder, name) == 0)
            break;
    }
    return i;
}

/* A row without scores says how far the run was once. The folder knows how far it is. */
static lk_status renew(struct search *s, size_t i, const char *run, lk_error *err) {
    lk_results *results = s->results;
    const lk_result then = results->rows[i];
    const lk_result_head head = { .label = then.label,
                                  .index = (int)then.index,
                                  .paper_ssim = then.paper_ssim,
                                  .paper_mse = then.paper_mse };
    lk_status status = add_run(s, run, &head, err);
    if (status) return status;
    results->rows[i] = results->rows[--results->n_rows];
    results->rows[i].source = then.source;
    results->rows[i].index = then.index;
    if (!*results->rows[i].label) results->rows[i].label = then.label;
    return LK_OK;
}

/* The row has the scores of the run in its folder, so damaged scores are no loss but that of
   verdicts. */
static lk_status join(struct search *s, size_t i, const char *run, lk_error *err) {
    lk_result *row = &s->results->rows[i];
    lk_error reason;
    if (row->state) return renew(s, i, run, err);
    lk_status status = check_scores(run, row->measured.n, &reason);
    if (status == LK_MEMORY) return lk_fail(err, status, "%s", reason.text);
    if (status && s->log) lk_log_say(s->log, LK_WARNING, "damaged: %s", reason.text);
    if (status) return LK_OK;
    return lk_result_set_folder(s->results, row, run, err);
}

/* ---- folders ---- */

/* The names of the folders in a folder, sorted. */
struct names {
    char **v;
    size_t n;
    lk_arena arena;
};

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static lk_status add_name(struct names *names, const char *folder, const char *name,
                          lk_error *err) {
    char path[LK_PATH_MAX];
    struct stat info;
    if (name[0] == '.' || !lk_format(path, sizeof path, "%s/%s", folder, name) ||
        lstat(path, &info) != 0 || !S_ISDIR(info.st_mode))
        return LK_OK;
    char **grown =
        lk_realloc(names->v, names->n * sizeof *grown, lk_size_mul(names->n + 1, sizeof *grown));
    char *copy = lk_arena_text(&names->arena, name);
    if (grown) names->v = grown;
    if (!grown || !copy) return lk_fail_memory(err, strlen(name), folder);
    names->v[names->n++] = copy;
    return LK_OK;
}

static lk_status read_names(const char *folder, struct names *names, lk_error *err) {
    DIR *stream = opendir(folder);
    lk_status status = LK_OK;
    if (!stream) return lk_fail(err, LK_READ, "%s: cannot open: %s", folder, strerror(errno));
    for (const char *name; !status && (name = lk_folder_next(stream));)
        status = add_name(names, folder, name, err);
    if (!status && errno)
        status = lk_fail(err, LK_READ, "%s: cannot read the folder: %s", folder, strerror(errno));
    closedir(stream);
    if (names->n) qsort(names->v, names->n, sizeof *names->v, by_bytes);
    return status;
}

/* Read the results in a folder, if it may hold some. *source: their number; 0: none.
 * *inside: they are in its folder results/. */
static lk_status read_results(struct search *s, const char *folder, int depth, int *source,
                              bool *inside, lk_error *err) {
    char path[LK_PATH_MAX];
    *source = 0;
    *inside = lk_format(path, sizeof path, "%s/%s", folder, results_name) && lk_folder_exists(path);
    if (!*inside && depth > 0 && !has(folder, LK_RESULTS_BASELINES) &&
        !has(folder, LK_RESULTS_VERDICTS))
        return LK_OK;
    lk_status status = lk_results_read(s->results, *inside ? path : folder, s->log, err);
    *source = s->results->n_sources;
    return status;
}

static lk_status walk(struct search *s, const char *folder, int depth, lk_error *err);

static lk_status walk_inside(struct search *s, const char *folder, int depth, lk_error *err) {
    struct names names = { 0 };
    bool inside = false;
    int source = 0;
    lk_arena_init(&names.arena);
    lk_status status = read_results(s, folder, depth, &source, &inside, err);
    if (!status) status = read_names(folder, &names, err);
    for (size_t i = 0; i < names.n && !status; i++) {
        char path[LK_PATH_MAX];
        if (inside && strcmp(names.v[i], results_name) == 0) continue;
        if (!lk_format(path, sizeof path, "%s/%s", folder, names.v[i])) continue;
        size_t row = inside ? find_result(s->results, source, names.v[i]) : s->results->n_rows;
        if (!is_run(path))
            status = depth < DEPTH_MAX ? walk(s, path, depth + 1, err) : LK_OK;
        else if (row < s->results->n_rows)
            status = join(s, row, path, err);
        else
            status = add_new_run(s, path, inside ? source : 0, err);
    }
    lk_free(names.v);
    lk_arena_deinit(&names.arena);
    return status;
}

static lk_status walk(struct search *s, const char *folder, int depth, lk_error *err) {
    return is_run(folder) ? add_new_run(s, folder, 0, err) : walk_inside(s, folder, depth, err);
}

lk_status lk_results_search(lk_results *results, const char *path, const lk_log *log,
                            lk_error *err) {
    struct search search = { results, log };
    char longest[LK_PATH_MAX];
    size_t n_before = results->n_rows;
    if (!lk_format(longest, sizeof longest, "%s/" LK_RUN_BEST, path))
        return lk_fail(err, LK_FORMAT, "%s: path is too long", path);
    if (!lk_folder_exists(path))
        return lk_fail(
            err, LK_FORMAT,
            "%s: expected the folder of a run, of reproduce, or of results, got no folder", path);
    lk_status status = walk(&search, path, 0, err);
    if (!status && results->n_rows == n_before)
        status = lk_fail(err, LK_FORMAT, "%s: contains no results of trained models", path);
    return status;
}
