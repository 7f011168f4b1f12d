/* Experiment files: what is read, and where and how what is wrong is named. */
#include "base/file.h"
#include "support.h"

#include <likeness/experiment.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char folder[LK_PATH_MAX];

static void put(const char *name, const char *text) {
    lk_test_write(lk_test_path(folder, name), text, strlen(text));
}

static lk_status load(const char *text, const char *const *sets, int n_sets,
                      lk_experiment *experiment, lk_error *err) {
    char path[LK_PATH_MAX + 64];
    put("e.json", text);
    snprintf(path, sizeof path, "%s/e.json", folder);
    return lk_experiment_load(path, sets, n_sets, experiment, err);
}

static int begin(void **state) {
    (void)state;
    char inside[LK_PATH_MAX + 16];
    lk_error err;
    snprintf(folder, sizeof folder, "%s", lk_test_folder("experiment"));
    snprintf(inside, sizeof inside, "%s/inside", folder);
    assert_ok(lk_folder_create(inside, &err), &err);
    put("inside/a.json", "{ \"name\": \"a\", \"train\": { \"epochs\": 7 } }");
    put("inside/b.json", "{ \"extends\": \"a.json\", \"name\": \"b\" }");
    put("inside/bad.json", "{ \"train\": { \"epochs\": 0 } }");
    return 0;
}

#define NAME_OF_101                                                                                \
    "12345678901234567890123456789012345678901234567890"                                           \
    "123456789012345678901234567890123456789012345678901"
#define A "{\"config\": \"inside/a.json\", \"label\": \"A\"}"

static void runs_are_read_with_their_configs(void **state) {
    (void)state;
    lk_experiment e;
    lk_error err;
    static const char *const sets[] = { "train.batch_size=5" };
    assert_ok(
        load("// a comment\n{ \"$schema\": \"x\", \"name\": \"trial\", \"note\": \"said\", "
             "\"seeds\": [3, 1],\n"
             "\"runs\": [ " A
             ", {\"config\": \"inside/b.json\", \"label\": \"B (SSIM)\", \"name\": \"other\", "
             "\"paper\": {\"ssim\": 0.5}, \"set\": {\"train.epochs\": 9, \"reconstruction.type\": "
             "\"l1\"}} ] }",
             sets, 1, &e, &err),
        &err);
    assert_string_equal(e.name, "trial");
    assert_string_equal(e.note, "said");
    assert_int_equal(e.n_seeds, 2);
    assert_int_equal(e.seeds[0], 3);
    assert_int_equal(e.n_runs, 2);
    assert_string_equal(e.runs[0].name, "a");
    assert_string_equal(e.runs[1].name, "other");
    assert_string_equal(e.runs[1].config.name, "other");
    assert_string_equal(e.runs[1].label, "B (SSIM)");
    assert_true(isnan(e.runs[0].paper_ssim) && isnan(e.runs[1].paper_mse));
    assert_near(e.runs[1].paper_ssim, 0.5, 0);
    assert_int_equal(e.runs[0].config.train.epochs, 7);
    assert_int_equal(e.runs[1].config.train.epochs, 9);
    assert_string_equal(e.runs[1].config.reconstruction.chosen.choice->name, "l1");
    assert_int_equal(e.runs[0].config.train.batch_size, 5);
    assert_int_equal(e.runs[1].config.train.batch_size, 5);
    lk_experiment_deinit(&e);
}

static void seeds_are_1_where_none_are_named(void **state) {
    (void)state;
    lk_experiment e;
    lk_error err;
    assert_ok(load("{ \"name\": \"t\", \"runs\": [ " A " ] }", NULL, 0, &e, &err), &err);
    assert_int_equal(e.n_seeds, 1);
    assert_int_equal(e.seeds[0], 1);
    lk_experiment_deinit(&e);
}

static void sets_for_all_come_after_a_runs_own(void **state) {
    (void)state;
    lk_experiment e;
    lk_error err;
    static const char *const sets[] = { "train.epochs=2" };
    assert_ok(load("{ \"name\": \"t\", \"runs\": [ {\"config\": \"inside/a.json\", \"label\": "
                   "\"A\", \"set\": {\"train.epochs\": 9}} ] }",
                   sets, 1, &e, &err),
              &err);
    assert_int_equal(e.runs[0].config.train.epochs, 2);
    lk_experiment_deinit(&e);
}

