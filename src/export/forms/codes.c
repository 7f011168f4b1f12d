/* How codes are made in evaluation: the mean of a posterior, the nearest code of a codebook. */
#include "export/forms/forms.h"

static const char *write_reparameterize(lk_onnx *o, const lk_node *y) {
    return lk_form_input(o, y, 0);
}

const lk_onnx_form lk_form_reparameterize = { "reparameterize", write_reparameterize };

/* ---- codebook ---- */

/* Channels last, so that the vectors of a sample are rows, or the reverse. */
static const char *turn(lk_onnx *o, const lk_node *y, const char *x, bool last) {
    if (y->shape.rank == 2) return x;
    if (last)
        return LK_ONNX(o, "Transpose", { x }, .with = { LK_ONNX_INTS_ARE("perm", 0, 2, 3, 1) });
    return LK_ONNX(o, "Transpose", { x }, .with = { LK_ONNX_INTS_ARE("perm", 0, 3, 1, 2) });
}

/* |c|^2 - 2 x c for each code c: the squared distance from x, without |x|^2. */
static const char *distances(lk_onnx *o, const char *x, const char *codes) {
    const char *columns =
        LK_ONNX(o, "Transpose", { codes }, .with = { LK_ONNX_INTS_ARE("perm", 1, 0) });
    const char *products = LK_ONNX(o, "MatMul", { x, columns }), *two = lk_onnx_number(o, 2);
    const char *twice = LK_ONNX(o, "Mul", { products, two });
    const char *squares =
        LK_ONNX(o, "ReduceSumSquare", { codes },
                .with = { LK_ONNX_INTS_ARE("axes", 1), LK_ONNX_INT_IS("keepdims", 0) });
    return LK_ONNX(o, "Sub", { squares, twice });
}

static const char *write_codebook(lk_onnx *o, const lk_node *y) {
    const char *x = turn(o, y, lk_form_input(o, y, 0), true), *codes = lk_form_input(o, y, 1);
    const char *index =
        LK_ONNX(o, "ArgMin", { distances(o, x, codes) },
                .with = { LK_ONNX_INT_IS("axis", -1), LK_ONNX_INT_IS("keepdims", 0) });
    lk_onnx_port indices = { .name = "indices",
                             .about = "the nearest code of each vector",
                             .shape = LK_SHAPE_1(0),
                             .is_index = true };
    if (y->shape.rank == 4) indices.shape = (lk_shape){ 3, { 0, y->shape.d[2], y->shape.d[3] } };
    lk_onnx_output(o, &indices, index);
    return turn(o, y, LK_ONNX(o, "Gather", { codes, index }), false);
}

const lk_onnx_form lk_form_codebook = { "codebook", write_codebook };

static const char *write_straight_through(lk_onnx *o, const lk_node *y) {
    return lk_form_input(o, y, 1);
}

const lk_onnx_form lk_form_straight_through = { "straight_through", write_straight_through };
