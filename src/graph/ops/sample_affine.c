/* weight x + bias with a weight and a bias for each value of a sample, as layer normalisation ends.
   The parameters are in the order C, H, W; maps are stored channels-last. */
#include "graph/batch_sum.h"
#include "graph/ops/op_list.h"
#include "tensor/kernels.h"

#include <likeness/ops.h>

#include <string.h>

lk_node *lk_sample_affine(lk_node *x, lk_node *weight, lk_node *bias) {
    lk_node *in[] = { x, weight, bias };
    return x ? lk_apply(x->graph, &lk_op_sample_affine, in, 3, NULL) : NULL;
}

static lk_shape sample_shape(lk_shape x) {
    lk_shape shape = { .rank = x.rank - 1 };
    for (int i = 0; i < shape.rank; i++) shape.d[i] = x.d[i + 1];
    return shape;
}

static lk_status sample_affine_infer(lk_node *y, lk_error *err) {
    lk_shape x = y->in[0]->shape;
    char got[64], expected[64];
    if (x.rank != 2 && x.rank != 4)
        return lk_fail(err, LK_USAGE, "expected (N, C, H, W) or (N, C), got input %s",
                       lk_shape_text(x, got, sizeof got));
    for (int i = 1; i < 3; i++)
        if (!lk_shape_equal(y->in[i]->shape, sample_shape(x)))
            return lk_fail(err, LK_USAGE, "%s: expected %s, got %s", y->in[i]->name,
                           lk_shape_text(sample_shape(x), expected, sizeof expected),
                           lk_shape_text(y->in[i]->shape, got, sizeof got));
    y->shape = x;
    y->state_bytes = 2 * lk_shape_row(x) *
                     ((size_t)lk_graph_shards(y->graph) * sizeof(double) + sizeof(lk_real));
    return lk_batch_check(y->in[0], err);
}

/* What stays from forward to backward: sums for each shard and value, and both parameters as a
   sample is stored. */
struct state {
    double *weight_sums, *bias_sums;
    lk_real *weight, *bias;
};

static struct state state(const lk_node *y) {
    size_t row = lk_shape_row(y->shape), all = (size_t)lk_graph_shards(y->graph) * row;
    double *sums = y->state;
    lk_real *stored = (lk_real *)(void *)(sums + 2 * all);
    return (struct state){ sums, sums + all, stored, stored + row };
}

static void store(const lk_node *y, const lk_real *as_written, lk_real *stored) {
    int c = y->shape.d[1], places = (int)(lk_shape_row(y->shape) / (size_t)c);
    lk_graph_context(y->graph)->kernels->transpose(c, places, as_written, places, false, stored, c);
}

static void forward_row(void *context, int row, int thread) {
    lk_node *y = context;
    struct state s = state(y);
    size_t n = lk_shape_row(y->shape), at = (size_t)row * n;
    const lk_real *x = y->in[0]->value + at;
    (void)thread;
    for (size_t i = 0; i < n; i++) y->value[at + i] = s.weight[i] * x[i] + s.bias[i];
}

static void sample_affine_forward(lk_node *y) {
    struct state s = state(y);
    store(y, y->in[1]->value, s.weight);
    store(y, y->in[2]->value, s.bias);
    lk_node_run(y, y->shape.d[0], forward_row);
}

static void sums_shard(void *context, int shard, int thread) {
    lk_node *y = context;
    struct state s = state(y);
    int n = y->shape.d[0], n_shards = lk_graph_shards(y->graph);
    size_t row = lk_shape_row(y->shape);
    double *weight = s.weight_sums + (size_t)shard * row, *bias = s.bias_sums + (size_t)shard * row;
    (void)thread;
    memset(weight, 0, row * sizeof *weight);
    memset(bias, 0, row * sizeof *bias);
    for (int k = lk_shard_begin(n, n_shards, shard); k < lk_shard_begin(n, n_shards, shard + 1);
         k++) {
        const lk_real *x = y->in[0]->value + (size_t)k * row, *dy = y->grad + (size_t)k * row;
        for (size_t i = 0; i < row; i++) {
            weight[i] += (double)x[i] * (double)dy[i];
            bias[i] += (double)dy[i];
        }
    }
}

static void parameter_gradient(lk_node *y, int i, double *sums) {
    size_t n = lk_shape_row(y->shape), c = (size_t)y->shape.d[1], places = n / c;
    lk_real *gradient = y->in[i]->grad;
    if (!gradient) return;
    lk_batch_add_shards(y->graph, sums, n);
    double share = lk_batch_share(y->graph);
    for (size_t k = 0; k < n; k++) {
        size_t stored = k % places * c + k / places;
        gradient[k] = (y->add[i] ? gradient[k] : 0) + LK_R(sums[stored] * share);
    }
}

static void backward_row(void *context, int row, int thread) {
    lk_node *y = context;
    struct state s = state(y);
    size_t n = lk_shape_row(y->shape), at = (size_t)row * n;
    (void)thread;
    lk_graph_context(y->graph)->kernels->multiply_backward(n, s.weight, y->grad + at, y->add[0],
                                                           y->in[0]->grad + at);
}

/* The input's gradient may take the place of the node's own, which the parameters' need. */
static void sample_affine_backward(lk_node *y) {
    struct state s = state(y);
    lk_node_run(y, lk_graph_shards(y->graph), sums_shard);
    parameter_gradient(y, 1, s.weight_sums);
    parameter_gradient(y, 2, s.bias_sums);
    if (y->in[0]->grad) lk_node_run(y, y->shape.d[0], backward_row);
}

static const lk_sample samples[] = {
    { .in = { { 4, { 3, 2, 4, 3 } }, { 3, { 2, 4, 3 } }, { 3, { 2, 4, 3 } } } },
    { .in = { { 2, { 3, 7 } }, { 1, { 7 } }, { 1, { 7 } } } },
    LK_SAMPLES_END,
};
const lk_op lk_op_sample_affine = {
    .name = "sample_affine",
    .summary = "weight x + bias, with one of both for each value of a sample",
    .arity = 3,
    .in_place = true,
    .needs_input = { true },
    .infer = sample_affine_infer,
    .forward = sample_affine_forward,
    .backward = sample_affine_backward,
    .samples = samples,
};
