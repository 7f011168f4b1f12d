/**
 * Losses that are a mean over images of what a kernel computes of one image. In training the
 * forward pass computes the gradient of each image too, while its rows are at hand, and the
 * backward pass only scales it. Internal to the loss layer.
 */
#ifndef LIKENESS_LOSS_IMAGEWISE_H
#define LIKENESS_LOSS_IMAGEWISE_H

#include <likeness/graph.h>

/** Sets shape and state_bytes. Errors: as lk_loss_check_images. */
lk_status lk_imagewise_infer(lk_node *loss, lk_error *err);
/** Computes one image's loss; fills `gradient` (zeros before; NULL: not wanted), that of this loss
 * by the image's y. */
typedef double lk_imagewise(lk_node *loss, const lk_real *x, const lk_real *y, void *scratch,
                            lk_real *gradient);
void lk_imagewise_forward(lk_node *loss, lk_imagewise *image);
void lk_imagewise_backward(lk_node *loss);

/** Bytes of a block of scratch memory, rounded up so that the next one is aligned. */
size_t lk_scratch_bytes(size_t n_bytes);
/** The next block of that many bytes; moves `at` behind it. */
void *lk_scratch_take(char **at, size_t n_bytes);

#endif
