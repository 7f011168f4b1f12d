/* Focal frequency loss (Jiang, Dai, Wu, Loy, 2021) by sums over waves, rows first. */
#include "work.h"

#include <math.h>

/* A wave of n: cos and sin of 2 pi u k / n, over sqrt(n). */
struct wave {
    double re, im;
};

static struct wave wave(int u, int k, int n) {
    double angle = 2 * acos(-1.0) * (double)((int64_t)u * k % n) / n;
    return (struct wave){ cos(angle) / sqrt(n), -sin(angle) / sqrt(n) };
}

/* Transforms n values `step` apart. `waves`: wave(1, k, n) for each k. */
static void transform(const struct wave *waves, int n, int step, const struct wave *from,
                      struct wave *to) {
    for (int u = 0; u < n; u++) {
        struct wave sum = { 0, 0 };
        for (int k = 0; k < n; k++) {
            struct wave v = from[(size_t)k * (size_t)step], by = waves[(int64_t)u * k % n];
            sum.re += v.re * by.re - v.im * by.im;
            sum.im += v.re * by.im + v.im * by.re;
        }
        to[(size_t)u * (size_t)step] = sum;
    }
}

/* Memory for one channel. */
struct channel {
    int h, w;
    struct wave *values, *rows, *waves; /* (h, w), (h, w), max(h, w) */
};

static void transform_channel(struct channel c) {
    for (int k = 0; k < c.w; k++) c.waves[k] = wave(1, k, c.w);
    for (int i = 0; i < c.h; i++)
        transform(c.waves, c.w, 1, c.values + (size_t)i * (size_t)c.w,
                  c.rows + (size_t)i * (size_t)c.w);
    for (int k = 0; k < c.h; k++) c.waves[k] = wave(1, k, c.h);
    for (int j = 0; j < c.w; j++) transform(c.waves, c.h, c.w, c.rows + j, c.values + j);
}

/* The mean over frequencies of w |F|^2. */
static double weigh(struct channel c, double alpha) {
    const size_t n = (size_t)c.h * (size_t)c.w;
    double largest = 0, sum = 0;
    for (size_t i = 0; i < n; i++) largest = fmax(largest, hypot(c.values[i].re, c.values[i].im));
    for (size_t i = 0; i < n; i++) {
        double size = hypot(c.values[i].re, c.values[i].im);
        if (largest > 0) sum += pow(size / largest, alpha) * size * size;
    }
    return sum / (double)n;
}

static lk_status open_channel(const lk_picture_pair *pair, struct channel *c, lk_error *err) {
    const size_t n = (size_t)pair->height * (size_t)pair->width,
                 side = (size_t)(pair->height > pair->width ? pair->height : pair->width),
                 bytes = lk_size_mul(2 * n + side, sizeof(struct wave));
    c->h = pair->height, c->w = pair->width;
    c->values = lk_alloc(bytes);
    if (!c->values) return lk_fail_memory(err, bytes, "the waves of a picture");
    c->rows = c->values + n;
    c->waves = c->rows + n;
    return LK_OK;
}

lk_status lk_metric_focal_frequency(const lk_picture_pair *pair, double alpha, double *out,
                                    lk_error *err) {
    struct lk_metric_work work;
    struct channel c = { 0 };
    double sum = 0;
    lk_status status = lk_metric_work_open(&work, pair, 1, err);
    if (status) return status;
    status = open_channel(pair, &c, err);
    for (int k = 0; k < work.channels && !status; k++) {
        for (size_t i = 0; i < (size_t)c.h * (size_t)c.w; i++) {
            size_t at = i * (size_t)work.channels + (size_t)k;
            c.values[i] = (struct wave){ work.map[MAP_Y][at] - work.map[MAP_X][at], 0 };
        }
        transform_channel(c);
        sum += weigh(c, alpha);
    }
    if (!status) *out = sum / work.channels;
    lk_free(c.values);
    lk_metric_work_deinit(&work);
    return status;
}
