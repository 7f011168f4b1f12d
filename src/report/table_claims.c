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

/* "Student's t over seeds (4.30 standard errors for 3 seeds, 2.78 for 5)" */
static void add_student(const lk_report *report, lk_text *out) {
    int least = LK_LIST_MAX, most = 0;
    for (size_t i = 0; i < report->n_judgements; i++) {
        int n = report->judgements[i].evidence->n_seeds;
        if (!report->judgements[i].over_seeds) continue;
        least = n < least ? n : least;
        most = n > most ? n : most;
    }
    lk_text_add(out, "Student's t over seeds (%.2f standard errors for %d seeds",
                lk_claim_limit(least), least);
    if (most > least) lk_text_add(out, ", %.2f for %d", lk_claim_limit(most), most);
    lk_text_add(out, ")");
}

static void add_limit(const lk_report *report, bool seeds, bool pictures, lk_text *out) {
    lk_text_add(out,
                "A claim holds, or does not, if the two models differ on the same test pictures by "
                "more than the 95 %% limit; else it is undecided. The limit is ");
    if (seeds) add_student(report, out);
    if (seeds && pictures) lk_text_add(out, " from %d seeds on, else ", LK_JUDGED_SEEDS);
    if (pictures) lk_text_add(out, "two standard errors over test pictures");
    if (!seeds) lk_text_add(out, ", which says nothing of other seeds");
    lk_text_add(out, ".");
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
    add_limit(report, seeds, pictures, out);
    if (brief) lk_text_add(out, " Below %d steps nothing is judged.", LK_JUDGED_STEPS);
    if (imported)
        lk_text_add(out,
                    " Imported models are not judged: nothing here says how long they trained.");
    if (paper)
        lk_text_add(out, " Where the paper's figures say something else, the cell says what.");
    lk_text_add(out, "\n");
}
