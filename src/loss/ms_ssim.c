/*
 * 1 - MS-SSIM: Wang, Simoncelli, Bovik, "Multi-scale structural similarity for image quality
 * assessment", 2003. From one scale to the next the mean of 2 x 2 pixels. For each image and
 * channel: the mean of c s over the positions of each scale, of l c s at the last; negative means
 * become 0 and have no gradient; their product with the scales' exponents; then the mean over
 * channels and images.
 */
#include "loss/loss_list.h"
#include "structural.h"
#include "tensor/structure.h"

#include <math.h>

enum { SCALES = 5 };
static const double exponents[SCALES] = { 0.0448, 0.2856, 0.3001, 0.2363, 0.1333 };

static const lk_option options[] = {
    LK_OPTION_INTEGER(lk_ms_ssim_options, scales, 3, 1, SCALES,
                      "sizes at which images are compared, each half the one before"),
    LK_OPTION_INTEGER(lk_ms_ssim_options, window_size, 11, 3, LK_TAPS_MAX - 1,
                      "side of the window in pixels, odd"),
    LK_OPTION_WORD(lk_ms_ssim_options, window, "gaussian", LK_WORDS(LK_WINDOW_LIST),
                   "how a window weighs its pixels"),
    LK_OPTION_NUMBER(lk_ms_ssim_options, sigma, 0, 0, 1e3,
                     "of Gaussian windows, in pixels; 0: 1.5 window_size / 11"),
    LK_OPTION_NUMBER(lk_ms_ssim_options, K1, 0.01, 1e-3, 1, "steadies luminance: C1 = K1^2"),
    LK_OPTION_NUMBER(lk_ms_ssim_options, K2, 0.03, 1e-3, 1,
                     "steadies contrast and structure: C2 = K2^2"),
    LK_OPTION_COLOR(lk_ms_ssim_options, "rgb"),
    { 0 },
};

static lk_status ms_ssim_check(void *chosen, const lk_json *json, const struct cJSON *object,
                               const char *path, lk_error *err) {
    const lk_ms_ssim_options *o = chosen;
    if (o->window_size % 2) return LK_OK;
    lk_fail(err, LK_USAGE, "expected an odd number, got %d: a window needs a middle",
            (int)o->window_size);
    return lk_choice_error_at(json, object, path, "window_size", -1, err);
}

/* ---- scales ---- */

/* What a node has prepared: what each scale of an image is compared by. */
struct scales {
    int n;
    lk_sliding_window scale[SCALES];
    lk_real taps[LK_TAPS_MAX];
};

static lk_status prepare_scales(lk_node *loss, lk_error *err) {
    const lk_ms_ssim_options *o = loss->options;
    const lk_shape shape = loss->in[0]->shape;
    const bool gaussian = o->window == LK_WINDOW_GAUSSIAN;
    struct scales *scales = lk_node_prepare(loss, sizeof *scales);
    if (!scales) return lk_fail_memory(err, sizeof *scales, "the scales of ms_ssim");
    scales->n = (int)o->scales;
    if (gaussian) lk_gaussian_taps((int)o->window_size, o->sigma, scales->taps);
    for (int i = 0; i < scales->n; i++)
        scales->scale[i] = (lk_sliding_window){ .kind = i + 1 < scales->n ? LK_SIMILARITY_CONTRAST
                                                                          : LK_SIMILARITY_PRODUCT,
                                                .h = shape.d[2] >> i,
                                                .w = shape.d[3] >> i,
                                                .c = shape.d[1],
                                                .size = (int)o->window_size,
                                                .taps = gaussian ? scales->taps : NULL,
                                                .alpha = 1,
                                                .beta = 1,
                                                .gamma = 1,
                                                .C1 = LK_R(o->K1 * o->K1),
                                                .C2 = LK_R(o->K2 * o->K2) };
    return LK_OK;
}

static size_t n_values(const lk_sliding_window *scale) {
    return (size_t)scale->h * (size_t)scale->w * (size_t)scale->c;
}

static bool fits(lk_shape shape, int64_t scales, int64_t window) {
    int whole = 1 << (scales - 1);
    return shape.d[2] % whole == 0 && shape.d[3] % whole == 0 && shape.d[2] / whole >= window &&
           shape.d[3] / whole >= window;
}

