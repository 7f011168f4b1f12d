/** Options of the elementwise ops of one tensor. */
#ifndef LIKENESS_GRAPH_OPS_ELEMENTWISE_H
#define LIKENESS_GRAPH_OPS_ELEMENTWISE_H

#include "tensor/kernels.h"

/** a and b: what the kernel `unary_forward` takes. */
struct lk_unary_options {
    lk_unary kind;
    double a, b;
};

#endif
