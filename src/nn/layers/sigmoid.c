/* 1 / (1 + e^-x), without parameters. */
#include "nn/layer_list.h"

#include <likeness/nn.h>
#include <likeness/ops.h>

static lk_node *build(const lk_layer_place *place, lk_node *x, const void *options) {
    (void)place, (void)options;
    return lk_sigmoid(x);
}

const lk_layer lk_layer_sigmoid = { .choice = { .name = "sigmoid", .summary = "1 / (1 + e^-x)" },
                                    .build = build };
