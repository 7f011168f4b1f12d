/** Reconstructions of pictures by trained models, and the files of them. Private to the program. */
#ifndef LIKENESS_CLI_RECONSTRUCTION_H
#define LIKENESS_CLI_RECONSTRUCTION_H

#include "cli/pictures.h"

#include <likeness/metric.h>

/** What to reconstruct and to write; "": it is not written. */
typedef struct lk_reconstruction_plan {
    int n_runs; /* the command's first words; the others are pictures */
    const lk_picture_options *from;
    const lk_strings *sets;
    const char *out, *npy, *folder, *originals;
    bool force; /* folders may hold files */
} lk_reconstruction_plan;

/** What one model made. */
typedef struct lk_reconstruction {
    char label[LK_WORDS_MAX], path[LK_PATH_MAX]; /* path: of the model's file */
    lk_unfinished unfinished;
    lk_metrics *metrics; /* of each picture; NULL: they are too small to be measured */
    lk_metrics_summary summary;
} lk_reconstruction;

typedef struct lk_reconstructions {
    lk_pictures pictures;
    int n_runs, n_shown; /* n_shown: pictures in `out` */
    bool by_quantiles;   /* they are from the typical one to the worst of the first run */
    lk_reconstruction *runs;
} lk_reconstructions;

/**
 * Read the pictures, reconstruct them by each run and write the files. The caller ends it with
 * lk_reconstructions_deinit, also after an error.
 * errors  those of lk_pictures_open, lk_pictures_read and lk_trained_open; LK_FORMAT (models for
 *         different pictures); LK_USAGE (folders that hold files); LK_WRITE
 */
lk_status lk_reconstruct(lk_cli *cli, const lk_reconstruction_plan *plan, lk_reconstructions *out,
                         lk_error *err);
void lk_reconstructions_deinit(lk_reconstructions *reconstructions);

#endif
