/** Signals that stop a run. */
#ifndef LIKENESS_CLI_SIGNALS_H
#define LIKENESS_CLI_SIGNALS_H

#include <likeness/status.h>

/** From now on SIGTERM, SIGHUP, SIGUSR1 and SIGINT only ask for a stop. Another one more than a
 * second later ends the program at once. */
void lk_signals_catch(void);
/** LK_OK, or LK_TERMINATED or LK_INTERRUPTED once a signal came: the `stop` of what runs long;
 * `self` is not used. */
lk_status lk_signals_status(void *self);

#endif
