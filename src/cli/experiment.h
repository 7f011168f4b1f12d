/** What `reproduce` and `sweep` do with an experiment. */
#ifndef LIKENESS_CLI_EXPERIMENT_H
#define LIKENESS_CLI_EXPERIMENT_H

#include "cli/command.h"

#include <likeness/experiment.h>

typedef struct lk_cli_experiment {
    const lk_experiment *experiment;
    const char *data, *out;
    int jobs;
    bool tensorboard; /* every run that trains writes its events */
    bool json;        /* print the table as JSON */
} lk_cli_experiment;

/** Do all runs with progress, until a signal stops them, and print the table. Errors: as
 * lk_reproduce, and those of printing. */
lk_status lk_cli_reproduce(lk_cli *cli, const lk_cli_experiment *given, lk_error *err);

/** For the help of both: what happens on a signal. */
#define LK_HELP_ON_SIGNAL                                                                          \
    "On SIGTERM, SIGHUP, SIGUSR1 or SIGINT the current step is finished and saved, and the "       \
    "program exits with 75 (SIGINT: 130); "                                                        \
    "the same command continues."

/** For the help of both: what happens when a run diverges. */
#define LK_HELP_ON_DIVERGENCE                                                                      \
    "A run that diverges is a row that says so. The others are done, and the exit code is 4. It "  \
    "is trained again only with another config, or when its folder is removed.\n"

#endif
