/*
 * Every call in the program's commands fails in turn. The program itself is linked into this test
 * (with __wrap_main) and runs in a forked child, so the sanitizers look for unfreed memory after
 * each fault.
 */
#include "faults.h"
#include "program.h"
#include "tiny.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int __real_main(int argc, char **argv);
int __wrap_main(int argc, char **argv);

enum { WORDS_MAX = 16 };

/* A command, and the file it writes in addition to its output. */
static const struct {
    const char *words, *file;
    long at_least, stride;
} commands[] = {
    { "info tiny.json --size 16 --json", NULL, 400, 101 },
    { "info run --json", NULL, 400, 211 },
    { "info faces.lkd --json", NULL, 40, 7 },
    { "list losses", NULL, 1, 1 },
    { "config print tiny.json", NULL, 200, 61 },
    { "config schema", NULL, 500, 211 },
    { "config check tiny.json --data faces.lkd", NULL, 400, 61 },
    { "eval run --data faces.lkd --split val --json --threads 2", NULL, 300, 101 },
    { "table run --format json --out new", "new", 500, 149 },
    { "prepare --synthetic 8 --size 16 --out new --force --json --threads 1", "new", 50, 11 },
    { "encode run --data faces.lkd --split val --out new --json --threads 1", "new", 300, 101 },
    { "reconstruct run picture.png --out new --json --threads 1", "new", 300, 101 },
    { "compare picture.png picture.png --json --threads 1", NULL, 30, 5 },
    { "compare run other --json --threads 1", NULL, 300, 61 },
    { "compare run other --csv new --threads 1", "new", 300, 101 },
    { "compare run other --data faces.lkd -n 2 --out new --json --threads 1", "new", 500, 151 },
    { "explain run picture.png --out new --json --threads 1", "new", 500, 1009 },
    { "sample run -n 4 --out new --json --threads 1", "new", 300, 101 },
    { "sample run -n 2 --folder few --json --threads 1", NULL, 300, 101 },
};

