/* Results of trained models, read from JSON objects and from folders of JSON files. */
#include "base/file.h"
#include "report/keys.h"
#include "report/report.h"

#include <cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
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

/* Make room for one more item at the end of a list. */
static void *grow(void *list, size_t n, size_t size, lk_error *err) {
    void *grown = lk_realloc(list, n * size, lk_size_mul(n + 1, size));
    if (!grown) lk_fail_memory(err, lk_size_mul(n + 1, size), "results");
    return grown;
}

/* ---- values of an object ---- */

static lk_status wrong(const char *path, const char *key, const char *expected, lk_error *err) {
    return lk_fail(err, LK_FORMAT, "%s: %s: expected %s", path, key, expected);
}

static lk_status text_of(lk_arena *arena, const cJSON *object, const char *path, const char *key,
                         const char **out, lk_error *err) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    if (!text || !lk_text_is_line(text)) return wrong(path, key, "a string of one line", err);
    *out = lk_arena_text(arena, text);
    return *out ? LK_OK : lk_fail_memory(err, strlen(text), path);
}

static lk_status number_of(const cJSON *object, const char *path, const char *key, double *out,
                           lk_error *err) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsNumber(value) && !cJSON_IsNull(value))
        return wrong(path, key, "a number or null", err);
    *out = cJSON_IsNull(value) ? (double)NAN : value->valuedouble;
    return LK_OK;
}

static lk_status whole_of(const cJSON *object, const char *path, const char *key, int64_t *out,
                          lk_error *err) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    double number = cJSON_IsNumber(value) ? value->valuedouble : -1;
    if (!(number >= 0 && number < 9e15) || number != floor(number))
        return wrong(path, key, "a whole number", err);
    *out = (int64_t)number;
    return LK_OK;
}

/* Every version stores these two: a result without them is damaged. */
static bool is_always_there(lk_metric metric) {
    return metric == LK_METRIC_SSIM || metric == LK_METRIC_MSE;
}

/* A result stored before this metric existed lacks its key. */
static lk_status metric_of(const cJSON *object, const char *path, const char *key, double *out,
                           lk_error *err) {
    *out = (double)NAN;
    return cJSON_GetObjectItemCaseSensitive(object, key) ? number_of(object, path, key, out, err)
                                                         : LK_OK;
}

