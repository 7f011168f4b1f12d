/* What a run remembers: its pack, so that no command needs --data, and the processes that trained.
   Outputs that are not named. Runs of older versions. */
#include "program.h"
#include "shell.h"
#include "tiny.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int begin(void **state) {
    (void)state;
    lk_test_tiny("run_record", 110, TINY_CONFIG(", \"optimizer\": {\"lr\": 0.01}"), folder);
    check("$L train tiny.json --data faces.lkd --epochs 1 --set name=t --out run");
    return 0;
}

/* The pixels of other/a.X.png and other/X.png: a figure also tells its command. */
static void assert_same_figures(void) {
    glob_t found;
    int failed = glob(lk_test_path(folder, "other/a.*.png"), 0, NULL, &found);
    assert_true(failed == 0 || failed == GLOB_NOMATCH);
    for (size_t i = 0; !failed && i < found.gl_pathc; i++) {
        const char *name = strrchr(found.gl_pathv[i], '/') + 1;
        char one[128], other[128];
        snprintf(one, sizeof one, "other/%s", name);
        snprintf(other, sizeof other, "other/%s", name + strlen("a."));
        assert_same_pixels(one, other);
    }
    globfree(&found);
}

static void commands_find_the_pack_that_a_run_was_trained_on(void **state) {
    (void)state;
    static const char *const commands[] = {
        "eval %s",
        "eval %s --worst 2 --out w.png --scores s.csv",
        "encode %s --out z.npy",
        "reconstruct %s -n 2 --npy r.npy",
        "reconstruct %s --npy r.npy",
        "reconstruct %s --index 3 --npy r.npy",
        "interpolate %s --index 3,4 --out i.png",
        "traverse %s --index 3 --out t.png",
        "explain %s --index 2 --out e.png",
    };
    /* RUN, and its files; from any folder, and of a run that was moved */
    static const char *const runs[] = { "run", "run/model.safetensors",
                                        "run/checkpoints/last.safetensors", "deep/er/run" };
    check("mkdir -p deep/er other && cp -r run deep/er/run");
    for (size_t i = 0; i < LK_COUNT(commands); i++)
        for (size_t k = 0; k < LK_COUNT(runs); k++) {
            char with[160], without[160], path[64], command[1024];
            snprintf(path, sizeof path, "../%s", runs[k]);
            snprintf(without, sizeof without, commands[i], path);
            snprintf(with, sizeof with, "%s", without);
            snprintf(command, sizeof command,
                     "cd other && $L %s --data ../faces.lkd >a.txt && for f in *.npy *.png *.csv; "
                     "do ! [ -e $f ] || mv $f a.$f; done && $L %s >b.txt && cmp a.txt b.txt && for "
                     "f in a.*.npy a.*.csv; do ! [ -e $f ] || cmp $f ${f#a.} || exit 1; done",
                     with, without);
            if (run("%s", command) != 0) fail_msg("%s: %s", without, out);
            assert_same_figures();
            check("rm -f other/*");
        }
}

static void a_pack_that_moved_or_changed_is_named(void **state) {
    (void)state;
    assert_int_equal(run("mv faces.lkd moved.lkd && $L eval run"), 3);
    assert_contains(out, "/faces.lkd: the pack that run was trained on is no longer there; --data");
    assert_int_equal(run("$L eval run --data moved.lkd && $L prepare --synthetic 110 --seed 9 "
                         "--size 16 --out faces.lkd >/dev/null 2>&1; $L encode run"),
                     3);
    assert_contains(out, "/faces.lkd: expected the pack that run was trained on, fingerprint ");
    check("[ ! -e codes.npy ] && mv moved.lkd faces.lkd && $L eval run");
    /* another pack is fine if it is asked for */
    check("$L prepare --synthetic 110 --seed 9 --size 16 --out else.lkd "
          ">/dev/null 2>&1; $L eval run --data else.lkd");
    assert_contains(out, "was trained on another pack than else.lkd");
}

