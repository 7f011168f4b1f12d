/** Stopping long work between its steps. */
#ifndef LIKENESS_STOP_H
#define LIKENESS_STOP_H

#include <likeness/status.h>

LK_HEADER_BEGIN

/**
 * A question that long work asks between its steps. LK_OK goes on; LK_TERMINATED and
 * LK_INTERRUPTED end the work. A zeroed struct never stops anything.
 */
typedef struct lk_stop {
    lk_status (*asked)(void *self);
    void *self;
} lk_stop;
/** The answer, with a message; LK_OK where `stop` or its question is NULL. */
lk_status lk_stop_ask(const lk_stop *stop, lk_error *err);

LK_HEADER_END

#endif
