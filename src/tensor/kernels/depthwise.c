/*
 * Depthwise convolution: products of vectors of channels, a run of positions at a time (see struct
 * lk_depthwise). Sums stay in registers, for four positions or four taps together; each runs in the
 * order of the taps or of the positions, so the bits do not depend on how runs are cut.
 */
#include "vector.h"

enum { ABREAST = 4 };

/* `n` positions, one group of channels from `c` on. */
INLINE void positions(int n, const lk_depthwise *v, int c, const lk_real *x, const lk_real *taps,
                      const lk_real *bias, bool add, lk_real *y) {
    vec sum[ABREAST * GROUP_VECTORS];
    UNROLL for (int i = 0; i < n; i++) UNROLL for (int j = 0; j < GROUP_VECTORS; j++)
        sum[i * GROUP_VECTORS + j] = bias ? load(bias + c + j * WIDTH) : (vec){ 0 };
    for (int tap = 0; tap < v->n_taps; tap++) {
        const lk_real *from = x + v->taps[tap].x + c, *with = taps + v->taps[tap].tap + c;
        UNROLL for (int j = 0; j < GROUP_VECTORS; j++) {
            vec w = load(with + j * WIDTH);
            UNROLL for (int i = 0; i < n; i++) sum[i * GROUP_VECTORS + j] +=
                load(from + i * v->x_step + j * WIDTH) * w;
        }
    }
    UNROLL for (int i = 0; i < n; i++) UNROLL for (int j = 0; j < GROUP_VECTORS; j++) {
        lk_real *to = y + i * v->y_step + c + j * WIDTH;
        store(to, add ? load(to) + sum[i * GROUP_VECTORS + j] : sum[i * GROUP_VECTORS + j]);
    }
}

static void position_of_channel(const lk_depthwise *v, int c, const lk_real *x, const lk_real *taps,
                                const lk_real *bias, bool add, lk_real *y) {
    lk_real sum = bias ? bias[c] : 0;
    for (int tap = 0; tap < v->n_taps; tap++)
        sum += x[v->taps[tap].x + c] * taps[v->taps[tap].tap + c];
    y[c] = add ? y[c] + sum : sum;
}

void lk_kernel_depthwise(const lk_depthwise *v, const lk_real *x, const lk_real *taps,
                         const lk_real *bias, bool add, lk_real *y) {
    int i = 0, grouped = v->c / LK_GROUP * LK_GROUP;
    for (; i + ABREAST <= v->n; i += ABREAST)
        for (int c = 0; c < grouped; c += LK_GROUP)
            positions(ABREAST, v, c, x + i * v->x_step, taps, bias, add, y + i * v->y_step);
    for (; i < v->n; i++)
        for (int c = 0; c < grouped; c += LK_GROUP)
            positions(1, v, c, x + i * v->x_step, taps, bias, add, y + i * v->y_step);
    for (i = 0; i < v->n; i++)
        for (int c = grouped; c < v->c; c++)
            position_of_channel(v, c, x + i * v->x_step, taps, bias, add, y + i * v->y_step);
}

/* `n` taps, one group of channels from `c` on. */
INLINE void taps_of_run(int n, const lk_depthwise *v, int tap, int c, const lk_real *x,
                        const lk_real *y, lk_real *sums) {
    vec sum[ABREAST * GROUP_VECTORS] = { { 0 } };
    for (int i = 0; i < v->n; i++) UNROLL for (int j = 0; j < GROUP_VECTORS; j++) {
            vec with = load(y + i * v->y_step + c + j * WIDTH);
            UNROLL for (int k = 0; k < n; k++) sum[k * GROUP_VECTORS + j] +=
                load(x + v->taps[tap + k].x + i * v->x_step + c + j * WIDTH) * with;
        }
    UNROLL for (int k = 0; k < n; k++) UNROLL for (int j = 0; j < GROUP_VECTORS; j++) {
        lk_real *to = sums + v->taps[tap + k].tap + c + j * WIDTH;
        store(to, load(to) + sum[k * GROUP_VECTORS + j]);
    }
}

static void tap_of_channel(const lk_depthwise *v, int tap, int c, const lk_real *x,
                           const lk_real *y, lk_real *sums) {
    lk_real sum = 0;
    for (int i = 0; i < v->n; i++)
        sum += x[v->taps[tap].x + i * v->x_step + c] * y[i * v->y_step + c];
    sums[v->taps[tap].tap + c] += sum;
}

void lk_kernel_depthwise_taps(const lk_depthwise *v, const lk_real *x, const lk_real *y,
                              lk_real *sums) {
    int tap = 0, grouped = v->c / LK_GROUP * LK_GROUP;
    for (; tap + ABREAST <= v->n_taps; tap += ABREAST)
        for (int c = 0; c < grouped; c += LK_GROUP) taps_of_run(ABREAST, v, tap, c, x, y, sums);
    for (; tap < v->n_taps; tap++)
        for (int c = 0; c < grouped; c += LK_GROUP) taps_of_run(1, v, tap, c, x, y, sums);
    for (tap = 0; tap < v->n_taps; tap++)
        for (int c = grouped; c < v->c; c++) tap_of_channel(v, tap, c, x, y, sums);
}
