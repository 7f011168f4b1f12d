/* Multi-scale structural similarity: Wang, Simoncelli, Bovik, "Multiscale structural similarity for
   image quality assessment", 2003, eq. (7), with its exponents; l counts only at the last scale.
   Each channel is measured alone, and negative values count as 0, as in tf.image.ssim_multiscale
   and pytorch-msssim. */
#include "tensor/kernels.h"
#include "work.h"

#include <assert.h>
#include <math.h>

enum { SCALES_MAX = 5, CHANNELS_MAX = 3 };
static const double exponents[SCALES_MAX] = { 0.0448, 0.2856, 0.3001, 0.2363, 0.1333 };

/* For each channel, the sums over positions of c s and of l c s. */
struct scale {
    double c1, c2, cs[CHANNELS_MAX], lcs[CHANNELS_MAX];
    size_t channels;
};

static void add_row(void *self, double *const m[N_MAPS], size_t n) {
    struct scale *scale = self;
    const double c1 = scale->c1, c2 = scale->c2;
    for (size_t j = 0; j < n; j++) {
        double mx = m[MAP_X][j], my = m[MAP_Y][j];
        double variances = m[MAP_XX][j] - mx * mx + m[MAP_YY][j] - my * my;
        double cs = (2 * (m[MAP_XY][j] - mx * my) + c2) / (variances + c2);
        mx += 0.5, my += 0.5;
        scale->cs[j % scale->channels] += cs;
        scale->lcs[j % scale->channels] += cs * (2 * mx * my + c1) / (mx * mx + my * my + c1);
    }
}

/* Multiply each channel's product by its factor of this scale. */
static void multiply(const struct lk_metric_work *work, const lk_ms_ssim_form *form, int index,
                     double product[CHANNELS_MAX]) {
    struct scale scale = { .c1 = form->K1 * form->K1,
                           .c2 = form->K2 * form->K2,
                           .channels = (size_t)work->channels };
    const struct lk_metric_window window = { (size_t)form->window_size, form->gaussian,
                                             form->sigma };
    double n = (double)work->kernels->slide(work, &window, add_row, &scale) / work->channels,
           all = 0;
    for (int i = 0; i < form->scales; i++) all += exponents[i];
    assert(work->channels <= CHANNELS_MAX);
    const double *sums = index + 1 == form->scales ? scale.lcs : scale.cs;
    for (int k = 0; k < work->channels; k++)
        product[k] *= pow(sums[k] < 0 ? 0 : sums[k] / n, exponents[index] / all);
}

static lk_status check(const lk_picture_pair *pair, const lk_ms_ssim_form *form, lk_error *err) {
    int side = pair->height < pair->width ? pair->height : pair->width;
    if (form->scales < 1 || form->scales > SCALES_MAX)
        return lk_fail(err, LK_USAGE, "scales: expected 1 to %d, got %d", SCALES_MAX, form->scales);
    if (form->window_size < 3 || form->window_size % 2 == 0)
        return lk_fail(err, LK_USAGE, "window_size: expected an odd number, at least 3, got %d",
                       form->window_size);
    if (side >> (form->scales - 1) >= form->window_size) return LK_OK;
    return lk_fail(err, LK_USAGE,
                   "the last of %d scales: expected sides of at least %d, the window, got %d x %d "
                   "(pictures of %d x %d)",
                   form->scales, form->window_size, pair->width >> (form->scales - 1),
                   pair->height >> (form->scales - 1), pair->width, pair->height);
}

/* Replace this scale by the next one. */
static lk_status halve(struct lk_metric_work *work, lk_error *err) {
    struct lk_metric_work half = { .height = work->height / 2,
                                   .width = work->width / 2,
                                   .channels = work->channels };
    lk_status status = lk_metric_work_init(&half, err);
    if (status) return status;
    lk_metric_work_set_halved(&half, work);
    lk_metric_work_deinit(work);
    *work = half;
    return LK_OK;
}

lk_status lk_metric_ms_ssim(const lk_picture_pair *pictures, const lk_ms_ssim_form *form,
                            double *out, lk_error *err) {
    double product[CHANNELS_MAX] = { 1, 1, 1 }, sum = 0;
    struct lk_metric_work work;
    lk_status status = check(pictures, form, err);
    if (!status) status = lk_metric_work_open(&work, pictures, err);
    if (status) return status;
    status = lk_metric_work_recolor(&work, form->color, err);
    for (int i = 0; i < form->scales && !status; i++) {
        multiply(&work, form, i, product);
        if (i + 1 < form->scales) status = halve(&work, err);
    }
    for (int k = 0; k < work.channels && !status; k++) sum += product[k];
    if (!status) *out = sum / work.channels;
    lk_metric_work_deinit(&work);
    return status;
}
