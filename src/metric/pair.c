/* One pair of pictures prepared for all metrics: clipped, shifted, multiplied, and in CIELAB. */
#include "pair.h"

#include <likeness/image.h>

_Static_assert(2 * N_MAPS <= LK_METRIC_MIN_SIDE, "the rows of columns and means fit where one picture does");

lk_status lk_pair_init(struct lk_pair *pair, int height, int width, int channels, lk_error *err) {
    *pair = (struct lk_pair){ .height = height, .width = width, .channels = channels };
    bool colour = channels == 3;
    pair->row = (size_t)width * (size_t)channels;
    pair->n_values = lk_size_mul((size_t)height, pair->row);
    /* the maps, luma, and one picture's worth for the rows; both pictures in Lab */
    size_t n_pictures = N_MAPS + 2 + (colour ? 2 : 0);
    size_t n_bytes = lk_size_mul(lk_size_mul(pair->n_values, n_pictures), sizeof(double));
    double *at = pair->block = lk_alloc(n_bytes);
    if (!at) return lk_fail_memory(err, n_bytes, "the metrics of a picture");
    for (int m = 0; m < N_MAPS; m++, at += pair->n_values) pair->map[m] = at;
    for (int i = 0; i < 2 && colour; i++, at += pair->n_values) pair->lab[i] = at;
    for (int m = 0; m < N_MAPS; m++, at += pair->row) pair->columns[m] = at;
    for (int m = 0; m < N_MAPS; m++, at += pair->row) pair->means[m] = at;
    pair->luma = at;
    return LK_OK;
}

void lk_pair_deinit(struct lk_pair *pair) {
    lk_free(pair->block);
    *pair = (struct lk_pair){ 0 };
}

/* Written so that a NaN passes through. */
static double clip(double v) {
    return v < 0 ? 0 : v > 1 ? 1 : v;
}

static void shift(const lk_real *restrict picture, size_t n, double *restrict out) {
    for (size_t i = 0; i < n; i++) out[i] = clip((double)picture[i]) - 0.5;
}

static void multiply(const double *a, const double *b, size_t n, double *restrict out) {
    for (size_t i = 0; i < n; i++) out[i] = a[i] * b[i];
}

static void to_lab(const double *shifted, size_t n_pixels, double *lab) {
    for (size_t i = 0; i < n_pixels; i++) {
        const double *v = shifted + 3 * i;
        const double rgb[3] = { v[0] + 0.5, v[1] + 0.5, v[2] + 0.5 };
        lk_lab_from_srgb(rgb[0], rgb[1], rgb[2], lab + 3 * i);
    }
}

void lk_pair_set(struct lk_pair *pair, const lk_real *x, const lk_real *y) {
    double *const *map = pair->map;
    size_t n = pair->n_values;
    shift(x, n, map[MAP_X]);
    shift(y, n, map[MAP_Y]);
    multiply(map[MAP_X], map[MAP_X], n, map[MAP_XX]);
    multiply(map[MAP_Y], map[MAP_Y], n, map[MAP_YY]);
    multiply(map[MAP_X], map[MAP_Y], n, map[MAP_XY]);
    for (int i = 0; i < 2 && pair->lab[0]; i++) to_lab(map[i], n / 3, pair->lab[i]);
}
