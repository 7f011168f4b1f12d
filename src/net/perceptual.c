/*
 * perceptual: distances between features of x and y in a network that is not trained. For each
 * chosen layer, with a and b what the network makes of x and y there:
 *
 *   the mean over all values of (a - b)^2   (Johnson, Alahi, Fei-Fei, "Perceptual losses for
 *     real-time style transfer and super-resolution", 2016, eq. (2))
 *   with `normalize`, the mean over positions of the sum over channels of w (a' - b')^2, a' = a
 *     over the length of its position's features (Zhang et al., "The Unreasonable Effectiveness of
 *     Deep Features as a Perceptual Metric", 2018, eq. (1): LPIPS); w = 1 without linear weights
 *
 * The loss is the sum over these layers. Batch norm goes by its running statistics.
 */
#include "base/crc32c.h"
#include "base/file.h"
#include "io/safetensors.h"
#include "loss/imagewise.h"
#include "loss/loss_list.h"
#include "net/tensors.h"

#include <likeness/nn.h>
#include <likeness/ops.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- the distance of normalised features ---- */

#define LENGTH_EPS 1e-10 /* added to a length, as LPIPS does */

struct distance {
    const lk_real *weights; /* (C); NULL: all are 1 */
};

static double length_of(const lk_real *features, size_t n) {
    double sum = 0;
    for (size_t k = 0; k < n; k++) sum += (double)features[k] * (double)features[k];
    return sqrt(sum);
}

/* One position: the sum over channels of w (a' - b')^2, and its gradient by b times `share`. */
static double compare_position(const struct distance *o, const lk_real *a, const lk_real *b,
                               size_t n, double share, lk_real *gradient) {
    const double length_a = length_of(a, n), length_b = length_of(b, n),
                 over_a = 1 / (length_a + LENGTH_EPS), over_b = 1 / (length_b + LENGTH_EPS);
    double sum = 0, along = 0;
    for (size_t k = 0; k < n; k++) {
        const double w = o->weights ? (double)o->weights[k] : 1,
                     d = (double)b[k] * over_b - (double)a[k] * over_a;
        sum += w * d * d;
        along += 2 * w * d * (double)b[k];
        if (gradient) gradient[k] = LK_R(share * 2 * w * d * over_b);
    }
    if (!gradient || length_b == 0) return sum;
    const double back = share * along * over_b * over_b / length_b;
    for (size_t k = 0; k < n; k++) gradient[k] -= LK_R(back * (double)b[k]);
    return sum;
}

static double distance_image(lk_node *loss, const lk_real *x, const lk_real *y, void *scratch,
                             lk_real *gradient) {
    const lk_shape shape = loss->in[0]->shape;
    const size_t channels = (size_t)shape.d[1], n = lk_shape_row(shape) / channels;
    double sum = 0;
    (void)scratch;
    for (size_t i = 0; i < n; i++)
        sum += compare_position(loss->options, x + i * channels, y + i * channels, channels,
                                1 / (double)n, gradient ? gradient + i * channels : NULL);
    return sum / (double)n;
}

static void distance_forward(lk_node *loss) {
    lk_imagewise_forward(loss, distance_image);
}

static const lk_real three_weights[] = { LK_R(0.5), LK_R(2), LK_R(0) };
static const struct distance plain = { NULL }, weighted = { three_weights };
static const lk_sample samples[] = {
    { .in = { { 4, { 3, 2, 3, 4 } }, { 4, { 3, 2, 3, 4 } } }, .options = &plain },
    { .in = { { 4, { 2, 3, 2, 3 } }, { 4, { 2, 3, 2, 3 } } }, .options = &weighted },
    LK_SAMPLES_END,
};
static const lk_op op = {
    .name = "feature_distance",
    .summary = "squared distance of normalised features, summed over channels",
    .arity = 2,
    .options_size = sizeof(struct distance),
    .is_loss = true,
    .infer = lk_imagewise_infer,
    .forward = distance_forward,
    .backward = lk_imagewise_backward,
    .samples = samples,
};

/* ---- the network ---- */

/* Where the weights come from while the graph is built. */
struct weights {
    const lk_perceptual_options *options;
    lk_safetensors *file;
};

static lk_status fill(void *self, const char *name, lk_shape shape, lk_real *values,
                      lk_error *err) {
    const struct weights *w = self;
    const lk_param param = { .name = name, .shape = shape };
    /* a prefix may be empty, but then the name starts with a point */
    if (*name == '.') name++;
    return lk_tensor_load(lk_safetensors_find(w->file, name), w->options->weights, name, &param,
                          values, err);
}

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

