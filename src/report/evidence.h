/** What verdicts rest on. */
#ifndef LIKENESS_REPORT_EVIDENCE_H
#define LIKENESS_REPORT_EVIDENCE_H

#include "report/report.h"

struct cJSON;

/** Add what verdicts.json holds. Errors: LK_FORMAT "path: key: expected ...", LK_MEMORY. */
lk_status lk_results_add_verdicts(lk_results *results, const struct cJSON *json, const char *path,
                                  lk_error *err);
/** Drop evidence about rows that are no longer in the folder that is being read. */
void lk_results_drop_evidence(lk_results *results);

#endif
