/*
 * Structural similarity of one image under one window, value and gradient in one pass down the image. For each row of
 * positions: sums down the columns, means along the row, losses and slopes (similarity.c); and for each row of pixels the
 * adjoint, the slopes of all positions whose window holds the pixel: again down, then along. Uniform windows move their
 * sums down the image, and start them anew every few rows so that rounding does not add up.
 */
#include "tensor/structure.h"
#include "similarity.h"

#include <string.h>

enum { RESTART = 64 };

/*
 * Rows in scratch memory, the rows of a group `stride` apart, so that one loop runs over a group. Loops over positions run on to a
 * whole number of vectors, over values that count nowhere. What lies between the rows of `slopes` and `spread` is 0.
 */
struct rows {
    size_t n, n_positions, padded; /* values in a row of pixels; in one of positions, and those rounded up */
    size_t stride;
    int n_maps;
    lk_real *down[LK_MEANS], *mean[LK_MEANS], *losses;
    lk_real *slopes; /* of the last size + 1 rows of positions, LK_SLOPES rows each */
    lk_real *spread; /* slopes summed down: LK_SLOPES rows, with zeros before the first */
    lk_real *along[LK_SLOPES];
};

static struct rows rows_in(const lk_structure *w, lk_real *scratch) {
    size_t n = (size_t)w->w * (size_t)w->c, margin = (size_t)(w->size - 1) * (size_t)w->c, stride = lk_structure_stride(w);
    bool plain = w->alpha == 1 && w->beta == 1 && w->gamma == 1;
    struct rows rows = { .n = n, .n_positions = n - margin, .stride = stride, .n_maps = plain ? LK_MEAN_SD : LK_MEANS };
    rows.padded = lk_structure_whole(rows.n_positions);
    lk_real *at = scratch;
    memset(scratch, 0, lk_structure_scratch(w) * sizeof *scratch);
    for (int m = 0; m < LK_MEANS; m++, at += stride) rows.down[m] = at;
    for (int m = 0; m < LK_MEANS; m++, at += stride) rows.mean[m] = at;
    rows.losses = at, at += stride;
    for (int k = 0; k < LK_SLOPES; k++, at += stride) rows.along[k] = at;
    rows.spread = at + lk_structure_whole(margin), at = rows.spread + LK_SLOPES * stride;
    rows.slopes = at;
    return rows;
}

/* ---- along a row ---- */

#define INLINE      static inline __attribute__((always_inline))
#define SUM3(x)     ((x)[0] + (x)[step] + (x)[2 * step])
#define SUM4(x)     (((x)[0] + (x)[step]) + ((x)[2 * step] + (x)[3 * step]))
#define PAIRS(x, k) (taps[k] * ((x)[(k)*step] + (x)[(size - 1 - (k)) * step]))

/* The sum of `size` values a step apart: usual sizes only, known where it is called. */
INLINE lk_real line(size_t size, bool weighted, const lk_real *taps, size_t step, const lk_real *x) {
    if (!weighted) switch (size) {
        case 3:
            return SUM3(x);
        case 5:
            return SUM4(x) + x[4 * step];
        case 7:
            return SUM4(x) + SUM3(x + 4 * step);
        default:
            return SUM4(x) + SUM4(x + 4 * step) + SUM3(x + 8 * step);
        }
    lk_real sum = taps[size / 2] * x[size / 2 * step];
    switch (size) {
    case 11:
        sum += PAIRS(x, 4) + PAIRS(x, 3); /* fall through */
    case 7:
        sum += PAIRS(x, 2); /* fall through */
    case 5:
        sum += PAIRS(x, 1); /* fall through */
    default:
        return sum + PAIRS(x, 0);
    }
}

static bool usual(const lk_structure *w) {
    return w->size == 3 || w->size == 5 || w->size == 7 || w->size == 11;
}

/* Calls `function` with the window's size as a constant. */
#define FOR_USUAL(w, function, ...)                                                                                                        \
    switch ((w)->size) {                                                                                                                   \
    case 3:                                                                                                                                \
        function(3, __VA_ARGS__);                                                                                                          \
        break;                                                                                                                             \
    case 5:                                                                                                                                \
        function(5, __VA_ARGS__);                                                                                                          \
        break;                                                                                                                             \
    case 7:                                                                                                                                \
        function(7, __VA_ARGS__);                                                                                                          \
        break;                                                                                                                             \
    default:                                                                                                                               \
        function(11, __VA_ARGS__);                                                                                                         \
        break;                                                                                                                             \
    }

/* out[j] = scale times the sum of `size` values of `in`, a step apart. */
static void box_along(int size, size_t step, lk_real scale, size_t n, const lk_real *restrict in, lk_real *restrict out) {
    int taken = size % 4 == 3 ? 3 : 5;
    if (taken == 3)
        LK_VECTOR for (size_t j = 0; j < n; j++) out[j] = scale * SUM3(in + j);
    else
        LK_VECTOR for (size_t j = 0; j < n; j++) out[j] = scale * (SUM4(in + j) + in[j + 4 * step]);
    for (; taken < size; taken += 4) {
        const lk_real *next = in + (size_t)taken * step;
        LK_VECTOR for (size_t j = 0; j < n; j++) out[j] += scale * SUM4(next + j);
    }
}

