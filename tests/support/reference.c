/* What every op computes, by loops straight from its definition. */
#include "reference.h"
#include "base/rng.h"
#include "graph/ops/elementwise.h"

#include <likeness/loss.h>
#include <likeness/ops.h>

#include <math.h>
#include <string.h>

/* ---- values and where they are ---- */

static size_t size_of(lk_shape shape) {
    size_t n = 1;
    for (int i = 0; i < shape.rank; i++) n *= (size_t)shape.d[i];
    return n;
}

/* Where value i of the order as written is stored: maps lie channels-last. */
static size_t stored_at(lk_shape shape, size_t i) {
    if (shape.rank != 4) return i;
    size_t c = (size_t)shape.d[1], h = (size_t)shape.d[2], w = (size_t)shape.d[3];
    size_t x = i % w, y = i / w % h, channel = i / (w * h) % c, sample = i / (w * h * c);
    return ((sample * h + y) * w + x) * c + channel;
}

double *lk_test_as_written(lk_shape shape, const lk_real *stored) {
    size_t n = size_of(shape);
    double *values = lk_alloc(n * sizeof *values);
    for (size_t i = 0; i < n; i++) values[i] = (double)stored[stored_at(shape, i)];
    return values;
}

void lk_test_store(lk_shape shape, const double *as_written, lk_real *stored) {
    for (size_t i = 0; i < size_of(shape); i++) stored[stored_at(shape, i)] = LK_R(as_written[i]);
}

double lk_test_values_error(const double *got, const double *expected, size_t n) {
    double worst = 0, largest = 1;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(got[i]) || !isfinite(expected[i])) return (double)INFINITY;
        worst = fmax(worst, fabs(got[i] - expected[i]));
        largest = fmax(largest, fabs(expected[i]));
    }
    return worst / largest;
}

/* Place (n, c, y, x) of a map. */
static size_t at(lk_shape s, int n, int c, int y, int x) {
    return (((size_t)n * (size_t)s.d[1] + (size_t)c) * (size_t)s.d[2] + (size_t)y) *
               (size_t)s.d[3] +
           (size_t)x;
}

/* ---- products ---- */

static int at_least_1(int n) {
    return n > 1 ? n : 1;
}

/* Where tap i of a kernel at place p of the map lies in the image, along one axis. */
static int tap_at(const lk_conv_options *o, int p, int i) {
    return p * o->stride + i * at_least_1(o->dilation) - o->padding;
}

static void conv2d(const struct reference_call *v) {
    const lk_conv_options *o = v->options;
    lk_shape x = v->in_shape[0], w = v->in_shape[1];
    int seen = w.d[1], each = w.d[0] / at_least_1(o->groups); /* channels of a group */
    for (int n = 0; n < v->shape.d[0]; n++)
        for (int k = 0; k < v->shape.d[1]; k++)
            for (int p = 0; p < v->shape.d[2]; p++)
                for (int q = 0; q < v->shape.d[3]; q++) {
                    double sum = v->in[2] ? v->in[2][k] : 0;
                    for (int c = 0; c < seen; c++)
                        for (int i = 0; i < w.d[2]; i++)
                            for (int j = 0; j < w.d[3]; j++) {
                                int row = tap_at(o, p, i), column = tap_at(o, q, j);
                                if (row < 0 || row >= x.d[2] || column < 0 || column >= x.d[3])
                                    continue;
                                sum += v->in[0][at(x, n, k / each * seen + c, row, column)] *
                                       v->in[1][at(w, k, c, i, j)];
                            }
                    v->out[at(v->shape, n, k, p, q)] = sum;
                }
}

/* Each pixel of x adds its kernel to the result. */
static void conv_transpose2d(const struct reference_call *v) {
    const lk_conv_options *o = v->options;
    lk_shape x = v->in_shape[0], w = v->in_shape[1], y = v->shape;
    int seen = w.d[0] / at_least_1(o->groups); /* channels of a group */
    for (size_t i = 0; i < size_of(y); i++)
        v->out[i] = v->in[2] ? v->in[2][i / (size_t)(y.d[2] * y.d[3]) % (size_t)y.d[1]] : 0;
    for (int n = 0; n < x.d[0]; n++)
        for (int c = 0; c < x.d[1]; c++)
            for (int p = 0; p < x.d[2]; p++)
                for (int q = 0; q < x.d[3]; q++)
                    for (int k = 0; k < w.d[1]; k++)
                        for (int i = 0; i < w.d[2]; i++)
                            for (int j = 0; j < w.d[3]; j++) {
                                int row = tap_at(o, p, i), column = tap_at(o, q, j);
                                if (row < 0 || row >= y.d[2] || column < 0 || column >= y.d[3])
                                    continue;
                                v->out[at(y, n, c / seen * w.d[1] + k, row, column)] +=
                                    v->in[0][at(x, n, c, p, q)] * v->in[1][at(w, c, k, i, j)];
                            }
}

static void linear(const struct reference_call *v) {
    int n_in = v->in_shape[0].d[1], n_out = v->shape.d[1];
    for (int n = 0; n < v->shape.d[0]; n++)
        for (int k = 0; k < n_out; k++) {
            double sum = v->in[2] ? v->in[2][k] : 0;
            for (int i = 0; i < n_in; i++) sum += v->in[0][n * n_in + i] * v->in[1][k * n_in + i];
            v->out[n * n_out + k] = sum;
        }
}

/* Not an op of its own: a convolution or a linear layer of x and, with more parameters, a
   projection of x by the stride that the shapes have; else x itself. */
