/** What the pool of threads does, for those who measure it. */
#ifndef LIKENESS_BASE_THREADS_H
#define LIKENESS_BASE_THREADS_H

#include <likeness/threads.h>

/** Called on the caller's thread after each lk_threads_run, with its number of tasks (at least 1)
 * and the seconds from its begin to the end of its last task. */
typedef void lk_round_seen(void *watcher, int n_tasks, double seconds);

/** Call `watch` from now on; NULL: nobody. Not while lk_threads_run runs. */
void lk_threads_watch(lk_threads *threads, lk_round_seen *watch, void *watcher);

#endif
