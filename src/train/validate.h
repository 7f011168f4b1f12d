/** Validation: the objective and the scores over the validation split, and pictures to look at. */
#ifndef LIKENESS_TRAIN_VALIDATE_H
#define LIKENESS_TRAIN_VALIDATE_H

#include "evaluate/codes.h"
#include "net/net.h"
#include "train/record.h"

#include <likeness/pack.h>
#include <likeness/stop.h>

/** What validation works with; all borrowed, and kept until lk_validator_destroy. */
typedef struct lk_validator_options {
    const lk_config *config;
    const lk_pack *pack;
    lk_net *net;
    lk_real *average;    /* averaged weights, used in place of the net's; NULL: there are none */
    const char *folder;  /* of the run: gets grids/epoch_NNNN.png */
    bool keeps_codes;    /* the codes are asked for */
    const lk_stop *stop; /* asked after each batch */
} lk_validator_options;

typedef struct lk_validator lk_validator;

typedef struct lk_validation {
    double loss; /* the objective over the validation split */
    lk_term_values terms;
    lk_metrics_summary metrics;
    lk_codes_summary codes; /* kl_of_latent: until the next validation */
    bool has_picture;       /* lk_validate_picture */
    /* with `keeps_codes`: those of the first pictures, at most a million values, until the next
       validation */
    const lk_real *code_values;
    size_t n_code_values;
} lk_validation;

/** What the figures of a run call it: its model and loss, "AE (mse)". They tell neither its name
 * nor its folder, so that runs of the same numbers have equal files. Returns `out`. */
const char *lk_validate_title(const lk_config *config, char out[LK_WORDS_MAX]);

/** Where an epoch's picture is. Returns `path`. */
const char *lk_validate_picture(const char *folder, int epoch, char path[LK_PATH_MAX]);

/** *out is NULL where the pack has no validation split. Errors: LK_MEMORY. */
lk_status lk_validator_create(const lk_validator_options *options, lk_validator **out,
                              lk_error *err);
void lk_validator_destroy(lk_validator *validator);
/**
 * The objective and the metrics over the validation split, with the averaged weights where the run
 * has them, and a picture in grids/.
 * errors  LK_WRITE, LK_MEMORY, or the answer of `stop`, and then it left no trace
 */
lk_status lk_validate(lk_validator *validator, int epoch, lk_validation *out, lk_error *err);

#endif
