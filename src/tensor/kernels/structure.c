/*
 * Structural similarity of one image under some windows, value and gradient in one pass down the
 * image. For each row of positions: sums down the columns, means along the row, losses and slopes
 * (similarity.c); and for each row of pixels the adjoint (structure_adjoint.c). Uniform windows
 * move their sums down the image, and start them again every few rows so that rounding does not add
 * up. Windows take turns, a block of rows each, so that what they share stays in cache.
 */
#include "structure.h"

#include <string.h>

static struct lk_rows rows_in(const lk_sliding_window *w, lk_real *scratch) {
    size_t n = (size_t)w->w * (size_t)w->c, margin = (size_t)(w->size - 1) * (size_t)w->c,
           stride = lk_window_stride(w);
    bool plain = w->alpha == 1 && w->beta == 1 && w->gamma == 1;
    struct lk_rows rows = { .n = n,
                            .n_positions = n - margin,
                            .stride = stride,
                            .reach = margin / 2,
                            .n_maps = plain ? LK_MEAN_SD : LK_MEANS };
    rows.padded = lk_whole_vectors(rows.n_positions);
    lk_real *at = scratch;
    memset(scratch, 0, lk_window_scratch(w) * sizeof *scratch);
    for (int m = 0; m < LK_MEANS; m++, at += stride) rows.down[m] = at;
    for (int m = 0; m < LK_MEANS; m++, at += stride) rows.mean[m] = at;
    rows.losses = at, at += stride;
    for (int k = 0; k < LK_SLOPES; k++, at += stride) rows.along[k] = at;
    rows.running = at, at += LK_SLOPES * stride;
    rows.spread = at + lk_whole_vectors(margin), at = rows.spread + BLOCK * LK_SLOPES * stride;
    rows.slopes = at;
    return rows;
}

/* out[j] = scale times the sum of `size` values of `in`, a step apart. */
static void box_along(int size, size_t step, lk_real scale, size_t n, const lk_real *restrict in,
                      lk_real *restrict out) {
    int taken = size % 4 == 3 ? 3 : 5;
    if (taken == 3)
        LK_VECTOR for (size_t j = 0; j < n; j++) out[j] = scale * SUM_OF_3(in + j, step);
    else
        LK_VECTOR for (size_t j = 0; j < n; j++) out[j] =
            scale * (SUM_OF_4(in + j, step) + in[j + 4 * step]);
    for (; taken < size; taken += 4) {
        const lk_real *next = in + (size_t)taken * step;
        LK_VECTOR for (size_t j = 0; j < n; j++) out[j] += scale * SUM_OF_4(next + j, step);
    }
}

static void along(const lk_sliding_window *w, lk_real scale, size_t n, const lk_real *in,
                  lk_real *out) {
    if (w->taps)
        taps_along(w, scale, n, in, out);
    else
        box_along(w->size, (size_t)w->c, scale, n, in, out);
}

/* ---- down the columns ---- */

/* Two rows of equal weight. */
static void add_rows(const struct lk_rows *rows, lk_real tap, const lk_real *restrict s,
                     const lk_real *restrict d, const lk_real *restrict s_2,
                     const lk_real *restrict d_2) {
    lk_real *restrict sum_s = rows->down[LK_MEAN_S], *restrict sum_d = rows->down[LK_MEAN_D];
    lk_real *restrict sum_ss = rows->down[LK_MEAN_SS], *restrict sum_dd = rows->down[LK_MEAN_DD];
    LK_VECTOR for (size_t j = 0; j < rows->n; j++) {
        sum_s[j] += tap * (s[j] + s_2[j]);
        sum_d[j] += tap * (d[j] + d_2[j]);
        sum_ss[j] += tap * (s[j] * s[j] + s_2[j] * s_2[j]);
        sum_dd[j] += tap * (d[j] * d[j] + d_2[j] * d_2[j]);
    }
    lk_real *restrict sum_sd = rows->down[LK_MEAN_SD];
    if (rows->n_maps > LK_MEAN_SD)
        LK_VECTOR for (size_t j = 0; j < rows->n; j++) sum_sd[j] +=
            tap * (s[j] * d[j] + s_2[j] * d_2[j]);
}

