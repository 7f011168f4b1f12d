/**
 * metric: how similar pictures and their reconstructions are, as reports state it. Everything is
 * computed in double by its own code. It shares nothing with the losses, so neither can hide an
 * error of the other.
 *
 * Pictures have the shape (H, W, C), channels last, C = 1 or 3. Values are clipped to [0, 1]; a NaN
 * stays a NaN. The first picture of a pair is the original, the second the reconstruction; only the
 * two ratios and Delta E depend on that order.
 */
#ifndef LIKENESS_METRIC_H
#define LIKENESS_METRIC_H

#include <likeness/context.h>
#include <likeness/options.h>
#include <likeness/tensor.h>
#include <likeness/text.h>

LK_HEADER_BEGIN

struct cJSON;

/** Where else a metric is shown: eval, compare, JSON and the csv of a table show all of them; and
 * whether it is undefined for grey pictures. */
enum {
    LK_METRIC_IN_TABLE = 1, /* the tables for people, md and tex */
    LK_METRIC_IN_CSV = 2,   /* metrics.csv of a run */
    LK_METRIC_OF_COLOUR = 4
};

/** Which of two values of a metric is better: the higher, the lower, the one nearer to 1, or
 * neither. */
typedef enum lk_metric_better {
    LK_METRIC_HIGHER,
    LK_METRIC_LOWER,
    LK_METRIC_ONE,
    LK_METRIC_NEITHER
} lk_metric_better;

/**
 * Every metric of pairs of pictures: name, key in JSON and csv, title of its column, digits after
 * the point, which value is better, where it is shown, what it is. A new row needs a kernel
 * lk_measure_<key>.
 *
 * The order is that of columns everywhere. New rows go to the end, and rows are never moved or
 * removed: the columns of test_scores.npy have no names, column i is row i. A file with fewer
 * columns was written before the last rows were added; these metrics are absent from it, as a key
 * may be absent from a stored result. An absent value reads as NaN: null in JSON, "–" in tables.
 *
 * ssim             Wang, Bovik, Sheikh, Simoncelli 2004: 11 x 11 Gaussian of sigma 1.5, valid
 *                  positions, population statistics, C1 = 1e-4, C2 = 9e-4, mean over positions and
 *                  channels. Equal to scikit-image with gaussian_weights=True, sigma=1.5,
 *                  use_sample_covariance=False, data_range=1
 * lwssim           Lu 2019, eq. (5) and (6): mean of l + c s over uniform windows of 3, 5, 7, 11,
 *                  weights 1, exponents 1
 * psnr             -10 log10(mse) in dB for each image; undefined and left out for identical
 *                  pictures
 * chroma_ratio     CIELAB chroma of the reconstructions over that of the originals, a ratio of
 *                  sums; undefined for grey pictures
 * delta_e          CIE76, mean over pixels; undefined for grey pictures
 * sharpness_ratio  gradient magnitude of the reconstructions over that of the originals, a ratio of
 *                  sums: forward differences of luma (0.299 R + 0.587 G + 0.114 B of the stored
 *                  values), mean over (H-1) x (W-1)
 * ms_ssim          lk_metric_ms_ssim with the window and constants of ssim and as many of its five
 *                  scales as fit: pictures of 64 pixels have three
 */
