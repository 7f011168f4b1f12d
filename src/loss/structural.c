/*
 * ssim and lwssim: (1/I) sum over windows i of lambda_i times the mean loss under window i, that is
 * over positions, channels and images of
 *
 *   ssim    1 - l^alpha c^beta s^gamma (Wang, Bovik, Sheikh, Simoncelli 2004; Lu, "The Level
 *           Weighted Structural Similarity Loss", AAAI 2019, eq. (4))
 *   lwssim  2 - l^alpha - c^beta s^gamma (Lu 2019, eq. (5) and (6))
 *
 * The figures that reports show come from metric/kernels/ssim.c and lwssim.c.
 */
#include "structural.h"
#include "loss/loss_list.h"
#include "tensor/structure.h"

#include <likeness/ops.h>
#include <math.h>

/* ---- options ---- */

#define STRUCTURAL_OPTIONS(windows_, window_)                                                      \
    LK_OPTION_INTEGERS(lk_structural_options, windows, windows_, 3, LK_TAPS_MAX - 1,               \
                       "xi: sides of the windows in pixels, odd"),                                 \
        LK_OPTION_NUMBERS(lk_structural_options, weights, "[1]", 0, 1e6,                           \
                          "lambda: a weight for each window; a single one is for all"),            \
        LK_OPTION_NUMBER(lk_structural_options, alpha, 1, 0.01, 16, "exponent of luminance"),      \
        LK_OPTION_NUMBER(lk_structural_options, beta, 1, 0.01, 16, "exponent of contrast"),        \
        LK_OPTION_NUMBER(lk_structural_options, gamma, 1, 0.01, 16, "exponent of structure"),      \
        LK_OPTION_WORD(lk_structural_options, window, window_, LK_WORDS(LK_WINDOW_LIST),           \
                       "how a window weighs its pixels"),                                          \
        LK_OPTION_NUMBER(lk_structural_options, sigma, 0, 0, 1e3,                                  \
                         "of Gaussian windows, in pixels; 0: 1.5 xi / 11"),                        \
        LK_OPTION_NUMBER(lk_structural_options, K1, 0.01, 1e-3, 1,                                 \
                         "steadies luminance: C1 = K1^2"),                                         \
        LK_OPTION_NUMBER(lk_structural_options, K2, 0.03, 1e-3, 1,                                 \
                         "steadies contrast and structure: C2 = K2^2"),                            \
        LK_OPTION_COLOR(lk_structural_options, "rgb"), {                                           \
        0                                                                                          \
    }

static lk_status structural_check(void *options, const lk_json *json, const struct cJSON *object,
                                  const char *path, lk_error *err) {
    const lk_structural_options *o = options;
    double most = 0;
    for (int i = 0; i < o->windows.n; i++) {
        if (fmod(o->windows.v[i], 2) == 1) continue;
        lk_fail(err, LK_USAGE, "expected an odd number, got %d: a window needs a middle",
                (int)o->windows.v[i]);
        return lk_choice_error_at(json, object, path, "windows", i, err);
    }
    if (o->weights.n != 1 && o->weights.n != o->windows.n) {
        lk_fail(err, LK_USAGE,
                "expected a weight for each of the %d windows, or a single one for all, got %d",
                o->windows.n, o->weights.n);
        return lk_choice_error_at(json, object, path, "weights", -1, err);
    }
    for (int i = 0; i < o->weights.n; i++) most = fmax(most, o->weights.v[i]);
    if (most > 0) return LK_OK;
    lk_fail(err, LK_USAGE, "expected a weight above 0, got only 0");
    return lk_choice_error_at(json, object, path, "weights", -1, err);
}

/* ---- channels and windows ---- */

lk_node *lk_loss_apply(const lk_op *op, lk_node *x, lk_node *y, lk_color color,
                       const void *options) {
    lk_node *in[] = { lk_recolor(x, color), lk_recolor(y, color) };
    return in[0] ? lk_apply(in[0]->graph, op, in, 2, options) : NULL;
}

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

