/* All errors of a config or an experiment: each once, in the order of the text, and none that only
   follows from another. */
#include "base/errors.h"
#include "base/file.h"
#include "support.h"

#include <likeness/experiment.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char folder[LK_PATH_MAX];

static int begin(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", lk_test_folder("errors"));
    return chdir(folder);
}

static void put(const char *name, const char *text) {
    lk_test_write(lk_test_path(folder, name), text, strlen(text));
}

/* ---- the list ---- */

static void add(lk_errors *errors, const char *file, size_t order, const char *text) {
    lk_error err;
    lk_error_set(&err, "%s", text);
    lk_errors_add(errors, (lk_error_place){ errors, file, order }, "", &err);
}

static void errors_come_in_the_order_of_the_files_and_words_last(void **state) {
    (void)state;
    static const char a[] = "a", b[] = "b";
    lk_errors errors = { 0 };
    lk_error err;
    add(&errors, NULL, 0, "a word");
    add(&errors, b, 7, "b, 7");
    add(&errors, a, 3, "a, 3");
    add(&errors, NULL, 0, "another word");
    add(&errors, b, 2, "b, 2");
    add(&errors, a, 1, "a, 1");
    add(&errors, a, 1, "a, 1, later");
    add(&errors, a, 1, "a, 1");
    assert_int_equal(lk_errors_end(&errors, LK_USAGE, &err), LK_USAGE);
    assert_string_equal(err.text, "b, 2\nb, 7\na, 1\na, 1, later\na, 3\na word\nanother word");
    assert_true(lk_errors_has(&errors, &errors));
    assert_false(lk_errors_has(&errors, NULL));
}

static void a_list_without_errors_says_nothing(void **state) {
    (void)state;
    lk_errors errors = { 0 };
    lk_error err = { "as before" };
    assert_int_equal(lk_errors_end(&errors, LK_OK, &err), LK_OK);
    assert_int_equal(lk_errors_end(&errors, LK_USAGE, &err), LK_USAGE);
    add(&errors, NULL, 0, "one");
    assert_int_equal(lk_errors_end(&errors, LK_MEMORY, &err), LK_MEMORY);
    assert_string_equal(err.text, "as before");
    assert_int_equal(lk_errors_end(&errors, LK_OK, NULL), LK_USAGE);
    assert_int_equal(lk_errors_end(&errors, LK_OK, &err), LK_USAGE);
    assert_string_equal(err.text, "one");
}

static int lines_in(const char *text) {
    int n = 1;
    for (; (text = strchr(text, '\n')) != NULL; text++) n++;
    return n;
}

