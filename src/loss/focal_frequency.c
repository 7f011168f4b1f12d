/*
 * focal_frequency: Jiang, Dai, Wu, Loy, "Focal Frequency Loss for Image Reconstruction and
 * Synthesis", ICCV 2021. With F the orthonormal two-dimensional DFT of a channel of y - x,
 *
 *   loss = mean over frequencies, channels and images of w |F|^2
 *   w    = |F|^alpha over the largest |F|^alpha of the channel's frequencies     (eq. (8), (9))
 *
 * as in the authors' program, without patches. w has no gradient. The DFT of a channel e of h x w
 * is two matrix products, (C - iS) e (C - iS), because S and C, the sines and cosines, are
 * symmetric: their bits do not depend on threads.
 */
#include "loss/imagewise.h"
#include "loss/loss_list.h"
#include "tensor/gemm.h"
#include "tensor/kernels.h"

#include <math.h>

static const lk_option options[] = {
    LK_OPTION_NUMBER(
        lk_focal_frequency_options, alpha, 1, 0, 8,
        "how much more weight frequencies with large errors get; 0: all have weight 1"),
    { 0 },
};

/* What a node has prepared; C and S of n: cos and sin of 2 pi u k / n, over sqrt(n). */
struct transform {
    int c, h, w;
    /* (2h, h) C over S; (w, 2w) C next to S; (2w, 2w) C next to S over -S next to C */
    lk_real *down, *across, *back;
    lk_real numbers[];
};

/* Writes C, or S, of n, times `sign`, into a matrix whose rows have `row` numbers. */
static void set_waves(int n, bool sines, int sign, int row, lk_real *out) {
    const double turn = 2 * acos(-1.0);
    for (int u = 0; u < n; u++)
        for (int k = 0; k < n; k++) {
            double angle = turn * (double)((int64_t)u * k % n) / n, scale = sign / sqrt(n);
            out[(size_t)u * (size_t)row + (size_t)k] =
                LK_R(scale * (sines ? sin(angle) : cos(angle)));
        }
}

static lk_status prepare_transform(lk_node *loss, lk_error *err) {
    const lk_shape shape = loss->in[0]->shape;
    const int h = shape.d[2], w = shape.d[3];
    const size_t hh = (size_t)h * (size_t)h, ww = (size_t)w * (size_t)w,
                 bytes = sizeof(struct transform) + (2 * hh + 6 * ww) * sizeof(lk_real);
    struct transform *t = lk_node_prepare(loss, bytes);
    if (!t) return lk_fail_memory(err, bytes, "the waves of a loss");
    t->c = shape.d[1], t->h = h, t->w = w;
    t->down = t->numbers, t->across = t->down + 2 * hh, t->back = t->across + 2 * ww;
    set_waves(h, false, 1, h, t->down);
    set_waves(h, true, 1, h, t->down + hh);
    set_waves(w, false, 1, 2 * w, t->across);
    set_waves(w, true, 1, 2 * w, t->across + w);
    set_waves(w, false, 1, 2 * w, t->back);
    set_waves(w, true, 1, 2 * w, t->back + w);
    set_waves(w, true, -1, 2 * w, t->back + 2 * ww);
    set_waves(w, false, 1, 2 * w, t->back + 2 * ww + w);
    return LK_OK;
}

/* ---- one channel ---- */

/* One thread's memory. */
struct scratch {
    lk_real *error, *planes; /* (h, w, c) and (c, h, w): y - x, later its gradient */
    lk_real *rows;           /* (h, 2w): e C next to e S */
    lk_real *products;       /* (2h, 2w): C e C, C e S over S e C, S e S */
    lk_real *spectrum;       /* (h, 2w): the real part of F next to the imaginary one */
};

static size_t scratch_bytes(lk_shape shape) {
    const size_t image = lk_shape_row(shape) * sizeof(lk_real),
                 channel = image / (size_t)shape.d[1];
    return 2 * lk_scratch_bytes(image) + 2 * lk_scratch_bytes(2 * channel) +
           lk_scratch_bytes(4 * channel);
}

static struct scratch scratch_in(const struct transform *t, char *at) {
    struct scratch s;
    const size_t channel = (size_t)t->h * (size_t)t->w * sizeof(lk_real);
    s.error = lk_scratch_take(&at, channel * (size_t)t->c);
    s.planes = lk_scratch_take(&at, channel * (size_t)t->c);
    s.rows = lk_scratch_take(&at, 2 * channel);
    s.products = lk_scratch_take(&at, 4 * channel);
    s.spectrum = lk_scratch_take(&at, 2 * channel);
    return s;
}

static void transform(const struct transform *t, const lk_real *e, struct scratch s) {
    const int h = t->h, w = t->w;
    const size_t width = (size_t)w, all = (size_t)h * 2 * width;
    lk_gemm(false, false, h, 2 * w, w, 1, e, w, t->across, 2 * w, 0, s.rows, 2 * w);
    lk_gemm(false, false, 2 * h, 2 * w, h, 1, t->down, h, s.rows, 2 * w, 0, s.products, 2 * w);
    for (size_t row = 0; row < all; row += 2 * width)
        for (size_t v = row; v < row + width; v++) {
            s.spectrum[v] = s.products[v] - s.products[all + v + width];
            s.spectrum[v + width] = -(s.products[v + width] + s.products[all + v]);
        }
}

