/* How far the runs of an experiment are, for those who wait. */
#ifndef LIKENESS_EXPERIMENT_WATCH_H
#define LIKENESS_EXPERIMENT_WATCH_H

#include <likeness/experiment.h>
#include <likeness/threads.h>

#include <pthread.h>

/** The runs of an experiment that are done or in progress. Several threads may use it. */
typedef struct lk_watch {
    const lk_reproduce_options *options; /* whose `progress` is called */
    pthread_mutex_t mutex;
    double begin_s;
    int n_runs, n_done;
    double earlier; /* what was done before this process began, in runs */
    lk_experiment_running running[LK_THREADS_MAX]; /* sorted by number */
    int n_running;
} lk_watch;

void lk_watch_init(lk_watch *watch, const lk_reproduce_options *options, int n_runs);
/** A run that was done before. */
void lk_watch_skip(lk_watch *watch);
/** A run has done a step. */
void lk_watch_step(lk_watch *watch, const lk_experiment_running *run);
/** The run with this number has ended; done: to its end. */
void lk_watch_end(lk_watch *watch, int number, bool done);

#endif
