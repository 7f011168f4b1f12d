/*
 * Convolution of stride 1 into few channels, such as the last of a decoder. Its adjoint is a
 * convolution of few channels with the taps in reverse order, which the direct engine computes:
 * image and map change places.
 *
 *   gather   its scatter      scatter  its gather      weights  its weights, reversed
 */
#include "engine.h"

/* The geometry in which the map is the image. */
static lk_conv mirror(const lk_conv *v) {
    lk_conv to = *v;
    to.c = v->k, to.h = v->p, to.w = v->q;
    to.k = v->c, to.p = v->h, to.q = v->w;
    to.padding = v->kernel - 1 - v->padding;
    to.engine = &lk_engine_direct;
    return to;
}

/* A kernel of one tap, as that of a linear layer, is a matrix product already. */
static bool mirrored_fits(const lk_conv *v) {
    lk_conv to = mirror(v);
    return lk_conv_is_plain(v) && v->stride == 1 && v->kernel > 1 && to.padding >= 0 &&
           lk_engine_direct.fits(&to);
}

/* The reversed weights, before the scratch of the direct engine. */
static size_t weight_bytes(const lk_conv *v) {
    size_t n = (size_t)(v->kernel * v->kernel) * (size_t)v->c * (size_t)v->k;
    return (n * sizeof(lk_real) + 63) / 64 * 64;
}

static size_t mirrored_scratch_bytes(const lk_conv *v) {
    lk_conv to = mirror(v);
    return weight_bytes(v) + lk_engine_scratch_bytes(&to);
}

static void *direct_scratch(const lk_conv *v, void *scratch) {
    return (char *)scratch + weight_bytes(v);
}

/* to (columns, taps, rows) (+)= from (rows, taps, columns) with the taps in reverse order. */
static void reverse(int taps, int rows, int columns, const lk_real *from, bool add, lk_real *to) {
    for (int r = 0; r < rows; r++)
        for (int tap = 0; tap < taps; tap++)
            for (int c = 0; c < columns; c++) {
                lk_real *at = to + ((ptrdiff_t)c * taps + taps - 1 - tap) * rows + r;
                *at = (add ? *at : 0) + from[((ptrdiff_t)r * taps + tap) * columns + c];
            }
}

static void mirrored_gather(const lk_context *context, const lk_conv *v, const lk_real *image,
                            const lk_real *weight, const lk_real *bias, bool add, lk_real *map,
                            void *scratch) {
    lk_conv to = mirror(v);
    reverse(v->kernel * v->kernel, v->k, v->c, weight, false, scratch);
    lk_conv_scatter(context, &to, image, scratch, bias, add, map, direct_scratch(v, scratch));
}

static void mirrored_scatter(const lk_context *context, const lk_conv *v, const lk_real *map,
                             const lk_real *weight, const lk_real *bias, bool add, lk_real *image,
                             void *scratch) {
    lk_conv to = mirror(v);
    reverse(v->kernel * v->kernel, v->k, v->c, weight, false, scratch);
    lk_conv_gather(context, &to, map, scratch, bias, add, image, direct_scratch(v, scratch));
}

static void mirrored_weights(const lk_context *context, const lk_conv *v, const lk_real *image,
                             const lk_real *map, bool add, lk_real *dweight, void *scratch) {
    lk_conv to = mirror(v);
    lk_conv_weights(context, &to, map, image, false, scratch, direct_scratch(v, scratch));
    reverse(v->kernel * v->kernel, v->c, v->k, scratch, add, dweight);
}

const lk_engine lk_engine_mirrored = {
    .name = "mirrored",
    .fits = mirrored_fits,
    .pays = mirrored_fits,
    .scratch_bytes = mirrored_scratch_bytes,
    .gather = mirrored_gather,
    .scatter = mirrored_scatter,
    .weights = mirrored_weights,
};
