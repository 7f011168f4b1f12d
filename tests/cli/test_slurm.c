/* reproduce --slurm: its scripts, with programs that stand in for those of Slurm and do the tasks
   here, one after the other. */
#include "shell.h"
#include "tiny.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char experiment[] =
    "{ \"name\": \"two\", \"seeds\": [1, 2], \"runs\": [\n"
    "{ \"config\": \"tiny.json\", \"label\": \"AE (MSE)\", \"name\": \"mse\" },\n"
    "{ \"config\": \"tiny.json\", \"label\": \"AE (SSIM)\", \"name\": \"ssim\",\n"
    "  \"set\": { \"reconstruction.type\": \"ssim\" } } ] }\n";

/* Everything is in a folder whose name needs quotes, and jobs are submitted from another one. */
static int begin(void **state) {
    (void)state;
    lk_test_tiny("cli_slurm", 110, TINY_CONFIG(""), folder);
    put_text("two.json", experiment);
    setenv("SLURM_TEST", folder, 1);
    check("mkdir '\"100%%\" #1' && mv faces.lkd tiny.json two.json '\"100%%\" #1'");
    strcat(folder, "/\"100%\" #1");
    put_text("submit", "PATH=" LIKENESS_SOURCE "/tests/support/slurm:$PATH && cd / && . \"$1\"\n");
    check("$L reproduce two.json --data faces.lkd --out plain >/dev/null");
    return 0;
}

#define WRITE "$L reproduce two.json --data faces.lkd "
#define SAME_AS_PLAIN(folder)                                                                      \
    "cmp plain/table.md '" folder "/table.md' && cmp plain/figure.png '" folder "/figure.png' && " \
    "diff -r plain/results '" folder "/results' && for r in mse-s1 ssim-s1 mse-s2 ssim-s2; do "    \
    "cmp plain/$r/model.safetensors '" folder "'/$r/model.safetensors && test -s '" folder         \
    "'/$r/report.html || exit 1; done"

static void the_jobs_make_the_table_and_the_models_of_a_plain_call(void **state) {
    (void)state;
    check(WRITE "--out 'by jobs' --slurm \"it's\" --tensorboard >commands && bash submit "
                "\"$PWD/commands\"");
    check(SAME_AS_PLAIN("by jobs"));
    check("cat \"it's/logs/table.log\"");
    assert_contains(out, "| AE (SSIM) | 2 |");
    check("cat \"it's/logs/3.log\" && ls 'by jobs/ssim-s2/tensorboard'");
    assert_contains(out, "epoch 3/3");
}

/* A program that has its batch script asked to stop, as Slurm does near the time limit, in the
   middle of its first save, and goes on when the script has passed that on. */
static void a_task_that_was_asked_to_stop_is_queued_again_and_continues(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    put_text("program",
             "#!/bin/sh\n"
             "case $2-$SLURM_RESTART_COUNT in\n"
             "*/ssim-s1.json-0 | */ssim-s1.json-1)\n"
             "  exec env LD_PRELOAD=\"$SHIM\" SIGNAL_AT='file 4 0 0' "
             "SIGNAL_AT_FILE=checkpoints/.last "
             "SIGNAL_AT_RUN=\"kill -USR1 $PPID; until [ \\$(grep -c 'time is nearly over' "
             "scripts/logs/1.log) -gt $SLURM_RESTART_COUNT ]; do sleep 0.02; done\" \"$L\" "
             "\"$@\" ;;\n"
             "*) exec \"$L\" \"$@\" ;;\n"
             "esac\n");
    check(WRITE "--out stopped --slurm scripts >commands && chmod +x program && "
                "sed -i \"s|^likeness=.*|likeness='$PWD/program'|\" "
                "scripts/runs.sh && bash submit \"$PWD/commands\" && cat scripts/logs/1.log");
    assert_contains(out, "time is nearly over ... stopped after step ... time is nearly over ... "
                         "stopped after step ... SSIM");
    check(SAME_AS_PLAIN("stopped"));
}

static void a_task_that_was_cancelled_is_not_queued_again(void **state) {
    (void)state;
    put_text("cancelled", "#!/bin/sh\nexit 75\n");
    assert_int_equal(
        run(WRITE "--out cancelled_runs --slurm scripts4 >commands && chmod +x cancelled && "
                  "sed -i \"s|^likeness=.*|likeness=./cancelled|\" scripts4/runs.sh && "
                  "SLURM_ARRAY_JOB_ID=100 SLURM_ARRAY_TASK_ID=0 SLURM_CPUS_PER_TASK=1 "
                  "PATH='" LIKENESS_SOURCE "/tests/support/slurm':$PATH bash scripts4/runs.sh"),
        75);
    assert_int_equal(run("ls \"$SLURM_TEST/requeued\""), 2);
}

