/* Convolutions and matrix products: ONNX has them as PyTorch does. */
#include "export/forms/forms.h"

#include <likeness/ops.h>

#include <math.h>

/* Groups and dilation 0 stand for 1. */
static int at_least_1(int n) {
    return n ? n : 1;
}

/* ---- conv2d, conv_transpose2d ---- */

#define CONVOLUTION(o, p)                                                                          \
    LK_ONNX_INTS_ARE("strides", (o)->stride, (o)->stride), LK_ONNX_INTS_ARE("pads", p, p, p, p),   \
        LK_ONNX_INT_IS("group", at_least_1((o)->groups)),                                          \
        LK_ONNX_INTS_ARE("dilations", at_least_1((o)->dilation), at_least_1((o)->dilation))

static const char *write_conv2d(lk_onnx *o, const lk_node *y) {
    const lk_conv_options *c = y->options;
    const char *x = lk_form_input(o, y, 0), *w = lk_form_input(o, y, 1),
               *b = lk_form_input(o, y, 2);
    return LK_ONNX(o, "Conv", { x, w, b }, .with = { CONVOLUTION(c, c->padding) });
}

const lk_onnx_form lk_form_conv2d = { "conv2d", write_conv2d };

static const char *write_conv_transpose2d(lk_onnx *o, const lk_node *y) {
    const lk_conv_options *c = y->options;
    const char *x = lk_form_input(o, y, 0), *w = lk_form_input(o, y, 1),
               *b = lk_form_input(o, y, 2);
    return LK_ONNX(
        o, "ConvTranspose", { x, w, b },
        .with = { CONVOLUTION(c, c->padding),
                  LK_ONNX_INTS_ARE("output_padding", c->output_padding, c->output_padding) });
}

const lk_onnx_form lk_form_conv_transpose2d = { "conv_transpose2d", write_conv_transpose2d };

/* ---- linear ---- */

static const char *write_linear(lk_onnx *o, const lk_node *y) {
    const char *x = lk_form_input(o, y, 0), *w = lk_form_input(o, y, 1),
               *b = lk_form_input(o, y, 2);
    return LK_ONNX(o, "Gemm", { x, w, b }, .with = { LK_ONNX_INT_IS("transB", 1) });
}

const lk_onnx_form lk_form_linear = { "linear", write_linear };

/* ---- attention ---- */

/* Part i of x (N, 3, heads, d, L): q, k or v. */
static const char *part(lk_onnx *o, const char *x, int i) {
    const char *index = lk_onnx_index(o, i);
    return LK_ONNX(o, "Gather", { x, index }, .with = { LK_ONNX_INT_IS("axis", 1) });
}

/* With q, k and v (N, heads, d, L), columns of P = softmax(k^T q / sqrt(d)) are shares of the
   positions, and y = v P. */
static const char *write_attention(lk_onnx *o, const lk_node *y) {
    int heads = ((const lk_attention_options *)y->options)->heads, d = y->shape.d[1] / heads;
    const int64_t shape[] = { 0, 3, heads, d, (int64_t)y->shape.d[2] * y->shape.d[3] };
    const char *dims = lk_onnx_ints(o, shape, 5);
    const char *x = LK_ONNX(o, "Reshape", { lk_form_input(o, y, 0), dims });
    const char *q = part(o, x, 0), *k = part(o, x, 1), *v = part(o, x, 2);
    const char *turned =
        LK_ONNX(o, "Transpose", { k }, .with = { LK_ONNX_INTS_ARE("perm", 0, 1, 3, 2) });
    const char *root = lk_onnx_number(o, sqrt(d));
    const char *scaled = LK_ONNX(o, "Div", { q, root });
    const char *scores = LK_ONNX(o, "MatMul", { turned, scaled });
    const char *shares = LK_ONNX(o, "Softmax", { scores }, .with = { LK_ONNX_INT_IS("axis", 2) });
    return lk_onnx_reshape(o, LK_ONNX(o, "MatMul", { v, shares }), y->shape);
}

const lk_onnx_form lk_form_attention = { "attention", write_attention };
