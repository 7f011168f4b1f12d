/* Signals that end a wait. */
#include "cli/full_screen.c"
#include "cli/output.c"
#include "cli/signals.c"
#include "cli/width.c"
#include "support.h"

/* As the threads of a library do: it takes any signal, and is busy with something else. */
static void *take_signals(void *done) {
    while (!*(volatile sig_atomic_t *)done) usleep(1000);
    return NULL;
}

static void a_signal_that_another_thread_takes_ends_the_wait(void **state) {
    (void)state;
    volatile sig_atomic_t done = 0;
    pthread_t other;
    lk_full_screen screen;
    assert_int_equal(pthread_create(&other, NULL, take_signals, (void *)&done), 0);
    lk_full_screen_open(&screen, false);
    assert_int_equal(kill(getpid(), SIGUSR1), 0); /* this thread blocks it until it waits */
    assert_int_equal(lk_full_screen_wait(&screen, 1e6), LK_WAIT_SIGNAL);
    assert_int_equal(lk_signals_status(NULL), LK_TERMINATED);
    lk_full_screen_close(&screen);
    done = 1;
    pthread_join(other, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_that_another_thread_takes_ends_the_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
