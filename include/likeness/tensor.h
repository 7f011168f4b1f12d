/**
 * tensor: numbers without gradients. Shapes, their storage, and the order of sums over the batch.
 *
 * Storage. Shapes are written as in PyTorch, (N, C, H, W); a tensor of rank 4 is stored
 * channels-last, that is in the order N, H, W, C, weights included: (O, I, kH, kW) is stored O, kH,
 * kW, I. Lower ranks are stored as written.
 */
#ifndef LIKENESS_TENSOR_H
#define LIKENESS_TENSOR_H

#include <likeness/status.h>

LK_HEADER_BEGIN

/* ---- shapes ---------------------------------------------------------------------------------- */

/** Rank 0 is a single number. d[0] is the batch where there is one. */
typedef struct lk_shape {
    int rank, d[4];
} lk_shape;

#ifdef __cplusplus
#define LK_SHAPE(...) (lk_shape{ __VA_ARGS__ })
#else
#define LK_SHAPE(...) ((lk_shape){ __VA_ARGS__ })
#endif
#define LK_SHAPE_0             LK_SHAPE(0, { 0 })
#define LK_SHAPE_1(a)          LK_SHAPE(1, { a })
#define LK_SHAPE_2(a, b)       LK_SHAPE(2, { a, b })
#define LK_SHAPE_4(a, b, c, d) LK_SHAPE(4, { a, b, c, d })

size_t lk_shape_size(lk_shape shape);
bool lk_shape_equal(lk_shape a, lk_shape b);
/** Errors: LK_USAGE unless every dimension is at least 1 and there are fewer than 2^31 values,
 * because some counts of values are ints. */
lk_status lk_shape_check(lk_shape shape, lk_error *err);
/** "(64, 3, 32, 32)" in `out`; returns `out`. */
const char *lk_shape_text(lk_shape shape, char *out, size_t n_bytes);
/** Values of one element of the first dimension: C H W of (N, C, H, W). */
size_t lk_shape_row(lk_shape shape);

/** Copy between the order as written (C, H, W within each of N) and channels-last. Lower ranks are
 * copied as they are. */
void lk_to_channels_last(lk_shape shape, const lk_real *as_written, lk_real *stored);
void lk_from_channels_last(lk_shape shape, const lk_real *stored, lk_real *as_written);

/* ---- shards: one fixed order for every sum over the batch ------------------------------------ */

/** The first sample of shard i of n_shards: i N / S. */
int lk_shard_begin(int n_samples, int n_shards, int i);
/** train.shards 0: the largest power of two up to 8 that leaves at least 8 samples a shard. */
int lk_shard_count(int n_samples);

enum { LK_SHARDS_MAX = 64 };

/**
 * The tree: the partial sums of shards 0, 1, 2, ... come one after another; neighbours are added
 * pairwise as soon as both are there, then their sums, and so on. Write the partial sum of shard i
 * to buffer lk_tree_level(i); then, lk_tree_merges(i) times, add the last buffer to the one before.
 * The total ends in buffer 0.
 */
int lk_tree_level(int i);
int lk_tree_merges(int i);
/** The same tree over S rows of n doubles, S a power of two; the total ends in row 0. */
void lk_tree_sum(double *rows, int n_shards, size_t n);

/* ---- what computes a convolution ------------------------------------------------------------- */

/** model.engine: auto takes the fastest engine for each layer, winograd takes Winograd wherever it
 * fits, and im2col is the reference for all convolutions. */
#define LK_ENGINE_LIST(X)                                                                          \
    X(auto, LK_ENGINE_AUTO)                                                                        \
    X(im2col, LK_ENGINE_IM2COL)                                                                    \
    X(winograd, LK_ENGINE_WINOGRAD)
typedef enum lk_engine_choice { LK_ENGINE_LIST(LK_WORDS_ENUM) } lk_engine_choice;

/** train.precision: what the products of convolutions multiply, in training. Sums are always
 * lk_real. */
#define LK_PRECISION_LIST(X)                                                                       \
    X(float, LK_PRECISION_FLOAT) /* the numbers as they are */                                     \
    X(bf16, LK_PRECISION_BF16)   /* rounded to bf16, the upper half of a float */
typedef enum lk_precision { LK_PRECISION_LIST(LK_WORDS_ENUM) } lk_precision;

/* ---- what a loss sees of a picture's colour -------------------------------------------------- */

/** The channels that are compared. */
#define LK_COLOR_LIST(X)                                                                           \
    X(rgb, LK_COLOR_RGB)     /* all as they are */                                                 \
    X(luma, LK_COLOR_LUMA)   /* Y alone */                                                         \
    X(ycbcr, LK_COLOR_YCBCR) /* Y, Cb and Cr */
typedef enum lk_color { LK_COLOR_LIST(LK_WORDS_ENUM) } lk_color;

LK_HEADER_END

#endif
