/* Structural similarity: Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to
   structural similarity", 2004, eq. (13), with its 11 x 11 Gaussian of sigma 1.5 over valid positions. */
#include "pair.h"

static const double c1 = 1e-4, c2 = 9e-4;

/* Adds SSIM at n positions; m are the window means of the shifted pictures and their products. */
static void add_row(void *self, double *const m[N_MAPS], size_t n) {
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        double mx = m[MAP_X][j], my = m[MAP_Y][j];
        double variances = m[MAP_XX][j] - mx * mx + m[MAP_YY][j] - my * my;
        double covariance = m[MAP_XY][j] - mx * my;
        mx += 0.5, my += 0.5;
        sum += (2 * mx * my + c1) * (2 * covariance + c2) / ((mx * mx + my * my + c1) * (variances + c2));
    }
    *(double *)self += sum;
}

lk_score lk_measure_ssim(const struct lk_pair *pair) {
    static const struct lk_metric_window window = { .size = 11, .gaussian = true, .sigma = 1.5 };
    double sum = 0;
    size_t n = lk_window_slide(pair, &window, add_row, &sum);
    return (lk_score){ sum / (double)n, 1 };
}
