/** Signals that stop a run. */
#ifndef LIKENESS_CLI_SIGNALS_H
#define LIKENESS_CLI_SIGNALS_H

#include <likeness/status.h>

#include <stdbool.h>

/** From now on SIGTERM, SIGHUP, SIGUSR1 and SIGINT only ask for a stop. A further one, more than a
 * second later, ends the program at once. */
void lk_signals_catch(void);
/** From now on the calling thread gets all signals that handlers here catch, whichever thread the
 * system gives them to. */
void lk_signals_wait_here(void);
/** In a handler: whether it runs in another thread than the one that called lk_signals_wait_here,
 * which then gets the signal. */
bool lk_signals_pass_on(int signal_number);
/** LK_OK; after a signal LK_TERMINATED or, after SIGINT, LK_INTERRUPTED. Long work uses this as its
 * `stop`; `self` is not used. */
lk_status lk_signals_status(void *self);

#endif
