/* Elementwise functions against libm. */
#include "support.h"

#include <math.h>

/* With 0.7 and 5 as the numbers a and b of elu and softplus. */
static double silu(double x) {
    return x / (1 + exp(-x));
}
static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}
static double gelu(double x) {
    return x * erfc(-x / sqrt(2)) / 2;
}
static double gelu_tanh(double x) {
    return x / (1 + exp(-2 * sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x)));
}
static double elu(double x) {
    return x > 0 ? x : 0.7 * expm1(x);
}
static double softplus(double x) {
    return 0.7 * x > 5 ? x : log1p(exp(0.7 * x)) / 0.7;
}

static const struct {
    lk_unary kind;
    double (*function)(double);
    double least; /* below it errors are not relative */
} rows[] = {
    { LK_EXP, exp, 0 },   { LK_SIGMOID, sigmoid, 0 },   { LK_TANH, tanh, 0 },
    { LK_SILU, silu, 0 }, { LK_GELU, gelu, 1e-6 },      { LK_GELU_TANH, gelu_tanh, 1e-2 },
    { LK_ELU, elu, 0 },   { LK_SOFTPLUS, softplus, 0 },
};

static void elementwise_kernels_agree_with_libm(void **state) {
    (void)state;
    enum { N = 4001 };
    static lk_real x[N], y[N];
    for (int i = 0; i < N; i++) x[i] = LK_R((i - N / 2) * 0.01);
    for (size_t k = 0; k < LK_COUNT(rows); k++) {
        double worst = 0;
        lk_test_kernels()->unary_forward(rows[k].kind, N, LK_R(0.7), 5, x, y);
        for (int i = 0; i < N; i++) {
            double expected = rows[k].function((double)x[i]),
                   size = fmax(fabs(expected), rows[k].least);
            double error = fabs((double)y[i] - expected) / (size > 0 ? size : 1);
            if (!(error <= worst)) worst = error;
        }
        if (!(worst <= (sizeof(lk_real) == 8 ? 1e-14 : 8e-7)))
            print_error("function %d: got an error of %.3g\n", (int)rows[k].kind, worst);
        assert_near(worst, 0, sizeof(lk_real) == 8 ? 1e-14 : 8e-7);
    }
}

static void no_elementwise_function_hides_a_nan(void **state) {
    (void)state;
    static lk_real x[37], y[37]; /* longer than a vector, with a remainder */
    for (int kind = LK_RELU; kind <= LK_AFFINE; kind++)
        for (int at = 0; at < 37; at++) {
            for (int i = 0; i < 37; i++) x[i] = i == at ? (lk_real)NAN : LK_R(0.5);
            lk_test_kernels()->unary_forward((lk_unary)kind, 37, LK_R(0.2), 0, x, y);
            for (int i = 0; i < 37; i++) assert_int_equal(isnan(y[i]) != 0, i == at);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elementwise_kernels_agree_with_libm),
        cmocka_unit_test(no_elementwise_function_hides_a_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
