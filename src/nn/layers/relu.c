/* max(x, 0), without parameters. */
#include "nn/layer_list.h"

#include <likeness/nn.h>
#include <likeness/ops.h>

static lk_node *build(const lk_layer_place *place, lk_node *x, const void *options) {
    (void)place, (void)options;
    return lk_relu(x);
}

static double slope(const void *options) {
    (void)options;
    return 0;
}

const lk_layer lk_layer_relu = { .choice = { .name = "relu", .summary = "max(x, 0)" },
                                 .build = build,
                                 .slope = slope };
