/*
 * Structural similarity at single positions: the loss and its slopes from window means (Lu, "The
 * Level Weighted Structural Similarity Loss", AAAI 2019, eq. (1) to (5)). Written in s = x + y - 1
 * and d = x - y:
 *
 *   vx + vy = (vs + vd) / 2,  2 sxy = (vs - vd) / 2,  mx^2 + my^2 = ((ms + 1)^2 + md^2) / 2
 *   1 - l = md^2 / (mx^2 + my^2 + C1),  1 - c s = vd / (vx + vy + C2)  for exponents 1
 *
 * These cancel nothing where the images nearly agree. Other exponents take the form with e = 1e-8
 * added to variances and covariance: without it the gradient is not finite in many near-flat
 * windows. A negative base keeps its sign.
 */
#include "structure.h"

#include <math.h>

#define MATH_float(name)     name##f
#define MATH_double(name)    name
#define MATH_OF_(real, name) MATH_##real(name)
#define MATH_OF(real, name)  MATH_OF_(real, name)
#define sqrt_real            MATH_OF(LK_REAL, sqrt)
#define pow_real             MATH_OF(LK_REAL, pow)
#define fabs_real            MATH_OF(LK_REAL, fabs)

#define EPS        LK_R(1e-8)
#define SLOPE_FROM LK_R(1e-8) /* the slope of a root is not finite at 0 */

/* ---- exponents 1 ---- */

static void plain(const lk_sliding_window *w, size_t n, lk_real *const means[LK_MEANS],
                  lk_real *losses, lk_real *const slopes[LK_SLOPES]) {
    const lk_real *s = means[LK_MEAN_S], *d = means[LK_MEAN_D], *ss = means[LK_MEAN_SS],
                  *dd = means[LK_MEAN_DD];
    lk_real *by_1 = slopes[LK_SLOPE_1], *by_s = slopes[LK_SLOPE_S], *by_d = slopes[LK_SLOPE_D];
    const struct lk_similarity_form form = lk_similarity_form(w, w->kind);
    LK_VECTOR for (size_t j = 0; j < n; j++) {
        const struct lk_position at =
            lk_position_loss(form, s[j], d[j], ss[j] - s[j] * s[j], dd[j] - d[j] * d[j]);
        losses[j] += at.loss;
        by_1[j] = at.by_1;
        by_s[j] = at.by_s;
        by_d[j] = at.by_d;
    }
}

/* ---- any exponents ---- */

static inline lk_real power(lk_real x, lk_real exponent) {
    lk_real size = fabs_real(x);
    lk_real value = exponent == 1           ? size
                    : exponent == 2         ? size * size
                    : exponent == LK_R(0.5) ? sqrt_real(size)
                                            : pow_real(size, exponent);
    return x < 0 ? -value : value;
}

static inline lk_real power_slope(lk_real x, lk_real exponent) {
    lk_real size = fabs_real(x);
    if (exponent == 1) return 1;
    if (exponent == 2) return 2 * size;
    return exponent * pow_real(size < SLOPE_FROM ? SLOPE_FROM : size, exponent - 1);
}

/* Window statistics of one position; clamped to what exact sums would keep. */
struct moments {
    lk_real vx, vy, sxy;
};

static inline struct moments moments_of(lk_real s, lk_real d, lk_real ss, lk_real dd, lk_real sd) {
    lk_real vs = lk_not_negative(ss - s * s), vd = lk_not_negative(dd - d * d),
            covariance = sd - s * d, most = sqrt_real(vs * vd);
    lk_real half = (covariance > most ? most : covariance < -most ? -most : covariance) / 2;
    return (struct moments){ lk_not_negative((vs + vd) / 4 + half),
                             lk_not_negative((vs + vd) / 4 - half), (vs - vd) / 4 };
}

static inline void regularised(const lk_sliding_window *w, lk_real *const means[LK_MEANS], size_t j,
                               lk_real *losses, lk_real *const slopes[LK_SLOPES]) {
    const bool product = w->kind == LK_SIMILARITY_PRODUCT;
    lk_real ms = means[LK_MEAN_S][j], md = means[LK_MEAN_D][j], bright = ms + 1;
    struct moments v =
        moments_of(ms, md, means[LK_MEAN_SS][j], means[LK_MEAN_DD][j], means[LK_MEAN_SD][j]);
    lk_real m = (bright * bright + md * md) / 2 + w->C1, luminance = md * md / m, l = 1 - luminance;
    lk_real a = v.vx + EPS, b = v.vy + EPS, p = sqrt_real(a * b), below = a + b + w->C2,
            C3 = w->C2 / 2;
    lk_real c = (2 * p + w->C2) / below, s = (v.sxy + EPS + C3) / (p + C3);
    lk_real power_l = power(l, w->alpha), power_c = power(c, w->beta), power_s = power(s, w->gamma);
    lk_real g_l = power_slope(l, w->alpha) * (product ? power_c * power_s : 1),
            rest = product ? power_l : 1;
    lk_real g_c = power_slope(c, w->beta) * power_s * rest,
            g_s = power_slope(s, w->gamma) * power_c * rest / (p + C3);
    lk_real g_vy = -g_c * (a / p - c) / below + g_s * s * (a / (2 * p)), g_sxy = -g_s;
    lk_real by_s = g_vy + g_sxy / 2, by_d = g_sxy / 2 - g_vy;
    losses[j] +=
        product ? 1 - power_l * power_c * power_s : (1 - power_l) + (1 - power_c * power_s);
    slopes[LK_SLOPE_S][j] = by_s;
    slopes[LK_SLOPE_D][j] = by_d;
    slopes[LK_SLOPE_1][j] =
        -ms * by_s - md * by_d - g_l / m * (luminance * bright + (2 - luminance) * md);
}

void lk_kernel_similarity(const lk_sliding_window *w, size_t n, lk_real *const means[LK_MEANS],
                          lk_real *losses, lk_real *const slopes[LK_SLOPES]) {
    if (w->alpha == 1 && w->beta == 1 && w->gamma == 1)
        plain(w, n, means, losses, slopes);
    else
        for (size_t j = 0; j < n; j++) regularised(w, means, j, losses, slopes);
}
