/** How far a run is, from the files in its folder. */
#ifndef LIKENESS_EXPERIMENT_RUN_PROGRESS_H
#define LIKENESS_EXPERIMENT_RUN_PROGRESS_H

#include "report/curves.h"
#include "report/report.h"
#include "train/record.h"
#include "train/session.h"

/** What can become of a run: name, words for people. */
#define LK_STAGE_LIST(X)                                                                           \
    X(NOT_STARTED, "not started") /* of an experiment that does not run now */                     \
    X(WAITING, "waiting")         /* of an experiment that runs */                                 \
    X(RUNNING, "running")                                                                          \
    X(STOPPED, "stopped")   /* no process works on it, and it is not done */                       \
    X(FINISHED, "finished") /* it has a model */                                                   \
    X(FAILED, "failed")     /* it diverged */                                                      \
    X(DAMAGED, "damaged")   /* it cannot be read */
#define LK_STAGE_ENUM(name, words) LK_STAGE_##name,
typedef enum lk_stage { LK_STAGE_LIST(LK_STAGE_ENUM) LK_N_STAGES } lk_stage;
#undef LK_STAGE_ENUM
const char *lk_stage_words(lk_stage stage);

/** The stage of a run without test scores, and what its record ends with. Errors: LK_READ,
 * LK_MEMORY. */
lk_status lk_stage_read(const char *run, lk_stage *stage, lk_record_tail *tail, lk_error *err);
/** Whether a run of that config is done in the folder, and only its test is missing. */
bool lk_stage_is_untested(const char *run);

/** NaN: unknown. */
typedef struct lk_run_progress {
    lk_stage stage;
    double epochs, n_epochs; /* epochs that have ended; all of them */
    double steps, n_steps;
    double done;                  /* the part that is done, 0 to 1 */
    double train_loss, val_loss;  /* of the last epoch; before its end, of a batch */
    double val_ssim, val_mse;     /* of the last epoch */
    double best_epoch, best_loss; /* with the lowest validation loss */
    double seconds, seconds_left; /* of training, over all sessions */
    char started[LK_WORDS_MAX];   /* the first session, "2026-11-30T06:52:30Z"; "" */
    lk_curves curves;             /* one run, or none */
} lk_run_progress;

/**
 * Read how far the run of a row is that lk_results_search found. `now_s` is the time since 1970.
 * Files that are missing, damaged or just being written leave numbers unknown. The caller ends it
 * with lk_run_progress_deinit, also after an error. Errors: LK_MEMORY.
 */
lk_status lk_run_progress_read(const lk_result *row, double now_s, lk_run_progress *progress,
                               lk_error *err);
void lk_run_progress_deinit(lk_run_progress *progress);

/** The runs at or below some folders, in the order of their paths, and how far each is. */
typedef struct lk_run_list {
    lk_results results;
    lk_run_progress *progress; /* of each row of `results` */
} lk_run_list;

/** Errors: those of lk_results_search. The caller ends it with lk_run_list_deinit, also after an
 * error. */
lk_status lk_run_list_read(lk_run_list *list, const char *const *folders, int n_folders,
                           double now_s, const lk_log *log, lk_error *err);
void lk_run_list_deinit(lk_run_list *list);

#endif
