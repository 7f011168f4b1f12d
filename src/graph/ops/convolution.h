/** What conv2d, conv_transpose2d and linear share: checks, memory, the passes and the bias'
 * gradient. */
#ifndef LIKENESS_GRAPH_OPS_CONVOLUTION_H
#define LIKENESS_GRAPH_OPS_CONVOLUTION_H

#include "tensor/conv/conv.h"

#include <likeness/ops.h>

/** Groups and dilation, at least 1. */
int lk_conv_groups(const lk_conv_options *options);
int lk_conv_dilation(const lk_conv_options *options);
/** How many pixels a kernel reaches over: dilation (kernel - 1) + 1. */
int64_t lk_conv_reach(int kernel, const lk_conv_options *options);
/** x of rank 4, a square kernel, x's channels equal dimension `in_dim` of w (times the groups if it
 * is 1), b as long as the result's channels, groups that divide both, the other options in
 * range. */
lk_status lk_convolution_check(const lk_node *y, int in_dim, lk_error *err);
/**
 * The end of infer: choose the engine, set state_bytes and scratch_bytes, and keep `conv` as what
 * the node has prepared.
 * errors  LK_MEMORY
 */
lk_status lk_convolution_prepare(lk_node *y, lk_conv conv, lk_engine_choice choice, lk_error *err);
/** What the node has prepared, with the precision of the pass that runs: float when nothing is
 * trained. */
lk_conv lk_convolution_now(const lk_node *y);
/** Bias, or NULL. */
const lk_real *lk_convolution_bias(const lk_node *y);
/** Forward and backward of an op whose input is the image side: conv2d, and linear as a 1 x 1
 * convolution of 1 x 1 maps. */
void lk_convolution_forward(lk_node *y);
void lk_convolution_backward(lk_node *y);
/** The gradient of input 2, (C): the sums of the node's gradient over rows, that is samples and
 * places, by the tree of shards. */
void lk_bias_backward(lk_node *y);

#endif
