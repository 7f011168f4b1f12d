/*
 * laplacian: the distance Lap1 of Bojanowski, Joulin, Lopez-Paz, Szlam, "Optimizing the Latent
 * Space of Generative Networks", 2018, eq. (3): the sum over levels j of 2^2j |L^j(x) - L^j(y)|_1,
 * L^j being level j of a Laplacian pyramid (Burt, Adelson, 1983). A level has a quarter of the
 * values of the one before, so 2^2j |.|_1 over the number of pixels is the mean over the level's
 * values:
 *
 *   laplacian = sum over levels of the mean of |L^j(x - y)|
 *
 * The last level is what remains of the picture, without a difference. Reducing takes every second
 * value of the picture filtered by 1 4 6 4 1 over 16 along both axes, and expanding fills the gaps
 * by the same filter; edges are repeated.
 */
#include "loss/imagewise.h"
#include "loss/loss_list.h"
#include "tensor/kernels.h"

#include <math.h>
#include <string.h>

enum { LEVELS_MAX = 8, TAPS = 5 };

static const lk_option options[] = {
    LK_OPTION_INTEGER(lk_laplacian_options, levels, 5, 1, LEVELS_MAX,
                      "sizes at which details are compared, each half the one before; what remains "
                      "is compared too"),
    { 0 },
};

/* ---- filters along one axis ---- */

/* A value is a weighted sum of values of another size. */
struct mix {
    int from[TAPS];
    lk_real weight[TAPS];
};

static int within(int i, int n) {
    return i < 0 ? 0 : i < n ? i : n - 1;
}

static const double filter[TAPS] = { 1.0 / 16, 4.0 / 16, 6.0 / 16, 4.0 / 16, 1.0 / 16 };

static int half(int n) {
    return (n + 1) / 2;
}

/* From n values to half(n). */
static void set_reduce(int n, struct mix *rows) {
    for (int i = 0; i < half(n); i++)
        for (int k = 0; k < TAPS; k++) {
            rows[i].from[k] = within(2 * i + k - 2, n);
            rows[i].weight[k] = LK_R(filter[k]);
        }
}

/* From half(n) values to n: every second value that the filter meets is a gap, so the others count
   twice. */
static void set_expand(int n, struct mix *rows) {
    for (int i = 0; i < n; i++)
        for (int k = 0; k < TAPS; k++) {
            bool gap = (i + k) % 2 != 0;
            rows[i].from[k] = gap ? 0 : within((i + k - 2) / 2, half(n));
            rows[i].weight[k] = gap ? 0 : LK_R(2 * filter[k]);
        }
}

/* An axis of n_from values, each a row of `inner` numbers, to one of n_to; `outer` times. */
struct axis {
    const struct mix *rows;
    int n_from, n_to;
    size_t outer, inner;
};

static void mix(struct axis a, const lk_real *restrict from, lk_real *restrict to) {
    for (size_t o = 0; o < a.outer; o++, from += (size_t)a.n_from * a.inner)
        for (int i = 0; i < a.n_to; i++, to += a.inner)
            for (size_t j = 0; j < a.inner; j++) {
                lk_real sum = 0;
                for (int k = 0; k < TAPS; k++)
                    sum += a.rows[i].weight[k] * from[(size_t)a.rows[i].from[k] * a.inner + j];
                to[j] = sum;
            }
}

/* The adjoint, from the axis of n_to values to that of n_from. */
static void mix_adjoint(struct axis a, const lk_real *restrict to, lk_real *restrict from) {
    memset(from, 0, a.outer * (size_t)a.n_from * a.inner * sizeof *from);
    for (size_t o = 0; o < a.outer; o++, from += (size_t)a.n_from * a.inner)
        for (int i = 0; i < a.n_to; i++, to += a.inner)
            for (int k = 0; k < TAPS; k++) {
                lk_real *at = from + (size_t)a.rows[i].from[k] * a.inner;
                for (size_t j = 0; j < a.inner; j++) at[j] += a.rows[i].weight[k] * to[j];
            }
}

/* ---- levels ---- */

/* A level, and how it is made from the one before (along w, then along h) and back. */
struct level {
    int h, w;
    size_t n; /* values */
    struct axis reduce_w, reduce_h, expand_h, expand_w;
};

/* What a node has prepared: levels 0 (the picture) to n. */
struct pyramid {
    int n;
    struct level level[LEVELS_MAX + 1];
    struct mix rows[];
};

