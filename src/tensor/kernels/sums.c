/*
 * Sums, rows, and the two simplest losses. Blocks are summed in lk_real over fixed lanes, the
 * blocks in double: fast, and the error does not grow with the length.
 */
#include "isa.h"

#include <string.h>

enum { BLOCK = 4096 };

/* *sum = the sum of `value` over at = 0 ... n - 1. */
#define TOTAL(sum, n, at, value)                                                                   \
    double all = 0;                                                                                \
    for (size_t begin = 0; begin < (n); begin += BLOCK) {                                          \
        size_t end = begin + BLOCK < (n) ? begin + BLOCK : (n), i = begin;                         \
        lk_real lanes[LK_LANES] = { 0 };                                                           \
        for (; i + LK_LANES <= end; i += LK_LANES)                                                 \
            for (size_t lane = 0; lane < LK_LANES; lane++) {                                       \
                const size_t at = i + lane;                                                        \
                lanes[lane] += (value);                                                            \
            }                                                                                      \
        for (; i < end; i++) {                                                                     \
            const size_t at = i;                                                                   \
            lanes[0] += (value);                                                                   \
        }                                                                                          \
        for (int lane = 0; lane < LK_LANES; lane++) all += (double)lanes[lane];                    \
    }                                                                                              \
    *(sum) = all

static inline lk_real magnitude(lk_real x) {
    return x < 0 ? -x : x;
}

void lk_kernel_total(size_t n, const lk_real *x, double *sum) {
    TOTAL(sum, n, at, x[at]);
}

/* In double throughout: squares of gradients leave float's range long before gradients do. */
void lk_kernel_squares(size_t n, const lk_real *x, double *sum) {
    double lanes[LK_LANES] = { 0 }, all = 0;
    size_t i = 0;
    for (; i + LK_LANES <= n; i += LK_LANES)
        for (size_t lane = 0; lane < LK_LANES; lane++)
            lanes[lane] += (double)x[i + lane] * (double)x[i + lane];
    for (; i < n; i++) lanes[0] += (double)x[i] * (double)x[i];
    for (int lane = 0; lane < LK_LANES; lane++) all += lanes[lane];
    *sum = all;
}

void lk_kernel_mse(size_t n, const lk_real *x, const lk_real *y, double *sum) {
    TOTAL(sum, n, at, (x[at] - y[at]) * (x[at] - y[at]));
}

void lk_kernel_l1(size_t n, const lk_real *x, const lk_real *y, double *sum) {
    TOTAL(sum, n, at, magnitude(x[at] - y[at]));
}

void lk_kernel_mse_backward(size_t n, const lk_real *x, const lk_real *y, lk_real scale, bool add,
                            lk_real *dy) {
    if (add) {
        LK_VECTOR for (size_t i = 0; i < n; i++) dy[i] += 2 * scale * (y[i] - x[i]);
    } else {
        LK_VECTOR for (size_t i = 0; i < n; i++) dy[i] = 2 * scale * (y[i] - x[i]);
    }
}

static inline lk_real sign(lk_real x) {
    return x > 0 ? LK_R(1) : x < 0 ? LK_R(-1) : LK_R(0);
}

void lk_kernel_l1_backward(size_t n, const lk_real *x, const lk_real *y, lk_real scale, bool add,
                           lk_real *dy) {
    if (add) {
        LK_VECTOR for (size_t i = 0; i < n; i++) dy[i] += scale * sign(y[i] - x[i]);
    } else {
        LK_VECTOR for (size_t i = 0; i < n; i++) dy[i] = scale * sign(y[i] - x[i]);
    }
}

void lk_kernel_add_row(int rows, int c, const lk_real *row, lk_real *y) {
    for (int r = 0; r < rows; r++, y += c) LK_VECTOR for (int j = 0; j < c; j++) y[j] += row[j];
}

void lk_kernel_fill_rows(int rows, int c, const lk_real *row, lk_real *y) {
    if (!row) {
        memset(y, 0, (size_t)rows * (size_t)c * sizeof *y);
        return;
    }
    for (int r = 0; r < rows; r++, y += c) LK_VECTOR for (int j = 0; j < c; j++) y[j] = row[j];
}