static void a_config_of_an_absolute_path_is_taken_as_it_is(void **state) {
    (void)state;
    lk_experiment e;
    lk_error err;
    char text[2 * LK_PATH_MAX];
    snprintf(
        text, sizeof text,
        "{ \"name\": \"t\", \"runs\": [ {\"config\": \"%s/inside/b.json\", \"label\": \"B\"} ] }",
        folder);
    assert_ok(load(text, NULL, 0, &e, &err), &err);
    assert_string_equal(e.runs[0].name, "b");
    lk_experiment_deinit(&e);
}

static void an_experiment_of_the_present_folder_finds_its_configs_there(void **state) {
    (void)state;
    lk_experiment e;
    lk_error err;
    char from[LK_PATH_MAX];
    put("here.json", "{ \"name\": \"t\", \"runs\": [ " A " ] }");
    assert_non_null(getcwd(from, sizeof from));
    assert_int_equal(chdir(folder), 0);
    lk_status status = lk_experiment_load("here.json", NULL, 0, &e, &err);
    assert_int_equal(chdir(from), 0);
    assert_ok(status, &err);
    assert_string_equal(e.runs[0].name, "a");
    lk_experiment_deinit(&e);
}

static void a_path_that_is_too_long_is_refused_by_that_word(void **state) {
    (void)state;
    lk_experiment e;
    lk_error err;
    char path[LK_PATH_MAX + 64];
    put("e.json", "{ \"name\": \"t\", \"runs\": [ " A " ] }");
    snprintf(path, sizeof path, "%s/e.json", folder);
    assert_int_equal(
        lk_experiment_load(lk_test_long_path(path, LK_PATH_MAX - 1), NULL, 0, &e, &err), LK_USAGE);
    assert_string_equal(err.text, "inside/a.json: path is too long");
}

