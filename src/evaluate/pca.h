/**
 * Principal components of pictures: the linear autoencoder with which every table compares.
 *
 * Randomised subspace iteration: Halko, Martinsson, Tropp, "Finding structure with randomness",
 * SIAM Review 53 (2011), algorithm 4.4 with a Rayleigh-Ritz step, over the centred pictures, which
 * are read from bytes block by block. It runs over a part of them first, which is a cheap way to a
 * good start.
 */
#ifndef LIKENESS_EVALUATE_PCA_H
#define LIKENESS_EVALUATE_PCA_H

#include <likeness/context.h>
#include <likeness/stop.h>

/** Mean and components of pictures of n_values numbers in [0, 1], in the order of the pictures. */
typedef struct lk_pca {
    int n_values, n_components;
    lk_real *mean; /* (n_values); the other baseline, as a picture */
    /* (n_components, n_values): orthonormal rows, in the order of descending variance */
    lk_real *components;
    double *variance;      /* (n_components): along each component */
    double total_variance; /* over all directions */
    int n_iterations;      /* those over parts of the pictures included */
} lk_pca;

typedef struct lk_pca_options {
    int n_components;
    uint64_t seed;       /* of the start */
    const lk_stop *stop; /* asked between iterations; NULL: never */
} lk_pca_options;

/**
 * Fit to n_rows pictures of bytes, 255 meaning 1. The result has the same bits with any number of
 * threads. Memory beyond the result: 1.5 n_components (at least n_components + 16) numbers for each
 * picture and each value.
 *
 * shape   rows (n_rows, n_values)
 * memory  the caller calls lk_pca_deinit()
 * errors  LK_USAGE (components not from 1 to the smaller of n_rows and n_values), LK_MEMORY, or
 *         what `stop` returns
 */
lk_status lk_pca_fit(const lk_context *context, const lk_pca_options *options, const uint8_t *rows,
                     size_t n_rows, int n_values, lk_pca *pca, lk_error *err);
void lk_pca_deinit(lk_pca *pca);

/**
 * Replace pictures by the nearest ones that mean and components can express.
 *
 * shape   images, out (n, n_values); they may be the same memory
 * errors  LK_MEMORY
 */
lk_status lk_pca_reconstruct(const lk_context *context, const lk_pca *pca, const lk_real *images,
                             int n, lk_real *out, lk_error *err);

#endif
