/* Winograd's scatter, V = M U^T: a task makes one block of image channels of whole images, because
   tiles overlap in them. */
#include "tensor/conv/winograd/winograd.h"

enum { TILES = LK_WINOGRAD_TILES, CHANNELS = LK_WINOGRAD_CHANNELS, PACKED = LK_WINOGRAD_PACKED };

int lk_winograd_scatter_images(const lk_winograd *w) {
    int tiles = lk_winograd_tiles(w);
    return tiles < TILES ? TILES / tiles : 1;
}

/* One block of map channels into one phase of the block of image channels. */
static void add_channels(const lk_winograd_pass *pass, const lk_winograd_block *b,
                         lk_winograd_points points, bool add) {
    for (int column = 0; column < b->n_c; column += PACKED) {
        lk_winograd_block part = *b;
        part.c = b->c + column, part.n_c = lk_min(PACKED, b->n_c - column);
        lk_winograd_take_weight(pass, &part, points.weight);
        lk_winograd_multiply(pass, b, column, part.n_c, points, add);
    }
}

/* One group of tiles: all of its map channels into the phases of a block of image channels. */
static void scatter_tiles(const lk_winograd_pass *pass, lk_winograd_block b, int block,
                          lk_winograd_points own) {
    const lk_conv *v = pass->plan.conv;
    int n_phases = lk_winograd_block_phases(v);
    for (int k = 0; k < v->k; k += CHANNELS) {
        b.k = k, b.n_k = lk_min(CHANNELS, v->k - k);
        lk_real *map = lk_winograd_take_map(pass, &b, own.map);
        for (int i = 0; i < n_phases; i++) {
            lk_winograd_take_phase(&b, block, i);
            lk_real *image = lk_winograd_of_phase(pass, own.image, i);
            add_channels(pass, &b, (lk_winograd_points){ image, map, own.weight }, k > 0);
        }
    }
    for (int i = 0; i < n_phases; i++) {
        lk_winograd_take_phase(&b, block, i);
        pass->context->kernels->winograd_image_adjoint(&b, lk_winograd_of_phase(pass, own.image, i),
                                                       pass->bias, pass->add, pass->out);
    }
}

/* The first tile to reach a pixel sets it, unless the pixels must be filled before. */
static void scatter_task(void *context, int index, int thread) {
    const lk_winograd_pass *pass = context;
    const lk_winograd *w = &pass->plan;
    const lk_conv *v = w->conv;
    int block = index % pass->n_columns, first = index / pass->n_columns * pass->images;
    int tile = first * lk_winograd_tiles(w),
        end = lk_min(v->n, first + pass->images) * lk_winograd_tiles(w);
    bool fill = !lk_winograd_covers(w) || (pass->add && pass->bias);
    lk_winograd_block b = { .plan = w, .tile = tile, .n_tiles = end - tile };
    for (int i = 0; fill && i < lk_winograd_block_phases(v); i++) {
        lk_winograd_take_phase(&b, block, i);
        pass->context->kernels->winograd_fill(&b, pass->bias, pass->add, pass->out);
    }
    for (; b.tile < end; b.tile += TILES) {
        b.n_tiles = lk_min(TILES, end - b.tile);
        scatter_tiles(pass, b, block, lk_winograd_own_points(pass, thread));
    }
}

void lk_winograd_scatter(const lk_context *context, const lk_conv *v, const lk_real *map,
                         const lk_real *weight, const lk_real *bias, bool add, lk_real *image,
                         void *scratch) {
    lk_winograd_pass scatter =
        lk_winograd_begin(context, LK_WINOGRAD_SCATTER, v, scratch, add, image);
    scatter.map = map, scatter.weight = weight, scatter.bias = bias;
    scatter.images = lk_winograd_scatter_images(&scatter.plan);
    scatter.n_columns = lk_winograd_image_blocks(v);
    lk_winograd_share(&scatter, scratch);
    lk_threads_run(context->threads, lk_ceil_div(v->n, scatter.images) * scatter.n_columns,
                   scatter_task, &scatter);
}
