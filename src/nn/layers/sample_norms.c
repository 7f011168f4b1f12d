/* Normalisations of each sample by itself: of groups of channels, of each channel, of all. */
#include "nn/fitting.h"
#include "nn/layer_list.h"
#include "nn/parameters.h"

#include <likeness/ops.h>

/* ---- group_norm, instance_norm ---- */

/* lk_group_norm, and with `affine` a weight and a bias for each channel. */
static lk_node *group_norm(const lk_layer_place *place, lk_node *x, int groups, double eps,
                           bool affine) {
    int c = x->shape.d[1];
    lk_group_norm_options own = { groups, eps, place->rectify, place->slope };
    if (!affine) return lk_group_norm(x, NULL, NULL, own);
    lk_node *gamma = lk_vector(place, "weight", c, LK_PARAM_TRAINED, 1),
            *beta = lk_vector(place, "bias", c, LK_PARAM_TRAINED, 0);
    return gamma && beta ? lk_group_norm(x, gamma, beta, own) : NULL;
}

struct group_norm {
    int64_t groups;
    double eps;
    bool affine;
};

static lk_node *build_group_norm(const lk_layer_place *place, lk_node *x, const void *options) {
    const struct group_norm *o = options;
    char fitting[128];
    if (x->shape.d[1] % (int)o->groups != 0)
        return lk_refuse(place->graph, LK_USAGE,
                         "group_norm: groups: expected a divisor of the %d channels (%s), got %d",
                         x->shape.d[1], lk_divisors(x->shape.d[1], fitting, sizeof fitting),
                         (int)o->groups);
    return group_norm(place, x, (int)o->groups, o->eps, o->affine);
}

#define EPS(S) LK_OPTION_NUMBER(S, eps, 1e-5, 1e-12, 1, "added to the variance")
#define AFFINE(S, value)                                                                           \
    LK_OPTION_BOOLEAN(S, affine, value, "a trained weight and bias for each channel")

static const lk_option group_norm_options[] = {
    LK_OPTION_INTEGER(struct group_norm, groups, 32, 1, 1048576,
                      "how many groups the channels of a sample are split into"),
    EPS(struct group_norm),
    AFFINE(struct group_norm, true),
    { 0 },
};

const lk_layer lk_layer_group_norm = {
    .choice = { .name = "group_norm",
                .summary = "normalises each group of channels of a sample",
                .options = group_norm_options,
                .options_size = sizeof(struct group_norm) },
    .build = build_group_norm,
    .takes_relu = true,
};

struct instance_norm {
    double eps;
    bool affine;
};

static lk_node *build_instance_norm(const lk_layer_place *place, lk_node *x, const void *options) {
    const struct instance_norm *o = options;
    if (x->shape.rank != 4 || x->shape.d[2] * x->shape.d[3] == 1)
        return lk_refuse(place->graph, LK_USAGE,
                         "instance_norm: expected maps of more than 1 x 1, got %s; layer_norm and "
                         "group_norm take those too",
                         x->shape.rank == 4 ? "maps of 1 x 1" : "vectors");
    return group_norm(place, x, x->shape.d[1], o->eps, o->affine);
}

static const lk_option instance_norm_options[] = {
    EPS(struct instance_norm),
    AFFINE(struct instance_norm, false),
    { 0 },
};

const lk_layer lk_layer_instance_norm = {
    .choice = { .name = "instance_norm",
                .summary = "normalises each channel of a sample",
                .options = instance_norm_options,
                .options_size = sizeof(struct instance_norm) },
    .build = build_instance_norm,
    .takes_relu = true,
};

/* ---- layer_norm ---- */

struct layer_norm {
    double eps;
    bool affine;
};

static lk_node *build_layer_norm(const lk_layer_place *place, lk_node *x, const void *options) {
    const struct layer_norm *o = options;
    lk_node *y =
        lk_group_norm(x, NULL, NULL, (lk_group_norm_options){ .groups = 1, .eps = o->eps });
    if (!y || !o->affine) return y;
    lk_name(y, "%s.normalised", place->prefix);
    lk_shape sample = { .rank = x->shape.rank - 1 };
    for (int i = 0; i < sample.rank; i++) sample.d[i] = x->shape.d[i + 1];
    lk_node *weight = lk_filled(place, "weight", sample, LK_PARAM_TRAINED, 1),
            *bias = lk_filled(place, "bias", sample, LK_PARAM_TRAINED, 0);
    return weight && bias ? lk_sample_affine(y, weight, bias) : NULL;
}

static const lk_option layer_norm_options[] = {
    EPS(struct layer_norm),
    LK_OPTION_BOOLEAN(struct layer_norm, affine, true,
                      "a trained weight and bias for each value of a sample"),
    { 0 },
};

const lk_layer lk_layer_layer_norm = {
    .choice = { .name = "layer_norm",
                .summary = "normalises all values of a sample",
                .options = layer_norm_options,
                .options_size = sizeof(struct layer_norm) },
    .build = build_layer_norm,
};
