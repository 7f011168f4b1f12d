/** A pool of threads. */
#ifndef LIKENESS_THREADS_H
#define LIKENESS_THREADS_H

#include <likeness/status.h>

typedef struct lk_threads lk_threads;
/** Called once for each index in [0, n_tasks); `thread` in [0, lk_threads_count) picks scratch
 * memory. */
typedef void lk_task(void *context, int index, int thread);

/** So many OpenBLAS serves at once, as Debian builds it; it wants some for threads of its own
 * beside. */
enum { LK_THREADS_MAX = 64 };

/** n_threads 0: LIKENESS_THREADS, else lk_processors_available, at most LK_THREADS_MAX. The
 * caller's thread is one of them. */
lk_status lk_threads_create(int n_threads, lk_threads **threads, lk_error *err);
void lk_threads_destroy(lk_threads *threads);
int lk_threads_count(const lk_threads *threads);
/**
 * Run all tasks and return when the last has ended. Which thread runs a task is left to chance, so
 * a task's result may depend on its index only: cut work by layer and shard, never by threads.
 * Tasks must not call this.
 */
void lk_threads_run(lk_threads *threads, int n_tasks, lk_task *task, void *context);

#endif
