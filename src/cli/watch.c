/* likeness watch: how runs go, until they are done. */
#include "base/lock.h"
#include "cli/command.h"
#include "cli/full_screen.h"
#include "cli/output.h"
#include "cli/run_list.h"
#include "cli/signals.h"
#include "cli/watch_view.h"
#include "cli/width.h"
#include "cli/wrap.h"

#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PIPE_WIDTH = 100 };

struct options {
    double interval;
    bool once;
};

static const lk_option options[] = {
    { .key = "interval",
      .type = LK_NUMBER,
      .offset = offsetof(struct options, interval),
      .value = 2,
      .min = 0.1,
      .max = 3600,
      .placeholder = "SECONDS",
      .help = "seconds between two looks" },
    LK_OPTION_BOOLEAN(struct options, once, false, "show the runs once, and end"),
    { 0 },
};

/* What there is at one moment. */
struct look {
    lk_run_list list;
    bool goes_on;
    int n_quiet; /* looks in a row, with this one, when nothing went on */
};

/* Between two runs of a script, or while a run is replaced, there is a moment when nothing goes on.
 */
enum { QUIET_LOOKS = 2 };

static void end_look(struct look *look) {
    lk_run_list_deinit(&look->list);
    *look = (struct look){ 0 };
}

static lk_status take_look(const char *folder, struct look *look, lk_error *err) {
    *look = (struct look){ 0 };
    lk_status status = lk_run_list_read(&look->list, &folder, 1, (double)time(NULL), NULL, err);
    for (size_t i = 0; i < look->list.results.n_rows && !status; i++)
        look->goes_on = look->goes_on || lk_watch_goes_on(&look->list.progress[i]);
    return status;
}

/* A folder that was just created has no run yet, but its lock is held. */
static lk_status look_first(const char *folder, struct look *look, lk_error *err) {
    lk_status status = take_look(folder, look, err);
    if (!status || status == LK_MEMORY || !lk_folder_is_locked(folder)) return status;
    end_look(look);
    look->goes_on = true;
    return LK_OK;
}

/* After `n_quiet` looks when nothing went on. */
static lk_status look_again(const char *folder, int n_quiet, struct look *look, lk_error *err) {
    lk_status status = take_look(folder, look, err);
    look->n_quiet = look->goes_on ? 0 : n_quiet + 1;
    if (!status || status == LK_MEMORY) return status;
    if (!lk_folder_exists(folder))
        return lk_fail(err, LK_READ, "%s: was removed while it was watched", folder);
    if (look->n_quiet >= QUIET_LOOKS) return status;
    end_look(look);
    look->n_quiet = n_quiet + 1;
    return LK_OK;
}

/* ---- a screen ---- */

static void add_frame(const char *folder, const struct look *look, const lk_watch_screen *screen,
                      lk_text *out) {
    const lk_results *results = &look->list.results;
    const lk_result *first = results->n_rows ? &results->rows[0] : NULL;
    if (!first) {
        lk_text_name(out, folder);
        lk_text_add(out, ": no run yet\n%s%s", screen->footer ? screen->footer : "",
                    screen->footer ? "\n" : "");
    } else if (results->n_rows == 1 && strcmp(lk_run_place(first), folder) == 0)
        lk_watch_show_run(first, &look->list.progress[0], screen, out);
    else
        lk_watch_show_runs(&look->list, folder, screen, out);
}

static lk_watch_screen screen_now(const char *footer) {
    lk_terminal terminal;
    lk_terminal_init(&terminal, stdout);
    return (lk_watch_screen){ .width = lk_screen_width(stdout, PIPE_WIDTH),
                              .height = terminal.moves ? terminal.height : 0,
                              .blocks = lk_screen_takes_utf8(),
                              .colours = terminal.colours,
                              .footer = footer };
}

/* What stays on the screen. */
static lk_status put_once(const char *folder, const struct look *look, lk_error *err) {
    lk_text out = { 0 };
    lk_watch_screen screen = screen_now(NULL);
    if (screen.height > 1) screen.height--; /* for the prompt of the shell */
    add_frame(folder, look, &screen, &out);
    return lk_cli_put(&out, err);
}

static lk_status say_signal(lk_error *err) {
    lk_status status = lk_signals_status(NULL);
    return lk_fail(err, status, "%s", lk_status_words(status));
}

static lk_status draw(const char *folder, const struct look *look, const char *footer,
                      lk_error *err) {
    lk_text lines = { 0 };
    const lk_watch_screen screen = screen_now(footer);
    add_frame(folder, look, &screen, &lines);
    lk_status status = lk_full_screen_draw(&lines, screen.height, err);
    lk_text_deinit(&lines);
    return status;
}

