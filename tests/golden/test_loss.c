/* loss: every loss and its gradient against PyTorch's float64 autograd of the formula as written
   (scripts/golden/loss.py). */
#include "base/file.h"
#include "base/rng.h"
#include "loss.h"
#include "loss_cases.h"

#include <likeness/loss.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { VALUES_MAX = 4096 };

/* Two batches in [0, 1], (N, C, H, W), equal to those that scripts/golden/loss.py draws. */
static void draw(const char *kind, lk_shape shape, double *x, double *y) {
    lk_rng first = lk_rng_at(5, LK_STREAM_TEST, 0, 0), second = lk_rng_at(5, LK_STREAM_TEST, 0, 1);
    int n = (int)lk_shape_size(shape), width = shape.d[3], plane = shape.d[2] * width;
    for (int i = 0; i < n; i++) {
        double u = lk_rng_uniform(&first), v = lk_rng_uniform(&second);
        bool left = i % width < width / 2 + 1, first_channel = i / plane % shape.d[1] == 0;
        x[i] = u, y[i] = v;
        if (strcmp(kind, "close") == 0) y[i] = 0.8 * u + 0.2 * v;
        if (strcmp(kind, "negative") == 0) y[i] = 0.9 - 0.6 * u - 0.2 * v;
        if (strcmp(kind, "nearly flat") == 0) x[i] = 0.5 + 1e-4 * u, y[i] = 0.3 + 1e-4 * v;
        if (strcmp(kind, "one nearly flat") == 0) y[i] = 0.4 + 1e-5 * v;
        if (strcmp(kind, "flat") == 0 && left) x[i] = 0.75, y[i] = 0.25;
        if (strcmp(kind, "one channel negative") == 0)
            y[i] = first_channel ? 1 - u : 0.7 * u + 0.3 * v;
    }
}

static void store(lk_shape shape, const double *values, lk_real *out) {
    static lk_real as_written[VALUES_MAX];
    for (size_t i = 0; i < lk_shape_size(shape); i++) as_written[i] = LK_R(values[i]);
    lk_to_channels_last(shape, as_written, out);
}

/* In float the variances of nearly flat pictures, 1e-9, are as small as rounding errors. */
static double tolerance(const struct golden_loss *row) {
    if (sizeof(lk_real) == 8) return 1e-10;
    return strstr(row->pictures, "nearly flat") ? 1e-2 : 5e-4;
}

static void check(const struct golden_loss *row, const double *expected) {
    static double x[VALUES_MAX], y[VALUES_MAX];
    static lk_real stored_x[VALUES_MAX], stored_y[VALUES_MAX], stored_expected[VALUES_MAX];
    size_t n = lk_shape_size(row->shape);
    assert_true(n <= VALUES_MAX);
    draw(row->pictures, row->shape, x, y);
    store(row->shape, x, stored_x);
    store(row->shape, y, stored_y);
    store(row->shape, expected, stored_expected);
    struct lk_test_loss got = lk_test_loss(lk_test_context(), row->options, row->shape,
                                           row->shape.d[0], stored_x, stored_y);
    double error = lk_test_relative_l2(got.gradient, stored_expected, n);
    if (!(error <= tolerance(row)))
        print_error("%s on \"%s\" pictures: relative error of the gradient %.3g\n", row->options,
                    row->pictures, error);
    assert_near(got.value, row->loss, tolerance(row) * 1e-3);
    assert_near(error, 0, tolerance(row));
    lk_free(got.gradient);
}

static void losses_and_gradients_equal_those_of_autograd(void **state) {
    (void)state;
    char *golden;
    size_t bytes, at = 0;
    lk_error err;
    assert_ok(lk_file_read(LIKENESS_SOURCE "/tests/golden/loss_gradients.bin", 1 << 20, &golden,
                           &bytes, &err),
              &err);
    for (size_t i = 0; i < LK_COUNT(golden_losses); i++) {
        size_t n = lk_shape_size(golden_losses[i].shape) * sizeof(double);
        assert_true(at + n <= bytes);
        check(&golden_losses[i], (const double *)(const void *)(golden + at));
        at += n;
    }
    assert_true(at == bytes);
    lk_free(golden);
}

/* A new loss fails until scripts/golden/loss.py has it. */
static void every_loss_has_golden_values(void **state) {
    (void)state;
    for (const lk_choice *const *row = lk_losses; *row; row++) {
        char type[64];
        int n = ((const lk_loss *)*row)->needs_more; /* test_perceptual.c */
        snprintf(type, sizeof type, "{\"type\": \"%s\"", (*row)->name);
        for (size_t i = 0; i < LK_COUNT(golden_losses); i++)
            n += strncmp(golden_losses[i].options, type, strlen(type)) == 0;
        if (!n) print_error("the loss %s has no golden values\n", (*row)->name);
        assert_true(n > 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_and_gradients_equal_those_of_autograd),
        cmocka_unit_test(every_loss_has_golden_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
