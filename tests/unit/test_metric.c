/* metric: known values, what is undefined, refused sizes, and sums that do not depend on the number
   of threads. */
#include "base/rng.h"
#include "support.h"

#include <likeness/metric.h>

#include <cJSON.h>
#include <math.h>
#include <string.h>

enum { SIDE = 16, COLOUR = SIDE * SIDE * 3, PAIRS = 23 };

static void fill(lk_real *picture, size_t n, lk_real value) {
    for (size_t i = 0; i < n; i++) picture[i] = value;
}

/* Pictures about as alike as a reconstruction is to its original, a few values beyond [0, 1]. */
static void draw(lk_real *x, lk_real *y, size_t n, uint32_t index) {
    lk_rng rng = lk_rng_at(3, LK_STREAM_TEST, 0, index);
    double contrast = 0.2 + 0.05 * lk_rng_normal(&rng);
    for (size_t i = 0; i < n; i++) {
        double v = 0.5 + contrast * lk_rng_normal(&rng);
        x[i] = (lk_real)v;
        y[i] = (lk_real)(v + 0.05 * lk_rng_normal(&rng));
    }
}

static lk_metrics_summary of_pair(const lk_real *x, const lk_real *y, int side, int channels) {
    lk_metrics_summary summary;
    lk_error err;
    assert_ok(lk_metrics_of_pair(x, y, side, side, channels, &summary, &err), &err);
    return summary;
}

static void a_picture_is_like_itself(void **state) {
    (void)state;
    static lk_real x[COLOUR], y[COLOUR];
    draw(x, y, COLOUR, 0);
    lk_metrics_summary s = of_pair(x, x, SIDE, 3);
    assert_near(s.value[LK_METRIC_SSIM], 1, 1e-12);
    assert_near(s.value[LK_METRIC_LWSSIM], 2, 1e-12);
    assert_near(s.value[LK_METRIC_MSE], 0, 0);
    assert_near(s.value[LK_METRIC_CHROMA_RATIO], 1, 1e-12);
    assert_near(s.value[LK_METRIC_DELTA_E], 0, 0);
    assert_near(s.value[LK_METRIC_SHARPNESS_RATIO], 1, 1e-12);
    assert_true(isnan(s.value[LK_METRIC_PSNR]));
    assert_int_equal(s.n_identical, 1);
}

static void white_and_black_differ_as_computed_by_hand(void **state) {
    (void)state;
    static lk_real white[COLOUR], black[COLOUR];
    fill(white, COLOUR, 1);
    fill(black, COLOUR, 0);
    lk_metrics_summary s = of_pair(white, black, SIDE, 3);
    assert_near(s.value[LK_METRIC_SSIM], 1e-4 / (1 + 1e-4), 1e-14);
    assert_near(s.value[LK_METRIC_LWSSIM], 1 + 1e-4 / (1 + 1e-4), 1e-12);
    assert_near(s.value[LK_METRIC_MSE], 1, 0);
    assert_near(s.value[LK_METRIC_PSNR], 0, 0);
    assert_near(s.value[LK_METRIC_DELTA_E], 100, 1e-2);
    assert_true(isnan(s.value[LK_METRIC_SHARPNESS_RATIO]));
    assert_int_equal(s.n_identical, 0);
}

static void colour_metrics_of_grey_pictures_are_undefined(void **state) {
    (void)state;
    static lk_real x[SIDE * SIDE], y[SIDE * SIDE];
    draw(x, y, SIDE * SIDE, 0);
    lk_metrics_summary s = of_pair(x, y, SIDE, 1);
    assert_true(isnan(s.value[LK_METRIC_CHROMA_RATIO]));
    assert_true(isnan(s.value[LK_METRIC_DELTA_E]));
    assert_true(isfinite(s.value[LK_METRIC_SSIM]));
}

static void values_beyond_0_and_1_count_as_0_and_1(void **state) {
    (void)state;
    static lk_real x[COLOUR], y[COLOUR], clipped[COLOUR];
    draw(x, y, COLOUR, 0);
    y[0] = LK_R(-3);
    y[1] = LK_R(1e30);
    for (int i = 0; i < COLOUR; i++) clipped[i] = y[i] < 0 ? 0 : y[i] > 1 ? 1 : y[i];
    lk_metrics_summary got = of_pair(x, y, SIDE, 3), expected = of_pair(x, clipped, SIDE, 3);
    for (int m = 0; m < LK_N_METRICS; m++) assert_near(got.value[m], expected.value[m], 0);
}

static void a_value_that_is_no_number_shows_in_the_metrics(void **state) {
    (void)state;
    static lk_real x[COLOUR], y[COLOUR];
    draw(x, y, COLOUR, 0);
    y[5] = (lk_real)NAN;
    lk_metrics_summary s = of_pair(x, y, SIDE, 3);
    for (int m = 0; m < LK_N_METRICS; m++) assert_true(isnan(s.value[m]));
    assert_int_equal(s.n_identical, 0);
}

