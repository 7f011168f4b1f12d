/**
 * Shared by similarity.c, structure.c and structure_adjoint.c: the loss of one position, one
 * window's rows in scratch memory, and sums along a row.
 */
#ifndef LIKENESS_TENSOR_KERNELS_STRUCTURE_H
#define LIKENESS_TENSOR_KERNELS_STRUCTURE_H

#include "isa.h"

/* ---- the loss of one position with exponents 1 and its slopes; formulas: similarity.c ---- */

struct lk_position {
    lk_real loss, by_1, by_s, by_d;
};

/** What tells the kinds apart, as numbers, so that loops have no branches. */
struct lk_similarity_form {
    lk_real C1, C2;
    lk_real product;   /* 1: LK_SIMILARITY_PRODUCT */
    lk_real luminance; /* 0: LK_SIMILARITY_CONTRAST */
};

static inline struct lk_similarity_form lk_similarity_form(const lk_sliding_window *w,
                                                           lk_similarity kind) {
    return (struct lk_similarity_form){ w->C1, w->C2, kind == LK_SIMILARITY_PRODUCT ? 1 : 0,
                                        kind == LK_SIMILARITY_CONTRAST ? 0 : 1 };
}

static inline lk_real lk_not_negative(lk_real v) {
    return v < 0 ? 0 : v;
}

/** From the window's means and variances of s and d; variances below 0 are rounding. */
INLINE struct lk_position lk_position_loss(struct lk_similarity_form form, lk_real s, lk_real d,
                                           lk_real var_s, lk_real var_d) {
    lk_real squared = d * d, bright = s + 1, vs = lk_not_negative(var_s),
            vd = lk_not_negative(var_d);
    lk_real v = vs + 2 * form.C2 + vd, m = bright * bright + 2 * form.C1 + squared;
    lk_real inverse = 2 / (v * m), over_v = inverse * m, over_m = inverse * v;
    lk_real structure = vd * over_v, luminance = squared * over_m; /* 1 - c s, 1 - l */
    lk_real g_luminance = form.luminance * (1 - form.product * structure);
    lk_real by_v = (1 - form.product * luminance) * over_v, by_m = g_luminance * over_m,
            p = structure * by_v, q = luminance * by_m;
    return (struct lk_position){ structure + g_luminance * luminance,
                                 (p - q) * (s - d) - q + 2 * d * (by_v - by_m), -p, p - 2 * by_v };
}

/* ---- rows ---- */

enum { RESTART = 64, LARGEST_USUAL = 15, BLOCK = LK_WINDOW_BLOCK, COLOURS = 3 };

/*
 * Rows in scratch memory, the rows of a group `stride` apart, so that one loop runs over a group.
 * Loops over positions run on to a whole number of vectors, over values that count nowhere. What
 * lies between the rows of `slopes` and `spread` is 0.
 */
struct lk_rows {
    /* values in a row of pixels; in one of positions, and those rounded up */
    size_t n, n_positions, padded;
    size_t stride;
    size_t reach; /* from a window's first value to its middle */
    int n_maps;
    lk_real *down[LK_MEANS], *mean[LK_MEANS], *losses;
    lk_real *slopes;  /* of the last size + 1 rows of positions, LK_SLOPES rows each */
    lk_real *running; /* of a uniform window: slopes summed down, LK_SLOPES rows */
    /* what is summed along: the same weighed, with zeros before; of uniform ones with the larger
       windows' */
    lk_real *spread;
    lk_real *along[LK_SLOPES];
};

static inline lk_real *slopes_of(const lk_sliding_window *w, const struct lk_rows *rows, int i) {
    return rows->slopes + (size_t)((i + w->size + 1) % (w->size + 1) * LK_SLOPES) * rows->stride;
}

static inline lk_real *spread_of(const struct lk_rows *rows, int i) {
    return rows->spread + (size_t)(i % BLOCK * LK_SLOPES) * rows->stride;
}

/** Slopes of the positions whose windows hold pixels of the i-th row, summed down and weighed; with
 * the next larger window's, if any. */
void lk_slopes_down(const lk_sliding_window *w, const struct lk_rows *rows, int i, lk_real weight,
                    const struct lk_rows *larger) LK_IN_ISA(lk_slopes_down);
/** gradient += that of the i-th row of pixels under n windows, from their slopes summed down. */
void lk_gradient_along(int n, const lk_sliding_window *w, const struct lk_rows *rows, int i,
                       const lk_real *s, const lk_real *d, lk_real *gradient)
    LK_IN_ISA(lk_gradient_along);

/* ---- along a row ---- */

/* Of values a step apart: the sum of three and of four; the t-th and the t-th from the end, which
   have one weight. */
