/* Jobs at once: all of them done, each with its share of the threads, and what the first failure
   does. */
#include "support.h"

#include "run/jobs.h"

#include <stdatomic.h>

enum { JOBS = 20 };

struct seen {
    atomic_int done[JOBS], threads[JOBS], n_begun;
    int fails; /* the job that does; -1: none */
};

static void add_one(void *context, int index, int thread) {
    (void)index, (void)thread;
    atomic_fetch_add((atomic_int *)context, 1);
}

/* Each job uses its threads, as a run does. */
static lk_status job(void *self, int index, const lk_context *context, lk_error *err) {
    struct seen *seen = self;
    atomic_fetch_add(&seen->n_begun, 1);
    atomic_store(&seen->threads[index], lk_threads_count(context->threads));
    for (int round = 0; round < 50; round++)
        lk_threads_run(context->threads, 2, add_one, &seen->done[index]);
    return index == seen->fails ? lk_fail(err, LK_DIVERGED, "job %d", index) : LK_OK;
}

/* With 4 threads in all. */
static lk_status run(struct seen *seen, int n_jobs, int at_once, int fails, lk_error *err) {
    lk_context context = { 0 };
    *seen = (struct seen){ .fails = fails };
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
        assert_ok(run(&seen, rows[r].n_jobs, rows[r].at_once, -1, &err), &err);
        assert_int_equal(seen.n_begun, rows[r].n_jobs);
        for (int i = 0; i < rows[r].n_jobs; i++) {
            assert_int_equal(seen.done[i], 100);
            assert_int_equal(seen.threads[i], rows[r].share);
        }
    }
}

static void after_a_failure_no_job_is_begun_and_its_words_come_back(void **state) {
    (void)state;
    for (int at_once = 1; at_once <= 4; at_once++) {
        struct seen seen;
        lk_error err;
        assert_int_equal(run(&seen, JOBS, at_once, 3, &err), LK_DIVERGED);
        assert_string_equal(err.text, "job 3");
        assert_int_equal(seen.done[3], 100);
        assert_in_range(seen.n_begun, 4, at_once == 1 ? 4 : JOBS);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_is_done_once_with_its_share_of_the_threads),
        cmocka_unit_test(after_a_failure_no_job_is_begun_and_its_words_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
