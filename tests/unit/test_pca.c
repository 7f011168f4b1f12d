/* Principal components: as good as exact ones, at right angles, the same bits with any number of
   threads, valid where the data has too few directions. */
#include "base/rng.h"
#include "evaluate/eigen.h"
#include "evaluate/pca.h"
#include "support.h"
#include "tensor/gemm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 1000, VALUES = 80, COMPONENTS = 12 };

static lk_context context;

static int start(void **state) {
    (void)state;
    lk_error err;
    assert_ok(lk_blas_prepare(&err), &err);
    assert_ok(lk_threads_create(2, &context.threads, &err), &err);
    return 0;
}

static int finish(void **state) {
    (void)state;
    lk_threads_destroy(context.threads);
    return 0;
}

/* Pictures with a spectrum that falls slowly, as that of faces does: a sum of waves of falling
   amplitude and random phase. */
static void draw(uint8_t *rows) {
    for (uint32_t r = 0; r < ROWS; r++) {
        lk_rng rng = lk_rng_at(5, LK_STREAM_TEST, 0, r);
        double picture[VALUES] = { 0 };
        for (int wave = 1; wave <= VALUES / 2; wave++) {
            double a = lk_rng_normal(&rng), b = lk_rng_normal(&rng);
            for (int i = 0; i < VALUES; i++)
                picture[i] += (a * sin(0.078 * wave * i) + b * cos(0.078 * wave * i)) / wave;
        }
        for (int i = 0; i < VALUES; i++)
            rows[r * VALUES + (uint32_t)i] = (uint8_t)fmin(255, fmax(0, 100 + i + 30 * picture[i]));
    }
}

/* matrix (VALUES, VALUES): second moments around the mean, over ROWS */
static void covariance(const uint8_t *rows, double *matrix) {
    double mean[VALUES] = { 0 };
    for (int r = 0; r < ROWS; r++)
        for (int i = 0; i < VALUES; i++) mean[i] += rows[r * VALUES + i] / 255.0 / ROWS;
    memset(matrix, 0, VALUES * VALUES * sizeof *matrix);
    for (int r = 0; r < ROWS; r++)
        for (int i = 0; i < VALUES; i++)
            for (int k = 0; k < VALUES; k++)
                matrix[i * VALUES + k] += (rows[r * VALUES + i] / 255.0 - mean[i]) *
                                          (rows[r * VALUES + k] / 255.0 - mean[k]) / ROWS;
}

static double mean_squared_error(const lk_pca *pca, const uint8_t *rows) {
    static lk_real images[ROWS * VALUES], out[ROWS * VALUES];
    lk_error err;
    for (int i = 0; i < ROWS * VALUES; i++) images[i] = LK_R(rows[i]) / 255;
    assert_ok(lk_pca_reconstruct(&context, pca, images, ROWS, out, &err), &err);
    double sum = 0;
    for (int i = 0; i < ROWS * VALUES; i++) sum += pow((double)images[i] - (double)out[i], 2);
    return sum / ROWS;
}

static void assert_orthonormal(const lk_pca *pca) {
    const size_t n = (size_t)pca->n_values;
    for (int a = 0; a < pca->n_components; a++)
        for (int b = 0; b <= a; b++) {
            double dot = 0;
            for (size_t i = 0; i < n; i++)
                dot += (double)pca->components[(size_t)a * n + i] *
                       (double)pca->components[(size_t)b * n + i];
            assert_near(dot, a == b, 1e-5);
        }
}

static void fit(const uint8_t *rows, size_t n_rows, int n_components, lk_pca *pca) {
    lk_error err;
    assert_ok(lk_pca_fit(&context, &(lk_pca_options){ .n_components = n_components, .seed = 1 },
                         rows, n_rows, VALUES, pca, &err),
              &err);
    assert_orthonormal(pca);
}

static void eigenvectors_satisfy_their_equation(void **state) {
    (void)state;
    static uint8_t rows[ROWS * VALUES];
    static double matrix[VALUES * VALUES], vectors[VALUES * VALUES], values[VALUES];
    lk_error err;
    draw(rows);
    covariance(rows, matrix);
    memcpy(vectors, matrix, sizeof vectors);
    assert_ok(lk_eigen_symmetric(vectors, VALUES, values, &err), &err);
    for (int v = 0; v < VALUES; v++) {
        double squares = 0;
        for (int i = 0; i < VALUES; i++) {
            double product = 0;
            for (int k = 0; k < VALUES; k++)
                product += matrix[i * VALUES + k] * vectors[v * VALUES + k];
            assert_near(product, values[v] * vectors[v * VALUES + i], 1e-13 * values[0]);
            squares += vectors[v * VALUES + i] * vectors[v * VALUES + i];
        }
        assert_near(squares, 1, 1e-12);
        assert_true(v == 0 || values[v] <= values[v - 1]);
    }
}

static void the_error_is_within_a_thousandth_of_the_least_possible(void **state) {
    (void)state;
    static uint8_t rows[ROWS * VALUES];
    static double matrix[VALUES * VALUES], values[VALUES];
    lk_error err;
    draw(rows);
    covariance(rows, matrix);
    assert_ok(lk_eigen_symmetric(matrix, VALUES, values, &err), &err);
    double least = 0, total = 0;
    for (int i = 0; i < VALUES; i++) {
        total += values[i];
        least += i >= COMPONENTS ? values[i] : 0;
    }
    lk_pca pca;
    fit(rows, ROWS, COMPONENTS, &pca);
    double error = mean_squared_error(&pca, rows);
    assert_near(error / least, 1, 1e-3);
    assert_near(pca.total_variance, total, 1e-12 * total);
    for (int i = 0; i < COMPONENTS; i++) assert_near(pca.variance[i] / values[i], 1, 0.01);
    assert_true(least > 0.02 * total); /* else the test could not fail */
    lk_pca_deinit(&pca);
}

