/** likeness compare of two runs. Private to the compare command. */
#ifndef LIKENESS_CLI_COMPARE_RUNS_H
#define LIKENESS_CLI_COMPARE_RUNS_H

#include "cli/command.h"

enum { LK_COMPARED_MAX = 64 }; /* pictures in a figure */

typedef struct lk_compared_options {
    const char *data, *out, *csv; /* "": none */
    int n;                        /* pictures in `out` */
    bool json;
} lk_compared_options;

/** Whether a word is the folder of a run. */
bool compare_runs_is_run(const char *path);
/**
 * Tell in which keys the configs of the command's two runs differ, and the scores of both on the
 * same test pictures, with the paired differences. Stored scores are used where both are of the
 * same pack and --data names none, else both models are measured.
 * errors  those of reading runs, of lk_cli_open_pack and of lk_evaluate; LK_WRITE
 */
lk_status compare_runs(lk_cli *cli, const lk_compared_options *options, lk_error *err);

#endif
