/** Signals that stop a run. */
#ifndef LIKENESS_CLI_SIGNALS_H
#define LIKENESS_CLI_SIGNALS_H

#include <likeness/status.h>

/** From now on SIGTERM, SIGHUP, SIGUSR1 and SIGINT only ask for a stop. A further one, more than a
 * second later, ends the program at once. */
void lk_signals_catch(void);
/** LK_OK; after a signal LK_TERMINATED or, after SIGINT, LK_INTERRUPTED. Long work uses this as its
 * `stop`; `self` is not used. */
lk_status lk_signals_status(void *self);

#endif
