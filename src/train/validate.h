/** Validation: the objective and the scores over the validation split, and pictures to look at. */
#ifndef LIKENESS_TRAIN_VALIDATE_H
#define LIKENESS_TRAIN_VALIDATE_H

#include "evaluate/codes.h"
#include "train/record.h"

#include <likeness/loader.h>

struct lk_run;

/** What validation needs besides the network: its batches, room for pictures. */
typedef struct lk_validator {
    lk_loader *loader;
    int n_images, n_pictures;
    lk_real *originals, *reconstructions; /* of the first n_pictures */
    lk_code_meter *meter;
    lk_model decoder;         /* on the net's parameters; without nodes where there is no prior */
    lk_real *codes, *samples; /* of the prior, 2 n_pictures, and what becomes of them */
} lk_validator;

typedef struct lk_validation {
    double loss; /* the objective over the validation split */
    lk_term_values terms;
    lk_metrics_summary metrics;
    lk_codes_summary codes; /* kl_of_latent: until the next validation */
} lk_validation;

lk_status lk_validator_create(struct lk_run *train, lk_error *err);
void lk_validator_destroy(lk_validator *validator);
/** The objective and the metrics over the validation split, with the averaged weights where there
 * are some; grids/epoch_NNNN.png.
 *  Errors: LK_WRITE, LK_MEMORY, or what lk_train_asked says between batches, and then it left no
 *  trace. */
lk_status lk_validate(struct lk_run *train, int epoch, lk_validation *out, lk_error *err);

#endif
