/**
 * loss: reconstruction losses and regularisers, each a file and a row. They are graph nodes with gradients; the figures
 * that reports show come from metric.h, on a code path of their own.
 */
#ifndef LIKENESS_LOSS_H
#define LIKENESS_LOSS_H

#include <likeness/graph.h>

/** A reconstruction loss: its choice (name, options) and how to build it. */
typedef struct lk_loss {
    lk_choice choice;
    /**
     * shape   x the originals, y the reconstructions, both (N, C, H, W), values in [0, 1]  ->  a single number, 0 where y = x
     * grad    to y only
     * errors  what the options and the shape make impossible, by lk_refuse
     */
    lk_node *(*build)(lk_node *x, lk_node *y, const void *options);
    const lk_op *const *ops; /* the ops it is made of that are its own; ends in NULL; may be NULL */
} lk_loss;

/** Every loss, as choices; each is an lk_loss. Ends in NULL. */
extern const lk_choice *const lk_losses[];

/** How a window weighs its pixels: 1/xi^2 each, or a separable Gaussian. Weights sum to 1. */
typedef enum lk_window { LK_WINDOW_UNIFORM, LK_WINDOW_GAUSSIAN } lk_window;
#define LK_WINDOW_WORDS "uniform|gaussian"

/** Options of ssim and lwssim: every symbol of the paper (Lu 2019, eq. (1) to (6)). */
typedef struct lk_structural_options {
    lk_numbers windows; /* xi_i: odd, from 3 to the image's side */
    lk_numbers weights; /* lambda_i, as many as windows; a single one stands for all */
    double alpha, beta, gamma;
    int window;    /* lk_window */
    double sigma;  /* of Gaussian windows; 0: 1.5 xi / 11 */
    double K1, K2; /* C1 = K1^2, C2 = K2^2, as pixels are in [0, 1] */
} lk_structural_options;

/** Options of ms_ssim (Wang, Simoncelli, Bovik 2003). */
typedef struct lk_ms_ssim_options {
    int64_t scales;      /* 1 to 5 */
    int64_t window_size; /* odd, >= 3 */
    int window;          /* lk_window */
    double sigma, K1, K2;
} lk_ms_ssim_options;

/** A weighted sum of losses. */
enum { LK_SUM_TERMS_MAX = 8 };
typedef struct lk_sum_options {
    const struct cJSON *terms; /* as written: [{"type": ..., "scale": ...}, ...] */
    int n;
    struct lk_sum_term {
        lk_chosen loss; /* one of lk_losses, but not sum */
        double scale;
    } term[LK_SUM_TERMS_MAX];
} lk_sum_options;

/** Mean squared error over all values. Mean absolute error over all values; its gradient at 0 is 0. */
lk_node *lk_mse(lk_node *x, lk_node *y);
lk_node *lk_l1(lk_node *x, lk_node *y);

#endif
