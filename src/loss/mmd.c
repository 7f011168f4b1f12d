/*
 * MMD^2 between codes and prior samples, unbiased: Gretton et al., "A Kernel Two-Sample Test", JMLR
 * 2012, lemma 6, with the scales of Tolstikhin et al., "Wasserstein Auto-Encoders", 2017, section 4
 * and published code. Distances are computed from differences, because |a|^2 + |b|^2 - 2ab loses
 * the digits that matter where codes lie close together. MMD^2 is a mean over the batch, to which
 * sample i adds the sum over j of (k(z_i, z_j) + k(p_i, p_j)) / (n - 1) - 2 k(z_i, p_j) / n. It is
 * not clamped: it is negative as often as positive.
 */
#include "base/rng.h"
#include "graph/batch_sum.h"
#include "loss/loss_list.h"
#include "tensor/kernels.h"

#include <likeness/loss.h>

#include <math.h>
#include <string.h>

double lk_mmd_kernel_at(const lk_mmd_options *options, double unit, double r, double *slope) {
    double value = 0, derivative = 0;
    for (int i = 0; i < options->scales.n; i++) {
        double c = unit * options->scales.v[i];
        double term = options->kernel == LK_MMD_IMQ ? c / (c + r) : exp(-r / c);
        value += term;
        derivative -= options->kernel == LK_MMD_IMQ ? term / (c + r) : term / c;
    }
    *slope = derivative;
    return value;
}

/* What forward leaves for backward, after the sums; n: codes of all processes. */
struct state {
    lk_real *codes, *prior; /* (n, Z) */
    lk_real *slopes;        /* (N, 2n): of k(z_i, z_j), then of k(z_i, p_j) */
};

static struct state state_of(const lk_node *mmd) {
    size_t z = lk_shape_row(mmd->in[0]->shape), n = (size_t)lk_graph_batch_in_all(mmd->graph);
    lk_real *codes = (lk_real *)(void *)((char *)mmd->state + lk_batch_sum_bytes(mmd->graph));
    return (struct state){ codes, codes + n * z, codes + 2 * n * z };
}

static lk_status mmd_infer(lk_node *mmd, lk_error *err) {
    lk_shape z = mmd->in[0]->shape;
    char got[64];
    if (z.rank != 2)
        return lk_fail(err, LK_USAGE, "expected codes (N, Z), got %s",
                       lk_shape_text(z, got, sizeof got));
    size_t n = (size_t)lk_graph_batch_in_all(mmd->graph),
           values = 2 * n * (size_t)z.d[1] + 2 * n * (size_t)z.d[0];
    mmd->shape = LK_SHAPE_0;
    mmd->state_bytes = lk_batch_sum_bytes(mmd->graph) + values * sizeof(lk_real);
    return lk_batch_check(mmd->in[0], err);
}

static double unit_of(const lk_node *mmd) {
    return 2 * (double)lk_shape_row(mmd->in[0]->shape) *
           ((const lk_mmd_options *)mmd->options)->prior_variance;
}

/* ---- forward ---- */

static void gather_codes(lk_node *mmd) {
    lk_error err;
    lk_comm *comm = lk_graph_context(mmd->graph)->comm;
    size_t n_bytes = lk_shape_size(mmd->in[0]->shape) * sizeof(lk_real);
    lk_status status = lk_comm_gather(comm, mmd->in[0]->value, n_bytes, state_of(mmd).codes, &err);
    if (status) lk_refuse(mmd->graph, status, "%s", err.text);
}

static void draw_row(void *context, int row, int thread) {
    lk_node *mmd = context;
    size_t n = lk_shape_row(mmd->in[0]->shape);
    lk_real *prior = state_of(mmd).prior + (size_t)row * n;
    double sigma = sqrt(((const lk_mmd_options *)mmd->options)->prior_variance);
    lk_stream stream =
        lk_graph_mode(mmd->graph) == LK_TRAIN ? LK_STREAM_PRIOR : LK_STREAM_EVAL_PRIOR;
    lk_rng rng =
        lk_rng_at(lk_graph_seed(mmd->graph), stream, lk_graph_step(mmd->graph), (uint32_t)row);
    (void)thread;
    for (size_t i = 0; i < n; i++) prior[i] = LK_R(sigma * lk_rng_normal(&rng));
}

/* k of rows a and b, and its slope. */
static double compare(const lk_node *mmd, const lk_real *a, const lk_real *b, double *slope) {
    double r;
    const lk_kernels *kernels = lk_graph_context(mmd->graph)->kernels;
    kernels->pixelwise(LK_SQUARED, lk_shape_row(mmd->in[0]->shape), 0, a, b, &r);
    return lk_mmd_kernel_at(mmd->options, unit_of(mmd), r, slope);
}

static void sum_row(void *context, int row, int thread) {
    lk_node *mmd = context;
    struct state state = state_of(mmd);
    size_t z = lk_shape_row(mmd->in[0]->shape), n = (size_t)lk_graph_valid_in_all(mmd->graph);
    size_t me = (size_t)lk_graph_first(mmd->graph) + (size_t)row;
    const lk_real *code = state.codes + me * z, *sample = state.prior + me * z;
    lk_real *slopes = state.slopes + (size_t)row * 2 * n;
    double alike = 0, across = 0, slope;
    (void)thread;
    for (size_t j = 0; j < n; j++) {
        if (j != me) alike += compare(mmd, code, state.codes + j * z, &slope);
        slopes[j] = j != me ? LK_R(slope) : 0;
        /* for (i, j) and (j, i) */
        if (j > me) alike += 2 * compare(mmd, sample, state.prior + j * z, &slope);
        across += compare(mmd, code, state.prior + j * z, &slope);
        slopes[n + j] = LK_R(slope);
    }
    ((double *)mmd->state)[row] = alike / ((double)n - 1) - 2 * across / (double)n;
}