/* What a node has prepared: its windows, the largest first, and what each position weighs. */
struct windows {
    int n, at_once; /* in all, and in one pass over an image */
    lk_sliding_window window[LK_LIST_MAX];
    lk_real weight[LK_LIST_MAX];
    lk_real taps[LK_LIST_MAX][LK_TAPS_MAX];
};

/* The index of the window of rank i, the largest being the first. */
static int by_size(const lk_numbers *windows, int i) {
    for (int k = 0; k < windows->n; k++) {
        int rank = 0;
        for (int m = 0; m < windows->n; m++)
            rank += windows->v[m] > windows->v[k] || (m < k && windows->v[m] == windows->v[k]);
        if (rank == i) return k;
    }
    return 0;
}

static void set_window(struct windows *windows, int rank, const lk_structural_options *o,
                       lk_similarity kind, lk_shape shape) {
    const int i = by_size(&o->windows, rank), size = (int)o->windows.v[i];
    const bool gaussian = o->window == LK_WINDOW_GAUSSIAN;
    const double n_positions =
        (double)(shape.d[2] - size + 1) * (shape.d[3] - size + 1) * shape.d[1];
    if (gaussian) lk_gaussian_taps(size, o->sigma, windows->taps[rank]);
    windows->window[rank] = (lk_sliding_window){ .kind = kind,
                                                 .h = shape.d[2],
                                                 .w = shape.d[3],
                                                 .c = shape.d[1],
                                                 .size = size,
                                                 .taps = gaussian ? windows->taps[rank] : NULL,
                                                 .alpha = LK_R(o->alpha),
                                                 .beta = LK_R(o->beta),
                                                 .gamma = LK_R(o->gamma),
                                                 .C1 = LK_R(o->K1 * o->K1),
                                                 .C2 = LK_R(o->K2 * o->K2) };
    windows->weight[rank] =
        LK_R(o->weights.v[o->weights.n > 1 ? i : 0] / (n_positions * o->windows.n));
}

static lk_status check_windows(const lk_structural_options *o, lk_shape shape, lk_error *err) {
    int side = shape.d[2] < shape.d[3] ? shape.d[2] : shape.d[3];
    for (int i = 0; i < o->windows.n; i++)
        if (o->windows.v[i] > side)
            return lk_fail(err, LK_USAGE,
                           "windows[%d]: expected at most %d, the side of the images, got %d", i,
                           side, (int)o->windows.v[i]);
    return LK_OK;
}

static lk_status prepare_windows(lk_node *loss, lk_similarity kind, lk_error *err) {
    const lk_structural_options *o = loss->options;
    lk_status status = check_windows(o, loss->in[0]->shape, err);
    if (status) return status;
    struct windows *windows = lk_node_prepare(loss, sizeof *windows);
    if (!windows) return lk_fail_memory(err, sizeof *windows, "the windows of a loss");
    windows->n = o->windows.n;
    windows->at_once = o->window == LK_WINDOW_GAUSSIAN   ? 1
                       : windows->n < LK_WINDOWS_AT_ONCE ? windows->n
                                                         : LK_WINDOWS_AT_ONCE;
    for (int i = 0; i < windows->n; i++) set_window(windows, i, o, kind, loss->in[0]->shape);
    return LK_OK;
}

/* ---- one image ---- */

/* One thread's memory. */
struct scratch {
    double *totals;                   /* by window and channel */
    lk_real *sum, *difference, *rows; /* the kernels' */
};

static size_t scratch_bytes(const struct windows *windows, lk_shape shape) {
    size_t rows = 0;
    for (int i = 0; i < windows->n; i++)
        if (lk_window_scratch(&windows->window[i]) > rows)
            rows = lk_window_scratch(&windows->window[i]);
    return lk_scratch_bytes(LK_WINDOWS_AT_ONCE * (size_t)shape.d[1] * sizeof(double)) +
           2 * lk_scratch_bytes(lk_shape_row(shape) * sizeof(lk_real)) +
           lk_scratch_bytes(rows * (size_t)windows->at_once * sizeof(lk_real));
}

