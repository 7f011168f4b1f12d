/* A dropout layer. */
#include "nn/layer_list.h"

#include <likeness/ops.h>

struct options {
    double p;
};

/* In a network that is not trained nothing is dropped, as in evaluation. */
static lk_node *build_dropout(const lk_layer_place *place, lk_node *x, const void *options) {
    double p = ((const struct options *)options)->p;
    return lk_dropout(x, lk_graph_is_frozen(place->graph) ? 0 : p);
}

static const lk_option options[] = {
    LK_OPTION_NUMBER(struct options, p, 0.5, 0, 0.999, "probability that a value becomes 0"),
    { 0 },
};

const lk_layer lk_layer_dropout = {
    .choice = { .name = "dropout",
                .summary = "in training sets values to 0 by chance; the others grow to make up",
                .options = options,
                .options_size = sizeof(struct options) },
    .build = build_dropout,
};
