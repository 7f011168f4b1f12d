/* The surroundings of a run: ignored signals, limits and control groups, and packs that other
   programs replace, cut short or overwrite. */
#include "runs.h"
#include "shell.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The shell commands begin with an untouched pack, whose time is old, so that any later write
   changes it, and without the run p. $TRAIN makes it, in three epochs of seven steps, and saves
   after every third step. */
#define FRESH                                                                                      \
    "rm -rf p && cp kept.lkd faces.lkd && touch -d 2001-01-01 faces.lkd && "                       \
    "TRAIN=\"$TRAIN --out p\" && "
#define fresh(...)       run(FRESH __VA_ARGS__)
#define fresh_check(...) check(FRESH __VA_ARGS__)

/* A fresh folder with two packs of equally many faces, and a config. */
static int begin(void **state) {
    (void)state;
    setenv("LIKENESS_THREADS", "1", 1);
    lk_test_tiny("cli_surroundings", FACES, TINY_CONFIG(""), folder);
    check("mv faces.lkd kept.lkd && $L prepare --synthetic %d --size 16 --seed 77 --out other.lkd",
          FACES);
    return 0;
}

static void ends_with(int code, int expected, const char *words) {
    if (code != expected) fail_msg("expected exit code %d, got %d: %s", expected, code, out);
    assert_contains(out, words);
}

/* $DO is executed while the program trains: just before the first checkpoint's file is created, or
   the picture of the first epoch. */
#define AT_FIRST(file)                                                                             \
    "SIGNAL_AT='file 1 0 0' SIGNAL_AT_FILE='" file "' SIGNAL_AT_RUN=\"$DO\" LD_PRELOAD=$SHIM "
#define AT_SAVE   AT_FIRST("/checkpoints/.last.safetensors")
#define AT_EPOCH  AT_FIRST(".epoch_0001.png")
#define REPLACE   "DO='cp other.lkd new.lkd && mv new.lkd faces.lkd'; "
#define OVERWRITE "DO='dd if=other.lkd of=faces.lkd conv=notrunc 2>/dev/null'; "

#define AT "SIGNAL_AT='file 40 %d 1' SIGNAL_AT_LOG=$PWD/log LD_PRELOAD=$SHIM $TRAIN"

static void a_hang_up_saves_unless_nohup_ignores_it(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    ends_with(fresh(AT, SIGHUP), 75, "saved; the same command with --resume");
    ends_with(fresh("trap '' HUP; " AT " && cat log", SIGHUP), 0,
              "p/model.safetensors has the weights");
    ends_with(fresh("trap '' INT; " AT, SIGINT), 0, "p/model.safetensors has the weights");
}

/* As mpirun starts them. */
static void several_processes_need_a_build_with_mpi(void **state) {
    (void)state;
    if (run("$L --version | grep -q 'MPI  *no'") != 0) skip();
    ends_with(fresh("OMPI_COMM_WORLD_SIZE=4 $TRAIN"), 2, "LIKENESS_MPI");
    ends_with(fresh("PMI_SIZE=4 $TRAIN"), 2, "4 processes");
    assert_int_equal(run("[ ! -e p ]"), 0);
    ends_with(fresh("OMPI_COMM_WORLD_SIZE=1 $TRAIN --steps 1"), 0, "p/model.safetensors has");
}

/* Address sanitizers need more address space than any limit leaves. */
static void a_limit_that_leaves_blas_no_memory_is_reported_at_once(void **state) {
    (void)state;
    if (fresh("ulimit -v 4000000; $L --version") != 0) skip();
    ends_with(fresh("ulimit -v 300000; LIKENESS_THREADS=4 timeout -s KILL 300 $TRAIN"), 1,
              "for 4 threads: Cannot allocate memory");
    assert_contains(out, "use fewer --threads or a higher ulimit -v");
    /* BLAS has its own thread, which takes a buffer when it first runs: before the program checks
       the memory, or so late that no memory is left for something else */
    for (int kb = 180000; kb <= 380000; kb += 10000) {
        int code =
            fresh("ulimit -v %d; OPENBLAS_NUM_THREADS=2 timeout -s KILL 300 $TRAIN --steps 2", kb);
        if (code != 0) ends_with(code, 1, "memory");
    }
    ends_with(fresh("ulimit -d 60000; timeout -s KILL 300 $L --version"), 0, "kernels ");
    ends_with(fresh("ulimit -d 60000; timeout -s KILL 300 $TRAIN"), 1,
              "BLAS needs 0.271 GB of address space for 1 threads");
}

