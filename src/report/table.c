/* The formats of tables. */
#include "report/table.h"

#include <string.h>

/* The longest row has a label, seeds, and each metric with the paper's figure. */
enum { CELLS_MAX = 2 + 2 * LK_N_METRICS };

void lk_cells_each(lk_text *text, lk_cells_line *write, void *self, lk_text *out) {
    char *at = text->data;
    out->failed = out->failed || text->failed;
    for (int line = 0; at && *at; line++) {
        char *cells[CELLS_MAX], *end = strchr(at, '\n');
        int n = 0;
        if (end) *end = 0;
        for (char *cell = at; cell && n < CELLS_MAX; n++) {
            cells[n] = cell;
            cell = strchr(cell, '\t');
            if (cell) *cell++ = 0;
        }
        write(self, line, cells, n, out);
        at = end ? end + 1 : NULL;
    }
}

lk_status lk_report_print(const lk_results *results, lk_report_format format, lk_text *out,
                          lk_error *err) {
    static lk_status (*const formats[])(const lk_report *, lk_text *, lk_error *) = {
#define ROW(name, words) lk_report_##name,
        LK_REPORT_FORMAT_LIST(ROW)
#undef ROW
    };
    lk_report report;
    lk_status status = lk_report_init(&report, results, err);
    if (status) return status;
    status = formats[format](&report, out, err);
    if (!status && out->failed) status = lk_fail_memory(err, out->n, "a table");
    lk_report_deinit(&report);
    return status;
}