static void too_many_errors_are_counted(void **state) {
    (void)state;
    static const struct {
        int n;
        const char *last;
    } rows[] = {
        { LK_ERRORS_SHOWN, "\nerror 19" },
        { LK_ERRORS_SHOWN + 1, "\nerror 19\nand 1 more error" },
        { LK_ERRORS_SHOWN + 2, "\nerror 19\nand 2 more errors" },
        { LK_ERRORS_KEPT + 100, "\nerror 19\nand 144 more errors" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_errors errors = { 0 }, outer = { 0 };
        lk_error err;
        char text[32];
        for (int k = 0; k < rows[i].n; k++) {
            snprintf(text, sizeof text, "error %d", k);
            add(&errors, NULL, 0, text);
        }
        lk_errors_end(&errors, LK_USAGE, &err);
        assert_contains(err.text, rows[i].last);
        assert_int_equal(lines_in(err.text), LK_ERRORS_SHOWN + (rows[i].n > LK_ERRORS_SHOWN));
        /* the count goes on where the errors become part of a longer list */
        add(&outer, NULL, 0, err.text);
        add(&outer, NULL, 0, "last");
        assert_int_equal(outer.n, rows[i].n + 1);
    }
}

static void errors_that_are_too_long_are_counted_too(void **state) {
    (void)state;
    lk_errors errors = { 0 };
    lk_error err;
    char text[1000];
    memset(text, 'x', sizeof text);
    for (int i = 0; i < 30; i++) {
        snprintf(text + sizeof text - 10, 10, "%d", i);
        add(&errors, NULL, 0, text);
    }
    lk_errors_end(&errors, LK_USAGE, &err);
    assert_contains(err.text, "x3\nand 26 more errors");
}

static void only_new_lines_stay(void **state) {
    (void)state;
    lk_errors errors = { 0 };
    lk_error err = { "a\nb" };
    lk_errors_add_new(&errors, &err);
    assert_string_equal(err.text, "a\nb");
    snprintf(err.text, sizeof err.text, "b\nc\na\nd");
    lk_errors_add_new(&errors, &err);
    assert_string_equal(err.text, "c\nd");
    lk_errors_add_new(&errors, &err);
    assert_string_equal(err.text, "");
}

/* ---- configs ---- */

struct row {
    const char *text, *sets[4], *messages;
};

static void check_config(const struct row *row) {
    lk_config config;
    lk_error err;
    int n_sets = 0;
    while (row->sets[n_sets]) n_sets++;
    put("c.json", row->text);
    assert_int_equal(lk_config_load("c.json", row->sets, n_sets, &config, &err), LK_USAGE);
    assert_string_equal(err.text, row->messages);
    assert_int_equal(lk_config_load("c.json", row->sets, n_sets, &config, NULL), LK_USAGE);
}

static void every_error_of_a_config_is_named(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "{ \"train\": {\"epochs\": 0,\n\"lr\": 1, \"flip\": 3},\n\"seed\": -1 }",
          { NULL },
          "c.json:1: train.epochs: expected a whole number from 1 to 1000000, got 0\n"
          "c.json:2: train: unknown key \"lr\"; here it is \"optimizer.lr\"\n"
          "c.json:2: train.flip: expected true or false, got 3\n"
          "c.json:3: seed: expected a whole number from 0 to 9007199254740991, got -1" },
        /* an unknown type leaves the keys of all types */
        { "{ \"reconstruction\": {\"type\": \"lwssmi\",\n\"windows\": [2],\n\"scale\": 0 } }",
          { NULL },
          "c.json:1: reconstruction: unknown type \"lwssmi\", did you mean \"lwssim\"?\n"
          "c.json:3: reconstruction.scale: expected a number from 1e-09 to 1000000000, got 0" },
        /* an unknown model has no regularizer of its own */
        { "{ \"model\": {\"type\": \"vea\"},\n\"regularizer\": {\"weight\": \"x\"} }",
          { NULL },
          "c.json:1: model: unknown type \"vea\", did you mean \"vae\"?" },
        /* a model with an error has its regularizer */
        { "{ \"model\": {\"latent\": 0},\n\"regularizer\": {\"weight\": 1} }",
          { NULL },
          "c.json:1: model.latent: expected a whole number from 1 to 65536 or a shape [C, H, W], "
          "got 0\n"
          "c.json:2: regularizer: unknown key \"weight\", known: type" },
        /* a batch size that was refused counts as the default, so the shards are valid */
        { "{ \"train\": {\"batch_size\": 0, \"shards\": 64} }",
          { NULL },
          "c.json:1: train.batch_size: expected a whole number from 1 to 65536, got 0" },
        { "{ \"train\": 3, \"model\": [],\n\"optimizer\": \"adam\" }",
          { NULL },
          "c.json:1: train: expected an object, got 3\n"
          "c.json:1: model: expected an object, got an empty list\n"
          "c.json:2: optimizer: expected an object, got \"adam\" (a string)" },
        { "{ \"train\": {\"shards\": 3},\n\"regularizer\": {\"type\": \"kl\"} }",
          { NULL },
          "c.json:1: train.shards: expected 0 or a power of two of at most batch_size (64), got 3\n"
          "c.json:2: regularizer.type: \"kl\" needs codes that are drawn from distributions; those "
          "of model \"ae\" are not" },
        { "{ \"model\": {\"architecture\": {\"encoder\": [{\"type\": \"conf\"},\n{\"type\": "
          "\"conv\", \"out\": -1}],\n\"decoder\": [{\"type\": \"relu\"}]}} }",
          { NULL },
          "c.json:1: model.architecture.encoder[0]: unknown type \"conf\", did you mean "
          "\"conv\"?\n"
          "c.json:2: model.architecture.encoder[1].out: expected a whole number from 0 to 65536, "
          "got -1" },
        { "{ \"reconstruction\": {\"type\": \"sum\", \"terms\": [{\"scale\": 0},\n{\"type\": "
          "\"lwssim\", \"windows\": [3, \"a\",\n\"b\"]}] } }",
          { NULL },
          "c.json:1: reconstruction.terms[0].scale: expected a number from 1e-09 to 1000000000, "
          "got "
          "0\n"
          "c.json:2: reconstruction.terms[1].windows[1]: expected a whole number from 3 to 255, "
          "got "
          "\"a\" (a string)\n"
          "c.json:3: reconstruction.terms[1].windows[2]: expected a whole number from 3 to 255, "
          "got "
          "\"b\" (a string)" },
        { "{ \"model\": {\"engine\": \"winogard\", \"initializer\": 3} }",
          { NULL },
          "c.json:1: model.engine: expected auto, im2col or winograd, got \"winogard\" (a string); "
          "did you mean \"winograd\"?\n"
          "c.json:1: model.initializer: expected torch, normal or he, got 3" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) check_config(&rows[i]);
}

