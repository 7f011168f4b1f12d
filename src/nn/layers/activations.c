/* Activations: elementwise functions. */
#include "nn/layer_list.h"
#include "nn/parameters.h"

#include <likeness/nn.h>
#include <likeness/ops.h>

/* ---- relu ---- */

static lk_node *build_relu(const lk_layer_place *place, lk_node *x, const void *options) {
    (void)place, (void)options;
    return lk_relu(x);
}

static double slope_of_relu(const void *options) {
    (void)options;
    return 0;
}

const lk_layer lk_layer_relu = {
    .choice = { .name = "relu", .summary = "max(x, 0)" },
    .build = build_relu,
    .slope = slope_of_relu,
};

/* ---- leaky_relu ---- */

struct leaky_relu {
    double slope;
};

static lk_node *build_leaky_relu(const lk_layer_place *place, lk_node *x, const void *options) {
    (void)place;
    return lk_leaky_relu(x, ((const struct leaky_relu *)options)->slope);
}

static double slope_of_leaky_relu(const void *options) {
    return ((const struct leaky_relu *)options)->slope;
}

static const lk_option leaky_relu_options[] = {
    LK_OPTION_NUMBER(struct leaky_relu, slope, 0.2, 0, 1, "slope below 0"),
    { 0 },
};

const lk_layer lk_layer_leaky_relu = {
    .choice = { .name = "leaky_relu",
                .summary = "x if positive, else slope x",
                .options = leaky_relu_options,
                .options_size = sizeof(struct leaky_relu) },
    .build = build_leaky_relu,
    .slope = slope_of_leaky_relu,
};

/* ---- sigmoid, tanh ---- */

static lk_node *build_sigmoid(const lk_layer_place *place, lk_node *x, const void *options) {
    (void)place, (void)options;
    return lk_sigmoid(x);
}

const lk_layer lk_layer_sigmoid = {
    .choice = { .name = "sigmoid", .summary = "1 / (1 + e^-x)" },
    .build = build_sigmoid,
};

static lk_node *build_tanh(const lk_layer_place *place, lk_node *x, const void *options) {
    (void)place, (void)options;
    return lk_tanh(x);
}

const lk_layer lk_layer_tanh = {
    .choice = { .name = "tanh", .summary = "hyperbolic tangent" },
    .build = build_tanh,
};

/* ---- silu ---- */

static lk_node *build_silu(const lk_layer_place *place, lk_node *x, const void *options) {
    (void)place, (void)options;
    return lk_silu(x);
}

const lk_layer lk_layer_silu = {
    .choice = { .name = "silu", .summary = "x sigmoid(x), also called swish" },
    .build = build_silu,
};

/* ---- gelu ---- */

struct gelu {
    int approximate;
};

static lk_node *build_gelu(const lk_layer_place *place, lk_node *x, const void *options) {
    (void)place;
    return lk_gelu(x, ((const struct gelu *)options)->approximate != 0);
}

static const lk_option gelu_options[] = {
    LK_OPTION_WORD(struct gelu, approximate, "none", "none|tanh",
                   "none: the exact function; tanh: its approximation by a tanh"),
    { 0 },
};

const lk_layer lk_layer_gelu = {
    .choice = { .name = "gelu",
                .summary = "x times the normal distribution below x",
                .options = gelu_options,
                .options_size = sizeof(struct gelu) },
    .build = build_gelu,
};

/* ---- elu ---- */

struct elu {
    double alpha;
};

static lk_node *build_elu(const lk_layer_place *place, lk_node *x, const void *options) {
    (void)place;
    return lk_elu(x, ((const struct elu *)options)->alpha);
}

static const lk_option elu_options[] = {
    LK_OPTION_NUMBER(struct elu, alpha, 1, 0, 1000, "minus the limit far below 0"),
    { 0 },
};

const lk_layer lk_layer_elu = {
    .choice = { .name = "elu",
                .summary = "x if positive, else alpha (e^x - 1)",
                .options = elu_options,
                .options_size = sizeof(struct elu) },
    .build = build_elu,
};

/* ---- softplus ---- */

struct softplus {
    double beta, threshold;
};

static lk_node *build_softplus(const lk_layer_place *place, lk_node *x, const void *options) {
    const struct softplus *o = options;
    (void)place;
    return lk_softplus(x, o->beta, o->threshold);
}

static const lk_option softplus_options[] = {
    LK_OPTION_NUMBER(struct softplus, beta, 1, 1e-6, 1e6, "how sharp the bend at 0 is"),
    LK_OPTION_NUMBER(struct softplus, threshold, 20, 0, 1e6,
                     "where beta x is above it, the result is x"),
    { 0 },
};

const lk_layer lk_layer_softplus = {
    .choice = { .name = "softplus",
                .summary = "log(1 + e^(beta x)) / beta, a smooth relu",
                .options = softplus_options,
                .options_size = sizeof(struct softplus) },
    .build = build_softplus,
};

/* ---- prelu ---- */

struct prelu {
    int64_t num_parameters;
    double init;
};

static lk_node *build_prelu(const lk_layer_place *place, lk_node *x, const void *options) {
    const struct prelu *o = options;
    int n = (int)o->num_parameters;
    if (n != 1 && n != x->shape.d[1])
        return lk_refuse(place->graph, LK_USAGE,
                         "prelu: num_parameters: expected 1 or the number of channels, %d, got %d",
                         x->shape.d[1], n);
    return lk_prelu(x, lk_vector(place, "weight", n, LK_PARAM_TRAINED, o->init));
}

static const lk_option prelu_options[] = {
    LK_OPTION_INTEGER(struct prelu, num_parameters, 1, 1, 1048576,
                      "1 slope for all channels, or as many as there are channels"),
    LK_OPTION_NUMBER(struct prelu, init, 0.25, -1, 1, "where the slopes start"),
    { 0 },
};

const lk_layer lk_layer_prelu = {
    .choice = { .name = "prelu",
                .summary = "x if positive, else a trained slope times x",
                .options = prelu_options,
                .options_size = sizeof(struct prelu) },
    .build = build_prelu,
};
