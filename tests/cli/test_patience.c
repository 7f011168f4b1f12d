/* train.patience: runs that end before their length is reached, and how they continue. */
#include "runs.h"
#include "shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE(n) " --epochs 30 --set train.patience=" #n " "

static int begin(void **state) {
    (void)state;
    setenv("LIKENESS_THREADS", "1", 1);
    lk_test_tiny("cli_patience", FACES, TINY_CONFIG(", \"optimizer\": {\"lr\": 0.05}"), folder);
    return 0;
}

static void it_ends_a_run_and_the_reason_stands_in_its_records(void **state) {
    (void)state;
    check("train two" PATIENCE(2));
    assert_contains(out, "stopped early after epoch ");
    assert_contains(out, "train.patience is 2");
    /* the lowest loss is two epochs before the last one, and the test is of its weights */
    check("last=$(tail -n 1 two/metrics.csv | cut -d, -f1) && "
          "best=$(tail -n +2 two/metrics.csv | sort -t, -g -k5 | head -n 1 | cut -d, -f1) && "
          "[ $best = $((last - 2)) ] && [ $last -lt 30 ] && "
          "tail -n 1 two/metrics.jsonl | grep \"^{\\\"type\\\":\\\"early_stop\\\",\\\"step\\\":"
          "$((7 * last)),\\\"epoch\\\":$last,\\\"best_epoch\\\":$best,\\\"reason\\\":"
          "\\\"train.patience\\\"}\" && tr -d ' \\n\\t' <two/test.json | grep "
          "\"\\\"stopped_early\\\":{\\\"epoch\\\":$last,\\\"best_epoch\\\":$best,\" && "
          "$L table two | grep \"| stopped early at epoch $last |\" && "
          "$L table two --format json | grep \"stopped early at epoch $last\" && "
          "$L table two --format csv | grep \",stopped early at epoch $last\" && "
          "cmp two/model.safetensors two/model.safetensors");
}

static void it_changes_nothing_but_the_end(void **state) {
    (void)state;
    /* the weights are those of a run that was this long from the start */
    check("last=$(tail -n 1 two/metrics.csv | cut -d, -f1) && "
          "train plain --epochs $last && cmp plain/test_scores.npy "
          "two/test_scores.npy && ! grep early plain/metrics.jsonl plain/test.json");
    check("cp -r two again && train again" PATIENCE(2) "--resume && continued two again");
}

static void such_a_run_continues_only_with_more_patience(void **state) {
    (void)state;
    assert_int_equal(run("rm -rf kept more && cp -r two kept && cp -r two more && "
                         "train more --set train.patience=2 --epochs 40 --resume"),
                     2);
    assert_contains(out, "the run ended early, after step ");
    assert_contains(out, "continues only with a larger train.patience");
    assert_int_equal(run("train more" PATIENCE(1) "--resume"), 2);
    assert_contains(out, "train.patience was 2: expected 0, or at least 2 when the run continues, "
                         "got 1");
    check("train more" PATIENCE(2) "--resume && cmp kept/run.json more/run.json");
    check("diff -r -x report.html kept more && train four" PATIENCE(4) "&& train more" PATIENCE(
        4) "--resume && continued four more");
    check("rm -rf more && cp -r two more && train none --epochs 14 && "
          "train more --epochs 14 --resume && continued none more");
    assert_int_equal(run("train none --epochs 16 --set train.patience=3 --resume"), 2);
    assert_contains(out, "train.patience was 0: expected 0 when the run continues, got 3");
}

static void it_needs_a_validation_split(void **state) {
    (void)state;
    assert_int_equal(
        run("$L prepare --images bare_two/grids --val 0 --test 0 --size 16 "
            "--out small.lkd >/dev/null 2>&1 && $L train tiny.json --data "
            "small.lkd --out small --set train.batch_size=2 --set train.shards=1 --set "
            "train.patience=3"),
        2);
    assert_contains(out, "train.patience: expected 0, as small.lkd has no validation split, got 3");
}

static void it_is_killed_at_any_moment_and_ends_with_the_same_bytes(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    int kills = 0, code = 137;
    for (int n = 40; code == 137; n += 61) {
        code = run("rm -rf p && SIGNAL_AT='file %d 9 1' LD_PRELOAD=$SHIM train p" PATIENCE(2), n);
        if (code != 0 && code != 137) fail_msg("file %d: %s", n, out);
        kills += code == 137;
        if (run("train p" PATIENCE(2) "--resume && continued two p") != 0)
            fail_msg("file %d: %s", n, out);
    }
    assert_true(kills > 4);
    /* the end: the line of the record, the model, the test */
    for (int i = 0; i < 12; i++) {
        static const char *const files[] = { "metrics.jsonl", "/model.safetensors", "test" };
        code = run("rm -rf p && cp -r two p && SIGNAL_AT='file %d 9 1' SIGNAL_AT_FILE=%s "
                   "LD_PRELOAD=$SHIM train p" PATIENCE(2) "--resume",
                   1 + i / 3, files[i % 3]);
        if (code != 0 && code != 137) fail_msg("%s %d: %s", files[i % 3], i, out);
        if (run("train p" PATIENCE(2) "--resume && continued two p") != 0)
            fail_msg("%s %d: %s", files[i % 3], i, out);
    }
}

static void a_table_counts_the_seeds_that_ended_early(void **state) {
    (void)state;
    check("train r1" PATIENCE(2) "--set seed=2 && $L table two r1");
    assert_contains(out, "2 of 2 stopped early");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_ends_a_run_and_the_reason_stands_in_its_records),
        cmocka_unit_test(it_changes_nothing_but_the_end),
        cmocka_unit_test(such_a_run_continues_only_with_more_patience),
        cmocka_unit_test(it_needs_a_validation_split),
        cmocka_unit_test(it_is_killed_at_any_moment_and_ends_with_the_same_bytes),
        cmocka_unit_test(a_table_counts_the_seeds_that_ended_early),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
