/*
 * Convolution by Winograd's transforms (see winograd.h, kernels/winograd.c): two to three times fewer multiplications for strided
 * 4 x 4 and 5 x 5 and for 3 x 3 kernels. With V the points of the image's tiles, U those of the weights, M those of the map's tiles
 * and a matrix product for every point,
 *
 *   gather   M = V U          scatter  V = M U^T          weights  dU^T = M^T V
 *
 * Nothing of V, U and M is ever in memory whole: a task makes one block of the result, 64 tiles or channels a side, and transforms
 * the parts of both factors it needs as it goes, so that all it touches stays in the second level of cache. What is transformed
 * again by other tasks costs a twentieth of the products. Tasks share nothing, every sum runs in the order of channels, and
 * those over the batch by shards along their tree, after G^T: bits depend on neither threads nor blocks.
 */
#include "winograd.h"
#include "engine.h"

enum {
    TILES = 64,        /* of a block of gather or scatter with m = 4 */
    WEIGHT_TILES = 32, /* summed at a time by weights with m = 4 */
    CHANNELS = LK_WINOGRAD_CHANNELS,
    PACKED = 2 * LK_GROUP, /* columns of weights transformed at a time */
    PAD = 16,              /* keeps the points of a tile out of one and the same cache set */
};

static int min(int a, int b) {
    return a < b ? a : b;
}

static int ceil_div(int a, int b) {
    return (a + b - 1) / b;
}

static int most_taps(const lk_conv *v) {
    return ceil_div(v->kernel, v->stride);
}

static lk_winograd plan(const lk_conv *v, int m) {
    return (lk_winograd){ .conv = v,
                          .m = m,
                          .taps = { most_taps(v), v->kernel / v->stride },
                          .side = m + most_taps(v) - 1,
                          .rows = ceil_div(v->p, m),
                          .columns = ceil_div(v->q, m) };
}

static int points_of_map(const lk_winograd *w) {
    return w->rows * w->columns * w->side * w->side;
}

/* The tiles that take fewer multiplications: a map of 6 x 6 is better cut into nine of 2 x 2 than into four of 4 x 4. */
lk_winograd lk_winograd_plan(const lk_conv *v) {
    lk_winograd two = plan(v, 2), four = plan(v, 4);
    return points_of_map(&two) < points_of_map(&four) ? two : four;
}

static bool fits(const lk_conv *v) {
    int taps = most_taps(v);
    return (v->stride == 1 || (v->stride == 2 && v->kernel / 2 >= 2)) && taps >= 2 && taps <= LK_WINOGRAD_TAPS && v->c % LK_GROUP == 0 &&
           v->k % LK_GROUP == 0;
}

/* Multiplications for one pair of channels: points of all phases against taps. */
static bool pays(const lk_conv *v) {
    lk_winograd w = lk_winograd_plan(v);
    int points = 0;
    for (int a = 0; a < v->stride; a++) points += w.m + w.taps[a] - 1;
    return 4 * w.rows * w.columns * points * points < 3 * v->p * v->q * v->kernel * v->kernel;
}

/* ---- what the tasks of a pass share ---- */

struct pass {
    const lk_context *context;
    lk_winograd plan;
    const lk_real *image, *map, *weight, *bias;
    lk_real *out;
    bool add;
    char *scratch;
    size_t scratch_bytes;
    int n_groups; /* of tiles */
    int group;    /* tiles (gather) or images (scatter) of one */
    int channels; /* of a block of the result */
};

static int n_phases(const lk_conv *v) {
    return v->stride * v->stride;
}

static int tiles_of_image(const lk_winograd *w) {
    return w->rows * w->columns;
}

static int most_tiles(const lk_winograd *w, int with_four) {
    return w->m == 4 ? with_four : 2 * with_four;
}

static size_t point_size(int rows, int columns) {
    return (size_t)rows * (size_t)columns + PAD;
}

static int points(const lk_winograd *w, int phase_axis) {
    return w->m + w->taps[phase_axis] - 1;
}

/* The place of a phase's i-th point of an axis among those of all phases: it lacks the last but one. */
static int global(int i, int n, int side) {
    return i == n - 1 ? side - 1 : i;
}

