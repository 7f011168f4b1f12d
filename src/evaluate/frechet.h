/**
 * The distance between two sets of vectors, taken as samples of Gaussians (Dowson and Landau, "The
 * Frechet distance between multivariate normal distributions", 1982; as a score of pictures: Heusel
 * et al. 2017):
 *
 *   |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2))
 *
 * m: the mean, S: the covariance with n - 1. All in double; the same bits at any number of threads.
 */
#ifndef LIKENESS_EVALUATE_FRECHET_H
#define LIKENESS_EVALUATE_FRECHET_H

#include <likeness/memory.h>
#include <likeness/threads.h>

/** Sums over vectors, of their differences from the first one, so that large values lose no
 * digits. */
typedef struct lk_moments {
    lk_threads *threads; /* borrowed */
    int n_values;        /* of a vector */
    size_t n;            /* vectors so far */
    double *first, *sum; /* (n_values) */
    double *products;    /* (n_values, n_values), its upper half */
    lk_arena arena;
} lk_moments;

/** The caller ends it with lk_moments_deinit, also after an error. Errors: LK_MEMORY. */
lk_status lk_moments_init(lk_moments *moments, lk_threads *threads, int n_values, lk_error *err);
void lk_moments_deinit(lk_moments *moments);
/** Add n vectors, shape (n, n_values), which become their differences from the first one. */
void lk_moments_add(lk_moments *moments, double *vectors, int n);
/** The mean, and the whole covariance, with n - 1: shapes (n_values) and (n_values, n_values). n is
 * at least 2. */
void lk_moments_covariance(const lk_moments *moments, double *mean, double *covariance);

/**
 * The distance between two sets of vectors of one length; NaN if a set has fewer than two, or if a
 * value is not finite. With fewer vectors than values a covariance is singular; eigenvalues that
 * are only rounding errors count as 0.
 * errors  LK_USAGE (too many values for lk_eigen_symmetric), LK_MEMORY
 */
lk_status lk_frechet(const lk_moments *a, const lk_moments *b, double *distance, lk_error *err);

#endif
