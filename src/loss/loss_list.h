/** Every loss and every regulariser. */
#ifndef LIKENESS_LOSS_LOSS_LIST_H
#define LIKENESS_LOSS_LOSS_LIST_H

#include <likeness/loss.h>

/**
 * Losses that may be a term of a sum; the sum; and custom, those of other programs. Each has a row
 * lk_loss_<name>: mse, l1, charbonnier and huber in pixelwise.c, ssim and lwssim in structural.c,
 * perceptual in net, the others in a file of their name. New rows go to the end: help and lists
 * keep this order.
 */
#define LK_TERM_LIST(X)                                                                            \
    X(mse)                                                                                         \
    X(l1)                                                                                          \
    X(ssim)                                                                                        \
    X(lwssim)                                                                                      \
    X(ms_ssim)                                                                                     \
    X(charbonnier)                                                                                 \
    X(huber)                                                                                       \
    X(gradient)                                                                                    \
    X(laplacian)                                                                                   \
    X(focal_frequency)                                                                             \
    X(gmsd)                                                                                        \
    X(perceptual)
#define LK_LOSS_LIST(X)                                                                            \
    LK_TERM_LIST(X)                                                                                \
    X(sum)                                                                                         \
    X(custom)

#define LK_LOSS_EXTERN(name) extern const lk_loss lk_loss_##name;
LK_LOSS_LIST(LK_LOSS_EXTERN)
#undef LK_LOSS_EXTERN

/** Every term, as choices. Ends in NULL. */
extern const lk_choice *const lk_loss_terms[];

/**
 * Regularizers that may be a term of a sum, and all of them. Each has a row lk_regularizer_<name>:
 * none and sum in regularizers.c, l1 and l2 in norms.c, the others in a file of their name.
 */
#define LK_REGULARIZER_TERM_LIST(X)                                                                \
    X(kl)                                                                                          \
    X(mmd)                                                                                         \
    X(tc)                                                                                          \
    X(l1)                                                                                          \
    X(l2)
#define LK_REGULARIZER_LIST(X)                                                                     \
    X(none)                                                                                        \
    LK_REGULARIZER_TERM_LIST(X)                                                                    \
    X(sum)

#define LK_REGULARIZER_EXTERN(name) extern const lk_regularizer lk_regularizer_##name;
LK_REGULARIZER_LIST(LK_REGULARIZER_EXTERN)
#undef LK_REGULARIZER_EXTERN

#endif
