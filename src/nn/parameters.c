/* Parameters of layers and how they start. */
#include "nn/parameters.h"

#include <math.h>

static lk_node *parameter(const lk_layer_place *place, const char *name, lk_shape shape,
                          lk_param_kind kind, lk_init init) {
    char full[256];
    if (!lk_format(full, sizeof full, "%s.%s", place->prefix, name))
        return lk_refuse(place->graph, LK_USAGE, "the parameter name %s.%s is too long",
                         place->prefix, name);
    return lk_parameter(place->graph, full, shape, kind, init);
}

lk_node *lk_weight(const lk_layer_place *place, const char *name, lk_shape shape,
                   lk_fan_in fan_in) {
    lk_init init = { LK_INIT_UNIFORM, 1 / sqrt(fan_in.torch) };
    if (place->initializer.kind == LK_INITIALIZE_NORMAL)
        init = (lk_init){ LK_INIT_NORMAL, place->initializer.std };
    if (place->initializer.kind == LK_INITIALIZE_HE)
        init = (lk_init){ LK_INIT_NORMAL, sqrt(2 / fan_in.true_one) };
    return parameter(place, name, shape, LK_PARAM_TRAINED, init);
}

lk_node *lk_bias(const lk_layer_place *place, bool has_bias, int n, lk_fan_in fan_in) {
    bool torch = place->initializer.kind == LK_INITIALIZE_TORCH;
    lk_init init = { torch ? LK_INIT_UNIFORM : LK_INIT_CONSTANT,
                     torch ? 1 / sqrt(fan_in.torch) : 0 };
    return has_bias ? parameter(place, "bias", LK_SHAPE_1(n), LK_PARAM_TRAINED, init) : NULL;
}

lk_node *lk_filled(const lk_layer_place *place, const char *name, lk_shape shape,
                   lk_param_kind kind, double value) {
    return parameter(place, name, shape, kind, (lk_init){ LK_INIT_CONSTANT, value });
}

lk_node *lk_vector(const lk_layer_place *place, const char *name, int n, lk_param_kind kind,
                   double value) {
    return lk_filled(place, name, LK_SHAPE_1(n), kind, value);
}
