/* The formats of tables. */
#include "report/table.h"

#include <string.h>

/* The longest row has a label, a run, seeds, a state, and each metric with the paper's figure. */
enum { CELLS_MAX = 4 + 2 * LK_N_ALL_METRICS };

/* Cut the line at `at` into cells. Returns their number; *next is the next line, or NULL. */
static int cut(char *at, char *cells[CELLS_MAX], char **next) {
    char *end = strchr(at, '\n');
    int n = 0;
    if (end) *end = 0;
    *next = end && end[1] ? end + 1 : NULL;
    for (char *cell = at; cell && n < CELLS_MAX; n++) {
        cells[n] = cell;
        cell = strchr(cell, '\t');
        if (cell) *cell++ = 0;
    }
    return n;
}

/* Find the columns with a cell that says something. */
static void find_used(const char *at, bool used[CELLS_MAX]) {
    used[0] = true;
    at += strcspn(at, "\n");
    for (int column = 0; *at; at += strcspn(at, "\t\n")) {
        column = *at++ == '\n' ? 0 : column + 1;
        size_t n = strcspn(at, "\t\n");
        bool empty = n == 0 || (n == strlen("–") && memcmp(at, "–", n) == 0);
        if (!empty && column < CELLS_MAX) used[column] = true;
    }
}

void lk_cells_each(lk_text *text, lk_cells_line *write, void *self, lk_text *out) {
    bool used[CELLS_MAX] = { false };
    out->failed = out->failed || text->failed;
    if (text->data) find_used(text->data, used);
    int line = 0;
    for (char *next, *at = text->data; at && *at; at = next, line++) {
        char *cells[CELLS_MAX];
        int n = cut(at, cells, &next), n_used = 0;
        for (int i = 0; i < n; i++)
            if (used[i]) cells[n_used++] = cells[i];
        write(self, line, cells, n_used, out);
    }
}

lk_metric_list lk_report_columns(const lk_report *report, unsigned shown) {
    lk_metric_list list = report->view->columns;
    for (int m = 0; m < LK_N_PICTURE_METRICS && report->view->columns.n == 0; m++)
        if ((lk_metric_describe((lk_metric)m)->shown & shown) == shown &&
            (m < LK_N_METRICS || report->network))
            list.v[list.n++] = (lk_metric)m;
    return list;
}

bool lk_report_shows_features(const lk_metric_list *columns) {
    bool shows = false;
    for (int i = 0; i < columns->n; i++)
        shows = shows || (columns->v[i] >= LK_N_METRICS && columns->v[i] < LK_N_PICTURE_METRICS);
    return shows;
}

lk_status lk_report_print(const lk_results *results, lk_report_format format,
                          const lk_report_view *view, lk_text *out, lk_error *err) {
    static lk_status (*const formats[])(const lk_report *, lk_text *, lk_error *) = {
#define ROW(name, words) lk_report_##name,
        LK_REPORT_FORMAT_LIST(ROW)
#undef ROW
    };
    lk_report report;
    lk_status status = lk_report_init(&report, results, view, err);
    if (status) return status;
    status = formats[format](&report, out, err);
    if (!status && out->failed) status = lk_fail_memory(err, out->n, "a table");
    lk_report_deinit(&report);
    return status;
}
