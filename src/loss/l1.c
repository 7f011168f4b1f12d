/* mean absolute error: mean over all values of |x - y|. */
#include "loss/loss_list.h"
#include "pixelwise.h"
#include "tensor/kernels.h"

#include <likeness/loss.h>

static struct lk_pixelwise kernels(const lk_node *loss) {
    const lk_kernels *table = lk_graph_context(loss->graph)->kernels;
    return (struct lk_pixelwise){ table->l1, table->l1_backward };
}

static void forward(lk_node *loss) {
    lk_pixelwise_forward(loss, kernels(loss));
}

static void backward(lk_node *loss) {
    lk_pixelwise_backward(loss, kernels(loss));
}

static const lk_op op = {
    .name = "l1",
    .summary = "mean absolute error",
    .arity = 2,
    .is_loss = true,
    .needs_input = { true, true },
    .infer = lk_pixelwise_infer,
    .forward = forward,
    .backward = backward,
    .samples = lk_pixelwise_samples,
};

lk_node *lk_l1(lk_node *x, lk_node *y) {
    lk_node *in[] = { x, y };
    return x ? lk_apply(x->graph, &op, in, 2, NULL) : NULL;
}

static lk_node *build(lk_node *x, lk_node *y, const void *options) {
    (void)options;
    return lk_l1(x, y);
}

static const lk_op *const ops[] = { &op, NULL };
const lk_loss lk_loss_l1 = { .choice = { .name = "l1",
                                         .summary = "mean absolute error: mean of |x - y|" },
                             .build = build,
                             .ops = ops };