/* The child: both outputs go to the file `said`; it ends as the program does. */
_Noreturn static void be_the_program(const char *words) {
    char copy[512], *argv[WORDS_MAX] = { "likeness" }, *rest = NULL;
    int argc = 1;
    snprintf(copy, sizeof copy, "%s", words);
    for (char *word = strtok_r(copy, " ", &rest); word && argc < WORDS_MAX - 1;
         word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    if (chdir(folder) != 0 || !freopen("said", "w", stdout) ||
        dup2(fileno(stdout), STDERR_FILENO) < 0)
        _exit(99);
    /* cmocka's handlers would catch a crash */
    for (int signal_number = 1; signal_number < 32; signal_number++) signal(signal_number, SIG_DFL);
    exit(__real_main(argc, argv));
}

/* Returns the exit code, or 128 plus the signal; `out` gets the output. */
static int run_failing(const char *words, long n) {
    fflush(NULL);
    lk_faults_arm(n, false);
    pid_t child = fork();
    if (child == 0) be_the_program(words);
    int code = 0;
    if (child < 0 || waitpid(child, &code, 0) != child) fail_msg("cannot fork");
    FILE *file = fopen(in_folder("said"), "r");
    size_t n_bytes = file ? fread(out, 1, sizeof out - 1, file) : 0;
    out[n_bytes] = 0;
    if (file) fclose(file);
    return WIFEXITED(code) ? WEXITSTATUS(code) : 128 + WTERMSIG(code);
}

static void check_failure(const char *words, long n, int code) {
    const char *reason = "", *call = lk_faults_fired(&reason);
    bool said = strstr(out, "likeness: ") && (strstr(out, "memory") || strstr(out, reason));
    if (code < 1 || code > 5 || strstr(out, "Sanitizer"))
        fail_msg("%s: call %ld (%s) failed: exit code %d: %s", words, n, call, code, out);
    if (!said)
        fail_msg("%s: call %ld (%s: %s) failed, and it said: %s", words, n, call, reason, out);
}

static void copy_file(const char *from, const char *to) {
    char said[256];
    if (lk_test_run(said, sizeof said, "cp '%s' '%s'", in_folder(from), in_folder(to)) != 0)
        fail_msg("%s", said);
}

static bool same_file(const char *a, const char *b) {
    char said[256];
    return lk_test_run(said, sizeof said, "cmp '%s' '%s'", in_folder(a), in_folder(b)) == 0;
}

/* Tries one fault; false if the command makes fewer calls. */
static bool try_one(const char *words, const char *file, long n) {
    copy_file("old", "new");
    int code = run_failing(words, n);
    lk_faults_disarm();
    const char *call = lk_faults_fired(NULL);
    if (!call) return false;
    if (code != 0) check_failure(words, n, code);
    if (code == 0 && strcmp(call, "fopen") != 0 && strcmp(call, "fflush") != 0)
        fail_msg("%s: call %ld (%s) failed, and it went on", words, n, call);
    if (file && !same_file("new", "old") && !same_file("new", "whole"))
        fail_msg("%s: call %ld (%s) failed: the file is damaged", words, n, call);
    lk_faults_no_temporaries(folder);
    lk_faults_count();
    return true;
}

static void commands_fail_with_words_and_without_a_leak(void **state) {
    (void)state;
    for (size_t i = 0; i < LK_COUNT(commands); i++) {
        const char *words = commands[i].words;
        lk_fault_walk walk = lk_faults_walk(commands[i].stride);
        int code = run_failing(words, 0);
        long n_calls = lk_faults_disarm();
        if (code != 0 || n_calls < commands[i].at_least)
            fail_msg("%s: exit code %d, %ld calls: %s", words, code, n_calls, out);
        if (commands[i].file) copy_file(commands[i].file, "whole");
        for (long n = walk.first; n <= n_calls && try_one(words, commands[i].file, n);
             n += walk.stride)
            continue;
    }
}

/* A process that has ended. */
static pid_t ended(void) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return child;
}

static void the_folder_of_many_pictures_is_read_twice_and_not_once_for_each(void **state) {
    (void)state;
    enum { N = 40 };
    char name[64], words[64];
    snprintf(words, sizeof words, "sample run -n %d --folder pictures --threads 1", N);
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "pictures/.%05d.png.tmp.%ld", N - 1, (long)ended());
        if (i > 0) put(name, "half", 4);
        if (run_failing(words, 0) != 0) fail_msg("%s: %s", words, out);
        lk_faults_disarm();
        lk_faults_no_temporaries(folder);
    }
    long names = lk_faults_names();
    if (names > 3 * N)
        fail_msg("%d pictures: expected at most %d names read, got %ld", N, 3 * N, names);
}

/* Sets the scratch folder and makes its files. Threads of the parent do not exist in its children,
   so it has none. */
static int begin(void **state) {
    (void)state;
    lk_error err;
    const char *config = TINY_CONFIG(", \"regularizer\": {\"type\": \"mmd\"}");
    snprintf(folder, sizeof folder, "%s", lk_test_folder("fault_program"));
    put("tiny.json", config, strlen(config));
    put("old", "old", 3);
    draw("picture.png", 16, 16, 1, false);
    return run_failing("prepare --synthetic 40 --size 16 --out faces.lkd", 0) ||
           run_failing("train tiny.json --data faces.lkd --out run --set model.type=mmd --steps 4",
                       0) ||
           run_failing(
               "train tiny.json --data faces.lkd --out other --set model.type=mmd --steps 2", 0) ||
           lk_file_write(in_folder("new"), "old", 3, &err);
}

int __wrap_main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_fail_with_words_and_without_a_leak),
        cmocka_unit_test(the_folder_of_many_pictures_is_read_twice_and_not_once_for_each),
    };
    (void)argc, (void)argv;
    return lk_faults_report(cmocka_run_group_tests(tests, begin, NULL));
}