#define LK_METRIC_LIST(X)                                                                          \
    X(SSIM, ssim, "SSIM", 4, LK_METRIC_HIGHER, LK_METRIC_IN_TABLE | LK_METRIC_IN_CSV,              \
      "structural similarity, 11 x 11 Gaussian of sigma 1.5")                                      \
    X(MSE, mse, "MSE", 5, LK_METRIC_LOWER, LK_METRIC_IN_TABLE | LK_METRIC_IN_CSV,                  \
      "mean squared error on [0, 1]")                                                              \
    X(PSNR, psnr, "PSNR", 2, LK_METRIC_HIGHER, LK_METRIC_IN_CSV,                                   \
      "peak signal-to-noise ratio in dB, identical pictures left out")                             \
    X(LWSSIM, lwssim, "LWSSIM", 4, LK_METRIC_HIGHER, LK_METRIC_IN_CSV,                             \
      "level weighted structural similarity, uniform windows 3, 5, 7, 11; at best 2")              \
    X(CHROMA_RATIO, chroma_ratio, "chroma ratio", 3, LK_METRIC_ONE,                                \
      LK_METRIC_IN_TABLE | LK_METRIC_OF_COLOUR,                                                    \
      "CIELAB chroma of the reconstructions over the originals'")                                  \
    X(DELTA_E, delta_e, "Delta E", 2, LK_METRIC_LOWER, LK_METRIC_IN_TABLE | LK_METRIC_OF_COLOUR,   \
      "mean colour difference, CIE76")                                                             \
    X(SHARPNESS_RATIO, sharpness_ratio, "sharpness ratio", 3, LK_METRIC_ONE, LK_METRIC_IN_TABLE,   \
      "mean gradient magnitude of the reconstructions over the originals'")                        \
    X(MS_SSIM, ms_ssim, "MS-SSIM", 4, LK_METRIC_HIGHER, 0,                                         \
      "structural similarity at several sizes, each half the one before, at most 5")

/**
 * Metrics in the features of a network that is not trained, where one is given: the same columns,
 * but they are figures of all pictures together. They have no kernel, and no column in
 * test_scores.npy. Only `eval` and test.json have them; elsewhere they are absent.
 *
 * frechet  Frechet distance between Gaussians fitted to the features of the originals and of the
 *          reconstructions (Heusel et al. 2017); see evaluate/frechet.h
 * lpips    LPIPS (Zhang et al. 2018, eq. (1)), mean over pictures; only with linear weights
 * sample_frechet  frechet, but of pictures that the decoder makes of as many codes of the prior, as
 *          the command sample does with seed 1. With the regularizer l2 (RAE), which has no prior,
 *          the codes are from a Gaussian fitted to those of the training pictures; other models
 *          without a prior lack it
 */
#define LK_FEATURE_METRIC_LIST(X)                                                                  \
    X(FRECHET, frechet, "Fréchet", 4, LK_METRIC_LOWER, 0,                                          \
      "Fréchet distance between the features of originals and of reconstructions")                 \
    X(LPIPS, lpips, "LPIPS", 4, LK_METRIC_LOWER, 0,                                                \
      "learned perceptual image patch similarity: a weighted distance of features")                \
    X(SAMPLE_FRECHET, sample_frechet, "samples' Fréchet", 4, LK_METRIC_LOWER, 0,                   \
      "Fréchet distance between the features of originals and of as many samples")

/**
 * Statistics of the codes, lk_codes_summary of evaluate.h, as columns of a table, which shows them
 * only where it is asked to. In test.json they are members of "codes".
 */
#define LK_CODE_METRIC_LIST(X)                                                                     \
    X(ACTIVE, active, "active latents", 0, LK_METRIC_HIGHER, 0,                                    \
      "latents whose mean code has a variance over pictures above 0.01")                           \
    X(KL, kl, "KL, nats", 1, LK_METRIC_NEITHER, 0,                                                 \
      "divergence of the codes' posteriors from N(0, I)")                                          \
    X(MMD, mmd, "MMD²", 4, LK_METRIC_LOWER, 0,                                                     \
      "unbiased MMD² between the codes and samples of the prior")

#define LK_METRIC_ENUM(name, ...) LK_METRIC_##name,
typedef enum lk_metric {
    LK_METRIC_LIST(LK_METRIC_ENUM) /* of pairs */
    LK_N_METRICS,
    LK_METRIC_LAST_OF_PAIRS = LK_N_METRICS - 1,
    LK_FEATURE_METRIC_LIST(LK_METRIC_ENUM) /* of features */
    LK_N_PICTURE_METRICS,
    LK_METRIC_LAST_OF_PICTURES = LK_N_PICTURE_METRICS - 1,
    LK_CODE_METRIC_LIST(LK_METRIC_ENUM) /* of codes */
    LK_N_ALL_METRICS
} lk_metric;
#undef LK_METRIC_ENUM

