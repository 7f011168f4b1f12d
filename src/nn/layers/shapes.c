/* Layers that only change the shape of a sample; its values keep the order C, H, W. */
#include "nn/layer_list.h"

#include <likeness/nn.h>
#include <likeness/ops.h>

/* ---- flatten ---- */

static lk_node *build_flatten(const lk_layer_place *place, lk_node *x, const void *options) {
    (void)place, (void)options;
    return lk_flatten(x);
}

const lk_layer lk_layer_flatten = {
    .choice = { .name = "flatten", .summary = "maps to vectors, in the order C, H, W" },
    .build = build_flatten,
};

/* ---- reshape ---- */

struct reshape {
    lk_numbers shape;
};

static lk_node *build_reshape(const lk_layer_place *place, lk_node *x, const void *options) {
    const struct reshape *o = options;
    if (o->shape.n != 1 && o->shape.n != 3)
        return lk_refuse(place->graph, LK_USAGE,
                         "reshape: shape: expected [C] or [C, H, W], got %d numbers", o->shape.n);
    lk_shape shape = { .rank = 1 + o->shape.n, .d = { x->shape.d[0] } };
    for (int i = 0; i < o->shape.n; i++) shape.d[i + 1] = (int)o->shape.v[i];
    return lk_reshape(x, shape);
}

static const lk_option reshape_options[] = {
    LK_OPTION_INTEGERS(struct reshape, shape, "[256, 4, 4]", 1, 1048576,
                       "[C, H, W], or [C] for vectors"),
    { 0 },
};

const lk_layer lk_layer_reshape = {
    .choice = { .name = "reshape",
                .summary = "another shape, in the order C, H, W",
                .options = reshape_options,
                .options_size = sizeof(struct reshape) },
    .build = build_reshape,
};