static void set_level(struct level *level, const struct level *finer, size_t c, struct mix *rows) {
    const int h = finer->h, w = finer->w;
    struct mix *reduce_w = rows, *reduce_h = reduce_w + half(w), *expand_h = reduce_h + half(h),
               *expand_w = expand_h + h;
    level->h = half(h), level->w = half(w);
    level->n = (size_t)level->h * (size_t)level->w * c;
    set_reduce(w, reduce_w), set_reduce(h, reduce_h);
    set_expand(h, expand_h), set_expand(w, expand_w);
    const size_t narrow = (size_t)level->w * c;
    level->reduce_w = (struct axis){ reduce_w, w, level->w, (size_t)h, c };
    level->reduce_h = (struct axis){ reduce_h, h, level->h, 1, narrow };
    level->expand_h = (struct axis){ expand_h, level->h, h, 1, narrow };
    level->expand_w = (struct axis){ expand_w, level->w, w, (size_t)h, c };
}

static lk_status check_size(int levels, lk_shape shape, lk_error *err) {
    int side = shape.d[2] < shape.d[3] ? shape.d[2] : shape.d[3], most = 0;
    while (most < LEVELS_MAX && side > 1 << most) most++;
    if (levels <= most) return LK_OK;
    return lk_fail(err, LK_USAGE,
                   "levels: expected at most %d, got %d, for images of %d x %d: each level halves "
                   "sides of at least 2",
                   most, levels, shape.d[2], shape.d[3]);
}

static lk_status prepare_pyramid(lk_node *loss, int levels, lk_error *err) {
    const lk_shape shape = loss->in[0]->shape;
    size_t n_rows = 0, bytes;
    for (int i = 0, h = shape.d[2], w = shape.d[3]; i < levels; i++, h = half(h), w = half(w))
        n_rows += (size_t)(half(w) + half(h) + h + w);
    bytes = sizeof(struct pyramid) + n_rows * sizeof(struct mix);
    struct pyramid *pyramid = lk_node_prepare(loss, bytes);
    if (!pyramid) return lk_fail_memory(err, bytes, "the levels of a loss");
    struct mix *rows = pyramid->rows;
    pyramid->n = levels;
    pyramid->level[0] =
        (struct level){ .h = shape.d[2], .w = shape.d[3], .n = lk_shape_row(shape) };
    for (int i = 1; i <= levels; i++) {
        const struct level *finer = &pyramid->level[i - 1];
        set_level(&pyramid->level[i], finer, (size_t)shape.d[1], rows);
        rows += half(finer->w) + half(finer->h) + finer->h + finer->w;
    }
    return LK_OK;
}

/* ---- one image ---- */

/* One thread's memory: each level of the Gaussian pyramid, and what the expanded next one leaves;
   later their gradients. */
struct scratch {
    lk_real *picture[LEVELS_MAX + 1], *detail[LEVELS_MAX + 1], *narrow, *wide;
};

static size_t scratch_bytes(const struct pyramid *pyramid) {
    const size_t whole = lk_scratch_bytes(pyramid->level[0].n * sizeof(lk_real));
    size_t bytes = 2 * whole;
    for (int i = 0; i <= pyramid->n; i++)
        bytes += 2 * lk_scratch_bytes(pyramid->level[i].n * sizeof(lk_real));
    return bytes;
}

static struct scratch scratch_in(const struct pyramid *pyramid, char *at) {
    struct scratch s;
    const size_t whole = pyramid->level[0].n * sizeof(lk_real);
    for (int i = 0; i <= pyramid->n; i++) {
        s.picture[i] = lk_scratch_take(&at, pyramid->level[i].n * sizeof(lk_real));
        s.detail[i] = lk_scratch_take(&at, pyramid->level[i].n * sizeof(lk_real));
    }
    s.narrow = lk_scratch_take(&at, whole);
    s.wide = lk_scratch_take(&at, whole);
    return s;
}

/* The mean of |detail|, which becomes its gradient. */
static double take_level(lk_real *detail, size_t n) {
    const lk_real weight = LK_R(1 / (double)n);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += fabs((double)detail[i]);
        detail[i] = detail[i] > 0 ? weight : detail[i] < 0 ? -weight : 0 * detail[i];
    }
    return sum / (double)n;
}

