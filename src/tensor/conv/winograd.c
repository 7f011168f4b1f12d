/*
 * Convolution by Winograd's transforms (see winograd.h, kernels/winograd.c): two to three times
 * fewer multiplications for strided 4 x 4 and 5 x 5 and for 3 x 3 kernels. With V the points of the
 * image's tiles, U those of the weights, M those of the map's tiles and a matrix product for every
 * point,
 *
 *   gather   M = V U          scatter  V = M U^T          weights  dU^T = M^T V
 *
 * V, U and M are never whole in memory. A task makes one block of the result, 64 tiles or channels
 * a side, and transforms only the parts of both factors that it needs, so that its data stay in the
 * second-level cache. Other tasks transform some parts again, which costs a twentieth of the
 * products. Tasks share nothing, every sum runs in the order of channels, and sums over the batch
 * run by shard along their tree, after G^T: the bits depend on neither threads nor blocks.
 */
#include "winograd.h"
#include "engine.h"

enum {
    TILES = LK_WINOGRAD_TILES,
    WEIGHT_TILES = TILES / 2, /* summed at a time by weights, which hold three matrices a point */
    SHARED_MOST = 32 << 20,   /* bytes of points that tasks share */
    CHANNELS = LK_WINOGRAD_CHANNELS,
    PACKED = LK_WINOGRAD_PACKED,
    POINT = LK_WINOGRAD_POINT,
    PACKED_POINT = LK_WINOGRAD_PACKED_POINT,
};

static int most_taps(const lk_conv *v) {
    return lk_ceil_div(v->kernel, v->stride);
}

static lk_winograd plan(const lk_conv *v, int m) {
    return (lk_winograd){ .conv = v,
                          .m = m,
                          .taps = { most_taps(v), v->kernel / v->stride },
                          .side = m + most_taps(v) - 1,
                          .rows = lk_ceil_div(v->p, m),
                          .columns = lk_ceil_div(v->q, m) };
}

static int points_of_map(const lk_winograd *w) {
    return w->rows * w->columns * w->side * w->side;
}

/* The tiles that take fewer multiplications: a map of 6 x 6 is better cut into nine of 2 x 2 than
   into four of 4 x 4. */
lk_winograd lk_winograd_plan(const lk_conv *v) {
    lk_winograd two = plan(v, 2), four = plan(v, 4);
    return points_of_map(&two) < points_of_map(&four) ? two : four;
}

/* Whether tiles reach every pixel along one axis: the first of each phase beyond their n_tiles m +
   taps - 1 lies outside the image. */
static bool axis_covered(const lk_winograd *w, int n_tiles, int size) {
    const lk_conv *v = w->conv;
    for (int a = 0; a < v->stride; a++)
        if (v->stride * (n_tiles * w->m + w->taps[a] - 1) + a - v->padding < size) return false;
    return true;
}

/* Whether every pixel lies in a tile. */
static bool covers(const lk_winograd *w) {
    return axis_covered(w, w->rows, w->conv->h) && axis_covered(w, w->columns, w->conv->w);
}

static bool winograd_fits(const lk_conv *v) {
    int taps = most_taps(v);
    return lk_conv_is_plain(v) && (v->stride == 1 || (v->stride == 2 && v->kernel / 2 >= 2)) &&
           taps >= 2 && taps <= LK_WINOGRAD_TAPS && v->c % LK_GROUP == 0 && v->k % LK_GROUP == 0;
}

/* Multiplications for one pair of channels, points of all phases against taps: a quarter must be
   saved to pay for the transforms. */
static bool winograd_pays(const lk_conv *v) {
    lk_winograd w = lk_winograd_plan(v);
    int points = 0;
    for (int a = 0; a < v->stride; a++) points += w.m + w.taps[a] - 1;
    return 4.0 * w.rows * w.columns * points * points < 3.0 * v->p * v->q * v->kernel * v->kernel;
}

/* ---- what the tasks of a pass share ---- */

