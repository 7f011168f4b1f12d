/** The rows of the convolution engines. */
#ifndef LIKENESS_TENSOR_CONV_ENGINE_H
#define LIKENESS_TENSOR_CONV_ENGINE_H

#include "tensor/conv/conv.h"
#include "tensor/kernels.h"

/**
 * One way to compute the three passes of a convolution. `fits` says whether it can take a geometry,
 * `pays` whether it is then faster than the rows below it. The passes are those of tensor.h.
 */
struct lk_engine {
    const char *name;
    bool (*fits)(const lk_conv *conv);
    bool (*pays)(const lk_conv *conv);
    size_t (*scratch_bytes)(const lk_conv *conv);
    size_t (*shared_bytes)(const lk_conv *conv); /* NULL: none */
    void (*gather)(const lk_context *context, const lk_conv *conv, const lk_real *image,
                   const lk_real *weight, const lk_real *bias, bool add, lk_real *map,
                   void *scratch);
    void (*scatter)(const lk_context *context, const lk_conv *conv, const lk_real *map,
                    const lk_real *weight, const lk_real *bias, bool add, lk_real *image,
                    void *scratch);
    void (*weights)(const lk_context *context, const lk_conv *conv, const lk_real *image,
                    const lk_real *map, bool add, lk_real *dweight, void *scratch);
};

/** Neither groups nor dilation, which some engines do without. */
static inline bool lk_conv_is_plain(const lk_conv *conv) {
    return conv->groups == 1 && conv->dilation == 1;
}

static inline int lk_min(int a, int b) {
    return a < b ? a : b;
}

static inline int lk_ceil_div(int a, int b) {
    return (a + b - 1) / b;
}

static inline bool lk_conv_is_bf16(const lk_conv *conv) {
    return conv->precision == LK_PRECISION_BF16;
}

/** Scratch of one thread, rounded up so that every block begins at a multiple of 64 bytes. */
static inline size_t lk_engine_scratch_bytes(const lk_conv *conv) {
    return (conv->engine->scratch_bytes(conv) + 63) / 64 * 64;
}

/** A row-major matrix of pairs, of rows of `length` pairs. */
static inline lk_pairs lk_pairs_of_columns(lk_pair *at, ptrdiff_t length) {
    return (lk_pairs){ at, LK_PANEL_ROWS * length, length, LK_GROUP / 2 };
}

static inline lk_pairs lk_pairs_of_rows(lk_pair *at, ptrdiff_t length) {
    return (lk_pairs){ at, LK_PANEL_ROWS / 2 * length, length, LK_GROUP };
}

extern const lk_engine lk_engine_dense, lk_engine_depthwise, lk_engine_direct, lk_engine_mirrored,
    lk_engine_winograd, lk_engine_im2col;

#endif
