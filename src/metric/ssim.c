/* Structural similarity: Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to
   structural similarity", 2004, eq. (13), with its 11 x 11 Gaussian of sigma 1.5 over valid positions. */
#include "pair.h"

#include <math.h>

enum { TAPS = 11 };

static void gaussian(double weights[TAPS]) {
    double sum = 0;
    for (int k = 0; k < TAPS; k++) {
        double d = (k - TAPS / 2) / 1.5;
        sum += weights[k] = exp(-d * d / 2);
    }
    for (int k = 0; k < TAPS; k++) weights[k] /= sum;
}

/* out[j] = sum over k of weights[k] in[j + k step]: down a picture or along a row. */
static void filter(const double *restrict in, size_t step, const double weights[TAPS], size_t n, double *restrict out) {
    for (size_t j = 0; j < n; j++) {
        double sum = 0;
        for (size_t k = 0; k < TAPS; k++) sum += weights[k] * in[j + k * step];
        out[j] = sum;
    }
}

/* Sum of SSIM over n positions; m are the window means of the shifted pictures and their products. */
static double similarity(double *const m[N_MAPS], size_t n) {
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        double mx = m[MAP_X][j], my = m[MAP_Y][j];
        double variances = m[MAP_XX][j] - mx * mx + m[MAP_YY][j] - my * my;
        double covariance = m[MAP_XY][j] - mx * my;
        mx += 0.5, my += 0.5;
        sum += (2 * mx * my + METRIC_C1) * (2 * covariance + METRIC_C2) / ((mx * mx + my * my + METRIC_C1) * (variances + METRIC_C2));
    }
    return sum;
}

lk_score lk_measure_ssim(const struct lk_pair *pair) {
    double weights[TAPS], sum = 0;
    gaussian(weights);
    const size_t n_rows = (size_t)pair->height - TAPS + 1, channels = (size_t)pair->channels;
    const size_t n = pair->row - (TAPS - 1) * channels;
    for (size_t r = 0; r < n_rows; r++) {
        for (int m = 0; m < N_MAPS; m++) {
            filter(pair->map[m] + r * pair->row, pair->row, weights, pair->row, pair->columns[m]);
            filter(pair->columns[m], channels, weights, n, pair->means[m]);
        }
        sum += similarity(pair->means, n);
    }
    return (lk_score){ sum / (double)(n_rows * n), 1 };
}