static void all_components_reconstruct_everything(void **state) {
    (void)state;
    static uint8_t rows[ROWS * VALUES];
    draw(rows);
    lk_pca pca;
    fit(rows, ROWS, VALUES, &pca);
    assert_near(mean_squared_error(&pca, rows), 0, 1e-9);
    lk_pca_deinit(&pca);
}

static void any_number_of_threads_gives_the_same_bits(void **state) {
    (void)state;
    static uint8_t rows[ROWS * VALUES];
    draw(rows);
    lk_pca first = { 0 };
    for (int n = 1; n <= 4; n++) {
        lk_pca pca;
        lk_error err;
        lk_context some = { 0 };
        assert_ok(lk_threads_create(n, &some.threads, &err), &err);
        assert_ok(lk_pca_fit(&some, &(lk_pca_options){ .n_components = COMPONENTS, .seed = 1 },
                             rows, ROWS, VALUES, &pca, &err),
                  &err);
        if (n == 1) first = pca;
        assert_memory_equal(pca.mean, first.mean, VALUES * sizeof(lk_real));
        assert_memory_equal(pca.components, first.components,
                            COMPONENTS * VALUES * sizeof(lk_real));
        assert_memory_equal(pca.variance, first.variance, COMPONENTS * sizeof(double));
        if (n > 1) lk_pca_deinit(&pca);
        lk_threads_destroy(some.threads);
    }
    lk_pca_deinit(&first);
}

static void pictures_of_too_few_directions_still_give_valid_components(void **state) {
    (void)state;
    static uint8_t rows[ROWS * VALUES];
    lk_pca pca;
    memset(rows, 77, sizeof rows);
    fit(rows, ROWS, COMPONENTS, &pca); /* all alike: no direction at all */
    assert_near(mean_squared_error(&pca, rows), 0, 1e-9);
    assert_near(pca.total_variance, 0, 1e-9);
    lk_pca_deinit(&pca);
    /* one direction */
    for (int r = 0; r < ROWS; r++) memset(rows + r * VALUES, r % 3 * 100, VALUES / 2);
    fit(rows, ROWS, COMPONENTS, &pca);
    assert_near(mean_squared_error(&pca, rows), 0, 1e-9);
    assert_near(pca.variance[0] / pca.total_variance, 1, 1e-5);
    lk_pca_deinit(&pca);
}

static void fewer_pictures_than_values_are_reconstructed_by_as_many_components(void **state) {
    (void)state;
    static uint8_t rows[ROWS * VALUES];
    draw(rows);
    for (int i = 10 * VALUES; i < ROWS * VALUES; i++) rows[i] = rows[i % (10 * VALUES)];
    lk_pca pca;
    fit(rows, 10, 10, &pca);
    assert_near(mean_squared_error(&pca, rows), 0, 1e-9);
    lk_pca_deinit(&pca);
}

static lk_status at_the_second_time(void *self) {
    int *n_asked = self;
    return ++*n_asked == 2 ? LK_TERMINATED : LK_OK;
}

static void a_stop_is_heard_between_iterations(void **state) {
    (void)state;
    static uint8_t rows[ROWS * VALUES];
    int n_asked = 0;
    lk_pca pca;
    lk_error err;
    const lk_stop stop = { at_the_second_time, &n_asked };
    draw(rows);
    assert_int_equal(lk_pca_fit(&context, &(lk_pca_options){ COMPONENTS, 1, &stop }, rows, ROWS,
                                VALUES, &pca, &err),
                     LK_TERMINATED);
    assert_contains(err.text, "stopped while measuring");
    assert_int_equal(n_asked, 2);
}

static void a_number_of_components_that_cannot_be_is_refused(void **state) {
    (void)state;
    static const uint8_t rows[3 * VALUES];
    lk_pca pca;
    lk_error err;
    assert_int_equal(
        lk_pca_fit(&context, &(lk_pca_options){ .n_components = 4 }, rows, 3, VALUES, &pca, &err),
        LK_USAGE);
    assert_contains(err.text, "expected 1 to 3 for 3 pictures of 80 values, got 4");
    assert_int_equal(
        lk_pca_fit(&context, &(lk_pca_options){ .n_components = 0 }, rows, 3, VALUES, &pca, &err),
        LK_USAGE);
    assert_int_equal(
        lk_pca_fit(&context, &(lk_pca_options){ .n_components = 1 }, rows, 0, VALUES, &pca, &err),
        LK_USAGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eigenvectors_satisfy_their_equation),
        cmocka_unit_test(the_error_is_within_a_thousandth_of_the_least_possible),
        cmocka_unit_test(all_components_reconstruct_everything),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bits),
        cmocka_unit_test(pictures_of_too_few_directions_still_give_valid_components),
        cmocka_unit_test(fewer_pictures_than_values_are_reconstructed_by_as_many_components),
        cmocka_unit_test(a_stop_is_heard_between_iterations),
        cmocka_unit_test(a_number_of_components_that_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
