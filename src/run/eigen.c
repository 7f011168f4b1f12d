/* Jacobi's cyclic rotations (Golub, Van Loan, "Matrix Computations", 4th ed., section 8.5), for matrices of some hundred rows. */
#include "run/eigen.h"

#include <math.h>
#include <stddef.h>

enum { SWEEPS_MAX = 60 };

/* (a, b) <- (c a - s b, s a + c b) for n pairs at a stride */
static void rotate(double *a, double *b, size_t stride, int n, double c, double s) {
    for (int i = 0; i < n; i++, a += stride, b += stride) {
        double x = *a, y = *b;
        *a = c * x - s * y;
        *b = s * x + c * y;
    }
}

/* Make the element (p, q) zero. */
static void eliminate(double *m, size_t n, size_t p, size_t q, double *vectors) {
    double tau = (m[q * n + q] - m[p * n + p]) / (2 * m[p * n + q]);
    double t = (tau < 0 ? -1 : 1) / (fabs(tau) + sqrt(1 + tau * tau)), c = 1 / sqrt(1 + t * t), s = t * c;
    rotate(m + p, m + q, n, (int)n, c, s);
    rotate(m + p * n, m + q * n, 1, (int)n, c, s);
    rotate(vectors + p * n, vectors + q * n, 1, (int)n, c, s);
    m[p * n + q] = m[q * n + p] = 0;
}

/* One rotation for every pair that matters. Returns how many did. */
static int sweep(double *m, size_t n, double *vectors) {
    int n_rotations = 0;
    for (size_t p = 0; p + 1 < n; p++)
        for (size_t q = p + 1; q < n; q++) {
            double off = fabs(m[p * n + q]), scale = sqrt(fabs(m[p * n + p] * m[q * n + q]));
            if (off <= 1e-16 * scale || off < 1e-300) continue;
            eliminate(m, n, p, q, vectors);
            n_rotations++;
        }
    return n_rotations;
}

static void swap(double *a, double *b, size_t n) {
    for (size_t i = 0; i < n; i++) {
        double keep = a[i];
        a[i] = b[i];
        b[i] = keep;
    }
}

void lk_eigen_symmetric(double *matrix, int n_rows, double *values, double *vectors) {
    const size_t n = (size_t)n_rows;
    for (size_t i = 0; i < n * n; i++) vectors[i] = i % (n + 1) == 0;
    for (int i = 0; i < SWEEPS_MAX && sweep(matrix, n, vectors); i++) continue;
    for (size_t i = 0; i < n; i++) values[i] = matrix[i * n + i];
    for (size_t i = 0; i + 1 < n; i++) {
        size_t best = i;
        for (size_t k = i + 1; k < n; k++)
            if (values[k] > values[best]) best = k;
        swap(&values[i], &values[best], 1);
        if (best != i) swap(vectors + i * n, vectors + best * n, n);
    }
}