enum { LK_METRIC_MIN_SIDE = 11 }; /* the largest window */

/** A row of LK_METRIC_LIST, LK_FEATURE_METRIC_LIST or LK_CODE_METRIC_LIST. */
typedef struct lk_metric_row {
    const char *key, *title;
    int digits;
    lk_metric_better better;
    unsigned shown; /* LK_METRIC_IN_... */
    const char *words;
} lk_metric_row;
const lk_metric_row *lk_metric_describe(lk_metric metric);
const char *lk_metric_key(lk_metric metric);
/** Different metrics, in any order. */
typedef struct lk_metric_list {
    int n;
    lk_metric v[LK_N_ALL_METRICS];
} lk_metric_list;
/** The metrics whose keys `text` names, "ssim,ms_ssim"; "" gives none.
 * errors  LK_USAGE: "unknown metric ..., did you mean ...?", a metric that is named twice */
lk_status lk_metric_list_read(const char *text, lk_metric_list *list, lk_error *err);
/** Whether `a` is a better value than `b`. NaN is worse than any number. */
bool lk_metric_is_better(lk_metric metric, double a, double b);
/** "higher", "lower", "nearer to 1" or "neither". */
const char *lk_metric_better_word(lk_metric metric);

/** Append "0.531 ± 0.031", the value alone if the error is NaN, "–" if the value is NaN.
 * `with_sign`: "+" before a value that is not negative. */
void lk_metric_text(lk_text *out, double value, double error, int digits, bool with_sign);

/**
 * One metric of one pair of pictures. Over many pairs the metric is sum(value) / sum(weight). The
 * weight is 1 for a metric that is a mean over images, and the original's amount for a ratio. Value
 * and weight are both 0 if the metric is undefined.
 */
typedef struct lk_score {
    double value, weight;
} lk_score;

/** The metrics over all pairs so far; NaN if undefined, as those of features are at first. */
typedef struct lk_metrics_summary {
    size_t n, n_identical; /* pairs, and those with mse 0, which have no psnr */
    double value[LK_N_ALL_METRICS];
    /* Standard error over images, if at least two pairs are defined: sd / sqrt(n), with n - 1 in
       the sd. For a ratio r the same of the residuals value - r weight (linearisation; Cochran,
       "Sampling Techniques", 1977, eq. 6.13). */
    double se[LK_N_ALL_METRICS];
} lk_metrics_summary;

/** Collects the scores of pairs. Results have the same bits with any number of threads. */
typedef struct lk_metrics lk_metrics;

/**
 * memory  `context` is borrowed until lk_metrics_destroy(); the caller destroys the result
 * errors  LK_USAGE (a side below LK_METRIC_MIN_SIDE, channels other than 1 and 3), LK_MEMORY
 */
lk_status lk_metrics_create(const lk_context *context, int height, int width, int channels,
                            lk_metrics **metrics, lk_error *err);
void lk_metrics_destroy(lk_metrics *metrics);

/**
 * Measure n pairs and keep their scores.
 *
 * shape   originals, reconstructions (n, H, W, C)
 * errors  LK_MEMORY; then nothing was added
 */
lk_status lk_metrics_add(lk_metrics *metrics, const lk_real *originals,
                         const lk_real *reconstructions, int n, lk_error *err);
/** Of n_all pairs, those from `first` on, at most n. */
typedef struct lk_metrics_part {
    int n_all, first, n;
} lk_metrics_part;
/** The same with the pairs of all processes of a comm. Each measures its part, and all get all
 * scores. Errors: also those of comm.h. */
