/* The verdicts in words: a matrix of claims and types of model. */
#include "report/table.h"

/* A claim either holds for a type or does not; its row says what it is. */
static const char *word_of(lk_verdict verdict) {
    return verdict == LK_VERDICT_FAILS ? "does not" : lk_verdict_word(verdict);
}

static bool differs_in_paper(const lk_judgement *j) {
    return j->paper != LK_VERDICT_NONE && j->paper != j->verdict;
}

static void add_verdict(const lk_judgement *j, lk_text *out) {
    lk_text_add(out, "%s", word_of(j->verdict));
    if (differs_in_paper(j)) lk_text_add(out, " (paper: %s)", word_of(j->paper));
}

static void add_cell(const lk_report *report, const lk_claim *claim, const char *model,
                     lk_text *out) {
    const lk_judgement *j = lk_report_next_judgement(report, claim, model, NULL);
    bool alone = j && !lk_report_next_judgement(report, claim, model, j);
    lk_text_add(out, "\t%s", j ? "" : "–");
    for (const char *between = ""; j; between = "; ") {
        lk_text_add(out, "%s", between);
        if (!alone) lk_text_add(out, "%s against %s: ", j->evidence->left, j->evidence->right);
        add_verdict(j, out);
        j = lk_report_next_judgement(report, claim, model, j);
    }
}

void lk_report_claims(const lk_report *report, lk_text *out) {
    const char *models[LK_CLAIM_MODELS_MAX];
    int n = lk_report_models(report, models);
    lk_text_add(out, "claim");
    for (int i = 0; i < n; i++) lk_text_add(out, "\t%s", models[i]);
    for (size_t c = 0; c < lk_n_claims; c++) {
        if (!lk_report_next_judgement(report, &lk_claims[c], NULL, NULL)) continue;
        lk_text_add(out, "\n%s", lk_claims[c].words);
        for (int i = 0; i < n; i++) add_cell(report, &lk_claims[c], models[i], out);
    }
    lk_text_add(out, "\n");
}

void lk_report_claim_notes(const lk_report *report, lk_text *out) {
    bool seeds = false, pictures = false, brief = false, imported = false, paper = false;
    for (size_t i = 0; i < report->n_judgements; i++) {
        const lk_judgement *j = &report->judgements[i];
        seeds = seeds || j->over_seeds;
        pictures = pictures || !j->over_seeds;
        brief = brief || j->verdict == LK_VERDICT_TOO_SHORT;
        imported = imported || j->verdict == LK_VERDICT_IMPORTED;
        paper = paper || differs_in_paper(j);
    }
    if (!seeds && !pictures) return;
    lk_text_add(out,
                "A claim holds, or does not, if the two models differ by more than two standard "
                "errors on the same test pictures; else it is undecided. The errors are ");
    if (seeds && pictures)
        lk_text_add(out, "over seeds from %d seeds on, else over test pictures", LK_JUDGED_SEEDS);
    else
        lk_text_add(out,
                    seeds ? "over seeds" : "over test pictures, which says nothing of other seeds");
    lk_text_add(out, ".");
    if (brief) lk_text_add(out, " Below %d steps nothing is judged.", LK_JUDGED_STEPS);
    if (imported)
        lk_text_add(out,
                    " Imported models are not judged: nothing here says how long they trained.");
    if (paper)
        lk_text_add(out, " Where the paper's figures say something else, the cell says what.");
    lk_text_add(out, "\n");
}
