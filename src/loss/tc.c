/*
 * beta-TCVAE: Chen, Li, Grosse, Duvenaud, "Isolating Sources of Disentanglement in Variational
 * Autoencoders", 2018. With l_ijk the log density of number k of code i under the posterior of
 * image j, and log weights w_ij,
 *
 *   A_i = log sum over j of exp(w_ij + sum over k of l_ijk)        about log q(z_i)
 *   B_ik = log sum over j of exp(w_ij + l_ijk)                     about log q(z_ik)
 *   value = mean over i of alpha (sum over k of l_iik - A_i) + beta (A_i - sum over k of B_ik)
 *           + gamma (sum over k of B_ik - log p(z_i))
 *
 * Of n codes of M images: w_ij = -log(n M) (weighted), or (stratified, appendix C.2) -log M for j =
 * i, log((M - n + 1) / (M (n - 1))) for one other image and -log(n - 1) for the rest. The published
 * code gives the first weight to image 0 instead of j = i. The derivative by l_ijk is alpha [i = j]
 * + (beta - alpha) exp(w_ij + sum of l - A_i) + (gamma - beta) exp(w_ij + l_ijk - B_ik).
 */
#include "base/rng.h"
#include "graph/batch_sum.h"
#include "loss/loss_list.h"

#include <likeness/loss.h>

#include <math.h>
#include <string.h>

#define LOG_2_PI 1.8378770664093454836

/* What forward leaves for backward, after the sums; n: codes of all processes. */
struct state {
    double *joint, *single;     /* A (n) and B (n, Z) */
    double *z, *mu, *precision; /* (n, Z); exp(-logvar) */
};

static size_t latents(const lk_node *tc) {
    return lk_shape_row(tc->in[0]->shape);
}

static struct state state_of(const lk_node *tc) {
    size_t n = (size_t)lk_graph_batch_in_all(tc->graph), values = n * latents(tc);
    double *at = (double *)(void *)((char *)tc->state + lk_batch_sum_bytes(tc->graph));
    return (struct state){ at, at + n, at + n + values, at + n + 2 * values, at + n + 3 * values };
}

static lk_status tc_infer(lk_node *tc, lk_error *err) {
    char first[64], other[64];
    lk_shape z = tc->in[0]->shape;
    for (int i = 1; i < 3; i++)
        if (z.rank != 2 || !lk_shape_equal(z, tc->in[i]->shape))
            return lk_fail(err, LK_USAGE, "expected z, mu, logvar of one shape, (N, Z), got %s, %s",
                           lk_shape_text(z, first, sizeof first),
                           lk_shape_text(tc->in[i]->shape, other, sizeof other));
    size_t n = (size_t)lk_graph_batch_in_all(tc->graph);
    tc->shape = LK_SHAPE_0;
    tc->state_bytes = lk_batch_sum_bytes(tc->graph) + (n + 4 * n * (size_t)z.d[1]) * sizeof(double);
    tc->scratch_bytes = 3 * (size_t)z.d[1] * sizeof(double);
    return lk_batch_check(tc->in[0], err);
}

/* ---- codes of all processes ---- */

/* Evaluation decodes the mean, but the estimate is one of drawn codes. */
static void take_row(void *context, int row, int thread) {
    lk_node *tc = context;
    struct state s = state_of(tc);
    int index = lk_graph_first(tc->graph) + row;
    size_t n = latents(tc), from = (size_t)row * n, to = (size_t)index * n;
    bool train = lk_graph_mode(tc->graph) == LK_TRAIN;
    lk_rng rng = lk_rng_at(lk_graph_seed(tc->graph), LK_STREAM_EVAL_NOISE, lk_graph_step(tc->graph),
                           (uint32_t)index);
    (void)thread;
    for (size_t k = 0; k < n; k++) {
        double mu = (double)tc->in[1]->value[from + k], logvar = (double)tc->in[2]->value[from + k];
        s.z[to + k] =
            train ? (double)tc->in[0]->value[from + k] : mu + exp(logvar / 2) * lk_rng_normal(&rng);
        s.mu[to + k] = mu;
        s.precision[to + k] = exp(-logvar);
    }
}

/* Each process fills its own rows. */
static void gather(lk_node *tc, double *values, size_t row) {
    lk_error err;
    lk_comm *comm = lk_graph_context(tc->graph)->comm;
    size_t n = (size_t)lk_graph_valid_in_all(tc->graph) * row;
    lk_status status = lk_comm_merge(comm, values, n * sizeof *values, &err);
    if (status) lk_refuse(tc->graph, status, "%s", err.text);
}

/* ---- forward ---- */