enum product { GATHER, SCATTER, WEIGHTS };

struct pass {
    const lk_context *context;
    enum product product;
    lk_winograd plan;
    const lk_real *image, *map, *weight, *bias;
    lk_real *out;
    bool add;
    char *scratch;
    size_t scratch_bytes;
    int n_columns; /* blocks of the result for one group of tiles */
    int images;    /* whose tiles form groups of their own */
    int channels;  /* map channels of a block of the result */
    /* in bf16, the points that several tasks need; NULL: each makes its own */
    lk_pair *shared_image, *shared_map;
};

/* A thread's scratch: for every point a matrix of tiles by image channels (of each phase of the
   block), tiles by map channels, and weights. In bf16 the two factors are pairs, in the same
   places. */
struct points {
    lk_real *image, *map, *weight;
};

static int n_phases(const lk_conv *v) {
    return v->stride * v->stride;
}

static int tiles_of_image(const lk_winograd *w) {
    return w->rows * w->columns;
}

static int square(const lk_winograd *w) {
    return w->side * w->side;
}

/* A block of image channels takes as many phases as make 64 columns of few channels. */
static int phases_of_block(const lk_conv *v) {
    int n = v->c == LK_GROUP ? 4 : v->c == 2 * LK_GROUP ? 2 : 1;
    return lk_min(n, n_phases(v));
}

static int blocks_of_image(const lk_conv *v) {
    return n_phases(v) / phases_of_block(v) * lk_ceil_div(v->c, CHANNELS);
}

/* Phase i of the index-th block and its channels, into `b`. */
static void take_phase(lk_winograd_block *b, int index, int i) {
    const lk_conv *v = b->plan->conv;
    int in_phase = lk_ceil_div(v->c, CHANNELS), phase = index / in_phase * phases_of_block(v) + i;
    b->a = phase / v->stride, b->b = phase % v->stride;
    b->c = index % in_phase * CHANNELS;
    b->n_c = lk_min(CHANNELS, v->c - b->c);
}

static struct points points_of(const struct pass *pass, int thread) {
    lk_real *image = (lk_real *)(void *)(pass->scratch + (size_t)thread * pass->scratch_bytes);
    lk_real *map =
        image + (ptrdiff_t)phases_of_block(pass->plan.conv) * square(&pass->plan) * POINT;
    return (struct points){ image, map, map + (ptrdiff_t)square(&pass->plan) * POINT };
}

static lk_real *phase_points(const struct pass *pass, const struct points *points, int phase) {
    return points->image + (ptrdiff_t)phase * square(&pass->plan) * POINT;
}

/* ---- the matrix products ---- */

static lk_panel panel(lk_real *at, int n_channels, int column) {
    return (lk_panel){ at + (ptrdiff_t)column * LK_PANEL_ROWS,
                       (ptrdiff_t)LK_PANEL_ROWS * n_channels, LK_GROUP, LK_PANEL_ROWS * LK_GROUP };
}

/* The place of a phase's i-th point of an axis among those of all phases: a phase of fewer taps
   lacks the last but one. */
static int among_all(int i, int n, int side) {
    return i == n - 1 ? side - 1 : i;
}

/* Of columns: gather's and scatter's; of rows: weights'. */
static lk_pairs pairs(lk_real *at, int point, int n_channels, bool of_rows) {
    return (lk_pairs){ (lk_pair *)(void *)at + (ptrdiff_t)point * LK_WINOGRAD_PAIRS,
                       (ptrdiff_t)LK_PANEL_ROWS / 2 * n_channels, of_rows ? LK_GROUP : LK_GROUP / 2,
                       LK_PANEL_ROWS / 2 * LK_GROUP };
}

/* A point of the block's phase: its place among the points of the image and of the weights, and
   among those of the map, which all phases share. */
struct point {
    int own, of_map;
};

