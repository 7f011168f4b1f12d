/* The same numbers in the order C, H, W under another shape. Storage is channels-last, so maps
   larger than 1 x 1 are reordered. */
#include "graph/ops/op_list.h"
#include "tensor/kernels.h"

#include <likeness/ops.h>

struct options {
    lk_shape shape;
};

lk_node *lk_reshape(lk_node *x, lk_shape shape) {
    struct options options = { shape };
    return x ? lk_apply(x->graph, &lk_op_reshape, &x, 1, &options) : NULL;
}

lk_node *lk_flatten(lk_node *x) {
    return x ? lk_reshape(x, LK_SHAPE_2(x->shape.d[0], (int)lk_shape_row(x->shape))) : NULL;
}

static lk_status reshape_infer(lk_node *y, lk_error *err) {
    const struct options *o = y->options;
    char got[64], input[64];
    if (lk_shape_check(o->shape, err)) return LK_USAGE;
    if (o->shape.rank < 1 || o->shape.d[0] != y->in[0]->shape.d[0] ||
        lk_shape_size(o->shape) != lk_shape_size(y->in[0]->shape))
        return lk_fail(err, LK_USAGE, "expected as many values a sample as %s, got %s",
                       lk_shape_text(y->in[0]->shape, input, sizeof input),
                       lk_shape_text(o->shape, got, sizeof got));
    y->shape = o->shape;
    return LK_OK;
}

/* Channels and places of one sample as stored; lower ranks are stored as written: one channel. */
static void layout(lk_shape shape, size_t *channels, size_t *places) {
    *channels = shape.rank == 4 ? (size_t)shape.d[1] : 1;
    *places = lk_shape_row(shape) / *channels;
    if (*places == 1) *places = *channels, *channels = 1; /* stored as written */
}

static void transpose(const lk_kernels *kernels, size_t rows, size_t c, const lk_real *from,
                      bool add, lk_real *to) {
    kernels->transpose((int)rows, (int)c, from, (ptrdiff_t)c, add, to, (ptrdiff_t)rows);
}

/*
 * Copies a row from one storage to the other. It is a matrix of places x channels, and transposed
 * where one side has several of both and the other is in the order as written. Where both sides
 * have several of both, each value goes through the order as written; no layer does that.
 */
static void move(const lk_node *y, const lk_real *from, lk_shape from_shape, lk_real *to,
                 lk_shape to_shape, bool add) {
    const lk_kernels *kernels = lk_graph_context(y->graph)->kernels;
    size_t from_c, from_p, to_c, to_p, n = lk_shape_row(from_shape);
    layout(from_shape, &from_c, &from_p);
    layout(to_shape, &to_c, &to_p);
    if (from_c == to_c)
        kernels->scaled_add(n, 1, from, add, to);
    else if (to_c == 1)
        transpose(kernels, from_p, from_c, from, add, to);
    else if (from_c == 1)
        transpose(kernels, to_c, to_p, from, add, to);
    else
        for (size_t j = 0; j < n; j++) {
            lk_real *at = &to[j % to_p * to_c + j / to_p];
            *at = (add ? *at : 0) + from[j % from_p * from_c + j / from_p];
        }
}

static void forward_row(void *context, int row, int thread) {
    lk_node *y = context, *x = y->in[0];
    size_t at = (size_t)row * lk_shape_row(y->shape);
    (void)thread;
    move(y, x->value + at, x->shape, y->value + at, y->shape, false);
}

static void reshape_forward(lk_node *y) {
    lk_node_run(y, y->shape.d[0], forward_row);
}

static void backward_row(void *context, int row, int thread) {
    lk_node *y = context, *x = y->in[0];
    size_t at = (size_t)row * lk_shape_row(y->shape);
    (void)thread;
    move(y, y->grad + at, y->shape, x->grad + at, x->shape, y->add[0]);
}

static void reshape_backward(lk_node *y) {
    if (y->in[0]->grad) lk_node_run(y, y->shape.d[0], backward_row);
}

static const struct options flat = { { 2, { 2, 24 } } }, map = { { 4, { 2, 6, 2, 2 } } };
static const lk_sample samples[] = {
    { .in = { { 4, { 2, 3, 4, 2 } } }, .options = &flat },
    { .in = { { 2, { 2, 24 } } }, .options = &map },
    { .in = { { 4, { 2, 3, 4, 2 } } }, .options = &map },
    LK_SAMPLES_END,
};
const lk_op lk_op_reshape = {
    .name = "reshape",
    .summary = "another shape, values in the order C, H, W",
    .arity = 1,
    .options_size = sizeof(struct options),
    .infer = reshape_infer,
    .forward = reshape_forward,
    .backward = reshape_backward,
    .samples = samples,
};
