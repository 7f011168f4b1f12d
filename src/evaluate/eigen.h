/* Eigenvectors of a symmetric matrix. */
#ifndef LIKENESS_EVALUATE_EIGEN_H
#define LIKENESS_EVALUATE_EIGEN_H

#include <likeness/status.h>

/*
 * Compute eigenvalues in descending order and unit eigenvectors; the i-th replaces row i of the
 * matrix.
 * shape   matrix (n, n) symmetric; values (n)
 * errors  LK_USAGE (n above 32766), LK_MEMORY, LK_FAILED (not finite)
 */
lk_status lk_eigen_symmetric(double *matrix, int n, double *values, lk_error *err);

#endif
