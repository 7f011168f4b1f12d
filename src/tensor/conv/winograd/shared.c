/*
 * In bf16, points that several tasks of a pass need are made once, before the tasks, and shared. In
 * float they take twice the memory, and a task's own ones, which stay in its cache, are as fast.
 *
 * Shared points come in groups of tiles and in blocks of channels, one block after the other:
 * points by tiles by channels, as the matrix products take them.
 */
#include "tensor/conv/winograd/winograd.h"

enum {
    TILES = LK_WINOGRAD_TILES,
    CHANNELS = LK_WINOGRAD_CHANNELS,
    SHARED_MOST = 32 << 20, /* bytes of points that tasks share */
};

/* ---- groups of tiles ---- */

/* Of the images that form groups of their own. */
static int groups_of_images(const lk_winograd_pass *pass) {
    return lk_ceil_div(pass->images * lk_winograd_tiles(&pass->plan), TILES);
}

int lk_winograd_groups(const lk_winograd_pass *pass) {
    return lk_ceil_div(pass->plan.conv->n, pass->images) * groups_of_images(pass);
}

int lk_winograd_place_in_group(const lk_winograd_pass *pass, int tile) {
    return tile % (pass->images * lk_winograd_tiles(&pass->plan)) % TILES;
}

static int group_of(const lk_winograd_pass *pass, int tile) {
    int tiles = pass->images * lk_winograd_tiles(&pass->plan);
    return tile / tiles * groups_of_images(pass) + tile % tiles / TILES;
}

/* The tiles of a group; none at the end of the last images, which may be fewer. */
static void take_group(const lk_winograd_pass *pass, int group, lk_winograd_block *b) {
    int tiles = lk_winograd_tiles(&pass->plan), of_images = groups_of_images(pass),
        first = group / of_images * pass->images;
    int end = lk_min(pass->plan.conv->n, first + pass->images) * tiles;
    b->tile = first * tiles + group % of_images * TILES;
    b->n_tiles = lk_min(TILES, end - b->tile);
}

/* ---- where the points of a group lie ---- */

static ptrdiff_t block_size(const lk_winograd *w) {
    return (ptrdiff_t)lk_winograd_square(w) * LK_WINOGRAD_PAIRS;
}

/* Blocks of one group: those of the image have one phase each. */
static int image_blocks(const lk_conv *v) {
    return lk_winograd_phases(v) * lk_ceil_div(v->c, CHANNELS);
}

static int map_blocks(const lk_winograd_pass *pass) {
    return lk_ceil_div(pass->plan.conv->k, pass->channels);
}

lk_pair *lk_winograd_shared_image(const lk_winograd_pass *pass, const lk_winograd_block *b) {
    const lk_conv *v = pass->plan.conv;
    int place = lk_winograd_place_in_group(pass, b->tile), phase = b->a * v->stride + b->b;
    int index = group_of(pass, b->tile) * image_blocks(v) + phase * lk_ceil_div(v->c, CHANNELS) +
                b->c / CHANNELS;
    return pass->shared_image + index * block_size(&pass->plan) + place / 2 * b->n_c;
}

lk_pair *lk_winograd_shared_map(const lk_winograd_pass *pass, const lk_winograd_block *b) {
    int place = lk_winograd_place_in_group(pass, b->tile);
    int index = group_of(pass, b->tile) * map_blocks(pass) + b->k / pass->channels;
    return pass->shared_map + index * block_size(&pass->plan) + place / 2 * b->n_k;
}

/* ---- what is shared ---- */

/* Whether shards begin with whole blocks of tiles, so that the points of all are one matrix. */
static bool shards_fit(const lk_winograd *w) {
    const lk_conv *v = w->conv;
    for (int i = 0; i < v->n_shards; i++)
        if (lk_shard_begin(v->n, v->n_shards, i) * lk_winograd_tiles(w) % LK_PANEL_ROWS)
            return false;
    return true;
}

