/* Lists of layers, and how they are appended to a graph. */
#include "nn/layer_list.h"
#include "nn/parameters.h"

#include <likeness/nn.h>

#define ROW(name) &lk_layer_##name.choice,
const lk_choice *const lk_layer_list[] = { LK_LAYER_LIST(ROW) NULL };

const lk_items lk_layer_items = { .list = lk_layer_list };

static const lk_layer *layer_at(const lk_chosen_list *layers, int i) {
    return (const lk_layer *)layers->item[i].chosen.choice;
}

/* Layer i, and the one after it, if that is before `end` and both are one op. */
static lk_node *build_at(const lk_chosen_list *layers, int i, int end, const lk_layer_place *place,
                         lk_node *x) {
    char prefix[LK_PREFIX_MAX];
    if (!lk_format(prefix, sizeof prefix, "%s.%d", place->prefix, i))
        return lk_refuse(place->graph, LK_USAGE,
                         "expected names of parameters below %d bytes, got the prefix %s",
                         LK_PREFIX_MAX, place->prefix);
    lk_layer_place own = *place;
    own.prefix = prefix;
    own.rectify = layer_at(layers, i)->takes_relu && i + 1 < end && layer_at(layers, i + 1)->slope;
    own.slope =
        own.rectify ? layer_at(layers, i + 1)->slope(layers->item[i + 1].chosen.options) : 0;
    x = lk_name(layer_at(layers, i)->build(&own, x, layers->item[i].chosen.options), "%s", prefix);
    if (!x) lk_graph_prefix_error(place->graph, layers->item[i].where);
    return x;
}

lk_node *lk_layers_build_part(const lk_chosen_list *layers, int first, int end,
                              const lk_layer_place *place, lk_node *x) {
    for (int i = first; x && i < end; i++) {
        bool taken = i > first && layer_at(layers, i - 1)->takes_relu && layer_at(layers, i)->slope;
        if (!taken) x = build_at(layers, i, end, place, x);
    }
    return x;
}

lk_node *lk_layers_build(const lk_chosen_list *layers, const lk_layer_place *place, lk_node *x) {
    return lk_layers_build_part(layers, 0, layers->n, place, x);
}
