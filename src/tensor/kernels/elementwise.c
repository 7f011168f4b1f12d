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

#define OF_REAL_(name, real) name##_##real
#define OF_REAL(name, real)  OF_REAL_(name, real)
#define exp_real             OF_REAL(exp, LK_REAL)

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

/* e^x - 1. Near 0 the series, whose first left-out term is below 2e-8 of the value. */
__attribute__((unused)) static inline lk_real expm1_float(lk_real x) {
    lk_real near =
        x * (1 + x * LK_R(1.0 / 2) *
                     (1 + x * LK_R(1.0 / 3) * (1 + x * LK_R(1.0 / 4) * (1 + x * LK_R(1.0 / 5)))));
    return abs_real(x) < LK_R(0.1) ? near : exp_real(x) - 1;
}

__attribute__((unused)) static inline double expm1_double(double x) {
    return expm1(x);
}

/* log(1 + x) for x in [0, 1]: 2 artanh(x / (2 + x)), whose series' first left-out term is below
   2e-9 of the value. */
__attribute__((unused)) static inline lk_real log1p_float(lk_real x) {
    lk_real s = x / (2 + x), square = s * s, sum = LK_R(1.0 / 15);
    sum = sum * square + LK_R(1.0 / 13);
    sum = sum * square + LK_R(1.0 / 11);
    sum = sum * square + LK_R(1.0 / 9);
    sum = sum * square + LK_R(1.0 / 7);
    sum = sum * square + LK_R(1.0 / 5);
    sum = sum * square + LK_R(1.0 / 3);
    return 2 * s * (sum * square + 1);
}

__attribute__((unused)) static inline double log1p_double(double x) {
    return log1p(x);
}

/* The normal distribution above x >= 0. In float: e^(-x^2 / 2) t P(t), t = 1 / (1 + x / 4); P fits
   with a relative error below 4e-8 (least maximum over all x, by reweighted least squares). */
__attribute__((unused)) static inline lk_real upper_tail_float(lk_real x) {
    lk_real t = 1 / (1 + x / 4), p = LK_R(0.01978196921);
    p = p * t + LK_R(-0.08087713639);
    p = p * t + LK_R(0.09559676788);
    p = p * t + LK_R(-0.03171721503);
    p = p * t + LK_R(0.06369893744);
    p = p * t + LK_R(0.05897520708);
    p = p * t + LK_R(0.0816030983);
    p = p * t + LK_R(0.09346635626);
    p = p * t + LK_R(0.09973643158);
    p = p * t + LK_R(0.09973556672);
    return exp_real(x * x / -2) * t * p;
}

__attribute__((unused)) static inline double upper_tail_double(double x) {
    return erfc(x * 0.70710678118654752440) / 2;
}

#define tanh_real  OF_REAL(tanh, LK_REAL)
#define expm1_real OF_REAL(expm1, LK_REAL)
#define log1p_real OF_REAL(log1p, LK_REAL)
#define upper_tail OF_REAL(upper_tail, LK_REAL)

/* log(1 + e^x), for x above 0 as x + log(1 + e^-x). */
static inline lk_real softplus(lk_real x) {
    return (x > 0 ? x : 0) + log1p_real(exp_real(-abs_real(x)));
}

/* The normal distribution below x. */
static inline lk_real normal_below(lk_real x) {
    lk_real tail = upper_tail(abs_real(x));
    return x > 0 ? 1 - tail : tail;
}

static inline lk_real normal_density(lk_real x) {
    return exp_real(x * x / -2) * LK_R(0.39894228040143267794);
}

/* s + x s'(x) for s = sigmoid(x). */
static inline lk_real silu_slope(lk_real x) {
    lk_real s = sigmoid(x);
    return s * (1 + x * (1 - s));
}

/* (1 + tanh v) / 2 = sigmoid(2 v), of which these are 2 v and its slope. */
static inline lk_real tanh_gelu_inner(lk_real x) {
    return LK_R(1.59576912160573071176) * (x + LK_R(0.044715) * x * x * x);
}

static inline lk_real tanh_gelu_slope(lk_real x) {
    lk_real s = sigmoid(tanh_gelu_inner(x));
    lk_real inner_slope = LK_R(1.59576912160573071176) * (1 + LK_R(3 * 0.044715) * x * x);
    return s * (1 + x * (1 - s) * inner_slope);
}

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
    case LK_SILU:
        EACH(i, y[i] = x[i] * sigmoid(x[i]))
        break;
    case LK_GELU:
        EACH(i, y[i] = x[i] * normal_below(x[i]))
        break;
    case LK_GELU_TANH:
        EACH(i, y[i] = x[i] * sigmoid(tanh_gelu_inner(x[i])))
        break;
    case LK_ELU:
        EACH(i, y[i] = x[i] > 0 ? x[i] : a * expm1_real(x[i]))
        break;
    case LK_SOFTPLUS:
        EACH(i, y[i] = a * x[i] > b ? x[i] : softplus(a * x[i]) / a)
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

void lk_kernel_unary_backward(lk_unary kind, size_t n, lk_real a, lk_real b, const lk_real *x,
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
    case LK_SILU:
        CHAIN(i, silu_slope(x[i]))
        break;
    case LK_GELU:
        CHAIN(i, normal_below(x[i]) + x[i] * normal_density(x[i]))
        break;
    case LK_GELU_TANH:
        CHAIN(i, tanh_gelu_slope(x[i]))
        break;
    case LK_ELU: /* a e^x below 0 */
        CHAIN(i, y[i] > 0 ? LK_R(1) : y[i] + a)
        break;
    case LK_SOFTPLUS:
        CHAIN(i, a * x[i] > b ? LK_R(1) : sigmoid(a * x[i]))
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
