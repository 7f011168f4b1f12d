/* Level weighted structural similarity: Lu, "The Level Weighted Structural Similarity Loss", AAAI 2019, eq. (1) to (3),
   (5), (6), written out literally, with uniform windows of 3, 5, 7, 11, weights and exponents 1. */
#include "pair.h"

#include <math.h>
#include <string.h>

static void add(double *restrict sums, const double *restrict row, size_t n) {
    for (size_t j = 0; j < n; j++) sums[j] += row[j];
}

static void subtract(double *restrict sums, const double *restrict row, size_t n) {
    for (size_t j = 0; j < n; j++) sums[j] -= row[j];
}

/* means[j] = scale * sum over k < window of sums[j + k step] */
static void box(const double *restrict sums, size_t step, size_t window, double scale, size_t n, double *restrict means) {
    for (size_t j = 0; j < n; j++) means[j] = sums[j] + sums[j + step] + sums[j + 2 * step];
    for (size_t k = 3; k < window; k += 2)
        for (size_t j = 0; j < n; j++) means[j] += sums[j + k * step] + sums[j + (k + 1) * step];
    for (size_t j = 0; j < n; j++) means[j] *= scale;
}

static double not_negative(double v) {
    return v < 0 ? 0 : v;
}

/* Sum of l + c s over n positions; m are the window means of the shifted pictures and their products. */
static double similarity(double *const m[N_MAPS], size_t n) {
    const double c1 = METRIC_C1, c2 = METRIC_C2, c3 = METRIC_C2 / 2;
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        double mx = m[MAP_X][j], my = m[MAP_Y][j];
        double vx = not_negative(m[MAP_XX][j] - mx * mx), vy = not_negative(m[MAP_YY][j] - my * my);
        double sxy = m[MAP_XY][j] - mx * my, deviations = sqrt(vx * vy);
        mx += 0.5, my += 0.5;
        double l = (2 * mx * my + c1) / (mx * mx + my * my + c1);
        double c = (2 * deviations + c2) / (vx + vy + c2);
        double s = (sxy + c3) / (deviations + c3);
        sum += l + c * s;
    }
    return sum;
}

/* Eq. (5): running sums down the picture, direct sums along the row. */
static double level(const struct lk_pair *pair, size_t window) {
    const size_t n_rows = (size_t)pair->height - window + 1, channels = (size_t)pair->channels;
    const size_t n = pair->row - (window - 1) * channels;
    double sum = 0;
    for (int m = 0; m < N_MAPS; m++) {
        memset(pair->columns[m], 0, pair->row * sizeof(double));
        for (size_t r = 0; r + 1 < window; r++) add(pair->columns[m], pair->map[m] + r * pair->row, pair->row);
    }
    for (size_t r = 0; r < n_rows; r++) {
        for (int m = 0; m < N_MAPS; m++) {
            add(pair->columns[m], pair->map[m] + (r + window - 1) * pair->row, pair->row);
            box(pair->columns[m], channels, window, 1.0 / (double)(window * window), n, pair->means[m]);
            subtract(pair->columns[m], pair->map[m] + r * pair->row, pair->row);
        }
        sum += similarity(pair->means, n);
    }
    return sum / (double)(n_rows * n);
}

lk_score lk_measure_lwssim(const struct lk_pair *pair) {
    static const size_t windows[] = { 3, 5, 7, 11 };
    double sum = 0;
    for (size_t i = 0; i < LK_COUNT(windows); i++) sum += level(pair, windows[i]);
    return (lk_score){ sum / (double)LK_COUNT(windows), 1 };
}
