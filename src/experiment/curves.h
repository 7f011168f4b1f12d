/** Curves of the runs of a table. */
#ifndef LIKENESS_EXPERIMENT_CURVES_H
#define LIKENESS_EXPERIMENT_CURVES_H

#include "report/curves.h"
#include "report/report.h"

/** Add the run of a row under the row's label. One without epochs, such as a stored result or a run
 * that has just begun, is skipped with a warning to `log` (may be NULL). Errors: as lk_curves_add.
 */
lk_status lk_curves_add_result(lk_curves *curves, const lk_result *row, const lk_log *log,
                               lk_error *err);

#endif