/* The next row comes in, the first one goes out. */
static void move_down(const struct lk_rows *rows, const lk_real *restrict s,
                      const lk_real *restrict d, const lk_real *restrict s_out,
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
    if (rows->n_maps > LK_MEAN_SD)
        LK_VECTOR for (size_t j = 0; j < rows->n; j++) sum_sd[j] +=
            s[j] * d[j] - s_out[j] * d_out[j];
}

/* All rows of a weighted window at once, in registers. */
INLINE void weigh_down(int size, const struct lk_rows *rows, const lk_real *restrict taps,
                       const lk_real *s, const lk_real *d) {
    const size_t n = rows->n, middle = (size_t)(size / 2) * n;
    lk_real *restrict sum_s = rows->down[LK_MEAN_S], *restrict sum_d = rows->down[LK_MEAN_D];
    lk_real *restrict sum_ss = rows->down[LK_MEAN_SS], *restrict sum_dd = rows->down[LK_MEAN_DD];
    LK_VECTOR for (size_t j = 0; j < n; j++) {
        lk_real tap = taps[size / 2], x = s[middle + j], y = d[middle + j];
        lk_real all_s = tap * x, all_d = tap * y, all_ss = tap * (x * x), all_dd = tap * (y * y);
        for (int t = 0; t < size / 2; t++) {
            const size_t low = (size_t)t * n + j, high = (size_t)(size - 1 - t) * n + j;
            all_s += taps[t] * (s[low] + s[high]);
            all_d += taps[t] * (d[low] + d[high]);
            all_ss += taps[t] * (s[low] * s[low] + s[high] * s[high]);
            all_dd += taps[t] * (d[low] * d[low] + d[high] * d[high]);
        }
        sum_s[j] = all_s;
        sum_d[j] = all_d;
        sum_ss[j] = all_ss;
        sum_dd[j] = all_dd;
    }
}

/* Sums over the rows of the i-th row of positions, whose first pixels s and d point to. */
static void sum_down(const lk_sliding_window *w, const struct lk_rows *rows, int i,
                     const lk_real *s, const lk_real *d) {
    size_t n = rows->n, last = (size_t)(w->size - 1) * n;
    if (!w->taps && i % RESTART) {
        move_down(rows, s + last, d + last, s - n, d - n);
        return;
    }
    if (w->taps && usual(w) && rows->n_maps == LK_MEAN_SD) {
        FOR_USUAL(w, weigh_down, rows, w->taps, s, d)
        return;
    }
    for (int m = 0; m < rows->n_maps; m++) memset(rows->down[m], 0, n * sizeof *rows->down[m]);
    for (int t = 0; t <= w->size / 2; t++) {
        const size_t low = (size_t)t * n, high = last - low;
        add_rows(rows, tap_of_pair(w, t), s + low, d + low, s + high, d + high);
    }
}

/* ---- the whole ---- */

/* Means along, and what they make, with exponents 1. */
INLINE void compare_along(size_t size, bool weighted, const lk_real *restrict taps,
                          const lk_sliding_window *w, size_t step, lk_similarity kind,
                          const struct lk_rows *rows, lk_real scale, lk_real *restrict by_1) {
    const lk_real *s = rows->down[LK_MEAN_S], *d = rows->down[LK_MEAN_D],
                  *ss = rows->down[LK_MEAN_SS], *dd = rows->down[LK_MEAN_DD];
    lk_real *restrict losses = rows->losses, *by_s = by_1 + rows->stride,
                      *by_d = by_s + rows->stride;
    const struct lk_similarity_form form = lk_similarity_form(w, kind);
    LK_VECTOR for (size_t j = 0; j < rows->padded; j++) {
        const lk_real sum_s = line(size, weighted, taps, step, s + j),
                      sum_d = line(size, weighted, taps, step, d + j);
        const lk_real sum_ss = line(size, weighted, taps, step, ss + j),
                      sum_dd = line(size, weighted, taps, step, dd + j);
        /* sum - sum x mean: 0 in flat windows, however the compiler rounds */
        const lk_real mean_s = scale * sum_s, mean_d = scale * sum_d;
        const struct lk_position at =
            lk_position_loss(form, mean_s, mean_d, scale * (sum_ss - sum_s * mean_s),
                             scale * (sum_dd - sum_d * mean_d));
        losses[j] += at.loss;
        by_1[j] = at.by_1;
        by_s[j] = at.by_s;
        by_d[j] = at.by_d;
    }
}

