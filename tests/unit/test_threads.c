/* The thread pool: every task runs once, on a thread below the count; bad counts are named. */
#include "base/threads.h"
#include "support.h"
#include "tensor/gemm.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TASKS = 1000 };

struct seen {
    atomic_int times[TASKS];
    atomic_int highest_thread;
};

static void mark(void *context, int index, int thread) {
    struct seen *seen = context;
    atomic_fetch_add(&seen->times[index], 1);
    int highest = atomic_load(&seen->highest_thread);
    while (thread > highest &&
           !atomic_compare_exchange_weak(&seen->highest_thread, &highest, thread))
        continue;
}

static void every_task_runs_exactly_once_at_any_number_of_threads(void **state) {
    (void)state;
    for (int n = 1; n <= 8; n *= 2) {
        lk_threads *threads = NULL;
        lk_error err;
        assert_ok(lk_threads_create(n, &threads, &err), &err);
        assert_int_equal(lk_threads_count(threads), n);
        for (int repeat = 0; repeat < 50; repeat++) {
            static struct seen seen;
            seen = (struct seen){ 0 };
            lk_threads_run(threads, TASKS, mark, &seen);
            for (int i = 0; i < TASKS; i++) assert_int_equal(atomic_load(&seen.times[i]), 1);
            assert_true(atomic_load(&seen.highest_thread) < n);
        }
        lk_threads_destroy(threads);
    }
}

struct rounds {
    int n, n_tasks;
    double seconds;
};

static void count_round(void *watcher, int n_tasks, double seconds) {
    struct rounds *rounds = watcher;
    rounds->n++;
    rounds->n_tasks += n_tasks;
    rounds->seconds += seconds;
}

static void a_watcher_gets_each_round_with_its_tasks_and_time(void **state) {
    (void)state;
    static struct seen seen;
    for (int n = 1; n <= 3; n++) {
        lk_threads *threads = NULL;
        lk_error err;
        struct rounds rounds = { 0 };
        assert_ok(lk_threads_create(n, &threads, &err), &err);
        lk_threads_watch(threads, count_round, &rounds);
        lk_threads_run(threads, 0, mark, &seen);
        lk_threads_run(threads, 1, mark, &seen);
        lk_threads_run(threads, 7, mark, &seen);
        lk_threads_watch(threads, NULL, NULL);
        lk_threads_run(threads, 7, mark, &seen);
        lk_threads_destroy(threads);
        assert_int_equal(rounds.n, 2); /* one without tasks is none */
        assert_int_equal(rounds.n_tasks, 8);
        assert_true(rounds.seconds > 0);
    }
}

#if defined(__x86_64__)
enum { POOL = 4 };

struct tiny {
    atomic_int n_begun;
    volatile float factor, product[POOL];
};

/* Waits for the others, so that each thread has one. */
static void multiply(void *context, int index, int thread) {
    struct tiny *tiny = context;
    (void)index;
    atomic_fetch_add(&tiny->n_begun, 1);
    while (atomic_load(&tiny->n_begun) < POOL) sched_yield();
    tiny->product[thread] = tiny->factor * tiny->factor;
}

static void numbers_too_small_to_be_normal_are_zero_on_every_thread(void **state) {
    (void)state;
    struct tiny tiny = { .factor = 1e-20f, .product = { 1, 1, 1, 1 } }; /* 1e-40 */
    lk_threads *threads = NULL;
    lk_error err;
    assert_ok(lk_threads_create(POOL, &threads, &err), &err);
    lk_threads_run(threads, POOL, multiply, &tiny);
    lk_threads_destroy(threads);
    for (int i = 0; i < POOL; i++) assert_near((double)tiny.product[i], 0, 0);
}
#endif

static char openblas_name[256];

static void compare_name(void *context, int index, int thread) {
    atomic_int *n_other = context;
    (void)index, (void)thread;
    if (strcmp(lk_blas_name(), openblas_name) != 0) atomic_fetch_add(n_other, 1);
}

static void all_threads_get_the_same_name_of_blas(void **state) {
    (void)state;
    lk_threads *threads;
    lk_error err;
    atomic_int n_other = 0;
    snprintf(openblas_name, sizeof openblas_name, "%s", lk_blas_name());
    assert_ok(lk_threads_create(POOL, &threads, &err), &err);
    lk_threads_run(threads, 20000, compare_name, &n_other);
    lk_threads_destroy(threads);
    assert_int_equal(n_other, 0);
}

static void a_count_that_is_no_number_is_refused_by_name(void **state) {
    (void)state;
    lk_threads *threads = NULL;
    lk_error err;
    setenv("LIKENESS_THREADS", "many", 1);
    assert_int_equal(lk_threads_create(0, &threads, &err), LK_USAGE);
    assert_contains(err.text, ", got \"many\"");
    setenv("LIKENESS_THREADS", "3", 1);
    assert_ok(lk_threads_create(0, &threads, &err), &err);
    assert_int_equal(lk_threads_count(threads), 3);
    lk_threads_destroy(threads);
    unsetenv("LIKENESS_THREADS");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_task_runs_exactly_once_at_any_number_of_threads),
        cmocka_unit_test(a_watcher_gets_each_round_with_its_tasks_and_time),
#if defined(__x86_64__)
        cmocka_unit_test(numbers_too_small_to_be_normal_are_zero_on_every_thread),
#endif
        cmocka_unit_test(all_threads_get_the_same_name_of_blas),
        cmocka_unit_test(a_count_that_is_no_number_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