static void every_set_that_is_wrong_is_named_after_the_file(void **state) {
    (void)state;
    static const struct row row = {
        "{ \"train\": {\"epochs\": 0} }",
        { "nothing", "optimizer.lr=-1", "reconstruction.terms.0.scale=2" },
        "c.json:1: train.epochs: expected a whole number from 1 to 1000000, got 0\n"
        "--set nothing: expected KEY=VALUE, as in train.epochs=3\n"
        "--set reconstruction.terms.0.scale=2: reconstruction: unknown key \"terms\", known: type, "
        "scale\n"
        "--set optimizer.lr=-1: optimizer.lr: expected a number from 0 to 1e+37, got -1",
    };
    check_config(&row);
}

static void reading_ends_where_a_part_of_the_tree_is_absent(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "{ \"lr\": 1, }",
          { "nothing" },
          "c.json:1: expected another key after the comma, got \"}\"" },
        { "[]", { "nothing" }, "c.json:1: expected an object, got an empty list" },
        { "{ \"$schema\": 3, \"extends\": 5, \"lr\": 2 }",
          { "nothing" },
          "c.json:1: $schema: expected a string, got 3\n"
          "c.json:1: extends: expected a string, got 5" },
        { "{ \"extends\": \"none.json\",\n\"model\": {\"architecture\": \"no.json\"}, \"lr\": 2 }",
          { "nothing" },
          "c.json:1: extends: none.json: cannot open: No such file or directory\n"
          "c.json:2: model.architecture: no.json: cannot open: No such file or directory" },
        /* without its file an architecture is the default */
        { "{ \"model\": {\"architecture\": \"no.json\"},\n\"lr\": 2 }",
          { NULL },
          "c.json:1: model.architecture: no.json: cannot open: No such file or directory\n"
          "c.json:2: unknown key \"lr\"; here it is \"optimizer.lr\"" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) check_config(&rows[i]);
}

static void errors_are_named_in_every_file_that_is_extended(void **state) {
    (void)state;
    static const struct row row = {
        "{ \"extends\": \"base.json\",\n\"seed\": -1, \"model\": {\"latent\": 0} }",
        { NULL },
        "c.json:2: seed: expected a whole number from 0 to 9007199254740991, got -1\n"
        "c.json:2: model.latent: expected a whole number from 1 to 65536 or a shape [C, H, W], got "
        "0\n"
        "base.json:1: train.epochs: expected a whole number from 1 to 1000000, got 0",
    };
    put("base.json", "{ \"train\": {\"epochs\": 0}, \"seed\": \"replaced\" }");
    check_config(&row);
}

