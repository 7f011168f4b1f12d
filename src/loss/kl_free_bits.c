/*
 * The divergence from N(0, I) with free bits: the sum over latents of max(free, k_j), where k_j is
 * the mean over the batch of latent j's divergence (Kingma et al., "Improving Variational Inference
 * with Inverse Autoregressive Flow", 2016, section 2.4, a group for each latent). A latent below
 * `free` has no gradient. Sums run in sample order inside a shard, then over the tree of shards.
 */
#include "graph/batch_sum.h"
#include "loss/kl.h"

#include <math.h>
#include <string.h>

struct options {
    double free;
};

static size_t latents(const lk_node *kl) {
    return lk_shape_row(kl->in[0]->shape);
}

static lk_status infer(lk_node *kl, lk_error *err) {
    lk_status status = lk_kl_shapes(kl, err);
    kl->shape = LK_SHAPE_0;
    if (!status)
        kl->state_bytes = (size_t)lk_graph_shards(kl->graph) * latents(kl) * sizeof(double);
    return status;
}

static void sum_shard(void *context, int shard, int thread) {
    lk_node *kl = context;
    int n_shards = lk_graph_shards(kl->graph), batch = lk_graph_batch(kl->graph);
    size_t n = latents(kl);
    double *sums = (double *)kl->state + (size_t)shard * n;
    (void)thread;
    memset(sums, 0, n * sizeof *sums);
    for (int i = lk_shard_begin(batch, n_shards, shard);
         i < lk_shard_begin(batch, n_shards, shard + 1) && i < lk_graph_valid(kl->graph); i++)
        for (size_t j = 0, at = (size_t)i * n; j < n; j++, at++) {
            double mu = (double)kl->in[0]->value[at], logvar = (double)kl->in[1]->value[at];
            sums[j] += (mu * mu + expm1(logvar) - logvar) / 2;
        }
}

static bool is_free(const lk_node *kl, size_t j) {
    double mean = ((const double *)kl->state)[j] / lk_graph_valid_in_all(kl->graph);
    return mean <= ((const struct options *)kl->options)->free;
}

static void forward(lk_node *kl) {
    const struct options *o = kl->options;
    const double *sums = kl->state;
    double total = 0;
    lk_node_run(kl, lk_graph_shards(kl->graph), sum_shard);
    lk_batch_add_shards(kl->graph, kl->state, latents(kl));
    for (size_t j = 0; j < latents(kl); j++)
        total += is_free(kl, j) ? o->free : sums[j] / lk_graph_valid_in_all(kl->graph);
    kl->value[0] = LK_R(total);
}

static void backward_row(void *context, int row, int thread) {
    lk_node *kl = context;
    size_t n = latents(kl), at = (size_t)row * n;
    const lk_real *mu = kl->in[0]->value, *logvar = kl->in[1]->value,
                  scale = kl->grad[0] * lk_batch_weight(kl->graph, 1, row);
    lk_real *dmu = kl->in[0]->grad, *dlogvar = kl->in[1]->grad;
    (void)thread;
    for (size_t j = 0; dmu && j < n; j++)
        dmu[at + j] = (kl->add[0] ? dmu[at + j] : 0) + (is_free(kl, j) ? 0 : scale * mu[at + j]);
    for (size_t j = 0; dlogvar && j < n; j++)
        dlogvar[at + j] = (kl->add[1] ? dlogvar[at + j] : 0) +
                          (is_free(kl, j) ? 0 : scale * LK_R(expm1((double)logvar[at + j]) / 2));
}

static void backward(lk_node *kl) {
    lk_node_run(kl, kl->in[0]->shape.d[0], backward_row);
}

static const struct options some = { 0.15 };
static const lk_sample samples[] = {
    { .in = { { 2, { 3, 7 } }, { 2, { 3, 7 } } }, .options = &some },
    LK_SAMPLES_END,
};
const lk_op lk_op_kl_free_bits = {
    .name = "kl_free_bits",
    .summary = "kl, each latent at least a given number of nats",
    .arity = 2,
    .options_size = sizeof(struct options),
    .needs_input = { true, true },
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .samples = samples,
};

lk_node *lk_kl_free_bits(lk_node *mu, lk_node *logvar, double free) {
    lk_node *in[] = { mu, logvar };
    const struct options o = { free };
    return mu ? lk_apply(mu->graph, &lk_op_kl_free_bits, in, 2, &o) : NULL;
}
