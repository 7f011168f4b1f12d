/** The parts of an experiment. Internal to the run layer. */
#ifndef LIKENESS_RUN_EXPERIMENT_H
#define LIKENESS_RUN_EXPERIMENT_H

#include <likeness/report.h>
#include <likeness/run.h>

enum { LK_RUNS_MAX = 256, LK_NAME_MAX = 100, LK_LABEL_MAX = 100 };

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

/**
 * Add the differences the claims are about: for each claim and type of model with exactly one label
 * for either loss, over the seeds both have, from the scores in the rows' folders; rows without a
 * folder or scores take no part.
 * errors  LK_FORMAT: unsound scores; LK_MEMORY
 */
lk_status lk_results_compare(lk_results *results, lk_error *err);

/**
 * Create `out`/results, lock it, and remove what killed processes left there and in `out`; closing
 * *lock (set to -1 before) gives it back.
 * errors  LK_FAILED where another process has it; LK_WRITE
 */
lk_status lk_experiment_folder_open(const char *out, int *lock, lk_error *err);

/**
 * results/baselines.json: the mean image, and PCA with as many components as runs have latents,
 * unless it is there for this pack. `fingerprint`: of the pack, as lk_pack_is_same wants it.
 * errors  as lk_evaluate_baselines; LK_WRITE
 */
lk_status lk_experiment_baselines(const lk_context *context, const lk_reproduce_options *options,
                                  char *fingerprint, lk_error *err);

/**
 * A picture of every run's reconstructions, with the first seed: a row of originals, a row for each
 * label, the label to the left. Columns are LK_FIGURE_COLUMNS test pictures evenly spaced: picture
 * floor(i n / columns) of n, so that nobody picks.
 * errors  as lk_evaluate; LK_WRITE
 */
enum { LK_FIGURE_COLUMNS = 8 };
lk_status lk_experiment_figure(const lk_context *context, const lk_reproduce_options *options,
                               char *fingerprint, const char *path, lk_error *err);

/** Print a JSON object to a file, whole or not at all. Errors: LK_MEMORY, LK_WRITE. */
lk_status lk_json_write(const struct cJSON *json, const char *path, lk_error *err);

#endif
