/* The file that stands in for a lock: one owner at a time, and that of a dead process is taken
   over by one process. */
#include "support.h"

#include "base/owner.h"

#include <likeness/memory.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[LK_PATH_MAX + 64], folder[LK_PATH_MAX];

static int begin(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", lk_test_folder("unit_owner"));
    snprintf(path, sizeof path, "%s/owner", folder);
    return 0;
}

static bool is_there(void) {
    return access(path, F_OK) == 0;
}

static void write_owner(const char *text) {
    lk_test_write(path, text, strlen(text));
}

static const char *read_file(void) {
    static char text[512];
    char *data = NULL;
    size_t n = 0;
    lk_error err;
    assert_ok(lk_file_read(path, sizeof text - 1, &data, &n, &err), &err);
    snprintf(text, sizeof text, "%s", data);
    lk_free(data);
    return text;
}

static void a_file_has_one_owner_until_it_is_released(void **state) {
    (void)state;
    lk_claim_refusal refusal;
    char host[256];
    gethostname(host, sizeof host);
    assert_int_equal(lk_owner_claim(path, &refusal), LK_CLAIM_OWNED);
    assert_int_equal(lk_owner_claim(path, &refusal), LK_CLAIM_HELD);
    assert_string_equal(refusal.path, path);
    assert_string_equal(refusal.owner.host, host);
    assert_int_equal(refusal.owner.process, getpid());
    assert_true(refusal.owner.start > 0);
    assert_false(refusal.is_elsewhere);
    lk_owner_release(path);
    assert_false(is_there());
    assert_int_equal(lk_owner_claim(path, &refusal), LK_CLAIM_OWNED);
    lk_owner_release(path);
}

/* A process of this host that has ended: no other process has its number and start. */
static void make_dead(char text[512]) {
    lk_claim_refusal refusal;
    pid_t child = fork();
    if (child == 0) _exit(lk_owner_claim(path, &refusal) != LK_CLAIM_OWNED);
    int code;
    waitpid(child, &code, 0);
    assert_int_equal(code, 0);
    if (text) snprintf(text, 512, "%s", read_file());
}

static void the_file_of_a_dead_process_is_taken_over(void **state) {
    (void)state;
    lk_claim_refusal refusal;
    char dead[512], out[256];
    make_dead(dead);
    assert_int_equal(lk_owner_claim(path, &refusal), LK_CLAIM_OWNED);
    assert_string_not_equal(read_file(), dead);
    lk_owner_release(path);
    assert_int_equal(lk_test_run(out, sizeof out, "ls -A '%s'", folder), 0);
    assert_string_equal(out, "");
}

/* Its number is taken until its parent asks for its exit code. */
static void a_process_that_ended_owns_nothing_even_before_its_parent_notices(void **state) {
    (void)state;
    lk_claim_refusal refusal;
    siginfo_t info;
    pid_t child = fork();
    if (child == 0) _exit(lk_owner_claim(path, &refusal) != LK_CLAIM_OWNED);
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(info.si_status, 0);
    assert_int_equal(lk_owner_claim(path, &refusal), LK_CLAIM_OWNED);
    lk_owner_release(path);
    waitpid(child, NULL, 0);
}

static void a_number_that_another_process_has_now_does_not_keep_the_file(void **state) {
    (void)state;
    lk_claim_refusal refusal;
    char host[256], text[512];
    gethostname(host, sizeof host);
    snprintf(text, sizeof text, "%s %ld 1\n", host, (long)getpid());
    write_owner(text);
    assert_int_equal(lk_owner_claim(path, &refusal), LK_CLAIM_OWNED);
    lk_owner_release(path);
}

