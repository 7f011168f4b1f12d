/*
 * Convolution of images of few channels, such as the first and the last layer's: patches as in
 * im2col, but a row of positions at a time, so that they never leave the first level of cache, and
 * products that need no packing of the map.
 *
 *   gather   map = patches W^T
 *   scatter  patches = map W, added into the image
 *   weights  dW = map^T patches
 */
#include "direct.h"
#include "engine.h"

#include <string.h>

enum { MOST_CHANNELS = 8, MOST_LENGTH = 512 };

static bool direct_fits(const lk_conv *v) {
    return lk_conv_is_plain(v) && v->c <= MOST_CHANNELS && v->k % LK_GROUP == 0 &&
           lk_direct_length(v) <= MOST_LENGTH;
}

struct pass {
    const lk_context *context;
    const lk_conv *conv;
    const lk_real *image, *map, *bias;
    lk_real *out;
    bool add;
    int length;
    char *scratch;
    lk_real *packed; /* weights as `multiply` expects them */
};

/* ---- scratch: the image, patches and sum over an image of each thread; after those of the first
   thread, what all threads share ---- */

static size_t row_size(const lk_conv *v) {
    return (size_t)(v->w + 2 * v->padding) * (size_t)v->c;
}

static size_t padded_size(const lk_conv *v) {
    return (size_t)(v->h + 2 * v->padding) * row_size(v);
}

static size_t panel_size(const lk_conv *v) {
    return (size_t)v->q * (size_t)lk_direct_length(v);
}

static size_t weight_size(const lk_conv *v) {
    return (size_t)v->k * (size_t)lk_direct_length(v);
}

/* In bf16 also pairs of a row of positions and of their patches, or of the other factor. */
static size_t pairs_size(const lk_conv *v) {
    size_t pairs = ((size_t)v->q + 1) / 2 * (size_t)(v->k + lk_direct_length(v));
    return lk_conv_is_bf16(v) ? pairs : 0;
}

static size_t direct_scratch_bytes(const lk_conv *v) {
    return (padded_size(v) + panel_size(v) + (size_t)(1 + v->n_shards) * weight_size(v)) *
               sizeof(lk_real) +
           pairs_size(v) * sizeof(lk_pair);
}

static lk_real *padded_of(const struct pass *pass, int thread) {
    return (lk_real *)(void *)(pass->scratch +
                               (size_t)thread * lk_engine_scratch_bytes(pass->conv));
}

static lk_pair *pairs_of(const struct pass *pass, int thread) {
    size_t size = direct_scratch_bytes(pass->conv) - pairs_size(pass->conv) * sizeof(lk_pair);
    return (lk_pair *)(void *)((char *)padded_of(pass, thread) + size);
}

static struct pass direct_pass(const lk_context *context, const lk_conv *v, bool add, lk_real *out,
                               void *scratch) {
    struct pass pass = { .context = context,
                         .conv = v,
                         .out = out,
                         .add = add,
                         .length = lk_direct_length(v),
                         .scratch = scratch };
    pass.packed = padded_of(&pass, 0) + padded_size(v) + panel_size(v) + weight_size(v);
    return pass;
}

/* ---- images with their padding ---- */

static lk_real *inside(const lk_conv *v, lk_real *padded, int y) {
    return padded + (size_t)(v->padding + y) * row_size(v) + (size_t)v->padding * (size_t)v->c;
}

static size_t image_row(const lk_conv *v) {
    return (size_t)v->w * (size_t)v->c;
}

static void pad(const lk_conv *v, const lk_real *image, int n, lk_real *padded) {
    memset(padded, 0, padded_size(v) * sizeof *padded);
    for (int y = 0; y < v->h; y++)
        memcpy(inside(v, padded, y), image + ((size_t)n * (size_t)v->h + (size_t)y) * image_row(v),
               image_row(v) * sizeof *padded);
}

static void unpad(const struct pass *pass, int n, lk_real *padded) {
    const lk_conv *v = pass->conv;
    for (int y = 0; y < v->h; y++) {
        lk_real *to = pass->out + ((size_t)n * (size_t)v->h + (size_t)y) * image_row(v);
        if (pass->bias)
            pass->context->kernels->add_row(v->w, v->c, pass->bias, inside(v, padded, y));
        pass->context->kernels->scaled_add(image_row(v), 1, inside(v, padded, y), pass->add, to);
    }
}

/* Where the patches of row p begin in a padded image. */
static size_t patches_at(const lk_conv *v, int p) {
    return (size_t)(p * v->stride) * row_size(v);
}

