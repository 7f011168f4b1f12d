/** The loss of one position with exponents 1 and its slopes; formulas and why in this form:
 * similarity.c. */
#ifndef LIKENESS_TENSOR_KERNELS_SIMILARITY_H
#define LIKENESS_TENSOR_KERNELS_SIMILARITY_H

#include "isa.h"

struct lk_position {
    lk_real loss, by_1, by_s, by_d;
};

/** What tells the kinds apart, as numbers, so that loops have no branches. */
struct lk_similarity_form {
    lk_real C1, C2;
    lk_real product;   /* 1: LK_SIMILARITY_PRODUCT */
    lk_real luminance; /* 0: LK_SIMILARITY_CONTRAST */
};

static inline struct lk_similarity_form lk_similarity_form(const lk_structure *w,
                                                           lk_similarity kind) {
    return (struct lk_similarity_form){ w->C1, w->C2, kind == LK_SIMILARITY_PRODUCT ? 1 : 0,
                                        kind == LK_SIMILARITY_CONTRAST ? 0 : 1 };
}

static inline lk_real lk_not_negative(lk_real v) {
    return v < 0 ? 0 : v;
}

/** From the window's means and variances of s and d; variances below 0 are rounding. */
static inline __attribute__((always_inline)) struct lk_position
lk_position_loss(struct lk_similarity_form form, lk_real s, lk_real d, lk_real var_s,
                 lk_real var_d) {
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

#endif
