/* The scores of a run, its speed and size, and the commands that made it. */
#include "html/html.h"
#include "html/run.h"

#include <cJSON.h>
#include <math.h>
#include <string.h>

/* ---- scores ---- */

static void add_score(lk_text *out, const lk_measured *measured, lk_metric m) {
    const lk_metric_row *metric = lk_metric_describe(m);
    if (isnan(measured->value[m])) return;
    lk_text_add(out, "<tr><th scope=\"row\">");
    lk_html_text(out, metric->title);
    lk_text_add(out, "</th><td class=\"n\">");
    lk_metric_text(out, measured->value[m], measured->se[m], metric->digits, false);
    lk_text_add(out, "</td><td>%s</td><td class=\"soft\">", lk_metric_better_word(m));
    lk_html_text(out, metric->words);
    lk_text_add(out, "</td></tr>\n");
}

void lk_run_page_scores(lk_run_page *page) {
    const lk_measured *measured = &page->parts->measured;
    char n[32];
    lk_html_section(page->out, "scores", "Scores");
    if (!measured->n) {
        lk_html_paragraph(page->out, "The test split has not been measured.");
        lk_html_section_end(page->out);
        return;
    }
    lk_text_add(page->out,
                "<p>On %s test pictures; ± is one standard error over pictures.</p>\n<div "
                "class=\"scroll\"><table class=\"metrics\">\n<thead><tr><th>metric</th><th "
                "class=\"n\">value</th>"
                "<th>better</th><th>what it is</th></tr></thead>\n<tbody>\n",
                lk_count_text(measured->n, n));
    for (int m = 0; m < LK_N_METRICS; m++) add_score(page->out, measured, (lk_metric)m);
    lk_text_add(page->out, "</tbody></table></div>\n");
    lk_html_section_end(page->out);
}

/* ---- speed ---- */

static double number_of(const cJSON *object, const char *key) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(value) ? value->valuedouble : (double)NAN;
}

static const char *word_of(const cJSON *object, const char *key) {
    const char *word = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return word ? word : "";
}

static double mean_of(const lk_series *s) {
    double sum = 0;
    for (int i = 0; s && i < s->n; i++) sum += s->y[i];
    return s && s->n ? sum / s->n : (double)NAN;
}

static void add_fact(lk_text *out, const char *name, const char *value) {
    if (!*value) return;
    lk_text_add(out, "<tr><th scope=\"row\">%s</th><td>", name);
    lk_html_text(out, value);
    lk_text_add(out, "</td></tr>\n");
}

static void add_duration(lk_text *out, const lk_history *h) {
    char text[160] = "";
    if (h->n_sessions == h->n_open) return;
    lk_format(text, sizeof text, "%.0f s in %d session%s%s", h->seconds, h->n_sessions,
              h->n_sessions == 1 ? "" : "s",
              h->n_open ? "; those that were killed do not count" : "");
    add_fact(out, "time", text);
}

static void add_memory(lk_text *out, const lk_history *h) {
    char text[96];
    if (!(h->peak_bytes > 0)) return;
    lk_format(text, sizeof text, "at most %.0f MB, with the pictures that were read",
              h->peak_bytes / 1e6);
    add_fact(out, "memory", text);
}

static void add_size(const lk_run_page *page) {
    char count[32], text[96];
    size_t n = lk_params_count(&page->parts->trained.net.params);
    if (!page->parts->has_model) return;
    lk_format(text, sizeof text, "%s, %.1f MB", lk_count_text((int64_t)n, count),
              (double)(n * sizeof(float)) / 1e6);
    add_fact(page->out, "weights", text);
}

void lk_run_page_speed(lk_run_page *page) {
    const lk_history *h = &page->parts->history;
    const cJSON *sessions = cJSON_GetObjectItemCaseSensitive(h->record, "sessions"),
                *last = cJSON_GetArrayItem(sessions, cJSON_GetArraySize(sessions) - 1);
    double speed = mean_of(lk_series_find(&page->series, "images_per_second", false)),
           threads = number_of(last, "threads");
    char text[64] = "";
    lk_html_section(page->out, "speed", "Speed and memory");
    lk_text_add(page->out, "<div class=\"scroll\"><table><tbody>\n");
    if (isfinite(speed)) lk_format(text, sizeof text, "%.0f pictures per second", speed);
    add_fact(page->out, "training", text);
    add_duration(page->out, h);
    add_memory(page->out, h);
    lk_format(text, sizeof text, "%.0f", threads);
    add_fact(page->out, "threads", isfinite(threads) ? text : "");
    add_fact(page->out, "machine", word_of(last, "host"));
    add_fact(page->out, "kernels", word_of(last, "kernels"));
    add_fact(page->out, "BLAS", word_of(last, "blas"));
    add_fact(page->out, "version", word_of(last, "version"));
    add_size(page);
    lk_text_add(page->out, "</tbody></table></div>\n");
    lk_html_section_end(page->out);
}

/* ---- commands ---- */

static void add_session(lk_text *out, const cJSON *session) {
    const char *command = word_of(session, "command"), *folder = word_of(session, "folder");
    double seconds = number_of(session, "seconds");
    lk_text_add(out, "<p class=\"soft\">");
    lk_html_text(out, word_of(session, "started"));
    if (isfinite(seconds)) lk_text_add(out, ", %.0f s", seconds);
    if (*folder) lk_text_add(out, ", in ");
    lk_html_text(out, folder);
    lk_text_add(out, "</p>\n<pre>");
    lk_html_text(out, *command ? command : "not recorded");
    lk_text_add(out, "</pre>\n");
}

void lk_run_page_commands(lk_run_page *page) {
    const lk_run_parts *parts = page->parts;
    const cJSON *sessions = cJSON_GetObjectItemCaseSensitive(parts->history.record, "sessions"),
                *session;
    lk_html_section(page->out, "command", "The command that repeats the run");
    if (!cJSON_GetArraySize(sessions))
        lk_html_paragraph(page->out,
                          "The run does not record its command; config.json and the pack "
                          "are all that it depends on.");
    if (cJSON_GetArraySize(sessions) > 1)
        lk_html_paragraph(page->out, "The run took several processes, in this order.");
    cJSON_ArrayForEach(session, sessions) {
        add_session(page->out, session);
    }
    if (*parts->history.data) {
        lk_text_add(page->out, "<p>The pack: ");
        lk_html_text(page->out, parts->history.data);
        lk_text_add(page->out, ", fingerprint ");
        lk_html_text(page->out, parts->history.fingerprint);
        lk_text_add(page->out, ".</p>\n");
    }
    if (*parts->ends.init) {
        lk_text_add(page->out, "<p>The %s from ",
                    lk_run_parts_imported(parts) ? "model was imported" : "run started");
        lk_html_text(page->out, parts->ends.init);
        lk_text_add(page->out, ".</p>\n");
    }
    lk_html_section_end(page->out);
}
