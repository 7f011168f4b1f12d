/* Does the runs of an experiment, with progress and signals, and prints its table. */
#include "cli/experiment.h"
#include "base/file.h"
#include "cli/markdown.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "experiment/differences.h"
#include "experiment/search.h"
#include "net/run_files.h"

#include <string.h>

/* "run 3/12  lr=0.01, seed 1  [###...]  epoch 2/4 ..." */
static void add_run(const lk_experiment_running *run, int n_runs, int room, lk_text *out) {
    char name[256];
    lk_format(name, sizeof name, "run %d/%d  %s, seed %lld  ", run->number, n_runs, run->label,
              (long long)run->seed);
    lk_text_add(out, "%s", name);
    lk_progress_line(&run->train, run->regularizer, room - (int)strlen(name), out);
    lk_text_add(out, "\n");
}

static void show_progress(void *self, const lk_experiment_progress *p) {
    lk_cli *cli = self;
    char passed[32], left[32];
    lk_text lines = { 0 };
    for (int i = 0; i < p->n_running; i++)
        add_run(&p->running[i], p->n_runs, lk_terminal_room(&cli->terminal), &lines);
    lk_text_add(&lines, "%d of %d runs done, %s passed, %s left", p->n_done, p->n_runs,
                lk_terminal_duration(p->seconds, passed),
                lk_terminal_duration(p->seconds_left, left));
    if (!lines.failed) lk_terminal_progress(&cli->terminal, lk_seconds(), lines.data);
    lk_text_deinit(&lines);
}

static lk_status print(const lk_cli_experiment *given, lk_error *err) {
    const lk_report_view view = { .sort = LK_SORT_NONE };
    lk_results results;
    lk_text text = { 0 };
    lk_results_init(&results);
    lk_status status = lk_results_search(&results, given->out, NULL, err);
    if (!status) status = lk_results_label(&results, err);
    if (!status) status = lk_results_compare(&results, err);
    if (!status)
        status = lk_report_print(&results, given->json ? LK_REPORT_json : LK_REPORT_md, &view,
                                 &text, err);
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
                                       .tensorboard = given->tensorboard,
                                       .stop = { .asked = lk_signals_status },
                                       .progress = show_progress,
                                       .self = cli };
    lk_text command = { 0 };
    lk_command_line(cli, &command);
    reproduce.command = command.data;
    lk_status status = lk_reproduce(&cli->context, &reproduce, err);
    lk_text_deinit(&command);
    bool all = !status || status == LK_DIVERGED; /* the table has a row for each run */
    bool reported = all && lk_cli_report_runs(cli, given->out, given->data);
    if (all)
        lk_log_say(&cli->context.log, LK_INFO,
                   "%s/table.md, %s/figure.png%s%s%s and %s/results are written", given->out,
                   given->out, reported ? ", " : "", reported ? given->out : "",
                   reported ? "/" LK_RUN_REPORT : "", given->out);
    lk_error reason;
    lk_status printed = all ? print(given, &reason) : LK_OK;
    return printed && !status ? lk_fail(err, printed, "%s", reason.text) : status;
}
