/* A linear layer. */
#include "nn/layer_list.h"
#include "nn/parameters.h"

#include <likeness/ops.h>

struct options {
    int64_t out;
    bool bias;
};

lk_node *lk_linear_layer(const lk_layer_place *place, lk_node *x, int out, bool bias) {
    if (!x) return NULL;
    if (x->shape.rank != 2)
        return lk_refuse(place->graph, LK_USAGE,
                         "linear: expected vectors (N, C), got maps; flatten first");
    int in = x->shape.d[1];
    lk_fan_in fan_in = { in, in };
    lk_node *w = lk_weight(place, "weight", LK_SHAPE_2(out, in), fan_in);
    lk_node *b = lk_bias(place, bias, out, fan_in);
    return w && (b || !bias) ? lk_linear(x, w, b) : NULL;
}

static lk_node *build_linear(const lk_layer_place *place, lk_node *x, const void *options) {
    const struct options *o = options;
    return lk_linear_layer(place, x, (int)o->out, o->bias);
}

static const lk_option options[] = {
    LK_OPTION_INTEGER(struct options, out, 128, 1, 1048576, "length of the output vector"),
    LK_OPTION_BOOLEAN(struct options, bias, true, "add a trained number to each value"),
    { 0 },
};
const lk_layer lk_layer_linear = {
    .choice = { .name = "linear",
                .summary = "matrix product",
                .options = options,
                .options_size = sizeof(struct options) },
    .build = build_linear,
};
