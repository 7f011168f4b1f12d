/*
 * Convolution as matrix products: im2col and BLAS, channels-last. It takes any geometry and is the
 * reference that faster engines are tested against.
 *
 *   columns[p][(r, s, c)] = image[stride p - padding + (r, s)][c]
 *   gather   map = columns W^T
 *   scatter  image += im2col^T (map W)
 *   weights  dW = map^T columns
 *
 * Each group of channels has columns and products of its own.
 *
 * A few images at a time, so that their columns stay in cache; a group never crosses a shard, so
 * that the shapes of the products depend on layer and shard only.
 */
#include "engine.h"
#include "tensor/gemm.h"
#include "tensor/kernels.h"

enum { COLUMN_BYTES = 1 << 20, BLOCK_BYTES = 1 << 20 };

static int positions(const lk_conv *v) {
    return v->p * v->q;
}

/* Length of a row of columns for n_rows kernel rows of one group of channels. */
static int patch(const lk_conv *v, int n_rows) {
    return n_rows * v->kernel * (v->c / v->groups);
}

/* Map channels of a group. */
static int group_channels(const lk_conv *v) {
    return v->k / v->groups;
}

static size_t image_size(const lk_conv *v) {
    return (size_t)v->h * (size_t)v->w * (size_t)v->c;
}

static size_t map_size(const lk_conv *v) {
    return (size_t)positions(v) * (size_t)v->k;
}

static int largest_shard(const lk_conv *v) {
    return lk_ceil_div(v->n, v->n_shards);
}

/* Images whose columns are made together. */
static int group_size(const lk_conv *v, int n_rows) {
    size_t bytes = (size_t)positions(v) * (size_t)patch(v, n_rows) * sizeof(lk_real),
           n = COLUMN_BYTES / bytes;
    return n < 1 ? 1 : lk_min((int)n, largest_shard(v));
}

static size_t column_reals(const lk_conv *v, int n_rows) {
    return (size_t)group_size(v, n_rows) * (size_t)positions(v) * (size_t)patch(v, n_rows);
}

/* Rows of dW that are summed together: one kernel row of a few map channels, in a block that stays
   in cache. */
static int block_channels(const lk_conv *v) {
    int n = BLOCK_BYTES / (int)sizeof(lk_real) / patch(v, 1);
    return n < 1 ? 1 : lk_min(n, group_channels(v));
}

/* Blocks of one group of channels. */
static int blocks_a_group(const lk_conv *v) {
    return lk_ceil_div(group_channels(v), block_channels(v));
}

static size_t im2col_scratch_bytes(const lk_conv *v) {
    size_t passes = column_reals(v, v->kernel);
    size_t levels = (size_t)lk_tree_level(v->n_shards - 1) + 1;
    size_t weights = column_reals(v, 1) + levels * (size_t)block_channels(v) * (size_t)patch(v, 1);
    return (passes > weights ? passes : weights) * sizeof(lk_real);
}

struct pass {
    const lk_context *context;
    const lk_conv *conv;
    const lk_real *input, *weight, *bias;
    lk_real *output;
    bool add;
    char *scratch;
    size_t scratch_bytes;
    int groups_a_shard, group;
};

static struct pass im2col_pass(const lk_context *context, const lk_conv *v, const lk_real *input,
                               const lk_real *weight, const lk_real *bias, bool add,
                               lk_real *output, void *scratch) {
    int group = group_size(v, v->kernel);
    return (struct pass){ .context = context,
                          .conv = v,
                          .input = input,
                          .weight = weight,
                          .bias = bias,
                          .output = output,
                          .add = add,
                          .scratch = scratch,
                          .scratch_bytes = lk_engine_scratch_bytes(v),
                          .group = group,
                          .groups_a_shard = lk_ceil_div(largest_shard(v), group) };
}

/* The images [first, first + n) of task `index`; n may be 0 where a shard is smaller than the
   largest. */
static int images_of(const struct pass *pass, int index, int *n) {
    const lk_conv *v = pass->conv;
    int shard = index / pass->groups_a_shard;
    int first =
        lk_shard_begin(v->n, v->n_shards, shard) + index % pass->groups_a_shard * pass->group;
    int end = lk_shard_begin(v->n, v->n_shards, shard + 1);
    *n = first < end ? lk_min(pass->group, end - first) : 0;
    return first;
}

static lk_real *columns_of(const struct pass *pass, int thread) {
    return (lk_real *)(void *)(pass->scratch + (size_t)thread * pass->scratch_bytes);
}

/* Weights of the first map channel of a group: (K / groups, R S C / groups). */
static const lk_real *group_weight(const struct pass *pass, int group) {
    const lk_conv *v = pass->conv;
    return pass->weight + (size_t)group * (size_t)group_channels(v) * (size_t)patch(v, v->kernel);
}

static void im2col_gather_task(void *context, int index, int thread) {
    const struct pass *pass = context;
    const lk_conv *v = pass->conv;
    int n, first = images_of(pass, index, &n), length = patch(v, v->kernel), k = group_channels(v);
    if (!n) return;
    lk_real *columns = columns_of(pass, thread);               /* (n P Q, R S C / groups) */
    lk_real *map = pass->output + (size_t)first * map_size(v); /* (n P Q, K) */
    for (int group = 0; group < v->groups; group++) {
        for (int i = 0; i < n; i++)
            pass->context->kernels->im2col(
                v, group, 0, v->kernel, pass->input + (size_t)(first + i) * image_size(v),
                columns + (size_t)i * (size_t)positions(v) * (size_t)length);
        lk_gemm(false, true, n * positions(v), k, length, 1, columns, length,
                group_weight(pass, group), length, pass->add, map + group * k, v->k);
    }
    if (pass->bias) pass->context->kernels->add_row(n * positions(v), v->k, pass->bias, map);
}