static lk_status measured_of(const cJSON *object, const char *path, lk_measured *out,
                             lk_error *err) {
    lk_status status = whole_of(object, path, "n", &out->n, err);
    for (int m = 0; m < LK_N_METRICS && !status; m++) {
        char se[64];
        const char *key = lk_metric_key((lk_metric)m);
        lk_format(se, sizeof se, "%s_se", key);
        status = (is_always_there((lk_metric)m) ? number_of : metric_of)(object, path, key,
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
                  { "data", &row->data, false },   { "state", &row->state, false } };
    lk_status status = LK_OK;
    for (size_t i = 0; i < LK_COUNT(texts) && !status; i++) {
        bool is_state = texts[i].text == &row->state;
        if (is_state && !cJSON_GetObjectItemCaseSensitive(json, "state")) continue;
        *texts[i].text = "";
        if (texts[i].always || !may_lack(json, texts[i].key))
            status = text_of(arena, json, path, texts[i].key, texts[i].text, err);
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
            status = whole_of(json, path, wholes[i].key, wholes[i].whole, err);
    if (!status && !may_lack(json, "epochs"))
        status = number_of(json, path, "epochs", &row->epochs, err);
    if (!status && !may_lack(json, "train_images"))
        status = number_of(json, path, "train_images", &train_images, err);
    if (!status && !cJSON_IsObject(paper)) status = wrong(path, "paper", "an object", err);
    if (!status) status = number_of(paper, path, "ssim", &row->paper_ssim, err);
    if (!status) status = number_of(paper, path, "mse", &row->paper_mse, err);
    row->train_images = train_images > 0 && train_images < 9e15 ? (int64_t)train_images : 0;
    return status;
}

static lk_status append_row(lk_results *results, lk_result *row, const char *path,
                            const char *folder, lk_error *err) {
    row->source = results->source;
    row->path = lk_arena_text(&results->arena, path);
    row->folder = folder ? lk_arena_text(&results->arena, folder) : NULL;
    if (!row->path || (folder && !row->folder)) return lk_fail_memory(err, strlen(path), path);
    lk_result *grown = grow(results->rows, results->n_rows, sizeof *row, err);
    if (!grown) return LK_MEMORY;
    results->rows = grown;
    results->rows[results->n_rows++] = *row;
    return LK_OK;
}

static void measure_nothing(lk_measured *out) {
    for (int m = 0; m < LK_N_METRICS; m++) out->value[m] = out->se[m] = (double)NAN;
}

/* What test.json says of the run. */
static lk_status read_start(lk_arena *arena, const cJSON *json, const char *path, lk_result *row,
                            lk_error *err) {
    const cJSON *init = cJSON_GetObjectItemCaseSensitive(json, "init");
    row->init = "none";
    if (cJSON_GetObjectItemCaseSensitive(json, "extended_after_step") && !row->state) {
        lk_status status = whole_of(json, path, "extended_after_step", &row->extended, err);
        if (status) return status;
    }
    return init && !row->state ? text_of(arena, init, path, "fingerprint", &row->init, err) : LK_OK;
}

static lk_status read_end(lk_arena *arena, const cJSON *json, const char *path, lk_result *row,
                          lk_error *err) {
    const cJSON *stopped = cJSON_GetObjectItemCaseSensitive(json, "stopped_early");
    char text[64];
    int64_t epoch = 0;
    if (!stopped || row->state) return LK_OK;
    lk_status status = whole_of(stopped, path, "epoch", &epoch, err);
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
    measure_nothing(&row.measured);
    if (!status && !row.state) status = measured_of(json, path, &row.measured, err);
    if (!status)
        status = lk_keys_of_row(&results->arena, cJSON_GetObjectItemCaseSensitive(json, "config"),
                                &row, err);
    return status ? status : append_row(results, &row, path, folder, err);
}

lk_status lk_results_add_damaged(lk_results *results, const char *name, const char *path,
                                 lk_error *err) {
    lk_result row = { .label = "",
                      .model = "",
                      .loss = "",
                      .data = "",
                      .facts = "",
                      .state = "damaged",
                      .index = INT64_MAX,
                      .paper_ssim = (double)NAN,
                      .paper_mse = (double)NAN,
                      .name = lk_arena_text(&results->arena, name) };
    measure_nothing(&row.measured);
    return row.name ? append_row(results, &row, path, NULL, err)
                    : lk_fail_memory(err, strlen(name), path);
}

/* ---- baselines ---- */

bool lk_measured_agree(const lk_measured *a, const lk_measured *b) {
    bool fine = a->n == b->n;
    for (int m = 0; m < LK_N_METRICS && fine; m++)
        fine = a->value[m] == b->value[m] || isnan(a->value[m]) || isnan(b->value[m]);
    return fine;
}

static void complete(lk_measured *to, const lk_measured *from) {
    for (int m = 0; m < LK_N_METRICS; m++) {
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
                              lk_error *err) {
    lk_result row = { .paper_ssim = (double)NAN, .paper_mse = (double)NAN };
    lk_status status = text_of(&results->arena, json, path, "label", &row.label, err);
    if (!status) status = measured_of(json, path, &row.measured, err);
    lk_result *there = status ? NULL : find_baseline(results, &row);
    if (there) {
        complete(&there->measured, &row.measured);
        return LK_OK;
    }
    lk_result *grown =
        status ? NULL : grow(results->baselines, results->n_baselines, sizeof row, err);
    if (!grown) return status ? status : LK_MEMORY;
    results->baselines = grown;
    results->baselines[results->n_baselines++] = row;
    return LK_OK;
}

static lk_status add_baselines(lk_results *results, const cJSON *json, const char *path,
                               lk_error *err) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "baselines"), *object;
    lk_status status = cJSON_IsArray(list) ? LK_OK : wrong(path, "baselines", "a list", err);
    cJSON_ArrayForEach(object, list) if (!status) status = add_baseline(results, object, path, err);
    return status;
}

/* ---- differences ---- */

static lk_evidence *find_evidence(const lk_results *results, const lk_evidence *like) {
    for (size_t i = 0; i < results->n_evidence; i++) {
        lk_evidence *evidence = &results->evidence[i];
        if (evidence->claim == like->claim && evidence->source == like->source &&
            strcmp(evidence->model, like->model) == 0 && strcmp(evidence->left, like->left) == 0 &&
            strcmp(evidence->right, like->right) == 0)
            return evidence;
    }
    return NULL;
}

static bool has_seed(const lk_evidence *evidence, int64_t seed) {
    for (int i = 0; i < evidence->n_seeds; i++)
        if (evidence->seeds[i].seed == seed) return true;
    return false;
}

/* The correlation of the errors of different seeds is unknown here: assume the worst, 1. */
static lk_status join_evidence(lk_evidence *to, const lk_evidence *from, lk_error *err) {
    int n_to = to->n_seeds;
    for (int i = 0; i < from->n_seeds; i++) {
        if (has_seed(to, from->seeds[i].seed)) continue;
        if (to->n_seeds == LK_LIST_MAX)
            return lk_fail(err, LK_FORMAT, "\"%s\" against \"%s\" has more than %d seeds", to->left,
                           to->right, LK_LIST_MAX);
        to->seeds[to->n_seeds++] = from->seeds[i];
    }
    to->se_images = (n_to * to->se_images + (to->n_seeds - n_to) * from->se_images) / to->n_seeds;
    return LK_OK;
}

lk_status lk_results_add_evidence(lk_results *results, const lk_evidence *evidence, lk_error *err) {
    lk_evidence *there = find_evidence(results, evidence);
    if (there) return join_evidence(there, evidence, err);
    lk_evidence *grown = grow(results->evidence, results->n_evidence, sizeof *evidence, err);
    if (!grown) return LK_MEMORY;
    results->evidence = grown;
    results->evidence[results->n_evidence++] = *evidence;
    return LK_OK;
}

static const lk_claim *find_claim(const char *key) {
    for (size_t i = 0; i < lk_n_claims; i++)
        if (key && strcmp(lk_claims[i].key, key) == 0) return &lk_claims[i];
    return NULL;
}

static lk_status add_difference(lk_results *results, const cJSON *json, const char *path,
                                lk_error *err) {
    lk_evidence evidence = { .source = results->source,
                             .claim = find_claim(cJSON_GetStringValue(
                                 cJSON_GetObjectItemCaseSensitive(json, "claim"))) };
    const cJSON *seeds = cJSON_GetObjectItemCaseSensitive(json, "seeds"), *seed;
    int n = cJSON_GetArraySize(seeds);
    if (!evidence.claim) return wrong(path, "claim", "the key of a claim", err);
    lk_status status = text_of(&results->arena, json, path, "model", &evidence.model, err);
    if (!status) status = text_of(&results->arena, json, path, "left", &evidence.left, err);
    if (!status) status = text_of(&results->arena, json, path, "right", &evidence.right, err);
    if (!status) status = number_of(json, path, "se_images", &evidence.se_images, err);
    if (!status && (!cJSON_IsArray(seeds) || n < 1 || n > LK_LIST_MAX))
        status = wrong(path, "seeds", "a list of 1 to 32 objects", err);
    cJSON_ArrayForEach(seed, seeds) {
        lk_seed_difference *to = &evidence.seeds[evidence.n_seeds];
        if (!status) status = whole_of(seed, path, "seed", &to->seed, err);
        if (!status) status = number_of(seed, path, "difference", &to->value, err);
        if (!status) status = number_of(seed, path, "se", &to->se, err);
        if (status) break;
        evidence.n_seeds++;
    }
    return status ? status : lk_results_add_evidence(results, &evidence, err);
}

static lk_status add_verdicts(lk_results *results, const cJSON *json, const char *path,
                              lk_error *err) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "differences");
    const char *experiment = NULL, *note = NULL;
    if (!cJSON_IsArray(list)) return wrong(path, "differences", "a list", err);
    lk_status status = text_of(&results->arena, json, path, "experiment", &experiment, err);
    if (!status) status = text_of(&results->arena, json, path, "note", &note, err);
    if (status) return status;
    lk_format(results->experiment, sizeof results->experiment, "%s", experiment);
    lk_format(results->note, sizeof results->note, "%s", note);
    for (const cJSON *object = list->child; object && !status; object = object->next)
        status = add_difference(results, object, path, err);
    return status;
}