static void residual(const struct reference_call *v) {
    struct reference_call other = *v;
    size_t n = size_of(v->shape);
    bool maps = v->shape.rank == 4;
    other.out = v->in[0];
    if (v->in[3]) {
        lk_conv_options o = { .stride =
                                  maps ? (v->in_shape[0].d[2] - 1) / (v->shape.d[2] - 1) : 1 };
        other.options = &o;
        other.out = lk_alloc(n * sizeof *other.out);
        other.in[1] = v->in[3], other.in_shape[1] = v->in_shape[3];
        other.in[2] = v->in[4], other.in_shape[2] = v->in_shape[4];
        maps ? conv2d(&other) : linear(&other);
    }
    maps ? conv2d(v) : linear(v);
    for (size_t i = 0; i < n; i++) v->out[i] += other.out[i];
    if (v->in[3]) lk_free(other.out);
}

/* ---- batch norm ---- */

/* Values of channel c: their mean and their mean squared distance from it. */
static void moments(const struct reference_call *v, size_t c, double *mean, double *variance) {
    size_t channels = (size_t)v->shape.d[1], n = size_of(v->shape),
           places = n / channels / (size_t)v->shape.d[0];
    double m = (double)(n / channels);
    *mean = *variance = 0;
    for (size_t i = 0; i < n; i++)
        if (i / places % channels == c) *mean += v->in[0][i] / m;
    for (size_t i = 0; i < n; i++)
        if (i / places % channels == c) *variance += pow(v->in[0][i] - *mean, 2) / m;
}

static void batch_norm(const struct reference_call *v) {
    const lk_batch_norm_options *o = v->options;
    size_t channels = (size_t)v->shape.d[1], n = size_of(v->shape),
           places = n / channels / (size_t)v->shape.d[0];
    double m = (double)(n / channels);
    for (size_t c = 0; c < channels; c++) {
        double mean = v->in[3][c], variance = v->in[4][c];
        if (v->mode == LK_TRAIN) {
            moments(v, c, &mean, &variance);
            v->in[3][c] = (1 - o->momentum) * v->in[3][c] + o->momentum * mean;
            v->in[4][c] = (1 - o->momentum) * v->in[4][c] + o->momentum * variance * m / (m - 1);
        }
        for (size_t i = 0; i < n; i++)
            if (i / places % channels == c) {
                double y =
                    v->in[1][c] * (v->in[0][i] - mean) / sqrt(variance + o->eps) + v->in[2][c];
                v->out[i] = o->rectify && y < 0 ? o->slope * y : y;
            }
    }
}

/* ---- attention ---- */

/* What position i takes from position j, before the softmax: head `head` of d channels. */
static double score(const struct reference_call *v, int n, int head, int d, int i, int j) {
    lk_shape x = v->in_shape[0];
    double sum = 0;
    for (int c = head * d; c < (head + 1) * d; c++)
        sum += v->in[0][at(x, n, c, 0, i)] * v->in[0][at(x, n, x.d[1] / 3 + c, 0, j)];
    return sum / sqrt(d);
}

static void attention(const struct reference_call *v) {
    lk_shape x = v->in_shape[0], y = v->shape;
    int heads = *(const int *)v->options, d = y.d[1] / heads, places = y.d[2] * y.d[3];
    for (int n = 0; n < y.d[0]; n++)
        for (int c = 0; c < y.d[1]; c++)
            for (int i = 0; i < places; i++) {
                double all = 0, sum = 0;
                for (int j = 0; j < places; j++) {
                    double e = exp(score(v, n, c / d, d, i, j));
                    all += e;
                    sum += e * v->in[0][at(x, n, 2 * y.d[1] + c, 0, j)];
                }
                v->out[at(y, n, c, 0, i)] = sum / all;
            }
}

/* w x + b at each position. */
static void map_channels(lk_shape x, const double *from, lk_shape w, const double *weight,
                         const double *bias, double *to) {
    lk_shape y = LK_SHAPE_4(x.d[0], w.d[0], x.d[2], x.d[3]);
    for (int n = 0; n < x.d[0]; n++)
        for (int k = 0; k < w.d[0]; k++)
            for (int i = 0; i < x.d[2] * x.d[3]; i++) {
                double sum = bias[k];
                for (int c = 0; c < w.d[1]; c++)
                    sum += weight[k * w.d[1] + c] * from[at(x, n, c, 0, i)];
                to[at(y, n, k, 0, i)] = sum;
            }
}

/* Not an op of its own: attention between its two projections. */
static void self_attention(const struct reference_call *v) {
    lk_shape x = v->in_shape[0], wide = LK_SHAPE_4(x.d[0], 3 * x.d[1], x.d[2], x.d[3]);
    struct reference_call middle = { .options = v->options, .in_shape = { wide }, .shape = x };
    middle.in[0] = lk_alloc(size_of(wide) * sizeof(double));
    middle.out = lk_alloc(size_of(x) * sizeof(double));
    map_channels(x, v->in[0], v->in_shape[1], v->in[1], v->in[2], middle.in[0]);
    attention(&middle);
    map_channels(x, middle.out, v->in_shape[3], v->in[3], v->in[4], v->out);
    lk_free(middle.in[0]);
    lk_free(middle.out);
}

/* ---- norms of a sample ---- */

