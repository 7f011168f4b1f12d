/*
 * Batch normalisation (Ioffe, Szegedy 2015) with PyTorch's convention. With M values a channel, xh = (x - mean) r and
 * r = 1 / sqrt(var + eps):
 *
 *   y = gamma xh + beta                                  = scale x + shift
 *   dbeta = sum dy,  dgamma = r sum dy (x - mean)
 *   dx = gamma r (dy - dbeta / M - xh dgamma / M)        = a dy + b x + k
 *
 * Mean and variance in two passes, as E[x^2] - mean^2 loses digits; all sums by shard over the tree.
 */
#include <likeness/graph.h>

#include "graph/ops/op_list.h"

#include <math.h>
#include <string.h>

lk_node *lk_batch_norm(lk_node *x, lk_node *gamma, lk_node *beta, lk_node *running_mean, lk_node *running_var,
                       lk_batch_norm_options options) {
    lk_node *in[] = { x, gamma, beta, running_mean, running_var };
    return x ? lk_apply(x->graph, &lk_op_batch_norm, in, 5, &options) : NULL;
}

static int channels(const lk_node *y) {
    return y->shape.d[1];
}

static int places(const lk_node *y) {
    return (int)(lk_shape_row(y->shape) / (size_t)channels(y));
}

/* What stays from forward to backward: two sums for each shard and channel, then six numbers a channel. */
struct state {
    double *first, *second;                          /* (S, C) */
    lk_real *mean, *inverse, *scale, *shift, *b, *k; /* (C) */
};

static struct state state(const lk_node *y) {
    size_t c = (size_t)channels(y), rows = (size_t)lk_graph_shards(y->graph) * c;
    double *sums = y->state;
    lk_real *vectors = (lk_real *)(sums + 2 * rows);
    return (struct state){ sums, sums + rows, vectors, vectors + c, vectors + 2 * c, vectors + 3 * c, vectors + 4 * c, vectors + 5 * c };
}

