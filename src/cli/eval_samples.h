/** Samples of a model's prior, measured for the command eval. Private to the program. */
#ifndef LIKENESS_CLI_EVAL_SAMPLES_H
#define LIKENESS_CLI_EVAL_SAMPLES_H

#include "cli/command.h"
#include "evaluate/samples.h"

struct cJSON;

typedef struct lk_eval_samples {
    lk_trained decoder;
    lk_pack *pack;
    lk_prior prior;
    lk_samples measured;
} lk_eval_samples;

/**
 * Open the decoder of an open model, which stays open for as long, and a pack, and measure.
 * `options->prior` is not read: it is the model's, or with `fit` a Gaussian fitted to its codes.
 * The caller ends it with lk_eval_samples_close, also after an error.
 * errors  LK_USAGE (no prior); those of lk_trained_open_other, lk_pack_open, lk_samples_measure
 */
lk_status lk_eval_samples_open(const lk_cli *cli, const lk_trained *model, const char *data,
                               const lk_samples_options *options, bool fit,
                               lk_eval_samples *samples, lk_error *err);
void lk_eval_samples_close(lk_eval_samples *samples);
/** Write a PNG of the closest samples above their nearest training pictures. Errors: LK_WRITE,
 * LK_MEMORY. */
lk_status lk_eval_samples_draw(lk_eval_samples *samples, const lk_cli *cli, const char *path,
                               lk_error *err);
/** Print a table. Errors: LK_WRITE, LK_MEMORY. */
lk_status lk_eval_samples_print(const lk_eval_samples *samples, lk_error *err);

#endif
