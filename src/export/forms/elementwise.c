/* Functions of single values. Opset 17 has no GELU, and no SiLU. */
#include "graph/ops/elementwise.h"
#include "export/forms/forms.h"

#define ROOT_2         1.41421356237309504880
#define ROOT_2_OVER_PI 0.79788456080286535588

static const char *in(lk_onnx *o, const lk_node *y) {
    return lk_form_input(o, y, 0);
}

static const struct lk_unary_options *options_of(const lk_node *y) {
    return y->options;
}

/* `op` of x and a number. */
static const char *with_number(lk_onnx *o, const char *op, const char *x, double number) {
    const char *constant = lk_onnx_number(o, number);
    return LK_ONNX(o, op, { x, constant });
}

/* ---- an operator for each ---- */

static const char *write_relu(lk_onnx *o, const lk_node *y) {
    return lk_form_rectify(o, in(o, y), 0);
}

static const char *write_leaky_relu(lk_onnx *o, const lk_node *y) {
    return lk_form_rectify(o, in(o, y), options_of(y)->a);
}

static const char *write_sigmoid(lk_onnx *o, const lk_node *y) {
    return LK_ONNX(o, "Sigmoid", { in(o, y) });
}

static const char *write_tanh(lk_onnx *o, const lk_node *y) {
    return LK_ONNX(o, "Tanh", { in(o, y) });
}

static const char *write_elu(lk_onnx *o, const lk_node *y) {
    return LK_ONNX(o, "Elu", { in(o, y) }, .with = { LK_ONNX_FLOAT_IS("alpha", options_of(y)->a) });
}

static const char *write_prelu(lk_onnx *o, const lk_node *y) {
    bool one = y->in[1]->shape.d[0] == 1;
    const char *slope = one ? lk_form_input(o, y, 1) : lk_form_channels(o, y, 1);
    return LK_ONNX(o, "PRelu", { in(o, y), slope });
}

static const char *write_clamp(lk_onnx *o, const lk_node *y) {
    const char *low = lk_onnx_number(o, options_of(y)->a),
               *high = lk_onnx_number(o, options_of(y)->b);
    return LK_ONNX(o, "Clip", { in(o, y), low, high });
}

static const char *write_add(lk_onnx *o, const lk_node *y) {
    return LK_ONNX(o, "Add", { in(o, y), lk_form_input(o, y, 1) });
}

const lk_onnx_form lk_form_relu = { "relu", write_relu };
const lk_onnx_form lk_form_leaky_relu = { "leaky_relu", write_leaky_relu };
const lk_onnx_form lk_form_sigmoid = { "sigmoid", write_sigmoid };
const lk_onnx_form lk_form_tanh = { "tanh", write_tanh };
const lk_onnx_form lk_form_elu = { "elu", write_elu };
const lk_onnx_form lk_form_prelu = { "prelu", write_prelu };
const lk_onnx_form lk_form_clamp = { "clamp", write_clamp };
const lk_onnx_form lk_form_add = { "add", write_add };

/* ---- several for one ---- */

static const char *write_silu(lk_onnx *o, const lk_node *y) {
    const char *gate = LK_ONNX(o, "Sigmoid", { in(o, y) });
    return LK_ONNX(o, "Mul", { in(o, y), gate });
}

/* x (1 + f) / 2 */
static const char *half_gated(lk_onnx *o, const char *x, const char *f) {
    const char *gate = with_number(o, "Add", f, 1);
    const char *twice = LK_ONNX(o, "Mul", { x, gate });
    return with_number(o, "Mul", twice, 0.5);
}

static const char *write_gelu(lk_onnx *o, const lk_node *y) {
    const char *scaled = with_number(o, "Div", in(o, y), ROOT_2);
    return half_gated(o, in(o, y), LK_ONNX(o, "Erf", { scaled }));
}

/* tanh(sqrt(2 / pi) x (1 + 0.044715 x^2)) */
static const char *write_gelu_tanh(lk_onnx *o, const lk_node *y) {
    const char *x = in(o, y), *square = LK_ONNX(o, "Mul", { x, x });
    const char *bent = with_number(o, "Add", with_number(o, "Mul", square, 0.044715), 1);
    const char *inner = LK_ONNX(o, "Mul", { x, bent });
    const char *scaled = with_number(o, "Mul", inner, ROOT_2_OVER_PI);
    return half_gated(o, x, LK_ONNX(o, "Tanh", { scaled }));
}

/* x where beta x is above the threshold, else log(1 + e^(beta x)) / beta */
static const char *write_softplus(lk_onnx *o, const lk_node *y) {
    const struct lk_unary_options *beta = options_of(y);
    const char *scaled = with_number(o, "Mul", in(o, y), beta->a);
    const char *bent = with_number(o, "Div", LK_ONNX(o, "Softplus", { scaled }), beta->a);
    const char *above = with_number(o, "Greater", scaled, beta->b);
    return LK_ONNX(o, "Where", { above, in(o, y), bent });
}

const lk_onnx_form lk_form_silu = { "silu", write_silu };
const lk_onnx_form lk_form_gelu = { "gelu", write_gelu };
const lk_onnx_form lk_form_gelu_tanh = { "gelu_tanh", write_gelu_tanh };
const lk_onnx_form lk_form_softplus = { "softplus", write_softplus };