static void group_norm(const struct reference_call *v) {
    const lk_group_norm_options *o = v->options;
    size_t n = (size_t)v->shape.d[0], channels = (size_t)v->shape.d[1], row = size_of(v->shape) / n,
           m = row / (size_t)o->groups;
    for (size_t first = 0; first < n * row; first += m) { /* a group's values lie together */
        double mean = 0, variance = 0;
        for (size_t i = first; i < first + m; i++) mean += v->in[0][i] / (double)m;
        for (size_t i = first; i < first + m; i++)
            variance += pow(v->in[0][i] - mean, 2) / (double)m;
        for (size_t i = first; i < first + m; i++) {
            size_t c = i % row / (row / channels);
            double y = (v->in[0][i] - mean) / sqrt(variance + o->eps);
            if (v->in[1]) y = v->in[1][c] * y + v->in[2][c];
            v->out[i] = o->rectify && y < 0 ? o->slope * y : y;
        }
    }
}

static void sample_affine(const struct reference_call *v) {
    size_t row = size_of(v->in_shape[1]);
    for (size_t i = 0; i < size_of(v->shape); i++)
        v->out[i] = v->in[1][i % row] * v->in[0][i] + v->in[2][i % row];
}

/* Not an op of its own. */
static void layer_norm(const struct reference_call *v) {
    const lk_group_norm_options o = { .groups = 1,
                                      .eps = ((const lk_group_norm_options *)v->options)->eps };
    struct reference_call plain = *v, affine = *v;
    plain.options = &o;
    plain.in[1] = NULL;
    group_norm(&plain);
    affine.in[0] = v->out;
    if (v->in[1]) sample_affine(&affine);
}

/* ---- element by element ---- */

#define UNARY(name, y_of_x)                                                                        \
    static void name(const struct reference_call *v) {                                             \
        const struct lk_unary_options *o = v->options;                                             \
        (void)o;                                                                                   \
        for (size_t i = 0; i < size_of(v->shape); i++) {                                           \
            double x = v->in[0][i];                                                                \
            v->out[i] = y_of_x;                                                                    \
        }                                                                                          \
    }
UNARY(relu, x > 0 ? x : 0)
UNARY(leaky_relu, x > 0 ? x : o->a * x)
UNARY(sigmoid, 1 / (1 + exp(-x)))
UNARY(hyperbolic_tangent, (exp(x) - exp(-x)) / (exp(x) + exp(-x)))
UNARY(silu, x / (1 + exp(-x)))
UNARY(gelu, x *(1 + erf(x / sqrt(2))) / 2)
UNARY(gelu_tanh, x / 2 * (1 + tanh(sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x))))
UNARY(elu, x > 0 ? x : o->a * (exp(x) - 1))
UNARY(softplus, o->a *x > o->b ? x : log(1 + exp(o->a * x)) / o->a)
UNARY(square, x *x)
UNARY(absolute, x < 0 ? -x : x)
UNARY(exponential, exp(x))
UNARY(affine, o->a *x + o->b)
UNARY(clamp, x<o->a ? o->a : x> o->b ? o->b : x)

static void prelu(const struct reference_call *v) {
    size_t n = size_of(v->shape), channels = (size_t)v->shape.d[1],
           places = n / channels / (size_t)v->shape.d[0];
    for (size_t i = 0; i < n; i++) {
        size_t c = v->in_shape[1].d[0] == 1 ? 0 : i / places % channels;
        v->out[i] = v->in[0][i] * (v->in[0][i] > 0 ? 1 : v->in[1][c]);
    }
}

#define BINARY(name, y_of_xz)                                                                      \
    static void name(const struct reference_call *v) {                                             \
        for (size_t i = 0; i < size_of(v->shape); i++) {                                           \
            double x = v->in[0][i], z = v->in[1][i];                                               \
            v->out[i] = y_of_xz;                                                                   \
        }                                                                                          \
    }
BINARY(add, x + z)
BINARY(subtract, x - z)
BINARY(multiply, x *z)

static void reshape(const struct reference_call *v) {
    memcpy(v->out, v->in[0], size_of(v->shape) * sizeof *v->out);
}

/* ---- maps of another size ---- */

/* The largest or the mean of each window, by asking of every pixel whether it is inside. */
static void pool(const struct reference_call *v, bool largest) {
    const lk_pool_options *o = v->options;
    lk_shape x = v->in_shape[0], y = v->shape;
    for (size_t i = 0; i < size_of(y); i++) {
        int q = (int)(i % (size_t)y.d[3]), p = (int)(i / (size_t)y.d[3] % (size_t)y.d[2]);
        size_t plane = i / (size_t)(y.d[2] * y.d[3]);
        double best = -(double)INFINITY, sum = 0;
        int n = 0;
        for (int row = 0; row < x.d[2]; row++)
            for (int column = 0; column < x.d[3]; column++) {
                int r = row + o->padding - p * o->stride, s = column + o->padding - q * o->stride;
                if (r < 0 || r >= o->kernel || s < 0 || s >= o->kernel) continue;
                double value =
                    v->in[0][plane * (size_t)(x.d[2] * x.d[3]) + (size_t)(row * x.d[3] + column)];
                best = fmax(best, value), sum += value, n++;
            }
        v->out[i] = largest ? best : sum / (o->count_include_pad ? o->kernel * o->kernel : n);
    }
}

static void max_pool2d(const struct reference_call *v) {
    pool(v, true);
}

static void avg_pool2d(const struct reference_call *v) {
    pool(v, false);
}

/* The weight of pixel i of the input in pixel j of the result, along one axis of n pixels: a tent,
   or one where i is the nearest. */
static double upsample_weight(const lk_upsample_options *o, int i, int j, int n) {
    double place = (j + 0.5) / o->scale - 0.5;
    if (o->mode == LK_UPSAMPLE_NEAREST) return fabs(place - i) < 0.5 ? 1 : 0;
    place = fmin(fmax(place, 0), n - 1);
    return fmax(0, 1 - fabs(place - i));
}

