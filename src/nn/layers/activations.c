/* Activations: elementwise functions without parameters. */
#include "nn/layer_list.h"

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
