/* Every layer: a row lk_layer_<name>, in layers/<name>.c unless a file holds several. */
#include <likeness/nn.h>

#define LK_LAYER_LIST(X)                                                                           \
    X(conv)                                                                                        \
    X(conv_transpose)                                                                              \
    X(linear)                                                                                      \
    X(batch_norm)                                                                                  \
    X(group_norm)                                                                                  \
    X(instance_norm)                                                                               \
    X(layer_norm)                                                                                  \
    X(relu)                                                                                        \
    X(leaky_relu)                                                                                  \
    X(sigmoid)                                                                                     \
    X(tanh)                                                                                        \
    X(silu)                                                                                        \
    X(gelu)                                                                                        \
    X(elu)                                                                                         \
    X(softplus)                                                                                    \
    X(prelu)                                                                                       \
    X(dropout)                                                                                     \
    X(residual)                                                                                    \
    X(attention)                                                                                   \
    X(max_pool)                                                                                    \
    X(avg_pool)                                                                                    \
    X(upsample)                                                                                    \
    X(pixel_shuffle)                                                                               \
    X(reshape)                                                                                     \
    X(flatten)

#define LK_LAYER_EXTERN(name) extern const lk_layer lk_layer_##name;
LK_LAYER_LIST(LK_LAYER_EXTERN)
#undef LK_LAYER_EXTERN