static void upsample(const struct reference_call *v) {
    lk_shape x = v->in_shape[0], y = v->shape;
    for (int n = 0; n < y.d[0]; n++)
        for (int c = 0; c < y.d[1]; c++)
            for (int p = 0; p < y.d[2]; p++)
                for (int q = 0; q < y.d[3]; q++) {
                    double sum = 0;
                    for (int i = 0; i < x.d[2]; i++)
                        for (int j = 0; j < x.d[3]; j++)
                            sum += v->in[0][at(x, n, c, i, j)] *
                                   upsample_weight(v->options, i, p, x.d[2]) *
                                   upsample_weight(v->options, j, q, x.d[3]);
                    v->out[at(y, n, c, p, q)] = sum;
                }
}

static void pixel_shuffle(const struct reference_call *v) {
    lk_shape x = v->in_shape[0], y = v->shape;
    int factor = y.d[2] / x.d[2];
    for (int n = 0; n < x.d[0]; n++)
        for (int c = 0; c < x.d[1]; c++)
            for (int h = 0; h < x.d[2]; h++)
                for (int w = 0; w < x.d[3]; w++) {
                    int i = c / factor % factor, j = c % factor, to = c / (factor * factor);
                    v->out[at(y, n, to, h * factor + i, w * factor + j)] =
                        v->in[0][at(x, n, c, h, w)];
                }
}

/* ---- over the batch ---- */

/* The mean over the valid samples, each with a row of values. */
static void mean(const struct reference_call *v) {
    size_t row = size_of(v->in_shape[0]) / (size_t)v->in_shape[0].d[0],
           n = row * (size_t)v->n_valid;
    v->out[0] = 0;
    for (size_t i = 0; i < n; i++) v->out[0] += v->in[0][i] / (double)n;
}

static void reparameterize(const struct reference_call *v) {
    int z = v->shape.d[1];
    for (int n = 0; n < v->shape.d[0]; n++) {
        lk_rng rng = lk_rng_at(v->seed, LK_STREAM_NOISE, v->step, (uint32_t)n);
        for (int i = n * z; i < (n + 1) * z; i++) {
            v->out[i] = v->in[0][i];
            if (v->mode == LK_TRAIN) v->out[i] += exp(v->in[1][i] / 2) * lk_rng_normal(&rng);
        }
    }
}

/* A word of noise for each value, in the order in which a sample is stored. */
static void dropout(const struct reference_call *v) {
    double p = *(const double *)v->options; /* the options' first member */
    size_t n = size_of(v->shape), row = n / (size_t)v->shape.d[0];
    bool *stays = lk_alloc(n * sizeof *stays);
    for (size_t i = 0; i < n; i += row) {
        lk_rng rng = lk_rng_at(v->seed, LK_STREAM_DROPOUT, v->step, (uint32_t)(i / row));
        for (size_t k = i; k < i + row; k++) stays[k] = lk_rng_u32(&rng) / 4294967296.0 >= p;
    }
    for (size_t i = 0; i < n; i++) {
        bool stays_here = stays[stored_at(v->shape, i)];
        v->out[i] = v->mode == LK_EVAL ? v->in[0][i] : stays_here ? v->in[0][i] / (1 - p) : 0;
    }
    lk_free(stays);
}

static void kl(const struct reference_call *v) {
    int z = v->in_shape[0].d[1];
    v->out[0] = 0;
    for (int i = 0; i < v->n_valid * z; i++) {
        double mu = v->in[0][i], logvar = v->in[1][i];
        v->out[0] += (mu * mu + exp(logvar) - 1 - logvar) / 2 / v->n_valid;
    }
}

/* k(a, b) of two codes. */
/* The only option is what each latent has for free. */
static void kl_free_bits(const struct reference_call *v) {
    int z = v->in_shape[0].d[1];
    v->out[0] = 0;
    for (int k = 0; k < z; k++) {
        double mean = 0, free = *(const double *)v->options;
        for (int i = 0; i < v->n_valid; i++) {
            double mu = v->in[0][i * z + k], logvar = v->in[1][i * z + k];
            mean += (mu * mu + exp(logvar) - 1 - logvar) / 2 / v->n_valid;
        }
        v->out[0] += fmax(mean, free);
    }
}

static void anneal(const struct reference_call *v) {
    const lk_anneal_options *o = v->options;
    double step = o->cycle_steps ? fmod(v->step, (double)o->cycle_steps) : v->step,
           share = v->mode == LK_TRAIN && o->warmup_steps
                       ? fmin(1, (step + 1) / (double)o->warmup_steps)
                       : 1;
    for (size_t i = 0; i < size_of(v->shape); i++) v->out[i] = o->weight * share * v->in[0][i];
}

/* Density of code i's latent k under posterior j, by the formula of a normal distribution. */
static double tc_density(const struct reference_call *v, const double *z, int i, int j, int k) {
    int n = v->in_shape[0].d[1];
    double sd = exp(v->in[2][j * n + k] / 2), d = (z[i * n + k] - v->in[1][j * n + k]) / sd;
    return exp(-d * d / 2) / sd / sqrt(2 * acos(-1.0));
}

static double tc_weight(const struct reference_call *v, int i, int j) {
    const lk_tc_options *o = v->options;
    double n = v->n_valid, images = n;
    if (o->sampling == LK_TC_WEIGHTED) return 1 / (n * images);
    if (i == j) return 1 / images;
    return j == (i + 1) % v->n_valid ? (images - n + 1) / (images * (n - 1)) : 1 / (n - 1);
}

