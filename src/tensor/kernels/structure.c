/*
 * Structural similarity of one image under one window, value and gradient in one pass down the image. For each row of
 * positions: sums down the columns, means along the row, losses and slopes (similarity.c); and for each row of pixels the
 * adjoint, the slopes of all positions whose window holds the pixel: again down, then along. Uniform windows move their
 * sums down the image, and start them anew every few rows so that rounding does not add up.
 */
#include "tensor/structure.h"
#include "kernels.h"

#include <string.h>

enum { RESTART = 64 };

/*
 * Rows in scratch memory. Loops over positions run on to a whole number of vectors, over values that count nowhere: so rows
 * have a tail, of zeros where it is read.
 */
struct rows {
    size_t n, n_positions, padded; /* values in a row of pixels; in one of positions, and those rounded up */
    size_t stride;                 /* from one row of slopes to the next */
    int n_maps;
    lk_real *down[LK_MEANS], *mean[LK_MEANS], *losses;
    lk_real *slopes;            /* the last size + 1 rows of positions, LK_SLOPES rows each */
    lk_real *spread[LK_SLOPES]; /* slopes summed down, zeros before and behind */
    lk_real *along[LK_SLOPES];
};

static struct rows rows_in(const lk_structure *w, lk_real *scratch) {
    size_t n = (size_t)w->w * (size_t)w->c, margin = (size_t)(w->size - 1) * (size_t)w->c;
    size_t stride = lk_structure_stride(w), before = lk_structure_whole(margin);
    bool plain = w->alpha == 1 && w->beta == 1 && w->gamma == 1;
    struct rows rows = { .n = n, .n_positions = n - margin, .stride = stride, .n_maps = plain ? LK_MEAN_SD : LK_MEANS };
    rows.padded = lk_structure_whole(rows.n_positions);
    lk_real *at = scratch;
    memset(scratch, 0, lk_structure_scratch(w) * sizeof *scratch);
    for (int m = 0; m < LK_MEANS; m++, at += stride) rows.down[m] = at;
    for (int m = 0; m < LK_MEANS; m++, at += stride) rows.mean[m] = at;
    rows.losses = at, at += stride;
    for (int k = 0; k < LK_SLOPES; k++, at += stride) rows.along[k] = at;
    for (int k = 0; k < LK_SLOPES; k++, at += stride + before) rows.spread[k] = at + before;
    rows.slopes = at;
    return rows;
}

/* ---- along a row ---- */

#define SUM3(x, j)  ((x)[j] + (x)[(j) + step] + (x)[(j) + 2 * step])
#define SUM4(x, j)  (((x)[j] + (x)[(j) + step]) + ((x)[(j) + 2 * step] + (x)[(j) + 3 * step]))
#define EACH(value) LK_VECTOR for (size_t j = 0; j < n; j++) out[j] = scale * (value)

/* out[j] = scale times the sum of `size` values of `in`, a step apart. */
static void box_along(int size, size_t step, lk_real scale, size_t n, const lk_real *restrict in, lk_real *restrict out) {
    int taken = size % 4 == 3 ? 11 : 9;
    switch (size) {
    case 3:
        EACH(SUM3(in, j));
        return;
    case 5:
        EACH(SUM4(in, j) + in[j + 4 * step]);
        return;
    case 7:
        EACH(SUM4(in, j) + SUM3(in, j + 4 * step));
        return;
    default:
        break;
    }
    if (taken == 9)
        EACH(SUM4(in, j) + SUM4(in, j + 4 * step) + in[j + 8 * step]);
    else
        EACH(SUM4(in, j) + SUM4(in, j + 4 * step) + SUM3(in, j + 8 * step));
    for (; taken < size; taken += 4) {
        const lk_real *next = in + (size_t)taken * step;
        LK_VECTOR for (size_t j = 0; j < n; j++) out[j] += scale * SUM4(next, j);
    }
}