static struct point point_of(const struct pass *pass, const lk_winograd_block *b, int i) {
    const lk_winograd *w = &pass->plan;
    int na = w->m + w->taps[b->a] - 1, nb = w->m + w->taps[b->b] - 1;
    return (struct point){ i, among_all(i / nb, na, w->side) * w->side +
                                  among_all(i % nb, nb, w->side) };
}

/* Where the product at a point goes: into the columns from `column` on of gather's and scatter's
   result. */
static lk_panel result_of(enum product product, const lk_winograd_block *b, int column,
                          struct point at, struct points points) {
    ptrdiff_t own = (ptrdiff_t)at.own * POINT;
    if (product == GATHER) return panel(points.map + (ptrdiff_t)at.of_map * POINT, b->n_k, column);
    if (product == SCATTER) return panel(points.image + own, b->n_c, column);
    return (lk_panel){ points.weight + own, (ptrdiff_t)LK_PANEL_ROWS * b->n_c, b->n_c, LK_GROUP };
}

/* Tiles of gather's and scatter's product: what is beyond the last one is not used. */
static int whole_blocks(int n_tiles) {
    return lk_ceil_div(n_tiles, LK_PANEL_ROWS) * LK_PANEL_ROWS;
}

static void multiply_float(const lk_kernels *kernels, enum product product,
                           const lk_winograd_block *b, int n_columns, struct point at,
                           struct points points, bool add, lk_panel to) {
    lk_panel image = panel(points.image + (ptrdiff_t)at.own * POINT, b->n_c, 0),
             map = panel(points.map + (ptrdiff_t)at.of_map * POINT, b->n_k, 0);
    const lk_real *packed = points.weight + (ptrdiff_t)at.own * PACKED_POINT;
    if (product == WEIGHTS)
        kernels->multiply_transposed(b->n_tiles, b->n_k / LK_GROUP, b->n_c / LK_GROUP, map, image,
                                     add, to);
    else
        kernels->multiply(whole_blocks(b->n_tiles), n_columns / LK_GROUP,
                          product == GATHER ? b->n_c : b->n_k, product == GATHER ? image : map,
                          packed, add, to);
}

static void multiply_bf16(const lk_kernels *kernels, enum product product,
                          const lk_winograd_block *b, int n_columns, struct point at,
                          struct points points, bool add, lk_panel to) {
    lk_pairs image = pairs(points.image, at.own, b->n_c, product == WEIGHTS),
             map = pairs(points.map, at.of_map, b->n_k, product == WEIGHTS);
    const lk_pair *packed =
        (const lk_pair *)(void *)points.weight + (ptrdiff_t)at.own * LK_WINOGRAD_PACKED_PAIRS;
    if (product == WEIGHTS)
        kernels->multiply_transposed_bf16(b->n_tiles, b->n_k / LK_GROUP, b->n_c / LK_GROUP, map,
                                          image, add, to);
    else
        kernels->multiply_bf16(whole_blocks(b->n_tiles), n_columns / LK_GROUP,
                               product == GATHER ? b->n_c : b->n_k, product == GATHER ? image : map,
                               packed, add, to);
}

/* For every point of the block's phase: the product, into columns [column, column + n_columns) of
   gather's and scatter's result. */
static void multiply(const struct pass *pass, const lk_winograd_block *b, int column, int n_columns,
                     struct points points, bool add) {
    const lk_winograd *w = &pass->plan;
    int n = (w->m + w->taps[b->a] - 1) * (w->m + w->taps[b->b] - 1);
    for (int i = 0; i < n; i++) {
        struct point at = point_of(pass, b, i);
        (lk_conv_is_bf16(pass->plan.conv) ? multiply_bf16 : multiply_float)(
            pass->context->kernels, pass->product, b, n_columns, at, points, add,
            result_of(pass->product, b, column, at, points));
    }
}

/* ---- the points of one factor: a task's own, or, in bf16, shared by tasks ---- */

