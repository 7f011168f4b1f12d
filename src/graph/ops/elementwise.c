/* Functions applied element by element. A task computes a row of the batch. */
#include "elementwise.h"
#include "graph/ops/op_list.h"

#include <likeness/ops.h>

static int n_rows(const lk_node *node) {
    return node->shape.rank ? node->shape.d[0] : 1;
}

static const lk_kernels *kernels(const lk_node *node) {
    return lk_graph_context(node->graph)->kernels;
}

/* ---- one tensor ---- */

static lk_node *unary_apply(const lk_op *op, lk_unary kind, lk_node *x, double a, double b) {
    struct lk_unary_options options = { kind, a, b };
    return x ? lk_apply(x->graph, op, &x, 1, &options) : NULL;
}

static lk_status unary_infer(lk_node *y, lk_error *err) {
    (void)err;
    y->shape = y->in[0]->shape;
    return LK_OK;
}

static void unary_forward_row(void *context, int row, int thread) {
    lk_node *y = context;
    const struct lk_unary_options *o = y->options;
    size_t n = lk_shape_row(y->shape), at = (size_t)row * n;
    (void)thread;
    kernels(y)->unary_forward(o->kind, n, LK_R(o->a), LK_R(o->b), y->in[0]->value + at,
                              y->value + at);
}

static void unary_forward(lk_node *y) {
    lk_node_run(y, n_rows(y), unary_forward_row);
}

static void unary_backward_row(void *context, int row, int thread) {
    lk_node *y = context;
    const struct lk_unary_options *o = y->options;
    size_t n = lk_shape_row(y->shape), at = (size_t)row * n;
    (void)thread;
    kernels(y)->unary_backward(o->kind, n, LK_R(o->a), LK_R(o->b), y->in[0]->value + at,
                               y->value + at, y->grad + at, y->add[0], y->in[0]->grad + at);
}

static void unary_backward(lk_node *y) {
    if (y->in[0]->grad) lk_node_run(y, n_rows(y), unary_backward_row);
}

#define UNARY(name_, summary_, ...)                                                                \
    {                                                                                              \
        .name = name_, .summary = summary_, .arity = 1,                                            \
        .options_size = sizeof(struct lk_unary_options), .infer = unary_infer,                     \
        .forward = unary_forward, .backward = unary_backward, __VA_ARGS__                          \
    }
#define MAPS                                                                                       \
    {                                                                                              \
        4, {                                                                                       \
            2, 3, 4, 5                                                                             \
        }                                                                                          \
    }
#define MATRIX                                                                                     \
    {                                                                                              \
        2, {                                                                                       \
            3, 7                                                                                   \
        }                                                                                          \
    }

static const struct lk_unary_options relu = { .kind = LK_RELU };
static const lk_sample relu_samples[] = { { .in = { MAPS }, .options = &relu }, LK_SAMPLES_END };
const lk_op lk_op_relu = UNARY("relu", "max(x, 0); the gradient at 0 is 0", .in_place = true,
                               .needs_output = true, .samples = relu_samples);

lk_node *lk_relu(lk_node *x) {
    return unary_apply(&lk_op_relu, LK_RELU, x, 0, 0);
}

static const struct lk_unary_options leaky_relu = { .kind = LK_LEAKY_RELU, .a = 0.2 };
static const lk_sample leaky_relu_samples[] = { { .in = { MAPS }, .options = &leaky_relu },
                                                LK_SAMPLES_END };
const lk_op lk_op_leaky_relu =
    UNARY("leaky_relu", "x where positive, else slope x", .in_place = true, .needs_output = true,
          .samples = leaky_relu_samples);

lk_node *lk_leaky_relu(lk_node *x, double slope) {
    return unary_apply(&lk_op_leaky_relu, LK_LEAKY_RELU, x, slope, 0);
}