/* cJSON would print NaN as null; a null from the start also equals what is read back. */
static bool put_number(cJSON *object, const char *key, double value) {
    return isfinite(value) ? cJSON_AddNumberToObject(object, key, value) != NULL
                           : cJSON_AddNullToObject(object, key) != NULL;
}

static bool put_difference(cJSON *list, const lk_evidence *evidence) {
    cJSON *object = cJSON_CreateObject(), *seeds = NULL;
    bool fine = cJSON_AddItemToArray(list, object) &&
                cJSON_AddStringToObject(object, "claim", evidence->claim->key) &&
                cJSON_AddStringToObject(object, "model", evidence->model) &&
                cJSON_AddStringToObject(object, "left", evidence->left) &&
                cJSON_AddStringToObject(object, "right", evidence->right) &&
                cJSON_AddStringToObject(object, "metric", lk_metric_key(evidence->claim->metric)) &&
                put_number(object, "se_images", evidence->se_images) &&
                (seeds = cJSON_AddArrayToObject(object, "seeds"));
    for (int i = 0; i < evidence->n_seeds && fine; i++) {
        cJSON *seed = cJSON_CreateObject();
        fine = cJSON_AddItemToArray(seeds, seed) &&
               put_number(seed, "seed", (double)evidence->seeds[i].seed) &&
               put_number(seed, "difference", evidence->seeds[i].value) &&
               put_number(seed, "se", evidence->seeds[i].se);
    }
    return fine;
}

