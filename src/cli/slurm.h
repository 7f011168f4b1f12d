/** The scripts that do an experiment as an array job of Slurm, a task for each run. */
#ifndef LIKENESS_CLI_SLURM_H
#define LIKENESS_CLI_SLURM_H

#include "cli/experiment.h"

typedef struct lk_cli_slurm {
    const char *folder;                  /* of the scripts */
    const lk_cli_experiment *experiment; /* what the runs are */
    const lk_text *table;                /* the words that make the table, for a shell */
    int at_once;                         /* tasks at the same time; 0: all */
} lk_cli_slurm;

/**
 * Check the experiment as lk_reproduce_prepare, write runs.sh, table.sh and the config of each run
 * to the folder, and print the commands that submit them.
 * errors  as lk_reproduce_prepare; LK_WRITE
 */
lk_status lk_cli_write_slurm(const lk_cli *cli, const lk_cli_slurm *given, lk_error *err);

#endif