static double log_weight(const lk_node *tc, int i, int j) {
    const lk_tc_options *o = tc->options;
    int codes = lk_graph_valid_in_all(tc->graph);
    double n = codes, known = (double)lk_graph_population(tc->graph), m = known > n ? known : n;
    if (o->sampling == LK_TC_WEIGHTED) return -log(n * m);
    if (i == j) return -log(m);
    return j == (i + 1) % codes ? log((m - n + 1) / (m * (n - 1))) : -log(n - 1);
}

/* l of number k of code i under the posterior of image j. */
static double density(const struct state *s, size_t n_latents, int i, int j, size_t k) {
    size_t at = (size_t)j * n_latents + k;
    double d = s->z[(size_t)i * n_latents + k] - s->mu[at], precision = s->precision[at];
    return -(d * d * precision - log(precision) + LOG_2_PI) / 2;
}

static double density_of_all(const struct state *s, size_t n_latents, int i, int j) {
    double sum = 0;
    for (size_t k = 0; k < n_latents; k++) sum += density(s, n_latents, i, j, k);
    return sum;
}

/* The log of a sum of exponentials, one at a time. */
struct log_sum {
    double largest, sum; /* the sum of exp(x - largest) */
};

static void add(struct log_sum *s, double x) {
    if (s->sum > 0 && x <= s->largest) {
        s->sum += exp(x - s->largest);
        return;
    }
    s->sum = (s->sum > 0 ? s->sum * exp(s->largest - x) : 0) + 1;
    s->largest = x;
}

static double result(struct log_sum s) {
    return s.largest + log(s.sum);
}

static void sum_row(void *context, int row, int thread) {
    lk_node *tc = context;
    const lk_tc_options *o = tc->options;
    struct state s = state_of(tc);
    size_t z = latents(tc);
    int n = lk_graph_valid_in_all(tc->graph), me = lk_graph_first(tc->graph) + row;
    double own = density_of_all(&s, z, me, me), singles = 0, prior = 0;
    struct log_sum joint = { 0 };
    (void)thread;
    for (int j = 0; j < n; j++) add(&joint, log_weight(tc, me, j) + density_of_all(&s, z, me, j));
    s.joint[me] = result(joint);
    for (size_t k = 0; k < z; k++) {
        struct log_sum single = { 0 };
        double code = s.z[(size_t)me * z + k];
        for (int j = 0; j < n; j++) add(&single, log_weight(tc, me, j) + density(&s, z, me, j, k));
        s.single[(size_t)me * z + k] = result(single);
        singles += result(single);
        prior -= (code * code + LOG_2_PI) / 2;
    }
    ((double *)tc->state)[row] = o->alpha * (own - s.joint[me]) +
                                 o->beta * (s.joint[me] - singles) + o->gamma * (singles - prior);
}

static void tc_forward(lk_node *tc) {
    struct state s = state_of(tc);
    size_t n = (size_t)lk_graph_batch_in_all(tc->graph), z = latents(tc);
    tc->value[0] = 0;
    if (lk_graph_valid_in_all(tc->graph) < 2) return;
    memset(s.joint, 0, (n + 4 * n * z) * sizeof(double));
    lk_node_run(tc, lk_graph_valid(tc->graph), take_row);
    gather(tc, s.z, z), gather(tc, s.mu, z), gather(tc, s.precision, z);
    lk_node_run(tc, lk_graph_valid(tc->graph), sum_row);
    gather(tc, s.joint, 1), gather(tc, s.single, z);
    tc->value[0] = lk_batch_mean(tc->graph, tc->state, 1);
}

/* ---- backward ---- */

/* The derivative of the value of code i by l of numbers k, without 1 / n. */
static void slopes(const lk_node *tc, const struct state *s, int i, int j, double *out) {
    const lk_tc_options *o = tc->options;
    size_t z = latents(tc);
    double weight = log_weight(tc, i, j),
           together = exp(weight + density_of_all(s, z, i, j) - s->joint[i]);
    for (size_t k = 0; k < z; k++)
        out[k] = (i == j ? o->alpha : 0) + (o->beta - o->alpha) * together +
                 (o->gamma - o->beta) *
                     exp(weight + density(s, z, i, j, k) - s->single[(size_t)i * z + k]);
}

static void put(const lk_node *tc, int input, size_t at, double value) {
    lk_real *d = tc->in[input]->grad;
    if (d) d[at] = (tc->add[input] ? d[at] : 0) + LK_R(value);
}