static const struct lk_unary_options sigmoid = { .kind = LK_SIGMOID };
static const lk_sample sigmoid_samples[] = {
    { .in = { MAPS }, .options = &sigmoid, .low = -6, .high = 6 }, LK_SAMPLES_END
};
const lk_op lk_op_sigmoid = UNARY("sigmoid", "1 / (1 + e^-x)", .in_place = true,
                                  .needs_output = true, .samples = sigmoid_samples);

lk_node *lk_sigmoid(lk_node *x) {
    return unary_apply(&lk_op_sigmoid, LK_SIGMOID, x, 0, 0);
}

static const struct lk_unary_options plain_tanh = { .kind = LK_TANH };
static const lk_sample tanh_samples[] = {
    { .in = { MAPS }, .options = &plain_tanh, .low = -3, .high = 3 }, LK_SAMPLES_END
};
const lk_op lk_op_tanh = UNARY("tanh", "hyperbolic tangent", .in_place = true, .needs_output = true,
                               .samples = tanh_samples);

lk_node *lk_tanh(lk_node *x) {
    return unary_apply(&lk_op_tanh, LK_TANH, x, 0, 0);
}

static const struct lk_unary_options silu = { .kind = LK_SILU };
static const lk_sample silu_samples[] = {
    { .in = { MAPS }, .options = &silu, .low = -6, .high = 6 }, LK_SAMPLES_END
};
const lk_op lk_op_silu = UNARY("silu", "x sigmoid(x)", .in_place = true, .needs_input = { true },
                               .samples = silu_samples);

lk_node *lk_silu(lk_node *x) {
    return unary_apply(&lk_op_silu, LK_SILU, x, 0, 0);
}

static const struct lk_unary_options gelu = { .kind = LK_GELU },
                                     gelu_tanh = { .kind = LK_GELU_TANH };
static const lk_sample gelu_samples[] = {
    { .in = { MAPS }, .options = &gelu, .low = -5, .high = 5 }, LK_SAMPLES_END
};
static const lk_sample gelu_tanh_samples[] = {
    { .in = { MAPS }, .options = &gelu_tanh, .low = -5, .high = 5 }, LK_SAMPLES_END
};
const lk_op lk_op_gelu = UNARY("gelu", "x times the normal distribution below x", .in_place = true,
                               .needs_input = { true }, .samples = gelu_samples);
const lk_op lk_op_gelu_tanh = UNARY("gelu_tanh", "gelu, approximated by a tanh", .in_place = true,
                                    .needs_input = { true }, .samples = gelu_tanh_samples);

lk_node *lk_gelu(lk_node *x, bool approximate) {
    return approximate ? unary_apply(&lk_op_gelu_tanh, LK_GELU_TANH, x, 0, 0)
                       : unary_apply(&lk_op_gelu, LK_GELU, x, 0, 0);
}

static const struct lk_unary_options elu = { .kind = LK_ELU, .a = 1.5 };
static const lk_sample elu_samples[] = { { .in = { MAPS }, .options = &elu, .low = -3, .high = 3 },
                                         LK_SAMPLES_END };
const lk_op lk_op_elu = UNARY("elu", "x where positive, else alpha (e^x - 1)", .in_place = true,
                              .needs_output = true, .samples = elu_samples);

lk_node *lk_elu(lk_node *x, double alpha) {
    return unary_apply(&lk_op_elu, LK_ELU, x, alpha, 0);
}

static const struct lk_unary_options softplus = { LK_SOFTPLUS, 1.5, 20 },
                                     short_softplus = { LK_SOFTPLUS, 0.5, 0 };
static const lk_sample softplus_samples[] = {
    { .in = { MAPS }, .options = &softplus, .low = -6, .high = 20 },
    { .in = { MATRIX }, .options = &short_softplus, .low = -6, .high = 6 },
    LK_SAMPLES_END,
};
const lk_op lk_op_softplus =
    UNARY("softplus", "log(1 + e^(beta x)) / beta, or x where beta x is above the threshold",
          .in_place = true, .needs_input = { true }, .samples = softplus_samples);

