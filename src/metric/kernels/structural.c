/* Structural similarity by eq. (1) to (6) of Lu, "The Level Weighted Structural Similarity Loss",
   AAAI 2019, written out literally, with every symbol as a parameter. */
#include "kernels.h"

#include <math.h>

static inline double not_negative(double v) {
    return v < 0 ? 0 : v;
}

/* l and s may be negative; a negative base keeps its sign. */
static void raise(double *v, size_t n, double exponent) {
    if (exponent == 1) return;
    for (size_t j = 0; j < n; j++) v[j] = v[j] < 0 ? -pow(-v[j], exponent) : pow(v[j], exponent);
}

/* Eq. (1) to (3) from the window means of the shifted pictures and their products. */
static void compute_terms(double *const m[N_MAPS], size_t n, double c1, double c2,
                          double *restrict l, double *restrict c, double *restrict s) {
    const double c3 = c2 / 2;
    LK_VECTOR for (size_t j = 0; j < n; j++) {
        double mx = m[MAP_X][j], my = m[MAP_Y][j];
        double vx = not_negative(m[MAP_XX][j] - mx * mx), vy = not_negative(m[MAP_YY][j] - my * my);
        double sxy = m[MAP_XY][j] - mx * my, deviations = sqrt(vx * vy);
        mx += 0.5, my += 0.5;
        l[j] = (2 * mx * my + c1) / (mx * mx + my * my + c1);
        c[j] = (2 * deviations + c2) / (vx + vy + c2);
        s[j] = (sxy + c3) / (deviations + c3);
    }
}

/* Sums over positions. */
struct level {
    const lk_structural_form *form;
    double *const *terms; /* scratch rows */
    double c1, c2;
    double l, c, s, similarity;
};

static void structural_add_row(void *self, double *const m[N_MAPS], size_t n) {
    struct level *level = self;
    const lk_structural_form *form = level->form;
    double *restrict l = level->terms[0], *restrict c = level->terms[1],
                     *restrict s = level->terms[2];
    compute_terms(m, n, level->c1, level->c2, l, c, s);
    raise(l, n, form->alpha);
    raise(c, n, form->beta);
    raise(s, n, form->gamma);
    ADD_UP(level->l, n, at, l[at]);
    ADD_UP(level->c, n, at, c[at]);
    ADD_UP(level->s, n, at, s[at]);
    ADD_UP(level->similarity, n, at, form->sum ? l[at] + c[at] * s[at] : l[at] * c[at] * s[at]);
}

lk_structural_value lk_structural_measure(const struct lk_metric_work *work,
                                          const lk_structural_form *form) {
    const double best = form->sum ? 2 : 1;
    lk_structural_value value = { 0 };
    for (int i = 0; i < form->windows.n; i++) {
        struct level level = {
            .form = form, .terms = work->terms, .c1 = form->K1 * form->K1, .c2 = form->K2 * form->K2
        };
        const struct lk_metric_window window = { (size_t)form->windows.v[i], form->gaussian,
                                                 form->sigma };
        double n = (double)lk_window_slide(work, &window, structural_add_row, &level),
               weight = form->weights.v[form->weights.n == 1 ? 0 : i];
        value.l += weight * (level.l / n), value.c += weight * (level.c / n),
            value.s += weight * (level.s / n);
        value.similarity += weight * (level.similarity / n);
        value.loss += weight * (best - level.similarity / n);
    }
    double *const all[] = { &value.l, &value.c, &value.s, &value.similarity, &value.loss };
    for (size_t i = 0; i < LK_COUNT(all); i++) *all[i] /= form->windows.n;
    return value;
}
