/*
 * Luma, or luma and chroma, of RGB pictures: ITU-R BT.601, full range, as in JFIF.
 *
 *   Y  = 0.299 R + 0.587 G + 0.114 B
 *   Cb = (B - Y) / 1.772 + 1/2
 *   Cr = (R - Y) / 1.402 + 1/2
 */
#include "graph/ops/op_list.h"

#include <likeness/ops.h>

enum { RGB = 3 };

struct options {
    lk_color color;
};

/* Rows are outputs; a constant is added to those of chroma. */
static const lk_real matrix[3][RGB] = {
    { LK_R(0.299), LK_R(0.587), LK_R(0.114) },
    { LK_R(-0.299 / 1.772), LK_R(-0.587 / 1.772), LK_R((1 - 0.114) / 1.772) },
    { LK_R((1 - 0.299) / 1.402), LK_R(-0.587 / 1.402), LK_R(-0.114 / 1.402) },
};
static const lk_real constant[3] = { 0, LK_R(0.5), LK_R(0.5) };

#define WORD(word, color) [color] = #word,
static const char *const words[] = { LK_COLOR_LIST(WORD) };

static lk_status recolor_infer(lk_node *y, lk_error *err) {
    const struct options *o = y->options;
    char got[64];
    y->shape = y->in[0]->shape;
    if (y->shape.rank != 4 || y->shape.d[1] != RGB)
        return lk_fail(err, LK_USAGE, "color %s: expected pictures of 3 channels, got %s",
                       words[o->color], lk_shape_text(y->shape, got, sizeof got));
    if (o->color == LK_COLOR_LUMA) y->shape.d[1] = 1;
    return LK_OK;
}

static void forward_row(void *context, int row, int thread) {
    lk_node *y = context;
    const size_t n = lk_shape_row(y->in[0]->shape), channels = y->shape.d[1] == 1 ? 1 : RGB;
    const lk_real *x = y->in[0]->value + (size_t)row * n, *end = x + n;
    lk_real *out = y->value + (size_t)row * lk_shape_row(y->shape);
    (void)thread;
    for (; x < end; x += RGB)
        for (size_t k = 0; k < channels; k++)
            *out++ = matrix[k][0] * x[0] + matrix[k][1] * x[1] + matrix[k][2] * x[2] + constant[k];
}

static void recolor_forward(lk_node *y) {
    lk_node_run(y, y->shape.d[0], forward_row);
}

static void backward_row(void *context, int row, int thread) {
    lk_node *y = context;
    const size_t n = lk_shape_row(y->in[0]->shape), channels = y->shape.d[1] == 1 ? 1 : RGB;
    const lk_real *dy = y->grad + (size_t)row * lk_shape_row(y->shape);
    lk_real *dx = y->in[0]->grad + (size_t)row * n, *end = dx + n;
    (void)thread;
    for (; dx < end; dx += RGB, dy += channels)
        for (int j = 0; j < RGB; j++) {
            lk_real sum = y->add[0] ? dx[j] : 0;
            for (size_t k = 0; k < channels; k++) sum += matrix[k][j] * dy[k];
            dx[j] = sum;
        }
}

static void recolor_backward(lk_node *y) {
    if (y->in[0]->grad) lk_node_run(y, y->shape.d[0], backward_row);
}

static const struct options luma = { LK_COLOR_LUMA }, ycbcr = { LK_COLOR_YCBCR };
static const lk_sample samples[] = {
    { .in = { { 4, { 2, 3, 4, 5 } } }, .options = &luma },
    { .in = { { 4, { 3, 3, 2, 3 } } }, .options = &ycbcr },
    LK_SAMPLES_END,
};
const lk_op lk_op_recolor = {
    .name = "recolor",
    .summary = "luma, or luma and chroma, of RGB pictures",
    .arity = 1,
    .options_size = sizeof(struct options),
    .infer = recolor_infer,
    .forward = recolor_forward,
    .backward = recolor_backward,
    .samples = samples,
};

lk_node *lk_recolor(lk_node *x, lk_color color) {
    const struct options options = { color };
    bool as_it_is = x && (color == LK_COLOR_RGB ||
                          (color == LK_COLOR_LUMA && x->shape.rank == 4 && x->shape.d[1] == 1));
    return !x || as_it_is ? x : lk_apply(x->graph, &lk_op_recolor, &x, 1, &options);
}
