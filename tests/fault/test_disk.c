/*
 * Real faults: disks that are full, folders that are read-only, outputs that are closed.
 * RLIMIT_FSIZE makes a disk full everywhere; a small tmpfs and a read-only mount are tested where
 * mounts are allowed.
 */
#include "faults.h"
#include "program.h"
#include "shell.h"
#include "tiny.h"

#include <stdio.h>
#include <string.h>

static bool may_mount(void) {
    if (run("mkdir -p room && unshare -m mount -t tmpfs -o size=1m none room") == 0) return true;
    print_message("SKIPPED: mounting is not allowed here: %s", out);
    return false;
}

/* A command, the file it must leave unchanged, the path it must name, and the free space on its
   disk. */
static const struct {
    const char *command, *file, *message;
    int free_kb;
} writers[] = {
    { "$L train tiny.json --data faces.lkd --out room/run --resume",
      "run/checkpoints/last.safetensors", "room/run/", 24 },
    { "$L prepare --synthetic 900 --size 32 --force --out room/old.lkd", "old.lkd",
      "room/old.lkd: cannot ", 12 },
    { "$L table run --out room/old.md", "old.md", "room/old.md: cannot ", 0 },
    { "$L explain run picture.png --out room/old.png", "old.png", "room/old.png: cannot ", 4 },
};

/* Runs row i with `before` and `after` around the command. */
static void check_writer(size_t i, const char *before, const char *after, const char *reason) {
    char command[4096];
    snprintf(
        command, sizeof command,
        "%s %s; rc=$?; cmp kept/%s room/%s || rc=99; find room | grep tmp && rc=98; exit $rc %s",
        before, writers[i].command, writers[i].file, writers[i].file, after);
    int code = run("%s", command);
    if (code != 5) fail_msg("%s: expected exit code 5, got %d: %s", writers[i].command, code, out);
    assert_contains(out, writers[i].message);
    assert_contains(out, reason);
    lk_faults_count();
}

static void files_that_may_not_grow_leave_the_old_ones(void **state) {
    (void)state;
    check("rm -rf room && cp -r kept room");
    for (size_t i = 0; i < LK_COUNT(writers); i++)
        check_writer(i, "( trap '' XFSZ; ulimit -f 0;", ")", "File too large");
}

static void a_full_disk_leaves_the_old_files(void **state) {
    (void)state;
    if (!may_mount()) skip();
    for (size_t i = 0; i < LK_COUNT(writers); i++) {
        char before[512];
        snprintf(before, sizeof before,
                 "export L && unshare -m sh -c 'mount -t tmpfs -o size=1m none room && cp -r "
                 "kept/. room && "
                 "cat /dev/zero 2>/dev/null >room/fill; truncate -s -%dK room/fill;",
                 writers[i].free_kb);
        check_writer(i, before, "'", "No space left on device");
    }
}

static void a_read_only_folder_is_named(void **state) {
    (void)state;
    if (!may_mount()) skip();
    for (size_t i = 0; i < LK_COUNT(writers); i++)
        check_writer(i,
                     "export L && unshare -m sh -c 'mount -t tmpfs -o size=1m none room && cp -r "
                     "kept/. room && "
                     "mount -o remount,ro room &&",
                     "'", "Read-only file system");
}

static const char *const talkers[] = { "table run", "eval run --data faces.lkd --split val --json",
                                       "info faces.lkd", "list losses", "config schema" };

static void a_full_standard_output_exits_5_with_words(void **state) {
    (void)state;
    for (size_t i = 0; i < LK_COUNT(talkers); i++) {
        char command[512];
        snprintf(command, sizeof command, "$L %s >/dev/full", talkers[i]);
        assert_int_equal(run("%s", command), 5);
        assert_contains(out, "likeness: standard output: cannot write: No space left on device");
        snprintf(command, sizeof command, "$L %s >&-", talkers[i]);
        assert_int_equal(run("%s", command), 5);
        assert_contains(out, "likeness: standard output: cannot write: Bad file descriptor");
        lk_faults_count();
        lk_faults_count();
    }
}

/* $L WORDS into a pipe whose reader has ended before the program begins; its words and exit code
   land in files. */
#define UNREAD                                                                                     \
    "rm -f pipe && mkfifo pipe && { : <pipe & } && "                                               \
    "{ wait $!; $L %s 2>words; echo $? >code; } >pipe; "

static void a_closed_pipe_exits_5_without_words(void **state) {
    (void)state;
    for (size_t i = 0; i < LK_COUNT(talkers); i++) {
        char command[512];
        snprintf(command, sizeof command, UNREAD "cat words code", talkers[i]);
        check("%s", command);
        if (strstr(talkers[i], "eval"))
            assert_null(strstr(out, "likeness:")); /* progress may be there */
        else
            assert_string_equal(out, "5\n");
        assert_contains(out, "5\n");
        lk_faults_count();
    }
}

static void a_run_whose_figures_nobody_reads_is_whole(void **state) {
    (void)state;
    char command[512];
    snprintf(command, sizeof command, UNREAD "cat code",
             "train tiny.json --data faces.lkd --out alone --steps 2");
    check("%s", command);
    assert_string_equal(out, "5\n");
    check("ls alone/model.safetensors alone/test.json");
    lk_faults_count();
}

/* A finished run, and in `kept` the same run one epoch earlier, with some other old files. */
static int begin(void **state) {
    const char *config = TINY_CONFIG("");
    program_start(state);
    lk_test_pack(folder, 60);
    put("tiny.json", config, strlen(config));
    draw("picture.png", 16, 16, 1, false);
    return run("$L train tiny.json --data faces.lkd --out run && mkdir kept && cp -r run kept && "
               "cd kept && "
               "rm run/model.safetensors run/curves.png run/grids/epoch_0003.png run/report.html "
               "&& "
               "cp run/checkpoints/previous.safetensors run/checkpoints/last.safetensors && "
               "for f in old.lkd old.md old.png; do echo old >$f; done");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_that_may_not_grow_leave_the_old_ones),
        cmocka_unit_test(a_full_disk_leaves_the_old_files),
        cmocka_unit_test(a_read_only_folder_is_named),
        cmocka_unit_test(a_full_standard_output_exits_5_with_words),
        cmocka_unit_test(a_closed_pipe_exits_5_without_words),
        cmocka_unit_test(a_run_whose_figures_nobody_reads_is_whole),
    };
    return lk_faults_report(cmocka_run_group_tests(tests, begin, program_end));
}
