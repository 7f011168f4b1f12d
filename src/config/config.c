/* Configs into lk_config: every section by its tables, then the checks that no table can make. */
#include "base/json_errors.h"
#include "config/files.h"
#include "config/hints.h"
#include "config/sections.h"
#include "config/sets.h"

#include <likeness/config.h>

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

static lk_status read_keys(lk_config *config, const lk_section *section, const cJSON *object,
                           void *options, lk_error *err) {
    const lk_json *json = &config->json;
    lk_arena *arena = &config->arena;
    lk_chosen *chosen = (lk_chosen *)(void *)((char *)config + section->chosen);
    if (section->read) return section->read(json, object, section->path, arena, options, err);
    if (!section->list)
        return lk_options_read(section->options, json, object, section->path, arena, options, err);
    const char *type = lk_section_type(section, config);
    /* what it is by an unknown model cannot be said */
    if (!type && !cJSON_GetObjectItemCaseSensitive(object, "type")) return LK_OK;
    return lk_choice_read(section->list, type, section->options, options, json, object,
                          section->path, arena, chosen, err);
}

static lk_status read_section(lk_config *config, const lk_section *section, const cJSON *object,
                              lk_error *err) {
    char *options = (char *)config + section->offset;
    const lk_json *json = &config->json;
    lk_status status = lk_config_check_hints(json, section, object, err);
    if (lk_json_goes_on(json, status))
        status = lk_status_after(status, read_keys(config, section, object, options, err));
    for (const lk_option *option = section->options; option->key && lk_json_goes_on(json, status);
         option++) {
        const lk_section *inside = lk_section_inside(section, option);
        const cJSON **value = (const cJSON **)(void *)(options + option->offset);
        if (inside) status = lk_status_after(status, read_section(config, inside, *value, err));
    }
    return status;
}

/* ---- checks that no table can make ---- */

static const cJSON *find_value(const lk_config *config, const char *path) {
    const cJSON *object = config->json.root;
    for (const char *at = path; *at;) {
        char key[LK_CONFIG_PATH_MAX];
        size_t n = strcspn(at, ".");
        snprintf(key, sizeof key, "%.*s", (int)n, at);
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
        if (!value) break;
        object = value;
        at += n + (at[n] == '.');
    }
    return object == config->json.root ? NULL : object;
}

const char *lk_config_where(const lk_config *config, const char *path, char *out, size_t n_bytes) {
    return lk_json_where(&config->json, find_value(config, path), out, n_bytes);
}

static lk_status error_at(const lk_config *config, const char *path, lk_error *err) {
    return lk_json_error_at(&config->json, find_value(config, path), path, err);
}

lk_shape lk_config_code(const lk_config *config) {
    const lk_numbers *latent = &config->model.latent;
    lk_shape code = { .rank = latent->n };
    for (int i = 0; i < latent->n; i++) code.d[i] = (int)latent->v[i];
    return code;
}

const lk_perceptual_options *lk_config_network(const lk_config *config) {
    const lk_chosen *chosen = &config->features.chosen;
    return chosen->choice && chosen->choice->options ? chosen->options : NULL;
}

lk_status lk_config_layers(const lk_config *config, int size, lk_arena *arena, lk_architecture *out,
                           lk_error *err) {
    lk_shape code = lk_config_code(config);
    lk_status status =
        lk_architecture_fit(&config->model.architecture, size, code, arena, out, err);
    return status == LK_USAGE
               ? error_at(config, code.rank == 3 ? "model.latent" : "model.architecture", err)
               : status;
}

enum { LATENTS_MAX = 1 << 20 };

static lk_status check_latent(const lk_config *config, lk_error *err) {
    const lk_numbers *latent = &config->model.latent;
    double n = 1;
    if (latent->n != 1 && latent->n != 3) {
        lk_fail(err, LK_USAGE, "expected a number or a shape [C, H, W], got %d numbers", latent->n);
        return error_at(config, "model.latent", err);
    }
    for (int i = 0; i < latent->n; i++) n *= latent->v[i];
    if (n <= LATENTS_MAX) return LK_OK;
    lk_fail(err, LK_USAGE, "expected a code of at most %d numbers, got %.0f", LATENTS_MAX, n);
    return error_at(config, "model.latent", err);
}

static lk_status check_regularizer(const lk_config *config, lk_error *err) {
    const lk_chosen *chosen = &config->regularizer.chosen;
    const lk_model_type *model = (const lk_model_type *)config->model.chosen.choice;
    if (!chosen->choice || !model) return LK_OK; /* they were refused */
    const lk_regularizer *needs = lk_regularizer_needs_posterior(chosen),
                         *whole = lk_regularizer_whole_batches(chosen);
    if (needs && !model->has_posterior) {
        lk_fail(
            err, LK_USAGE,
            "\"%s\" needs codes that are drawn from distributions; those of model \"%s\" are not",
            needs->choice.name, model->choice.name);
        return error_at(config, "regularizer.type", err);
    }
    if (model->is_discrete && lk_prior_variance(chosen) > 0) {
        lk_fail(err, LK_USAGE,
                "expected none, l1 or l2, as the codes of model \"%s\" are from a set and cannot "
                "follow a prior, got %s",
                model->choice.name, chosen->choice->name);
        return error_at(config, "regularizer.type", err);
    }
    if (!whole || config->train.batch_size >= 2) return LK_OK;
    lk_fail(err, LK_USAGE,
            "expected at least 2, as regularizer \"%s\" compares codes with each other, got 1",
            whole->choice.name);
    return error_at(config, "train.batch_size", err);
}

