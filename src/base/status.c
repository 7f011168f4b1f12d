/* Status and error text. */
#include <likeness/base.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    int exit_code;
    const char *words;
} rows[] = {
#define ROW(name, exit_code, words) [name] = { exit_code, words },
    LK_STATUS_LIST(ROW)
#undef ROW
};

int lk_status_exit_code(lk_status status) {
    return (size_t)status < LK_COUNT(rows) ? rows[status].exit_code : 1;
}

const char *lk_status_words(lk_status status) {
    return (size_t)status < LK_COUNT(rows) ? rows[status].words : "unknown status";
}

/* in brackets: the analyser sees them as macros */
lk_status(lk_fail)(lk_error *err, lk_status status, const char *format, ...) {
    if (!err) return status;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return status;
}

lk_status(lk_fail_memory)(lk_error *err, size_t n_bytes, const char *what) {
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
