/* Curves and tables drawn with characters. */
#include "cli/fit.c"
#include "cli/output.c"
#include "cli/text_plot.c"
#include "cli/width.c"
#include "support.h"

#include <stdio.h>

static char out[1 << 14];

static const double epochs[] = { 1, 2, 3, 4, 5 };

static void take(lk_text *text) {
    assert_false(text->failed);
    snprintf(out, sizeof out, "%s", text->data ? text->data : "");
    lk_text_deinit(text);
}

static void draw(const lk_text_plot *plot, const lk_text_curve *curves, int n) {
    lk_text text = { 0 };
    lk_text_plot_draw(plot, curves, n, &text);
    take(&text);
}

/* ---- curves ---- */

static void a_curve_in_ascii_runs_from_its_first_point_to_its_last(void **state) {
    (void)state;
    static const double y[] = { 4, 3, 2, 1, 0 };
    const lk_text_plot plot = { .width = 8, .height = 7, .mark = 3 };
    draw(&plot, &(lk_text_curve){ epochs, y, 5, false, "36" }, 1);
    assert_string_equal(out, "4 +.\n"
                             "  | .\n"
                             "2 +  .\n"
                             "  |   .\n"
                             "0 +    .\n"
                             "  +--^--\n"
                             "   1   5\n");
}

static void a_thick_curve_has_stars_and_lies_above(void **state) {
    (void)state;
    static const double down[] = { 4, 3, 2, 1, 0 }, up[] = { 0, 1, 2, 3, 4 };
    const lk_text_plot plot = { .width = 8, .height = 7, .mark = (double)NAN };
    draw(&plot,
         (lk_text_curve[]){ { epochs, down, 5, false, "36" }, { epochs, up, 5, true, "35" } }, 2);
    assert_string_equal(out, "4 +.   *\n"
                             "  | . *\n"
                             "2 +  *\n"
                             "  | * .\n"
                             "0 +*   .\n"
                             "  +-----\n"
                             "   1   5\n");
}

/* A braille character has two columns of four points. */
static void in_braille_a_character_has_eight_points(void **state) {
    (void)state;
    static const double y[] = { 0, 7 }, x[] = { 1, 2 };
    const lk_text_plot plot = { .width = 6, .height = 4, .blocks = true, .mark = 2 };
    draw(&plot, &(lk_text_curve){ x, y, 2, false, "36" }, 1);
    assert_string_equal(out, "7 ┤ ⢀⠎\n"
                             "0 ┤⡰⠁\n"
                             "  └──▲\n"
                             "   1 2\n");
}

static void what_is_not_finite_is_a_gap(void **state) {
    (void)state;
    static const double y[] = { 1, (double)NAN, 1, (double)INFINITY, 1 };
    const lk_text_plot plot = { .width = 8, .height = 3, .mark = (double)NAN };
    draw(&plot, &(lk_text_curve){ epochs, y, 5, false, "36" }, 1);
    assert_string_equal(out, "1 +. . .\n"
                             "  +-----\n"
                             "   1   5\n");
    draw(&plot, &(lk_text_curve){ epochs, y + 1, 1, false, "36" }, 1);
    assert_string_equal(out, "");
    draw(&plot, NULL, 0);
    assert_string_equal(out, "");
}

static void a_single_epoch_is_a_point_in_the_middle(void **state) {
    (void)state;
    static const double y[] = { 0.5 };
    const lk_text_plot plot = { .width = 10, .height = 5, .mark = (double)NAN };
    draw(&plot, &(lk_text_curve){ epochs, y, 1, false, "36" }, 1);
    assert_string_equal(out, "    |\n"
                             "0.5 +  .\n"
                             "    |\n"
                             "    +-----\n"
                             "       1\n");
}

static void losses_above_0_have_a_logarithmic_axis(void **state) {
    (void)state;
    static const double y[] = { 10000, 1000, 100, 10, 1 };
    const lk_text_plot plot = { .width = 12, .height = 7, .mark = (double)NAN };
    draw(&plot, &(lk_text_curve){ epochs, y, 5, false, "36" }, 1);
    assert_string_equal(out, "1e+04 +.\n"
                             "      | .\n"
                             "  100 +  .\n"
                             "      |   .\n"
                             "    1 +    .\n"
                             "      +-----\n"
                             "       1   5\n");
}

