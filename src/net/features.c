/* A network that is not trained: its options, its weights, and the features of pictures in it. */
#include "net/features.h"
#include "base/crc32c.h"
#include "base/file.h"
#include "net/tensors.h"

#include <likeness/nn.h>
#include <likeness/ops.h>

#include <stdio.h>
#include <string.h>

/* ---- weights ---- */

/* The CRC-32C of a file; false if it cannot be read. */
static bool checksum(const char *path, char text[16]) {
    lk_map map = { 0 };
    lk_error err;
    if (lk_map_open(path, &map, &err)) return false;
    snprintf(text, 16, "%08x", (unsigned)lk_crc32c(0, map.data, map.n_bytes));
    lk_map_close(&map);
    return true;
}

lk_status lk_features_open(const lk_perceptual_options *o, lk_feature_weights *weights,
                           lk_error *err) {
    char found[16];
    *weights = (lk_feature_weights){ .options = o };
    if (!*o->weights)
        return lk_fail(err, LK_USAGE,
                       "weights: expected the name of a .safetensors file, got none");
    lk_status status = lk_safetensors_open(o->weights, &weights->file, err);
    if (status || !*o->crc32c || !checksum(o->weights, found) || strcmp(found, o->crc32c) == 0)
        return status;
    lk_features_close(weights);
    return lk_fail(err, LK_USAGE, "weights: expected %s with the CRC-32C %s, got %s", o->weights,
                   o->crc32c, found);
}

void lk_features_close(lk_feature_weights *weights) {
    lk_safetensors_close(weights->file);
    weights->file = NULL;
}

static lk_status fill(void *self, const char *name, lk_shape shape, lk_real *values,
                      lk_error *err) {
    const lk_feature_weights *w = self;
    const lk_param param = { .name = name, .shape = shape };
    /* a prefix may be empty, but then the name starts with a point */
    if (*name == '.') name++;
    return lk_tensor_load(lk_safetensors_find(w->file, name), w->options->weights, name, &param,
                          values, err);
}

void lk_features_freeze(lk_graph *graph, lk_feature_weights *weights) {
    lk_graph_freeze(graph, fill, weights);
}

/* ---- the network ---- */

/* (x - mean) / std, by channel. */
static lk_node *standardize(const lk_perceptual_options *o, lk_node *x) {
    enum { CHANNELS_MAX = 3 };
    lk_real numbers[4][CHANNELS_MAX];
    const int c = x->shape.d[1];
    if (o->mean.n == 1 && o->std.n == 1 && o->mean.v[0] == 0 && o->std.v[0] == 1) return x;
    if (c > CHANNELS_MAX || (o->mean.n > 1 && o->mean.n != c) || (o->std.n > 1 && o->std.n != c))
        return lk_refuse(x->graph, LK_USAGE,
                         "mean and std: expected a number for each of %d channels, or one for all",
                         c);
    for (int k = 0; k < c; k++) {
        double std = o->std.v[o->std.n > 1 ? k : 0];
        numbers[0][k] = 1, numbers[1][k] = 0;
        numbers[2][k] = LK_R(o->mean.v[o->mean.n > 1 ? k : 0]);
        numbers[3][k] = LK_R(std * std);
    }
    lk_node *in[4];
    for (int i = 0; i < 4; i++)
        in[i] = lk_constant(x->graph, "standardize", LK_SHAPE_1(c), numbers[i]);
    return lk_batch_norm(x, in[0], in[1], in[2], in[3], (lk_batch_norm_options){ .eps = 0 });
}

/* The index of the i-th feature's layer. */
static int layer_of(const lk_perceptual_options *o, int i) {
    return o->features.v[i] < 0 ? o->layers.n - 1 : (int)o->features.v[i];
}