/* The program with its own control groups instead of the system's, in a private mount. */
#define IN_GROUPS                                                                                  \
    "unset LIKENESS_THREADS; unshare -m sh -c 'mount -t tmpfs none /sys/fs/cgroup && mkdir "       \
    "/sys/fs/cgroup/memory /sys/fs/cgroup/cpu && "                                                 \
    "(cd /sys/fs/cgroup; %s) && exec $0 train tiny.json --data faces.lkd --out p --steps 1 "       \
    "--verbose' "                                                                                  \
    "$L"

static void control_groups_limit_threads_and_memory(void **state) {
    (void)state;
    static const struct {
        const char *files;
        int n_threads; /* if the machine has more processors; 0: all processors */
    } rows[] = {
        { "echo max 100000 >cpu.max", 0 },
        { "echo 100000 100000 >cpu.max", 1 },
        { "echo 7000 100000 >cpu.max", 1 },
        { "echo 100001 100000 >cpu.max", 2 },
        { "echo 9900000 100000 >cpu.max", 0 },
        { "echo -1 >cpu/cpu.cfs_quota_us; echo 100000 >cpu/cpu.cfs_period_us", 0 },
        { "echo 25000 >cpu/cpu.cfs_quota_us; echo 50000 >cpu/cpu.cfs_period_us", 1 },
        { "echo 60000 >cpu/cpu.cfs_quota_us; echo 50000 >cpu/cpu.cfs_period_us", 2 },
    };
    if (fresh("unshare -m mount -t tmpfs none /sys/fs/cgroup") != 0) {
        print_message("SKIPPED: mounting is not allowed here: %s", out);
        skip();
    }
    fresh_check("nproc");
    int n_processors = atoi(out);
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        char words[32];
        int n = rows[i].n_threads && rows[i].n_threads < n_processors ? rows[i].n_threads
                                                                      : n_processors;
        snprintf(words, sizeof words, " %d threads, kernels ", n);
        ends_with(fresh(IN_GROUPS, rows[i].files), 0, words);
    }
    ends_with(fresh(IN_GROUPS, "echo 10000 >memory.max; echo 1 >memory.current"), 2,
              "1e-05 GB are available");
    ends_with(
        fresh(
            IN_GROUPS,
            "cd memory; echo 2010000 >memory.limit_in_bytes; echo 2000000 >memory.usage_in_bytes; "
            "echo total_inactive_file 500 >memory.stat"),
        2, "1.05e-05 GB are available");
    ends_with(fresh(IN_GROUPS, "echo 3000000000 >memory.max; echo 2999990000 >memory.current; echo "
                               "inactive_file 2900000000 >memory.stat"),
              0, "");
}

static void a_limit_of_file_sizes_is_a_failed_write(void **state) {
    (void)state;
    ends_with(fresh("ulimit -f 4; $TRAIN"), 5, "cannot write: File too large");
    fresh_check("( ulimit -f 4; $TRAIN; ) >said 2>&1; find p -name '.*.tmp.*'");
    assert_string_equal(out, "");
}

/* The old pack stays mapped, so training ends as it began, but the test would use the new pack. */
static void a_pack_that_is_replaced_is_not_measured_on(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    const char *words = "faces.lkd: is not the pack of the start: ";
    ends_with(fresh(REPLACE AT_SAVE "$TRAIN"), 3, words);
    fresh_check("! ls p/test.json");
    const char *experiment = "{\"name\": \"e\", \"runs\": [{\"config\": \"tiny.json\", \"label\": "
                             "\"A\"}], \"seeds\": [1, 2]}";
    lk_test_write(lk_test_path(folder, "e.json"), experiment, strlen(experiment));
    ends_with(fresh(REPLACE AT_SAVE "$L reproduce e.json --data faces.lkd --out e"), 3, words);
}

