/* The last layer of an encoder. */
#include "model/head.h"

static lk_node *map_head(const lk_model_plan *plan, const lk_layer_place *place,
                         lk_node *features) {
    char expected[64], got[64];
    const lk_shape *code = &plan->code, *x = &features->shape;
    if (x->rank == 4 && x->d[2] == code->d[1] && x->d[3] == code->d[2])
        return lk_pointwise_layer(place, features, code->d[0], 1);
    return lk_refuse(place->graph, LK_USAGE,
                     "the encoder's result: expected maps of %d x %d for a code %s, got %s",
                     code->d[1], code->d[2], lk_shape_text(*code, expected, sizeof expected),
                     lk_shape_text(*x, got, sizeof got));
}

lk_node *lk_code_head(const lk_model_plan *plan, const lk_layer_place *encoder, lk_node *features,
                      const char *prefix) {
    lk_layer_place place = *encoder;
    place.prefix = prefix;
    if (!features) return NULL;
    return lk_name(plan->code.rank == 3 ? map_head(plan, &place, features)
                                        : lk_linear_layer(&place, features, plan->code.d[0], true),
                   "%s", prefix);
}

lk_node *lk_code_last_layer(const lk_model_plan *plan, const lk_layer_place *encoder,
                            lk_node *features) {
    char prefix[64]; /* as in a PyTorch Sequential */
    lk_format(prefix, sizeof prefix, "%s.%d", encoder->prefix, plan->architecture.encoder.n);
    return lk_code_head(plan, encoder, features, prefix);
}
