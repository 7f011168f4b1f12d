/*
 * The 1 x 1 convolution of 1 x 1 maps, that is a linear layer, x (N, C) and y (N, K): products of
 * long thin matrices. BLAS packs both factors, which costs more than the products when N is small.
 * W is the largest, so it is read from memory once, and is fetched while other parts of it are
 * multiplied.
 *
 *   gather   y^T = W x^T: rows of W as they are, x transposed and packed
 *   scatter  x = y W: a block of W packed while the one before it is multiplied
 *   weights  dW = y^T x
 *
 * Rows of these matrices are often a large power of two apart and then share a few sets of the
 * caches. So blocks that are used more than once are copied, and the blocks of gather's and
 * scatter's results are written once.
 */
#include "engine.h"
#include "tensor/kernels.h"

#include <string.h>

enum {
    PACKED = 2 * LK_GROUP, /* columns packed together */
    SAMPLES = 128,         /* of a block, at most */
    DEPTH = 128,           /* of the sum over channels, a block at a time */
    /* gather: numbers of a block of the result, and its channels at most */
    GATHER_TILE = 512 * 64,
    GATHER_CHANNELS = 512,
    /* scatter: channels of a block of the result; of a task, at most; rows of W that are fetched
       ahead of those that are packed */
    SCATTER_CHANNELS = 256,
    SCATTER_TASK = 2048,
    SCATTER_AHEAD = 2,
    /* weights: rows and columns of a block of the result; most samples for which its factors are
       copied */
    ROWS = 128,
    COLUMNS = 256,
    COPIED = 256,
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
    int channels; /* of the result, for a task of gather and scatter */
    char *scratch;
    int begin[LK_SHARDS_MAX + 1]; /* the first sample of each shard */
};

/* Numbers of scratch. */
enum {
    GATHER_SIZE = GATHER_TILE + DEPTH * SAMPLES,
    SCATTER_ROW = SCATTER_CHANNELS + LK_GROUP,
    SCATTER_PACKED = DEPTH * SCATTER_CHANNELS,
    SCATTER_SIZE = SAMPLES * SCATTER_ROW + 2 * SCATTER_PACKED + SAMPLES * DEPTH,
};

