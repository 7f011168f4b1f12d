/* Tables in LaTeX: two tabulars with the rules of booktabs, the notes as comments. */
#include "report/table.h"

#include <string.h>

/* Text that LaTeX would read differently, and what replaces it. */
static const struct {
    const char *text, *tex;
} replaced[] = {
    { "±", "$\\pm$" },
    { "–", "--" },
    { "↑", "$\\uparrow$" },
    { "↓", "$\\downarrow$" },
    { "→", "$\\to$" },
    { "Delta E", "$\\Delta E$" },
    { "\\", "\\textbackslash{}" },
    { "~", "\\textasciitilde{}" },
    { "^", "\\textasciicircum{}" },
    { "&", "\\&" },
    { "%", "\\%" },
    { "$", "\\$" },
    { "#", "\\#" },
    { "_", "\\_" },
    { "{", "\\{" },
    { "}", "\\}" },
    { "<", "$<$" },
    { ">", "$>$" },
    { "|", "$|$" },
    { "[", "{[}" }, /* after the \\ of the line before, these two would be its options */
    { "*", "{*}" },
};

static void add_cell(const char *cell, lk_text *out) {
    bool best = *cell == LK_CELL_BEST;
    lk_text_add(out, "%s", best ? "\\textbf{" : "");
    cell += best;
    while (*cell) {
        size_t i = 0;
        while (i < LK_COUNT(replaced) &&
               strncmp(cell, replaced[i].text, strlen(replaced[i].text)) != 0)
            i++;
        if (i < LK_COUNT(replaced))
            lk_text_add(out, "%s", replaced[i].tex);
        else
            lk_text_bytes(out, cell, 1);
        cell += i < LK_COUNT(replaced) ? strlen(replaced[i].text) : 1;
    }
    lk_text_add(out, "%s", best ? "}" : "");
}

/* `alignment` has a letter for each of the first columns; the last letter is used for all
   others. */
static void begin_tabular(const char *alignment, int n_columns, lk_text *out) {
    int n_given = (int)strlen(alignment);
    lk_text_add(out, "\\begin{tabular}{");
    for (int i = 0; i < n_columns; i++)
        lk_text_bytes(out, &alignment[i < n_given ? i : n_given - 1], 1);
    lk_text_add(out, "}\n\\toprule\n");
}

static void write_line(void *self, int line, char *const *cells, int n_cells, lk_text *out) {
    if (line == 0) begin_tabular(self, n_cells, out);
    for (int i = 0; i < n_cells; i++) {
        add_cell(cells[i], out);
        lk_text_add(out, i + 1 < n_cells ? " & " : " \\\\\n");
    }
    if (line == 0) lk_text_add(out, "\\midrule\n");
}

static void write_note(void *self, int line, char *const *cells, int n_cells, lk_text *out) {
    (void)self, (void)line, (void)n_cells;
    lk_text_add(out, "%% %s\n", cells[0]);
}

static void write_tabular(lk_text *lines, char *alignment, lk_text *out) {
    lk_cells_each(lines, write_line, alignment, out);
    lk_text_add(out, "\\bottomrule\n\\end{tabular}\n");
}

lk_status lk_report_tex(const lk_report *report, lk_text *out, lk_error *err) {
    char rows_alignment[] = "lr", claims_alignment[] = "l";
    lk_text rows = { 0 }, claims = { 0 }, notes = { 0 };
    (void)err;
    lk_report_rows(report, &rows);
    if (report->n_judgements) lk_report_claims(report, &claims);
    lk_report_notes(report, &notes);
    lk_text_add(out, "%% needs \\usepackage{booktabs}\n");
    lk_cells_each(&notes, write_note, NULL, out);
    write_tabular(&rows, rows_alignment, out);
    if (report->n_judgements) {
        lk_text_add(out, "\n");
        write_tabular(&claims, claims_alignment, out);
    }
    lk_text_deinit(&rows);
    lk_text_deinit(&claims);
    lk_text_deinit(&notes);
    return LK_OK;
}
