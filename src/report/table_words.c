/* The table in words and rounded numbers, shared by Markdown and LaTeX. */
#include "report/table.h"

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* The figures that the paper gives. */
static const struct paper {
    lk_metric metric;
    int digits;
    size_t offset; /* of a double of lk_result */
} papers[] = {
    { LK_METRIC_SSIM, 2, offsetof(lk_result, paper_ssim) },
    { LK_METRIC_MSE, 4, offsetof(lk_result, paper_mse) },
};

static const struct paper *paper_of(lk_metric metric) {
    for (size_t i = 0; i < LK_COUNT(papers); i++)
        if (papers[i].metric == metric) return &papers[i];
    return NULL;
}

/* ---- rows ---- */

static void add_heads(lk_text *out, const lk_metric_list *columns) {
    static const char *const arrows[] = { " ↑", " ↓", " → 1", "" }; /* of lk_metric_better */
    lk_text_add(out, "model\trun\tseeds\tstate");
    for (int i = 0; i < columns->n; i++) {
        const lk_metric_row *metric = lk_metric_describe(columns->v[i]);
        lk_text_add(out, "\t%s%s", metric->title, arrows[metric->better]);
        if (paper_of(columns->v[i])) lk_text_add(out, "\tpaper's %s", metric->title);
    }
    lk_text_add(out, "\n");
}

/* A baseline has no seeds, and is never marked as the best. */
static void add_row(lk_text *out, const lk_summary *s, bool runs, const lk_metric_list *columns) {
    const lk_result *row = s->first;
    char seeds[16] = "–", state[LK_STATE_MAX];
    if (s->n_seeds) snprintf(seeds, sizeof seeds, "%d", s->n_seeds);
    lk_text_add(out, "%s\t", row->label);
    if (runs) lk_summary_run(s, out);
    lk_text_add(out, "\t%s\t%s", seeds, lk_summary_state(s, state));
    for (int i = 0; i < columns->n; i++) {
        const lk_metric m = columns->v[i];
        const struct paper *paper = paper_of(m);
        lk_text_add(out, "\t");
        if (s->best[m]) lk_text_add(out, "%c", LK_CELL_BEST);
        lk_metric_text(out, s->value[m], s->spread[m], lk_metric_describe(m)->digits, false);
        if (!paper) continue;
        lk_text_add(out, "\t");
        lk_metric_text(out, *(const double *)(const void *)((const char *)row + paper->offset),
                       (double)NAN, paper->digits, false);
    }
    lk_text_add(out, "\n");
}

/* A baseline has no codes. */
static bool is_measured(const lk_result *row, const lk_metric_list *columns) {
    bool measured = false;
    for (int i = 0; i < columns->n; i++)
        measured = measured || !isnan(row->measured.value[columns->v[i]]);
    return measured;
}

void lk_report_rows(const lk_report *report, lk_text *out) {
    const lk_metric_list columns = lk_report_columns(report, LK_METRIC_IN_TABLE);
    add_heads(out, &columns);
    for (size_t i = 0; i < report->n_rows; i++)
        add_row(out, &report->rows[i], report->results->shows_runs, &columns);
    for (size_t i = 0; i < report->results->n_baselines; i++) {
        const lk_result *row = &report->results->baselines[i];
        if (!is_measured(row, &columns)) continue;
        lk_summary baseline = { .first = row };
        memcpy(baseline.value, row->measured.value, sizeof baseline.value);
        memcpy(baseline.spread, row->measured.se, sizeof baseline.spread);
        add_row(out, &baseline, false, &columns);
    }
}

/* ---- notes ---- */

struct range {
    double low, high;
};

static void widen(struct range *range, double value) {
    if (value < range->low) range->low = value;
    if (value > range->high) range->high = value;
}

static void add_range(lk_text *out, const struct range *range, const char *what) {
    lk_text_add(out, "%.9g", range->low);
    if (range->high > range->low) lk_text_add(out, " to %.9g", range->high);
    lk_text_add(out, " %s%s", what, range->high == 1 ? "" : "s");
}

