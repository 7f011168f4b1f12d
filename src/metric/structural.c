/* Structural similarity with every symbol of Lu, "The Level Weighted Structural Similarity Loss",
   AAAI 2019, as a parameter. The losses use another form, with a small e added to stay
   differentiable. */
#include "tensor/kernels.h"
#include "work.h"

#include <math.h>

static lk_status check_windows(const lk_structural_form *form, int side, lk_error *err) {
    if (form->windows.n < 1)
        return lk_fail(err, LK_USAGE, "windows: expected at least one, got none");
    for (int i = 0; i < form->windows.n; i++) {
        double size = form->windows.v[i];
        if (!(size >= 3 && size <= side) || fmod(size, 2) != 1)
            return lk_fail(err, LK_USAGE,
                           "windows[%d]: expected an odd number from 3 to %d, the pictures' "
                           "shorter side, got %g",
                           i, side, size);
    }
    return LK_OK;
}

static lk_status check_weights(const lk_structural_form *form, lk_error *err) {
    double largest = 0;
    if (form->weights.n != 1 && form->weights.n != form->windows.n)
        return lk_fail(err, LK_USAGE,
                       "weights: expected %d, as many as windows, or one for all, got %d",
                       form->windows.n, form->weights.n);
    for (int i = 0; i < form->weights.n; i++) {
        if (!(form->weights.v[i] >= 0))
            return lk_fail(err, LK_USAGE, "weights[%d]: expected 0 or more, got %g", i,
                           form->weights.v[i]);
        largest = fmax(largest, form->weights.v[i]);
    }
    return largest > 0 ? LK_OK
                       : lk_fail(err, LK_USAGE, "weights: expected one above 0, got only zeros");
}

static lk_status check(const lk_structural_form *form, int side, lk_error *err) {
    lk_status status = check_windows(form, side, err);
    if (!status) status = check_weights(form, err);
    if (!status && !(form->alpha > 0 && form->beta > 0 && form->gamma > 0))
        status = lk_fail(err, LK_USAGE,
                         "exponents: expected all above 0, got alpha %g, beta %g, gamma %g",
                         form->alpha, form->beta, form->gamma);
    return status;
}

lk_status lk_metric_structural(const lk_picture_pair *pictures, const lk_structural_form *form,
                               lk_structural_value *out, lk_error *err) {
    struct lk_metric_work work;
    lk_status status =
        check(form, pictures->height < pictures->width ? pictures->height : pictures->width, err);
    if (!status) status = lk_metric_work_open(&work, pictures, 1, err);
    if (status) return status;
    status = lk_metric_work_recolor(&work, form->color, err);
    if (!status) *out = work.kernels->structural(&work, form);
    lk_metric_work_deinit(&work);
    return status;
}
