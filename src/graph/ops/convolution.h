/** What conv2d and conv_transpose2d share: checks, geometry and the bias' gradient. */
#ifndef LIKENESS_GRAPH_OPS_CONVOLUTION_H
#define LIKENESS_GRAPH_OPS_CONVOLUTION_H

#include <likeness/graph.h>

/** x of rank 4, a square kernel, x's channels equal dimension `in_dim` of w, b as long as the other, stride and padding in range. */
lk_status lk_convolution_check(const lk_node *y, int in_dim, lk_error *err);
/** Bytes of state for the bias' gradient: a row of doubles a shard. 0 without a bias. */
size_t lk_bias_bytes(const lk_node *y);
/** The gradient of input 2, (C): the sums of the node's gradient over rows, that is samples and places, by the tree of shards. */
void lk_bias_backward(lk_node *y);

#endif
