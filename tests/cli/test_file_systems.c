/* File systems that refuse hard links, locks or the syncing of folders: training works there, keeps
   a valid checkpoint whenever it is killed, and belongs to one process at a time. */
#include "runs.h"
#include "shell.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* `dies N FILE` ends $TRAIN --out p at the n-th call for such files, where the calls of $REFUSED
   are refused. */
#define DIES                                                                                       \
    "dies() { REFUSED_CALLS=$REFUSED SIGNAL_AT=\"file $1 9 1\" SIGNAL_AT_FILE=$2 "                 \
    "SIGNAL_AT_LOG=log LD_PRELOAD=\"$REFUSER $SHIM\" $TRAIN --resume --out p; }; "

static int begin(void **state) {
    (void)state;
    setenv("LIKENESS_THREADS", "1", 1);
    const char *config = TINY_CONFIG(", \"optimizer\": {\"lr\": 0.01, \"average\": 0.9}");
    lk_test_tiny("cli_file_systems", FACES, config, folder);
    check("$TRAIN --resume --out whole");
    return 0;
}

static void training_gives_the_same_bytes_without_these_calls(void **state) {
    (void)state;
    static const char *const refused[] = {
        "link=1",   "link=38",        "link=95",        "link=31",
        "flock=1",  "flock=22",       "flock=37",       "flock=38",
        "flock=95", "sync_folder=22", "sync_folder=38", "link=38,flock=38,sync_folder=22",
    };
    if (!lk_test_has_shim()) skip();
    for (size_t i = 0; i < LK_COUNT(refused); i++) {
        int code =
            run("rm -rf p && refuse %s $TRAIN --resume --out p && continued whole p", refused[i]);
        if (code != 0) fail_msg("%s: exit code %d: %s", refused[i], code, out);
    }
}

/* Around every call of the second save of the last checkpoint, except that of its many writes only
   some are tried. Before this save one checkpoint exists. */
static void a_valid_checkpoint_exists_whenever_it_is_killed(void **state) {
    (void)state;
    enum { SAVES = 3, AT_THE_END = 10, OTHERS = 4 };
    if (!lk_test_has_shim()) skip();
    check(DIES "rm -rf p log; REFUSED=link=38,flock=38; dies 1000000 last.safetensors "
               ">said 2>&1 && continued whole p && sed -E 's/.*moments: ([0-9]+).*/\\1/' log");
    int n_moments = atoi(out), n_between = 0;
    assert_true(n_moments >= SAVES * (AT_THE_END + OTHERS));
    for (int i = 0; i < AT_THE_END + OTHERS; i++) {
        int back = i < AT_THE_END ? i : AT_THE_END + (i - AT_THE_END) * n_moments / SAVES / OTHERS;
        int n = n_moments * 2 / SAVES - back;
        int code = run(
            DIES "rm -rf p; REFUSED=link=38,flock=38; dies %d last.safetensors >said 2>&1; "
                 "test $? = 137 && cd p/checkpoints && for f in last previous; do $L info "
                 "$f.safetensors && break; done >../../info 2>&1 && { test -e last.safetensors || "
                 "echo between; }",
            n);
        if (code != 0) fail_msg("killed at file %d: %s", n, out);
        n_between += strstr(out, "between") != NULL;
        code = run("refuse link=38,flock=38 $TRAIN --resume --out p && continued whole p");
        if (code != 0) fail_msg("killed at file %d, then: %s", n, out);
    }
    assert_true(n_between >= 1);
}

/* The second process runs in the middle of the first one's work. */
static void a_folder_without_locks_belongs_to_one_process_at_a_time(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    check("rm -rf p; export SECOND=\"REFUSED_CALLS=flock=38 LD_PRELOAD=$REFUSER $TRAIN --resume "
          "--out p\"; "
          "REFUSED_CALLS=flock=38 SIGNAL_AT='file 4 0 0' SIGNAL_AT_FILE=metrics.jsonl "
          "SIGNAL_AT_RUN='env $SECOND >second 2>&1; test $? = 1' LD_PRELOAD=\"$REFUSER $SHIM\" "
          "$TRAIN --resume --out "
          "p && continued whole p && cat second");
    assert_contains(out, "p: another process trains or measures there");
    assert_contains(out, "p/.lock.owner");
}

static void a_process_of_another_host_is_named_with_the_file_to_remove(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    assert_int_equal(run("rm -rf p; cp -r whole p && echo 'far.away 12345 67' >p/.lock.owner && cp "
                         "-r p kept && refuse flock=95 $TRAIN --resume --out p"),
                     1);
    assert_contains(out, "process 12345 of the host far.away");
    assert_contains(out, "remove p/.lock.owner");
    check("diff -r p kept && rm p/.lock.owner && refuse flock=95 $TRAIN --resume --out p && "
          "continued whole p");
}