static lk_status infer(lk_node *y, lk_error *err) {
    lk_shape x = y->in[0]->shape;
    char got[64];
    if (x.rank != 2 && x.rank != 4)
        return lk_fail(err, LK_USAGE, "got input %s, wanted (N, C, H, W) or (N, C)", lk_shape_text(x, got, sizeof got));
    for (int i = 1; i < 5; i++)
        if (!lk_shape_equal(y->in[i]->shape, LK_SHAPE_1(x.d[1])))
            return lk_fail(err, LK_USAGE, "got %s %s, wanted (%d)", y->in[i]->name, lk_shape_text(y->in[i]->shape, got, sizeof got),
                           x.d[1]);
    y->shape = x;
    size_t c = (size_t)x.d[1];
    y->state_bytes = 2 * (size_t)lk_graph_shards(y->graph) * c * sizeof(double) + 6 * c * sizeof(lk_real);
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

static void sum_shard(void *context, int shard, int thread) {
    lk_node *y = context;
    struct state s = state(y);
    int begin, end, c = channels(y);
    shard_rows(y, shard, &begin, &end);
    (void)thread;
    kernels(y)->column_sums(end - begin, c, y->in[0]->value + (size_t)begin * (size_t)c, s.first + (size_t)shard * (size_t)c);
}

static void squares_shard(void *context, int shard, int thread) {
    lk_node *y = context;
    struct state s = state(y);
    int begin, end, c = channels(y);
    shard_rows(y, shard, &begin, &end);
    (void)thread;
    kernels(y)->column_squares(end - begin, c, y->in[0]->value + (size_t)begin * (size_t)c, s.mean, s.second + (size_t)shard * (size_t)c);
}

/* rows (S, C): filled by `task` for each shard, then summed over the tree and the processes into the first row. */
static void sum_over_batch(lk_node *y, lk_task *task, double *rows, int n_rows) {
    int n_shards = lk_graph_shards(y->graph);
    size_t c = (size_t)channels(y), all = (size_t)n_shards * c;
    memset(rows, 0, (size_t)n_rows * all * sizeof *rows);
    lk_each_row(y, n_shards, task);
    lk_comm *comm = lk_graph_context(y->graph)->comm;
    for (int i = 0; i < n_rows; i++) {
        lk_error err;
        lk_tree_sum(rows + (size_t)i * all, n_shards, c);
        lk_status status = comm->sum_doubles(comm, rows + (size_t)i * all, c, &err);
        if (status) lk_refuse(y->graph, status, "%s", err.text);
    }
}

static double values_a_channel(const lk_node *y) {
    return (double)y->shape.d[0] * places(y) * lk_graph_context(y->graph)->comm->n_ranks;
}

static void batch_statistics(lk_node *y) {
    const lk_batch_norm_options *o = y->options;
    struct state s = state(y);
    double m = values_a_channel(y), unbias = m > 1 ? m / (m - 1) : 1;
    sum_over_batch(y, sum_shard, s.first, 1);
    for (int c = 0; c < channels(y); c++) s.mean[c] = LK_R(s.first[c] / m);
    sum_over_batch(y, squares_shard, s.second, 1);
    lk_real *running_mean = y->in[3]->value, *running_var = y->in[4]->value;
    for (int c = 0; c < channels(y); c++) {
        double var = s.second[c] / m;
        s.inverse[c] = LK_R(1 / sqrt(var + o->eps));
        running_mean[c] += LK_R(o->momentum) * (s.mean[c] - running_mean[c]);
        running_var[c] += LK_R(o->momentum) * (LK_R(var * unbias) - running_var[c]);
    }
}

static void running_statistics(lk_node *y) {
    const lk_batch_norm_options *o = y->options;
    struct state s = state(y);
    for (int c = 0; c < channels(y); c++) {
        s.mean[c] = y->in[3]->value[c];
        s.inverse[c] = LK_R(1 / sqrt((double)y->in[4]->value[c] + o->eps));
    }
}

static void apply_row(void *context, int row, int thread) {
    lk_node *y = context;
    struct state s = state(y);
    size_t at = (size_t)row * lk_shape_row(y->shape);
    (void)thread;
    kernels(y)->norm_apply(places(y), channels(y), y->in[0]->value + at, s.scale, s.shift, y->value + at);
}

static void forward(lk_node *y) {
    struct state s = state(y);
    if (lk_graph_mode(y->graph) == LK_TRAIN)
        batch_statistics(y);
    else
        running_statistics(y);
    for (int c = 0; c < channels(y); c++) {
        s.scale[c] = y->in[1]->value[c] * s.inverse[c];
        s.shift[c] = y->in[2]->value[c] - s.mean[c] * s.scale[c];
    }
    lk_each_row(y, y->shape.d[0], apply_row);
}

static void gradient_sums_shard(void *context, int shard, int thread) {
    lk_node *y = context;
    struct state s = state(y);
    int begin, end, c = channels(y);
    shard_rows(y, shard, &begin, &end);
    size_t at = (size_t)begin * (size_t)c, row = (size_t)shard * (size_t)c;
    (void)thread;
    kernels(y)->norm_sums(end - begin, c, y->in[0]->value + at, s.mean, y->grad + at, s.first + row, s.second + row);
}

static void backward_row(void *context, int row, int thread) {
    lk_node *y = context, *x = y->in[0];
    struct state s = state(y);
    size_t at = (size_t)row * lk_shape_row(y->shape);
    (void)thread;
    kernels(y)->norm_backward(places(y), channels(y), x->value + at, y->grad + at, s.scale, s.b, s.k, y->add[0], x->grad + at);
}

/* gradient (+)= sums, for gamma and beta: over this process only, as every parameter's gradient is added up later. */
static void backward(lk_node *y) {
    struct state s = state(y);
    double m = values_a_channel(y), share = 1.0 / lk_graph_context(y->graph)->comm->n_ranks;
    sum_over_batch(y, gradient_sums_shard, s.first, 2);
    lk_real *dgamma = y->in[1]->grad, *dbeta = y->in[2]->grad;
    for (int c = 0; c < channels(y); c++) {
        double sum_dy = s.first[c], sum_dyxh = s.second[c] * (double)s.inverse[c], a = (double)s.scale[c];
        double b = -a * (double)s.inverse[c] * sum_dyxh / m;
        s.b[c] = LK_R(b);
        s.k[c] = LK_R(-a * sum_dy / m - b * (double)s.mean[c]);
        if (dgamma) dgamma[c] = (y->add[1] ? dgamma[c] : 0) + LK_R(sum_dyxh * share);
        if (dbeta) dbeta[c] = (y->add[2] ? dbeta[c] : 0) + LK_R(sum_dy * share);
    }
    if (y->in[0]->grad) lk_each_row(y, y->shape.d[0], backward_row);
}

static const lk_batch_norm_options usual = { .eps = 1e-5, .momentum = 0.1 };
static const lk_sample samples[] = {
    { .in = { { 4, { 3, 2, 4, 3 } }, { 1, { 2 } }, { 1, { 2 } }, { 1, { 2 } }, { 1, { 2 } } }, .options = &usual },
    { .in = { { 2, { 5, 3 } }, { 1, { 3 } }, { 1, { 3 } }, { 1, { 3 } }, { 1, { 3 } } }, .options = &usual },
    LK_SAMPLES_END,
};
const lk_op lk_op_batch_norm = {
    .name = "batch_norm",
    .summary = "batch normalisation, as in PyTorch",
    .arity = 5,
    .options_size = sizeof(lk_batch_norm_options),
    .needs_input = { true },
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .samples = samples,
};
