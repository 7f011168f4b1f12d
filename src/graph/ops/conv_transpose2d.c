/* Transposed convolution, the adjoint of conv2d: y = scatter(x, w) + b. */
#include "convolution.h"
#include "graph/ops/op_list.h"

#include <likeness/ops.h>

lk_node *lk_conv_transpose2d(lk_node *x, lk_node *w, lk_node *b, lk_conv_options options) {
    lk_node *in[] = { x, w, b };
    return x && w ? lk_apply(x->graph, &lk_op_conv_transpose2d, in, 3, &options) : NULL;
}

/* The input is the map side, the output the image side. */
static lk_conv conv_transpose2d_geometry(const lk_node *y) {
    const lk_conv_options *o = y->options;
    lk_shape x = y->in[0]->shape, w = y->in[1]->shape;
    return (lk_conv){ .n = x.d[0],
                      .n_shards = lk_graph_shards(y->graph),
                      .c = y->shape.d[1],
                      .h = y->shape.d[2],
                      .w = y->shape.d[3],
                      .k = x.d[1],
                      .p = x.d[2],
                      .q = x.d[3],
                      .kernel = w.d[2],
                      .stride = o->stride,
                      .padding = o->padding,
                      .groups = lk_conv_groups(o),
                      .dilation = lk_conv_dilation(o) };
}

static int64_t side(int map, int kernel, const lk_conv_options *o) {
    return (int64_t)(map - 1) * o->stride - 2 * (int64_t)o->padding + lk_conv_reach(kernel, o) +
           o->output_padding;
}

static lk_status conv_transpose2d_infer(lk_node *y, lk_error *err) {
    const lk_conv_options *o = y->options;
    lk_status status = lk_convolution_check(y, 0, err);
    if (status) return status;
    int dilation = lk_conv_dilation(o);
    if (o->output_padding >= o->stride && o->output_padding >= dilation)
        return lk_fail(err, LK_USAGE, "output_padding: expected less than the %s, %d, got %d",
                       dilation > o->stride ? "dilation" : "stride",
                       dilation > o->stride ? dilation : o->stride, o->output_padding);
    lk_shape x = y->in[0]->shape, w = y->in[1]->shape;
    int64_t h = side(x.d[2], w.d[2], o), width = side(x.d[3], w.d[2], o);
    if (h < 1 || width < 1 || h > INT32_MAX || width > INT32_MAX)
        return lk_fail(
            err, LK_USAGE,
            "expected a result of at least 1 x 1 and fewer than 2^31 values, got %lld x %lld",
            (long long)h, (long long)width);
    y->shape = LK_SHAPE_4(x.d[0], w.d[1] * lk_conv_groups(o), (int)h, (int)width);
    if (lk_shape_check(y->shape, err)) return LK_USAGE;
    return lk_convolution_prepare(y, conv_transpose2d_geometry(y), lk_graph_engine(y->graph), err);
}

static void conv_transpose2d_forward(lk_node *y) {
    lk_conv conv = lk_convolution_now(y);
    lk_conv_scatter(lk_graph_context(y->graph), &conv, y->in[0]->value, y->in[1]->value,
                    lk_convolution_bias(y), false, y->value, lk_graph_scratch(y->graph));
}

static void conv_transpose2d_backward(lk_node *y) {
    const lk_conv *v = y->prepared;
    const lk_context *context = lk_graph_context(y->graph);
    lk_node *x = y->in[0], *w = y->in[1];
    void *scratch = lk_graph_scratch(y->graph);
    if (w->grad) lk_conv_weights(context, v, y->grad, x->value, y->add[1], w->grad, scratch);
    lk_bias_backward(y);
    if (x->grad) lk_conv_gather(context, v, y->grad, w->value, NULL, y->add[0], x->grad, scratch);
}

static const lk_conv_options twice = { .stride = 2, .padding = 1 },
                             same = { .stride = 2, .padding = 2, .output_padding = 1 };
static const lk_conv_options third = { .stride = 3, .output_padding = 2 },
                             plain = { .stride = 1, .padding = 2 },
                             grouped = { .stride = 2, .padding = 1, .groups = 2 },
                             depthwise = { .stride = 2,
                                           .padding = 1,
                                           .output_padding = 1,
                                           .groups = 3 },
                             /* more padding than the stride allows */
    dilated = { .stride = 1, .padding = 1, .output_padding = 2, .groups = 2, .dilation = 3 };
static const lk_sample samples[] = {
    { .in = { { 4, { 2, 4, 4, 4 } }, { 4, { 4, 3, 4, 4 } }, { 1, { 3 } } }, .options = &twice },
    { .in = { { 4, { 3, 2, 3, 4 } }, { 4, { 2, 3, 5, 5 } }, { 1, { 3 } } }, .options = &same },
    { .in = { { 4, { 1, 2, 3, 2 } }, { 4, { 2, 1, 3, 3 } } }, .options = &third },
    { .in = { { 4, { 1, 1, 4, 5 } }, { 4, { 1, 2, 5, 5 } }, { 1, { 2 } } }, .options = &plain },
    { .in = { { 4, { 2, 4, 3, 2 } }, { 4, { 4, 3, 4, 4 } }, { 1, { 6 } } }, .options = &grouped },
    { .in = { { 4, { 3, 3, 2, 3 } }, { 4, { 3, 1, 3, 3 } }, { 1, { 3 } } }, .options = &depthwise },
    { .in = { { 4, { 2, 4, 3, 2 } }, { 4, { 4, 1, 3, 3 } } }, .options = &dilated },
    /* Winograd's */
    { .in = { { 4, { 2, 16, 4, 3 } }, { 4, { 16, 16, 5, 5 } } }, .options = &same },
    LK_SAMPLES_END,
};
const lk_op lk_op_conv_transpose2d = {
    .name = "conv_transpose2d",
    .summary = "transposed convolution, as in PyTorch",
    .arity = 3,
    .min_arity = 2,
    .options_size = sizeof(lk_conv_options),
    .needs_input = { true, true },
    .grad_in_place = true,
    .is_convolution = true,
    .infer = conv_transpose2d_infer,
    .forward = conv_transpose2d_forward,
    .backward = conv_transpose2d_backward,
    .samples = samples,
};