/* 0.12345 and 0.12346 would both be 0.123. */
static void labels_have_the_digits_that_tell_them_apart(void **state) {
    (void)state;
    static const double y[] = { 0.12346, 0.12345 };
    const lk_text_plot plot = { .width = 24, .height = 7, .mark = (double)NAN };
    draw(&plot, &(lk_text_curve){ epochs, y, 2, false, "36" }, 1);
    assert_contains(out, " 0.12346 +");
    assert_contains(out, "0.123455 +");
}

static void each_curve_has_its_colour(void **state) {
    (void)state;
    static const double a[] = { 1, 1, 1, 1, 1 }, b[] = { 2, 2, 2, 2, 2 };
    const lk_text_plot plot = { .width = 8, .height = 4, .colours = true, .mark = (double)NAN };
    draw(&plot, (lk_text_curve[]){ { epochs, a, 5, false, "36" }, { epochs, b, 5, true, "35" } },
         2);
    assert_contains(out, "+\033[35m*****\033[0m\n");
    assert_contains(out, "+\033[36m.....\033[0m\n");
}

static void no_line_is_wider_than_the_plot(void **state) {
    (void)state;
    double x[200], y[200];
    for (int i = 0; i < 200; i++) x[i] = i + 1, y[i] = (i * 7919 % 200 + 1) / 1000.0;
    for (int width = 24; width < 200; width++)
        for (int blocks = 0; blocks < 2; blocks++) {
            const lk_text_plot plot = { width, 10, blocks, true, 17 };
            draw(&plot, (lk_text_curve[]){ { x, y, 200, false, "36" }, { x, y, 150, true, "35" } },
                 2);
            int lines = 0;
            for (const char *at = out; *at; lines++) {
                size_t n = strcspn(at, "\n");
                assert_true(lk_screen_columns(at, n) <= width);
                at += n + 1;
            }
            assert_int_equal(lines, 10);
        }
}

static void a_spark_goes_from_the_lowest_block_to_the_highest(void **state) {
    (void)state;
    static const double y[] = { 8, 7, 6, 5, 4, 3, 2, 0 }, gap[] = { 1, (double)NAN, -1 };
    double many[100];
    lk_text text = { 0 };
    lk_text_spark(y, 8, 12, &text);
    take(&text);
    assert_string_equal(out, "█▇▆▅▅▄▃▁");
    lk_text_spark(gap, 3, 12, &text);
    take(&text);
    assert_string_equal(out, "█ ▁");
    for (int i = 0; i < 100; i++) many[i] = i < 50;
    lk_text_spark(many, 100, 4, &text);
    take(&text);
    assert_string_equal(out, "██▁▁");
    lk_text_spark(many, 0, 4, &text);
    take(&text);
    assert_string_equal(out, "");
}

/* ---- widths ---- */

static void wide_characters_take_two_columns_and_marks_none(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int columns;
    } rows[] = {
        { "", 0 },
        { "abc", 3 },
        { "é", 1 },
        { "e\xCC\x81", 1 },
        { "顔", 2 },
        { "한국", 4 },
        { "ｗ", 2 },
        { "🙂", 2 },
        { "a\xE2\x80\x8B", 1 },
        { "\033[31mred\033[0m", 3 },
        { "⡇█▲", 3 },
        { "\xff", 1 },
        { "\033[31", 4 },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++)
        if (lk_screen_columns(rows[i].text, strlen(rows[i].text)) != rows[i].columns)
            fail_msg("%s: got %d, expected %d", rows[i].text,
                     lk_screen_columns(rows[i].text, strlen(rows[i].text)), rows[i].columns);
    assert_int_equal(lk_screen_fitting("顔a", 4, 1), 0);
    assert_int_equal(lk_screen_fitting("顔a", 4, 2), 3);
    assert_int_equal(lk_screen_fitting("顔a", 4, 9), 4);
    assert_int_equal(lk_screen_fitting_end("a顔", 4, 2), 1);
    assert_int_equal(lk_screen_fitting_end("a顔", 4, 1), 4);
    assert_int_equal(lk_screen_fitting_end("ab", 2, 2), 0);
}

