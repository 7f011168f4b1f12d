/*
 * Group normalisation (Wu, He: "Group normalization", 2018) with PyTorch's convention, and a ReLU
 * after it in the same passes over memory: each group of channels of each sample by its own mean
 * and variance. With as many groups as channels it is instance normalisation, with one it is what
 * layer normalisation begins with. With M values in a group, xh = (x - mean) r and r = 1 / sqrt(var
 * + eps):
 *
 *   t = gamma xh + beta = scale x + shift,  y = t where positive, else slope t
 *   g = dy where t is positive, else slope dy
 *   dbeta = sum g,  dgamma = r sum g (x - mean), over the batch
 *   dx = r (gamma g - (A + xh B) / M)        = scale g + b x + k
 *   A = sum gamma g,  B = sum gamma g xh, over the group
 */
#include "graph/batch_sum.h"
#include "graph/ops/op_list.h"
#include "tensor/kernels.h"

#include <likeness/ops.h>

#include <math.h>
#include <string.h>

lk_node *lk_group_norm(lk_node *x, lk_node *gamma, lk_node *beta, lk_group_norm_options options) {
    lk_node *in[] = { x, gamma, beta };
    return x ? lk_apply(x->graph, &lk_op_group_norm, in, 3, &options) : NULL;
}

static int channels(const lk_node *y) {
    return y->shape.d[1];
}

static int places(const lk_node *y) {
    return (int)(lk_shape_row(y->shape) / (size_t)channels(y));
}

static bool is_affine(const lk_node *y) {
    return y->n_in == 3;
}

static lk_status check_groups(const lk_node *y, lk_error *err) {
    const lk_group_norm_options *o = y->options;
    int c = y->in[0]->shape.d[1];
    if (o->groups < 1 || c % o->groups != 0)
        return lk_fail(err, LK_USAGE,
                       "expected a number of groups that divides %d channels, got %d", c,
                       o->groups);
    /* its mean is the value itself, so that nothing of the input is left */
    if (lk_shape_row(y->in[0]->shape) == (size_t)o->groups)
        return lk_fail(err, LK_USAGE,
                       "expected at least 2 values in each group to normalise them, got 1");
    return LK_OK;
}

/* Of the state: two sums for each sample and channel, then six numbers. */
enum { SUMS = 2, NUMBERS = 6 };

static lk_status group_norm_infer(lk_node *y, lk_error *err) {
    lk_shape x = y->in[0]->shape;
    char got[64];
    if (x.rank != 2 && x.rank != 4)
        return lk_fail(err, LK_USAGE, "expected (N, C, H, W) or (N, C), got input %s",
                       lk_shape_text(x, got, sizeof got));
    if (y->n_in == 2) return lk_fail(err, LK_USAGE, "expected gamma and beta, or neither");
    for (int i = 1; i < y->n_in; i++)
        if (!lk_shape_equal(y->in[i]->shape, LK_SHAPE_1(x.d[1])))
            return lk_fail(err, LK_USAGE, "%s: expected (%d), got %s", y->in[i]->name, x.d[1],
                           lk_shape_text(y->in[i]->shape, got, sizeof got));
    lk_status status = check_groups(y, err);
    if (status) return status;
    y->shape = x;
    y->state_bytes =
        (size_t)x.d[0] * (size_t)x.d[1] * (SUMS * sizeof(double) + NUMBERS * sizeof(lk_real));
    return lk_batch_check(y->in[0], err);
}

/* What stays from forward to backward, of one sample: for each channel, and those of its group at
   each of its channels. */
struct sample {
    double *first, *second;
    lk_norm norm;
};

static struct sample sample_at(const lk_node *y, int row) {
    const lk_group_norm_options *o = y->options;
    size_t c = (size_t)channels(y), all = (size_t)y->shape.d[0] * c, at = (size_t)row * c;
    double *sums = y->state;
    lk_real *numbers = (lk_real *)(void *)(sums + SUMS * all) + NUMBERS * at,
            slope = o->rectify ? LK_R(o->slope) : 1;
    return (struct sample){ sums + at,
                            sums + all + at,
                            { slope, numbers, numbers + c, numbers + 2 * c, numbers + 3 * c,
                              numbers + 4 * c, numbers + 5 * c } };
}

static const lk_kernels *kernels(const lk_node *y) {
    return lk_graph_context(y->graph)->kernels;
}

static lk_real gamma_of(const lk_node *y, int c) {
    return is_affine(y) ? y->in[1]->value[c] : 1;
}

static int channels_in_group(const lk_node *y) {
    return channels(y) / ((const lk_group_norm_options *)y->options)->groups;
}

static double values_in_group(const lk_node *y) {
    return (double)channels_in_group(y) * places(y);
}