/* Row p of the n-th map, a matrix of positions and channels. */
static lk_real *map_row(const lk_conv *v, const lk_real *map, int n, int p) {
    return (lk_real *)(uintptr_t)map + (size_t)(n * v->p + p) * (size_t)v->q * (size_t)v->k;
}

static lk_panel rows_of(lk_real *at, int length) {
    return (lk_panel){ at, (ptrdiff_t)LK_PANEL_ROWS * length, length, LK_GROUP };
}

/* ---- products ---- */

/* Packed weights of `rows` rows and `columns` columns become pairs of rows, in the same place. */
static void round_packed(const struct pass *pass, int rows, int columns) {
    if (!lk_conv_is_bf16(pass->conv)) return;
    lk_pair *to = (lk_pair *)(void *)pass->packed;
    for (int at = 0; at < columns; at += 2 * LK_GROUP) {
        int n = columns - at < 2 * LK_GROUP ? columns - at : 2 * LK_GROUP;
        pass->context->kernels->pair_rows(rows, n, pass->packed + (ptrdiff_t)at * rows, n,
                                          lk_pairs_of_rows(to + (ptrdiff_t)at * (rows / 2), n));
    }
}

/* A row of positions, with `depth` numbers each, times packed weights. */
static void multiply(const struct pass *pass, int depth, const lk_real *rows, int columns, bool add,
                     lk_real *out, int thread) {
    const lk_kernels *kernels = pass->context->kernels;
    const lk_conv *v = pass->conv;
    int groups = columns / LK_GROUP;
    if (!lk_conv_is_bf16(v)) {
        kernels->multiply(v->q, groups, depth, rows_of((lk_real *)(uintptr_t)rows, depth),
                          pass->packed, add, rows_of(out, columns));
        return;
    }
    lk_pairs pairs = lk_pairs_of_columns(pairs_of(pass, thread), depth / 2);
    kernels->pair_columns(v->q, depth, rows, depth, pairs);
    kernels->multiply_bf16(v->q, groups, depth, pairs, (const lk_pair *)(void *)pass->packed, add,
                           rows_of(out, columns));
}

/* map^T patches of a row of positions. */
static void multiply_transposed(const struct pass *pass, lk_real *map, lk_real *patches, bool add,
                                lk_real *out, int thread) {
    const lk_kernels *kernels = pass->context->kernels;
    const lk_conv *v = pass->conv;
    int groups = v->k / LK_GROUP, patch_groups = pass->length / LK_GROUP;
    lk_panel to = rows_of(out, pass->length);
    if (!lk_conv_is_bf16(v)) {
        kernels->multiply_transposed(v->q, groups, patch_groups, rows_of(map, v->k),
                                     rows_of(patches, pass->length), add, to);
        return;
    }
    lk_pairs left = lk_pairs_of_rows(pairs_of(pass, thread), v->k);
    lk_pairs right = lk_pairs_of_rows(left.at + (ptrdiff_t)((v->q + 1) / 2) * v->k, pass->length);
    kernels->pair_rows(v->q, v->k, map, v->k, left);
    kernels->pair_rows(v->q, pass->length, patches, pass->length, right);
    kernels->multiply_transposed_bf16(v->q, groups, patch_groups, left, right, add, to);
}

/* ---- gather ---- */

/* Packed by pairs of groups of map channels: a row for each number of a patch. */
static void pack_transposed(const lk_conv *v, const lk_real *weight, lk_real *packed) {
    int length = lk_direct_length(v), real = v->kernel * v->kernel * v->c;
    for (int k0 = 0; k0 < v->k; k0 += 2 * LK_GROUP) {
        int n = v->k - k0 < 2 * LK_GROUP ? v->k - k0 : 2 * LK_GROUP;
        for (int i = 0; i < length; i++)
            for (int k = 0; k < n; k++)
                *packed++ = i < real ? weight[(ptrdiff_t)(k0 + k) * real + i] : 0;
    }
}

static void direct_gather_task(void *context, int n, int thread) {
    const struct pass *pass = context;
    const lk_kernels *kernels = pass->context->kernels;
    const lk_conv *v = pass->conv;
    lk_real *padded = padded_of(pass, thread), *panel = padded + padded_size(v);
    pad(v, pass->image, n, padded);
    for (int p = 0; p < v->p; p++) {
        lk_real *map = map_row(v, pass->out, n, p);
        kernels->patches(v, padded + patches_at(v, p), panel);
        multiply(pass, pass->length, panel, v->k, pass->add, map, thread);
        if (pass->bias) kernels->add_row(v->q, v->k, pass->bias, map);
    }
}