static lk_status check_size(const lk_ms_ssim_options *o, lk_shape shape, lk_error *err) {
    int most = 0;
    while (most < SCALES && fits(shape, most + 1, o->window_size)) most++;
    if (most >= o->scales) return LK_OK;
    if (most == 0)
        return lk_fail(
            err, LK_USAGE,
            "window_size: expected at most the side of the images, got %d for images of %d x %d",
            (int)o->window_size, shape.d[2], shape.d[3]);
    return lk_fail(err, LK_USAGE,
                   "scales: expected at most %d, got %d, for a window of %d on images of %d x %d: "
                   "each scale but the first halves the sides, "
                   "which must stay whole numbers and not below the window",
                   most, (int)o->scales, (int)o->window_size, shape.d[2], shape.d[3]);
}

/* ---- one thread's memory ---- */

struct level {
    const lk_sliding_window *scale;
    /* by channel: the mean of c s, at the last scale of l c s */
    double *value;
    lk_real *sum, *difference, *gradient; /* (h, w, c) */
};

struct scratch {
    struct level level[SCALES];
    lk_real *rows;
};

static size_t scratch_bytes(const struct scales *scales) {
    size_t bytes = lk_scratch_bytes(lk_window_scratch(&scales->scale[0]) * sizeof(lk_real));
    for (int i = 0; i < scales->n; i++)
        bytes += lk_scratch_bytes((size_t)scales->scale[i].c * sizeof(double)) +
                 3 * lk_scratch_bytes(n_values(&scales->scale[i]) * sizeof(lk_real));
    return bytes;
}

/* `gradient` is the first scale's own. */
static struct scratch scratch_in(const struct scales *scales, char *at, lk_real *gradient) {
    struct scratch scratch;
    for (int i = 0; i < scales->n; i++) {
        struct level *level = &scratch.level[i];
        level->scale = &scales->scale[i];
        const size_t bytes = n_values(level->scale) * sizeof(lk_real);
        level->value = lk_scratch_take(&at, (size_t)level->scale->c * sizeof(double));
        level->sum = lk_scratch_take(&at, bytes);
        level->difference = lk_scratch_take(&at, bytes);
        level->gradient = lk_scratch_take(&at, bytes);
    }
    scratch.level[0].gradient = gradient;
    scratch.rows = (lk_real *)(void *)at;
    return scratch;
}

/* ---- values ---- */

/* `to` is half of `from`: its pixels are the means of 2 x 2. */
static void halve(const lk_sliding_window *to, const lk_real *restrict from,
                  lk_real *restrict out) {
    const size_t c = (size_t)to->c, row = 2 * (size_t)to->w * c;
    for (int h = 0; h < to->h; h++, from += 2 * row)
        for (size_t x = 0; x < (size_t)to->w; x++)
            for (size_t k = 0; k < c; k++) {
                const lk_real *first = from + 2 * x * c + k;
                *out++ = ((first[0] + first[c]) + (first[row] + first[row + c])) / 4;
            }
}

/* The level's value, and the gradient of minus its sum over positions. */
static void compare_level(const lk_kernels *kernels, struct level *level, lk_real *rows,
                          bool with_gradient) {
    const lk_sliding_window *scale = level->scale;
    double n_positions = (double)(scale->h - scale->size + 1) * (scale->w - scale->size + 1);
    lk_real *gradient = with_gradient ? level->gradient : NULL;
    if (gradient) kernels->fill_rows(1, (int)n_values(scale), NULL, gradient);
    kernels->compare_window(scale, level->sum, level->difference, rows, level->value, 1, gradient);
    for (int c = 0; c < scale->c; c++) level->value[c] = 1 - level->value[c] / n_positions;
}

/* MS-SSIM of one channel; each level's value there becomes the slope of MS-SSIM by it. */
static double combine(struct level *level, int n_levels, int c) {
    double product = 1, all = 0;
    for (int i = 0; i < n_levels; i++) all += exponents[i];
    for (int i = 0; i < n_levels; i++)
        product *= level[i].value[c] > 0 ? pow(level[i].value[c], exponents[i] / all) : 0;
    for (int i = 0; i < n_levels; i++)
        level[i].value[c] = product > 0 ? exponents[i] / all * product / level[i].value[c] : 0;
    return product;
}

/* ---- the gradient ---- */

/* The gradient of the loss by the level's pixels: its own share and a quarter of the pixel's that
   they make up. */