/* " on 3600 pictures for 8 epochs (800 steps)" */
static void add_length(const struct range *images, const struct range *epochs,
                       const struct range *steps, lk_text *out) {
    if (images->low > 0) {
        lk_text_add(out, " on ");
        add_range(out, images, "picture");
    }
    lk_text_add(out, " for ");
    add_range(out, epochs, "epoch");
    lk_text_add(out, " (");
    add_range(out, steps, "step");
    lk_text_add(out, ")");
}

static void add_training(const lk_report *report, lk_text *out) {
    const struct range none = { DBL_MAX, 0 };
    struct range images = none, epochs = none, steps = none, n = none;
    size_t n_imported = 0;
    for (size_t i = 0; i < report->results->n_rows; i++) {
        const lk_result *row = &report->results->rows[i];
        if (row->state) continue;
        widen(&n, (double)row->measured.n);
        n_imported += row->steps == 0;
        if (row->steps == 0) continue;
        widen(&images, (double)row->train_images);
        widen(&epochs, row->epochs);
        widen(&steps, (double)row->steps);
    }
    lk_text_add(out, "Trained");
    if (steps.high > 0) add_length(&images, &epochs, &steps, out);
    if (n_imported)
        lk_text_add(out, "%s elsewhere and then imported", steps.high > 0 ? ", or" : "");
    lk_text_add(out, ", measured on ");
    add_range(out, &n, "test picture");
    lk_text_add(out, ".\n");
}

/* What ± means for the models. */
static void add_spread(const lk_report *report, lk_text *out) {
    bool one = report->results->n_baselines > 0, more = false;
    for (size_t i = 0; i < report->n_rows; i++) {
        one = one || report->rows[i].n_seeds == 1;
        more = more || report->rows[i].n_seeds > 1;
    }
    lk_text_add(out, "Of a model, ± is the ");
    if (more && one)
        lk_text_add(out, "standard deviation over seeds; where there is one seed or none, the "
                         "standard error over test pictures.\n");
    else
        lk_text_add(out, more ? "standard deviation over seeds.\n"
                              : "standard error over test pictures (one seed).\n");
}

/* Which network the metrics of features come from. */
static void add_network(const lk_report *report, lk_text *out) {
    const lk_metric_list columns = lk_report_columns(report, LK_METRIC_IN_TABLE);
    const lk_result *row = report->results->rows, *end = row + report->results->n_rows;
    while (row < end && (row->state || !*row->network)) row++;
    if (row == end || !lk_report_shows_features(&columns)) return;
    if (report->one_network)
        lk_text_add(out,
                    "Fréchet and LPIPS are distances in the features of network %s, whose weights "
                    "have the CRC-32C %s.\n",
                    row->network, row->weights);
    else
        lk_text_add(out, "The rows have Fréchet and LPIPS from different networks, so these cannot "
                         "be compared.\n");
}

static bool has_marks(const lk_report *report) {
    const lk_metric_list columns = lk_report_columns(report, LK_METRIC_IN_TABLE);
    bool has = false;
    for (size_t i = 0; i < report->n_rows; i++)
        for (int c = 0; c < columns.n; c++) has = has || report->rows[i].best[columns.v[c]];
    return has;
}

/* What is bold, and which rows count for nothing. */
static void add_marks(const lk_report *report, lk_text *out) {
    if (has_marks(report))
        lk_text_add(out, "Bold is the best model of a column: the highest where it says ↑, the "
                         "lowest where it says ↓, else the nearest to 1.\n");
    if (report->n_measured < report->n_rows)
        lk_text_add(out, "A row without scores is part of no verdict.\n");
}

void lk_report_notes(const lk_report *report, lk_text *out) {
    if (*report->results->note) lk_text_add(out, "%s\n", report->results->note);
    if (report->n_measured) add_training(report, out);
    if (!report->one_pack)
        lk_text_add(out, "The rows come from different packs, so they cannot be compared.\n");
    add_network(report, out);
    add_marks(report, out);
    if (report->n_measured || report->results->n_baselines) add_spread(report, out);
    lk_report_claim_notes(report, out);
}
