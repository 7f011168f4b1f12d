/*
 * Kullback-Leibler divergence of diagonal Gaussians from N(0, I): 1/2 sum over latents of mu^2 +
 * e^logvar - 1 - logvar, mean over the batch (Kingma, Welling: "Auto-Encoding Variational Bayes",
 * 2013, appendix B). A sum over latents, not a mean.
 */
#include "loss/kl.h"
#include "graph/batch_sum.h"
#include "loss/loss_list.h"

#include <likeness/loss.h>

#include <math.h>

lk_status lk_kl_shapes(const lk_node *node, lk_error *err) {
    char first[64], second[64];
    lk_shape mu = node->in[0]->shape;
    if (mu.rank != 2 || !lk_shape_equal(mu, node->in[1]->shape))
        return lk_fail(err, LK_USAGE, "expected mu and logvar of one shape, (N, Z), got %s and %s",
                       lk_shape_text(mu, first, sizeof first),
                       lk_shape_text(node->in[1]->shape, second, sizeof second));
    return lk_batch_check(node->in[0], err);
}

static lk_status kl_infer(lk_node *kl, lk_error *err) {
    kl->shape = LK_SHAPE_0;
    kl->state_bytes = lk_batch_sum_bytes(kl->graph);
    return lk_kl_shapes(kl, err);
}

static void sum_row(void *context, int row, int thread) {
    lk_node *kl = context;
    size_t n = lk_shape_row(kl->in[0]->shape), at = (size_t)row * n;
    const lk_real *mu = kl->in[0]->value + at, *logvar = kl->in[1]->value + at;
    double sum = 0;
    (void)thread;
    for (size_t i = 0; i < n; i++)
        sum += (double)mu[i] * (double)mu[i] + expm1((double)logvar[i]) - (double)logvar[i];
    ((double *)kl->state)[row] = sum / 2;
}

static void kl_forward(lk_node *kl) {
    lk_node_run(kl, lk_graph_valid(kl->graph), sum_row);
    kl->value[0] = lk_batch_mean(kl->graph, kl->state, 1);
}

static void backward_row(void *context, int row, int thread) {
    lk_node *kl = context;
    size_t n = lk_shape_row(kl->in[0]->shape), at = (size_t)row * n;
    const lk_real *mu = kl->in[0]->value, *logvar = kl->in[1]->value,
                  scale = kl->grad[0] * lk_batch_weight(kl->graph, 1, row);
    lk_real *dmu = kl->in[0]->grad, *dlogvar = kl->in[1]->grad;
    (void)thread;
    for (size_t i = at; dmu && i < at + n; i++) dmu[i] = (kl->add[0] ? dmu[i] : 0) + scale * mu[i];
    for (size_t i = at; dlogvar && i < at + n; i++)
        dlogvar[i] = (kl->add[1] ? dlogvar[i] : 0) + scale * LK_R(expm1((double)logvar[i]) / 2);
}

static void kl_backward(lk_node *kl) {
    lk_node_run(kl, kl->in[0]->shape.d[0], backward_row);
}

static const lk_sample samples[] = { { .in = { { 2, { 3, 7 } }, { 2, { 3, 7 } } } },
                                     LK_SAMPLES_END };
static const lk_op op = {
    .name = "kl",
    .summary = "divergence of Gaussian posteriors from N(0, I)",
    .arity = 2,
    .needs_input = { true, true },
    .infer = kl_infer,
    .forward = kl_forward,
    .backward = kl_backward,
    .samples = samples,
};

lk_node *lk_kl(lk_node *mu, lk_node *logvar) {
    lk_node *in[] = { mu, logvar };
    return mu ? lk_apply(mu->graph, &op, in, 2, NULL) : NULL;
}

struct options {
    lk_regularizer_options common;
    double free_bits;
};

static lk_node *kl_build(const lk_codes *codes, const void *options) {
    double free = ((const struct options *)options)->free_bits;
    return free > 0 ? lk_kl_free_bits(codes->mu, codes->logvar, free)
                    : lk_kl(codes->mu, codes->logvar);
}

static double kl_prior_variance(const void *options) {
    (void)options;
    return 1;
}

/* The default weight makes mean squared error over 64 x 64 x 3 values a Gaussian likelihood of unit
   variance: 2 / 12288. */
static const lk_option options[] = {
    LK_REGULARIZER_OPTIONS(1.6e-4, "factor on the divergence; 1.6e-4: unit variance Gaussian "
                                   "against mse of 64 x 64 x 3; other losses want more"),
    LK_OPTION_NUMBER(struct options, free_bits, 0, 0, 1e6,
                     "nats that each latent's divergence, as a mean over the batch, may have for "
                     "free; 0: none"),
    { 0 },
};

static const lk_op *const ops[] = { &op, &lk_op_kl_free_bits, NULL };
const lk_regularizer lk_regularizer_kl = {
    .choice = { .name = "kl",
                .summary = "divergence of posteriors from N(0, I): 1/2 sum of mu^2 + e^logvar - 1 "
                           "- logvar, mean over images",
                .options = options,
                .options_size = sizeof(struct options),
                .check = lk_regularizer_check },
    .needs_posterior = true,
    .prior_variance = kl_prior_variance,
    .build = kl_build,
    .ops = ops,
};
