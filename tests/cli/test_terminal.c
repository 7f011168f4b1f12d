/* The program on a terminal: progress, wrapped help, aligned tables. */
#include "cli/markdown.c"
#include "cli/output.c"
#include "cli/progress.c"
#include "cli/terminal.c"
#include "cli/width.c"
#include "cli/wrap.c"
#include "screen.h"
#include "support.h"
#include "tiny.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[LK_PATH_MAX], out[1 << 17];

static int on_screen(int columns, const char *words) {
    return lk_test_likeness_on_screen(columns, folder, words, out, sizeof out);
}

/* The columns of the longest line of `out`, without colours. */
static int longest_line(void) {
    int longest = 0, n = 0;
    for (const char *at = out; *at; at++) {
        if (*at == '\033')
            at += strcspn(at, "mK");
        else if (*at == '\n' || *at == '\r')
            n = 0;
        else
            n += ((unsigned char)*at & 0xC0) != 0x80;
        if (n > longest) longest = n;
    }
    return longest;
}

/* The columns of the longest line of progress in `out`. */
static int longest_progress(void) {
    int longest = 0;
    for (const char *line = out; *line; line += strcspn(line, "\r\n\033")) {
        line += strspn(line, "\r\n");
        if (strncmp(line, "\033[K", 3) == 0 || strncmp(line, "\033[A", 3) == 0) line += 3;
        const char *time = strstr(line, " passed, ");
        int n = (int)strcspn(line, "\r\n\033");
        if (time && time < line + n && n > longest) longest = n;
    }
    return longest;
}

/* ---- progress ---- */

static void away_from_a_terminal_progress_is_a_line_every_five_seconds(void **state) {
    (void)state;
    char text[256] = "";
    FILE *file = tmpfile();
    lk_terminal terminal;
    lk_terminal_init(&terminal, file);
    assert_false(terminal.moves);
    for (int i = 0; i < 12; i++) lk_terminal_progress(&terminal, i, i < 5 ? "early" : "late");
    lk_terminal_say(&terminal, true, "careful");
    lk_terminal_end(&terminal);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    assert_string_equal(text, "early\nlate\nlate\nwarning: careful\n");
    fclose(file);
}

static void on_a_terminal_progress_is_redrawn_within_its_width(void **state) {
    (void)state;
    char text[256] = "";
    int master = -1;
    setenv("TERM", "xterm", 1), unsetenv("NO_COLOR");
    FILE *file = lk_test_screen(11, &master);
    if (!file) skip();
    lk_terminal terminal;
    lk_terminal_init(&terminal, file);
    assert_true(terminal.moves && terminal.colours);
    assert_int_equal(terminal.width, 11);
    lk_terminal_progress(&terminal, 0, "step 1 of 1000000");
    lk_terminal_progress(&terminal, 0.05, "too soon");
    lk_terminal_progress(&terminal, 0.2, "step 2");
    lk_terminal_say(&terminal, true, "x");
    lk_terminal_end(&terminal);
    static const char expected[] = "step 1 of \r\033[Kstep 2\r\033[K\033[33mwarning:\033[0m x\r\n";
    for (size_t n = 0; n < sizeof expected - 1;) {
        ssize_t got = read(master, text + n, sizeof expected - 1 - n);
        if (got <= 0) break;
        n += (size_t)got;
    }
    assert_string_equal(text, expected);
    setenv("NO_COLOR", "1", 1);
    lk_terminal_init(&terminal, file);
    assert_true(terminal.moves && !terminal.colours);
    setenv("TERM", "dumb", 1);
    lk_terminal_init(&terminal, file);
    assert_false(terminal.moves);
    unsetenv("TERM");
    lk_terminal_init(&terminal, file);
    assert_false(terminal.moves);
    fclose(file), close(master);
}

static void several_lines_of_progress_are_redrawn_together(void **state) {
    (void)state;
    char text[256] = "";
    FILE *file = tmpfile();
    lk_terminal terminal;
    lk_terminal_init(&terminal, file);
    terminal.moves = true, terminal.width = 6, terminal.height = 3;
    lk_terminal_progress(&terminal, 0, "one\ntwo");
    lk_terminal_progress(&terminal, 1, "a line too wide\nb");
    lk_terminal_progress(&terminal, 2, "not\nseen\nc\nd"); /* the screen has three lines */
    lk_terminal_end(&terminal);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    assert_string_equal(text, "one\ntwo"
                              "\r\033[K\033[A\r\033[Ka lin\nb"
                              "\r\033[K\033[A\r\033[Kc\nd\n");
    fclose(file);
}

