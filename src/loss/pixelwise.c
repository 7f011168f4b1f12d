/*
 * Losses that compare pixel by pixel:
 *
 *   mse          mean over all values of (x - y)^2
 *   l1           mean over all values of |x - y|
 *   charbonnier  mean over all values of sqrt((x - y)^2 + eps^2) - eps (Charbonnier et al., "Two
 *                deterministic half-quadratic regularization algorithms", 1994; Lai et al., "Deep
 *                Laplacian pyramid networks", 2017, without the - eps)
 *   huber        mean over all values of (x - y)^2 / 2 where |x - y| <= delta, else of
 *                delta (|x - y| - delta / 2) (Huber, "Robust estimation of a location parameter",
 *                1964)
 *
 * A task sums the errors of one image; then comes the mean over the batch.
 */
#include "graph/batch_sum.h"
#include "loss/imagewise.h"
#include "loss/loss_list.h"
#include "tensor/kernels.h"

/* What a node has prepared: the function of a difference, and its constant. */
struct pixelwise {
    lk_pixelwise kind;
    lk_real a;
};

static const lk_kernels *kernels(const lk_node *loss) {
    return lk_graph_context(loss->graph)->kernels;
}

static lk_status pixelwise_infer(lk_node *loss, lk_pixelwise kind, double a, lk_error *err) {
    struct pixelwise *prepared = lk_node_prepare(loss, sizeof *prepared);
    if (!prepared) return lk_fail_memory(err, sizeof *prepared, "a loss");
    *prepared = (struct pixelwise){ kind, LK_R(a) };
    loss->shape = LK_SHAPE_0;
    loss->state_bytes = lk_batch_sum_bytes(loss->graph);
    return lk_loss_check(loss, err);
}

static void sum_image(void *context, int i, int thread) {
    lk_node *loss = context;
    const struct pixelwise *p = loss->prepared;
    size_t n = lk_shape_row(loss->in[0]->shape), at = (size_t)i * n;
    (void)thread;
    kernels(loss)->pixelwise(p->kind, n, p->a, loss->in[0]->value + at, loss->in[1]->value + at,
                             (double *)loss->state + i);
}

static void pixelwise_forward(lk_node *loss) {
    lk_node_run(loss, lk_graph_valid(loss->graph), sum_image);
    loss->value[0] = lk_batch_mean(loss->graph, loss->state, lk_shape_row(loss->in[0]->shape));
}

static void backward_image(void *context, int i, int thread) {
    lk_node *loss = context, *x = loss->in[0], *y = loss->in[1];
    const struct pixelwise *p = loss->prepared;
    size_t n = lk_shape_row(x->shape), at = (size_t)i * n;
    lk_real scale = loss->grad[0] * lk_batch_weight(loss->graph, n, i);
    (void)thread;
    kernels(loss)->pixelwise_backward(p->kind, n, p->a, x->value + at, y->value + at, scale,
                                      loss->add[1], y->grad + at);
}

static void pixelwise_backward(lk_node *loss) {
    if (loss->in[1]->grad) lk_node_run(loss, loss->in[1]->shape.d[0], backward_image);
}

/* ---- the rows ---- */

static lk_node *apply(const lk_op *op, lk_node *x, lk_node *y, const void *options) {
    lk_node *in[] = { x, y };
    return x ? lk_apply(x->graph, op, in, 2, options) : NULL;
}

#define PIXELWISE_OP(name_, summary_, infer_, ...)                                                 \
    {                                                                                              \
        .name = name_, .summary = summary_, .arity = 2, .is_loss = true,                           \
        .needs_input = { true, true }, .infer = infer_, .forward = pixelwise_forward,              \
        .backward = pixelwise_backward, __VA_ARGS__                                                \
    }

static const lk_sample samples[] = {
    { .in = { { 4, { 3, 2, 5, 7 } }, { 4, { 3, 2, 5, 7 } } }, .high = 1 }, LK_SAMPLES_END
};

static lk_status mse_infer(lk_node *loss, lk_error *err) {
    return pixelwise_infer(loss, LK_SQUARED, 0, err);
}

static const lk_op mse_op =
    PIXELWISE_OP("mse", "mean squared error", mse_infer, .samples = samples);

lk_node *lk_mse(lk_node *x, lk_node *y) {
    return apply(&mse_op, x, y, NULL);
}