/* Overwriting in place changes the mapped pages; no weights trained on them may be saved. */
static void an_overwritten_pack_does_not_reach_the_weights(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    ends_with(fresh("$TRAIN --out w >/dev/null 2>&1; " OVERWRITE AT_SAVE "$TRAIN"), 3,
              "faces.lkd: was written to while it was in use: faces.lkd: is not the pack of "
              "the start");
    ends_with(fresh(OVERWRITE AT_SAVE "$TRAIN; test $? = 3 && cp kept.lkd faces.lkd && $TRAIN "
                                      "--resume && cmp p/model.safetensors w/model.safetensors"),
              0, "was written to while it was in use");
    assert_contains(out, "resuming from p/checkpoints/last.safetensors: 3 steps done");
    ends_with(fresh("DO='touch faces.lkd'; " AT_SAVE "$TRAIN"), 0,
              "p/model.safetensors has the weights");
}

/* The next step notices when it reads the pack; if no step follows, the next save notices. */
static void a_pack_that_is_cut_short_ends_the_run_with_a_message(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    ends_with(fresh("DO=': >faces.lkd'; " AT_SAVE "$TRAIN"), 3,
              "a file was cut short or could not be read while it was in use");
    ends_with(fresh("DO=': >faces.lkd'; " AT_EPOCH "$TRAIN"), 3,
              "faces.lkd: was written to while it was in use");
}

/* Whatever the run wrote to the removed file would be lost. */
static void a_removed_metrics_file_ends_the_run_and_resuming_says_it_is_gone(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    ends_with(fresh("DO='rm p/metrics.jsonl'; " AT_SAVE "$TRAIN; test $? = 5 && $TRAIN --resume"),
              0, "p/metrics.jsonl: was removed or replaced while the run wrote it");
    assert_contains(out, "warning: p/metrics.jsonl is gone: ");
}

static void files_that_are_read_are_not_overwritten(void **state) {
    (void)state;
    const char *words = ", which is also read";
    fresh_check("$TRAIN --out q --force --set model.type=vae && cp -r q p");
    ends_with(fresh("$L encode q --data faces.lkd --out faces.lkd"), 2, words);
    ends_with(fresh("ln faces.lkd twin.lkd; $L encode q --data faces.lkd --out twin.lkd"), 2,
              words);
    ends_with(fresh("cp q/model.safetensors m.safetensors; $L sample m.safetensors --out "
                    "m.safetensors"),
              2, words);
    fresh_check("cmp kept.lkd faces.lkd && cmp q/model.safetensors m.safetensors");
    static const char *const rows[] = {
        "encode q --data faces.lkd --out q/model.safetensors",
        "sample q --out q/../q/model.safetensors",
        "sample q --out new.png --npy q/model.safetensors",
        "sample q --out new --npy new",
        "traverse q --out q/checkpoints/best.safetensors",
        "reconstruct q im/1.png --out new.png --npy im/1.png",
        "table q --out q/test.json",
        "table t --out t/results/tiny-s1.json",
        "table t/results --out t/results/tiny-s1.json",
        "prepare --images im --size 16 --out im/1.png",
        "prepare --celeba cb --size 16 --out cb/list_eval_partition.txt",
        "prepare --celeba cb --partition part.txt --size 16 --out part.txt",
        "prepare --celeba z.zip --size 16 --out z.zip",
    };
    fresh_check("mkdir -p im cb/img_align_celeba t/results && $L sample q -n 1 --out im/1.png "
                "&& : >t/results/tiny-s1.json && "
                ": >cb/list_eval_partition.txt && : >part.txt && : >z.zip && rm -f new.png && "
                "find q im cb t part.txt z.zip -type f -exec cksum {} + >sums");
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        ends_with(fresh("$L %s", rows[i]), 2,
                  strstr(rows[i], "npy new") ? "--npy: expected " : words);
        fresh_check("find q im cb t part.txt z.zip -type f -exec cksum {} + | cmp - sums "
                    "&& test ! -e new.png");
    }
    fresh_check("$L sample q --out q/new.png && $L sample q --out q/new.png");
    fresh_check("$L prepare --images im --size 16 --out im/a.lkd && $L "
                "prepare --images im --size 16 --out im/a.lkd --force");
}

