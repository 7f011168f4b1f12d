/* What likeness watch shows: runs as lines of text. */
#include "cli/watch_view.h"
#include "cli/fit.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/run_list.h"
#include "cli/terminal.h"
#include "cli/text_plot.h"
#include "cli/width.h"
#include "cli/wrap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CURVES_LINES_MIN = 6,  /* fewer would not show a curve */
    CURVES_LINES_MAX = 20, /* more would not show more of it */
    NOTE_COLUMNS = 32,
    SPARK_COLUMNS = 12,
    BAR_COLUMNS = 16,
};

static const char train_colour[] = "36", val_colour[] = "35"; /* cyan and magenta */

static const char *const stage_colours[LK_N_STAGES] = {
    [LK_STAGE_RUNNING] = "32",
    [LK_STAGE_STOPPED] = "33",
    [LK_STAGE_FAILED] = "31",
    [LK_STAGE_DAMAGED] = "31",
};

bool lk_watch_goes_on(const lk_run_progress *p) {
    return p->stage == LK_STAGE_RUNNING || p->stage == LK_STAGE_WAITING;
}

/* ---- parts ---- */

/* The folder of a run; of one that has none yet, the folder that it will have. */
static void add_place(const lk_result *row, const char *folder, lk_text *out) {
    static const char results[] = "/results/", ending[] = ".json";
    char place[LK_PATH_MAX], *file;
    lk_format(place, sizeof place, "%s", lk_run_place(row));
    size_t n = strlen(folder), n_place = strlen(place), n_ending = strlen(ending);
    while (n && folder[n - 1] == '/') n--;
    file = strstr(place, results);
    if (!row->folder && file && n_place > n_ending &&
        strcmp(place + n_place - n_ending, ending) == 0) {
        place[n_place - n_ending] = 0;
        memmove(file + 1, file + strlen(results), strlen(file + strlen(results)) + 1);
    }
    bool inside = n && strncmp(place, folder, n) == 0 && place[n] == '/';
    size_t skipped = inside ? n + strspn(place + n, "/") : 0;
    lk_text_name(out, place + skipped);
}

static void add_coloured(const char *text, const char *colour, bool colours, lk_text *out) {
    if (colours && colour)
        lk_text_add(out, "\033[%sm%s\033[0m", colour, text);
    else
        lk_text_add(out, "%s", text);
}

static void add_stage(const lk_run_progress *p, bool colours, lk_text *out) {
    add_coloured(lk_stage_words(p->stage), stage_colours[p->stage], colours, out);
}

/* That of a run that diverges may be of any size. */
static void add_loss(double loss, lk_text *out) {
    if (!isnan(loss)) lk_text_add(out, fabs(loss) < 1e4 ? "%.5f" : "%.3g", loss);
}

static void add_metric(lk_metric metric, double value, lk_text *out) {
    if (!isnan(value))
        lk_metric_text(out, value, (double)NAN, lk_metric_describe(metric)->digits, false);
}

static void add_duration(double seconds, lk_text *out) {
    char text[32];
    if (!isnan(seconds)) lk_text_add(out, "%s", lk_terminal_duration(seconds, text));
}

/* ", " before every part but the first. */
static void begin_part(size_t n_before, lk_text *out) {
    if (out->n > n_before) lk_text_add(out, ", ");
}

static void add_epochs(const lk_run_progress *p, lk_text *out) {
    size_t before = out->n;
    char steps[32], n_steps[32];
    if (p->n_epochs >= 1)
        lk_text_add(out, "%g of %g epochs", p->epochs, p->n_epochs);
    else if (!isnan(p->epochs))
        lk_text_add(out, "%g epochs", p->epochs);
    if (!(p->steps >= 0)) return;
    begin_part(before, out);
    lk_text_add(out, "step %s", lk_count_text((int64_t)p->steps, steps));
    if (p->n_steps > 0) lk_text_add(out, " of %s", lk_count_text((int64_t)p->n_steps, n_steps));
}

/* `word`: " loss" where the line has no label that says it. */
static void add_losses(const lk_run_progress *p, const char *word, lk_text *out) {
    size_t before = out->n;
    if (!isnan(p->train_loss)) {
        lk_text_add(out, "training%s ", word);
        add_loss(p->train_loss, out);
        lk_text_add(out, "%s", p->epochs > 0 ? "" : " (one batch)");
    }
    if (!isnan(p->val_loss)) {
        begin_part(before, out);
        lk_text_add(out, "validation%s ", word);
        add_loss(p->val_loss, out);
    }
    if (isnan(p->best_loss)) return;
    begin_part(before, out);
    lk_text_add(out, "lowest ");
    add_loss(p->best_loss, out);
    lk_text_add(out, " at epoch %g", p->best_epoch);
}

