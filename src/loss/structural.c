/*
 * Windows of structural similarity over a batch, an image a task. In training the forward pass computes the gradient of
 * each image too, while its rows are at hand, and the backward pass only scales it.
 */
#include "structural.h"

#include "graph/batch_sum.h"
#include "loss/check.h"

#include <cjson/cJSON.h>
#include <math.h>

enum { TAPS = 256 }; /* room for the longest window's weights */

/* ---- options ---- */

static lk_status refuse(const lk_json *json, const cJSON *object, const char *path, const char *key, int i, lk_error *err) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, key), *value = i < 0 ? list : cJSON_GetArrayItem(list, i);
    char place[256], item[16] = "";
    if (i >= 0) lk_format(item, sizeof item, "[%d]", i);
    lk_format(place, sizeof place, "%s.%s%s", path, key, item);
    return lk_json_blame(json, value ? value : object, place, err);
}

lk_status lk_structural_check(void *options, const lk_json *json, const cJSON *object, const char *path, lk_arena *arena, lk_error *err) {
    const lk_structural_options *o = options;
    double most = 0;
    (void)arena;
    for (int i = 0; i < o->windows.n; i++) {
        if (fmod(o->windows.v[i], 2) == 1) continue;
        lk_fail(err, LK_USAGE, "got %d, wanted an odd number, so that a window has a middle", (int)o->windows.v[i]);
        return refuse(json, object, path, "windows", i, err);
    }
    if (o->weights.n != 1 && o->weights.n != o->windows.n) {
        lk_fail(err, LK_USAGE, "got %d weights, wanted one for each of the %d windows, or a single one for all", o->weights.n,
                o->windows.n);
        return refuse(json, object, path, "weights", -1, err);
    }
    for (int i = 0; i < o->weights.n; i++) most = fmax(most, o->weights.v[i]);
    if (most > 0) return LK_OK;
    lk_fail(err, LK_USAGE, "got nothing but 0, wanted a weight above 0");
    return refuse(json, object, path, "weights", -1, err);
}

/* ---- windows ---- */

void lk_gaussian_taps(int size, double sigma, lk_real *taps) {
    double sum = 0, width = sigma > 0 ? sigma : 1.5 * size / 11;
    for (int pass = 0; pass < 2; pass++)
        for (int t = 0; t < size; t++) {
            double at = (t - size / 2) / width, tap = exp(-at * at / 2);
            if (pass == 0)
                sum += tap;
            else
                taps[t] = LK_R(tap / sum);
        }
}

/* `taps` has room for the window's weights. */
static lk_structure window_of(const lk_structural_options *o, lk_similarity kind, lk_shape shape, int i, lk_real *taps) {
    int size = (int)o->windows.v[i];
    bool gaussian = o->window == LK_WINDOW_GAUSSIAN;
    if (gaussian && taps) lk_gaussian_taps(size, o->sigma, taps);
    return (lk_structure){ .kind = kind,
                           .h = shape.d[2],
                           .w = shape.d[3],
                           .c = shape.d[1],
                           .size = size,
                           .taps = gaussian ? taps : NULL,
                           .alpha = LK_R(o->alpha),
                           .beta = LK_R(o->beta),
                           .gamma = LK_R(o->gamma),
                           .C1 = LK_R(o->K1 * o->K1),
                           .C2 = LK_R(o->K2 * o->K2) };
}

/* ---- the op ---- */

static size_t rounded(size_t n_bytes) {
    return (n_bytes + 63) / 64 * 64;
}

static lk_status check_windows(const lk_structural_options *o, lk_shape shape, lk_error *err) {
    int side = shape.d[2] < shape.d[3] ? shape.d[2] : shape.d[3];
    for (int i = 0; i < o->windows.n; i++)
        if (o->windows.v[i] > side)
            return lk_fail(err, LK_USAGE, "windows[%d]: got %d, wanted at most the side of the images, %d", i, (int)o->windows.v[i], side);
    return LK_OK;
}

/* State: sums of the batch, then the gradient of each image. Scratch: taps, the two turned images, a window's rows. */
lk_status lk_structural_infer(lk_node *loss, lk_error *err) {
    const lk_structural_options *o = loss->options;
    const lk_shape shape = loss->in[0]->shape;
    size_t scratch = 0;
    lk_status status = lk_loss_check_images(loss, err);
    if (!status) status = check_windows(o, shape, err);
    if (status) return status;
    for (int i = 0; i < o->windows.n; i++) {
        lk_structure window = window_of(o, LK_SIMILARITY_SUM, shape, i, NULL);
        if (lk_structure_scratch(&window) > scratch) scratch = lk_structure_scratch(&window);
    }
    loss->shape = LK_SHAPE_0;
    loss->state_bytes = rounded(lk_batch_sum_bytes(loss->graph));
    if (loss->in[1]->wants_grad) loss->state_bytes += lk_shape_size(shape) * sizeof(lk_real);
    loss->scratch_bytes = rounded((scratch + TAPS + 2 * lk_shape_row(shape)) * sizeof(lk_real) + (size_t)shape.d[1] * sizeof(double));
    return LK_OK;
}

struct call {
    lk_node *loss;
    lk_similarity kind;
    bool with_gradient;
};

static lk_real *gradient_of(const lk_node *loss, int i) {
    char *gradients = (char *)loss->state + rounded(lk_batch_sum_bytes(loss->graph));
    return (lk_real *)(void *)gradients + (size_t)i * lk_shape_row(loss->in[1]->shape);
}