/* ---- experiments ---- */

static void check_experiment(const char *set, const char *text, const char *messages) {
    lk_experiment e;
    lk_error err;
    put("e.json", text);
    assert_int_equal(lk_experiment_load("e.json", &set, set != NULL, &e, &err), LK_USAGE);
    assert_string_equal(err.text, messages);
    assert_int_equal(lk_experiment_load("e.json", &set, set != NULL, &e, NULL), LK_USAGE);
}

#define SET       "train.batch_size=0"
#define SET_ERROR "--set " SET ": train.batch_size: expected a whole number from 1 to 65536, got 0"

static void every_error_of_an_experiment_is_named_once(void **state) {
    (void)state;
    put("good.json", "{}");
    put("bad.json", "{ \"lr\": 1,\n\"seed\": -1 }");
    check_experiment(
        SET,
        "{ \"name\": 3, \"nota\": \"x\", \"runs\": [\n"
        "{\"label\": 1, \"config\": \"good.json\"},\n"
        "{\"config\": \"good.json\"},\n"
        "{\"config\": \"good.json\"},\n"
        "{\"label\": \"a\", \"config\": \"bad.json\", \"paper\": {\"ssim\": 3}},\n"
        "{\"label\": \"b\", \"config\": \"bad.json\", \"set\": {\"seed\": 1, "
        "\"train.flip\": 7}},\n"
        "{\"label\": \"c\", \"config\": 5},\n5] }",
        "e.json:1: name: expected a string of at most 1023 bytes, got 3\n"
        "e.json:1: unknown key \"nota\", did you mean \"note\"?\n"
        "e.json:2: runs[0].label: expected a string of at most 1023 bytes, got 1\n"
        "e.json:2: runs[0].config: " SET_ERROR "\n"
        "e.json:3: runs[1].label: expected 1 to 100 bytes without line ends or tabs, got \"\"\n"
        "e.json:4: runs[2].label: expected 1 to 100 bytes without line ends or tabs, got \"\"\n"
        "e.json:5: runs[3].config: bad.json:1: unknown key \"lr\"; here it is \"optimizer.lr\"\n"
        "e.json:5: runs[3].config: bad.json:2: seed: expected a whole number from 0 to "
        "9007199254740991, got -1\n"
        "e.json:5: runs[3].paper.ssim: expected a number from -1 to 1, got 3\n"
        "e.json:6: runs[4].config: --set train.flip=7: train.flip: expected true or false, got "
        "7\n"
        "e.json:6: runs[4].set: seed=1: runs take their seeds from the experiment: change its "
        "\"seeds\", or use --seeds N\n"
        "e.json:7: runs[5].config: expected a string of at most 1023 bytes, got 5\n"
        "e.json:8: runs[6]: expected an object, got 5");
}

static void runs_are_compared_only_if_they_have_labels(void **state) {
    (void)state;
    put("good.json", "{}");
    check_experiment(NULL,
                     "{ \"name\": \"l\", \"runs\": [\n{\"config\": \"good.json\"},\n"
                     "{\"config\": \"good.json\"},\n"
                     "{\"label\": 3, \"config\": \"good.json\"},\n"
                     "{\"label\": \"a\", \"config\": \"good.json\"},\n"
                     "{\"label\": \"a\", \"config\": \"good.json\", \"name\": \"b\"} ] }",
                     "e.json:2: runs[0].label: expected 1 to 100 bytes without line ends or tabs, "
                     "got \"\"\n"
                     "e.json:3: runs[1].label: expected 1 to 100 bytes without line ends or tabs, "
                     "got \"\"\n"
                     "e.json:4: runs[2].label: expected a string of at most 1023 bytes, got 3\n"
                     "e.json:6: runs[4].label: runs[3] also has \"a\"");
}