static void chain_level(const struct level *level, const lk_real *restrict coarser) {
    const lk_sliding_window *scale = level->scale;
    const size_t c = (size_t)scale->c, row = (size_t)scale->w / 2 * c;
    double n_positions = (double)(scale->h - scale->size + 1) * (scale->w - scale->size + 1);
    lk_real *gradient = level->gradient;
    for (int h = 0; h < scale->h; h++)
        for (size_t x = 0; x < (size_t)scale->w; x++)
            for (size_t k = 0; k < c; k++, gradient++) {
                *gradient *= LK_R(level->value[k] / (n_positions * scale->c));
                if (coarser) *gradient += coarser[(size_t)(h / 2) * row + x / 2 * c + k] / 4;
            }
}

static double ms_ssim_image(lk_node *loss, const lk_real *x, const lk_real *y, void *memory,
                            lk_real *gradient) {
    const struct scales *scales = loss->prepared;
    const lk_kernels *kernels = lk_graph_context(loss->graph)->kernels;
    struct scratch scratch = scratch_in(scales, memory, gradient);
    const int n_levels = scales->n, channels = loss->in[0]->shape.d[1];
    struct level *level = scratch.level;
    double sum = 0;
    kernels->sum_and_difference(n_values(level[0].scale), x, y, level[0].sum, level[0].difference);
    for (int i = 0; i < n_levels; i++) {
        if (i > 0) halve(level[i].scale, level[i - 1].sum, level[i].sum);
        if (i > 0) halve(level[i].scale, level[i - 1].difference, level[i].difference);
        compare_level(kernels, &level[i], scratch.rows, gradient != NULL);
    }
    for (int c = 0; c < channels; c++) sum += combine(level, n_levels, c);
    for (int i = n_levels - 1; i >= 0 && gradient; i--)
        chain_level(&level[i], i + 1 < n_levels ? level[i + 1].gradient : NULL);
    return 1 - sum / channels;
}

/* ---- the row ---- */

static lk_status ms_ssim_infer(lk_node *loss, lk_error *err) {
    lk_status status = lk_imagewise_infer(loss, err);
    if (!status) status = check_size(loss->options, loss->in[0]->shape, err);
    if (!status) status = prepare_scales(loss, err);
    if (!status) loss->scratch_bytes = scratch_bytes(loss->prepared);
    return status;
}

static void ms_ssim_forward(lk_node *loss) {
    lk_imagewise_forward(loss, ms_ssim_image);
}

static const lk_ms_ssim_options uniform = { .scales = 2, .window_size = 3, .K1 = 0.01, .K2 = 0.03 };
static const lk_ms_ssim_options gaussian = {
    .scales = 1, .window_size = 5, .window = LK_WINDOW_GAUSSIAN, .K1 = 0.01, .K2 = 0.03
};
static const lk_ms_ssim_options three = {
    .scales = 3, .window_size = 3, .window = LK_WINDOW_GAUSSIAN, .K1 = 0.01, .K2 = 0.3
};

static const lk_sample samples[] = {
    { .in = { { 4, { 3, 3, 6, 8 } }, { 4, { 3, 3, 6, 8 } } }, .options = &uniform, .high = 1 },
    { .in = { { 4, { 2, 1, 5, 6 } }, { 4, { 2, 1, 5, 6 } } }, .options = &gaussian, .high = 1 },
    { .in = { { 4, { 1, 2, 12, 12 } }, { 4, { 1, 2, 12, 12 } } }, .options = &three, .high = 1 },
    LK_SAMPLES_END
};

static const lk_op op = {
    .name = "ms_ssim",
    .summary = "1 - multi-scale structural similarity",
    .arity = 2,
    .options_size = sizeof(lk_ms_ssim_options),
    .is_loss = true,
    .infer = ms_ssim_infer,
    .forward = ms_ssim_forward,
    .backward = lk_imagewise_backward,
    .samples = samples,
};

static lk_node *ms_ssim_build(lk_node *x, lk_node *y, const void *chosen) {
    return lk_loss_apply(&op, x, y, (lk_color)((const lk_ms_ssim_options *)chosen)->color, chosen);
}

static const lk_op *const ops[] = { &op, NULL };
const lk_loss lk_loss_ms_ssim = { .choice = { .name = "ms_ssim",
                                              .summary =
                                                  "1 - MS-SSIM: c s at several sizes of the image, "
                                                  "l at the smallest (Wang et al. 2003)",
                                              .options = options,
                                              .options_size = sizeof(lk_ms_ssim_options),
                                              .check = ms_ssim_check },
                                  .build = ms_ssim_build,
                                  .ops = ops };
