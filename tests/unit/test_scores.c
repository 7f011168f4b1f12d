/* The scores of pictures in a file: written, read, and read from versions with fewer and with more
   metrics. */
#include "base/file.h"
#include "evaluate/scores.h"
#include "io/npy.h"
#include "tiny.h"

#include <likeness/memory.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N = 3, COLUMNS_MAX = LK_N_METRICS + 2 };

static const char *path_of(const char *name) {
    return lk_test_path(lk_test_folder("scores"), name);
}

/* A file whose value in column m of picture i is 10 i + m, its weight 1. */
static void write_columns(const char *path, size_t n_columns) {
    double values[N * COLUMNS_MAX * 2], *at = values;
    const size_t shape[] = { N, n_columns, 2 };
    lk_error err;
    for (size_t i = 0; i < N; i++)
        for (size_t m = 0; m < n_columns; m++) {
            *at++ = (double)(10 * i + m);
            *at++ = 1;
        }
    assert_ok(lk_npy_write_doubles(path, values, shape, 3, &err), &err);
}

static void what_is_written_reads_back(void **state) {
    (void)state;
    enum { SIDE = 16, VALUES = SIDE * SIDE * 3 };
    static lk_real a[2 * VALUES], b[2 * VALUES];
    lk_metrics *metrics = NULL;
    lk_score *scores = NULL;
    lk_error err;
    const char *path = path_of("scores.npy");
    for (int i = 0; i < 2 * VALUES; i++) a[i] = LK_R(i % 11) / 10, b[i] = LK_R(i % 7) / 6;
    assert_ok(lk_metrics_create(lk_test_context(), SIDE, SIDE, 3, &metrics, &err), &err);
    assert_ok(lk_metrics_add(metrics, a, b, 2, &err), &err);
    lk_score written[2 * LK_N_METRICS];
    for (size_t i = 0; i < 2; i++)
        for (int m = 0; m < LK_N_METRICS; m++)
            written[i * LK_N_METRICS + (size_t)m] = lk_metrics_score(metrics, (lk_metric)m, i);
    assert_ok(lk_scores_write(path, written, 2, &err), &err);
    assert_ok(lk_scores_read(path, 2, &scores, &err), &err);
    for (size_t i = 0; i < 2; i++)
        for (int m = 0; m < LK_N_METRICS; m++) {
            lk_score expected = lk_metrics_score(metrics, (lk_metric)m, i);
            assert_near(scores[i * LK_N_METRICS + (size_t)m].value, expected.value, 0);
            assert_near(scores[i * LK_N_METRICS + (size_t)m].weight, expected.weight, 0);
        }
    lk_free(scores);
    lk_metrics_destroy(metrics);
}

static void metrics_that_an_older_file_lacks_are_undefined(void **state) {
    (void)state;
    const char *path = path_of("old.npy");
    for (size_t n_columns = 1; n_columns < LK_N_METRICS; n_columns++) {
        lk_score *scores = NULL;
        lk_error err;
        write_columns(path, n_columns);
        assert_ok(lk_scores_read(path, N, &scores, &err), &err);
        lk_compared_runs runs = { scores, scores };
        for (size_t m = 0; m < LK_N_METRICS; m++) {
            bool there = m < n_columns;
            lk_difference d = lk_metrics_difference(&runs, 1, N, (lk_metric)m);
            assert_near(scores[2 * LK_N_METRICS + m].value, there ? 20 + (double)m : 0, 0);
            assert_near(scores[2 * LK_N_METRICS + m].weight, there, 0);
            assert_true(there ? d.value == 0 : isnan(d.value) && isnan(d.se));
        }
        lk_free(scores);
    }
}

static void metrics_of_a_newer_file_are_left_out(void **state) {
    (void)state;
    lk_score *scores = NULL;
    lk_error err;
    const char *path = path_of("new.npy");
    write_columns(path, COLUMNS_MAX);
    assert_ok(lk_scores_read(path, N, &scores, &err), &err);
    for (size_t i = 0; i < N; i++)
        for (size_t m = 0; m < LK_N_METRICS; m++)
            assert_near(scores[i * LK_N_METRICS + m].value, (double)(10 * i + m), 0);
    lk_free(scores);
}

static void other_shapes_are_refused(void **state) {
    (void)state;
    static const struct {
        size_t shape[4];
        int n_dims;
    } rows[] = { { { N, LK_N_METRICS }, 2 },
                 { { N, LK_N_METRICS, 1 }, 3 },
                 { { N, 0, 2 }, 3 },
                 { { N + 1, LK_N_METRICS, 2 }, 3 },
                 { { N - 1, LK_N_METRICS, 2 }, 3 },
                 { { N, LK_N_METRICS, 2, 1 }, 4 } };
    static const double values[(N + 1) * COLUMNS_MAX * 2];
    const char *path = path_of("other.npy");
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_score *scores = NULL;
        lk_error err;
        assert_ok(lk_npy_write_doubles(path, values, rows[i].shape, rows[i].n_dims, &err), &err);
        assert_int_equal(lk_scores_read(path, N, &scores, &err), LK_FORMAT);
        assert_contains(err.text, "other.npy");
        assert_null(scores);
    }
}

static void a_csv_divides_by_weights_and_leaves_undefined_cells_empty(void **state) {
    (void)state;
    char folder[LK_PATH_MAX], *text = NULL;
    lk_pack *pack = NULL;
    lk_score scores[LK_N_METRICS * 64] = { 0 };
    size_t n_bytes = 0;
    lk_error err;
    snprintf(folder, sizeof folder, "%s", lk_test_folder("scores"));
    assert_ok(lk_pack_open(lk_test_pack(folder, 64), lk_test_context(), &pack, &err), &err);
    const char *path = lk_test_path(folder, "scores.csv");
    scores[LK_METRIC_SSIM] = (lk_score){ 0.5, 1 };
    scores[LK_METRIC_CHROMA_RATIO] = (lk_score){ 3, 4 };
    scores[LK_METRIC_DELTA_E] = (lk_score){ 10, 1 };
    assert_ok(lk_scores_write_csv(path, pack, LK_SPLIT_TRAIN, scores, &err), &err);
    assert_ok(lk_file_read(path, 1 << 16, &text, &n_bytes, &err), &err);
    assert_contains(text, "index,name,ssim,mse,psnr,lwssim,chroma_ratio,delta_e,sharpness_ratio,"
                          "ms_ssim\r\n0, ... ,0.5,,,,0.75,10,,\r\n1, ... ,,,,,,,,\r\n");
    lk_free(text);
    lk_pack_close(pack);
}

/* Stored files have no names of columns. A new metric goes to the end of this list too. */
static void the_columns_of_stored_scores_keep_their_meaning(void **state) {
    (void)state;
    static const char *const keys[] = {
        "ssim", "mse", "psnr", "lwssim", "chroma_ratio", "delta_e", "sharpness_ratio", "ms_ssim"
    };
    assert_int_equal(LK_N_METRICS, LK_COUNT(keys));
    for (size_t m = 0; m < LK_COUNT(keys); m++)
        assert_string_equal(lk_metric_key((lk_metric)m), keys[m]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(metrics_that_an_older_file_lacks_are_undefined),
        cmocka_unit_test(metrics_of_a_newer_file_are_left_out),
        cmocka_unit_test(other_shapes_are_refused),
        cmocka_unit_test(a_csv_divides_by_weights_and_leaves_undefined_cells_empty),
        cmocka_unit_test(the_columns_of_stored_scores_keep_their_meaning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
