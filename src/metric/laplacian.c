/* Lap1 of Bojanowski et al. 2018, by the definition of a Laplacian pyramid in two dimensions (Burt,
   Adelson, "The Laplacian Pyramid as a Compact Image Code", 1983, eq. (1) and (2)). */
#include "work.h"

#include <math.h>

/* One channel of the difference of two pictures, at one size. */
struct plane {
    int h, w;
    double *at;
};

static double filter(int k) {
    static const double weights[] = { 6.0 / 16, 4.0 / 16, 1.0 / 16 };
    return weights[k < 0 ? -k : k];
}

/* The value there; edges are repeated. */
static double value(struct plane p, int i, int j) {
    i = i < 0 ? 0 : i < p.h ? i : p.h - 1;
    j = j < 0 ? 0 : j < p.w ? j : p.w - 1;
    return p.at[i * p.w + j];
}

static void reduce(struct plane from, struct plane to) {
    for (int i = 0; i < to.h; i++)
        for (int j = 0; j < to.w; j++) {
            double sum = 0;
            for (int m = -2; m <= 2; m++)
                for (int n = -2; n <= 2; n++)
                    sum += filter(m) * filter(n) * value(from, 2 * i + m, 2 * j + n);
            to.at[i * to.w + j] = sum;
        }
}

/* The value at (i, j) of `from` at twice its size. */
static double expanded(struct plane from, int i, int j) {
    double sum = 0;
    for (int m = -2; m <= 2; m++)
        for (int n = -2; n <= 2; n++)
            if ((i - m) % 2 == 0 && (j - n) % 2 == 0)
                sum += 4 * filter(m) * filter(n) * value(from, (i - m) / 2, (j - n) / 2);
    return sum;
}

/* The mean of |fine - expanded coarse|. */
static double mean_detail(struct plane fine, struct plane coarse) {
    double sum = 0;
    for (int i = 0; i < fine.h; i++)
        for (int j = 0; j < fine.w; j++)
            sum += fabs(fine.at[i * fine.w + j] - expanded(coarse, i, j));
    return sum / ((double)fine.h * fine.w);
}

static double mean_size(struct plane p) {
    double sum = 0;
    for (int i = 0; i < p.h * p.w; i++) sum += fabs(p.at[i]);
    return sum / ((double)p.h * p.w);
}

/* One channel, whose difference is in `fine`; `spare` has room for half its size. */
static double measure_channel(struct plane fine, double *spare, int levels) {
    double sum = 0;
    for (int level = 0; level < levels; level++) {
        struct plane coarse = { (fine.h + 1) / 2, (fine.w + 1) / 2, spare };
        reduce(fine, coarse);
        sum += mean_detail(fine, coarse);
        spare = fine.at;
        fine = coarse;
    }
    return sum + mean_size(fine);
}

lk_status lk_metric_laplacian(const lk_picture_pair *pair, int levels, double *out, lk_error *err) {
    const int side = pair->height < pair->width ? pair->height : pair->width;
    struct lk_metric_work work;
    double sum = 0;
    if (levels < 1 || levels > 30 || side <= 1 << (levels - 1))
        return lk_fail(err, LK_USAGE,
                       "levels: expected as many as halve sides of at least 2, got %d for pictures "
                       "of %d x %d",
                       levels, pair->width, pair->height);
    lk_status status = lk_metric_work_open(&work, pair, 1, err);
    if (status) return status;
    for (int k = 0; k < work.channels; k++) {
        struct plane plane = { work.height, work.width, work.map[MAP_XX] };
        for (int i = 0; i < work.height * work.width; i++)
            plane.at[i] =
                work.map[MAP_Y][i * work.channels + k] - work.map[MAP_X][i * work.channels + k];
        sum += measure_channel(plane, work.map[MAP_YY], levels);
    }
    *out = sum / work.channels;
    lk_metric_work_deinit(&work);
    return LK_OK;
}
