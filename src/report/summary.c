/* Means and spreads over seeds, and judgements. */
#include "report/summary.h"

#include <math.h>
#include <string.h>

/* ---- rows ---- */

/* A row without scores is alone. */
static bool same_model(const lk_result *a, const lk_result *b) {
    return a == b || (!a->state && !b->state && strcmp(a->label, b->label) == 0);
}

/* sd: with n - 1 in the denominator */
struct moments {
    double mean, sd;
};

static struct moments moments_of(const double *values, int n) {
    struct moments m = { 0, 0 };
    for (int i = 0; i < n; i++) m.mean += values[i];
    m.mean /= n;
    for (int i = 0; i < n; i++) m.sd += (values[i] - m.mean) * (values[i] - m.mean);
    m.sd = n < 2 ? (double)NAN : sqrt(m.sd / (n - 1));
    return m;
}

static lk_summary summarise(const lk_results *results, const lk_result *first) {
    const lk_result *of[LK_LIST_MAX] = { NULL };
    lk_summary s = { .first = first };
    for (const lk_result *row = first;
         row < results->rows + results->n_rows && s.n_seeds < LK_LIST_MAX; row++)
        if (same_model(row, first)) of[s.n_seeds++] = row;
    for (int m = 0; m < LK_N_ALL_METRICS; m++) {
        double values[LK_LIST_MAX] = { 0 };
        for (int i = 0; i < s.n_seeds; i++) values[i] = of[i]->measured.value[m];
        struct moments moments = moments_of(values, s.n_seeds);
        s.value[m] = moments.mean;
        s.spread[m] = s.n_seeds > 1 ? moments.sd : first->measured.se[m];
    }
    if (first->state) s.n_seeds = 0;
    for (int i = 0; i < s.n_seeds; i++) s.n_early += of[i]->ended != NULL;
    return s;
}

void lk_summary_run(const lk_summary *s, lk_text *out) {
    if (!s->first->run || s->first->source) return;
    lk_text_add(out, "%s", s->first->run);
    if (s->n_seeds > 1) lk_text_add(out, " +%d", s->n_seeds - 1);
}

const char *lk_summary_state(const lk_summary *s, char out[LK_STATE_MAX]) {
    if (s->first->state) return s->first->state;
    if (s->n_seeds == 1 && s->n_early) return s->first->ended;
    lk_format(out, LK_STATE_MAX, "%d of %d stopped early", s->n_early, s->n_seeds);
    return s->n_early ? out : "";
}

static bool is_first(const lk_results *results, const lk_result *row) {
    for (const lk_result *before = results->rows; before < row; before++)
        if (same_model(before, row)) return false;
    return true;
}

/* ---- which is best ---- */

static bool is_one_pack(const lk_results *results) {
    const char *data = NULL;
    for (size_t i = 0; i < results->n_rows; i++) {
        const lk_result *row = &results->rows[i];
        if (row->state) continue;
        if (data && strcmp(row->data, data) != 0) return false;
        data = row->data;
    }
    return true;
}

/* Whether `row` has metrics of features from another network than *network, which it becomes. */
static bool has_other_network(const lk_result *row, const char **network) {
    if (row->state || !*row->network) return false;
    bool other = *network && strcmp(row->network, *network) != 0;
    *network = row->network;
    return other;
}

static void find_network(lk_report *report) {
    const lk_results *results = report->results;
    report->one_network = true;
    for (size_t i = 0; i < results->n_rows; i++)
        if (has_other_network(&results->rows[i], &report->network)) report->one_network = false;
    for (size_t i = 0; i < results->n_baselines; i++)
        if (has_other_network(&results->baselines[i], &report->network))
            report->one_network = false;
}

static bool can_mark(const lk_report *report, int m) {
    return report->marks && (m < LK_N_METRICS || (m < LK_N_PICTURE_METRICS && report->one_network));
}

static void mark_best(lk_report *report, lk_metric m) {
    double best = (double)NAN;
    for (size_t i = 0; i < report->n_rows; i++)
        if (lk_metric_is_better(m, report->rows[i].value[m], best)) best = report->rows[i].value[m];
    for (size_t i = 0; i < report->n_rows; i++) {
        double value = report->rows[i].value[m];
        report->rows[i].best[m] = !isnan(value) && !lk_metric_is_better(m, best, value);
    }
}

/* Whether row a is above row b. Rows without scores are at the end. */
static bool is_above(const lk_summary *a, const lk_summary *b, int sort) {
    return sort == LK_SORT_LABEL
               ? strcmp(a->first->label, b->first->label) < 0
               : lk_metric_is_better((lk_metric)sort, a->value[sort], b->value[sort]);
}

/* Rows that are equal keep their order. */
static void sort_rows(lk_report *report, int sort) {
    for (size_t i = 1; i < report->n_rows; i++) {
        lk_summary row = report->rows[i];
        size_t to = i;
        for (; to > 0 && is_above(&row, &report->rows[to - 1], sort); to--)
            report->rows[to] = report->rows[to - 1];
        report->rows[to] = row;
    }
}

/* ---- judgements ---- */

