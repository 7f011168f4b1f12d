/*
 * Patches of one channels-last image as the rows of a matrix, and back. Without groups and dilation
 * the S C numbers of a patch lie together in the image for one kernel row, so both ways move runs,
 * cut where they would leave it; otherwise the numbers of one tap.
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

static void take_runs(const lk_conv *v, int row, int n_rows, const lk_real *image,
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

static void add_runs(const lk_conv *v, const lk_real *columns, lk_real *image) {
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

/* ---- with groups or dilation ---- */

/* The group's first channel of the pixel under tap (r, s) at position (p, q); -1: outside. */
static ptrdiff_t pixel_under(const lk_conv *v, int group, int p, int q, int r, int s) {
    int y = p * v->stride - v->padding + r * v->dilation,
        x = q * v->stride - v->padding + s * v->dilation;
    if (y < 0 || y >= v->h || x < 0 || x >= v->w) return -1;
    return ((ptrdiff_t)y * v->w + x) * v->c + (ptrdiff_t)group * (v->c / v->groups);
}

static void take_taps(const lk_conv *v, int group, int row, int n_rows, const lk_real *image,
                      lk_real *columns) {
    size_t c = (size_t)(v->c / v->groups);
    for (int p = 0; p < v->p; p++)
        for (int q = 0; q < v->q; q++)
            for (int r = row; r < row + n_rows; r++)
                for (int s = 0; s < v->kernel; s++, columns += c) {
                    ptrdiff_t from = pixel_under(v, group, p, q, r, s);
                    for (size_t i = 0; i < c; i++)
                        columns[i] = from < 0 ? 0 : image[(size_t)from + i];
                }
}

static void add_taps(const lk_conv *v, int group, const lk_real *columns, lk_real *image) {
    size_t c = (size_t)(v->c / v->groups);
    for (int p = 0; p < v->p; p++)
        for (int q = 0; q < v->q; q++)
            for (int r = 0; r < v->kernel; r++)
                for (int s = 0; s < v->kernel; s++, columns += c) {
                    ptrdiff_t to = pixel_under(v, group, p, q, r, s);
                    if (to < 0) continue;
                    LK_VECTOR for (size_t i = 0; i < c; i++) image[(size_t)to + i] += columns[i];
                }
}

void lk_kernel_im2col(const lk_conv *v, int group, int row, int n_rows, const lk_real *image,
                      lk_real *columns) {
    if (v->groups == 1 && v->dilation == 1)
        take_runs(v, row, n_rows, image, columns);
    else
        take_taps(v, group, row, n_rows, image, columns);
}

void lk_kernel_col2im(const lk_conv *v, int group, const lk_real *columns, lk_real *image) {
    if (v->groups == 1 && v->dilation == 1)
        add_runs(v, columns, image);
    else
        add_taps(v, group, columns, image);
}
