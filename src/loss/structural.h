/** What the losses with sliding windows share: imagewise losses, colour and the weights of
 * windows. */
#ifndef LIKENESS_LOSS_STRUCTURAL_H
#define LIKENESS_LOSS_STRUCTURAL_H

#include "loss/imagewise.h"
#include "tensor/kernels.h"

#include <likeness/loss.h>

enum { LK_TAPS_MAX = 256 }; /* a window is smaller */

/** Weights of a window along a side, their sum 1; sigma 0: 1.5 size / 11. */
void lk_gaussian_taps(int size, double sigma, lk_real *taps);

/** The option `color` of losses that compare channel by channel; S: their options struct. */
#define LK_OPTION_COLOR(S, text_)                                                                  \
    LK_OPTION_WORD(S, color, text_, LK_WORDS(LK_COLOR_LIST),                                       \
                   "the channels to compare, whose losses are averaged: as they are, luma, or "    \
                   "luma and chroma (BT.601, full range)")
/** Apply the op of a loss to those channels of x and y. */
lk_node *lk_loss_apply(const lk_op *op, lk_node *x, lk_node *y, lk_color color,
                       const void *options);

#endif
