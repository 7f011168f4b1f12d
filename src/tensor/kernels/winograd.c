/*
 * The transforms of Winograd convolution (Winograd 1980; Lavin, Gray 2016, arXiv:1509.09308),
 * vectors of channels at a time.
 *
 * Along one axis, m values of a correlation y_i = sum_k g_k d_(i + k) with t taps are a product of
 * two polynomials read backwards (Toom, Cook). Evaluate both factors at n = m + t - 1 points,
 * multiply, and interpolate:
 *
 *   y = A^T ((G g) . (B^T d))
 *
 * With f(x) = prod (x - x_l) over the finite points and f_j(x) = f(x) / (x - x_j):
 *   row j of G    1, x_j, x_j^2, ... divided by f_j(x_j);   at infinity the last tap
 *   row j of B^T  the coefficients of f_j;                  at infinity those of f
 *   column j of A^T  1, x_j, x_j^2, ...;                    at infinity 1 in the last row
 *
 * Points come as +-p, +-q, 0 (with 3 taps only), infinity for m = 4, as +-p, 0 (same), infinity for
 * m = 2. As they lie in pairs, a row for +x and one for -x are the sum and the difference of an
 * even and an odd part. p = 5/8 and q = 3/2 made the least error of the dyadic pairs tried, p = 1
 * for m = 2. A phase of fewer taps has the points of the others but 0: so all phases add up point
 * by point before A^T. In two dimensions each matrix works on columns, then on rows.
 */
#include "bf16.h"

#include "tensor/conv/winograd.h"

enum { SIDE = LK_WINOGRAD_SIDE, SQUARE = SIDE * SIDE };

#define P(m) LK_R((m) == 4 ? 0.625 : 1)
#define Q    LK_R(1.5)

INLINE int points(int m, int t) {
    return m + t - 1;
}

/* v = B^T d: rows x (x + p)(x^2 - q^2) and so on; the factor x with 3 taps moves all by one. */
INLINE void evaluate_image(int m, int t, const vec *d, int ds, vec *v, int vs) {
    const lk_real p = P(m), q = Q, pp = p * p, qq = q * q;
    const int s = t - 2, last = points(m, t) - 1;
    if (m == 2) {
        vec even = d[(s + 1) * ds], odd = p * d[s * ds];
        v[0] = even + odd;
        v[vs] = even - odd;
        if (t == 3) v[2 * vs] = d[2 * ds] - pp * d[0];
        v[last * vs] = d[(s + 2) * ds] - pp * d[s * ds];
        return;
    }
    vec even_p = d[(s + 3) * ds] - qq * d[(s + 1) * ds],
        odd_p = p * (d[(s + 2) * ds] - qq * d[s * ds]);
    vec even_q = d[(s + 3) * ds] - pp * d[(s + 1) * ds],
        odd_q = q * (d[(s + 2) * ds] - pp * d[s * ds]);
    v[0] = even_p + odd_p;
    v[vs] = even_p - odd_p;
    v[2 * vs] = even_q + odd_q;
    v[3 * vs] = even_q - odd_q;
    if (t == 3) v[4 * vs] = d[4 * ds] - (pp + qq) * d[2 * ds] + pp * qq * d[0];
    v[last * vs] = d[(s + 4) * ds] - (pp + qq) * d[(s + 2) * ds] + pp * qq * d[s * ds];
}

/* d = B v */
INLINE void evaluate_image_adjoint(int m, int t, const vec *v, int vs, vec *d, int ds) {
    const lk_real p = P(m), q = Q, pp = p * p, qq = q * q;
    const int s = t - 2, last = points(m, t) - 1;
    vec end = v[last * vs];
    if (m == 2) {
        d[(s + 1) * ds] = v[0] + v[vs];
        d[s * ds] = p * (v[0] - v[vs]) - pp * end;
        if (t == 3) {
            d[2 * ds] += v[2 * vs];
            d[0] = -pp * v[2 * vs];
        }
        d[(s + 2) * ds] = end;
        return;
    }
    vec even_p = v[0] + v[vs], odd_p = p * (v[0] - v[vs]), even_q = v[2 * vs] + v[3 * vs],
        odd_q = q * (v[2 * vs] - v[3 * vs]);
    d[(s + 3) * ds] = even_p + even_q;
    d[(s + 1) * ds] = -qq * even_p - pp * even_q;
    d[(s + 2) * ds] = odd_p + odd_q - (pp + qq) * end;
    d[s * ds] = pp * qq * end - qq * odd_p - pp * odd_q;
    d[(s + 4) * ds] = end;
    if (t == 3) {
        d[4 * ds] += v[4 * vs];
        d[2 * ds] -= (pp + qq) * v[4 * vs];
        d[0] = pp * qq * v[4 * vs];
    }
}