/* Groups of tiles that shared points are made of at a time. */
static int groups_of_images(const struct pass *pass) {
    return lk_ceil_div(pass->images * tiles_of_image(&pass->plan), TILES);
}

static int n_groups(const struct pass *pass) {
    return lk_ceil_div(pass->plan.conv->n, pass->images) * groups_of_images(pass);
}

/* The tiles of a group; none at the end of the last images, which may be fewer. */
static void take_group(const struct pass *pass, int group, lk_winograd_block *b) {
    int tiles = tiles_of_image(&pass->plan), first = group / groups_of_images(pass) * pass->images;
    int end = lk_min(pass->plan.conv->n, first + pass->images) * tiles;
    b->tile = first * tiles + group % groups_of_images(pass) * TILES;
    b->n_tiles = lk_min(TILES, end - b->tile);
}

/* The group of a tile, and its place there. */
static int group_of(const struct pass *pass, int tile, int *place) {
    int tiles = pass->images * tiles_of_image(&pass->plan);
    *place = tile % tiles % TILES;
    return tile / tiles * groups_of_images(pass) + tile % tiles / TILES;
}

static int image_blocks(const lk_conv *v) {
    return n_phases(v) * lk_ceil_div(v->c, CHANNELS);
}

static ptrdiff_t shared_block(const struct pass *pass, int index) {
    return (ptrdiff_t)index * square(&pass->plan) * LK_WINOGRAD_PAIRS;
}

static void share_image_task(void *context, int index, int thread) {
    const struct pass *pass = context;
    const lk_conv *v = pass->plan.conv;
    int in_group = index % image_blocks(v), in_phase = lk_ceil_div(v->c, CHANNELS);
    lk_winograd_block b = { .plan = &pass->plan,
                            .a = in_group / in_phase / v->stride,
                            .b = in_group / in_phase % v->stride,
                            .c = in_group % in_phase * CHANNELS };
    (void)thread;
    b.n_c = lk_min(CHANNELS, v->c - b.c);
    take_group(pass, index / image_blocks(v), &b);
    if (b.n_tiles > 0)
        pass->context->kernels->winograd_image_bf16(&b, pass->image, pass->product == WEIGHTS,
                                                    pass->shared_image + shared_block(pass, index));
}

static void share_map_task(void *context, int index, int thread) {
    const struct pass *pass = context;
    const lk_conv *v = pass->plan.conv;
    int blocks = lk_ceil_div(v->k, pass->channels);
    lk_winograd_block b = { .plan = &pass->plan, .k = index % blocks * pass->channels };
    (void)thread;
    b.n_k = lk_min(pass->channels, v->k - b.k);
    take_group(pass, index / blocks, &b);
    if (b.n_tiles > 0)
        pass->context->kernels->winograd_map_bf16(&b, pass->map, pass->product == WEIGHTS,
                                                  pass->shared_map + shared_block(pass, index));
}

/* The points of the block's tiles, in `own` unless they are shared. */
static lk_real *take_image(const struct pass *pass, const lk_winograd_block *b, lk_real *own) {
    const lk_kernels *kernels = pass->context->kernels;
    const lk_conv *v = pass->plan.conv;
    if (!lk_conv_is_bf16(v)) {
        kernels->winograd_image(b, pass->image, own);
    } else if (!pass->shared_image) {
        kernels->winograd_image_bf16(b, pass->image, pass->product == WEIGHTS,
                                     (lk_pair *)(void *)own);
    } else {
        int place, group = group_of(pass, b->tile, &place), phase = b->a * v->stride + b->b;
        int index = group * image_blocks(v) + phase * lk_ceil_div(v->c, CHANNELS) + b->c / CHANNELS;
        own = (lk_real *)(void *)(pass->shared_image + shared_block(pass, index) +
                                  place / 2 * b->n_c);
    }
    return own;
}