static void add_pair(const char *words, double ssim, double mse, size_t before, lk_text *out) {
    if (isnan(ssim) || isnan(mse)) return;
    lk_text_add(out, "%s%sSSIM ", out->n > before ? "; " : "", words);
    add_metric(LK_METRIC_SSIM, ssim, out);
    lk_text_add(out, ", MSE ");
    add_metric(LK_METRIC_MSE, mse, out);
}

/* Of the test once there is one. */
static void add_scores(const lk_result *row, const lk_run_progress *p, lk_text *out) {
    size_t before = out->n;
    add_pair("validation ", p->val_ssim, p->val_mse, before, out);
    if (!row->state)
        add_pair("test ", row->measured.value[LK_METRIC_SSIM], row->measured.value[LK_METRIC_MSE],
                 before, out);
}

static void add_times(const lk_run_progress *p, lk_text *out) {
    if (isnan(p->seconds)) return;
    add_duration(p->seconds, out);
    lk_text_add(out, p->stage == LK_STAGE_RUNNING ? " passed" : "");
    if (isnan(p->seconds_left)) return;
    lk_text_add(out, ", ");
    add_duration(p->seconds_left, out);
    lk_text_add(out, " left");
}

/* ---- one run ---- */

static void add_title(const lk_result *row, lk_text *out) {
    char quoted[2 * LK_WORDS_MAX];
    lk_text_name(out, lk_run_place(row));
    lk_text_add(out, ": %s", lk_text_quoted(row->name, quoted, sizeof quoted));
    if (*row->model)
        lk_text_add(out, ", model %s, loss %s, seed %lld", row->model, row->loss,
                    (long long)row->seed);
    lk_text_add(out, "\n");
}

static void add_state_line(const lk_result *row, const lk_run_progress *p, bool colours,
                           lk_text *out) {
    const char *note = lk_run_note(row, p);
    lk_text_add(out, "  state\t");
    add_stage(p, colours, out);
    if (*note) {
        lk_text_add(out, ", ");
        lk_text_name(out, note);
    } else if (p->stage == LK_STAGE_STOPPED)
        lk_text_add(out, "; likeness train with --resume continues it");
    lk_text_add(out, "\n");
}

static void add_line(const char *label, const lk_text *words, lk_text *out) {
    if (words->n) lk_text_add(out, "  %s\t%s\n", label, words->data);
    out->failed = out->failed || words->failed;
}

static void add_progress_line(const lk_run_progress *p, int width, lk_text *out) {
    enum { LABELS = 12 }; /* "  progress  " */
    lk_text words = { 0 }, line = { 0 };
    add_epochs(p, &words);
    lk_progress_bar(p->done, width - LABELS - (int)words.n, &line);
    if (words.n) lk_text_add(&line, "%s", words.data);
    line.failed = line.failed || words.failed;
    add_line("progress", &line, out);
    lk_text_deinit(&words);
    lk_text_deinit(&line);
}

static void add_facts(const lk_result *row, const lk_run_progress *p, const lk_watch_screen *screen,
                      lk_text *out) {
    lk_text lines = { 0 }, losses = { 0 }, scores = { 0 }, times = { 0 }, aligned = { 0 };
    add_state_line(row, p, screen->colours, &lines);
    add_progress_line(p, screen->width, &lines);
    add_losses(p, "", &losses);
    add_scores(row, p, &scores);
    add_times(p, &times);
    add_line("loss", &losses, &lines);
    add_line("scores", &scores, &lines);
    add_line("time", &times, &lines);
    lk_cli_align(&lines, "ll", &aligned);
    if (!aligned.failed) lk_wrap(aligned.data, screen->width, out);
    out->failed = out->failed || aligned.failed;
    lk_text_deinit(&lines);
    lk_text_deinit(&aligned);
    lk_text_deinit(&losses);
    lk_text_deinit(&scores);
    lk_text_deinit(&times);
}

static void add_legend(const lk_run_progress *p, const lk_watch_screen *screen, lk_text *out) {
    bool validated = !isnan(p->best_loss);
    lk_text_add(out, "  loss by epoch: ");
    add_coloured(!validated       ? "training"
                 : screen->blocks ? "training thin"
                                  : "training .",
                 train_colour, screen->colours, out);
    if (validated) {
        lk_text_add(out, ", ");
        add_coloured(screen->blocks ? "validation thick" : "validation *", val_colour,
                     screen->colours, out);
        lk_text_add(out, ", %s lowest", screen->blocks ? "\xE2\x96\xB2" : "^");
    }
    lk_text_add(out, "\n");
}

