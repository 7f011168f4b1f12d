/* The list of the runs in a folder: a line each, on a screen, as Markdown, as CSV or as JSON. */
#include "cli/run_list.h"
#include "cli/fit.h"
#include "cli/output.h"
#include "cli/width.h"
#include "cli/wrap.h"
#include "experiment/run_parts.h"

#include <cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A run, with how to sort it. */
struct line {
    const lk_result *row;
    const lk_run_progress *progress;
    const lk_run_view *view;
};

static const lk_fit_column columns[LK_N_RUN_COLUMNS] = {
#define COLUMN(name, key, title, right, rank) { title, right, rank },
    LK_RUN_COLUMN_LIST(COLUMN)
#undef COLUMN
};
static const char *const keys[LK_N_RUN_COLUMNS] = {
#define KEY(name, key, title, right, rank) #key,
    LK_RUN_COLUMN_LIST(KEY)
#undef KEY
};
_Static_assert((int)LK_N_RUN_COLUMNS <= (int)LK_FIT_COLUMNS_MAX, "a table has room for them");

/* ---- words ---- */

const char *lk_run_place(const lk_result *row) {
    return row->folder ? row->folder : row->path;
}

void lk_run_epochs_text(const lk_run_progress *p, lk_text *out) {
    if (isnan(p->epochs)) return;
    lk_text_add(out, "%g", p->epochs);
    if (p->n_epochs >= 1) lk_text_add(out, "/%g", p->n_epochs);
}

const char *lk_run_note(const lk_result *row, const lk_run_progress *p) {
    static const char damaged[] = "damaged: ";
    if (!row->state) return row->ended ? row->ended : "";
    if (p->stage == LK_STAGE_DAMAGED)
        return strncmp(row->state, damaged, strlen(damaged)) == 0 ? row->state + strlen(damaged)
                                                                  : "";
    if (p->stage == LK_STAGE_FAILED) return row->state;
    if (!row->folder || !lk_stage_is_untested(row->folder)) return "";
    return p->stage == LK_STAGE_RUNNING ? "trained, being tested" : "trained, not tested";
}

static void add_note(const lk_result *row, const lk_run_progress *p, lk_text *out) {
    lk_run_ends ends = { "", 0 };
    const char *note = lk_run_note(row, p);
    if (row->folder) lk_run_ends_read(row->folder, &ends);
    lk_text_name(out, note);
    if (*ends.init) lk_text_add(out, "%sstarted with --init", *note ? ", " : "");
}

/* ---- cells ---- */

static double number_of(const struct line *line, lk_run_column column) {
    const lk_run_progress *p = line->progress;
    switch (column) {
    case LK_COLUMN_SEED:
        return p->stage == LK_STAGE_DAMAGED ? (double)NAN : (double)line->row->seed;
    case LK_COLUMN_STATE:
        return (double)p->stage;
    case LK_COLUMN_EPOCHS:
        return p->epochs;
    case LK_COLUMN_BEST:
        return p->best_epoch;
    case LK_COLUMN_SSIM:
        return line->row->measured.value[LK_METRIC_SSIM];
    case LK_COLUMN_MSE:
        return line->row->measured.value[LK_METRIC_MSE];
    case LK_COLUMN_MINUTES:
        return p->seconds / 60;
    default:
        return (double)NAN;
    }
}

static const char *text_of(const struct line *line, lk_run_column column) {
    switch (column) {
    case LK_COLUMN_RUN:
        return lk_run_place(line->row);
    case LK_COLUMN_NAME:
        return line->row->name;
    case LK_COLUMN_MODEL:
        return line->row->model;
    case LK_COLUMN_LOSS:
        return line->row->loss;
    case LK_COLUMN_STATE:
        return lk_stage_words(line->progress->stage);
    case LK_COLUMN_STARTED:
        return line->progress->started;
    case LK_COLUMN_NOTE:
        return lk_run_note(line->row, line->progress);
    default:
        return NULL;
    }
}

/* "2026-11-30 06:52" of "2026-11-30T06:52:30Z", which is in UTC. */
static void add_started(const char *started, lk_text *out) {
    if (strlen(started) == 20 && started[10] == 'T')
        lk_text_add(out, "%.10s %.5s", started, started + 11);
    else
        lk_text_name(out, started);
}