static struct scratch scratch_in(lk_shape shape, char *at) {
    const size_t image_bytes = lk_shape_row(shape) * sizeof(lk_real);
    struct scratch scratch = { .totals = lk_scratch_take(
                                   &at, LK_WINDOWS_AT_ONCE * (size_t)shape.d[1] * sizeof(double)) };
    scratch.sum = lk_scratch_take(&at, image_bytes);
    scratch.difference = lk_scratch_take(&at, image_bytes);
    scratch.rows = (lk_real *)(void *)at;
    return scratch;
}

/* The loss under n windows from the first-th, times their weights. */
static double compare_windows(const lk_kernels *kernels, const struct windows *windows, int first,
                              int n, struct scratch scratch, lk_real *gradient) {
    const lk_sliding_window *window = windows->window + first;
    const lk_real *weight = windows->weight + first;
    double sum = 0;
    kernels->compare_windows(n, window, scratch.sum, scratch.difference, scratch.rows,
                             scratch.totals, weight, gradient);
    for (int k = 0, at = 0; k < n; k++)
        for (int c = 0; c < window->c; c++) sum += (double)weight[k] * scratch.totals[at++];
    return sum;
}

static double structural_image(lk_node *loss, const lk_real *x, const lk_real *y, void *memory,
                               lk_real *gradient) {
    const lk_kernels *kernels = lk_graph_context(loss->graph)->kernels;
    const struct windows *windows = loss->prepared;
    const lk_shape shape = loss->in[0]->shape;
    struct scratch scratch = scratch_in(shape, memory);
    double sum = 0;
    kernels->sum_and_difference(lk_shape_row(shape), x, y, scratch.sum, scratch.difference);
    for (int i = 0, n; i < windows->n; i += n) {
        n = windows->n - i < windows->at_once ? windows->n - i : windows->at_once;
        sum += compare_windows(kernels, windows, i, n, scratch, gradient);
    }
    return sum;
}

static void structural_forward(lk_node *loss) {
    lk_imagewise_forward(loss, structural_image);
}

static lk_status structural_infer(lk_node *loss, lk_similarity kind, lk_error *err) {
    lk_status status = lk_imagewise_infer(loss, err);
    if (!status) status = prepare_windows(loss, kind, err);
    if (!status) loss->scratch_bytes = scratch_bytes(loss->prepared, loss->in[0]->shape);
    return status;
}

/* ---- the rows ---- */

static const lk_structural_options two_windows = {
    .windows = { 2, { 3, 5 } },
    .weights = { 2, { 0.5, 2 } },
    .alpha = 1,
    .beta = 1,
    .gamma = 1,
    .K1 = 0.01,
    .K2 = 0.03,
};
static const lk_structural_options gaussian = {
    .windows = { 1, { 3 } },
    .weights = { 1, { 1 } },
    .alpha = 1,
    .beta = 1,
    .gamma = 1,
    .window = LK_WINDOW_GAUSSIAN,
    .K1 = 0.01,
    .K2 = 0.03,
};
static const lk_structural_options alpha_2 = {
    .windows = { 2, { 5, 3 } },
    .weights = { 1, { 3 } },
    .alpha = 2,
    .beta = 1,
    .gamma = 1,
    .K1 = 0.01,
    .K2 = 0.03,
};
static const lk_structural_options beta_half = {
    .windows = { 1, { 3 } },
    .weights = { 1, { 1 } },
    .alpha = 1,
    .beta = 0.5,
    .gamma = 1,
    .K1 = 0.01,
    .K2 = 0.03,
};
static const lk_structural_options gamma_2 = {
    .windows = { 1, { 3 } },
    .weights = { 1, { 1 } },
    .alpha = 1,
    .beta = 1,
    .gamma = 2,
    .K1 = 0.01,
    .K2 = 0.03,
};
static const lk_structural_options gamma_half = {
    .windows = { 1, { 5 } },
    .weights = { 1, { 1 } },
    .alpha = 1,
    .beta = 1,
    .gamma = 0.5,
    .K1 = 0.01,
    .K2 = 0.03,
};
static const lk_structural_options gaussian_powers = {
    .windows = { 1, { 5 } },
    .weights = { 1, { 1 } },
    .alpha = 0.5,
    .beta = 2,
    .gamma = 1.5,
    .window = LK_WINDOW_GAUSSIAN,
    .K1 = 0.01,
    .K2 = 0.03,
};
static const lk_sample samples[] = {
    { .in = { { 4, { 3, 3, 5, 7 } }, { 4, { 3, 3, 5, 7 } } }, .options = &two_windows, .high = 1 },
    { .in = { { 4, { 2, 1, 7, 6 } }, { 4, { 2, 1, 7, 6 } } }, .options = &gaussian, .high = 1 },
    { .in = { { 4, { 2, 2, 5, 5 } }, { 4, { 2, 2, 5, 5 } } }, .options = &alpha_2, .high = 1 },
    { .in = { { 4, { 2, 1, 7, 6 } }, { 4, { 2, 1, 7, 6 } } }, .options = &beta_half, .high = 1 },
    { .in = { { 4, { 1, 3, 4, 5 } }, { 4, { 1, 3, 4, 5 } } }, .options = &gamma_2, .high = 1 },
    { .in = { { 4, { 1, 1, 5, 5 } }, { 4, { 1, 1, 5, 5 } } }, .options = &gamma_half, .high = 1 },
    { .in = { { 4, { 1, 1, 5, 5 } }, { 4, { 1, 1, 5, 5 } } },
      .options = &gaussian_powers,
      .high = 1 },
    LK_SAMPLES_END,
};