static void compare_image(void *context, int image, int thread) {
    const struct call *call = context;
    lk_node *loss = call->loss;
    const lk_kernels *kernels = lk_graph_context(loss->graph)->kernels;
    const lk_structural_options *o = loss->options;
    const lk_shape shape = loss->in[0]->shape;
    size_t n = lk_shape_row(shape), at = (size_t)image * n;
    double *totals = (double *)(void *)((char *)lk_graph_scratch(loss->graph) + (size_t)thread * loss->scratch_bytes), all = 0;
    lk_real *sum = (lk_real *)(void *)(totals + shape.d[1]), *difference = sum + n, *taps = difference + n;
    lk_real *gradient = call->with_gradient ? gradient_of(loss, image) : NULL;
    kernels->half_turn(n, loss->in[0]->value + at, loss->in[1]->value + at, sum, difference);
    if (gradient) kernels->fill_rows(1, (int)n, NULL, gradient);
    for (int i = 0; i < o->windows.n; i++) {
        lk_structure window = window_of(o, call->kind, shape, i, taps);
        double n_positions = (double)(window.h - window.size + 1) * (window.w - window.size + 1) * window.c;
        double weight = o->weights.v[o->weights.n > 1 ? i : 0] / (n_positions * o->windows.n), total = 0;
        kernels->structure(&window, sum, difference, taps + TAPS, totals, LK_R(weight), gradient);
        for (int c = 0; c < window.c; c++) total += totals[c];
        all += weight * total;
    }
    ((double *)loss->state)[image] = all;
}

void lk_structural_forward(lk_node *loss, lk_similarity kind) {
    struct call call = { loss, kind, loss->in[1]->grad && lk_graph_mode(loss->graph) == LK_TRAIN };
    lk_threads_run(lk_graph_context(loss->graph)->threads, lk_graph_valid(loss->graph), compare_image, &call);
    loss->value[0] = lk_batch_mean(loss->graph, loss->state, 1);
}

static void scale_image(void *context, int i, int thread) {
    lk_node *loss = context, *y = loss->in[1];
    const lk_kernels *kernels = lk_graph_context(loss->graph)->kernels;
    size_t n = lk_shape_row(y->shape);
    lk_real *grad = y->grad + (size_t)i * n;
    (void)thread;
    if (i < lk_graph_valid(loss->graph))
        kernels->scaled_add(n, loss->grad[0] * lk_batch_weight(loss->graph, 1, i), gradient_of(loss, i), loss->add[1], grad);
    else if (!loss->add[1])
        kernels->fill_rows(1, (int)n, NULL, grad);
}

void lk_structural_backward(lk_node *loss) {
    if (loss->in[1]->grad) lk_threads_run(lk_graph_context(loss->graph)->threads, loss->in[1]->shape.d[0], scale_image, loss);
}

/* ---- samples ---- */

#define STRUCTURAL(alpha_, beta_, gamma_, window_, ...)                                                                                    \
    &(const lk_structural_options) {                                                                                                       \
        .alpha = alpha_, .beta = beta_, .gamma = gamma_, .window = LK_WINDOW_##window_, .K1 = 0.01, .K2 = 0.03, __VA_ARGS__                \
    }
#define IMAGES(n, c, h, w)                                                                                                                 \
    {                                                                                                                                      \
        { 4, { n, c, h, w } }, {                                                                                                           \
            4, {                                                                                                                           \
                n, c, h, w                                                                                                                 \
            }                                                                                                                              \
        }                                                                                                                                  \
    }
#define ONE(x)                                                                                                                             \
    {                                                                                                                                      \
        1, {                                                                                                                               \
            x                                                                                                                              \
        }                                                                                                                                  \
    }
#define TWO(x, y)                                                                                                                          \
    {                                                                                                                                      \
        2, {                                                                                                                               \
            x, y                                                                                                                           \
        }                                                                                                                                  \
    }

const lk_sample lk_structural_samples[] = {
    { .in = IMAGES(3, 3, 5, 7), .options = STRUCTURAL(1, 1, 1, UNIFORM, .windows = TWO(3, 5), .weights = TWO(0.5, 2)), .high = 1 },
    { .in = IMAGES(2, 1, 7, 6), .options = STRUCTURAL(1, 1, 1, GAUSSIAN, .windows = ONE(3), .weights = ONE(1)), .high = 1 },
    { .in = IMAGES(2, 2, 5, 5), .options = STRUCTURAL(2, 1, 1, UNIFORM, .windows = TWO(5, 3), .weights = ONE(3)), .high = 1 },
    { .in = IMAGES(2, 1, 7, 6), .options = STRUCTURAL(1, 0.5, 1, UNIFORM, .windows = ONE(3), .weights = ONE(1)), .high = 1 },
    { .in = IMAGES(1, 3, 4, 5), .options = STRUCTURAL(1, 1, 2, UNIFORM, .windows = ONE(3), .weights = ONE(1)), .high = 1 },
    { .in = IMAGES(1, 1, 5, 5), .options = STRUCTURAL(1, 1, 0.5, UNIFORM, .windows = ONE(5), .weights = ONE(1)), .high = 1 },
    { .in = IMAGES(1, 1, 5, 5), .options = STRUCTURAL(0.5, 2, 1.5, GAUSSIAN, .windows = ONE(5), .weights = ONE(1)), .high = 1 },
    LK_SAMPLES_END
};
