/*
 * The mean over the batch and everything else; padding does not count. Each sample is summed by
 * itself, samples within a shard in order, shards over the tree.
 */
#include "graph/batch_sum.h"
#include "graph/ops/op_list.h"
#include "tensor/kernels.h"

#include <likeness/ops.h>

lk_node *lk_mean(lk_node *x) {
    return x ? lk_apply(x->graph, &lk_op_mean, &x, 1, NULL) : NULL;
}

static lk_status mean_infer(lk_node *y, lk_error *err) {
    y->shape = LK_SHAPE_0;
    y->state_bytes = lk_batch_sum_bytes(y->graph);
    return lk_batch_check(y->in[0], err);
}

static void sum_row(void *context, int row, int thread) {
    lk_node *y = context;
    size_t n = lk_shape_row(y->in[0]->shape);
    (void)thread;
    lk_graph_context(y->graph)->kernels->total(n, y->in[0]->value + (size_t)row * n,
                                               (double *)y->state + row);
}

static void mean_forward(lk_node *y) {
    lk_node_run(y, lk_graph_valid(y->graph), sum_row);
    y->value[0] = lk_batch_mean(y->graph, y->state, lk_shape_row(y->in[0]->shape));
}

static void fill_row(void *context, int row, int thread) {
    lk_node *y = context, *x = y->in[0];
    size_t n = lk_shape_row(x->shape);
    lk_real *dx = x->grad + (size_t)row * n, each = y->grad[0] * lk_batch_weight(y->graph, n, row);
    (void)thread;
    for (size_t i = 0; i < n; i++) dx[i] = (y->add[0] ? dx[i] : 0) + each;
}

static void mean_backward(lk_node *y) {
    if (y->in[0]->grad) lk_node_run(y, y->in[0]->shape.d[0], fill_row);
}

static const lk_sample samples[] = { { .in = { { 4, { 3, 2, 4, 5 } } } }, LK_SAMPLES_END };
const lk_op lk_op_mean = {
    .name = "mean",
    .summary = "mean of all values of the batch",
    .arity = 1,
    .infer = mean_infer,
    .forward = mean_forward,
    .backward = mean_backward,
    .samples = samples,
};