static void direct_gather(const lk_context *context, const lk_conv *v, const lk_real *image,
                          const lk_real *weight, const lk_real *bias, bool add, lk_real *map,
                          void *scratch) {
    struct pass gather = direct_pass(context, v, add, map, scratch);
    gather.image = image, gather.bias = bias;
    pack_transposed(v, weight, gather.packed);
    round_packed(&gather, gather.length, v->k);
    lk_threads_run(context->threads, v->n, direct_gather_task, &gather);
}

/* ---- scatter ---- */

/* Packed by pairs of groups of a patch: a row for each map channel. */
static void pack(const lk_conv *v, const lk_real *weight, lk_real *packed) {
    int length = lk_direct_length(v), real = v->kernel * v->kernel * v->c;
    for (int i0 = 0; i0 < length; i0 += 2 * LK_GROUP) {
        int n = length - i0 < 2 * LK_GROUP ? length - i0 : 2 * LK_GROUP;
        for (int k = 0; k < v->k; k++)
            for (int i = i0; i < i0 + n; i++)
                *packed++ = i < real ? weight[(ptrdiff_t)k * real + i] : 0;
    }
}

static void direct_scatter_task(void *context, int n, int thread) {
    const struct pass *pass = context;
    const lk_kernels *kernels = pass->context->kernels;
    const lk_conv *v = pass->conv;
    lk_real *padded = padded_of(pass, thread), *panel = padded + padded_size(v);
    memset(padded, 0, padded_size(v) * sizeof *padded);
    for (int p = 0; p < v->p; p++) {
        multiply(pass, v->k, map_row(v, pass->map, n, p), pass->length, false, panel, thread);
        kernels->patches_adjoint(v, panel, padded + patches_at(v, p));
    }
    unpad(pass, n, padded);
}

static void direct_scatter(const lk_context *context, const lk_conv *v, const lk_real *map,
                           const lk_real *weight, const lk_real *bias, bool add, lk_real *image,
                           void *scratch) {
    struct pass scatter = direct_pass(context, v, add, image, scratch);
    scatter.map = map, scatter.bias = bias;
    pack(v, weight, scatter.packed);
    round_packed(&scatter, v->k, scatter.length);
    lk_threads_run(context->threads, v->n, direct_scatter_task, &scatter);
}

/* ---- weights ---- */

/* Summed by image, then by shard: a sum of a few thousand positions loses fewer digits than one of
   all. */
static void direct_weights_task(void *context, int shard, int thread) {
    const struct pass *pass = context;
    const lk_kernels *kernels = pass->context->kernels;
    const lk_conv *v = pass->conv;
    lk_real *padded = padded_of(pass, thread), *panel = padded + padded_size(v);
    lk_real *of_image = panel + panel_size(v), *sum = pass->packed + (size_t)shard * weight_size(v);
    int first = lk_shard_begin(v->n, v->n_shards, shard),
        end = lk_shard_begin(v->n, v->n_shards, shard + 1);
    for (int n = first; n < end; n++) {
        pad(v, pass->image, n, padded);
        for (int p = 0; p < v->p; p++) {
            kernels->patches(v, padded + patches_at(v, p), panel);
            multiply_transposed(pass, map_row(v, pass->map, n, p), panel, p > 0, of_image, thread);
        }
        kernels->scaled_add(weight_size(v), 1, of_image, n > first, sum);
    }
}

static void direct_weights(const lk_context *context, const lk_conv *v, const lk_real *image,
                           const lk_real *map, bool add, lk_real *dweight, void *scratch) {
    struct pass weights = direct_pass(context, v, add, dweight, scratch);
    size_t real = (size_t)v->kernel * (size_t)v->kernel * (size_t)v->c, size = weight_size(v);
    weights.image = image, weights.map = map;
    lk_threads_run(context->threads, v->n_shards, direct_weights_task, &weights);
    for (int apart = 1; apart < v->n_shards; apart *= 2) /* the tree */
        for (int i = 0; i < v->n_shards; i += 2 * apart)
            context->kernels->add_to(size, weights.packed + (size_t)(i + apart) * size,
                                     weights.packed + (size_t)i * size);
    for (int k = 0; k < v->k; k++)
        context->kernels->scaled_add(real, 1, weights.packed + (size_t)k * (size_t)weights.length,
                                     add, dweight + (size_t)k * real);
}

const lk_engine lk_engine_direct = {
    .name = "direct",
    .fits = direct_fits,
    .pays = direct_fits,
    .scratch_bytes = direct_scratch_bytes,
    .gather = direct_gather,
    .scatter = direct_scatter,
    .weights = direct_weights,
};