static lk_panel panel(lk_real *at, int n_channels) {
    return (lk_panel){ at, (ptrdiff_t)LK_PANEL_ROWS * n_channels, LK_GROUP, LK_PANEL_ROWS * LK_GROUP };
}

static int padded_tiles(const lk_winograd_block *b) {
    return ceil_div(b->n_tiles, LK_PANEL_ROWS) * LK_PANEL_ROWS;
}

static lk_real *scratch_of(const struct pass *pass, int thread) {
    return (lk_real *)(void *)(pass->scratch + (size_t)thread * pass->scratch_bytes);
}

/* ---- gather ---- */

/* For each point of the block's phase, the columns of M from `column` on: M (+)= V U. */
static void gather_products(const struct pass *pass, const lk_winograd_block *b, int column, int n_columns, lk_real *image_points,
                            const lk_real *packed, lk_real *map_points, int map_channels, bool add) {
    const lk_winograd *w = &pass->plan;
    int na = points(w, b->a), nb = points(w, b->b), tiles = most_tiles(w, TILES);
    for (int i = 0; i < na; i++)
        for (int j = 0; j < nb; j++) {
            size_t at = (size_t)(global(i, na, w->side) * w->side + global(j, nb, w->side)), local = (size_t)(i * nb + j);
            lk_panel v = panel(image_points + local * point_size(tiles, CHANNELS), b->n_c);
            lk_panel m = panel(map_points + at * point_size(tiles, CHANNELS), map_channels);
            m.at += column / LK_GROUP * m.group;
            pass->context->kernels->multiply(padded_tiles(b), n_columns / LK_GROUP, b->n_c, v,
                                             packed + local * point_size(CHANNELS, PACKED), add, m);
        }
}

static void gather_task(void *context, int index, int thread) {
    const struct pass *pass = context;
    const lk_kernels *kernels = pass->context->kernels;
    const lk_winograd *w = &pass->plan;
    const lk_conv *v = w->conv;
    int tiles = most_tiles(w, TILES), n_tiles = v->n * tiles_of_image(w), square = w->side * w->side;
    ptrdiff_t point = (ptrdiff_t)point_size(tiles, CHANNELS), packed_point = (ptrdiff_t)point_size(CHANNELS, PACKED);
    lk_real *image_points = scratch_of(pass, thread), *map_points = image_points + square * point, *packed = map_points + square * point;
    lk_winograd_block b = { .plan = w, .tile = index % pass->n_groups * tiles, .k = index / pass->n_groups * pass->channels };
    b.n_tiles = min(tiles, n_tiles - b.tile);
    b.n_k = min(pass->channels, v->k - b.k);
    bool add = false;
    for (int phase = 0; phase < n_phases(v); phase++)
        for (int c = 0; c < v->c; c += CHANNELS, add = true) {
            b.a = phase / v->stride, b.b = phase % v->stride, b.c = c, b.n_c = min(CHANNELS, v->c - c);
            kernels->winograd_image(&b, pass->image, image_points, point);
            for (int column = 0; column < b.n_k; column += PACKED) {
                lk_winograd_block part = b;
                part.k = b.k + column, part.n_k = min(PACKED, b.n_k - column);
                kernels->winograd_weight_transposed(&part, pass->weight, packed, packed_point);
                gather_products(pass, &b, column, part.n_k, image_points, packed, map_points, b.n_k, add);
            }
        }
    kernels->winograd_map_adjoint(&b, map_points, point, pass->bias, pass->add, pass->out);
}

/* ---- blocks of image channels, over all phases ---- */

/* Phases a block has: enough to make 64 columns of few channels. */
static int phases_of_block(const lk_conv *v) {
    int fit = CHANNELS / v->c;
    return fit < 1 ? 1 : min(fit == 3 ? 2 : fit, n_phases(v));
}

static int blocks_of_image(const lk_conv *v) {
    return n_phases(v) / phases_of_block(v) * ceil_div(v->c, CHANNELS);
}

/* Phase i of the index-th block and its channels, into `b`. */
static void take_phase(lk_winograd_block *b, int index, int i) {
    const lk_conv *v = b->plan->conv;
    int in_phase = ceil_div(v->c, CHANNELS), phase = index / in_phase * phases_of_block(v) + i;
    b->a = phase / v->stride, b->b = phase % v->stride;
    b->c = index % in_phase * CHANNELS;
    b->n_c = min(CHANNELS, v->c - b->c);
}

