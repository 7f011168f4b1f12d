/* Colour lost and colour missed: chroma in CIELAB, and the CIE 1976 colour difference. Of grey pictures: undefined. */
#include "pair.h"

#include <math.h>

static double mean_chroma(const double *lab, size_t n_pixels) {
    double sum = 0;
    for (size_t i = 0; i < n_pixels; i++) {
        double a = lab[3 * i + 1], b = lab[3 * i + 2];
        sum += sqrt(a * a + b * b);
    }
    return sum / (double)n_pixels;
}

lk_score lk_measure_chroma_ratio(const struct lk_pair *pair) {
    if (!pair->lab[0]) return (lk_score){ 0, 0 };
    size_t n_pixels = pair->n_values / 3;
    return (lk_score){ mean_chroma(pair->lab[MAP_Y], n_pixels), mean_chroma(pair->lab[MAP_X], n_pixels) };
}

lk_score lk_measure_delta_e(const struct lk_pair *pair) {
    if (!pair->lab[0]) return (lk_score){ 0, 0 };
    const double *x = pair->lab[MAP_X], *y = pair->lab[MAP_Y];
    size_t n_pixels = pair->n_values / 3;
    double sum = 0;
    for (size_t i = 0; i < 3 * n_pixels; i += 3) {
        double l = x[i] - y[i], a = x[i + 1] - y[i + 1], b = x[i + 2] - y[i + 2];
        sum += sqrt(l * l + a * a + b * b);
    }
    return (lk_score){ sum / (double)n_pixels, 1 };
}
