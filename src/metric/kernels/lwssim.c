/*
 * Level weighted structural similarity as in reports: Lu 2019, eq. (5) and (6), with uniform
 * windows of 3, 5, 7 and 11, and with weights and exponents 1. Then
 * c s = (2 sxy + C2) / (vx + vy + C2), and l + c s is computed as one fraction.
 */
#include "kernels.h"

static const double c1 = 1e-4, c2 = 9e-4;

struct total {
    double *row; /* scratch */
    double sum;
};

/* Adds l + c s at n positions; m are the window means of the shifted pictures and their
   products. */
static void lwssim_add_row(void *self, double *const m[N_MAPS], size_t n) {
    struct total *total = self;
    const double *restrict x = m[MAP_X], *restrict y = m[MAP_Y], *restrict xx = m[MAP_XX],
                           *restrict yy = m[MAP_YY], *restrict xy = m[MAP_XY];
    double *restrict out = total->row;
    LK_VECTOR for (size_t j = 0; j < n; j++) {
        double mx = x[j], my = y[j], spread = xx[j] - mx * mx + yy[j] - my * my + c2,
               alike = 2 * (xy[j] - mx * my) + c2;
        mx += 0.5, my += 0.5;
        double squares = mx * mx + my * my + c1;
        out[j] = ((2 * mx * my + c1) * spread + alike * squares) / (squares * spread);
    }
    ADD_UP(total->sum, n, at, out[at]);
}

lk_score lk_measure_lwssim(const struct lk_metric_work *work) {
    static const struct lk_metric_window windows[] = {
        { .size = 3 }, { .size = 5 }, { .size = 7 }, { .size = 11 }
    };
    double sum = 0;
    for (size_t i = 0; i < LK_COUNT(windows); i++) {
        struct total total = { work->terms[0], 0 };
        size_t n = lk_window_slide(work, &windows[i], lwssim_add_row, &total);
        sum += total.sum / (double)n;
    }
    return (lk_score){ sum / (double)LK_COUNT(windows), 1 };
}
