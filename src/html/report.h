/** Reports: one page of HTML for a run, or for a folder of runs. */
#ifndef LIKENESS_HTML_REPORT_H
#define LIKENESS_HTML_REPORT_H

#include "report/report.h"

#include <likeness/context.h>
#include <likeness/pack.h>

/** The pack of a run; without it, what needs its pictures is replaced by a sentence. */
typedef struct lk_report_pack {
    const lk_pack *pack; /* NULL: there is none */
    const char *missing; /* why */
} lk_report_pack;

/**
 * Append the page of the run in a folder: curves, scores, pictures, codes, config. The same run
 * gives the same bytes, except where it says when it ran. A part that is damaged is left out, and
 * the page says so.
 * errors  LK_FORMAT, LK_READ (its config), LK_MEMORY
 */
lk_status lk_report_run(const lk_context *context, const char *run, const lk_report_pack *pack,
                        lk_text *out, lk_error *err);
/**
 * Append the page of results, which have been labelled and compared: the table, the claims as a
 * matrix, the curves, what the models make of the same faces, and the runs. `title` is any text;
 * `folder`: where the page will be, for links to the pages of runs below it; NULL: without links.
 * errors  LK_MEMORY
 */
lk_status lk_report_results(const lk_context *context, const lk_results *results, const char *title,
                            const char *folder, const lk_report_pack *pack, lk_text *out,
                            lk_error *err);

#endif
