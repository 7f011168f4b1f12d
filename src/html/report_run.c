/* The page of one run. */
#include "html/html.h"
#include "html/report.h"
#include "html/run.h"
#include "net/run_files.h"

#include <likeness/memory.h>

#include <math.h>
#include <string.h>

/* ---- the head ---- */

static void add_lead(const lk_run_page *page, lk_text *out) {
    const lk_config *config = &page->parts->config;
    const lk_result *row = page->parts->row;
    lk_text_add(out, "<p class=\"lead\">");
    lk_run_page_sentence(page, out);
    lk_text_add(out, "</p>\n<p>A model of type %s, trained with %s",
                config->model.chosen.choice->name, config->reconstruction.chosen.choice->name);
    if (strcmp(config->regularizer.chosen.choice->name, "none") != 0)
        lk_text_add(out, " and %s", config->regularizer.chosen.choice->name);
    if (lk_run_parts_imported(page->parts))
        lk_text_add(out, ", elsewhere: the run was imported");
    else if (!row->state)
        lk_text_add(out, " for %g epoch%s, %lld steps", row->epochs, row->epochs == 1 ? "" : "s",
                    (long long)row->steps);
    lk_text_add(out, ". ");
    if (row->state) {
        lk_text_add(out, "The run has no scores: ");
        lk_html_text(out, row->state);
        lk_text_add(out, ". ");
    }
    if (page->parts->ends.early_epoch)
        lk_text_add(out, "It ended early, after epoch %d, as train.patience asks.",
                    page->parts->ends.early_epoch);
    lk_text_add(out, "</p>\n");
}

static void add_fact(lk_text *out, const char *name, const char *value, const char *below) {
    lk_text_add(out, "<div><dt>%s</dt><dd>", name);
    lk_html_text(out, value);
    if (*below) lk_text_add(out, "<small>");
    lk_html_text(out, below);
    if (*below) lk_text_add(out, "</small>");
    lk_text_add(out, "</dd></div>\n");
}

static void add_score(const lk_run_page *page, lk_metric m, lk_text *out) {
    const lk_measured *measured = &page->parts->measured;
    const lk_metric_row *metric = lk_metric_describe(m);
    char value[32], se[48];
    if (!measured->n || isnan(measured->value[m])) return;
    lk_format(value, sizeof value, "%.*f", metric->digits, measured->value[m]);
    lk_format(se, sizeof se, "± %.*f, %s is better", metric->digits, measured->se[m],
              lk_metric_better_word(m));
    add_fact(out, metric->title, value, se);
}

static void add_facts(const lk_run_page *page, lk_text *out) {
    const lk_run_parts *parts = page->parts;
    char value[48], below[64] = "";
    lk_text_add(out, "<dl class=\"facts\">\n");
    add_score(page, LK_METRIC_SSIM, out);
    add_score(page, LK_METRIC_MSE, out);
    if (!isnan(parts->best_epoch)) {
        lk_format(value, sizeof value, "%g", parts->best_epoch);
        if (!isnan(parts->best_loss))
            lk_format(below, sizeof below, "validation loss %.5f", parts->best_loss);
        add_fact(out, "chosen epoch", value, below);
    }
    if (parts->has_model) {
        add_fact(out, "weights",
                 lk_count_text((int64_t)lk_params_count(&parts->trained.net.params), value), "");
        lk_format(value, sizeof value, "%d x %d", parts->trained.net.images.size,
                  parts->trained.net.images.size);
        add_fact(out, "pictures", value,
                 parts->trained.net.images.channels == 1 ? "grey" : "colour");
    }
    lk_format(value, sizeof value, "%lld", (long long)parts->config.seed);
    add_fact(out, "seed", value, "");
    lk_text_add(out, "</dl>\n");
}

static void add_damage(const lk_run_page *page, lk_text *out) {
    const lk_text *damage = &page->parts->damage;
    if (!damage->n) return;
    lk_text_add(out, "<p><b>Some parts of the run cannot be read:</b></p>\n<pre>");
    for (const char *line = damage->data; *line; line += strcspn(line, "\n") + 1) {
        char text[1024];
        lk_format(text, sizeof text, "%.*s", (int)strcspn(line, "\n"), line);
        lk_html_text(out, text);
        lk_text_add(out, "\n");
    }
    lk_text_add(out, "</pre>\n");
}

/* Codes and samples are there only with a prior. */
static void add_links(const lk_run_page *page, lk_text *out) {
    static const char *const sections[][2] = {
        { "curves", "curves" }, { "scores", "scores" },   { "pictures", "pictures" },
        { "codes", "codes" },   { "samples", "samples" }, { "speed", "speed" },
        { "config", "config" }, { "command", "command" }
    };
    enum { BEFORE = 3, N = LK_COUNT(sections), AFTER = N - BEFORE - 2 };
    const char *shown[N][2];
    bool prior = lk_prior_variance(&page->parts->config.regularizer.chosen) > 0;
    memcpy(shown, sections, sizeof shown);
    if (!prior) memcpy(shown + BEFORE, sections + BEFORE + 2, AFTER * sizeof *shown);
    lk_html_links(out, (const char *const(*)[2])shown, prior ? N : N - 2);
}

/* ---- all ---- */

static lk_status add_sections(lk_run_page *page, lk_error *err) {
    char name[LK_WORDS_MAX];
    lk_text head = { 0 };
    lk_run_name(page->parts->config.name, page->parts->path, name);
    add_lead(page, &head);
    add_damage(page, &head);
    add_facts(page, &head);
    add_links(page, &head);
    lk_html_begin(page->out, name, head.data ? head.data : "");
    page->out->failed = page->out->failed || head.failed;
    lk_text_deinit(&head);
    lk_run_page_curves(page);
    lk_run_page_scores(page);
    lk_status status = lk_run_page_extremes(page, err);
    if (!status) status = lk_run_page_codes(page, err);
    if (!status) status = lk_run_page_samples(page, err);
    if (!status) lk_run_page_speed(page);
    if (!status) status = lk_run_page_config(page, err);
    if (!status) lk_run_page_commands(page);
    if (!status) lk_html_end(page->out);
    return !status && page->out->failed ? lk_fail_memory(err, page->out->n, "a report") : status;
}

/* A pack of other pictures is as good as none. */
static void check_pack(lk_run_page *page) {
    const lk_run_parts *parts = page->parts;
    if (!page->pack.pack || !parts->has_model) return;
    const lk_pack_meta *meta = lk_pack_describe(page->pack.pack);
    if (meta->size == parts->trained.net.images.size &&
        meta->channels == parts->trained.net.images.channels)
        return;
    page->pack = (lk_report_pack){ NULL, "The pack has pictures of another shape than the model." };
}

lk_status lk_report_run(const lk_context *context, const char *run, const lk_report_pack *pack,
                        lk_text *out, lk_error *err) {
    lk_run_page page = { .context = context, .pack = *pack, .out = out };
    page.parts = lk_alloc(sizeof *page.parts);
    if (!page.parts) return lk_fail_memory(err, sizeof *page.parts, run);
    lk_status status = lk_run_parts_read(page.parts, run, context, err);
    if (!status) status = lk_series_read(run, &page.series, err);
    if (!status) {
        check_pack(&page);
        status = add_sections(&page, err);
    }
    lk_series_deinit(&page.series);
    lk_run_parts_deinit(page.parts);
    lk_free(page.parts);
    return status;
}
