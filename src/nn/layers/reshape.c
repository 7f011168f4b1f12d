/* Another shape of each sample, in the order C, H, W. */
#include "nn/layer_list.h"

#include <likeness/nn.h>
#include <likeness/ops.h>

struct options {
    lk_numbers shape;
};

static lk_node *build(const lk_layer_place *place, lk_node *x, const void *options) {
    const struct options *o = options;
    if (o->shape.n != 1 && o->shape.n != 3)
        return lk_refuse(place->graph, LK_USAGE,
                         "reshape: shape: got %d numbers, wanted [C] or [C, H, W]", o->shape.n);
    lk_shape shape = { .rank = 1 + o->shape.n, .d = { x->shape.d[0] } };
    for (int i = 0; i < o->shape.n; i++) shape.d[i + 1] = (int)o->shape.v[i];
    return lk_reshape(x, shape);
}

static const lk_option options[] = {
    LK_OPTION_INTEGERS(struct options, shape, "[256, 4, 4]", 1, 1048576,
                       "[C, H, W], or [C] for vectors"),
    { 0 },
};
const lk_layer lk_layer_reshape = {
    .choice = { .name = "reshape",
                .summary = "another shape, in the order C, H, W",
                .options = options,
                .options_size = sizeof(struct options) },
    .build = build,
};