void lk_features_extract(const lk_perceptual_options *o, lk_node *x,
                         lk_node *features[LK_LIST_MAX]) {
    const lk_layer_place place = { .graph = x->graph,
                                   .prefix = o->prefix,
                                   .image_channels = x->shape.d[1] };
    /* an earlier error has its place already */
    lk_node *at = lk_graph_status(x->graph, NULL) ? NULL : standardize(o, x);
    for (int i = 0, first = 0; i < o->features.n && at; i++) {
        at = lk_layers_build_part(&o->layers, first, layer_of(o, i) + 1, &place, at);
        features[i] = at;
        first = layer_of(o, i) + 1;
    }
}

lk_node *lk_features_linear(const lk_perceptual_options *o, int i, const lk_node *feature) {
    char name[LK_WORDS_MAX + 32];
    snprintf(name, sizeof name, "%s%d.model.1.weight", o->linear, i);
    return lk_parameter(feature->graph, name,
                        LK_SHAPE_4(1, feature->shape.rank == 4 ? feature->shape.d[1] : 1, 1, 1),
                        LK_PARAM_TRAINED, (lk_init){ 0 });
}

/* ---- options ---- */

lk_status lk_features_check(void *options, const lk_json *json, const struct cJSON *object,
                            const char *path, lk_error *err) {
    lk_perceptual_options *o = options;
    for (int i = 0; i < o->features.n; i++) {
        int previous = i ? layer_of(o, i - 1) : -1;
        if (layer_of(o, i) < o->layers.n && layer_of(o, i) > previous) continue;
        lk_fail(err, LK_USAGE, "expected layers below %d in ascending order, got %d", o->layers.n,
                (int)o->features.v[i]);
        return lk_choice_error_at(json, object, path, "features", i, err);
    }
    if (*o->linear && !o->normalize) {
        lk_fail(err, LK_USAGE, "expected \"normalize\": true with it");
        return lk_choice_error_at(json, object, path, "linear", -1, err);
    }
    if (*o->weights && !*o->crc32c) checksum(o->weights, o->crc32c);
    return LK_OK;
}

const lk_option lk_feature_options[] = {
    { .key = "layers",
      .type = LK_CHOICES,
      .offset = offsetof(lk_perceptual_options, layers),
      .min = 1,
      .max = LK_LAYERS_MAX,
      .words = "layers",
      .help = "the network, which is not trained",
      .items = &lk_layer_items },
    LK_OPTION_STRING(
        lk_perceptual_options, weights, "",
        "the .safetensors file of its weights, relative to the current folder; of a loss, only "
        "training needs it"),
    LK_OPTION_STRING(lk_perceptual_options, prefix, "",
                     "what the names of its tensors start with: encoder for the encoder of a run, "
                     "features for PyTorch's VGG16"),
    LK_OPTION_INTEGERS(lk_perceptual_options, features, "[-1]", -1, LK_LAYERS_MAX - 1,
                       "layers whose results are compared, counted from 0, in ascending order; "
                       "-1: the last"),
    LK_OPTION_NUMBERS(lk_perceptual_options, mean, "[0]", -1e6, 1e6,
                      "the network sees (x - mean) / std; a number for each channel, or one"),
    LK_OPTION_NUMBERS(lk_perceptual_options, std, "[1]", 1e-6, 1e6, "see mean"),
    LK_OPTION_BOOLEAN(lk_perceptual_options, normalize, false,
                      "divide the features of each position by their length, and add up over "
                      "channels, as LPIPS does"),
    LK_OPTION_STRING(lk_perceptual_options, linear, "",
                     "of normalised features: what the names of LPIPS' weights of channels start "
                     "with, lin for lin0.model.1.weight"),
    LK_OPTION_STRING(lk_perceptual_options, crc32c, "",
                     "checksum of the file; another file is refused. A run notes it by itself"),
    { 0 },
};

/* ---- the choices of a config ---- */

static const lk_choice none = { .name = "none", .summary = "frechet and lpips are not measured" };
static const lk_choice perceptual = {
    .name = "perceptual",
    .summary = "as the loss perceptual has it: frechet takes its last feature, averaged over "
               "positions; lpips needs normalize and linear",
    .options = lk_feature_options,
    .options_size = sizeof(lk_perceptual_options),
    .check = lk_features_check,
};
const lk_choice *const lk_feature_networks[] = { &none, &perceptual, NULL };
