/* y = x w^T + b. It is the 1 x 1 convolution of 1 x 1 maps and runs as one, with the same order of
   sums over shards. */
#include "convolution.h"
#include "graph/batch_sum.h"
#include "graph/ops/op_list.h"

#include <likeness/ops.h>

lk_node *lk_linear(lk_node *x, lk_node *w, lk_node *b) {
    lk_node *in[] = { x, w, b };
    return x && w ? lk_apply(x->graph, &lk_op_linear, in, 3, NULL) : NULL;
}

static lk_conv linear_geometry(const lk_node *y) {
    lk_shape w = y->in[1]->shape;
    return (lk_conv){ .n = y->shape.d[0],
                      .n_shards = lk_graph_shards(y->graph),
                      .c = w.d[1],
                      .h = 1,
                      .w = 1,
                      .k = w.d[0],
                      .p = 1,
                      .q = 1,
                      .kernel = 1,
                      .stride = 1,
                      .groups = 1,
                      .dilation = 1 };
}

static lk_status linear_infer(lk_node *y, lk_error *err) {
    lk_shape x = y->in[0]->shape, w = y->in[1]->shape;
    char got[64], weight[64];
    if (x.rank != 2 || w.rank != 2 || x.d[1] != w.d[1])
        return lk_fail(err, LK_USAGE, "expected (N, I) and (O, I), got input %s and weight %s",
                       lk_shape_text(x, got, sizeof got), lk_shape_text(w, weight, sizeof weight));
    if (y->n_in > 2 && (y->in[2]->shape.rank != 1 || y->in[2]->shape.d[0] != w.d[0]))
        return lk_fail(err, LK_USAGE, "expected a bias of %d, got %d", w.d[0],
                       y->in[2]->shape.d[0]);
    if (lk_batch_check(y->in[0], err)) return LK_USAGE;
    y->shape = LK_SHAPE_2(x.d[0], w.d[0]);
    /* model.engine is about convolutions only */
    return lk_convolution_prepare(y, linear_geometry(y), LK_ENGINE_AUTO, err);
}

static const lk_sample samples[] = {
    { .in = { { 2, { 3, 3 } }, { 2, { 3, 3 } } } },
    { .in = { { 2, { 3, 7 } }, { 2, { 5, 7 } }, { 1, { 5 } } } },
    { .in = { { 2, { 1, 1 } }, { 2, { 2, 1 } } } },
    { .in = { { 2, { 3, 32 } }, { 2, { 16, 32 } }, { 1, { 16 } } } }, /* whole groups of channels */
    LK_SAMPLES_END,
};
const lk_op lk_op_linear = {
    .name = "linear",
    .summary = "x w^T + b",
    .arity = 3,
    .min_arity = 2,
    .needs_input = { true, true },
    .grad_in_place = true,
    .is_convolution = true,
    .infer = linear_infer,
    .forward = lk_convolution_forward,
    .backward = lk_convolution_backward,
    .samples = samples,
};
