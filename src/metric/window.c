/* Window means: uniform windows by running sums down the picture and direct sums along the row, Gaussian ones by their
   weights, down and then along. */
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

static void slide_uniform(const struct lk_pair *pair, size_t window, size_t n_rows, size_t n, lk_window_user *use, void *self) {
    for (int m = 0; m < N_MAPS; m++) {
        memset(pair->columns[m], 0, pair->row * sizeof(double));
        for (size_t r = 0; r + 1 < window; r++) add(pair->columns[m], pair->map[m] + r * pair->row, pair->row);
    }
    for (size_t r = 0; r < n_rows; r++) {
        for (int m = 0; m < N_MAPS; m++) {
            add(pair->columns[m], pair->map[m] + (r + window - 1) * pair->row, pair->row);
            box(pair->columns[m], (size_t)pair->channels, window, 1.0 / (double)(window * window), n, pair->means[m]);
            subtract(pair->columns[m], pair->map[m] + r * pair->row, pair->row);
        }
        use(self, pair->means, n);
    }
}

static void set_gaussian(const struct lk_metric_window *window, double *taps) {
    double sum = 0, sigma = window->sigma > 0 ? window->sigma : 1.5 * (double)window->size / 11, middle = (double)(window->size / 2);
    for (size_t k = 0; k < window->size; k++) {
        double d = ((double)k - middle) / sigma;
        sum += taps[k] = exp(-d * d / 2);
    }
    for (size_t k = 0; k < window->size; k++) taps[k] /= sum;
}

/* out[j] = sum over k of taps[k] in[j + k step]: down a picture or along a row. */
static void filter(const double *restrict in, size_t step, const double *restrict taps, size_t n_taps, size_t n, double *restrict out) {
    for (size_t j = 0; j < n; j++) out[j] = taps[0] * in[j] + taps[1] * in[j + step] + taps[2] * in[j + 2 * step];
    for (size_t k = 3; k < n_taps; k += 2)
        for (size_t j = 0; j < n; j++) out[j] = out[j] + taps[k] * in[j + k * step] + taps[k + 1] * in[j + (k + 1) * step];
}

static void slide_gaussian(const struct lk_pair *pair, size_t window, size_t n_rows, size_t n, lk_window_user *use, void *self) {
    for (size_t r = 0; r < n_rows; r++) {
        for (int m = 0; m < N_MAPS; m++) {
            filter(pair->map[m] + r * pair->row, pair->row, pair->taps, window, pair->row, pair->columns[m]);
            filter(pair->columns[m], (size_t)pair->channels, pair->taps, window, n, pair->means[m]);
        }
        use(self, pair->means, n);
    }
}

size_t lk_window_slide(const struct lk_pair *pair, const struct lk_metric_window *window, lk_window_user *use, void *self) {
    size_t n_rows = (size_t)pair->height - window->size + 1, n = pair->row - (window->size - 1) * (size_t)pair->channels;
    if (window->gaussian) set_gaussian(window, pair->taps);
    (window->gaussian ? slide_gaussian : slide_uniform)(pair, window->size, n_rows, n, use, self);
    return n_rows * n;
}
