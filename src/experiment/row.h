/** Rows of results: what a run is and what it reached. */
#ifndef LIKENESS_EXPERIMENT_ROW_H
#define LIKENESS_EXPERIMENT_ROW_H

#include <likeness/status.h>

struct cJSON;

/** What the table says of a run and its folder does not. */
typedef struct lk_result_head {
    const char *label;
    int index; /* place in the table */
    double paper_ssim, paper_mse;
    int64_t train_images; /* 0: unknown */
} lk_result_head;

/**
 * What a run is and what it reached, as a file of results/ holds it: from its config.json,
 * metrics.csv and test.json. The caller deletes it.
 * errors  LK_FORMAT: a file of the run is absent or unsound; LK_MEMORY
 */
lk_status lk_result_of_run(const char *run, const lk_result_head *head, struct cJSON **result,
                           lk_error *err);

#endif