/* Replaces e by the real part of the inverse transform of the spectrum. */
static void transform_back(const struct transform *t, struct scratch s, lk_real *e) {
    const int h = t->h, w = t->w;
    const lk_real *sines = t->down + (size_t)h * (size_t)h;
    lk_gemm(false, false, h, 2 * w, 2 * w, 1, s.spectrum, 2 * w, t->back, 2 * w, 0, s.rows, 2 * w);
    lk_gemm(false, false, h, w, h, 1, t->down, h, s.rows, 2 * w, 0, e, w);
    lk_gemm(false, false, h, w, h, -1, sines, h, s.rows + w, 2 * w, 1, e, w);
}

/* The sum over frequencies of w |F|^2. The spectrum becomes its gradient times `share`, with w held
   fixed. */
static double weigh(const struct transform *t, double alpha, double share, lk_real *spectrum) {
    const size_t width = (size_t)t->w, all = (size_t)t->h * 2 * width;
    double largest = 0, sum = 0;
    for (size_t row = 0; row < all; row += 2 * width)
        for (size_t v = row; v < row + width; v++) {
            double re = (double)spectrum[v], im = (double)spectrum[v + width],
                   s = re * re + im * im;
            if (!(s <= largest)) largest = s; /* a NaN is seen */
        }
    for (size_t row = 0; row < all; row += 2 * width)
        for (size_t v = row; v < row + width; v++) {
            double re = (double)spectrum[v], im = (double)spectrum[v + width],
                   s = re * re + im * im;
            double weight = alpha == 0 ? 1 : largest == 0 ? 0 : pow(s / largest, alpha / 2);
            sum += weight * s;
            spectrum[v] = LK_R(2 * share * weight * re);
            spectrum[v + width] = LK_R(2 * share * weight * im);
        }
    return sum;
}

static double focal_image(lk_node *loss, const lk_real *x, const lk_real *y, void *memory,
                          lk_real *gradient) {
    const lk_kernels *kernels = lk_graph_context(loss->graph)->kernels;
    const struct transform *t = loss->prepared;
    const double alpha = ((const lk_focal_frequency_options *)loss->options)->alpha;
    const size_t n = (size_t)t->h * (size_t)t->w, channels = (size_t)t->c;
    const double share = 1 / (double)(n * channels);
    struct scratch s = scratch_in(t, memory);
    double sum = 0;
    kernels->binary_forward(LK_SUB, n * channels, y, x, s.error);
    kernels->transpose((int)n, t->c, s.error, t->c, false, s.planes, (ptrdiff_t)n);
    for (size_t k = 0; k < channels; k++) {
        transform(t, s.planes + k * n, s);
        sum += weigh(t, alpha, share, s.spectrum);
        if (gradient) transform_back(t, s, s.planes + k * n);
    }
    if (gradient) kernels->transpose(t->c, (int)n, s.planes, (ptrdiff_t)n, true, gradient, t->c);
    return sum * share;
}

/* ---- the row ---- */

static lk_status focal_infer(lk_node *loss, lk_error *err) {
    lk_status status = lk_imagewise_infer(loss, err);
    if (!status) status = prepare_transform(loss, err);
    if (!status) loss->scratch_bytes = scratch_bytes(loss->in[0]->shape);
    return status;
}

static void focal_forward(lk_node *loss) {
    lk_imagewise_forward(loss, focal_image);
}

/* Differences would see the gradient of the weights, so their exponent is 0 here. Golden values
   check the others. */
static const lk_focal_frequency_options even = { .alpha = 0 };
static const lk_sample samples[] = {
    { .in = { { 4, { 3, 2, 5, 4 } }, { 4, { 3, 2, 5, 4 } } }, .options = &even, .high = 1 },
    { .in = { { 4, { 1, 1, 1, 3 } }, { 4, { 1, 1, 1, 3 } } }, .options = &even, .high = 1 },
    LK_SAMPLES_END,
};

static const lk_op op = {
    .name = "focal_frequency",
    .summary = "squared error of the Fourier transform, large errors weigh more",
    .arity = 2,
    .options_size = sizeof(lk_focal_frequency_options),
    .is_loss = true,
    .infer = focal_infer,
    .forward = focal_forward,
    .backward = lk_imagewise_backward,
    .samples = samples,
};

static lk_node *focal_build(lk_node *x, lk_node *y, const void *chosen) {
    lk_node *in[] = { x, y };
    return x ? lk_apply(x->graph, &op, in, 2, chosen) : NULL;
}

static const lk_op *const ops[] = { &op, NULL };
const lk_loss lk_loss_focal_frequency = {
    .choice = { .name = "focal_frequency",
                .summary = "mean over frequencies of w |F|^2, F the DFT of x - y, w = |F|^alpha "
                           "over its largest value (Jiang et al. 2021)",
                .options = options,
                .options_size = sizeof(lk_focal_frequency_options) },
    .build = focal_build,
    .ops = ops,
};
