/* The beginning of a pass of Winograd convolution, and the scratch of its threads. */
#include "tensor/conv/winograd/winograd.h"

enum { CHANNELS = LK_WINOGRAD_CHANNELS, POINT = LK_WINOGRAD_POINT };

lk_winograd_pass lk_winograd_begin(const lk_context *context, lk_winograd_product product,
                                   const lk_conv *v, void *scratch, bool add, lk_real *out) {
    return (lk_winograd_pass){ .context = context,
                               .product = product,
                               .plan = lk_winograd_plan(v),
                               .out = out,
                               .add = add,
                               .images = v->n,
                               .scratch = (char *)scratch + lk_conv_shared_bytes(v),
                               .scratch_bytes = lk_engine_scratch_bytes(v),
                               .channels = CHANNELS };
}

/* Blocks of half the size if there were too few of the result. */
int lk_winograd_map_blocks(lk_winograd_pass *pass, int others) {
    int k = pass->plan.conv->k;
    if (others * lk_ceil_div(k, CHANNELS) < 2 * lk_threads_count(pass->context->threads))
        pass->channels = CHANNELS / 2;
    return lk_ceil_div(k, pass->channels);
}

/* Weights need the most. */
size_t lk_winograd_scratch_bytes(const lk_conv *v) {
    lk_winograd w = lk_winograd_plan(v);
    size_t n = (size_t)lk_winograd_block_phases(v), square = (size_t)lk_winograd_square(&w);
    size_t factors = (n + 1) * square * POINT, product = n * square * POINT;
    /* all phases of a block share its 64 columns */
    size_t levels = (size_t)lk_tree_level(v->n_shards - 1) + 1;
    size_t taps = levels * (size_t)(w.taps[0] * w.taps[0]) * CHANNELS * CHANNELS;
    return (factors + product + taps) * sizeof(lk_real);
}

lk_winograd_points lk_winograd_own_points(const lk_winograd_pass *pass, int thread) {
    ptrdiff_t matrices = lk_winograd_square(&pass->plan),
              of_image = lk_winograd_block_phases(pass->plan.conv) * matrices;
    lk_real *image = (lk_real *)(void *)(pass->scratch + (size_t)thread * pass->scratch_bytes);
    lk_real *map = image + of_image * POINT;
    return (lk_winograd_points){ image, map, map + matrices * POINT };
}
