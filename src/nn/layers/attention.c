/* Self-attention over positions, with the parameters of nn.MultiheadAttention. */
#include "nn/fitting.h"
#include "nn/layer_list.h"
#include "nn/parameters.h"

#include <likeness/ops.h>

struct options {
    int64_t heads;
};

/* A linear map of the channels at each position, by w (O, I): a 1 x 1 convolution. */
static lk_node *map_channels(const lk_layer_place *place, const char *name, lk_node *x, lk_node *w,
                             lk_node *b) {
    if (!x || !w || !b) return NULL;
    lk_node *kernel = lk_reshape(w, LK_SHAPE_4(w->shape.d[0], w->shape.d[1], 1, 1));
    lk_name(kernel, "%s", w->name);
    return lk_name(lk_conv2d(x, kernel, b, (lk_conv_options){ .stride = 1 }), "%s.%s",
                   place->prefix, name);
}

static lk_node *bias(const lk_layer_place *place, const char *name, int n) {
    return lk_filled(place, name, LK_SHAPE_1(n), LK_PARAM_TRAINED, 0);
}

/* PyTorch's weights of q, k and v start within sqrt(6 / (E + 3 E)), Glorot and Bengio's bound. */
static lk_node *build_attention(const lk_layer_place *place, lk_node *x, const void *options) {
    const struct options *o = options;
    char fitting[128];
    if (x->shape.rank != 4)
        return lk_refuse(place->graph, LK_USAGE,
                         "attention: expected maps (N, C, H, W), got vectors; reshape first");
    int c = x->shape.d[1];
    if (c % (int)o->heads != 0)
        return lk_refuse(place->graph, LK_USAGE,
                         "attention: heads: expected a divisor of the %d channels (%s), got %d", c,
                         lk_divisors(c, fitting, sizeof fitting), (int)o->heads);
    lk_fan_in glorot = { .torch = c / 1.5, .true_one = c }, plain = { c, c };
    lk_node *in_weight = lk_weight(place, "in_proj_weight", LK_SHAPE_2(3 * c, c), glorot),
            *in_bias = bias(place, "in_proj_bias", 3 * c),
            *out_weight = lk_weight(place, "out_proj.weight", LK_SHAPE_2(c, c), plain),
            *out_bias = bias(place, "out_proj.bias", c);
    lk_node *qkv = map_channels(place, "in_proj", x, in_weight, in_bias);
    lk_node *y = lk_name(lk_attention(qkv, (int)o->heads), "%s.attention", place->prefix);
    return map_channels(place, "out_proj", y, out_weight, out_bias);
}

static const lk_option options[] = {
    LK_OPTION_INTEGER(struct options, heads, 1, 1, 65536,
                      "how many attentions share the channels; each has an equal part of them"),
    { 0 },
};

const lk_layer lk_layer_attention = {
    .choice = { .name = "attention",
                .summary = "self-attention over the positions of the maps; put it into a residual "
                           "after a norm",
                .options = options,
                .options_size = sizeof(struct options) },
    .build = build_attention,
};
