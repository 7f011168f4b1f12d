/** The folder of an experiment. */
#ifndef LIKENESS_EXPERIMENT_FOLDER_H
#define LIKENESS_EXPERIMENT_FOLDER_H

#include "base/lock.h"

/**
 * Create `out`/results, lock it, and remove what killed processes left there and in `out`. The
 * caller unlocks it.
 * errors  LK_FAILED if another process has the lock; LK_WRITE
 */
lk_status lk_experiment_folder_open(const char *out, const lk_log *log, lk_lock *lock,
                                    lk_error *err);

/** The folder of a run, `out`/NAME-sSEED, and the file of its result,
 * `out`/results/NAME-sSEED.json. false: the path is too long. */
bool lk_experiment_run_folder(const char *out, const char *name, int64_t seed,
                              char path[LK_PATH_MAX]);
bool lk_experiment_result_file(const char *out, const char *name, int64_t seed,
                               char path[LK_PATH_MAX]);

#endif
