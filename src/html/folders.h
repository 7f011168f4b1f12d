/** The sections of the page of folders of runs. */
#ifndef LIKENESS_HTML_FOLDERS_H
#define LIKENESS_HTML_FOLDERS_H

#include "html/report.h"
#include "report/summary.h"

typedef struct lk_folders_page {
    const lk_context *context;
    const lk_report *report; /* rows and judgements */
    lk_report_pack pack;
    const char *folder; /* of the page, for links to those of its runs; NULL: without links */
    lk_text *out;
} lk_folders_page;

/** The table, with the paper's figures next to ours. */
void lk_folders_page_table(lk_folders_page *page);
/** The claims as a matrix. */
void lk_folders_page_claims(lk_folders_page *page);
/** How the models did on the validation split, epoch by epoch. Errors: LK_MEMORY. */
lk_status lk_folders_page_curves(lk_folders_page *page, lk_error *err);
/** Every run, with its time, speed and memory. Errors: LK_MEMORY. */
lk_status lk_folders_page_runs(lk_folders_page *page, lk_error *err);
/** What each model makes of the same test pictures, and two of them with a slider between. Errors:
 * LK_MEMORY. */
lk_status lk_folders_page_faces(lk_folders_page *page, lk_error *err);

#endif
