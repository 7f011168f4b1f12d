/* Every op: a row lk_op_<name>, in the file of that name or of its family. */
#include <likeness/graph.h>

#define LK_OP_LIST(X)                                                                              \
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
    X(dropout)                                                                                     \
    X(attention)                                                                                   \
    X(square)                                                                                      \
    X(abs)                                                                                         \
    X(exp)                                                                                         \
    X(affine)                                                                                      \
    X(anneal)                                                                                      \
    X(clamp)                                                                                       \
    X(add)                                                                                         \
    X(sub)                                                                                         \
    X(mul)                                                                                         \
    X(reshape)                                                                                     \
    X(max_pool2d)                                                                                  \
    X(avg_pool2d)                                                                                  \
    X(upsample)                                                                                    \
    X(pixel_shuffle)                                                                               \
    X(mean)                                                                                        \
    X(reparameterize)                                                                              \
    X(recolor)

#define LK_OP_EXTERN(name) extern const lk_op lk_op_##name;
LK_OP_LIST(LK_OP_EXTERN)
#undef LK_OP_EXTERN
