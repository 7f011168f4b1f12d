/**
 * The config of a run.
 *
 * A config is sections; a section whose object has a "type" chooses a row of a list other layers
 * own (losses, models, optimisers, ...), whose own keys stand next to the section's common keys.
 * Nothing here knows those rows.
 */
#ifndef LIKENESS_CONFIG_H
#define LIKENESS_CONFIG_H

#include <likeness/model.h>

/** In every section `json` is the object it was read from (NULL: none was given), for messages of
 * later checks. */
typedef struct lk_config_model {
    const struct cJSON *json;
    lk_chosen chosen; /* of lk_models */
    int64_t latent;
    const struct cJSON *architecture; /* as written: a preset's name or an object; never NULL */
    lk_architecture layers;           /* what it says */
    int engine, initializer;          /* lk_engine_wish, lk_initializer_kind */
    double initializer_std;
} lk_config_model;

typedef struct lk_config_reconstruction {
    const struct cJSON *json;
    lk_chosen chosen; /* of lk_losses */
    double scale;
} lk_config_reconstruction;

typedef struct lk_config_regularizer {
    const struct cJSON *json;
    lk_chosen chosen; /* of lk_regularizers */
} lk_config_regularizer;

typedef struct lk_config_schedule {
    const struct cJSON *json;
    lk_chosen chosen; /* of lk_schedules */
    int64_t warmup_steps;
} lk_config_schedule;

typedef struct lk_config_optimizer {
    const struct cJSON *json;
    lk_chosen chosen; /* of lk_optimizers */
    double lr, clip_norm, average;
    lk_config_schedule schedule;
} lk_config_optimizer;

typedef struct lk_config_train {
    const struct cJSON *json;
    int64_t batch_size, epochs, steps, shards, checkpoint_every_steps, log_every_steps, grid_images;
    bool flip;
} lk_config_train;

typedef struct lk_config {
    char name[LK_WORDS_MAX];
    int64_t seed;
    lk_config_model model;
    lk_config_reconstruction reconstruction;
    lk_config_regularizer regularizer;
    lk_config_optimizer optimizer;
    lk_config_train train;
    lk_json json;   /* what was read, merged; the LK_JSON values above live in it */
    lk_arena arena; /* the chosen rows' options */
} lk_config;

/**
 * Read a config file, what it `extends` (object by object, paths relative to the naming file), then
 * the `sets` ("train.epochs=3": the value as JSON, else as a string). An object given another type
 * loses the inherited keys that type does not know.
 * errors  LK_USAGE "file:line: path: got, wanted" ("--set ...: path: ..." for a set), LK_MEMORY
 * memory  the caller ends it with lk_config_deinit
 */
lk_status lk_config_load(const char *path, const char *const *sets, int n_sets, lk_config *config,
                         lk_error *err);
/** The same from text, as a checkpoint holds it; `extends` is refused. */
lk_status lk_config_parse_text(const char *text, size_t n_bytes, const char *name,
                               const char *const *sets, int n_sets, lk_config *config,
                               lk_error *err);
void lk_config_deinit(lk_config *config);

/** "file:line" where a key ("train.shards") or else the nearest object above it was given;
 * "(default)". Returns `out`. */
const char *lk_config_where(const lk_config *config, const char *path, char *out, size_t n_bytes);
/** The resolved config, every default written out, as JSON text that loads to the same config.
 * Errors: LK_MEMORY. */
lk_status lk_config_print(const lk_config *config, lk_text *out, lk_error *err);
/** "optimizer.lr: 0.001 and 0.01; ..." for the first five keys that differ; nothing is added when
 * none does. Errors: LK_MEMORY. */
lk_status lk_config_difference(const lk_config *a, const lk_config *b, lk_text *out, lk_error *err);

/** The JSON Schema (draft 2020-12) of configs. Errors: LK_MEMORY. */
lk_status lk_config_schema(lk_text *out, lk_error *err);
/** Every key with what it takes, its default and its help, a line each. */
void lk_config_help(lk_text *out);

#endif