static void pictures_smaller_than_a_window_or_of_other_channels_are_refused(void **state) {
    (void)state;
    static const struct {
        int height, width, channels;
        const char *expected;
    } rows[] = {
        { 10, 64, 3, "expected pictures of at least 11 x 11, the largest window, got 10 x 64" },
        { 64, 10, 3, "got 64 x 10" },
        { -1, 64, 3, "got -1 x 64" },
        { 64, 64, 2, "expected 1 or 3 channels, got 2" },
        { 64, 64, 0, "got 0" },
    };
    lk_threads *threads = NULL;
    lk_error err;
    assert_ok(lk_threads_create(1, &threads, &err), &err);
    const lk_context context = { .threads = threads };
    lk_metrics *metrics = NULL;
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        assert_int_equal(lk_metrics_create(&context, rows[i].height, rows[i].width,
                                           rows[i].channels, &metrics, &err),
                         LK_USAGE);
        assert_contains(err.text, rows[i].expected);
    }
    assert_int_equal(lk_metrics_create(&context, INT32_MAX, INT32_MAX, 3, &metrics, &err),
                     LK_MEMORY);
    assert_null(metrics);
    lk_threads_destroy(threads);
}

struct many {
    lk_real x[PAIRS * COLOUR], y[PAIRS * COLOUR];
};

/* PAIRS pairs, the last of them identical, added in two batches. */
static lk_metrics *measure_many(lk_threads *threads) {
    static struct many many;
    for (uint32_t i = 0; i < PAIRS; i++) draw(many.x + i * COLOUR, many.y + i * COLOUR, COLOUR, i);
    memcpy(many.y + (PAIRS - 1) * COLOUR, many.x + (PAIRS - 1) * COLOUR, COLOUR * sizeof(lk_real));
    const lk_context context = { .threads = threads };
    lk_metrics *metrics = NULL;
    lk_error err;
    assert_ok(lk_metrics_create(&context, SIDE, SIDE, 3, &metrics, &err), &err);
    assert_ok(lk_metrics_add(metrics, many.x, many.y, 9, &err), &err);
    assert_ok(lk_metrics_add(metrics, many.x, many.y, 0, &err), &err);
    assert_ok(lk_metrics_add(metrics, many.x + 9 * COLOUR, many.y + 9 * COLOUR, PAIRS - 9, &err),
              &err);
    return metrics;
}

static void any_number_of_threads_gives_the_same_bits(void **state) {
    (void)state;
    lk_metrics_summary first;
    for (int n = 1; n <= 5; n++) {
        lk_threads *threads = NULL;
        lk_error err;
        assert_ok(lk_threads_create(n, &threads, &err), &err);
        lk_metrics *metrics = measure_many(threads);
        lk_metrics_summary summary;
        lk_metrics_summarise(metrics, &summary);
        if (n == 1) first = summary;
        assert_int_equal(summary.n, PAIRS);
        assert_int_equal(summary.n_identical, 1);
        assert_memory_equal(summary.value, first.value, sizeof first.value);
        assert_memory_equal(summary.se, first.se, sizeof first.se);
        lk_metrics_destroy(metrics);
        lk_threads_destroy(threads);
    }
}

/* The textbook's mean and standard error of the defined scores. */
static void check_mean(const lk_metrics *metrics, lk_metric metric,
                       const lk_metrics_summary *summary) {
    double sum = 0, squares = 0, n = 0;
    for (size_t i = 0; i < PAIRS; i++) {
        lk_score score = lk_metrics_score(metrics, metric, i);
        sum += score.value;
        n += score.weight;
    }
    for (size_t i = 0; i < PAIRS; i++) {
        lk_score score = lk_metrics_score(metrics, metric, i);
        squares += score.weight > 0 ? pow(score.value - sum / n, 2) : 0;
    }
    assert_near(summary->value[metric], sum / n, 1e-12 * fabs(sum / n));
    assert_near(summary->se[metric], sqrt(squares / (n - 1) / n), 1e-12);
}

/* The error of a ratio by leaving out one pair at a time (jackknife), which linearisation comes
   close to. */
static void check_ratio(const lk_metrics *metrics, lk_metric metric,
                        const lk_metrics_summary *summary) {
    double value = 0, weight = 0, mean = 0, squares = 0, left[PAIRS];
    for (size_t i = 0; i < PAIRS; i++) {
        value += lk_metrics_score(metrics, metric, i).value;
        weight += lk_metrics_score(metrics, metric, i).weight;
    }
    for (size_t i = 0; i < PAIRS; i++) {
        lk_score score = lk_metrics_score(metrics, metric, i);
        left[i] = (value - score.value) / (weight - score.weight);
        mean += left[i] / PAIRS;
    }
    for (size_t i = 0; i < PAIRS; i++) squares += (left[i] - mean) * (left[i] - mean);
    double jackknife = sqrt(squares * (PAIRS - 1) / PAIRS);
    assert_near(summary->value[metric], value / weight, 1e-12);
    assert_near(summary->se[metric] / jackknife, 1, 0.05);
}

