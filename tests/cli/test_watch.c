/* The commands runs and watch: runs that go on, have ended, have not begun, are damaged, or go. */
#include "base/lock.h"
#include "screen.h"
#include "shell.h"
#include "tiny.h"

#include <cJSON.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADS "epoch,step,lr,train_loss,val_loss,val_ssim,val_mse\n"
#define LINES "1,7,0.1,0.5,0.4,0.6,0.02\n2,14,0.1,0.3,0.2,0.7,0.01\n"

static lk_test_session session;

/* Runs made of as little as there must be: one that stopped, one that is finished, one that failed,
   and one that is damaged. Some in a folder of their own. */
static int begin(void **state) {
    (void)state;
    lk_test_tiny("watch", 110, TINY_CONFIG(""), folder);
    setenv("LANG", "C.UTF-8", 1), unsetenv("LC_ALL"), unsetenv("LC_CTYPE"), unsetenv("NO_COLOR");
    check("$TRAIN --epochs 2 --set name=done --out all/deep/done && mkdir all/stopped all/failed "
          "all/bad && for run in stopped failed; do sed s/tiny/$run/ tiny.json "
          ">all/$run/config.json; done");
    put_text("all/stopped/metrics.csv", HEADS LINES);
    put_text("all/failed/metrics.csv", HEADS);
    put_text("all/failed/metrics.jsonl", "{\"type\":\"diverged\",\"step\":5}\n");
    put_text("all/bad/config.json", "{");
    return 0;
}

static int on_screen(int columns, const char *words) {
    return lk_test_likeness_on_screen(columns, folder, words, out, sizeof out);
}

/* `likeness WORDS` on a terminal; it must still run. */
static void start(int columns, const char *words) {
    char command[LK_PATH_MAX + 1024];
    snprintf(command, sizeof command, "cd '%s' && exec '%s' %s", folder, LIKENESS_PROGRAM, words);
    if (!lk_test_session_start(&session, columns, command)) skip();
}

/* Holds the lock of a run, as the process does that trains it. */
static lk_lock hold(const char *run) {
    lk_lock lock = LK_LOCK_NONE;
    lk_error err;
    assert_ok(lk_folder_lock(lk_test_path(folder, run), NULL, &lock, &err), &err);
    return lock;
}

/* What is on each line of `out` goes through `cat`: no escape sequence is left. */
static void assert_plain(const char *text) {
    assert_null(strchr(text, '\033'));
}

/* ---- runs ---- */

static void runs_lists_a_line_for_each_run_of_all_folders(void **state) {
    (void)state;
    check("$L runs all 2>/dev/null");
    assert_contains(out,
                    "| run | name | model | loss | seed | state | epochs | best | SSIM | MSE |");
    assert_contains(out, "\n| all/deep/done | done | ae | mse | 1 | finished | 2/2 | 2 | 0.");
    assert_contains(out, "\n| all/failed | failed | ae | mse | 1 | failed | 0/3 | | | |");
    assert_contains(out, "| diverged at step 5 |\n");
    assert_contains(out, "\n| all/stopped | stopped | ae | mse | 1 | stopped | 2/3 | 2 | | |");
    assert_contains(out, "\n| all/bad | bad | | | | damaged |");
    /* what info says of a folder is the same */
    check("$L runs all 2>/dev/null >a; $L info all 2>/dev/null | cmp - a && $L runs all --json "
          "2>/dev/null >a; $L info all --json 2>/dev/null | cmp - a");
}

static void runs_are_sorted_by_any_column(void **state) {
    (void)state;
    static const struct {
        const char *words, *expected;
    } rows[] = {
        { "", "all/bad all/deep/done all/failed all/stopped " },
        { "--reverse", "all/stopped all/failed all/deep/done all/bad " },
        /* equal ones by path; what is not known comes last either way */
        { "--sort epochs", "all/failed all/deep/done all/stopped all/bad " },
        { "--sort epochs --reverse", "all/deep/done all/stopped all/failed all/bad " },
        { "--sort ssim", "all/deep/done all/bad all/failed all/stopped " },
        { "--sort state", "all/stopped all/deep/done all/failed all/bad " },
        { "--sort note", "all/bad all/failed all/deep/done all/stopped " },
        { "--sort model --reverse", "all/deep/done all/failed all/stopped all/bad " },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        check("$L runs all --format csv %s 2>/dev/null | tail -n +2 | cut -d, -f1 | tr '\\n' ' '",
              rows[i].words);
        assert_string_equal(out, rows[i].expected);
    }
    assert_int_equal(run("$L runs all --sort sim"), 2);
    assert_contains(out, "ssim");
}

