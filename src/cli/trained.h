/** What commands tell of the model that they use. Private to the program. */
#ifndef LIKENESS_CLI_TRAINED_H
#define LIKENESS_CLI_TRAINED_H

#include "net/trained.h"

struct cJSON;

/** What help says about RUN. */
#define LK_HELP_RUN                                                                                \
    "RUN is a run's folder, a model file or a checkpoint. Of a run that is not finished its best " \
    "checkpoint is used, or its last if there is no best one."

/** Add "model", the path of the model's file, to an object; for the checkpoint of a run that is not
 * finished also "finished": false, "running", "step" and "epoch". False when memory ran out. */
bool lk_cli_add_model(struct cJSON *json, const char *path, const lk_unfinished *unfinished);

#endif
