/**
 * Where the numbers of a tile lie in a tensor and in the matrices of points, and the choice of a
 * transform by the sizes of a tile.
 */
#ifndef LIKENESS_TENSOR_KERNELS_WINOGRAD_TILES_H
#define LIKENESS_TENSOR_KERNELS_WINOGRAD_TILES_H

#include "bf16.h"
#include "winograd_transforms.h"

/* ---- in a tensor ---- */

static const lk_real zeros[LK_WINOGRAD_CHANNELS]; /* what lies outside */

struct place {
    int n, row, column; /* of a tile */
};

INLINE struct place place(const lk_winograd *w, int tile) {
    int in_map = tile % (w->rows * w->columns);
    return (struct place){ tile / (w->rows * w->columns), in_map / w->columns,
                           in_map % w->columns };
}

/* The pixels (y + step i, x + step j) of an h x w picture of c channels; `outside` where there is
   none. */
INLINE void pixels(int rows, int columns, int y, int x, int step, int h, int w, int c,
                   const lk_real *picture, const lk_real *outside, const lk_real **at) {
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++) {
            int yy = y + step * i, xx = x + step * j;
            bool inside = yy >= 0 && yy < h && xx >= 0 && xx < w;
            at[i * columns + j] = inside ? picture + ((ptrdiff_t)yy * w + xx) * c : outside;
        }
}

/* ---- in a matrix of points ---- */

/* Pairs of neighbours along a row of a matrix, or of two rows. */
enum form { NUMBERS, COLUMN_PAIRS, ROW_PAIRS };

/* Where a panel of n_c channels holds channel c of its i-th tile. */
INLINE ptrdiff_t in_panel(int i, int n_c, int c) {
    return (ptrdiff_t)(i / LK_PANEL_ROWS) * LK_PANEL_ROWS * n_c +
           c / LK_GROUP * LK_PANEL_ROWS * LK_GROUP + i % LK_PANEL_ROWS * LK_GROUP + c % LK_GROUP;
}

/* Where a panel of pairs of rows holds channel c of the pair that the i-th tile belongs to. */
INLINE ptrdiff_t in_row_pairs(int i, int n_c, int c) {
    const int rows = LK_PANEL_ROWS / 2;
    return (ptrdiff_t)(i / LK_PANEL_ROWS) * rows * n_c + c / LK_GROUP * rows * LK_GROUP +
           i % LK_PANEL_ROWS / 2 * LK_GROUP + c % LK_GROUP;
}

/* All points of the i-th tile into a panel of n_c channels, from channel c on. */
INLINE void put_tile(enum form form, int n_points, const vec *v, int i, int n_c, int c,
                     void *panel) {
    if (form == NUMBERS) {
        lk_real *to = (lk_real *)panel + in_panel(i, n_c, c);
        UNROLL for (int j = 0; j < n_points; j++) store(to + j * LK_WINOGRAD_POINT, v[j]);
        return;
    }
    lk_pair *to =
        (lk_pair *)panel + (form == ROW_PAIRS ? in_row_pairs(i, n_c, c) : in_panel(i, n_c, c) / 2);
    if (form == COLUMN_PAIRS)
        UNROLL for (int j = 0; j < n_points; j++) store_halves(to + j * LK_WINOGRAD_PAIRS, v[j]);
    else if (i % 2 == 0)
        UNROLL for (int j = 0; j < n_points; j++) store_first(to + j * LK_WINOGRAD_PAIRS, v[j]);
    else
        UNROLL for (int j = 0; j < n_points; j++) store_second(to + j * LK_WINOGRAD_PAIRS, v[j]);
}

/* The last of an odd number of tiles makes its pairs with zeros. */
INLINE void end_tiles(enum form form, int n_points, int n_tiles, int n_c, void *panel) {
    if (form != ROW_PAIRS || n_tiles % 2 == 0) return;
    lk_pair *to = panel;
    for (int j = 0; j < n_points; j++, to += LK_WINOGRAD_PAIRS)
        for (int c = 0; c < n_c; c += WIDTH)
            store_second(to + in_row_pairs(n_tiles, n_c, c), (vec){ 0 });
}

/* ---- the choice of a transform ---- */

/* What a switch tells apart: tiles of m x m, taps of a phase down and across. */
#define SIZES(m, down, across) ((m)*100 + (down)*10 + (across))

/* transform(m, taps down, taps across, block, ...) with the sizes of the block's phase as
   constants. */
#define FOR_PHASE(block, transform, ...)                                                           \
    switch (SIZES((block)->plan->m, (block)->plan->taps[(block)->a],                               \
                  (block)->plan->taps[(block)->b])) {                                              \
    case SIZES(4, 2, 2):                                                                           \
        transform(4, 2, 2, block, __VA_ARGS__);                                                    \
        break;                                                                                     \
    case SIZES(4, 2, 3):                                                                           \
        transform(4, 2, 3, block, __VA_ARGS__);                                                    \
        break;                                                                                     \
    case SIZES(4, 3, 2):                                                                           \
        transform(4, 3, 2, block, __VA_ARGS__);                                                    \
        break;                                                                                     \
    case SIZES(4, 3, 3):                                                                           \
        transform(4, 3, 3, block, __VA_ARGS__);                                                    \
        break;                                                                                     \
    case SIZES(2, 2, 2):                                                                           \
        transform(2, 2, 2, block, __VA_ARGS__);                                                    \
        break;                                                                                     \
    case SIZES(2, 2, 3):                                                                           \
        transform(2, 2, 3, block, __VA_ARGS__);                                                    \
        break;                                                                                     \
    case SIZES(2, 3, 2):                                                                           \
        transform(2, 3, 2, block, __VA_ARGS__);                                                    \
        break;                                                                                     \
    default:                                                                                       \
        transform(2, 3, 3, block, __VA_ARGS__);                                                    \
        break;                                                                                     \
    }

/* The same for a map, which all phases share: the taps are those of phase 0, the most. */
#define FOR_MAP(block, transform, ...)                                                             \
    switch (SIZES((block)->plan->m, (block)->plan->taps[0], 0)) {                                  \
    case SIZES(4, 2, 0):                                                                           \
        transform(4, 2, block, __VA_ARGS__);                                                       \
        break;                                                                                     \
    case SIZES(4, 3, 0):                                                                           \
        transform(4, 3, block, __VA_ARGS__);                                                       \
        break;                                                                                     \
    case SIZES(2, 2, 0):                                                                           \
        transform(2, 2, block, __VA_ARGS__);                                                       \
        break;                                                                                     \
    default:                                                                                       \
        transform(2, 3, block, __VA_ARGS__);                                                       \
        break;                                                                                     \
    }

#endif
