/* Tables as RFC 4180: a line for each label, numbers with all digits, an empty cell if undefined.
   Verdicts have other columns and are a table of their own. */
#include "report/table.h"

#include <math.h>
#include <string.h>

static void add_number(lk_text *out, double value) {
    char text[LK_NUMBER_TEXT_MAX];
    lk_text_add(out, ",%s", isnan(value) ? "" : lk_number_text(value, text));
}

static void add_heads(lk_text *out, const lk_metric_list *columns) {
    lk_text_add(out, "label,model,loss,seeds,n,epochs,steps,train_images,latents,error");
    for (int i = 0; i < columns->n; i++) {
        const char *key = lk_metric_key(columns->v[i]);
        lk_text_add(out, ",%s,%s_error", key, key);
    }
    lk_text_add(out, ",paper_ssim,paper_mse,state,run%s\r\n",
                lk_report_shows_features(columns) ? ",network" : "");
}

static void add_figures(lk_text *out, const lk_summary *s, const char *error,
                        const lk_metric_list *columns) {
    char state[LK_STATE_MAX];
    lk_text run = { 0 };
    lk_text_add(out, ",%s", error);
    for (int i = 0; i < columns->n; i++) {
        add_number(out, s->value[columns->v[i]]);
        add_number(out, s->spread[columns->v[i]]);
    }
    add_number(out, s->first->paper_ssim);
    add_number(out, s->first->paper_mse);
    lk_text_add(out, ",");
    lk_text_cell(out, lk_summary_state(s, state));
    lk_text_add(out, ",");
    lk_summary_run(s, &run);
    if (run.n) lk_text_cell(out, run.data);
    out->failed = out->failed || run.failed;
    lk_text_deinit(&run);
    if (lk_report_shows_features(columns)) lk_text_add(out, ",%s", s->first->network);
    lk_text_add(out, "\r\n");
}

static void add_row(lk_text *out, const lk_summary *s, const lk_metric_list *columns) {
    const lk_result *row = s->first;
    lk_text_cell(out, row->label);
    lk_text_add(out, ",");
    lk_text_cell(out, row->model);
    lk_text_add(out, ",");
    lk_text_cell(out, row->loss);
    add_number(out, s->n_seeds);
    add_number(out, row->state ? (double)NAN : (double)row->measured.n);
    add_number(out, row->state ? (double)NAN : row->epochs);
    add_number(out, row->state ? (double)NAN : (double)row->steps);
    add_number(out, row->train_images ? (double)row->train_images : (double)NAN);
    add_number(out, (double)row->latents);
    add_figures(out, s,
                row->state       ? ""
                : s->n_seeds > 1 ? "sd over seeds"
                                 : "se over pictures",
                columns);
}

static void add_baseline(lk_text *out, const lk_result *row, const lk_metric_list *columns) {
    lk_text_cell(out, row->label);
    lk_text_add(out, ",,,");
    add_number(out, (double)row->measured.n);
    lk_text_add(out, ",,,,");
    lk_summary baseline = { .first = row };
    memcpy(baseline.value, row->measured.value, sizeof baseline.value);
    memcpy(baseline.spread, row->measured.se, sizeof baseline.spread);
    add_figures(out, &baseline, "se over pictures", columns);
}

lk_status lk_report_csv(const lk_report *report, lk_text *out, lk_error *err) {
    (void)err;
    const lk_metric_list columns = lk_report_columns(report, 0);
    add_heads(out, &columns);
    for (size_t i = 0; i < report->n_rows; i++) add_row(out, &report->rows[i], &columns);
    for (size_t i = 0; i < report->results->n_baselines; i++)
        add_baseline(out, &report->results->baselines[i], &columns);
    return LK_OK;
}

static void add_judgement(lk_text *out, const lk_judgement *j) {
    const lk_claim *claim = j->evidence->claim;
    const char *const words[] = { claim->key,         claim->words,
                                  j->evidence->model, j->evidence->left,
                                  j->evidence->right, lk_metric_key(claim->metric) };
    for (size_t i = 0; i < LK_COUNT(words); i++) {
        lk_text_add(out, i ? "," : "");
        lk_text_cell(out, words[i]);
    }
    add_number(out, j->difference);
    add_number(out, j->se);
    lk_text_add(out, ",%s", j->over_seeds ? "seeds" : "pictures");
    add_number(out, j->limit);
    add_number(out, (double)j->steps);
    lk_text_add(out, ",%s,%s\r\n", lk_verdict_word(j->verdict),
                j->paper ? lk_verdict_word(j->paper) : "");
}

lk_status lk_report_claims_csv(const lk_results *results, const lk_report_view *view, lk_text *out,
                               lk_error *err) {
    lk_report report;
    lk_status status = lk_report_init(&report, results, view, err);
    if (status) return status;
    lk_text_add(out, "claim,words,model,left,right,metric,difference,error,error_over,limit,steps,"
                     "verdict,paper\r\n");
    for (size_t i = 0; i < report.n_judgements; i++) add_judgement(out, &report.judgements[i]);
    lk_report_deinit(&report);
    return out->failed ? lk_fail_memory(err, out->n, "a table") : LK_OK;
}
