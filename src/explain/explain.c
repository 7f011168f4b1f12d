/* The losses of training, differentiated with respect to a reconstruction instead of weights. */
#include "explain/explain.h"
#include "evaluate/literal.h"

#include <math.h>
#include <string.h>

#define NAME_OF_LOSS(name)        #name,
#define NAME_OF(ID, name, words)  #name,
#define WORDS_OF(ID, name, words) words,
const char *const lk_explained_losses[] = { LK_EXPLAINED_LOSS_LIST(NAME_OF_LOSS) };
const char *const lk_change_names[] = { LK_EXPLAINED_CHANGE_LIST(NAME_OF) };
const char *const lk_change_formulas[] = { LK_EXPLAINED_CHANGE_LIST(WORDS_OF) };
const char *const lk_picture_names[] = { LK_EXPLAINED_PICTURE_LIST(NAME_OF) };
const char *const lk_picture_words[] = { LK_EXPLAINED_PICTURE_LIST(WORDS_OF) };

/* ---- a loss of one pair (x, y), and its gradient with respect to y ---- */

struct probe {
    lk_literal loss; /* only for its options */
    lk_params params;
    lk_graph *graph;
    lk_node *x, *objective;
    const lk_real *original;
    lk_real *y;
    const lk_real *gradient;
    size_t n; /* values of an image */
};

static lk_status probe_open(struct probe *probe, const lk_context *context, const lk_explanation *e,
                            const char *text, lk_error *err) {
    lk_shape shape = LK_SHAPE_4(1, e->images.channels, e->images.size, e->images.size);
    *probe = (struct probe){ .original = e->original, .n = lk_shape_size(shape) };
    lk_params_init(&probe->params);
    lk_graph_options options = {
        .context = context, .params = &probe->params, .n = 1, .n_shards = 1, .training = true
    };
    lk_status status = lk_literal_read(text, "explain", &probe->loss, err);
    if (!status) status = lk_graph_create(options, &probe->graph, err);
    if (status) return status;
    probe->x = lk_input(probe->graph, "original", shape);
    lk_node *y = lk_parameter(probe->graph, "reconstruction", shape, LK_PARAM_TRAINED,
                              (lk_init){ .kind = LK_INIT_CONSTANT });
    const lk_chosen *loss = &probe->loss.loss;
    probe->objective = ((const lk_loss *)loss->choice)->build(probe->x, y, loss->options);
    status = lk_graph_finish(probe->graph, probe->objective, err);
    if (!status) status = lk_params_start(&probe->params, context->threads, 0, err);
    if (status) return status;
    size_t offset = lk_params_find(&probe->params, "reconstruction")->offset;
    probe->y = probe->params.trained + offset;
    probe->gradient = probe->params.gradient + offset;
    return LK_OK;
}

static void probe_close(struct probe *probe) {
    lk_graph_destroy(probe->graph);
    lk_params_deinit(&probe->params);
    lk_literal_deinit(&probe->loss);
}

/* Returns the loss at y; its gradient is in probe->gradient. */
static double probe_at(struct probe *probe, const lk_real *y) {
    memcpy(probe->x->value, probe->original, probe->n * sizeof *y);
    memcpy(probe->y, y, probe->n * sizeof *y);
    lk_graph_forward(probe->graph, LK_TRAIN, 1, 0);
    lk_graph_backward(probe->graph);
    return (double)probe->objective->value[0];
}

static double norm_of(const struct probe *probe) {
    double sum = 0;
    for (size_t i = 0; i < probe->n; i++)
        sum += (double)probe->gradient[i] * (double)probe->gradient[i];
    return sqrt(sum);
}

/* ---- changes of the original ---- */

/* The image for k = 0: black, the mean of each channel, or the luma of each pixel (ITU-R 601). */
static void set_neutral(const lk_explanation *e, int change, size_t n, lk_real *out) {
    size_t channels = (size_t)e->images.channels;
    double mean[3] = { 0 };
    for (size_t i = 0; i < n; i++)
        mean[i % channels] += (double)e->original[i] * (double)channels / (double)n;
    for (size_t i = 0; i < n; i++) {
        const lk_real *pixel = e->original + i / channels * channels;
        const double neutral[] = {
            [LK_CHANGE_BRIGHTNESS] = 0,
            [LK_CHANGE_CONTRAST] = mean[i % channels],
            [LK_CHANGE_SATURATION] =
                channels == 3
                    ? 0.299 * (double)pixel[0] + 0.587 * (double)pixel[1] + 0.114 * (double)pixel[2]
                    : (double)pixel[0],
        };
        out[i] = (lk_real)neutral[change];
    }
}

