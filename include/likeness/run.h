/**
 * run: what a training run is: the config, training, evaluation.
 *
 * A config is sections; a section whose object has a "type" chooses a row of a list other layers
 * own (losses, models, optimisers, ...), whose own keys stand beside the section's common keys.
 * Nothing here knows those rows.
 */
#ifndef LIKENESS_RUN_H
#define LIKENESS_RUN_H

#include <likeness/data.h>
#include <likeness/metric.h>
#include <likeness/model.h>

/* ---- config ---------------------------------------------------------------------------------- */

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

/* ---- training -------------------------------------------------------------------------------- */

/** Where a run stands, after each step. */
typedef struct lk_train_progress {
    int64_t step, n_steps;
    int epoch, n_epochs; /* from 1 */
    double loss;         /* the objective of the last batch */
    double images_per_second, seconds_left;
} lk_train_progress;

typedef struct lk_train_options {
    const lk_config *config;
    const char *data, *out; /* the pack; the run's folder */
    char *fingerprint;      /* of the pack, as lk_pack_is_same wants it */
    bool resume, force;     /* go on from a checkpoint; replace a run that is there */
    /* check every op's results: the first that is not finite ends the run, also where the loss
       stays finite; slow */
    bool detect;
    /* asked after each step and batch of validation: LK_TERMINATED and LK_INTERRUPTED end it; NULL:
       never */
    lk_status (*stop)(void *self);
    /* after each step; NULL: none */
    void (*progress)(void *self, const lk_train_progress *progress);
    void *self;
} lk_train_options;

/**
 * Train a model. The folder's files are those of the README; `model.safetensors` holds the weights
 * of the lowest validation loss (of the last step where the pack has no validation part). Results
 * are the same bits at any number of threads, and after any number of interruptions.
 *
 * errors  LK_USAGE (a run is there and neither resume nor force; another config or pack than the
 *         run's), LK_READ, LK_FORMAT (pack, checkpoints), LK_DIVERGED (step and first bad node;
 *         nothing of that step is kept), LK_WRITE, LK_MEMORY, LK_FAILED (another process trains
 *         there), or what `stop` returned, once a checkpoint is saved
 */
lk_status lk_train_model(const lk_context *context, const lk_train_options *options, lk_error *err);

/* ---- evaluation ------------------------------------------------------------------------------ */

/** What the codes of some images are like; NaN: not defined for this model. */
typedef struct lk_codes_summary {
    size_t n;
    /* active: the mean code's variance over images is above 0.01 (Burda, Grosse, Salakhutdinov
       2015) */
    int latents, active;
    double kl; /* of posteriors from N(0, I), sum over latents, mean over images */
    /* mean over images of each; belongs to whoever measured; NULL: no posterior, or gone */
    const double *kl_of_latent;
    /* codes that mmd compares: the first 2048 at most, fewer where latents are more than 4096 */
    size_t mmd_n;
    /* unbiased MMD^2 between codes, drawn from their posteriors where there are some, and fixed
       prior samples */
    double mmd;
    /* mean and standard deviation of the same for true prior samples in place of codes */
    double mmd_prior, mmd_prior_sd;
} lk_codes_summary;
/** As a member `key` of a JSON object, `kl_of_latent` too where it is there. Errors: LK_MEMORY. */
lk_status lk_codes_json(const lk_codes_summary *codes, struct cJSON *object, const char *key,
                        lk_error *err);

/** A question asked between batches: LK_OK goes on, another status ends the work. */
typedef struct lk_stop {
    lk_status (*asked)(void *self);
    void *self;
} lk_stop;
/** What was answered, with words; LK_OK where `stop`, or its question, is NULL. */
lk_status lk_stop_ask(const lk_stop *stop, lk_error *err);

typedef struct lk_evaluation {
    char data[17]; /* fingerprint of the pack */
    lk_metrics_summary model;
    lk_codes_summary codes;
    bool has_baselines;
    int n_components; /* of the PCA: as many as latents */
    /* of the training part's mean image and principal components */
    lk_metrics_summary mean_image, pca;
} lk_evaluation;

/**
 * Measure a trained model (a run's folder, a model file, a checkpoint) on a part of a pack; with
 * `baselines` also what the training part's mean image and principal components reach, clipped like
 * the model.
 * errors  LK_READ, LK_FORMAT (model, pack, or their images disagree), LK_MEMORY
 */
