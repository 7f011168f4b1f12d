/* Results of trained models and baselines, read from JSON objects. */
#include "report/results.h"
#include "report/keys.h"
#include "report/values.h"

#include <cJSON.h>
#include <math.h>
#include <string.h>

void lk_results_init(lk_results *results) {
    *results = (lk_results){ 0 };
    lk_arena_init(&results->arena);
}

void lk_results_deinit(lk_results *results) {
    lk_free(results->rows);
    lk_free(results->baselines);
    lk_free(results->evidence);
    lk_arena_deinit(&results->arena);
    *results = (lk_results){ 0 };
}

/* ---- what was measured ---- */

/* Every version stores these two: a result without them is damaged. */
static bool is_always_there(lk_metric metric) {
    return metric == LK_METRIC_SSIM || metric == LK_METRIC_MSE;
}

/* A result stored before this metric existed lacks its key. */
static lk_status metric_of(const cJSON *object, const char *path, const char *key, double *out,
                           lk_error *err) {
    *out = (double)NAN;
    return cJSON_GetObjectItemCaseSensitive(object, key)
               ? lk_value_number(object, path, key, out, err)
               : LK_OK;
}

static lk_status measured_of(const cJSON *object, const char *path, lk_measured *out,
                             lk_error *err) {
    lk_status status = lk_value_whole(object, path, "n", &out->n, err);
    const cJSON *codes = cJSON_GetObjectItemCaseSensitive(object, "codes");
    for (int m = LK_N_PICTURE_METRICS; m < LK_N_ALL_METRICS && !status; m++) {
        out->se[m] = (double)NAN;
        status = metric_of(codes, path, lk_metric_key((lk_metric)m), &out->value[m], err);
    }
    for (int m = 0; m < LK_N_PICTURE_METRICS && !status; m++) {
        char se[64];
        const char *key = lk_metric_key((lk_metric)m);
        lk_format(se, sizeof se, "%s_se", key);
        status = (is_always_there((lk_metric)m) ? lk_value_number : metric_of)(object, path, key,
                                                                               &out->value[m], err);
        if (!status) status = metric_of(object, path, se, &out->se[m], err);
    }
    return status;
}

/* ---- rows ---- */

/* Rows without scores may lack these. */
static bool may_lack(const cJSON *json, const char *key) {
    return cJSON_GetObjectItemCaseSensitive(json, "state") &&
           !cJSON_GetObjectItemCaseSensitive(json, key);
}

static lk_status texts_of(lk_arena *arena, const cJSON *json, const char *path, lk_result *row,
                          lk_error *err) {
    const struct {
        const char *key, **text;
        bool always;
    } texts[] = { { "label", &row->label, true },  { "name", &row->name, true },
                  { "model", &row->model, false }, { "loss", &row->loss, false },
                  { "data", &row->data, false },   { "state", &row->state, false },
                  { "axes", &row->axes, false } };
    lk_status status = LK_OK;
    for (size_t i = 0; i < LK_COUNT(texts) && !status; i++) {
        bool may_be_null = texts[i].text == &row->state || texts[i].text == &row->axes;
        if (may_be_null && !cJSON_GetObjectItemCaseSensitive(json, texts[i].key)) continue;
        *texts[i].text = "";
        if (texts[i].always || !may_lack(json, texts[i].key))
            status = lk_value_text(arena, json, path, texts[i].key, texts[i].text, err);
    }
    return status;
}

static lk_status numbers_of(const cJSON *json, const char *path, lk_result *row, lk_error *err) {
    const cJSON *paper = cJSON_GetObjectItemCaseSensitive(json, "paper");
    double train_images = 0;
    const struct {
        const char *key;
        int64_t *whole;
    } wholes[] = { { "index", &row->index },
                   { "seed", &row->seed },
                   { "steps", &row->steps },
                   { "latents", &row->latents } };
    lk_status status = LK_OK;
    for (size_t i = 0; i < LK_COUNT(wholes) && !status; i++)
        if (!may_lack(json, wholes[i].key))
            status = lk_value_whole(json, path, wholes[i].key, wholes[i].whole, err);
    if (!status && !may_lack(json, "epochs"))
        status = lk_value_number(json, path, "epochs", &row->epochs, err);
    if (!status && !may_lack(json, "train_images"))
        status = lk_value_number(json, path, "train_images", &train_images, err);
    if (!status && !cJSON_IsObject(paper)) status = lk_value_wrong(path, "paper", "an object", err);
    if (!status) status = lk_value_number(paper, path, "ssim", &row->paper_ssim, err);
    if (!status) status = lk_value_number(paper, path, "mse", &row->paper_mse, err);
    row->train_images = train_images > 0 && train_images < 9e15 ? (int64_t)train_images : 0;
    return status;
}