static double descend(const lk_kernels *kernels, const struct pyramid *pyramid, struct scratch s) {
    double sum = 0;
    for (int i = 1; i <= pyramid->n; i++) {
        const struct level *level = &pyramid->level[i];
        mix(level->reduce_w, s.picture[i - 1], s.narrow);
        mix(level->reduce_h, s.narrow, s.picture[i]);
        mix(level->expand_h, s.picture[i], s.narrow);
        mix(level->expand_w, s.narrow, s.wide);
        const size_t n = pyramid->level[i - 1].n;
        kernels->binary_forward(LK_SUB, n, s.picture[i - 1], s.wide, s.detail[i - 1]);
        sum += take_level(s.detail[i - 1], n);
    }
    return sum + take_level(s.picture[pyramid->n], pyramid->level[pyramid->n].n);
}

/* From the gradients of all details and of the last picture to that of the first. */
static void ascend(const lk_kernels *kernels, const struct pyramid *pyramid, struct scratch s) {
    for (int i = pyramid->n; i > 0; i--) {
        const struct level *level = &pyramid->level[i];
        mix_adjoint(level->expand_w, s.detail[i - 1], s.narrow);
        mix_adjoint(level->expand_h, s.narrow, s.wide);
        kernels->scaled_add(level->n, -1, s.wide, true, s.picture[i]);
        mix_adjoint(level->reduce_h, s.picture[i], s.narrow);
        mix_adjoint(level->reduce_w, s.narrow, s.picture[i - 1]);
        kernels->add_to(pyramid->level[i - 1].n, s.detail[i - 1], s.picture[i - 1]);
    }
}

static double laplacian_image(lk_node *loss, const lk_real *x, const lk_real *y, void *memory,
                              lk_real *gradient) {
    const lk_kernels *kernels = lk_graph_context(loss->graph)->kernels;
    const struct pyramid *pyramid = loss->prepared;
    struct scratch s = scratch_in(pyramid, memory);
    const size_t n = pyramid->level[0].n;
    kernels->binary_forward(LK_SUB, n, y, x, s.picture[0]);
    double value = descend(kernels, pyramid, s);
    if (!gradient) return value;
    ascend(kernels, pyramid, s);
    kernels->add_to(n, s.picture[0], gradient);
    return value;
}

/* ---- the row ---- */

static lk_status laplacian_infer(lk_node *loss, lk_error *err) {
    const int levels = (int)((const lk_laplacian_options *)loss->options)->levels;
    lk_status status = lk_imagewise_infer(loss, err);
    if (!status) status = check_size(levels, loss->in[0]->shape, err);
    if (!status) status = prepare_pyramid(loss, levels, err);
    if (!status) loss->scratch_bytes = scratch_bytes(loss->prepared);
    return status;
}

static void laplacian_forward(lk_node *loss) {
    lk_imagewise_forward(loss, laplacian_image);
}

static const lk_laplacian_options one = { .levels = 1 }, two = { .levels = 2 };
static const lk_sample samples[] = {
    { .in = { { 4, { 2, 1, 3, 2 } }, { 4, { 2, 1, 3, 2 } } }, .options = &one, .high = 4 },
    { .in = { { 4, { 1, 2, 3, 4 } }, { 4, { 1, 2, 3, 4 } } }, .options = &two, .high = 4 },
    LK_SAMPLES_END,
};

static const lk_op op = {
    .name = "laplacian",
    .summary = "mean absolute error of the levels of a Laplacian pyramid",
    .arity = 2,
    .options_size = sizeof(lk_laplacian_options),
    .is_loss = true,
    .infer = laplacian_infer,
    .forward = laplacian_forward,
    .backward = lk_imagewise_backward,
    .samples = samples,
};

static lk_node *laplacian_build(lk_node *x, lk_node *y, const void *chosen) {
    lk_node *in[] = { x, y };
    return x ? lk_apply(x->graph, &op, in, 2, chosen) : NULL;
}

static const lk_op *const ops[] = { &op, NULL };
const lk_loss lk_loss_laplacian = {
    .choice = { .name = "laplacian",
                .summary = "l1 of the levels of a Laplacian pyramid, their means added up: Lap1 of "
                           "Bojanowski et al. 2018",
                .options = options,
                .options_size = sizeof(lk_laplacian_options) },
    .build = laplacian_build,
    .ops = ops,
};
