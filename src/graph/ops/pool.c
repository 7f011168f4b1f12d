/* The largest value, or the mean, of each window of a map; as in PyTorch. */
#include "graph/ops/op_list.h"
#include "tensor/kernels.h"

#include <likeness/ops.h>

#include <string.h>

static lk_node *apply(const lk_op *op, lk_node *x, lk_pool_options options) {
    if (!options.stride) options.stride = options.kernel;
    return x ? lk_apply(x->graph, op, &x, 1, &options) : NULL;
}

lk_node *lk_max_pool2d(lk_node *x, lk_pool_options options) {
    return apply(&lk_op_max_pool2d, x, options);
}

lk_node *lk_avg_pool2d(lk_node *x, lk_pool_options options) {
    return apply(&lk_op_avg_pool2d, x, options);
}

static lk_status pool_infer(lk_node *y, lk_error *err) {
    const lk_pool_options *o = y->options;
    lk_shape x = y->in[0]->shape;
    char got[64];
    if (x.rank != 4)
        return lk_fail(err, LK_USAGE, "expected maps (N, C, H, W), got %s; reshape first",
                       lk_shape_text(x, got, sizeof got));
    if (o->kernel < 1 || o->kernel > LK_POOL_KERNEL_MAX || o->stride < 1)
        return lk_fail(err, LK_USAGE,
                       "expected a kernel from 1 to %d and a stride of at least 1, got %d and %d",
                       LK_POOL_KERNEL_MAX, o->kernel, o->stride);
    if (o->padding < 0 || o->padding > o->kernel / 2)
        return lk_fail(err, LK_USAGE, "padding: expected 0 to half the kernel, %d, got %d",
                       o->kernel / 2, o->padding);
    int h = x.d[2] + 2 * o->padding, w = x.d[3] + 2 * o->padding;
    if (o->kernel > h || o->kernel > w)
        return lk_fail(err, LK_USAGE, "kernel: expected at most the padded map, %d x %d, got %d", h,
                       w, o->kernel);
    y->shape = LK_SHAPE_4(x.d[0], x.d[1], (h - o->kernel) / o->stride + 1,
                          (w - o->kernel) / o->stride + 1);
    return LK_OK;
}

/* The pixels [top, bottom) x [left, right) of a window that lie in the map, and the corner of the
   window itself. */
struct window {
    int y, x, top, bottom, left, right;
};

static int at_least_0(int i) {
    return i > 0 ? i : 0;
}

static int at_most(int i, int most) {
    return i < most ? i : most;
}

static struct window window_at(const lk_node *y, int p, int q) {
    const lk_pool_options *o = y->options;
    lk_shape x = y->in[0]->shape;
    int top = p * o->stride - o->padding, left = q * o->stride - o->padding;
    return (struct window){ .y = top,
                            .x = left,
                            .top = at_least_0(top),
                            .bottom = at_most(top + o->kernel, x.d[2]),
                            .left = at_least_0(left),
                            .right = at_most(left + o->kernel, x.d[3]) };
}

/* Where pixel (i, j) of a sample's map is stored. */
static size_t pixel(lk_shape map, int i, int j) {
    return ((size_t)i * (size_t)map.d[3] + (size_t)j) * (size_t)map.d[1];
}

/* ---- max_pool2d: which tap of its window a value is from stays in the state ---- */

static lk_status max_infer(lk_node *y, lk_error *err) {
    lk_status status = pool_infer(y, err);
    if (!status) y->state_bytes = lk_shape_size(y->shape) * sizeof(uint16_t);
    return status;
}

/* The first of equal values counts, and NaN is larger than any number. */
static void take_larger(size_t n, const lk_real *x, int tap, lk_real *best, uint16_t *taps) {
    for (size_t i = 0; i < n; i++)
        if (x[i] > best[i] || x[i] != x[i]) best[i] = x[i], taps[i] = (uint16_t)tap;
}

static void max_window(const lk_node *y, struct window v, const lk_real *x, lk_real *best,
                       uint16_t *taps) {
    lk_shape map = y->in[0]->shape;
    int kernel = ((const lk_pool_options *)y->options)->kernel;
    size_t n = (size_t)map.d[1];
    int first = (v.top - v.y) * kernel + v.left - v.x;
    memcpy(best, x + pixel(map, v.top, v.left), n * sizeof *best);
    for (size_t c = 0; c < n; c++) taps[c] = (uint16_t)first;
    for (int i = v.top; i < v.bottom; i++)
        for (int j = v.left; j < v.right; j++)
            take_larger(n, x + pixel(map, i, j), (i - v.y) * kernel + j - v.x, best, taps);
}

static void max_forward_row(void *context, int row, int thread) {
    lk_node *y = context;
    const lk_real *x = y->in[0]->value + (size_t)row * lk_shape_row(y->in[0]->shape);
    size_t at = (size_t)row * lk_shape_row(y->shape);
    (void)thread;
    for (int p = 0; p < y->shape.d[2]; p++)
        for (int q = 0; q < y->shape.d[3]; q++, at += (size_t)y->shape.d[1])
            max_window(y, window_at(y, p, q), x, y->value + at, (uint16_t *)y->state + at);
}

static void max_forward(lk_node *y) {
    lk_node_run(y, y->shape.d[0], max_forward_row);
}