/* Sharing pays for what several blocks of the result take. */
static bool shares_image(const lk_winograd *w, lk_winograd_product product) {
    return w->conv->k > CHANNELS &&
           (product == LK_WINOGRAD_GATHER || (product == LK_WINOGRAD_WEIGHTS && shards_fit(w)));
}

static bool shares_map(const lk_winograd *w, lk_winograd_product product) {
    return lk_winograd_image_blocks(w->conv) > 1 &&
           (product == LK_WINOGRAD_SCATTER || (product == LK_WINOGRAD_WEIGHTS && shards_fit(w)));
}

static size_t bytes_of(const lk_winograd *w, lk_winograd_product product) {
    const lk_conv *v = w->conv;
    lk_winograd_pass pass = { .plan = *w, .channels = CHANNELS };
    pass.images = product == LK_WINOGRAD_SCATTER ? lk_winograd_scatter_images(w) : v->n;
    int blocks = 0, groups = lk_winograd_groups(&pass);
    if (shares_image(w, product)) blocks += groups * image_blocks(v);
    if (shares_map(w, product)) blocks += groups * map_blocks(&pass);
    return (size_t)blocks * (size_t)block_size(w) * sizeof(lk_pair);
}

size_t lk_winograd_shared_bytes(const lk_conv *v) {
    lk_winograd w = lk_winograd_plan(v);
    size_t most = 0;
    if (!lk_conv_is_bf16(v)) return 0;
    for (int product = LK_WINOGRAD_GATHER; product <= LK_WINOGRAD_WEIGHTS; product++) {
        size_t bytes = bytes_of(&w, (lk_winograd_product)product);
        if (bytes > most) most = bytes;
    }
    return most <= SHARED_MOST ? most : 0;
}

/* ---- their making ---- */

static void image_task(void *context, int index, int thread) {
    const lk_winograd_pass *pass = context;
    const lk_conv *v = pass->plan.conv;
    int in_group = index % image_blocks(v), in_phase = lk_ceil_div(v->c, CHANNELS),
        phase = in_group / in_phase;
    lk_winograd_block b = { .plan = &pass->plan,
                            .a = phase / v->stride,
                            .b = phase % v->stride,
                            .c = in_group % in_phase * CHANNELS };
    (void)thread;
    b.n_c = lk_min(CHANNELS, v->c - b.c);
    take_group(pass, index / image_blocks(v), &b);
    if (b.n_tiles > 0)
        pass->context->kernels->winograd_image_bf16(
            &b, pass->image, pass->product == LK_WINOGRAD_WEIGHTS,
            pass->shared_image + index * block_size(&pass->plan));
}

static void map_task(void *context, int index, int thread) {
    const lk_winograd_pass *pass = context;
    const lk_conv *v = pass->plan.conv;
    int blocks = map_blocks(pass);
    lk_winograd_block b = { .plan = &pass->plan, .k = index % blocks * pass->channels };
    (void)thread;
    b.n_k = lk_min(pass->channels, v->k - b.k);
    take_group(pass, index / blocks, &b);
    if (b.n_tiles > 0)
        pass->context->kernels->winograd_map_bf16(
            &b, pass->map, pass->product == LK_WINOGRAD_WEIGHTS,
            pass->shared_map + index * block_size(&pass->plan));
}

void lk_winograd_share(lk_winograd_pass *pass, void *shared) {
    const lk_conv *v = pass->plan.conv;
    lk_threads *threads = pass->context->threads;
    int groups = lk_winograd_groups(pass);
    lk_pair *at = shared;
    if (lk_winograd_shared_bytes(v) == 0) return;
    if (shares_image(&pass->plan, pass->product)) {
        pass->shared_image = at;
        at += groups * image_blocks(v) * block_size(&pass->plan);
        lk_threads_run(threads, groups * image_blocks(v), image_task, pass);
    }
    if (shares_map(&pass->plan, pass->product) && pass->channels == CHANNELS) {
        pass->shared_map = at;
        lk_threads_run(threads, groups * map_blocks(pass), map_task, pass);
    }
}
