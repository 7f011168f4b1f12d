/* The options of MS-SSIM: Wang, Simoncelli, Bovik, "Multiscale structural similarity for image
   quality assessment", 2003. Its values: kernels/ms_ssim.c. */
#include "work.h"

enum { SCALES_MAX = 5 };

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

lk_status lk_metric_ms_ssim(const lk_picture_pair *pictures, const lk_ms_ssim_form *form,
                            double *out, lk_error *err) {
    struct lk_metric_work work;
    lk_status status = check(pictures, form, err);
    if (!status) status = lk_metric_work_open(&work, pictures, form->scales, err);
    if (status) return status;
    status = lk_metric_work_recolor(&work, form->color, err);
    if (!status) *out = work.kernels->ms_ssim(&work, form);
    lk_metric_work_deinit(&work);
    return status;
}
