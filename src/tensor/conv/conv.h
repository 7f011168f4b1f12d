/** Convolution and its transpose, by the engine that fits the geometry. */
#ifndef LIKENESS_TENSOR_CONV_CONV_H
#define LIKENESS_TENSOR_CONV_CONV_H

#include <likeness/context.h>
#include <likeness/tensor.h>

typedef struct lk_engine lk_engine;

/**
 * One geometry for a convolution and its transpose. The image side is what a convolution reads and
 * a transposed one writes, the map side the other: P = floor((H + 2 padding - dilation (kernel - 1)
 * - 1) / stride) + 1. image (N, C, H, W), map (N, K, P, Q), weight (K, C / groups, kernel, kernel),
 * all channels-last. The i-th K / groups map channels belong to the i-th C / groups image channels.
 */
typedef struct lk_conv {
    int n, n_shards; /* samples of this process and the shards they form */
    int c, h, w;     /* image side */
    int k, p, q;     /* map side */
    int kernel, stride, padding;
    int groups, dilation;    /* 1: none */
    lk_precision precision;  /* of the products of winograd, direct and mirrored; others: float */
    const lk_engine *engine; /* set by lk_conv_choose */
} lk_conv;

/** Choose the engine for this geometry, by the geometry and the choice only. */
void lk_conv_choose(lk_engine_choice choice, lk_conv *conv);
/** "winograd", "direct" (of few channels), "mirrored" (into few), "dense" (linear layers),
 * "depthwise", "im2col" */
const char *lk_conv_engine_name(const lk_conv *conv);
/** Scratch that a thread needs for any of the three passes, and what all threads need together. */
size_t lk_conv_scratch_bytes(const lk_conv *conv);
size_t lk_conv_shared_bytes(const lk_conv *conv);
/** Multiply-adds of one pass. */
double lk_conv_macs(const lk_conv *conv);
/**
 * map (+)= conv(image, weight) + bias: a convolution forward, a transposed one's gradient by its
 * input.
 * shape   bias (K) or NULL
 * memory  scratch is lk_conv_shared_bytes and then one block of lk_conv_scratch_bytes for each
 *         thread, at a multiple of 64 bytes; its values do not matter. No two arrays may overlap
 */
void lk_conv_gather(const lk_context *context, const lk_conv *conv, const lk_real *image,
                    const lk_real *weight, const lk_real *bias, bool add, lk_real *map,
                    void *scratch);
/** image (+)= conv^T(map, weight) + bias (C): a transposed convolution forward, a convolution's
 * gradient by its input. */
void lk_conv_scatter(const lk_context *context, const lk_conv *conv, const lk_real *map,
                     const lk_real *weight, const lk_real *bias, bool add, lk_real *image,
                     void *scratch);
/** dweight (+)= the gradient by the weight, from image and map (one of them a gradient), summed
 * over the tree of shards. */
void lk_conv_weights(const lk_context *context, const lk_conv *conv, const lk_real *image,
                     const lk_real *map, bool add, lk_real *dweight, void *scratch);

#endif
