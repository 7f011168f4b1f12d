/** Inside the Winograd engine: what the tasks of one pass share, and the steps that they take. */
#ifndef LIKENESS_TENSOR_CONV_WINOGRAD_WINOGRAD_H
#define LIKENESS_TENSOR_CONV_WINOGRAD_WINOGRAD_H

#include "tensor/conv/engine.h"
#include "tensor/conv/winograd/plan.h"

/** The matrix product of each point, and with it the pass. */
typedef enum lk_winograd_product {
    LK_WINOGRAD_GATHER,
    LK_WINOGRAD_SCATTER,
    LK_WINOGRAD_WEIGHTS
} lk_winograd_product;

/** One pass: its tensors, its scratch and how its result is cut into blocks. */
typedef struct lk_winograd_pass {
    const lk_context *context;
    lk_winograd_product product;
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
} lk_winograd_pass;

/** A thread's scratch: for every point a matrix of tiles by image channels (of each phase of the
 * block), tiles by map channels, and weights. In bf16 the two factors are pairs, in the same
 * places. */
typedef struct lk_winograd_points {
    lk_real *image, *map, *weight;
} lk_winograd_points;

/* ---- pass.c: the beginning of a pass ---- */

/** A pass over the whole batch in blocks of 64 map channels; the caller sets its factors. */
lk_winograd_pass lk_winograd_begin(const lk_context *context, lk_winograd_product product,
                                   const lk_conv *conv, void *scratch, bool add, lk_real *out);
/** Choose the size of blocks of map channels for `others` times as many blocks of the result, so
 * that all threads are busy. Returns how many blocks of map channels there are. */
int lk_winograd_map_blocks(lk_winograd_pass *pass, int others);
size_t lk_winograd_scratch_bytes(const lk_conv *conv);
lk_winograd_points lk_winograd_own_points(const lk_winograd_pass *pass, int thread);

/* ---- shared.c: in bf16, the points that several tasks need ---- */

/** Bytes of shared points, for the pass that needs the most. */
size_t lk_winograd_shared_bytes(const lk_conv *conv);
/** Make the points that the tasks of this pass share. */
void lk_winograd_share(lk_winograd_pass *pass, void *shared);
/** Groups of tiles of the whole batch. */
int lk_winograd_groups(const lk_winograd_pass *pass);
/** The place of a tile in its group. */
int lk_winograd_place_in_group(const lk_winograd_pass *pass, int tile);
/** The shared points of a block's image or map, from its first tile on. */
lk_pair *lk_winograd_shared_image(const lk_winograd_pass *pass, const lk_winograd_block *block);
lk_pair *lk_winograd_shared_map(const lk_winograd_pass *pass, const lk_winograd_block *block);

/* ---- points.c: from tensors to points ---- */

/** The points of the block's tiles: made in `own`, or the shared ones. */
lk_real *lk_winograd_take_image(const lk_winograd_pass *pass, const lk_winograd_block *block,
                                lk_real *own);
lk_real *lk_winograd_take_map(const lk_winograd_pass *pass, const lk_winograd_block *block,
                              lk_real *own);
void lk_winograd_take_weight(const lk_winograd_pass *pass, const lk_winograd_block *block,
                             lk_real *points);
/** The points of one phase of a block of image channels, among those of its phases. */
lk_real *lk_winograd_of_phase(const lk_winograd_pass *pass, lk_real *points, int phase);

/* ---- products.c ---- */

/** For every point of the block's phase: the product, into columns [column, column + n_columns) of
 * gather's and scatter's result. */
void lk_winograd_multiply(const lk_winograd_pass *pass, const lk_winograd_block *block, int column,
                          int n_columns, lk_winograd_points points, bool add);

/* ---- gather.c, scatter.c, weights.c: the passes of an engine (engine.h) ---- */

void lk_winograd_gather(const lk_context *context, const lk_conv *conv, const lk_real *image,
                        const lk_real *weight, const lk_real *bias, bool add, lk_real *map,
                        void *scratch);
void lk_winograd_scatter(const lk_context *context, const lk_conv *conv, const lk_real *map,
                         const lk_real *weight, const lk_real *bias, bool add, lk_real *image,
                         void *scratch);
void lk_winograd_weights(const lk_context *context, const lk_conv *conv, const lk_real *image,
                         const lk_real *map, bool add, lk_real *dweight, void *scratch);
/** Images whose tiles scatter takes at a time. */
int lk_winograd_scatter_images(const lk_winograd *plan);

#endif
