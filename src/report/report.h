/**
 * report: tables of the results of trained models, verdicts on the claims of the paper (Lu 2019).
 * It reads plain results and knows nothing about training. A table needs only a folder
 * of results:
 *
 *   NAME-sSEED.json  a trained model: label, name, index (its place in the table), model, loss,
 *                    seed, epochs, steps, train_images, latents, paper {ssim, mse}, and the
 *                    contents of test.json: n, each metric and its "_se", data, codes. The config
 *                    of the run follows; old files lack it
 *   baselines.json   "baselines": a list of objects of label, n, each metric and its "_se"
 *   verdicts.json    experiment, note, and "differences": what the verdicts rest on, see
 *                    lk_evidence
 */
#ifndef LIKENESS_REPORT_REPORT_H
#define LIKENESS_REPORT_REPORT_H

#include "draw/canvas.h"

#include <likeness/metric.h>

/** Files of a folder of results that are not rows. */
#define LK_RESULTS_BASELINES "baselines.json"
#define LK_RESULTS_VERDICTS  "verdicts.json"

/** Verdicts on models trained for fewer steps than this only say so. */
enum { LK_JUDGED_STEPS = 500 };
/** With at least this many seeds errors are those over seeds, with fewer those over test
 * pictures. */
enum { LK_JUDGED_SEEDS = 3 };

/* ---- results --------------------------------------------------------------------------------- */

/** What was measured on the test split; NaN if undefined, or if the file lacks the metric. */
typedef struct lk_measured {
    int64_t n;
    double value[LK_N_ALL_METRICS], se[LK_N_ALL_METRICS];
} lk_measured;

/** Whether two may be the same; one stored before a metric existed lacks that metric. */
bool lk_measured_agree(const lk_measured *a, const lk_measured *b);

/** A trained model, or a baseline (only label and `measured`). Texts belong to the lk_results. */
typedef struct lk_result {
    /* label: "" until lk_results_label if the run is called like its folder; path: of its file, or
       its folder; folder: that of the run, with its scores; NULL: unknown */
    const char *label, *name, *model, *loss, *data, *path, *folder;
    const char *run; /* the folder of the run for people, one line; NULL: unknown */
    /* why there are no test scores ("epoch 3 of 6"); NULL: there are */
    const char *state;
    /* of the metrics of features, lk_feature_network.id; "": they were not measured */
    const char *network, *weights; /* weights: the checksum of the network's file */
    const char *init;              /* fingerprint of the file it started from; "none": at random */
    int64_t extended;              /* step after which its length was changed; 0: it was not */
    const char *ended; /* why a run with scores is shorter than its config says; NULL: it is not */
    /* what the run depends on except the seed, as lines "train.epochs=20"; config: all keys, NULL:
       unknown; facts: what every row tells of it */
    const char *config, *facts;
    const char *axes; /* of a sweep: the keys that its label has, with spaces between; else NULL */
    int source;       /* number of the folder of results that it was read from; 0: none */
    int64_t index, seed, steps, train_images, latents; /* train_images 0: unknown */
    double epochs, paper_ssim, paper_mse;              /* NaN: the paper has none */
    lk_measured measured;
} lk_result;

typedef struct lk_seed_difference {
    int64_t seed;
    double value, se; /* se over test pictures */
} lk_seed_difference;

/** What the verdict on a claim rests on, for one type of model: the difference left minus right for
 * each seed, on the same test pictures. */
typedef struct lk_evidence {
    const struct lk_claim *claim;
    const char *model, *left, *right; /* left, right: labels */
    int n_seeds, source;              /* source: as in lk_result; 0 once the labels are final */
    lk_seed_difference seeds[LK_LIST_MAX];
    /* of the mean over seeds, over test pictures; an upper bound if joined from several folders */
    double se_images;
} lk_evidence;

/** The contents of a table. */
typedef struct lk_results {
    char experiment[LK_WORDS_MAX], note[LK_WORDS_MAX];
    lk_result *rows, *baselines;
    lk_evidence *evidence;
    size_t n_rows, n_baselines, n_evidence;
    bool shows_runs;       /* the labels do not say which folder each row is */
    int source, n_sources; /* the folder that is being read, or 0; folders read so far */
    lk_arena arena;        /* texts */
} lk_results;

void lk_results_init(lk_results *results);
void lk_results_deinit(lk_results *results);
/**
 * Add a row from its JSON, which messages call `path`. `folder` may be NULL. A row with "state" has
 * no scores, and may lack everything but "label", "name" and "paper".
 * errors  LK_FORMAT "path: key: expected ...", LK_MEMORY
 */
lk_status lk_results_add(lk_results *results, const struct cJSON *json, const char *path,
                         const char *folder, lk_error *err);
/** The folder of the run of a row. Errors: LK_MEMORY. */
lk_status lk_result_set_folder(lk_results *results, lk_result *row, const char *folder,
                               lk_error *err);
/** Add a row for what cannot be read: its state is "damaged: REASON". Errors: LK_MEMORY. */
lk_status lk_results_add_damaged(lk_results *results, const char *name, const char *path,
                                 const char *reason, lk_error *err);
/**
 * Add a folder of results, which may hold none. Evidence about labels without a row is left out.
 * JSON without a label is no row: it is skipped with a warning to `log` (may be NULL). A damaged
 * file is a row that says so, with the reason as a warning; damaged baselines and verdicts are
 * skipped with a warning.
 * errors  LK_READ; LK_FORMAT: the path is too long; LK_MEMORY
 */