static void durations_read_as_people_write_them(void **state) {
    (void)state;
    char text[32];
    assert_string_equal(lk_terminal_duration(0, text), "0 s");
    assert_string_equal(lk_terminal_duration(59.4, text), "59 s");
    assert_string_equal(lk_terminal_duration(59.6, text), "1:00");
    assert_string_equal(lk_terminal_duration(725, text), "12:05");
    assert_string_equal(lk_terminal_duration(3 * 3600 + 129, text), "3:02:09");
    assert_string_equal(lk_terminal_duration(-1, text), "?");
    assert_string_equal(lk_terminal_duration(1e300, text), "?");
}

/* The line for a run that has done 40 of 104 steps. */
static const char *line_of(int width, const char *regularizer, int best_epoch) {
    lk_train_progress progress = { .step = 52,
                                   .n_steps = 104,
                                   .epoch = 2,
                                   .n_epochs = 4,
                                   .loss = 0.625,
                                   .images_per_second = 475,
                                   .seconds = 62,
                                   .seconds_left = 190,
                                   .best_epoch = best_epoch,
                                   .penalty = 12.5 };
    lk_text text = { 0 };
    lk_progress_line(&progress, regularizer, width, &text);
    snprintf(out, sizeof out, "%s", text.data);
    lk_text_deinit(&text);
    return out;
}

static void the_line_of_a_run_uses_the_width_and_leaves_out_what_matters_least(void **state) {
    (void)state;
    assert_string_equal(
        line_of(159, "kl", 1),
        "[####################....................]  epoch 2/4  step 52/104  "
        "loss 0.62500  kl 12.5  best epoch 1  475 images/s  1:02 passed, 3:10 left");
    assert_string_equal(line_of(79, "kl", 1),
                        "epoch 2/4  loss 0.62500  kl 12.5  best epoch 1  1:02 passed, 3:10 left");
    assert_string_equal(
        line_of(79, NULL, 0),
        "epoch 2/4  step 52/104  loss 0.62500  475 images/s  1:02 passed, 3:10 left");
    assert_string_equal(line_of(30, "kl", 1), "epoch 2/4  1:02 passed, 3:10 left");
    for (int width = 40; width < 200; width++) /* however much room there is */
        if (strlen(line_of(width, "kl", 1)) > (size_t)width) fail_msg("%d: %s", width, out);
}

static void training_shows_what_it_does_and_ends_with_what_to_do_next(void **state) {
    (void)state;
    static const char train[] = "train tiny.json --data faces.lkd --force --out runs/vae "
                                "--set model.type=vae --set reconstruction.type=lwssim "
                                "--set reconstruction.windows=[3,5]";
    for (int columns = 80; columns <= 160; columns += 80) {
        assert_int_equal(on_screen(columns, train), 0);
        assert_contains(out, "VAE, ");
        assert_contains(out, " parameters, lwssim 3, 5; ");
        assert_contains(out, " pictures; 3 epochs x ");
        assert_contains(out, "  kl ");
        assert_contains(out, " left");
        assert_contains(out, "done in ");
        assert_contains(out, "runs/vae/model.safetensors has the weights of epoch ");
        assert_contains(out, "next: likeness reconstruct runs/vae ");
        assert_null(strstr(out, "kernels"));
        assert_true((strstr(out, "[#") != NULL) == (columns == 160));
        if (longest_progress() >= columns) fail_msg("%d columns: %s", longest_progress(), out);
    }
}

static void what_tells_of_runs_fits_the_width(void **state) {
    (void)state;
    /* a short path, as words are never broken */
    static const char *const words[] = {
        "info runs/one", "info runs", "compare runs/one runs/2",
        "reconstruct runs/one runs/2 -n 2 --out grid.png",
        "train tiny.json --data faces.lkd --out runs/one --epochs 1 --set optimizer.lr=1 --resume"
    };
    char place[] = "/tmp/lkXXXXXX", command[4 * LK_PATH_MAX];
    assert_non_null(mkdtemp(place));
    snprintf(command, sizeof command,
             "cd %s && cp '%s/tiny.json' '%s/faces.lkd' . && for s in one 2; do '%s' train "
             "tiny.json --data faces.lkd --out runs/$s --epochs 1 --set optimizer.lr=1 || exit 1; "
             "done",
             place, folder, folder, LIKENESS_PROGRAM);
    if (lk_test_run(out, sizeof out, "%s", command) != 0) fail_msg("%s", out);
    for (size_t i = 0; i < LK_COUNT(words); i++)
        for (int columns = 60; columns <= 80; columns += 20) {
            snprintf(command, sizeof command, "cd %s && '%s' %s", place, LIKENESS_PROGRAM,
                     words[i]);
            int code = lk_test_on_screen(columns, out, sizeof out, command);
            if (code < 0) skip();
            assert_int_equal(code, 0);
            if (longest_line() > columns) fail_msg("%d of %d: %s", longest_line(), columns, out);
        }
    /* nothing was left to do, so no steps are told */
    assert_null(strstr(out, "steps 8 to 7"));
    assert_contains(out, "1 epoch x 7 steps");
    snprintf(command, sizeof command, "rm -r %s", place);
    assert_int_equal(lk_test_run(out, sizeof out, "%s", command), 0);
}

