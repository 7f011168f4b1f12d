/*
 * Self-attention over the positions of a sample (Vaswani et al.: "Attention is all you need",
 * 2017), between the two projections, which are convolutions. The channels of x are q, k and v; a
 * head has d of the channels of each:
 *
 *   P = softmax over positions of q k^T / sqrt(d),  y = P v
 *   dv = P^T dy,  dS = P (dy v^T - rowsum(dy y)),  dq = dS k / sqrt(d),  dk = dS^T q / sqrt(d)
 *
 * P is computed for a block of rows at a time, and again in the backward pass, so that memory
 * grows with the number of positions and not with its square (Rabe, Staats: "Self-attention does
 * not need O(n^2) memory", 2021). A task is one head of one sample; it goes through its blocks in
 * order.
 */
#include "graph/batch_sum.h"
#include "graph/ops/op_list.h"
#include "tensor/gemm.h"
#include "tensor/kernels.h"

#include <likeness/ops.h>

#include <math.h>

enum { BLOCK = 64 }; /* rows of P at a time */

lk_node *lk_attention(lk_node *x, int heads) {
    lk_attention_options options = { heads };
    return x ? lk_apply(x->graph, &lk_op_attention, &x, 1, &options) : NULL;
}

static int heads_of(const lk_node *y) {
    return ((const lk_attention_options *)y->options)->heads;
}

static int channels(const lk_node *y) {
    return y->shape.d[1];
}

static int positions(const lk_node *y) {
    return y->shape.d[2] * y->shape.d[3];
}

static lk_status attention_infer(lk_node *y, lk_error *err) {
    lk_shape x = y->in[0]->shape;
    char got[64];
    if (x.rank != 4 || x.d[1] % 3 != 0)
        return lk_fail(err, LK_USAGE, "expected maps with 3 E channels, got %s",
                       lk_shape_text(x, got, sizeof got));
    y->shape = LK_SHAPE_4(x.d[0], x.d[1] / 3, x.d[2], x.d[3]);
    if (heads_of(y) < 1 || channels(y) % heads_of(y) != 0)
        return lk_fail(err, LK_USAGE, "expected a number of heads that divides %d channels, got %d",
                       channels(y), heads_of(y));
    size_t rows = (size_t)x.d[0] * (size_t)heads_of(y) * (size_t)positions(y);
    y->state_bytes = 2 * rows * sizeof(lk_real);
    y->scratch_bytes = 2 * (size_t)BLOCK * (size_t)positions(y) * sizeof(lk_real);
    return lk_batch_check(y->in[0], err);
}

/* One head of one sample, and the scratch of the thread that computes it. Matrices have a row for
   each position; those of q, k, v and their gradients are 3 E apart, those of y E apart. */
struct head {
    const lk_kernels *kernels;
    int n, d, width; /* positions; channels of the head; E */
    lk_real scale;
    const lk_real *q, *k, *v, *y, *dy;
    lk_real *out, *dq, *dk, *dv;
    lk_real *largest, *inverse; /* of each row of P: the largest exponent, 1 / the sum */
    lk_real *p, *dp;            /* BLOCK rows each */
};

static struct head head_at(lk_node *y, int task, int thread) {
    int heads = heads_of(y), n = positions(y), e = channels(y), d = e / heads;
    size_t sample = (size_t)(task / heads), first = (size_t)(task % heads) * (size_t)d;
    size_t row = lk_shape_row(y->shape), at = sample * row + first, rows = (size_t)n;
    size_t all_rows = (size_t)y->shape.d[0] * (size_t)heads * rows;
    const lk_node *x = y->in[0];
    const lk_real *q = x->value + 3 * sample * row + first;
    lk_real *dq = x->grad ? x->grad + 3 * sample * row + first : NULL;
    lk_real *state = (lk_real *)y->state + (size_t)task * rows;
    lk_real *scratch =
        (lk_real *)lk_graph_scratch(y->graph) + 2 * (size_t)BLOCK * rows * (size_t)thread;
    return (struct head){ .kernels = lk_graph_context(y->graph)->kernels,
                          .n = n,
                          .d = d,
                          .width = e,
                          .scale = LK_R(1 / sqrt(d)),
                          .q = q,
                          .k = q + e,
                          .v = q + 2 * e,
                          .y = y->value + at,
                          .out = y->value + at,
                          .dq = dq,
                          .dk = dq ? dq + e : NULL,
                          .dv = dq ? dq + 2 * e : NULL,
                          .largest = state,
                          .inverse = state + all_rows,
                          .p = scratch,
                          .dp = scratch + (size_t)BLOCK * rows };
}

/* Where row `row` starts of a matrix whose rows are `width` apart. */
static size_t row_at(int row, int width) {
    return (size_t)row * (size_t)width;
}

/* q k^T / sqrt(d) for the rows [begin, begin + m). */
static void scores(const struct head *h, int begin, int m) {
    lk_gemm(false, true, m, h->n, h->d, h->scale, h->q + row_at(begin, 3 * h->width), 3 * h->width,
            h->k, 3 * h->width, 0, h->p, h->n);
}