/* Around every call on the owner's file, of taking it over and of releasing it. */
static void a_process_killed_while_it_took_the_folder_leaves_it_free(void **state) {
    (void)state;
    int n_killed = 0;
    if (!lk_test_has_shim()) skip();
    check("cp -r whole begun && rm begun/model.safetensors begun/test.json && "
          "sh -c 'echo $(hostname) $$ 1' >begun/.lock.owner");
    for (int n = 1;; n += 2) {
        int code =
            run(DIES "rm -rf p; cp -r begun p && REFUSED=flock=38 && dies %d .lock.owner", n);
        if (code == 0) break;
        if (code != 137) fail_msg("killed at file %d: exit code %d: %s", n, code, out);
        n_killed++;
        code = run("refuse flock=38 $TRAIN --resume --out p");
        /* the file of a process that was killed before it wrote its name has to be removed */
        if (code == 1 && strstr(out, "remove p/.lock.owner"))
            code = run("rm p/.lock.owner* && refuse flock=38 $TRAIN --resume --out p");
        if (code == 0) code = run("rm -f p/.lock.owner.* && continued whole p");
        if (code != 0) fail_msg("killed at file %d, then: exit code %d: %s", n, code, out);
    }
    assert_true(n_killed >= 8);
}

/* At each moment of a take-over at which another process may have been faster, the file names a
   running process (this test) instead of the dead one. The claims of both are files .lock.owner.*,
   and a process that has one is alone. */
static void a_process_that_is_late_leaves_the_file_of_a_new_owner(void **state) {
    (void)state;
    int n_replaced = 0;
    if (!lk_test_has_shim()) skip();
    check("rm -rf begun; cp -r whole begun && rm begun/model.safetensors "
          "begun/test.json && sh -c 'echo $(hostname) $$ 1 >begun/.lock.owner' && "
          "cp begun/.lock.owner dead && echo $(hostname) %ld $(sed 's/.*) //' "
          "/proc/%ld/stat | cut -d ' ' -f 20) >new && cat new",
          (long)getpid(), (long)getpid());
    for (int n = 1; n <= 12; n++) {
        int code =
            run("rm -rf p replaced; cp -r begun p; export REFUSED_CALLS=flock=38 SIGNAL_AT='file "
                "%d 0 0' "
                "SIGNAL_AT_FILE=.lock.owner SIGNAL_AT_RUN='ls p/.lock.owner.* 2>/dev/null || "
                "{ cmp -s dead p/.lock.owner && cp new p/.lock.owner && : >replaced; }; true'; "
                "LD_PRELOAD=\"$REFUSER $SHIM\" $TRAIN --resume --out p >said 2>&1; code=$?; test "
                "-e replaced || "
                "exit 9; cmp new p/.lock.owner && test $code = 1",
                n);
        if (code != 0 && code != 9) fail_msg("replaced at file %d: %s", n, out);
        n_replaced += code == 0;
    }
    assert_true(n_replaced >= 2);
}

static void where_nothing_can_lock_it_warns_and_goes_on(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    check("rm -rf p; refuse flock=38,create_owner=13 $TRAIN --resume --out p");
    assert_contains(out, "p: cannot be locked (Function not implemented), and p/.lock.owner cannot "
                         "be created (Permission denied)");
    check("continued whole p");
}

static void a_pack_has_the_same_bytes_where_every_file_needs_a_name(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    check("PREPARE=\"$L prepare --synthetic 90 --size 8 --out\"; $PREPARE named.lkd && "
          "refuse unnamed=95 $PREPARE unnamed.lkd && cmp named.lkd unnamed.lkd && ! "
          "ls -A | grep tmp");
    assert_int_equal(run("refuse unnamed=28 $L prepare --synthetic 90 --size 8 --out none.lkd"), 5);
    assert_contains(out, "none.lkd: cannot create a temporary file next to it: No space left");
    check("! ls -A | grep none");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_gives_the_same_bytes_without_these_calls),
        cmocka_unit_test(a_valid_checkpoint_exists_whenever_it_is_killed),
        cmocka_unit_test(a_folder_without_locks_belongs_to_one_process_at_a_time),
        cmocka_unit_test(a_process_of_another_host_is_named_with_the_file_to_remove),
        cmocka_unit_test(a_process_killed_while_it_took_the_folder_leaves_it_free),
        cmocka_unit_test(a_process_that_is_late_leaves_the_file_of_a_new_owner),
        cmocka_unit_test(where_nothing_can_lock_it_warns_and_goes_on),
        cmocka_unit_test(a_pack_has_the_same_bytes_where_every_file_needs_a_name),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
