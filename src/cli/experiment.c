/* Does the runs of an experiment, with progress and signals, and prints its table. */
#include "cli/experiment.h"
#include "base/file.h"
#include "cli/markdown.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "report/report.h"

#include <stdio.h>
#include <string.h>

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

static lk_status print(const lk_cli_experiment *given, lk_error *err) {
    char folder[LK_PATH_MAX];
    lk_results results;
    lk_text text = { 0 };
    lk_results_init(&results);
    lk_format(folder, sizeof folder, "%s/results", given->out);
    lk_status status = lk_results_read(&results, folder, NULL, err);
    if (!status) status = lk_results_label(&results, err);
    if (!status)
        status = lk_report_print(&results, given->json ? LK_REPORT_json : LK_REPORT_md,
                                 LK_SORT_NONE, &text, err);
    if (!status) status = given->json ? lk_cli_put(&text, err) : lk_cli_put_markdown(&text, err);
    lk_text_deinit(&text);
    lk_results_deinit(&results);
    return status;
}

lk_status lk_cli_reproduce(lk_cli *cli, const lk_cli_experiment *given, lk_error *err) {
    lk_signals_catch();
    lk_reproduce_options reproduce = { .experiment = given->experiment,
                                       .data = given->data,
                                       .out = given->out,
                                       .jobs = given->jobs,
                                       .stop = { .asked = lk_signals_status },
                                       .progress = show_progress,
                                       .self = cli };
    lk_status status = lk_reproduce(&cli->context, &reproduce, err);
    if (!status)
        lk_log_say(&cli->context.log, LK_INFO,
                   "%s/table.md, %s/figure.png and %s/results are written", given->out, given->out,
                   given->out);
    return status ? status : print(given, err);
}
