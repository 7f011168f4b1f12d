/* Convolution, cross-correlation as in PyTorch: y = gather(x, w) + b. */
#include "convolution.h"
#include "graph/ops/op_list.h"

#include <likeness/ops.h>

lk_node *lk_conv2d(lk_node *x, lk_node *w, lk_node *b, lk_conv_options options) {
    lk_node *in[] = { x, w, b };
    return x && w ? lk_apply(x->graph, &lk_op_conv2d, in, 3, &options) : NULL;
}

static lk_conv conv2d_geometry(const lk_node *y) {
    const lk_conv_options *o = y->options;
    lk_shape x = y->in[0]->shape, w = y->in[1]->shape;
    return (lk_conv){ .n = x.d[0],
                      .n_shards = lk_graph_shards(y->graph),
                      .c = x.d[1],
                      .h = x.d[2],
                      .w = x.d[3],
                      .k = w.d[0],
                      .p = y->shape.d[2],
                      .q = y->shape.d[3],
                      .kernel = w.d[2],
                      .stride = o->stride,
                      .padding = o->padding,
                      .groups = lk_conv_groups(o),
                      .dilation = lk_conv_dilation(o) };
}

static lk_status conv2d_infer(lk_node *y, lk_error *err) {
    const lk_conv_options *o = y->options;
    lk_status status = lk_convolution_check(y, 1, err);
    if (status) return status;
    lk_shape x = y->in[0]->shape, w = y->in[1]->shape;
    int h = x.d[2] + 2 * o->padding, width = x.d[3] + 2 * o->padding;
    int64_t reach = lk_conv_reach(w.d[2], o);
    if (reach > h || reach > width)
        return lk_fail(
            err, LK_USAGE, "kernel%s: expected at most the padded image, %d x %d, got %lld",
            lk_conv_dilation(o) > 1 ? " with its dilation" : "", h, width, (long long)reach);
    y->shape = LK_SHAPE_4(x.d[0], w.d[0], (h - (int)reach) / o->stride + 1,
                          (width - (int)reach) / o->stride + 1);
    if (lk_shape_check(y->shape, err)) return LK_USAGE;
    return lk_convolution_prepare(y, conv2d_geometry(y), lk_graph_engine(y->graph), err);
}

static const lk_conv_options halve = { .stride = 2, .padding = 1 },
                             third = { .stride = 3, .padding = 2 }, plain = { .stride = 1 },
                             grouped = { .stride = 2, .padding = 1, .groups = 2 },
                             depthwise = { .stride = 1, .padding = 1, .groups = 3 },
                             dilated = { .stride = 2, .padding = 3, .dilation = 3 },
                             both = { .stride = 1, .padding = 2, .groups = 3, .dilation = 2 };
static const lk_sample samples[] = {
    { .in = { { 4, { 2, 3, 8, 8 } }, { 4, { 4, 3, 4, 4 } }, { 1, { 4 } } }, .options = &halve },
    { .in = { { 4, { 3, 2, 8, 7 } }, { 4, { 3, 2, 3, 3 } }, { 1, { 3 } } },
      .options = &halve }, /* (H + 2p - k) no multiple of the stride */
    { .in = { { 4, { 1, 1, 9, 11 } }, { 4, { 2, 1, 5, 5 } } }, .options = &third },
    { .in = { { 4, { 1, 1, 4, 4 } }, { 4, { 1, 1, 1, 1 } }, { 1, { 1 } } }, .options = &plain },
    { .in = { { 4, { 2, 4, 5, 6 } }, { 4, { 6, 2, 3, 3 } }, { 1, { 6 } } }, .options = &grouped },
    { .in = { { 4, { 3, 3, 4, 5 } }, { 4, { 3, 1, 3, 3 } }, { 1, { 3 } } }, .options = &depthwise },
    { .in = { { 4, { 2, 2, 6, 7 } }, { 4, { 3, 2, 3, 3 } } }, .options = &dilated },
    { .in = { { 4, { 1, 3, 5, 4 } }, { 4, { 6, 1, 3, 3 } }, { 1, { 6 } } }, .options = &both },
    /* Winograd's */
    { .in = { { 4, { 2, 16, 8, 6 } }, { 4, { 16, 16, 4, 4 } } }, .options = &halve },
    LK_SAMPLES_END,
};
const lk_op lk_op_conv2d = {
    .name = "conv2d",
    .summary = "convolution, as in PyTorch",
    .arity = 3,
    .min_arity = 2,
    .options_size = sizeof(lk_conv_options),
    .needs_input = { true, true },
    .grad_in_place = true,
    .is_convolution = true,
    .infer = conv2d_infer,
    .forward = lk_convolution_forward,
    .backward = lk_convolution_backward,
    .samples = samples,
};