static void the_file_of_another_host_or_without_a_process_is_left_alone(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool is_elsewhere;
    } rows[] = { { "another.host 12 34\n", true },
                 { "another.host 12 3", false },
                 { "", false },
                 { "x\n", false },
                 { "localhost -4 5\n", false },
                 { "a b c\n", false } };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_claim_refusal refusal;
        write_owner(rows[i].text);
        assert_int_equal(lk_owner_claim(path, &refusal), LK_CLAIM_HELD);
        assert_int_equal(refusal.is_elsewhere, rows[i].is_elsewhere);
        assert_int_equal(*refusal.owner.host == 0, !rows[i].is_elsewhere);
        lk_owner_release(path);
        assert_string_equal(read_file(), rows[i].text);
        unlink(path);
    }
}

/* A taker is killed after each of its claims, so that the claims have dead owners too. */
static void a_taker_that_was_killed_does_not_keep_others_from_it(void **state) {
    (void)state;
    lk_claim_refusal refusal;
    char name[sizeof path], out[256];
    make_dead(NULL);
    for (int i = 0; i < 2; i++) {
        char host[256];
        long process;
        unsigned long long start;
        assert_int_equal(sscanf(read_file(), "%255s %ld %llu", host, &process, &start), 3);
        snprintf(name, sizeof name, "%s", path);
        snprintf(path, sizeof path, "%.4000s.%ld-%llu", name, process, start);
        make_dead(NULL);
    }
    snprintf(path, sizeof path, "%s/owner", folder);
    assert_int_equal(lk_owner_claim(path, &refusal), LK_CLAIM_OWNED);
    assert_int_equal(lk_test_run(out, sizeof out, "ls -A '%s'", folder), 0);
    assert_string_equal(out, "owner\n");
    lk_owner_release(path);
}

enum { TAKERS = 8, ROUNDS = 40 };

/* Wait for the start, claim, say what came of it, and keep the file until all have tried. */
static void take(int start, int result, int end) {
    lk_claim_refusal refusal;
    char byte;
    if (read(start, &byte, 1) < 0) _exit(1);
    char claim = (char)('0' + (int)lk_owner_claim(path, &refusal));
    if (write(result, &claim, 1) != 1 || read(end, &byte, 1) < 0) _exit(1);
    _exit(0); /* without releasing it: the owner of the next round is dead again */
}

static void of_many_takers_one_succeeds(void **state) {
    (void)state;
    make_dead(NULL);
    for (int round = 0; round < ROUNDS; round++) {
        int start[2], result[2], end[2], n_owned = 0;
        assert_int_equal(pipe(start) + pipe(result) + pipe(end), 0);
        for (int i = 0; i < TAKERS; i++) {
            if (fork() != 0) continue;
            close(start[1]);
            close(end[1]);
            take(start[0], result[1], end[0]);
        }
        close(start[1]); /* all of them read its end now */
        for (int i = 0; i < TAKERS; i++) {
            char claim = 0;
            assert_int_equal(read(result[0], &claim, 1), 1);
            n_owned += claim == '0' + LK_CLAIM_OWNED;
        }
        close(end[1]);
        for (int i = 0; i < TAKERS; i++) wait(NULL);
        close(start[0]), close(result[0]), close(result[1]), close(end[0]);
        assert_int_equal(n_owned, 1);
    }
    unlink(path);
}

static void what_cannot_be_created_is_said(void **state) {
    (void)state;
    lk_claim_refusal refusal;
    assert_int_equal(lk_owner_claim("/proc/nowhere/owner", &refusal), LK_CLAIM_FAILED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_has_one_owner_until_it_is_released),
        cmocka_unit_test(the_file_of_a_dead_process_is_taken_over),
        cmocka_unit_test(a_process_that_ended_owns_nothing_even_before_its_parent_notices),
        cmocka_unit_test(a_number_that_another_process_has_now_does_not_keep_the_file),
        cmocka_unit_test(the_file_of_another_host_or_without_a_process_is_left_alone),
        cmocka_unit_test(a_taker_that_was_killed_does_not_keep_others_from_it),
        cmocka_unit_test(of_many_takers_one_succeeds),
        cmocka_unit_test(what_cannot_be_created_is_said),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
