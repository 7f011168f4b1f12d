/* Every op: a file of this name and a row lk_op_<name>. */
#include <likeness/graph.h>

#define LK_OP_LIST(X)                                                                              \
    X(conv2d)                                                                                      \
    X(conv_transpose2d)                                                                            \
    X(linear)                                                                                      \
    X(batch_norm)                                                                                  \
    X(batch_norm_relu)                                                                             \
    X(relu)                                                                                        \
    X(leaky_relu)                                                                                  \
    X(sigmoid)                                                                                     \
    X(tanh)                                                                                        \
    X(square)                                                                                      \
    X(abs)                                                                                         \
    X(exp)                                                                                         \
    X(affine)                                                                                      \
    X(clamp)                                                                                       \
    X(add)                                                                                         \
    X(sub)                                                                                         \
    X(mul)                                                                                         \
    X(reshape)                                                                                     \
    X(mean)                                                                                        \
    X(reparameterize)

#define LK_OP_EXTERN(name) extern const lk_op lk_op_##name;
LK_OP_LIST(LK_OP_EXTERN)
#undef LK_OP_EXTERN