static void trace(struct probe *probe, lk_explanation *e, int change, int loss,
                  const lk_real *neutral, lk_real *y) {
    lk_explained_curve *curve = &e->curves[change][loss];
    for (int step = 0; step < LK_CURVE_STEPS; step++) {
        lk_real k = (lk_real)e->k[step];
        for (size_t i = 0; i < probe->n; i++)
            y[i] = k == 1 ? e->original[i] : neutral[i] + k * (e->original[i] - neutral[i]);
        curve->value[step] = probe_at(probe, y);
        curve->norm[step] = norm_of(probe);
    }
}

static lk_real *image_alloc(lk_explanation *e, lk_error *err) {
    size_t n_bytes = (size_t)e->images.size * (size_t)e->images.size * (size_t)e->images.channels *
                     sizeof(lk_real);
    lk_real *image = lk_arena_alloc(&e->arena, n_bytes);
    if (!image) lk_fail_memory(err, n_bytes, "an image to explain");
    return image;
}

static lk_status explain_loss(lk_explanation *e, const lk_context *context, int index,
                              lk_error *err) {
    struct probe probe;
    lk_explained_loss *loss = &e->losses[index];
    lk_real *neutral = image_alloc(e, err), *y = image_alloc(e, err);
    if (!neutral || !y || !(loss->gradient = image_alloc(e, err))) return LK_MEMORY;
    lk_status status = probe_open(&probe, context, e, lk_explained_losses[index], err);
    if (!status) {
        loss->value = probe_at(&probe, e->reconstruction);
        loss->norm = norm_of(&probe);
        memcpy(loss->gradient, probe.gradient, probe.n * sizeof *loss->gradient);
        for (int change = 0; change < e->n_changes; change++) {
            set_neutral(e, change, probe.n, neutral);
            trace(&probe, e, change, index, neutral, y);
        }
    }
    probe_close(&probe);
    return status;
}

/* ---- the parts of similarity ---- */

enum { BLUR = 11 };

/* The mean over BLUR x BLUR pixels, as far as they are inside. */
static double blurred_at(const lk_explanation *e, int row, int column, int channel) {
    int size = e->images.size, channels = e->images.channels, n = 0;
    double sum = 0;
    for (int r = row - BLUR / 2; r <= row + BLUR / 2; r++)
        for (int c = column - BLUR / 2; c <= column + BLUR / 2; c++) {
            if (r < 0 || r >= size || c < 0 || c >= size) continue;
            sum += (double)e->original[(r * size + c) * channels + channel];
            n++;
        }
    return sum / n;
}

/* Not below 0, where metrics would clip and losses would not. */
static lk_real darker(lk_real value) {
    return value > LK_R(LK_DARKER_BY) ? value - LK_R(LK_DARKER_BY) : 0;
}

static void draw_pictures(lk_explanation *e, const lk_real *mean) {
    int size = e->images.size, channels = e->images.channels;
    for (int i = 0; i < size * size * channels; i++) {
        lk_real blurred =
            (lk_real)blurred_at(e, i / channels / size, i / channels % size, i % channels);
        e->parts[LK_PICTURE_BLURRED].picture[i] = blurred;
        e->parts[LK_PICTURE_DARKER].picture[i] = darker(e->original[i]);
        e->parts[LK_PICTURE_BOTH].picture[i] = darker(blurred);
        e->parts[LK_PICTURE_FLAT].picture[i] = darker(mean[i]);
    }
}

static lk_status measure_parts(lk_explanation *e, lk_explained_parts *parts, lk_error *err) {
    const lk_picture_pair pair = { .original = e->original,
                                   .reconstruction = parts->picture,
                                   .height = e->images.size,
                                   .width = e->images.size,
                                   .channels = e->images.channels };
    lk_structural_form form = { .windows = { 1, { LK_PARTS_WINDOW } },
                                .weights = { 1, { 1 } },
                                .alpha = 1,
                                .beta = 1,
                                .gamma = 1,
                                .K1 = 0.01,
                                .K2 = 0.03 };
    lk_structural_value product, sum;
    lk_status status = lk_metric_structural(&pair, &form, &product, err);
    form.sum = true;
    if (!status) status = lk_metric_structural(&pair, &form, &sum, err);
    if (status) return status;
    parts->l = sum.l, parts->c = sum.c, parts->s = sum.s;
    parts->product = product.similarity, parts->sum = sum.similarity;
    return LK_OK;
}

