/* A batch normalisation layer. */
#include "nn/layer_list.h"
#include "nn/parameters.h"

#include <likeness/ops.h>

struct options {
    double eps, momentum;
};

static lk_node *build_batch_norm(const lk_layer_place *place, lk_node *x, const void *options) {
    const struct options *o = options;
    int c = x->shape.d[1];
    lk_node *gamma = lk_vector(place, "weight", c, LK_PARAM_TRAINED, 1),
            *beta = lk_vector(place, "bias", c, LK_PARAM_TRAINED, 0);
    lk_node *mean = lk_vector(place, "running_mean", c, LK_PARAM_STATISTIC, 0),
            *var = lk_vector(place, "running_var", c, LK_PARAM_STATISTIC, 1);
    lk_batch_norm_options own = { o->eps, o->momentum, place->rectify, place->slope };
    return lk_batch_norm(x, gamma, beta, mean, var, own);
}

static const lk_option options[] = {
    LK_OPTION_NUMBER(struct options, eps, 1e-5, 1e-12, 1, "added to the variance"),
    LK_OPTION_NUMBER(struct options, momentum, 0.1, 0, 1,
                     "weight of the new batch in the running statistics"),
    { 0 },
};
const lk_layer lk_layer_batch_norm = {
    .choice = { .name = "batch_norm",
                .summary = "batch normalisation",
                .options = options,
                .options_size = sizeof(struct options) },
    .build = build_batch_norm,
    .takes_relu = true,
};
