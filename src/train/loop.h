/** The loop of a training run. */
#ifndef LIKENESS_TRAIN_LOOP_H
#define LIKENESS_TRAIN_LOOP_H

#include "base/lock.h"
#include "train/board.h"
#include "train/checkpoint.h"
#include "train/gradient_sum.h"
#include "train/session.h"
#include "train/validate.h"

#include <likeness/loader.h>
#include <likeness/train.h>

/** A training run under way. */
typedef struct lk_run {
    const lk_context *context;
    const lk_train_options *options;
    const lk_config *config;
    lk_text config_text;
    lk_lock lock; /* of the run's folder */
    lk_pack *pack;
    lk_preparation data; /* of the pack */
    lk_loader *loader;
    lk_net net;
    lk_training_state state;
    lk_gradient_sum gradient_sum;
    lk_validator *validator; /* NULL: the pack has no validation split */
    lk_checkpoint checkpoint;
    lk_record record;
    lk_session session;
    lk_board board;
    lk_position position;
    lk_origin origin;
    lk_extension extension; /* of the run that was there */
    int64_t n_steps, steps_an_epoch, saved_step, steps_now;
    int n_epochs;
    int flat_steps; /* in a row, with a gradient of exactly zero */
    bool said_flat; /* the warning about them was given */
    double begin_s, rate, last_loss;
    double start_s, step_s; /* when the first step began, from begin_s; mean time of a step */
} lk_run;

/** Whether an epoch or the run is complete and the end of the epoch has not been processed yet. */
bool lk_train_epoch_ends(const lk_run *run);
/** Whether no step is left to do: all are done, or train.patience ends the run. */
bool lk_train_is_done(const lk_run *run);
/** Train until the end or a stop, then write the model. Errors: those of lk_train_model. */
lk_status lk_train_run(lk_run *run, lk_error *err);

#endif
