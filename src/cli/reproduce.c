/* likeness reproduce: does every run of an experiment, then makes its table and figure. */
#include "base/file.h"
#include "cli/experiment.h"
#include "cli/flags.h"
#include "cli/sets.h"
#include "cli/slurm.h"

struct options {
    char data[LK_WORDS_MAX], out[LK_WORDS_MAX], slurm[LK_WORDS_MAX];
    int64_t seeds, epochs, jobs;
    lk_strings set;
    bool json, tensorboard;
};

static const lk_option options[] = {
    LK_OPTION_NAMED(struct options, data, "FILE.lkd",
                    "the pack to train and test on (likeness prepare)"),
    LK_OPTION_NAMED(struct options, out, "DIR", "folder of the runs, the table and the figure"),
    LK_OPTION_INTEGER(struct options, seeds, 0, 0, LK_SEEDS_MAX,
                      "seeds 1 to N instead of the experiment's; 0: the experiment's"),
    LK_OPTION_INTEGER(struct options, epochs, 0, 0, 1e6,
                      "epochs of every run instead of its config's; 0: the configs'"),
    LK_OPTION_INTEGER(
        struct options, jobs, 1, 1, LK_THREADS_MAX,
        "runs at the same time, each with its share of the threads: the same results, sooner"),
    LK_OPTION_NAMED(struct options, slurm, "DIR",
                    "train nothing, but write the scripts of an array job of Slurm to DIR, a task "
                    "for each run, at most --jobs of them at the same time; print the commands "
                    "that submit them"),
    LK_OPTION_SET(struct options, "every config"),
    LK_OPTION_TENSORBOARD(struct options),
    LK_OPTION_BOOLEAN(struct options, json, false, "the table as one JSON object"),
    { 0 },
};

static lk_status load(const struct options *o, const char *path, lk_experiment *experiment,
                      lk_error *err) {
    lk_sets sets;
    lk_sets_init(&sets, &o->set);
    if (o->epochs) lk_sets_add_epochs(&sets, o->epochs);
    lk_status status = lk_experiment_load(path, sets.v, sets.n, experiment, err);
    if (status || !o->seeds) return status;
    experiment->n_seeds = (int)o->seeds;
    for (int i = 0; i < experiment->n_seeds; i++) experiment->seeds[i] = i + 1;
    return LK_OK;
}

/* The words after the program's name that do what is left of the experiment. */
static void add_words(const lk_cli *cli, lk_text *out) {
    const struct options *o = cli->options;
    lk_text_add(out, "reproduce ");
    lk_command_word(cli->arguments[0], out);
    lk_text_add(out, " --data ");
    lk_command_word(o->data, out);
    lk_text_add(out, " --out ");
    lk_command_word(o->out, out);
    if (o->seeds) lk_text_add(out, " --seeds %lld", (long long)o->seeds);
    if (o->epochs) lk_text_add(out, " --epochs %lld", (long long)o->epochs);
    for (int i = 0; i < o->set.n; i++) {
        lk_text_add(out, " --set ");
        lk_command_word(o->set.v[i], out);
    }
    lk_text_add(out, "%s%s", o->tensorboard ? " --tensorboard" : "", o->json ? " --json" : "");
}

static lk_status write_slurm(const lk_cli *cli, const lk_cli_experiment *given, lk_error *err) {
    const struct options *o = cli->options;
    lk_text words = { 0 };
    add_words(cli, &words);
    const lk_cli_slurm slurm = { .folder = o->slurm,
                                 .experiment = given,
                                 .table = &words,
                                 .at_once = lk_cli_given(cli, "jobs") ? (int)o->jobs : 0 };
    lk_status status = lk_cli_write_slurm(cli, &slurm, err);
    lk_text_deinit(&words);
    return status;
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const struct options *o = cli->options;
    lk_experiment experiment = { 0 };
    if (*o->slurm && lk_file_is_stream(cli->arguments[0]))
        return lk_fail(err, LK_USAGE,
                       "--slurm: expected the name of a file, got %s, which can be "
                       "read only once",
                       cli->arguments[0]);
    lk_status status = load(o, cli->arguments[0], &experiment, err);
    if (status) return status;
    const lk_cli_experiment given = { .experiment = &experiment,
                                      .data = o->data,
                                      .out = o->out,
                                      .jobs = (int)o->jobs,
                                      .tensorboard = o->tensorboard,
                                      .json = o->json };
    status = *o->slurm ? write_slurm(cli, &given, err) : lk_cli_reproduce(cli, &given, err);
    lk_experiment_deinit(&experiment);
    return status;
}

const lk_command lk_command_reproduce = {
    .name = "reproduce",
    .summary = "Do every run of an experiment, and make its table",
    .example =
        "likeness reproduce configs/paper/table1.json --data faces.lkd --out table1 --jobs 2",
    .usage = "EXPERIMENT.json --data FILE.lkd --out DIR [--seeds N] [--epochs N] [--jobs N] "
             "[--slurm DIR] [--set KEY=VALUE]... [options]",
    .details =
        "DIR gets a folder NAME-sSEED for each run and seed, where NAME is the run's in the "
        "experiment, or else its config's, results/, "
        "which is all that the table needs, and report.html, which links to the page in each run's "
        "folder. Runs that are done are skipped, runs that were stopped "
        "continue, a folder with a run of another "
        "config or pack is refused.\n" LK_HELP_ON_DIVERGENCE LK_HELP_ON_SIGNAL
        "\n--slurm DIR writes runs.sh, whose tasks each train one run, and table.sh, which is this "
        "command without --slurm. All folders must be visible to the machines of the cluster.",
    .options = options,
    .options_size = sizeof(struct options),
    .required = "data|out",
    .min_arguments = 1,
    .max_arguments = 1,
    .computes = true,
    .run = run,
};
