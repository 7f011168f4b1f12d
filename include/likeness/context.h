/** The context that is passed down instead of globals. */
#ifndef LIKENESS_CONTEXT_H
#define LIKENESS_CONTEXT_H

#include <likeness/comm.h>
#include <likeness/log.h>
#include <likeness/threads.h>

LK_HEADER_BEGIN

/** Passed down in place of globals; all borrowed. */
typedef struct lk_context {
    lk_threads *threads;
    const struct lk_kernels *kernels; /* the kernels of one instruction set */
    lk_comm *comm;
    lk_log log;
} lk_context;

/**
 * Start the library: set `threads`, `kernels` and `comm`. Call it once, before the first work; the
 * log is the caller's to set. n_threads: as lk_threads_create takes it.
 * ownership  the caller ends it with lk_context_close, also after a failure
 * errors     LK_FAILED (OpenBLAS's serial build), LK_USAGE (LIKENESS_THREADS, LIKENESS_ISA),
 *            LK_MEMORY
 */
lk_status lk_context_open(int n_threads, lk_context *context, lk_error *err);
void lk_context_close(lk_context *context);

LK_HEADER_END

#endif
