/* Winograd's weights, dU^T = M^T V: a task makes one block of dW, a sum over the tree of shards. */
#include "tensor/conv/winograd/winograd.h"

enum {
    TILES = LK_WINOGRAD_TILES,
    FLOAT_TILES = TILES / 2, /* summed at a time in float: three matrices a point fill the cache */
};

/* Numbers of a phase's taps in a block. */
static size_t phase_size(const lk_winograd_block *b) {
    return (size_t)(b->plan->taps[b->a] * b->plan->taps[b->b]) * (size_t)b->n_k * (size_t)b->n_c;
}

/* Numbers of all taps of a block. */
static size_t block_size(lk_winograd_block b, int block) {
    size_t size = 0;
    for (int i = 0; i < lk_winograd_block_phases(b.plan->conv); i++) {
        lk_winograd_take_phase(&b, block, i);
        size += phase_size(&b);
    }
    return size;
}

/* From this tile on. Shared points are taken from one group at a time. */
static int tiles_at_a_time(const lk_winograd_pass *pass, int tile) {
    if (!lk_conv_is_bf16(pass->plan.conv)) return FLOAT_TILES;
    int place = lk_winograd_place_in_group(pass, tile);
    return pass->shared_image || pass->shared_map ? TILES - place : TILES;
}

/* The products of some tiles, for every phase of the block. */
static void add_tiles(const lk_winograd_pass *pass, lk_winograd_block b, int block,
                      lk_winograd_points own, bool add) {
    lk_real *map = lk_winograd_take_map(pass, &b, own.map);
    for (int i = 0; i < lk_winograd_block_phases(pass->plan.conv); i++) {
        lk_winograd_take_phase(&b, block, i);
        lk_winograd_points of_phase = { lk_winograd_take_image(pass, &b, own.image), map,
                                        lk_winograd_of_phase(pass, own.weight, i) };
        lk_winograd_multiply(pass, &b, 0, b.n_c, of_phase, add);
    }
}

/* One shard's part of a block of dW. */
static void sum_shard(const lk_winograd_pass *pass, lk_winograd_block b, int shard, int block,
                      lk_winograd_points own, lk_real *partial) {
    const lk_winograd *w = &pass->plan;
    const lk_conv *v = w->conv;
    int first = lk_shard_begin(v->n, v->n_shards, shard) * lk_winograd_tiles(w);
    int end = lk_shard_begin(v->n, v->n_shards, shard + 1) * lk_winograd_tiles(w);
    for (b.tile = first; b.tile < end; b.tile += b.n_tiles) {
        b.n_tiles = lk_min(tiles_at_a_time(pass, b.tile), end - b.tile);
        add_tiles(pass, b, block, own, b.tile > first);
    }
    for (int i = 0; i < lk_winograd_block_phases(v); i++) {
        lk_winograd_take_phase(&b, block, i);
        pass->context->kernels->winograd_weight_adjoint(
            &b, lk_winograd_of_phase(pass, own.weight, i), partial);
        partial += phase_size(&b);
    }
}

/* The taps of one phase of a block of dW to their places among the weights. */
static void put_phase(const lk_winograd_pass *pass, const lk_winograd_block *b,
                      const lk_real *from) {
    const lk_conv *v = pass->plan.conv;
    int columns = b->plan->taps[b->b], n_taps = b->plan->taps[b->a] * columns;
    for (int tap = 0; tap < n_taps; tap++)
        for (int k = 0; k < b->n_k; k++, from += b->n_c) {
            int r = tap / columns * v->stride + b->a, s = tap % columns * v->stride + b->b;
            ptrdiff_t row = ((ptrdiff_t)(b->k + k) * v->kernel + r) * v->kernel + s;
            pass->context->kernels->scaled_add((size_t)b->n_c, 1, from, pass->add,
                                               pass->out + row * v->c + b->c);
        }
}

static void put_block(const lk_winograd_pass *pass, lk_winograd_block b, int block,
                      const lk_real *from) {
    for (int i = 0; i < lk_winograd_block_phases(pass->plan.conv); i++) {
        lk_winograd_take_phase(&b, block, i);
        put_phase(pass, &b, from);
        from += phase_size(&b);
    }
}

static void weights_task(void *context, int index, int thread) {
    const lk_winograd_pass *pass = context;
    const lk_conv *v = pass->plan.conv;
    int n_blocks = lk_winograd_image_blocks(v), block = index % n_blocks;
    lk_winograd_block b = { .plan = &pass->plan, .k = index / n_blocks * pass->channels };
    b.n_k = lk_min(pass->channels, v->k - b.k);
    size_t size = block_size(b, block);
    lk_winograd_points own = lk_winograd_own_points(pass, thread);
    lk_real *levels = lk_winograd_of_phase(pass, own.weight, lk_winograd_block_phases(v));
    for (int shard = 0; shard < v->n_shards; shard++) {
        int level = lk_tree_level(shard);
        sum_shard(pass, b, shard, block, own, levels + (size_t)level * size);
        for (int merges = lk_tree_merges(shard); merges > 0; merges--, level--)
            pass->context->kernels->add_to(size, levels + (size_t)level * size,
                                           levels + (size_t)(level - 1) * size);
    }
    put_block(pass, b, block, levels);
}

void lk_winograd_weights(const lk_context *context, const lk_conv *v, const lk_real *image,
                         const lk_real *map, bool add, lk_real *dweight, void *scratch) {
    lk_winograd_pass weights =
        lk_winograd_begin(context, LK_WINOGRAD_WEIGHTS, v, scratch, add, dweight);
    weights.image = image, weights.map = map;
    int image_blocks = lk_winograd_image_blocks(v);
    int n_blocks = image_blocks * lk_winograd_map_blocks(&weights, image_blocks);
    lk_winograd_share(&weights, scratch);
    lk_threads_run(context->threads, n_blocks, weights_task, &weights);
}
