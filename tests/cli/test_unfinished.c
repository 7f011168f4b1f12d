/* Runs that have stopped or still run, used by every command that takes a run. */
#include "program.h"
#include "shell.h"
#include "tiny.h"

#include <stdio.h>
#include <string.h>

/* whole: a finished run of two epochs, whose weights are averaged; half: the same before its model
   was written. */
static int begin(void **state) {
    (void)state;
    lk_test_tiny("unfinished", 110,
                 TINY_CONFIG(", \"optimizer\": {\"lr\": 0.01, \"average\": 0.9}, "
                             "\"regularizer\": {\"type\": \"mmd\"}"),
                 folder);
    check("$L train tiny.json --data faces.lkd --epochs 2 --set train.flip=false --set name=t "
          "--set model.type=mmd --out whole && $L reconstruct whole --data faces.lkd -n 2 "
          "--originals o --out x.png && i=0 && for f in $(find o -name '*.png'); do cp $f "
          "o$i.png; "
          "i=$((i+1)); done && cp -r whole half && rm half/model.safetensors "
          "half/test.json half/test_scores.npy");
    return 0;
}

/* Every command that takes a run. %s: its folder and the name of what it writes. */
static const char *const commands[] = {
    "$L eval $R --data faces.lkd --worst 2 --out $R.0.png --scores $R.0.csv",
    "$L reconstruct $R --data faces.lkd -n 3 --out $R.1.png --npy $R.1.npy",
    "$L encode $R --data faces.lkd --out $R.2.npy",
    "$L sample $R -n 4 --out $R.3.png",
    "$L interpolate $R o0.png o1.png --steps 3 --out $R.4.png",
    "$L traverse $R --data faces.lkd --out $R.5.png",
    "$L traverse $R o0.png --data faces.lkd --out $R.6.png",
    "$L explain $R --data faces.lkd --out $R.7.png",
};

/* The files differ in the commands that they name. */
static void compare_figures(size_t command) {
    char names[2][64];
    snprintf(names[0], sizeof names[0], "whole.%zu.png", command);
    snprintf(names[1], sizeof names[1], "half.%zu.png", command);
    if (lk_file_may_exist(in_folder(names[0]))) assert_same_pixels(names[0], names[1]);
}

static void every_command_uses_the_best_checkpoint_and_says_so(void **state) {
    (void)state;
    for (size_t i = 0; i < LK_COUNT(commands); i++) {
        char command[1024];
        snprintf(
            command, sizeof command,
            "rm -f whole.?.* half.?.*; R=whole && %s >whole.txt && R=half && %s >half.txt "
            "2>messages && cat messages && for f in $(ls whole.?.* | grep -v png); do cmp $f "
            "half${f#whole} || exit 1; done && sed 's/half/whole/g' half.txt | cmp - whole.txt",
            commands[i], commands[i]);
        if (run("%s", command) != 0) fail_msg("%s: %s", commands[i], out);
        assert_contains(out, "half: not finished; its best checkpoint is used: epoch 2 of 2\n");
        compare_figures(i);
        snprintf(command, sizeof command, "R=half && %s --json 2>/dev/null", commands[i]);
        check("%s", command);
        assert_contains(out, "\"model\":\"half/checkpoints/best.safetensors\"");
        assert_contains(out, "\"finished\":false,\"running\":false,\"step\":14,\"epoch\":2");
        snprintf(command, sizeof command, "R=whole && %s --json 2>/dev/null", commands[i]);
        check("%s", command);
        assert_null(strstr(out, "\"finished\""));
    }
    check("$L info half && $L info half --json");
    assert_contains(out, "half/checkpoints/best.safetensors");
}

