/** Options that conv and conv_transpose share. */
#ifndef LIKENESS_NN_LAYERS_CONV_OPTIONS_H
#define LIKENESS_NN_LAYERS_CONV_OPTIONS_H

#include <likeness/options.h>

struct lk_conv_layer {
    int64_t out, kernel, stride, padding, output_padding;
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
        LK_OPTION_BOOLEAN(struct lk_conv_layer, bias, true,                                        \
                          "add a trained number to each channel; not needed before batch_norm")

#endif
