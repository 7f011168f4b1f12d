/** Training a model: one run, from a config and a pack to a folder with the trained model. */
#ifndef LIKENESS_TRAIN_H
#define LIKENESS_TRAIN_H

#include <likeness/config.h>
#include <likeness/evaluate.h>
#include <likeness/stop.h>

LK_HEADER_BEGIN

/** The state of a run after a step. */
typedef struct lk_train_progress {
    int64_t step, n_steps;
    int epoch, n_epochs; /* from 1 */
    double loss;         /* the objective of the last batch */
    double images_per_second, seconds_left;
    double seconds; /* since this process opened the run */
    int best_epoch; /* with the lowest validation loss so far; 0: none yet */
    double penalty; /* unweighted value of the regularizer in the last batch; NaN: there is none */
} lk_train_progress;

/** A run that is done. */
typedef struct lk_train_summary {
    double seconds;   /* of this process */
    int64_t from, to; /* steps done when this process opened the run, and now */
    int best_epoch;   /* with the lowest validation loss; 0: nothing was validated */
    double best_loss; /* that loss */
} lk_train_summary;

typedef struct lk_train_options {
    const lk_config *config;
    const char *data, *out;  /* the pack; the run's folder */
    const char *fingerprint; /* the pack's must be this one; NULL: any will do */
    const char *command;     /* for run.json; NULL: not known */
    bool resume, force;      /* continue from a checkpoint; replace a run that is there */
    bool extend; /* when the length changes, a schedule that depends on it follows the new one */
    const char *init;  /* a file with the weights to start from; NULL: at random. A run that
                          continues does not need it */
    bool init_partial; /* it may lack tensors, and have others */
    /* check the results of every op: the first that is not finite ends the run, even if the loss
       is finite; slow */
    bool detect;
    bool tensorboard;    /* write TensorBoard's event files, in the folder tensorboard of the run */
    lk_run_notes *notes; /* gets what lk_evaluate_run should know of the run; may be NULL */
    lk_stop stop;        /* asked after each step and each batch of validation */
    lk_train_summary *summary; /* filled once the run is done; may be NULL */
    /* called after each step; may be NULL */
    void (*progress)(void *self, const lk_train_progress *progress);
    void *self; /* for `progress` */
} lk_train_options;

/**
 * Train a model. configs/quick/README.md lists the folder's files; `model.safetensors` holds the
 * weights of the lowest validation loss (of the last step where the pack has no validation split).
 * Results are the same bits at any number of threads, and after any number of interruptions.
 *
 * errors  LK_USAGE (the folder has a run and neither resume nor force is set; the run there has
 *         another config or pack), LK_READ, LK_FORMAT (pack, checkpoints), LK_DIVERGED (names the
 *         step and the first bad node; nothing of that step is kept), LK_WRITE, LK_MEMORY,
 *         LK_FAILED (another process trains there), or the answer of `stop`, once a checkpoint is
 *         saved
 */
lk_status lk_train_model(const lk_context *context, const lk_train_options *options, lk_error *err);
/** Whether a run of this config on this pack could start: the network is built, and nothing is
 * trained or written. Errors: those of lk_train_model that have nothing to do with its folder. */
lk_status lk_train_check(const lk_context *context, const lk_config *config, const char *data,
                         lk_error *err);

typedef struct lk_import_options {
    const lk_config *config;
    const char *weights; /* a safetensors file: a PyTorch state_dict, a model, a checkpoint */
    const char *data;    /* a pack that the run belongs to; NULL: none */
    int size, channels;  /* of the pictures, without a pack; 0: as `weights` says */
    const char *out;     /* the run's folder */
    const char *command; /* for run.json; NULL: not known */
    bool force;          /* replace a run that is there */
    lk_run_notes *notes; /* gets what lk_evaluate_run should know of the run; may be NULL */
    lk_stop stop;
} lk_import_options;

/**
 * Make a run of weights that were trained elsewhere. Its folder is that of a run that is done, with
 * 0 steps and without checkpoints. With a pack the model also knows how its pictures are made and
 * where the codes of training pictures lie.
 *
 * errors  LK_USAGE (the folder has a run and `force` is not set; nothing says how large pictures
 *         are; the config's layers do not fit), LK_READ, LK_FORMAT (the pack; tensors that are
 *         missing, have another shape, or are not in the model), LK_WRITE, LK_MEMORY, LK_FAILED
 *         (another process works there), or the answer of `stop`
 */
lk_status lk_import_model(const lk_context *context, const lk_import_options *options,
                          lk_error *err);

LK_HEADER_END

#endif