/* The best first: 0.9 before 0.8, but for MSE the other way round. */
static void the_best_scores_come_first(void **state) {
    (void)state;
    check("mkdir -p two && for run in a b; do cp -r all/deep/done two/$run; rm "
          "two/$run/test_scores.npy; done && sed -E 's/\"(ssim|mse)\":[0-9.e-]+/\"\\1\":0.9/g' "
          "all/deep/done/test.json >two/b/test.json && sed -E "
          "'s/\"(ssim|mse)\":[0-9.e-]+/\"\\1\":0.8/g' all/deep/done/test.json >two/a/test.json");
    check("$L runs two --format csv --sort ssim | tail -n +2 | cut -d, -f1 | tr '\\n' ' '");
    assert_string_equal(out, "two/b two/a ");
    check("$L runs two --format csv --sort mse | tail -n +2 | cut -d, -f1 | tr '\\n' ' '");
    assert_string_equal(out, "two/a two/b ");
    check("rm -r two");
}

static void runs_prints_csv_and_json(void **state) {
    (void)state;
    check("$L runs all --format csv 2>/dev/null | head -n 1 | tr -d '\\r'");
    assert_string_equal(out, "run,name,model,loss,seed,state,epochs,best_epoch,ssim,mse,minutes,"
                             "started,note\n");
    check("$L runs all --json 2>/dev/null");
    cJSON *json = cJSON_Parse(out);
    const cJSON *rows = cJSON_GetObjectItemCaseSensitive(json, "runs");
    assert_int_equal(cJSON_GetArraySize(rows), 4);
    const cJSON *one;
    cJSON_ArrayForEach(one, rows) {
        const char *path = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(one, "path")),
                   *stage = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(one, "stage"));
        if (strcmp(path, "all/stopped") != 0) continue;
        assert_string_equal(stage, "stopped");
        assert_int_equal(cJSON_GetObjectItemCaseSensitive(one, "epochs")->valueint, 2);
        assert_int_equal(cJSON_GetObjectItemCaseSensitive(one, "planned_epochs")->valueint, 3);
        assert_true(cJSON_GetObjectItemCaseSensitive(one, "best_loss")->valuedouble == 0.2);
        assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(one, "ssim")));
    }
    cJSON_Delete(json);
    assert_int_equal(run("$L runs all --json --format md"), 2);
    assert_int_equal(run("$L runs nothing"), 3);
}

static void on_a_terminal_runs_has_as_many_columns_as_fit(void **state) {
    (void)state;
    assert_int_equal(on_screen(160, "runs all 2>/dev/null"), 0);
    assert_contains(out, "run            name     model  loss  seed  state     epochs  best");
    assert_int_equal(on_screen(60, "runs all"), 0);
    assert_contains(out, "run            state     epochs");
    assert_contains(out, "no room for ");
    assert_contains(out, "note");
    assert_int_equal(on_screen(60, "runs all --format md 2>/dev/null"), 0);
    assert_contains(out, "| all/deep/done | done | ae ");
}

/* ---- watch, once ---- */

static void a_run_is_shown_with_its_curves(void **state) {
    (void)state;
    check("$L watch all/stopped --once");
    static const char *const expected[] = {
        "all/stopped: \"stopped\", model ae, loss mse, seed 1\n",
        "  state     stopped; ",
        "] 2 of 3 epochs, step 14 of 21\n" + 2,
        "  loss      training 0.30000, validation 0.20000, lowest "
        "0.20000 at epoch 2\n",
        "  scores    validation SSIM 0.7000, MSE 0.01000\n",
        "\n  0.5 ┤",
        "\n  0.2 ┤",
        "▲\n",
        "⣀"
    };
    for (size_t i = 0; i < LK_COUNT(expected) - 1; i++) assert_contains(out, expected[i]);
    assert_plain(out);
    check("LC_ALL=C $L watch all/stopped --once");
    assert_contains(out, "\n  0.5 +");
    for (const char *at = out; *at; at++) assert_true((unsigned char)*at < 128);
    check("$L watch all/failed --once");
    assert_contains(out, "failed, diverged at step 5\n");
    check("$L watch all/deep/done --once");
    assert_contains(out, "; test SSIM 0.");
}