static void the_next_command_can_be_copied(void **state) {
    (void)state;
    assert_int_equal(on_screen(100, "train tiny.json --data faces.lkd --epochs 1 --out 'a b'"), 0);
    assert_contains(out, "next: likeness reconstruct 'a b' -n 8 --out grid.png, or likeness table "
                         "'a b'\n");
}

static void a_line_of_progress_is_cut_between_characters(void **state) {
    (void)state;
    char text[128] = "";
    int master;
    FILE *screen = lk_test_screen(10, &master);
    if (!screen) skip();
    lk_terminal terminal;
    lk_terminal_init(&terminal, screen);
    terminal.moves = true;
    lk_terminal_progress(&terminal, 1,
                         "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"
                         "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9");
    lk_terminal_end(&terminal);
    ssize_t n = read(master, text, sizeof text - 1);
    assert_true(n > 0);
    int characters = 0;
    for (const char *at = text; (at = strstr(at, "\xC3\xA9")) != NULL; at += 2) characters++;
    assert_int_equal(characters, 9);
    assert_int_equal(strcspn(text, "\r\n"), 18);
    fclose(screen);
    close(master);
}

/* ---- wrapped text ---- */

static void an_experiment_shows_every_run_and_the_whole(void **state) {
    (void)state;
    static const char experiment[] =
        "{\"name\": \"two\", \"runs\": [{\"config\": \"tiny.json\", \"label\": \"A\"}, "
        "{\"config\": \"tiny.json\", \"name\": \"vae\", \"label\": \"B\", \"set\": "
        "{\"model.type\": \"vae\"}}]}";
    lk_test_write(lk_test_path(folder, "two.json"), experiment, sizeof experiment - 1);
    for (int columns = 80; columns <= 160; columns += 80) {
        assert_int_equal(on_screen(columns,
                                   "reproduce two.json --data faces.lkd --jobs 2 --out two && "
                                   "rm -r two"),
                         0);
        assert_contains(out, "run ");
        assert_contains(out, "/2  ");
        assert_contains(out, ", seed 1  ");
        assert_contains(out, "0 of 2 runs done, ");
        assert_contains(out, "  seeds  ");
        int longest = longest_progress();
        if (longest == 0 || longest >= columns) fail_msg("%d columns: %s", longest, out);
    }
}

static void long_lines_break_at_spaces_and_continue_below_their_second_column(void **state) {
    (void)state;
    static const struct {
        const char *text, *wrapped;
    } rows[] = {
        { "", "" },
        { "\n", "\n" },
        { "one two three four five six\n", "one two three four\nfive six\n" },
        { "no line end", "no line end\n" },
        { "  name      what it is and does, in many words\n",
          "  name      what it is and does,\n            in many words\n" },
        { "  one two three four five\n", "  one two three four\n  five\n" },
        { "averyveryverylongwordindeed and\n", "averyveryverylongwordindeed\nand\n" },
        { "\303\274\303\274\303\274\303\274 \303\274\303\274\303\274\303\274 "
          "\303\274\303\274\303\274\303\274 \303\274\n",
          "\303\274\303\274\303\274\303\274 \303\274\303\274\303\274\303\274 "
          "\303\274\303\274\303\274\303\274 \303\274\n" },
    };
    static const int widths[] = { 20, 20, 20, 20, 32, 20, 20, 20 };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_text text = { 0 };
        lk_wrap(rows[i].text, widths[i], &text);
        assert_string_equal(text.data ? text.data : "", rows[i].wrapped);
        lk_text_deinit(&text);
    }
}

static void help_fits_the_width_of_the_terminal(void **state) {
    (void)state;
    static const char *const words[] = { "--help",       "train --help", "prepare --help",
                                         "table --help", "help config",  "list losses" };
    for (size_t i = 0; i < LK_COUNT(words); i++) {
        assert_int_equal(on_screen(80, words[i]), 0);
        if (longest_line() > 80) fail_msg("%s: %d columns\n%s", words[i], longest_line(), out);
        assert_int_equal(on_screen(160, words[i]), 0);
        if (longest_line() > 160 || longest_line() <= 80)
            fail_msg("%s: %d columns\n%s", words[i], longest_line(), out);
    }
}