static void find_largest(const struct head *h, const lk_real *exponents, int row) {
    lk_real largest = exponents[0];
    for (int j = 1; j < h->n; j++) largest = exponents[j] > largest ? exponents[j] : largest;
    h->largest[row] = largest;
}

/* The rows [begin, begin + m) of P: with `first` their numbers are computed, else they are those
   of the forward pass. */
static void probabilities(const struct head *h, int begin, int m, bool first) {
    size_t n = (size_t)h->n;
    scores(h, begin, m);
    for (int i = 0; i < m; i++) {
        lk_real *p = h->p + row_at(i, h->n);
        double sum;
        if (first) find_largest(h, p, begin + i);
        h->kernels->unary_forward(LK_AFFINE, n, 1, -h->largest[begin + i], p, p);
        h->kernels->unary_forward(LK_EXP, n, 0, 0, p, p);
        if (first) {
            h->kernels->total(n, p, &sum);
            h->inverse[begin + i] = LK_R(1 / sum);
        }
        h->kernels->unary_forward(LK_AFFINE, n, h->inverse[begin + i], 0, p, p);
    }
}

static int rows_from(const struct head *h, int begin) {
    return h->n - begin < BLOCK ? h->n - begin : BLOCK;
}

static void forward_task(void *context, int task, int thread) {
    struct head h = head_at(context, task, thread);
    for (int begin = 0; begin < h.n; begin += BLOCK) {
        int m = rows_from(&h, begin);
        probabilities(&h, begin, m, true);
        lk_gemm(false, false, m, h.d, h.n, 1, h.p, h.n, h.v, 3 * h.width, 0,
                h.out + row_at(begin, h.width), h.width);
    }
}

static void attention_forward(lk_node *y) {
    lk_node_run(y, y->shape.d[0] * heads_of(y), forward_task);
}

/* dS in the place of dP, which starts as dy v^T. */
static void score_gradient(const struct head *h, int begin, int m) {
    lk_gemm(false, true, m, h->n, h->d, 1, h->dy + row_at(begin, h->width), h->width, h->v,
            3 * h->width, 0, h->dp, h->n);
    for (int i = 0; i < m; i++) {
        const lk_real *p = h->p + row_at(i, h->n), *y = h->y + row_at(begin + i, h->width),
                      *dy = h->dy + row_at(begin + i, h->width);
        lk_real *dp = h->dp + row_at(i, h->n);
        double sum = 0;
        for (int c = 0; c < h->d; c++) sum += (double)y[c] * (double)dy[c];
        const lk_real mean = LK_R(sum);
        for (int j = 0; j < h->n; j++) dp[j] = p[j] * (dp[j] - mean);
    }
}

static void backward_task(void *context, int task, int thread) {
    lk_node *y = context;
    struct head h = head_at(y, task, thread);
    int apart = 3 * h.width;
    h.dy = y->grad + (h.y - y->value);
    for (int begin = 0; begin < h.n; begin += BLOCK) {
        int m = rows_from(&h, begin);
        lk_real add = y->add[0] ? 1 : 0, add_more = begin ? 1 : add;
        probabilities(&h, begin, m, false);
        score_gradient(&h, begin, m);
        lk_gemm(false, false, m, h.d, h.n, h.scale, h.dp, h.n, h.k, apart, add,
                h.dq + row_at(begin, apart), apart);
        lk_gemm(true, false, h.n, h.d, m, h.scale, h.dp, h.n, h.q + row_at(begin, apart), apart,
                add_more, h.dk, apart);
        lk_gemm(true, false, h.n, h.d, m, 1, h.p, h.n, h.dy + row_at(begin, h.width), h.width,
                add_more, h.dv, apart);
    }
}

static void attention_backward(lk_node *y) {
    if (y->in[0]->grad) lk_node_run(y, y->shape.d[0] * heads_of(y), backward_task);
}

static const lk_attention_options one = { 1 }, two = { 2 };
static const lk_sample samples[] = {
    { .in = { { 4, { 2, 12, 2, 3 } } }, .options = &two, .low = -2, .high = 2 },
    { .in = { { 4, { 2, 6, 3, 3 } } }, .options = &one, .low = -3, .high = 3 },
    /* more than a block of rows */
    { .in = { { 4, { 1, 6, 9, 8 } } }, .options = &two, .low = -2, .high = 2 },
    LK_SAMPLES_END,
};
const lk_op lk_op_attention = {
    .name = "attention",
    .summary = "softmax(q k^T / sqrt(d)) v over the positions of a sample, for each head",
    .arity = 1,
    .options_size = sizeof(lk_attention_options),
    .needs_output = true,
    .needs_input = { true },
    .infer = attention_infer,
    .forward = attention_forward,
    .backward = attention_backward,
    .samples = samples,
};
