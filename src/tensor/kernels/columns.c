/*
 * Matrices (rows, c) by column: sums, and batch normalisation with the ReLU after it. Sums run
 * over tiles in lk_real, their totals in double. A tile's moments are taken about a point p within
 * it and then moved to 0, in double:
 *
 *   sum x = n p + sum (x - p),   sum x^2 = sum (x - p)^2 + 2 p sum (x - p) + n p^2
 *
 * With p the mean of a quarter of the tile, (p - mean)^2 is at most three times the variance, so
 * almost nothing cancels. Subtract means from these totals in double: of 16 digits, as many are
 * lost as mean^2 / variance has.
 */
#include "isa.h"

enum { ROWS = 128, COLUMNS = 32 };

/* How many rows of few columns are treated as one row, so that loops along a row are long, mostly
   COLUMNS long. */
static int rows_abreast(int c) {
    return c < COLUMNS ? COLUMNS / c : 1;
}

static int at_most(int n, int most) {
    return n < most ? n : most;
}

/* At most ROWS x COLUMNS values of a matrix, from column `column` on; rows lie `stride` apart. */
struct tile {
    int row, column, rows, width;
    size_t at, stride;
};

/* The tile that starts there; it has no rows if there is none. */
static struct tile tile_at(int rows, int wide, int row, int column) {
    return (struct tile){ .row = row,
                          .column = column,
                          .rows = at_most(rows - row, ROWS),
                          .width = at_most(wide - column, COLUMNS),
                          .at = (size_t)row * (size_t)wide + (size_t)column,
                          .stride = (size_t)wide };
}

static struct tile next_tile(int rows, int wide, struct tile t) {
    bool ends = t.column + COLUMNS >= wide;
    return tile_at(rows, wide, ends ? t.row + ROWS : t.row, ends ? 0 : t.column + COLUMNS);
}

#define EACH_TILE(rows, wide)                                                                      \
    for (struct tile t = tile_at(rows, wide, 0, 0); t.rows > 0; t = next_tile(rows, wide, t))

/* A tile's function, with the usual width as a constant, which keeps its sums in registers. */
#define ON_TILE(function, ...)                                                                     \
    if (t.width == COLUMNS)                                                                        \
        function(t.rows, COLUMNS, t.stride, __VA_ARGS__);                                          \
    else                                                                                           \
        function(t.rows, t.width, t.stride, __VA_ARGS__)

/* In such a function: for value i of the tile, in column j. */
#define EACH_VALUE(...)                                                                            \
    for (int r = 0; r < rows; r++) LK_VECTOR for (int j = 0; j < width; j++) {                     \
            const size_t i = (size_t)r * stride + (size_t)j;                                       \
            __VA_ARGS__;                                                                           \
        }

/* sum[channel] += part, for every column of tile t; where rows lie side by side, a tile holds each
   of the c channels several times. */
#define ADD_TILE(sum, part)                                                                        \
    for (int first_ = 0; first_ < t.width; first_ += c)                                            \
        for (int j = first_; j < at_most(t.width, first_ + c); j++)                                \
            (sum)[t.column + j - first_] += (part);

/* ---- sums ---- */

INLINE void sum_tile(int rows, int width, size_t stride, const lk_real *x, lk_real *restrict sum) {
    EACH_VALUE(sum[j] += x[i])
}

static void sum_columns(int rows, int wide, int c, const lk_real *x, double *sum) {
    EACH_TILE(rows, wide) {
        lk_real part[COLUMNS] = { 0 };
        ON_TILE(sum_tile, x + t.at, part);
        ADD_TILE(sum, (double)part[j])
    }
}

void lk_kernel_column_sums(int rows, int c, const lk_real *x, double *sum) {
    int abreast = rows_abreast(c), whole = rows / abreast * abreast;
    sum_columns(whole / abreast, c * abreast, c, x, sum);
    sum_columns(rows - whole, c, c, x + (size_t)whole * (size_t)c, sum);
}

/* ---- moments ---- */

INLINE void moments_tile(int rows, int width, size_t stride, const lk_real *x,
                         lk_real *restrict middle, lk_real *restrict first,
                         lk_real *restrict second) {
    const int n_first = (rows + 3) / 4;
    sum_tile(n_first, width, stride, x, middle);
    for (int j = 0; j < width; j++) middle[j] /= (lk_real)n_first;
    EACH_VALUE(const lk_real d = x[i] - middle[j]; first[j] += d; second[j] += d * d)
}

static void column_moments(int rows, int wide, int c, const lk_real *x, double *sum,
                           double *squares) {
    EACH_TILE(rows, wide) {
        lk_real middle[COLUMNS] = { 0 }, first[COLUMNS] = { 0 }, second[COLUMNS] = { 0 };
        ON_TILE(moments_tile, x + t.at, middle, first, second);
        ADD_TILE(sum, t.rows * (double)middle[j] + (double)first[j])
        ADD_TILE(squares, (double)second[j] + (double)middle[j] * (2 * (double)first[j] +
                                                                   t.rows * (double)middle[j]))
    }
}

void lk_kernel_column_moments(int rows, int c, const lk_real *x, double *sum, double *squares) {
    int abreast = rows_abreast(c), whole = rows / abreast * abreast;
    column_moments(whole / abreast, c * abreast, c, x, sum, squares);
    column_moments(rows - whole, c, c, x + (size_t)whole * (size_t)c, sum, squares);
}

/* ---- batch normalisation ---- */

/* The norm for rows side by side: it repeats the numbers of every channel. */
struct wide_norm {
    lk_norm norm;
    lk_real numbers[5][COLUMNS];
};

static void repeat(int c, int abreast, const lk_real *from, lk_real *to) {
    for (int j = 0; j < c * abreast; j++) to[j] = from[j % c];
}