static lk_real *take_map(const struct pass *pass, const lk_winograd_block *b, lk_real *own) {
    const lk_kernels *kernels = pass->context->kernels;
    const lk_conv *v = pass->plan.conv;
    if (!lk_conv_is_bf16(v)) {
        kernels->winograd_map(b, pass->map, own);
    } else if (!pass->shared_map) {
        kernels->winograd_map_bf16(b, pass->map, pass->product == WEIGHTS, (lk_pair *)(void *)own);
    } else {
        int place, group = group_of(pass, b->tile, &place);
        int index = group * lk_ceil_div(v->k, pass->channels) + b->k / pass->channels;
        own =
            (lk_real *)(void *)(pass->shared_map + shared_block(pass, index) + place / 2 * b->n_k);
    }
    return own;
}

static void take_weight(const struct pass *pass, const lk_winograd_block *b, lk_real *points) {
    const lk_kernels *kernels = pass->context->kernels;
    bool gather = pass->product == GATHER;
    if (lk_conv_is_bf16(pass->plan.conv))
        (gather ? kernels->winograd_weight_transposed_bf16
                : kernels->winograd_weight_bf16)(b, pass->weight, (lk_pair *)(void *)points);
    else
        (gather ? kernels->winograd_weight_transposed : kernels->winograd_weight)(b, pass->weight,
                                                                                  points);
}

/* ---- gather ---- */

static void winograd_gather_task(void *context, int index, int thread) {
    const struct pass *pass = context;
    const lk_kernels *kernels = pass->context->kernels;
    const lk_winograd *w = &pass->plan;
    const lk_conv *v = w->conv;
    struct points own = points_of(pass, thread), points = own;
    lk_winograd_block b = { .plan = w,
                            .tile = index / pass->n_columns * TILES,
                            .k = index % pass->n_columns * pass->channels };
    b.n_tiles = lk_min(TILES, v->n * tiles_of_image(w) - b.tile);
    b.n_k = lk_min(pass->channels, v->k - b.k);
    for (int phase = 0; phase < n_phases(v); phase++)
        for (int c = 0; c < v->c; c += CHANNELS) {
            b.a = phase / v->stride, b.b = phase % v->stride, b.c = c,
            b.n_c = lk_min(CHANNELS, v->c - c);
            points.image = take_image(pass, &b, own.image);
            for (int column = 0; column < b.n_k; column += PACKED) {
                lk_winograd_block part = b;
                part.k = b.k + column, part.n_k = lk_min(PACKED, b.n_k - column);
                take_weight(pass, &part, points.weight);
                multiply(pass, &b, column, part.n_k, points, phase > 0 || c > 0);
            }
        }
    kernels->winograd_map_adjoint(&b, points.map, pass->bias, pass->add, pass->out);
}

/* ---- scatter ---- */

/* One group of tiles: all of its map channels into the phases of a block of image channels. */
static void scatter_tiles(const struct pass *pass, lk_winograd_block b, int block, bool add,
                          struct points own) {
    const lk_kernels *kernels = pass->context->kernels;
    const lk_conv *v = pass->plan.conv;
    struct points points = own;
    for (int k = 0; k < v->k; k += CHANNELS) {
        b.k = k, b.n_k = lk_min(CHANNELS, v->k - k);
        points.map = take_map(pass, &b, own.map);
        for (int i = 0; i < phases_of_block(v); i++) {
            take_phase(&b, block, i);
            for (int column = 0; column < b.n_c; column += PACKED) {
                lk_winograd_block part = b;
                part.c = b.c + column, part.n_c = lk_min(PACKED, b.n_c - column);
                take_weight(pass, &part, points.weight);
                struct points of_phase = { phase_points(pass, &points, i), points.map,
                                           points.weight };
                multiply(pass, &b, column, part.n_c, of_phase, k > 0);
            }
        }
    }
    for (int i = 0; i < phases_of_block(v); i++) {
        take_phase(&b, block, i);
        kernels->winograd_image_adjoint(&b, phase_points(pass, &points, i), pass->bias, add,
                                        pass->out);
    }
}

