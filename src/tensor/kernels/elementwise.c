/* Functions of single numbers, forward and backward. */
#include "isa.h"

#include <math.h>
#include <string.h>

/*
 * e^x. In float: x = n ln 2 + r with |r| <= ln 2 / 2, ln 2 in two parts so that r is exact; e^r by
 * the polynomial of Cephes' expf (Moshier), relative error below 2e-7; 2^n by its exponent bits.
 * Branch-free, so that loops vectorise.
 */
__attribute__((unused)) static inline float exp_float(float x) {
    x = x < -87.0F ? -87.0F : x > 88.0F ? 88.0F : x;
    float n = floorf(x * 1.44269504F + 0.5F);
    float r = x - n * 0.693359375F + n * 2.12194440e-4F;
    float e = 1.9875691500e-4F;
    e = e * r + 1.3981999507e-3F;
    e = e * r + 8.3334519073e-3F;
    e = e * r + 4.1665795894e-2F;
    e = e * r + 1.6666665459e-1F;
    e = e * r + 5.0000001201e-1F;
    e = e * r * r + r + 1.0F;
    /* 1.5 2^23 + n: n stands in the last bits, and a NaN needs no conversion to int */
    float shifted = n + 12582912.0F;
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127U) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return e * power;
}

__attribute__((unused)) static inline double exp_double(double x) {
    return exp(x);
}

#define EXP_OF_(real) exp_##real
#define EXP_OF(real)  EXP_OF_(real)
#define exp_real      EXP_OF(LK_REAL)

static inline lk_real abs_real(lk_real x) {
    return x < 0 ? -x : x;
}

static inline lk_real sigmoid(lk_real x) {
    return 1 / (1 + exp_real(-x));
}

/* Near 0 the quotient would cancel: there the series, whose first left-out term is below 1e-8 of
   the value. */
__attribute__((unused)) static inline lk_real tanh_float(lk_real x) {
    lk_real e = exp_real(-2 * abs_real(x)), square = x * x;
    lk_real far = (1 - e) / (1 + e);
    lk_real near =
        x *
        (1 + square * (LK_R(-1.0 / 3) + square * (LK_R(2.0 / 15) + square * LK_R(-17.0 / 315))));
    return abs_real(x) < LK_R(0.1) ? near : x < 0 ? -far : far;
}

__attribute__((unused)) static inline double tanh_double(double x) {
    return tanh(x);
}

#define TANH_OF_(real) tanh_##real
#define TANH_OF(real)  TANH_OF_(real)
#define tanh_real      TANH_OF(LK_REAL)

/* For i = 0 ... n - 1, independently of each other. */
#define EACH(i, ...)                                                                               \
    LK_VECTOR for (size_t i = 0; i < n; i++) {                                                     \
        __VA_ARGS__;                                                                               \
    }

void lk_kernel_unary_forward(lk_unary kind, size_t n, lk_real a, lk_real b, const lk_real *x,
                             lk_real *y) {
    switch (kind) {
    case LK_RELU: /* a NaN stays a NaN, so that divergence is seen */
        EACH(i, y[i] = x[i] < 0 ? 0 : x[i])
        break;
    case LK_LEAKY_RELU:
        EACH(i, y[i] = x[i] > 0 ? x[i] : a * x[i])
        break;
    case LK_SIGMOID:
        EACH(i, y[i] = sigmoid(x[i]))
        break;
    case LK_TANH:
        EACH(i, y[i] = tanh_real(x[i]))
        break;
    case LK_SQUARE:
        EACH(i, y[i] = x[i] * x[i])
        break;
    case LK_ABS:
        EACH(i, y[i] = abs_real(x[i]))
        break;
    case LK_EXP:
        EACH(i, y[i] = exp_real(x[i]))
        break;
    case LK_AFFINE:
        EACH(i, y[i] = a * x[i] + b)
        break;
    case LK_CLAMP:
        EACH(i, y[i] = x[i] < a ? a : x[i] > b ? b : x[i])
        break;
    }
}

/* dx (+)= slope dy, value by value. */
#define CHAIN(i, slope)                                                                            \
    if (add)                                                                                       \
        EACH(i, dx[i] += (slope)*dy[i])                                                            \
    else                                                                                           \
        EACH(i, dx[i] = (slope)*dy[i])

void lk_kernel_unary_backward(lk_unary kind, size_t n, lk_real a, const lk_real *x,
                              const lk_real *y, const lk_real *dy, bool add, lk_real *dx) {
    switch (kind) {
    case LK_RELU:
        CHAIN(i, y[i] > 0 ? LK_R(1) : LK_R(0))
        break;
    case LK_LEAKY_RELU:
        CHAIN(i, y[i] > 0 ? LK_R(1) : a)
        break;
    case LK_SIGMOID:
        CHAIN(i, y[i] * (1 - y[i]))
        break;
    case LK_TANH:
        CHAIN(i, 1 - y[i] * y[i])
        break;
    case LK_SQUARE:
        CHAIN(i, 2 * x[i])
        break;
    case LK_ABS:
        CHAIN(i, x[i] > 0 ? LK_R(1) : x[i] < 0 ? LK_R(-1) : LK_R(0))
        break;
    case LK_EXP:
        CHAIN(i, y[i])
        break;
    case LK_AFFINE:
        CHAIN(i, a)
        break;
    case LK_CLAMP:
        CHAIN(i, x[i] == y[i] ? LK_R(1) : LK_R(0))
        break;
    }
}

void lk_kernel_binary_forward(lk_binary kind, size_t n, const lk_real *x, const lk_real *z,
                              lk_real *y) {
    switch (kind) {
    case LK_ADD:
        EACH(i, y[i] = x[i] + z[i])
        break;
    case LK_SUB:
        EACH(i, y[i] = x[i] - z[i])
        break;
    case LK_MUL:
        EACH(i, y[i] = x[i] * z[i])
        break;
    }
}

void lk_kernel_multiply_backward(size_t n, const lk_real *other, const lk_real *dy, bool add,
                                 lk_real *dx) {
    CHAIN(i, other[i])
}

void lk_kernel_add_to(size_t n, const lk_real *x, lk_real *sum) {
    EACH(i, sum[i] += x[i])
}

void lk_kernel_scaled_add(size_t n, lk_real a, const lk_real *x, bool add, lk_real *y) {
    if (add)
        EACH(i, y[i] += a * x[i])
    else
        EACH(i, y[i] = a * x[i])
}
