/* Mean squared error over all values of a pair on [0, 1], and the peak signal-to-noise ratio that
   follows from it. */
#include "kernels.h"

#include <math.h>

static double mean_square(const struct lk_metric_work *work) {
    const double *x = work->map[MAP_X], *y = work->map[MAP_Y];
    double sum = 0;
    ADD_UP(sum, work->n_values, at, (x[at] - y[at]) * (x[at] - y[at]));
    return sum / (double)work->n_values;
}

lk_score lk_measure_mse(const struct lk_metric_work *work) {
    return (lk_score){ mean_square(work), 1 };
}

lk_score lk_measure_psnr(const struct lk_metric_work *work) {
    double mse = mean_square(work);
    if (mse == 0) return (lk_score){ 0, 0 };
    return (lk_score){ -10 * log10(mse), 1 };
}
