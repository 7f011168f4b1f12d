/** What commands tell of the model that they use. Private to the program. */
#ifndef LIKENESS_CLI_TRAINED_H
#define LIKENESS_CLI_TRAINED_H

#include "cli/command.h"
#include "draw/canvas.h"
#include "net/trained.h"

#include <likeness/pack.h>

struct cJSON;

/** What help says about RUN. */
#define LK_HELP_RUN                                                                                \
    "RUN is a run's folder, a model file or a checkpoint. Of a run that is not finished its best " \
    "checkpoint is used, or its last if there is no best one."

/** Add "model", the path of the model's file, to an object; for the checkpoint of a run that is not
 * finished also "finished": false, "running", "step" and "epoch". False when memory ran out. */
bool lk_cli_add_model(struct cJSON *json, const char *path, const lk_unfinished *unfinished);

/** What help says about --data. */
#define LK_HELP_RUN_DATA "; default: the one that RUN was trained on"

/**
 * Open the pack that --data names, or where that is "" the one that a run was trained on, as its
 * record says. `run`: the word of the command line; `path` gets the pack's (LK_PATH_MAX bytes).
 * errors  LK_USAGE (nothing is recorded), LK_FORMAT (it has gone, or is another one now), those of
 *         lk_pack_open
 */
lk_status lk_cli_open_pack(const lk_cli *cli, const char *run, const char *given, char *path,
                           lk_pack **pack, lk_error *err);

/** The notes of a command's figure, with the texts they need. */
typedef struct lk_cli_origin {
    lk_origin_notes notes;
    lk_text command;
    char seed[32], model[LK_WORDS_MAX];
} lk_cli_origin;
/** Fill in the command, and if `trained` is not NULL the model, its seed and its data. The texts of
 * both and `title` are borrowed. The caller ends it with lk_cli_origin_deinit. */
void lk_cli_origin_init(lk_cli_origin *origin, const lk_cli *cli, const lk_trained *trained,
                        const char *title);
void lk_cli_origin_deinit(lk_cli_origin *origin);

#endif
