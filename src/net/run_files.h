/** The names of the files in the folder of a run. */
#ifndef LIKENESS_NET_RUN_FILES_H
#define LIKENESS_NET_RUN_FILES_H

#define LK_RUN_CONFIG      "config.json"       /* with every default written out */
#define LK_RUN_LOG         "metrics.jsonl"     /* a line for each logged step and each epoch */
#define LK_RUN_EPOCHS      "metrics.csv"       /* the epochs of it, as a table */
#define LK_RUN_MODEL       "model.safetensors" /* at the end */
#define LK_RUN_TEST_SCORES "test_scores.npy"   /* of every test picture */
#define LK_RUN_TEST        "test.json"         /* comes last: if it exists, all do */

/** All of them, as a list of strings. */
#define LK_RUN_FILES                                                                               \
    LK_RUN_CONFIG, LK_RUN_LOG, LK_RUN_EPOCHS, LK_RUN_MODEL, LK_RUN_TEST_SCORES, LK_RUN_TEST

#define LK_RUN_GRIDS       "grids"
#define LK_RUN_CHECKPOINTS "checkpoints"

/** In the folder of checkpoints. */
#define LK_CHECKPOINT_LAST     "last.safetensors"
#define LK_CHECKPOINT_PREVIOUS "previous.safetensors"
#define LK_CHECKPOINT_BEST     "best.safetensors"

/** The same from the folder of the run. */
#define LK_RUN_LAST     LK_RUN_CHECKPOINTS "/" LK_CHECKPOINT_LAST
#define LK_RUN_PREVIOUS LK_RUN_CHECKPOINTS "/" LK_CHECKPOINT_PREVIOUS
#define LK_RUN_BEST     LK_RUN_CHECKPOINTS "/" LK_CHECKPOINT_BEST

#endif