static void tc(const struct reference_call *v) {
    const lk_tc_options *o = v->options;
    int z = v->in_shape[0].d[1];
    double *code = lk_alloc((size_t)(v->n_valid * z) * sizeof *code), sum = 0;
    for (int i = 0; i < v->n_valid; i++) {
        lk_rng rng = lk_rng_at(v->seed, LK_STREAM_EVAL_NOISE, v->step, (uint32_t)i);
        for (int k = 0, at = i * z; k < z; k++, at++)
            code[at] = v->mode == LK_TRAIN
                           ? v->in[0][at]
                           : v->in[1][at] + exp(v->in[2][at] / 2) * lk_rng_normal(&rng);
    }
    for (int i = 0; i < v->n_valid; i++) {
        double together = 0, singles = 0, own = 0, prior = 0;
        for (int k = 0; k < z; k++) {
            double single = 0;
            for (int j = 0; j < v->n_valid; j++)
                single += tc_weight(v, i, j) * tc_density(v, code, i, j, k);
            singles += log(single);
            own += log(tc_density(v, code, i, i, k));
            prior += log(exp(-code[i * z + k] * code[i * z + k] / 2) / sqrt(2 * acos(-1.0)));
        }
        for (int j = 0; j < v->n_valid; j++) {
            double product = tc_weight(v, i, j);
            for (int k = 0; k < z; k++) product *= tc_density(v, code, i, j, k);
            together += product;
        }
        sum += o->alpha * (own - log(together)) + o->beta * (log(together) - singles) +
               o->gamma * (singles - prior);
    }
    v->out[0] = v->n_valid < 2 ? 0 : sum / v->n_valid;
    lk_free(code);
}

static double mmd_kernel(const lk_mmd_options *o, int z, const double *a, const double *b) {
    double r = 0, sum = 0;
    for (int i = 0; i < z; i++) r += (a[i] - b[i]) * (a[i] - b[i]);
    for (int s = 0; s < o->scales.n; s++) {
        double c = 2 * z * o->prior_variance * o->scales.v[s];
        sum += o->kernel == LK_MMD_IMQ ? c / (c + r) : exp(-r / c);
    }
    return sum;
}

static void mmd(const struct reference_call *v) {
    const lk_mmd_options *o = v->options;
    int z = v->in_shape[0].d[1], n = v->n_valid;
    lk_stream stream = v->mode == LK_TRAIN ? LK_STREAM_PRIOR : LK_STREAM_EVAL_PRIOR;
    double *prior = lk_alloc((size_t)(n * z) * sizeof *prior), alike = 0, across = 0;
    for (int i = 0; i < n; i++) {
        lk_rng rng = lk_rng_at(v->seed, stream, v->step, (uint32_t)i);
        for (int k = 0; k < z; k++)
            prior[i * z + k] = sqrt(o->prior_variance) * lk_rng_normal(&rng);
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            const double *code = v->in[0] + i * z, *sample = prior + i * z;
            if (i != j) alike += mmd_kernel(o, z, code, v->in[0] + j * z);
            if (i != j) alike += mmd_kernel(o, z, sample, prior + j * z);
            across += mmd_kernel(o, z, code, prior + j * z);
        }
    v->out[0] = n < 2 ? 0 : alike / (n * (n - 1.0)) - 2 * across / ((double)n * n);
    lk_free(prior);
}

/* ---- losses ---- */

static void squared_error(const struct reference_call *v) {
    size_t n = size_of(v->in_shape[0]) / (size_t)v->in_shape[0].d[0] * (size_t)v->n_valid;
    v->out[0] = 0;
    for (size_t i = 0; i < n; i++) v->out[0] += pow(v->in[0][i] - v->in[1][i], 2) / (double)n;
}

static void absolute_error(const struct reference_call *v) {
    size_t n = size_of(v->in_shape[0]) / (size_t)v->in_shape[0].d[0] * (size_t)v->n_valid;
    v->out[0] = 0;
    for (size_t i = 0; i < n; i++) v->out[0] += fabs(v->in[0][i] - v->in[1][i]) / (double)n;
}

static void charbonnier(const struct reference_call *v) {
    double eps = ((const lk_charbonnier_options *)v->options)->eps;
    size_t n = size_of(v->in_shape[0]) / (size_t)v->in_shape[0].d[0] * (size_t)v->n_valid;
    v->out[0] = 0;
    for (size_t i = 0; i < n; i++)
        v->out[0] += (hypot(v->in[0][i] - v->in[1][i], eps) - eps) / (double)n;
}

static void huber(const struct reference_call *v) {
    double delta = ((const lk_huber_options *)v->options)->delta;
    size_t n = size_of(v->in_shape[0]) / (size_t)v->in_shape[0].d[0] * (size_t)v->n_valid;
    v->out[0] = 0;
    for (size_t i = 0; i < n; i++) {
        double d = fabs(v->in[0][i] - v->in[1][i]), inside = fmin(d, delta);
        v->out[0] += (inside * inside / 2 + delta * (d - inside)) / (double)n;
    }
}

static void gradient(const struct reference_call *v) {
    lk_shape s = v->in_shape[0];
    double sums[2] = { 0 };
    int planes = v->n_valid * s.d[1], h = s.d[2], w = s.d[3];
    for (int i = 0; i < planes * h * w; i++) {
        double e = v->in[1][i] - v->in[0][i];
        if (i % w) sums[0] += fabs(e - (v->in[1][i - 1] - v->in[0][i - 1]));
        if (i / w % h) sums[1] += fabs(e - (v->in[1][i - w] - v->in[0][i - w]));
    }
    v->out[0] = sums[0] / (planes * h * (w - 1)) + sums[1] / (planes * (h - 1) * w);
}

