/* Losses that compare value by value: their sums and their gradients by y. */
#include "lanes.h"

static inline lk_real magnitude(lk_real x) {
    return x < 0 ? -x : x;
}

static inline lk_real sign(lk_real x) {
    return x > 0 ? LK_R(1) : x < 0 ? LK_R(-1) : LK_R(0);
}

/* sqrt(d^2 + a^2) - a, without the cancellation where d is small. */
static inline lk_real charbonnier(lk_real d, lk_real a) {
    return d * d / (LK_SQRT(d * d + a * a) + a);
}

static inline lk_real huber(lk_real d, lk_real a) {
    lk_real size = magnitude(d);
    return size <= a ? d * d / 2 : a * (size - a / 2);
}

void lk_kernel_pixelwise(lk_pixelwise kind, size_t n, lk_real a, const lk_real *x, const lk_real *y,
                         double *sum) {
    switch (kind) {
    case LK_SQUARED: {
        LK_TOTAL(sum, n, at, (x[at] - y[at]) * (x[at] - y[at]));
        break;
    }
    case LK_ABSOLUTE: {
        LK_TOTAL(sum, n, at, magnitude(x[at] - y[at]));
        break;
    }
    case LK_CHARBONNIER: {
        LK_TOTAL(sum, n, at, charbonnier(x[at] - y[at], a));
        break;
    }
    case LK_HUBER: {
        LK_TOTAL(sum, n, at, huber(x[at] - y[at], a));
        break;
    }
    }
}

/* dy (+)= slope, value by value. */
#define CHAIN(i, slope)                                                                            \
    if (add) {                                                                                     \
        LK_VECTOR for (size_t i = 0; i < n; i++) dy[i] += (slope);                                 \
    } else {                                                                                       \
        LK_VECTOR for (size_t i = 0; i < n; i++) dy[i] = (slope);                                  \
    }

static inline lk_real charbonnier_slope(lk_real d, lk_real a) {
    return d / LK_SQRT(d * d + a * a);
}

static inline lk_real huber_slope(lk_real d, lk_real a) {
    return d > a ? a : d < -a ? -a : d;
}

void lk_kernel_pixelwise_backward(lk_pixelwise kind, size_t n, lk_real a, const lk_real *x,
                                  const lk_real *y, lk_real scale, bool add, lk_real *dy) {
    switch (kind) {
    case LK_SQUARED:
        CHAIN(i, 2 * scale * (y[i] - x[i]))
        break;
    case LK_ABSOLUTE:
        CHAIN(i, scale * sign(y[i] - x[i]))
        break;
    case LK_CHARBONNIER:
        CHAIN(i, scale * charbonnier_slope(y[i] - x[i], a))
        break;
    case LK_HUBER:
        CHAIN(i, scale * huber_slope(y[i] - x[i], a))
        break;
    }
}
