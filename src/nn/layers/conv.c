/* A convolution layer. */
#include "nn/layer_list.h"
#include "nn/layers/conv_options.h"
#include "nn/parameters.h"

#include <likeness/ops.h>

static lk_node *build_conv(const lk_layer_place *place, lk_node *x, const void *options) {
    const struct lk_conv_layer *o = options;
    int out = lk_conv_layer_out(place, "conv", x, o), k = (int)o->kernel;
    if (!out) return NULL;
    int in = x->shape.d[1] / (int)o->groups; /* that one output sees */
    double fan = (double)in * k * k;
    lk_fan_in fan_in = { fan, fan };
    lk_node *w = lk_weight(place, "weight", LK_SHAPE_4(out, in, k, k), fan_in);
    lk_node *b = lk_bias(place, o->bias, out, fan_in);
    if (!w || (o->bias && !b)) return NULL;
    return lk_conv2d(x, w, b, lk_conv_layer_options(o));
}

lk_node *lk_pointwise_layer(const lk_layer_place *place, lk_node *x, int out, int stride) {
    const struct lk_conv_layer o = {
        .out = out, .kernel = 1, .stride = stride, .groups = 1, .dilation = 1, .bias = true
    };
    return x ? build_conv(place, x, &o) : NULL;
}

static const lk_option options[] = { LK_CONV_LAYER_OPTIONS, { 0 } };
const lk_layer lk_layer_conv = {
    .choice = { .name = "conv",
                .summary = "convolution",
                .options = options,
                .options_size = sizeof(struct lk_conv_layer) },
    .build = build_conv,
};