static void mmd_forward(lk_node *mmd) {
    int n = lk_graph_valid_in_all(mmd->graph);
    mmd->value[0] = 0;
    if (n < 2) return;
    gather_codes(mmd);
    lk_node_run(mmd, n, draw_row);
    lk_node_run(mmd, lk_graph_valid(mmd->graph), sum_row);
    mmd->value[0] = lk_batch_mean(mmd->graph, mmd->state, 1);
}

/* ---- backward ---- */

static void backward_row(void *context, int row, int thread) {
    lk_node *mmd = context;
    struct state state = state_of(mmd);
    const lk_kernels *kernels = lk_graph_context(mmd->graph)->kernels;
    size_t z = lk_shape_row(mmd->in[0]->shape), n = (size_t)lk_graph_valid_in_all(mmd->graph);
    lk_real *dz = mmd->in[0]->grad + (size_t)row * z;
    (void)thread;
    if (!mmd->add[0]) memset(dz, 0, z * sizeof *dz);
    if (row >= lk_graph_valid(mmd->graph) || n < 2) return;
    const lk_real *code = state.codes + (size_t)(lk_graph_first(mmd->graph) + row) * z,
                  *slopes = state.slopes + (size_t)row * 2 * n;
    lk_real alike = mmd->grad[0] * LK_R(2 / ((double)n * ((double)n - 1))),
            across = mmd->grad[0] * LK_R(-2 / ((double)n * (double)n));
    /* the kernel's gradient by y is 2 (y - x) times a scale, which is that of |y - x|^2 */
    for (size_t j = 0; j < n; j++) {
        lk_real *with = state.codes + j * z, *prior = state.prior + j * z;
        kernels->pixelwise_backward(LK_SQUARED, z, 0, with, code, alike * slopes[j], true, dz);
        kernels->pixelwise_backward(LK_SQUARED, z, 0, prior, code, across * slopes[n + j], true,
                                    dz);
    }
}

static void mmd_backward(lk_node *mmd) {
    if (mmd->in[0]->grad) lk_node_run(mmd, mmd->in[0]->shape.d[0], backward_row);
}

/* ---- rows ---- */

static const lk_mmd_options imq = { .kernel = LK_MMD_IMQ,
                                    .scales = { 3, { 0.1, 1, 5 } },
                                    .prior_variance = 1 };
static const lk_mmd_options rbf = { .kernel = LK_MMD_RBF,
                                    .scales = { 2, { 0.2, 1 } },
                                    .prior_variance = 0.5 };
static const lk_sample samples[] = {
    { .in = { { 2, { 5, 7 } } }, .options = &imq },
    { .in = { { 2, { 4, 3 } } }, .options = &rbf },
    LK_SAMPLES_END,
};
static const lk_op op = {
    .name = "mmd",
    .summary = "unbiased MMD^2 between codes and prior samples",
    .arity = 1,
    .options_size = sizeof(lk_mmd_options),
    .infer = mmd_infer,
    .forward = mmd_forward,
    .backward = mmd_backward,
    .samples = samples,
};

lk_node *lk_mmd(lk_node *z, const lk_mmd_options *options) {
    return z ? lk_apply(z->graph, &op, &z, 1, options) : NULL;
}

static lk_node *mmd_build(const lk_codes *codes, const void *options) {
    return lk_mmd(codes->z, options);
}

static double mmd_prior_variance(const void *options) {
    return ((const lk_mmd_options *)options)->prior_variance;
}

static const lk_option options[] = {
    LK_REGULARIZER_OPTIONS(
        0.04, "factor on MMD^2; 0.04: the ratio to mse of the Wasserstein autoencoder's "
              "authors; other losses want more"),
    LK_OPTION_WORD(
        lk_mmd_options, kernel, "imq", LK_WORDS(LK_MMD_KERNEL_LIST),
        "of r = |a - b|^2, C = 2 latents prior_variance scale: imq C / (C + r), rbf exp(-r / C)"),
    LK_OPTION_NUMBERS(lk_mmd_options, scales, "[0.1, 0.2, 0.5, 1, 2, 5, 10]", 1e-6, 1e6,
                      "scales whose kernels are summed"),
    LK_OPTION_NUMBER(lk_mmd_options, prior_variance, 1, 1e-6, 1e6,
                     "sigma^2 of the prior N(0, sigma^2 I)"),
    { 0 },
};

lk_mmd_options lk_mmd_options_for(const lk_chosen *regularizer) {
    const lk_chosen *term;
    for (int i = 0; (term = lk_regularizer_term(regularizer, i)); i++)
        if (term->choice == &lk_regularizer_mmd.choice)
            return *(const lk_mmd_options *)term->options;
    lk_mmd_options result;
    lk_options_default(options, &result);
    double variance = lk_prior_variance(regularizer);
    if (variance > 0) result.prior_variance = variance;
    return result;
}

static const lk_op *const ops[] = { &op, NULL };
const lk_regularizer lk_regularizer_mmd = {
    .choice = { .name = "mmd",
                .summary =
                    "unbiased MMD^2 between the codes of a batch and samples of N(0, sigma^2 I)",
                .options = options,
                .options_size = sizeof(lk_mmd_options),
                .check = lk_regularizer_check },
    .whole_batches = true,
    .prior_variance = mmd_prior_variance,
    .build = mmd_build,
    .ops = ops,
};
