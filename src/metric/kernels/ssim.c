/* Structural similarity: Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error
   visibility to structural similarity", 2004, eq. (13), with its 11 x 11 Gaussian of sigma 1.5 over
   valid positions. */
#include "kernels.h"

static const double c1 = 1e-4, c2 = 9e-4;

struct total {
    double *row; /* scratch */
    double sum;
};

/* Adds SSIM at n positions; m are the window means of the shifted pictures and their products. */
static void ssim_add_row(void *self, double *const m[N_MAPS], size_t n) {
    struct total *total = self;
    const double *restrict x = m[MAP_X], *restrict y = m[MAP_Y], *restrict xx = m[MAP_XX],
                           *restrict yy = m[MAP_YY], *restrict xy = m[MAP_XY];
    double *restrict out = total->row;
    LK_VECTOR for (size_t j = 0; j < n; j++) {
        double mx = x[j], my = y[j], variances = xx[j] - mx * mx + yy[j] - my * my,
               covariance = xy[j] - mx * my;
        mx += 0.5, my += 0.5;
        out[j] = (2 * mx * my + c1) * (2 * covariance + c2) /
                 ((mx * mx + my * my + c1) * (variances + c2));
    }
    ADD_UP(total->sum, n, at, out[at]);
}

lk_score lk_measure_ssim(const struct lk_metric_work *work) {
    static const struct lk_metric_window window = { .size = 11, .gaussian = true, .sigma = 1.5 };
    struct total total = { work->terms[0], 0 };
    size_t n = lk_window_slide(work, &window, ssim_add_row, &total);
    return (lk_score){ total.sum / (double)n, 1 };
}
