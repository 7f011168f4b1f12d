/* x + z, element by element. */
#include "elementwise.h"

#include <likeness/ops.h>

lk_node *lk_add(lk_node *x, lk_node *z) {
    lk_node *in[] = { x, z };
    return x ? lk_apply(x->graph, &lk_op_add, in, 2, NULL) : NULL;
}

static void forward(lk_node *y) {
    lk_binary_forward(y, LK_ADD);
}

static void backward(lk_node *y) {
    lk_pass_gradients(y, 1, 1);
}

static const lk_sample samples[] = { { .in = { { 4, { 2, 3, 4, 5 } }, { 4, { 2, 3, 4, 5 } } } },
                                     LK_SAMPLES_END };
const lk_op lk_op_add = {
    .name = "add",
    .summary = "x + z",
    .arity = 2,
    .in_place = true,
    .infer = lk_binary_infer,
    .forward = forward,
    .backward = backward,
    .samples = samples,
};
