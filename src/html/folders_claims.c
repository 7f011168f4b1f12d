/* The claims as a matrix: a row for each claim, a column for each type of model. */
#include "html/folders.h"
#include "html/html.h"
#include "report/table.h"

static const struct {
    const char *kind, *word;
} verdicts[] = { [LK_VERDICT_NONE] = { "", "–" },
                 [LK_VERDICT_TOO_SHORT] = { "", "too short" },
                 [LK_VERDICT_IMPORTED] = { "", "imported" },
                 [LK_VERDICT_HOLDS] = { "holds", "holds" },
                 [LK_VERDICT_FAILS] = { "fails", "does not" },
                 [LK_VERDICT_UNDECIDED] = { "open", "undecided" } };

/* "AE (SSIM) against AE (MSE): SSIM +0.1062 ± 0.0008, over 3 seeds" */
static void add_difference(const lk_judgement *j, lk_text *out) {
    const lk_evidence *evidence = j->evidence;
    const lk_metric_row *metric = lk_metric_describe(evidence->claim->metric);
    lk_text_add(out, "%s against %s: %s ", evidence->left, evidence->right, metric->title);
    lk_metric_text(out, j->difference, j->se, metric->digits, true);
    if (j->over_seeds)
        lk_text_add(out, ", over %d seeds", evidence->n_seeds);
    else
        lk_text_add(out, ", over test pictures");
}

static void add_tip(const lk_report *report, const lk_claim *claim, const char *model,
                    lk_text *out) {
    const lk_judgement *j = NULL;
    while ((j = lk_report_next_judgement(report, claim, model, j))) {
        lk_text difference = { 0 };
        add_difference(j, &difference);
        if (difference.n) lk_html_text(out, difference.data);
        if (lk_report_next_judgement(report, claim, model, j)) lk_text_add(out, "&#10;");
        out->failed = out->failed || difference.failed;
        lk_text_deinit(&difference);
    }
}

/* A type with several models of one loss has a line for each pair. The colour is the first's. */
static void add_cell(const lk_report *report, const lk_claim *claim, const char *model,
                     lk_text *out) {
    const lk_judgement *j = lk_report_next_judgement(report, claim, model, NULL);
    if (!j) {
        lk_text_add(out, "<td class=\"verdict\">–</td>");
        return;
    }
    lk_text_add(out, "<td class=\"verdict %s\" tabindex=\"0\" data-tip=\"",
                verdicts[j->verdict].kind);
    add_tip(report, claim, model, out);
    lk_text_add(out, "\">");
    for (; j; j = lk_report_next_judgement(report, claim, model, j)) {
        lk_text_add(out, "%s", verdicts[j->verdict].word);
        if (j->paper != LK_VERDICT_NONE && j->paper != j->verdict)
            lk_text_add(out, "<small>paper: %s</small>", verdicts[j->paper].word);
        if (lk_report_next_judgement(report, claim, model, j)) lk_text_add(out, "<br>");
    }
    lk_text_add(out, "</td>");
}

static void add_note(const lk_report *report, lk_text *out) {
    lk_text notes = { 0 };
    lk_report_claim_notes(report, &notes);
    if (notes.n && notes.data[notes.n - 1] == '\n') notes.data[notes.n - 1] = 0;
    if (notes.n) lk_html_paragraph(out, notes.data);
    out->failed = out->failed || notes.failed;
    lk_text_deinit(&notes);
}

void lk_folders_page_claims(lk_folders_page *page) {
    const char *models[LK_CLAIM_MODELS_MAX];
    int n = lk_report_models(page->report, models);
    lk_text *out = page->out;
    lk_html_section(out, "claims", "The paper's claims");
    if (!n) {
        lk_html_paragraph(out,
                          "A claim compares two models of one type with different losses: mse, "
                          "ssim, lwssim. Here are no two of them.");
        lk_html_section_end(out);
        return;
    }
    lk_text_add(out, "<p class=\"pointer\">Each cell has the difference that its verdict rests on: "
                     "point at it, or touch it.</p>\n");
    lk_text_add(out, "<div class=\"scroll\"><table class=\"claims\">\n<thead><tr><th>claim</th>");
    for (int i = 0; i < n; i++) {
        lk_text_add(out, "<th>");
        lk_html_text(out, models[i]);
        lk_text_add(out, "</th>");
    }
    lk_text_add(out, "</tr></thead>\n<tbody>\n");
    for (size_t c = 0; c < lk_n_claims; c++) {
        if (!lk_report_next_judgement(page->report, &lk_claims[c], NULL, NULL)) continue;
        lk_text_add(out, "<tr><td>");
        lk_html_text(out, lk_claims[c].words);
        lk_text_add(out, "</td>");
        for (int i = 0; i < n; i++) add_cell(page->report, &lk_claims[c], models[i], out);
        lk_text_add(out, "</tr>\n");
    }
    lk_text_add(out, "</tbody></table></div>\n");
    add_note(page->report, out);
    lk_html_section_end(out);
}
