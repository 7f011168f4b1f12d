/** Pictures by their scores. */
#ifndef LIKENESS_EVALUATE_RANKED_H
#define LIKENESS_EVALUATE_RANKED_H

#include <likeness/metric.h>

/** A picture of a split, with its scores. */
typedef struct lk_ranked {
    int index;
    double ssim, mse;
} lk_ranked;

/**
 * The n pictures with the lowest SSIM, the lowest first, then the n with the highest, the highest
 * first; equal ones in the order of their indices. `scores`: (n_pictures, LK_N_METRICS); n is at
 * most n_pictures, and `extremes` has room for 2 n.
 * errors  LK_MEMORY
 */
lk_status lk_ranked_extremes(const lk_score *scores, int n_pictures, int n, lk_ranked *extremes,
                             lk_error *err);

#endif
