/*
 * Maps `scale` times as high and wide, as in PyTorch (align_corners false). Pixel i of the result
 * lies at (i + 1/2) / scale - 1/2 of the input: nearest repeats the pixel there, bilinear
 * interpolates between its neighbours.
 */
#include "graph/ops/op_list.h"
#include "tensor/kernels.h"

#include <likeness/ops.h>

#include <string.h>

lk_node *lk_upsample(lk_node *x, lk_upsample_options options) {
    return x ? lk_apply(x->graph, &lk_op_upsample, &x, 1, &options) : NULL;
}

static int scale_of(const lk_node *y) {
    return ((const lk_upsample_options *)y->options)->scale;
}

static lk_status upsample_infer(lk_node *y, lk_error *err) {
    lk_shape x = y->in[0]->shape;
    char got[64];
    if (x.rank != 4)
        return lk_fail(err, LK_USAGE, "expected maps (N, C, H, W), got %s; reshape first",
                       lk_shape_text(x, got, sizeof got));
    int64_t scale = scale_of(y), h = scale * x.d[2], w = scale * x.d[3];
    if (scale < 1 || h > INT32_MAX || w > INT32_MAX)
        return lk_fail(err, LK_USAGE,
                       "scale: expected at least 1 and a result of fewer than 2^31 values, got %d "
                       "times %s",
                       (int)scale, lk_shape_text(x, got, sizeof got));
    y->shape = LK_SHAPE_4(x.d[0], x.d[1], (int)h, (int)w);
    return lk_shape_check(y->shape, err) ? LK_USAGE : LK_OK;
}

/* ---- where a pixel of the result comes from ---- */

/* Along one axis: two neighbours and the share of the second. */
struct between {
    int first, second;
    lk_real share;
};

static struct between between(const lk_node *y, int i, int size) {
    double at = (i + 0.5) / scale_of(y) - 0.5;
    if (at < 0) at = 0;
    int first = (int)at;
    return (struct between){ first, first + 1 < size ? first + 1 : first, LK_R(at - first) };
}

static bool is_bilinear(const lk_node *y) {
    return ((const lk_upsample_options *)y->options)->mode == LK_UPSAMPLE_BILINEAR;
}

/* The four neighbours of pixel (i, j) of the result, as places in a sample's map, and their
   shares. */
struct corners {
    size_t at[4];
    lk_real share[4];
};

static struct corners corners_of(const lk_node *y, struct between row, int j) {
    lk_shape x = y->in[0]->shape;
    struct between column = between(y, j, x.d[3]);
    struct corners v;
    for (int i = 0; i < 4; i++) {
        int r = i < 2 ? row.first : row.second, s = i % 2 ? column.second : column.first;
        v.at[i] = ((size_t)r * (size_t)x.d[3] + (size_t)s) * (size_t)x.d[1];
        v.share[i] =
            (i < 2 ? 1 - row.share : row.share) * (i % 2 ? column.share : 1 - column.share);
    }
    return v;
}

/* ---- forward ---- */

static void interpolate(const lk_node *y, const lk_real *x, lk_real *out) {
    int n = y->shape.d[1];
    for (int i = 0; i < y->shape.d[2]; i++) {
        struct between row = between(y, i, y->in[0]->shape.d[2]);
        for (int j = 0; j < y->shape.d[3]; j++, out += n) {
            struct corners v = corners_of(y, row, j);
            const lk_real *a = x + v.at[0], *b = x + v.at[1], *c = x + v.at[2], *d = x + v.at[3];
            for (int k = 0; k < n; k++)
                out[k] =
                    v.share[0] * a[k] + v.share[1] * b[k] + v.share[2] * c[k] + v.share[3] * d[k];
        }
    }
}

