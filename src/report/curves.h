/** Curves of training: how losses and scores change from epoch to epoch. */
#ifndef LIKENESS_REPORT_CURVES_H
#define LIKENESS_REPORT_CURVES_H

#include "draw/canvas.h"

#include <likeness/memory.h>

/** The columns of metrics.csv that curves need: constant, name. */
#define LK_CURVE_LIST(X)                                                                           \
    X(EPOCH, "epoch")                                                                              \
    X(STEP, "step")                                                                                \
    X(LR, "lr")                                                                                    \
    X(TRAIN, "train_loss")                                                                         \
    X(VAL, "val_loss")                                                                             \
    X(SSIM, "val_ssim")                                                                            \
    X(MSE, "val_mse")                                                                              \
    X(KL, "val_kl")                                                                                \
    X(ACTIVE, "val_active")                                                                        \
    X(SPEED, "images_per_second")
#define LK_CURVE_ENUM(name, column) LK_CURVE_##name,
enum { LK_CURVE_LIST(LK_CURVE_ENUM) LK_N_CURVES };
#undef LK_CURVE_ENUM

/** A run: a value for each epoch and column, NaN where there is none. */
typedef struct lk_curves_run {
    const char *label;
    int n, best; /* epochs; the index of the lowest validation loss, -1: nothing was validated */
    double *v[LK_N_CURVES];
} lk_curves_run;

/** Runs to draw into one figure. Those with equal labels are seeds of one model. */
typedef struct lk_curves {
    lk_curves_run *runs;
    size_t n_runs;
    lk_arena arena;
} lk_curves;

void lk_curves_init(lk_curves *curves);
void lk_curves_deinit(lk_curves *curves);
/** Add a run from its metrics.csv; a last line without its end is ignored. Errors: LK_READ;
 * LK_FORMAT: no epochs, no column "epoch"; LK_MEMORY. */
lk_status lk_curves_add(lk_curves *curves, const char *csv, const char *label, lk_error *err);
/** "validation 2.9 % above training, still falling" for the last epoch of a run. */
void lk_curves_sentence(const lk_curves_run *run, lk_text *out);
/** The same of its parts: the losses of the last epoch, that epoch, and the one with the lowest
 * validation loss; NaN where nothing was validated. */
void lk_curves_say(double train, double val, double last, double best, lk_text *out);

/** Runs with the same label: the mean of their values, and their range. */
typedef struct lk_curves_group {
    const char *label;
    int n, n_seeds; /* n: epochs of the longest run */
    const double *epoch;
    double *mean[LK_N_CURVES], *low[LK_N_CURVES], *high[LK_N_CURVES];
    double best_epoch, best; /* means over seeds; NaN: nothing was validated */
} lk_curves_group;
/** Form the groups, in the order of their first runs. They and their values are in the arena.
 * Errors: LK_MEMORY. */
lk_status lk_curves_form_groups(const lk_curves *curves, lk_arena *arena, lk_curves_group **groups,
                                int *n_groups, lk_error *err);

/** Write the figure. There is at least one run. Errors: LK_WRITE, LK_MEMORY. */
lk_status lk_curves_write(const lk_curves *curves, const char *path, const lk_origin_notes *origin,
                          lk_error *err);

#endif