/* A task takes whole images, because tiles overlap in them. The first tile to reach a pixel sets
   it, unless the pixels must be filled before. */
static void winograd_scatter_task(void *context, int index, int thread) {
    const struct pass *pass = context;
    const lk_winograd *w = &pass->plan;
    const lk_conv *v = w->conv;
    int block = index % pass->n_columns, first = index / pass->n_columns * pass->images;
    int tile = first * tiles_of_image(w),
        end = lk_min(v->n, first + pass->images) * tiles_of_image(w);
    bool fill = !covers(w) || (pass->add && pass->bias);
    lk_winograd_block b = { .plan = w, .tile = tile, .n_tiles = end - tile };
    for (int i = 0; fill && i < phases_of_block(v); i++) {
        take_phase(&b, block, i);
        pass->context->kernels->winograd_fill(&b, pass->bias, pass->add, pass->out);
    }
    for (; b.tile < end; b.tile += TILES) {
        b.n_tiles = lk_min(TILES, end - b.tile);
        scatter_tiles(pass, b, block, pass->add, points_of(pass, thread));
    }
}

/* ---- weights ---- */

/* Numbers of a phase's taps in a block. */
static size_t taps_size(const lk_winograd_block *b) {
    return (size_t)(b->plan->taps[b->a] * b->plan->taps[b->b]) * (size_t)b->n_k * (size_t)b->n_c;
}

/* From this one on. Three matrices a point fit the cache with the factors in bf16. */
static int tiles_at_a_time(const struct pass *pass, int tile) {
    int place;
    if (!lk_conv_is_bf16(pass->plan.conv)) return WEIGHT_TILES;
    group_of(pass, tile, &place);
    return pass->shared_image || pass->shared_map ? TILES - place : TILES;
}

/* One shard's part of a block of dW. */
static void shard_weights(const struct pass *pass, lk_winograd_block b, int shard, int block,
                          struct points points, lk_real *partial) {
    const lk_kernels *kernels = pass->context->kernels;
    const lk_winograd *w = &pass->plan;
    const lk_conv *v = w->conv;
    int first = lk_shard_begin(v->n, v->n_shards, shard) * tiles_of_image(w);
    int end = lk_shard_begin(v->n, v->n_shards, shard + 1) * tiles_of_image(w);
    for (b.tile = first; b.tile < end; b.tile += b.n_tiles) {
        b.n_tiles = lk_min(tiles_at_a_time(pass, b.tile), end - b.tile);
        lk_real *map = take_map(pass, &b, points.map);
        for (int i = 0; i < phases_of_block(v); i++) {
            take_phase(&b, block, i);
            struct points of_phase = { take_image(pass, &b, points.image), map,
                                       points.weight + (ptrdiff_t)i * square(w) * POINT };
            multiply(pass, &b, 0, b.n_c, of_phase, b.tile > first);
        }
    }
    for (int i = 0; i < phases_of_block(v); i++) {
        take_phase(&b, block, i);
        kernels->winograd_weight_adjoint(&b, points.weight + (ptrdiff_t)i * square(w) * POINT,
                                         partial);
        partial += taps_size(&b);
    }
}

/* A block of dW to its place among the weights. */
static void put_weights(const struct pass *pass, lk_winograd_block b, int block,
                        const lk_real *from) {
    const lk_conv *v = pass->plan.conv;
    for (int i = 0; i < phases_of_block(v); i++) {
        take_phase(&b, block, i);
        int columns = b.plan->taps[b.b];
        for (int tap = 0; tap < b.plan->taps[b.a] * columns; tap++)
            for (int k = 0; k < b.n_k; k++, from += b.n_c) {
                int r = tap / columns * v->stride + b.a, s = tap % columns * v->stride + b.b;
                lk_real *to = pass->out +
                              (((ptrdiff_t)(b.k + k) * v->kernel + r) * v->kernel + s) * v->c + b.c;
                pass->context->kernels->scaled_add((size_t)b.n_c, 1, from, pass->add, to);
            }
    }
}