/* ---- tables ---- */

static void show(const char *markdown, int width, bool colours) {
    lk_text text = { 0 };
    lk_markdown_show(markdown, width, colours, &text);
    snprintf(out, sizeof out, "%s", text.data ? text.data : "");
    lk_text_deinit(&text);
}

static const char table[] = "| model | SSIM | state |\n|---|---|---|\n"
                            "| a | **0.5 ± 0.01** | |\n| b\\|c | – | epoch 3 |\n\nA note.\n";

static void a_table_has_aligned_columns_and_bold_cells(void **state) {
    (void)state;
    show(table, 80, true);
    assert_string_equal(out, "model        SSIM  state\n"
                             "-----  ----------  -------\n"
                             "a      \033[1m0.5 ± 0.01\033[0m\n"
                             "b|c             –  epoch 3\n\nA note.\n");
    show(table, 80, false);
    assert_contains(out, "a      **0.5 ± 0.01**\n");
}

static void a_wide_table_is_cut_into_parts_that_repeat_the_first_column(void **state) {
    (void)state;
    show(table, 18, true);
    assert_string_equal(out, "model        SSIM\n"
                             "-----  ----------\n"
                             "a      \033[1m0.5 ± 0.01\033[0m\n"
                             "b|c             –\n\n"
                             "model  state\n"
                             "-----  -------\n"
                             "a\n"
                             "b|c    epoch 3\n\nA note.\n");
    show("| a long name | value |\n|---|---|\n| another long name | 12345678901 |\n", 16, false);
    assert_string_equal(out, "a long     value\n"
                             "name\n"
                             "--------  ------\n"
                             "another   123456\n"
                             "long       78901\n"
                             "name\n");
}

static void tables_fit_the_terminal_and_are_markdown_elsewhere(void **state) {
    (void)state;
    static const char *const words[] = { "table runs",
                                         "eval runs/one --data faces.lkd --baselines" };
    for (size_t i = 0; i < LK_COUNT(words); i++)
        for (int columns = 80; columns <= 160; columns += 80) {
            assert_int_equal(on_screen(columns, words[i]), 0);
            if (longest_line() > columns) fail_msg("%s: %d columns\n%s", words[i], columns, out);
            assert_contains(out, "  SSIM");
            assert_null(strchr(out, '|'));
        }
    assert_int_equal(on_screen(80, "table runs | cat"), 0);
    assert_contains(out, "| model | run | seeds |");
    assert_int_equal(on_screen(80, "table runs --format md"), 0);
    assert_contains(out, "| model | run | seeds |");
}

static int begin(void **state) {
    (void)state;
    lk_test_tiny("terminal", 110, TINY_CONFIG(""), folder);
    int code = lk_test_run(
        out, sizeof out,
        "cd '%s' && for s in 1 2; do '%s' train tiny.json --data faces.lkd --out runs/$s "
        "--epochs 1 --set optimizer.lr=$s || exit 1; done; mv runs/1 runs/one",
        folder, LIKENESS_PROGRAM);
    if (code != 0) fail_msg("%s", out);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(away_from_a_terminal_progress_is_a_line_every_five_seconds),
        cmocka_unit_test(on_a_terminal_progress_is_redrawn_within_its_width),
        cmocka_unit_test(several_lines_of_progress_are_redrawn_together),
        cmocka_unit_test(durations_read_as_people_write_them),
        cmocka_unit_test(the_line_of_a_run_uses_the_width_and_leaves_out_what_matters_least),
        cmocka_unit_test(training_shows_what_it_does_and_ends_with_what_to_do_next),
        cmocka_unit_test(what_tells_of_runs_fits_the_width),
        cmocka_unit_test(the_next_command_can_be_copied),
        cmocka_unit_test(a_line_of_progress_is_cut_between_characters),
        cmocka_unit_test(an_experiment_shows_every_run_and_the_whole),
        cmocka_unit_test(long_lines_break_at_spaces_and_continue_below_their_second_column),
        cmocka_unit_test(help_fits_the_width_of_the_terminal),
        cmocka_unit_test(a_table_has_aligned_columns_and_bold_cells),
        cmocka_unit_test(a_wide_table_is_cut_into_parts_that_repeat_the_first_column),
        cmocka_unit_test(tables_fit_the_terminal_and_are_markdown_elsewhere),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
