/* A transposed convolution layer. */
#include "nn/layer_list.h"
#include "nn/layers/conv_options.h"
#include "nn/parameters.h"

#include <likeness/ops.h>

static lk_node *build_conv_transpose(const lk_layer_place *place, lk_node *x, const void *options) {
    const struct lk_conv_layer *o = options;
    int out = lk_conv_layer_out(place, "conv_transpose", x, o), k = (int)o->kernel;
    if (!out) return NULL;
    int in = x->shape.d[1], groups = (int)o->groups;
    lk_fan_in fan_in = { .torch = (double)out / groups * k * k,
                         .true_one = (double)in / groups * k * k /
                                     ((double)o->stride * (double)o->stride) };
    lk_node *w = lk_weight(place, "weight", LK_SHAPE_4(in, out / groups, k, k), fan_in);
    lk_node *b = lk_bias(place, o->bias, out, fan_in);
    if (!w || (o->bias && !b)) return NULL;
    return lk_conv_transpose2d(x, w, b, lk_conv_layer_options(o));
}

static const lk_option options[] = {
    LK_CONV_LAYER_OPTIONS,
    LK_OPTION_INTEGER(
        struct lk_conv_layer, output_padding, 0, 0, 63,
        "rows and columns added at the bottom and right; less than the stride or the dilation"),
    { 0 },
};
const lk_layer lk_layer_conv_transpose = {
    .choice = { .name = "conv_transpose",
                .summary = "transposed convolution",
                .options = options,
                .options_size = sizeof(struct lk_conv_layer) },
    .build = build_conv_transpose,
};
