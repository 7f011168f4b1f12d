/** A pool of threads. */
#ifndef LIKENESS_THREADS_H
#define LIKENESS_THREADS_H

#include <likeness/status.h>

LK_HEADER_BEGIN

typedef struct lk_threads lk_threads;
/** Called once for each index in [0, n_tasks); `thread` in [0, lk_threads_count) selects
 * scratch memory. */
typedef void lk_task(void *context, int index, int thread);

/** Debian builds OpenBLAS for 64 concurrent callers, its own threads included. */
enum { LK_THREADS_MAX = 64 };

/** n_threads 0 stands for LIKENESS_THREADS or, if that is not set, lk_processors_available, at most
 * LK_THREADS_MAX. The caller's thread is one of them. Errors: LK_USAGE, LK_MEMORY, LK_FAILED. */
lk_status lk_threads_create(int n_threads, lk_threads **threads, lk_error *err);
void lk_threads_destroy(lk_threads *threads);
int lk_threads_count(const lk_threads *threads);
/**
 * Run all tasks and return when the last has ended. Any thread may run any task, so the result of a
 * task must depend on its index only: divide work by layer and shard, never by thread. Tasks must
 * not call this function.
 */
void lk_threads_run(lk_threads *threads, int n_tasks, lk_task *task, void *context);

LK_HEADER_END

#endif
