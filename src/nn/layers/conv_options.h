/** Options that conv and conv_transpose share. */
#ifndef LIKENESS_NN_LAYERS_CONV_OPTIONS_H
#define LIKENESS_NN_LAYERS_CONV_OPTIONS_H

#include <likeness/nn.h>
#include <likeness/ops.h>

struct lk_conv_layer {
    int64_t out, kernel, stride, padding, output_padding, groups, dilation;
    bool bias;
};

#define LK_CONV_LAYER_OPTIONS                                                                      \
    LK_OPTION_INTEGER(struct lk_conv_layer, out, 32, 0, 65536,                                     \
                      "output channels; 0: as many as the images have"),                           \
        LK_OPTION_INTEGER(struct lk_conv_layer, kernel, 4, 1, 64,                                  \
                          "height and width of the kernel"),                                       \
        LK_OPTION_INTEGER(struct lk_conv_layer, stride, 2, 1, 64,                                  \
                          "step between kernel positions"),                                        \
        LK_OPTION_INTEGER(struct lk_conv_layer, padding, 1, 0, 64,                                 \
                          "zeros added on each side of the input"),                                \
        LK_OPTION_INTEGER(struct lk_conv_layer, groups, 1, 1, 65536,                               \
                          "groups of channels that are convolved each by itself; as many as "      \
                          "channels: a depthwise convolution"),                                    \
        LK_OPTION_INTEGER(struct lk_conv_layer, dilation, 1, 1, 64,                                \
                          "step between the pixels under a kernel"),                               \
        LK_OPTION_BOOLEAN(struct lk_conv_layer, bias, true,                                        \
                          "add a trained number to each channel; not needed before batch_norm")

/** The channels of the result. 0 on errors, which the graph keeps: x is no map, or the groups do
 * not divide the channels. */
int lk_conv_layer_out(const lk_layer_place *place, const char *layer, const lk_node *x,
                      const struct lk_conv_layer *options);
/** What the op takes. */
lk_conv_options lk_conv_layer_options(const struct lk_conv_layer *options);

#endif
