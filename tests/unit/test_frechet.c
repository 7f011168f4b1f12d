/* The distance between Gaussians: known ones, few vectors, the same bits with any number of
   threads. */
#include "base/rng.h"
#include "evaluate/frechet.h"
#include "support.h"
#include "tensor/gemm.h"

#include <likeness/memory.h>

#include <math.h>
#include <string.h>

enum { N = 100, VALUES = 37 };
static lk_threads *two;

static int begin(void **state) {
    (void)state;
    lk_error err;
    assert_ok(lk_blas_prepare(&err), &err);
    assert_ok(lk_threads_create(2, &two, &err), &err);
    return 0;
}

static int end(void **state) {
    (void)state;
    lk_threads_destroy(two);
    return 0;
}

/* Correlated vectors far from 0: a walk from value to value. */
static void draw(uint32_t index, int n, int n_values, double *out) {
    for (int v = 0; v < n; v++) {
        lk_rng rng = lk_rng_at(5, LK_STREAM_TEST, index, (uint32_t)v);
        double at = 100;
        for (int i = 0; i < n_values; i++)
            *out++ = at += lk_rng_normal(&rng) * (1 + (int)(index + (uint32_t)i) % 3) / 10;
    }
}

/* The moments of n vectors, which stay as they are, added in two parts. */
static lk_moments moments_of(lk_threads *threads, const double *vectors, int n, int n_values,
                             int n_first) {
    const size_t bytes = (size_t)n * (size_t)n_values * sizeof *vectors;
    double *copy = lk_alloc(bytes);
    lk_moments moments;
    lk_error err;
    memcpy(copy, vectors, bytes);
    assert_ok(lk_moments_init(&moments, threads, n_values, &err), &err);
    lk_moments_add(&moments, copy, n_first);
    lk_moments_add(&moments, copy + n_first * n_values, n - n_first);
    lk_free(copy);
    return moments;
}

static double distance(lk_threads *threads, const double *a, int n_a, const double *b, int n_b,
                       int n_values) {
    lk_moments of_a = moments_of(threads, a, n_a, n_values, n_a),
               of_b = moments_of(threads, b, n_b, n_values, n_b);
    double distance = -1;
    lk_error err;
    assert_ok(lk_frechet(&of_a, &of_b, &distance, &err), &err);
    lk_moments_deinit(&of_a), lk_moments_deinit(&of_b);
    return distance;
}

static void equal_sets_are_at_0_and_shifted_ones_at_the_square_of_the_shift(void **state) {
    (void)state;
    static double a[N * VALUES], b[N * VALUES];
    /* with fewer vectors than values the covariances are singular */
    for (int n = 3; n <= N; n += 97) {
        draw(0, n, VALUES, a);
        double squares = 0;
        for (int i = 0; i < VALUES; i++) squares += (i - 3.0) * (i - 3.0);
        for (int i = 0; i < n * VALUES; i++) b[i] = a[i] + i % VALUES - 3;
        assert_near(distance(two, a, n, a, n, VALUES), 0, 1e-9);
        assert_near(distance(two, a, n, b, n, VALUES), squares, 1e-9 * squares);
        assert_near(distance(two, b, n, a, n, VALUES), squares, 1e-9 * squares);
    }
}

/* Along each axis two vectors, at plus and minus `scale` times its number: mean 0, and variances
   2 (scale i)^2 / (n - 1). */
static void draw_axes(double scale, int n_values, double *out) {
    memset(out, 0, (size_t)(2 * n_values * n_values) * sizeof *out);
    for (int i = 0; i < n_values; i++)
        for (int sign = -1; sign <= 1; sign += 2, out += n_values) out[i] = sign * scale * (i + 1);
}

static void of_independent_values_the_difference_of_deviations_counts(void **state) {
    (void)state;
    enum { AXES = 5 };
    static double a[2 * AXES * AXES], b[2 * AXES * AXES];
    double expected = 0;
    draw_axes(1, AXES, a);
    draw_axes(3, AXES, b);
    for (int i = 1; i <= AXES; i++) expected += (3 - 1) * (3 - 1) * 2.0 * i * i / (2 * AXES - 1);
    assert_near(distance(two, a, 2 * AXES, b, 2 * AXES, AXES), expected, 1e-12 * expected);
}

/* S1 = s s^T and S2 = t t^T: the root of S1 S2 has the trace |s . t|. */
static void of_two_lines_their_angle_counts(void **state) {
    (void)state;
    static const double a[] = { -1, -2, 0, 1, 2, 0 }, b[] = { 0, -3, -1, 0, 3, 1 };
    /* each has n - 1 = 1, so that s = sqrt(2) a */
    assert_near(distance(two, a, 2, b, 2, 3), 2 * 5 + 2 * 10 - 2 * 2 * 6, 1e-12);
}

static void sets_without_spread_have_the_distance_of_their_means(void **state) {
    (void)state;
    static const double a[] = { 1, 2, 1, 2, 1, 2 }, b[] = { 4, 6, 4, 6 };
    assert_near(distance(two, a, 3, b, 2, 2), 25, 1e-12);
}

static void a_distance_that_is_not_defined_is_nan(void **state) {
    (void)state;
    static double a[] = { 1, 2, 3, 5, 4, 4 }, bad[] = { 1, 2, (double)NAN, 5, 4, 4 };
    assert_true(isnan(distance(two, a, 1, a, 3, 2)));
    assert_true(isnan(distance(two, a, 3, a, 1, 2)));
    assert_true(isnan(distance(two, a, 3, bad, 3, 2)));
}

static void the_bits_depend_neither_on_threads_nor_on_batches(void **state) {
    (void)state;
    static double a[N * VALUES], b[N * VALUES];
    double first = 0;
    draw(0, N, VALUES, a);
    draw(1, N, VALUES, b);
    static const int counts[] = { 1, 2, 3, 8 };
    for (size_t i = 0; i < LK_COUNT(counts); i++) {
        lk_threads *threads = NULL;
        lk_error err;
        double got = 0;
        assert_ok(lk_threads_create(counts[i], &threads, &err), &err);
        lk_moments of_a = moments_of(threads, a, N, VALUES, 64),
                   of_b = moments_of(threads, b, N, VALUES, 1 + counts[i]);
        assert_ok(lk_frechet(&of_a, &of_b, &got, &err), &err);
        if (i == 0) first = got;
        assert_true(got > 0.01);
        assert_memory_equal(&got, &first, sizeof got);
        lk_moments_deinit(&of_a), lk_moments_deinit(&of_b);
        lk_threads_destroy(threads);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_sets_are_at_0_and_shifted_ones_at_the_square_of_the_shift),
        cmocka_unit_test(of_independent_values_the_difference_of_deviations_counts),
        cmocka_unit_test(of_two_lines_their_angle_counts),
        cmocka_unit_test(sets_without_spread_have_the_distance_of_their_means),
        cmocka_unit_test(a_distance_that_is_not_defined_is_nan),
        cmocka_unit_test(the_bits_depend_neither_on_threads_nor_on_batches),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