static const lk_norm *widen(const lk_norm *norm, int c, int abreast, struct wide_norm *wide) {
    lk_real(*to)[COLUMNS] = wide->numbers;
    if (abreast == 1) return norm;
    repeat(c, abreast, norm->mean, to[0]);
    repeat(c, abreast, norm->scale, to[1]);
    repeat(c, abreast, norm->shift, to[2]);
    repeat(c, abreast, norm->b, to[3]);
    repeat(c, abreast, norm->k, to[4]);
    wide->norm = (lk_norm){
        .slope = norm->slope, .mean = to[0], .scale = to[1], .shift = to[2], .b = to[3], .k = to[4]
    };
    return &wide->norm;
}

/* t where positive, else slope t; a NaN stays one, so that divergence is seen. */
#define RECTIFIED(t) ((t) > 0 ? (t) : slope * (t))

INLINE void norm_apply_tile(int rows, int width, size_t stride, lk_real slope,
                            const lk_real *restrict scale, const lk_real *restrict shift,
                            const lk_real *x, lk_real *y) {
    EACH_VALUE(const lk_real t = scale[j] * x[i] + shift[j]; y[i] = RECTIFIED(t))
}

static void norm_apply_matrix(int rows, int wide, const lk_norm *norm, const lk_real *x,
                              lk_real *y) {
    EACH_TILE(rows, wide) {
        ON_TILE(norm_apply_tile, norm->slope, norm->scale + t.column, norm->shift + t.column,
                x + t.at, y + t.at);
    }
}

void lk_kernel_norm_apply(int rows, int c, const lk_norm *norm, const lk_real *x, lk_real *y) {
    struct wide_norm wide;
    int abreast = rows_abreast(c), whole = rows / abreast * abreast;
    size_t rest = (size_t)whole * (size_t)c;
    norm_apply_matrix(whole / abreast, c * abreast, widen(norm, c, abreast, &wide), x, y);
    norm_apply_matrix(rows - whole, c, norm, x + rest, y + rest);
}

/* The gradient of the input of the ReLU, which is t. */
#define MASKED(t) ((t) > 0 ? dy[i] : slope * dy[i])

INLINE void norm_sums_tile(int rows, int width, size_t stride, lk_real slope,
                           const lk_real *restrict mean, const lk_real *restrict scale,
                           const lk_real *restrict shift, const lk_real *x, const lk_real *dy,
                           lk_real *restrict first, lk_real *restrict second) {
    EACH_VALUE(const lk_real masked = MASKED(scale[j] * x[i] + shift[j]); first[j] += masked;
               second[j] += masked * (x[i] - mean[j]))
}

static void norm_sums_matrix(int rows, int wide, int c, const lk_norm *norm, const lk_real *x,
                             const lk_real *dy, double *sum_dy, double *sum_dyx) {
    EACH_TILE(rows, wide) {
        const lk_real *mean = norm->mean + t.column, *scale = norm->scale + t.column,
                      *shift = norm->shift + t.column;
        lk_real first[COLUMNS] = { 0 }, second[COLUMNS] = { 0 };
        ON_TILE(norm_sums_tile, norm->slope, mean, scale, shift, x + t.at, dy + t.at, first,
                second);
        ADD_TILE(sum_dy, (double)first[j])
        ADD_TILE(sum_dyx, (double)second[j])
    }
}

void lk_kernel_norm_sums(int rows, int c, const lk_norm *norm, const lk_real *x, const lk_real *dy,
                         double *sum_dy, double *sum_dyx) {
    struct wide_norm wide;
    int abreast = rows_abreast(c), whole = rows / abreast * abreast;
    size_t rest = (size_t)whole * (size_t)c;
    norm_sums_matrix(whole / abreast, c * abreast, c, widen(norm, c, abreast, &wide), x, dy, sum_dy,
                     sum_dyx);
    norm_sums_matrix(rows - whole, c, c, norm, x + rest, dy + rest, sum_dy, sum_dyx);
}

INLINE void norm_backward_tile(int rows, int width, size_t stride, lk_real slope,
                               const lk_real *restrict scale, const lk_real *restrict shift,
                               const lk_real *restrict b, const lk_real *restrict k,
                               const lk_real *x, const lk_real *dy, bool add, lk_real *dx) {
#define GRADIENT (scale[j] * MASKED(scale[j] * x[i] + shift[j]) + b[j] * x[i] + k[j])
    if (add) {
        EACH_VALUE(dx[i] += GRADIENT)
    } else {
        EACH_VALUE(dx[i] = GRADIENT)
    }
#undef GRADIENT
}

static void norm_backward_matrix(int rows, int wide, const lk_norm *norm, const lk_real *x,
                                 const lk_real *dy, bool add, lk_real *dx) {
    EACH_TILE(rows, wide) {
        const lk_real *scale = norm->scale + t.column, *shift = norm->shift + t.column,
                      *b = norm->b + t.column, *k = norm->k + t.column;
        ON_TILE(norm_backward_tile, norm->slope, scale, shift, b, k, x + t.at, dy + t.at, add,
                dx + t.at);
    }
}

void lk_kernel_norm_backward(int rows, int c, const lk_norm *norm, const lk_real *x,
                             const lk_real *dy, bool add, lk_real *dx) {
    struct wide_norm wide;
    int abreast = rows_abreast(c), whole = rows / abreast * abreast;
    size_t rest = (size_t)whole * (size_t)c;
    norm_backward_matrix(whole / abreast, c * abreast, widen(norm, c, abreast, &wide), x, dy, add,
                         dx);
    norm_backward_matrix(rows - whole, c, norm, x + rest, dy + rest, add, dx + rest);
}
