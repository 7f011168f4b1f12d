/* Windows of structural similarity over one image: options, and the sum over windows. */
#include "structural.h"
#include "tensor/structure.h"

#include <math.h>

/* ---- options ---- */

lk_status lk_structural_check(void *options, const lk_json *json, const struct cJSON *object,
                              const char *path, lk_arena *arena, lk_error *err) {
    const lk_structural_options *o = options;
    double most = 0;
    (void)arena;
    for (int i = 0; i < o->windows.n; i++) {
        if (fmod(o->windows.v[i], 2) == 1) continue;
        lk_fail(err, LK_USAGE, "got %d, wanted an odd number, so that a window has a middle",
                (int)o->windows.v[i]);
        return lk_choice_blame(json, object, path, "windows", i, err);
    }
    if (o->weights.n != 1 && o->weights.n != o->windows.n) {
        lk_fail(err, LK_USAGE,
                "got %d weights, wanted one for each of the %d windows, or a single one for all",
                o->weights.n, o->windows.n);
        return lk_choice_blame(json, object, path, "weights", -1, err);
    }
    for (int i = 0; i < o->weights.n; i++) most = fmax(most, o->weights.v[i]);
    if (most > 0) return LK_OK;
    lk_fail(err, LK_USAGE, "got nothing but 0, wanted a weight above 0");
    return lk_choice_blame(json, object, path, "weights", -1, err);
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
static lk_structure window_of(const lk_structural_options *o, lk_similarity kind, lk_shape shape,
                              int i, lk_real *taps) {
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

/* How many share one walk down the image. */
static int windows_at_once(const lk_structural_options *o) {
    if (o->window == LK_WINDOW_GAUSSIAN) return 1;
    return o->windows.n < LK_STRUCTURES_MAX ? o->windows.n : LK_STRUCTURES_MAX;
}

/* ---- the op ---- */

static lk_status check_windows(const lk_structural_options *o, lk_shape shape, lk_error *err) {
    int side = shape.d[2] < shape.d[3] ? shape.d[2] : shape.d[3];
    for (int i = 0; i < o->windows.n; i++)
        if (o->windows.v[i] > side)
            return lk_fail(err, LK_USAGE,
                           "windows[%d]: got %d, wanted at most the side of the images, %d", i,
                           (int)o->windows.v[i], side);
    return LK_OK;
}

/* One thread's memory. */
struct scratch {
    double *totals;                          /* by window and channel */
    lk_real *sum, *difference, *taps, *rows; /* the kernels' */
};

lk_status lk_structural_infer(lk_node *loss, lk_error *err) {
    const lk_structural_options *o = loss->options;
    const lk_shape shape = loss->in[0]->shape;
    size_t rows = 0;
    lk_status status = lk_imagewise_infer(loss, err);
    if (!status) status = check_windows(o, shape, err);
    if (status) return status;
    for (int i = 0; i < o->windows.n; i++) {
        lk_structure window = window_of(o, LK_SIMILARITY_SUM, shape, i, NULL);
        if (lk_structure_scratch(&window) > rows) rows = lk_structure_scratch(&window);
    }
    rows *= (size_t)windows_at_once(o);
    loss->scratch_bytes =
        lk_scratch_bytes(LK_STRUCTURES_MAX * (size_t)shape.d[1] * sizeof(double)) +
        2 * lk_scratch_bytes(lk_shape_row(shape) * sizeof(lk_real)) +
        lk_scratch_bytes(LK_TAPS_MAX * sizeof(lk_real)) + lk_scratch_bytes(rows * sizeof(lk_real));
    return LK_OK;
}

static struct scratch scratch_in(lk_shape shape, char *at) {
    const size_t image_bytes = lk_shape_row(shape) * sizeof(lk_real);
    struct scratch scratch = { .totals = lk_scratch_take(
                                   &at, LK_STRUCTURES_MAX * (size_t)shape.d[1] * sizeof(double)) };
    scratch.sum = lk_scratch_take(&at, image_bytes);
    scratch.difference = lk_scratch_take(&at, image_bytes);
    scratch.taps = lk_scratch_take(&at, LK_TAPS_MAX * sizeof(lk_real));
    scratch.rows = (lk_real *)(void *)at;
    return scratch;
}

/* The window of rank i, the largest being the first. */
static int by_size(const lk_numbers *windows, int i) {
    for (int k = 0; k < windows->n; k++) {
        int rank = 0;
        for (int m = 0; m < windows->n; m++)
            rank += windows->v[m] > windows->v[k] || (m < k && windows->v[m] == windows->v[k]);
        if (rank == i) return k;
    }
    return 0;
}

/* The loss of one image under n windows from the first-th, times the windows' weights. */
static double compare_windows(const lk_node *loss, lk_similarity kind, int first, int n,
                              struct scratch scratch, lk_real *gradient) {
    const lk_structural_options *o = loss->options;
    lk_structure windows[LK_STRUCTURES_MAX];
    lk_real weights[LK_STRUCTURES_MAX];
    double sum = 0;
    for (int k = 0; k < n; k++) {
        const int i = by_size(&o->windows, first + k);
        const lk_structure w = window_of(o, kind, loss->in[0]->shape, i, scratch.taps);
        const double n_positions = (double)(w.h - w.size + 1) * (w.w - w.size + 1) * w.c;
        windows[k] = w;
        weights[k] = LK_R(o->weights.v[o->weights.n > 1 ? i : 0] / (n_positions * o->windows.n));
    }
    lk_graph_context(loss->graph)
        ->kernels->structures(n, windows, scratch.sum, scratch.difference, scratch.rows,
                              scratch.totals, weights, gradient);
    for (int k = 0, at = 0; k < n; k++)
        for (int c = 0; c < windows[k].c; c++) sum += (double)weights[k] * scratch.totals[at++];
    return sum;
}

double lk_structural_image(lk_node *loss, lk_similarity kind, const lk_real *x, const lk_real *y,
                           void *scratch, lk_real *gradient) {
    const lk_structural_options *o = loss->options;
    const lk_shape shape = loss->in[0]->shape;
    const int at_once = windows_at_once(o);
    struct scratch blocks = scratch_in(shape, scratch);
    double sum = 0;
    lk_graph_context(loss->graph)
        ->kernels->half_turn(lk_shape_row(shape), x, y, blocks.sum, blocks.difference);
    for (int i = 0, n; i < o->windows.n; i += n) {
        n = o->windows.n - i < at_once ? o->windows.n - i : at_once;
        sum += compare_windows(loss, kind, i, n, blocks, gradient);
    }
    return sum;
}

/* ---- samples ---- */

#define STRUCTURAL(alpha_, beta_, gamma_, window_, ...)                                            \
    &(const lk_structural_options) {                                                               \
        .alpha = alpha_, .beta = beta_, .gamma = gamma_, .window = LK_WINDOW_##window_,            \
        .K1 = 0.01, .K2 = 0.03, __VA_ARGS__                                                        \
    }
#define IMAGES(n, c, h, w)                                                                         \
    {                                                                                              \
        { 4, { n, c, h, w } }, {                                                                   \
            4, {                                                                                   \
                n, c, h, w                                                                         \
            }                                                                                      \
        }                                                                                          \
    }
#define ONE(x)                                                                                     \
    {                                                                                              \
        1, {                                                                                       \
            x                                                                                      \
        }                                                                                          \
    }
#define TWO(x, y)                                                                                  \
    {                                                                                              \
        2, {                                                                                       \
            x, y                                                                                   \
        }                                                                                          \
    }

const lk_sample lk_structural_samples[] = {
    { .in = IMAGES(3, 3, 5, 7),
      .options = STRUCTURAL(1, 1, 1, UNIFORM, .windows = TWO(3, 5), .weights = TWO(0.5, 2)),
      .high = 1 },
    { .in = IMAGES(2, 1, 7, 6),
      .options = STRUCTURAL(1, 1, 1, GAUSSIAN, .windows = ONE(3), .weights = ONE(1)),
      .high = 1 },
    { .in = IMAGES(2, 2, 5, 5),
      .options = STRUCTURAL(2, 1, 1, UNIFORM, .windows = TWO(5, 3), .weights = ONE(3)),
      .high = 1 },
    { .in = IMAGES(2, 1, 7, 6),
      .options = STRUCTURAL(1, 0.5, 1, UNIFORM, .windows = ONE(3), .weights = ONE(1)),
      .high = 1 },
    { .in = IMAGES(1, 3, 4, 5),
      .options = STRUCTURAL(1, 1, 2, UNIFORM, .windows = ONE(3), .weights = ONE(1)),
      .high = 1 },
    { .in = IMAGES(1, 1, 5, 5),
      .options = STRUCTURAL(1, 1, 0.5, UNIFORM, .windows = ONE(5), .weights = ONE(1)),
      .high = 1 },
    { .in = IMAGES(1, 1, 5, 5),
      .options = STRUCTURAL(0.5, 2, 1.5, GAUSSIAN, .windows = ONE(5), .weights = ONE(1)),
      .high = 1 },
    LK_SAMPLES_END
};
