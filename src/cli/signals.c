/* Signals that ask for a stop: noted by the handler, acted on by whoever asks for the status. One of the few globals that change. */
#include "cli/command.h"

#include <signal.h>

static volatile sig_atomic_t caught;

static void note(int signal_number) {
    if (caught) {
        signal(signal_number, SIG_DFL);
        raise(signal_number); /* delivered when this handler returns */
    }
    caught = signal_number;
}

void lk_signals_catch(void) {
    struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART };
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGINT, &action, NULL);
}

lk_status lk_signals_status(void *self) {
    (void)self;
    if (caught == SIGINT) return LK_INTERRUPTED;
    return caught ? LK_TERMINATED : LK_OK;
}
