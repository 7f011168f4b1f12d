/* Elementwise functions against libm. */
#include "support.h"

#include <math.h>

static void elementwise_kernels_agree_with_libm(void **state) {
    (void)state;
    enum { N = 4001 };
    static lk_real x[N], y[N];
    double worst[3] = { 0 };
    static const lk_unary kinds[3] = { LK_EXP, LK_SIGMOID, LK_TANH };
    for (int i = 0; i < N; i++) x[i] = LK_R((i - N / 2) * 0.01);
    for (int k = 0; k < 3; k++) {
        lk_test_kernels()->unary_forward(kinds[k], N, 0, 0, x, y);
        for (int i = 0; i < N; i++) {
            double at = (double)x[i], expected = k == 0   ? exp(at)
                                                 : k == 1 ? 1 / (1 + exp(-at))
                                                          : tanh(at);
            double error = expected == 0 ? fabs((double)y[i]) : fabs((double)y[i] / expected - 1);
            if (!(error <= worst[k])) worst[k] = error;
        }
        assert_near(worst[k], 0, sizeof(lk_real) == 8 ? 1e-14 : 6e-7);
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
