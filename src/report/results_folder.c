/* Results of trained models from folders of JSON files. */
#include "base/file.h"
#include "report/axes.h"
#include "report/evidence.h"
#include "report/results.h"

#include <cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_named(const char *path, const char *name) {
    const char *slash = strrchr(path, '/');
    return strcmp(slash ? slash + 1 : path, name) == 0;
}

lk_status lk_results_read_file(lk_results *results, const char *path, const lk_log *log,
                               lk_error *err) {
    lk_json json = { 0 };
    lk_status status = lk_json_read(path, &json, err);
    if (status) return status == LK_USAGE ? LK_FORMAT : status;
    if (is_named(path, LK_RESULTS_BASELINES))
        status = lk_results_add_baselines(results, json.root, path, err);
    else if (is_named(path, LK_RESULTS_VERDICTS))
        status = lk_results_add_verdicts(results, json.root, path, err);
    else if (cJSON_GetObjectItemCaseSensitive(json.root, "label"))
        status = lk_results_add(results, json.root, path, NULL, err);
    else if (log)
        lk_log_say(log, LK_WARNING,
                   "%s: skipped: it has no \"label\", so it is no result of a model", path);
    lk_json_deinit(&json);
    return status;
}

static int by_place(const void *a, const void *b) {
    const lk_result *x = a, *y = b;
    if (x->index != y->index) return (x->index > y->index) - (x->index < y->index);
    if (x->seed != y->seed) return (x->seed > y->seed) - (x->seed < y->seed);
    return strcmp(x->name, y->name);
}

/* What is damaged must not end the table after hours of training. */
static lk_status read_or_mark(lk_results *results, const char *path, const char *name,
                              const lk_log *log, lk_error *err) {
    lk_status status = lk_results_read_file(results, path, log, err);
    if (status != LK_FORMAT) return status;
    if (log) lk_log_say(log, LK_WARNING, "damaged: %s", err->text);
    if (strcmp(name, LK_RESULTS_BASELINES) == 0 || strcmp(name, LK_RESULTS_VERDICTS) == 0)
        return LK_OK;
    char stem[256];
    lk_format(stem, sizeof stem, "%.*s", (int)(strlen(name) - 5), name);
    const lk_error reason = *err;
    return lk_results_add_damaged(results, stem, path, reason.text, err);
}

static lk_status read_names(lk_results *results, DIR *stream, const char *folder, const lk_log *log,
                            lk_error *err) {
    char path[LK_PATH_MAX];
    lk_status status = LK_OK;
    for (const char *name; !status && (name = lk_folder_next(stream));) {
        size_t n = strlen(name);
        if (name[0] == '.' || n <= 5 || strcmp(name + n - 5, ".json") != 0) continue;
        if (lk_format(path, sizeof path, "%s/%s", folder, name))
            status = read_or_mark(results, path, name, log, err);
        else
            status = lk_fail(err, LK_FORMAT, "%s: path is too long", folder);
    }
    if (!status && errno)
        status = lk_fail(err, LK_READ, "%s: cannot read the folder: %s", folder, strerror(errno));
    return status;
}

lk_status lk_results_read(lk_results *results, const char *folder, const lk_log *log,
                          lk_error *err) {
    size_t n_before = results->n_rows;
    DIR *stream = opendir(folder);
    if (!stream) return lk_fail(err, LK_READ, "%s: cannot open: %s", folder, strerror(errno));
    results->source = ++results->n_sources;
    lk_status status = read_names(results, stream, folder, log, err);
    closedir(stream);
    if (!status) status = lk_results_label_axes(results, n_before, err);
    if (!status) lk_results_drop_evidence(results);
    if (!status && results->n_rows > n_before)
        qsort(results->rows + n_before, results->n_rows - n_before, sizeof *results->rows,
              by_place);
    results->source = 0;
    return status;
}
