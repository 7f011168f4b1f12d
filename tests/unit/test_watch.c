/* How far the runs of an experiment are: their order, what is done, the time that is left. */
#include "experiment/watch.h"
#include "support.h"

#include <math.h>

static lk_experiment_progress seen;
static int n_seen;

static void note(void *self, const lk_experiment_progress *progress) {
    (void)self;
    seen = *progress;
    n_seen++;
}

static const lk_reproduce_options options = { .progress = note };

/* Run `number` has done so many of 10 steps. */
static void step(lk_watch *watch, int number, int steps) {
    lk_watch_step(watch, &(lk_experiment_running){ .number = number,
                                                   .train = { .step = steps, .n_steps = 10 } });
}

static void runs_are_sorted_and_leave_when_they_end(void **state) {
    (void)state;
    lk_watch watch;
    lk_watch_init(&watch, &options, 5);
    lk_watch_skip(&watch);
    step(&watch, 4, 1), step(&watch, 2, 1), step(&watch, 3, 1), step(&watch, 2, 2);
    assert_int_equal(seen.n_runs, 5);
    assert_int_equal(seen.n_done, 1);
    assert_int_equal(seen.n_running, 3);
    for (int i = 0; i < 3; i++) assert_int_equal(seen.running[i].number, i + 2);
    assert_int_equal(seen.running[0].train.step, 2);
    lk_watch_end(&watch, 3, true);
    lk_watch_end(&watch, 4, false); /* it was stopped */
    step(&watch, 2, 3);
    assert_int_equal(seen.n_done, 2);
    assert_int_equal(seen.n_running, 1);
    assert_int_equal(seen.running[0].number, 2);
}

/* Work that earlier processes have done says nothing about the speed of this one. */
static void the_time_left_follows_from_what_this_process_has_done(void **state) {
    (void)state;
    lk_watch watch;
    lk_watch_init(&watch, &options, 4);
    watch.begin_s -= 100;
    lk_watch_skip(&watch);
    step(&watch, 2, 6); /* five of its steps were done before: 0.1 runs now, 2.4 are left */
    assert_true(seen.seconds >= 100);
    assert_true(fabs(seen.seconds_left / seen.seconds - 24) < 1e-9);
    step(&watch, 2, 10); /* 0.5 now, 2 are left */
    assert_true(fabs(seen.seconds_left / seen.seconds - 4) < 1e-9);
    lk_watch_end(&watch, 2, true);
    step(&watch, 3, 5); /* its first four steps were done before: 0.6 now, 1.5 are left */
    assert_true(fabs(seen.seconds_left / seen.seconds - 1.5 / 0.6) < 1e-9);
}

static void without_a_callback_nothing_is_noted(void **state) {
    (void)state;
    static const lk_reproduce_options silent = { 0 };
    lk_watch watch;
    int before = n_seen;
    lk_watch_init(&watch, &silent, 2);
    step(&watch, 1, 1);
    lk_watch_end(&watch, 1, true);
    assert_int_equal(n_seen, before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_are_sorted_and_leave_when_they_end),
        cmocka_unit_test(the_time_left_follows_from_what_this_process_has_done),
        cmocka_unit_test(without_a_callback_nothing_is_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
