/* mean squared error: mean over all values of (x - y)^2. */
#include "loss/loss_list.h"
#include "pixelwise.h"
#include "tensor/kernels.h"

#include <likeness/loss.h>

static struct lk_pixelwise kernels(const lk_node *loss) {
    const lk_kernels *table = lk_graph_context(loss->graph)->kernels;
    return (struct lk_pixelwise){ table->mse, table->mse_backward };
}

static void forward(lk_node *loss) {
    lk_pixelwise_forward(loss, kernels(loss));
}

static void backward(lk_node *loss) {
    lk_pixelwise_backward(loss, kernels(loss));
}

static const lk_op op = {
    .name = "mse",
    .summary = "mean squared error",
    .arity = 2,
    .is_loss = true,
    .needs_input = { true, true },
    .infer = lk_pixelwise_infer,
    .forward = forward,
    .backward = backward,
    .samples = lk_pixelwise_samples,
};

lk_node *lk_mse(lk_node *x, lk_node *y) {
    lk_node *in[] = { x, y };
    return x ? lk_apply(x->graph, &op, in, 2, NULL) : NULL;
}

static lk_node *build(lk_node *x, lk_node *y, const void *options) {
    (void)options;
    return lk_mse(x, y);
}

static const lk_op *const ops[] = { &op, NULL };
const lk_loss lk_loss_mse = { .choice = { .name = "mse",
                                          .summary = "mean squared error: mean of (x - y)^2" },
                              .build = build,
                              .ops = ops };
