/**
 * Losses that are a mean over images, each image computed by itself. In training the forward pass
 * computes the gradient of each image too, while its rows are in cache; the backward pass only
 * scales it. Internal to the loss layer.
 */
#ifndef LIKENESS_LOSS_IMAGEWISE_H
#define LIKENESS_LOSS_IMAGEWISE_H

#include <likeness/graph.h>

/** Errors: LK_USAGE unless both inputs have one shape, their first dimension is the batch and the
 * originals have no gradient. */
lk_status lk_loss_check(const lk_node *loss, lk_error *err);
/** Sets shape and state_bytes. Errors: those of lk_loss_check; LK_USAGE unless the inputs are
 * images, (N, C, H, W). */
lk_status lk_imagewise_infer(lk_node *loss, lk_error *err);
/** Returns one image's loss and adds its gradient by the image's y to `gradient`, which holds zeros
 * (NULL: no gradient is needed). */
typedef double lk_imagewise(lk_node *loss, const lk_real *x, const lk_real *y, void *scratch,
                            lk_real *gradient);
void lk_imagewise_forward(lk_node *loss, lk_imagewise *image);
void lk_imagewise_backward(lk_node *loss);

/** Bytes of a block of scratch memory, rounded up so that the next one is aligned. */
size_t lk_scratch_bytes(size_t n_bytes);
/** The next block of that many bytes; moves `at` to the byte after it. */
void *lk_scratch_take(char **at, size_t n_bytes);

#endif
