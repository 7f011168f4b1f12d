/* likeness sweep: does runs of one config that differ in the values of some keys. */
#include "cli/experiment.h"
#include "cli/sets.h"

struct options {
    char data[LK_WORDS_MAX], out[LK_WORDS_MAX];
    lk_strings grid, set;
    int64_t epochs, jobs;
    bool json, tensorboard;
};

static const lk_option options[] = {
    { .key = "grid",
      .type = LK_STRINGS,
      .offset = offsetof(struct options, grid),
      .placeholder = "KEY=V,V,...",
      .help = "values of a key, each given as JSON or else as a string; every combination is a "
              "run" },
    LK_OPTION_NAMED(struct options, data, "FILE.lkd",
                    "the pack to train and test on (likeness prepare)"),
    LK_OPTION_NAMED(struct options, out, "DIR", "folder of the runs, the table and the figure"),
    LK_OPTION_SET(struct options, "the config"),
    LK_OPTION_INTEGER(struct options, epochs, 0, 0, 1e6,
                      "epochs of every run instead of the config's; 0: the config's"),
    LK_OPTION_INTEGER(
        struct options, jobs, 1, 1, LK_THREADS_MAX,
        "runs at the same time, each with its share of the threads: the same results, sooner"),
    LK_OPTION_TENSORBOARD(struct options),
    LK_OPTION_BOOLEAN(struct options, json, false, "the table as one JSON object"),
    { 0 },
};

static lk_status run(lk_cli *cli, lk_error *err) {
    const struct options *o = cli->options;
    lk_experiment sweep = { 0 };
    lk_sets sets;
    lk_sets_init(&sets, &o->set);
    if (o->epochs) lk_sets_add_epochs(&sets, o->epochs);
    lk_status status =
        lk_experiment_sweep(cli->arguments[0], sets.v, sets.n, &o->grid, &sweep, err);
    if (status) return status;
    status = lk_cli_reproduce(cli,
                              &(lk_cli_experiment){ .experiment = &sweep,
                                                    .data = o->data,
                                                    .out = o->out,
                                                    .jobs = (int)o->jobs,
                                                    .tensorboard = o->tensorboard,
                                                    .json = o->json },
                              err);
    lk_experiment_deinit(&sweep);
    return status;
}

const lk_command lk_command_sweep = {
    .name = "sweep",
    .summary = "Train one config with several values of some keys, and make the table",
    .usage = "CONFIG --grid KEY=VALUE,VALUE... [--grid seed=1,2]... --data FILE.lkd --out DIR "
             "[options]",
    .example = "likeness sweep configs/quick/ae_mse.json --grid optimizer.lr=1e-2,1e-3 --grid "
               "model.latent=32,128 --data faces.lkd --out sweep",
    .details =
        "Every combination of values is a run, in a folder such as lr_0.01-latent_32-s1 in DIR; "
        "its row is labelled \"lr=0.01, latent=32\". DIR/results is all that the table needs.\n"
        "Runs that are done are skipped, runs that were stopped continue. With more values, the "
        "same config and the same pack, the new runs join those in DIR, also where another key "
        "gets "
        "values: a run that is there already is not trained again. Anything else in DIR is "
        "refused. DIR/base.json is the config without the values of the grid.\n"
        "A value with commas is put in brackets or quotes, as JSON has it: "
        "reconstruction.windows=[3,5],[7,11].\n" LK_HELP_ON_DIVERGENCE LK_HELP_ON_SIGNAL,
    .options = options,
    .options_size = sizeof(struct options),
    .required = "grid|data|out",
    .min_arguments = 1,
    .max_arguments = 1,
    .computes = true,
    .run = run,
};
