/** The evidence for the claims. */
#ifndef LIKENESS_EXPERIMENT_DIFFERENCES_H
#define LIKENESS_EXPERIMENT_DIFFERENCES_H

#include "report/report.h"

/**
 * Add the evidence for the claims, computed from the scores in the folders of the rows: for each
 * claim and each type of model that has exactly one label for both losses, over the seeds that both
 * have. Rows without a folder or without scores are left out. The rows have been labelled.
 * errors  LK_FORMAT: invalid scores; LK_MEMORY
 */
lk_status lk_results_compare(lk_results *results, lk_error *err);

#endif
