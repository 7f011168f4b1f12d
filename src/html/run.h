/** The sections of the page of one run. */
#ifndef LIKENESS_HTML_RUN_H
#define LIKENESS_HTML_RUN_H

#include "experiment/run_parts.h"
#include "html/report.h"
#include "html/run_series.h"

typedef struct lk_run_page {
    const lk_context *context;
    lk_run_parts *parts;
    lk_report_pack pack;
    lk_series_list series;
    lk_text *out;
} lk_run_page;

/** "Validation 2.9 % above training, still falling." of the last epoch; nothing without one. */
void lk_run_page_sentence(const lk_run_page *page, lk_text *out);
/** Curves of every number that was logged. */
void lk_run_page_curves(lk_run_page *page);
/** What was measured on the test split, with errors. */
void lk_run_page_scores(lk_run_page *page);
/** The worst and the best pictures of the test split. Errors: LK_MEMORY, LK_FORMAT. */
lk_status lk_run_page_extremes(lk_run_page *page, lk_error *err);
/** KL of each latent, and the codes of the test split against the prior. Errors: LK_MEMORY. */
lk_status lk_run_page_codes(lk_run_page *page, lk_error *err);
/** Pictures of codes of the prior, and between test pictures. Errors: LK_MEMORY, LK_FORMAT. */
lk_status lk_run_page_samples(lk_run_page *page, lk_error *err);
/** How fast it was, how much memory it needed, and how large the model is. */
void lk_run_page_speed(lk_run_page *page);
/** Every key of the config; those that differ from the default are marked. Errors: LK_MEMORY. */
lk_status lk_run_page_config(lk_run_page *page, lk_error *err);
/** The commands that made the run. */
void lk_run_page_commands(lk_run_page *page);

#endif