static lk_status watch_on_screen(const char *folder, struct look *look, double interval,
                                 lk_error *err) {
    lk_full_screen full;
    lk_wait_end end = LK_WAIT_TIME;
    lk_status status = LK_OK;
    char footer[64];
    lk_full_screen_open(&full, true);
    lk_format(footer, sizeof footer, "refreshed every %g s; %s ends", interval,
              full.keys ? "q" : "Ctrl-C");
    while (!status && look->n_quiet < QUIET_LOOKS) {
        status = draw(folder, look, footer, err);
        if (!status) end = lk_full_screen_wait(&full, interval);
        if (status || end != LK_WAIT_TIME) break;
        int n_quiet = look->n_quiet;
        end_look(look);
        status = look_again(folder, n_quiet, look, err);
    }
    lk_full_screen_close(&full);
    if (status) return status;
    return end == LK_WAIT_SIGNAL ? say_signal(err) : put_once(folder, look, err);
}

/* ---- a log ---- */

static bool was_said(const struct look *before, const lk_result *row, const lk_run_progress *p) {
    for (size_t i = 0; i < before->list.results.n_rows; i++) {
        const lk_run_progress *then = &before->list.progress[i];
        if (strcmp(lk_run_place(&before->list.results.rows[i]), lk_run_place(row)) == 0)
            return then->stage == p->stage &&
                   !(isnan(then->epochs) ? !isnan(p->epochs) : p->epochs > then->epochs);
    }
    return false;
}

/* A line for each run that has changed since. */
static lk_status say_changes(const struct look *before, const struct look *now, lk_error *err) {
    lk_text out = { 0 };
    for (size_t i = 0; i < now->list.results.n_rows; i++) {
        const lk_result *row = &now->list.results.rows[i];
        if (!was_said(before, row, &now->list.progress[i]))
            lk_watch_say(row, &now->list.progress[i], &out);
    }
    lk_status status = lk_cli_put(&out, err);
    if (!status && fflush(stdout) != 0) status = lk_cli_output_failed(err);
    return status;
}

/* `said` is the last look that showed runs. */
static lk_status watch_in_log(const char *folder, struct look *said, double interval,
                              lk_error *err) {
    lk_full_screen wait;
    lk_wait_end end = LK_WAIT_TIME;
    lk_status status = LK_OK;
    lk_full_screen_open(&wait, false);
    while (!status && said->n_quiet < QUIET_LOOKS) {
        struct look now;
        end = lk_full_screen_wait(&wait, interval);
        if (end != LK_WAIT_TIME) break;
        status = look_again(folder, said->n_quiet, &now, err);
        if (!status) status = say_changes(said, &now, err);
        said->n_quiet = now.n_quiet;
        struct look old = now.list.results.n_rows ? *said : now;
        if (now.list.results.n_rows) *said = now;
        end_look(&old);
    }
    lk_full_screen_close(&wait);
    return status || end != LK_WAIT_SIGNAL ? status : say_signal(err);
}

/* ---- the command ---- */

/* A program in the background must not draw over what is in the foreground. */
static bool has_screen(void) {
    lk_terminal terminal;
    pid_t foreground = tcgetpgrp(STDOUT_FILENO);
    lk_terminal_init(&terminal, stdout);
    return terminal.moves && (foreground < 0 || foreground == getpgrp());
}

static lk_status show(const char *folder, struct look *look, const struct options *o,
                      lk_error *err) {
    const struct look nothing = { 0 };
    bool screen = has_screen();
    if (o->once || (screen && !look->goes_on)) return put_once(folder, look, err);
    if (screen) return watch_on_screen(folder, look, o->interval, err);
    lk_status status = say_changes(&nothing, look, err);
    return status || !look->goes_on ? status : watch_in_log(folder, look, o->interval, err);
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const char *folder = cli->arguments[0];
    struct look look;
    lk_status status = look_first(folder, &look, err);
    if (!status) status = show(folder, &look, cli->options, err);
    end_look(&look);
    return status;
}

const lk_command lk_command_watch = {
    .name = "watch",
    .summary = "Show how runs go, until they are done",
    .example = "likeness watch runs",
    .usage = "RUN|DIR [--interval SECONDS] [--once]",
    .details =
        "A run is shown with its progress, losses, scores and the curves of its losses. A folder "
        "is "
        "searched for runs, as by likeness runs, and they are shown as a table. It only reads, and "
        "does not disturb them. It ends by itself when no run goes on, with q, or with Ctrl-C "
        "(exit "
        "code 130).\n"
        "train loss and val loss are those of the last epoch that has ended, val SSIM and val MSE "
        "those of the validation pictures, best is the epoch with the lowest validation loss. The "
        "time left follows from the steps that are logged (train.log_every_steps).\n"
        "Without a terminal, or with TERM=dumb, there is a line for each run at first, then one "
        "whenever an epoch of a run has ended or its state has changed. Curves need a locale with "
        "UTF-8 for fine lines; others get points and stars.",
    .options = options,
    .options_size = sizeof(struct options),
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
