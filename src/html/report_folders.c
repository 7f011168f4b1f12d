/* The page of many runs. */
#include "html/folders.h"
#include "html/html.h"

static void add_best(const lk_report *report, lk_metric m, lk_text *out) {
    for (size_t i = 0; i < report->n_rows && report->marks; i++) {
        const lk_summary *s = &report->rows[i];
        if (!s->best[m]) continue;
        lk_text_add(out, " The best %s, %.*f, is that of ", lk_metric_describe(m)->title,
                    lk_metric_describe(m)->digits, s->value[m]);
        lk_html_text(out, s->first->label);
        lk_text_add(out, ".");
        return;
    }
}

/* "9 models, 27 runs. The best SSIM, 0.7469, is that of AE (SSIM). ... 21 of 30 hold, ..." */
static void add_lead(const lk_report *report, lk_text *out) {
    size_t n[LK_VERDICT_UNDECIDED + 1] = { 0 };
    for (size_t i = 0; i < report->n_judgements; i++) n[report->judgements[i].verdict]++;
    size_t judged = n[LK_VERDICT_HOLDS] + n[LK_VERDICT_FAILS] + n[LK_VERDICT_UNDECIDED];
    lk_text_add(out, "<p class=\"lead\">%zu model%s, %zu run%s.", report->n_rows,
                report->n_rows == 1 ? "" : "s", report->results->n_rows,
                report->results->n_rows == 1 ? "" : "s");
    add_best(report, LK_METRIC_SSIM, out);
    add_best(report, LK_METRIC_MSE, out);
    if (judged)
        lk_text_add(out,
                    " Verdicts on the paper's claims, one for each type of model: %zu. They hold: "
                    "%zu, do not hold: %zu, undecided: %zu.",
                    judged, n[LK_VERDICT_HOLDS], n[LK_VERDICT_FAILS], n[LK_VERDICT_UNDECIDED]);
    lk_text_add(out, "</p>\n");
}

lk_status lk_report_results(const lk_context *context, const lk_results *results, const char *title,
                            const char *folder, const lk_report_pack *pack, lk_text *out,
                            lk_error *err) {
    static const char *const sections[][2] = { { "table", "models" },
                                               { "claims", "claims" },
                                               { "curves", "curves" },
                                               { "faces", "faces" },
                                               { "runs", "runs" } };
    const lk_report_view view = { .sort = LK_SORT_NONE };
    lk_report report;
    lk_text lead = { 0 };
    lk_status status = lk_report_init(&report, results, &view, err);
    if (status) return status;
    lk_folders_page page = { context, &report, *pack, folder, out };
    add_lead(&report, &lead);
    lk_html_links(&lead, sections, LK_COUNT(sections));
    lk_html_begin(out, title, lead.data ? lead.data : "");
    lk_folders_page_table(&page);
    lk_folders_page_claims(&page);
    status = lk_folders_page_curves(&page, err);
    if (!status) status = lk_folders_page_faces(&page, err);
    if (!status) status = lk_folders_page_runs(&page, err);
    lk_html_end(out);
    if (!status && (out->failed || lead.failed)) status = lk_fail_memory(err, out->n, "a report");
    lk_text_deinit(&lead);
    lk_report_deinit(&report);
    return status;
}
