/** The records of a run: metrics.jsonl and metrics.csv. */
#ifndef LIKENESS_TRAIN_RECORD_H
#define LIKENESS_TRAIN_RECORD_H

#include "base/file.h"
#include "train/checkpoint.h"

#include <likeness/evaluate.h>
#include <likeness/model.h>

#include <stdio.h>

/** metrics.jsonl, open for appending. */
typedef struct lk_record {
    FILE *file;
    char folder[LK_PATH_MAX];
} lk_record;

/** How far the lines of a run go that continues. */
typedef struct lk_record_end {
    int64_t step, ended; /* of the last step; of the last step of an epoch */
    const lk_origin *origin;
    bool extended; /* lk_record_extended will say again what it said of this step */
} lk_record_end;
/** Open, after removing every later line. The first line says where the weights are from, if they
 * are not random. Errors: LK_WRITE, LK_FORMAT, LK_MEMORY. */
lk_status lk_record_open(lk_record *record, const char *folder, lk_record_end end, lk_error *err);
void lk_record_close(lk_record *record);
/** Make sure that all lines are on the disk. Errors: LK_WRITE, also if the file is no longer in the
 * folder. */
lk_status lk_record_sync(lk_record *record, lk_error *err);

/** Epochs and steps that a run has done, from the last line of its metrics.csv; 0 if only its
 * heads are there. Errors: LK_READ, LK_FORMAT, LK_MEMORY. */
lk_status lk_record_length(const char *folder, double *epochs, double *steps, lk_error *err);

/** The epoch whose weights are the model's, the one with the lowest validation loss in metrics.csv;
 * the last one, and NaN, where nothing was validated; both NaN without a line or a file. Errors:
 * LK_READ, LK_MEMORY. */
lk_status lk_record_best(const char *folder, double *epoch, double *val_loss, lk_error *err);

/** Unweighted values of a model's terms and parts, in their order; NaN: the term has none. */
typedef struct lk_term_values {
    double v[LK_TERMS_MAX];
} lk_term_values;

/** What the end of a run's metrics.jsonl says. */
typedef struct lk_record_tail {
    int64_t step;     /* of the last line of a step or an epoch; 0: there is none */
    int epoch;        /* that it belongs to, from 1 */
    double loss;      /* of training: of the step's batch, or the mean of the epoch */
    double seconds;   /* from the start of the process that wrote the line */
    int64_t diverged; /* the step at which the run diverged; 0: it did not */
} lk_record_tail;
/** Read it; all 0 where there is no file. A last line that is cut off is ignored. Errors: LK_READ,
 * LK_MEMORY. */
lk_status lk_record_read_tail(const char *folder, lk_record_tail *tail, lk_error *err);

typedef struct lk_step_line {
    int64_t step;
    int epoch;
    double lr, loss, gradient_norm, images_per_second, seconds;
} lk_step_line;
/** Add a line for a step, with every term of the objective unweighted and weighted. Errors:
 * LK_WRITE, LK_MEMORY. */
lk_status lk_record_step(lk_record *record, const lk_step_line *line, const lk_model *model,
                         lk_error *err);

typedef struct lk_epoch_line {
    int64_t step;
    int epoch;
    double lr, train_loss, val_loss, images_per_second, seconds;
    const lk_metrics_summary *val; /* NULL: no validation split */
    lk_term_values val_terms;
    lk_codes_summary val_codes;
} lk_epoch_line;
/** Add a line for an epoch and write metrics.csv again from all of them. Errors: as above. */
lk_status lk_record_epoch(lk_record *record, const lk_epoch_line *line, const lk_model *model,
                          lk_error *err);
/** Add a line that says that the run has another length from this step on, and that this shows in
 * its numbers: its config alone does not repeat it. Errors: as above. */
lk_status lk_record_extended(lk_record *record, const lk_extension *extension, lk_error *err);
/** Add a line that says that train.patience ended the run after `step`. It goes when the run is
 * resumed. Errors: as above. */
lk_status lk_record_early_stop(lk_record *record, int64_t step, const lk_run_notes *notes,
                               lk_error *err);
/** Add a line that says that the run diverged at `step`, with the message for the user. It goes
 * when an earlier step is resumed. Errors: as above. */
lk_status lk_record_diverged(lk_record *record, int64_t step, const char *message, lk_error *err);

#endif
