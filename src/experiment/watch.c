/* How far the runs of an experiment are, for those who wait. */
#include "experiment/watch.h"

#include <likeness/log.h>

#include <math.h>
#include <string.h>

void lk_watch_init(lk_watch *watch, const lk_reproduce_options *options, int n_runs) {
    *watch = (lk_watch){ .options = options,
                         .mutex = PTHREAD_MUTEX_INITIALIZER,
                         .begin_s = lk_seconds(),
                         .n_runs = n_runs };
}

void lk_watch_skip(lk_watch *watch) {
    pthread_mutex_lock(&watch->mutex);
    watch->n_done++;
    watch->earlier++;
    pthread_mutex_unlock(&watch->mutex);
}

/* Every run counts as much, whatever its length. */
static void report(const lk_watch *watch) {
    double done = watch->n_done, seconds = lk_seconds() - watch->begin_s;
    for (int i = 0; i < watch->n_running; i++)
        done += (double)watch->running[i].train.step / (double)watch->running[i].train.n_steps;
    double now = done - watch->earlier;
    lk_experiment_progress progress = { .n_runs = watch->n_runs,
                                        .n_done = watch->n_done,
                                        .seconds = seconds,
                                        .seconds_left = now > 0
                                                            ? seconds * (watch->n_runs - done) / now
                                                            : (double)NAN,
                                        .running = watch->running,
                                        .n_running = watch->n_running };
    watch->options->progress(watch->options->self, &progress);
}

/* Where the run is, or belongs. */
static int place_of(const lk_watch *watch, int number) {
    int i = 0;
    while (i < watch->n_running && watch->running[i].number < number) i++;
    return i;
}

static bool is_at(const lk_watch *watch, int i, int number) {
    return i < watch->n_running && watch->running[i].number == number;
}

void lk_watch_step(lk_watch *watch, const lk_experiment_running *run) {
    if (!watch->options->progress) return;
    pthread_mutex_lock(&watch->mutex);
    int i = place_of(watch, run->number);
    if (!is_at(watch, i, run->number)) {
        memmove(&watch->running[i + 1], &watch->running[i],
                (size_t)(watch->n_running - i) * sizeof *watch->running);
        watch->n_running++;
        watch->earlier += (double)(run->train.step - 1) / (double)run->train.n_steps;
    }
    watch->running[i] = *run;
    report(watch);
    pthread_mutex_unlock(&watch->mutex);
}

void lk_watch_end(lk_watch *watch, int number, bool done) {
    pthread_mutex_lock(&watch->mutex);
    int i = place_of(watch, number);
    watch->n_done += done;
    if (is_at(watch, i, number)) {
        watch->n_running--;
        memmove(&watch->running[i], &watch->running[i + 1],
                (size_t)(watch->n_running - i) * sizeof *watch->running);
    }
    pthread_mutex_unlock(&watch->mutex);
}