static void a_link_is_followed_and_a_pipe_left_alone(void **state) {
    (void)state;
    const char *words = "$L prepare --force --synthetic 4 --size 16 --out ";
    ends_with(fresh("rm -f pipe; mkfifo pipe; %s pipe", words), 5, "got a device or a pipe");
    fresh_check("test -p pipe");
    ends_with(fresh("ln -sf nowhere lost.lkd; %s lost.lkd", words), 5,
              "lost.lkd: cannot follow the link: No such file");
    fresh_check("test -h lost.lkd");
    fresh_check("mkdir -p elsewhere && : >elsewhere/target && ln -sf elsewhere/target "
                "link.lkd && %s link.lkd && test -h link.lkd && "
                "$L info elsewhere/target && ! ls -A . elsewhere | grep tmp",
                words);
}

static void a_folder_without_checkpoints_is_not_taken_for_an_empty_one(void **state) {
    (void)state;
    fresh_check("$TRAIN");
    fresh_check("rm -rf done; $TRAIN --out done; rm -r done/checkpoints");
    ends_with(fresh("$TRAIN --out done --resume"), 2,
              "done: holds a model, and no checkpoint to continue from; --force replaces it");
    ends_with(fresh("rm done/model.safetensors; $TRAIN --out done --resume --set seed=9"), 2,
              "done/config.json: the run was started with another config: seed");
    ends_with(fresh("$TRAIN --out done --resume"), 0, "done/model.safetensors has the weights");
    ends_with(fresh("$TRAIN --out done --resume --force"), 2, "--resume and --force: ");
}

/* A file that cannot be examined may exist. A link to itself stands in for a disk error. */
static void a_checkpoint_that_cannot_be_examined_is_not_taken_for_absent(void **state) {
    (void)state;
    ends_with(fresh("$TRAIN && cd p && rm model.safetensors checkpoints/*.safetensors && ln -s "
                    "last.safetensors checkpoints/last.safetensors && "
                    "cp metrics.jsonl .. && cd .. && $TRAIN --resume"),
              3, "p/checkpoints/last.safetensors: cannot open: Too many levels of symbolic links");
    fresh_check("$TRAIN && cp -r p q2 && cd q2 && rm checkpoints/last.safetensors && ln "
                "-s last.safetensors checkpoints/last.safetensors && "
                "cp metrics.jsonl kept && ! $L train ../tiny.json --data "
                "../faces.lkd --out . --resume && cmp kept metrics.jsonl");
}

static void a_lost_best_checkpoint_is_reported_when_the_run_continues(void **state) {
    (void)state;
    fresh_check("rm -rf lost; $TRAIN --out lost");
    const char *words = "the best weights so far cannot be read ";
    ends_with(
        fresh("printf x | dd of=lost/checkpoints/best.safetensors bs=1 seek=3000 conv=notrunc; "
              "$TRAIN --out lost --resume"),
        3, words);
    ends_with(
        fresh("rm lost/checkpoints/best.safetensors; $TRAIN --out lost --resume"), 3,
        "best.safetensors is gone: the run ends without a model, unless a later epoch is better");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hang_up_saves_unless_nohup_ignores_it),
        cmocka_unit_test(several_processes_need_a_build_with_mpi),
        cmocka_unit_test(a_limit_that_leaves_blas_no_memory_is_reported_at_once),
        cmocka_unit_test(control_groups_limit_threads_and_memory),
        cmocka_unit_test(a_limit_of_file_sizes_is_a_failed_write),
        cmocka_unit_test(a_pack_that_is_replaced_is_not_measured_on),
        cmocka_unit_test(an_overwritten_pack_does_not_reach_the_weights),
        cmocka_unit_test(a_pack_that_is_cut_short_ends_the_run_with_a_message),
        cmocka_unit_test(a_removed_metrics_file_ends_the_run_and_resuming_says_it_is_gone),
        cmocka_unit_test(files_that_are_read_are_not_overwritten),
        cmocka_unit_test(a_link_is_followed_and_a_pipe_left_alone),
        cmocka_unit_test(a_folder_without_checkpoints_is_not_taken_for_an_empty_one),
        cmocka_unit_test(a_checkpoint_that_cannot_be_examined_is_not_taken_for_absent),
        cmocka_unit_test(a_lost_best_checkpoint_is_reported_when_the_run_continues),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
