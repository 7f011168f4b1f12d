/* Eigenvectors of a small symmetric matrix. Internal to the run layer. */
#ifndef RUN_EIGEN_H
#define RUN_EIGEN_H

/*
 * Eigenvalues in falling order and their unit vectors.
 * shape   matrix (n, n) symmetric, overwritten; values (n); vectors (n, n), the i-th in row i
 */
void lk_eigen_symmetric(double *matrix, int n, double *values, double *vectors);

#endif
