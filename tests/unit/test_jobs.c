/* Jobs at once: all of them done, each with its share of the threads, and what the first failure
   does. */
#include "support.h"

#include "experiment/jobs.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { JOBS = 20 };

struct seen {
    int wait_for;   /* a job goes on when so many are begun, so that they all run at once */
    int fails_from; /* this job and those after it fail; JOBS: none */
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

static void begin_and_wait(struct seen *seen, int index) {
    pthread_mutex_lock(&seen->mutex);
    seen->was_begun[index] = true;
    seen->n_begun++;
    seen->n_running++;
    if (seen->n_running > seen->most_running) seen->most_running = seen->n_running;
    pthread_cond_broadcast(&seen->begun);
    while (seen->n_begun < seen->wait_for) pthread_cond_wait(&seen->begun, &seen->mutex);
    pthread_mutex_unlock(&seen->mutex);
}

static void end(struct seen *seen) {
    pthread_mutex_lock(&seen->mutex);
    seen->n_running--;
    pthread_mutex_unlock(&seen->mutex);
}

static lk_status status_of(int index) {
    return index % 2 ? LK_DIVERGED : LK_FORMAT;
}

/* Each job uses its threads, as a run does. */
static lk_status job(void *self, int index, const lk_context *context, lk_error *err) {
    struct seen *seen = self;
    begin_and_wait(seen, index);
    seen->threads[index] = lk_threads_count(context->threads);
    for (int round = 0; round < 50; round++)
        lk_threads_run(context->threads, 2, add_one, &seen->done[index]);
    end(seen);
    return index >= seen->fails_from ? lk_fail(err, status_of(index), "job %d", index) : LK_OK;
}

/* With 4 threads in all. */
static lk_status run(struct seen *seen, int n_jobs, int at_once, int fails_from, lk_error *err) {
    lk_context context = { 0 };
    *seen = (struct seen){ .wait_for = at_once < n_jobs ? at_once : n_jobs,
                           .fails_from = fails_from,
                           .mutex = PTHREAD_MUTEX_INITIALIZER,
                           .begun = PTHREAD_COND_INITIALIZER };
    assert_ok(lk_threads_create(4, &context.threads, err), err);
    lk_status status = lk_jobs_run(&context, n_jobs, at_once, job, seen, err);
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
        assert_ok(run(&seen, rows[r].n_jobs, rows[r].at_once, JOBS, &err), &err);
        assert_int_equal(seen.n_begun, rows[r].n_jobs);
        assert_int_equal(seen.most_running, seen.wait_for);
        for (int i = 0; i < rows[r].n_jobs; i++) {
            assert_int_equal(seen.done[i], 100);
            assert_int_equal(seen.threads[i], rows[r].share);
        }
    }
}

/* Job 3 fails, and so would every later one. Whoever leads a job that fails begins no other: at
   most one later job for each of the other leaders. */
static void after_a_failure_no_job_is_begun_and_its_words_come_back(void **state) {
    (void)state;
    for (int at_once = 1; at_once <= 9; at_once++) {
        struct seen seen;
        lk_error err;
        int failed = -1;
        lk_status status = run(&seen, JOBS, at_once, 3, &err);
        assert_int_equal(sscanf(err.text, "job %d", &failed), 1);
        assert_in_range(failed, 3, 3 + at_once - 1);
        assert_int_equal(status, status_of(failed));
        assert_in_range(seen.n_begun, 4, 3 + at_once);
        for (int i = 0; i < JOBS; i++) {
            assert_int_equal(seen.was_begun[i], i < seen.n_begun);
            assert_int_equal(seen.done[i], i < seen.n_begun ? 100 : 0);
        }
    }
}

/* All run when the first one fails, and each of them does: no leader is left to begin another. */
static void jobs_that_all_fail_are_one_for_each_leader(void **state) {
    (void)state;
    for (int at_once = 1; at_once <= 9; at_once++) {
        struct seen seen;
        lk_error err;
        int failed = -1;
        lk_status status = run(&seen, JOBS, at_once, 0, &err);
        assert_int_equal(sscanf(err.text, "job %d", &failed), 1);
        assert_in_range(failed, 0, at_once - 1);
        assert_int_equal(status, status_of(failed));
        assert_int_equal(seen.n_begun, at_once);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_is_done_once_with_its_share_of_the_threads),
        cmocka_unit_test(after_a_failure_no_job_is_begun_and_its_words_come_back),
        cmocka_unit_test(jobs_that_all_fail_are_one_for_each_leader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