static void what_is_drawn_once_fits_the_screen(void **state) {
    (void)state;
    static const char *const words[] = { "watch all/stopped --once", "watch all --once",
                                         "watch all/deep/done", "watch all" };
    for (size_t i = 0; i < LK_COUNT(words); i++)
        for (int columns = 40; columns <= 160; columns += 40) {
            assert_int_equal(on_screen(columns, words[i]), 0);
            assert_contains(out, "\033["); /* colours, and nothing else */
            int n = 0, lines = 0;
            for (const char *at = out; *at; at++) {
                if (*at == '\033') {
                    at += strcspn(at, "mHJKhl");
                    assert_int_equal(*at, 'm');
                } else if (*at == '\n')
                    lines++, n = 0;
                else
                    n += ((unsigned char)*at & 0xC0) != 0x80;
                if (n > columns) fail_msg("%s: more than %d columns: %s", words[i], columns, out);
            }
            assert_true(lines < 24);
        }
    assert_int_equal(on_screen(80, "watch all/stopped --once >a; NO_COLOR=1 " LIKENESS_PROGRAM
                                   " watch all/stopped --once"),
                     0);
    assert_plain(out);
}

static void without_a_terminal_there_is_a_line_for_each_run(void **state) {
    (void)state;
    check("$L watch all");
    assert_contains(out,
                    "all/stopped: stopped; 2 of 3 epochs, step 14 of 21; training loss 0.30000, "
                    "validation loss 0.20000, lowest 0.20000 at epoch 2; validation SSIM "
                    "0.7000, MSE 0.01000\n");
    assert_contains(out, "all/failed: failed, diverged at step 5; 0 of 3 epochs");
    assert_contains(out, "all/bad: damaged, config.json:");
    assert_int_equal(on_screen(80, "runs none; cd . && TERM=dumb " LIKENESS_PROGRAM " watch all"),
                     0);
    assert_contains(out, "all/stopped: stopped; 2 of 3 epochs");
    assert_plain(out);
}

static void names_do_not_reach_the_terminal_as_they_are(void **state) {
    (void)state;
    check("mkdir odd && cp -r all/stopped \"odd/$(printf 'a\\tb\\n\\033[2J\\371顔顔顔')\"");
    check("$L watch odd --once && $L watch odd && $L runs odd");
    assert_contains(out, "\na\\tb\\n\\u001b[2J\xEF\xBF\xBD顔顔顔  stopped ");
    assert_plain(out);
    check("rm -r odd");
}

static void a_folder_without_runs_is_an_error(void **state) {
    (void)state;
    assert_int_equal(run("$L watch nothing"), 3);
    check("mkdir -p empty");
    assert_int_equal(run("$L watch empty --once"), 3);
    assert_int_equal(run("$L watch"), 2);
    assert_int_equal(run("$L watch all --interval 0"), 2);
}

/* ---- watch, while runs go on ---- */

#define SHOWN "\033[?1049h"
#define GONE  "\033[?1049l"

static void the_screen_follows_a_run_and_ends_with_it(void **state) {
    (void)state;
    lk_lock lock = hold("all/stopped");
    start(80, "watch all/stopped --interval 0.1");
    lk_test_session_until(&session, SHOWN);
    lk_test_session_until(&session, "running");
    lk_test_session_until(&session, "2 of 3 epochs");
    put_text("all/stopped/metrics.csv", HEADS LINES "3,21,0.1,0.2,0.1,0.8,0.01\n");
    lk_test_session_until(&session, "3 of 3 epochs");
    lk_test_session_until(&session, "lowest 0.10000 at epoch 3");
    lk_folder_unlock(&lock);
    /* its own screen goes, and what it showed last stays */
    lk_test_session_until(&session, GONE);
    assert_int_equal(lk_test_session_end(&session), 0);
    assert_contains(session.out, "stopped");
    assert_contains(session.out, "3 of 3 epochs");
    put_text("all/stopped/metrics.csv", HEADS LINES);
}

