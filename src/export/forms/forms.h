/** How each op is written in ONNX: a row lk_form_<op>, in a file with those of its family. */
#ifndef LIKENESS_EXPORT_FORMS_FORMS_H
#define LIKENESS_EXPORT_FORMS_FORMS_H

#include "export/onnx.h"

#include <likeness/graph.h>

#define LK_FORM_LIST(X)                                                                            \
    X(conv2d)                                                                                      \
    X(conv_transpose2d)                                                                            \
    X(linear)                                                                                      \
    X(batch_norm)                                                                                  \
    X(batch_norm_relu)                                                                             \
    X(group_norm)                                                                                  \
    X(sample_affine)                                                                               \
    X(relu)                                                                                        \
    X(leaky_relu)                                                                                  \
    X(sigmoid)                                                                                     \
    X(tanh)                                                                                        \
    X(silu)                                                                                        \
    X(gelu)                                                                                        \
    X(gelu_tanh)                                                                                   \
    X(elu)                                                                                         \
    X(softplus)                                                                                    \
    X(prelu)                                                                                       \
    X(clamp)                                                                                       \
    X(dropout)                                                                                     \
    X(attention)                                                                                   \
    X(add)                                                                                         \
    X(reshape)                                                                                     \
    X(max_pool2d)                                                                                  \
    X(avg_pool2d)                                                                                  \
    X(upsample)                                                                                    \
    X(pixel_shuffle)                                                                               \
    X(reparameterize)                                                                              \
    X(codebook)                                                                                    \
    X(straight_through)

/** `write` adds what the op computes in evaluation and returns the name of its value. */
typedef struct lk_onnx_form {
    const char *op; /* lk_op's name */
    const char *(*write)(lk_onnx *onnx, const lk_node *y);
} lk_onnx_form;

#define LK_FORM_EXTERN(name) extern const lk_onnx_form lk_form_##name;
LK_FORM_LIST(LK_FORM_EXTERN)
#undef LK_FORM_EXTERN

/** The name of input i of a node; a parameter becomes a constant when it is first asked for. NULL:
 * there is no such input. */
const char *lk_form_input(lk_onnx *onnx, const lk_node *y, int i);
/** The parameter that is input i, one number for each channel of y, in a shape that broadcasts over
 * y: (C) or (C, 1, 1). */
const char *lk_form_channels(lk_onnx *onnx, const lk_node *y, int i);
/** x where positive, else slope x. */
const char *lk_form_rectify(lk_onnx *onnx, const char *x, double slope);

#endif
