/** Finds runs and results. */
#ifndef LIKENESS_EXPERIMENT_SEARCH_H
#define LIKENESS_EXPERIMENT_SEARCH_H

#include "report/report.h"

/**
 * Add what is at or below a folder: runs, folders of reproduce, and folders of results. Hidden
 * folders and links to folders below it are left out. A run of reproduce that has no result yet
 * gets the label of its other seeds. A run without test scores is a row with a state; one that
 * cannot be read is "damaged", with the reason as a warning to `log`.
 * errors  LK_FORMAT: no such folder, or nothing in it; LK_READ, LK_MEMORY
 */
lk_status lk_results_search(lk_results *results, const char *path, const lk_log *log,
                            lk_error *err);

#endif