/* ---- scatter ---- */

static void scatter_products(const struct pass *pass, const lk_winograd_block *b, int column, int n_columns, lk_real *map_points,
                             const lk_real *packed, lk_real *image_points, bool add) {
    const lk_winograd *w = &pass->plan;
    int na = points(w, b->a), nb = points(w, b->b), tiles = most_tiles(w, TILES);
    for (int i = 0; i < na; i++)
        for (int j = 0; j < nb; j++) {
            size_t at = (size_t)(global(i, na, w->side) * w->side + global(j, nb, w->side)), local = (size_t)(i * nb + j);
            lk_panel m = panel(map_points + at * point_size(tiles, CHANNELS), b->n_k);
            lk_panel v = panel(image_points + local * point_size(tiles, CHANNELS), b->n_c);
            v.at += column / LK_GROUP * v.group;
            pass->context->kernels->multiply(padded_tiles(b), n_columns / LK_GROUP, b->n_k, m,
                                             packed + local * point_size(CHANNELS, PACKED), add, v);
        }
}

/* One group of tiles: all of its map channels into the phases of a block of image channels. */
static void scatter_tiles(const struct pass *pass, lk_winograd_block b, int block, lk_real *image_points) {
    const lk_kernels *kernels = pass->context->kernels;
    const lk_winograd *w = &pass->plan;
    const lk_conv *v = w->conv;
    int square = w->side * w->side, n = phases_of_block(v), tiles = most_tiles(w, TILES);
    ptrdiff_t point = (ptrdiff_t)point_size(tiles, CHANNELS), packed_point = (ptrdiff_t)point_size(CHANNELS, PACKED);
    ptrdiff_t phase_point = (ptrdiff_t)square * (ptrdiff_t)point_size(tiles, CHANNELS);
    lk_real *map_points = image_points + n * phase_point, *packed = map_points + square * point;
    for (int k = 0; k < v->k; k += CHANNELS) {
        b.k = k, b.n_k = min(CHANNELS, v->k - k);
        kernels->winograd_map(&b, pass->map, map_points, point);
        for (int i = 0; i < n; i++) {
            take_phase(&b, block, i);
            for (int column = 0; column < b.n_c; column += PACKED) {
                lk_winograd_block part = b;
                part.c = b.c + column, part.n_c = min(PACKED, b.n_c - column);
                kernels->winograd_weight(&part, pass->weight, packed, packed_point);
                scatter_products(pass, &b, column, part.n_c, map_points, packed, image_points + i * phase_point, k > 0);
            }
        }
    }
    for (int i = 0; i < n; i++) {
        take_phase(&b, block, i);
        kernels->winograd_image_adjoint(&b, image_points + i * phase_point, point, pass->out);
    }
}

/* Whole images, as tiles overlap in them. */
static void scatter_task(void *context, int index, int thread) {
    const struct pass *pass = context;
    const lk_winograd *w = &pass->plan;
    const lk_conv *v = w->conv;
    int tiles = most_tiles(w, TILES), block = index / pass->n_groups, first = index % pass->n_groups * pass->group;
    int tile = first * tiles_of_image(w), end = min(v->n, first + pass->group) * tiles_of_image(w);
    lk_winograd_block b = { .plan = w, .tile = tile, .n_tiles = end - tile };
    for (int i = 0; i < phases_of_block(v); i++) {
        take_phase(&b, block, i);
        pass->context->kernels->winograd_fill(&b, pass->bias, pass->add, pass->out);
    }
    for (; b.tile < end; b.tile += tiles) {
        b.n_tiles = min(tiles, end - b.tile);
        scatter_tiles(pass, b, block, scratch_of(pass, thread));
    }
}

/* ---- weights ---- */

static size_t n_taps(const lk_winograd_block *b) {
    return (size_t)(b->plan->taps[b->a] * b->plan->taps[b->b]);
}

/* Taps of all phases of a block times its channels. */
static size_t taps_size(lk_winograd_block b, int block) {
    size_t size = 0;
    for (int i = 0; i < phases_of_block(b.plan->conv); i++) {
        take_phase(&b, block, i);
        size += n_taps(&b) * (size_t)b.n_k * (size_t)b.n_c;
    }
    return size;
}