/* The value at (i, j) of a plane; edges are repeated. */
static double repeated(const double *plane, int h, int w, int i, int j) {
    i = i < 0 ? 0 : i < h ? i : h - 1, j = j < 0 ? 0 : j < w ? j : w - 1;
    return plane[i * w + j];
}

/* The sum over levels of a Laplacian pyramid of the mean of |level|; the plane is lost. */
static double laplacian_of_plane(int levels, double *plane, int h, int w) {
    static const double taps[] = { 1.0 / 16, 0.25, 0.375, 0.25, 1.0 / 16 };
    double *coarse = lk_alloc((size_t)(h * w) * sizeof *coarse), sum = 0;
    for (int level = 0; level <= levels; level++) {
        int half_h = (h + 1) / 2, half_w = (w + 1) / 2;
        bool last = level == levels;
        for (int i = 0; i < half_h * half_w; i++) {
            coarse[i] = 0;
            for (int k = 0; k < 25 && !last; k++)
                coarse[i] +=
                    taps[k / 5] * taps[k % 5] *
                    repeated(plane, h, w, i / half_w * 2 + k / 5 - 2, i % half_w * 2 + k % 5 - 2);
        }
        for (int i = 0; i < h * w; i++) {
            double detail = plane[i];
            for (int k = 0; k < 25; k++) {
                int r = i / w - (k / 5 - 2), c = i % w - (k % 5 - 2);
                if (r % 2 == 0 && c % 2 == 0)
                    detail -= 4 * taps[k / 5] * taps[k % 5] *
                              repeated(coarse, half_h, half_w, r / 2, c / 2);
            }
            sum += fabs(detail) / (h * w);
        }
        memcpy(plane, coarse, (size_t)(half_h * half_w) * sizeof *plane);
        h = half_h, w = half_w;
    }
    lk_free(coarse);
    return sum;
}

static void laplacian(const struct reference_call *v) {
    lk_shape s = v->in_shape[0];
    int n = s.d[2] * s.d[3], planes = v->n_valid * s.d[1];
    double *e = lk_alloc((size_t)n * sizeof *e), sum = 0;
    for (int i = 0; i < planes; i++) {
        for (int j = 0; j < n; j++) e[j] = v->in[1][i * n + j] - v->in[0][i * n + j];
        sum += laplacian_of_plane((int)((const lk_laplacian_options *)v->options)->levels, e,
                                  s.d[2], s.d[3]);
    }
    v->out[0] = sum / planes;
    lk_free(e);
}

/* |F|^2 of y - x at one frequency of a plane. */
static double power_of(const double *x, const double *y, int h, int w, int p, int q) {
    double re = 0, im = 0;
    for (int i = 0; i < h * w; i++) {
        double angle = 2 * acos(-1.0) * ((double)p * (i / w) / h + (double)q * (i % w) / w);
        re += (y[i] - x[i]) * cos(angle), im -= (y[i] - x[i]) * sin(angle);
    }
    return (re * re + im * im) / (h * w);
}

static void focal_frequency(const struct reference_call *v) {
    double alpha = ((const lk_focal_frequency_options *)v->options)->alpha;
    lk_shape s = v->in_shape[0];
    int n = s.d[2] * s.d[3], planes = v->n_valid * s.d[1];
    v->out[0] = 0;
    for (int i = 0; i < planes; i++) {
        double largest = 0, sum = 0;
        for (int pass = 0; pass < 2; pass++)
            for (int k = 0; k < n; k++) {
                double f = power_of(v->in[0] + i * n, v->in[1] + i * n, s.d[2], s.d[3], k / s.d[3],
                                    k % s.d[3]);
                if (pass == 0) largest = fmax(largest, f);
                if (pass == 1) sum += pow(f / largest, alpha / 2) * f;
            }
        v->out[0] += sum / n / planes;
    }
}

/* The squared Prewitt gradient of the halved plane, around (i, j) of the half, plus e. */
static double edge(const double *plane, int w, int i, int j) {
    double gx = 0, gy = 0;
    for (int r = -2; r < 4; r++)
        for (int c = -2; c < 4; c++) {
            double pixel = plane[(2 * i + r) * w + 2 * j + c] / 4;
            gx += pixel * (c < 0 ? -1 : c > 1) / 3, gy += pixel * (r < 0 ? -1 : r > 1) / 3;
        }
    return gx * gx + gy * gy + 1e-8;
}

static void gmsd(const struct reference_call *v) {
    double c = ((const lk_gmsd_options *)v->options)->c;
    lk_shape s = v->in_shape[0];
    int n = s.d[2] * s.d[3], h = s.d[2] / 2, w = s.d[3] / 2, planes = v->n_valid * s.d[1];
    v->out[0] = 0;
    for (int p = 0; p < planes; p++) {
        double sum = 0, squares = 0, count = (h - 2) * (w - 2);
        for (int i = 1; i + 1 < h; i++)
            for (int j = 1; j + 1 < w; j++) {
                double a = edge(v->in[0] + p * n, s.d[3], i, j),
                       b = edge(v->in[1] + p * n, s.d[3], i, j),
                       gms = (2 * sqrt(a) * sqrt(b) + c) / (a + b + c);
                sum += gms, squares += gms * gms;
            }
        v->out[0] += sqrt(squares / count - sum / count * sum / count) / planes;
    }
}