lk_status lk_metrics_add_part(lk_metrics *metrics, lk_comm *comm, lk_metrics_part part,
                              const lk_real *originals, const lk_real *reconstructions,
                              lk_error *err);

/** The score of pair `index`, in the order in which pairs were added. Paired differences between
 * two runs need it. */
lk_score lk_metrics_score(const lk_metrics *metrics, lk_metric metric, size_t index);
/**
 * Choose k of the n pairs measured, 1 <= k <= n, by the quantiles of a metric: chosen[0] is the
 * median (or where k is more than half of n, the k-th worst), chosen[k - 1] the worst, the others
 * are evenly spaced ranks between them. Errors: LK_MEMORY.
 */
lk_status lk_metrics_typical_to_worst(const lk_metrics *metrics, lk_metric metric, int n, int k,
                                      int *chosen, lk_error *err);
void lk_metrics_summarise(const lk_metrics *metrics, lk_metrics_summary *summary);

/** The scores of two runs on the same pictures. Shape of a, b: (n, LK_N_METRICS) */
typedef struct lk_compared_runs {
    const lk_score *a, *b;
} lk_compared_runs;

typedef struct lk_difference {
    double value, se; /* NaN if undefined */
} lk_difference;

/**
 * How much higher a metric is for a than for b: the mean over n_pairs pairs of runs (1 to
 * LK_LIST_MAX), with its standard error over the n pictures, which all runs share. The error is
 * that of paired differences, so it is far smaller than the errors of the two runs.
 *
 * formula  value = mean over pairs of r_a - r_b, r = V/W the sums of values and weights; se =
 *          sqrt(m/(m-1) sum over pictures of d^2), d = mean over pairs of (v_a - r_a w_a)/W_a -
 *          (v_b - r_b w_b)/W_b, m the number of pictures with a defined score (linearisation, as in
 *          lk_metrics_summary)
 */
lk_difference lk_metrics_difference(const lk_compared_runs *pairs, int n_pairs, size_t n,
                                    lk_metric metric);

/**
 * How much better a is than b in a metric, with its standard error: the difference, with the sign
 * turned where lower values are better; for a metric that is best at 1 it is |b - 1| - |a - 1|.
 */
lk_difference lk_metrics_advantage(const lk_compared_runs *pairs, int n_pairs, size_t n,
                                   lk_metric metric);

/** {"n", "n_identical", and "<key>", "<key>_se" of every metric}, null if undefined; metrics of
 * features only where they are defined. The caller deletes it. Errors: LK_MEMORY. */
lk_status lk_metrics_json(const lk_metrics_summary *summary, struct cJSON **json, lk_error *err);

/** The metrics of a single pair. Errors: as lk_metrics_create. */
lk_status lk_metrics_of_pair(const lk_real *original, const lk_real *reconstruction, int height,
                             int width, int channels, lk_metrics_summary *summary, lk_error *err);

/* ---- losses in their literal form ------------------------------------------------------------ */

/* The losses as their papers define them. Training uses forms that stay differentiable. */

/** Two pictures of the shape (H, W, C). Borrowed. */
typedef struct lk_picture_pair {
    const lk_real *original, *reconstruction;
    int height, width, channels;
} lk_picture_pair;

/** Every symbol of Lu 2019, eq. (1) to (6). */
typedef struct lk_structural_form {
    lk_numbers windows; /* xi_i: odd, from 3 to the shorter side */
    /* lambda_i >= 0, at least one > 0; as many as windows, or one for all */
    lk_numbers weights;
    double alpha, beta, gamma; /* > 0; a negative l or s keeps its sign: sign(s) |s|^gamma */
    double K1, K2;             /* C1 = K1^2, C2 = K2^2, C3 = C2 / 2 */
    bool gaussian;             /* Gaussian weights within a window; else 1/xi^2 for each pixel */
    double sigma;              /* of Gaussian windows; 0: 1.5 xi / 11 */
    bool sum;                  /* eq. (5), l^alpha + c^beta s^gamma; else eq. (4), the product */
    lk_color color;            /* the channels; luma and chroma by BT.601, full range */
} lk_structural_form;

