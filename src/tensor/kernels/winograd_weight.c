/* Winograd convolution: the weights to points, and the points of their gradient back
   (winograd_transforms.h). */
#include "winograd_tiles.h"

/* All points of row r of packed weights in rows of n columns, from column c on. */
INLINE void put_weights(enum form form, int n_points, const vec *v, int r, int n, int c,
                        void *packed) {
    if (form == NUMBERS) {
        lk_real *to = (lk_real *)packed + (ptrdiff_t)r * n + c;
        UNROLL for (int j = 0; j < n_points; j++) store(to + j * LK_WINOGRAD_PACKED_POINT, v[j]);
        return;
    }
    lk_pair *to = (lk_pair *)packed + (ptrdiff_t)(r / 2) * n + c;
    if (r % 2 == 0)
        UNROLL for (int j = 0; j < n_points; j++)
            store_first(to + j * LK_WINOGRAD_PACKED_PAIRS, v[j]);
    else
        UNROLL for (int j = 0; j < n_points; j++)
            store_second(to + j * LK_WINOGRAD_PACKED_PAIRS, v[j]);
}

/* The first number of a tap of the phase, of map channel k and image channel c. */
INLINE const lk_real *tap(const lk_winograd_block *k, const lk_real *weight, int i, int j,
                          int map_channel, int image_channel) {
    const lk_conv *v = k->plan->conv;
    return weight +
           (((ptrdiff_t)map_channel * v->kernel + v->stride * i + k->a) * v->kernel +
            v->stride * j + k->b) *
               v->c +
           image_channel;
}

INLINE void transform_weight(int m, int ta, int tb, const lk_winograd_block *k, enum form form,
                             const lk_real *from, void *packed) {
    const int na = points(m, ta), nb = points(m, tb);
    for (int r = 0; r < k->n_k; r++)
        for (int c = 0; c < k->n_c; c += WIDTH) {
            vec g[SQUARE], v[SQUARE];
            UNROLL for (int i = 0; i < ta; i++) UNROLL for (int j = 0; j < tb; j++) {
                __builtin_prefetch(
                    tap(k, from, i, j, k->k + (r + 1 < k->n_k ? r + 1 : r), k->c + c));
                g[i * tb + j] = load(tap(k, from, i, j, k->k + r, k->c + c));
            }
            BOTH_WAYS(evaluate_taps, m, ta, tb, g, ta, tb, v, na, nb);
            put_weights(form, na * nb, v, r, k->n_c, c, packed);
        }
}

INLINE void transform_weight_transposed(int m, int ta, int tb, const lk_winograd_block *k,
                                        enum form form, const lk_real *from, void *packed) {
    const int na = points(m, ta), nb = points(m, tb);
    lk_real turned[LK_WINOGRAD_TAPS * LK_WINOGRAD_TAPS][LK_GROUP][2 * LK_GROUP];
    for (int c0 = 0; c0 < k->n_c; c0 += LK_GROUP) {
        for (int r = 0; r < k->n_k; r++)
            for (int i = 0; i < ta; i++)
                for (int j = 0; j < tb; j++) {
                    const lk_real *row = tap(k, from, i, j, k->k + r, k->c + c0);
                    /* the next group's, a row that lies far from all others */
                    __builtin_prefetch(row + LK_GROUP);
                    for (int c = 0; c < LK_GROUP; c++) turned[i * tb + j][c][r] = row[c];
                }
        for (int c = 0; c < LK_GROUP; c++)
            for (int r = 0; r < k->n_k; r += WIDTH) {
                vec g[SQUARE], v[SQUARE];
                UNROLL for (int j = 0; j < ta * tb; j++) g[j] = load(&turned[j][c][r]);
                BOTH_WAYS(evaluate_taps, m, ta, tb, g, ta, tb, v, na, nb);
                put_weights(form, na * nb, v, c0 + c, k->n_k, r, packed);
            }
    }
}

INLINE void transform_weight_adjoint(int m, int ta, int tb, const lk_winograd_block *k,
                                     const lk_real *from, lk_real *taps) {
    const int na = points(m, ta), nb = points(m, tb);
    const ptrdiff_t size = (ptrdiff_t)k->n_k * k->n_c;
    for (ptrdiff_t at = 0; at < size; at += WIDTH) {
        vec g[SQUARE], v[SQUARE];
        UNROLL for (int j = 0; j < na * nb; j++) v[j] = load(from + at + j * LK_WINOGRAD_POINT);
        BOTH_WAYS(evaluate_taps_adjoint, m, ta, tb, v, na, nb, g, ta, tb);
        UNROLL for (int j = 0; j < ta * tb; j++) store(taps + at + j * size, g[j]);
    }
}

void lk_kernel_winograd_weight(const lk_winograd_block *block, const lk_real *from,
                               lk_real *packed) {
    FOR_PHASE(block, transform_weight, NUMBERS, from, packed)
}

void lk_kernel_winograd_weight_transposed(const lk_winograd_block *block, const lk_real *from,
                                          lk_real *packed) {
    FOR_PHASE(block, transform_weight_transposed, NUMBERS, from, packed)
}

void lk_kernel_winograd_weight_adjoint(const lk_winograd_block *block, const lk_real *from,
                                       lk_real *taps) {
    FOR_PHASE(block, transform_weight_adjoint, from, taps)
}

void lk_kernel_winograd_weight_bf16(const lk_winograd_block *block, const lk_real *from,
                                    lk_pair *packed) {
    FOR_PHASE(block, transform_weight, ROW_PAIRS, from, packed)
}

void lk_kernel_winograd_weight_transposed_bf16(const lk_winograd_block *block, const lk_real *from,
                                               lk_pair *packed) {
    FOR_PHASE(block, transform_weight_transposed, ROW_PAIRS, from, packed)
}
