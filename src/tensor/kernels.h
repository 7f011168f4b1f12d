/** The kernels: functions that are compiled once for each instruction set, and their table. */
#ifndef LIKENESS_TENSOR_KERNELS_H
#define LIKENESS_TENSOR_KERNELS_H

#include "tensor/structure.h"

struct lk_conv;
struct lk_winograd_block;

/** Elementwise functions of one tensor. */
typedef enum lk_unary {
    LK_RELU,
    LK_LEAKY_RELU,
    LK_SIGMOID,
    LK_TANH,
    LK_SQUARE,
    LK_ABS,
    LK_EXP,
    LK_SILU,
    LK_GELU,
    LK_GELU_TANH,
    LK_ELU,
    LK_SOFTPLUS,
    LK_AFFINE,
    LK_CLAMP
} lk_unary;
/** Elementwise functions of two tensors. */
typedef enum lk_binary { LK_ADD, LK_SUB, LK_MUL } lk_binary;

/** Losses that are a mean of f(y - x) over all values; a is their constant. */
typedef enum lk_pixelwise {
    LK_SQUARED,     /* d^2 */
    LK_ABSOLUTE,    /* |d| */
    LK_CHARBONNIER, /* sqrt(d^2 + a^2) - a */
    LK_HUBER        /* d^2 / 2 where |d| <= a, else a (|d| - a / 2) */
} lk_pixelwise;

/** What one step of Adam needs besides its arrays; PyTorch's convention. */
typedef struct lk_adam_step {
    double lr, beta1, beta2, eps, weight_decay;
    bool decoupled;                  /* AdamW: the decay does not pass through the moments */
    double correction1, correction2; /* 1 - beta^step */
    double gradient_scale;           /* clipping */
} lk_adam_step;

typedef struct lk_sgd_step {
    double lr, momentum, weight_decay, gradient_scale;
    bool nesterov, first; /* the first step starts the momentum at the gradient */
} lk_sgd_step;

/* Channels come in groups of 16, rows of a panel in blocks of 8. */
enum { LK_GROUP = 16, LK_PANEL_ROWS = 8 };

/**
 * A matrix in blocks of 8 rows and groups of 16 columns: element (r, c) lies at
 * at[r / 8 * block + r % 8 * row + c / 16 * group + c % 16]. A row-major matrix of rows of length L
 * has block 8 L, row L, group 16.
 */
typedef struct lk_panel {
    lk_real *at;
    ptrdiff_t block, row, group;
} lk_panel;

/** Two neighbours of a sum, rounded to bf16 (kernels/bf16.h), the first in the lower half. */
typedef uint32_t lk_pair;

/**
 * A matrix of pairs. Those of columns: columns 2 c and 2 c + 1 of row r lie at at[r / 8 * block + r
 * % 8 * row + c / 8 * group + c % 8]. Those of rows: rows 2 r and 2 r + 1 of column c lie at at[r /
 * 4 * block + r % 4 * row + c / 16 * group + c % 16].
 */
typedef struct lk_pairs {
    lk_pair *at;
    ptrdiff_t block, row, group;
} lk_pairs;

/** Batch normalisation and the ReLU after it: vectors with a number for each channel. */
typedef struct lk_norm {
    lk_real slope; /* of the ReLU below 0; 1: none */
    lk_real *mean, *inverse, *scale, *shift, *b, *k;
} lk_norm;

/** A tap of a depthwise convolution: where it reads, and where its weights begin. */
typedef struct lk_depthwise_tap {
    ptrdiff_t x, tap;
} lk_depthwise_tap;

/** n positions of a depthwise convolution with the same taps: position i reads x + i x_step and
 * writes y + i y_step, c channels each. */
typedef struct lk_depthwise {
    int n, c, n_taps;
    const lk_depthwise_tap *taps;
    ptrdiff_t x_step, y_step;
} lk_depthwise;