static void taps_along(const lk_structure *w, lk_real scale, size_t n, const lk_real *restrict in, lk_real *restrict out) {
    const size_t step = (size_t)w->c, middle = (size_t)(w->size / 2);
    const lk_real centre = scale * w->taps[middle], *restrict x = in + middle * step;
    LK_VECTOR for (size_t j = 0; j < n; j++) out[j] = centre * x[j];
    for (size_t t = 0; t < middle; t++) {
        const lk_real tap = scale * w->taps[t], *restrict low = in + t * step, *restrict high = in + (2 * middle - t) * step;
        LK_VECTOR for (size_t j = 0; j < n; j++) out[j] += tap * (low[j] + high[j]);
    }
}

static void along(const lk_structure *w, lk_real scale, size_t n, const lk_real *in, lk_real *out) {
    if (w->taps)
        taps_along(w, scale, n, in, out);
    else
        box_along(w->size, (size_t)w->c, scale, n, in, out);
}

/* ---- down the columns ---- */

static void add_row(const struct rows *rows, lk_real tap, const lk_real *restrict s, const lk_real *restrict d) {
    lk_real *restrict sum_s = rows->down[LK_MEAN_S], *restrict sum_d = rows->down[LK_MEAN_D];
    lk_real *restrict sum_ss = rows->down[LK_MEAN_SS], *restrict sum_dd = rows->down[LK_MEAN_DD];
    LK_VECTOR for (size_t j = 0; j < rows->n; j++) {
        sum_s[j] += tap * s[j];
        sum_d[j] += tap * d[j];
        sum_ss[j] += tap * s[j] * s[j];
        sum_dd[j] += tap * d[j] * d[j];
    }
    lk_real *restrict sum_sd = rows->down[LK_MEAN_SD];
    if (rows->n_maps > LK_MEAN_SD) LK_VECTOR for (size_t j = 0; j < rows->n; j++) sum_sd[j] += tap * s[j] * d[j];
}

/* The next row comes in, the first one goes out. */
static void move_down(const struct rows *rows, const lk_real *restrict s, const lk_real *restrict d, const lk_real *restrict s_out,
                      const lk_real *restrict d_out) {
    lk_real *restrict sum_s = rows->down[LK_MEAN_S], *restrict sum_d = rows->down[LK_MEAN_D];
    lk_real *restrict sum_ss = rows->down[LK_MEAN_SS], *restrict sum_dd = rows->down[LK_MEAN_DD];
    LK_VECTOR for (size_t j = 0; j < rows->n; j++) {
        sum_s[j] += s[j] - s_out[j];
        sum_d[j] += d[j] - d_out[j];
        sum_ss[j] += (s[j] - s_out[j]) * (s[j] + s_out[j]);
        sum_dd[j] += (d[j] - d_out[j]) * (d[j] + d_out[j]);
    }
    lk_real *restrict sum_sd = rows->down[LK_MEAN_SD];
    if (rows->n_maps > LK_MEAN_SD) LK_VECTOR for (size_t j = 0; j < rows->n; j++) sum_sd[j] += s[j] * d[j] - s_out[j] * d_out[j];
}

/* Sums over the rows of the i-th row of positions, whose first pixels s and d point to. */
static void sum_down(const lk_structure *w, const struct rows *rows, int i, const lk_real *s, const lk_real *d) {
    size_t n = rows->n, last = (size_t)(w->size - 1) * n;
    if (!w->taps && i % RESTART) {
        move_down(rows, s + last, d + last, s - n, d - n);
        return;
    }
    for (int m = 0; m < rows->n_maps; m++) memset(rows->down[m], 0, n * sizeof *rows->down[m]);
    for (int t = 0; t < w->size; t++, s += n, d += n) add_row(rows, w->taps ? w->taps[t] : 1, s, d);
}

/* ---- the adjoint ---- */

static lk_real *slope_row(const lk_structure *w, const struct rows *rows, int i, int slope) {
    return rows->slopes + (size_t)((i + w->size + 1) % (w->size + 1) * LK_SLOPES + slope) * rows->stride;
}

