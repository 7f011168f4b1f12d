/* How much colour is left and how far it is off: chroma in CIELAB, and the CIE 1976 colour
   difference. Both are undefined for grey pictures. */
#include "kernels.h"

#include <math.h>

static double mean_chroma(const double *lab, size_t n_pixels) {
    const double *a = lab + n_pixels, *b = a + n_pixels;
    double sum = 0;
    ADD_UP(sum, n_pixels, at, sqrt(a[at] * a[at] + b[at] * b[at]));
    return sum / (double)n_pixels;
}

lk_score lk_measure_chroma_ratio(const struct lk_metric_work *work) {
    if (!work->lab[0]) return (lk_score){ 0, 0 };
    size_t n_pixels = work->n_values / 3;
    return (lk_score){ mean_chroma(work->lab[MAP_Y], n_pixels),
                       mean_chroma(work->lab[MAP_X], n_pixels) };
}

static inline double distance(const double *x, const double *y, size_t n_pixels) {
    double l = x[0] - y[0], a = x[n_pixels] - y[n_pixels], b = x[2 * n_pixels] - y[2 * n_pixels];
    return sqrt(l * l + a * a + b * b);
}

lk_score lk_measure_delta_e(const struct lk_metric_work *work) {
    if (!work->lab[0]) return (lk_score){ 0, 0 };
    size_t n_pixels = work->n_values / 3;
    const double *x = work->lab[MAP_X], *y = work->lab[MAP_Y];
    double sum = 0;
    ADD_UP(sum, n_pixels, at, distance(x + at, y + at, n_pixels));
    return (lk_score){ sum / (double)n_pixels, 1 };
}
