/* Maps to vectors, in the order C, H, W. */
#include "nn/layer_list.h"

#include <likeness/nn.h>
#include <likeness/ops.h>

static lk_node *build(const lk_layer_place *place, lk_node *x, const void *options) {
    (void)place, (void)options;
    return lk_flatten(x);
}

const lk_layer lk_layer_flatten = {
    .choice = { .name = "flatten", .summary = "maps to vectors, in the order C, H, W" },
    .build = build
};
