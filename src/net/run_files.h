/** The names of a run and of the files in its folder. */
#ifndef LIKENESS_NET_RUN_FILES_H
#define LIKENESS_NET_RUN_FILES_H

#include <likeness/options.h>
#include <likeness/status.h>

#define LK_RUN_CONFIG      "config.json"       /* with every default written out */
#define LK_RUN_RECORD      "run.json"          /* the pack, and the processes that trained */
#define LK_RUN_LOG         "metrics.jsonl"     /* a line for each logged step and each epoch */
#define LK_RUN_EPOCHS      "metrics.csv"       /* the epochs of it, as a table */
#define LK_RUN_CURVES      "curves.png"        /* the epochs as a figure, at the end */
#define LK_RUN_MODEL       "model.safetensors" /* at the end */
#define LK_RUN_TEST_SCORES "test_scores.npy"   /* of every test picture */
#define LK_RUN_TEST        "test.json"         /* comes last: if it exists, all do */

#define LK_RUN_REPORT "report.html" /* a page of the run, for people; no command reads it */

/** All but the last, as a list of strings. */
#define LK_RUN_FILES                                                                               \
    LK_RUN_CONFIG, LK_RUN_RECORD, LK_RUN_LOG, LK_RUN_EPOCHS, LK_RUN_CURVES, LK_RUN_MODEL,          \
        LK_RUN_TEST_SCORES, LK_RUN_TEST

#define LK_RUN_GRIDS       "grids"
#define LK_RUN_BOARD       "tensorboard" /* only with --tensorboard */
#define LK_RUN_CHECKPOINTS "checkpoints"

/** In the folder of checkpoints. */
#define LK_CHECKPOINT_LAST     "last.safetensors"
#define LK_CHECKPOINT_PREVIOUS "previous.safetensors"
#define LK_CHECKPOINT_BEST     "best.safetensors"

/** The same from the folder of the run. */
#define LK_RUN_LAST     LK_RUN_CHECKPOINTS "/" LK_CHECKPOINT_LAST
#define LK_RUN_PREVIOUS LK_RUN_CHECKPOINTS "/" LK_CHECKPOINT_PREVIOUS
#define LK_RUN_BEST     LK_RUN_CHECKPOINTS "/" LK_CHECKPOINT_BEST

/** In the folder for TensorBoard: then the number of the process that wrote it, 0001 or greater. */
#define LK_BOARD_EVENTS "events.out.tfevents."

/**
 * Find the file with the model of the run in a folder: model.safetensors, or if the run is not
 * finished its best checkpoint, else its last. `path` has LK_PATH_MAX bytes.
 * errors  LK_FORMAT: there is none of them
 */
lk_status lk_run_find_model(const char *folder, char *path, lk_error *err);

/** The folder of the run that `path` is, or is a model or a checkpoint of: for any other file, the
 * folder it is in. `out` has LK_PATH_MAX bytes. Returns `out`. */
const char *lk_run_folder(const char *path, char *out);

/**
 * What a run is called: `name`, that of its config, or if that is empty the name of its folder.
 * `path` is the folder, or a model or a checkpoint in it; any other file has its own name. The name
 * is one line. Returns `out`.
 */
const char *lk_run_name(const char *name, const char *path, char out[LK_WORDS_MAX]);

#endif
