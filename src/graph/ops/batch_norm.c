/*
 * Batch normalisation (Ioffe, Szegedy 2015) with PyTorch's convention, and a ReLU after it in the
 * same passes over memory. With M values a channel, xh = (x - mean) r and r = 1 / sqrt(var + eps):
 *
 *   t = gamma xh + beta = scale x + shift,  y = t where positive, else slope t
 *   g = dy where t is positive, else slope dy
 *   dbeta = sum g,  dgamma = r sum g (x - mean)
 *   dx = gamma r (g - dbeta / M - xh dgamma / M)        = scale g + b x + k
 *
 * The backward pass computes t again, because x is at hand. All sums run by shard over the tree.
 */
#include "graph/batch_sum.h"
#include "graph/ops/op_list.h"
#include "tensor/kernels.h"

#include <likeness/ops.h>

#include <math.h>
#include <string.h>

lk_node *lk_batch_norm(lk_node *x, lk_node *gamma, lk_node *beta, lk_node *running_mean,
                       lk_node *running_var, lk_batch_norm_options options) {
    lk_node *in[] = { x, gamma, beta, running_mean, running_var };
    const lk_op *op = options.rectify ? &lk_op_batch_norm_relu : &lk_op_batch_norm;
    return x ? lk_apply(x->graph, op, in, 5, &options) : NULL;
}

static int channels(const lk_node *y) {
    return y->shape.d[1];
}

static int places(const lk_node *y) {
    return (int)(lk_shape_row(y->shape) / (size_t)channels(y));
}

/* What stays from forward to backward: two sums for each shard and channel, then six numbers a
   channel. */
struct state {
    double *first, *second; /* (S, C) */
    lk_norm norm;
};

static struct state state(const lk_node *y) {
    const lk_batch_norm_options *o = y->options;
    size_t c = (size_t)channels(y), rows = (size_t)lk_graph_shards(y->graph) * c;
    double *sums = y->state;
    lk_real *at = (lk_real *)(sums + 2 * rows), slope = o->rectify ? LK_R(o->slope) : 1;
    return (struct state){ sums,
                           sums + rows,
                           { slope, at, at + c, at + 2 * c, at + 3 * c, at + 4 * c, at + 5 * c } };
}

/* Constant statistics are those of a network that is not trained: they stay, as in evaluation. */
static bool is_fixed(const lk_node *y) {
    return y->in[3]->constant;
}

static lk_status batch_norm_infer(lk_node *y, lk_error *err) {
    lk_shape x = y->in[0]->shape;
    char got[64];
    if (x.rank != 2 && x.rank != 4)
        return lk_fail(err, LK_USAGE, "expected (N, C, H, W) or (N, C), got input %s",
                       lk_shape_text(x, got, sizeof got));
    /* its mean is the value itself, so that nothing of the input is left */
    int n_ranks = lk_graph_context(y->graph)->comm->n_ranks;
    if (y->in[1]->wants_grad && lk_shape_size(x) * (size_t)n_ranks == (size_t)x.d[1])
        return lk_fail(err, LK_USAGE,
                       "expected at least 2 values in each channel to normalise them in training, "
                       "got 1: use train.batch_size 2 or more, or no batch norm here");
    for (int i = 1; i < 5; i++)
        if (!lk_shape_equal(y->in[i]->shape, LK_SHAPE_1(x.d[1])))
            return lk_fail(err, LK_USAGE, "%s: expected (%d), got %s", y->in[i]->name, x.d[1],
                           lk_shape_text(y->in[i]->shape, got, sizeof got));
    y->shape = x;
    if (lk_batch_check(y->in[0], err)) return LK_USAGE;
    size_t c = (size_t)x.d[1];
    y->state_bytes =
        2 * (size_t)lk_graph_shards(y->graph) * c * sizeof(double) + 6 * c * sizeof(lk_real);
    return LK_OK;
}

static const lk_kernels *kernels(const lk_node *y) {
    return lk_graph_context(y->graph)->kernels;
}

