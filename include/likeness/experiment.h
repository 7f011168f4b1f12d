/** Experiments: runs that make a table together. */
#ifndef LIKENESS_EXPERIMENT_H
#define LIKENESS_EXPERIMENT_H

#include <likeness/train.h>

LK_HEADER_BEGIN

enum { LK_SEEDS_MAX = LK_LIST_MAX };

/** One run of an experiment: a config and its label in the table. Its folders are NAME-sSEED. */
typedef struct lk_experiment_run {
    char name[LK_WORDS_MAX], label[LK_WORDS_MAX];
    /* of a sweep: the keys of its grid, "optimizer.lr model.latent"; else "" */
    char axes[LK_WORDS_MAX];
    double paper_ssim, paper_mse; /* NaN: the paper has none */
    lk_config config;             /* of that name; resolved, except for the seed */
} lk_experiment_run;

/** Runs that make a table together, each with every seed. */
typedef struct lk_experiment {
    char name[LK_WORDS_MAX], note[LK_WORDS_MAX];
    int n_runs;
    lk_experiment_run *runs;
    int n_seeds;
    int64_t seeds[LK_SEEDS_MAX];
    bool is_sweep;
    lk_config base; /* of a sweep: the config without the values of the grid */
} lk_experiment;

/**
 * Read an experiment: {"name", "note", "seeds": [1], "grid": {"a.b": [value, ...]}, "runs":
 * [{"config", "label", "name", "paper": {"ssim", "mse"}, "set": {"a.b": value}}]}, and every config
 * that it names, by a path relative to the file; if that is "-", standard input, or a pipe,
 * relative to the current folder. Each config is changed by its own "set", then by `sets`. Labels
 * must differ, and so must names; a run without a name has that of its config. With a grid each run
 * is done with every combination of its values, which become part of label and name: "AE (MSE),
 * lr=0.01" and "ae-lr_0.01". "seed" in a grid is the same as "seeds".
 *
 * memory  the caller ends it with lk_experiment_deinit
 * errors  LK_USAGE "file:line: runs[1].label: expected ..., got ...", LK_MEMORY
 */
lk_status lk_experiment_load(const char *path, const char *const *sets, int n_sets,
                             lk_experiment *experiment, lk_error *err);
/** The same of a document that lk_json_read_input read from `path`; it is empty afterwards. */
lk_status lk_experiment_load_json(lk_json *json, const char *path, const char *const *sets,
                                  int n_sets, lk_experiment *experiment, lk_error *err);
/**
 * Make an experiment of one config, changed by `sets`, and the words of a grid,
 * "optimizer.lr=1e-2,1e-3": each combination of values is a run, "lr=0.01" in folders
 * lr_0.01-sSEED. Without seeds in the grid the seed is the config's. `path` as in lk_config_load.
 * errors  LK_USAGE, LK_MEMORY
 */
lk_status lk_experiment_sweep(const char *path, const char *const *sets, int n_sets,
                              const lk_strings *grid, lk_experiment *experiment, lk_error *err);
void lk_experiment_deinit(lk_experiment *experiment);
/** Whether every run of the experiment could start on this pack, as lk_train_check; the message has
 * a line for each that could not. Errors: as lk_train_check. */
lk_status lk_experiment_check(const lk_context *context, const lk_experiment *experiment,
                              const char *data, lk_error *err);

/** A run in progress. */
typedef struct lk_experiment_running {
    int number; /* from 1 over all seeds */
    const char *label;
    int64_t seed;
    const char *regularizer; /* what train.penalty is of; NULL: there is none */
    lk_train_progress train;
} lk_experiment_running;

/** The progress of an experiment. */
typedef struct lk_experiment_progress {
    int n_runs, n_done;                   /* over all seeds */
    double seconds, seconds_left;         /* of this process; left is NaN where it is unknown */
    const lk_experiment_running *running; /* sorted by number */
    int n_running;
} lk_experiment_progress;

typedef struct lk_reproduce_options {
    const lk_experiment *experiment;
    const char *data, *out; /* the pack; the folder of the runs and their results */
    const char *command;    /* as in lk_train_options */
    /* runs at the same time, each with its share of the threads; 0: 1. With more than 1 the log is
       called from several threads */
    int jobs;
    bool tensorboard; /* as in lk_train_options */
    lk_stop stop;     /* as in lk_train_options */
    /* called after each step of every run, by one thread at a time; may be NULL */
    void (*progress)(void *self, const lk_experiment_progress *progress);
    void *self; /* for `progress` */
} lk_reproduce_options;

/**
 * Do every run of an experiment that is not done, seed by seed; continue runs that were stopped.
 * Afterwards `out` holds a folder NAME-sSEED for each run, and results/ with NAME-sSEED.json (the
 * run and its metrics), baselines.json and verdicts.json. A table needs nothing but results/. Of a
 * sweep, base.json is the config without the values of the grid. Another sweep of the same config
 * and pack adds its runs; a sweep of anything else is refused.
 *
 * errors  as lk_train_model and lk_evaluate; LK_USAGE if a folder holds a run of another config or
 *         pack (the message names the difference); LK_FAILED if another process works in `out`
 */
lk_status lk_reproduce(const lk_context *context, const lk_reproduce_options *options,
                       lk_error *err);
/**
 * Do what comes before the first run: refuse what lk_reproduce would refuse, and write rows of runs
 * that are not started. Then each run may be trained by itself, by lk_train_model and
 * lk_evaluate_run in its folder, and lk_reproduce makes the table.
 * errors  as lk_reproduce; LK_USAGE if a run that diverged would be replaced
 */
lk_status lk_reproduce_prepare(const lk_context *context, const lk_reproduce_options *options,
                               lk_error *err);

LK_HEADER_END

#endif
