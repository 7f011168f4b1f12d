/*
 * Convolution by Winograd's transforms: two to three times fewer multiplications for strided 4 x 4
 * and 5 x 5 and for 3 x 3 kernels. With V the points of the image's tiles, U those of the weights,
 * M those of the map's tiles and a matrix product for every point,
 *
 *   gather   M = V U          scatter  V = M U^T          weights  dU^T = M^T V
 *
 * V, U and M are never whole in memory. A task makes one block of the result, 64 tiles or channels
 * a side, and transforms only the parts of both factors that it needs, so that its data stay in the
 * second-level cache. Other tasks transform some parts again, which costs a twentieth of the
 * products. Tasks share nothing, every sum runs in the order of channels, and sums over the batch
 * run by shard along their tree, after G^T: the bits depend on neither threads nor blocks.
 *
 *   plan.c      how a geometry is cut into tiles and blocks
 *   pass.c      the beginning of a pass and the scratch of its threads
 *   points.c    tensors to points   (kernels/winograd_*.c; formulas: winograd_transforms.h)
 *   shared.c    points that tasks share, in bf16
 *   products.c  the matrix products (kernels/multiply.c, multiply_bf16.c)
 *   gather.c, scatter.c, weights.c  the tasks of each pass
 */
#include "tensor/conv/winograd/winograd.h"

static bool winograd_fits(const lk_conv *v) {
    int taps = lk_winograd_taps(v);
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

const lk_engine lk_engine_winograd = {
    .name = "winograd",
    .fits = winograd_fits,
    .pays = winograd_pays,
    .scratch_bytes = lk_winograd_scratch_bytes,
    .shared_bytes = lk_winograd_shared_bytes,
    .gather = lk_winograd_gather,
    .scatter = lk_winograd_scatter,
    .weights = lk_winograd_weights,
};