/* Rows [*begin, *end) of x seen as a matrix (N H W, C) that belong to a shard. */
static void shard_rows(const lk_node *y, int shard, int *begin, int *end) {
    int n = y->shape.d[0], n_shards = lk_graph_shards(y->graph);
    *begin = lk_shard_begin(n, n_shards, shard) * places(y);
    *end = lk_shard_begin(n, n_shards, shard + 1) * places(y);
}

static void moments_shard(void *context, int shard, int thread) {
    lk_node *y = context;
    struct state s = state(y);
    int begin, end, c = channels(y);
    shard_rows(y, shard, &begin, &end);
    size_t at = (size_t)begin * (size_t)c, row = (size_t)shard * (size_t)c;
    (void)thread;
    kernels(y)->column_moments(end - begin, c, y->in[0]->value + at, s.first + row, s.second + row);
}

/* Both sums: `task` fills them for each shard; then they are added up, over the tree and over the
   processes, into their first rows. */
static void sum_over_batch(lk_node *y, lk_task *task) {
    int n_shards = lk_graph_shards(y->graph);
    size_t c = (size_t)channels(y), all = (size_t)n_shards * c;
    double *sums = state(y).first;
    memset(sums, 0, 2 * all * sizeof *sums);
    lk_node_run(y, n_shards, task);
    for (int i = 0; i < 2; i++) lk_batch_add_shards(y->graph, sums + (size_t)i * all, c);
}

static double values_a_channel(const lk_node *y) {
    return (double)y->shape.d[0] * places(y) * lk_graph_context(y->graph)->comm->n_ranks;
}

static void batch_statistics(lk_node *y) {
    const lk_batch_norm_options *o = y->options;
    struct state s = state(y);
    double m = values_a_channel(y), unbias = m > 1 ? m / (m - 1) : 1;
    sum_over_batch(y, moments_shard);
    lk_real *running_mean = y->in[3]->value, *running_var = y->in[4]->value;
    for (int c = 0; c < channels(y); c++) {
        double mean = s.first[c] / m, var = s.second[c] / m - mean * mean;
        var = var < 0 ? 0 : var;
        s.norm.mean[c] = LK_R(mean);
        s.norm.inverse[c] = LK_R(1 / sqrt(var + o->eps));
        running_mean[c] += LK_R(o->momentum) * (s.norm.mean[c] - running_mean[c]);
        running_var[c] += LK_R(o->momentum) * (LK_R(var * unbias) - running_var[c]);
    }
}

static void running_statistics(lk_node *y) {
    const lk_batch_norm_options *o = y->options;
    lk_norm norm = state(y).norm;
    for (int c = 0; c < channels(y); c++) {
        norm.mean[c] = y->in[3]->value[c];
        norm.inverse[c] = LK_R(1 / sqrt((double)y->in[4]->value[c] + o->eps));
    }
}

static void apply_row(void *context, int row, int thread) {
    lk_node *y = context;
    struct state s = state(y);
    size_t at = (size_t)row * lk_shape_row(y->shape);
    (void)thread;
    kernels(y)->norm_apply(places(y), channels(y), &s.norm, y->in[0]->value + at, y->value + at);
}

static void batch_norm_forward(lk_node *y) {
    lk_norm norm = state(y).norm;
    if (lk_graph_mode(y->graph) == LK_TRAIN && !is_fixed(y))
        batch_statistics(y);
    else
        running_statistics(y);
    for (int c = 0; c < channels(y); c++) {
        norm.scale[c] = y->in[1]->value[c] * norm.inverse[c];
        norm.shift[c] = y->in[2]->value[c] - norm.mean[c] * norm.scale[c];
    }
    lk_node_run(y, y->shape.d[0], apply_row);
}

static void gradient_sums_shard(void *context, int shard, int thread) {
    lk_node *y = context;
    struct state s = state(y);
    int begin, end, c = channels(y);
    shard_rows(y, shard, &begin, &end);
    size_t at = (size_t)begin * (size_t)c, row = (size_t)shard * (size_t)c;
    (void)thread;
    kernels(y)->norm_sums(end - begin, c, &s.norm, y->in[0]->value + at, y->grad + at,
                          s.first + row, s.second + row);
}

