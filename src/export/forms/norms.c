/* Normalisations. Opset 17 has no group normalisation: each group becomes one channel of an
   InstanceNormalization. */
#include "export/forms/forms.h"

#include <likeness/ops.h>

/* ---- batch_norm ---- */

static const char *write_batch_norm(lk_onnx *o, const lk_node *y) {
    const lk_batch_norm_options *norm = y->options;
    const char *in[5];
    for (int i = 0; i < 5; i++) in[i] = lk_form_input(o, y, i);
    const char *value = LK_ONNX(o, "BatchNormalization", { in[0], in[1], in[2], in[3], in[4] },
                                .with = { LK_ONNX_FLOAT_IS("epsilon", norm->eps) });
    return norm->rectify ? lk_form_rectify(o, value, norm->slope) : value;
}

const lk_onnx_form lk_form_batch_norm = { "batch_norm", write_batch_norm };
const lk_onnx_form lk_form_batch_norm_relu = { "batch_norm_relu", write_batch_norm };

/* ---- group_norm, sample_affine ---- */

/* One number for each of `groups`. */
static const char *filled(lk_onnx *o, int groups, lk_real value) {
    lk_real *values = lk_alloc((size_t)groups * sizeof *values);
    const char *name = NULL;
    for (int i = 0; i < groups && values; i++) values[i] = value;
    if (values) name = lk_onnx_floats(o, NULL, LK_SHAPE_1(groups), values);
    o->failed = o->failed || !name;
    lk_free(values);
    return name;
}

static const char *write_group_norm(lk_onnx *o, const lk_node *y) {
    const lk_group_norm_options *norm = y->options;
    const int64_t shape[] = { 0, norm->groups, -1 };
    const char *dims = lk_onnx_ints(o, shape, 3);
    const char *grouped = LK_ONNX(o, "Reshape", { lk_form_input(o, y, 0), dims });
    const char *ones = filled(o, norm->groups, 1), *zeros = filled(o, norm->groups, 0);
    const char *value = LK_ONNX(o, "InstanceNormalization", { grouped, ones, zeros },
                                .with = { LK_ONNX_FLOAT_IS("epsilon", norm->eps) });
    value = lk_onnx_reshape(o, value, y->shape);
    if (y->n_in == 3) {
        const char *gamma = lk_form_channels(o, y, 1), *beta = lk_form_channels(o, y, 2);
        value = LK_ONNX(o, "Mul", { value, gamma });
        value = LK_ONNX(o, "Add", { value, beta });
    }
    return norm->rectify ? lk_form_rectify(o, value, norm->slope) : value;
}

const lk_onnx_form lk_form_group_norm = { "group_norm", write_group_norm };

static const char *write_sample_affine(lk_onnx *o, const lk_node *y) {
    const char *x = lk_form_input(o, y, 0), *w = lk_form_input(o, y, 1),
               *b = lk_form_input(o, y, 2);
    const char *scaled = LK_ONNX(o, "Mul", { x, w });
    return LK_ONNX(o, "Add", { scaled, b });
}

const lk_onnx_form lk_form_sample_affine = { "sample_affine", write_sample_affine };