lk_status lk_results_write_evidence(const lk_results *results, const char *path, lk_error *err) {
    lk_text text = { 0 };
    cJSON *json = cJSON_CreateObject(), *list = NULL;
    bool fine = cJSON_AddStringToObject(json, "experiment", results->experiment) &&
                cJSON_AddStringToObject(json, "note", results->note) &&
                (list = cJSON_AddArrayToObject(json, "differences"));
    for (size_t i = 0; i < results->n_evidence && fine; i++)
        fine = put_difference(list, &results->evidence[i]);
    lk_status status = fine ? lk_json_print(json, false, &text, err) : lk_json_no_memory(err, path);
    lk_text_add(&text, "\n");
    if (!status && text.failed) status = lk_fail_memory(err, text.n, path);
    if (!status) status = lk_file_write(path, text.data, text.n, err);
    lk_text_deinit(&text);
    cJSON_Delete(json);
    return status;
}

/* ---- folders ---- */

static bool is_named(const char *path, const char *name) {
    const char *slash = strrchr(path, '/');
    return strcmp(slash ? slash + 1 : path, name) == 0;
}

lk_status lk_results_read_file(lk_results *results, const char *path, const lk_log *log,
                               lk_error *err) {
    lk_json json = { 0 };
    lk_status status = lk_json_read(path, &json, err);
    if (status) return status == LK_USAGE ? LK_FORMAT : status;
    if (is_named(path, LK_RESULTS_BASELINES))
        status = add_baselines(results, json.root, path, err);
    else if (is_named(path, LK_RESULTS_VERDICTS))
        status = add_verdicts(results, json.root, path, err);
    else if (cJSON_GetObjectItemCaseSensitive(json.root, "label"))
        status = lk_results_add(results, json.root, path, NULL, err);
    else if (log)
        lk_log_say(log, LK_WARNING,
                   "%s: skipped: it has no \"label\", so it is no result of a model", path);
    lk_json_deinit(&json);
    return status;
}