static void add_curves(const lk_run_progress *p, const lk_watch_screen *screen, int height,
                       lk_text *out) {
    const lk_curves_run *run = &p->curves.runs[0];
    const double *epochs = run->v[LK_CURVE_EPOCH];
    const lk_text_curve curves[] = {
        { epochs, run->v[LK_CURVE_TRAIN], run->n, false, train_colour },
        { epochs, run->v[LK_CURVE_VAL], run->n, true, val_colour },
    };
    const lk_text_plot plot = { .width = screen->width - 2,
                                .height = height,
                                .blocks = screen->blocks,
                                .colours = screen->colours,
                                .mark = p->best_epoch };
    lk_text_plot_draw(&plot, curves, LK_COUNT(curves), out);
}

static int count_lines(const lk_text *text, size_t from) {
    int n = 0;
    for (size_t i = from; i < text->n; i++) n += text->data[i] == '\n';
    return n;
}

/* The lines below what was written since `from`, with a blank one, the legend and the footer. */
static int lines_for_curves(const lk_watch_screen *screen, const lk_text *out, size_t from) {
    int n = screen->height ? screen->height - count_lines(out, from) - 2 - (screen->footer != NULL)
                           : CURVES_LINES_MAX;
    return n < CURVES_LINES_MAX ? n : CURVES_LINES_MAX;
}

/* No line wider than the screen: it would wrap, and move the others. */
static void cut_lines(const lk_text *text, int width, lk_text *out) {
    const char *at = text->data ? text->data : "";
    while (*at) {
        size_t n = strcspn(at, "\n"), fits = lk_screen_fitting(at, n, width);
        lk_text_bytes(out, at, fits);
        lk_text_add(out, "%s\n", fits < n && memchr(at, '\033', n) ? "\033[0m" : "");
        at += n + (at[n] == '\n');
    }
    out->failed = out->failed || text->failed;
}

static void add_footer(const lk_watch_screen *screen, lk_text *out) {
    if (!screen->footer) return;
    add_coloured(screen->footer, "2", screen->colours, out);
    lk_text_add(out, "\n");
}

void lk_watch_show_run(const lk_result *row, const lk_run_progress *p,
                       const lk_watch_screen *screen, lk_text *out) {
    lk_text whole = { 0 };
    add_title(row, &whole);
    add_facts(row, p, screen, &whole);
    int height = lines_for_curves(screen, &whole, 0);
    if (p->curves.n_runs && height >= CURVES_LINES_MIN) {
        lk_text_add(&whole, "\n");
        add_legend(p, screen, &whole);
        add_curves(p, screen, height, &whole);
    }
    add_footer(screen, &whole);
    cut_lines(&whole, screen->width, out);
    lk_text_deinit(&whole);
}

/* ---- several runs ---- */

static const lk_fit_column columns[] = {
    { "run", false, 0 },       { "state", false, 0 },     { "epochs", true, 1 },
    { "progress", false, 10 }, { "train loss", true, 6 }, { "val loss", true, 2 },
    { "best", true, 7 },       { "val SSIM", true, 5 },   { "val MSE", true, 8 },
    { "passed", true, 9 },     { "left", true, 3 },       { "loss curve", false, 4 },
    { "note", false, 4 },
};

static void add_bar(double done, lk_text *out) {
    lk_progress_bar(done, BAR_COLUMNS, out);
    while (out->n && out->data[out->n - 1] == ' ') out->data[--out->n] = 0;
}

static void add_spark(const lk_run_progress *p, const lk_watch_screen *screen, lk_text *out) {
    if (!p->curves.n_runs || !screen->blocks) return;
    const lk_curves_run *run = &p->curves.runs[0];
    lk_text spark = { 0 };
    lk_text_spark(run->v[run->best < 0 ? LK_CURVE_TRAIN : LK_CURVE_VAL], run->n, SPARK_COLUMNS,
                  &spark);
    if (spark.n) add_coloured(spark.data, val_colour, screen->colours, out);
    out->failed = out->failed || spark.failed;
    lk_text_deinit(&spark);
}

static void add_note(const lk_result *row, const lk_run_progress *p, lk_text *out) {
    lk_text note = { 0 };
    lk_text_name(&note, lk_run_note(row, p));
    if (note.n) lk_text_bytes(out, note.data, lk_screen_fitting(note.data, note.n, NOTE_COLUMNS));
    out->failed = out->failed || note.failed;
    lk_text_deinit(&note);
}