static void feature_distance(const struct reference_call *v) {
    const lk_real *weights = *(const lk_real *const *)v->options;
    lk_shape s = v->in_shape[0];
    int places = s.d[2] * s.d[3];
    v->out[0] = 0;
    for (int n = 0; n < v->n_valid; n++)
        for (int i = 0; i < places; i++) {
            double lengths[2] = { 0 };
            for (int k = 0; k < 2 * s.d[1]; k++)
                lengths[k % 2] += pow(v->in[k % 2][at(s, n, k / 2, 0, 0) + (size_t)i], 2);
            for (int c = 0; c < s.d[1]; c++) {
                size_t k = at(s, n, c, 0, 0) + (size_t)i;
                double d = v->in[1][k] / (sqrt(lengths[1]) + 1e-10) -
                           v->in[0][k] / (sqrt(lengths[0]) + 1e-10);
                v->out[0] += (weights ? (double)weights[c] : 1) * d * d / (places * v->n_valid);
            }
        }
}

/* A window over a plane of h rows and w columns. */
struct window {
    const double *x, *y;
    int h, w, size;
    bool gaussian;
    double sigma, C1, C2;
};

static double tap(const struct window *v, int t) {
    if (!v->gaussian) return 1.0 / v->size;
    double width = v->sigma > 0 ? v->sigma : 1.5 * v->size / 11, sum = 0;
    for (int i = 0; i < v->size; i++) sum += exp(-pow((i - v->size / 2) / width, 2) / 2);
    return exp(-pow((t - v->size / 2) / width, 2) / 2) / sum;
}

/* The weighted mean over a window of a - mean_a, times b - mean_b where there is a b. */
static double moment(const struct window *v, const double *a, double mean_a, const double *b,
                     double mean_b) {
    double sum = 0;
    for (int i = 0; i < v->size; i++)
        for (int j = 0; j < v->size; j++) {
            int k = i * v->w + j;
            sum += tap(v, i) * tap(v, j) * (a[k] - mean_a) * (b ? b[k] - mean_b : 1);
        }
    return sum;
}

struct similarity {
    double l, c, s, cs; /* cs: the product for exponents 1 */
};

/* At the position (row, column). Population statistics; 1e-8 is added only for separate l, c, s. */
static struct similarity compare(const struct window *v, int row, int column) {
    const double *x = v->x + row * v->w + column, *y = v->y + row * v->w + column;
    double mx = moment(v, x, 0, NULL, 0), my = moment(v, y, 0, NULL, 0);
    double vx = moment(v, x, mx, x, mx), vy = moment(v, y, my, y, my),
           sxy = moment(v, x, mx, y, my);
    double e = 1e-8, sx = sqrt(vx + e), sy = sqrt(vy + e);
    return (struct similarity){
        .l = (2 * mx * my + v->C1) / (mx * mx + my * my + v->C1),
        .c = (2 * sx * sy + v->C2) / (vx + e + vy + e + v->C2),
        .s = (sxy + e + v->C2 / 2) / (sx * sy + v->C2 / 2),
        .cs = (2 * sxy + v->C2) / (vx + vy + v->C2),
    };
}

static double power(double x, double exponent) {
    return copysign(pow(fabs(x), exponent), x);
}

/* Loss of one position: 1 - l^a c^b s^g, or 2 - l^a - c^b s^g. */
static double position_loss(const lk_structural_options *o, struct similarity v, bool product) {
    bool plain = o->alpha == 1 && o->beta == 1 && o->gamma == 1;
    double l = power(v.l, o->alpha), cs = plain ? v.cs : power(v.c, o->beta) * power(v.s, o->gamma);
    return product ? 1 - l * cs : 2 - l - cs;
}

static double structural(const struct reference_call *v, bool product) {
    const lk_structural_options *o = v->options;
    lk_shape s = v->in_shape[0];
    double loss = 0;
    for (int i = 0; i < o->windows.n; i++) {
        int size = (int)o->windows.v[i], p = s.d[2] - size + 1, q = s.d[3] - size + 1;
        double lambda = o->weights.v[o->weights.n > 1 ? i : 0],
               share = lambda / o->windows.n / ((double)p * q * s.d[1] * v->n_valid);
        for (int plane = 0; plane < v->n_valid * s.d[1]; plane++) {
            size_t first = (size_t)plane * (size_t)(s.d[2] * s.d[3]);
            struct window window = { .x = v->in[0] + first,
                                     .y = v->in[1] + first,
                                     .h = s.d[2],
                                     .w = s.d[3],
                                     .size = size,
                                     .gaussian = o->window == LK_WINDOW_GAUSSIAN,
                                     .sigma = o->sigma,
                                     .C1 = o->K1 * o->K1,
                                     .C2 = o->K2 * o->K2 };
            for (int k = 0; k < p * q; k++)
                loss += share * position_loss(o, compare(&window, k / q, k % q), product);
        }
    }
    return loss;
}

static void ssim(const struct reference_call *v) {
    v->out[0] = structural(v, true);
}

static void lwssim(const struct reference_call *v) {
    v->out[0] = structural(v, false);
}

/* The mean over positions of c s, or of l c s. */
static double scale_value(const struct window *v, bool with_l) {
    int p = v->h - v->size + 1, q = v->w - v->size + 1;
    double sum = 0;
    for (int k = 0; k < p * q; k++) {
        struct similarity at_k = compare(v, k / q, k % q);
        sum += at_k.cs * (with_l ? at_k.l : 1);
    }
    return sum / (p * q);
}

/* In place: means of 2 x 2 pixels. */
static void halve(double *plane, int h, int w) {
    for (int i = 0; i < h / 2; i++)
        for (int j = 0; j < w / 2; j++) {
            const double *from = plane + (2 * i) * w + 2 * j;
            plane[i * (w / 2) + j] = (from[0] + from[1] + from[w] + from[w + 1]) / 4;
        }
}