/* The code of this row against all posteriors, and its posterior against all codes. */
static void backward_row(void *context, int row, int thread) {
    lk_node *tc = context;
    const lk_tc_options *o = tc->options;
    struct state s = state_of(tc);
    size_t z = latents(tc), at = (size_t)row * z;
    int n = lk_graph_valid_in_all(tc->graph), me = lk_graph_first(tc->graph) + row;
    double scale = (double)(tc->grad[0] * lk_batch_weight(tc->graph, 1, row));
    double *slope = (double *)lk_graph_scratch(tc->graph) + (size_t)thread * 3 * z,
           *of_z = slope + z, *mine = s.z + (size_t)me * z, *mu = s.mu + (size_t)me * z,
           *precision = s.precision + (size_t)me * z;
    if (n < 2) scale = 0;
    for (size_t k = 0; k < z; k++) of_z[k] = scale != 0 ? o->gamma * mine[k] : 0;
    for (int j = 0; scale != 0 && j < n; j++) {
        slopes(tc, &s, me, j, slope);
        for (size_t k = 0; k < z; k++)
            of_z[k] -=
                slope[k] * (mine[k] - s.mu[(size_t)j * z + k]) * s.precision[(size_t)j * z + k];
    }
    for (size_t k = 0; k < z; k++) put(tc, 0, at + k, scale * of_z[k]);
    double *of_mu = of_z, *of_logvar = of_z + z;
    memset(of_mu, 0, 2 * z * sizeof *of_mu);
    for (int i = 0; scale != 0 && i < n; i++) {
        slopes(tc, &s, i, me, slope);
        for (size_t k = 0; k < z; k++) {
            double d = (s.z[(size_t)i * z + k] - mu[k]) * precision[k];
            of_mu[k] += slope[k] * d;
            of_logvar[k] += slope[k] * (d * (s.z[(size_t)i * z + k] - mu[k]) - 1) / 2;
        }
    }
    for (size_t k = 0; k < z; k++) put(tc, 1, at + k, scale * of_mu[k]);
    for (size_t k = 0; k < z; k++) put(tc, 2, at + k, scale * of_logvar[k]);
}

static void tc_backward(lk_node *tc) {
    lk_node_run(tc, tc->in[0]->shape.d[0], backward_row);
}

/* ---- the rows ---- */

static const lk_tc_options weighted = { .alpha = 1, .beta = 6, .gamma = 1 };
static const lk_tc_options stratified = {
    .alpha = 0.5, .beta = 3, .gamma = 2, .sampling = LK_TC_STRATIFIED
};
static const lk_sample samples[] = {
    { .in = { { 2, { 4, 3 } }, { 2, { 4, 3 } }, { 2, { 4, 3 } } }, .options = &weighted },
    { .in = { { 2, { 5, 2 } }, { 2, { 5, 2 } }, { 2, { 5, 2 } } }, .options = &stratified },
    LK_SAMPLES_END,
};
static const lk_op op = {
    .name = "tc",
    .summary = "divergence from N(0, I), the total correlation with its own factor",
    .arity = 3,
    .options_size = sizeof(lk_tc_options),
    .infer = tc_infer,
    .forward = tc_forward,
    .backward = tc_backward,
    .samples = samples,
};

lk_node *lk_tc(lk_node *z, lk_node *mu, lk_node *logvar, const lk_tc_options *options) {
    lk_node *in[] = { z, mu, logvar };
    return z ? lk_apply(z->graph, &op, in, 3, options) : NULL;
}

static lk_node *tc_build(const lk_codes *codes, const void *options) {
    return lk_tc(codes->z, codes->mu, codes->logvar, options);
}

static double tc_prior_variance(const void *options) {
    (void)options;
    return 1;
}

static const lk_option options[] = {
    LK_REGULARIZER_OPTIONS(1.6e-4, "factor on all three parts; see kl"),
    LK_OPTION_NUMBER(lk_tc_options, alpha, 1, 0, 1e6,
                     "factor on what a code tells about its image"),
    LK_OPTION_NUMBER(lk_tc_options, beta, 6, 0, 1e6, "factor on the total correlation of latents"),
    LK_OPTION_NUMBER(lk_tc_options, gamma, 1, 0, 1e6,
                     "factor on the divergence of each latent from the prior"),
    LK_OPTION_WORD(lk_tc_options, sampling, "weighted", LK_WORDS(LK_TC_SAMPLING_LIST),
                   "how a batch stands for all training images"),
    { 0 },
};

static const lk_op *const ops[] = { &op, NULL };
const lk_regularizer lk_regularizer_tc = {
    .choice = { .name = "tc",
                .summary = "kl in three parts, with a factor on the total correlation (beta-TCVAE)",
                .options = options,
                .options_size = sizeof(lk_tc_options),
                .check = lk_regularizer_check },
    .needs_posterior = true,
    .whole_batches = true,
    .prior_variance = tc_prior_variance,
    .build = tc_build,
    .ops = ops,
};
