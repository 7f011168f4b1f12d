/** The logger, and the clock. */
#ifndef LIKENESS_LOG_H
#define LIKENESS_LOG_H

#include <likeness/base.h>

LK_HEADER_BEGIN

/** Details are for who asks for them (--verbose). */
typedef enum lk_level { LK_DETAIL, LK_INFO, LK_WARNING } lk_level;
/** Where messages go. They are dropped where `write` is NULL. */
typedef struct lk_log {
    void (*write)(void *self, lk_level level, const char *text);
    void *self;
} lk_log;
void lk_log_say(const lk_log *log, lk_level level, const char *format, ...) LK_PRINTF(3, 4);

/** Seconds of a clock that never runs backwards. */
double lk_seconds(void);

LK_HEADER_END

#endif
