/**
 * The config of a run: a tree of sections.
 *
 * The "type" of a section chooses a row of a list that another folder owns (losses, models,
 * optimizers, ...). The keys of that row are next to the section's common keys. Nothing here knows
 * the rows.
 */
#ifndef LIKENESS_CONFIG_H
#define LIKENESS_CONFIG_H

#include <likeness/model.h>

LK_HEADER_BEGIN

/** In every section `json` is the value it was read from, for messages of later checks; NULL if
 * none was given. */
typedef struct lk_config_model {
    const struct cJSON *json;
    lk_chosen chosen;  /* of lk_models */
    lk_numbers latent; /* Z, or C, H, W */
    const struct cJSON *architecture_json;
    lk_architecture architecture;
    int engine, initializer; /* lk_engine_choice, lk_initializer_kind */
    double initializer_std;
} lk_config_model;

typedef struct lk_config_corruption {
    const struct cJSON *json;
    lk_chosen chosen; /* of lk_corruptions */
} lk_config_corruption;

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
    int64_t batch_size, epochs, steps, patience, shards, checkpoint_every_steps, log_every_steps,
        grid_images;
    int precision; /* lk_precision */
    bool flip;
    lk_chosen_list augment; /* of lk_augmentations */
} lk_config_train;

typedef struct lk_config_features {
    const struct cJSON *json;
    lk_chosen chosen; /* of lk_feature_networks */
} lk_config_features;

typedef struct lk_config {
    char name[LK_WORDS_MAX]; /* "": the run is called like its folder */
    int64_t seed;
    lk_config_model model;
    lk_config_corruption corruption;
    lk_config_reconstruction reconstruction;
    lk_config_regularizer regularizer;
    lk_config_optimizer optimizer;
    lk_config_train train;
    lk_config_features features;
    lk_json json;   /* what was read and merged; it owns the LK_JSON values above */
    lk_arena arena; /* owns the options of the chosen rows */
} lk_config;

/**
 * Read a config file and the files it `extends` (merged object by object; paths are relative to the
 * file that names them), then apply the `sets` ("train.epochs=3": the value as JSON, or else as a
 * string; a word for an object is its type; "terms.0.scale" is in the first item of a list).
 * Messages call a set "--set ...", and one that begins with "grid " by its own words. A section
 * that gets another type loses the inherited keys which that type does not know. A preset replaces
 * inherited lists of layers. The name of a JSON file as architecture stands for what the file
 * holds; in a set it is relative to the current folder. `path` may also be "-", standard input, or
 * a pipe; paths in it are then relative to the current folder.
 *
 * A set that changes a number of the run (not `seed`, and not lk_config_changes_no_number) empties
 * the name that the file gives, because it says something else; a set of `name` is kept.
 * errors  LK_USAGE "file:line: path: expected X, got Y" ("--set ...: path: ..." for a set), a line
 *         for each error, in the order of the file, sets last; LK_MEMORY
 * memory  the caller ends it with lk_config_deinit
 */
lk_status lk_config_load(const char *path, const char *const *sets, int n_sets, lk_config *config,
                         lk_error *err);
/** The same of the text that `path` holds, for streams that are read once and loaded often. */
lk_status lk_config_load_text(const char *text, size_t n_bytes, const char *path,
                              const char *const *sets, int n_sets, lk_config *config,
                              lk_error *err);
/** The same of a document that lk_json_read_input read from `path`; it is empty afterwards. */
lk_status lk_config_load_json(lk_json *json, const char *path, const char *const *sets, int n_sets,
                              lk_config *config, lk_error *err);
/** The same from a text, as in a checkpoint; `extends` and names of files in it are refused. */
lk_status lk_config_parse_text(const char *text, size_t n_bytes, const char *name,
                               const char *const *sets, int n_sets, lk_config *config,
                               lk_error *err);
void lk_config_deinit(lk_config *config);

/** "file:line" of a key ("train.shards"), or of the nearest section above it that was given, or
 * "(default)". Returns `out`. */
const char *lk_config_where(const lk_config *config, const char *path, char *out, size_t n_bytes);
/** The shape of one code: (Z) or (C, H, W). Its numbers: lk_shape_size. */
lk_shape lk_config_code(const lk_config *config);
/** The network of the metrics frechet and lpips; NULL: the config has none. */
const lk_perceptual_options *lk_config_network(const lk_config *config);
/** The layers of the model for pictures of size x size; they belong to the config or to `arena`.
 * Errors: LK_USAGE: "file:line: model.architecture: " and the sizes that work; LK_MEMORY. */
lk_status lk_config_layers(const lk_config *config, int size, lk_arena *arena, lk_architecture *out,
                           lk_error *err);
/** The config for pictures of size x size as JSON text that loads to the same config: every default
 * is written out, and so are the layers of a preset. Errors: as lk_config_layers. */
lk_status lk_config_print(const lk_config *config, int size, lk_text *out, lk_error *err);
/** Append "optimizer.lr: 0.001 and 0.01; ..." for the first five keys that differ for pictures of
 * size x size, or nothing. The name of the run does not count, nor do the name and width of a
 * preset, only its layers. Errors: as lk_config_layers. */
lk_status lk_config_difference(const lk_config *a, const lk_config *b, int size, lk_text *out,
                               lk_error *err);
/** Says something of a key, by its path: "train.epochs". */
typedef bool lk_config_key_test(const char *path);
/** The same without the keys that `ignores` names. */
lk_status lk_config_difference_except(const lk_config *a, const lk_config *b, int size,
                                      lk_config_key_test *ignores, lk_text *out, lk_error *err);

/** Whether no number of a run depends on this key: "name", "train.log_every_steps", ... */
bool lk_config_changes_no_number(const char *path);

/** The JSON Schema (draft 2020-12) of configs. Errors: LK_MEMORY. */
lk_status lk_config_schema(lk_text *out, lk_error *err);
/** Append a short guide with the keys that most runs change, then a line for every key: its help,
 * its values and its default. */
void lk_config_help(lk_text *out);
/** Append the help on a section ("optimizer"), a type ("lwssim", "conv"), or a key ("lr",
 * "train.epochs"); on all of them if several are called so. Returns whether there is one. */
bool lk_config_help_topic(const char *topic, lk_text *out);
/** Fill `names` with at most n_max topics; returns how many. */
size_t lk_config_topics(const char **names, size_t n_max);

LK_HEADER_END

#endif
