/** What batch_norm and batch_norm_relu share: all but the name under which they are shown. */
#ifndef LIKENESS_GRAPH_OPS_BATCH_NORM_H
#define LIKENESS_GRAPH_OPS_BATCH_NORM_H

#include <likeness/ops.h>

lk_status lk_batch_norm_infer(lk_node *y, lk_error *err);
void lk_batch_norm_forward(lk_node *y);
void lk_batch_norm_backward(lk_node *y);

/** A row. The gradient may take the place of the node's own: it is read once for the sums, then
 * value by value. */
#define LK_BATCH_NORM(name_, summary_, samples_)                                                   \
    {                                                                                              \
        .name = name_, .summary = summary_, .arity = 5,                                            \
        .options_size = sizeof(lk_batch_norm_options), .in_place = true, .needs_input = { true },  \
        .infer = lk_batch_norm_infer, .forward = lk_batch_norm_forward,                            \
        .backward = lk_batch_norm_backward, .samples = samples_                                    \
    }

#endif