/* y = A^T v, t being the taps of phase 0 */
INLINE void interpolate(int m, int t, const vec *v, int vs, vec *y, int ys) {
    const lk_real p = P(m), q = Q, pp = p * p, qq = q * q;
    vec end = v[(points(m, t) - 1) * vs], even_p = v[0] + v[vs], odd_p = p * (v[0] - v[vs]);
    if (m == 2) {
        y[0] = t == 3 ? even_p + v[2 * vs] : even_p;
        y[ys] = odd_p + end;
        return;
    }
    vec even_q = v[2 * vs] + v[3 * vs], odd_q = q * (v[2 * vs] - v[3 * vs]);
    y[0] = t == 3 ? even_p + even_q + v[4 * vs] : even_p + even_q;
    y[ys] = odd_p + odd_q;
    y[2 * ys] = pp * even_p + qq * even_q;
    y[3 * ys] = pp * odd_p + qq * odd_q + end;
}

/* v = A y */
INLINE void interpolate_adjoint(int m, int t, const vec *y, int ys, vec *v, int vs) {
    const lk_real p = P(m), q = Q, pp = p * p, qq = q * q;
    v[(points(m, t) - 1) * vs] = y[(m - 1) * ys];
    if (t == 3) v[m * vs] = y[0];
    vec even_p = m == 4 ? y[0] + pp * y[2 * ys] : y[0],
        odd_p = p * (m == 4 ? y[ys] + pp * y[3 * ys] : y[ys]);
    v[0] = even_p + odd_p;
    v[vs] = even_p - odd_p;
    if (m == 2) return;
    vec even_q = y[0] + qq * y[2 * ys], odd_q = q * (y[ys] + qq * y[3 * ys]);
    v[2 * vs] = even_q + odd_q;
    v[3 * vs] = even_q - odd_q;
}

/* 1 / f_p(p), without the factor of the point 0 */
#define SCALE_P(m) ((m) == 4 ? 1 / (2 * P(m) * (P(m) * P(m) - Q * Q)) : 1 / (2 * P(m)))
#define SCALE_Q    (1 / (2 * Q * (Q * Q - P(4) * P(4))))

/* v = G g: at +-x (g0 + x^2 g2) +- x g1; with 3 taps 1 / f_x has one more factor 1 / x, which is
   odd. */
INLINE void evaluate_taps(int m, int t, const vec *g, int gs, vec *v, int vs) {
    const lk_real p = P(m), q = Q, pp = p * p, qq = q * q, sp = SCALE_P(m), sq = SCALE_Q;
    v[(points(m, t) - 1) * vs] = g[(t - 1) * gs];
    if (t == 2) {
        v[0] = sp * g[0] + sp * p * g[gs];
        v[vs] = sp * p * g[gs] - sp * g[0];
        if (m == 2) return;
        v[2 * vs] = sq * g[0] + sq * q * g[gs];
        v[3 * vs] = sq * q * g[gs] - sq * g[0];
        return;
    }
    vec even = sp / p * (g[0] + pp * g[2 * gs]), odd = sp * g[gs];
    v[0] = even + odd;
    v[vs] = even - odd;
    v[m * vs] = (m == 4 ? 1 / (pp * qq) : -1 / pp) * g[0];
    if (m == 2) return;
    even = sq / q * (g[0] + qq * g[2 * gs]), odd = sq * g[gs];
    v[2 * vs] = even + odd;
    v[3 * vs] = even - odd;
}

/* g = G^T v */
INLINE void evaluate_taps_adjoint(int m, int t, const vec *v, int vs, vec *g, int gs) {
    const lk_real p = P(m), q = Q, pp = p * p, qq = q * q, sp = SCALE_P(m), sq = SCALE_Q;
    vec end = v[(points(m, t) - 1) * vs], even_p = sp * (v[0] + v[vs]), odd_p = sp * (v[0] - v[vs]),
        even_q = { 0 }, odd_q = { 0 };
    if (m == 4) even_q = sq * (v[2 * vs] + v[3 * vs]), odd_q = sq * (v[2 * vs] - v[3 * vs]);
    if (t == 2) {
        g[0] = odd_p + odd_q;
        g[gs] = p * even_p + q * even_q + end;
        return;
    }
    g[0] = 1 / p * even_p + 1 / q * even_q + (m == 4 ? 1 / (pp * qq) : -1 / pp) * v[m * vs];
    g[gs] = odd_p + odd_q;
    g[2 * gs] = p * even_p + q * even_q + end;
}