/* The cells of a run, in the order of `columns`. */
static void add_row(const lk_result *row, const lk_run_progress *p, const char *folder,
                    const lk_watch_screen *screen, lk_text *out) {
    add_place(row, folder, out);
    lk_text_add(out, "\t");
    add_stage(p, screen->colours, out);
    lk_text_add(out, "\t");
    lk_run_epochs_text(p, out);
    lk_text_add(out, "\t");
    add_bar(p->done, out);
    lk_text_add(out, "\t");
    add_loss(p->train_loss, out);
    lk_text_add(out, "\t");
    add_loss(p->val_loss, out);
    lk_text_add(out, "\t");
    if (!isnan(p->best_epoch)) lk_text_add(out, "%g", p->best_epoch);
    lk_text_add(out, "\t");
    add_metric(LK_METRIC_SSIM, p->val_ssim, out);
    lk_text_add(out, "\t");
    add_metric(LK_METRIC_MSE, p->val_mse, out);
    lk_text_add(out, "\t");
    add_duration(p->seconds, out);
    lk_text_add(out, "\t");
    add_duration(p->seconds_left, out);
    lk_text_add(out, "\t");
    add_spark(p, screen, out);
    lk_text_add(out, "\t");
    add_note(row, p, out);
    lk_text_add(out, "\n");
}

/* "4 runs: 1 running, 3 finished" */
static void add_counts(const lk_run_list *list, const char *folder, lk_text *out) {
    static const lk_stage order[LK_N_STAGES] = { LK_STAGE_RUNNING,     LK_STAGE_WAITING,
                                                 LK_STAGE_NOT_STARTED, LK_STAGE_STOPPED,
                                                 LK_STAGE_FAILED,      LK_STAGE_DAMAGED,
                                                 LK_STAGE_FINISHED };
    size_t n = list->results.n_rows;
    const char *between = ": ";
    lk_text_name(out, folder);
    lk_text_add(out, ", %zu run%s", n, n == 1 ? "" : "s");
    for (size_t s = 0; s < LK_N_STAGES; s++) {
        size_t count = 0;
        for (size_t i = 0; i < n; i++) count += list->progress[i].stage == order[s];
        if (!count) continue;
        lk_text_add(out, "%s%zu %s", between, count, lk_stage_words(order[s]));
        between = ", ";
    }
    lk_text_add(out, "\n\n");
}

/* How soon a run is left out where there are more than lines. */
static int dispensability(const lk_run_progress *p) {
    static const int order[LK_N_STAGES] = {
        [LK_STAGE_RUNNING] = 0,  [LK_STAGE_FAILED] = 1,  [LK_STAGE_DAMAGED] = 1,
        [LK_STAGE_STOPPED] = 2,  [LK_STAGE_WAITING] = 3, [LK_STAGE_NOT_STARTED] = 4,
        [LK_STAGE_FINISHED] = 5,
    };
    return order[p->stage];
}

/* Whether run i is among the first `room` by dispensability, then by order. */
static bool has_room(const lk_run_list *list, size_t i, size_t room) {
    size_t before = 0;
    int own = dispensability(&list->progress[i]);
    for (size_t k = 0; k < list->results.n_rows; k++) {
        int other = dispensability(&list->progress[k]);
        before += other < own || (other == own && k < i);
    }
    return before < room;
}

void lk_watch_show_runs(const lk_run_list *list, const char *folder, const lk_watch_screen *screen,
                        lk_text *out) {
    enum { HEADS = 3, LINES_MIN = 2 }; /* the counts, a blank line, the titles */
    lk_text rows = { 0 }, whole = { 0 };
    size_t n = list->results.n_rows, room = n;
    int lines = screen->height - HEADS - (screen->footer != NULL);
    if (lines < LINES_MIN) lines = LINES_MIN;
    if (screen->height && n > (size_t)lines) room = (size_t)lines - 1;
    for (size_t i = 0; i < n; i++)
        if (room == n || has_room(list, i, room))
            add_row(&list->results.rows[i], &list->progress[i], folder, screen, &rows);
    add_counts(list, folder, &whole);
    lk_fit_table(&rows, columns, LK_COUNT(columns), screen->width, screen->blocks, &whole, NULL);
    if (room < n) lk_text_add(&whole, "and %zu more\n", n - room);
    add_footer(screen, &whole);
    cut_lines(&whole, screen->width, out);
    lk_text_deinit(&rows);
    lk_text_deinit(&whole);
}

/* ---- a log ---- */

void lk_watch_say(const lk_result *row, const lk_run_progress *p, lk_text *out) {
    lk_text parts[] = { { 0 }, { 0 }, { 0 }, { 0 } };
    const char *note = lk_run_note(row, p);
    lk_text_name(out, lk_run_place(row));
    lk_text_add(out, ": %s", lk_stage_words(p->stage));
    if (*note) {
        lk_text_add(out, ", ");
        lk_text_name(out, note);
    }
    add_epochs(p, &parts[0]);
    add_losses(p, " loss", &parts[1]);
    add_scores(row, p, &parts[2]);
    add_times(p, &parts[3]);
    for (size_t i = 0; i < LK_COUNT(parts); i++) {
        if (parts[i].n) lk_text_add(out, "; %s", parts[i].data);
        out->failed = out->failed || parts[i].failed;
        lk_text_deinit(&parts[i]);
    }
    lk_text_add(out, "\n");
}