/* Names of folders may be any bytes. */
lk_status lk_result_set_folder(lk_results *results, lk_result *row, const char *folder,
                               lk_error *err) {
    lk_text shown = { 0 };
    lk_text_name(&shown, folder);
    row->folder = lk_arena_text(&results->arena, folder);
    row->run = shown.failed ? NULL : lk_arena_text(&results->arena, shown.data);
    lk_text_deinit(&shown);
    return row->folder && row->run ? LK_OK : lk_fail_memory(err, strlen(folder), "results");
}

static lk_status append_row(lk_results *results, lk_result *row, const char *path,
                            const char *folder, lk_error *err) {
    row->source = results->source;
    row->path = lk_arena_text(&results->arena, path);
    if (!row->path) return lk_fail_memory(err, strlen(path), path);
    lk_status status = folder ? lk_result_set_folder(results, row, folder, err) : LK_OK;
    if (status) return status;
    lk_result *grown = lk_results_grow(results->rows, results->n_rows, sizeof *row, err);
    if (!grown) return LK_MEMORY;
    results->rows = grown;
    results->rows[results->n_rows++] = *row;
    return LK_OK;
}

static void measure_nothing(lk_measured *out) {
    for (int m = 0; m < LK_N_ALL_METRICS; m++) out->value[m] = out->se[m] = (double)NAN;
}

/* What test.json says of the run. */
static lk_status read_start(lk_arena *arena, const cJSON *json, const char *path, lk_result *row,
                            lk_error *err) {
    const cJSON *init = cJSON_GetObjectItemCaseSensitive(json, "init");
    row->init = "none";
    if (cJSON_GetObjectItemCaseSensitive(json, "extended_after_step") && !row->state) {
        lk_status status = lk_value_whole(json, path, "extended_after_step", &row->extended, err);
        if (status) return status;
    }
    return init && !row->state ? lk_value_text(arena, init, path, "fingerprint", &row->init, err)
                               : LK_OK;
}

/* The network of the metrics of features. */
static lk_status read_network(lk_arena *arena, const cJSON *json, const char *path, lk_result *row,
                              lk_error *err) {
    const cJSON *features = cJSON_GetObjectItemCaseSensitive(json, "features");
    row->network = row->weights = "";
    if (!features || row->state) return LK_OK;
    lk_status status = lk_value_text(arena, features, path, "network", &row->network, err);
    return status ? status : lk_value_text(arena, features, path, "crc32c", &row->weights, err);
}

static lk_status read_end(lk_arena *arena, const cJSON *json, const char *path, lk_result *row,
                          lk_error *err) {
    const cJSON *stopped = cJSON_GetObjectItemCaseSensitive(json, "stopped_early");
    char text[64];
    int64_t epoch = 0;
    if (!stopped || row->state) return LK_OK;
    lk_status status = lk_value_whole(stopped, path, "epoch", &epoch, err);
    if (status) return status;
    lk_format(text, sizeof text, "stopped early at epoch %lld", (long long)epoch);
    row->ended = lk_arena_text(arena, text);
    return row->ended ? LK_OK : lk_fail_memory(err, sizeof text, path);
}

lk_status lk_results_add(lk_results *results, const cJSON *json, const char *path,
                         const char *folder, lk_error *err) {
    lk_result row = { 0 };
    lk_status status = texts_of(&results->arena, json, path, &row, err);
    if (!status) status = numbers_of(json, path, &row, err);
    if (!status) status = read_start(&results->arena, json, path, &row, err);
    if (!status) status = read_end(&results->arena, json, path, &row, err);
    if (!status) status = read_network(&results->arena, json, path, &row, err);
    measure_nothing(&row.measured);
    if (!status && !row.state) status = measured_of(json, path, &row.measured, err);
    if (!status)
        status = lk_keys_of_row(&results->arena, cJSON_GetObjectItemCaseSensitive(json, "config"),
                                &row, err);
    return status ? status : append_row(results, &row, path, folder, err);
}

