/*
 * The adjoint of structure.c: a pixel's gradient is the sum of the slopes of all positions whose
 * window holds it, times 1, s and d, again first down the columns, then along the row. Uniform
 * windows move their sums down. Along the row, windows of different sizes share one sum: slopes at
 * distance t from the pixel count for every window that reaches that far, and are added up first.
 */
#include "structure.h"

#include <string.h>

/* ---- down the columns ---- */

static size_t values_of(const struct lk_rows *rows) {
    return (LK_SLOPES - 1) * rows->stride + rows->padded;
}

INLINE void adjoint_weigh_down(int size, const lk_sliding_window *w, const struct lk_rows *rows,
                               int i, lk_real weight, lk_real *restrict sum) {
    const lk_real *in[LARGEST_USUAL], *restrict taps = w->taps;
    for (int t = 0; t < size; t++) in[t] = slopes_of(w, rows, i - t);
    LK_VECTOR for (size_t j = 0; j < values_of(rows); j++) {
        lk_real all = taps[size / 2] * in[size / 2][j];
        for (int t = 0; t < size / 2; t++) all += taps[t] * (in[t][j] + in[size - 1 - t][j]);
        sum[j] = weight * all;
    }
}

static void adjoint_sum_down(const lk_sliding_window *w, const struct lk_rows *rows, int i,
                             lk_real weight, lk_real *restrict sum) {
    memset(sum, 0, values_of(rows) * sizeof *sum);
    for (int t = 0; t <= w->size / 2; t++) {
        const lk_real tap = weight * tap_of_pair(w, t), *restrict in = slopes_of(w, rows, i - t);
        const lk_real *restrict in_2 = slopes_of(w, rows, i - w->size + 1 + t);
        LK_VECTOR for (size_t j = 0; j < values_of(rows); j++) sum[j] += tap * (in[j] + in_2[j]);
    }
}

static void adjoint_move_down(const lk_sliding_window *w, const struct lk_rows *rows, int i,
                              lk_real weight, const struct lk_rows *larger) {
    const lk_real *restrict in = slopes_of(w, rows, i), *restrict out = slopes_of(w, rows, i + 1);
    const lk_real *restrict join =
        larger ? spread_of(larger, i) + rows->reach - larger->reach : NULL;
    lk_real *restrict sum = rows->running, *restrict spread = spread_of(rows, i);
    if (i > 0 && i % RESTART == 0) adjoint_sum_down(w, rows, i - 1, 1, sum);
    if (!join) LK_VECTOR for (size_t j = 0; j < values_of(rows); j++) {
            sum[j] += in[j] - out[j];
            spread[j] = weight * sum[j];
        }
    else
        LK_VECTOR for (size_t j = 0; j < values_of(rows); j++) {
            sum[j] += in[j] - out[j];
            spread[j] = weight * sum[j] + join[j];
        }
}

void lk_slopes_down(const lk_sliding_window *w, const struct lk_rows *rows, int i, lk_real weight,
                    const struct lk_rows *larger) {
    if (!w->taps)
        adjoint_move_down(w, rows, i, weight, larger);
    else if (usual(w))
        FOR_USUAL(w, adjoint_weigh_down, w, rows, i, weight, spread_of(rows, i))
    else
        adjoint_sum_down(w, rows, i, weight, spread_of(rows, i));
}

/* ---- along a row ---- */

INLINE void weigh_along(int size, const struct lk_rows *rows, size_t step,
                        const lk_real *restrict taps, const lk_real *by_1,
                        const lk_real *restrict s, const lk_real *restrict d,
                        lk_real *restrict gradient) {
    const lk_real *by_s = by_1 + rows->stride, *by_d = by_s + rows->stride;
    LK_VECTOR for (size_t j = 0; j < rows->n; j++) gradient[j] +=
        line((size_t)size, true, taps, step, by_1 + j) +
        line((size_t)size, true, taps, step, by_s + j) * s[j] +
        line((size_t)size, true, taps, step, by_d + j) * d[j];
}

