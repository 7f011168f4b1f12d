/** Trained models: written at the end of a run, opened for use. */
#ifndef LIKENESS_NET_TRAINED_H
#define LIKENESS_NET_TRAINED_H

#include "base/file.h"
#include "net/code_spread.h"
#include "net/net.h"
#include "net/preparation.h"

#include <likeness/trained.h>

/**
 * model.safetensors: weights and statistics; in the metadata the config, the images' shape, how
 * they were prepared (`data`; NULL: not known) and where their codes lie (`codes`; NULL: not
 * known). `values` are the weights, a flat array as params->trained.
 */
lk_status lk_model_write(const char *path, const lk_net *net, const lk_config *config,
                         const lk_preparation *data, const lk_code_spread *codes,
                         const lk_real *values, lk_error *err);

/** The shape of the images a model file or checkpoint is for. Errors: LK_FORMAT. */
lk_status lk_model_images(const lk_safetensors *file, const char *path, lk_image_shape *images,
                          lk_error *err);

/** A run whose checkpoint is used in place of its model. */
typedef struct lk_unfinished {
    bool is;      /* a run's folder was given, and the file is a checkpoint */
    bool running; /* a process trained there a moment ago */
    int64_t step, epoch;
} lk_unfinished;

/** A trained model opened for use, from a run's folder, a model file or a checkpoint. */
struct lk_trained {
    lk_config config;
    lk_preparation data;
    lk_net net;
    char path[LK_PATH_MAX]; /* of the file */
    lk_safetensors *file;
    bool borrows; /* the file is another one's */
    lk_unfinished unfinished;
};

/**
 * Open and build for batches of LK_EVALUATION_BATCH, without gradients. A run's folder stands for
 * its model.safetensors; the folder of a run that is not finished for its best checkpoint, or if
 * there is none for its last, and the log says so. Of a checkpoint with averaged weights these are
 * used. `sets` change the config, as --set does.
 * errors  LK_FORMAT for the file and what it holds, LK_USAGE for sets
 */
lk_status lk_trained_open(const char *path, const lk_context *context, const char *const *sets,
                          int n_sets, lk_trained *trained, lk_error *err);
/** Only one part of the model: the tensors of the others are not read. */
lk_status lk_trained_open_part(const char *path, const lk_context *context, lk_model_part part,
                               lk_trained *trained, lk_error *err);
/** A part of the same model as `from`, even if its file has been replaced since. `from` stays open
 * for as long. */
lk_status lk_trained_open_other(const lk_trained *from, const lk_context *context,
                                lk_model_part part, lk_trained *trained, lk_error *err);
void lk_trained_close(lk_trained *trained);
/** Reconstruct n images. shape  originals, out (n, H, W, C) */
void lk_trained_reconstruct(lk_trained *trained, const lk_real *originals, int n, lk_real *out);
/** The same of at most LK_EVALUATION_BATCH images that the model's corruption spoils first, as
 * pictures number first, first + 1, ... What the encoder saw is the value of the model's node
 * `corrupted`, which it must have. `first` is a multiple of LK_EVALUATION_BATCH. */
void lk_trained_restore(lk_trained *trained, const lk_real *originals, int first, int n,
                        lk_real *out);

#endif
