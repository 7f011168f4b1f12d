/* The folder of an experiment: the lock, the leftovers of killed processes, the paths of runs. */
#include "experiment/folder.h"
#include "base/file.h"
#include "experiment/sweep.h"
#include "net/run_files.h"
#include "train/folder.h"

#include <string.h>

static bool belongs_to_experiment(const char *name) {
    return strcmp(name, "table.md") == 0 || strcmp(name, "figure.png") == 0 ||
           strcmp(name, LK_RUN_REPORT) == 0 || strcmp(name, LK_SWEEP_BASE) == 0;
}

static bool belongs_to_results(const char *name) {
    size_t n = strlen(name);
    return n > 5 && strcmp(name + n - 5, ".json") == 0;
}

lk_status lk_experiment_folder_open(const char *out, const lk_log *log, lk_lock *lock,
                                    lk_error *err) {
    char results[LK_PATH_MAX];
    lk_format(results, sizeof results, "%s/results", out);
    lk_status status = lk_folder_create(results, err);
    if (!status) status = lk_folder_lock(results, log, lock, err);
    if (!status) status = lk_folder_clean(out, belongs_to_experiment, false, err);
    if (!status) status = lk_folder_clean(results, belongs_to_results, false, err);
    return status;
}

bool lk_experiment_run_folder(const char *out, const char *name, int64_t seed,
                              char path[LK_PATH_MAX]) {
    return lk_format(path, LK_PATH_MAX, "%s/%s-s%lld", out, name, (long long)seed);
}

bool lk_experiment_result_file(const char *out, const char *name, int64_t seed,
                               char path[LK_PATH_MAX]) {
    return lk_format(path, LK_PATH_MAX, "%s/results/%s-s%lld.json", out, name, (long long)seed);
}
