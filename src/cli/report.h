/** Reports that are written where a command ends. Private to the program. */
#ifndef LIKENESS_CLI_REPORT_H
#define LIKENESS_CLI_REPORT_H

#include "cli/command.h"

/** Write report.html into the folder of the run that has ended. `data`: its pack. What goes wrong
 * is only a warning, as the run itself is whole. Returns whether it was written. */
bool lk_cli_report_run(const lk_cli *cli, const char *run, const char *data);
/** The same for a folder of runs, after the page of each run that has none or an old one. */
bool lk_cli_report_runs(const lk_cli *cli, const char *folder, const char *data);

#endif
