/** Names and labels of runs. */
#ifndef LIKENESS_EXPERIMENT_NAMES_H
#define LIKENESS_EXPERIMENT_NAMES_H

#include "experiment/grid.h"

#include <likeness/experiment.h>

enum { LK_NAME_MAX = 100 };

/** Whether a text can be the name of folders: letters, digits, _ . -, no dot at the start. */
bool lk_experiment_is_name(const char *name);
/**
 * Name and label a run by a point of a grid: "NAME-lr_0.01" and "LABEL, lr=0.01"; an empty `name`
 * or `label` and its separator are left out. Without axes both stay as they are. A name that is too
 * long is cut, and ends in a checksum. Errors: LK_MEMORY.
 */
lk_status lk_experiment_name_run(const char *name, const char *label, const lk_grid *grid,
                                 int point, lk_experiment_run *run, lk_error *err);
/** "NAME-lr_0.01": the name of a run whose config is changed by `sets`; NAME if they change no
 * number. Errors: LK_USAGE: more than LK_GRID_AXES_MAX changes; LK_MEMORY. */
lk_status lk_experiment_name_changed(const char *name, const char *const *sets, int n_sets,
                                     char out[LK_WORDS_MAX], lk_error *err);

#endif