/* out (out_a x out_b) = F in (in_a x in_b) F^T */
#define BOTH_WAYS(f, m, ta, tb, in, in_a, in_b, out, out_a, out_b)                                 \
    do {                                                                                           \
        vec half[SQUARE];                                                                          \
        UNROLL for (int j_ = 0; j_ < (in_b); j_++) f(m, ta, (in) + j_, in_b, half + j_, in_b);     \
        UNROLL for (int i_ = 0; i_ < (out_a); i_++)                                                \
            f(m, tb, half + i_ * (in_b), 1, (out) + i_ * (out_b), 1);                              \
    } while (0)

/* ---- where the numbers of a tile lie ---- */

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

INLINE void image_pixels(const lk_winograd_block *k, int na, int nb, int tile, const lk_real *image,
                         const lk_real *outside, const lk_real **at) {
    const lk_winograd *w = k->plan;
    const lk_conv *v = w->conv;
    struct place t = place(w, tile);
    pixels(na, nb, v->stride * t.row * w->m + k->a - v->padding,
           v->stride * t.column * w->m + k->b - v->padding, v->stride, v->h, v->w, v->c,
           image + (ptrdiff_t)t.n * v->h * v->w * v->c + k->c, outside, at);
}

INLINE void map_pixels(const lk_winograd_block *k, int m, int tile, const lk_real *map,
                       const lk_real *outside, const lk_real **at) {
    const lk_winograd *w = k->plan;
    const lk_conv *v = w->conv;
    struct place t = place(w, tile);
    pixels(m, m, t.row * m, t.column * m, 1, v->p, v->q, v->k,
           map + (ptrdiff_t)t.n * v->p * v->q * v->k + k->k, outside, at);
}

/* Where a panel of n_c channels holds channel c of its i-th tile. */
INLINE ptrdiff_t in_panel(int i, int n_c, int c) {
    return (ptrdiff_t)(i / LK_PANEL_ROWS) * LK_PANEL_ROWS * n_c +
           c / LK_GROUP * LK_PANEL_ROWS * LK_GROUP + i % LK_PANEL_ROWS * LK_GROUP + c % LK_GROUP;
}

/* ---- what the points are stored as ---- */

/* Pairs of neighbours along a row of a matrix, or of two rows. */
enum form { NUMBERS, COLUMN_PAIRS, ROW_PAIRS };

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

/* ---- one transform for one number of taps ---- */

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

/* ---- the kernels: each transform for the taps of its block's phase ---- */

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

void lk_kernel_winograd_image(const lk_winograd_block *block, const lk_real *from, lk_real *panel) {
    FOR_PHASE(block, transform_image, NUMBERS, from, panel)
}

void lk_kernel_winograd_image_adjoint(const lk_winograd_block *block, const lk_real *panel,
                                      const lk_real *bias, bool add, lk_real *to) {
    FOR_PHASE(block, transform_image_adjoint, panel, bias, add, to)
}

void lk_kernel_winograd_map(const lk_winograd_block *block, const lk_real *from, lk_real *panel) {
    FOR_MAP(block, transform_map, NUMBERS, from, panel)
}

void lk_kernel_winograd_map_adjoint(const lk_winograd_block *block, const lk_real *panel,
                                    const lk_real *bias, bool add, lk_real *to) {
    FOR_MAP(block, transform_map_adjoint, panel, bias, add, to)
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

void lk_kernel_winograd_image_bf16(const lk_winograd_block *block, const lk_real *from,
                                   bool of_rows, lk_pair *panel) {
    if (of_rows) {
        FOR_PHASE(block, transform_image, ROW_PAIRS, from, panel)
    } else {
        FOR_PHASE(block, transform_image, COLUMN_PAIRS, from, panel)
    }
}

void lk_kernel_winograd_map_bf16(const lk_winograd_block *block, const lk_real *from, bool of_rows,
                                 lk_pair *panel) {
    if (of_rows) {
        FOR_MAP(block, transform_map, ROW_PAIRS, from, panel)
    } else {
        FOR_MAP(block, transform_map, COLUMN_PAIRS, from, panel)
    }
}

void lk_kernel_winograd_weight_bf16(const lk_winograd_block *block, const lk_real *from,
                                    lk_pair *packed) {
    FOR_PHASE(block, transform_weight, ROW_PAIRS, from, packed)
}

void lk_kernel_winograd_weight_transposed_bf16(const lk_winograd_block *block, const lk_real *from,
                                               lk_pair *packed) {
    FOR_PHASE(block, transform_weight_transposed, ROW_PAIRS, from, packed)
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
