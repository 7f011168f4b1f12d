/** Rows and baselines of a table. */
#ifndef LIKENESS_REPORT_RESULTS_H
#define LIKENESS_REPORT_RESULTS_H

#include "report/report.h"

struct cJSON;

/** Add what baselines.json holds. Errors: LK_FORMAT "path: key: expected ...", LK_MEMORY. */
lk_status lk_results_add_baselines(lk_results *results, const struct cJSON *json, const char *path,
                                   lk_error *err);

#endif
