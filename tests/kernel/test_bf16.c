/* Rounding to bf16 and products of pairs, against plain sums in double of the rounded numbers. */
#include "support.h"

#include <likeness/memory.h>

#include <math.h>
#include <string.h>

static float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The second (1) or the first number of a pair. */
static double half_of(lk_pair pair, int which) {
    return (double)float_of(which ? pair & 0xffff0000 : pair << 16);
}

/* Rounded by both kernels as number 5 of 16, next to zeros; in one row and in the second of two. */
static void round_number(float x, uint16_t got[2]) {
    lk_real rows[2 * LK_GROUP] = { 0 };
    lk_pair columns[2 * LK_GROUP / 2], pairs[LK_GROUP];
    rows[LK_GROUP + 5] = (lk_real)x;
    lk_test_kernels()->pair_columns(2, LK_GROUP, rows, LK_GROUP,
                                    (lk_pairs){ columns, 64, LK_GROUP / 2, LK_GROUP / 2 });
    lk_test_kernels()->pair_rows(2, LK_GROUP, rows, LK_GROUP,
                                 (lk_pairs){ pairs, 64, LK_GROUP, LK_GROUP });
    for (int i = 0; i < LK_GROUP; i++)
        assert_int_equal(i == LK_GROUP / 2 + 2 ? columns[i] & 0xffff : columns[i], 0);
    for (int i = 0; i < LK_GROUP; i++) assert_int_equal(i == 5 ? pairs[i] & 0xffff : pairs[i], 0);
    got[0] = (uint16_t)(columns[LK_GROUP / 2 + 2] >> 16);
    got[1] = (uint16_t)(pairs[5] >> 16);
}

static void numbers_are_rounded_to_the_nearest_and_ties_to_even(void **state) {
    (void)state;
    static const struct {
        uint32_t from;
        uint16_t to;
    } rows[] = {
        { 0x00000000, 0x0000 }, { 0x80000000, 0x8000 }, { 0x3f800000, 0x3f80 },
        { 0x3f807fff, 0x3f80 }, { 0x3f808000, 0x3f80 }, { 0x3f808001, 0x3f81 },
        { 0x3f818000, 0x3f82 }, { 0xbf818000, 0xbf82 }, { 0x3fffffff, 0x4000 },
        { 0x00800000, 0x0080 }, { 0x7f7f7fff, 0x7f7f }, { 0x7f7f8000, 0x7f80 },
        { 0x7f7fffff, 0x7f80 }, { 0xff7fffff, 0xff80 }, { 0x7f800000, 0x7f80 },
        { 0xff800000, 0xff80 },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        uint16_t got[2];
        round_number(float_of(rows[i].from), got);
        assert_int_equal(got[0], rows[i].to);
        assert_int_equal(got[1], rows[i].to);
    }
}

static void what_is_not_a_number_stays_so_and_denormal_numbers_stay_small(void **state) {
    (void)state;
    static const uint32_t nans[] = { 0x7f800001, 0x7fc00000, 0x7fffffff, 0xff80ffff, 0xffffffff };
    static const uint32_t tiny[] = { 0x00000001, 0x00008000, 0x0042ffff, 0x807f0000 };
    uint16_t got[2];
    for (size_t i = 0; i < LK_COUNT(nans); i++) {
        round_number(float_of(nans[i]), got);
        for (int j = 0; j < 2; j++) assert_true((got[j] & 0x7fff) > 0x7f80);
    }
    /* the processor's instruction makes them zero */
    for (size_t i = 0; i < LK_COUNT(tiny); i++) {
        round_number(float_of(tiny[i]), got);
        for (int j = 0; j < 2; j++) assert_true((got[j] & 0x7fff) < 0x0080);
    }
}

static void the_last_of_an_odd_number_of_rows_makes_pairs_with_zeros(void **state) {
    (void)state;
    lk_real *rows = lk_test_normal(3 * LK_GROUP, 0);
    lk_pair pairs[2 * LK_GROUP];
    memset(pairs, 0xff, sizeof pairs);
    lk_test_kernels()->pair_rows(3, LK_GROUP, rows, LK_GROUP,
                                 (lk_pairs){ pairs, 64, LK_GROUP, LK_GROUP });
    for (int i = 0; i < LK_GROUP; i++) {
        assert_near(half_of(pairs[i], 0), (double)rows[i], 0.02);
        assert_near(half_of(pairs[i], 1), (double)rows[LK_GROUP + i], 0.02);
        assert_near(half_of(pairs[LK_GROUP + i], 0), (double)rows[2 * LK_GROUP + i], 0.02);
        assert_int_equal(pairs[LK_GROUP + i] >> 16, 0);
    }
    lk_free(rows);
}

/* ---- products ---- */

/* Numbers that bf16 holds: eighths up to 16. */
static lk_real *rounded_normal(size_t n, uint32_t index) {
    lk_real *x = lk_test_normal(n, index);
    for (size_t i = 0; i < n; i++) x[i] = (lk_real)(round(8 * (double)x[i]) / 8);
    return x;
}

static lk_panel plain(lk_real *at, int length) {
    return (lk_panel){ at, (ptrdiff_t)LK_PANEL_ROWS * length, length, LK_GROUP };
}

