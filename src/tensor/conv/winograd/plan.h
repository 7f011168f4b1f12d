/**
 * Polyphase Winograd convolution: how a geometry is cut into phases, tiles and blocks. The engine
 * (winograd.h) and its kernels (kernels/winograd_*.c) share it.
 *
 * A convolution of stride s is the sum of s x s convolutions of stride 1, one for each phase (a,
 * b): the pixels s j + a - padding of the image under the taps s i + a of the kernel. A tile is m x
 * m neighbouring values of the map; with t x t taps it reads n x n pixels of a phase, n = m + t -
 * 1, and takes n x n multiplications (points) where the plain sum takes m m t t.
 */
#ifndef LIKENESS_TENSOR_CONV_WINOGRAD_PLAN_H
#define LIKENESS_TENSOR_CONV_WINOGRAD_PLAN_H

#include "tensor/conv/conv.h"
#include "tensor/kernels.h"

/* at most: taps of a phase, points of a tile, along one axis */
enum { LK_WINOGRAD_TAPS = 3, LK_WINOGRAD_SIDE = 6 };
/* of a block, at most */
enum { LK_WINOGRAD_TILES = 64, LK_WINOGRAD_CHANNELS = 64, LK_WINOGRAD_PACKED = 2 * LK_GROUP };

/**
 * From one point's matrix to the next one's, in numbers: tiles or channels by channels, and packed
 * weights. Not a power of two, so that the points of a tile do not fall into one and the same cache
 * set.
 */
enum {
    LK_WINOGRAD_POINT = LK_WINOGRAD_TILES * LK_WINOGRAD_CHANNELS + LK_GROUP,
    LK_WINOGRAD_PACKED_POINT = LK_WINOGRAD_CHANNELS * LK_WINOGRAD_PACKED + LK_GROUP,
};

/** The same in pairs, for factors in bf16. */
enum {
    LK_WINOGRAD_PAIRS = LK_WINOGRAD_TILES * LK_WINOGRAD_CHANNELS / 2 + LK_GROUP,
    LK_WINOGRAD_PACKED_PAIRS = LK_WINOGRAD_CHANNELS / 2 * LK_WINOGRAD_PACKED + LK_GROUP,
};

typedef struct lk_winograd {
    const lk_conv *conv;
    int m;       /* map values of a tile along one axis: 2 or 4 */
    int taps[2]; /* of phase 0 and 1 along one axis; stride 1 has phase 0 only */
    /* points along one axis: m + taps[0] - 1; a phase of fewer taps has the fewer points */
    int side;
    int rows, columns; /* of tiles in a map */
} lk_winograd;

/** A part of the work: one phase, some tiles, some channels. Tiles are numbered through the batch,
 * row by row. */
typedef struct lk_winograd_block {
    const lk_winograd *plan;
    int a, b; /* phase: row, column */
    int tile, n_tiles;
    int c, n_c; /* image channels, a multiple of 16 */
    int k, n_k; /* map channels, a multiple of 16 */
} lk_winograd_block;

/** How a geometry the engine takes is cut into tiles: with the m that takes fewer
 * multiplications. */
lk_winograd lk_winograd_plan(const lk_conv *conv);
/** Taps of phase 0 along one axis, which has the most. */
int lk_winograd_taps(const lk_conv *conv);
/** Whether the tiles reach every pixel of the image. */
bool lk_winograd_covers(const lk_winograd *plan);

static inline int lk_winograd_phases(const lk_conv *conv) {
    return conv->stride * conv->stride;
}

/** Tiles of one image. */
static inline int lk_winograd_tiles(const lk_winograd *plan) {
    return plan->rows * plan->columns;
}

/** Points of a tile. */
static inline int lk_winograd_square(const lk_winograd *plan) {
    return plan->side * plan->side;
}

/** Phases of one block of image channels: as many as make 64 columns of few channels. */
int lk_winograd_block_phases(const lk_conv *conv);
/** Blocks of image channels, of all phases. */
int lk_winograd_image_blocks(const lk_conv *conv);
/** The i-th phase of the index-th block and its channels, into `block`. */
void lk_winograd_take_phase(lk_winograd_block *block, int index, int i);

#endif
