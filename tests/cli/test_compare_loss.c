/* compare --loss: what it reads, how many pairs it takes, and what it refuses. The values are
   tested by tests/golden/test_literal.c. */
#include "program.h"

#include <likeness/loss.h>
#include <math.h>
#include <stdio.h>

static void a_loss_is_printed_next_to_the_metrics(void **state) {
    (void)state;
    draw("a.png", 20, 30, 1, false);
    draw("b.png", 20, 30, 2, false);
    const cJSON *got = json_of("compare a.png b.png --loss mse --json");
    assert_string_equal(string(got, "loss_type"), "mse");
    assert_near(number(got, "loss"), number(got, "mse"), 1e-15);
    assert_true(isnan(number(got, "loss_se")));
    double mse = number(got, "mse");
    got = json_of("compare a.png b.png --loss '{\"type\": \"mse\", \"scale\": 1e6}' --json");
    assert_near(number(got, "loss"), 1e6 * mse, 1e-6);
    assert_int_equal(likeness("compare a.png b.png --loss '\"l1\"'"), 0);
    assert_contains(out, "\nloss    ");
    assert_contains(out, "  mean absolute error: mean of |x - y|\n");
    assert_null(cJSON_GetObjectItemCaseSensitive(json_of("compare a.png b.png --json"), "loss"));
}

static void the_loss_of_folders_is_a_mean_with_its_error(void **state) {
    (void)state;
    enum { N = 70 }; /* more than a block */
    make_folder_of("left");
    make_folder_of("right");
    for (int i = 0; i < N; i++) {
        char left[64], right[64];
        snprintf(left, sizeof left, "left/p%02d.png", i);
        snprintf(right, sizeof right, "right/p%02d.png", i);
        draw(left, SIDE, SIDE, i, false);
        draw(right, SIDE, SIDE, i + i % 5, false);
    }
    const cJSON *got = json_of("compare left right --loss mse --json");
    assert_near(number(got, "loss"), number(got, "mse"), 1e-14);
    assert_near(number(got, "loss_se"), number(got, "mse_se"), 1e-14);
    assert_true(number(got, "loss_se") > 0);
}

static void every_loss_has_a_literal_form(void **state) {
    (void)state;
    draw("x.png", 64, 64, 1, false);
    draw("y.png", 64, 64, 2, false);
    for (const lk_choice *const *row = lk_losses; *row; row++) {
        char words[256];
        if (((const lk_loss *)*row)->needs_more) continue; /* its features are float */
        snprintf(words, sizeof words, "compare x.png y.png --loss %s --json", (*row)->name);
        assert_true(number(json_of(words), "loss") > 0);
    }
}

static void what_does_not_fit_the_pictures_exits_2(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "'{\"type\": \"ssim\", \"windows\": [3, 17]}'",
          "likeness: --loss: ssim: windows[1]: expected an odd number from 3 to 16, "
          "the pictures' shorter side, got 17\n" },
        { "ms_ssim", "likeness: --loss: ms_ssim: the last of " },
        { "'{\"type\": \"sum\", \"terms\": [{\"type\": \"l1\"}, {\"type\": \"lwssim\", "
          "\"windows\": [21]}]}'",
          "likeness: --loss: sum: terms[1]: windows[0]: expected an odd number from 3 " },
        { "'{\"type\": \"lwssim\", \"windows\": [4]}'",
          "windows[0]: expected an odd number, got 4" },
        { "'{\"type\": \"lwssim\", \"windows\": [3, 5], \"weights\": [1, 2, 3]}'", "weights" },
    };
    draw("a.png", SIDE, SIDE, 1, false);
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        int code = likeness("compare a.png a.png --loss %s", rows[i].words);
        assert_contains(out, rows[i].message);
        assert_int_equal(code, 2);
    }
}

static void what_is_not_a_loss_exits_2(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "--loss '{\"type\": \"mse\"'",
          "likeness: --loss:1: expected \",\" or \"}\" ... got the end of the text\n" },
        { "--loss lwsim", "likeness: --loss: unknown type \"lwsim\", did you mean \"lwssim\"?\n" },
        { "--loss '{\"type\": \"mse\", \"scael\": 2}'",
          "likeness: --loss: unknown key \"scael\", did you mean \"scale\"?\n" },
        { "--loss '{\"scale\": -1}'",
          "likeness: --loss: scale: expected a number from 1e-09 to ... got -1" },
        { "--loss '{\"type\": \"sum\", \"terms\": [{\"type\": \"ssm\"}]}'",
          "likeness: --loss: terms[0]: unknown type \"ssm\", did you mean \"ssim\"?\n" },
        { "--loss '[\"mse\"]'", "likeness: --loss: expected an object ... got a list of 1\n" },
        { "--loss ''", "likeness: --loss: expected ... got an empty word\n" },
    };
    draw("a.png", SIDE, SIDE, 1, false);
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        int code = likeness("compare a.png a.png %s", rows[i].words);
        assert_contains(out, rows[i].message);
        assert_int_equal(code, 2);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loss_is_printed_next_to_the_metrics),
        cmocka_unit_test(the_loss_of_folders_is_a_mean_with_its_error),
        cmocka_unit_test(every_loss_has_a_literal_form),
        cmocka_unit_test(what_does_not_fit_the_pictures_exits_2),
        cmocka_unit_test(what_is_not_a_loss_exits_2),
    };
    return cmocka_run_group_tests(tests, program_start, program_end);
}
