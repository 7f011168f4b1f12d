/* Dropout (Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov 2014), scaled in training as in
   PyTorch: each value is 0 with probability p and otherwise x / (1 - p); in evaluation it is x. */
#include "base/rng.h"
#include "graph/batch_sum.h"
#include "graph/ops/op_list.h"

#include <likeness/ops.h>

struct options {
    double p;
    uint32_t index; /* among the dropouts of the graph; infer sets it */
};

lk_node *lk_dropout(lk_node *x, double p) {
    struct options options = { .p = p };
    return x ? lk_apply(x->graph, &lk_op_dropout, &x, 1, &options) : NULL;
}

static uint32_t dropouts_before(const lk_node *y) {
    uint32_t n = 0;
    for (int i = 0; i < y->index; i++) n += lk_graph_node(y->graph, i)->op == y->op;
    return n;
}

static lk_status dropout_infer(lk_node *y, lk_error *err) {
    struct options *o = y->options;
    o->index = dropouts_before(y);
    y->shape = y->in[0]->shape;
    y->state_bytes = lk_shape_size(y->shape); /* 1: the value stays */
    return lk_batch_check(y->in[0], err);
}

/* Its noise depends on seed, step, sample and value, and on which dropout of the graph it is. */
static lk_rng noise_of(const lk_node *y, int row) {
    const struct options *o = y->options;
    lk_stream stream = (lk_stream)(LK_STREAM_DROPOUT + (o->index << LK_STREAM_BITS));
    uint32_t sample = (uint32_t)(lk_graph_first(y->graph) + row);
    return lk_rng_at(lk_graph_seed(y->graph), stream, lk_graph_step(y->graph), sample);
}

static void forward_row(void *context, int row, int thread) {
    lk_node *y = context;
    const struct options *o = y->options;
    size_t n = lk_shape_row(y->shape), at = (size_t)row * n;
    const lk_real *x = y->in[0]->value + at;
    unsigned char *stays = (unsigned char *)y->state + at;
    bool train = lk_graph_mode(y->graph) == LK_TRAIN;
    lk_rng noise = noise_of(y, row);
    lk_real scale = train ? LK_R(1 / (1 - o->p)) : 1;
    double drop_below = o->p * 4294967296.0;
    (void)thread;
    for (size_t i = 0; i < n; i++) {
        stays[i] = !train || lk_rng_u32(&noise) >= drop_below;
        y->value[at + i] = stays[i] ? scale * x[i] : 0;
    }
}

static void dropout_forward(lk_node *y) {
    lk_node_run(y, y->shape.d[0], forward_row);
}

static void backward_row(void *context, int row, int thread) {
    lk_node *y = context;
    size_t n = lk_shape_row(y->shape), at = (size_t)row * n;
    const lk_real *dy = y->grad + at;
    const unsigned char *stays = (const unsigned char *)y->state + at;
    lk_real *dx = y->in[0]->grad + at;
    lk_real scale = LK_R(1 / (1 - ((const struct options *)y->options)->p));
    (void)thread;
    for (size_t i = 0; i < n; i++) dx[i] = (y->add[0] ? dx[i] : 0) + (stays[i] ? scale * dy[i] : 0);
}

static void dropout_backward(lk_node *y) {
    if (y->in[0]->grad) lk_node_run(y, y->shape.d[0], backward_row);
}

static const struct options half = { .p = 0.5 }, few = { .p = 0.2 };
static const lk_sample samples[] = {
    { .in = { { 4, { 2, 3, 4, 5 } } }, .options = &half },
    { .in = { { 2, { 3, 7 } } }, .options = &few },
    LK_SAMPLES_END,
};
const lk_op lk_op_dropout = {
    .name = "dropout",
    .summary = "in training some values become 0 and the others larger",
    .arity = 1,
    .options_size = sizeof(struct options),
    .in_place = true,
    .infer = dropout_infer,
    .forward = dropout_forward,
    .backward = dropout_backward,
    .samples = samples,
};
