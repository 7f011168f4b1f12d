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

/** Mean squared error over all values. Mean absolute error over all values; its gradient at 0 is 0. */
lk_node *lk_mse(lk_node *x, lk_node *y);
lk_node *lk_l1(lk_node *x, lk_node *y);

#endif
