/* Shell commands of tests. */
#include "shell.h"

#include <stdio.h>
#include <string.h>

char folder[LK_PATH_MAX], out[1 << 17];

void put_text(const char *name, const char *text) {
    lk_test_write(lk_test_path(folder, name), text, strlen(text));
}

static int run_words(const char *format, va_list args) {
    char words[8192];
    int n = vsnprintf(words, sizeof words, format, args);
    assert_true(n >= 0 && n < (int)sizeof words);
    return lk_test_run(out, sizeof out,
                       "cd '%s' && export L='%s' SHIM='%s' REFUSER='%s' && . "
                       "'%s/tests/support/shell.sh' && %s",
                       folder, LIKENESS_PROGRAM, LIKENESS_SIGNAL_AT, LIKENESS_REFUSED_CALLS,
                       LIKENESS_SOURCE, words);
}

int run(const char *format, ...) {
    va_list args;
    va_start(args, format);
    int code = run_words(format, args);
    va_end(args);
    return code;
}

void check(const char *format, ...) {
    va_list args;
    va_start(args, format);
    int code = run_words(format, args);
    va_end(args);
    if (code != 0) fail_msg("%s: exit code %d: %s", format, code, out);
}
