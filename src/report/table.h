/** The formats of tables. Private to the report layer. */
#ifndef LIKENESS_REPORT_TABLE_H
#define LIKENESS_REPORT_TABLE_H

#include "report/summary.h"

/** A format is a file src/report/table_NAME.c and a line in LK_REPORT_FORMAT_LIST. Errors:
 * LK_MEMORY. */
#define LK_REPORT_DECLARE(name, words)                                                             \
    lk_status lk_report_##name(const lk_report *report, lk_text *out, lk_error *err);
LK_REPORT_FORMAT_LIST(LK_REPORT_DECLARE)
#undef LK_REPORT_DECLARE

/** The metrics that have columns: those chosen, else all that are `shown` so (LK_METRIC_IN_TABLE;
 * 0: all, those of features only if there are some). */
lk_metric_list lk_report_columns(const lk_report *report, unsigned shown);
/** Whether some of these metrics are those of features. */
bool lk_report_shows_features(const lk_metric_list *columns);

/** Before the text of a cell with the best value of its column. */
#define LK_CELL_BEST '\1'

/** Called for each line, split into cells; the first line has `line` 0. */
typedef void lk_cells_line(void *self, int line, char *const *cells, int n_cells, lk_text *out);
/** Split `text` into lines and cells, in place. Tabs separate cells. Columns whose cells below the
 * title are all empty or "–" are left out, except the first. */
void lk_cells_each(lk_text *text, lk_cells_line *write, void *self, lk_text *out);

/**
 * For people: the rows and baselines; a row for each claim, with the verdict for each type of
 * model. Tabs separate cells, the first line has the titles. Numbers are rounded; "±", "–" and
 * arrows are written as they are.
 */
void lk_report_rows(const lk_report *report, lk_text *out);
void lk_report_claims(const lk_report *report, lk_text *out);
/** How the models were trained, what ± means, and when a claim holds: a line each. */
void lk_report_notes(const lk_report *report, lk_text *out);
/** The last of these alone; nothing without verdicts. */
void lk_report_claim_notes(const lk_report *report, lk_text *out);

#endif
