/* z = mu + exp(logvar / 2) eps (Kingma, Welling: "Auto-Encoding Variational Bayes", 2013, section
   2.4); mu in evaluation. */
#include "base/rng.h"
#include "graph/batch_sum.h"
#include "graph/ops/op_list.h"

#include <likeness/ops.h>

#include <math.h>

lk_node *lk_reparameterize(lk_node *mu, lk_node *logvar) {
    lk_node *in[] = { mu, logvar };
    return mu ? lk_apply(mu->graph, &lk_op_reparameterize, in, 2, NULL) : NULL;
}

static lk_status reparameterize_infer(lk_node *z, lk_error *err) {
    char first[64], second[64];
    lk_shape mu = z->in[0]->shape;
    if (mu.rank != 2 || !lk_shape_equal(mu, z->in[1]->shape))
        return lk_fail(err, LK_USAGE, "expected mu and logvar of one shape, (N, Z), got %s and %s",
                       lk_shape_text(mu, first, sizeof first),
                       lk_shape_text(z->in[1]->shape, second, sizeof second));
    z->shape = mu;
    z->state_bytes = lk_shape_size(mu) * sizeof(lk_real); /* exp(logvar / 2) eps, or 0 */
    return lk_batch_check(z->in[0], err);
}

static void forward_row(void *context, int row, int thread) {
    lk_node *z = context;
    size_t n = lk_shape_row(z->shape), at = (size_t)row * n;
    const lk_real *mu = z->in[0]->value + at, *logvar = z->in[1]->value + at;
    lk_real *noise = (lk_real *)z->state + at;
    bool train = lk_graph_mode(z->graph) == LK_TRAIN;
    uint32_t index = (uint32_t)(lk_graph_first(z->graph) + row);
    lk_rng rng =
        lk_rng_at(lk_graph_seed(z->graph), LK_STREAM_NOISE, lk_graph_step(z->graph), index);
    (void)thread;
    for (size_t i = 0; i < n; i++) {
        noise[i] = train ? LK_R(exp(0.5 * (double)logvar[i]) * lk_rng_normal(&rng)) : 0;
        z->value[at + i] = mu[i] + noise[i];
    }
}

static void reparameterize_forward(lk_node *z) {
    lk_node_run(z, z->shape.d[0], forward_row);
}

static void backward_row(void *context, int row, int thread) {
    lk_node *z = context;
    size_t n = lk_shape_row(z->shape), at = (size_t)row * n;
    lk_real *dmu = z->in[0]->grad, *dlogvar = z->in[1]->grad;
    const lk_real *dz = z->grad, *noise = z->state;
    (void)thread;
    for (size_t i = at; dmu && i < at + n; i++) dmu[i] = (z->add[0] ? dmu[i] : 0) + dz[i];
    for (size_t i = at; dlogvar && i < at + n; i++)
        dlogvar[i] = (z->add[1] ? dlogvar[i] : 0) + dz[i] * noise[i] / 2;
}

static void reparameterize_backward(lk_node *z) {
    lk_node_run(z, z->shape.d[0], backward_row);
}

static const lk_sample samples[] = { { .in = { { 2, { 3, 7 } }, { 2, { 3, 7 } } } },
                                     LK_SAMPLES_END };
const lk_op lk_op_reparameterize = {
    .name = "reparameterize",
    .summary = "mu + exp(logvar / 2) noise",
    .arity = 2,
    .infer = reparameterize_infer,
    .forward = reparameterize_forward,
    .backward = reparameterize_backward,
    .samples = samples,
};