lk_status lk_results_read(lk_results *results, const char *folder, const lk_log *log,
                          lk_error *err);
/** Add one file of such a folder. */
lk_status lk_results_read_file(lk_results *results, const char *path, const lk_log *log,
                               lk_error *err);
/**
 * Make rows the seeds of one model only if they have the same label and differ in nothing but the
 * seed; give all others labels of their own. Rows of runs that are called like their folders, and
 * rows with the same label, are told apart by the keys in which they differ: "lr=0.01". A row that
 * is there twice counts once. Evidence follows its rows. Call it after the last row was added.
 * errors  LK_MEMORY; LK_FORMAT: too many seeds of a difference
 */
lk_status lk_results_label(lk_results *results, lk_error *err);
/** Append evidence. If there is some for the same claim and labels, from the same source, append
 * only seeds that it lacks. Errors: LK_MEMORY; LK_FORMAT: too many seeds. */
lk_status lk_results_add_evidence(lk_results *results, const lk_evidence *evidence, lk_error *err);
/** Write verdicts.json. Errors: LK_MEMORY, LK_WRITE. */
lk_status lk_results_write_evidence(const lk_results *results, const char *path, lk_error *err);

/* ---- claims ---------------------------------------------------------------------------------- */

/** A claim of the paper: with the same model, a metric is higher (or lower) for the left loss than
 * for the right one. */
typedef struct lk_claim {
    const char *key, *words;  /* "e.chroma", "(e) SSIM-trained lose colour: ..." */
    const char *left, *right; /* losses */
    double margin;            /* left may fall short by this much */
    lk_metric metric;
    bool higher;   /* left is claimed to be higher; else lower */
    bool or_equal; /* the claim also holds for equal figures in the paper */
} lk_claim;

extern const lk_claim lk_claims[];
extern const size_t lk_n_claims;

typedef enum lk_verdict {
    LK_VERDICT_NONE,
    LK_VERDICT_TOO_SHORT,
    LK_VERDICT_IMPORTED, /* trained elsewhere, so nobody knows how long */
    LK_VERDICT_HOLDS,
    LK_VERDICT_FAILS,
    LK_VERDICT_UNDECIDED
} lk_verdict;

/** How many standard errors a difference needs for a verdict, by its 95 % interval: from three
 * seeds on, Student's t for errors over that many seeds (4.303 for three; n_seeds <= LK_LIST_MAX);
 * below, 2 for errors over test pictures. */
double lk_claim_limit(int n_seeds);

/** Judge by a difference (left minus right): a claim holds, or does not hold, if the difference is
 * beyond the limit, which is in its unit. NaN: no verdict. 0 steps: imported. */
lk_verdict lk_claim_judge(const lk_claim *claim, double difference, double limit, int64_t steps);

/* ---- tables ---------------------------------------------------------------------------------- */

/** The formats of a table: name, words. A new row needs a function lk_report_<name>. */
#define LK_REPORT_FORMAT_LIST(X)                                                                   \
    X(md, "Markdown")                                                                              \
    X(csv, "RFC 4180, a line a model, full precision, without verdicts")                           \
    X(tex, "LaTeX: two tabulars with booktabs")                                                    \
    X(json, "one JSON object, full precision")

#define LK_REPORT_ENUM(name, words) LK_REPORT_##name,
typedef enum lk_report_format {
    LK_REPORT_FORMAT_LIST(LK_REPORT_ENUM) LK_N_REPORT_FORMATS
} lk_report_format;
#undef LK_REPORT_ENUM

/** How rows are sorted: by an lk_metric, the best first; by label; or not at all. */
enum { LK_SORT_NONE = -1, LK_SORT_LABEL = LK_N_ALL_METRICS };

/** What of the results a table shows. */
typedef struct lk_report_view {
    int sort;               /* a metric, LK_SORT_LABEL or LK_SORT_NONE */
    lk_metric_list columns; /* none: csv has all, md and tex those for people; json ignores it */
    bool no_claims;         /* leave the verdicts out */
} lk_report_view;

/** Print the table: a row for each label, then the baselines, then verdicts if there is evidence:
 * for people as a matrix of claims and types of model, in JSON each with its difference.
 * The rows have been labelled. Errors: LK_MEMORY. */
lk_status lk_report_print(const lk_results *results, lk_report_format format,
                          const lk_report_view *view, lk_text *out, lk_error *err);

/** Append the verdicts as a table of RFC 4180: a line for each claim, type of model and pair of
 * losses, with the keys that the verdicts of JSON have. The rows have been labelled. Errors:
 * LK_MEMORY. */
lk_status lk_report_claims_csv(const lk_results *results, const lk_report_view *view, lk_text *out,
                               lk_error *err);

/**
 * Write a figure of the models: SSIM against MSE, with error bars. The rows have been labelled.
 * errors  LK_FORMAT (no model has both), LK_WRITE, LK_MEMORY
 */
lk_status lk_report_scatter(const lk_results *results, const lk_report_view *view, const char *path,
                            const lk_origin_notes *origin, lk_error *err);

/** Append the text of one cell of a Markdown table, with "|" escaped. */
void lk_report_md_cell(const char *cell, lk_text *out);

#endif