static void q_ends_it_and_the_terminal_is_as_before(void **state) {
    (void)state;
    lk_lock lock = hold("all/stopped");
    start(80, "watch all --interval 3600");
    lk_test_session_until(&session, SHOWN "\033[?25l");
    lk_test_session_until(&session, "4 runs: 1 running, 1 failed, 1 damaged, 1 finished");
    lk_test_session_until(&session, "q ends");
    lk_test_session_press(&session, "xq");
    lk_test_session_until(&session, "\033[?25h" GONE);
    assert_int_equal(lk_test_session_end(&session), 0);
    /* keys are shown again */
    char words[LK_PATH_MAX + 256];
    snprintf(words, sizeof words, "cd '%s'; '%s' watch all --interval 3600; stty -a", folder,
             LIKENESS_PROGRAM);
    assert_true(lk_test_session_start(&session, 80, words));
    lk_test_session_until(&session, "q ends");
    lk_test_session_press(&session, "q");
    assert_int_equal(lk_test_session_end(&session), 0);
    assert_contains(session.out, " icanon");
    assert_contains(session.out, " echo ");
    lk_folder_unlock(&lock);
}

static void a_signal_ends_it_too(void **state) {
    (void)state;
    static const struct { int number, code; } signals[] = { { SIGINT, 130 }, { SIGTERM, 75 } };
    lk_lock lock = hold("all/stopped");
    for (size_t i = 0; i < LK_COUNT(signals); i++) {
        start(80, "watch all/stopped --interval 3600");
        lk_test_session_until(&session, "q ends");
        assert_int_equal(kill(session.child, signals[i].number), 0);
        lk_test_session_until(&session, "\033[?25h" GONE);
        assert_int_equal(lk_test_session_end(&session), signals[i].code);
    }
    lk_folder_unlock(&lock);
}

/* Long before the next look. */
static void a_new_width_is_used_at_once(void **state) {
    (void)state;
    lk_lock lock = hold("all/stopped");
    start(80, "watch all/stopped --interval 3600");
    lk_test_session_until(&session, "q ends");
    assert_contains(session.out, "[########################............]");
    lk_test_session_resize(&session, 60);
    lk_test_session_until(&session, "q ends");
    assert_contains(session.out, "[##########......]");
    lk_test_session_press(&session, "q");
    assert_int_equal(lk_test_session_end(&session), 0);
    lk_folder_unlock(&lock);
}

static void without_a_terminal_changes_are_lines(void **state) {
    (void)state;
    lk_lock lock = hold("all/stopped");
    /* the terminal is that of the shell; the program writes to a pipe */
    start(80, "watch all/stopped --interval 0.1 | cat");
    lk_test_session_until(&session, "all/stopped: running; 2 of 3 epochs");
    put_text("all/stopped/metrics.csv", HEADS LINES "3,21,0.1,0.2,0.1,0.8,0.01\n");
    lk_test_session_until(&session, "all/stopped: running; 3 of 3 epochs");
    lk_folder_unlock(&lock);
    assert_int_equal(lk_test_session_end(&session), 0);
    assert_contains(session.out, "all/stopped: stopped; 3 of 3 epochs");
    assert_plain(session.out);
    put_text("all/stopped/metrics.csv", HEADS LINES);
}

static void runs_may_go_while_they_are_watched(void **state) {
    (void)state;
    check("mkdir going && cp -r all/stopped going/a && cp -r all/stopped going/b");
    lk_lock lock = hold("going/a");
    start(80, "watch going --interval 0.1");
    lk_test_session_until(&session, "2 runs: 1 running");
    check("rm -r going/b");
    lk_test_session_until(&session, "1 run: 1 running");
    check("rm -r going");
    lk_test_session_until(&session, GONE);
    assert_int_equal(lk_test_session_end(&session), 3);
    assert_contains(session.out, "going: ");
    lk_folder_unlock(&lock);
}

/* As when train --force replaces it. A look comes with each new width, so the test decides when. */
static void a_run_that_is_gone_for_one_look_is_waited_for(void **state) {
    (void)state;
    check("mkdir forced && cp -r all/stopped forced/a");
    lk_lock lock = hold("forced/a");
    start(80, "watch forced --interval 3600");
    lk_test_session_until(&session, "q ends");
    assert_contains(session.out, "1 run: 1 running");
    check("mv forced/a/config.json kept.json");
    lk_test_session_resize(&session, 70);
    lk_test_session_until(&session, "forced: no run yet");
    lk_test_session_until(&session, "q ends");
    check("mv kept.json forced/a/config.json");
    lk_test_session_resize(&session, 80);
    lk_test_session_until(&session, "1 run: 1 running");
    lk_test_session_until(&session, "q ends");
    check("mv forced/a/config.json kept.json");
    lk_test_session_resize(&session, 70);
    lk_test_session_until(&session, "forced: no run yet");
    lk_test_session_until(&session, "q ends");
    lk_test_session_resize(&session, 80);
    lk_test_session_until(&session, GONE);
    assert_int_equal(lk_test_session_end(&session), 3);
    lk_folder_unlock(&lock);
    check("rm -r forced kept.json");
}

