/**
 * What the elementwise ops share: one forward and one backward for functions of one tensor, one
 * each for two. A row says which function by its options, whose first field it is.
 */
#ifndef LIKENESS_GRAPH_OPS_ELEMENTWISE_H
#define LIKENESS_GRAPH_OPS_ELEMENTWISE_H

#include "graph/ops/op_list.h"
#include "tensor/kernels.h"

#include <likeness/graph.h>

/** Options of a function of one tensor; a and b as the kernel `unary` takes them. */
struct lk_unary_options {
    lk_unary kind;
    double a, b;
};

lk_node *lk_unary_apply(const lk_op *op, lk_unary kind, lk_node *x, double a, double b);
lk_status lk_unary_infer(lk_node *y, lk_error *err);
void lk_unary_forward(lk_node *y);
void lk_unary_backward(lk_node *y);

/** A row of a function of one tensor. */
#define LK_UNARY(name_, summary_, ...)                                                             \
    {                                                                                              \
        .name = name_, .summary = summary_, .arity = 1,                                            \
        .options_size = sizeof(struct lk_unary_options), .infer = lk_unary_infer,                  \
        .forward = lk_unary_forward, .backward = lk_unary_backward, __VA_ARGS__                    \
    }

/** Fails unless both inputs have one shape. */
lk_status lk_binary_infer(lk_node *y, lk_error *err);
/** y = kind(x, z). */
void lk_binary_forward(lk_node *y, lk_binary kind);
/** Gradients of both inputs (+)= a0 and a1 times that of the node. */
void lk_pass_gradients(lk_node *y, lk_real a0, lk_real a1);

#endif
