/* A run that continues beyond its first length, and keys that may change when it continues. */
#include "runs.h"
#include "shell.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The tiny run has seven steps per epoch. */
static int begin(void **state) {
    (void)state;
    setenv("LIKENESS_THREADS", "1", 1);
    lk_test_tiny("cli_extend", FACES,
                 TINY_CONFIG(", \"optimizer\": {\"lr\": 0.01, \"average\": 0.9}"), folder);
    return 0;
}

static void more_epochs_or_steps_continue_a_finished_run_to_the_same_bytes(void **state) {
    (void)state;
    static const struct {
        const char *sets;
    } rows[] = { { "" },
                 { "--set optimizer.schedule.type=step --set optimizer.schedule.step_epochs=1" },
                 { "--set optimizer.schedule.type=exponential" },
                 { "--set optimizer.schedule.warmup_steps=10 --set model.type=vae" },
                 { "--set 'train.augment=[{\"type\": \"shift\"}, {\"type\": \"contrast\"}]'" } };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        const char *sets = rows[i].sets;
        if (run("rm -rf long short && train long --epochs 4 %s 2>&1 >/dev/null && "
                "train short --epochs 1 %s && train short --epochs 2 --resume %s && "
                "train short --steps 21 --resume %s && "
                "train short --epochs 4 --resume %s && same long short",
                sets, sets, sets, sets, sets) != 0)
            fail_msg("%s: %s", sets, out);
        assert_contains(out, "the run had 7 steps in all, now it has 14");
        assert_contains(out, "the run had 21 steps in all, now it has 28");
        assert_null(strstr(out, "differ"));
    }
}

static void a_run_that_was_stopped_may_become_longer_or_shorter(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    check("rm -rf long short part && train short --epochs 2 && train long --epochs 4 && "
          "{ SIGNAL_AT='file 90 15 1' LD_PRELOAD=$SHIM train part --epochs 3; "
          "test $? = 75; } && cp -r part other");
    assert_contains(out, "stopped after step ");
    check("train part --epochs 4 --resume && same long part");
    check("train other --epochs 2 --resume && same short other");
}

static void fewer_steps_than_are_done_are_refused(void **state) {
    (void)state;
    assert_int_equal(run("rm -rf short && train short --epochs 2 && cp -r short kept && "
                         "train short --epochs 1 --resume"),
                     2);
    assert_contains(out, "the run has done 14 steps (an epoch has 7): expected at least as many");
    assert_int_equal(run("train short --steps 13 --resume"), 2);
    check("diff -r kept short");
}

static void a_run_that_ended_inside_an_epoch_continues_and_says_that_it_differs(void **state) {
    (void)state;
    check("rm -rf long part && train long --epochs 3 && train part --steps 10 && "
          "train part --epochs 3 --resume");
    assert_contains(out, "the run was validated at step 10, inside an epoch");
    assert_contains(out, "differ");
    check("cut -d, -f1,2 part/metrics.csv | tr '\\n' ' ' && grep -c extended "
          "part/metrics.jsonl && ! grep extended long/metrics.jsonl");
    assert_contains(out, "epoch,step 1,7 2,10 2,14 3,21 ");
    /* the steps themselves are those of the longer run */
    check("steps() { grep '\"type\":\"step\"' $1/metrics.jsonl | sed -E "
          "'s/,\"images.*//'; }; steps long >a; steps part | diff a -");
    /* the second mean is that of the steps 11 to 14 */
    check("loss() { grep \"\\\"step\\\":$2,\" $1/metrics.jsonl | grep '\"epoch\",' | sed -E "
          "'s/.*train_loss\":([^,]*),.*/\\1/'; }; echo $(loss part 10) $(loss part 14) "
          "$(loss long 14) | awk '{ d = ($1 * 3 + $2 * 4) / 7 - $3; exit !(d * d < "
          "1e-12) }'");
}

static void cosine_needs_extend_which_prints_the_learning_rate(void **state) {
    (void)state;
    check("rm -rf cosine kept && train cosine --epochs 2 --set "
          "optimizer.schedule.type=cosine && cp -r cosine kept");
    assert_int_equal(run("train cosine --epochs 4 --resume --set optimizer.schedule.type=cosine"),
                     2);
    assert_contains(out, "schedule \"cosine\" depends on the length of the run, which had 14 steps "
                         "and now has 28");
    assert_contains(out, "--extend");
    check("diff -r kept cosine && train cosine --epochs 2 --resume --set "
          "optimizer.schedule.type=cosine && ! grep extended cosine/metrics.jsonl");
    check("train cosine --epochs 4 --resume --extend --set optimizer.schedule.type=cosine");
    assert_contains(out, "at step 14, is 0.005 at step 15, and ends with ");
    assert_contains(out, " at step 28");
    check("grep extended cosine/metrics.jsonl && tail -n 1 cosine/metrics.csv");
    assert_contains(out, "{\"type\":\"extended\",\"step\":14,\"from_steps\":14,\"to_steps\":28}");
    assert_contains(out, "\n4,28,");
    /* it is no seed of a model that had that length from the start */
    check("grep '\"extended_after_step\":14' cosine/test.json && "
          "train straight --epochs 4 --set optimizer.schedule.type=cosine --set seed=2 "
          "&& $L table straight cosine");
    assert_contains(out, "extended_after_step=14");
    /* it has that length now: the same command without --extend has nothing to ask */
    check("train cosine --epochs 4 --resume --set optimizer.schedule.type=cosine");
    assert_int_equal(run("train cosine --epochs 4 --extend"), 2);
    assert_contains(out, "--extend: expected --resume with it");
}

