/** The differences that the claims are about. */
#ifndef LIKENESS_EXPERIMENT_DIFFERENCES_H
#define LIKENESS_EXPERIMENT_DIFFERENCES_H

#include "report/report.h"

/**
 * Add the differences the claims are about: for each claim and type of model with exactly one label
 * for either loss, over the seeds both have, from the scores in the rows' folders; rows without a
 * folder or scores take no part.
 * errors  LK_FORMAT: unsound scores; LK_MEMORY
 */
lk_status lk_results_compare(lk_results *results, lk_error *err);

#endif
