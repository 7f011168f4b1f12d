/* Makes rows of results from the files in the folder of a run. */
#include "experiment/row.h"
#include "experiment/run_progress.h"
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

/* Delete the members of an object, which may be NULL, that change no number. */
static void drop_members(cJSON *object, const char *prefix) {
    for (cJSON *next, *value = object ? object->child : NULL; value; value = next) {
        char path[LK_WORDS_MAX];
        next = value->next;
        if (lk_format(path, sizeof path, "%s%s", prefix, value->string) &&
            lk_config_changes_no_number(path))
            cJSON_Delete(cJSON_DetachItemViaPointer(object, value));
    }
}

/* All that the numbers of the run depend on, except its seed. */
static bool add_config(cJSON *row, const lk_config *config) {
    cJSON *copy = cJSON_Duplicate(config->json.root, true);
    if (!lk_json_add(row, "config", copy)) return false;
    cJSON_DeleteItemFromObjectCaseSensitive(copy, "seed");
    drop_members(copy, "");
    drop_members(cJSON_GetObjectItemCaseSensitive(copy, "train"), "train.");
    return true;
}

static bool add_head(cJSON *row, const char *run, const lk_result_head *head,
                     const lk_config *config) {
    cJSON *paper = NULL;
    char name[LK_WORDS_MAX];
    return cJSON_AddStringToObject(row, "label", *head->label ? head->label : config->name) &&
           cJSON_AddStringToObject(row, "name", lk_run_name(config->name, run, name)) &&
           lk_json_add_number(row, "index", head->index) &&
           cJSON_AddStringToObject(row, "model", config->model.chosen.choice->name) &&
           cJSON_AddStringToObject(row, "loss", config->reconstruction.chosen.choice->name) &&
           lk_json_add_number(row, "seed", (double)config->seed) &&
           lk_json_add_number(row, "train_images",
                              head->train_images ? (double)head->train_images : (double)NAN) &&
           lk_json_add_number(row, "latents", (double)lk_shape_size(lk_config_code(config))) &&
           (paper = cJSON_AddObjectToObject(row, "paper")) &&
           lk_json_add_number(paper, "ssim", head->paper_ssim) &&
           lk_json_add_number(paper, "mse", head->paper_mse) &&
           (!head->axes || !*head->axes || cJSON_AddStringToObject(row, "axes", head->axes));
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
    if (add_head(row, run, head, &config) && lk_json_add_number(row, "epochs", epochs) &&
        lk_json_add_number(row, "steps", steps) && move_members(test.root, row) &&
        add_config(row, &config))
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

static lk_status state_of(const char *run, const lk_config *config, char out[64], lk_error *err) {
    double epochs = 0, steps = 0;
    lk_record_tail tail;
    lk_stage stage;
    lk_error none_yet;
    if (lk_stage_is_untested(run)) {
        lk_format(out, 64, "trained, not tested");
        return LK_OK;
    }
    lk_status status = lk_stage_read(run, &stage, &tail, err);
    if (status) return status;
    status = lk_record_length(run, &epochs, &steps, &none_yet);
    if (status == LK_MEMORY) return lk_fail(err, LK_MEMORY, "%s", none_yet.text);
    if (status) epochs = steps = 0;
    const char *running = stage == LK_STAGE_RUNNING ? ", running" : "";
    if (stage == LK_STAGE_FAILED)
        lk_format(out, 64, "diverged at step %lld", (long long)tail.diverged);
    else if (config->train.steps)
        lk_format(out, 64, "step %.0f of %lld%s", steps, (long long)config->train.steps, running);
    else
        lk_format(out, 64, "epoch %.0f of %lld%s", epochs, (long long)config->train.epochs,
                  running);
    return LK_OK;
}

/* The row of a run without scores. */
static lk_status add_state(const char *run, const lk_result_head *head, const char *state,
                           const lk_config *config, cJSON **result, lk_error *err) {
    cJSON *row = cJSON_CreateObject();
    if (add_head(row, run, head, config) && cJSON_AddStringToObject(row, "state", state) &&
        add_config(row, config)) {
        *result = row;
        return LK_OK;
    }
    cJSON_Delete(row);
    return lk_json_no_memory(err, run);
}

lk_status lk_result_of_unfinished_run(const char *run, const lk_result_head *head, cJSON **result,
                                      lk_error *err) {
    char state[64];
    lk_config config = { 0 };
    lk_status status = read_config(run, &config, err);
    if (!status) status = state_of(run, &config, state, err);
    if (!status) status = add_state(run, head, state, &config, result, err);
    lk_config_deinit(&config);
    return status;
}

lk_status lk_result_of_run_to_start(const char *run, const lk_config *config, int size,
                                    const lk_result_head *head, cJSON **result, lk_error *err) {
    lk_config resolved = { 0 };
    lk_text text = { 0 };
    lk_status status = lk_config_print(config, size, &text, err);
    if (!status) status = lk_config_load_text(text.data, text.n, run, NULL, 0, &resolved, err);
    if (!status) status = add_state(run, head, "not started", &resolved, result, err);
    lk_config_deinit(&resolved);
    lk_text_deinit(&text);
    return status;
}

lk_status lk_result_read_run(lk_results *results, const char *run, lk_error *err) {
    char test[LK_PATH_MAX];
    cJSON *json = NULL;
    const lk_result_head head = { .label = "",
                                  .paper_ssim = (double)NAN,
                                  .paper_mse = (double)NAN };
    if (!lk_format(test, sizeof test, "%s/" LK_RUN_TEST, run))
        return lk_fail(err, LK_FORMAT, "%s: path is too long", run);
    lk_status status = (lk_file_may_exist(test) ? lk_result_of_run : lk_result_of_unfinished_run)(
        run, &head, &json, err);
    if (!status) status = lk_results_add(results, json, run, run, err);
    cJSON_Delete(json);
    return status;
}
