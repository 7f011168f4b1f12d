/* Gradient magnitude similarity deviation: Xue, Zhang, Mou, Bovik, 2014, eq. (1) to (5), at valid
   positions of the halved pictures. The loss adds a small e to the squared magnitudes. */
#include "work.h"

#include <math.h>

/* Prewitt's gradient magnitude at (i, j) of channel k. */
static double magnitude(const struct lk_metric_work *work, int map, int i, int j, int k) {
    double gx = 0, gy = 0;
    for (int r = -1; r <= 1; r++)
        for (int c = -1; c <= 1; c++) {
            double v = work->map[map][((i + r) * work->width + j + c) * work->channels + k];
            gx += c * v / 3;
            gy += r * v / 3;
        }
    return sqrt(gx * gx + gy * gy);
}

static double similarity(const struct lk_metric_work *work, double c, int i, int j, int k) {
    double x = magnitude(work, MAP_X, i, j, k), y = magnitude(work, MAP_Y, i, j, k);
    return (2 * x * y + c) / (x * x + y * y + c);
}

static double deviation(const struct lk_metric_work *work, double c, int k) {
    const double n = (double)(work->height - 2) * (work->width - 2);
    double mean = 0, squares = 0;
    for (int i = 1; i + 1 < work->height; i++)
        for (int j = 1; j + 1 < work->width; j++) mean += similarity(work, c, i, j, k) / n;
    for (int i = 1; i + 1 < work->height; i++)
        for (int j = 1; j + 1 < work->width; j++)
            squares += pow(similarity(work, c, i, j, k) - mean, 2);
    return sqrt(squares / n);
}

lk_status lk_metric_gmsd(const lk_picture_pair *pair, double c, lk_color color, double *out,
                         lk_error *err) {
    struct lk_metric_work work;
    double sum = 0;
    if (pair->height < 6 || pair->width < 6)
        return lk_fail(err, LK_USAGE, "expected pictures of at least 6 x 6, got %d x %d",
                       pair->width, pair->height);
    lk_status status = lk_metric_work_open(&work, pair, 2, err);
    if (status) return status;
    status = lk_metric_work_recolor(&work, color, err);
    if (!status) {
        const struct lk_metric_work *half = lk_metric_work_halve(&work);
        for (int k = 0; k < half->channels; k++) sum += deviation(half, c, k);
        *out = sum / half->channels;
    }
    lk_metric_work_deinit(&work);
    return status;
}
