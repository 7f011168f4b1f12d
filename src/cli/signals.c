/* Signals that ask the program to stop. The handler records the signal in a global, and long work
   asks for the status regularly. */
#include "cli/signals.h"

#include <likeness/log.h>

#include <pthread.h>
#include <signal.h>

static volatile sig_atomic_t caught;
static double caught_s; /* when; safe, because signals are blocked while the handler runs */

/* The thread that waits for signals, if one does. While it blocks them, the system gives them to
   threads of libraries, which would not end its wait. */
static pthread_t waiter;
static volatile sig_atomic_t has_waiter;

void lk_signals_wait_here(void) {
    waiter = pthread_self();
    has_waiter = 1;
}

bool lk_signals_pass_on(int signal_number) {
    return has_waiter && !pthread_equal(pthread_self(), waiter) &&
           pthread_kill(waiter, signal_number) == 0;
}

/* timeout(1) signals its child and then the child's whole group. Two signals within this many
   seconds count as one request. */
enum { DOUBLE_S = 1 };

static void note(int signal_number) {
    if (lk_signals_pass_on(signal_number)) return;
    double now_s = lk_seconds();
    if (caught && now_s - caught_s < DOUBLE_S) return;
    if (caught) {
        signal(signal_number, SIG_DFL);
        raise(signal_number); /* delivered when this handler returns */
    }
    caught = signal_number;
    caught_s = now_s;
}

/* Signals ignored at start stay ignored: nohup and shells set this for background programs. */
static void catch_one(int signal_number) {
    struct sigaction old, action = { .sa_handler = note, .sa_flags = SA_RESTART };
    sigfillset(&action.sa_mask);
    if (sigaction(signal_number, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        sigaction(signal_number, &action, NULL);
}

void lk_signals_catch(void) {
    catch_one(SIGTERM);
    catch_one(SIGHUP);
    catch_one(SIGUSR1);
    catch_one(SIGINT);
}

lk_status lk_signals_status(void *self) {
    (void)self;
    if (caught == SIGINT) return LK_INTERRUPTED;
    return caught ? LK_TERMINATED : LK_OK;
}
