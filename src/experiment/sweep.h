/** The config of a sweep, in the folder of its runs. */
#ifndef LIKENESS_EXPERIMENT_SWEEP_H
#define LIKENESS_EXPERIMENT_SWEEP_H

#include <likeness/experiment.h>

/** The config without the values of the grid, resolved, in the experiment's folder. */
#define LK_SWEEP_BASE "base.json"

/** Whether the folder `out` may hold this sweep, with pictures of size x size. Any experiment that
 * is no sweep may. *continues: it holds this sweep already. Errors: LK_USAGE: it holds a sweep of
 * another config; LK_MEMORY. */
lk_status lk_sweep_check(const lk_experiment *sweep, const char *out, int size, bool *continues,
                         lk_error *err);
/** A run that `out` holds already, under a name that another grid gave it, gets that name and
 * label. Errors: LK_MEMORY. */
lk_status lk_sweep_join(lk_experiment *sweep, const char *out, int size, lk_error *err);
/** Write the config of a sweep, unless it is there. Errors: LK_WRITE, LK_MEMORY. */
lk_status lk_sweep_write(const lk_experiment *sweep, const char *out, int size, lk_error *err);

#endif
