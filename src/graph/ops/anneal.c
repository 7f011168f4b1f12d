/*
 * A weight that grows from 0 in training: KL warm-up (Sonderby et al., "Ladder Variational
 * Autoencoders", 2016), and cyclical annealing where the growth starts again (Fu et al., "Cyclical
 * Annealing Schedule: A Simple Approach to Mitigating KL Vanishing", 2019). It counts steps, not a
 * share of the run, so that a longer run begins with the same steps.
 */
#include "graph/ops/op_list.h"

#include <likeness/ops.h>

double lk_anneal_factor(const lk_anneal_options *o, int64_t step) {
    int64_t at = o->cycle_steps ? step % o->cycle_steps : step;
    return at < o->warmup_steps ? (double)(at + 1) / (double)o->warmup_steps : 1;
}

lk_node *lk_anneal(lk_node *x, lk_anneal_options options) {
    return x ? lk_apply(x->graph, &lk_op_anneal, &x, 1, &options) : NULL;
}

static lk_status anneal_infer(lk_node *y, lk_error *err) {
    (void)err;
    y->shape = y->in[0]->shape;
    return LK_OK;
}

static lk_real weight(const lk_node *y) {
    const lk_anneal_options *o = y->options;
    bool train = lk_graph_mode(y->graph) == LK_TRAIN;
    return LK_R(o->weight * (train ? lk_anneal_factor(o, lk_graph_step(y->graph)) : 1));
}

static void anneal_forward(lk_node *y) {
    lk_real w = weight(y);
    for (size_t i = 0, n = lk_shape_size(y->shape); i < n; i++)
        y->value[i] = w * y->in[0]->value[i];
}

static void anneal_backward(lk_node *y) {
    lk_real w = weight(y), *dx = y->in[0]->grad;
    for (size_t i = 0, n = lk_shape_size(y->shape); dx && i < n; i++)
        dx[i] = (y->add[0] ? dx[i] : 0) + w * y->grad[i];
}

static const lk_anneal_options plain = { .weight = 0.5 };
static const lk_anneal_options warm = { .weight = 0.5, .warmup_steps = 8 };
static const lk_anneal_options cyclic = { .weight = 2, .warmup_steps = 2, .cycle_steps = 3 };
static const lk_sample samples[] = {
    { .in = { { 2, { 3, 2 } } }, .options = &plain },
    { .in = { { 2, { 3, 2 } } }, .options = &warm },
    { .in = { { 2, { 3, 2 } } }, .options = &cyclic },
    LK_SAMPLES_END,
};
const lk_op lk_op_anneal = {
    .name = "anneal",
    .summary = "a factor that grows from 0 in training",
    .arity = 1,
    .options_size = sizeof(lk_anneal_options),
    .infer = anneal_infer,
    .forward = anneal_forward,
    .backward = anneal_backward,
    .samples = samples,
};