/* Of uniform windows; at[t] is what counts at distance t. */
INLINE void gather_along(int size, const struct lk_rows *rows, size_t step,
                         const lk_real *const *at, const lk_real *restrict s,
                         const lk_real *restrict d, lk_real *restrict gradient) {
    LK_VECTOR for (size_t j = 0; j < rows->n; j++) {
        const size_t j_s = j + rows->stride, j_d = j_s + rows->stride;
        lk_real by_1 = at[0][j], by_s = at[0][j_s], by_d = at[0][j_d];
        for (int t = 1; t <= size / 2; t++) {
            by_1 += at[t][j - (size_t)t * step] + at[t][j + (size_t)t * step];
            by_s += at[t][j_s - (size_t)t * step] + at[t][j_s + (size_t)t * step];
            by_d += at[t][j_d - (size_t)t * step] + at[t][j_d + (size_t)t * step];
        }
        gradient[j] += by_1 + by_s * s[j] + by_d * d[j];
    }
}

/* Windows of any size: along = their sums. */
static void gather_any(int n, const lk_sliding_window *w, const struct lk_rows *rows, int i,
                       lk_real *restrict along) {
    const size_t n_values = (LK_SLOPES - 1) * rows->stride + rows->n;
    memset(along, 0, n_values * sizeof *along);
    for (int k = n - 1, t = 0; k >= 0; k--)
        for (; t <= w[k].size / 2; t++) {
            const lk_real *middle = spread_of(&rows[k], i) - rows[k].reach,
                          tap = t > 0 ? 1 : LK_R(0.5);
            const lk_real *low = middle - t * w->c, *high = middle + t * w->c;
            LK_VECTOR for (size_t j = 0; j < n_values; j++) along[j] += tap * (low[j] + high[j]);
        }
}

static void gradient_of_any(int n, const lk_sliding_window *w, const struct lk_rows *rows, int i,
                            const lk_real *restrict s, const lk_real *restrict d,
                            lk_real *restrict gradient) {
    const lk_real *restrict by_1 = rows->along[LK_SLOPE_1], *restrict by_s =
                                                                rows->along[LK_SLOPE_S];
    const lk_real *restrict by_d = rows->along[LK_SLOPE_D];
    if (w->taps)
        taps_along(w, 1, (LK_SLOPES - 1) * rows->stride + rows->n,
                   spread_of(rows, i) - 2 * rows->reach, rows->along[0]);
    else
        gather_any(n, w, rows, i, rows->along[0]);
    LK_VECTOR for (size_t j = 0; j < rows->n; j++) gradient[j] +=
        by_1[j] + by_s[j] * s[j] + by_d[j] * d[j];
}

static void gradient_of_uniform(int n, const lk_sliding_window *w, const struct lk_rows *rows,
                                int i, const lk_real *s, const lk_real *d, lk_real *gradient) {
    const lk_real *at[LARGEST_USUAL / 2 + 1];
    for (int k = n - 1, t = 0; k >= 0; k--)
        for (; t <= w[k].size / 2; t++) at[t] = spread_of(&rows[k], i) - rows[k].reach;
    if (w->c == COLOURS)
        FOR_USUAL(w, gather_along, rows, COLOURS, at, s, d, gradient)
    else
        FOR_USUAL(w, gather_along, rows, (size_t)w->c, at, s, d, gradient)
}

void lk_gradient_along(int n, const lk_sliding_window *w, const struct lk_rows *rows, int i,
                       const lk_real *s, const lk_real *d, lk_real *gradient) {
    if (!usual(w))
        gradient_of_any(n, w, rows, i, s, d, gradient);
    else if (w->taps)
        FOR_USUAL(w, weigh_along, rows, (size_t)w->c, w->taps, spread_of(rows, i) - 2 * rows->reach,
                  s, d, gradient)
    else
        gradient_of_uniform(n, w, rows, i, s, d, gradient);
}
