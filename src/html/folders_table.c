/* The table of models: means and deviations, the best values, the paper's figures. */
#include "html/folders.h"
#include "html/html.h"
#include "report/table.h"

#include <math.h>

static double paper_of(const lk_result *row, lk_metric m) {
    return m == LK_METRIC_SSIM  ? row->paper_ssim
           : m == LK_METRIC_MSE ? row->paper_mse
                                : (double)NAN;
}

/* Whether some model has a value. */
static bool is_known(const lk_report *report, lk_metric m) {
    bool known = false;
    for (size_t i = 0; i < report->n_rows; i++) known = known || isfinite(report->rows[i].value[m]);
    return known;
}

static bool has_paper(const lk_report *report, lk_metric m) {
    bool known = false;
    for (size_t i = 0; i < report->n_rows; i++)
        known = known || isfinite(paper_of(report->rows[i].first, m));
    return known;
}

static lk_metric_list columns_of(const lk_report *report) {
    lk_metric_list all = lk_report_columns(report, LK_METRIC_IN_TABLE), known = { 0 };
    for (int i = 0; i < all.n; i++)
        if (is_known(report, all.v[i])) known.v[known.n++] = all.v[i];
    return known;
}

static void add_heads(lk_text *out, const lk_report *report, const lk_metric_list *columns) {
    static const char *const arrows[] = { "&nbsp;↑", "&nbsp;↓", "&nbsp;→&nbsp;1",
                                          "" }; /* of lk_metric_better */
    lk_text_add(out, "<thead><tr><th>model</th><th class=\"n\">seeds</th>");
    for (int i = 0; i < columns->n; i++) {
        const lk_metric_row *metric = lk_metric_describe(columns->v[i]);
        lk_text_add(out, "<th class=\"n\">%s%s</th>", metric->title, arrows[metric->better]);
        if (has_paper(report, columns->v[i])) lk_text_add(out, "<th class=\"n\">paper</th>");
    }
    lk_text_add(out, "<th></th></tr></thead>\n<tbody>\n");
}

static void add_value(lk_text *out, const lk_summary *s, lk_metric m) {
    int digits = lk_metric_describe(m)->digits;
    if (!isfinite(s->value[m])) {
        lk_text_add(out, "<td class=\"n\">–</td>");
        return;
    }
    lk_text_add(out, "<td class=\"n%s\">%.*f", s->best[m] ? " best" : "", digits, s->value[m]);
    if (isfinite(s->spread[m])) lk_text_add(out, " <small>± %.*f</small>", digits, s->spread[m]);
    lk_text_add(out, "</td>");
}

static void add_paper(lk_text *out, const lk_result *row, lk_metric m) {
    lk_text_add(out, "<td class=\"n soft\">");
    lk_metric_text(out, paper_of(row, m), (double)NAN, m == LK_METRIC_SSIM ? 2 : 4, false);
    lk_text_add(out, "</td>");
}

static void add_row(const lk_folders_page *page, const lk_summary *s, bool base,
                    const lk_metric_list *columns) {
    char state[LK_STATE_MAX];
    lk_text *out = page->out;
    lk_text_add(out, "<tr%s><th scope=\"row\">", base ? " class=\"base\"" : "");
    lk_html_text(out, s->first->label);
    lk_text_add(out, "</th><td class=\"n\">");
    if (s->n_seeds) lk_text_add(out, "%d", s->n_seeds);
    lk_text_add(out, "</td>");
    for (int i = 0; i < columns->n; i++) {
        add_value(out, s, columns->v[i]);
        if (has_paper(page->report, columns->v[i])) add_paper(out, s->first, columns->v[i]);
    }
    lk_text_add(out, "<td class=\"soft\">");
    if (!base) lk_html_text(out, lk_summary_state(s, state));
    lk_text_add(out, "</td></tr>\n");
}

static void add_note(void *self, int line, char *const *cells, int n_cells, lk_text *out) {
    (void)self, (void)line, (void)n_cells;
    lk_text_add(out, "<p class=\"soft\">");
    lk_html_text(out, cells[0]);
    lk_text_add(out, "</p>\n");
}

void lk_folders_page_table(lk_folders_page *page) {
    const lk_results *results = page->report->results;
    const lk_metric_list columns = columns_of(page->report);
    lk_text notes = { 0 };
    lk_html_section(page->out, "table", "Models");
    lk_text_add(page->out, "<div class=\"scroll\"><table>\n");
    add_heads(page->out, page->report, &columns);
    for (size_t i = 0; i < page->report->n_rows; i++)
        add_row(page, &page->report->rows[i], false, &columns);
    for (size_t i = 0; i < results->n_baselines; i++) {
        lk_summary s = { .first = &results->baselines[i] };
        for (int m = 0; m < LK_N_ALL_METRICS; m++) {
            s.value[m] = results->baselines[i].measured.value[m];
            s.spread[m] = results->baselines[i].measured.se[m];
        }
        add_row(page, &s, true, &columns);
    }
    lk_text_add(page->out, "</tbody></table></div>\n");
    lk_report without_claims = *page->report; /* those notes follow the claims */
    without_claims.n_judgements = 0;
    lk_report_notes(&without_claims, &notes);
    lk_cells_each(&notes, add_note, NULL, page->out);
    lk_text_deinit(&notes);
    lk_html_section_end(page->out);
}
