/* Curves of everything that a run logged, and the sentence that sums them up. */
#include "html/chart.h"
#include "html/html.h"
#include "html/run.h"
#include "report/curves.h"

#include <likeness/metric.h>

#include <ctype.h>
#include <math.h>
#include <string.h>

/* ---- the sentence ---- */

static double last_of(const lk_series *s) {
    return s && s->n ? s->y[s->n - 1] : (double)NAN;
}

static double lowest_at(const lk_series *s) {
    int best = -1;
    for (int i = 0; s && i < s->n; i++)
        if (isfinite(s->y[i]) && (best < 0 || s->y[i] < s->y[best])) best = i;
    return best < 0 ? (double)NAN : s->x[best];
}

void lk_run_page_sentence(const lk_run_page *page, lk_text *out) {
    const lk_series *train = lk_series_find(&page->series, "train_loss", false),
                    *val = lk_series_find(&page->series, "val_loss", false);
    lk_text sentence = { 0 };
    if (!train || !train->n) return;
    lk_curves_say(last_of(train), last_of(val), train->x[train->n - 1], lowest_at(val), &sentence);
    if (sentence.data) *sentence.data = (char)toupper((unsigned char)*sentence.data);
    lk_text_add(out, "%s.", sentence.data ? sentence.data : "");
    out->failed = out->failed || sentence.failed;
    lk_text_deinit(&sentence);
}

/* ---- charts ---- */

static void add_series(lk_chart *chart, const lk_series *s, const char *name, int colour,
                       bool thin) {
    if (s && chart->n_lines < LK_CHART_LINES_MAX)
        chart->lines[chart->n_lines++] = (lk_chart_line){
            .name = name, .n = s->n, .x = s->x, .y = s->y, .colour = colour, .thin = thin
        };
}

static lk_chart new_chart(const char *title) {
    return (lk_chart){
        .title = title, .axis = "epoch", .chosen = (double)NAN, .chosen_value = (double)NAN
    };
}

static void add_losses(const lk_run_page *page) {
    lk_chart chart = new_chart("Loss");
    chart.logarithmic = chart.first = true;
    chart.chosen = page->parts->best_epoch;
    chart.chosen_value = page->parts->best_loss;
    add_series(&chart, lk_series_find(&page->series, "train_loss", false), "training", 0, true);
    add_series(&chart, lk_series_find(&page->series, "val_loss", false), "validation", 1, false);
    lk_chart_lines(page->out, &chart);
}

/* "terms.kl.value" is "kl" for the prefix "terms."; false: it is none of them. */
static bool term_of(const lk_series *s, const char *prefix,
                    char name[sizeof(lk_series){ 0 }.path]) {
    size_t n = strlen(prefix), n_path = strlen(s->path), n_end = strlen(".value");
    if (n_path <= n + n_end || strncmp(s->path, prefix, n) != 0 ||
        strcmp(s->path + n_path - n_end, ".value") != 0)
        return false;
    lk_format(name, sizeof s->path, "%.*s", (int)(n_path - n - n_end), s->path + n);
    return true;
}

static void add_term(const lk_run_page *page, const char *term) {
    char title[160], path[160];
    lk_format(title, sizeof title, "Term: %s", term);
    lk_chart chart = new_chart(title);
    chart.logarithmic = true;
    lk_format(path, sizeof path, "terms.%s.value", term);
    add_series(&chart, lk_series_find(&page->series, path, true), "training", 0, true);
    lk_format(path, sizeof path, "val_terms.%s.value", term);
    add_series(&chart, lk_series_find(&page->series, path, false), "validation", 1, false);
    lk_chart_lines(page->out, &chart);
}

/* Terms are in the lines of steps; of old runs without these, in those of epochs. */
static void add_terms(const lk_run_page *page) {
    char name[sizeof(lk_series){ 0 }.path];
    bool of_steps = false;
    for (int i = 0; i < page->series.n; i++)
        if (page->series.v[i].of_steps && term_of(&page->series.v[i], "terms.", name)) {
            of_steps = true;
            add_term(page, name);
        }
    for (int i = 0; i < page->series.n && !of_steps; i++)
        if (term_of(&page->series.v[i], "val_terms.", name)) add_term(page, name);
}

static void add_one(const lk_run_page *page, const char *path, bool of_steps, const char *title,
                    const char *name, int colour) {
    lk_chart chart = new_chart(title);
    add_series(&chart, lk_series_find(&page->series, path, of_steps), name, colour, of_steps);
    lk_chart_lines(page->out, &chart);
}

static void add_metrics(const lk_run_page *page) {
    for (int m = 0; m < LK_N_METRICS; m++) {
        char path[96], title[96];
        const lk_metric_row *metric = lk_metric_describe((lk_metric)m);
        lk_format(path, sizeof path, "val_%s", metric->key);
        lk_format(title, sizeof title, "%s, %s is better", metric->title,
                  lk_metric_better_word((lk_metric)m));
        add_one(page, path, false, title, "validation", 1);
    }
}

void lk_run_page_curves(lk_run_page *page) {
    const lk_series *loss = lk_series_find(&page->series, "train_loss", false);
    lk_html_section(page->out, "curves", "Curves");
    if (!loss || loss->n < 2) {
        lk_html_paragraph(page->out, lk_run_parts_imported(page->parts)
                                         ? "The run was imported: nothing here says how its model "
                                           "trained."
                                         : "There are curves from the second epoch on.");
        lk_html_section_end(page->out);
        return;
    }
    add_losses(page);
    lk_text_add(page->out, "<div class=\"charts\">\n");
    add_terms(page);
    add_metrics(page);
    add_one(page, "val_codes.active", false, "Active latents", "validation", 1);
    add_one(page, "val_codes.kl", false, "KL of the codes from N(0, I)", "validation", 1);
    add_one(page, "val_codes.mmd", false, "MMD² of the codes to the prior", "validation", 1);
    add_one(page, "lr", false, "Learning rate", "learning rate", 2);
    add_one(page, "gradient_norm", true, "Gradient norm", "training", 0);
    add_one(page, "images_per_second", false, "Pictures per second", "training", 0);
    lk_text_add(page->out, "</div>\n");
    lk_html_section_end(page->out);
}
