/* Status and error text. */
#include <likeness/memory.h>
#include <likeness/status.h>

#include <stdarg.h>
#include <stdio.h>

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

enum { MESSAGE_BYTES = 1024, TAIL_BYTES = 500 };

/* A message that is too long loses its middle, so that a huge word in it does not push out the
   reason at its end. */
static void write_text(lk_error *err, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(err->text, MESSAGE_BYTES, format, args);
    char *whole = n >= MESSAGE_BYTES ? lk_alloc((size_t)n + 1) : NULL;
    if (whole) {
        vsnprintf(whole, (size_t)n + 1, format, again);
        snprintf(err->text + MESSAGE_BYTES - TAIL_BYTES - 4, TAIL_BYTES + 4, "...%s",
                 whole + n - TAIL_BYTES);
    }
    lk_free(whole);
    va_end(again);
}

int lk_error_set(lk_error *err, const char *format, ...) {
    if (!err) return 0;
    va_list args;
    va_start(args, format);
    write_text(err, format, args);
    va_end(args);
    return 0;
}

void lk_error_prefix(lk_error *err, const char *format, ...) {
    if (!err) return;
    lk_error rest = *err, prefix;
    va_list args;
    va_start(args, format);
    write_text(&prefix, format, args);
    va_end(args);
    lk_error_set(err, "%s: %s", prefix.text, rest.text);
}