static void weight_products(const struct pass *pass, const lk_winograd_block *b, lk_real *map_points, lk_real *image_points,
                            lk_real *points_of_weight, bool add) {
    const lk_winograd *w = &pass->plan;
    int na = points(w, b->a), nb = points(w, b->b), tiles = most_tiles(w, WEIGHT_TILES);
    for (int i = 0; i < na; i++)
        for (int j = 0; j < nb; j++) {
            size_t at = (size_t)(global(i, na, w->side) * w->side + global(j, nb, w->side)), local = (size_t)(i * nb + j);
            lk_panel m = panel(map_points + at * point_size(tiles, CHANNELS), b->n_k);
            lk_panel v = panel(image_points + local * point_size(tiles, CHANNELS), b->n_c);
            lk_panel u = { points_of_weight + local * point_size(CHANNELS, CHANNELS), (ptrdiff_t)LK_PANEL_ROWS * b->n_c, b->n_c, LK_GROUP };
            pass->context->kernels->multiply_transposed(b->n_tiles, b->n_k / LK_GROUP, b->n_c / LK_GROUP, m, v, add, u);
        }
}

/* One shard's part of a block of dW. */
static void shard_weights(const struct pass *pass, lk_winograd_block b, int shard, int block, lk_real *scratch, lk_real *partial) {
    const lk_kernels *kernels = pass->context->kernels;
    const lk_winograd *w = &pass->plan;
    const lk_conv *v = w->conv;
    int square = w->side * w->side, n = phases_of_block(v), tiles = most_tiles(w, WEIGHT_TILES);
    ptrdiff_t point = (ptrdiff_t)point_size(tiles, CHANNELS), weight_point = (ptrdiff_t)point_size(CHANNELS, CHANNELS);
    lk_real *map_points = scratch, *image_points = map_points + square * point, *weight_points = image_points + square * point;
    int first = lk_shard_begin(v->n, v->n_shards, shard) * tiles_of_image(w);
    int end = lk_shard_begin(v->n, v->n_shards, shard + 1) * tiles_of_image(w);
    for (b.tile = first; b.tile < end; b.tile += tiles) {
        b.n_tiles = min(tiles, end - b.tile);
        kernels->winograd_map(&b, pass->map, map_points, point);
        for (int i = 0; i < n; i++) {
            take_phase(&b, block, i);
            kernels->winograd_image(&b, pass->image, image_points, point);
            weight_products(pass, &b, map_points, image_points, weight_points + i * square * weight_point, b.tile > first);
        }
    }
    for (int i = 0; i < n; i++) {
        take_phase(&b, block, i);
        kernels->winograd_weight_adjoint(&b, weight_points + i * square * weight_point, weight_point, partial);
        partial += n_taps(&b) * (size_t)b.n_k * (size_t)b.n_c;
    }
}

/* A block of dW to its place among the weights. */
static void put_weights(const struct pass *pass, lk_winograd_block b, int block, const lk_real *from) {
    const lk_conv *v = pass->plan.conv;
    for (int i = 0; i < phases_of_block(v); i++) {
        take_phase(&b, block, i);
        for (int tap = 0; tap < (int)n_taps(&b); tap++)
            for (int k = 0; k < b.n_k; k++, from += b.n_c) {
                int r = tap / b.plan->taps[b.b] * v->stride + b.a, s = tap % b.plan->taps[b.b] * v->stride + b.b;
                lk_real *to = pass->out + (((ptrdiff_t)(b.k + k) * v->kernel + r) * v->kernel + s) * v->c + b.c;
                pass->context->kernels->scaled_add((size_t)b.n_c, 1, from, pass->add, to);
            }
    }
}