static void backward_row(void *context, int row, int thread) {
    lk_node *y = context, *x = y->in[0];
    struct state s = state(y);
    size_t at = (size_t)row * lk_shape_row(y->shape);
    (void)thread;
    kernels(y)->norm_backward(places(y), channels(y), &s.norm, x->value + at, y->grad + at,
                              y->add[0], x->grad + at);
}

/* The sums are those of the whole batch. */
static void batch_norm_backward(lk_node *y) {
    struct state s = state(y);
    double m = values_a_channel(y), share = lk_batch_share(y->graph);
    sum_over_batch(y, gradient_sums_shard);
    lk_real *dgamma = y->in[1]->grad, *dbeta = y->in[2]->grad;
    for (int c = 0; c < channels(y); c++) {
        double sum_dy = s.first[c], sum_dyxh = s.second[c] * (double)s.norm.inverse[c],
               scale = (double)s.norm.scale[c];
        double b = is_fixed(y) ? 0 : -scale * (double)s.norm.inverse[c] * sum_dyxh / m;
        s.norm.b[c] = LK_R(b);
        s.norm.k[c] = is_fixed(y) ? 0 : LK_R(-scale * sum_dy / m - b * (double)s.norm.mean[c]);
        if (dgamma) dgamma[c] = (y->add[1] ? dgamma[c] : 0) + LK_R(sum_dyxh * share);
        if (dbeta) dbeta[c] = (y->add[2] ? dbeta[c] : 0) + LK_R(sum_dy * share);
    }
    if (y->in[0]->grad) lk_node_run(y, y->shape.d[0], backward_row);
}

/* ---- the rows ---- */

/* The gradient may take the place of the node's own: it is read once for the sums, then value by
   value. */
#define BATCH_NORM(name_, summary_, samples_)                                                      \
    {                                                                                              \
        .name = name_, .summary = summary_, .arity = 5,                                            \
        .options_size = sizeof(lk_batch_norm_options), .in_place = true, .needs_input = { true },  \
        .infer = batch_norm_infer, .forward = batch_norm_forward, .backward = batch_norm_backward, \
        .samples = samples_                                                                        \
    }

static const lk_batch_norm_options usual = { .eps = 1e-5, .momentum = 0.1 };
static const lk_sample samples[] = {
    { .in = { { 4, { 3, 2, 4, 3 } }, { 1, { 2 } }, { 1, { 2 } }, { 1, { 2 } }, { 1, { 2 } } },
      .options = &usual },
    { .in = { { 2, { 5, 3 } }, { 1, { 3 } }, { 1, { 3 } }, { 1, { 3 } }, { 1, { 3 } } },
      .options = &usual },
    LK_SAMPLES_END,
};
const lk_op lk_op_batch_norm =
    BATCH_NORM("batch_norm", "batch normalisation, as in PyTorch", samples);

static const lk_batch_norm_options plain = { .eps = 1e-5, .momentum = 0.1, .rectify = true };
static const lk_batch_norm_options leaky = {
    .eps = 1e-5, .momentum = 0.1, .rectify = true, .slope = 0.2
};
static const lk_sample relu_samples[] = {
    { .in = { { 4, { 3, 2, 2, 1 } }, { 1, { 2 } }, { 1, { 2 } }, { 1, { 2 } }, { 1, { 2 } } },
      .options = &plain },
    { .in = { { 2, { 4, 2 } }, { 1, { 2 } }, { 1, { 2 } }, { 1, { 2 } }, { 1, { 2 } } },
      .options = &leaky },
    LK_SAMPLES_END,
};
const lk_op lk_op_batch_norm_relu = BATCH_NORM(
    "batch_norm_relu", "batch_norm and the relu or leaky_relu after it, in one op", relu_samples);