/* The list of the files, with their times, to the nanosecond. */
static void nothing_is_written_into_the_folder(void **state) {
    (void)state;
    check(
        "find all -printf '%%p %%s %%T@ %%C@\\n' | sort >before && $L watch all --once && $L watch "
        "all/deep/done && $L runs all && find all -printf '%%p %%s %%T@ %%C@\\n' | sort | cmp - "
        "before");
}

/* A row of results says that a run has not started. */
static void runs_of_an_experiment_that_have_not_begun_are_waiting(void **state) {
    (void)state;
    check("mkdir -p sweep/results && cp -r all/deep/done sweep/lr_0.01-s1");
    put_text("sweep/results/lr_0.1-s1.json",
             "{\"label\": \"lr=0.1\", \"name\": \"lr_0.1\", \"index\": 1, \"model\": \"ae\", "
             "\"loss\": \"mse\", \"seed\": 1, \"train_images\": null, \"latents\": 6, \"paper\": "
             "{\"ssim\": null, \"mse\": null}, \"state\": \"not started\"}");
    check("$L watch sweep --once");
    assert_contains(out, "2 runs: 1 not started, 1 finished\n");
    lk_lock lock = hold("sweep/results");
    start(80, "watch sweep --interval 0.1");
    lk_test_session_until(&session, "2 runs: 1 waiting, 1 finished");
    lk_test_session_until(&session, "lr_0.1-s1 ");
    lk_test_session_until(&session, "waiting");
    lk_folder_unlock(&lock);
    assert_int_equal(lk_test_session_end(&session), 0);
}

/* More runs than lines: what goes on is shown, and what is finished is counted. */
static void of_many_runs_those_that_go_on_are_shown(void **state) {
    (void)state;
    check("mkdir many && for i in $(seq 10 40); do cp -r all/stopped many/r$i && touch "
          "many/r$i/model.safetensors; done && cp -r all/stopped many/z");
    lk_lock lock = hold("many/z");
    start(80, "watch many --interval 3600");
    lk_test_session_until(&session, "32 runs: 1 running, 31 finished");
    lk_test_session_until(&session, "q ends");
    assert_contains(session.out, "r10 ");
    assert_contains(session.out, "z  ");
    assert_contains(session.out, "and 13 more");
    assert_null(strstr(session.out, "r40 "));
    lk_test_session_press(&session, "q");
    assert_int_equal(lk_test_session_end(&session), 0);
    lk_folder_unlock(&lock);
    check("rm -r many");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_lists_a_line_for_each_run_of_all_folders),
        cmocka_unit_test(runs_are_sorted_by_any_column),
        cmocka_unit_test(the_best_scores_come_first),
        cmocka_unit_test(runs_prints_csv_and_json),
        cmocka_unit_test(on_a_terminal_runs_has_as_many_columns_as_fit),
        cmocka_unit_test(a_run_is_shown_with_its_curves),
        cmocka_unit_test(what_is_drawn_once_fits_the_screen),
        cmocka_unit_test(without_a_terminal_there_is_a_line_for_each_run),
        cmocka_unit_test(names_do_not_reach_the_terminal_as_they_are),
        cmocka_unit_test(a_folder_without_runs_is_an_error),
        cmocka_unit_test(the_screen_follows_a_run_and_ends_with_it),
        cmocka_unit_test(q_ends_it_and_the_terminal_is_as_before),
        cmocka_unit_test(a_signal_ends_it_too),
        cmocka_unit_test(a_new_width_is_used_at_once),
        cmocka_unit_test(without_a_terminal_changes_are_lines),
        cmocka_unit_test(runs_may_go_while_they_are_watched),
        cmocka_unit_test(a_run_that_is_gone_for_one_look_is_waited_for),
        cmocka_unit_test(nothing_is_written_into_the_folder),
        cmocka_unit_test(runs_of_an_experiment_that_have_not_begun_are_waiting),
        cmocka_unit_test(of_many_runs_those_that_go_on_are_shown),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