/* The shortest run of a label. */
static int64_t steps_of(const lk_results *results, const char *label) {
    int64_t steps = INT64_MAX;
    for (size_t i = 0; i < results->n_rows; i++)
        if (!results->rows[i].state && strcmp(results->rows[i].label, label) == 0 &&
            results->rows[i].steps < steps)
            steps = results->rows[i].steps;
    return steps;
}

static double paper_of(const lk_results *results, const char *label, lk_metric metric) {
    for (size_t i = 0; i < results->n_rows; i++) {
        const lk_result *row = &results->rows[i];
        if (row->state || strcmp(row->label, label) != 0) continue;
        return metric == LK_METRIC_SSIM  ? row->paper_ssim
               : metric == LK_METRIC_MSE ? row->paper_mse
                                         : (double)NAN;
    }
    return (double)NAN;
}

/* The paper states no errors, so its two figures are compared as they are. */
static lk_verdict by_paper(const lk_claim *claim, double left, double right) {
    double excess = claim->higher ? left - right : right - left;
    if (isnan(excess)) return LK_VERDICT_NONE;
    return excess > 0 || (claim->or_equal && excess == 0) ? LK_VERDICT_HOLDS : LK_VERDICT_FAILS;
}

static lk_judgement judge(const lk_results *results, const lk_evidence *evidence) {
    double values[LK_LIST_MAX];
    for (int i = 0; i < evidence->n_seeds; i++) values[i] = evidence->seeds[i].value;
    struct moments over_seeds = moments_of(values, evidence->n_seeds);
    int64_t left = steps_of(results, evidence->left), right = steps_of(results, evidence->right);
    lk_judgement j = { .evidence = evidence,
                       .difference = over_seeds.mean,
                       .steps = left < right ? left : right };
    j.over_seeds = evidence->n_seeds >= LK_JUDGED_SEEDS;
    j.se = j.over_seeds ? over_seeds.sd / sqrt(evidence->n_seeds) : evidence->se_images;
    j.limit = lk_claim_limit(evidence->n_seeds) * j.se;
    j.verdict = lk_claim_judge(evidence->claim, j.difference, j.limit, j.steps);
    j.paper = by_paper(evidence->claim, paper_of(results, evidence->left, evidence->claim->metric),
                       paper_of(results, evidence->right, evidence->claim->metric));
    return j;
}

const char *lk_verdict_word(lk_verdict verdict) {
    static const char *const words[] = { "not measured", "too short",     "imported",
                                         "holds",        "does not hold", "undecided" };
    return words[verdict];
}

int lk_report_models(const lk_report *report, const char *models[LK_CLAIM_MODELS_MAX]) {
    int n = 0;
    for (size_t i = 0; i < report->n_judgements; i++) {
        const char *model = report->judgements[i].evidence->model;
        bool found = false;
        for (int k = 0; k < n; k++) found = found || strcmp(models[k], model) == 0;
        if (!found && n < LK_CLAIM_MODELS_MAX) models[n++] = model;
    }
    return n;
}

const lk_judgement *lk_report_next_judgement(const lk_report *report, const lk_claim *claim,
                                             const char *model, const lk_judgement *after) {
    size_t first = after ? (size_t)(after - report->judgements) + 1 : 0;
    for (size_t i = first; i < report->n_judgements; i++) {
        const lk_evidence *evidence = report->judgements[i].evidence;
        if (evidence->claim == claim && (!model || strcmp(evidence->model, model) == 0))
            return &report->judgements[i];
    }
    return NULL;
}

/* ---- all ---- */

lk_status lk_report_init(lk_report *report, const lk_results *results, const lk_report_view *view,
                         lk_error *err) {
    size_t rows_bytes = lk_size_mul(results->n_rows, sizeof *report->rows),
           n_judgements = view->no_claims ? 0 : results->n_evidence,
           bytes = lk_size_mul(n_judgements, sizeof *report->judgements);
    *report = (lk_report){ .results = results,
                           .view = view,
                           .one_pack = is_one_pack(results),
                           .rows = lk_alloc(rows_bytes),
                           .judgements = lk_alloc(bytes),
                           .n_judgements = n_judgements };
    if (!report->rows || !report->judgements) {
        lk_report_deinit(report);
        return lk_fail_memory(err, rows_bytes + bytes, "a table");
    }
    for (size_t i = 0; i < results->n_rows; i++)
        if (is_first(results, &results->rows[i]))
            report->rows[report->n_rows++] = summarise(results, &results->rows[i]);
    for (size_t i = 0; i < report->n_rows; i++) report->n_measured += !report->rows[i].first->state;
    find_network(report);
    report->marks = report->one_pack && report->n_measured > 1;
    for (int m = 0; m < LK_N_ALL_METRICS; m++)
        if (can_mark(report, m)) mark_best(report, (lk_metric)m);
    if (view->sort != LK_SORT_NONE) sort_rows(report, view->sort);
    for (size_t i = 0; i < n_judgements; i++)
        report->judgements[i] = judge(results, &results->evidence[i]);
    return LK_OK;
}

void lk_report_deinit(lk_report *report) {
    lk_free(report->rows);
    lk_free(report->judgements);
    *report = (lk_report){ 0 };
}
