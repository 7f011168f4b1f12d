/* Signals at any moment: before the first step, and during steps, validation, saves and the test.
   The run is saved, the exit code names the signal, and resuming gives the same bytes. */
#include "runs.h"
#include "shell.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A fresh folder with a run that was not stopped: three epochs of seven steps. One thread is
   fastest on a busy machine; more are used where a round of threads is the moment of the signal.
 */
static int begin(void **state) {
    (void)state;
    setenv("LIKENESS_THREADS", "1", 1);
    const char *config = TINY_CONFIG(
        ", \"optimizer\": {\"lr\": 0.01, \"average\": 0.9, \"schedule\": {\"type\": \"cosine\"}}");
    lk_test_tiny("cli_stop", FACES, config, folder);
    check("$TRAIN --resume --out whole");
    return 0;
}

static const struct signal_row {
    const char *name;
    int number, code;
} signals[] = { { "TERM", SIGTERM, 75 }, { "USR1", SIGUSR1, 75 }, { "INT", SIGINT, 130 } };

/* Start a run that gets a signal at a moment, "round 17" or "file 3". Only files whose path
   contains `file` are counted; "": all. */
static int stop_at(const char *moment, int signal_number, int times, const char *file) {
    return run("rm -rf p && LIKENESS_THREADS=%d %s%s SIGNAL_AT='%s %d %d' SIGNAL_AT_LOG=$PWD/log "
               "LD_PRELOAD=$SHIM $TRAIN --resume --out p",
               *moment == 'r' ? 2 : 1, *file ? "SIGNAL_AT_FILE=" : "", file, moment, signal_number,
               times);
}

static void check_same(const char *moment) {
    char said[1024];
    snprintf(said, sizeof said, "%.1000s", out);
    if (run("$TRAIN --resume --out p >resumed 2>&1 && continued whole p") != 0)
        fail_msg("%s: %s; before: %s", moment, out, said);
}

/* The last rounds are left out: after the last batch of the test nothing is left to stop. */
static void training_can_be_stopped_at_any_round(void **state) {
    (void)state;
    enum { N_MOMENTS = 12 };
    int in_training = 0, n_rounds;
    if (!lk_test_has_shim()) skip();
    assert_int_equal(stop_at("round 1000000", SIGTERM, 1, ""), 0);
    check("sed -E 's/.*rounds: ([0-9]+).*/\\1/' log; rm log");
    n_rounds = atoi(out);
    assert_true(n_rounds > 300);
    for (int i = 0; i < N_MOMENTS; i++) {
        const struct signal_row *row = &signals[i % 3];
        char moment[64];
        snprintf(moment, sizeof moment, "round %d",
                 1 + i * (n_rounds * 97 / 100) / (N_MOMENTS - 1));
        int code = stop_at(moment, row->number, 1, "");
        if (code != row->code)
            fail_msg("SIG%s at %s: expected exit code %d, got %d: %s", row->name, moment, row->code,
                     code, out);
        in_training += strstr(out, "saved; the same command with --resume") != NULL;
        check_same(moment);
    }
    assert_true(in_training >= N_MOMENTS / 2); /* the others: in the test */
}

static void it_can_be_stopped_before_the_first_step(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    static const char *const files[] = { "tiny.json", "faces.lkd", "/.lock", "config.json",
                                         "metrics.jsonl" };
    for (size_t i = 0; i < LK_COUNT(files); i++) {
        const struct signal_row *row = &signals[i % 3];
        int code = stop_at("file 1", row->number, 1, files[i]);
        if (code != row->code)
            fail_msg("SIG%s at %s: expected exit code %d, got %d: %s", row->name, files[i],
                     row->code, code, out);
        assert_contains(out, "stopped after step 1 of 21, saved");
        check_same(files[i]);
    }
}

/* At every 11th call of the saves of the best and the last checkpoint, writes included. */
static void a_save_in_progress_is_finished_first(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    for (int n = 1; n <= 111; n += 11) {
        const struct signal_row *row = &signals[n % 3];
        char moment[64];
        snprintf(moment, sizeof moment, "file %d", n);
        int code = stop_at(moment, row->number, 1, ".safetensors");
        if (code != row->code)
            fail_msg("SIG%s at %s: expected exit code %d, got %d: %s", row->name, moment, row->code,
                     code, out);
        check_same(moment);
    }
}