#define PAIR(k) taps[k] * (in[j + (t + (k)) * step] + in[j + (last - t - (k)) * step])

/* The same with weights, which are symmetric. */
static void taps_along(const lk_structure *w, lk_real scale, size_t n, const lk_real *restrict in, lk_real *restrict out) {
    const size_t step = (size_t)w->c, last = (size_t)w->size - 1, middle = last / 2;
    const lk_real centre = w->taps[middle];
    size_t t = 0;
    LK_VECTOR for (size_t j = 0; j < n; j++) out[j] = scale * centre * in[j + middle * step];
    for (; t + 5 <= middle; t += 5) {
        const lk_real taps[5] = { scale * w->taps[t], scale * w->taps[t + 1], scale * w->taps[t + 2], scale * w->taps[t + 3],
                                  scale * w->taps[t + 4] };
        LK_VECTOR for (size_t j = 0; j < n; j++) out[j] += PAIR(0) + PAIR(1) + PAIR(2) + PAIR(3) + PAIR(4);
    }
    for (; t < middle; t++) {
        const lk_real taps[1] = { scale * w->taps[t] };
        LK_VECTOR for (size_t j = 0; j < n; j++) out[j] += PAIR(0);
    }
}

static void along(const lk_structure *w, lk_real scale, size_t n, const lk_real *in, lk_real *out) {
    if (w->taps)
        taps_along(w, scale, n, in, out);
    else
        box_along(w->size, (size_t)w->c, scale, n, in, out);
}

/* ---- down the columns ---- */

/* The weight of the t-th row and of the t-th from the end; the middle one is a pair by itself. */
static lk_real tap_of_pair(const lk_structure *w, int t) {
    lk_real tap = w->taps ? w->taps[t] : 1;
    return t == w->size / 2 ? tap / 2 : tap;
}

