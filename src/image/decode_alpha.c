/* Transparent pixels: colour = (alpha stored + (255 - alpha) background) / 255, rounded. */
#include "image/decode.h"

static uint8_t mixed(unsigned alpha, unsigned stored, unsigned background) {
    return (uint8_t)((alpha * stored + (255 - alpha) * background + 127) / 255);
}

bool lk_alpha_flatten(uint8_t *rgba, size_t n_pixels, const uint8_t background[3]) {
    const uint8_t *from = rgba;
    uint8_t *to = rgba;
    bool transparent = false;
    for (size_t i = 0; i < n_pixels; i++, from += 4, to += 3) {
        uint8_t alpha = from[3];
        transparent = transparent || alpha < 255;
        for (int c = 0; c < 3; c++)
            to[c] = alpha == 255 ? from[c] : mixed(alpha, from[c], background[c]);
    }
    return transparent;
}