/* What the network makes of x, at each feature. */
static void extract(const lk_perceptual_options *o, lk_node *x, lk_node *features[LK_LIST_MAX]) {
    const lk_layer_place place = { .graph = x->graph,
                                   .prefix = o->prefix,
                                   .image_channels = x->shape.d[1] };
    lk_node *at = standardize(o, x);
    for (int i = 0, first = 0; i < o->features.n; i++) {
        at = lk_layers_build_part(&o->layers, first, layer_of(o, i) + 1, &place, at);
        features[i] = at;
        first = layer_of(o, i) + 1;
    }
}

/* The node of a feature's distance. */
static lk_node *compare(const struct weights *w, int i, lk_node *a, lk_node *b) {
    const lk_perceptual_options *o = w->options;
    struct distance distance = { NULL };
    if (!a || !b) return NULL;
    if (!o->normalize) return lk_mse(a, b);
    if (*o->linear) {
        char name[LK_WORDS_MAX + 32];
        snprintf(name, sizeof name, "%s%d.model.1.weight", o->linear, i);
        lk_node *linear = lk_parameter(a->graph, name,
                                       LK_SHAPE_4(1, a->shape.rank == 4 ? a->shape.d[1] : 1, 1, 1),
                                       LK_PARAM_TRAINED, (lk_init){ 0 });
        if (!linear) return NULL;
        distance.weights = linear->value;
    }
    lk_node *in[] = { a, b };
    return lk_apply(a->graph, &op, in, 2, &distance);
}

/* The CRC-32C of a file; false if it cannot be read. */
static bool checksum(const char *path, char text[16]) {
    lk_map map = { 0 };
    lk_error err;
    if (lk_map_open(path, &map, &err)) return false;
    snprintf(text, 16, "%08x", (unsigned)lk_crc32c(0, map.data, map.n_bytes));
    lk_map_close(&map);
    return true;
}

static lk_status open_weights(const lk_perceptual_options *o, lk_safetensors **file,
                              lk_error *err) {
    char found[16];
    if (!*o->weights)
        return lk_fail(err, LK_USAGE,
                       "weights: expected the name of a .safetensors file, got none");
    lk_status status = lk_safetensors_open(o->weights, file, err);
    if (status || !*o->crc32c || !checksum(o->weights, found) || strcmp(found, o->crc32c) == 0)
        return status;
    lk_safetensors_close(*file);
    return lk_fail(err, LK_USAGE, "weights: expected %s with the CRC-32C %s, got %s", o->weights,
                   o->crc32c, found);
}

static lk_node *perceptual_build(lk_node *x, lk_node *y, const void *options) {
    struct weights w = { .options = options };
    lk_node *a[LK_LIST_MAX] = { NULL }, *b[LK_LIST_MAX] = { NULL }, *sum = NULL;
    lk_error err;
    if (!x || !y) return NULL;
    lk_status status = open_weights(options, &w.file, &err);
    if (status) return lk_refuse(x->graph, status, "%s", err.text);
    lk_graph_freeze(x->graph, fill, &w);
    extract(options, x, a);
    extract(options, y, b);
    for (int i = 0; i < w.options->features.n; i++) {
        lk_node *term = compare(&w, i, a[i], b[i]);
        sum = i ? lk_add(sum, term) : term;
    }
    lk_graph_freeze(x->graph, NULL, NULL);
    lk_safetensors_close(w.file);
    return sum;
}

/* ---- the row ---- */

/* Checks the features, and notes which file it is, so that the record of a run knows. */
static lk_status perceptual_check(void *options, const lk_json *json, const struct cJSON *object,
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

static const lk_option options[] = {
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
        "the .safetensors file of its weights, relative to the current folder; evaluation does "
        "not need it"),
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

static const lk_op *const ops[] = { &op, NULL };
const lk_loss lk_loss_perceptual = {
    .choice = { .name = "perceptual",
                .summary = "distance of features in a network that is not trained, such as VGG16 "
                           "(Johnson et al. 2016; LPIPS, Zhang et al. 2018)",
                .options = options,
                .options_size = sizeof(lk_perceptual_options),
                .check = perceptual_check },
    .build = perceptual_build,
    .ops = ops,
    .needs_more = true,
};
