/* Formatting messages for the logger, and the clock. */
#include <likeness/log.h>

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

void lk_log_say(const lk_log *log, lk_level level, const char *format, ...) {
    if (!log->write) return;
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    log->write(log->self, level, text);
}

double lk_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