/* a (rows, k) times b (k, columns) */
static void check_product(int rows, int groups, int k, bool add) {
    int columns = groups * LK_GROUP;
    lk_real *a = rounded_normal((size_t)(rows * k), 1),
            *b = rounded_normal((size_t)(k * columns), 2),
            *c = lk_test_normal((size_t)(rows * columns), 3),
            *before = lk_test_normal((size_t)(rows * columns), 3);
    int blocks = (rows + LK_PANEL_ROWS - 1) / LK_PANEL_ROWS;
    lk_pair *left = lk_alloc((size_t)(blocks * LK_PANEL_ROWS * k / 2) * sizeof *left),
            *packed = lk_alloc((size_t)(k / 2 * columns) * sizeof *packed);
    /* a as Winograd's panels lie: groups of 16 columns of 8 rows */
    lk_pairs panel = { left, (ptrdiff_t)LK_PANEL_ROWS * k / 2, LK_GROUP / 2,
                       LK_PANEL_ROWS * LK_GROUP / 2 };
    lk_test_kernels()->pair_columns(rows, k, a, k, panel);
    for (int j = 0; j < columns; j += 2 * LK_GROUP) {
        int n = columns - j < 2 * LK_GROUP ? columns - j : 2 * LK_GROUP;
        lk_test_kernels()->pair_rows(
            k, n, b + j, columns,
            (lk_pairs){ packed + j * k / 2, (ptrdiff_t)LK_PANEL_ROWS / 2 * n, n, LK_GROUP });
    }
    lk_test_kernels()->multiply_bf16(rows, groups, k, panel, packed, add, plain(c, columns));
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++) {
            double sum = add ? (double)before[i * columns + j] : 0;
            for (int l = 0; l < k; l++) sum += (double)a[i * k + l] * (double)b[l * columns + j];
            assert_near(c[i * columns + j], sum, 2e-5);
        }
    void *all[] = { a, b, c, before, left, packed };
    for (size_t i = 0; i < LK_COUNT(all); i++) lk_free(all[i]);
}

static void products_of_pairs_equal_plain_sums(void **state) {
    (void)state;
    static const int rows[] = { 1, 7, 8, 9, 24, 27 }, groups[] = { 1, 2, 3, 4 },
                     depths[] = { 16, 32, 80 };
    for (size_t i = 0; i < LK_COUNT(rows); i++)
        for (size_t j = 0; j < LK_COUNT(groups); j++)
            for (size_t k = 0; k < LK_COUNT(depths); k++)
                for (int add = 0; add < 2; add++) check_product(rows[i], groups[j], depths[k], add);
}

/* a^T (m, rows) times b (rows, n) */
static void check_transposed(int rows, int m_groups, int n_groups, bool add) {
    int m = m_groups * LK_GROUP, n = n_groups * LK_GROUP;
    lk_real *a = rounded_normal((size_t)(rows * m), 1), *b = rounded_normal((size_t)(rows * n), 2),
            *c = lk_test_normal((size_t)(m * n), 3), *before = lk_test_normal((size_t)(m * n), 3);
    int pairs = (rows + 1) / 2, half = LK_PANEL_ROWS / 2;
    size_t blocks = (size_t)((pairs + half - 1) / half * half);
    lk_pair *left = lk_alloc(blocks * (size_t)m * sizeof *left),
            *right = lk_alloc(blocks * (size_t)n * sizeof *right);
    lk_pairs panel = { left, (ptrdiff_t)half * m, LK_GROUP, half * LK_GROUP },
             matrix = { right, (ptrdiff_t)half * n, n, LK_GROUP };
    lk_test_kernels()->pair_rows(rows, m, a, m, panel);
    lk_test_kernels()->pair_rows(rows, n, b, n, matrix);
    lk_test_kernels()->multiply_transposed_bf16(rows, m_groups, n_groups, panel, matrix, add,
                                                plain(c, n));
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            double sum = add ? (double)before[i * n + j] : 0;
            for (int r = 0; r < rows; r++) sum += (double)a[r * m + i] * (double)b[r * n + j];
            assert_near(c[i * n + j], sum, 2e-5);
        }
    void *all[] = { a, b, c, before, left, right };
    for (size_t i = 0; i < LK_COUNT(all); i++) lk_free(all[i]);
}

static void transposed_products_of_pairs_equal_plain_sums(void **state) {
    (void)state;
    static const int rows[] = { 1, 2, 7, 8, 13, 64 };
    for (size_t i = 0; i < LK_COUNT(rows); i++)
        for (int m = 1; m <= 3; m++)
            for (int n = 1; n <= 3; n++)
                for (int add = 0; add < 2; add++) check_transposed(rows[i], m, n, add);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_rounded_to_the_nearest_and_ties_to_even),
        cmocka_unit_test(what_is_not_a_number_stays_so_and_denormal_numbers_stay_small),
        cmocka_unit_test(the_last_of_an_odd_number_of_rows_makes_pairs_with_zeros),
        cmocka_unit_test(products_of_pairs_equal_plain_sums),
        cmocka_unit_test(transposed_products_of_pairs_equal_plain_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