static void what_is_wrong_is_named_with_its_place(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } rows[] = {
        { "{ \"name\": \"t\",\n\"run\": [ " A " ] }",
          "e.json:2: unknown key \"run\", did you mean \"runs\"" },
        { "{ \"name\": \"t\",\n\"runs\": [\n{\"config\": \"inside/a.json\", \"lable\": \"A\"} ] }",
          "e.json:3: runs[0]: unknown key \"lable\"" },
        { "{ \"name\": \"t\", \"runs\": [\n{\"config\": \"inside/a.json\", \"label\": \"A\", "
          "\"paper\": {\"sim\": 1}} ] }",
          "e.json:2: runs[0].paper: unknown key \"sim\", did you mean \"ssim\"" },
        { "{ \"name\": \"t\", \"runs\": [\n{\"config\": \"inside/a.json\", \"label\": \"A\", "
          "\"paper\": {\"ssim\": 80}} ] }",
          "e.json:2: runs[0].paper.ssim: expected ... got 80" },
        { "{ \"runs\": [ " A " ] }", "e.json:1: name: expected " },
        { "{ \"name\": \"a/b\", \"runs\": [ " A " ] }", "got \"a/b\"" },
        { "{ \"name\": \".t\", \"runs\": [ " A " ] }", "got \".t\"" },
        { "{ \"name\": \"" NAME_OF_101 "\", \"runs\": [ " A " ] }", "at most 100 letters" },
        { "{ \"name\": \"t\", \"runs\": [ {\"config\": \"inside/a.json\", \"label\": \"" NAME_OF_101
          "\"} ] }",
          "runs[0].label: expected 1 to 100 bytes without line ends or tabs, got "
          "\"12345678901234567890123456789012345678901234567890123456789012345678901234567890"
          "123456789012345678901\"" },
        { "{ \"name\": \"t\" }", "runs: expected a list of 1 to" },
        { "{ \"name\": \"t\", \"runs\": {} }", "runs: expected a list of 1 to" },
        { "{ \"name\": \"t\", \"runs\": [] }", "runs: expected a list of 1 to" },
        { "{ \"name\": \"t\", \"runs\": [ 3 ] }", "runs[0]: expected an object ... got 3" },
        { "{ \"name\": \"t\", \"runs\": [ {\"config\": \"inside/a.json\"} ] }",
          "runs[0].label: expected 1 to" },
        { "{ \"name\": \"t\", \"runs\": [ {\"config\": \"inside/a.json\", \"label\": \"A\\tB\"} ] "
          "}",
          "runs[0].label: expected 1 to 100 bytes without line ends or tabs, got \"A" },
        { "{ \"name\": \"t\", \"runs\": [ " A ",\n" A " ] }",
          "e.json:2: runs[1].label: runs[0] also has \"A\"" },
        { "{ \"name\": \"t\", \"runs\": [ " A
          ",\n{\"config\": \"inside/a.json\", \"label\": \"B\"} ] }",
          "runs[1].name: runs[0] also has \"a\"; give one of them another \"name\"" },
        { "{ \"name\": \"t\", \"runs\": [ {\"config\": \"inside/a.json\", \"label\": \"A\", "
          "\"name\": \"../x\"} ] }",
          "got \"../x\"" },
        { "{ \"name\": \"t\", \"runs\": [ {\"config\": \"none.json\", \"label\": \"A\"} ] }",
          "runs[0].config: " },
        { "{ \"name\": \"t\", \"runs\": [ {\"label\": \"A\"} ] }",
          "runs[0].config: expected the path of a config" },
        { "{ \"name\": \"t\", \"note\": \"a\\tb\", \"runs\": [ " A " ] }",
          "note: expected one line" },
        { "{ \"name\": \"t\", \"runs\": [ {\"config\": \"inside/a.json\", \"label\": \"A\", "
          "\"set\": {\"seed\": 3}} ] }",
          "e.json:1: runs[0].set: seed=3: " },
        { "{ \"name\": \"t\", \"runs\": [ {\"config\": \"inside/bad.json\", \"label\": \"A\"} ] }",
          "inside/bad.json:1: train.epochs: expected ... got 0" },
        { "{ \"name\": \"t\", \"runs\": [ {\"config\": \"inside/a.json\", \"label\": \"A\", "
          "\"set\": {\"train.epochs\": -1}} ] }",
          "--set train.epochs=-1: train.epochs: expected ... got -1" },
        { "{ \"name\": \"t\", \"runs\": [ {\"config\": \"inside/a.json\", \"label\": \"A\", "
          "\"set\": [1]} ] }",
          "runs[0].set: expected an object ... got a list of 1" },
        { "{ \"name\": \"t\", \"seeds\": [1, 2, 1], \"runs\": [ " A " ] }",
          "seeds: expected different seeds" },
        { "{ \"name\": \"t\", \"seeds\": [], \"runs\": [ " A " ] }", "seeds: " },
        { "{ \"name\": \"t\", \"seeds\": [-1], \"runs\": [ " A " ] }",
          "seeds[0]: expected ... got -1" },
        { "[ 1 ]", "expected an object ... got a list of 1" },
        { "{ \"name\": \"t\", ", "e.json:1" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_experiment e;
        lk_error err = { "" };
        lk_status status = load(rows[i].text, NULL, 0, &e, &err);
        if (status != LK_USAGE)
            fail_msg("%s: got %s (%s)", rows[i].text, lk_status_words(status), err.text);
        assert_contains(err.text, rows[i].message);
    }
}

static void a_seed_for_all_is_refused(void **state) {
    (void)state;
    lk_experiment e;
    lk_error err;
    static const char *const sets[] = { "seed=3" };
    assert_int_equal(load("{ \"name\": \"t\", \"runs\": [ " A " ] }", sets, 1, &e, &err), LK_USAGE);
    assert_contains(err.text, "seed=3: ");
    assert_contains(err.text, "--seeds N");
}

static void more_changes_than_there_is_room_for_are_refused(void **state) {
    (void)state;
    lk_experiment e;
    lk_error err;
    const char *sets[100];
    for (size_t i = 0; i < LK_COUNT(sets); i++) sets[i] = "train.epochs=2";
    assert_int_equal(
        load("{ \"name\": \"t\", \"runs\": [ " A " ] }", sets, LK_COUNT(sets), &e, &err), LK_USAGE);
    assert_contains(err.text, "changes in all");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_are_read_with_their_configs),
        cmocka_unit_test(seeds_are_1_where_none_are_named),
        cmocka_unit_test(sets_for_all_come_after_a_runs_own),
        cmocka_unit_test(what_is_wrong_is_named_with_its_place),
        cmocka_unit_test(a_config_of_an_absolute_path_is_taken_as_it_is),
        cmocka_unit_test(an_experiment_of_the_present_folder_finds_its_configs_there),
        cmocka_unit_test(a_path_that_is_too_long_is_refused_by_that_word),
        cmocka_unit_test(a_seed_for_all_is_refused),
        cmocka_unit_test(more_changes_than_there_is_room_for_are_refused),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
