/* What one thread needs to measure one pair of pictures: the pair prepared for all metrics, and
   scratch memory. Internal to the metric layer. */
#ifndef LIKENESS_METRIC_WORK_H
#define LIKENESS_METRIC_WORK_H

#include <likeness/metric.h>

/* What window statistics are computed from. All values are shifted by 1/2 first: variances stay
   the same and lose less to rounding. */
enum { MAP_X, MAP_Y, MAP_XX, MAP_YY, MAP_XY, N_MAPS };

struct lk_metric_work {
    int height, width, channels; /* set by the caller, before lk_metric_work_init */
    bool with_lab;               /* also set by the caller; grey pictures have no Lab */
    int n_scales;                /* also: how often, less 1, the pictures are halved; 0 is as 1 */
    const struct lk_metric_kernels *kernels; /* of this machine */
    size_t row;                              /* values in a row: width * channels */
    size_t n_values;                         /* height * width * channels */
    /* (H, W, C): x - 1/2, y - 1/2 of the clipped pictures and their products */
    double *map[N_MAPS];
    double *lab[2];                          /* (3, H, W) CIELAB of both, or NULL */
    double *columns[N_MAPS], *means[N_MAPS]; /* (W, C): window sums down, window means */
    double *terms[3];                        /* (W, C): l, c, s of a row of positions */
    /* a window's weights along one side; room for (W, C), the window's size is used */
    double *taps;
    double *luma;                /* (H, W) */
    double *block;               /* owns all of the above */
    struct lk_metric_work *half; /* the next scale, owned; NULL: none */
};

/* errors  LK_MEMORY, LK_USAGE (LIKENESS_ISA) */
lk_status lk_metric_work_init(struct lk_metric_work *work, lk_error *err);
void lk_metric_work_deinit(struct lk_metric_work *work);
/* Initialise n_scales scales without Lab and set the pictures of the first. Errors: LK_USAGE,
   LK_MEMORY */
lk_status lk_metric_work_open(struct lk_metric_work *work, const lk_picture_pair *pictures,
                              int n_scales, lk_error *err);
/* Replace the channels of pictures that are set by those that `color` names. Errors: LK_USAGE for
   the chroma of grey pictures */
lk_status lk_metric_work_recolor(struct lk_metric_work *work, lk_color color, lk_error *err);
/* Set the pictures of the next scale, work->half, which it returns: means of 2 x 2 values. An odd
   last row or column is left out. */
struct lk_metric_work *lk_metric_work_halve(const struct lk_metric_work *work);

/* ---- windows ---- */

struct lk_metric_window {
    size_t size; /* xi, at most min(H, W) */
    bool gaussian;
    double sigma; /* of a Gaussian; 0: 1.5 xi / 11 */
};

/* Called with the window means of the maps at one row of positions: n values each, channels
   interleaved. */
typedef void lk_window_user(void *self, double *const means[N_MAPS], size_t n);

/* ---- kernels, compiled once for every instruction set: kernels/ ---- */

struct lk_metric_kernels {
    const char *isa;
    /* Compute all maps, and Lab if there is room for it. x, y: (H, W, C) */
    void (*set)(struct lk_metric_work *work, const lk_real *x, const lk_real *y);
    /* Compute the maps of products from those of the pictures. */
    void (*set_products)(struct lk_metric_work *work);
    /* Slide a window over all valid positions, row by row. Returns the number of
       positions times channels. */
    size_t (*slide)(const struct lk_metric_work *work, const struct lk_metric_window *window,
                    lk_window_user *use, void *self);
    /* The value of a form that fits the pictures. */
    lk_structural_value (*structural)(const struct lk_metric_work *work,
                                      const lk_structural_form *form);
    /* MS-SSIM by a form whose scales are there. */
    double (*ms_ssim)(const struct lk_metric_work *work, const lk_ms_ssim_form *form);
    lk_score (*measure[LK_N_METRICS])(const struct lk_metric_work *work);
};

#endif
