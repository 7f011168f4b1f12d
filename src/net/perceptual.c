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
#include "loss/imagewise.h"
#include "loss/loss_list.h"
#include "net/features.h"

#include <likeness/ops.h>

#include <math.h>

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

/* ---- the loss ---- */

/* The node of a feature's distance. */
static lk_node *compare(const lk_perceptual_options *o, int i, lk_node *a, lk_node *b) {
    struct distance distance = { NULL };
    if (!a || !b) return NULL;
    if (!o->normalize) return lk_mse(a, b);
    if (*o->linear) {
        lk_node *linear = lk_features_linear(o, i, a);
        if (!linear) return NULL;
        distance.weights = linear->value;
    }
    lk_node *in[] = { a, b };
    return lk_apply(a->graph, &op, in, 2, &distance);
}

static lk_node *perceptual_build(lk_node *x, lk_node *y, const void *options) {
    const lk_perceptual_options *o = options;
    lk_feature_weights weights;
    lk_node *a[LK_LIST_MAX] = { NULL }, *b[LK_LIST_MAX] = { NULL }, *sum = NULL;
    lk_error err;
    if (!x || !y) return NULL;
    lk_status status = lk_features_open(o, &weights, &err);
    if (status) return lk_refuse(x->graph, status, "%s", err.text);
    lk_features_freeze(x->graph, &weights);
    lk_features_extract(o, x, a);
    lk_features_extract(o, y, b);
    for (int i = 0; i < o->features.n; i++) {
        lk_node *term = compare(o, i, a[i], b[i]);
        sum = i ? lk_add(sum, term) : term;
    }
    lk_graph_freeze(x->graph, NULL, NULL);
    lk_features_close(&weights);
    return sum;
}

static const lk_op *const ops[] = { &op, NULL };
const lk_loss lk_loss_perceptual = {
    .choice = { .name = "perceptual",
                .summary = "distance of features in a network that is not trained, such as VGG16 "
                           "(Johnson et al. 2016; LPIPS, Zhang et al. 2018)",
                .options = lk_feature_options,
                .options_size = sizeof(lk_perceptual_options),
                .check = lk_features_check },
    .build = perceptual_build,
    .ops = ops,
    .needs_more = true,
};