static void the_locale_says_whether_there_is_utf8(void **state) {
    (void)state;
    static const struct {
        const char *all, *type, *lang;
        bool utf8;
    } rows[] = { { "", "", "", false },
                 { "", "", "C", false },
                 { "", "", "en_GB.UTF-8", true },
                 { "", "", "C.utf8", true },
                 { "C", "", "C.UTF-8", false },
                 { "", "de_DE.ISO-8859-1", "C.UTF-8", false },
                 { "de_DE.UTF-8@euro", "C", "C", true } };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        setenv("LC_ALL", rows[i].all, 1);
        setenv("LC_CTYPE", rows[i].type, 1);
        setenv("LANG", rows[i].lang, 1);
        if (lk_screen_takes_utf8() != rows[i].utf8)
            fail_msg("%s %s %s", rows[i].all, rows[i].type, rows[i].lang);
    }
}

/* ---- tables ---- */

static const lk_fit_column columns[] = {
    { "run", false, 0 }, { "epochs", true, 1 }, { "loss", true, 3 }, { "note", false, 2 }
};
static const char cells[] = "runs/a\t1/20\t0.5\t\nb\t2/20\t\t\n";

static void fit(const char *text, int width, const char *left_out) {
    lk_text rows = { 0 }, table = { 0 }, names = { 0 };
    lk_text_add(&rows, "%s", text);
    lk_fit_table(&rows, columns, LK_COUNT(columns), width, false, &table, &names);
    assert_string_equal(names.n ? names.data : "", left_out);
    lk_text_deinit(&rows);
    lk_text_deinit(&names);
    take(&table);
}

static void a_table_leaves_out_what_is_empty_or_has_no_room(void **state) {
    (void)state;
    fit(cells, 80, "");
    assert_string_equal(out, "run     epochs  loss\n"
                             "runs/a    1/20   0.5\n"
                             "b         2/20\n");
    fit(cells, 20, "");
    fit(cells, 19, "loss");
    assert_string_equal(out, "run     epochs\n"
                             "runs/a    1/20\n"
                             "b         2/20\n");
    fit(cells, 10, "epochs, loss");
    assert_string_equal(out, "run\n"
                             "runs/a\n"
                             "b\n");
}

/* The note goes first here, and the loss, which went before it, has room again. */
static void what_went_before_something_wider_comes_back(void **state) {
    (void)state;
    fit("a\t1\t0.25\ta long note on this run\n", 30, "note");
    assert_string_equal(out, "run  epochs  loss\n"
                             "a         1  0.25\n");
}

static void a_long_name_is_cut_at_its_begin(void **state) {
    (void)state;
    fit("a/very/long/path/to/a/run-s1\t1\t2\t\n", 24, "loss");
    assert_string_equal(out, "run               epochs\n"
                             "...h/to/a/run-s1       1\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_curve_in_ascii_runs_from_its_first_point_to_its_last),
        cmocka_unit_test(a_thick_curve_has_stars_and_lies_above),
        cmocka_unit_test(in_braille_a_character_has_eight_points),
        cmocka_unit_test(what_is_not_finite_is_a_gap),
        cmocka_unit_test(a_single_epoch_is_a_point_in_the_middle),
        cmocka_unit_test(losses_above_0_have_a_logarithmic_axis),
        cmocka_unit_test(labels_have_the_digits_that_tell_them_apart),
        cmocka_unit_test(each_curve_has_its_colour),
        cmocka_unit_test(no_line_is_wider_than_the_plot),
        cmocka_unit_test(a_spark_goes_from_the_lowest_block_to_the_highest),
        cmocka_unit_test(wide_characters_take_two_columns_and_marks_none),
        cmocka_unit_test(the_locale_says_whether_there_is_utf8),
        cmocka_unit_test(a_table_leaves_out_what_is_empty_or_has_no_room),
        cmocka_unit_test(what_went_before_something_wider_comes_back),
        cmocka_unit_test(a_long_name_is_cut_at_its_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
