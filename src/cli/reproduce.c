/* likeness reproduce: does every run of an experiment, then makes its table and figure. */
#include "base/file.h"
#include "cli/command.h"
#include "cli/markdown.h"
#include "cli/output.h"
#include "cli/sets.h"
#include "cli/signals.h"
#include "report/report.h"

#include <likeness/experiment.h>

#include <stdio.h>
#include <string.h>

struct options {
    char data[LK_WORDS_MAX], out[LK_WORDS_MAX];
    int64_t seeds, epochs, jobs;
    lk_strings set;
    bool json;
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
    LK_OPTION_SET(struct options, "every config"),
    LK_OPTION_BOOLEAN(struct options, json, false, "the table as one JSON object"),
    { 0 },
};

static void show_progress(void *self, const lk_experiment_progress *p) {
    lk_cli *cli = self;
    char left[32], line[256];
    const lk_train_progress *t = p->train;
    snprintf(
        line, sizeof line,
        "run %d/%d  %s, seed %lld  step %lld/%lld  epoch %d/%d  loss %.5f  %.0f images/s  %s left",
        p->run, p->n_runs, p->label, (long long)p->seed, (long long)t->step, (long long)t->n_steps,
        t->epoch, t->n_epochs, t->loss, t->images_per_second,
        lk_terminal_duration(t->seconds_left, left));
    lk_terminal_progress(&cli->terminal, lk_seconds(), line);
}

/* --epochs is one more --set, after the others; it also lifts the configs' limit of steps. */
static lk_status load(const struct options *o, const char *path, lk_experiment *experiment,
                      lk_error *err) {
    lk_sets sets;
    lk_sets_init(&sets, &o->set);
    if (o->epochs) {
        lk_sets_add(&sets, "train.epochs", o->epochs);
        lk_sets_add(&sets, "train.steps", 0);
    }
    lk_status status = lk_experiment_load(path, sets.v, sets.n, experiment, err);
    if (status || !o->seeds) return status;
    experiment->n_seeds = (int)o->seeds;
    for (int i = 0; i < experiment->n_seeds; i++) experiment->seeds[i] = i + 1;
    return LK_OK;
}

static lk_status print(const struct options *o, lk_error *err) {
    char folder[LK_PATH_MAX];
    lk_results results;
    lk_text text = { 0 };
    lk_results_init(&results);
    lk_format(folder, sizeof folder, "%s/results", o->out);
    lk_status status = lk_results_read(&results, folder, NULL, err);
    if (!status) status = lk_results_label(&results, err);
    if (!status)
        status = lk_report_print(&results, o->json ? LK_REPORT_json : LK_REPORT_md, LK_SORT_NONE,
                                 &text, err);
    if (!status) status = o->json ? lk_cli_put(&text, err) : lk_cli_put_markdown(&text, err);
    lk_text_deinit(&text);
    lk_results_deinit(&results);
    return status;
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const struct options *o = cli->options;
    lk_experiment experiment = { 0 };
    lk_signals_catch();
    lk_status status = load(o, cli->arguments[0], &experiment, err);
    if (status) return status;
    lk_reproduce_options reproduce = { .experiment = &experiment,
                                       .data = o->data,
                                       .out = o->out,
                                       .jobs = (int)o->jobs,
                                       .stop = { .asked = lk_signals_status },
                                       .progress = show_progress,
                                       .self = cli };
    status = lk_reproduce(&cli->context, &reproduce, err);
    if (!status)
        lk_log_say(&cli->context.log, LK_INFO,
                   "%s/table.md, %s/figure.png and %s/results are written", o->out, o->out, o->out);
    if (!status) status = print(o, err);
    lk_experiment_deinit(&experiment);
    return status;
}

const lk_command lk_command_reproduce = {
    .name = "reproduce",
    .summary = "Do every run of an experiment, and make its table",
    .example =
        "likeness reproduce configs/paper/table1.json --data faces.lkd --out table1 --jobs 2",
    .usage = "EXPERIMENT.json --data FILE.lkd --out DIR [--seeds N] [--epochs N] [--jobs N] "
             "[--set KEY=VALUE]... [options]",
    .details =
        "DIR gets a folder NAME-sSEED for each run and seed, where NAME is the run's in the "
        "experiment, or else its config's, and results/, "
        "which is all that the table needs. Runs that are done are skipped, runs that were stopped "
        "continue, a folder with a run of another "
        "config or pack is refused.\n"
        "On SIGTERM, SIGHUP, SIGUSR1 or SIGINT the current step is finished and saved, and the "
        "program exits with 75 (SIGINT: 130); "
        "the same command continues.",
    .options = options,
    .options_size = sizeof(struct options),
    .required = "data|out",
    .min_arguments = 1,
    .max_arguments = 1,
    .computes = true,
    .run = run,
};