static void a_run_without_a_best_checkpoint_uses_its_last(void **state) {
    (void)state;
    check("cp -r half last && rm last/checkpoints/best.safetensors && $L eval last "
          "--data faces.lkd >last.txt && $L eval last/checkpoints/last.safetensors "
          "--data faces.lkd | cmp - last.txt");
    assert_contains(out, "last: not finished; its last checkpoint is used: epoch 2 of 2");
    check("rm last/checkpoints/last.safetensors; $L eval last --data faces.lkd");
    assert_contains(out, "last: not finished; its last checkpoint is used: epoch 1 of 2");
    assert_int_equal(run("rm last/checkpoints/previous.safetensors; $L eval last --data faces.lkd"),
                     3);
    assert_contains(out, "last: expected a run with a model or a checkpoint, got a run that ");
}

static void a_run_that_is_stopped_is_measured_and_goes_on_to_the_same_bytes(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    check("T='train tiny.json --data faces.lkd' && $L $T --out full >/dev/null && "
          "SIGNAL_AT='file 2 15 1' SIGNAL_AT_FILE=stopped/checkpoints/.best "
          "LD_PRELOAD=$SHIM $L $T --out stopped; [ $? = 75 ] && $L eval stopped "
          "--data faces.lkd && $L reconstruct stopped --data faces.lkd -n 2 --out "
          "s.png && $L table stopped && $L $T --out stopped --resume && cmp "
          "full/model.safetensors stopped/model.safetensors && cmp full/test.json "
          "stopped/test.json");
    assert_contains(out, "stopped: not finished; its best checkpoint is used: epoch ");
    assert_contains(out, "| epoch 1 of 3 |");
}

static void a_run_that_still_trains_is_measured(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    check("T='train tiny.json --data faces.lkd' && export L && "
          "SIGNAL_AT_RUN='LD_PRELOAD=; ($L eval now --data faces.lkd && $L table "
          "now && $L eval now --data faces.lkd --json) >said 2>&1' "
          "SIGNAL_AT='file 2 0 0' SIGNAL_AT_FILE=now/grids/.epoch_0002 "
          "LD_PRELOAD=$SHIM $L $T --out now >/dev/null && cat said");
    assert_contains(out, "now: still running; its best checkpoint is used: epoch 1 of 3\n");
    assert_contains(out, "| epoch 1 of 3, running |");
    assert_contains(out, "\"running\":true");
}

/* flock(1) holds the lock as a process that trains does. */
static void a_run_is_running_as_long_as_its_lock_is_held(void **state) {
    (void)state;
    check("flock half/.lock $L table half whole");
    assert_contains(out, "| epoch 2 of 2, running |");
    assert_contains(out, "is part of no verdict");
    check("$L table half whole");
    assert_contains(out, "| epoch 2 of 2 |");
    /* where flock works, the file of an owner says nothing: it may be left from another host */
    check("echo 'elsewhere 1 0' >half/.lock.owner; $L table half");
    assert_contains(out, "| epoch 2 of 2 |");
    if (!lk_test_has_shim()) skip();
#define UNLOCKED "REFUSED_CALLS=flock=38 LD_PRELOAD=$REFUSER $L table half"
    check(UNLOCKED);
    assert_contains(out, "| epoch 2 of 2, running |");
    check("echo \"$(hostname) $$ 0\" >half/.lock.owner; " UNLOCKED);
    assert_contains(out, "| epoch 2 of 2, running |");
    check("echo \"$(hostname) 999999999 0\" >half/.lock.owner; " UNLOCKED "; rm half/.lock.owner");
    assert_contains(out, "| epoch 2 of 2 |");
}

/* The test figures of a run are those of its model only. */
static void a_checkpoint_is_never_tested_as_if_it_were_the_model(void **state) {
    (void)state;
    check("$L eval half --data faces.lkd >/dev/null 2>&1; ls half");
    assert_null(strstr(out, "test.json"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_uses_the_best_checkpoint_and_says_so),
        cmocka_unit_test(a_run_without_a_best_checkpoint_uses_its_last),
        cmocka_unit_test(a_run_that_is_stopped_is_measured_and_goes_on_to_the_same_bytes),
        cmocka_unit_test(a_run_that_still_trains_is_measured),
        cmocka_unit_test(a_run_is_running_as_long_as_its_lock_is_held),
        cmocka_unit_test(a_checkpoint_is_never_tested_as_if_it_were_the_model),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