/**
 * Every kernel: a field `name` of the table and a function lk_kernel_<name> in src/tensor/kernels.
 * The list makes the fields, the prototypes and the rows of the tables. A flag `add` says whether
 * the result is added to the output or replaces it. Matrices (rows, c) are channels-last tensors.
 * The inputs and the output of an elementwise kernel may be the same array.
 *
 *   unary_forward     y = f(x); a, b: the slope of leaky_relu, a of elu, beta and threshold of
 *                     softplus, a x + b of affine, bounds of clamp
 *   unary_backward    dx (+)= f'(x) dy
 *   binary_forward    y = f(x, z)
 *   multiply_backward dx (+)= other dy
 *   add_to            sum += x
 *   scaled_add        y (+)= a x
 *   total, squares    *sum = sum of x, of x^2
 *   add_row           y[r][c] += row[c]
 *   fill_rows         y[r][c] = row[c]; row NULL: 0
 *   transpose         y[j][r] (+)= x[r][j]; the rows of x and y are x_row and y_row numbers apart
 *   column_sums       sum[c] += sum over r of x[r][c]
 *   column_moments    sum[c] += sum over r of x[r][c], squares[c] += of x[r][c]^2, to the precision
 *                     of double
 *   norm_apply        y = rectified(scale[c] x + shift[c])
 *   norm_sums         sum_dy[c] += sum g, sum_dyx[c] += sum g (x - mean[c]); g: dy where scale[c] x
 *                     + shift[c] > 0, else slope dy
 *   norm_backward     dx (+)= scale[c] g + b[c] x + k[c]; dx may be dy
 *   im2col            columns[p][(r, s, c)] of one image, for the channels of a group and kernel
 *                     rows [row, row + n_rows); 0 in the padding
 *   col2im            the adjoint: adds columns into one image
 *   multiply          c (+)= a b: a n_rows x k (k a multiple of 16), b packed, c n_rows x 16
 *                     n_groups. Packed b: pairs of groups one after another, each k rows of 32
 *                     numbers; the last of an odd number k rows of 16
 *   multiply_transposed  c (+)= a^T b: a n_rows x 16 m_groups, b n_rows x 16 n_groups
 *   multiply_shards   the same over the tree of shards: shard i has the rows begin[i] ...
 *                     begin[i + 1] - 1; the blocks of a and b are 8 rows long
 *   pair_columns, pair_rows  the pairs of a matrix whose rows are x_row apart: of columns, whose
 *                     number is a multiple of 16, or of rows, where the last of an odd number
 *                     makes pairs with zeros
 *   multiply_bf16, multiply_transposed_bf16  the same of pairs: a has pairs of columns, packed b k
 *                     / 2 rows of pairs of rows; transposed: both have pairs of rows
 *   patches           the patches of one row of positions of an image with its padding, as rows of
 *                     lk_direct_length numbers that end in zeros
 *   patches_adjoint   adds such rows into an image with its padding
 *   depthwise         y[c] (+)= bias[c] + sum over taps of x[c] tap[c], at each position of a run;
 *                     bias NULL: 0
 *   depthwise_taps    sums[c] of each tap += sum over positions of x[c] y[c]
 *   winograd_*        between tensors and the points of a block (conv/winograd/plan.h): for each
 *                     point a matrix of its own, LK_WINOGRAD_POINT apart, of tiles by the block's
 *                     channels in panels of 8 rows and 16 columns, or of packed weights,
 *                     LK_WINOGRAD_PACKED_POINT apart. image, map, weight: to points; _adjoint:
 *                     back, into the tensor (weight: the gradient's taps, one matrix (n_k, n_c) a
 *                     tap); weight_transposed: rows are image channels. fill: the pixels of a phase
 *   winograd_*_bf16   the same in pairs, LK_WINOGRAD_PAIRS and LK_WINOGRAD_PACKED_PAIRS apart; of
 *                     columns or of rows. Packed weights are pairs of rows
 *   pixelwise         *sum = sum of f(y - x); backward by y, times scale
 *   sum_and_difference  sum = x + y - 1, difference = x - y: the form in which the next kernels
 *                       take
 *                     two images
 *   similarity        losses += those of n positions, from their window means; and their slopes;
 *                     see similarity.c
 *   compare_window    totals[c] = sum of one image's losses over the positions of channel c;
 *                     gradient (NULL: none) += weight times the gradient of the sum of totals by y
 *   compare_windows   the same under n windows, the largest first, all uniform where n > 1: c
 *                     totals and one weight for each
 *   adam, sgd         one step on n weights and their moments
 *   average           mean = decay mean + (1 - decay) w
 */
