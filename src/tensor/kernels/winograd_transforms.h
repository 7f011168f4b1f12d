/**
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
 * m = 2. The rows of +x and -x are the sum and the difference of an even and an odd part. p = 5/8
 * and q = 3/2 had the least error of the dyadic pairs tried, p = 1 for m = 2. A phase of fewer taps
 * has the points of the others but 0: so all phases add up point by point before A^T. In two
 * dimensions each matrix works on columns, then on rows.
 */
#ifndef LIKENESS_TENSOR_KERNELS_WINOGRAD_TRANSFORMS_H
#define LIKENESS_TENSOR_KERNELS_WINOGRAD_TRANSFORMS_H

#include "vector.h"

#include "tensor/conv/winograd/plan.h"

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

#endif
