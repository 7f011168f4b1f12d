/* Transposition, column sums, moments and batch normalisation of matrices against plain loops, with
   any number of rows and columns. */
#include "base/rng.h"
#include "support.h"

#include <likeness/memory.h>

#include <math.h>
#include <stdio.h>

#define TOLERANCE (sizeof(lk_real) == 8 ? 1e-12 : 2e-6)

enum { LARGEST = 80 };

/* A matrix with values around `middle`, and the arrays that batch normalisation needs. */
struct matrix {
    int rows, c;
    lk_real *x, *dy;
    lk_real numbers[6][LARGEST];
    lk_norm norm;
};

static struct matrix *draw(lk_rng *rng, double middle) {
    static const lk_real slopes[] = { 0, 1, LK_R(0.2) };
    struct matrix *m = lk_alloc(sizeof *m);
    m->rows = 1 + (int)lk_rng_below(rng, 700);
    m->c = 1 + (int)lk_rng_below(rng, LARGEST);
    size_t n = (size_t)m->rows * (size_t)m->c;
    m->x = lk_alloc(n * sizeof *m->x);
    m->dy = lk_alloc(n * sizeof *m->dy);
    for (size_t i = 0; i < n; i++)
        m->x[i] = LK_R(middle + lk_rng_normal(rng)), m->dy[i] = LK_R(lk_rng_normal(rng));
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < m->c; j++) m->numbers[i][j] = LK_R(lk_rng_normal(rng));
    m->norm = (lk_norm){ slopes[lk_rng_below(rng, 3)],
                         m->numbers[0],
                         m->numbers[1],
                         m->numbers[2],
                         m->numbers[3],
                         m->numbers[4],
                         m->numbers[5] };
    return m;
}

static void destroy(struct matrix *m) {
    lk_free(m->x);
    lk_free(m->dy);
    lk_free(m);
}

static void sums_and_moments_equal_plain_ones_even_far_from_0(void **state) {
    (void)state;
    lk_rng rng = lk_rng_at(4, LK_STREAM_TEST, 0, 0);
    for (int i = 0; i < 60; i++) {
        struct matrix *m = draw(&rng, i % 3 ? 3000 : 0);
        double sum[LARGEST] = { 0 }, again[LARGEST] = { 0 }, squares[LARGEST] = { 0 };
        lk_test_kernels()->column_sums(m->rows, m->c, m->x, sum);
        lk_test_kernels()->column_moments(m->rows, m->c, m->x, again, squares);
        for (int c = 0; c < m->c; c++) {
            double all = 0, spread = 0, n = m->rows;
            for (int r = 0; r < m->rows; r++) all += (double)m->x[r * m->c + c];
            for (int r = 0; r < m->rows; r++)
                spread += pow((double)m->x[r * m->c + c] - all / n, 2);
            assert_near(sum[c] / n, all / n, TOLERANCE * (1 + fabs(all / n)));
            assert_near(again[c] / n, all / n, TOLERANCE + 1e-15 * fabs(all));
            assert_near(squares[c] / n - again[c] / n * (again[c] / n), spread / n,
                        (i % 3 ? 1e-8 : 0) + TOLERANCE);
        }
        destroy(m);
    }
}

static void transposing_a_matrix_puts_every_value_in_its_place(void **state) {
    (void)state;
    lk_rng rng = lk_rng_at(7, LK_STREAM_TEST, 0, 0);
    for (int i = 0; i < 60; i++) {
        struct matrix *m = draw(&rng, 0);
        int gap = i % 3, y_row = m->rows + gap, columns = i % 5 ? m->c : (m->c + 1) / 2;
        size_t n = (size_t)y_row * (size_t)m->c;
        lk_real *y = lk_alloc(n * sizeof *y);
        bool add = i % 2;
        for (size_t j = 0; j < n; j++) y[j] = 2;
        lk_test_kernels()->transpose(m->rows, columns, m->x, m->c, add, y, y_row);
        for (int r = 0; r < y_row; r++)
            for (int c = 0; c < m->c; c++) {
                bool inside = r < m->rows && c < columns;
                lk_real was = add || !inside ? 2 : 0;
                assert_true(y[c * y_row + r] == was + (inside ? m->x[r * m->c + c] : 0));
            }
        lk_free(y);
        destroy(m);
    }
}

