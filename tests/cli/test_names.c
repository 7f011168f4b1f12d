/* Which picture is row i? Names and scores of single pictures, and the worst and best of them. */
#include "program.h"

#include <likeness/metric.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 9 };

/* In the order of the pack. The last byte of the third name is not UTF-8. */
static const char *const names[N] = { "a b.png",         "a,b.png",    "bad\xff.png",
                                      "line\nbreak.png", "q\"uo.png",  "r|s.png",
                                      "s\\t.png",        "u/deep.png", "\xc3\xbc.png" };
/* The cells of the CSV files. */
static const char *const cells[N] = { "a b.png",          "\"a,b.png\"",     "bad\xef\xbf\xbd.png",
                                      "line\\nbreak.png", "\"q\"\"uo.png\"", "r|s.png",
                                      "s\\\\t.png",       "u/deep.png",      "\xc3\xbc.png" };

static int names_start(void **state) {
    int failed = program_start(state);
    make_model_of("vae.safetensors", 3, "model.type=vae");
    make_folder_of("in");
    make_folder_of("in/u");
    for (int i = 0; i < N; i++) {
        char path[64];
        snprintf(path, sizeof path, "in/%s", names[i]);
        draw(path, SIDE, SIDE, i, false);
    }
    assert_int_equal(likeness("prepare --images in --size 16 --test 1 --out in.lkd"), 0);
    return failed;
}

/* The file that the program wrote, in memory that the next call uses too. */
static const char *small_text_of(const char *name) {
    static char text[1 << 14];
    char *data = NULL;
    size_t n = 0;
    lk_error err;
    assert_ok(lk_file_read(in_folder(name), sizeof text - 1, &data, &n, &err), &err);
    memcpy(text, data, n);
    text[n] = 0;
    lk_free(data);
    return text;
}

static void encode_writes_the_name_of_each_row(void **state) {
    (void)state;
    char expected[1024] = "index,name\r\n";
    for (int i = 0; i < N; i++)
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%d,%s\r\n", i,
                 cells[i]);
    assert_int_equal(likeness("encode vae.safetensors --data in.lkd --out z.npy --names names.csv"),
                     0);
    assert_string_equal(small_text_of("names.csv"), expected);
}

/* The numbers of a line of scores.csv after its name; an empty cell gives NaN. */
static void read_scores(const char *line, double values[LK_N_METRICS]) {
    const char *end = strstr(line, "\r\n"), *at = end;
    assert_non_null(end);
    for (int m = LK_N_METRICS - 1; m >= 0; m--) {
        while (*--at != ',') assert_true(at > line);
        values[m] = at[1] == ',' || at[1] == '\r' ? (double)NAN : strtod(at + 1, NULL);
    }
}

static void eval_writes_every_metric_of_each_picture(void **state) {
    (void)state;
    const cJSON *mean = json_of("eval vae.safetensors --data in.lkd --scores scores.csv --json");
    assert_string_equal(string(mean, "scores"), "scores.csv");
    const char *line = small_text_of("scores.csv");
    double sums[LK_N_METRICS] = { 0 }, values[LK_N_METRICS];
    assert_int_equal(strncmp(line, "index,name,ssim,mse,psnr,", 25), 0);
    for (int i = 0; i < N; i++) {
        char begin[64];
        line = strstr(line, "\r\n") + 2;
        snprintf(begin, sizeof begin, "%d,%s,", i, cells[i]);
        assert_int_equal(strncmp(line, begin, strlen(begin)), 0);
        read_scores(line, values);
        for (int m = 0; m < LK_N_METRICS; m++) sums[m] += values[m] / N;
    }
    assert_string_equal(strstr(line, "\r\n"), "\r\n"); /* the last line */
    /* means over pictures; the others are ratios of sums */
    static const lk_metric means[] = { LK_METRIC_SSIM, LK_METRIC_MSE, LK_METRIC_PSNR,
                                       LK_METRIC_LWSSIM, LK_METRIC_DELTA_E };
    for (size_t i = 0; i < LK_COUNT(means); i++)
        assert_near(sums[means[i]], number(mean, lk_metric_key(means[i])), 1e-12);
}

