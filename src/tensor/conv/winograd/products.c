/* The matrix products of Winograd convolution: one for each point of a block's phase. */
#include "tensor/conv/winograd/winograd.h"

enum {
    POINT = LK_WINOGRAD_POINT,
    PACKED_POINT = LK_WINOGRAD_PACKED_POINT,
};

/* A point of the block's phase: its place among the points of the image and of the weights, and
   among those of the map, which all phases share. */
struct point {
    int own, of_map;
};

/* One product: which block and point, and the columns of gather's and scatter's result. */
struct product {
    const lk_kernels *kernels;
    lk_winograd_product kind;
    const lk_winograd_block *block;
    int column, n_columns;
    lk_winograd_points points;
    bool add;
};

/* The place of a phase's i-th point of an axis among those of all phases: a phase of fewer taps
   lacks the last but one. */
static int among_all(int i, int n, int side) {
    return i == n - 1 ? side - 1 : i;
}

/* The i-th of the na x nb points of a phase. */
static struct point point_of(const lk_winograd *w, int i, int na, int nb) {
    return (struct point){ i, among_all(i / nb, na, w->side) * w->side +
                                  among_all(i % nb, nb, w->side) };
}

static lk_panel panel(lk_real *at, int n_channels, int column) {
    return (lk_panel){ at + (ptrdiff_t)column * LK_PANEL_ROWS,
                       (ptrdiff_t)LK_PANEL_ROWS * n_channels, LK_GROUP, LK_PANEL_ROWS * LK_GROUP };
}

/* Of columns: gather's and scatter's; of rows: weights'. */
static lk_pairs pairs(lk_real *at, int point, int n_channels, bool of_rows) {
    return (lk_pairs){ (lk_pair *)(void *)at + (ptrdiff_t)point * LK_WINOGRAD_PAIRS,
                       (ptrdiff_t)LK_PANEL_ROWS / 2 * n_channels, of_rows ? LK_GROUP : LK_GROUP / 2,
                       LK_PANEL_ROWS / 2 * LK_GROUP };
}

/* Where the product at a point goes. */
static lk_panel result_of(const struct product *p, struct point at) {
    const lk_winograd_block *b = p->block;
    lk_real *map = p->points.map + (ptrdiff_t)at.of_map * POINT;
    ptrdiff_t own = (ptrdiff_t)at.own * POINT;
    if (p->kind == LK_WINOGRAD_GATHER) return panel(map, b->n_k, p->column);
    if (p->kind == LK_WINOGRAD_SCATTER) return panel(p->points.image + own, b->n_c, p->column);
    return (lk_panel){ p->points.weight + own, (ptrdiff_t)LK_PANEL_ROWS * b->n_c, b->n_c,
                       LK_GROUP };
}

/* Tiles of gather's and scatter's product: what is beyond the last one is not used. */
static int whole_blocks(int n_tiles) {
    return lk_ceil_div(n_tiles, LK_PANEL_ROWS) * LK_PANEL_ROWS;
}

static void multiply_float(const struct product *p, struct point at) {
    const lk_winograd_block *b = p->block;
    bool gather = p->kind == LK_WINOGRAD_GATHER;
    lk_panel image = panel(p->points.image + (ptrdiff_t)at.own * POINT, b->n_c, 0),
             map = panel(p->points.map + (ptrdiff_t)at.of_map * POINT, b->n_k, 0);
    if (p->kind == LK_WINOGRAD_WEIGHTS)
        p->kernels->multiply_transposed(b->n_tiles, b->n_k / LK_GROUP, b->n_c / LK_GROUP, map,
                                        image, p->add, result_of(p, at));
    else
        p->kernels->multiply(whole_blocks(b->n_tiles), p->n_columns / LK_GROUP,
                             gather ? b->n_c : b->n_k, gather ? image : map,
                             p->points.weight + (ptrdiff_t)at.own * PACKED_POINT, p->add,
                             result_of(p, at));
}

static void multiply_bf16(const struct product *p, struct point at) {
    const lk_winograd_block *b = p->block;
    bool gather = p->kind == LK_WINOGRAD_GATHER, weights = p->kind == LK_WINOGRAD_WEIGHTS;
    lk_pairs image = pairs(p->points.image, at.own, b->n_c, weights),
             map = pairs(p->points.map, at.of_map, b->n_k, weights);
    const lk_pair *packed = (const lk_pair *)(void *)p->points.weight;
    if (weights)
        p->kernels->multiply_transposed_bf16(b->n_tiles, b->n_k / LK_GROUP, b->n_c / LK_GROUP, map,
                                             image, p->add, result_of(p, at));
    else
        p->kernels->multiply_bf16(whole_blocks(b->n_tiles), p->n_columns / LK_GROUP,
                                  gather ? b->n_c : b->n_k, gather ? image : map,
                                  packed + (ptrdiff_t)at.own * LK_WINOGRAD_PACKED_PAIRS, p->add,
                                  result_of(p, at));
}

void lk_winograd_multiply(const lk_winograd_pass *pass, const lk_winograd_block *b, int column,
                          int n_columns, lk_winograd_points points, bool add) {
    const lk_winograd *w = &pass->plan;
    struct product product = {
        pass->context->kernels, pass->product, b, column, n_columns, points, add
    };
    int na = w->m + w->taps[b->a] - 1, nb = w->m + w->taps[b->b] - 1;
    for (int i = 0; i < na * nb; i++)
        (lk_conv_is_bf16(w->conv) ? multiply_bf16 : multiply_float)(&product,
                                                                    point_of(w, i, na, nb));
}
