/* Losses that are computed image by image, value and gradient at once. The state holds the sums of
   the batch, then the gradient of each image. */
#include "imagewise.h"
#include "graph/batch_sum.h"
#include "tensor/kernels.h"

lk_status lk_loss_check(const lk_node *loss, lk_error *err) {
    char original[64], got[64];
    if (!lk_shape_equal(loss->in[0]->shape, loss->in[1]->shape) || loss->in[0]->shape.rank < 1)
        return lk_fail(err, LK_USAGE,
                       "reconstructions: expected the shape of the originals, %s, got %s",
                       lk_shape_text(loss->in[0]->shape, original, sizeof original),
                       lk_shape_text(loss->in[1]->shape, got, sizeof got));
    if (loss->in[0]->wants_grad)
        return lk_fail(err, LK_USAGE, "the originals, %s, have a gradient, which no loss computes",
                       loss->in[0]->name);
    return lk_batch_check(loss->in[0], err);
}

enum { ALIGNMENT = 64 };

size_t lk_scratch_bytes(size_t n_bytes) {
    return (n_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

void *lk_scratch_take(char **at, size_t n_bytes) {
    char *block = *at;
    *at += lk_scratch_bytes(n_bytes);
    return block;
}

lk_status lk_imagewise_infer(lk_node *loss, lk_error *err) {
    char got[64];
    if (loss->in[0]->shape.rank != 4)
        return lk_fail(err, LK_USAGE, "%s: expected images, (N, C, H, W), got %s",
                       loss->in[0]->name, lk_shape_text(loss->in[0]->shape, got, sizeof got));
    lk_status status = lk_loss_check(loss, err);
    if (status) return status;
    loss->shape = LK_SHAPE_0;
    loss->state_bytes = lk_scratch_bytes(lk_batch_sum_bytes(loss->graph));
    if (loss->in[1]->wants_grad)
        loss->state_bytes += lk_shape_size(loss->in[1]->shape) * sizeof(lk_real);
    return LK_OK;
}

static lk_real *gradient_of(const lk_node *loss, int i) {
    char *gradients = (char *)loss->state + lk_scratch_bytes(lk_batch_sum_bytes(loss->graph));
    return (lk_real *)(void *)gradients + (size_t)i * lk_shape_row(loss->in[1]->shape);
}

struct call {
    lk_node *loss;
    lk_imagewise *image;
    bool with_gradient;
};

static void forward_image(void *context, int i, int thread) {
    const struct call *call = context;
    lk_node *loss = call->loss;
    size_t n = lk_shape_row(loss->in[0]->shape), at = (size_t)i * n;
    char *scratch = (char *)lk_graph_scratch(loss->graph) + (size_t)thread * loss->scratch_bytes;
    lk_real *gradient = call->with_gradient ? gradient_of(loss, i) : NULL;
    if (gradient) lk_graph_context(loss->graph)->kernels->fill_rows(1, (int)n, NULL, gradient);
    ((double *)loss->state)[i] =
        call->image(loss, loss->in[0]->value + at, loss->in[1]->value + at, scratch, gradient);
}

void lk_imagewise_forward(lk_node *loss, lk_imagewise *image) {
    struct call call = { loss, image, loss->in[1]->grad && lk_graph_mode(loss->graph) == LK_TRAIN };
    lk_threads_run(lk_graph_context(loss->graph)->threads, lk_graph_valid(loss->graph),
                   forward_image, &call);
    loss->value[0] = lk_batch_mean(loss->graph, loss->state, 1);
}

static void backward_image(void *context, int i, int thread) {
    lk_node *loss = context, *y = loss->in[1];
    const lk_kernels *kernels = lk_graph_context(loss->graph)->kernels;
    size_t n = lk_shape_row(y->shape);
    lk_real *grad = y->grad + (size_t)i * n;
    (void)thread;
    if (i < lk_graph_valid(loss->graph))
        kernels->scaled_add(n, loss->grad[0] * lk_batch_weight(loss->graph, 1, i),
                            gradient_of(loss, i), loss->add[1], grad);
    else if (!loss->add[1])
        kernels->fill_rows(1, (int)n, NULL, grad);
}

void lk_imagewise_backward(lk_node *loss) {
    if (loss->in[1]->grad)
        lk_threads_run(lk_graph_context(loss->graph)->threads, loss->in[1]->shape.d[0],
                       backward_image, loss);
}
