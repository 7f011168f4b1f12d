/*
 * gmsd: Xue, Zhang, Mou, Bovik, "Gradient Magnitude Similarity Deviation", 2014: the standard
 * deviation over positions of the similarity of gradient magnitudes. Pictures are first halved by
 * the means of 2 x 2 pixels, as the authors do; an odd last row or column is left out. With gx, gy
 * the Prewitt differences over 3, at valid positions, and a = gx^2 + gy^2 of x, b of y:
 *
 *   gms  = (2 sqrt((a + e) (b + e)) + c) / (a + b + 2e + c)
 *   loss = standard deviation of gms over positions (1/N), mean over channels and images
 *
 * e = 1e-8 keeps the slope finite where a picture is flat; where gms is the same everywhere the
 * gradient is 0. Computed in double. Literal form: metric/gmsd.c.
 */
#include "loss/loss_list.h"
#include "structural.h"

#include <math.h>
#include <string.h>

#define EPS 1e-8

static const lk_option options[] = {
    LK_OPTION_NUMBER(lk_gmsd_options, c, 170.0 / 65025, 1e-6, 1,
                     "steadies the similarity; the authors' 170 for pixels from 0 to 255"),
    LK_OPTION_COLOR(lk_gmsd_options, "luma"),
    { 0 },
};

/* ---- one thread's memory ---- */

/* Half-size pictures (h, w), one channel at a time, and what each of their inner positions has. */
struct scratch {
    int h, w;
    double *x, *y, *gradient; /* (h, w) */
    double *gms, *slope;      /* (h - 2, w - 2): and its derivative by b */
    double *gx, *gy;          /* of y */
};

static size_t plane_bytes(lk_shape shape) {
    return lk_scratch_bytes((size_t)(shape.d[2] / 2) * (size_t)(shape.d[3] / 2) * sizeof(double));
}

static struct scratch scratch_in(lk_shape shape, char *at) {
    struct scratch s = { .h = shape.d[2] / 2, .w = shape.d[3] / 2 };
    double **const planes[] = { &s.x, &s.y, &s.gradient, &s.gms, &s.slope, &s.gx, &s.gy };
    for (size_t i = 0; i < LK_COUNT(planes); i++)
        *planes[i] = lk_scratch_take(&at, plane_bytes(shape));
    return s;
}

enum { PLANES = 7 };

/* ---- values ---- */

/* The means of 2 x 2 pixels of a channel of a picture of `row` numbers a row. */
static void halve(const struct scratch *s, const lk_real *from, size_t row, size_t c, double *out) {
    for (int i = 0; i < s->h; i++, from += 2 * row)
        for (size_t j = 0; j < (size_t)s->w; j++) {
            const lk_real *first = from + 2 * j * c;
            *out++ = ((double)first[0] + (double)first[c] + (double)first[row] +
                      (double)first[row + c]) /
                     4;
        }
}

/* Prewitt's differences around `at`, in rows of w numbers. */
static double across(const double *at, int w) {
    return (at[-w + 1] + at[1] + at[w + 1] - at[-w - 1] - at[-1] - at[w - 1]) / 3;
}

static double down(const double *at, int w) {
    return (at[w - 1] + at[w] + at[w + 1] - at[-w - 1] - at[-w] - at[-w + 1]) / 3;
}

/* The similarity at every inner position. Returns its mean. */
static double compare(struct scratch *s, double c) {
    const int w = s->w;
    double sum = 0;
    for (int i = 1, k = 0; i + 1 < s->h; i++)
        for (int j = 1; j + 1 < w; j++, k++) {
            const double *x = s->x + i * w + j, *y = s->y + i * w + j;
            double ax = across(x, w), ay = down(x, w), bx = across(y, w), by = down(y, w);
            double a = ax * ax + ay * ay + EPS, b = bx * bx + by * by + EPS;
            double root = sqrt(a * b), below = a + b + c;
            s->gms[k] = (root + root + c) / below;
            s->slope[k] = (a / root - s->gms[k]) / below;
            s->gx[k] = bx, s->gy[k] = by;
            sum += s->gms[k];
        }
    return sum / ((double)(s->h - 2) * (w - 2));
}

static double deviation(const struct scratch *s, double mean) {
    const int n = (s->h - 2) * (s->w - 2);
    double squares = 0;
    for (int k = 0; k < n; k++) squares += (s->gms[k] - mean) * (s->gms[k] - mean);
    return sqrt(squares / n);
}