static size_t dense_scratch_bytes(const lk_conv *v) {
    size_t weights = v->n <= COPIED ? (size_t)(v->n + 1) * (ROWS + COLUMNS) : 0,
           others = GATHER_SIZE > SCATTER_SIZE ? GATHER_SIZE : SCATTER_SIZE;
    return (weights > others ? weights : others) * sizeof(lk_real);
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

static void copy_rows(int n_rows, int n_columns, const lk_real *from, ptrdiff_t from_row,
                      lk_real *to, ptrdiff_t to_row) {
    for (int i = 0; i < n_rows; i++)
        memcpy(to + i * to_row, from + i * from_row, (size_t)n_columns * sizeof *to);
}

static void fetch(const lk_real *row, int n_columns) {
    for (int j = 0; j < n_columns; j += LK_GROUP) __builtin_prefetch(row + j);
}

static void add_bias(const struct pass *pass, int length, int column, int n_columns) {
    if (!pass->bias) return;
    for (int i = 0; i < pass->conv->n; i++)
        pass->context->kernels->scaled_add((size_t)n_columns, 1, pass->bias + column, true,
                                           pass->out + (ptrdiff_t)i * length + column);
}

/* Channels of a task: whole groups, at most `most`, and few enough to give every thread one. */
static int channels_of_task(const lk_context *context, int channels, int most) {
    int groups = lk_ceil_div(channels / LK_GROUP, lk_threads_count(context->threads));
    return lk_min(groups * LK_GROUP, most);
}

/* Channels [c, c + depth) of n samples as a packed factor with a column for each sample. Groups of
   columns are filled up with 0. */
static void pack_samples(const struct pass *pass, int sample, int n, int c, int depth,
                         lk_real *to) {
    int length = pass->conv->c;
    for (int i = 0; i < n; i += PACKED) {
        int n_here = lk_min(PACKED, n - i), row = n_here > LK_GROUP ? PACKED : LK_GROUP;
        const lk_real *from = pass->image + (ptrdiff_t)(sample + i) * length + c;
        if (n_here < row) memset(to, 0, (size_t)depth * (size_t)row * sizeof *to);
        pass->context->kernels->transpose(n_here, depth, from, length, false, to, row);
        to += (ptrdiff_t)depth * row;
    }
}

/* 8 rows of W times packed samples; the next 8 are fetched in between. */
static void multiply_rows(const struct pass *pass, const lk_real *w, bool more, int depth,
                          const lk_real *packed, int n_groups, bool add, lk_panel to) {
    int length = pass->conv->c, share = lk_ceil_div(LK_PANEL_ROWS, lk_ceil_div(n_groups, 2));
    int ahead = LK_PANEL_ROWS;
    for (int j = 0; j < n_groups; j += 2, to.at += 2 * to.group) {
        for (int i = 0; more && i < share && ahead < 2 * LK_PANEL_ROWS; i++, ahead++)
            fetch(w + (ptrdiff_t)ahead * length, depth);
        pass->context->kernels->multiply(LK_PANEL_ROWS, lk_min(2, n_groups - j), depth,
                                         part(w, length, 0, 0), packed, add, to);
        packed += (ptrdiff_t)depth * PACKED;
    }
}

/* Channels [k, k + n_k) of n samples of the map, as a tile with a row for each channel. */
static void gather_tile(const struct pass *pass, int k, int n_k, int sample, int n,
                        lk_real *scratch) {
    const lk_kernels *kernels = pass->context->kernels;
    const lk_conv *v = pass->conv;
    int n_groups = lk_ceil_div(n, LK_GROUP), row = n_groups * LK_GROUP;
    lk_real *tile = scratch, *packed = tile + GATHER_TILE,
            *out = pass->out + (ptrdiff_t)sample * v->k + k;
    if (pass->add) kernels->transpose(n, n_k, out, v->k, false, tile, row);
    for (int c = 0; c < v->c; c += DEPTH) {
        int depth = lk_min(DEPTH, v->c - c);
        pack_samples(pass, sample, n, c, depth, packed);
        for (int i = 0; i < n_k; i += LK_PANEL_ROWS)
            multiply_rows(pass, pass->weight + (ptrdiff_t)(k + i) * v->c + c,
                          i + LK_PANEL_ROWS < n_k, depth, packed, n_groups, pass->add || c > 0,
                          part(tile, row, i, 0));
    }
    kernels->transpose(n_k, n, tile, row, false, out, v->k);
}

static void dense_gather_task(void *context, int index, int thread) {
    const struct pass *pass = context;
    const lk_conv *v = pass->conv;
    int k = index * pass->channels, n_k = lk_min(pass->channels, v->k - k);
    for (int i = 0; i < v->n; i += SAMPLES)
        gather_tile(pass, k, n_k, i, lk_min(SAMPLES, v->n - i), scratch_of(pass, thread));
    add_bias(pass, v->k, k, n_k);
}

static void dense_gather(const lk_context *context, const lk_conv *v, const lk_real *image,
                         const lk_real *weight, const lk_real *bias, bool add, lk_real *map,
                         void *scratch) {
    int row = lk_ceil_div(lk_min(v->n, SAMPLES), LK_GROUP) * LK_GROUP;
    int most = lk_min(GATHER_TILE / row, GATHER_CHANNELS);
    struct pass pass = { .context = context,
                         .conv = v,
                         .image = image,
                         .weight = weight,
                         .bias = bias,
                         .out = map,
                         .add = add,
                         .channels = channels_of_task(context, v->k, most),
                         .scratch = scratch };
    lk_threads_run(context->threads, lk_ceil_div(v->k, pass.channels), dense_gather_task, &pass);
}

/* A walk over blocks of W, down the rows and then on to the next columns. */
struct walk {
    const struct pass *pass;
    int k, c, end;   /* where the block begins; the columns end at `end` */
    int row;         /* of the block, the next one to pack */
    lk_real *packed; /* the block as a packed factor */
};

static int depth_of(const struct walk *w) {
    return lk_min(DEPTH, w->pass->conv->k - w->k);
}

static int columns_of(const struct walk *w) {
    return lk_min(SCATTER_CHANNELS, w->end - w->c);
}

static void pack_rows(struct walk *w, int n) {
    int depth = depth_of(w), n_c = columns_of(w), n_rows = w->pass->conv->k;
    ptrdiff_t length = w->pass->conv->c;
    for (; n > 0 && w->row < depth; n--, w->row++) {
        int k = w->k + w->row;
        const lk_real *from = w->pass->weight + k * length + w->c;
        if (k + SCATTER_AHEAD < n_rows) fetch(from + SCATTER_AHEAD * length, n_c);
        int j = 0;
        for (; j + PACKED <= n_c; j += PACKED) /* a constant length: no calls */
            memcpy(w->packed + j * depth + w->row * PACKED, from + j, PACKED * sizeof *from);
        if (j < n_c)
            memcpy(w->packed + j * depth + w->row * LK_GROUP, from + j, LK_GROUP * sizeof *from);
    }
}

/* The block after `w`, to be packed into `packed`; false after the last one. */
static bool next_block(struct walk *w, lk_real *packed) {
    w->k += DEPTH;
    if (w->k >= w->pass->conv->k) w->k = 0, w->c += SCATTER_CHANNELS;
    w->row = 0;
    w->packed = packed;
    return w->c < w->end;
}

/* tile (+)= n rows of the map times the block; `next`, unless it is NULL, is packed meanwhile. */
static void multiply_block(const struct walk *w, int n, const lk_real *rows, struct walk *next,
                           lk_real *tile) {
    int depth = depth_of(w), n_c = columns_of(w);
    int n_steps = lk_ceil_div(n, LK_PANEL_ROWS) * lk_ceil_div(n_c, PACKED),
        share = lk_ceil_div(DEPTH, n_steps);
    for (int j = 0; j < n_c; j += PACKED)
        for (int i = 0; i < n; i += LK_PANEL_ROWS) {
            w->pass->context->kernels->multiply(
                lk_min(LK_PANEL_ROWS, n - i), lk_min(PACKED, n_c - j) / LK_GROUP, depth,
                part(rows, depth, i, 0), w->packed + j * depth, w->pass->add || w->k > 0,
                part(tile, SCATTER_ROW, i, j));
            if (next) pack_rows(next, share);
        }
}

/* Columns [c, c + n_c) of n samples of the image. */
static void scatter_columns(const struct pass *pass, int c, int n_c, int sample, int n,
                            lk_real *scratch) {
    const lk_conv *v = pass->conv;
    lk_real *tile = scratch, *packed = tile + SAMPLES * SCATTER_ROW,
            *other = packed + SCATTER_PACKED, *rows = other + SCATTER_PACKED;
    struct walk block = { .pass = pass, .c = c, .end = c + n_c, .packed = packed };
    pack_rows(&block, DEPTH);
    for (bool more = true; more;) {
        struct walk next = block;
        lk_real *out = pass->out + (ptrdiff_t)sample * v->c + block.c;
        more = next_block(&next, block.packed == packed ? other : packed);
        if (block.k == 0 && pass->add)
            copy_rows(n, columns_of(&block), out, v->c, tile, SCATTER_ROW);
        copy_rows(n, depth_of(&block), pass->map + (ptrdiff_t)sample * v->k + block.k, v->k, rows,
                  depth_of(&block));
        multiply_block(&block, n, rows, more ? &next : NULL, tile);
        if (block.k + DEPTH >= v->k) copy_rows(n, columns_of(&block), tile, SCATTER_ROW, out, v->c);
        block = next;
    }
}

static void dense_scatter_task(void *context, int index, int thread) {
    const struct pass *pass = context;
    const lk_conv *v = pass->conv;
    int c = index * pass->channels, n_c = lk_min(pass->channels, v->c - c);
    for (int i = 0; i < v->n; i += SAMPLES)
        scatter_columns(pass, c, n_c, i, lk_min(SAMPLES, v->n - i), scratch_of(pass, thread));
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
                         .channels = channels_of_task(context, v->c, SCATTER_TASK),
                         .scratch = scratch };
    lk_threads_run(context->threads, lk_ceil_div(v->c, pass.channels), dense_scatter_task, &pass);
}

/* n_columns columns from `column` on of a matrix whose rows are `length` long, copied to `to` group
   after group. */
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