static void weights_task(void *context, int index, int thread) {
    const struct pass *pass = context;
    const lk_winograd *w = &pass->plan;
    const lk_conv *v = w->conv;
    int block = index % blocks_of_image(v), square = w->side * w->side, tiles = most_tiles(w, WEIGHT_TILES);
    lk_winograd_block b = { .plan = w, .k = index / blocks_of_image(v) * pass->channels };
    b.n_k = min(pass->channels, v->k - b.k);
    size_t size = taps_size(b, block);
    lk_real *scratch = scratch_of(pass, thread), *levels = scratch;
    levels += (size_t)square * (2 * point_size(tiles, CHANNELS) + (size_t)phases_of_block(v) * point_size(CHANNELS, CHANNELS));
    for (int shard = 0; shard < v->n_shards; shard++) {
        int level = lk_tree_level(shard);
        shard_weights(pass, b, shard, block, scratch, levels + (size_t)level * size);
        for (int merges = lk_tree_merges(shard); merges > 0; merges--, level--)
            pass->context->kernels->add_to(size, levels + (size_t)level * size, levels + (size_t)(level - 1) * size);
    }
    put_weights(pass, b, block, levels);
}

/* ---- the row ---- */

static size_t scratch_bytes(const lk_conv *v) {
    lk_winograd w = lk_winograd_plan(v);
    size_t square = (size_t)(w.side * w.side), n = (size_t)phases_of_block(v), levels = (size_t)lk_tree_level(v->n_shards - 1) + 1;
    size_t image = square * point_size(most_tiles(&w, TILES), CHANNELS),
           tiles = square * point_size(most_tiles(&w, WEIGHT_TILES), CHANNELS);
    size_t data = (n + 1) * image + square * point_size(CHANNELS, PACKED);
    size_t weights =
        2 * tiles + n * square * point_size(CHANNELS, CHANNELS) + levels * (size_t)(w.taps[0] * w.taps[0]) * n * CHANNELS * CHANNELS;
    return (data > weights ? data : weights) * sizeof(lk_real);
}

static struct pass pass(const lk_context *context, const lk_conv *v, void *scratch, bool add, lk_real *out) {
    return (struct pass){ .context = context,
                          .plan = lk_winograd_plan(v),
                          .out = out,
                          .add = add,
                          .scratch = scratch,
                          .scratch_bytes = lk_conv_scratch_bytes(v),
                          .channels = CHANNELS };
}

/* Halve the blocks' channels if there are too few blocks to keep all threads busy. */
static int n_tasks(struct pass *pass, int n_others, int n_channels) {
    int threads = lk_threads_count(pass->context->threads);
    if (n_others * ceil_div(n_channels, CHANNELS) < 2 * threads) pass->channels = CHANNELS / 2;
    return n_others * ceil_div(n_channels, pass->channels);
}

static void gather(const lk_context *context, const lk_conv *v, const lk_real *image, const lk_real *weight, const lk_real *bias, bool add,
                   lk_real *map, void *scratch) {
    struct pass gather = pass(context, v, scratch, add, map);
    gather.image = image, gather.weight = weight, gather.bias = bias;
    gather.n_groups = ceil_div(v->n * tiles_of_image(&gather.plan), most_tiles(&gather.plan, TILES));
    lk_threads_run(context->threads, n_tasks(&gather, gather.n_groups, v->k), gather_task, &gather);
}

static void scatter(const lk_context *context, const lk_conv *v, const lk_real *map, const lk_real *weight, const lk_real *bias, bool add,
                    lk_real *image, void *scratch) {
    struct pass scatter = pass(context, v, scratch, add, image);
    int tiles = most_tiles(&scatter.plan, TILES), of_image = tiles_of_image(&scatter.plan);
    scatter.map = map, scatter.weight = weight, scatter.bias = bias;
    scatter.group = of_image < tiles ? tiles / of_image : 1;
    scatter.n_groups = ceil_div(v->n, scatter.group);
    lk_threads_run(context->threads, scatter.n_groups * blocks_of_image(v), scatter_task, &scatter);
}

static void weights(const lk_context *context, const lk_conv *v, const lk_real *image, const lk_real *map, bool add, lk_real *dweight,
                    void *scratch) {
    struct pass weights = pass(context, v, scratch, add, dweight);
    weights.image = image, weights.map = map;
    lk_threads_run(context->threads, n_tasks(&weights, blocks_of_image(v), v->k), weights_task, &weights);
}

const lk_engine lk_engine_winograd = {
    .name = "winograd",
    .fits = fits,
    .pays = pays,
    .scratch_bytes = scratch_bytes,
    .gather = gather,
    .scatter = scatter,
    .weights = weights,
};