/* Two rows of equal weight. */
static void add_rows(const struct rows *rows, lk_real tap, const lk_real *restrict s, const lk_real *restrict d,
                     const lk_real *restrict s_2, const lk_real *restrict d_2) {
    lk_real *restrict sum_s = rows->down[LK_MEAN_S], *restrict sum_d = rows->down[LK_MEAN_D];
    lk_real *restrict sum_ss = rows->down[LK_MEAN_SS], *restrict sum_dd = rows->down[LK_MEAN_DD];
    LK_VECTOR for (size_t j = 0; j < rows->n; j++) {
        sum_s[j] += tap * (s[j] + s_2[j]);
        sum_d[j] += tap * (d[j] + d_2[j]);
        sum_ss[j] += tap * (s[j] * s[j] + s_2[j] * s_2[j]);
        sum_dd[j] += tap * (d[j] * d[j] + d_2[j] * d_2[j]);
    }
    lk_real *restrict sum_sd = rows->down[LK_MEAN_SD];
    if (rows->n_maps > LK_MEAN_SD) LK_VECTOR for (size_t j = 0; j < rows->n; j++) sum_sd[j] += tap * (s[j] * d[j] + s_2[j] * d_2[j]);
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

/* All rows of a weighted window at once, in registers. */
INLINE void weigh_down(int size, const struct rows *rows, const lk_real *restrict taps, const lk_real *s, const lk_real *d) {
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
static void sum_down(const lk_structure *w, const struct rows *rows, int i, const lk_real *s, const lk_real *d) {
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

/* ---- the adjoint ---- */

static lk_real *slopes_of(const lk_structure *w, const struct rows *rows, int i) {
    return rows->slopes + (size_t)((i + w->size + 1) % (w->size + 1) * LK_SLOPES) * rows->stride;
}

/* The same for slopes. */
INLINE void weigh_slopes(int size, const lk_structure *w, const struct rows *rows, int i, size_t n) {
    const lk_real *in[11], *restrict taps = w->taps;
    lk_real *restrict sum = rows->spread;
    for (int t = 0; t < size; t++) in[t] = slopes_of(w, rows, i - t);
    LK_VECTOR for (size_t j = 0; j < n; j++) {
        lk_real all = taps[size / 2] * in[size / 2][j];
        for (int t = 0; t < size / 2; t++) all += taps[t] * (in[t][j] + in[size - 1 - t][j]);
        sum[j] = all;
    }
}

/* Slopes of the positions in rows i - size + 1 to i, summed for the i-th row of pixels; before the first stand zeros. */
static void spread_down(const lk_structure *w, const struct rows *rows, int i) {
    const size_t n = (LK_SLOPES - 1) * rows->stride + rows->padded;
    lk_real *restrict sum = rows->spread;
    if (!w->taps && i % RESTART) {
        const lk_real *restrict in = slopes_of(w, rows, i), *restrict out = slopes_of(w, rows, i + 1);
        LK_VECTOR for (size_t j = 0; j < n; j++) sum[j] += in[j] - out[j];
        return;
    }
    if (w->taps && usual(w)) {
        FOR_USUAL(w, weigh_slopes, w, rows, i, n)
        return;
    }
    memset(sum, 0, n * sizeof *sum);
    for (int t = 0; t <= w->size / 2; t++) {
        const lk_real tap = tap_of_pair(w, t), *restrict in = slopes_of(w, rows, i - t);
        const lk_real *restrict in_2 = slopes_of(w, rows, i - w->size + 1 + t);
        LK_VECTOR for (size_t j = 0; j < n; j++) sum[j] += tap * (in[j] + in_2[j]);
    }
}

/* Means along, times the pixels: gradient += A + B s + C d. */
INLINE void gradient_along(size_t size, bool weighted, const lk_real *restrict taps, const struct rows *rows, const lk_real *by_1,
                           size_t step, lk_real scale, const lk_real *restrict s, const lk_real *restrict d, lk_real *restrict gradient) {
    const lk_real *by_s = by_1 + rows->stride, *by_d = by_s + rows->stride;
    LK_VECTOR for (size_t j = 0; j < rows->n; j++) {
        lk_real sum = line(size, weighted, taps, step, by_1 + j) + line(size, weighted, taps, step, by_s + j) * s[j] +
                      line(size, weighted, taps, step, by_d + j) * d[j];
        gradient[j] += scale * sum;
    }
}

/* The gradient of the i-th row of pixels. */
static void add_gradient(const lk_structure *w, const struct rows *rows, int i, lk_real scale, const lk_real *restrict s,
                         const lk_real *restrict d, lk_real *restrict gradient) {
    const lk_real *first = rows->spread - (w->size - 1) * w->c;
    const lk_real *restrict by_1 = rows->along[LK_SLOPE_1], *restrict by_s = rows->along[LK_SLOPE_S];
    const lk_real *restrict by_d = rows->along[LK_SLOPE_D];
    spread_down(w, rows, i);
    if (usual(w)) {
        if (w->taps)
            FOR_USUAL(w, gradient_along, true, w->taps, rows, first, (size_t)w->c, scale, s, d, gradient)
        else
            FOR_USUAL(w, gradient_along, false, NULL, rows, first, (size_t)w->c, scale, s, d, gradient)
        return;
    }
    along(w, scale, (LK_SLOPES - 1) * rows->stride + rows->n, first, rows->along[0]);
    LK_VECTOR for (size_t j = 0; j < rows->n; j++) gradient[j] += by_1[j] + by_s[j] * s[j] + by_d[j] * d[j];
}

/* ---- the whole ---- */

/* Means along, and what they make, with exponents 1. */
INLINE void compare_along(size_t size, bool weighted, const lk_real *restrict taps, const lk_structure *w, const struct rows *rows,
                          lk_real scale, lk_real *restrict by_1) {
    const size_t step = (size_t)w->c;
    const lk_real *s = rows->down[LK_MEAN_S], *d = rows->down[LK_MEAN_D], *ss = rows->down[LK_MEAN_SS], *dd = rows->down[LK_MEAN_DD];
    lk_real *restrict losses = rows->losses, *by_s = by_1 + rows->stride, *by_d = by_s + rows->stride;
    const struct lk_similarity_form form = lk_similarity_form(w);
    LK_VECTOR for (size_t j = 0; j < rows->padded; j++) {
        const struct lk_position at =
            lk_position_loss(form, scale * line(size, weighted, taps, step, s + j), scale * line(size, weighted, taps, step, d + j),
                             scale * line(size, weighted, taps, step, ss + j), scale * line(size, weighted, taps, step, dd + j));
        losses[j] += at.loss;
        by_1[j] = at.by_1;
        by_s[j] = at.by_s;
        by_d[j] = at.by_d;
    }
}

/* Losses of the i-th row of positions and the slopes of the i-th row of pixels' last positions. */
static void compare_row(const lk_structure *w, const struct rows *rows, int i, lk_real scale, const lk_real *s, const lk_real *d) {
    lk_real *slopes[LK_SLOPES];
    for (int k = 0; k < LK_SLOPES; k++) slopes[k] = slopes_of(w, rows, i) + (size_t)k * rows->stride;
    sum_down(w, rows, i, s, d);
    if (usual(w) && rows->n_maps == LK_MEAN_SD) {
        if (w->taps)
            FOR_USUAL(w, compare_along, true, w->taps, w, rows, scale, slopes[0])
        else
            FOR_USUAL(w, compare_along, false, NULL, w, rows, scale, slopes[0])
    } else {
        along(w, scale, (size_t)(rows->n_maps - 1) * rows->stride + rows->padded, rows->down[0], rows->mean[0]);
        LK_KERNEL(lk_kernel_similarity)(w, rows->padded, rows->mean, rows->losses, slopes);
    }
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
            memset(slopes_of(w, &rows, i), 0, LK_SLOPES * rows.stride * sizeof(lk_real));
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
