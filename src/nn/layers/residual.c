/* Layers around which their input goes too: x + layers(x) (He, Zhang, Ren, Sun: "Deep residual
   learning for image recognition", 2016). Where shapes differ, x goes through a projection. */
#include "nn/layer_list.h"
#include "nn/parameters.h"

#include <likeness/ops.h>

#include <stdio.h>

struct options {
    lk_chosen_list layers;
};

enum { DEEPEST = 8 }; /* how many residuals may be inside each other */

/* ---- the projection ---- */

static int strided(int side, int stride) {
    return (side - 1) / stride + 1;
}

/* The smallest stride with which a 1 x 1 convolution makes maps of that size; 0: none. */
static int stride_between(lk_shape from, lk_shape to) {
    for (int s = 1; s <= from.d[2] || s <= from.d[3]; s++)
        if (strided(from.d[2], s) == to.d[2] && strided(from.d[3], s) == to.d[3]) return s;
    return 0;
}

/* "8 x 8, 4 x 4, 3 x 3, ...": the sizes that a 1 x 1 convolution can make. */
static const char *sizes(lk_shape from, char *out, size_t n_bytes) {
    int h = 0, w = 0;
    size_t used = 0;
    for (int s = 1; (h != 1 || w != 1) && used + 32 < n_bytes; s++) {
        if (strided(from.d[2], s) == h && strided(from.d[3], s) == w) continue;
        h = strided(from.d[2], s), w = strided(from.d[3], s);
        used += (size_t)snprintf(out + used, n_bytes - used, "%s%d x %d", s > 1 ? ", " : "", h, w);
    }
    if (h != 1 || w != 1) snprintf(out + used, n_bytes - used, ", ...");
    return out;
}

static lk_node *refuse(const lk_layer_place *place, lk_shape x, lk_shape y) {
    char from[64], to[64], fitting[128];
    lk_shape_text(x, from, sizeof from);
    lk_shape_text(y, to, sizeof to);
    if (x.rank != 4 || y.rank != 4)
        return lk_refuse(place->graph, LK_USAGE,
                         "residual: expected layers that turn %s into %s, to which it is added, "
                         "got %s",
                         from, x.rank == 4 ? "maps" : "vectors", to);
    return lk_refuse(place->graph, LK_USAGE,
                     "residual: expected layers that turn %s into maps of %s, the sizes that a "
                     "1 x 1 convolution of the input can have, got %s; put layers that enlarge "
                     "maps before or after the residual",
                     from, sizes(x, fitting, sizeof fitting), to);
}

/* x in the shape of `to`, by parameters `prefix`.projection.weight and .bias. */
static lk_node *project(const lk_layer_place *place, lk_node *x, lk_shape to) {
    char prefix[LK_PREFIX_MAX + sizeof ".projection"];
    lk_layer_place own = *place;
    lk_format(prefix, sizeof prefix, "%s.projection", place->prefix);
    own.prefix = prefix;
    if (x->shape.rank == 2 && to.rank == 2)
        return lk_name(lk_linear_layer(&own, x, to.d[1], true), "%s", prefix);
    int stride = x->shape.rank == 4 && to.rank == 4 ? stride_between(x->shape, to) : 0;
    if (!stride) return refuse(place, x->shape, to);
    return lk_name(lk_pointwise_layer(&own, x, to.d[1], stride), "%s", prefix);
}

/* ---- the layer ---- */

static lk_node *build_residual(const lk_layer_place *place, lk_node *x, const void *options) {
    lk_node *y = lk_layers_build(&((const struct options *)options)->layers, place, x);
    if (!y) return NULL;
    return lk_add(y, lk_shape_equal(x->shape, y->shape) ? x : project(place, x, y->shape));
}

static int depth(const lk_chosen_list *layers) {
    int deepest = 0;
    for (int i = 0; i < layers->n; i++) {
        const lk_chosen *layer = &layers->item[i].chosen;
        if (layer->choice != &lk_layer_residual.choice) continue;
        int inside = 1 + depth(&((const struct options *)layer->options)->layers);
        if (inside > deepest) deepest = inside;
    }
    return deepest;
}

static lk_status check(void *options, const lk_json *json, const struct cJSON *object,
                       const char *path, lk_error *err) {
    if (depth(&((const struct options *)options)->layers) < DEEPEST) return LK_OK;
    lk_fail(err, LK_USAGE, "expected at most %d residuals inside each other, got more", DEEPEST);
    return lk_choice_error_at(json, object, path, "layers", -1, err);
}

static const lk_option options[] = {
    { .key = "layers",
      .type = LK_CHOICES,
      .offset = offsetof(struct options, layers),
      .min = 1,
      .max = LK_LAYERS_MAX,
      .words = "layers",
      .help = "what the input goes through; the input is added to their result, by itself where "
              "shapes agree, otherwise through a 1 x 1 convolution",
      .items = &lk_layer_items },
    { 0 },
};

const lk_layer lk_layer_residual = {
    .choice = { .name = "residual",
                .summary = "layers whose input is added to their result",
                .options = options,
                .options_size = sizeof(struct options),
                .check = check },
    .build = build_residual,
};