/* The numbers of the group whose first channel is `first`. */
static void normalise_group(const lk_node *y, const struct sample *s, int first) {
    int end = first + channels_in_group(y);
    double m = values_in_group(y), sum = 0, squares = 0;
    for (int c = first; c < end; c++) sum += s->first[c], squares += s->second[c];
    double mean = sum / m, var = squares / m - mean * mean;
    var = var < 0 ? 0 : var;
    double inverse = 1 / sqrt(var + ((const lk_group_norm_options *)y->options)->eps);
    for (int c = first; c < end; c++) {
        s->norm.mean[c] = LK_R(mean);
        s->norm.inverse[c] = LK_R(inverse);
        s->norm.scale[c] = gamma_of(y, c) * s->norm.inverse[c];
        s->norm.shift[c] =
            (is_affine(y) ? y->in[2]->value[c] : 0) - s->norm.mean[c] * s->norm.scale[c];
    }
}

static void clear_sums(const lk_node *y, const struct sample *s) {
    memset(s->first, 0, (size_t)channels(y) * sizeof *s->first);
    memset(s->second, 0, (size_t)channels(y) * sizeof *s->second);
}

static void forward_row(void *context, int row, int thread) {
    lk_node *y = context;
    struct sample s = sample_at(y, row);
    size_t at = (size_t)row * lk_shape_row(y->shape);
    const lk_real *x = y->in[0]->value + at;
    (void)thread;
    clear_sums(y, &s);
    kernels(y)->column_moments(places(y), channels(y), x, s.first, s.second);
    for (int c = 0; c < channels(y); c += channels_in_group(y)) normalise_group(y, &s, c);
    kernels(y)->norm_apply(places(y), channels(y), &s.norm, x, y->value + at);
}

static void group_norm_forward(lk_node *y) {
    lk_node_run(y, y->shape.d[0], forward_row);
}

/* b and k of the group whose first channel is `first`; its sums become those of the parameters. */
static void group_gradient(const lk_node *y, const struct sample *s, int first) {
    int end = first + channels_in_group(y);
    double m = values_in_group(y), inverse = (double)s->norm.inverse[first], sum = 0, product = 0;
    for (int c = first; c < end; c++) {
        s->second[c] *= inverse;
        sum += (double)gamma_of(y, c) * s->first[c];
        product += (double)gamma_of(y, c) * s->second[c];
    }
    double b = -inverse * inverse * product / m;
    double k = -inverse * sum / m - b * (double)s->norm.mean[first];
    for (int c = first; c < end; c++) s->norm.b[c] = LK_R(b), s->norm.k[c] = LK_R(k);
}

/* The gradient may take the place of the node's own: it is read once for the sums, then value by
   value. */
static void backward_row(void *context, int row, int thread) {
    lk_node *y = context, *x = y->in[0];
    struct sample s = sample_at(y, row);
    size_t at = (size_t)row * lk_shape_row(y->shape);
    const lk_real *dy = y->grad + at;
    (void)thread;
    clear_sums(y, &s);
    kernels(y)->norm_sums(places(y), channels(y), &s.norm, x->value + at, dy, s.first, s.second);
    for (int c = 0; c < channels(y); c += channels_in_group(y)) group_gradient(y, &s, c);
    if (x->grad)
        kernels(y)->norm_backward(places(y), channels(y), &s.norm, x->value + at, dy, y->add[0],
                                  x->grad + at);
}

static void parameter_gradient(lk_node *y, int i, double *sums) {
    lk_real *gradient = y->in[i]->grad;
    double share = lk_batch_share(y->graph);
    lk_batch_rows_sum(y->graph, sums, (size_t)channels(y));
    for (int c = 0; c < channels(y); c++)
        gradient[c] = (y->add[i] ? gradient[c] : 0) + LK_R(sums[c] * share);
}

static void group_norm_backward(lk_node *y) {
    struct sample s = sample_at(y, 0);
    lk_node_run(y, y->shape.d[0], backward_row);
    if (is_affine(y) && y->in[1]->grad) parameter_gradient(y, 1, s.second);
    if (is_affine(y) && y->in[2]->grad) parameter_gradient(y, 2, s.first);
}

static const lk_group_norm_options one = { .groups = 1, .eps = 1e-5 },
                                   two = { .groups = 2, .eps = 1e-3 },
                                   four = { .groups = 4, .eps = 1e-5 },
                                   leaky = { 2, 1e-5, .rectify = true, .slope = 0.2 };
static const lk_sample samples[] = {
    { .in = { { 4, { 3, 4, 2, 3 } }, { 1, { 4 } }, { 1, { 4 } } }, .options = &two },
    { .in = { { 4, { 3, 4, 2, 3 } }, { 1, { 4 } }, { 1, { 4 } } }, .options = &four },
    { .in = { { 4, { 2, 4, 3, 2 } } }, .options = &one },
    { .in = { { 2, { 3, 6 } }, { 1, { 6 } }, { 1, { 6 } } }, .options = &two },
    { .in = { { 4, { 3, 4, 2, 3 } }, { 1, { 4 } }, { 1, { 4 } } }, .options = &leaky },
    LK_SAMPLES_END,
};
const lk_op lk_op_group_norm = {
    .name = "group_norm",
    .summary = "groups of channels of a sample by their mean and variance, as in PyTorch",
    .arity = 3,
    .min_arity = 1,
    .options_size = sizeof(lk_group_norm_options),
    .in_place = true,
    .needs_input = { true, true },
    .infer = group_norm_infer,
    .forward = group_norm_forward,
    .backward = group_norm_backward,
    .samples = samples,
};
