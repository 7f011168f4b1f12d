/** The context that is passed down instead of globals. */
#ifndef LIKENESS_CONTEXT_H
#define LIKENESS_CONTEXT_H

#include <likeness/comm.h>
#include <likeness/log.h>
#include <likeness/threads.h>

/** What travels instead of globals. All borrowed. */
typedef struct lk_context {
    lk_threads *threads;
    const struct lk_kernels *kernels; /* the kernels of one instruction set */
    lk_comm *comm;
    lk_log log;
} lk_context;

#endif