#define STRUCTURAL_OP(name_, summary_, infer_)                                                     \
    {                                                                                              \
        .name = name_, .summary = summary_, .arity = 2,                                            \
        .options_size = sizeof(lk_structural_options), .is_loss = true, .infer = infer_,           \
        .forward = structural_forward, .backward = lk_imagewise_backward, .samples = samples       \
    }

static lk_status ssim_infer(lk_node *loss, lk_error *err) {
    return structural_infer(loss, LK_SIMILARITY_PRODUCT, err);
}

static const lk_op ssim_op = STRUCTURAL_OP("ssim", "1 - structural similarity", ssim_infer);

static lk_node *ssim_build(lk_node *x, lk_node *y, const void *options) {
    return lk_loss_apply(&ssim_op, x, y, (lk_color)((const lk_structural_options *)options)->color,
                         options);
}

static const lk_option ssim_options[] = { STRUCTURAL_OPTIONS("[11]", "gaussian") };
static const lk_op *const ssim_ops[] = { &ssim_op, NULL };
const lk_loss lk_loss_ssim = {
    .choice = { .name = "ssim",
                .summary = "1 - SSIM: 1 - mean of l^alpha c^beta s^gamma over windows, positions, "
                           "channels "
                           "(Wang et al. 2004)",
                .options = ssim_options,
                .options_size = sizeof(lk_structural_options),
                .check = structural_check },
    .build = ssim_build,
    .ops = ssim_ops,
};

static lk_status lwssim_infer(lk_node *loss, lk_error *err) {
    return structural_infer(loss, LK_SIMILARITY_SUM, err);
}

static const lk_op lwssim_op =
    STRUCTURAL_OP("lwssim", "2 - level weighted structural similarity", lwssim_infer);

static lk_node *lwssim_build(lk_node *x, lk_node *y, const void *options) {
    return lk_loss_apply(&lwssim_op, x, y,
                         (lk_color)((const lk_structural_options *)options)->color, options);
}

static const lk_option lwssim_options[] = { STRUCTURAL_OPTIONS("[3, 5, 7, 11]", "uniform") };
static const lk_op *const lwssim_ops[] = { &lwssim_op, NULL };
const lk_loss lk_loss_lwssim = {
    .choice = { .name = "lwssim",
                .summary =
                    "2 - LWSSIM: 2 - mean of l^alpha + c^beta s^gamma over windows, positions, "
                    "channels (Lu 2019)",
                .options = lwssim_options,
                .options_size = sizeof(lk_structural_options),
                .check = structural_check },
    .build = lwssim_build,
    .ops = lwssim_ops,
};
