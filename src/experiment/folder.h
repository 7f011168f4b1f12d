/** The folder of an experiment. */
#ifndef LIKENESS_EXPERIMENT_FOLDER_H
#define LIKENESS_EXPERIMENT_FOLDER_H

#include <likeness/status.h>

/**
 * Create `out`/results, lock it, and remove what killed processes left there and in `out`; closing
 * *lock (set to -1 before) gives it back.
 * errors  LK_FAILED where another process has it; LK_WRITE
 */
lk_status lk_experiment_folder_open(const char *out, int *lock, lk_error *err);

#endif
