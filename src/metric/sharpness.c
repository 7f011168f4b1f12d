/* How much detail there is: mean gradient magnitude of luma. Forward differences, since central ones are blind to the
   finest detail, a pattern of period two. */
#include "pair.h"

#include <math.h>

/* The shift by 1/2 of the map stays in: differences do not see it. */
static void to_luma(const struct lk_pair *pair, const double *map, double *luma) {
    size_t n_pixels = pair->n_values / (size_t)pair->channels;
    for (size_t i = 0; i < n_pixels; i++) {
        const double *v = map + i * (size_t)pair->channels;
        luma[i] = pair->channels == 3 ? 0.299 * v[0] + 0.587 * v[1] + 0.114 * v[2] : v[0];
    }
}

static double mean_gradient(const struct lk_pair *pair, const double *map) {
    const size_t height = (size_t)pair->height, width = (size_t)pair->width;
    to_luma(pair, map, pair->luma);
    double sum = 0;
    for (size_t r = 0; r + 1 < height; r++) {
        const double *row = pair->luma + r * width, *below = row + width;
        for (size_t c = 0; c + 1 < width; c++) {
            double across = row[c + 1] - row[c], down = below[c] - row[c];
            sum += sqrt(across * across + down * down);
        }
    }
    return sum / (double)((height - 1) * (width - 1));
}

lk_score lk_measure_sharpness_ratio(const struct lk_pair *pair) {
    return (lk_score){ mean_gradient(pair, pair->map[MAP_Y]), mean_gradient(pair, pair->map[MAP_X]) };
}