static double ms_ssim_of_plane(const lk_ms_ssim_options *o, double *x, double *y, int h, int w) {
    static const double exponents[] = { 0.0448, 0.2856, 0.3001, 0.2363, 0.1333 };
    double product = 1, all = 0;
    for (int i = 0; i < o->scales; i++) all += exponents[i];
    for (int i = 0; i < o->scales; i++) {
        struct window window = { .x = x,
                                 .y = y,
                                 .h = h >> i,
                                 .w = w >> i,
                                 .size = (int)o->window_size,
                                 .gaussian = o->window == LK_WINDOW_GAUSSIAN,
                                 .sigma = o->sigma,
                                 .C1 = o->K1 * o->K1,
                                 .C2 = o->K2 * o->K2 };
        double value = scale_value(&window, i + 1 == o->scales);
        product *= value > 0 ? pow(value, exponents[i] / all) : 0;
        halve(x, h >> i, w >> i);
        halve(y, h >> i, w >> i);
    }
    return product;
}

static void ms_ssim(const struct reference_call *v) {
    lk_shape s = v->in_shape[0];
    size_t n = (size_t)(s.d[2] * s.d[3]);
    int planes = v->n_valid * s.d[1];
    double *x = lk_alloc(n * sizeof *x), *y = lk_alloc(n * sizeof *y), sum = 0;
    for (int i = 0; i < planes; i++) {
        memcpy(x, v->in[0] + (size_t)i * n, n * sizeof *x);
        memcpy(y, v->in[1] + (size_t)i * n, n * sizeof *y);
        sum += ms_ssim_of_plane(v->options, x, y, s.d[2], s.d[3]);
    }
    v->out[0] = 1 - sum / planes;
    lk_free(x);
    lk_free(y);
}

/* ---- colour ---- */

static void recolor(const struct reference_call *v) {
    static const double rows[3][4] = { { 0.299, 0.587, 0.114, 0 },
                                       { -0.299 / 1.772, -0.587 / 1.772, 0.5, 0.5 },
                                       { 0.5, -0.587 / 1.402, -0.114 / 1.402, 0.5 } };
    lk_shape s = v->in_shape[0], to = v->shape;
    for (int n = 0; n < s.d[0]; n++)
        for (int k = 0; k < to.d[1]; k++)
            for (int i = 0; i < s.d[2] * s.d[3]; i++) {
                const double *r = &v->in[0][at(s, n, 0, 0, 0) + (size_t)i],
                             *g = &v->in[0][at(s, n, 1, 0, 0) + (size_t)i],
                             *b = &v->in[0][at(s, n, 2, 0, 0) + (size_t)i];
                v->out[at(to, n, k, 0, 0) + (size_t)i] =
                    rows[k][0] * *r + rows[k][1] * *g + rows[k][2] * *b + rows[k][3];
            }
}

static double linear_light(double v) {
    return v > 0.04045 ? pow((v + 0.055) / 1.055, 2.4) : v / 12.92;
}

static double lightness(double t) {
    return t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116.0;
}

void lk_test_lab(double r, double g, double b, double lab[3]) {
    static const double white_x = 0.95047, white_z = 1.08883;
    r = linear_light(r), g = linear_light(g), b = linear_light(b);
    double x = lightness((0.412453 * r + 0.357580 * g + 0.180423 * b) / white_x);
    double y = lightness(0.212671 * r + 0.715160 * g + 0.072169 * b);
    double z = lightness((0.019334 * r + 0.119193 * g + 0.950227 * b) / white_z);
    lab[0] = 116 * y - 16;
    lab[1] = 500 * (x - y);
    lab[2] = 200 * (y - z);
}

/* ---- the table ---- */

static const struct {
    const char *op;
    reference_function *function;
} references[] = {
    { "conv2d", conv2d },
    { "conv_transpose2d", conv_transpose2d },
    { "linear", linear },
    { "residual", residual },
    { "batch_norm", batch_norm },
    { "batch_norm_relu", batch_norm },
    { "group_norm", group_norm },
    { "sample_affine", sample_affine },
    { "layer_norm", layer_norm },
    { "relu", relu },
    { "leaky_relu", leaky_relu },
    { "sigmoid", sigmoid },
    { "tanh", hyperbolic_tangent },
    { "silu", silu },
    { "gelu", gelu },
    { "gelu_tanh", gelu_tanh },
    { "elu", elu },
    { "softplus", softplus },
    { "prelu", prelu },
    { "square", square },
    { "abs", absolute },
    { "exp", exponential },
    { "affine", affine },
    { "clamp", clamp },
    { "add", add },
    { "sub", subtract },
    { "mul", multiply },
    { "reshape", reshape },
    { "max_pool2d", max_pool2d },
    { "avg_pool2d", avg_pool2d },
    { "upsample", upsample },
    { "pixel_shuffle", pixel_shuffle },
    { "mean", mean },
    { "reparameterize", reparameterize },
    { "dropout", dropout },
    { "attention", attention },
    { "self_attention", self_attention },
    { "recolor", recolor },
    { "mse", squared_error },
    { "l1", absolute_error },
    { "ssim", ssim },
    { "lwssim", lwssim },
    { "ms_ssim", ms_ssim },
    { "charbonnier", charbonnier },
    { "huber", huber },
    { "gradient", gradient },
    { "laplacian", laplacian },
    { "focal_frequency", focal_frequency },
    { "gmsd", gmsd },
    { "feature_distance", feature_distance },
    { "kl", kl },
    { "kl_free_bits", kl_free_bits },
    { "anneal", anneal },
    { "tc", tc },
    { "mmd", mmd },
};

reference_function *lk_test_reference(const char *op) {
    for (size_t i = 0; i < LK_COUNT(references); i++)
        if (strcmp(references[i].op, op) == 0) return references[i].function;
    return NULL;
}
