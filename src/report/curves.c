/* Reads metrics.csv, and says in words how a run went. */
#include "report/curves.h"
#include "base/file.h"
#include "report/values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const columns[LK_N_CURVES] = {
#define COLUMN(name, column) column,
    LK_CURVE_LIST(COLUMN)
#undef COLUMN
};

void lk_curves_init(lk_curves *curves) {
    *curves = (lk_curves){ 0 };
    lk_arena_init(&curves->arena);
}

void lk_curves_deinit(lk_curves *curves) {
    lk_free(curves->runs);
    lk_arena_deinit(&curves->arena);
}

/* The place of a column in the line of names; -1: there is none. */
static int find_column(const char *heads, const char *name) {
    for (int i = 0;; i++, heads++) {
        size_t n = strcspn(heads, ",\r\n");
        if (n == strlen(name) && memcmp(heads, name, n) == 0) return i;
        heads += n;
        if (*heads != ',') return -1;
    }
}

/* The number in cell `at` of a line; NaN: the cell is empty, or is no number. */
static double number_at(const char *line, int at) {
    for (; at > 0; at--) {
        line += strcspn(line, ",\r\n");
        if (*line != ',') return (double)NAN;
        line++;
    }
    size_t n = strcspn(line, ",\r\n");
    char *end = NULL;
    double value = strtod(line, &end);
    return n && end == line + n ? value : (double)NAN;
}

/* A line that has no end yet is being written, and the last number may lack digits. */
static void drop_open_line(char *csv) {
    char *last = strrchr(csv, '\n');
    if (last) last[1] = 0;
}

static int count_lines(const char *text) {
    int n = 0;
    for (; (text = strchr(text, '\n')) && text[1]; text++) n++;
    return n;
}

static int find_best(const lk_curves_run *run) {
    const double *loss = run->v[LK_CURVE_VAL];
    int best = -1;
    for (int i = 0; i < run->n; i++)
        if (isfinite(loss[i]) && (best < 0 || loss[i] < loss[best])) best = i;
    return best;
}

static lk_status read_run(lk_curves *curves, const char *csv, const char *path, lk_curves_run *run,
                          lk_error *err) {
    run->n = count_lines(csv);
    if (run->n < 1 || find_column(csv, columns[LK_CURVE_EPOCH]) < 0)
        return lk_fail(err, LK_FORMAT,
                       "%s: expected a column epoch and a line for each epoch, got %d lines", path,
                       run->n);
    for (int c = 0; c < LK_N_CURVES; c++) {
        int at = find_column(csv, columns[c]), i = 0;
        size_t bytes = (size_t)run->n * sizeof(double);
        run->v[c] = lk_arena_alloc(&curves->arena, bytes);
        if (!run->v[c]) return lk_fail_memory(err, bytes, path);
        for (const char *line = csv; (line = strchr(line, '\n')) && *++line; i++)
            run->v[c][i] = at < 0 ? (double)NAN : number_at(line, at);
    }
    run->best = find_best(run);
    return LK_OK;
}

lk_status lk_curves_add(lk_curves *curves, const char *path, const char *label, lk_error *err) {
    char *csv = NULL;
    size_t n_bytes = 0;
    lk_curves_run run = { .label = lk_arena_text(&curves->arena, label) };
    if (!run.label) return lk_fail_memory(err, strlen(label), path);
    lk_status status = lk_file_read(path, (size_t)1 << 28, &csv, &n_bytes, err);
    if (!status) drop_open_line(csv);
    if (!status) status = read_run(curves, csv, path, &run, err);
    lk_free(csv);
    if (status) return status;
    lk_curves_run *grown = lk_results_grow(curves->runs, curves->n_runs, sizeof run, err);
    if (!grown) return LK_MEMORY;
    curves->runs = grown;
    curves->runs[curves->n_runs++] = run;
    return LK_OK;
}

static void add_difference(double value, double from, const char *of, lk_text *out) {
    double percent = 100 * (value - from) / fabs(from);
    lk_text_add(out, "%.1f %% %s %s", fabs(percent), percent < 0 ? "below" : "above", of);
}

void lk_curves_say(double train, double val, double last, double best, lk_text *out) {
    if (isnan(best)) {
        lk_text_add(out, "training loss %.4g, no validation", train);
        return;
    }
    lk_text_add(out, "validation ");
    if (isfinite(val) && isfinite(train) && train != 0)
        add_difference(val, train, "training", out);
    else
        lk_text_add(out, "loss %.4g", val);
    if (best == last && last > 1)
        lk_text_add(out, ", still falling");
    else if (best < last)
        lk_text_add(out, ", lowest at epoch %g of %g", best, last);
}

void lk_curves_sentence(const lk_curves_run *run, lk_text *out) {
    const double *epochs = run->v[LK_CURVE_EPOCH];
    int last = run->n - 1;
    lk_curves_say(run->v[LK_CURVE_TRAIN][last], run->v[LK_CURVE_VAL][last], epochs[last],
                  run->best < 0 ? (double)NAN : epochs[run->best], out);
}
