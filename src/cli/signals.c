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

/* What nohup, or the shell that put us into the background, has us ignore stays ignored. */
static void catch_one(int signal_number) {
    struct sigaction old, action = { .sa_handler = note, .sa_flags = SA_RESTART };
    sigemptyset(&action.sa_mask);
    if (sigaction(signal_number, NULL, &old) == 0 && old.sa_handler != SIG_IGN) sigaction(signal_number, &action, NULL);
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
