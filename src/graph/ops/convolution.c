/* What conv2d, conv_transpose2d and linear share. */
#include "convolution.h"
#include "graph/batch_sum.h"
#include "tensor/kernels.h"

#include <string.h>

int lk_conv_groups(const lk_conv_options *o) {
    return o->groups ? o->groups : 1;
}

int lk_conv_dilation(const lk_conv_options *o) {
    return o->dilation ? o->dilation : 1;
}

int64_t lk_conv_reach(int kernel, const lk_conv_options *o) {
    return (int64_t)lk_conv_dilation(o) * (kernel - 1) + 1;
}

static lk_status check_options(const lk_conv_options *o, lk_error *err) {
    if (o->stride < 1 || o->padding < 0 || o->output_padding < 0)
        return lk_fail(err, LK_USAGE,
                       "expected at least stride 1, padding 0, output padding 0, got %d, %d, %d",
                       o->stride, o->padding, o->output_padding);
    if (lk_conv_groups(o) < 1 || lk_conv_dilation(o) < 1)
        return lk_fail(err, LK_USAGE, "expected at least group 1, dilation 1, got %d, %d",
                       o->groups, o->dilation);
    return LK_OK;
}

lk_status lk_convolution_check(const lk_node *y, int in_dim, lk_error *err) {
    const lk_conv_options *o = y->options;
    lk_shape x = y->in[0]->shape, w = y->in[1]->shape;
    char got[64], weight[64];
    lk_shape_text(x, got, sizeof got);
    lk_shape_text(w, weight, sizeof weight);
    if (x.rank != 4 || w.rank != 4)
        return lk_fail(err, LK_USAGE, "expected four dimensions each, got input %s and weight %s",
                       got, weight);
    lk_status status = check_options(o, err);
    if (status) return status;
    int groups = lk_conv_groups(o), in = in_dim ? w.d[1] * groups : w.d[0],
        out = in_dim ? w.d[0] : w.d[1] * groups;
    if (x.d[1] != in) return lk_fail(err, LK_USAGE, "expected %d channels, got input %s", in, got);
    if (w.d[0] % groups)
        return lk_fail(err, LK_USAGE, "groups: expected a divisor of %d, got %d", w.d[0], groups);
    if (w.d[2] != w.d[3] || w.d[2] < 1)
        return lk_fail(err, LK_USAGE, "expected a square kernel, got weight %s", weight);
    if (y->n_in > 2 && (y->in[2]->shape.rank != 1 || y->in[2]->shape.d[0] != out))
        return lk_fail(err, LK_USAGE, "expected a bias of %d, got %d", out, y->in[2]->shape.d[0]);
    return lk_batch_check(y->in[0], err);
}

/* For the bias' gradient: a row of doubles a shard. */
static size_t bias_bytes(const lk_node *y) {
    return y->n_in > 2
               ? (size_t)lk_graph_shards(y->graph) * (size_t)y->in[2]->shape.d[0] * sizeof(double)
               : 0;
}

lk_status lk_convolution_prepare(lk_node *y, lk_conv conv, lk_engine_choice choice, lk_error *err) {
    lk_conv *kept = lk_node_prepare(y, sizeof conv);
    if (!kept) return lk_fail_memory(err, sizeof conv, "a convolution");
    conv.precision = lk_graph_precision(y->graph);
    lk_conv_choose(choice, &conv);
    *kept = conv;
    y->scratch_bytes = lk_conv_scratch_bytes(kept);
    y->shared_bytes = lk_conv_shared_bytes(kept);
    y->state_bytes = bias_bytes(y);
    return LK_OK;
}

static void sum_shard(void *context, int shard, int thread) {
    lk_node *y = context;
    int n = y->shape.d[0], n_shards = lk_graph_shards(y->graph), c = y->in[2]->shape.d[0];
    int begin = lk_shard_begin(n, n_shards, shard), end = lk_shard_begin(n, n_shards, shard + 1);
    int places = (int)(lk_shape_row(y->shape) / (size_t)c);
    double *sums = (double *)y->state + (size_t)shard * (size_t)c;
    (void)thread;
    memset(sums, 0, (size_t)c * sizeof *sums);
    lk_graph_context(y->graph)->kernels->column_sums(
        (end - begin) * places, c, y->grad + (size_t)begin * lk_shape_row(y->shape), sums);
}

void lk_bias_backward(lk_node *y) {
    if (y->n_in < 3 || !y->in[2]->grad) return;
    int n_shards = lk_graph_shards(y->graph), c = y->in[2]->shape.d[0];
    lk_node_run(y, n_shards, sum_shard);
    lk_batch_add_shards(y->graph, y->state, (size_t)c);
    const double *sums = y->state, share = lk_batch_share(y->graph);
    lk_real *db = y->in[2]->grad;
    for (int i = 0; i < c; i++) db[i] = (y->add[2] ? db[i] : 0) + LK_R(sums[i] * share);
}

const lk_real *lk_convolution_bias(const lk_node *y) {
    return y->n_in > 2 ? y->in[2]->value : NULL;
}

lk_conv lk_convolution_now(const lk_node *y) {
    lk_conv conv = *(const lk_conv *)y->prepared;
    if (lk_graph_mode(y->graph) != LK_TRAIN) conv.precision = LK_PRECISION_FLOAT;
    return conv;
}

void lk_convolution_forward(lk_node *y) {
    lk_conv conv = lk_convolution_now(y);
    lk_conv_gather(lk_graph_context(y->graph), &conv, y->in[0]->value, y->in[1]->value,
                   lk_convolution_bias(y), false, y->value, lk_graph_scratch(y->graph));
}

void lk_convolution_backward(lk_node *y) {
    const lk_context *context = lk_graph_context(y->graph);
    const lk_conv *v = y->prepared;
    lk_node *x = y->in[0], *w = y->in[1];
    void *scratch = lk_graph_scratch(y->graph);
    if (w->grad) lk_conv_weights(context, v, x->value, y->grad, y->add[1], w->grad, scratch);
    lk_bias_backward(y);
    if (x->grad) lk_conv_scatter(context, v, y->grad, w->value, NULL, y->add[0], x->grad, scratch);
}
