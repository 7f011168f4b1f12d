/* Window means. Uniform windows use running sums down the picture and direct sums along the row.
   Gaussian windows apply their weights down the picture and then along the row. */
#include "kernels.h"

#include <math.h>
#include <string.h>

/* ---- uniform ---- */

static void add(double scale, const double *restrict row, size_t n, double *restrict sums) {
    LK_VECTOR for (size_t j = 0; j < n; j++) sums[j] += scale * row[j];
}

/* Move the window down by one row: one row enters, one leaves. */
static void move(double scale, const double *restrict in, const double *restrict out, size_t n,
                 double *restrict sums) {
    LK_VECTOR for (size_t j = 0; j < n; j++) sums[j] += scale * (in[j] - out[j]);
}

/* means[j] = sum over k < window of sums[j + k step] */
static void box(const double *restrict sums, size_t step, size_t window, size_t n,
                double *restrict means) {
    const double *next = sums + 3 * step;
    LK_VECTOR for (size_t j = 0; j < n; j++) means[j] =
        sums[j] + sums[j + step] + sums[j + 2 * step];
    if (window % 4 == 1) {
        LK_VECTOR for (size_t j = 0; j < n; j++) means[j] += next[j] + next[j + step];
        next += 2 * step;
    }
    for (; next < sums + window * step; next += 4 * step)
        LK_VECTOR for (size_t j = 0; j < n; j++) means[j] +=
            (next[j] + next[j + step]) + (next[j + 2 * step] + next[j + 3 * step]);
}

static void slide_uniform(const struct lk_metric_work *work, size_t window, size_t n_rows, size_t n,
                          lk_window_user *use, void *self) {
    const size_t row = work->row;
    const double scale = 1.0 / (double)(window * window);
    for (int m = 0; m < N_MAPS; m++) {
        memset(work->columns[m], 0, row * sizeof(double));
        for (size_t r = 0; r < window; r++)
            add(scale, work->map[m] + r * row, row, work->columns[m]);
    }
    for (size_t r = 0; r < n_rows; r++) {
        for (int m = 0; m < N_MAPS; m++) {
            const double *top = work->map[m] + r * row;
            if (r) move(scale, top + (window - 1) * row, top - row, row, work->columns[m]);
            box(work->columns[m], (size_t)work->channels, window, n, work->means[m]);
        }
        use(self, work->means, n);
    }
}

/* ---- Gaussian ---- */

static void set_gaussian(const struct lk_metric_window *window, double *taps) {
    double sum = 0, sigma = window->sigma > 0 ? window->sigma : 1.5 * (double)window->size / 11,
           middle = (double)(window->size / 2);
    for (size_t k = 0; k < window->size; k++) {
        double d = ((double)k - middle) / sigma;
        sum += taps[k] = exp(-d * d / 2);
    }
    for (size_t k = 0; k < window->size; k++) taps[k] /= sum;
}

#define PAIR(k) taps[k] * (first[j + (k)*step] + last[j - (k)*step])

/* out[j] = sum over k of taps[k] in[j + k step]: down a picture or along a row. The taps are
   symmetric. */
static void filter(const double *restrict in, size_t step, const double *taps, size_t n_taps,
                   size_t n, double *restrict out) {
    const size_t middle = n_taps / 2;
    const double *first = in, *last = in + (n_taps - 1) * step, *centre = in + middle * step,
                 tap = taps[middle];
    size_t n_left = middle;
    LK_VECTOR for (size_t j = 0; j < n; j++) out[j] = tap * centre[j];
    for (; n_left >= 5; n_left -= 5, taps += 5, first += 5 * step, last -= 5 * step)
        LK_VECTOR for (size_t j = 0; j < n; j++) out[j] +=
            PAIR(0) + PAIR(1) + PAIR(2) + PAIR(3) + PAIR(4);
    for (; n_left > 0; n_left--, taps++, first += step, last -= step)
        LK_VECTOR for (size_t j = 0; j < n; j++) out[j] += PAIR(0);
}

static void slide_gaussian(const struct lk_metric_work *work, size_t window, size_t n_rows,
                           size_t n, lk_window_user *use, void *self) {
    for (size_t r = 0; r < n_rows; r++) {
        for (int m = 0; m < N_MAPS; m++) {
            filter(work->map[m] + r * work->row, work->row, work->taps, window, work->row,
                   work->columns[m]);
            filter(work->columns[m], (size_t)work->channels, work->taps, window, n, work->means[m]);
        }
        use(self, work->means, n);
    }
}

size_t lk_window_slide(const struct lk_metric_work *work, const struct lk_metric_window *window,
                       lk_window_user *use, void *self) {
    size_t n_rows = (size_t)work->height - window->size + 1,
           n = work->row - (window->size - 1) * (size_t)work->channels;
    if (window->gaussian) set_gaussian(window, work->taps);
    (window->gaussian ? slide_gaussian : slide_uniform)(work, window->size, n_rows, n, use, self);
    return n_rows * n;
}