#define LK_KERNEL_LIST(X)                                                                          \
    X(unary_forward,                                                                               \
      (lk_unary kind, size_t n, lk_real a, lk_real b, const lk_real *x, lk_real *y))               \
    X(unary_backward, (lk_unary kind, size_t n, lk_real a, lk_real b, const lk_real *x,            \
                       const lk_real *y, const lk_real *dy, bool add, lk_real *dx))                \
    X(binary_forward, (lk_binary kind, size_t n, const lk_real *x, const lk_real *z, lk_real *y))  \
    X(multiply_backward,                                                                           \
      (size_t n, const lk_real *other, const lk_real *dy, bool add, lk_real *dx))                  \
    X(add_to, (size_t n, const lk_real *x, lk_real *sum))                                          \
    X(scaled_add, (size_t n, lk_real a, const lk_real *x, bool add, lk_real *y))                   \
    X(total, (size_t n, const lk_real *x, double *sum))                                            \
    X(squares, (size_t n, const lk_real *x, double *sum))                                          \
    X(add_row, (int rows, int c, const lk_real *row, lk_real *y))                                  \
    X(fill_rows, (int rows, int c, const lk_real *row, lk_real *y))                                \
    X(transpose,                                                                                   \
      (int rows, int c, const lk_real *x, ptrdiff_t x_row, bool add, lk_real *y, ptrdiff_t y_row)) \
    X(column_sums, (int rows, int c, const lk_real *x, double *sum))                               \
    X(column_moments, (int rows, int c, const lk_real *x, double *sum, double *squares))           \
    X(norm_apply, (int rows, int c, const lk_norm *norm, const lk_real *x, lk_real *y))            \
    X(norm_sums, (int rows, int c, const lk_norm *norm, const lk_real *x, const lk_real *dy,       \
                  double *sum_dy, double *sum_dyx))                                                \
    X(norm_backward, (int rows, int c, const lk_norm *norm, const lk_real *x, const lk_real *dy,   \
                      bool add, lk_real *dx))                                                      \
    X(im2col, (const struct lk_conv *conv, int group, int row, int n_rows, const lk_real *image,   \
               lk_real *columns))                                                                  \
    X(col2im, (const struct lk_conv *conv, int group, const lk_real *columns, lk_real *image))     \
    X(patches, (const struct lk_conv *conv, const lk_real *padded, lk_real *panel))                \
    X(patches_adjoint, (const struct lk_conv *conv, const lk_real *panel, lk_real *padded))        \
    X(depthwise, (const lk_depthwise *run, const lk_real *x, const lk_real *taps,                  \
                  const lk_real *bias, bool add, lk_real *y))                                      \
    X(depthwise_taps,                                                                              \
      (const lk_depthwise *run, const lk_real *x, const lk_real *y, lk_real *sums))                \
    X(multiply,                                                                                    \
      (int n_rows, int n_groups, int k, lk_panel a, const lk_real *b, bool add, lk_panel c))       \
    X(multiply_transposed,                                                                         \
      (int n_rows, int m_groups, int n_groups, lk_panel a, lk_panel b, bool add, lk_panel c))      \
    X(multiply_shards, (int n_shards, const int *begin, int m_groups, int n_groups, lk_panel a,    \
                        lk_panel b, bool add, lk_panel c))                                         \
    X(pair_columns, (int rows, int columns, const lk_real *x, ptrdiff_t x_row, lk_pairs to))       \
    X(pair_rows, (int rows, int columns, const lk_real *x, ptrdiff_t x_row, lk_pairs to))          \
    X(multiply_bf16,                                                                               \
      (int n_rows, int n_groups, int k, lk_pairs a, const lk_pair *b, bool add, lk_panel c))       \
    X(multiply_transposed_bf16,                                                                    \
      (int n_rows, int m_groups, int n_groups, lk_pairs a, lk_pairs b, bool add, lk_panel c))      \
    X(winograd_image,                                                                              \
      (const struct lk_winograd_block *block, const lk_real *image, lk_real *panel))               \
    X(winograd_image_adjoint, (const struct lk_winograd_block *block, const lk_real *panel,        \
                               const lk_real *bias, bool add, lk_real *image))                     \
    X(winograd_fill,                                                                               \
      (const struct lk_winograd_block *block, const lk_real *bias, bool add, lk_real *image))      \
    X(winograd_map, (const struct lk_winograd_block *block, const lk_real *map, lk_real *panel))   \
    X(winograd_map_adjoint, (const struct lk_winograd_block *block, const lk_real *panel,          \
                             const lk_real *bias, bool add, lk_real *map))                         \
    X(winograd_weight,                                                                             \
      (const struct lk_winograd_block *block, const lk_real *weight, lk_real *packed))             \
    X(winograd_weight_transposed,                                                                  \
      (const struct lk_winograd_block *block, const lk_real *weight, lk_real *packed))             \
    X(winograd_weight_adjoint,                                                                     \
      (const struct lk_winograd_block *block, const lk_real *points, lk_real *taps))               \
    X(winograd_image_bf16,                                                                         \
      (const struct lk_winograd_block *block, const lk_real *image, bool of_rows, lk_pair *panel)) \
    X(winograd_map_bf16,                                                                           \
      (const struct lk_winograd_block *block, const lk_real *map, bool of_rows, lk_pair *panel))   \
    X(winograd_weight_bf16,                                                                        \
      (const struct lk_winograd_block *block, const lk_real *weight, lk_pair *packed))             \
    X(winograd_weight_transposed_bf16,                                                             \
      (const struct lk_winograd_block *block, const lk_real *weight, lk_pair *packed))             \
    X(pixelwise,                                                                                   \
      (lk_pixelwise kind, size_t n, lk_real a, const lk_real *x, const lk_real *y, double *sum))   \
    X(pixelwise_backward, (lk_pixelwise kind, size_t n, lk_real a, const lk_real *x,               \
                           const lk_real *y, lk_real scale, bool add, lk_real *dy))                \
    X(sum_and_difference,                                                                          \
      (size_t n, const lk_real *x, const lk_real *y, lk_real *sum, lk_real *difference))           \
    X(similarity, (const lk_sliding_window *window, size_t n, lk_real *const means[LK_MEANS],      \
                   lk_real *losses, lk_real *const slopes[LK_SLOPES]))                             \
    X(compare_window,                                                                              \
      (const lk_sliding_window *window, const lk_real *sum, const lk_real *difference,             \
       lk_real *scratch, double *totals, lk_real weight, lk_real *gradient))                       \
    X(compare_windows,                                                                             \
      (int n, const lk_sliding_window *windows, const lk_real *sum, const lk_real *difference,     \
       lk_real *scratch, double *totals, const lk_real *weights, lk_real *gradient))               \
    X(adam, (size_t n, const lk_adam_step *step, const lk_real *gradient, lk_real *m, lk_real *v,  \
             lk_real *w))                                                                          \
    X(sgd, (size_t n, const lk_sgd_step *step, const lk_real *gradient, lk_real *m, lk_real *w))   \
    X(average, (size_t n, lk_real decay, const lk_real *w, lk_real *mean))

#define LK_KERNEL_FIELD(name, arguments) void(*name) arguments;
typedef struct lk_kernels {
    const char *isa;
    LK_KERNEL_LIST(LK_KERNEL_FIELD)
} lk_kernels;
#undef LK_KERNEL_FIELD

/**
 * The table of the best instruction set that is allowed (base/isa.h).
 * errors  LK_USAGE when LIKENESS_ISA is another word
 */
lk_status lk_kernels_choose(const lk_kernels **kernels, lk_error *err);

#endif