/* For people. */
static void add_cell(const struct line *line, lk_run_column column, lk_text *out) {
    double number = number_of(line, column);
    const char *text = text_of(line, column);
    switch (column) {
    case LK_COLUMN_EPOCHS:
        lk_run_epochs_text(line->progress, out);
        return;
    case LK_COLUMN_NOTE:
        add_note(line->row, line->progress, out);
        return;
    case LK_COLUMN_STARTED:
        add_started(text, out);
        return;
    case LK_COLUMN_SSIM:
    case LK_COLUMN_MSE: {
        lk_metric metric = column == LK_COLUMN_SSIM ? LK_METRIC_SSIM : LK_METRIC_MSE;
        if (!isnan(number))
            lk_metric_text(out, number, (double)NAN, lk_metric_describe(metric)->digits, false);
        return;
    }
    default:
        break;
    }
    if (text)
        lk_text_name(out, text);
    else if (!isnan(number))
        lk_text_add(out, column == LK_COLUMN_MINUTES ? "%.1f" : "%.0f", number);
}

/* ---- order ---- */

static int by_number(const struct line *a, const struct line *b) {
    lk_run_column column = a->view->sort;
    double x = number_of(a, column), y = number_of(b, column);
    if (isnan(x) || isnan(y)) return isnan(x) - isnan(y);
    int order = (x > y) - (x < y);
    if (column == LK_COLUMN_SSIM) order = -order; /* the best first */
    return a->view->reverse ? -order : order;
}

static int by_text(const char *x, const char *y, bool reverse) {
    if (!*x || !*y) return !*x - !*y;
    return reverse ? strcmp(y, x) : strcmp(x, y);
}

static int by_column(const void *left, const void *right) {
    const struct line *a = left, *b = right;
    lk_run_column column = a->view->sort;
    const char *x = text_of(a, column), *y = text_of(b, column);
    int order =
        column == LK_COLUMN_STATE || !x || !y ? by_number(a, b) : by_text(x, y, a->view->reverse);
    return order ? order : strcmp(lk_run_place(a->row), lk_run_place(b->row));
}

/* ---- formats ---- */

struct table {
    struct line *lines;
    size_t n;
    const char *folder;
};

/* A long note, as the reason of a damage, would take the room of the columns. */
static void add_short_note(const struct line *line, lk_text *out) {
    enum { COLUMNS = 40 };
    lk_text note = { 0 };
    add_note(line->row, line->progress, &note);
    if (note.n) lk_text_bytes(out, note.data, lk_screen_fitting(note.data, note.n, COLUMNS));
    out->failed = out->failed || note.failed;
    lk_text_deinit(&note);
}

/* Rows of cells, with tabs between. */
static void add_rows(const struct table *t, lk_text *out) {
    for (size_t i = 0; i < t->n; i++)
        for (int c = 0; c < LK_N_RUN_COLUMNS; c++) {
            if (c == LK_COLUMN_NOTE)
                add_short_note(&t->lines[i], out);
            else
                add_cell(&t->lines[i], (lk_run_column)c, out);
            lk_text_add(out, c + 1 < LK_N_RUN_COLUMNS ? "\t" : "\n");
        }
}

static lk_status put_screen(const lk_cli *cli, const struct table *t, lk_error *err) {
    lk_text rows = { 0 }, out = { 0 }, left_out = { 0 };
    add_rows(t, &rows);
    lk_fit_table(&rows, columns, LK_N_RUN_COLUMNS, lk_screen_width(stdout, 80),
                 lk_screen_takes_utf8(), &out, &left_out);
    lk_text_deinit(&rows);
    lk_status status = lk_cli_put(&out, err);
    if (left_out.n && !left_out.failed)
        lk_log_say(&cli->context.log, LK_INFO,
                   "no room for %s: a wider screen or --format md shows them", left_out.data);
    lk_text_deinit(&left_out);
    return status;
}

static lk_status put_md(const struct table *t, lk_error *err) {
    lk_text out = { 0 };
    for (int c = 0; c < LK_N_RUN_COLUMNS; c++)
        lk_text_add(&out, "| %s %s", columns[c].title, c + 1 < LK_N_RUN_COLUMNS ? "" : "|\n");
    for (int c = 0; c < LK_N_RUN_COLUMNS; c++)
        lk_text_add(&out, "|---%s", c + 1 < LK_N_RUN_COLUMNS ? "" : "|\n");
    for (size_t i = 0; i < t->n; i++) {
        for (int c = 0; c < LK_N_RUN_COLUMNS; c++) {
            lk_text cell = { 0 };
            add_cell(&t->lines[i], (lk_run_column)c, &cell);
            lk_text_add(&out, "| ");
            if (cell.n) lk_report_md_cell(cell.data, &out);
            lk_text_add(&out, cell.n ? " " : "");
            out.failed = out.failed || cell.failed;
            lk_text_deinit(&cell);
        }
        lk_text_add(&out, "|\n");
    }
    return lk_cli_put(&out, err);
}

static void add_exact(double value, lk_text *out) {
    char text[LK_NUMBER_TEXT_MAX];
    if (!isnan(value)) lk_text_add(out, "%s", lk_number_text(value, text));
}

