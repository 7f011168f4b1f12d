/* The maps of a pair of pictures: clipped, shifted, and their products. */
#include "kernels.h"

/* Written so that a NaN passes through. */
static inline double clip(double v) {
    return v < 0 ? 0 : v > 1 ? 1 : v;
}

static void shift(const lk_real *restrict picture, size_t n, double *restrict out) {
    LK_VECTOR for (size_t i = 0; i < n; i++) out[i] = clip((double)picture[i]) - 0.5;
}

void lk_metric_work_set_products(struct lk_metric_work *work) {
    const double *restrict x = work->map[MAP_X], *restrict y = work->map[MAP_Y];
    double *restrict xx = work->map[MAP_XX], *restrict yy = work->map[MAP_YY],
                     *restrict xy = work->map[MAP_XY];
    LK_VECTOR for (size_t i = 0; i < work->n_values; i++) {
        xx[i] = x[i] * x[i];
        yy[i] = y[i] * y[i];
        xy[i] = x[i] * y[i];
    }
}

void lk_metric_work_set(struct lk_metric_work *work, const lk_real *x, const lk_real *y) {
    shift(x, work->n_values, work->map[MAP_X]);
    shift(y, work->n_values, work->map[MAP_Y]);
    lk_metric_work_set_products(work);
    for (int i = 0; i < 2 && work->lab[0]; i++)
        lk_lab_planes(work->n_values, work->map[i], work->lab[i]);
}
