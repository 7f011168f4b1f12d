/* Tables in Markdown. */
#include "report/table.h"

void lk_report_md_cell(const char *cell, lk_text *out) {
    for (; *cell; cell++) {
        if (*cell == '|') lk_text_add(out, "\\");
        lk_text_bytes(out, cell, 1);
    }
}

static void add_cell(const char *cell, lk_text *out) {
    const char *mark = *cell == LK_CELL_BEST ? "**" : "";
    lk_text_add(out, " %s", mark);
    lk_report_md_cell(cell + (*mark != 0), out);
    lk_text_add(out, "%s |", mark);
}

static void write_line(void *self, int line, char *const *cells, int n_cells, lk_text *out) {
    (void)self;
    lk_text_add(out, "|");
    for (int i = 0; i < n_cells; i++) add_cell(cells[i], out);
    lk_text_add(out, "\n");
    if (line > 0) return;
    lk_text_add(out, "|");
    for (int i = 0; i < n_cells; i++) lk_text_add(out, "---|");
    lk_text_add(out, "\n");
}

static void write_note(void *self, int line, char *const *cells, int n_cells, lk_text *out) {
    (void)self, (void)line, (void)n_cells;
    lk_text_add(out, "\n%s\n", cells[0]);
}

lk_status lk_report_md(const lk_report *report, lk_text *out, lk_error *err) {
    lk_text rows = { 0 }, claims = { 0 }, notes = { 0 };
    (void)err;
    lk_report_rows(report, &rows);
    if (report->n_judgements) lk_report_claims(report, &claims);
    lk_report_notes(report, &notes);
    lk_cells_each(&rows, write_line, NULL, out);
    if (report->n_judgements) lk_text_add(out, "\n");
    lk_cells_each(&claims, write_line, NULL, out);
    lk_cells_each(&notes, write_note, NULL, out);
    lk_text_deinit(&rows);
    lk_text_deinit(&claims);
    lk_text_deinit(&notes);
    return LK_OK;
}
