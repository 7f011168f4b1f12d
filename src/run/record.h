/** What a run writes down while it trains: metrics.jsonl, metrics.csv, pictures. Internal to the
 * run layer. */
#ifndef LIKENESS_RUN_RECORD_H
#define LIKENESS_RUN_RECORD_H

#include "run/net.h"

#include <stdio.h>

/** metrics.jsonl, open for appending. */
typedef struct lk_record {
    FILE *file;
    char folder[LK_PATH_MAX];
} lk_record;

/** Open, after cutting away every line of a step after `step`, and of an epoch that ended after
 * `ended`. Errors: LK_WRITE, LK_FORMAT, LK_MEMORY. */
lk_status lk_record_open(lk_record *record, const char *folder, int64_t step, int64_t ended,
                         lk_error *err);
void lk_record_close(lk_record *record);
/** Lines so far reach the disk. Errors: LK_WRITE, also where the file is no longer in the
 * folder. */
lk_status lk_record_sync(lk_record *record, lk_error *err);

/** Unweighted values of a model's terms, in their order; NaN: the term has none. */
typedef struct lk_term_values {
    double v[LK_TERMS_MAX];
} lk_term_values;

typedef struct lk_step_line {
    int64_t step;
    int epoch;
    double lr, loss, gradient_norm, images_per_second, seconds;
} lk_step_line;
/** A line of a step, with every term of the objective unweighted and weighted. Errors: LK_WRITE,
 * LK_MEMORY. */
lk_status lk_record_step(lk_record *record, const lk_step_line *line, const lk_model *model,
                         lk_error *err);

typedef struct lk_epoch_line {
    int64_t step;
    int epoch;
    double lr, train_loss, val_loss, images_per_second, seconds;
    const lk_metrics_summary *val; /* NULL: no validation part */
    lk_term_values val_terms;
    lk_codes_summary val_codes;
} lk_epoch_line;
/** A line of an epoch, and metrics.csv made anew from all of them. Errors: as above. */
lk_status lk_record_epoch(lk_record *record, const lk_epoch_line *line, const lk_model *model,
                          lk_error *err);

/**
 * A picture of n_rows x n_columns small ones, `labels` (NULL: none) before the rows. shape each
 * cell (H, W, C), values in [0, 1]; NULL stays white. Errors: LK_WRITE, LK_MEMORY, LK_FORMAT (too
 * large).
 */
lk_status lk_table_picture(const char *path, lk_image_shape shape, int n_rows, int n_columns,
                           const lk_real *const *cells, const char *const *labels, lk_error *err);

/**
 * A picture of n originals above their reconstructions, in rows of 8; beside them, behind a gap, 2
 * n samples (NULL: none).
 * shape  all (n or 2 n, H, W, C). Errors: as above, LK_USAGE (n)
 */
lk_status lk_pairs_picture(const char *path, lk_image_shape shape, int n, const lk_real *originals,
                           const lk_real *reconstructions, const lk_real *samples, lk_error *err);

#endif
