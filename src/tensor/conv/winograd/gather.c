/* Winograd's gather, M = V U: a task makes 64 tiles by 64 channels of the map. */
#include "tensor/conv/winograd/winograd.h"

enum { TILES = LK_WINOGRAD_TILES, CHANNELS = LK_WINOGRAD_CHANNELS, PACKED = LK_WINOGRAD_PACKED };

/* One block of image channels of one phase: its part of the sum. */
static void add_channels(const lk_winograd_pass *pass, const lk_winograd_block *b,
                         lk_winograd_points points, bool add) {
    points.image = lk_winograd_take_image(pass, b, points.image);
    for (int column = 0; column < b->n_k; column += PACKED) {
        lk_winograd_block part = *b;
        part.k = b->k + column, part.n_k = lk_min(PACKED, b->n_k - column);
        lk_winograd_take_weight(pass, &part, points.weight);
        lk_winograd_multiply(pass, b, column, part.n_k, points, add);
    }
}

static void gather_task(void *context, int index, int thread) {
    const lk_winograd_pass *pass = context;
    const lk_winograd *w = &pass->plan;
    const lk_conv *v = w->conv;
    lk_winograd_points points = lk_winograd_own_points(pass, thread);
    lk_winograd_block b = { .plan = w,
                            .tile = index / pass->n_columns * TILES,
                            .k = index % pass->n_columns * pass->channels };
    b.n_tiles = lk_min(TILES, v->n * lk_winograd_tiles(w) - b.tile);
    b.n_k = lk_min(pass->channels, v->k - b.k);
    for (int phase = 0; phase < lk_winograd_phases(v); phase++)
        for (int c = 0; c < v->c; c += CHANNELS) {
            b.a = phase / v->stride, b.b = phase % v->stride;
            b.c = c, b.n_c = lk_min(CHANNELS, v->c - c);
            add_channels(pass, &b, points, phase > 0 || c > 0);
        }
    pass->context->kernels->winograd_map_adjoint(&b, points.map, pass->bias, pass->add, pass->out);
}

void lk_winograd_gather(const lk_context *context, const lk_conv *v, const lk_real *image,
                        const lk_real *weight, const lk_real *bias, bool add, lk_real *map,
                        void *scratch) {
    lk_winograd_pass gather = lk_winograd_begin(context, LK_WINOGRAD_GATHER, v, scratch, add, map);
    gather.image = image, gather.weight = weight, gather.bias = bias;
    gather.n_columns = lk_winograd_map_blocks(&gather, lk_winograd_groups(&gather));
    lk_winograd_share(&gather, scratch);
    lk_threads_run(context->threads, lk_winograd_groups(&gather) * gather.n_columns, gather_task,
                   &gather);
}
