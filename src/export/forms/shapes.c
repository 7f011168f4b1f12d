/* What changes only the shape or the size of maps, or nothing in evaluation. */
#include "export/forms/forms.h"

#include <likeness/ops.h>

/* ---- pools ---- */

#define POOL(pool)                                                                                 \
    LK_ONNX_INTS_ARE("kernel_shape", (pool)->kernel, (pool)->kernel),                              \
        LK_ONNX_INTS_ARE("strides", (pool)->stride, (pool)->stride),                               \
        LK_ONNX_INTS_ARE("pads", (pool)->padding, (pool)->padding, (pool)->padding,                \
                         (pool)->padding)

static const char *write_max_pool2d(lk_onnx *o, const lk_node *y) {
    const lk_pool_options *pool = y->options;
    return LK_ONNX(o, "MaxPool", { lk_form_input(o, y, 0) }, .with = { POOL(pool) });
}

static const char *write_avg_pool2d(lk_onnx *o, const lk_node *y) {
    const lk_pool_options *pool = y->options;
    return LK_ONNX(
        o, "AveragePool", { lk_form_input(o, y, 0) },
        .with = { POOL(pool), LK_ONNX_INT_IS("count_include_pad", pool->count_include_pad) });
}

const lk_onnx_form lk_form_max_pool2d = { "max_pool2d", write_max_pool2d };
const lk_onnx_form lk_form_avg_pool2d = { "avg_pool2d", write_avg_pool2d };

/* ---- upsample, pixel_shuffle ---- */

static const char *write_upsample(lk_onnx *o, const lk_node *y) {
    const lk_upsample_options *up = y->options;
    bool bilinear = up->mode == LK_UPSAMPLE_BILINEAR;
    const lk_real scale = LK_R(up->scale), scales[] = { 1, 1, scale, scale };
    const char *constant = lk_onnx_floats(o, NULL, LK_SHAPE_1(4), scales);
    return LK_ONNX(o, "Resize", { lk_form_input(o, y, 0), "", constant },
                   .with = { LK_ONNX_TEXT_IS("mode", bilinear ? "linear" : "nearest"),
                             LK_ONNX_TEXT_IS("coordinate_transformation_mode",
                                             bilinear ? "half_pixel" : "asymmetric"),
                             LK_ONNX_TEXT_IS("nearest_mode", "floor") });
}

/* Opset 17's mode CRD is PyTorch's order. */
static const char *write_pixel_shuffle(lk_onnx *o, const lk_node *y) {
    return LK_ONNX(o, "DepthToSpace", { lk_form_input(o, y, 0) },
                   .with = { LK_ONNX_INT_IS("blocksize", y->shape.d[2] / y->in[0]->shape.d[2]),
                             LK_ONNX_TEXT_IS("mode", "CRD") });
}

const lk_onnx_form lk_form_upsample = { "upsample", write_upsample };
const lk_onnx_form lk_form_pixel_shuffle = { "pixel_shuffle", write_pixel_shuffle };

/* ---- reshape, dropout ---- */

static const char *write_reshape(lk_onnx *o, const lk_node *y) {
    return lk_onnx_reshape(o, lk_form_input(o, y, 0), y->shape);
}

static const char *write_dropout(lk_onnx *o, const lk_node *y) {
    return lk_form_input(o, y, 0);
}

const lk_onnx_form lk_form_reshape = { "reshape", write_reshape };
const lk_onnx_form lk_form_dropout = { "dropout", write_dropout };
