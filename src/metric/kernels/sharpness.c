/* The amount of detail: the mean gradient magnitude of luma. The differences are forward ones,
   because central ones cannot see the finest detail, a pattern of period two. */
#include "kernels.h"

#include <math.h>
#include <string.h>

/* The map's shift by 1/2 need not be undone: it cancels in the differences. */
static void to_luma(const struct lk_metric_work *work, const double *restrict map,
                    double *restrict luma) {
    size_t n_pixels = work->n_values / (size_t)work->channels;
    if (work->channels == 1)
        memcpy(luma, map, n_pixels * sizeof *luma);
    else
        LK_VECTOR for (size_t i = 0; i < n_pixels; i++) luma[i] =
            0.299 * map[3 * i] + 0.587 * map[3 * i + 1] + 0.114 * map[3 * i + 2];
}

static inline double length(double across, double down) {
    return sqrt(across * across + down * down);
}

static double mean_gradient(const struct lk_metric_work *work, const double *map) {
    const size_t height = (size_t)work->height, width = (size_t)work->width;
    to_luma(work, map, work->luma);
    double sum = 0;
    for (size_t r = 0; r + 1 < height; r++) {
        const double *row = work->luma + r * width, *below = row + width;
        ADD_UP(sum, width - 1, at, length(row[at + 1] - row[at], below[at] - row[at]));
    }
    return sum / (double)((height - 1) * (width - 1));
}

lk_score lk_measure_sharpness_ratio(const struct lk_metric_work *work) {
    return (lk_score){ mean_gradient(work, work->map[MAP_Y]),
                       mean_gradient(work, work->map[MAP_X]) };
}
