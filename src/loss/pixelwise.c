/*
 * Losses that compare pixel by pixel:
 *
 *   mse  mean over all values of (x - y)^2
 *   l1   mean over all values of |x - y|
 *
 * A task sums the errors of one image; then comes the mean over the batch.
 */
#include "graph/batch_sum.h"
#include "loss/imagewise.h"
#include "loss/loss_list.h"
#include "tensor/kernels.h"

/* What a node has prepared: the sum of errors, and the gradient by y times a scale. */
struct pixelwise {
    void (*sum)(size_t n, const lk_real *x, const lk_real *y, double *sum);
    void (*backward)(size_t n, const lk_real *x, const lk_real *y, lk_real scale, bool add,
                     lk_real *dy);
};

static lk_status pixelwise_infer(lk_node *loss, struct pixelwise kernels, lk_error *err) {
    struct pixelwise *prepared = lk_node_prepare(loss, sizeof kernels);
    if (!prepared) return lk_fail_memory(err, sizeof kernels, "a loss");
    *prepared = kernels;
    loss->shape = LK_SHAPE_0;
    loss->state_bytes = lk_batch_sum_bytes(loss->graph);
    return lk_loss_check(loss, err);
}

static void sum_image(void *context, int i, int thread) {
    lk_node *loss = context;
    const struct pixelwise *kernels = loss->prepared;
    size_t n = lk_shape_row(loss->in[0]->shape), at = (size_t)i * n;
    (void)thread;
    kernels->sum(n, loss->in[0]->value + at, loss->in[1]->value + at, (double *)loss->state + i);
}

static void pixelwise_forward(lk_node *loss) {
    lk_node_run(loss, lk_graph_valid(loss->graph), sum_image);
    loss->value[0] = lk_batch_mean(loss->graph, loss->state, lk_shape_row(loss->in[0]->shape));
}

static void backward_image(void *context, int i, int thread) {
    lk_node *loss = context, *x = loss->in[0], *y = loss->in[1];
    const struct pixelwise *kernels = loss->prepared;
    size_t n = lk_shape_row(x->shape), at = (size_t)i * n;
    lk_real scale = loss->grad[0] * lk_batch_weight(loss->graph, n, i);
    (void)thread;
    kernels->backward(n, x->value + at, y->value + at, scale, loss->add[1], y->grad + at);
}

static void pixelwise_backward(lk_node *loss) {
    if (loss->in[1]->grad) lk_node_run(loss, loss->in[1]->shape.d[0], backward_image);
}

/* ---- the rows ---- */

static const lk_sample samples[] = {
    { .in = { { 4, { 3, 2, 5, 7 } }, { 4, { 3, 2, 5, 7 } } }, .high = 1 }, LK_SAMPLES_END
};

#define PIXELWISE_OP(name_, summary_, infer_)                                                      \
    {                                                                                              \
        .name = name_, .summary = summary_, .arity = 2, .is_loss = true,                           \
        .needs_input = { true, true }, .infer = infer_, .forward = pixelwise_forward,              \
        .backward = pixelwise_backward, .samples = samples                                         \
    }

static lk_status mse_infer(lk_node *loss, lk_error *err) {
    const lk_kernels *table = lk_graph_context(loss->graph)->kernels;
    return pixelwise_infer(loss, (struct pixelwise){ table->mse, table->mse_backward }, err);
}

static const lk_op mse_op = PIXELWISE_OP("mse", "mean squared error", mse_infer);

lk_node *lk_mse(lk_node *x, lk_node *y) {
    lk_node *in[] = { x, y };
    return x ? lk_apply(x->graph, &mse_op, in, 2, NULL) : NULL;
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
    const lk_kernels *table = lk_graph_context(loss->graph)->kernels;
    return pixelwise_infer(loss, (struct pixelwise){ table->l1, table->l1_backward }, err);
}

static const lk_op l1_op = PIXELWISE_OP("l1", "mean absolute error", l1_infer);

lk_node *lk_l1(lk_node *x, lk_node *y) {
    lk_node *in[] = { x, y };
    return x ? lk_apply(x->graph, &l1_op, in, 2, NULL) : NULL;
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