static void a_run_that_diverges_ends_its_task_well_and_has_a_row(void **state) {
    (void)state;
    put_text("wild.json", "{ \"name\": \"wild\", \"runs\": [\n"
                          "{ \"config\": \"tiny.json\", \"label\": \"wild\", \"name\": \"wild\", "
                          "\"set\": { \"optimizer.lr\": 1e30 } },\n"
                          "{ \"config\": \"tiny.json\", \"label\": \"calm\", \"name\": \"calm\", "
                          "\"set\": { \"model.latent\": 5 } } ] }");
    check("$L reproduce wild.json --data faces.lkd --out wild --slurm wild_jobs >commands && "
          "bash submit \"$PWD/commands\"; cat wild/table.md");
    assert_contains(out, "| diverged at step ");
    assert_contains(out, "| calm | 1 |");
}

/* On a file system without locks a task that was killed leaves its name in the folder of the run.
   Only an earlier try of the same task can have done so. */
static void a_task_that_begins_again_takes_the_lock_of_its_earlier_try(void **state) {
    (void)state;
    check(WRITE "--out 'left' --slurm scripts2 >commands && mkdir -p left/mse-s1 && "
                "touch left/mse-s1/.lock.owner");
#define TASK "SLURM_ARRAY_TASK_ID=0 SLURM_CPUS_PER_TASK=1 bash scripts2/runs.sh"
    assert_int_equal(run("export REFUSED_CALLS=flock=38 LD_PRELOAD=$REFUSER; " TASK), 1);
    assert_contains(out, "left/mse-s1/.lock.owner");
    check("export REFUSED_CALLS=flock=38 LD_PRELOAD=$REFUSER; SLURM_RESTART_COUNT=1 " TASK);
}

static void tasks_at_once_seeds_and_changes_are_those_of_the_command(void **state) {
    (void)state;
    check(WRITE "--out 'many' --slurm scripts3 --jobs 5 --seeds 3 --epochs 2 --set 'name=a b' "
                "--threads 2 --json >/dev/null && cat scripts3/runs.sh scripts3/table.sh "
                "scripts3/configs/ssim-s3.json && ls scripts3/configs | wc -l");
    assert_contains(out, "#SBATCH --array=0-5%5\n");
    assert_contains(out, "#SBATCH --cpus-per-task=2\n");
    assert_contains(out, "reproduce two.json --data faces.lkd --out many --seeds 3 --epochs 2 "
                         "--set 'name=a b' --json\n");
    assert_contains(out, "\"seed\": 3");
    assert_contains(out, "\"epochs\": 2");
    assert_contains(out, "\n6\n");
}

static void what_a_plain_call_refuses_is_refused_before_a_script_is_written(void **state) {
    (void)state;
    static const struct {
        const char *command, *message;
        int code;
    } rows[] = {
        { WRITE "--out plain --epochs 2 --slurm no", "plain/mse-s1: holds a run of another", 2 },
        { "$L reproduce two.json --data none.lkd --out x --slurm no", "none.lkd", 3 },
        { "$L reproduce - --data faces.lkd --out x --slurm no <two.json", "--slurm: expected", 2 },
        { "$L reproduce wild.json --data faces.lkd --out wild --slurm no --set "
          "train.checkpoint_every_steps=2 --set optimizer.lr=0.1",
          "wild/calm-s1: holds a run of another config", 2 },
        { "rm -r wild/calm-s1 wild/results/calm-s1.json; $L reproduce wild.json --data faces.lkd "
          "--out wild --slurm no --set optimizer.lr=0.1",
          "wild/wild-s1: holds a run ... diverged: remove it", 2 },
        { WRITE "--out plain --slurm /proc/no", "/proc/no", 5 },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        int code = run("%s", rows[i].command);
        if (code != rows[i].code)
            fail_msg("%s: expected exit code %d, got %d: %s", rows[i].command, rows[i].code, code,
                     out);
        assert_contains(out, rows[i].message);
        assert_int_equal(run("ls no"), 2);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_jobs_make_the_table_and_the_models_of_a_plain_call),
        cmocka_unit_test(a_task_that_was_asked_to_stop_is_queued_again_and_continues),
        cmocka_unit_test(a_task_that_was_cancelled_is_not_queued_again),
        cmocka_unit_test(a_run_that_diverges_ends_its_task_well_and_has_a_row),
        cmocka_unit_test(a_task_that_begins_again_takes_the_lock_of_its_earlier_try),
        cmocka_unit_test(tasks_at_once_seeds_and_changes_are_those_of_the_command),
        cmocka_unit_test(what_a_plain_call_refuses_is_refused_before_a_script_is_written),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