static lk_status check_shards(const lk_config *config, lk_error *err) {
    int64_t shards = config->train.shards, batch = config->train.batch_size;
    if ((shards & (shards - 1)) == 0 && shards <= batch) return LK_OK;
    lk_fail(err, LK_USAGE, "expected 0 or a power of two of at most batch_size (%lld), got %lld",
            (long long)batch, (long long)shards);
    return error_at(config, "train.shards", err);
}

/* ---- the name ---- */

bool lk_config_changes_no_number(const char *path) {
    static const char *const keys[] = { "name", "train.log_every_steps", "train.grid_images",
                                        "train.checkpoint_every_steps" };
    for (size_t i = 0; i < LK_COUNT(keys); i++)
        if (strcmp(path, keys[i]) == 0) return true;
    return false;
}

/* Whether a run with these changes is still what the name in its file says. */
static bool keeps_name(const char *const *sets, int n_sets) {
    bool keeps = true;
    for (int i = 0; i < n_sets; i++) {
        char key[LK_CONFIG_PATH_MAX];
        const char *set = lk_config_set_words(sets[i]);
        snprintf(key, sizeof key, "%.*s", (int)strcspn(set, "="), set);
        if (strcmp(key, "name") == 0) return true;
        keeps = keeps && (strcmp(key, "seed") == 0 || lk_config_changes_no_number(key));
    }
    return keeps;
}

/* Names become cells of tables. */
static lk_status check_name(const lk_config *config, lk_error *err) {
    char quoted[128];
    if (lk_text_is_line(config->name)) return LK_OK;
    lk_fail(err, LK_USAGE, "expected a name without line ends, tabs or control characters, got %s",
            lk_text_quoted(config->name, quoted, sizeof quoted));
    return error_at(config, "name", err);
}

/* ---- loading ---- */

/* What a refused change says is complete, so it is not collected by what it changes. */
static lk_status apply_sets(lk_json *json, const char *const *sets, int n_sets, lk_error *err) {
    lk_status status = LK_OK;
    for (int i = 0; i < n_sets && lk_json_goes_on(json, status); i++) {
        lk_errors *errors = json->errors;
        json->errors = NULL;
        lk_status applied = lk_config_set(json, sets[i], err);
        json->errors = errors;
        status = lk_status_after(status, applied == LK_USAGE ? lk_json_refuse(json, err) : applied);
    }
    return status;
}

static lk_status resolve(lk_config *config, lk_error *err) {
    static lk_status (*const checks[])(const lk_config *, lk_error *) = { check_name, check_latent,
                                                                          check_shards,
                                                                          check_regularizer };
    const lk_json *json = &config->json;
    lk_status status = read_section(config, lk_section_find(""), json->root, err);
    for (size_t i = 0; i < LK_COUNT(checks) && lk_json_goes_on(json, status); i++)
        status = lk_status_after(status, checks[i](config, err));
    return status;
}

/* Read the tree in `json`, of which it takes ownership. `path`: the file, which may name others;
   NULL: it names none. All errors are collected. */
static lk_status load(lk_json *json, const char *path, const char *const *sets, int n_sets,
                      lk_config *config, lk_error *err) {
    lk_errors errors = { 0 };
    lk_config result = { .json = *json };
    lk_json *tree = &result.json;
    *json = (lk_json){ 0 };
    lk_arena_init(&result.arena);
    tree->errors = &errors;
    lk_status status = path ? lk_config_complete(path, tree, err) : LK_OK;
    if (lk_json_goes_on(tree, status))
        status = lk_status_after(status, apply_sets(tree, sets, n_sets, err));
    if (lk_json_goes_on(tree, status)) status = lk_status_after(status, resolve(&result, err));
    status = lk_errors_end(&errors, status, err);
    tree->errors = NULL;
    if (status)
        lk_config_deinit(&result);
    else
        *config = result;
    return status;
}

lk_status lk_config_load_json(lk_json *json, const char *path, const char *const *sets, int n_sets,
                              lk_config *config, lk_error *err) {
    lk_status status = load(json, path, sets, n_sets, config, err);
    if (!status && !keeps_name(sets, n_sets)) config->name[0] = 0;
    return status;
}

lk_status lk_config_load_text(const char *text, size_t n_bytes, const char *path,
                              const char *const *sets, int n_sets, lk_config *config,
                              lk_error *err) {
    lk_json json = { 0 };
    lk_status status = lk_json_parse(text, n_bytes, lk_json_input_name(path), &json, err);
    return status ? status : lk_config_load_json(&json, path, sets, n_sets, config, err);
}

lk_status lk_config_load(const char *path, const char *const *sets, int n_sets, lk_config *config,
                         lk_error *err) {
    lk_json json = { 0 };
    lk_status status = lk_json_read_input(path, &json, err);
    if (status) return status == LK_READ ? LK_USAGE : status;
    return lk_config_load_json(&json, path, sets, n_sets, config, err);
}

lk_status lk_config_parse_text(const char *text, size_t n_bytes, const char *name,
                               const char *const *sets, int n_sets, lk_config *config,
                               lk_error *err) {
    lk_json json = { 0 };
    lk_status status = lk_json_parse(text, n_bytes, name, &json, err);
    return status ? status : load(&json, NULL, sets, n_sets, config, err);
}

void lk_config_deinit(lk_config *config) {
    lk_json_deinit(&config->json);
    lk_arena_deinit(&config->arena);
    *config = (lk_config){ 0 };
}