/* If all values of y grow by the same amount, the loss changes by the sum of its gradient. */
static lk_status measure_pulls(lk_explanation *e, const lk_context *context, bool by_sum,
                               lk_error *err) {
    struct probe probe;
    char text[128];
    lk_format(text, sizeof text, "{\"type\": \"%s\", \"windows\": [%d], \"window\": \"uniform\"}",
              by_sum ? "lwssim" : "ssim", LK_PARTS_WINDOW);
    lk_status status = probe_open(&probe, context, e, text, err);
    for (int p = 0; p < LK_N_PICTURES && !status; p++) {
        double pull = 0;
        probe_at(&probe, e->parts[p].picture);
        for (size_t i = 0; i < probe.n; i++) pull -= (double)probe.gradient[i];
        *(by_sum ? &e->parts[p].sum_pull : &e->parts[p].product_pull) = pull;
    }
    probe_close(&probe);
    return status;
}

static lk_status explain_parts(lk_explanation *e, const lk_context *context, lk_error *err) {
    lk_real *mean = image_alloc(e, err);
    lk_status status = mean ? LK_OK : LK_MEMORY;
    for (int p = 0; p < LK_N_PICTURES && !status; p++)
        status = (e->parts[p].picture = image_alloc(e, err)) ? LK_OK : LK_MEMORY;
    if (status) return status;
    set_neutral(e, LK_CHANGE_CONTRAST,
                (size_t)e->images.size * (size_t)e->images.size * (size_t)e->images.channels, mean);
    draw_pictures(e, mean);
    for (int p = 0; p < LK_N_PICTURES && !status; p++) status = measure_parts(e, &e->parts[p], err);
    if (!status) status = measure_pulls(e, context, false, err);
    if (!status) status = measure_pulls(e, context, true, err);
    return status;
}

/* ---- all of it ---- */

static lk_status reconstruct(lk_explanation *e, lk_trained *model, const lk_real *image,
                             lk_error *err) {
    lk_metrics_summary summary;
    int size = e->images.size;
    e->original = image_alloc(e, err);
    e->reconstruction = image_alloc(e, err);
    if (!e->original || !e->reconstruction) return LK_MEMORY;
    memcpy(e->original, image,
           (size_t)size * (size_t)size * (size_t)e->images.channels * sizeof *image);
    lk_trained_reconstruct(model, e->original, 1, e->reconstruction);
    lk_status status = lk_graph_status(model->net.graph, err);
    if (!status)
        status = lk_metrics_of_pair(e->original, e->reconstruction, size, size, e->images.channels,
                                    &summary, err);
    if (status) return status;
    e->ssim = summary.value[LK_METRIC_SSIM];
    e->mse = summary.value[LK_METRIC_MSE];
    return LK_OK;
}

lk_status lk_explain(lk_trained *model, const lk_real *image, lk_explanation *e, lk_error *err) {
    const lk_context *context = model->net.context;
    *e = (lk_explanation){ .images = model->net.images,
                           .n_changes = model->net.images.channels == 1 ? LK_CHANGE_SATURATION
                                                                        : LK_N_CHANGES };
    lk_arena_init(&e->arena);
    for (int i = 0; i < LK_CURVE_STEPS; i++) e->k[i] = (double)i / LK_TRUTH_STEP;
    if (e->images.size < LK_METRIC_MIN_SIDE)
        return lk_fail(
            err, LK_FORMAT,
            "%s: expected a model of pictures of at least %d x %d, the largest window, got %d x %d",
            model->path, LK_METRIC_MIN_SIDE, LK_METRIC_MIN_SIDE, e->images.size, e->images.size);
    lk_status status = reconstruct(e, model, image, err);
    for (int i = 0; i < LK_N_EXPLAINED_LOSSES && !status; i++)
        status = explain_loss(e, context, i, err);
    if (!status) status = explain_parts(e, context, err);
    return status;
}

void lk_explanation_deinit(lk_explanation *explanation) {
    lk_arena_deinit(&explanation->arena);
    *explanation = (lk_explanation){ 0 };
}
