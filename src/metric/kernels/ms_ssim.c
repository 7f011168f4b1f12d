/* MS-SSIM: Wang, Simoncelli, Bovik, "Multiscale structural similarity for image quality
   assessment", 2003, eq. (7), with its exponents; l counts only at the last scale. Each channel is
   measured alone, and negative values count as 0, as in tf.image.ssim_multiscale and
   pytorch-msssim. c s = (2 sxy + C2) / (vx + vy + C2). */
#include "kernels.h"

#include <assert.h>
#include <math.h>

enum { SCALES_MAX = 5, CHANNELS_MAX = 3 };
static const double exponents[SCALES_MAX] = { 0.0448, 0.2856, 0.3001, 0.2363, 0.1333 };

/* For each channel, the sum over positions of c s, or at the last scale of l c s. */
struct scale {
    double c1, c2, sum[CHANNELS_MAX];
    size_t channels;
    bool last;
    double *row; /* scratch */
};

static void ms_ssim_add_row(void *self, double *const m[N_MAPS], size_t n) {
    struct scale *scale = self;
    const double c1 = scale->c1, c2 = scale->c2;
    const double *restrict x = m[MAP_X], *restrict y = m[MAP_Y], *restrict xx = m[MAP_XX],
                           *restrict yy = m[MAP_YY], *restrict xy = m[MAP_XY];
    double *restrict out = scale->row;
    LK_VECTOR for (size_t j = 0; j < n; j++) {
        double variances = xx[j] - x[j] * x[j] + yy[j] - y[j] * y[j];
        out[j] = (2 * (xy[j] - x[j] * y[j]) + c2) / (variances + c2);
    }
    if (scale->last) {
        LK_VECTOR for (size_t j = 0; j < n; j++) {
            double mx = x[j] + 0.5, my = y[j] + 0.5;
            out[j] *= (2 * mx * my + c1) / (mx * mx + my * my + c1);
        }
    }
    for (size_t k = 0; k < scale->channels; k++)
        ADD_UP(scale->sum[k], n / scale->channels, at, out[at * scale->channels + k]);
}

/* Multiply each channel's product by its factor of one scale. A negative mean counts as 0. */
static void multiply(const struct lk_metric_work *work, const lk_ms_ssim_form *form, bool last,
                     double exponent, double product[CHANNELS_MAX]) {
    struct scale scale = { .c1 = form->K1 * form->K1,
                           .c2 = form->K2 * form->K2,
                           .channels = (size_t)work->channels,
                           .last = last,
                           .row = work->terms[0] };
    const struct lk_metric_window window = { (size_t)form->window_size, form->gaussian,
                                             form->sigma };
    double n = (double)lk_window_slide(work, &window, ms_ssim_add_row, &scale) / work->channels;
    for (int k = 0; k < work->channels; k++)
        product[k] *= pow(scale.sum[k] < 0 ? 0 : scale.sum[k] / n, exponent);
}

double lk_ms_ssim_measure(const struct lk_metric_work *work, const lk_ms_ssim_form *form) {
    double product[CHANNELS_MAX] = { 1, 1, 1 }, all = 0, sum = 0;
    assert(work->channels <= CHANNELS_MAX);
    for (int i = 0; i < form->scales; i++) all += exponents[i];
    for (int i = 0; i < form->scales; i++) {
        if (i) work = lk_metric_work_halve(work);
        multiply(work, form, i + 1 == form->scales, exponents[i] / all, product);
    }
    for (int k = 0; k < work->channels; k++) sum += product[k];
    return sum / work->channels;
}

/* As many scales as there are. */
lk_score lk_measure_ms_ssim(const struct lk_metric_work *work) {
    const lk_ms_ssim_form form = { .scales = work->n_scales,
                                   .window_size = LK_METRIC_MIN_SIDE,
                                   .gaussian = true,
                                   .sigma = 1.5,
                                   .K1 = 0.01,
                                   .K2 = 0.03 };
    return (lk_score){ lk_ms_ssim_measure(work, &form), 1 };
}
