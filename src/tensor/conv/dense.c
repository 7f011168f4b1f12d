/*
 * The 1 x 1 convolution of 1 x 1 maps, that is a linear layer, x (N, C) and y (N, K): products of
 * long thin matrices. BLAS packs both factors, which costs more than the products when N is small;
 * this engine packs only the weights, one block at a time.
 *
 *   gather   y = x W^T      scatter  x = y W      weights  dW = y^T x
 */
#include "engine.h"
#include "tensor/kernels.h"

#include <string.h>

enum {
    PACKED = 2 * LK_GROUP, /* columns packed together */
    DEPTH = 256,           /* of the sum over channels, a block at a time */
    /* of a block of the weights' gradient */
    ROWS = 128,
    COLUMNS = 256,
    COPIED = 256, /* most samples for which that block's factors are copied */
};

static bool dense_fits(const lk_conv *v) {
    return lk_conv_is_plain(v) && v->h == 1 && v->w == 1 && v->kernel == 1 && v->stride == 1 &&
           !v->padding && v->c % LK_GROUP == 0 && v->k % LK_GROUP == 0;
}

struct pass {
    const lk_context *context;
    const lk_conv *conv;
    const lk_real *image, *map, *weight, *bias;
    lk_real *out;
    bool add;
    char *scratch;
    int begin[LK_SHARDS_MAX + 1]; /* the first sample of each shard */
};

static size_t dense_scratch_bytes(const lk_conv *v) {
    size_t packed = DEPTH * PACKED, n = (size_t)v->n,
           copied = n <= COPIED ? (n + 1) * (ROWS + COLUMNS) : 0;
    return (packed > copied ? packed : copied) * sizeof(lk_real);
}

static lk_real *scratch_of(const struct pass *pass, int thread) {
    return (lk_real *)(void *)(pass->scratch +
                               (size_t)thread * lk_engine_scratch_bytes(pass->conv));
}

/* Rows from `row` and columns from `column` on of a matrix whose rows are `length` long. */
static lk_panel part(const lk_real *matrix, int length, int row, int column) {
    return (lk_panel){ (lk_real *)(uintptr_t)matrix + (ptrdiff_t)row * length + column,
                       (ptrdiff_t)LK_PANEL_ROWS * length, length, LK_GROUP };
}

static void add_bias(const struct pass *pass, int length, int column, int n_columns) {
    if (!pass->bias) return;
    for (int i = 0; i < pass->conv->n; i++)
        pass->context->kernels->scaled_add((size_t)n_columns, 1, pass->bias + column, true,
                                           pass->out + (ptrdiff_t)i * length + column);
}

static void dense_gather_task(void *context, int index, int thread) {
    const struct pass *pass = context;
    const lk_conv *v = pass->conv;
    int k = index * PACKED, n_k = lk_min(PACKED, v->k - k);
    lk_real *packed = scratch_of(pass, thread);
    for (int c = 0; c < v->c; c += DEPTH) {
        int depth = lk_min(DEPTH, v->c - c);
        for (int i = 0; i < n_k; i++)
            for (int j = 0; j < depth; j++)
                packed[j * n_k + i] = pass->weight[(ptrdiff_t)(k + i) * v->c + c + j];
        pass->context->kernels->multiply(v->n, n_k / LK_GROUP, depth, part(pass->image, v->c, 0, c),
                                         packed, pass->add || c > 0, part(pass->out, v->k, 0, k));
    }
    add_bias(pass, v->k, k, n_k);
}

static void dense_gather(const lk_context *context, const lk_conv *v, const lk_real *image,
                         const lk_real *weight, const lk_real *bias, bool add, lk_real *map,
                         void *scratch) {
    struct pass pass = { .context = context,
                         .conv = v,
                         .image = image,
                         .weight = weight,
                         .bias = bias,
                         .out = map,
                         .add = add,
                         .scratch = scratch };
    lk_threads_run(context->threads, lk_ceil_div(v->k, PACKED), dense_gather_task, &pass);
}

