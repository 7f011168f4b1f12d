/** What ssim and lwssim share: their options, and windows whose losses and gradients are added up
 * image by image. */
#ifndef LIKENESS_LOSS_STRUCTURAL_H
#define LIKENESS_LOSS_STRUCTURAL_H

#include "imagewise.h"
#include "tensor/kernels.h"

#include <likeness/loss.h>

/** The option table, with the loss's own default windows and kind of window, as text. */
#define LK_STRUCTURAL_OPTIONS(windows_, window_)                                                   \
    LK_OPTION_INTEGERS(lk_structural_options, windows, windows_, 3, LK_TAPS_MAX - 1,               \
                       "xi: sides of the windows in pixels, odd"),                                 \
        LK_OPTION_NUMBERS(lk_structural_options, weights, "[1]", 0, 1e6,                           \
                          "lambda: a weight for each window; a single one is for all"),            \
        LK_OPTION_NUMBER(lk_structural_options, alpha, 1, 0.01, 16, "exponent of luminance"),      \
        LK_OPTION_NUMBER(lk_structural_options, beta, 1, 0.01, 16, "exponent of contrast"),        \
        LK_OPTION_NUMBER(lk_structural_options, gamma, 1, 0.01, 16, "exponent of structure"),      \
        LK_OPTION_WORD(lk_structural_options, window, window_, LK_WINDOW_WORDS,                    \
                       "how a window weighs its pixels"),                                          \
        LK_OPTION_NUMBER(lk_structural_options, sigma, 0, 0, 1e3,                                  \
                         "of Gaussian windows, in pixels; 0: 1.5 xi / 11"),                        \
        LK_OPTION_NUMBER(lk_structural_options, K1, 0.01, 1e-3, 1,                                 \
                         "steadies luminance: C1 = K1^2"),                                         \
        LK_OPTION_NUMBER(lk_structural_options, K2, 0.03, 1e-3, 1,                                 \
                         "steadies contrast and structure: C2 = K2^2"),                            \
    {                                                                                              \
        0                                                                                          \
    }

/** The check of such options: windows odd, weights as many as windows and not all 0. */
lk_status lk_structural_check(void *options, const lk_json *json, const struct cJSON *object,
                              const char *path, lk_arena *arena, lk_error *err);

lk_status lk_structural_infer(lk_node *loss, lk_error *err);
/** An lk_imagewise: 1/I times the sum of lambda_i times the mean loss under window i. */
double lk_structural_image(lk_node *loss, lk_similarity kind, const lk_real *x, const lk_real *y,
                           void *scratch, lk_real *gradient);
/** For the rows' `samples`. */
extern const lk_sample lk_structural_samples[];

enum { LK_TAPS_MAX = 256 }; /* a window is smaller */
/** Weights of a window along a side, their sum 1; sigma 0: 1.5 size / 11. */
void lk_gaussian_taps(int size, double sigma, lk_real *taps);

#endif
