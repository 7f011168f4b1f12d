/* Transposing a matrix, one square block at a time: the rows of a block are read whole and its
   columns written whole, within the first-level cache. */
#include "isa.h"

enum { SIDE = 16 };

static inline __attribute__((always_inline)) void turn(int rows, int c, size_t x_stride,
                                                       size_t y_stride, const lk_real *restrict x,
                                                       bool add, lk_real *restrict y) {
    lk_real block[SIDE][SIDE];
    for (int r = 0; r < rows; r++)
        for (int j = 0; j < c; j++) block[j][r] = x[(size_t)r * x_stride + (size_t)j];
    for (int j = 0; j < c; j++)
        for (int r = 0; r < rows; r++) {
            lk_real *at = &y[(size_t)j * y_stride + (size_t)r];
            *at = add ? *at + block[j][r] : block[j][r];
        }
}

static int at_most(int n, int most) {
    return n < most ? n : most;
}

void lk_kernel_transpose(int rows, int c, const lk_real *x, bool add, lk_real *y) {
    const size_t across = (size_t)c, down = (size_t)rows;
    for (int r = 0; r < rows; r += SIDE)
        for (int j = 0; j < c; j += SIDE) {
            const lk_real *from = x + (size_t)r * across + (size_t)j;
            lk_real *to = y + (size_t)j * down + (size_t)r;
            if (r + SIDE <= rows && j + SIDE <= c)
                turn(SIDE, SIDE, across, down, from, add, to);
            else
                turn(at_most(rows - r, SIDE), at_most(c - j, SIDE), across, down, from, add, to);
        }
}
