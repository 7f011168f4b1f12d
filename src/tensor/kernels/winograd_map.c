/* Winograd convolution: the map to points and back (winograd_transforms.h). */
#include "winograd_tiles.h"

INLINE void map_pixels(const lk_winograd_block *k, int m, int tile, const lk_real *map,
                       const lk_real *outside, const lk_real **at) {
    const lk_winograd *w = k->plan;
    const lk_conv *v = w->conv;
    struct place t = place(w, tile);
    pixels(m, m, t.row * m, t.column * m, 1, v->p, v->q, v->k,
           map + (ptrdiff_t)t.n * v->p * v->q * v->k + k->k, outside, at);
}

INLINE void transform_map(int m, int t, const lk_winograd_block *k, enum form form,
                          const lk_real *from, void *panel) {
    const int n = points(m, t);
    const lk_real *pixels_of[2][SQUARE];
    map_pixels(k, m, k->tile, from, zeros, pixels_of[0]);
    for (int i = 0; i < k->n_tiles; i++) {
        const lk_real *const *at = pixels_of[i % 2], **next = pixels_of[(i + 1) % 2];
        map_pixels(k, m, k->tile + (i + 1 < k->n_tiles ? i + 1 : i), from, zeros, next);
        for (int c = 0; c < k->n_k; c += WIDTH) {
            vec y[SQUARE], v[SQUARE];
            UNROLL for (int j = 0; j < m * m; j++) __builtin_prefetch(next[j] + c);
            UNROLL for (int j = 0; j < m * m; j++) y[j] = load(at[j] + c);
            BOTH_WAYS(interpolate_adjoint, m, t, t, y, m, m, v, n, n);
            put_tile(form, n * n, v, i, k->n_k, c, panel);
        }
    }
    end_tiles(form, n * n, k->n_tiles, k->n_k, panel);
}

INLINE void transform_map_adjoint(int m, int t, const lk_winograd_block *k, const lk_real *panel,
                                  const lk_real *bias, bool add, lk_real *to) {
    const int n = points(m, t);
    const lk_real *at[SQUARE];
    lk_real dump[LK_WINOGRAD_CHANNELS] = { 0 };
    for (int i = 0; i < k->n_tiles; i++) {
        map_pixels(k, m, k->tile + i, to, dump, at);
        for (int c = 0; c < k->n_k; c += WIDTH) {
            vec y[SQUARE], v[SQUARE];
            const lk_real *from = panel + in_panel(i, k->n_k, c);
            UNROLL for (int j = 0; j < n * n; j++) v[j] = load(from + j * LK_WINOGRAD_POINT);
            BOTH_WAYS(interpolate, m, t, t, v, n, n, y, m, m);
            vec b = bias ? load(bias + k->k + c) : (vec){ 0 };
            UNROLL for (int j = 0; j < m * m; j++) {
                lk_real *pixel = (lk_real *)(uintptr_t)at[j] + c;
                store(pixel, add ? load(pixel) + (y[j] + b) : y[j] + b);
            }
        }
    }
}

void lk_kernel_winograd_map(const lk_winograd_block *block, const lk_real *from, lk_real *panel) {
    FOR_MAP(block, transform_map, NUMBERS, from, panel)
}

void lk_kernel_winograd_map_adjoint(const lk_winograd_block *block, const lk_real *panel,
                                    const lk_real *bias, bool add, lk_real *to) {
    FOR_MAP(block, transform_map_adjoint, panel, bias, add, to)
}

void lk_kernel_winograd_map_bf16(const lk_winograd_block *block, const lk_real *from, bool of_rows,
                                 lk_pair *panel) {
    if (of_rows) {
        FOR_MAP(block, transform_map, ROW_PAIRS, from, panel)
    } else {
        FOR_MAP(block, transform_map, COLUMN_PAIRS, from, panel)
    }
}
