/* What commands tell of the model that they use. */
#include "cli/trained.h"

#include <likeness/json.h>

#include <cJSON.h>

bool lk_cli_add_model(cJSON *json, const char *path, const lk_unfinished *unfinished) {
    return cJSON_AddStringToObject(json, "model", path) &&
           (!unfinished->is || (cJSON_AddFalseToObject(json, "finished") &&
                                cJSON_AddBoolToObject(json, "running", unfinished->running) &&
                                lk_json_add_number(json, "step", (double)unfinished->step) &&
                                lk_json_add_number(json, "epoch", (double)unfinished->epoch)));
}
