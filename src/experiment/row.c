/* Makes rows of results from the files in the folder of a run. */
#include "experiment/row.h"
#include "base/file.h"
#include "net/run_files.h"
#include "train/record.h"

#include <likeness/config.h>

#include <cJSON.h>
#include <math.h>
#include <string.h>

static lk_status read_config(const char *run, lk_config *config, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_format(path, sizeof path, "%s/" LK_RUN_CONFIG, run);
    lk_status status = lk_config_load(path, NULL, 0, config, err);
    return status == LK_USAGE ? LK_FORMAT : status;
}

static bool add_head(cJSON *row, const lk_result_head *head, const lk_config *config, double epochs,
                     double steps) {
    cJSON *paper = NULL;
    return cJSON_AddStringToObject(row, "label", *head->label ? head->label : config->name) &&
           cJSON_AddStringToObject(row, "name", config->name) &&
           lk_json_add_number(row, "index", head->index) &&
           cJSON_AddStringToObject(row, "model", config->model.chosen.choice->name) &&
           cJSON_AddStringToObject(row, "loss", config->reconstruction.chosen.choice->name) &&
           lk_json_add_number(row, "seed", (double)config->seed) &&
           lk_json_add_number(row, "epochs", epochs) && lk_json_add_number(row, "steps", steps) &&
           lk_json_add_number(row, "train_images",
                              head->train_images ? (double)head->train_images : (double)NAN) &&
           lk_json_add_number(row, "latents", (double)config->model.latent) &&
           (paper = cJSON_AddObjectToObject(row, "paper")) &&
           lk_json_add_number(paper, "ssim", head->paper_ssim) &&
           lk_json_add_number(paper, "mse", head->paper_mse);
}

/* The row contains all of test.json. */
static bool move_members(cJSON *from, cJSON *row) {
    bool fine = true;
    for (cJSON *next, *value = from->child; value && fine; value = next) {
        next = value->next;
        fine = lk_json_add(row, value->string, cJSON_Duplicate(value, true));
    }
    return fine;
}

lk_status lk_result_of_run(const char *run, const lk_result_head *head, cJSON **result,
                           lk_error *err) {
    char path[LK_PATH_MAX];
    lk_config config = { 0 };
    lk_json test = { 0 };
    double epochs = 0, steps = 0;
    cJSON *row = NULL;
    if (!lk_format(path, sizeof path, "%s/" LK_RUN_TEST, run))
        return lk_fail(err, LK_FORMAT, "%s: path is too long", run);
    lk_status status = lk_json_read(path, &test, err);
    if (status == LK_USAGE) status = LK_FORMAT;
    if (!status && !cJSON_IsObject(test.root))
        status = lk_fail(err, LK_FORMAT, "%s: expected an object", path);
    if (!status) status = lk_record_length(run, &epochs, &steps, err);
    if (!status) status = read_config(run, &config, err);
    if (status) goto done;
    row = cJSON_CreateObject();
    if (add_head(row, head, &config, epochs, steps) && move_members(test.root, row))
        *result = row;
    else {
        cJSON_Delete(row);
        status = lk_json_no_memory(err, path);
    }
done:
    lk_config_deinit(&config);
    lk_json_deinit(&test);
    return status;
}
