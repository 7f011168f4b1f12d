/* A pair's maps: clipped, shifted, multiplied. */
#include "kernels.h"

/* Written so that a NaN passes through. */
static inline double clip(double v) {
    return v < 0 ? 0 : v > 1 ? 1 : v;
}

static void shift(const lk_real *restrict picture, size_t n, double *restrict out) {
    LK_VECTOR for (size_t i = 0; i < n; i++) out[i] = clip((double)picture[i]) - 0.5;
}

void lk_pair_set_products(struct lk_pair *pair) {
    const double *restrict x = pair->map[MAP_X], *restrict y = pair->map[MAP_Y];
    double *restrict xx = pair->map[MAP_XX], *restrict yy = pair->map[MAP_YY],
                     *restrict xy = pair->map[MAP_XY];
    LK_VECTOR for (size_t i = 0; i < pair->n_values; i++) {
        xx[i] = x[i] * x[i];
        yy[i] = y[i] * y[i];
        xy[i] = x[i] * y[i];
    }
}

void lk_pair_set(struct lk_pair *pair, const lk_real *x, const lk_real *y) {
    shift(x, pair->n_values, pair->map[MAP_X]);
    shift(y, pair->n_values, pair->map[MAP_Y]);
    lk_pair_set_products(pair);
    for (int i = 0; i < 2 && pair->lab[0]; i++)
        lk_lab_planes(pair->n_values, pair->map[i], pair->lab[i]);
}