lk_node *lk_softplus(lk_node *x, double beta, double threshold) {
    return unary_apply(&lk_op_softplus, LK_SOFTPLUS, x, beta, threshold);
}

static const struct lk_unary_options square = { .kind = LK_SQUARE };
static const lk_sample square_samples[] = { { .in = { MAPS }, .options = &square },
                                            LK_SAMPLES_END };
const lk_op lk_op_square =
    UNARY("square", "x^2", .in_place = true, .needs_input = { true }, .samples = square_samples);

lk_node *lk_square(lk_node *x) {
    return unary_apply(&lk_op_square, LK_SQUARE, x, 0, 0);
}

static const struct lk_unary_options plain_abs = { .kind = LK_ABS };
static const lk_sample abs_samples[] = { { .in = { MAPS }, .options = &plain_abs },
                                         LK_SAMPLES_END };
const lk_op lk_op_abs = UNARY("abs", "|x|; the gradient at 0 is 0", .in_place = true,
                              .needs_input = { true }, .samples = abs_samples);

lk_node *lk_abs(lk_node *x) {
    return unary_apply(&lk_op_abs, LK_ABS, x, 0, 0);
}

static const struct lk_unary_options plain_exp = { .kind = LK_EXP };
static const lk_sample exp_samples[] = { { .in = { MAPS }, .options = &plain_exp },
                                         LK_SAMPLES_END };
const lk_op lk_op_exp =
    UNARY("exp", "e^x", .in_place = true, .needs_output = true, .samples = exp_samples);

lk_node *lk_exp(lk_node *x) {
    return unary_apply(&lk_op_exp, LK_EXP, x, 0, 0);
}

static const struct lk_unary_options line = { LK_AFFINE, -1.5, 0.25 };
static const lk_sample affine_samples[] = { { .in = { MATRIX }, .options = &line },
                                            LK_SAMPLES_END };
const lk_op lk_op_affine = UNARY("affine", "a x + b", .in_place = true, .samples = affine_samples);

lk_node *lk_affine(lk_node *x, double a, double b) {
    return unary_apply(&lk_op_affine, LK_AFFINE, x, a, b);
}

static const struct lk_unary_options from_0 = { LK_CLAMP, 0, 9 }, to_0 = { LK_CLAMP, -9, 0 };
static const lk_sample clamp_samples[] = {
    { .in = { MATRIX }, .options = &from_0 },
    { .in = { MATRIX }, .options = &to_0 },
    LK_SAMPLES_END,
};
const lk_op lk_op_clamp = UNARY("clamp", "x within [low, high]", .needs_input = { true },
                                .needs_output = true, .samples = clamp_samples);

lk_node *lk_clamp(lk_node *x, double low, double high) {
    return unary_apply(&lk_op_clamp, LK_CLAMP, x, low, high);
}

/* ---- two tensors of one shape ---- */

struct binary_options {
    lk_binary kind;
};

static lk_node *binary_apply(const lk_op *op, lk_binary kind, lk_node *x, lk_node *z) {
    struct binary_options options = { kind };
    lk_node *in[] = { x, z };
    return x ? lk_apply(x->graph, op, in, 2, &options) : NULL;
}

static lk_binary kind_of(const lk_node *y) {
    return ((const struct binary_options *)y->options)->kind;
}

static lk_status binary_infer(lk_node *y, lk_error *err) {
    char first[64], second[64];
    y->shape = y->in[0]->shape;
    if (lk_shape_equal(y->in[0]->shape, y->in[1]->shape)) return LK_OK;
    return lk_fail(err, LK_USAGE, "expected two inputs of one shape, got %s and %s",
                   lk_shape_text(y->in[0]->shape, first, sizeof first),
                   lk_shape_text(y->in[1]->shape, second, sizeof second));
}

