/* One pair of pictures prepared for all metrics: clipped, shifted, multiplied, and in CIELAB. */
#include "pair.h"

#include <likeness/image.h>

lk_status lk_pair_init(struct lk_pair *pair, lk_error *err) {
    size_t width = (size_t)pair->width, channels = (size_t)pair->channels;
    bool lab = pair->with_lab && channels == 3;
    pair->row = width * channels;
    pair->n_values = lk_size_mul((size_t)pair->height, pair->row);
    /* maps, both pictures in Lab, luma; rows of columns, means, terms, and one for the taps */
    size_t n_pictures = lab ? N_MAPS + 2 + 1 : N_MAPS + 1,
           n = lk_size_mul((size_t)pair->height * n_pictures + 2 * N_MAPS + 3 + 1, pair->row);
    double *at = pair->block = lk_alloc(lk_size_mul(n, sizeof *at));
    if (!at) return lk_fail_memory(err, lk_size_mul(n, sizeof *at), "the metrics of a picture");
    for (int m = 0; m < N_MAPS; m++, at += pair->n_values) pair->map[m] = at;
    for (int i = 0; i < 2 && lab; i++, at += pair->n_values) pair->lab[i] = at;
    for (int m = 0; m < N_MAPS; m++, at += pair->row) pair->columns[m] = at;
    for (int m = 0; m < N_MAPS; m++, at += pair->row) pair->means[m] = at;
    for (int t = 0; t < 3; t++, at += pair->row) pair->terms[t] = at;
    pair->taps = at;
    pair->luma = at + pair->row;
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

static void set_products(struct lk_pair *pair) {
    double *const *map = pair->map;
    multiply(map[MAP_X], map[MAP_X], pair->n_values, map[MAP_XX]);
    multiply(map[MAP_Y], map[MAP_Y], pair->n_values, map[MAP_YY]);
    multiply(map[MAP_X], map[MAP_Y], pair->n_values, map[MAP_XY]);
}

void lk_pair_set(struct lk_pair *pair, const lk_real *x, const lk_real *y) {
    size_t n = pair->n_values;
    shift(x, n, pair->map[MAP_X]);
    shift(y, n, pair->map[MAP_Y]);
    set_products(pair);
    for (int i = 0; i < 2 && pair->lab[0]; i++) to_lab(pair->map[i], n / 3, pair->lab[i]);
}

lk_status lk_pair_open(struct lk_pair *pair, const lk_metric_pair *pictures, lk_error *err) {
    *pair = (struct lk_pair){ .height = pictures->height, .width = pictures->width, .channels = pictures->channels };
    if (pair->height < 1 || pair->width < 1 || (pair->channels != 1 && pair->channels != 3))
        return lk_fail(err, LK_USAGE, "got pictures of %d x %d with %d channels, wanted some pixels and 1 or 3 channels", pair->width,
                       pair->height, pair->channels);
    lk_status status = lk_pair_init(pair, err);
    if (!status) lk_pair_set(pair, pictures->original, pictures->reconstruction);
    return status;
}

static void halve(const struct lk_pair *pair, const double *from, size_t from_row, double *out) {
    size_t channels = (size_t)pair->channels;
    for (size_t r = 0; r < (size_t)pair->height; r++)
        for (size_t j = 0; j < pair->row; j++) {
            const double *at = from + 2 * r * from_row + j / channels * 2 * channels + j % channels;
            *out++ = (at[0] + at[channels] + at[from_row] + at[from_row + channels]) / 4;
        }
}

void lk_pair_set_halved(struct lk_pair *pair, const struct lk_pair *from) {
    for (int m = MAP_X; m <= MAP_Y; m++) halve(pair, from->map[m], from->row, pair->map[m]);
    set_products(pair);
}