static void a_run_without_a_record_says_what_it_needs(void **state) {
    (void)state;
    assert_int_equal(run("cp -r run bare && rm bare/run.json && $L eval bare"), 2);
    assert_contains(out, "expected --data FILE.lkd: bare does not record the pack");
    check("$L eval bare --data faces.lkd && $L table bare run && $L info bare");
    assert_int_equal(run("echo '{' >bare/run.json && $L eval bare"), 3);
    assert_contains(out, "bare/run.json:");
    check("$L eval bare --data faces.lkd && rm bare/test.json "
          "bare/model.safetensors && $L train tiny.json --data faces.lkd --set "
          "name=t --epochs 2 --out bare --resume && $L eval bare");
    assert_contains(out, "damaged, a new one is written: bare/run.json");
}

/* old_run was written by the first version that stored the scores of pictures. Its checkpoints know
   nothing of the end of an epoch, the first loss and the preparation of the pictures; its pack has
   the same pictures as faces.lkd. */
static void the_folder_of_an_older_version_still_works(void **state) {
    (void)state;
    check("cp -r " LIKENESS_SOURCE "/tests/cli/old_run old && chmod -R u+w old && "
          "$L eval old --data faces.lkd");
    assert_contains(out, "| tiny | 27 | 0.0744 ± 0.0085 | 0.04482 ± 0.00309 |");
    check("$L table old run && $L info old && $L encode old --data faces.lkd --out "
          "old.npy && $L reconstruct old --data faces.lkd -n 2 --out old.png && $L "
          "explain old --data faces.lkd --out old_e.png && $L traverse old --data "
          "faces.lkd --index 1 --out old_t.png");
    check("cp -r old half && rm half/model.safetensors half/test.json && $L eval "
          "half --data faces.lkd");
    assert_contains(out, "half: not finished; its best checkpoint is used: epoch 2 of 2");
    assert_contains(out, "| 27 | 0.0744 ± 0.0085 | 0.04482 ± 0.00309 |");
    /* the same end as from the start, and then more */
    check("$L train old/tiny.json --data faces.lkd --out half --resume && $L "
          "train old/tiny.json "
          "--data faces.lkd --epochs 3 --out half --resume && $L eval half");
    assert_contains(out, "epoch 3/3");
}

static void every_session_is_in_the_record(void **state) {
    (void)state;
    check("cat run/run.json");
    assert_contains(out, "\"command\":\"likeness train tiny.json --data faces.lkd --epochs 1 "
                         "--set name=t --out run\"");
    assert_contains(out, "\"first_step\":0,\"last_step\":7");
    const char *peak = strstr(out, "\"peak_bytes\":");
    assert_non_null(peak);
    assert_true(atof(peak + 13) > 1e6 && atof(peak + 13) < 1e11);
    assert_contains(out, "/faces.lkd\",\"fingerprint\":\"");
    assert_null(strstr(out, "null"));
    /* resuming a run that is done adds nothing */
    check("cp -r run done && $L train tiny.json --data faces.lkd --epochs 1 --set "
          "name=t --out done --resume && cmp run/run.json done/run.json && $L "
          "train tiny.json --data faces.lkd --epochs 2 --set 'name=it'\\''s two' "
          "--out done --resume && cat done/run.json");
    assert_contains(out, "\"first_step\":7,\"last_step\":14");
    assert_contains(out, "--set 'name=it'\\\\''s two' --out done --resume\"");
    if (!lk_test_has_shim()) return;
    check("SIGNAL_AT='file 2 9 1' SIGNAL_AT_FILE=killed/checkpoints/.last "
          "LD_PRELOAD=$SHIM $L train tiny.json --data faces.lkd --out killed "
          ">/dev/null 2>&1; cat killed/run.json; $L train tiny.json --data "
          "faces.lkd --out killed --resume >/dev/null && cat killed/run.json");
    assert_contains(out,
                    "\"seconds\":null,\"peak_bytes\":null,\"first_step\":0,\"last_step\":null");
    assert_contains(out, ",\"last_step\":21");
}

static void nothing_of_the_record_is_in_the_model(void **state) {
    (void)state;
    check("mkdir -p away && cd away && cp ../faces.lkd f.lkd && sleep 1 && $L train "
          "../tiny.json --data f.lkd --epochs 1 --set name=t --out r >/dev/null && "
          "cmp r/model.safetensors ../run/model.safetensors && cmp r/test.json "
          "../run/test.json && ! cmp -s r/run.json ../run/run.json");
}

