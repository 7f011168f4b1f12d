/* x z, element by element. */
#include "elementwise.h"

#include <likeness/ops.h>

lk_node *lk_mul(lk_node *x, lk_node *z) {
    lk_node *in[] = { x, z };
    return x ? lk_apply(x->graph, &lk_op_mul, in, 2, NULL) : NULL;
}

static void forward(lk_node *y) {
    lk_binary_forward(y, LK_MUL);
}

static void backward_row(void *context, int row, int thread) {
    lk_node *y = context;
    size_t n = lk_shape_row(y->shape), at = (size_t)row * n;
    (void)thread;
    for (int i = 0; i < 2; i++)
        if (y->in[i]->grad)
            lk_graph_context(y->graph)->kernels->multiply_backward(
                n, y->in[1 - i]->value + at, y->grad + at, y->add[i], y->in[i]->grad + at);
}

static void backward(lk_node *y) {
    lk_node_run(y, y->shape.rank ? y->shape.d[0] : 1, backward_row);
}

static const lk_sample samples[] = { { .in = { { 4, { 2, 3, 4, 5 } }, { 4, { 2, 3, 4, 5 } } } },
                                     LK_SAMPLES_END };
const lk_op lk_op_mul = {
    .name = "mul",
    .summary = "x z",
    .arity = 2,
    .needs_input = { true, true },
    .infer = lk_binary_infer,
    .forward = forward,
    .backward = backward,
    .samples = samples,
};