/* While the model is put in place and opened again, the pack is opened again, and the test runs. */
static void a_test_that_is_stopped_starts_over_the_next_time(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    static const struct {
        const char *moment, *file;
    } rows[] = { { "file 1", "/model.safetensors" }, { "file 2", "/model.safetensors" },
                 { "file 4", "/model.safetensors" }, { "file 5", "faces.lkd" },
                 { "file 6", "faces.lkd" },          { "file 1", "test_scores.npy" } };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        const struct signal_row *row = &signals[i % 3];
        /* nothing is left to stop: the program ends as usual */
        bool measured = strcmp(rows[i].file, "test_scores.npy") == 0;
        int code = stop_at(rows[i].moment, row->number, 1, rows[i].file);
        if (code != (measured ? 0 : row->code))
            fail_msg("SIG%s at %s of %s: expected exit code %d, got %d: %s", row->name,
                     rows[i].moment, rows[i].file, measured ? 0 : row->code, code, out);
        if (!measured) {
            assert_contains(out, "stopped while measuring");
            check("cmp whole/model.safetensors p/model.safetensors && ! ls "
                  "p/test.json p/test_scores.npy 2>/dev/null");
        }
        check_same(rows[i].file);
    }
}

static void a_second_signal_a_second_later_stops_at_once(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    static const char *const moments[] = { "file 5", "file 40", "round 50", "round 200" };
    for (size_t i = 0; i < LK_COUNT(moments); i++) {
        const struct signal_row *row = &signals[i % 3];
        int code = stop_at(moments[i], row->number, 2, "");
        if (code != 128 + row->number)
            fail_msg("two SIG%s at %s: expected exit code %d, got %d: %s", row->name, moments[i],
                     128 + row->number, code, out);
        assert_null(strstr(out, "saved"));
        check_same(moments[i]);
    }
}

/* `flock FILE COMMAND` holds the lock while the command runs. */
static void a_run_belongs_to_one_process_until_its_results_are_written(void **state) {
    (void)state;
    assert_int_equal(run("cp -r whole mine && flock mine/.lock $TRAIN --resume --out mine"), 1);
    assert_contains(out, "mine: another process trains or measures there");
    check("diff -r whole mine");
}

static void resuming_says_from_where(void **state) {
    (void)state;
    check("cp -r whole old && rm old/*.safetensors && cd old/checkpoints && "
          "truncate -s -1 last.safetensors && cd ../.. && "
          "$TRAIN --resume --out old && cmp whole/model.safetensors old/model.safetensors");
    assert_contains(out, "old/checkpoints/last.safetensors: ");
    assert_contains(out, "resuming from old/checkpoints/previous.safetensors: 18 steps done");
    assert_int_equal(
        run("for f in old/checkpoints/last.safetensors old/checkpoints/previous.safetensors; do "
            "printf X | dd of=$f bs=1 seek=$(($(stat -c %%s $f) - 99)) conv=notrunc 2>&1; done; cp "
            "-r old older; $TRAIN --resume --out old"),
        3);
    assert_contains(out, "last.safetensors: tensor ");
    assert_contains(out, "previous.safetensors: tensor ");
    check("diff -r old older");
}

static void another_config_or_pack_is_refused_by_name_and_the_run_left(void **state) {
    (void)state;
    assert_int_equal(run("cp -r whole kept && $TRAIN --resume --out kept --set "
                         "optimizer.average=0.5 --set seed=2"),
                     2);
    assert_contains(out, "seed: 1 and 2");
    assert_contains(out, "optimizer.average: 0.9 and 0.5");
    assert_int_equal(run("${TRAIN%%%% *} prepare --synthetic 110 --size 16 --seed 2 --out "
                         "other.lkd >/dev/null 2>&1; "
                         "$TRAIN --resume --data other.lkd --out kept"),
                     2);
    assert_contains(out, "the run was started on another pack: fingerprint ");
    check("diff -r whole kept");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_can_be_stopped_at_any_round),
        cmocka_unit_test(it_can_be_stopped_before_the_first_step),
        cmocka_unit_test(a_save_in_progress_is_finished_first),
        cmocka_unit_test(a_test_that_is_stopped_starts_over_the_next_time),
        cmocka_unit_test(a_second_signal_a_second_later_stops_at_once),
        cmocka_unit_test(a_run_belongs_to_one_process_until_its_results_are_written),
        cmocka_unit_test(resuming_says_from_where),
        cmocka_unit_test(another_config_or_pack_is_refused_by_name_and_the_run_left),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
