/* Structural similarity with every symbol of Lu, "The Level Weighted Structural Similarity Loss", AAAI 2019, free:
   eq. (1) to (6) written out literally. Not the losses' form, which adds a small e to stay differentiable. */
#include "pair.h"

#include <math.h>

static double not_negative(double v) {
    return v < 0 ? 0 : v;
}

/* Of a negative base, which l and s may be, the sign is kept. */
static void raise(double *v, size_t n, double exponent) {
    if (exponent == 1) return;
    for (size_t j = 0; j < n; j++) v[j] = v[j] < 0 ? -pow(-v[j], exponent) : pow(v[j], exponent);
}

/* Eq. (1) to (3) from the window means of the shifted pictures and their products. */
static void compute_terms(double *const m[N_MAPS], size_t n, double c1, double c2, double *restrict l, double *restrict c,
                          double *restrict s) {
    const double c3 = c2 / 2;
    for (size_t j = 0; j < n; j++) {
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

static void add_row(void *self, double *const m[N_MAPS], size_t n) {
    struct level *level = self;
    const lk_structural_form *form = level->form;
    double *l = level->terms[0], *c = level->terms[1], *s = level->terms[2], sum = 0;
    compute_terms(m, n, level->c1, level->c2, l, c, s);
    raise(l, n, form->alpha);
    raise(c, n, form->beta);
    raise(s, n, form->gamma);
    for (size_t j = 0; j < n; j++) {
        level->l += l[j], level->c += c[j], level->s += s[j];
        sum += form->sum ? l[j] + c[j] * s[j] : l[j] * c[j] * s[j];
    }
    level->similarity += sum;
}

lk_structural_value lk_structural_measure(const struct lk_pair *pair, const lk_structural_form *form) {
    const double best = form->sum ? 2 : 1;
    lk_structural_value value = { 0 };
    for (int i = 0; i < form->windows.n; i++) {
        struct level level = { .form = form, .terms = pair->terms, .c1 = form->K1 * form->K1, .c2 = form->K2 * form->K2 };
        const struct lk_metric_window window = { (size_t)form->windows.v[i], form->gaussian, form->sigma };
        double n = (double)lk_window_slide(pair, &window, add_row, &level), weight = form->weights.v[form->weights.n == 1 ? 0 : i];
        value.l += weight * (level.l / n), value.c += weight * (level.c / n), value.s += weight * (level.s / n);
        value.similarity += weight * (level.similarity / n);
        value.loss += weight * (best - level.similarity / n);
    }
    double *const all[] = { &value.l, &value.c, &value.s, &value.similarity, &value.loss };
    for (size_t i = 0; i < LK_COUNT(all); i++) *all[i] /= form->windows.n;
    return value;
}

static lk_status check_windows(const lk_structural_form *form, int side, lk_error *err) {
    if (form->windows.n < 1) return lk_fail(err, LK_USAGE, "windows: got none");
    for (int i = 0; i < form->windows.n; i++) {
        double size = form->windows.v[i];
        if (!(size >= 3 && size <= side) || fmod(size, 2) != 1)
            return lk_fail(err, LK_USAGE, "windows[%d]: got %g, wanted an odd number from 3 to the pictures' shorter side, %d", i, size,
                           side);
    }
    return LK_OK;
}

static lk_status check_weights(const lk_structural_form *form, lk_error *err) {
    double largest = 0;
    if (form->weights.n != 1 && form->weights.n != form->windows.n)
        return lk_fail(err, LK_USAGE, "weights: got %d, wanted as many as windows, %d, or one for all", form->weights.n, form->windows.n);
    for (int i = 0; i < form->weights.n; i++) {
        if (!(form->weights.v[i] >= 0)) return lk_fail(err, LK_USAGE, "weights[%d]: got %g, wanted 0 or more", i, form->weights.v[i]);
        largest = fmax(largest, form->weights.v[i]);
    }
    return largest > 0 ? LK_OK : lk_fail(err, LK_USAGE, "weights: got only zeros, wanted one above 0");
}

static lk_status check(const lk_structural_form *form, int side, lk_error *err) {
    lk_status status = check_windows(form, side, err);
    if (!status) status = check_weights(form, err);
    if (!status && !(form->alpha > 0 && form->beta > 0 && form->gamma > 0))
        status =
            lk_fail(err, LK_USAGE, "exponents: got alpha %g, beta %g, gamma %g, wanted all above 0", form->alpha, form->beta, form->gamma);
    return status;
}

lk_status lk_metric_structural(const lk_metric_pair *pictures, const lk_structural_form *form, lk_structural_value *out, lk_error *err) {
    struct lk_pair pair;
    lk_status status = check(form, pictures->height < pictures->width ? pictures->height : pictures->width, err);
    if (!status) status = lk_pair_open(&pair, pictures, err);
    if (status) return status;
    *out = lk_structural_measure(&pair, form);
    lk_pair_deinit(&pair);
    return LK_OK;
}