static void winograd_weights_task(void *context, int index, int thread) {
    const struct pass *pass = context;
    const lk_winograd *w = &pass->plan;
    const lk_conv *v = w->conv;
    int block = index % blocks_of_image(v);
    lk_winograd_block b = { .plan = w, .k = index / blocks_of_image(v) * pass->channels };
    b.n_k = lk_min(pass->channels, v->k - b.k);
    size_t size = 0;
    for (int i = 0; i < phases_of_block(v); i++) {
        take_phase(&b, block, i);
        size += taps_size(&b);
    }
    struct points points = points_of(pass, thread);
    lk_real *levels = points.weight + (ptrdiff_t)phases_of_block(v) * square(w) * POINT;
    for (int shard = 0; shard < v->n_shards; shard++) {
        int level = lk_tree_level(shard);
        shard_weights(pass, b, shard, block, points, levels + (size_t)level * size);
        for (int merges = lk_tree_merges(shard); merges > 0; merges--, level--)
            pass->context->kernels->add_to(size, levels + (size_t)level * size,
                                           levels + (size_t)(level - 1) * size);
    }
    put_weights(pass, b, block, levels);
}

/* ---- the row ---- */

static size_t winograd_scratch_bytes(const lk_conv *v) {
    lk_winograd w = lk_winograd_plan(v);
    size_t n = (size_t)phases_of_block(v), levels = (size_t)lk_tree_level(v->n_shards - 1) + 1;
    size_t data = (n + 1) * (size_t)square(&w) * POINT;
    /* all phases of a block share its 64 columns */
    size_t taps = levels * (size_t)(w.taps[0] * w.taps[0]) * CHANNELS * CHANNELS;
    /* weights' needs are the largest */
    return (data + n * (size_t)square(&w) * POINT + taps) * sizeof(lk_real);
}

/* Images whose tiles scatter takes at a time. */
static int images_at_a_time(const lk_winograd *w) {
    return tiles_of_image(w) < TILES ? TILES / tiles_of_image(w) : 1;
}

/* Whether shards begin with whole blocks of tiles, so that the points of all are one matrix. */
static bool shards_fit(const lk_winograd *w) {
    const lk_conv *v = w->conv;
    for (int i = 0; i < v->n_shards; i++)
        if (lk_shard_begin(v->n, v->n_shards, i) * tiles_of_image(w) % LK_PANEL_ROWS) return false;
    return true;
}

/* Sharing pays for what several blocks of the result take. */
static bool shares_image(const lk_winograd *w, enum product product) {
    return w->conv->k > CHANNELS && (product == GATHER || (product == WEIGHTS && shards_fit(w)));
}

static bool shares_map(const lk_winograd *w, enum product product) {
    return blocks_of_image(w->conv) > 1 &&
           (product == SCATTER || (product == WEIGHTS && shards_fit(w)));
}

static size_t shared_bytes_of(const lk_winograd *w, enum product product) {
    const lk_conv *v = w->conv;
    struct pass pass = { .plan = *w, .images = product == SCATTER ? images_at_a_time(w) : v->n };
    size_t blocks = 0;
    if (shares_image(w, product)) blocks += (size_t)(n_groups(&pass) * image_blocks(v));
    if (shares_map(w, product)) blocks += (size_t)(n_groups(&pass) * lk_ceil_div(v->k, CHANNELS));
    return blocks * (size_t)shared_block(&pass, 1) * sizeof(lk_pair);
}

static size_t winograd_shared_bytes(const lk_conv *v) {
    lk_winograd w = lk_winograd_plan(v);
    size_t most = 0;
    for (int product = GATHER; product <= WEIGHTS && lk_conv_is_bf16(v); product++) {
        size_t bytes = shared_bytes_of(&w, (enum product)product);
        if (bytes > most) most = bytes;
    }
    return most <= SHARED_MOST ? most : 0;
}