/* Numbers with all their digits; the epochs without those that are planned. */
static void add_csv_cell(const struct line *line, lk_run_column column, lk_text *out) {
    lk_text note = { 0 };
    const char *text = text_of(line, column);
    if (column == LK_COLUMN_NOTE) {
        add_note(line->row, line->progress, &note);
        text = note.n ? note.data : "";
    }
    if (text)
        lk_text_cell(out, text);
    else
        add_exact(number_of(line, column), out);
    out->failed = out->failed || note.failed;
    lk_text_deinit(&note);
}

static lk_status put_csv(const struct table *t, lk_error *err) {
    lk_text out = { 0 };
    for (int c = 0; c < LK_N_RUN_COLUMNS; c++) lk_text_add(&out, "%s%s", c ? "," : "", keys[c]);
    lk_text_add(&out, "\r\n");
    for (size_t i = 0; i < t->n; i++)
        for (int c = 0; c < LK_N_RUN_COLUMNS; c++) {
            add_csv_cell(&t->lines[i], (lk_run_column)c, &out);
            lk_text_add(&out, c + 1 < LK_N_RUN_COLUMNS ? "," : "\r\n");
        }
    return lk_cli_put(&out, err);
}

/* As null where it is not known. */
static bool put_string(cJSON *object, const char *key, const char *text) {
    return text && *text ? cJSON_AddStringToObject(object, key, text) != NULL
                         : cJSON_AddNullToObject(object, key) != NULL;
}

static bool add_run(cJSON *runs, const struct line *line) {
    const lk_result *row = line->row;
    const lk_run_progress *p = line->progress;
    cJSON *object = cJSON_CreateObject();
    return cJSON_AddItemToArray(runs, object) &&
           cJSON_AddStringToObject(object, "path", lk_run_place(row)) &&
           cJSON_AddStringToObject(object, "name", row->name) &&
           put_string(object, "model", row->model) && put_string(object, "loss", row->loss) &&
           lk_json_add_number(object, "seed", (double)row->seed) &&
           put_string(object, "stage", lk_stage_words(p->stage)) &&
           put_string(object, "state", row->state) && put_string(object, "started", p->started) &&
           lk_json_add_number(object, "seconds", p->seconds) &&
           lk_json_add_number(object, "epochs", p->epochs) &&
           lk_json_add_number(object, "planned_epochs", p->n_epochs) &&
           lk_json_add_number(object, "steps", p->steps) &&
           lk_json_add_number(object, "best_epoch", p->best_epoch) &&
           lk_json_add_number(object, "best_loss", p->best_loss) &&
           lk_json_add_number(object, "ssim", number_of(line, LK_COLUMN_SSIM)) &&
           lk_json_add_number(object, "mse", number_of(line, LK_COLUMN_MSE));
}

static lk_status put_json(const struct table *t, lk_error *err) {
    cJSON *json = cJSON_CreateObject(), *runs = NULL;
    bool whole = cJSON_AddStringToObject(json, "kind", "runs") &&
                 cJSON_AddStringToObject(json, "path", t->folder) &&
                 (runs = cJSON_AddArrayToObject(json, "runs"));
    for (size_t i = 0; i < t->n && whole; i++) whole = add_run(runs, &t->lines[i]);
    return lk_cli_put_json(json, whole, err);
}

static lk_status put_table(const lk_cli *cli, const struct table *t, const lk_run_view *view,
                           lk_error *err) {
    switch (view->format) {
    case LK_RUNS_CSV:
        return put_csv(t, err);
    case LK_RUNS_JSON:
        return put_json(t, err);
    default:
        return view->raw || !isatty(STDOUT_FILENO) ? put_md(t, err) : put_screen(cli, t, err);
    }
}

lk_status lk_cli_put_runs(const lk_cli *cli, const char *folder, const lk_run_view *view,
                          lk_error *err) {
    lk_run_list list;
    struct table table = { .folder = folder };
    lk_status status =
        lk_run_list_read(&list, &folder, 1, (double)time(NULL), &cli->context.log, err);
    if (!status) {
        table.n = list.results.n_rows;
        table.lines = lk_alloc(table.n * sizeof *table.lines);
        if (!table.lines)
            status = lk_fail_memory(err, table.n * sizeof *table.lines, "the list of runs");
    }
    for (size_t i = 0; i < table.n && !status; i++)
        table.lines[i] = (struct line){ &list.results.rows[i], &list.progress[i], view };
    if (!status) qsort(table.lines, table.n, sizeof *table.lines, by_column);
    if (!status) status = put_table(cli, &table, view, err);
    lk_free(table.lines);
    lk_run_list_deinit(&list);
    return status;
}
