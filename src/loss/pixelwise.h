/** What losses share that compare pixel by pixel: a sum of errors for each image, then the mean
 * over the batch. */
#ifndef LIKENESS_LOSS_PIXELWISE_H
#define LIKENESS_LOSS_PIXELWISE_H

#include <likeness/graph.h>

/** The two kernels of such a loss: the sum of errors, and its gradient by y times a scale. */
struct lk_pixelwise {
    void (*sum)(size_t n, const lk_real *x, const lk_real *y, double *sum);
    void (*backward)(size_t n, const lk_real *x, const lk_real *y, lk_real scale, bool add,
                     lk_real *dy);
};

lk_status lk_pixelwise_infer(lk_node *loss, lk_error *err);
void lk_pixelwise_forward(lk_node *loss, struct lk_pixelwise kernels);
void lk_pixelwise_backward(lk_node *loss, struct lk_pixelwise kernels);
/** For the rows' `samples`: a batch of three, of odd size. */
extern const lk_sample lk_pixelwise_samples[];

#endif
