/* How the models did on the validation split, epoch by epoch: a line for each. */
#include "experiment/curves.h"
#include "html/chart.h"
#include "html/folders.h"
#include "html/html.h"

#include <likeness/memory.h>

#include <math.h>

static const struct {
    int column;
    bool logarithmic;
    const char *title;
} shown[] = { { LK_CURVE_VAL, true, "Validation loss" },
              { LK_CURVE_SSIM, false, "Validation SSIM, higher is better" },
              { LK_CURVE_MSE, true, "Validation MSE, lower is better" } };

/* A run whose epochs cannot be read has no line: the page of the run says why. */
static lk_status read_curves(const lk_folders_page *page, lk_curves *curves, lk_error *err) {
    const lk_results *results = page->report->results;
    for (size_t i = 0; i < results->n_rows; i++) {
        lk_error reason;
        lk_status status = lk_curves_add_result(curves, &results->rows[i], NULL, &reason);
        if (status == LK_MEMORY) return lk_fail(err, status, "%s", reason.text);
    }
    return LK_OK;
}

static lk_chart_line line_of(const lk_curves_group *group, int column, int number) {
    bool band = group->n_seeds > 1;
    return (lk_chart_line){ .name = group->label,
                            .n = group->n,
                            .x = group->epoch,
                            .y = group->mean[column],
                            .low = band ? group->low[column] : NULL,
                            .high = band ? group->high[column] : NULL,
                            .colour = number % LK_CHART_COLOURS,
                            .dashed = number >= LK_CHART_COLOURS };
}

static lk_chart chart_of(const lk_curves_group *groups, int n, int place) {
    lk_chart chart = { .title = shown[place].title,
                       .axis = "epoch",
                       .n_lines = n,
                       .no_keys = true,
                       .logarithmic = shown[place].logarithmic,
                       .chosen = (double)NAN };
    for (int i = 0; i < n; i++) chart.lines[i] = line_of(&groups[i], shown[place].column, i);
    return chart;
}

static void add_words(lk_text *out, const lk_curves_group *groups, int n, int n_groups) {
    bool seeds = false, many = n_groups > n;
    for (int i = 0; i < n; i++) seeds = seeds || groups[i].n_seeds > 1;
    lk_text_add(out, "<p class=\"soft\">%s%s",
                seeds ? "The mean over seeds, and their range. " : "",
                n > 1 ? "Losses of different kinds do not compare. " : "");
    if (many)
        lk_text_add(out,
                    "Only the first %d of %d models are here; likeness curves draws the others.", n,
                    n_groups);
    lk_text_add(out, "</p>\n");
}

static void add_charts(lk_text *out, const lk_curves_group *groups, int n_groups) {
    int n = n_groups < LK_CHART_LINES_MAX ? n_groups : LK_CHART_LINES_MAX, longest = 0;
    for (int i = 0; i < n; i++) longest = groups[i].n > longest ? groups[i].n : longest;
    if (longest < 2) {
        lk_html_paragraph(out, "There are curves from the second epoch on, of runs that are here.");
        return;
    }
    add_words(out, groups, n, n_groups);
    lk_chart keys = chart_of(groups, n, 0);
    lk_chart_keys(out, &keys);
    lk_text_add(out, "<div class=\"charts\">\n");
    for (size_t i = 0; i < LK_COUNT(shown); i++) {
        lk_chart chart = chart_of(groups, n, (int)i);
        lk_chart_lines(out, &chart);
    }
    lk_text_add(out, "</div>\n");
}

lk_status lk_folders_page_curves(lk_folders_page *page, lk_error *err) {
    lk_curves curves;
    lk_curves_group *groups = NULL;
    lk_arena arena;
    int n_groups = 0;
    lk_curves_init(&curves);
    lk_arena_init(&arena);
    lk_status status = read_curves(page, &curves, err);
    if (!status && curves.n_runs)
        status = lk_curves_form_groups(&curves, &arena, &groups, &n_groups, err);
    lk_html_section(page->out, "curves", "Curves");
    if (!status) add_charts(page->out, groups, n_groups);
    lk_html_section_end(page->out);
    lk_arena_deinit(&arena);
    lk_curves_deinit(&curves);
    return status;
}