static void outputs_without_a_name_get_one_and_never_replace_a_file(void **state) {
    (void)state;
    static const struct {
        const char *words, *first, *second;
    } rows[] = {
        { "sample v -n 4", "sample.png", "sample_2.png" },
        { "reconstruct v -n 2", "reconstruct.png", "reconstruct_2.png" },
        { "interpolate v --index 1,2", "interpolate.png", "interpolate_2.png" },
        { "traverse v", "traverse.png", "traverse_2.png" },
        { "explain v", "explain.png", "explain_2.png" },
        { "encode v", "codes.npy", "codes_2.npy" },
        { "eval v --worst 2", "worst.png", "worst_2.png" },
    };
    check("mkdir -p names && cd names && $L train ../tiny.json --data ../faces.lkd "
          "--epochs 1 --set model.type=vae --out v >/dev/null");
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        char command[512];
        snprintf(command, sizeof command,
                 "cd names && $L %s && cp %s kept && $L %s && cmp %s kept && ls", rows[i].words,
                 rows[i].first, rows[i].words, rows[i].first);
        if (run("%s", command) != 0) fail_msg("%s: %s", rows[i].words, out);
        assert_contains(out, rows[i].first); /* also said by the command */
        assert_contains(out, rows[i].second);
    }
    /* files that are asked for are the only ones */
    check("cd names && rm -f *.png *.npy && $L sample v -n 2 --npy s.npy && $L "
          "reconstruct v -n 2 --folder single && ls");
    assert_null(strstr(out, "sample.png"));
    assert_null(strstr(out, "reconstruct.png"));
}

static void a_run_without_a_folder_goes_to_runs(void **state) {
    (void)state;
    static const struct {
        const char *words, *expected;
    } rows[] = {
        { "--set train.log_every_steps=5", "runs/tiny" },
        { "--epochs 1", "runs/tiny-epochs_1" },
        { "--steps 2", "runs/tiny-steps_2" },
        { "--set name=mine", "runs/mine" },
        { "--set seed=2 --set name=../up", "runs/_._up" },
        { "--set seed=2", "runs/tiny-seed_2" },
        { "--set name=..", "runs/_." },
        { "--set model.type=vae --set optimizer.lr=1 --set optimizer.lr=1e-2",
          "runs/tiny-model_vae-lr_0.01" },
    };
    check("sed 's/\"epochs\": 3/\"epochs\": 1/' tiny.json >short.json");
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        char command[512], expected[128];
        snprintf(command, sizeof command,
                 "rm -rf runs && $L train short.json --data faces.lkd %s >/dev/null 2>&1; ls -d "
                 "runs/*; true",
                 rows[i].words);
        snprintf(expected, sizeof expected, "%s\n", rows[i].expected);
        check("%s", command);
        assert_contains(out, expected);
    }
    /* a run called after its folder says what was changed */
    check("$L table runs/tiny-model_vae-lr_0.01");
    assert_contains(out, "| tiny-model_vae-lr_0.01 |");
}

static void a_run_in_its_default_folder_is_never_overwritten_but_continued(void **state) {
    (void)state;
#define SHORT "$L train tiny.json --data faces.lkd "
    check("rm -rf runs && " SHORT "--set train.epochs=1");
    assert_int_equal(run(SHORT "--set train.epochs=1"), 2);
    assert_contains(out, "runs/tiny-epochs_1: exists; --resume continues");
    assert_contains(out, "--out");
    check(SHORT "&& " SHORT "--epochs 4 --resume && ls runs && $L eval runs/tiny");
    assert_null(strstr(out, "tiny-epochs_4"));
    check(SHORT "--epochs 5 --set seed=2 --resume && ls runs");
    assert_contains(out, "tiny-seed_2-epochs_5");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_find_the_pack_that_a_run_was_trained_on),
        cmocka_unit_test(a_pack_that_moved_or_changed_is_named),
        cmocka_unit_test(a_run_without_a_record_says_what_it_needs),
        cmocka_unit_test(the_folder_of_an_older_version_still_works),
        cmocka_unit_test(every_session_is_in_the_record),
        cmocka_unit_test(nothing_of_the_record_is_in_the_model),
        cmocka_unit_test(outputs_without_a_name_get_one_and_never_replace_a_file),
        cmocka_unit_test(a_run_without_a_folder_goes_to_runs),
        cmocka_unit_test(a_run_in_its_default_folder_is_never_overwritten_but_continued),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