static void means_and_errors_are_those_of_the_scores(void **state) {
    (void)state;
    lk_threads *threads = NULL;
    lk_error err;
    assert_ok(lk_threads_create(2, &threads, &err), &err);
    lk_metrics *metrics = measure_many(threads);
    lk_metrics_summary summary;
    lk_metrics_summarise(metrics, &summary);
    check_mean(metrics, LK_METRIC_SSIM, &summary);
    check_mean(metrics, LK_METRIC_MSE, &summary);
    check_mean(metrics, LK_METRIC_PSNR, &summary);
    check_mean(metrics, LK_METRIC_LWSSIM, &summary);
    check_mean(metrics, LK_METRIC_DELTA_E, &summary);
    check_ratio(metrics, LK_METRIC_CHROMA_RATIO, &summary);
    check_ratio(metrics, LK_METRIC_SHARPNESS_RATIO, &summary);
    lk_metrics_destroy(metrics);
    lk_threads_destroy(threads);
}

static void pictures_to_show_go_from_the_median_to_the_worst(void **state) {
    (void)state;
    lk_threads *threads = NULL;
    lk_error err;
    assert_ok(lk_threads_create(1, &threads, &err), &err);
    lk_metrics *metrics = measure_many(threads);
    const lk_metric both[] = { LK_METRIC_SSIM, LK_METRIC_MSE };
    for (size_t m = 0; m < LK_COUNT(both); m++)
        for (int k = 1; k <= PAIRS; k++) {
            int chosen[PAIRS], n_taken[PAIRS] = { 0 }, worse = 0;
            double last = 0;
            assert_ok(lk_metrics_typical_to_worst(metrics, both[m], PAIRS, k, chosen, &err), &err);
            for (int i = 0; i < k; i++) {
                double value = lk_metrics_score(metrics, both[m], (size_t)chosen[i]).value;
                assert_int_equal(n_taken[chosen[i]]++, 0);
                assert_true(i == 0 || !lk_metric_is_better(both[m], value, last));
                last = value;
            }
            double first = lk_metrics_score(metrics, both[m], (size_t)chosen[0]).value;
            for (size_t i = 0; i < PAIRS; i++) {
                double value = lk_metrics_score(metrics, both[m], i).value;
                worse += lk_metric_is_better(both[m], first, value);
                if (k > 1) assert_false(lk_metric_is_better(both[m], last, value));
            }
            assert_int_equal(worse, (k > (PAIRS + 1) / 2 ? k : (PAIRS + 1) / 2) - 1);
        }
    lk_metrics_destroy(metrics);
    lk_threads_destroy(threads);
}

static void json_has_the_promised_keys_and_null_where_undefined(void **state) {
    (void)state;
    static lk_real x[COLOUR], y[COLOUR];
    draw(x, y, COLOUR, 0);
    lk_metrics_summary summary = of_pair(x, x, SIDE, 3);
    cJSON *json = NULL;
    lk_error err;
    assert_ok(lk_metrics_json(&summary, &json, &err), &err);
    const char *const keys[] = { "n",      "n_identical",  "ssim",    "mse",
                                 "lwssim", "chroma_ratio", "delta_e", "sharpness_ratio" };
    for (size_t i = 0; i < LK_COUNT(keys); i++)
        assert_true(cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(json, keys[i])));
    const char *const undefined[] = { "psnr", "psnr_se", "ssim_se", "mse_se" };
    for (size_t i = 0; i < LK_COUNT(undefined); i++)
        assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(json, undefined[i])));
    assert_near(cJSON_GetObjectItemCaseSensitive(json, "ssim")->valuedouble,
                summary.value[LK_METRIC_SSIM], 0);
    cJSON_Delete(json);
}

static void no_pairs_have_no_metrics(void **state) {
    (void)state;
    lk_threads *threads = NULL;
    lk_error err;
    assert_ok(lk_threads_create(1, &threads, &err), &err);
    lk_metrics *metrics = NULL;
    assert_ok(lk_metrics_create(&(lk_context){ .threads = threads }, 64, 64, 3, &metrics, &err),
              &err);
    lk_metrics_summary summary;
    lk_metrics_summarise(metrics, &summary);
    assert_int_equal(summary.n, 0);
    for (int m = 0; m < LK_N_METRICS; m++)
        assert_true(isnan(summary.value[m]) && isnan(summary.se[m]));
    lk_metrics_destroy(metrics);
    lk_threads_destroy(threads);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_is_like_itself),
        cmocka_unit_test(white_and_black_differ_as_computed_by_hand),
        cmocka_unit_test(colour_metrics_of_grey_pictures_are_undefined),
        cmocka_unit_test(values_beyond_0_and_1_count_as_0_and_1),
        cmocka_unit_test(a_value_that_is_no_number_shows_in_the_metrics),
        cmocka_unit_test(pictures_smaller_than_a_window_or_of_other_channels_are_refused),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bits),
        cmocka_unit_test(means_and_errors_are_those_of_the_scores),
        cmocka_unit_test(pictures_to_show_go_from_the_median_to_the_worst),
        cmocka_unit_test(json_has_the_promised_keys_and_null_where_undefined),
        cmocka_unit_test(no_pairs_have_no_metrics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
