/* metric: differences between runs on the same pictures, against the delta method in numpy
   (scripts/golden/difference.py) and by hand. */
#include "support.h"

#include <likeness/metric.h>
#include <math.h>

#include "difference_values.h"

enum { RUNS = 8 };
/* one column; the others hold nonsense */
static const lk_metric metric = LK_METRIC_CHROMA_RATIO;
static lk_score scores[RUNS][GOLDEN_N * LK_N_METRICS];

static lk_score score_of(int run, int kind, int i) {
    double value = (double)((i * 7919 + run * 104729 + i * i * run) % 1000) / 1024 + run / 8.0;
    double weight = kind == 1 ? (double)((i * 3571) % 500 + 250) / 512 : 1;
    if (kind == 2 && i % 5 == 0) return (lk_score){ 0, 0 };
    return (lk_score){ kind == 1 ? value * weight : value, weight };
}

static void fill(int kind) {
    for (int run = 0; run < RUNS; run++)
        for (int i = 0; i < GOLDEN_N; i++)
            for (int m = 0; m < LK_N_METRICS; m++)
                scores[run][i * LK_N_METRICS + m] =
                    m == metric ? score_of(run, kind, i) : (lk_score){ i * m + run, 3 };
}

static void differences_and_errors_equal_numpy(void **state) {
    (void)state;
    for (size_t c = 0; c < LK_COUNT(golden_differences); c++) {
        const struct golden_difference *g = &golden_differences[c];
        lk_compared_runs pairs[3];
        fill(g->kind);
        for (int p = 0; p < g->n_pairs; p++)
            pairs[p] = (lk_compared_runs){ scores[g->runs[p][0]], scores[g->runs[p][1]] };
        lk_difference got = lk_metrics_difference(pairs, g->n_pairs, GOLDEN_N, metric);
        assert_near(got.value, g->value, 1e-13);
        assert_near(got.se, g->se, 1e-13);
    }
}

/* Differences 1, 2, 3, 6: mean 3, sd sqrt(14/3), error sqrt(14/3)/2. */
static void four_pictures_by_hand(void **state) {
    (void)state;
    lk_score a[4 * LK_N_METRICS] = { { 0, 0 } }, b[4 * LK_N_METRICS] = { { 0, 0 } };
    static const double left[] = { 11, 22, 33, 46 }, right[] = { 10, 20, 30, 40 };
    for (int i = 0; i < 4; i++) {
        a[i * LK_N_METRICS + LK_METRIC_SSIM] = (lk_score){ left[i], 1 };
        b[i * LK_N_METRICS + LK_METRIC_SSIM] = (lk_score){ right[i], 1 };
    }
    lk_compared_runs pair = { a, b };
    lk_difference got = lk_metrics_difference(&pair, 1, 4, LK_METRIC_SSIM);
    assert_near(got.value, 3, 1e-14);
    assert_near(got.se, sqrt(14.0 / 3) / 2, 1e-14);
}

static void a_run_differs_from_itself_by_nothing(void **state) {
    (void)state;
    fill(1);
    lk_compared_runs pair = { scores[3], scores[3] };
    lk_difference got = lk_metrics_difference(&pair, 1, GOLDEN_N, metric);
    assert_near(got.value, 0, 0);
    assert_near(got.se, 0, 0);
}

static void what_is_undefined_has_no_difference(void **state) {
    (void)state;
    lk_score none[2 * LK_N_METRICS] = { { 0, 0 } };
    lk_compared_runs pair = { none, none };
    fill(0);
    assert_true(isnan(lk_metrics_difference(&pair, 1, 2, metric).value));
    pair = (lk_compared_runs){ scores[1], scores[2] };
    lk_difference one = lk_metrics_difference(&pair, 1, 1, metric);
    assert_true(isfinite(one.value));
    assert_true(isnan(one.se));
}

/* 1.1, 1.3 against 0.8, 1: distances to 1 of 0.1, 0.3 and 0.2, 0. */
static void where_one_is_best_distances_to_it_count(void **state) {
    (void)state;
    lk_score a[2 * LK_N_METRICS] = { { 0, 0 } }, b[2 * LK_N_METRICS] = { { 0, 0 } };
    static const double left[] = { 1.1, 1.3 }, right[] = { 0.8, 1 };
    for (int i = 0; i < 2; i++)
        for (int m = 0; m < LK_N_METRICS; m++) {
            a[i * LK_N_METRICS + m] = (lk_score){ left[i], 1 };
            b[i * LK_N_METRICS + m] = (lk_score){ right[i], 1 };
        }
    lk_compared_runs pair = { a, b }, other = { b, a };
    lk_difference got = lk_metrics_advantage(&pair, 1, 2, metric);
    assert_near(got.value, -0.1, 1e-14);
    assert_near(got.se, 0.2, 1e-14);
    assert_near(lk_metrics_advantage(&other, 1, 2, metric).value, 0.1, 1e-14);
    assert_near(lk_metrics_advantage(&pair, 1, 2, LK_METRIC_SSIM).value, 0.3, 1e-14);
    assert_near(lk_metrics_advantage(&pair, 1, 2, LK_METRIC_MSE).value, -0.3, 1e-14);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences_and_errors_equal_numpy),
        cmocka_unit_test(four_pictures_by_hand),
        cmocka_unit_test(a_run_differs_from_itself_by_nothing),
        cmocka_unit_test(what_is_undefined_has_no_difference),
        cmocka_unit_test(where_one_is_best_distances_to_it_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
