/*
 * Channels become pixels (Shi et al., "Real-time single image and video super-resolution", CVPR
 * 2016): channel c of pixel (h f + i, w f + j) of the result is channel (c f + i) f + j of pixel
 * (h, w); as in PyTorch.
 */
#include "graph/ops/op_list.h"

#include <likeness/ops.h>

struct options {
    int factor;
};

lk_node *lk_pixel_shuffle(lk_node *x, int factor) {
    struct options options = { factor };
    return x ? lk_apply(x->graph, &lk_op_pixel_shuffle, &x, 1, &options) : NULL;
}

static lk_status pixel_shuffle_infer(lk_node *y, lk_error *err) {
    int factor = ((const struct options *)y->options)->factor;
    lk_shape x = y->in[0]->shape;
    char got[64];
    if (x.rank != 4)
        return lk_fail(err, LK_USAGE, "expected maps (N, C, H, W), got %s; reshape first",
                       lk_shape_text(x, got, sizeof got));
    if (factor < 1 || factor > LK_SHUFFLE_MAX)
        return lk_fail(err, LK_USAGE, "factor: expected 1 to %d, got %d", LK_SHUFFLE_MAX, factor);
    int pixels = factor * factor, below = x.d[1] / pixels * pixels;
    if (below != x.d[1])
        return lk_fail(err, LK_USAGE,
                       "expected channels that are a multiple of factor x factor, such as %d, got "
                       "%d",
                       below ? below : pixels, x.d[1]);
    if (x.d[2] > INT32_MAX / factor || x.d[3] > INT32_MAX / factor)
        return lk_fail(err, LK_USAGE, "expected smaller maps, got %s",
                       lk_shape_text(x, got, sizeof got));
    y->shape = LK_SHAPE_4(x.d[0], x.d[1] / pixels, factor * x.d[2], factor * x.d[3]);
    return LK_OK;
}

/* Where the first channel of pixel (i, j) of the result comes from, within a sample. */
static size_t source(const lk_node *y, int i, int j) {
    lk_shape x = y->in[0]->shape;
    int factor = ((const struct options *)y->options)->factor;
    size_t pixel = (size_t)(i / factor) * (size_t)x.d[3] + (size_t)(j / factor);
    return pixel * (size_t)x.d[1] + (size_t)(i % factor * factor + j % factor);
}

/* Pixels of the map per pixel of the input: the step between the sources of two channels. */
static size_t step_of(const lk_node *y) {
    return (size_t)(y->in[0]->shape.d[1] / y->shape.d[1]);
}

static void pixel_shuffle_forward_row(void *context, int row, int thread) {
    lk_node *y = context;
    size_t step = step_of(y), n = (size_t)y->shape.d[1], size = lk_shape_row(y->shape);
    const lk_real *x = y->in[0]->value + (size_t)row * size;
    lk_real *out = y->value + (size_t)row * size;
    (void)thread;
    for (int i = 0; i < y->shape.d[2]; i++)
        for (int j = 0; j < y->shape.d[3]; j++, out += n) {
            const lk_real *from = x + source(y, i, j);
            for (size_t c = 0; c < n; c++) out[c] = from[c * step];
        }
}

static void pixel_shuffle_forward(lk_node *y) {
    lk_node_run(y, y->shape.d[0], pixel_shuffle_forward_row);
}

static void pixel_shuffle_backward_row(void *context, int row, int thread) {
    lk_node *y = context;
    size_t step = step_of(y), n = (size_t)y->shape.d[1], size = lk_shape_row(y->shape);
    const lk_real *dy = y->grad + (size_t)row * size;
    lk_real *dx = y->in[0]->grad + (size_t)row * size;
    (void)thread;
    for (int i = 0; i < y->shape.d[2]; i++)
        for (int j = 0; j < y->shape.d[3]; j++, dy += n) {
            lk_real *to = dx + source(y, i, j);
            for (size_t c = 0; c < n; c++) to[c * step] = (y->add[0] ? to[c * step] : 0) + dy[c];
        }
}

static void pixel_shuffle_backward(lk_node *y) {
    if (y->in[0]->grad) lk_node_run(y, y->shape.d[0], pixel_shuffle_backward_row);
}

static const struct options two = { 2 }, three = { 3 };
static const lk_sample samples[] = {
    { .in = { { 4, { 2, 12, 2, 3 } } }, .options = &two },
    { .in = { { 4, { 1, 18, 2, 1 } } }, .options = &three },
    LK_SAMPLES_END,
};
const lk_op lk_op_pixel_shuffle = {
    .name = "pixel_shuffle",
    .summary = "channels become pixels",
    .arity = 1,
    .options_size = sizeof(struct options),
    .infer = pixel_shuffle_infer,
    .forward = pixel_shuffle_forward,
    .backward = pixel_shuffle_backward,
    .samples = samples,
};
