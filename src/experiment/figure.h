/** The figure of an experiment. */
#ifndef LIKENESS_EXPERIMENT_FIGURE_H
#define LIKENESS_EXPERIMENT_FIGURE_H

#include <likeness/experiment.h>

/**
 * A picture of every run's reconstructions, with the first seed: a row of originals, a row for each
 * label, the label to the left. Columns are LK_FIGURE_COLUMNS test pictures evenly spaced: picture
 * floor(i n / columns) of n, so that nobody picks.
 * errors  as lk_evaluate; LK_WRITE
 */
enum { LK_FIGURE_COLUMNS = 8 };
lk_status lk_experiment_figure(const lk_context *context, const lk_reproduce_options *options,
                               const char *fingerprint, const char *path, lk_error *err);

#endif