static bool has_row(const lk_results *results, const lk_evidence *evidence, const char *label) {
    for (size_t i = 0; i < results->n_rows; i++) {
        const lk_result *row = &results->rows[i];
        if (!row->state && row->source == evidence->source && strcmp(row->label, label) == 0)
            return true;
    }
    return false;
}

/* Drop evidence about rows that are no longer in the folder. */
static void drop_evidence_without_rows(lk_results *results) {
    size_t kept = 0;
    for (size_t i = 0; i < results->n_evidence; i++) {
        const lk_evidence *evidence = &results->evidence[i];
        if (evidence->source != results->source || (has_row(results, evidence, evidence->left) &&
                                                    has_row(results, evidence, evidence->right)))
            results->evidence[kept++] = *evidence;
    }
    results->n_evidence = kept;
}

static int by_place(const void *a, const void *b) {
    const lk_result *x = a, *y = b;
    if (x->index != y->index) return (x->index > y->index) - (x->index < y->index);
    if (x->seed != y->seed) return (x->seed > y->seed) - (x->seed < y->seed);
    return strcmp(x->name, y->name);
}

/* What is damaged must not end the table after hours of training. */
static lk_status read_or_mark(lk_results *results, const char *path, const char *name,
                              const lk_log *log, lk_error *err) {
    lk_status status = lk_results_read_file(results, path, log, err);
    if (status != LK_FORMAT) return status;
    if (log) lk_log_say(log, LK_WARNING, "damaged: %s", err->text);
    if (strcmp(name, LK_RESULTS_BASELINES) == 0 || strcmp(name, LK_RESULTS_VERDICTS) == 0)
        return LK_OK;
    char stem[256];
    lk_format(stem, sizeof stem, "%.*s", (int)(strlen(name) - 5), name);
    return lk_results_add_damaged(results, stem, path, err);
}

static lk_status read_names(lk_results *results, DIR *stream, const char *folder, const lk_log *log,
                            lk_error *err) {
    char path[LK_PATH_MAX];
    lk_status status = LK_OK;
    for (const char *name; !status && (name = lk_folder_next(stream));) {
        size_t n = strlen(name);
        if (name[0] == '.' || n <= 5 || strcmp(name + n - 5, ".json") != 0) continue;
        if (lk_format(path, sizeof path, "%s/%s", folder, name))
            status = read_or_mark(results, path, name, log, err);
        else
            status = lk_fail(err, LK_FORMAT, "%s: path is too long", folder);
    }
    if (!status && errno)
        status = lk_fail(err, LK_READ, "%s: cannot read the folder: %s", folder, strerror(errno));
    return status;
}

lk_status lk_results_read(lk_results *results, const char *folder, const lk_log *log,
                          lk_error *err) {
    size_t n_before = results->n_rows;
    DIR *stream = opendir(folder);
    if (!stream) return lk_fail(err, LK_READ, "%s: cannot open: %s", folder, strerror(errno));
    results->source = ++results->n_sources;
    lk_status status = read_names(results, stream, folder, log, err);
    closedir(stream);
    if (!status) drop_evidence_without_rows(results);
    if (!status && results->n_rows > n_before)
        qsort(results->rows + n_before, results->n_rows - n_before, sizeof *results->rows,
              by_place);
    results->source = 0;
    return status;
}