/* Losses of the i-th row of positions and the slopes of the i-th row of pixels' last positions. */
static void compare_row(const lk_sliding_window *w, const struct lk_rows *rows, int i,
                        const lk_real *s, const lk_real *d) {
    const lk_real scale = scale_of(w);
    const size_t step = (size_t)w->c;
    lk_real *slopes[LK_SLOPES];
    for (int k = 0; k < LK_SLOPES; k++)
        slopes[k] = slopes_of(w, rows, i) + (size_t)k * rows->stride;
    sum_down(w, rows, i, s, d);
    if (usual(w) && rows->n_maps == LK_MEAN_SD) {
        if (w->taps)
            FOR_USUAL(w, compare_along, true, w->taps, w, step, w->kind, rows, scale, slopes[0])
        else if (step == COLOURS && w->kind == LK_SIMILARITY_SUM) /* what lwssim trains on */
            FOR_USUAL(w, compare_along, false, NULL, w, COLOURS, LK_SIMILARITY_SUM, rows, scale,
                      slopes[0])
        else
            FOR_USUAL(w, compare_along, false, NULL, w, step, w->kind, rows, scale, slopes[0])
    } else {
        along(w, scale, (size_t)(rows->n_maps - 1) * rows->stride + rows->padded, rows->down[0],
              rows->mean[0]);
        lk_kernel_similarity(w, rows->padded, rows->mean, rows->losses, slopes);
    }
    for (int k = 0; k < LK_SLOPES; k++)
        memset(slopes[k] + rows->n_positions, 0, LK_WINDOW_VECTOR * sizeof(lk_real));
}

static void add_totals(const lk_sliding_window *w, const struct lk_rows *rows, double *totals) {
    for (size_t j = 0; j < rows->n_positions;)
        for (int c = 0; c < w->c; c++, j++) totals[c] += (double)rows->losses[j];
    memset(rows->losses, 0, rows->n_positions * sizeof *rows->losses);
}

/* The i-th row of positions of one window. */
static void visit_row(const lk_sliding_window *w, const struct lk_rows *rows, int i,
                      const lk_real *s, const lk_real *d, double *totals) {
    const int n_positions = w->h - w->size + 1;
    if (i < n_positions)
        compare_row(w, rows, i, s, d);
    else
        memset(slopes_of(w, rows, i), 0, LK_SLOPES * rows->stride * sizeof(lk_real));
    if (i % RESTART == RESTART - 1 || i == n_positions - 1) add_totals(w, rows, totals);
}

void lk_kernel_compare_windows(int n, const lk_sliding_window *w, const lk_real *s,
                               const lk_real *d, lk_real *scratch, double *totals,
                               const lk_real *weights, lk_real *gradient) {
    struct lk_rows rows[LK_WINDOWS_AT_ONCE];
    for (int k = 0; k < n; scratch += lk_window_scratch(&w[k]), k++)
        rows[k] = rows_in(&w[k], scratch);
    for (int k = 0; k < n * w->c; k++) totals[k] = 0;
    for (int first = 0, end; first < w->h; first = end) {
        end = first + BLOCK < w->h ? first + BLOCK : w->h;
        for (int k = 0; k < n; k++)
            for (int i = first; i < end; i++) {
                const size_t at = (size_t)i * rows->n;
                visit_row(&w[k], &rows[k], i, s + at, d + at, totals + k * w->c);
                if (gradient)
                    lk_slopes_down(&w[k], &rows[k], i, weights[k] * scale_of(&w[k]),
                                   k ? &rows[k - 1] : NULL);
            }
        for (int i = first; i < end && gradient; i++) {
            const size_t at = (size_t)i * rows->n;
            lk_gradient_along(n, w, rows, i, s + at, d + at, gradient + at);
        }
    }
}

void lk_kernel_compare_window(const lk_sliding_window *w, const lk_real *s, const lk_real *d,
                              lk_real *scratch, double *totals, lk_real weight, lk_real *gradient) {
    lk_kernel_compare_windows(1, w, s, d, scratch, totals, &weight, gradient);
}

void lk_kernel_sum_and_difference(size_t n, const lk_real *x, const lk_real *y, lk_real *sum,
                                  lk_real *difference) {
    LK_VECTOR for (size_t j = 0; j < n; j++) {
        sum[j] = x[j] + y[j] - 1;
        difference[j] = x[j] - y[j];
    }
}
