/* x where positive, else slope x, with a trained slope for each channel or one for all (He, Zhang,
   Ren, Sun: "Delving deep into rectifiers", 2015). */
#include "graph/batch_sum.h"
#include "graph/ops/op_list.h"

#include <likeness/ops.h>

#include <string.h>

lk_node *lk_prelu(lk_node *x, lk_node *slope) {
    lk_node *in[] = { x, slope };
    return x ? lk_apply(x->graph, &lk_op_prelu, in, 2, NULL) : NULL;
}

static int channels(const lk_node *y) {
    return y->shape.d[1];
}

static bool has_one_slope(const lk_node *y) {
    return y->in[1]->shape.d[0] == 1;
}

/* What stays from forward to backward: sums for each shard and channel, then the slope of each
   channel. */
static double *sums_of(const lk_node *y) {
    return y->state;
}

static lk_real *slopes_of(const lk_node *y) {
    size_t n_sums = (size_t)lk_graph_shards(y->graph) * (size_t)channels(y);
    return (lk_real *)(void *)(sums_of(y) + n_sums);
}

static lk_status prelu_infer(lk_node *y, lk_error *err) {
    lk_shape x = y->in[0]->shape, slope = y->in[1]->shape;
    char got[64];
    if (x.rank != 2 && x.rank != 4)
        return lk_fail(err, LK_USAGE, "expected (N, C, H, W) or (N, C), got input %s",
                       lk_shape_text(x, got, sizeof got));
    if (slope.rank != 1 || (slope.d[0] != 1 && slope.d[0] != x.d[1]))
        return lk_fail(err, LK_USAGE, "expected 1 slope, or one for each of %d channels, got %s",
                       x.d[1], lk_shape_text(slope, got, sizeof got));
    y->shape = x;
    size_t c = (size_t)x.d[1];
    y->state_bytes = (size_t)lk_graph_shards(y->graph) * c * sizeof(double) + c * sizeof(lk_real);
    return lk_batch_check(y->in[0], err);
}

static void forward_row(void *context, int row, int thread) {
    lk_node *y = context;
    size_t c = (size_t)channels(y), n = lk_shape_row(y->shape), at = (size_t)row * n;
    const lk_real *x = y->in[0]->value + at, *slopes = slopes_of(y);
    lk_real *to = y->value + at;
    (void)thread;
    for (size_t i = 0; i < n; i += c)
        for (size_t j = 0; j < c; j++) to[i + j] = x[i + j] > 0 ? x[i + j] : slopes[j] * x[i + j];
}

static void prelu_forward(lk_node *y) {
    const lk_real *weight = y->in[1]->value;
    lk_real *slopes = slopes_of(y);
    for (int c = 0; c < channels(y); c++) slopes[c] = weight[has_one_slope(y) ? 0 : c];
    lk_node_run(y, y->shape.d[0], forward_row);
}

static void sums_shard(void *context, int shard, int thread) {
    lk_node *y = context;
    int n = y->shape.d[0], n_shards = lk_graph_shards(y->graph);
    size_t c = (size_t)channels(y), row = lk_shape_row(y->shape);
    size_t begin = (size_t)lk_shard_begin(n, n_shards, shard) * row,
           end = (size_t)lk_shard_begin(n, n_shards, shard + 1) * row;
    double *sums = sums_of(y) + (size_t)shard * c;
    const lk_real *x = y->in[0]->value, *dy = y->grad;
    (void)thread;
    memset(sums, 0, c * sizeof *sums);
    for (size_t i = begin; i < end; i += c)
        for (size_t j = 0; j < c; j++)
            sums[j] += x[i + j] > 0 ? 0 : (double)x[i + j] * (double)dy[i + j];
}

static void slope_gradient(lk_node *y) {
    double *sums = sums_of(y), all = 0, share = lk_batch_share(y->graph);
    lk_real *gradient = y->in[1]->grad;
    bool one = has_one_slope(y);
    lk_node_run(y, lk_graph_shards(y->graph), sums_shard);
    lk_batch_add_shards(y->graph, sums, (size_t)channels(y));
    for (int c = 0; c < channels(y); c++) all += sums[c];
    for (int c = 0; c < y->in[1]->shape.d[0]; c++)
        gradient[c] = (y->add[1] ? gradient[c] : 0) + LK_R((one ? all : sums[c]) * share);
}

static void backward_row(void *context, int row, int thread) {
    lk_node *y = context;
    size_t c = (size_t)channels(y), n = lk_shape_row(y->shape), at = (size_t)row * n;
    const lk_real *x = y->in[0]->value + at, *dy = y->grad + at, *slopes = slopes_of(y);
    lk_real *dx = y->in[0]->grad + at;
    bool add = y->add[0];
    (void)thread;
    for (size_t i = 0; i < n; i += c)
        for (size_t j = 0; j < c; j++)
            dx[i + j] = (add ? dx[i + j] : 0) + (x[i + j] > 0 ? 1 : slopes[j]) * dy[i + j];
}

/* The input's gradient may take the place of the node's own, which the slope's needs. */
static void prelu_backward(lk_node *y) {
    if (y->in[1]->grad) slope_gradient(y);
    if (y->in[0]->grad) lk_node_run(y, y->shape.d[0], backward_row);
}

static const lk_sample samples[] = {
    { .in = { { 4, { 3, 2, 4, 3 } }, { 1, { 2 } } } },
    { .in = { { 4, { 2, 3, 2, 2 } }, { 1, { 1 } } } },
    { .in = { { 2, { 3, 7 } }, { 1, { 7 } } } },
    LK_SAMPLES_END,
};
const lk_op lk_op_prelu = {
    .name = "prelu",
    .summary = "x where positive, else a trained slope times x",
    .arity = 2,
    .in_place = true,
    .needs_input = { true },
    .infer = prelu_infer,
    .forward = prelu_forward,
    .backward = prelu_backward,
    .samples = samples,
};
