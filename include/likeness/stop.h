/** Stopping long work between its steps. */
#ifndef LIKENESS_STOP_H
#define LIKENESS_STOP_H

#include <likeness/status.h>

/** A question asked between batches: LK_OK goes on, another status ends the work. */
typedef struct lk_stop {
    lk_status (*asked)(void *self);
    void *self;
} lk_stop;
/** What was answered, with words; LK_OK where `stop`, or its question, is NULL. */
lk_status lk_stop_ask(const lk_stop *stop, lk_error *err);

#endif