static void squares_are_summed_in_double(void **state) {
    (void)state;
    lk_real x[77];
    double sum = 0, expected = 0;
    for (int i = 0; i < 77; i++)
        x[i] = LK_R(i % 2 ? 1e25 : 1e-25), expected += (double)x[i] * (double)x[i];
    lk_test_kernels()->squares(77, x, &sum);
    assert_near(sum / expected, 1, 1e-14);
}

static double rectified(const struct matrix *m, int c, double x, double y) {
    double t = (double)m->norm.scale[c] * x + (double)m->norm.shift[c];
    return t > 0 ? y : (double)m->norm.slope * y;
}

/* Rounding may move a result that is next to a kink to either side of it. */
static bool near_kink(const struct matrix *m, int c, double x) {
    return fabs((double)m->norm.scale[c] * x + (double)m->norm.shift[c]) < 1e-5;
}

static void the_norm_and_the_relu_after_it_equal_plain_ones(void **state) {
    (void)state;
    lk_rng rng = lk_rng_at(5, LK_STREAM_TEST, 0, 0);
    for (int i = 0; i < 60; i++) {
        struct matrix *m = draw(&rng, 0);
        size_t n = (size_t)m->rows * (size_t)m->c;
        lk_real *y = lk_alloc(n * sizeof *y), *dx = lk_alloc(n * sizeof *dx);
        bool add = i % 2;
        for (size_t j = 0; j < n; j++) dx[j] = 1;
        lk_test_kernels()->norm_apply(m->rows, m->c, &m->norm, m->x, y);
        lk_test_kernels()->norm_backward(m->rows, m->c, &m->norm, m->x, m->dy, add, dx);
        for (size_t j = 0; j < n; j++) {
            int c = (int)(j % (size_t)m->c);
            double x = (double)m->x[j], scale = (double)m->norm.scale[c],
                   t = scale * x + (double)m->norm.shift[c];
            double slope = scale * rectified(m, c, x, (double)m->dy[j]) + (double)m->norm.b[c] * x +
                           (double)m->norm.k[c];
            assert_near((double)y[j], rectified(m, c, x, t), 10 * TOLERANCE);
            if (!near_kink(m, c, x))
                assert_near((double)dx[j], slope + (add ? 1 : 0), 10 * TOLERANCE);
        }
        lk_free(y);
        lk_free(dx);
        destroy(m);
    }
}

static void gradients_are_summed_after_the_relu(void **state) {
    (void)state;
    lk_rng rng = lk_rng_at(6, LK_STREAM_TEST, 0, 0);
    for (int i = 0; i < 60; i++) {
        struct matrix *m = draw(&rng, 0);
        double first[LARGEST] = { 0 }, second[LARGEST] = { 0 };
        lk_test_kernels()->norm_sums(m->rows, m->c, &m->norm, m->x, m->dy, first, second);
        for (int c = 0; c < m->c; c++) {
            double sum = 0, products = 0;
            for (int r = 0; r < m->rows; r++) {
                double x = (double)m->x[r * m->c + c],
                       g = rectified(m, c, x, (double)m->dy[r * m->c + c]);
                sum += g;
                products += g * (x - (double)m->norm.mean[c]);
            }
            assert_near(first[c] / m->rows, sum / m->rows, 10 * TOLERANCE);
            assert_near(second[c] / m->rows, products / m->rows, 10 * TOLERANCE);
        }
        destroy(m);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_and_moments_equal_plain_ones_even_far_from_0),
        cmocka_unit_test(transposing_a_matrix_puts_every_value_in_its_place),
        cmocka_unit_test(squares_are_summed_in_double),
        cmocka_unit_test(the_norm_and_the_relu_after_it_equal_plain_ones),
        cmocka_unit_test(gradients_are_summed_after_the_relu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