/* Slopes of the positions in rows i - size + 1 to i, summed for the i-th row of pixels; before the first stand zeros. */
static void spread_down(const lk_structure *w, const struct rows *rows, int i, int slope, lk_real *restrict sum) {
    const size_t n = rows->padded;
    if (!w->taps && i % RESTART) {
        const lk_real *restrict in = slope_row(w, rows, i, slope), *restrict out = slope_row(w, rows, i + 1, slope);
        LK_VECTOR for (size_t j = 0; j < n; j++) sum[j] += in[j] - out[j];
        return;
    }
    memset(sum, 0, n * sizeof *sum);
    for (int t = 0; t < w->size; t++) {
        const lk_real tap = w->taps ? w->taps[t] : 1, *restrict in = slope_row(w, rows, i - t, slope);
        LK_VECTOR for (size_t j = 0; j < n; j++) sum[j] += tap * in[j];
    }
}

/* The gradient of the i-th row of pixels. */
static void add_gradient(const lk_structure *w, const struct rows *rows, int i, lk_real scale, const lk_real *restrict s,
                         const lk_real *restrict d, lk_real *restrict gradient) {
    size_t margin = (size_t)(w->size - 1) * (size_t)w->c;
    for (int k = 0; k < LK_SLOPES; k++) {
        spread_down(w, rows, i, k, rows->spread[k]);
        along(w, scale, rows->n, rows->spread[k] - margin, rows->along[k]);
    }
    const lk_real *restrict by_1 = rows->along[LK_SLOPE_1], *restrict by_s = rows->along[LK_SLOPE_S];
    const lk_real *restrict by_d = rows->along[LK_SLOPE_D];
    LK_VECTOR for (size_t j = 0; j < rows->n; j++) gradient[j] += by_1[j] + by_s[j] * s[j] + by_d[j] * d[j];
}

/* ---- the whole ---- */

/* Losses of the i-th row of positions and the slopes of the i-th row of pixels' last positions. */
static void compare_row(const lk_structure *w, const struct rows *rows, int i, lk_real scale, const lk_real *s, const lk_real *d) {
    lk_real *slopes[LK_SLOPES];
    for (int k = 0; k < LK_SLOPES; k++) slopes[k] = slope_row(w, rows, i, k);
    sum_down(w, rows, i, s, d);
    for (int m = 0; m < rows->n_maps; m++) along(w, scale, rows->padded, rows->down[m], rows->mean[m]);
    LK_KERNEL(lk_kernel_similarity)(w, rows->padded, rows->mean, rows->losses, slopes);
    for (int k = 0; k < LK_SLOPES; k++) memset(slopes[k] + rows->n_positions, 0, LK_STRUCTURE_VECTOR * sizeof(lk_real));
}

static void add_totals(const lk_structure *w, const struct rows *rows, double *totals) {
    for (size_t j = 0; j < rows->n_positions;)
        for (int c = 0; c < w->c; c++, j++) totals[c] += (double)rows->losses[j];
    memset(rows->losses, 0, rows->n_positions * sizeof *rows->losses);
}

void LK_KERNEL(lk_kernel_structure)(const lk_structure *w, const lk_real *s, const lk_real *d, lk_real *scratch, double *totals,
                                    lk_real weight, lk_real *gradient) {
    const struct rows rows = rows_in(w, scratch);
    const int n_positions = w->h - w->size + 1;
    const lk_real scale = w->taps ? 1 : 1 / (lk_real)(w->size * w->size);
    for (int c = 0; c < w->c; c++) totals[c] = 0;
    for (int i = 0; i < (gradient ? w->h : n_positions); i++) {
        const size_t at = (size_t)i * rows.n;
        if (i < n_positions)
            compare_row(w, &rows, i, scale, s + at, d + at);
        else
            memset(slope_row(w, &rows, i, 0), 0, LK_SLOPES * rows.stride * sizeof(lk_real));
        if (i % RESTART == RESTART - 1 || i == n_positions - 1) add_totals(w, &rows, totals);
        if (gradient) add_gradient(w, &rows, i, weight * scale, s + at, d + at, gradient + at);
    }
}

void LK_KERNEL(lk_kernel_half_turn)(size_t n, const lk_real *x, const lk_real *y, lk_real *sum, lk_real *difference) {
    LK_VECTOR for (size_t j = 0; j < n; j++) {
        sum[j] = x[j] + y[j] - 1;
        difference[j] = x[j] - y[j];
    }
}
