/** The baselines of an experiment. */
#ifndef LIKENESS_EXPERIMENT_BASELINES_H
#define LIKENESS_EXPERIMENT_BASELINES_H

#include <likeness/experiment.h>

/**
 * results/baselines.json: the mean image, and PCA with as many components as runs have latents,
 * unless it is there for this pack. `fingerprint` is the pack's.
 * errors  as lk_evaluate_baselines; LK_WRITE
 */
lk_status lk_experiment_baselines(const lk_context *context, const lk_reproduce_options *options,
                                  const char *fingerprint, lk_error *err);

#endif
