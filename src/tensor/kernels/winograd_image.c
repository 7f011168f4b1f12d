/* Winograd convolution: the image to points and back (winograd_transforms.h). */
#include "winograd_tiles.h"

INLINE void image_pixels(const lk_winograd_block *k, int na, int nb, int tile, const lk_real *image,
                         const lk_real *outside, const lk_real **at) {
    const lk_winograd *w = k->plan;
    const lk_conv *v = w->conv;
    struct place t = place(w, tile);
    pixels(na, nb, v->stride * t.row * w->m + k->a - v->padding,
           v->stride * t.column * w->m + k->b - v->padding, v->stride, v->h, v->w, v->c,
           image + (ptrdiff_t)t.n * v->h * v->w * v->c + k->c, outside, at);
}

INLINE void transform_image(int m, int ta, int tb, const lk_winograd_block *k, enum form form,
                            const lk_real *from, void *panel) {
    const int na = points(m, ta), nb = points(m, tb);
    /* of this tile and of the next, whose way to the cache takes as long as a tile's sums */
    const lk_real *pixels_of[2][SQUARE];
    image_pixels(k, na, nb, k->tile, from, zeros, pixels_of[0]);
    for (int i = 0; i < k->n_tiles; i++) {
        const lk_real *const *at = pixels_of[i % 2], **next = pixels_of[(i + 1) % 2];
        image_pixels(k, na, nb, k->tile + (i + 1 < k->n_tiles ? i + 1 : i), from, zeros, next);
        for (int c = 0; c < k->n_c; c += WIDTH) {
            vec d[SQUARE], v[SQUARE];
            UNROLL for (int j = 0; j < na * nb; j++) __builtin_prefetch(next[j] + c);
            UNROLL for (int j = 0; j < na * nb; j++) d[j] = load(at[j] + c);
            BOTH_WAYS(evaluate_image, m, ta, tb, d, na, nb, v, na, nb);
            put_tile(form, na * nb, v, i, k->n_c, c, panel);
        }
    }
    end_tiles(form, na * nb, k->n_tiles, k->n_c, panel);
}

/* What stands in a pixel before its tile: nothing or the bias if no tile before reached it, else
   what those left. */
INLINE void pixels_before(const lk_winograd_block *k, int na, int nb, int ta, int tb, int tile,
                          const lk_real *const *at, const lk_real *fresh, const lk_real **before) {
    struct place t = place(k->plan, tile);
    for (int i = 0; i < na; i++)
        for (int j = 0; j < nb; j++) {
            bool reached = (t.row > 0 && i < ta - 1) || (t.column > 0 && j < tb - 1);
            before[i * nb + j] = reached ? at[i * nb + j] : fresh;
        }
}

INLINE void transform_image_adjoint(int m, int ta, int tb, const lk_winograd_block *k,
                                    const lk_real *panel, const lk_real *bias, bool add,
                                    lk_real *to) {
    const int na = points(m, ta), nb = points(m, tb);
    const lk_real *at[SQUARE], *before[SQUARE];
    lk_real dump[LK_WINOGRAD_CHANNELS] = { 0 };
    for (int i = 0; i < k->n_tiles; i++) {
        image_pixels(k, na, nb, k->tile + i, to, dump, at);
        pixels_before(k, na, nb, ta, tb, k->tile + i, at, bias ? bias + k->c : zeros, before);
        const lk_real *const *from = add ? at : before;
        for (int c = 0; c < k->n_c; c += WIDTH) {
            vec d[SQUARE], v[SQUARE];
            const lk_real *of_tile = panel + in_panel(i, k->n_c, c);
            UNROLL for (int j = 0; j < na * nb; j++) v[j] = load(of_tile + j * LK_WINOGRAD_POINT);
            BOTH_WAYS(evaluate_image_adjoint, m, ta, tb, v, na, nb, d, na, nb);
            UNROLL for (int j = 0; j < na * nb; j++)
                store((lk_real *)(uintptr_t)at[j] + c, load(from[j] + c) + d[j]);
        }
    }
}

void lk_kernel_winograd_image(const lk_winograd_block *block, const lk_real *from, lk_real *panel) {
    FOR_PHASE(block, transform_image, NUMBERS, from, panel)
}

void lk_kernel_winograd_image_adjoint(const lk_winograd_block *block, const lk_real *panel,
                                      const lk_real *bias, bool add, lk_real *to) {
    FOR_PHASE(block, transform_image_adjoint, panel, bias, add, to)
}

void lk_kernel_winograd_image_bf16(const lk_winograd_block *block, const lk_real *from,
                                   bool of_rows, lk_pair *panel) {
    if (of_rows) {
        FOR_PHASE(block, transform_image, ROW_PAIRS, from, panel)
    } else {
        FOR_PHASE(block, transform_image, COLUMN_PAIRS, from, panel)
    }
}

/* The phase's pixels of the images of the block's tiles: bias (NULL: 0), or what they were, plus
   bias. */
void lk_kernel_winograd_fill(const lk_winograd_block *block, const lk_real *bias, bool add,
                             lk_real *to) {
    const lk_winograd *w = block->plan;
    const lk_conv *v = w->conv;
    int tiles = w->rows * w->columns, first = block->tile / tiles,
        end = (block->tile + block->n_tiles) / tiles;
    int y0 = ((block->a - v->padding) % v->stride + v->stride) % v->stride,
        x0 = ((block->b - v->padding) % v->stride + v->stride) % v->stride;
    if (add && !bias) return;
    for (int n = first; n < end; n++)
        for (int y = y0; y < v->h; y += v->stride)
            for (int x = x0; x < v->w; x += v->stride) {
                lk_real *pixel = to + (((ptrdiff_t)n * v->h + y) * v->w + x) * v->c + block->c;
                for (int c = 0; c < block->n_c; c += WIDTH) {
                    vec b = bias ? load(bias + block->c + c) : (vec){ 0 };
                    store(pixel + c, add ? load(pixel + c) + b : b);
                }
            }
}
