/* Jobs at once: all of them done, each with its share of the threads, and what the first failure
   does. */
#include "support.h"

#include "experiment/jobs.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

enum { JOBS = 20 };

struct seen {
    int at_once;
    int fails; /* this job does; -1: none */
    atomic_bool failed;
    pthread_mutex_t mutex;
    pthread_cond_t begun;
    int n_begun, n_running, most_running;
    bool was_begun[JOBS];
    int threads[JOBS];
    atomic_int done[JOBS];
};

static void add_one(void *context, int index, int thread) {
    (void)index, (void)thread;
    atomic_fetch_add((atomic_int *)context, 1);
}

/* Then waits until so many are begun. */
static void begin(struct seen *seen, int index, int wait_for) {
    pthread_mutex_lock(&seen->mutex);
    seen->was_begun[index] = true;
    seen->n_begun++;
    seen->n_running++;
    if (seen->n_running > seen->most_running) seen->most_running = seen->n_running;
    pthread_cond_broadcast(&seen->begun);
    while (seen->n_begun < wait_for) pthread_cond_wait(&seen->begun, &seen->mutex);
    pthread_mutex_unlock(&seen->mutex);
}

static void end(struct seen *seen) {
    pthread_mutex_lock(&seen->mutex);
    seen->n_running--;
    pthread_mutex_unlock(&seen->mutex);
}

/* Each job uses its threads, as a run does. The first ones wait for each other, so that as many as
   may be run at once. The one that fails does so when each leader has a later job, and those go on
   until they hear of it. */
static lk_status job(void *self, int index, const lk_context *context, lk_error *err) {
    struct seen *seen = self;
    bool is_early = seen->fails < 0 || index < seen->fails;
    begin(seen, index, seen->at_once + (is_early ? 0 : seen->fails));
    seen->threads[index] = lk_threads_count(context->threads);
    for (int round = 0; round < 50; round++)
        lk_threads_run(context->threads, 2, add_one, &seen->done[index]);
    end(seen);
    if (is_early) return LK_OK;
    while (index != seen->fails && !seen->failed) sched_yield();
    return lk_fail(err, index == seen->fails ? LK_DIVERGED : LK_FORMAT, "job %d", index);
}

/* With 4 threads in all. */
static lk_status run(struct seen *seen, int n_jobs, int at_once, int fails, lk_error *err) {
    lk_context context = { 0 };
    *seen = (struct seen){ .at_once = at_once < n_jobs ? at_once : n_jobs,
                           .fails = fails,
                           .mutex = PTHREAD_MUTEX_INITIALIZER,
                           .begun = PTHREAD_COND_INITIALIZER };
    assert_ok(lk_threads_create(4, &context.threads, err), err);
    lk_status status = lk_jobs_run(&context, n_jobs, at_once, job, seen, &seen->failed, err);
    lk_threads_destroy(context.threads);
    return status;
}

static void every_job_is_done_once_with_its_share_of_the_threads(void **state) {
    (void)state;
    static const struct {
        int n_jobs, at_once, share;
    } rows[] = { { JOBS, 1, 4 }, { JOBS, 2, 2 }, { JOBS, 3, 1 }, { JOBS, 4, 1 },
                 { JOBS, 9, 1 }, { 2, 9, 2 },    { 1, 3, 4 },    { 0, 2, 0 } };
    for (size_t r = 0; r < LK_COUNT(rows); r++) {
        struct seen seen;
        lk_error err;
        assert_ok(run(&seen, rows[r].n_jobs, rows[r].at_once, -1, &err), &err);
        assert_false(seen.failed);
        assert_int_equal(seen.n_begun, rows[r].n_jobs);
        assert_int_equal(seen.most_running, seen.at_once);
        for (int i = 0; i < rows[r].n_jobs; i++) {
            assert_int_equal(seen.done[i], 100);
            assert_int_equal(seen.threads[i], rows[r].share);
        }
    }
}

static void after_a_failure_no_job_is_begun_and_its_words_come_back(void **state) {
    (void)state;
    for (int at_once = 1; at_once <= 9; at_once++)
        for (int fails = 0; fails < 4; fails++) {
            struct seen seen;
            lk_error err;
            char words[32];
            snprintf(words, sizeof words, "job %d", fails);
            assert_int_equal(run(&seen, JOBS, at_once, fails, &err), LK_DIVERGED);
            assert_string_equal(err.text, words);
            assert_true(seen.failed);
            assert_int_equal(seen.n_begun, fails + at_once);
            for (int i = 0; i < JOBS; i++) {
                assert_int_equal(seen.was_begun[i], i < fails + at_once);
                assert_int_equal(seen.done[i], i < fails + at_once ? 100 : 0);
            }
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_is_done_once_with_its_share_of_the_threads),
        cmocka_unit_test(after_a_failure_no_job_is_begun_and_its_words_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
