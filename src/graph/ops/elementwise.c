/* Functions applied element by element, a row of the batch a task. */
#include "elementwise.h"

static int n_rows(const lk_node *node) {
    return node->shape.rank ? node->shape.d[0] : 1;
}

static const lk_kernels *kernels(const lk_node *node) {
    return lk_graph_context(node->graph)->kernels;
}

lk_node *lk_unary_apply(const lk_op *op, lk_unary kind, lk_node *x, double a, double b) {
    if (!x) return NULL;
    struct lk_unary_options options = { kind, a, b };
    return lk_apply(x->graph, op, &x, 1, &options);
}

lk_status lk_unary_infer(lk_node *y, lk_error *err) {
    (void)err;
    y->shape = y->in[0]->shape;
    return LK_OK;
}

static void unary_forward_row(void *context, int row, int thread) {
    lk_node *y = context;
    const struct lk_unary_options *o = y->options;
    size_t n = lk_shape_row(y->shape), at = (size_t)row * n;
    (void)thread;
    kernels(y)->unary_forward(o->kind, n, LK_R(o->a), LK_R(o->b), y->in[0]->value + at,
                              y->value + at);
}

void lk_unary_forward(lk_node *y) {
    lk_node_run(y, n_rows(y), unary_forward_row);
}

static void unary_backward_row(void *context, int row, int thread) {
    lk_node *y = context;
    const struct lk_unary_options *o = y->options;
    size_t n = lk_shape_row(y->shape), at = (size_t)row * n;
    (void)thread;
    kernels(y)->unary_backward(o->kind, n, LK_R(o->a), y->in[0]->value + at, y->value + at,
                               y->grad + at, y->add[0], y->in[0]->grad + at);
}

void lk_unary_backward(lk_node *y) {
    if (y->in[0]->grad) lk_node_run(y, n_rows(y), unary_backward_row);
}

lk_status lk_binary_infer(lk_node *y, lk_error *err) {
    char got[64], wanted[64];
    if (!lk_shape_equal(y->in[0]->shape, y->in[1]->shape))
        return lk_fail(err, LK_USAGE, "shapes differ: got %s and %s",
                       lk_shape_text(y->in[0]->shape, wanted, sizeof wanted),
                       lk_shape_text(y->in[1]->shape, got, sizeof got));
    y->shape = y->in[0]->shape;
    return LK_OK;
}

struct binary {
    lk_node *y;
    lk_binary kind;
};

static void binary_forward_row(void *context, int row, int thread) {
    const struct binary *binary = context;
    lk_node *y = binary->y;
    size_t n = lk_shape_row(y->shape), at = (size_t)row * n;
    (void)thread;
    kernels(y)->binary_forward(binary->kind, n, y->in[0]->value + at, y->in[1]->value + at,
                               y->value + at);
}

void lk_binary_forward(lk_node *y, lk_binary kind) {
    struct binary binary = { y, kind };
    lk_threads_run(lk_graph_context(y->graph)->threads, n_rows(y), binary_forward_row, &binary);
}

struct passing {
    lk_node *y;
    int input;
    lk_real a;
};

static void pass_row(void *context, int row, int thread) {
    const struct passing *passing = context;
    lk_node *y = passing->y;
    size_t n = lk_shape_row(y->shape), at = (size_t)row * n;
    (void)thread;
    kernels(y)->scaled_add(n, passing->a, y->grad + at, y->add[passing->input],
                           y->in[passing->input]->grad + at);
}

static void pass_gradient(lk_node *y, int i, lk_real a) {
    if (!y->in[i]->grad) return;
    struct passing passing = { y, i, a };
    lk_threads_run(lk_graph_context(y->graph)->threads, n_rows(y), pass_row, &passing);
}

void lk_pass_gradients(lk_node *y, lk_real a0, lk_real a1) {
    bool in_place = y->in[0]->grad == y->grad; /* then writing it ends the node's own */
    if (in_place) pass_gradient(y, 1, a1);
    pass_gradient(y, 0, a0);
    if (!in_place) pass_gradient(y, 1, a1);
}