/* Make the points that tasks share. */
static void share(struct pass *pass, void *shared) {
    const lk_conv *v = pass->plan.conv;
    lk_threads *threads = pass->context->threads;
    int of_image = n_groups(pass) * image_blocks(v),
        of_map = n_groups(pass) * lk_ceil_div(v->k, CHANNELS);
    if (winograd_shared_bytes(v) == 0) return;
    if (shares_image(&pass->plan, pass->product)) {
        pass->shared_image = shared;
        lk_threads_run(threads, of_image, share_image_task, pass);
    }
    if (shares_map(&pass->plan, pass->product) && pass->channels == CHANNELS) {
        pass->shared_map =
            (lk_pair *)shared + (pass->shared_image ? shared_block(pass, of_image) : 0);
        lk_threads_run(threads, of_map, share_map_task, pass);
    }
}

static struct pass winograd_pass(const lk_context *context, enum product product, const lk_conv *v,
                                 void *scratch, bool add, lk_real *out) {
    return (struct pass){ .context = context,
                          .product = product,
                          .plan = lk_winograd_plan(v),
                          .out = out,
                          .add = add,
                          .images = v->n,
                          .scratch = (char *)scratch + lk_conv_shared_bytes(v),
                          .scratch_bytes = lk_engine_scratch_bytes(v),
                          .channels = CHANNELS };
}

/* Blocks of map channels; of half the size if there were too few of the result, `others` times as
   many, to keep all threads busy. */
static int map_blocks(struct pass *pass, int others) {
    int k = pass->plan.conv->k;
    if (others * lk_ceil_div(k, CHANNELS) < 2 * lk_threads_count(pass->context->threads))
        pass->channels = CHANNELS / 2;
    return lk_ceil_div(k, pass->channels);
}

static void winograd_gather(const lk_context *context, const lk_conv *v, const lk_real *image,
                            const lk_real *weight, const lk_real *bias, bool add, lk_real *map,
                            void *scratch) {
    struct pass gather = winograd_pass(context, GATHER, v, scratch, add, map);
    gather.image = image, gather.weight = weight, gather.bias = bias;
    gather.n_columns = map_blocks(&gather, n_groups(&gather));
    share(&gather, scratch);
    lk_threads_run(context->threads, n_groups(&gather) * gather.n_columns, winograd_gather_task,
                   &gather);
}

static void winograd_scatter(const lk_context *context, const lk_conv *v, const lk_real *map,
                             const lk_real *weight, const lk_real *bias, bool add, lk_real *image,
                             void *scratch) {
    struct pass scatter = winograd_pass(context, SCATTER, v, scratch, add, image);
    scatter.map = map, scatter.weight = weight, scatter.bias = bias;
    scatter.images = images_at_a_time(&scatter.plan);
    scatter.n_columns = blocks_of_image(v);
    share(&scatter, scratch);
    lk_threads_run(context->threads, lk_ceil_div(v->n, scatter.images) * scatter.n_columns,
                   winograd_scatter_task, &scatter);
}

static void winograd_weights(const lk_context *context, const lk_conv *v, const lk_real *image,
                             const lk_real *map, bool add, lk_real *dweight, void *scratch) {
    struct pass weights = winograd_pass(context, WEIGHTS, v, scratch, add, dweight);
    weights.image = image, weights.map = map;
    int n_blocks = blocks_of_image(v) * map_blocks(&weights, blocks_of_image(v));
    share(&weights, scratch);
    lk_threads_run(context->threads, n_blocks, winograd_weights_task, &weights);
}

const lk_engine lk_engine_winograd = {
    .name = "winograd",
    .fits = winograd_fits,
    .pays = winograd_pays,
    .scratch_bytes = winograd_scratch_bytes,
    .shared_bytes = winograd_shared_bytes,
    .gather = winograd_gather,
    .scatter = winograd_scatter,
    .weights = winograd_weights,
};