static void im2col_gather(const lk_context *context, const lk_conv *v, const lk_real *image,
                          const lk_real *weight, const lk_real *bias, bool add, lk_real *map,
                          void *scratch) {
    struct pass gather = im2col_pass(context, v, image, weight, bias, add, map, scratch);
    lk_threads_run(context->threads, v->n_shards * gather.groups_a_shard, im2col_gather_task,
                   &gather);
}

/* What an image starts from, before columns are added. */
static void start_image(const struct pass *pass, lk_real *image) {
    const lk_conv *v = pass->conv;
    if (!pass->add)
        pass->context->kernels->fill_rows(v->h * v->w, v->c, pass->bias, image);
    else if (pass->bias)
        pass->context->kernels->add_row(v->h * v->w, v->c, pass->bias, image);
}

static void im2col_scatter_task(void *context, int index, int thread) {
    const struct pass *pass = context;
    const lk_conv *v = pass->conv;
    int n, first = images_of(pass, index, &n), length = patch(v, v->kernel), k = group_channels(v);
    if (!n) return;
    lk_real *columns = columns_of(pass, thread); /* (n P Q, R S C / groups) */
    /* (n P Q, K) */
    const lk_real *map = pass->input + (size_t)first * map_size(v);
    for (int group = 0; group < v->groups; group++) {
        lk_gemm(false, false, n * positions(v), length, k, 1, map + group * k, v->k,
                group_weight(pass, group), length, 0, columns, length);
        for (int i = 0; i < n; i++) {
            lk_real *image = pass->output + (size_t)(first + i) * image_size(v);
            if (group == 0) start_image(pass, image);
            pass->context->kernels->col2im(
                v, group, columns + (size_t)i * (size_t)positions(v) * (size_t)length, image);
        }
    }
}

static void im2col_scatter(const lk_context *context, const lk_conv *v, const lk_real *map,
                           const lk_real *weight, const lk_real *bias, bool add, lk_real *image,
                           void *scratch) {
    struct pass scatter = im2col_pass(context, v, map, weight, bias, add, image, scratch);
    lk_threads_run(context->threads, v->n_shards * scatter.groups_a_shard, im2col_scatter_task,
                   &scatter);
}

/* One shard's part of a block of dW: channels [k, k + n_channels) of kernel row `row`. */
static void shard_weights(const struct pass *pass, int shard, int row, int k, int n_channels,
                          lk_real *columns, lk_real *partial) {
    const lk_conv *v = pass->conv;
    int length = patch(v, 1), group = group_size(v, 1),
        end = lk_shard_begin(v->n, v->n_shards, shard + 1);
    int first = lk_shard_begin(v->n, v->n_shards, shard);
    for (int at = first; at < end; at += group) {
        int n = lk_min(group, end - at);
        for (int i = 0; i < n; i++)
            pass->context->kernels->im2col(
                v, k / group_channels(v), row, 1, pass->input + (size_t)(at + i) * image_size(v),
                columns + (size_t)i * (size_t)positions(v) * (size_t)length);
        const lk_real *map = pass->weight + (size_t)at * map_size(v) + k;
        lk_gemm(true, false, n_channels, length, n * positions(v), 1, map, v->k, columns, length,
                at > first, partial, length);
    }
}

static void im2col_weights_task(void *context, int index, int thread) {
    const struct pass *pass = context;
    const lk_conv *v = pass->conv;
    int row = index % v->kernel, block_index = index / v->kernel;
    int first = block_index % blocks_a_group(v) * block_channels(v), /* within its group */
        n_channels = lk_min(block_channels(v), group_channels(v) - first),
        k = block_index / blocks_a_group(v) * group_channels(v) + first;
    size_t length = (size_t)patch(v, 1), block = (size_t)n_channels * length;
    lk_real *columns = columns_of(pass, thread), *levels = columns + column_reals(v, 1);
    for (int shard = 0; shard < v->n_shards; shard++) {
        int level = lk_tree_level(shard);
        shard_weights(pass, shard, row, k, n_channels, columns, levels + (size_t)level * block);
        for (int merges = lk_tree_merges(shard); merges > 0; merges--, level--)
            pass->context->kernels->add_to(block, levels + (size_t)level * block,
                                           levels + (size_t)(level - 1) * block);
    }
    for (int i = 0; i < n_channels; i++) {
        lk_real *to = pass->output + ((size_t)(k + i) * (size_t)v->kernel + (size_t)row) * length;
        pass->context->kernels->scaled_add(length, 1, levels + (size_t)i * length, pass->add, to);
    }
}

static void im2col_weights(const lk_context *context, const lk_conv *v, const lk_real *image,
                           const lk_real *map, bool add, lk_real *dweight, void *scratch) {
    struct pass weights = im2col_pass(context, v, image, map, NULL, add, dweight, scratch);
    lk_threads_run(context->threads, v->kernel * v->groups * blocks_a_group(v), im2col_weights_task,
                   &weights);
}

static bool im2col_fits(const lk_conv *v) {
    (void)v;
    return true;
}

const lk_engine lk_engine_im2col = {
    .name = "im2col",
    .fits = im2col_fits,
    .pays = im2col_fits,
    .scratch_bytes = im2col_scratch_bytes,
    .gather = im2col_gather,
    .scatter = im2col_scatter,
    .weights = im2col_weights,
};