static void binary_forward_row(void *context, int row, int thread) {
    lk_node *y = context;
    size_t n = lk_shape_row(y->shape), at = (size_t)row * n;
    (void)thread;
    kernels(y)->binary_forward(kind_of(y), n, y->in[0]->value + at, y->in[1]->value + at,
                               y->value + at);
}

static void binary_forward(lk_node *y) {
    lk_node_run(y, n_rows(y), binary_forward_row);
}

/* Of add and sub: the node's gradient, or its negative for input 1 of sub. */
static void sum_backward_row(lk_node *y, int i, int row) {
    size_t n = lk_shape_row(y->shape), at = (size_t)row * n;
    lk_real sign = i == 1 && kind_of(y) == LK_SUB ? -1 : 1;
    kernels(y)->scaled_add(n, sign, y->grad + at, y->add[i], y->in[i]->grad + at);
}

static void sum_backward_row_0(void *context, int row, int thread) {
    (void)thread;
    sum_backward_row(context, 0, row);
}

static void sum_backward_row_1(void *context, int row, int thread) {
    (void)thread;
    sum_backward_row(context, 1, row);
}

/* Where input 0's gradient takes the place of the node's own, writing it comes last. */
static void sum_backward(lk_node *y) {
    bool in_place = y->in[0]->grad == y->grad;
    if (in_place && y->in[1]->grad) lk_node_run(y, n_rows(y), sum_backward_row_1);
    if (y->in[0]->grad) lk_node_run(y, n_rows(y), sum_backward_row_0);
    if (!in_place && y->in[1]->grad) lk_node_run(y, n_rows(y), sum_backward_row_1);
}

static void mul_backward_row(void *context, int row, int thread) {
    lk_node *y = context;
    size_t n = lk_shape_row(y->shape), at = (size_t)row * n;
    (void)thread;
    for (int i = 0; i < 2; i++)
        if (y->in[i]->grad)
            kernels(y)->multiply_backward(n, y->in[1 - i]->value + at, y->grad + at, y->add[i],
                                          y->in[i]->grad + at);
}

static void mul_backward(lk_node *y) {
    lk_node_run(y, n_rows(y), mul_backward_row);
}

#define BINARY(name_, summary_, ...)                                                               \
    {                                                                                              \
        .name = name_, .summary = summary_, .arity = 2,                                            \
        .options_size = sizeof(struct binary_options), .infer = binary_infer,                      \
        .forward = binary_forward, __VA_ARGS__                                                     \
    }

static const struct binary_options add = { LK_ADD };
static const lk_sample add_samples[] = { { .in = { MAPS, MAPS }, .options = &add },
                                         LK_SAMPLES_END };
const lk_op lk_op_add =
    BINARY("add", "x + z", .in_place = true, .backward = sum_backward, .samples = add_samples);

lk_node *lk_add(lk_node *x, lk_node *z) {
    return binary_apply(&lk_op_add, LK_ADD, x, z);
}

static const struct binary_options sub = { LK_SUB };
static const lk_sample sub_samples[] = { { .in = { MAPS, MAPS }, .options = &sub },
                                         LK_SAMPLES_END };
const lk_op lk_op_sub =
    BINARY("sub", "x - z", .in_place = true, .backward = sum_backward, .samples = sub_samples);

lk_node *lk_sub(lk_node *x, lk_node *z) {
    return binary_apply(&lk_op_sub, LK_SUB, x, z);
}

static const struct binary_options mul = { LK_MUL };
static const lk_sample mul_samples[] = { { .in = { MAPS, MAPS }, .options = &mul },
                                         LK_SAMPLES_END };
const lk_op lk_op_mul = BINARY("mul", "x z", .needs_input = { true, true },
                               .backward = mul_backward, .samples = mul_samples);

lk_node *lk_mul(lk_node *x, lk_node *z) {
    return binary_apply(&lk_op_mul, LK_MUL, x, z);
}
