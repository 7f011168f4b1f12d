/* What the tests share. */
#include "support.h"
#include "base/file.h"
#include "base/rng.h"
#include "tensor/gemm.h"

#include <likeness/memory.h>
#include <likeness/text.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void lk_test_near(double got, double expected, double tolerance, const char *what, const char *file,
                  int line) {
    double difference = fabs(got - expected);
    if (difference <= tolerance) return;
    print_error("%s: expected %.17g, got %.17g, difference %.3g > %.3g\n", what, expected, got,
                difference, tolerance);
    _fail(file, line);
}

void lk_test_ok(lk_status status, const lk_error *err, const char *what, const char *file,
                int line) {
    if (status == LK_OK) return;
    print_error("%s: got %s: %s\n", what, lk_status_words(status), err ? err->text : "");
    _fail(file, line);
}

void lk_test_contains(const char *text, const char *part, const char *file, int line) {
    const char *at = text;
    for (const char *piece = part; at; piece += strlen(" ... ")) {
        char copy[1024];
        size_t n =
            strstr(piece, " ... ") ? (size_t)(strstr(piece, " ... ") - piece) : strlen(piece);
        snprintf(copy, sizeof copy, "%.*s", (int)n, piece);
        at = strstr(at, copy);
        piece += n;
        if (at && !*piece) return;
        if (at) at += n;
    }
    print_error("expected text with \"%s\", got \"%s\"\n", part, text ? text : "(null)");
    _fail(file, line);
}

double lk_test_relative_l2(const lk_real *got, const lk_real *expected, size_t n) {
    double difference = 0, norm = 0;
    for (size_t i = 0; i < n; i++) {
        double d = (double)got[i] - (double)expected[i];
        difference += d * d;
        norm += (double)expected[i] * (double)expected[i];
    }
    return norm > 0 ? sqrt(difference / norm) : sqrt(difference);
}

lk_real *lk_test_normal(size_t n, uint32_t index) {
    lk_real *x = lk_alloc(n * sizeof *x);
    lk_rng rng = lk_rng_at(1, LK_STREAM_TEST, 0, index);
    for (size_t i = 0; i < n; i++) x[i] = LK_R(lk_rng_normal(&rng));
    return x;
}

static void must(lk_status status, const lk_error *err) {
    if (!status) return;
    print_error("%s\n", err->text);
    abort();
}

const lk_kernels *lk_test_kernels(void) {
    static const lk_kernels *kernels;
    lk_error err;
    if (!kernels) must(lk_kernels_choose(&kernels, &err), &err);
    return kernels;
}

static const lk_context *open_once(lk_context *context, int n_threads) {
    static lk_comm single;
    if (context->threads) return context;
    lk_error err;
    single = lk_comm_single();
    context->comm = &single;
    context->kernels = lk_test_kernels();
    must(lk_blas_prepare(&err), &err);
    must(lk_threads_create(n_threads, &context->threads, &err), &err);
    return context;
}

const lk_context *lk_test_context(void) {
    static lk_context context;
    return open_once(&context, 2);
}

const lk_context *lk_test_context_alone(void) {
    static lk_context context;
    return open_once(&context, 1);
}

bool lk_test_share(long *share, long *n_shares) {
    const char *text = getenv("LIKENESS_LONG");
    *share = *n_shares = 1;
    if (!text || !*text) return false;
    int n_read = sscanf(text, "%ld/%ld", share, n_shares);
    if (n_read < 1 || *share < 1 || *share > *n_shares)
        fail_msg("LIKENESS_LONG: expected 1, or 2/3 for a share, got \"%s\"", text);
    return true;
}

/* Where this process has its folders, and which one that is: children end without removing it. */
static char scratch[LK_PATH_MAX];
static pid_t scratch_owner;

static void remove_scratch(int exit_code, void *unused) {
    char command[LK_PATH_MAX + 16];
    (void)unused;
    if (exit_code != 0 || getpid() != scratch_owner) return;
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    if (system(command) != 0) print_error("cannot remove %s\n", scratch);
}

static const char *find_scratch(void) {
    const char *given = getenv("LIKENESS_SCRATCH");
    if (given && *given) return given;
    if (!scratch_owner) {
        scratch_owner = getpid();
        snprintf(scratch, sizeof scratch, "%s/%s-%ld", LIKENESS_SCRATCH,
                 program_invocation_short_name, (long)scratch_owner);
        on_exit(remove_scratch, NULL);
    }
    return scratch;
}

const char *lk_test_folder(const char *name) {
    static char path[LK_PATH_MAX];
    char command[2 * LK_PATH_MAX + 64];
    if (!lk_format(path, sizeof path, "%s/%s", find_scratch(), name)) fail_msg("long path");
    snprintf(command, sizeof command, "rm -rf '%s' && mkdir -p '%s'", path, path);
    if (system(command) != 0) fail_msg("cannot make %s", path);
    return path;
}

char *lk_test_path(const char *folder, const char *name) {
    static char path[4][2 * LK_PATH_MAX];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

void lk_test_write(const char *path, const void *data, size_t n_bytes) {
    lk_error err;
    assert_ok(lk_file_write(path, data, n_bytes, &err), &err);
}

const char *lk_test_long_path(const char *path, size_t n) {
    static char out[2 * LK_PATH_MAX];
    size_t n_path = strlen(path);
    assert_true(n >= n_path && n < sizeof out);
    memset(out, '/', n - n_path);
    memcpy(out + n - n_path, path, n_path + 1);
    return out;
}

bool lk_test_has_shim(void) {
    /* a program under the address sanitizer wants its library to be the first; elsewhere nobody
       reads this */
    const char *given = getenv("ASAN_OPTIONS");
    char options[4096];
    if (!given || !strstr(given, "verify_asan_link_order")) {
        snprintf(options, sizeof options, "%s:verify_asan_link_order=0", given ? given : "");
        setenv("ASAN_OPTIONS", options, 1);
    }
    if (lk_file_may_exist(LIKENESS_SIGNAL_AT)) return true;
    print_message("SKIPPED: %s is not built here\n", LIKENESS_SIGNAL_AT);
    return false;
}

int lk_test_run(char *out, size_t n_bytes, const char *format, ...) {
    char words[16384], command[16400];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    snprintf(command, sizeof command, "{ %s\n} 2>&1", words);
    FILE *pipe = popen(command, "r");
    if (!pipe) fail_msg("cannot run %s", command);
    size_t n = fread(out, 1, n_bytes - 1, pipe);
    out[n] = 0;
    char rest[4096];
    while (fread(rest, 1, sizeof rest, pipe) > 0) continue;
    int code = pclose(pipe);
    return WIFEXITED(code) ? WEXITSTATUS(code) : 128 + WTERMSIG(code);
}