static void keys_that_change_no_number_may_change(void **state) {
    (void)state;
    static const char sets[] = "--set name=other --set train.log_every_steps=3 --set "
                               "train.grid_images=3 --set train.checkpoint_every_steps=5";
    check("rm -rf long short && train long --epochs 3 %s && train short --epochs 2 && "
          "train short --epochs 3 --resume %s && "
          "for f in config.json model.safetensors test.json metrics.csv "
          "checkpoints/last.safetensors checkpoints/best.safetensors; do "
          "bare long; bare short; cmp bare_long/$f bare_short/$f || exit 1; done",
          sets, sets);
    check("train short --epochs 3 --resume --set name=third && "
          "$L info short/model.safetensors --json | grep third && "
          "cmp long/test_scores.npy short/test_scores.npy");
    assert_int_equal(run("train short --epochs 3 --resume --set seed=2"), 2);
    assert_contains(out, "seed: 1 and 2");
}

/* As soon as it goes on, a table must not show it as finished. */
static void a_finished_run_that_goes_on_is_unfinished(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    check("rm -rf short && train short --epochs 1 && "
          "{ SIGNAL_AT='file 60 9 1' LD_PRELOAD=$SHIM train short --epochs 3 "
          "--resume; test $? = 137; } && ! ls short/test.json short/test_scores.npy "
          "short/model.safetensors 2>/dev/null && $L table short");
    assert_contains(out, "of 3");
}

/* Killed at every `stride`-th call that opens or writes a file, then continued; `p` starts as a
   copy of `base`. Returns how often that was. */
static int kill_and_continue(const char *words, const char *whole, int stride) {
    int kills = 0;
    for (int n = 1;; n += stride) {
        int code = run("rm -rf p && { ! [ -d base ] || cp -r base p; } && SIGNAL_AT='file %d 9 1' "
                       "LD_PRELOAD=$SHIM train p %s",
                       n, words);
        if (code == 0) return kills;
        if (code != 137) fail_msg("file %d: expected exit code 137, got %d: %s", n, code, out);
        kills++;
        /* what was the last checkpoint when it was killed decides which one is the previous */
        if (run("train p %s && continued %s p", words, whole) != 0) fail_msg("file %d: %s", n, out);
    }
}

static void an_extension_that_is_killed_at_any_moment_ends_with_the_same_bytes(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    static const char *const schedules[] = { "constant", "cosine" };
    for (size_t i = 0; i < LK_COUNT(schedules); i++) {
        char words[256];
        snprintf(words, sizeof words,
                 "--epochs 2 --resume --extend --set optimizer.schedule.type=%s", schedules[i]);
        check("rm -rf base whole && train base --epochs 1 --set optimizer.schedule.type=%s && "
              "cp -r base whole && train whole %s && rm whole/checkpoints/previous.safetensors",
              schedules[i], words);
        assert_true(kill_and_continue(words, "whole", 17) > 5);
    }
    check("rm -rf base");
}

/* Between the saves of the best and of the last checkpoint at step 16, only the best one knows that
   the run was validated there. The loss at step 16 is lower than after every epoch. */
#define UNEVEN "--set optimizer.lr=0.05 --set optimizer.average=0 "
static void
a_killed_run_of_another_length_has_the_same_bytes_or_says_that_it_differs(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    int same = 0, differ = 0, code = 137;
    check("rm -rf whole && train whole --epochs 3 " UNEVEN "&& rm "
          "whole/checkpoints/previous.safetensors");
    for (int n = 1; code == 137; n += 20) {
        code = run("rm -rf p && SIGNAL_AT='file %d 9 1' SIGNAL_AT_FILE=last.safetensors "
                   "LD_PRELOAD=$SHIM train p --steps 16 " UNEVEN,
                   n);
        if (run("train p --epochs 3 --resume " UNEVEN) != 0) fail_msg("file %d: %s", n, out);
        bool said = strstr(out, "inside an epoch") != NULL;
        differ += said, same += !said;
        if (!said && run("continued whole p") != 0) fail_msg("file %d: %s", n, out);
    }
    assert_int_equal(code, 0);
    assert_true(same > 5 && differ > 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_epochs_or_steps_continue_a_finished_run_to_the_same_bytes),
        cmocka_unit_test(a_run_that_was_stopped_may_become_longer_or_shorter),
        cmocka_unit_test(fewer_steps_than_are_done_are_refused),
        cmocka_unit_test(a_run_that_ended_inside_an_epoch_continues_and_says_that_it_differs),
        cmocka_unit_test(cosine_needs_extend_which_prints_the_learning_rate),
        cmocka_unit_test(keys_that_change_no_number_may_change),
        cmocka_unit_test(a_finished_run_that_goes_on_is_unfinished),
        cmocka_unit_test(an_extension_that_is_killed_at_any_moment_ends_with_the_same_bytes),
        cmocka_unit_test(a_killed_run_of_another_length_has_the_same_bytes_or_says_that_it_differs),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
