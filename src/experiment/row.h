/** Rows of results: a run and its metrics. */
#ifndef LIKENESS_EXPERIMENT_ROW_H
#define LIKENESS_EXPERIMENT_ROW_H

#include "report/report.h"

#include <likeness/config.h>

struct cJSON;

/** The parts of a row that are not in the folder of the run. */
typedef struct lk_result_head {
    const char *label; /* "": the name of the run, or "" if it is called like its folder */
    int index;         /* place in the table */
    double paper_ssim, paper_mse;
    int64_t train_images; /* 0: unknown */
    const char *axes;     /* as in lk_experiment_run; NULL: none */
} lk_result_head;

/**
 * Make the row of a run, a file of results/, from its config.json, metrics.csv and test.json. The
 * caller deletes it.
 * errors  LK_FORMAT: a file of the run is missing or invalid; LK_MEMORY
 */
lk_status lk_result_of_run(const char *run, const lk_result_head *head, struct cJSON **result,
                           lk_error *err);
/**
 * Make the row of a run that is not done: it has a state, such as "epoch 3 of 6", "epoch 3 of 6,
 * running" or "diverged at step 40", instead of metrics.
 * errors  LK_FORMAT, LK_READ: its config is missing or invalid; LK_MEMORY
 */
lk_status lk_result_of_unfinished_run(const char *run, const lk_result_head *head,
                                      struct cJSON **result, lk_error *err);
/**
 * Make the row of a run that will be done in the folder `run`, with pictures of size x size: its
 * state is "not started". Errors: LK_MEMORY.
 */
lk_status lk_result_of_run_to_start(const char *run, const lk_config *config, int size,
                                    const lk_result_head *head, struct cJSON **result,
                                    lk_error *err);
/** Add the row of the run in a folder, done or not. Errors: as above. */
lk_status lk_result_read_run(lk_results *results, const char *run, lk_error *err);

#endif
