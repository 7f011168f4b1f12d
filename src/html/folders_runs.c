/* Every run: how long it took, how fast, with how much memory, and the link to its own page. */
#include "base/file.h"
#include "experiment/curves.h"
#include "html/folders.h"
#include "html/html.h"
#include "net/run_files.h"
#include "train/session.h"

#include <likeness/memory.h>

#include <math.h>
#include <string.h>

/* The page of a run as seen from that of the folder; "": it has none, or is elsewhere. */
static void find_page(const lk_folders_page *page, const char *run, char out[LK_PATH_MAX]) {
    size_t n = page->folder ? strlen(page->folder) : 0;
    char path[LK_PATH_MAX];
    *out = 0;
    if (!n || strncmp(run, page->folder, n) != 0 || run[n] != '/') return;
    if (!lk_format(path, sizeof path, "%s/" LK_RUN_REPORT, run) || !lk_file_may_exist(path)) return;
    lk_format(out, LK_PATH_MAX, "%s/" LK_RUN_REPORT, run + n + 1);
}

/* Pictures per second, the mean over epochs; NaN: unknown. */
static double speed_of(const lk_result *row) {
    lk_curves curves;
    lk_error ignored;
    double sum = 0;
    int n = 0;
    lk_curves_init(&curves);
    if (!lk_curves_add_result(&curves, row, NULL, &ignored) && curves.n_runs)
        for (int i = 0; i < curves.runs[0].n; i++) {
            double value = curves.runs[0].v[LK_CURVE_SPEED][i];
            if (!isfinite(value)) continue;
            sum += value;
            n++;
        }
    lk_curves_deinit(&curves);
    return n ? sum / n : (double)NAN;
}

static void add_duration(lk_text *out, double seconds) {
    if (seconds < 100)
        lk_text_add(out, "%.0f s", seconds);
    else if (seconds < 6000)
        lk_text_add(out, "%.0f min", seconds / 60);
    else
        lk_text_add(out, "%.1f h", seconds / 3600);
}

static void add_name(lk_text *out, const lk_folders_page *page, const lk_result *row) {
    char link[LK_PATH_MAX];
    find_page(page, row->folder, link);
    lk_text_add(out, "<tr><th scope=\"row\">");
    if (*link) {
        lk_text_add(out, "<a href=\"");
        lk_html_path(out, link);
        lk_text_add(out, "\">");
    }
    lk_html_text(out, row->label);
    lk_text_add(out, "%s</th><td class=\"n\">%lld</td>", *link ? "</a>" : "", (long long)row->seed);
}

/* What is known of a run; NaN: it is not. */
struct run {
    const lk_result *row;
    double seconds, speed, bytes;
};

static struct run measure(const lk_result *row) {
    struct run run = { row, (double)NAN, speed_of(row), (double)NAN };
    lk_history history;
    lk_error ignored;
    if (lk_session_read(row->folder, &history, &ignored)) return run;
    if (history.n_sessions > history.n_open) run.seconds = history.seconds;
    if (history.peak_bytes > 0) run.bytes = history.peak_bytes;
    lk_session_history_deinit(&history);
    return run;
}

static void add_cell(lk_text *out, double value, void (*add)(lk_text *, double)) {
    lk_text_add(out, "<td class=\"n\">");
    if (isfinite(value))
        add(out, value);
    else
        lk_text_add(out, "–");
    lk_text_add(out, "</td>");
}

static void add_number(lk_text *out, double value) {
    lk_text_add(out, "%.0f", value);
}

static void add_memory(lk_text *out, double bytes) {
    lk_text_add(out, "%.0f MB", bytes / 1e6);
}

/* Runs of older versions have no memory. */
static void add_table(lk_folders_page *page, const struct run *runs, size_t n) {
    lk_text *out = page->out;
    bool memory = false;
    for (size_t i = 0; i < n; i++) memory = memory || isfinite(runs[i].bytes);
    lk_text_add(
        out,
        "<div class=\"scroll\"><table>\n<thead><tr><th>run</th><th class=\"n\">seed</th><th "
        "class=\"n\">time</th><th class=\"n\">pictures per second</th>%s</tr></thead>\n"
        "<tbody>\n",
        memory ? "<th class=\"n\">memory</th>" : "");
    for (size_t i = 0; i < n; i++) {
        add_name(out, page, runs[i].row);
        add_cell(out, runs[i].seconds, add_duration);
        add_cell(out, runs[i].speed, add_number);
        if (memory) add_cell(out, runs[i].bytes, add_memory);
        lk_text_add(out, "</tr>\n");
    }
    lk_text_add(out,
                "</tbody></table></div>\n<p class=\"soft\">%sA name leads to the page of the run, "
                "which likeness report RUN writes.</p>\n",
                memory ? "The memory is the most that the process had; runs at the same time share "
                         "one. "
                       : "");
}

lk_status lk_folders_page_runs(lk_folders_page *page, lk_error *err) {
    const lk_results *results = page->report->results;
    size_t n = 0, bytes = results->n_rows * sizeof(struct run);
    struct run *runs = lk_alloc(bytes);
    if (!runs) return lk_fail_memory(err, bytes, "a report");
    for (size_t i = 0; i < results->n_rows; i++)
        if (results->rows[i].folder) runs[n++] = measure(&results->rows[i]);
    lk_html_section(page->out, "runs", "Runs: speed and memory");
    if (n)
        add_table(page, runs, n);
    else
        lk_html_paragraph(page->out, "Here are only results, which do not say how they were made.");
    lk_html_section_end(page->out);
    lk_free(runs);
    return LK_OK;
}
