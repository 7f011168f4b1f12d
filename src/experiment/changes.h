/** Lists of changes to a config: those of a run, those for all runs, those of a grid. */
#ifndef LIKENESS_EXPERIMENT_CHANGES_H
#define LIKENESS_EXPERIMENT_CHANGES_H

#include "experiment/grid.h"

/** Changes in the order in which they are made. The texts are copied. */
typedef struct lk_changes {
    int n;
    const char *v[2 * LK_LIST_MAX + LK_GRID_AXES_MAX];
    lk_arena arena;
} lk_changes;

void lk_changes_init(lk_changes *changes);
/** Errors: LK_USAGE: too many, or the grid has values for that key; LK_MEMORY. */
lk_status lk_changes_add(lk_changes *changes, const lk_grid *grid, const char *set, lk_error *err);
/** Add those of a point of a grid. */
lk_status lk_changes_add_point(lk_changes *changes, const lk_grid *grid, int point, lk_error *err);
void lk_changes_deinit(lk_changes *changes);

#endif
