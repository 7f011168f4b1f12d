/** The parts of training and what they share. Internal to the run layer. */
#ifndef LIKENESS_RUN_TRAIN_H
#define LIKENESS_RUN_TRAIN_H

#include "run/checkpoint.h"
#include "run/codes.h"
#include "run/record.h"

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
    double loss; /* the objective over the validation part */
    lk_term_values terms;
    lk_metrics_summary metrics;
    lk_codes_summary codes; /* kl_of_latent: until the next validation */
} lk_validation;

/** A training run under way. */
typedef struct lk_train {
    const lk_context *context;
    const lk_train_options *options;
    const lk_config *config;
    lk_text config_text;
    int lock; /* file descriptor of .lock; -1: not held */
    lk_pack *pack;
    lk_loader *loader;
    lk_net net;
    lk_training_state state;
    lk_validator *validator; /* NULL: the pack has no validation part */
    lk_checkpoint checkpoint;
    lk_record record;
    lk_position position;
    int64_t n_steps, steps_an_epoch, saved_step, steps_now;
    int n_epochs, flat_steps; /* flat_steps: in a row, with a gradient of exactly zero */
    bool said_flat;
    double begin_s, rate, last_loss;
    lk_arena arena;
} lk_train;

/** Whether a stop is asked for: LK_OK, or what the options' stop says. */
lk_status lk_train_asked(const lk_train *train);
/** Steps until the end or a stop, then the model. */
lk_status lk_train_run(lk_train *train, lk_error *err);

lk_status lk_validator_create(lk_train *train, lk_error *err);
void lk_validator_destroy(lk_validator *validator);
/** The objective and the metrics over the validation part, with the averaged weights where there
 * are some; grids/epoch_NNNN.png.
 *  Errors: LK_WRITE, LK_MEMORY, or what lk_train_asked says between batches, and then it left no
 *  trace. */
lk_status lk_validate(lk_train *train, int epoch, lk_validation *out, lk_error *err);

/** Take the run's lock; closing *lock gives it back. Errors: LK_FAILED where another process has
 * it, LK_WRITE. */
lk_status lk_folder_lock(const char *folder, int *lock, lk_error *err);
/** Create or check the run's folder and lock it. Errors: LK_USAGE, LK_FAILED, LK_WRITE. */
lk_status lk_folder_open(const lk_train_options *options, int *lock, lk_error *err);
/** That the run in a folder has this config. Errors: LK_USAGE with the difference, LK_MEMORY. */
lk_status lk_folder_same_config(const char *folder, const lk_config *config, lk_error *err);
/** That a run of this config may begin in a folder without checkpoints, nothing being lost. Errors:
 * LK_USAGE, LK_MEMORY. */
lk_status lk_folder_has_no_more(const char *folder, const lk_config *config, lk_error *err);

#endif