static void every_point_of_a_grid_is_checked(void **state) {
    (void)state;
    put("good.json", "{}");
    check_experiment(SET,
                     "{ \"name\": \"g\", \"grid\": {\"optimizer.lr\": [1, -1, -2]}, \"runs\": [\n"
                     "{\"label\": \"a\", \"config\": \"good.json\"},\n"
                     "{\"label\": \"b\", \"config\": \"good.json\"} ] }",
                     "e.json:2: runs[0].config: " SET_ERROR "\n"
                     "e.json:2: runs[0].config: grid optimizer.lr=-1: optimizer.lr: expected a "
                     "number from 0 to 1e+37, got -1\n"
                     "e.json:2: runs[0].config: grid optimizer.lr=-2: optimizer.lr: expected a "
                     "number from 0 to 1e+37, got -2");
    /* what the runs of a grid that was refused would be is not known */
    check_experiment(
        SET,
        "{ \"name\": \"g\", \"grid\": {\"name\": [1],\n\"seed\": [1, 1]}, \"runs\": [\n"
        "{\"config\": \"good.json\"} ] }",
        "e.json:1: grid.name: no number of a run depends on name, so all runs would "
        "be equal\n"
        "e.json:2: grid.seed: expected different seeds, got 1 twice\n"
        "e.json:3: runs[0].label: expected 1 to 100 bytes without line ends or tabs, "
        "got \"\"");
}

static void every_error_of_a_sweep_is_named_once(void **state) {
    (void)state;
    lk_experiment e;
    lk_error err;
    static const lk_strings bad = { 3, { "x", "optimizer.lr=", "train.epochs=3" } };
    static const lk_strings values = { 2, { "optimizer.lr=1,-1,-2", "train.flip=true,7" } };
    put("c.json", "{ \"lr\": 1 }");
    assert_int_equal(lk_experiment_sweep("c.json", NULL, 0, &bad, &e, &err), LK_USAGE);
    assert_string_equal(err.text,
                        "--grid x: expected KEY=VALUE,VALUE..., as in optimizer.lr=1e-2,1e-3\n"
                        "--grid optimizer.lr=: expected a value, got nothing\n"
                        "c.json:1: unknown key \"lr\"; here it is \"optimizer.lr\"");
    assert_int_equal(lk_experiment_sweep("no.json", NULL, 0, &bad, &e, &err), LK_USAGE);
    assert_contains(err.text, "got nothing\nno.json: cannot open");
    assert_int_equal(lk_experiment_sweep("c.json", NULL, 0, &values, &e, &err), LK_USAGE);
    assert_string_equal(
        err.text, "c.json:1: unknown key \"lr\"; here it is \"optimizer.lr\"\n"
                  "grid train.flip=7: train.flip: expected true or false, got 7\n"
                  "grid optimizer.lr=-1: optimizer.lr: expected a number from 0 to 1e+37, got -1\n"
                  "grid optimizer.lr=-2: optimizer.lr: expected a number from 0 to 1e+37, got -2");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_come_in_the_order_of_the_files_and_words_last),
        cmocka_unit_test(a_list_without_errors_says_nothing),
        cmocka_unit_test(too_many_errors_are_counted),
        cmocka_unit_test(errors_that_are_too_long_are_counted_too),
        cmocka_unit_test(only_new_lines_stay),
        cmocka_unit_test(every_error_of_a_config_is_named),
        cmocka_unit_test(every_set_that_is_wrong_is_named_after_the_file),
        cmocka_unit_test(reading_ends_where_a_part_of_the_tree_is_absent),
        cmocka_unit_test(errors_are_named_in_every_file_that_is_extended),
        cmocka_unit_test(every_error_of_an_experiment_is_named_once),
        cmocka_unit_test(runs_are_compared_only_if_they_have_labels),
        cmocka_unit_test(every_point_of_a_grid_is_checked),
        cmocka_unit_test(every_error_of_a_sweep_is_named_once),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
