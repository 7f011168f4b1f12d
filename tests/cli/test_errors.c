/* Every command that reads a config says all that is wrong with it, an error on each line. */
#include "shell.h"
#include "tiny.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int begin(void **state) {
    (void)state;
    lk_test_tiny("cli_errors", 110, TINY_CONFIG(""), folder);
    put_text("bad.json", "{ \"extends\": \"tiny.json\",\n\"train\": {\"epochs\": 0},\n\"lr\": 2 }");
    put_text("two.json",
             "{ \"name\": \"two\", \"runs\": [ { \"config\": \"bad.json\", \"label\": \"A\" "
             "},\n{ \"config\": \"tiny.json\", \"label\": \"B\", \"sets\": {} } ] }");
    return 0;
}

#define EPOCHS "train.epochs: expected a whole number from 1 to 1000000, got 0\n"
#define LR     "unknown key \"lr\"; here it is \"optimizer.lr\"\n"

static void every_command_says_all_that_is_wrong_with_a_config(void **state) {
    (void)state;
    static const char *const commands[] = {
        "config check bad.json",
        "config print bad.json",
        "train bad.json --data faces.lkd --out x",
        "bench bad.json",
        "info bad.json",
        "sweep bad.json --grid seed=1,2 --data faces.lkd --out x",
    };
    for (size_t i = 0; i < LK_COUNT(commands); i++) {
        if (run("$L %s", commands[i]) != 2)
            fail_msg("%s: expected exit code 2: %s", commands[i], out);
        assert_string_equal(out, "likeness: bad.json:2: " EPOCHS "likeness: bad.json:3: " LR);
    }
}

static void every_command_says_all_that_is_wrong_with_an_experiment(void **state) {
    (void)state;
    static const char *const commands[] = { "config check two.json",
                                            "reproduce two.json --data faces.lkd --out x" };
    for (size_t i = 0; i < LK_COUNT(commands); i++) {
        if (run("$L %s", commands[i]) != 2)
            fail_msg("%s: expected exit code 2: %s", commands[i], out);
        assert_string_equal(out, "likeness: two.json:1: runs[0].config: bad.json:2: " EPOCHS
                                 "likeness: two.json:1: runs[0].config: bad.json:3: " LR
                                 "likeness: two.json:2: runs[1]: unknown key \"sets\", did you "
                                 "mean \"set\"?\n");
    }
}

static void every_set_that_is_wrong_is_said(void **state) {
    (void)state;
    assert_int_equal(run("$L train tiny.json --data faces.lkd --out x --set lr=2 --set bogus "
                         "--set train.epochs=0 --set train.shards=4"),
                     2);
    assert_string_equal(out, "likeness: --set bogus: expected KEY=VALUE, as in train.epochs=3\n"
                             "likeness: --set lr=2: " LR "likeness: --set train.epochs=0: " EPOCHS);
    assert_int_equal(run("ls -d x"), 2);
}

static void more_than_a_screen_of_errors_is_counted(void **state) {
    (void)state;
    assert_int_equal(run("for i in $(seq 10 34); do echo \"\\\"key$i\\\": 0,\"; done >keys; "
                         "{ echo {; cat keys; echo '\"seed\": 1 }'; } >many.json; "
                         "$L config check many.json 2>&1"),
                     2);
    assert_contains(out, "many.json:2: unknown key \"key10\"");
    assert_contains(out, "many.json:21: unknown key \"key29\", known: name,");
    assert_contains(out, "likeness: and 5 more errors\n");
    assert_int_equal(run("$L config check many.json 2>&1 | wc -l"), 0);
    assert_int_equal(atoi(out), 21);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_says_all_that_is_wrong_with_a_config),
        cmocka_unit_test(every_command_says_all_that_is_wrong_with_an_experiment),
        cmocka_unit_test(every_set_that_is_wrong_is_said),
        cmocka_unit_test(more_than_a_screen_of_errors_is_counted),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
