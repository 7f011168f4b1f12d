/** What the losses with sliding windows share: imagewise losses and the weights of windows. */
#ifndef LIKENESS_LOSS_STRUCTURAL_H
#define LIKENESS_LOSS_STRUCTURAL_H

#include "loss/imagewise.h"
#include "tensor/kernels.h"

enum { LK_TAPS_MAX = 256 }; /* a window is smaller */

/** Weights of a window along a side, their sum 1; sigma 0: 1.5 size / 11. */
void lk_gaussian_taps(int size, double sigma, lk_real *taps);

#endif