static void pictures_with_equal_scores_are_shown_in_the_order_of_the_pack(void **state) {
    (void)state;
    make_folder_of("equal");
    for (int i = 0; i < 5; i++) {
        char path[64];
        snprintf(path, sizeof path, "equal/%d.png", i);
        draw(path, SIDE, SIDE, 1, false);
    }
    assert_int_equal(likeness("prepare --images equal --size 16 --test 1 --out equal.lkd"), 0);
    const cJSON *report =
        json_of("eval vae.safetensors --data equal.lkd --worst 4 --out worst.png --json");
    for (int i = 0; i < 4; i++) {
        assert_near(number(item(report, "worst", i), "index"), i, 0);
        assert_near(number(item(report, "best", i), "index"), i, 0);
    }
}

static void eval_shows_the_worst_and_the_best_pictures(void **state) {
    (void)state;
    double ssim[N], mse[N], values[LK_N_METRICS];
    assert_int_equal(likeness("eval vae.safetensors --data in.lkd --scores scores.csv"), 0);
    const char *line = small_text_of("scores.csv");
    for (int i = 0; i < N; i++) {
        line = strstr(line, "\r\n") + 2;
        read_scores(line, values);
        ssim[i] = values[LK_METRIC_SSIM];
        mse[i] = values[LK_METRIC_MSE];
    }
    const cJSON *report =
        json_of("eval vae.safetensors --data in.lkd --worst 3 --out worst.png --json");
    double last = -2, highest = 2;
    for (int i = 0; i < 3; i++) {
        const cJSON *low = item(report, "worst", i), *high = item(report, "best", i);
        int index = (int)number(low, "index");
        assert_near(number(low, "ssim"), ssim[index], 0);
        assert_near(number(low, "mse"), mse[index], 0);
        assert_true(ssim[index] >= last);
        last = ssim[index];
        if (i == 0) assert_string_equal(string(low, "name"), names[index]);
        index = (int)number(high, "index");
        assert_near(number(high, "ssim"), ssim[index], 0);
        assert_near(number(high, "mse"), mse[index], 0);
        assert_true(ssim[index] <= highest);
        highest = ssim[index];
    }
    int n_lower = 0, n_higher = 0;
    for (int i = 0; i < N; i++) n_lower += ssim[i] <= last, n_higher += ssim[i] >= highest;
    assert_int_equal(n_lower, 3);
    assert_int_equal(n_higher, 3);
    assert_int_equal(likeness("eval vae.safetensors --data in.lkd --worst 64 --out 'a|b.png'"), 0);
    assert_contains(out, "| a\\|b.png | index | name | SSIM | MSE |");
    assert_contains(out, " | r\\|s.png | ");
}

/* Four rows: originals, reconstructions, originals, reconstructions. */
static void the_picture_of_the_worst_begins_with_the_worst_original(void **state) {
    (void)state;
    lk_image grid, worst;
    lk_error err;
    const cJSON *report =
        json_of("eval vae.safetensors --data in.lkd --worst 2 --out worst.png --json");
    char path[64];
    snprintf(path, sizeof path, "in/%s", names[(int)number(item(report, "worst", 0), "index")]);
    assert_ok(lk_image_read(in_folder("worst.png"), &grid, &err), &err);
    assert_ok(lk_image_read(in_folder(path), &worst, &err), &err);
    lk_test_place place = assert_shows(&grid, &worst);
    assert_true(place.x < grid.width - 2 * LK_TEST_CELL && place.y < LK_TEST_CELL);
    lk_image_deinit(&grid);
    lk_image_deinit(&worst);
}

static void words_that_do_not_fit_are_refused(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "eval vae.safetensors", "expected --data FILE.lkd: vae.safetensors does not record" },
        { "encode vae.safetensors", "expected --data FILE.lkd: vae.safetensors does not record" },
        { "eval vae.safetensors --data in.lkd --out w.png", "--worst" },
        { "eval vae.safetensors --data in.lkd --worst 65 --out w.png", "--worst" },
        { "eval vae.safetensors --data in.lkd --scores in.lkd", "--scores" },
        { "encode vae.safetensors --data in.lkd --out z.npy --names in.lkd", "--names" },
        { "encode vae.safetensors --data in.lkd --out z --names z", "--out and --names" },
    };
    check_rows(rows, LK_COUNT(rows), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encode_writes_the_name_of_each_row),
        cmocka_unit_test(eval_writes_every_metric_of_each_picture),
        cmocka_unit_test(pictures_with_equal_scores_are_shown_in_the_order_of_the_pack),
        cmocka_unit_test(eval_shows_the_worst_and_the_best_pictures),
        cmocka_unit_test(the_picture_of_the_worst_begins_with_the_worst_original),
        cmocka_unit_test(words_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, names_start, program_end);
}
