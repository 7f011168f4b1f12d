/*
 * Patches of one channels-last image as the rows of a matrix, and back. For one kernel row the S C
 * numbers of a patch lie together in the image, so both ways move runs, cut where they would leave
 * it.
 */
#include "isa.h"
#include "tensor/conv/conv.h"

#include <string.h>

/* The kernel columns [*begin, *end) that lie inside the image for a patch that starts at column
   x. */
static void inside(const lk_conv *v, int x, int *begin, int *end) {
    *begin = x < 0 ? -x : 0;
    *end = x + v->kernel > v->w ? v->w - x : v->kernel;
    if (*begin > v->kernel) *begin = v->kernel;
    if (*end < *begin) *end = *begin;
}

void lk_kernel_im2col(const lk_conv *v, int row, int n_rows, const lk_real *image,
                      lk_real *columns) {
    size_t c = (size_t)v->c, length = (size_t)v->kernel * c;
    for (int p = 0; p < v->p; p++)
        for (int q = 0; q < v->q; q++) {
            int x = q * v->stride - v->padding, begin, end;
            inside(v, x, &begin, &end);
            size_t before = (size_t)begin * c, run = (size_t)(end - begin) * c;
            for (int r = row; r < row + n_rows; r++, columns += length) {
                int y = p * v->stride - v->padding + r;
                if (y < 0 || y >= v->h || !run) {
                    memset(columns, 0, length * sizeof *columns);
                    continue;
                }
                const lk_real *from = image + ((size_t)y * (size_t)v->w + (size_t)(x + begin)) * c;
                for (size_t i = 0; i < before; i++) columns[i] = 0;
                LK_VECTOR for (size_t i = 0; i < run; i++) columns[before + i] = from[i];
                for (size_t i = before + run; i < length; i++) columns[i] = 0;
            }
        }
}

void lk_kernel_col2im(const lk_conv *v, const lk_real *columns, lk_real *image) {
    size_t c = (size_t)v->c, length = (size_t)v->kernel * c;
    for (int p = 0; p < v->p; p++)
        for (int q = 0; q < v->q; q++) {
            int x = q * v->stride - v->padding, begin, end;
            inside(v, x, &begin, &end);
            size_t before = (size_t)begin * c, run = (size_t)(end - begin) * c;
            for (int r = 0; r < v->kernel; r++, columns += length) {
                int y = p * v->stride - v->padding + r;
                if (y < 0 || y >= v->h || !run) continue;
                lk_real *to = image + ((size_t)y * (size_t)v->w + (size_t)(x + begin)) * c;
                LK_VECTOR for (size_t i = 0; i < run; i++) to[i] += columns[before + i];
            }
        }
}
