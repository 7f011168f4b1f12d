/** The parts of a run's folder, for what tells people about it. */
#ifndef LIKENESS_EXPERIMENT_RUN_PARTS_H
#define LIKENESS_EXPERIMENT_RUN_PARTS_H

#include "base/file.h"
#include "net/trained.h"
#include "report/report.h"
#include "train/session.h"

/** What a run's metrics.jsonl says besides numbers. */
typedef struct lk_run_ends {
    char init[LK_PATH_MAX]; /* the file it started from; "": at random, or not known */
    int early_epoch;        /* after which train.patience ended it; 0: it did not */
} lk_run_ends;
/** Read them; a file that is missing or damaged says nothing. */
void lk_run_ends_read(const char *folder, lk_run_ends *ends);

typedef struct lk_run_parts {
    const char *path;
    lk_config config;
    lk_results results;
    const lk_result *row; /* the only one */
    lk_measured measured; /* n = 0: nothing is known */
    lk_history history;
    lk_run_ends ends;
    lk_trained trained;
    bool has_model; /* or a checkpoint */
    double best_epoch, best_loss;
    lk_text damage; /* a line for each part that cannot be read */
} lk_run_parts;

/** Read all parts of the run in a folder. Only a config that cannot be read is an error; any other
 * part that is damaged is a line in `damage`. The caller ends it with lk_run_parts_deinit, also
 * after an error. Errors: LK_FORMAT, LK_READ, LK_MEMORY. */
lk_status lk_run_parts_read(lk_run_parts *parts, const char *path, const lk_context *context,
                            lk_error *err);
void lk_run_parts_deinit(lk_run_parts *parts);
/** Whether the run was imported: its model is there, and not a step was made. */
bool lk_run_parts_imported(const lk_run_parts *parts);

#endif
