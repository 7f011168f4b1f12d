/* hyperbolic tangent, without parameters. */
#include "nn/layer_list.h"

#include <likeness/nn.h>
#include <likeness/ops.h>

static lk_node *build(const lk_layer_place *place, lk_node *x, const void *options) {
    (void)place, (void)options;
    return lk_tanh(x);
}

const lk_layer lk_layer_tanh = { .choice = { .name = "tanh", .summary = "hyperbolic tangent" },
                                 .build = build };
