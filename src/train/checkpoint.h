/**
 * Checkpoints: everything that a run needs to continue, in one safetensors file.
 * checkpoints/last.safetensors is the newest, previous.safetensors the one before it,
 * best.safetensors that of the lowest validation loss.
 *
 * tensors   parameters and statistics by their names; "average." + name; the optimiser's moments:
 *           "adam.m." + name and so on
 * metadata  likeness.step, likeness.epoch and likeness.batch (done), likeness.best (null: none
 *           yet), likeness.best_step (absent: see best.safetensors), likeness.epoch_loss (sum over
 *           the steps of this epoch), likeness.ended and likeness.extended (see lk_position),
 *           likeness.first_loss, likeness.config, likeness.images, likeness.data (how they were
 *           prepared), likeness.init (see lk_origin; absent: at random), likeness.fingerprint (of
 *           the pack), likeness.version, likeness.blas, likeness.isa
 */
#ifndef LIKENESS_TRAIN_CHECKPOINT_H
#define LIKENESS_TRAIN_CHECKPOINT_H

#include "net/net.h"
#include "net/preparation.h"
#include "optim/optim.h"

#include <likeness/evaluate.h>

/** How far training is. */
typedef struct lk_position {
    int64_t step;      /* steps done */
    double epoch_loss; /* sum of the objective over the steps of the current epoch */
    double best;       /* lowest validation loss; infinite: none yet */
    int64_t best_step; /* after which it was measured; 0: none yet */
    double first_loss; /* of the first step; NaN: not known, from a checkpoint without it */
    /* steps done when an epoch was last validated and recorded; for the current step this may not
       have happened yet */
    int64_t ended;
    /* after which the run got another length in a way that shows in its numbers (lk_extension); 0:
       it did not */
    int64_t extended;
} lk_position;

/** What a checkpoint holds, by reference. */
typedef struct lk_checkpoint {
    const lk_config *config;
    const char *config_text;
    const lk_preparation *data;
    lk_net *net;
    lk_training_state *state;
    int64_t steps_an_epoch;
    lk_origin *origin;
    bool extend; /* a schedule may follow a new length of the run */
} lk_checkpoint;

/** How the length of a run changes when it continues. */
typedef struct lk_extension {
    int64_t done, steps_an_epoch;
    int64_t from, to;    /* steps in all, before and now */
    bool follows_length; /* the schedule depends on the length, and that changes */
    /* learning rates: of the last step done, of the next one, of the last one */
    double rate_done, rate_next, rate_end;
    /* the run was validated after this step, and would not have been if it had always had this
       length; 0: there is no such step */
    int64_t inside_epoch;
} lk_extension;

/** Errors: LK_WRITE, LK_MEMORY. */
lk_status lk_checkpoint_write(const lk_checkpoint *checkpoint, const char *path,
                              const lk_position *position, lk_error *err);
/** Write a new last.safetensors; the old one becomes previous.safetensors once the new one is
 * complete. A valid checkpoint exists at any time; between the two renames it is
 * previous.safetensors. No hard links, as some file systems have none. Errors: as above. */
lk_status lk_checkpoint_write_last(const lk_checkpoint *checkpoint, const char *folder,
                                   const lk_position *position, lk_error *err);
/**
 * Continue from last.safetensors, or from previous.safetensors if the last one does not verify (the
 * log says so). *found is false if there is neither.
 * errors  LK_FORMAT if neither verifies, LK_USAGE for another config or pack, with the difference
 */
lk_status lk_checkpoint_resume(const lk_checkpoint *checkpoint, const char *folder,
                               lk_position *position, lk_extension *extension, bool *found,
                               lk_error *err);
/** Write the config of this run, and that it was extended, into the checkpoints of the folder that
 * have another one, and change nothing else in them. Files that cannot be read stay as they are.
 * Errors: LK_WRITE, LK_MEMORY. */
lk_status lk_checkpoint_adopt(const lk_checkpoint *checkpoint, const char *folder,
                              const lk_position *position, lk_error *err);
/** Load only the weights (averaged ones if there are any) into the flat array `weights`, and the
 * statistics into net->params.statistics. */
lk_status lk_checkpoint_weights(const lk_checkpoint *checkpoint, const char *path, lk_real *weights,
                                lk_error *err);

#endif