static void repeat(const lk_node *y, const lk_real *x, lk_real *out) {
    lk_shape map = y->in[0]->shape;
    size_t n = (size_t)map.d[1], scale = (size_t)scale_of(y), row = (size_t)map.d[3] * scale * n;
    for (int i = 0; i < map.d[2]; i++, out += scale * row) {
        for (size_t j = 0; j < (size_t)map.d[3]; j++, x += n)
            for (size_t s = 0; s < scale; s++)
                memcpy(out + (j * scale + s) * n, x, n * sizeof *out);
        for (size_t s = 1; s < scale; s++) memcpy(out + s * row, out, row * sizeof *out);
    }
}

static void upsample_forward_row(void *context, int row, int thread) {
    lk_node *y = context;
    const lk_real *x = y->in[0]->value + (size_t)row * lk_shape_row(y->in[0]->shape);
    lk_real *out = y->value + (size_t)row * lk_shape_row(y->shape);
    (void)thread;
    if (is_bilinear(y))
        interpolate(y, x, out);
    else
        repeat(y, x, out);
}

static void upsample_forward(lk_node *y) {
    lk_node_run(y, y->shape.d[0], upsample_forward_row);
}

/* ---- backward: the adjoints ---- */

static void interpolate_adjoint(const lk_node *y, const lk_real *dy, lk_real *dx) {
    const lk_kernels *kernels = lk_graph_context(y->graph)->kernels;
    size_t n = (size_t)y->shape.d[1];
    for (int i = 0; i < y->shape.d[2]; i++) {
        struct between row = between(y, i, y->in[0]->shape.d[2]);
        for (int j = 0; j < y->shape.d[3]; j++, dy += n) {
            struct corners v = corners_of(y, row, j);
            for (int k = 0; k < 4; k++) kernels->scaled_add(n, v.share[k], dy, true, dx + v.at[k]);
        }
    }
}

static void repeat_adjoint(const lk_node *y, const lk_real *dy, lk_real *dx) {
    const lk_kernels *kernels = lk_graph_context(y->graph)->kernels;
    lk_shape map = y->in[0]->shape;
    size_t n = (size_t)map.d[1], scale = (size_t)scale_of(y), w = (size_t)map.d[3];
    for (size_t i = 0; i < (size_t)map.d[2] * scale; i++)
        for (size_t j = 0; j < w * scale; j++, dy += n)
            kernels->add_to(n, dy, dx + (i / scale * w + j / scale) * n);
}

static void upsample_backward_row(void *context, int row, int thread) {
    lk_node *y = context;
    size_t n = lk_shape_row(y->in[0]->shape);
    const lk_real *dy = y->grad + (size_t)row * lk_shape_row(y->shape);
    lk_real *dx = y->in[0]->grad + (size_t)row * n;
    (void)thread;
    if (!y->add[0]) memset(dx, 0, n * sizeof *dx);
    if (is_bilinear(y))
        interpolate_adjoint(y, dy, dx);
    else
        repeat_adjoint(y, dy, dx);
}

static void upsample_backward(lk_node *y) {
    if (y->in[0]->grad) lk_node_run(y, y->shape.d[0], upsample_backward_row);
}

static const lk_upsample_options nearest = { .scale = 2 },
                                 bilinear = { .scale = 2, .mode = LK_UPSAMPLE_BILINEAR },
                                 thrice = { .scale = 3, .mode = LK_UPSAMPLE_BILINEAR },
                                 repeated = { .scale = 3 };
static const lk_sample samples[] = {
    { .in = { { 4, { 2, 3, 3, 2 } } }, .options = &nearest },
    { .in = { { 4, { 2, 3, 3, 4 } } }, .options = &bilinear },
    { .in = { { 4, { 1, 2, 2, 1 } } }, .options = &thrice },
    { .in = { { 4, { 3, 1, 1, 2 } } }, .options = &repeated },
    LK_SAMPLES_END,
};
const lk_op lk_op_upsample = {
    .name = "upsample",
    .summary = "larger maps, by repeating or interpolating pixels",
    .arity = 1,
    .options_size = sizeof(lk_upsample_options),
    .infer = upsample_infer,
    .forward = upsample_forward,
    .backward = upsample_backward,
    .samples = samples,
};
