/* The two passes of resizing, which are compiled once for every instruction set: kernels/. */
#ifndef LIKENESS_IMAGE_RESAMPLE_H
#define LIKENESS_IMAGE_RESAMPLE_H

#include <likeness/image.h>

/* The rows of pixels that are resized at the same time. */
enum { LK_BAND = 64 };

/* The bits of a weight behind the point: a pixel takes 8 more, negative lobes 2. */
enum { LK_TAPS_PRECISION = 32 - 8 - 2 };

/* How n_out values are made of n_in. For each output: its first input, the number of inputs, and
   their weights (n_most for each output). */
struct lk_taps {
    int n_in, n_out, n_most, *first, *n;
    int32_t *weights;
};

struct lk_resample_kernels {
    /* Resize each row to the width of `out`, whose height is that of `in`. Scratch memory: room for
       LK_BAND rows of both, zeroed. */
    void (*rows)(const lk_image *in, const struct lk_taps *taps, uint8_t *scratch, lk_image *out);
    /* Resize each column to the height of `out`, whose width is that of `in`. */
    void (*columns)(const lk_image *in, const struct lk_taps *taps, lk_image *out);
};

#endif
