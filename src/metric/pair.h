/* One pair of pictures prepared for all metrics, with the scratch memory of one thread. Internal to the metric layer. */
#ifndef METRIC_PAIR_H
#define METRIC_PAIR_H

#include <likeness/metric.h>

/* What window statistics are made of. All are shifted by 1/2 first: variances keep their value and lose less to rounding. */
enum { MAP_X, MAP_Y, MAP_XX, MAP_YY, MAP_XY, N_MAPS };

#define METRIC_C1 1e-4
#define METRIC_C2 9e-4

struct lk_pair {
    int height, width, channels;
    size_t row;                              /* values in a row: width * channels */
    size_t n_values;                         /* height * width * channels */
    double *map[N_MAPS];                     /* (H, W, C): x - 1/2, y - 1/2 of the clipped pictures and their products */
    double *lab[2];                          /* (H, W, 3) CIELAB of both; NULL when grey */
    double *columns[N_MAPS], *means[N_MAPS]; /* (W, C): window sums down, window means */
    double *luma;                            /* (H, W) */
    double *block;                           /* owns all of the above */
};

/* errors  LK_MEMORY */
lk_status lk_pair_init(struct lk_pair *pair, int height, int width, int channels, lk_error *err);
void lk_pair_deinit(struct lk_pair *pair);
/* x, y: (H, W, C) */
void lk_pair_set(struct lk_pair *pair, const lk_real *x, const lk_real *y);

#define DECLARE(name, key, words) lk_score lk_measure_##key(const struct lk_pair *pair);
LK_METRIC_LIST(DECLARE)
#undef DECLARE

#endif
