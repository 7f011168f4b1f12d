/** The figure of an experiment. */
#ifndef LIKENESS_EXPERIMENT_FIGURE_H
#define LIKENESS_EXPERIMENT_FIGURE_H

#include <likeness/experiment.h>

/**
 * Write a picture of the reconstructions of every run with the first seed: a row of originals, then
 * a row for each label, with the label on the left. The columns are LK_FIGURE_COLUMNS evenly spaced
 * test pictures, floor(i n / columns) of n, so that nobody chooses them.
 * errors  as lk_evaluate; LK_WRITE
 */
enum { LK_FIGURE_COLUMNS = 8 };
lk_status lk_experiment_figure(const lk_context *context, const lk_reproduce_options *options,
                               const char *fingerprint, const char *path, lk_error *err);

#endif