#define SUM_OF_3(x, step) ((x)[0] + (x)[step] + (x)[2 * (step)])
#define SUM_OF_4(x, step) (((x)[0] + (x)[step]) + ((x)[2 * (step)] + (x)[3 * (step)]))
#define WEIGHTED_PAIR(tap, x, t, last, step)                                                       \
    ((tap) * ((x)[(t) * (step)] + (x)[((last) - (t)) * (step)]))

/* The sum of `size` values a step apart: usual sizes only, known where it is called. */
INLINE lk_real line(size_t size, bool weighted, const lk_real *taps, size_t step,
                    const lk_real *x) {
    if (!weighted) switch (size) {
        case 3:
            return SUM_OF_3(x, step);
        case 5:
            return SUM_OF_4(x, step) + x[4 * step];
        case 7:
            return SUM_OF_4(x, step) + SUM_OF_3(x + 4 * step, step);
        case 11:
            return SUM_OF_4(x, step) + SUM_OF_4(x + 4 * step, step) + SUM_OF_3(x + 8 * step, step);
        default:
            return (SUM_OF_4(x, step) + SUM_OF_4(x + 4 * step, step)) +
                   (SUM_OF_4(x + 8 * step, step) + SUM_OF_3(x + 12 * step, step));
        }
    lk_real sum = taps[size / 2] * x[size / 2 * step];
    switch (size) {
    case 15:
        sum += WEIGHTED_PAIR(taps[6], x, 6, size - 1, step) +
               WEIGHTED_PAIR(taps[5], x, 5, size - 1, step); /* fall through */
    case 11:
        sum += WEIGHTED_PAIR(taps[4], x, 4, size - 1, step) +
               WEIGHTED_PAIR(taps[3], x, 3, size - 1, step); /* fall through */
    case 7:
        sum += WEIGHTED_PAIR(taps[2], x, 2, size - 1, step); /* fall through */
    case 5:
        sum += WEIGHTED_PAIR(taps[1], x, 1, size - 1, step); /* fall through */
    default:
        return sum + WEIGHTED_PAIR(taps[0], x, 0, size - 1, step);
    }
}

static inline bool usual(const lk_sliding_window *w) {
    return w->size == 3 || w->size == 5 || w->size == 7 || w->size == 11 || w->size == 15;
}

/* Calls `function` with the window's size as a constant. */
#define FOR_USUAL(w, function, ...)                                                                \
    switch ((w)->size) {                                                                           \
    case 3:                                                                                        \
        function(3, __VA_ARGS__);                                                                  \
        break;                                                                                     \
    case 5:                                                                                        \
        function(5, __VA_ARGS__);                                                                  \
        break;                                                                                     \
    case 7:                                                                                        \
        function(7, __VA_ARGS__);                                                                  \
        break;                                                                                     \
    case 11:                                                                                       \
        function(11, __VA_ARGS__);                                                                 \
        break;                                                                                     \
    default:                                                                                       \
        function(15, __VA_ARGS__);                                                                 \
        break;                                                                                     \
    }

/* The same with weights, which are symmetric. */
static inline void taps_along(const lk_sliding_window *w, lk_real scale, size_t n,
                              const lk_real *restrict in, lk_real *restrict out) {
    const size_t step = (size_t)w->c, last = (size_t)w->size - 1, middle = last / 2;
    const lk_real centre = w->taps[middle];
    size_t t = 0;
    LK_VECTOR for (size_t j = 0; j < n; j++) out[j] = scale * centre * in[j + middle * step];
    for (; t + 5 <= middle; t += 5) {
        const lk_real taps[5] = { scale * w->taps[t], scale * w->taps[t + 1],
                                  scale * w->taps[t + 2], scale * w->taps[t + 3],
                                  scale * w->taps[t + 4] };
        LK_VECTOR for (size_t j = 0; j < n; j++) out[j] +=
            WEIGHTED_PAIR(taps[0], in + j, t, last, step) +
            WEIGHTED_PAIR(taps[1], in + j, t + 1, last, step) +
            WEIGHTED_PAIR(taps[2], in + j, t + 2, last, step) +
            WEIGHTED_PAIR(taps[3], in + j, t + 3, last, step) +
            WEIGHTED_PAIR(taps[4], in + j, t + 4, last, step);
    }
    for (; t < middle; t++) {
        const lk_real taps[1] = { scale * w->taps[t] };
        LK_VECTOR for (size_t j = 0; j < n; j++) out[j] +=
            WEIGHTED_PAIR(taps[0], in + j, t, last, step);
    }
}

/* What makes means of sums along. */
static inline lk_real scale_of(const lk_sliding_window *w) {
    return w->taps ? 1 : 1 / (lk_real)(w->size * w->size);
}

/* The weight of the t-th row and of the t-th from the end; the middle one is a pair by itself. */
static inline lk_real tap_of_pair(const lk_sliding_window *w, int t) {
    lk_real tap = w->taps ? w->taps[t] : 1;
    return t == w->size / 2 ? tap / 2 : tap;
}

#endif
