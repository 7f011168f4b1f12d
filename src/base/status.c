/* Status and error text. */
#include <likeness/base.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int lk_status_exit_code(lk_status status) {
    switch (status) {
#define EXIT_CODE(name, exit_code, words)                                                                                                  \
    case name: return exit_code;
        LK_STATUS_LIST(EXIT_CODE)
#undef EXIT_CODE
    }
    return 1;
}

const char *lk_status_words(lk_status status) {
    switch (status) {
#define WORDS(name, exit_code, words)                                                                                                      \
    case name: return words;
        LK_STATUS_LIST(WORDS)
#undef WORDS
    }
    return "unknown status";
}

lk_status lk_fail(lk_error *err, lk_status status, const char *format, ...) {
    if (!err) return status;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return status;
}

lk_status lk_fail_memory(lk_error *err, size_t n_bytes, const char *what) {
    return lk_fail(err, LK_MEMORY, "out of memory: %zu bytes for %s", n_bytes, what);
}

void lk_error_prefix(lk_error *err, const char *format, ...) {
    if (!err) return;
    char rest[sizeof err->text];
    memcpy(rest, err->text, sizeof rest);
    va_list args;
    va_start(args, format);
    int n = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof err->text) return;
    snprintf(err->text + n, sizeof err->text - (size_t)n, ": %s", rest);
}