/* ---- the gradient ---- */

/* Adds `value` times the gradients of across and down. */
static void spread(double by_across, double by_down, double *at, int w) {
    for (int r = -1; r <= 1; r++)
        for (int c = -1; c <= 1; c++) at[r * w + c] += (c * by_across + r * by_down) / 3;
}

/* The gradient of share times the deviation, by the channel's pixels. */
static void chain(struct scratch *s, double mean, double share, size_t row, size_t c,
                  lk_real *gradient) {
    const int w = s->w;
    memset(s->gradient, 0, (size_t)s->h * (size_t)w * sizeof *s->gradient);
    for (int i = 1, k = 0; i + 1 < s->h; i++)
        for (int j = 1; j + 1 < w; j++, k++) {
            double by_b = share * (s->gms[k] - mean) * s->slope[k];
            spread(2 * s->gx[k] * by_b, 2 * s->gy[k] * by_b, s->gradient + i * w + j, w);
        }
    for (int i = 0; i < 2 * s->h; i++)
        for (int j = 0; j < 2 * w; j++)
            gradient[(size_t)i * row + (size_t)j * c] += LK_R(s->gradient[i / 2 * w + j / 2] / 4);
}

static double gmsd_image(lk_node *loss, const lk_real *x, const lk_real *y, void *memory,
                         lk_real *gradient) {
    const lk_gmsd_options *o = loss->options;
    const lk_shape shape = loss->in[0]->shape;
    const size_t channels = (size_t)shape.d[1], row = (size_t)shape.d[3] * channels;
    struct scratch s = scratch_in(shape, memory);
    double sum = 0;
    for (size_t k = 0; k < channels; k++) {
        halve(&s, x + k, row, channels, s.x);
        halve(&s, y + k, row, channels, s.y);
        double mean = compare(&s, o->c), sd = deviation(&s, mean);
        double n = (double)(s.h - 2) * (s.w - 2) * (double)channels;
        if (gradient && sd != 0) chain(&s, mean, 1 / (n * sd), row, channels, gradient + k);
        sum += sd;
    }
    return sum / (double)channels;
}

/* ---- the row ---- */

enum { SIDE_MIN = 6 };

static lk_status gmsd_infer(lk_node *loss, lk_error *err) {
    const lk_shape shape = loss->in[0]->shape;
    lk_status status = lk_imagewise_infer(loss, err);
    if (status) return status;
    if (shape.d[2] < SIDE_MIN || shape.d[3] < SIDE_MIN)
        return lk_fail(err, LK_USAGE, "expected images of at least %d x %d, got %d x %d", SIDE_MIN,
                       SIDE_MIN, shape.d[2], shape.d[3]);
    loss->scratch_bytes = PLANES * plane_bytes(shape);
    return LK_OK;
}

static void gmsd_forward(lk_node *loss) {
    lk_imagewise_forward(loss, gmsd_image);
}

static const lk_gmsd_options plain = { .c = 170.0 / 65025 }, steady = { .c = 0.1 };
static const lk_sample samples[] = {
    { .in = { { 4, { 3, 2, 8, 11 } }, { 4, { 3, 2, 8, 11 } } }, .options = &plain, .high = 1 },
    { .in = { { 4, { 1, 1, 9, 8 } }, { 4, { 1, 1, 9, 8 } } }, .options = &steady, .high = 1 },
    LK_SAMPLES_END,
};

static const lk_op op = {
    .name = "gmsd",
    .summary = "deviation of the similarity of gradient magnitudes",
    .arity = 2,
    .options_size = sizeof(lk_gmsd_options),
    .is_loss = true,
    .infer = gmsd_infer,
    .forward = gmsd_forward,
    .backward = lk_imagewise_backward,
    .samples = samples,
};

static lk_node *gmsd_build(lk_node *x, lk_node *y, const void *chosen) {
    return lk_loss_apply(&op, x, y, (lk_color)((const lk_gmsd_options *)chosen)->color, chosen);
}

static const lk_op *const ops[] = { &op, NULL };
const lk_loss lk_loss_gmsd = {
    .choice = { .name = "gmsd",
                .summary = "deviation over positions of the similarity of gradient magnitudes (Xue "
                           "et al. 2014)",
                .options = options,
                .options_size = sizeof(lk_gmsd_options) },
    .build = gmsd_build,
    .ops = ops,
};