lk_status lk_evaluate(const lk_context *context, const char *model, const char *data, lk_part part,
                      bool baselines, lk_evaluation *out, lk_error *err);
/**
 * The same of a run's model on the test part, kept in the run's folder: test_scores.npy (float64,
 * shape (n, metrics in the order of LK_METRIC_LIST, 2): value and weight of every picture's
 * lk_score), then test.json. `fingerprint`: as lk_pack_is_same wants it. `stop` may be NULL.
 * Errors: as above, LK_WRITE, LK_FAILED (another process trains or measures there), or what `stop`
 * says, and then nothing was written.
 */
lk_status lk_evaluate_run(const lk_context *context, const char *run, const char *data,
                          char *fingerprint, const lk_stop *stop, lk_evaluation *out,
                          lk_error *err);
/** The baselines alone, with at most `n_latents` components. `model` of the result is empty. `stop`
 * and errors: as above. */
lk_status lk_evaluate_baselines(const lk_context *context, const char *data, lk_part part,
                                int n_latents, const lk_stop *stop, lk_evaluation *out,
                                lk_error *err);
/** The object of `eval --json` and test.json. The caller deletes it. Errors: LK_MEMORY. */
lk_status lk_evaluation_json(const lk_evaluation *evaluation, struct cJSON **json, lk_error *err);

/* ---- experiments ----------------------------------------------------------------------------- */

enum { LK_SEEDS_MAX = LK_LIST_MAX };

/** One run of an experiment: a config, under a label of its table. Its folders are NAME-sSEED. */
typedef struct lk_experiment_run {
    char name[LK_WORDS_MAX], label[LK_WORDS_MAX];
    double paper_ssim, paper_mse; /* NaN: the paper has none */
    lk_config config;             /* resolved, but for the seed; of that name */
} lk_experiment_run;

/** Runs that make a table together, each with every seed. */
typedef struct lk_experiment {
    char name[LK_WORDS_MAX], note[LK_WORDS_MAX];
    int n_runs;
    lk_experiment_run *runs;
    int n_seeds;
    int64_t seeds[LK_SEEDS_MAX];
} lk_experiment;

/**
 * Read an experiment: {"name", "note", "seeds": [1], "runs": [{"config", "label", "name", "paper":
 * {"ssim", "mse"}, "set": {"a.b": value}}]}, and every config it names (paths relative to the
 * file), each changed by its own "set", then by `sets`. Labels differ; so do names, which are the
 * configs' unless a run says another.
 *
 * memory  the caller ends it with lk_experiment_deinit
 * errors  LK_USAGE "file:line: runs[1].label: got, wanted", LK_MEMORY
 */
lk_status lk_experiment_load(const char *path, const char *const *sets, int n_sets,
                             lk_experiment *experiment, lk_error *err);
void lk_experiment_deinit(lk_experiment *experiment);

/** Where an experiment stands. */
typedef struct lk_experiment_progress {
    int run, n_runs; /* from 1; over all seeds */
    const char *label;
    int64_t seed;
    const lk_train_progress *train;
} lk_experiment_progress;

typedef struct lk_reproduce_options {
    const lk_experiment *experiment;
    const char *data, *out; /* the pack; the folder of the runs and their results */
    /* runs at once, each with its share of the threads; 0: 1. More than 1 call the log from several
       threads */
    int jobs;
    lk_status (*stop)(void *self); /* as lk_train_options; NULL: never */
    void (*progress)(void *self, const lk_experiment_progress *progress);
    void *self;
} lk_reproduce_options;

/**
 * Do every run of an experiment that is not done, seed by seed; runs that were stopped go on.
 * Afterwards `out` holds a folder NAME-sSEED for each, and results/ with NAME-sSEED.json (what the
 * run is and what it reached), baselines.json and verdicts.json: all a table needs.
 *
 * errors  as lk_train_model and lk_evaluate; LK_USAGE where a folder holds a run of another config
 *         or pack, the difference named; LK_FAILED where another process works in `out`
 */
lk_status lk_reproduce(const lk_context *context, const lk_reproduce_options *options,
                       lk_error *err);

#endif
