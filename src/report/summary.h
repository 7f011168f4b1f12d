/** The contents of a table, ready to be written in any format. Private to the report layer. */
#ifndef LIKENESS_REPORT_SUMMARY_H
#define LIKENESS_REPORT_SUMMARY_H

#include "report/report.h"

/** The rows of one label, or one row without scores (first->state). */
typedef struct lk_summary {
    const lk_result *first;
    int n_seeds;                    /* 0 without scores */
    int n_early;                    /* of them, ended early by train.patience */
    double value[LK_N_ALL_METRICS]; /* mean over seeds */
    /* standard deviation over seeds; with one seed the standard error over test pictures */
    double spread[LK_N_ALL_METRICS];
    bool best[LK_N_ALL_METRICS]; /* no model is better */
} lk_summary;

/** A difference and its verdict. */
typedef struct lk_judgement {
    const lk_evidence *evidence;
    double difference, se, limit; /* limit: a difference beyond it is no chance */
    bool over_seeds;              /* se is over seeds; else over test pictures */
    int64_t steps;                /* of the shortest run */
    lk_verdict verdict, paper;
} lk_judgement;

/** Rows and judgements in the order of the table. */
typedef struct lk_report {
    const lk_results *results;
    const lk_report_view *view;
    lk_summary *rows;
    lk_judgement *judgements;  /* one for each evidence; none if the view leaves claims out */
    size_t n_rows, n_measured; /* measured: with scores */
    size_t n_judgements;
    bool one_pack; /* all were measured on the same one */
    /* metrics of features come from this network, or one of several; NULL: from none */
    const char *network;
    bool one_network; /* not from several */
    bool marks;       /* some are the best */
} lk_report;

/** Both are borrowed. The caller calls lk_report_deinit(). Errors: LK_MEMORY. */
lk_status lk_report_init(lk_report *report, const lk_results *results, const lk_report_view *view,
                         lk_error *err);
void lk_report_deinit(lk_report *report);

/** Append the folder of the run; "runs/ae-s1 +2" with two more seeds; nothing where it is unknown
 * or in a folder of results, where label and seed say which it is. */
void lk_summary_run(const lk_summary *summary, lk_text *out);

enum { LK_STATE_MAX = 64 };
/** Why there are no scores, or which runs ended early; "": nothing to say. The text lives as long
 * as `out` and the summary. */
const char *lk_summary_state(const lk_summary *summary, char out[LK_STATE_MAX]);
/** "holds", "does not hold", "undecided", "too short", "imported", "not measured". */
const char *lk_verdict_word(lk_verdict verdict);

enum { LK_CLAIM_MODELS_MAX = 16 };
/** The types of model that have a verdict, in the order of the evidence: the columns of a matrix of
 * claims. Returns how many. */
int lk_report_models(const lk_report *report, const char *models[LK_CLAIM_MODELS_MAX]);
/** The first judgement on a claim for a type of model (NULL: any) that comes after `after` (NULL:
 * of all); NULL: there is none. Several mean that the type has several models of one loss. */
const lk_judgement *lk_report_next_judgement(const lk_report *report, const lk_claim *claim,
                                             const char *model, const lk_judgement *after);

#endif
