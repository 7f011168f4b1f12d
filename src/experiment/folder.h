/** The folder of an experiment. */
#ifndef LIKENESS_EXPERIMENT_FOLDER_H
#define LIKENESS_EXPERIMENT_FOLDER_H

#include "base/file.h"

/**
 * Create `out`/results, lock it, and remove what killed processes left there and in `out`; closing
 * *lock (set to -1 before) gives it back.
 * errors  LK_FAILED where another process has it; LK_WRITE
 */
lk_status lk_experiment_folder_open(const char *out, int *lock, lk_error *err);

/** Where a run lies, `out`/NAME-sSEED, and its result, `out`/results/NAME-sSEED.json. false: the path
 * is too long. */
bool lk_experiment_run_folder(const char *out, const char *name, int64_t seed,
                              char path[LK_PATH_MAX]);
bool lk_experiment_result_file(const char *out, const char *name, int64_t seed,
                               char path[LK_PATH_MAX]);

#endif
