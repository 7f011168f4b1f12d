/* Mean squared error over all values of a pair on [0, 1], and the peak signal-to-noise ratio that
   follows from it. */
#include "kernels.h"

#include <math.h>

static double mean_square(const struct lk_pair *pair) {
    const double *x = pair->map[MAP_X], *y = pair->map[MAP_Y];
    double sum = 0;
    ADD_UP(sum, pair->n_values, at, (x[at] - y[at]) * (x[at] - y[at]));
    return sum / (double)pair->n_values;
}

lk_score lk_measure_mse(const struct lk_pair *pair) {
    return (lk_score){ mean_square(pair), 1 };
}

lk_score lk_measure_psnr(const struct lk_pair *pair) {
    double mse = mean_square(pair);
    if (mse == 0) return (lk_score){ 0, 0 };
    return (lk_score){ -10 * log10(mse), 1 };
}