static lk_node *mse_build(lk_node *x, lk_node *y, const void *options) {
    (void)options;
    return lk_mse(x, y);
}

static const lk_op *const mse_ops[] = { &mse_op, NULL };
const lk_loss lk_loss_mse = {
    .choice = { .name = "mse", .summary = "mean squared error: mean of (x - y)^2" },
    .build = mse_build,
    .ops = mse_ops,
};

static lk_status l1_infer(lk_node *loss, lk_error *err) {
    return pixelwise_infer(loss, LK_ABSOLUTE, 0, err);
}

static const lk_op l1_op = PIXELWISE_OP("l1", "mean absolute error", l1_infer, .samples = samples);

lk_node *lk_l1(lk_node *x, lk_node *y) {
    return apply(&l1_op, x, y, NULL);
}

static lk_node *l1_build(lk_node *x, lk_node *y, const void *options) {
    (void)options;
    return lk_l1(x, y);
}

static const lk_op *const l1_ops[] = { &l1_op, NULL };
const lk_loss lk_loss_l1 = {
    .choice = { .name = "l1", .summary = "mean absolute error: mean of |x - y|" },
    .build = l1_build,
    .ops = l1_ops,
};

static lk_status charbonnier_infer(lk_node *loss, lk_error *err) {
    const lk_charbonnier_options *o = loss->options;
    return pixelwise_infer(loss, LK_CHARBONNIER, o->eps, err);
}

static const lk_charbonnier_options wide = { .eps = 0.25 };
static const lk_sample charbonnier_samples[] = {
    { .in = { { 4, { 3, 2, 5, 7 } }, { 4, { 3, 2, 5, 7 } } }, .options = &wide, .high = 1 },
    LK_SAMPLES_END,
};
static const lk_op charbonnier_op =
    PIXELWISE_OP("charbonnier", "smooth absolute error", charbonnier_infer,
                 .options_size = sizeof(lk_charbonnier_options), .samples = charbonnier_samples);

static lk_node *charbonnier_build(lk_node *x, lk_node *y, const void *options) {
    return apply(&charbonnier_op, x, y, options);
}

static const lk_option charbonnier_options[] = {
    LK_OPTION_NUMBER(lk_charbonnier_options, eps, 1e-3, 1e-6, 1,
                     "half the width of the rounded corner, in units of pixels' values"),
    { 0 },
};
static const lk_op *const charbonnier_ops[] = { &charbonnier_op, NULL };
const lk_loss lk_loss_charbonnier = {
    .choice = { .name = "charbonnier",
                .summary = "smooth l1: mean of sqrt((x - y)^2 + eps^2) - eps (Charbonnier et al. "
                           "1994)",
                .options = charbonnier_options,
                .options_size = sizeof(lk_charbonnier_options) },
    .build = charbonnier_build,
    .ops = charbonnier_ops,
};

static lk_status huber_infer(lk_node *loss, lk_error *err) {
    const lk_huber_options *o = loss->options;
    return pixelwise_infer(loss, LK_HUBER, o->delta, err);
}

static const lk_huber_options narrow = { .delta = 0.3 };
static const lk_sample huber_samples[] = {
    { .in = { { 4, { 3, 2, 5, 7 } }, { 4, { 3, 2, 5, 7 } } }, .options = &narrow, .high = 1 },
    LK_SAMPLES_END,
};
static const lk_op huber_op =
    PIXELWISE_OP("huber", "squared error where small, absolute error where large", huber_infer,
                 .options_size = sizeof(lk_huber_options), .samples = huber_samples);

static lk_node *huber_build(lk_node *x, lk_node *y, const void *options) {
    return apply(&huber_op, x, y, options);
}

static const lk_option huber_options[] = {
    LK_OPTION_NUMBER(lk_huber_options, delta, 0.1, 1e-6, 1,
                     "the difference from which errors count linearly; 1: mse / 2, as pixels are "
                     "in [0, 1]"),
    { 0 },
};
static const lk_op *const huber_ops[] = { &huber_op, NULL };
const lk_loss lk_loss_huber = {
    .choice = { .name = "huber",
                .summary = "mean of (x - y)^2 / 2 where |x - y| <= delta, else of delta (|x - y| - "
                           "delta / 2) (Huber 1964)",
                .options = huber_options,
                .options_size = sizeof(lk_huber_options) },
    .build = huber_build,
    .ops = huber_ops,
};