/** Each is 1/I sum_i lambda_i mean_i, with the mean over all positions of window i and all
 * channels. */
typedef struct lk_structural_value {
    double l, c, s;    /* l^alpha, c^beta, s^gamma */
    double similarity; /* eq. (4) or (5) */
    double loss;       /* 1 - eq. (4) or 2 - eq. (5): 0 for two equal pictures */
} lk_structural_value;

/** Errors: LK_USAGE "windows[1]: expected ..., got 65", LK_MEMORY. */
lk_status lk_metric_structural(const lk_picture_pair *pair, const lk_structural_form *form,
                               lk_structural_value *out, lk_error *err);

/** MS-SSIM of Wang, Simoncelli, Bovik 2003, with their exponents. */
typedef struct lk_ms_ssim_form {
    int scales;      /* 1 to 5; the exponents of fewer than five are scaled to add up to 1 */
    int window_size; /* odd, >= 3, and not larger than the last scale */
    bool gaussian;
    double sigma, K1, K2; /* these and color: as in lk_structural_form */
    lk_color color;
} lk_ms_ssim_form;

/**
 * MS-SSIM, at best 1: the product over scales of (c s)^exponent, at the last scale (l c
 * s)^exponent. Each scale is the 2 x 2 means of the one before, with stride 2. Each factor is a
 * mean over positions of one channel, with 0 for a negative mean; the result is the mean over
 * channels.
 * errors  LK_USAGE, LK_MEMORY
 */
lk_status lk_metric_ms_ssim(const lk_picture_pair *pair, const lk_ms_ssim_form *form, double *out,
                            lk_error *err);

/** Mean squared and mean absolute error over all values. */
double lk_metric_mse(const lk_picture_pair *pair);
double lk_metric_l1(const lk_picture_pair *pair);
/** The means over all values of sqrt(d^2 + eps^2) - eps, and of Huber's function: d^2 / 2 up to
 * delta, then delta (|d| - delta / 2). */
double lk_metric_charbonnier(const lk_picture_pair *pair, double eps);
double lk_metric_huber(const lk_picture_pair *pair, double delta);
/** Mean absolute differences between horizontal neighbours of y - x, plus those between vertical
 * ones. Errors: LK_USAGE for pictures smaller than 2 x 2. */
lk_status lk_metric_gradient(const lk_picture_pair *pair, double *out, lk_error *err);

/**
 * Lap1 of Bojanowski et al. 2018 over the number of values: the sum over levels of a Laplacian
 * pyramid (Burt, Adelson 1983: 1 4 6 4 1 over 16, edges repeated) of the mean absolute error, with
 * what remains after the last level.
 * errors  LK_USAGE unless each level halves sides of at least 2; LK_MEMORY
 */
lk_status lk_metric_laplacian(const lk_picture_pair *pair, int levels, double *out, lk_error *err);
/** Jiang et al. 2021: the mean over frequencies of |F|^2 times |F|^alpha over its largest value in
 * the channel; F: the orthonormal DFT of y - x. Errors: LK_MEMORY */
lk_status lk_metric_focal_frequency(const lk_picture_pair *pair, double alpha, double *out,
                                    lk_error *err);
/**
 * Xue et al. 2014: the standard deviation (1/N) over valid positions of the similarity of Prewitt
 * gradient magnitudes of the halved pictures, mean over channels; c: their constant.
 * errors  LK_USAGE (a side below 6, the chroma of grey pictures), LK_MEMORY
 */
lk_status lk_metric_gmsd(const lk_picture_pair *pair, double c, lk_color color, double *out,
                         lk_error *err);

LK_HEADER_END

#endif
