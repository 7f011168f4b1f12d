/** The loss of one position with exponents 1 and its slopes; formulas and why in this form: similarity.c. */
#ifndef LIKENESS_TENSOR_SIMILARITY_H
#define LIKENESS_TENSOR_SIMILARITY_H

#include "kernels.h"

struct lk_position {
    lk_real loss, by_1, by_s, by_d;
};

/** What tells the kinds apart, as numbers, so that loops have no branches. */
struct lk_similarity_form {
    lk_real C1, C2;
    lk_real product;   /* 1: LK_SIMILARITY_PRODUCT */
    lk_real luminance; /* 0: LK_SIMILARITY_CONTRAST */
};

static inline struct lk_similarity_form lk_similarity_form(const lk_structure *w) {
    return (struct lk_similarity_form){ w->C1, w->C2, w->kind == LK_SIMILARITY_PRODUCT ? 1 : 0, w->kind == LK_SIMILARITY_CONTRAST ? 0 : 1 };
}

static inline lk_real lk_not_negative(lk_real v) {
    return v < 0 ? 0 : v;
}

/** From the window's means of s, d, s^2 and d^2. */
static inline __attribute__((always_inline)) struct lk_position lk_position_loss(struct lk_similarity_form form, lk_real s, lk_real d,
                                                                                 lk_real ss, lk_real dd) {
    lk_real bright = s + 1, vs = lk_not_negative(ss - s * s), vd = lk_not_negative(dd - d * d);
    lk_real v = (vs + vd) / 2 + form.C2, m = (bright * bright + d * d) / 2 + form.C1;
    lk_real inverse = 1 / (v * m), over_v = inverse * m, over_m = inverse * v;
    lk_real structure = vd * over_v, luminance = d * d * over_m; /* 1 - c s, 1 - l */
    lk_real g_structure = 1 - form.product * luminance, g_luminance = form.luminance * (1 - form.product * structure);
    lk_real s_slope = -g_structure * structure * over_v, d_slope = -g_structure * (2 - structure) * over_v;
    return (struct lk_position){ structure + g_luminance * luminance,
                                 -s * s_slope - d * d_slope - g_luminance * over_m * (luminance * bright + (2 - luminance) * d), s_slope,
                                 d_slope };
}

#endif