static void dense_scatter_task(void *context, int index, int thread) {
    const struct pass *pass = context;
    const lk_conv *v = pass->conv;
    int c = index * PACKED, n_c = lk_min(PACKED, v->c - c);
    lk_real *packed = scratch_of(pass, thread);
    for (int k = 0; k < v->k; k += DEPTH) {
        int depth = lk_min(DEPTH, v->k - k);
        for (int i = 0; i < depth; i++)
            for (int j = 0; j < n_c; j++)
                packed[i * n_c + j] = pass->weight[(ptrdiff_t)(k + i) * v->c + c + j];
        pass->context->kernels->multiply(v->n, n_c / LK_GROUP, depth, part(pass->map, v->k, 0, k),
                                         packed, pass->add || k > 0, part(pass->out, v->c, 0, c));
    }
    add_bias(pass, v->c, c, n_c);
}

static void dense_scatter(const lk_context *context, const lk_conv *v, const lk_real *map,
                          const lk_real *weight, const lk_real *bias, bool add, lk_real *image,
                          void *scratch) {
    struct pass pass = { .context = context,
                         .conv = v,
                         .map = map,
                         .weight = weight,
                         .bias = bias,
                         .out = image,
                         .add = add,
                         .scratch = scratch };
    lk_threads_run(context->threads, lk_ceil_div(v->c, PACKED), dense_scatter_task, &pass);
}

/* n_columns columns from `column` on of a matrix whose rows are `length` long, copied to `to` group
   after group: rows that are a large power of two apart share a few sets of the caches. */
static lk_panel copy_columns(const lk_real *matrix, int n_rows, int length, int column,
                             int n_columns, lk_real *to) {
    ptrdiff_t group = (ptrdiff_t)n_rows * LK_GROUP + LK_GROUP;
    for (int i = 0; i < n_rows; i++)
        for (int j = 0; j < n_columns; j += LK_GROUP)
            memcpy(to + j / LK_GROUP * group + i * LK_GROUP,
                   matrix + (ptrdiff_t)i * length + column + j, LK_GROUP * sizeof *to);
    return (lk_panel){ to, (ptrdiff_t)LK_PANEL_ROWS * LK_GROUP, LK_GROUP, group };
}

static void dense_weights_task(void *context, int index, int thread) {
    const struct pass *pass = context;
    const lk_conv *v = pass->conv;
    /* threads that work at the same time write to different rows, far apart */
    int rows = lk_ceil_div(v->k, ROWS), k = index % rows * ROWS, c = index / rows * COLUMNS;
    int n_k = lk_min(ROWS, v->k - k), n_c = lk_min(COLUMNS, v->c - c);
    lk_panel map = part(pass->map, v->k, 0, k), image = part(pass->image, v->c, 0, c);
    if (v->n <= COPIED) {
        lk_real *copy = scratch_of(pass, thread);
        map = copy_columns(pass->map, v->n, v->k, k, n_k, copy);
        image = copy_columns(pass->image, v->n, v->c, c, n_c, copy + (ptrdiff_t)(v->n + 1) * n_k);
    }
    pass->context->kernels->multiply_shards(v->n_shards, pass->begin, n_k / LK_GROUP,
                                            n_c / LK_GROUP, map, image, pass->add,
                                            part(pass->out, v->c, k, c));
}

static void dense_weights(const lk_context *context, const lk_conv *v, const lk_real *image,
                          const lk_real *map, bool add, lk_real *dweight, void *scratch) {
    struct pass pass = { .context = context,
                         .conv = v,
                         .image = image,
                         .map = map,
                         .out = dweight,
                         .add = add,
                         .scratch = scratch };
    for (int i = 0; i <= v->n_shards; i++) pass.begin[i] = lk_shard_begin(v->n, v->n_shards, i);
    lk_threads_run(context->threads, lk_ceil_div(v->k, ROWS) * lk_ceil_div(v->c, COLUMNS),
                   dense_weights_task, &pass);
}

const lk_engine lk_engine_dense = {
    .name = "dense",
    .fits = dense_fits,
    .pays = dense_fits,
    .scratch_bytes = dense_scratch_bytes,
    .gather = dense_gather,
    .scatter = dense_scatter,
    .weights = dense_weights,
};
