/* Sums and rows. */
#include "lanes.h"

#include <string.h>

void lk_kernel_total(size_t n, const lk_real *x, double *sum) {
    LK_TOTAL(sum, n, at, x[at]);
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
