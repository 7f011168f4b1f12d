/* What the forms of several ops share. */
#include "export/forms/forms.h"

const char *lk_form_input(lk_onnx *o, const lk_node *y, int i) {
    if (i >= y->n_in) return NULL;
    const lk_node *x = y->in[i];
    const char **name = &o->value_of[x->index];
    if (*name || x->op || x->param < 0) return *name;
    lk_real *as_written = lk_alloc(lk_shape_size(x->shape) * sizeof *as_written);
    if (as_written) {
        lk_from_channels_last(x->shape, x->value, as_written);
        *name = lk_onnx_floats(o, x->name, x->shape, as_written);
    }
    o->failed = o->failed || !*name;
    lk_free(as_written);
    return *name;
}

const char *lk_form_channels(lk_onnx *o, const lk_node *y, int i) {
    const char *values = lk_form_input(o, y, i);
    static const int64_t spread[] = { 0, 1, 1 };
    if (y->shape.rank == 2) return values;
    return LK_ONNX(o, "Reshape", { values, lk_onnx_ints(o, spread, 3) });
}

const char *lk_form_rectify(lk_onnx *o, const char *x, double slope) {
    if (slope == 0) return LK_ONNX(o, "Relu", { x });
    return LK_ONNX(o, "LeakyRelu", { x }, .with = { LK_ONNX_FLOAT_IS("alpha", slope) });
}
