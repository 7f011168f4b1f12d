/* x where positive, else slope x; without parameters. */
#include "nn/layer_list.h"

#include <likeness/nn.h>
#include <likeness/ops.h>

struct options {
    double slope;
};

static lk_node *build(const lk_layer_place *place, lk_node *x, const void *options) {
    (void)place;
    return lk_leaky_relu(x, ((const struct options *)options)->slope);
}

static double slope(const void *options) {
    return ((const struct options *)options)->slope;
}

static const lk_option options[] = {
    LK_OPTION_NUMBER(struct options, slope, 0.2, 0, 1, "slope below 0"), { 0 }
};
const lk_layer lk_layer_leaky_relu = {
    .choice = { .name = "leaky_relu",
                .summary = "x where positive, else slope x",
                .options = options,
                .options_size = sizeof(struct options) },
    .build = build,
    .slope = slope,
};