/* "damaged: test.json: ...": the first line of the reason, without the folders in its path. */
static const char *damage(lk_arena *arena, const char *reason, const char *path) {
    lk_text text = { 0 };
    char line[LK_ERROR_BYTES];
    size_t n = strlen(path);
    if (strncmp(reason, path, n) == 0 && reason[n] == ':')
        while (n > 0 && path[n - 1] != '/') n--;
    if (strncmp(reason, path, n) == 0) reason += n + (reason[n] == '/');
    lk_format(line, sizeof line, "%.*s", (int)strcspn(reason, "\n"), reason);
    lk_text_add(&text, "damaged%s", *line ? ": " : "");
    lk_text_name(&text, line);
    const char *kept = text.failed ? NULL : lk_arena_text(arena, text.data);
    lk_text_deinit(&text);
    return kept;
}

lk_status lk_results_add_damaged(lk_results *results, const char *name, const char *path,
                                 const char *reason, lk_error *err) {
    lk_text shown = { 0 };
    lk_text_name(&shown, name);
    lk_result row = { .label = "",
                      .model = "",
                      .loss = "",
                      .data = "",
                      .facts = "",
                      .network = "",
                      .weights = "",
                      .state = damage(&results->arena, reason, path),
                      .index = INT64_MAX,
                      .paper_ssim = (double)NAN,
                      .paper_mse = (double)NAN,
                      .name = shown.failed ? NULL : lk_arena_text(&results->arena, shown.data) };
    lk_text_deinit(&shown);
    measure_nothing(&row.measured);
    return row.name && row.state
               ? append_row(results, &row, path, results->source ? NULL : path, err)
               : lk_fail_memory(err, strlen(name), path);
}

/* ---- baselines ---- */

bool lk_measured_agree(const lk_measured *a, const lk_measured *b) {
    bool fine = a->n == b->n;
    for (int m = 0; m < LK_N_ALL_METRICS && fine; m++)
        fine = a->value[m] == b->value[m] || isnan(a->value[m]) || isnan(b->value[m]);
    return fine;
}

static void complete(lk_measured *to, const lk_measured *from) {
    for (int m = 0; m < LK_N_ALL_METRICS; m++) {
        if (!isnan(to->value[m])) continue;
        to->value[m] = from->value[m];
        to->se[m] = from->se[m];
    }
}

/* Folders with results of the same pack have the same baselines. */
static lk_result *find_baseline(const lk_results *results, const lk_result *row) {
    for (size_t i = 0; i < results->n_baselines; i++) {
        lk_result *there = &results->baselines[i];
        if (strcmp(there->label, row->label) == 0 &&
            lk_measured_agree(&there->measured, &row->measured))
            return there;
    }
    return NULL;
}

static lk_status add_baseline(lk_results *results, const cJSON *json, const char *path,
                              const char *network, lk_error *err) {
    lk_result row = {
        .network = network, .weights = "", .paper_ssim = (double)NAN, .paper_mse = (double)NAN
    };
    lk_status status = lk_value_text(&results->arena, json, path, "label", &row.label, err);
    if (!status) status = measured_of(json, path, &row.measured, err);
    lk_result *there = status ? NULL : find_baseline(results, &row);
    if (there) {
        complete(&there->measured, &row.measured);
        if (!*there->network) there->network = row.network;
        return LK_OK;
    }
    lk_result *grown =
        status ? NULL : lk_results_grow(results->baselines, results->n_baselines, sizeof row, err);
    if (!grown) return status ? status : LK_MEMORY;
    results->baselines = grown;
    results->baselines[results->n_baselines++] = row;
    return LK_OK;
}

lk_status lk_results_add_baselines(lk_results *results, const cJSON *json, const char *path,
                                   lk_error *err) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "baselines"), *object;
    const char *network = "";
    lk_status status =
        cJSON_IsArray(list) ? LK_OK : lk_value_wrong(path, "baselines", "a list", err);
    if (!status && cJSON_GetObjectItemCaseSensitive(json, "network"))
        status = lk_value_text(&results->arena, json, path, "network", &network, err);
    cJSON_ArrayForEach(object, list) if (!status) status =
        add_baseline(results, object, path, network, err);
    return status;
}