/* A sample's gradient of the input: zeros, unless another consumer has filled it. */
static lk_real *gradient_row(lk_node *y, int row) {
    size_t n = lk_shape_row(y->in[0]->shape);
    lk_real *dx = y->in[0]->grad + (size_t)row * n;
    if (!y->add[0]) memset(dx, 0, n * sizeof *dx);
    return dx;
}

static void max_backward_row(void *context, int row, int thread) {
    lk_node *y = context;
    int kernel = ((const lk_pool_options *)y->options)->kernel;
    lk_shape map = y->in[0]->shape;
    lk_real *dx = gradient_row(y, row);
    size_t at = (size_t)row * lk_shape_row(y->shape);
    (void)thread;
    for (int p = 0; p < y->shape.d[2]; p++)
        for (int q = 0; q < y->shape.d[3]; q++) {
            struct window v = window_at(y, p, q);
            for (int c = 0; c < map.d[1]; c++, at++) {
                int tap = ((const uint16_t *)y->state)[at];
                dx[pixel(map, v.y + tap / kernel, v.x + tap % kernel) + (size_t)c] += y->grad[at];
            }
        }
}

static void max_backward(lk_node *y) {
    if (y->in[0]->grad) lk_node_run(y, y->shape.d[0], max_backward_row);
}

/* ---- avg_pool2d ---- */

/* 1 / the pixels of a window; in floor mode a window never reaches beyond the padding. */
static lk_real share(const lk_node *y, struct window v) {
    const lk_pool_options *o = y->options;
    int n = o->count_include_pad ? o->kernel * o->kernel : (v.bottom - v.top) * (v.right - v.left);
    return LK_R(1.0 / n);
}

static void avg_forward_row(void *context, int row, int thread) {
    lk_node *y = context;
    const lk_kernels *kernels = lk_graph_context(y->graph)->kernels;
    lk_shape map = y->in[0]->shape;
    size_t n = (size_t)map.d[1];
    const lk_real *x = y->in[0]->value + (size_t)row * lk_shape_row(map);
    lk_real *out = y->value + (size_t)row * lk_shape_row(y->shape);
    (void)thread;
    for (int p = 0; p < y->shape.d[2]; p++)
        for (int q = 0; q < y->shape.d[3]; q++, out += n) {
            struct window v = window_at(y, p, q);
            memset(out, 0, n * sizeof *out);
            for (int i = v.top; i < v.bottom; i++)
                for (int j = v.left; j < v.right; j++)
                    kernels->add_to(n, x + pixel(map, i, j), out);
            kernels->scaled_add(n, share(y, v), out, false, out);
        }
}

static void avg_forward(lk_node *y) {
    lk_node_run(y, y->shape.d[0], avg_forward_row);
}

static void avg_backward_row(void *context, int row, int thread) {
    lk_node *y = context;
    const lk_kernels *kernels = lk_graph_context(y->graph)->kernels;
    lk_shape map = y->in[0]->shape;
    size_t n = (size_t)map.d[1];
    lk_real *dx = gradient_row(y, row);
    const lk_real *dy = y->grad + (size_t)row * lk_shape_row(y->shape);
    (void)thread;
    for (int p = 0; p < y->shape.d[2]; p++)
        for (int q = 0; q < y->shape.d[3]; q++, dy += n) {
            struct window v = window_at(y, p, q);
            for (int i = v.top; i < v.bottom; i++)
                for (int j = v.left; j < v.right; j++)
                    kernels->scaled_add(n, share(y, v), dy, true, dx + pixel(map, i, j));
        }
}

static void avg_backward(lk_node *y) {
    if (y->in[0]->grad) lk_node_run(y, y->shape.d[0], avg_backward_row);
}

static const lk_pool_options two = { .kernel = 2, .stride = 2, .count_include_pad = true };
/* windows overlap, and reach into the padding */
static const lk_pool_options three = {
    .kernel = 3, .stride = 2, .padding = 1, .count_include_pad = true
};
/* some pixels are in no window */
static const lk_pool_options sparse = { .kernel = 2, .stride = 3, .padding = 1 };
static const lk_sample samples[] = {
    { .in = { { 4, { 2, 3, 4, 6 } } }, .options = &two },
    { .in = { { 4, { 3, 2, 5, 6 } } }, .options = &three },
    { .in = { { 4, { 2, 1, 7, 6 } } }, .options = &sparse },
    LK_SAMPLES_END,
};
/* few values nearly equal, where the maximum has a kink */
static const lk_sample max_samples[] = {
    { .in = { { 4, { 2, 3, 4, 6 } } }, .options = &two, .low = -100, .high = 100 },
    { .in = { { 4, { 3, 2, 5, 6 } } }, .options = &three, .low = -100, .high = 100 },
    { .in = { { 4, { 2, 1, 7, 6 } } }, .options = &sparse, .low = -100, .high = 100 },
    LK_SAMPLES_END,
};

const lk_op lk_op_max_pool2d = {
    .name = "max_pool2d",
    .summary = "largest value of each window",
    .arity = 1,
    .options_size = sizeof(lk_pool_options),
    .infer = max_infer,
    .forward = max_forward,
    .backward = max_backward,
    .samples = max_samples,
};
const lk_op lk_op_avg_pool2d = {
    .name = "avg_pool2d",
    .summary = "mean of each window",
    .arity = 1,
    .options_size = sizeof(lk_pool_options),
    .infer = pool_infer,
    .forward = avg_forward,
    .backward = avg_backward,
    .samples = samples,
};
