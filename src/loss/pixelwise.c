/* Losses that compare pixel by pixel, an image a task. */
#include "pixelwise.h"

#include "graph/batch_sum.h"
#include "loss/check.h"

lk_status lk_pixelwise_infer(lk_node *loss, lk_error *err) {
    loss->shape = LK_SHAPE_0;
    loss->state_bytes = lk_batch_sum_bytes(loss->graph);
    return lk_loss_check(loss, err);
}

struct call {
    lk_node *loss;
    struct lk_pixelwise kernels;
};

static void sum_image(void *context, int i, int thread) {
    const struct call *call = context;
    lk_node *loss = call->loss;
    size_t n = lk_shape_row(loss->in[0]->shape), at = (size_t)i * n;
    (void)thread;
    call->kernels.sum(n, loss->in[0]->value + at, loss->in[1]->value + at,
                      (double *)loss->state + i);
}

void lk_pixelwise_forward(lk_node *loss, struct lk_pixelwise kernels) {
    struct call call = { loss, kernels };
    lk_threads_run(lk_graph_context(loss->graph)->threads, lk_graph_valid(loss->graph), sum_image,
                   &call);
    loss->value[0] = lk_batch_mean(loss->graph, loss->state, lk_shape_row(loss->in[0]->shape));
}

static void backward_image(void *context, int i, int thread) {
    const struct call *call = context;
    lk_node *loss = call->loss, *x = loss->in[0], *y = loss->in[1];
    size_t n = lk_shape_row(x->shape), at = (size_t)i * n;
    lk_real scale = loss->grad[0] * lk_batch_weight(loss->graph, n, i);
    (void)thread;
    call->kernels.backward(n, x->value + at, y->value + at, scale, loss->add[1], y->grad + at);
}

void lk_pixelwise_backward(lk_node *loss, struct lk_pixelwise kernels) {
    struct call call = { loss, kernels };
    if (loss->in[1]->grad)
        lk_threads_run(lk_graph_context(loss->graph)->threads, loss->in[1]->shape.d[0],
                       backward_image, &call);
}

const lk_sample lk_pixelwise_samples[] = {
    { .in = { { 4, { 3, 2, 5, 7 } }, { 4, { 3, 2, 5, 7 } } }, .high = 1 }, LK_SAMPLES_END
};
