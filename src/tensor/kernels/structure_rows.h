/** Shared by structure.c and structure_adjoint.c: one window's rows in scratch memory, and sums
 * along a row. */
#ifndef LIKENESS_TENSOR_KERNELS_STRUCTURE_ROWS_H
#define LIKENESS_TENSOR_KERNELS_STRUCTURE_ROWS_H

#include "isa.h"
#include "tensor/structure.h"

enum { RESTART = 64, LARGEST_USUAL = 15, BLOCK = LK_STRUCTURE_BLOCK, COLOURS = 3 };

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

static inline lk_real *slopes_of(const lk_structure *w, const struct lk_rows *rows, int i) {
    return rows->slopes + (size_t)((i + w->size + 1) % (w->size + 1) * LK_SLOPES) * rows->stride;
}

static inline lk_real *spread_of(const struct lk_rows *rows, int i) {
    return rows->spread + (size_t)(i % BLOCK * LK_SLOPES) * rows->stride;
}

/** Slopes of the positions whose windows hold pixels of the i-th row, summed down and weighed; with
 * the next larger window's, if any. */
void lk_slopes_down(const lk_structure *w, const struct lk_rows *rows, int i, lk_real weight,
                    const struct lk_rows *larger) LK_IN_ISA(lk_slopes_down);
/** gradient += that of the i-th row of pixels under n windows, from their slopes summed down. */
void lk_gradient_along(int n, const lk_structure *w, const struct lk_rows *rows, int i,
                       const lk_real *s, const lk_real *d, lk_real *gradient)
    LK_IN_ISA(lk_gradient_along);

/* ---- along a row ---- */

#define INLINE      static inline __attribute__((always_inline))
#define SUM3(x)     ((x)[0] + (x)[step] + (x)[2 * step])
#define SUM4(x)     (((x)[0] + (x)[step]) + ((x)[2 * step] + (x)[3 * step]))
#define PAIRS(x, k) (taps[k] * ((x)[(k)*step] + (x)[(size - 1 - (k)) * step]))

/* The sum of `size` values a step apart: usual sizes only, known where it is called. */
INLINE lk_real line(size_t size, bool weighted, const lk_real *taps, size_t step,
                    const lk_real *x) {
    if (!weighted) switch (size) {
        case 3:
            return SUM3(x);
        case 5:
            return SUM4(x) + x[4 * step];
        case 7:
            return SUM4(x) + SUM3(x + 4 * step);
        case 11:
            return SUM4(x) + SUM4(x + 4 * step) + SUM3(x + 8 * step);
        default:
            return (SUM4(x) + SUM4(x + 4 * step)) + (SUM4(x + 8 * step) + SUM3(x + 12 * step));
        }
    lk_real sum = taps[size / 2] * x[size / 2 * step];
    switch (size) {
    case 15:
        sum += PAIRS(x, 6) + PAIRS(x, 5); /* fall through */
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

#define PAIR(k) taps[k] * (in[j + (t + (k)) * step] + in[j + (last - t - (k)) * step])

/* The same with weights, which are symmetric. */
static inline void taps_along(const lk_structure *w, lk_real scale, size_t n,
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
            PAIR(0) + PAIR(1) + PAIR(2) + PAIR(3) + PAIR(4);
    }
    for (; t < middle; t++) {
        const lk_real taps[1] = { scale * w->taps[t] };
        LK_VECTOR for (size_t j = 0; j < n; j++) out[j] += PAIR(0);
    }
}

/* What makes means of sums along. */
static inline lk_real scale_of(const lk_structure *w) {
    return w->taps ? 1 : 1 / (lk_real)(w->size * w->size);
}

/* The weight of the t-th row and of the t-th from the end; the middle one is a pair by itself. */
static inline lk_real tap_of_pair(const lk_structure *w, int t) {
    lk_real tap = w->taps ? w->taps[t] : 1;
    return t == w->size / 2 ? tap / 2 : tap;
}

#endif
