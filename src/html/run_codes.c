/* The codes of the test split: KL of each latent, and their histogram against the prior. */
#include "base/rng.h"
#include "evaluate/codes.h"
#include "html/chart.h"
#include "html/html.h"
#include "html/run.h"

#include <likeness/memory.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PICTURES_MAX = 1024, BARS = 40, SEED = 0, LATENTS_MAX = 4096 };
static const double range = 4; /* the histogram's, in standard deviations of the prior */

struct latent {
    int index;
    double kl;
};

struct codes {
    int n, latents; /* pictures */
    double sigma;   /* of the prior */
    bool has_posterior;
    lk_real *images, *means, *logvars;
    struct latent *kl; /* sorted, the largest first */
    double bars[BARS], prior[BARS];
    lk_arena arena;
};

static lk_status reserve(struct codes *c, const lk_run_page *page, lk_error *err) {
    size_t n = (size_t)c->n, latents = (size_t)c->latents,
           image = lk_shape_row(page->parts->trained.net.model.images->shape),
           bytes = n * (image + 2 * latents) * sizeof(lk_real);
    c->images = lk_arena_alloc(&c->arena, n * image * sizeof(lk_real));
    c->means = lk_arena_alloc(&c->arena, n * latents * sizeof(lk_real));
    c->logvars = lk_arena_alloc(&c->arena, n * latents * sizeof(lk_real));
    c->kl = lk_arena_alloc(&c->arena, latents * sizeof *c->kl);
    return c->images && c->means && c->logvars && c->kl ? LK_OK
                                                        : lk_fail_memory(err, bytes, "codes");
}

static lk_status encode(struct codes *c, const lk_run_page *page, lk_error *err) {
    const lk_model *model = &page->parts->trained.net.model;
    size_t image = lk_shape_row(model->images->shape);
    for (int i = 0; i < c->n; i++) {
        const uint8_t *pixels = lk_pack_pixels(page->pack.pack, LK_SPLIT_TEST, i);
        for (size_t k = 0; k < image; k++) c->images[(size_t)i * image + k] = LK_R(pixels[k]) / 255;
    }
    lk_net_map(model->images, model->latent, c->images, c->n, c->means);
    if (model->logvar) lk_net_map(model->images, model->logvar, c->images, c->n, c->logvars);
    return lk_graph_status(model->images->graph, err);
}

static void count(struct codes *c, double code) {
    int bar = (int)floor((code / c->sigma + range) / (2 * range) * BARS);
    if (bar >= 0 && bar < BARS) c->bars[bar]++;
}

static int by_kl(const void *a, const void *b) {
    const struct latent *x = a, *y = b;
    return x->kl > y->kl ? -1 : x->kl < y->kl ? 1 : x->index - y->index;
}

/* Codes are drawn from their posteriors where there are some, as the prior is that of samples. */
static void measure(struct codes *c) {
    for (int k = 0; k < c->latents; k++) c->kl[k] = (struct latent){ k, 0 };
    for (int i = 0; i < c->n; i++) {
        lk_rng rng = lk_rng_at(SEED, LK_STREAM_EVAL_NOISE, 0, (uint32_t)i);
        for (int k = 0; k < c->latents; k++) {
            size_t at = (size_t)i * (size_t)c->latents + (size_t)k;
            double mean = (double)c->means[at], deviation = 0;
            if (c->has_posterior) {
                c->kl[k].kl += lk_code_kl(mean, (double)c->logvars[at]) / c->n;
                deviation = exp((double)c->logvars[at] / 2);
            }
            count(c, mean + deviation * lk_rng_normal(&rng));
        }
    }
    double width = 2 * range / BARS, all = (double)c->n * c->latents;
    for (int i = 0; i < BARS; i++) {
        double x = -range + width * (i + 0.5);
        c->bars[i] /= all * width;
        c->prior[i] = exp(-x * x / 2) / sqrt(2 * acos(-1));
    }
    qsort(c->kl, (size_t)c->latents, sizeof *c->kl, by_kl);
}

/* ---- charts ---- */

static void say_kl(const void *self, int bar, lk_text *out) {
    const struct codes *c = self;
    lk_text_add(out, "latent %d: KL %.4g", c->kl[bar].index, c->kl[bar].kl);
}

static lk_status add_kl(struct codes *c, lk_text *out, lk_error *err) {
    double *heights = lk_arena_alloc(&c->arena, (size_t)c->latents * sizeof *heights), sum = 0;
    char words[160];
    if (!heights) return lk_fail_memory(err, (size_t)c->latents * sizeof *heights, "KL");
    for (int k = 0; k < c->latents; k++) sum += heights[k] = c->kl[k].kl;
    lk_format(words, sizeof words, "the %d latents, the largest first; %.4g in all", c->latents,
              sum);
    const lk_chart_bars bars = { .title = "KL of each latent",
                                 .words = words,
                                 .n = c->latents,
                                 .height = heights,
                                 .high = c->latents,
                                 .tip = say_kl,
                                 .self = c };
    lk_chart_bars_add(out, &bars);
    return LK_OK;
}

static void say_bar(const void *self, int bar, lk_text *out) {
    const struct codes *c = self;
    double width = 2 * range / BARS, low = -range + width * bar;
    lk_text_add(out, "%.1f to %.1f: codes %.3f, prior %.3f", low, low + width, c->bars[bar],
                c->prior[bar]);
}

static void add_histogram(const struct codes *c, lk_text *out) {
    char words[160];
    lk_format(words, sizeof words,
              "density of the codes of %d test pictures, all latents together, in standard "
              "deviations of the prior",
              c->n);
    const lk_chart_bars bars = { .title = "Codes against the prior",
                                 .words = words,
                                 .n = BARS,
                                 .height = c->bars,
                                 .curve = c->prior,
                                 .curve_name = "prior",
                                 .low = -range,
                                 .high = range,
                                 .tip = say_bar,
                                 .self = c };
    lk_chart_bars_add(out, &bars);
}

static lk_status add_charts(struct codes *c, lk_run_page *page, lk_error *err) {
    lk_status status = reserve(c, page, err);
    if (!status) status = encode(c, page, err);
    if (status) return status;
    measure(c);
    lk_text_add(page->out, "<div class=\"charts\">\n");
    if (c->has_posterior) status = add_kl(c, page->out, err);
    add_histogram(c, page->out);
    lk_text_add(page->out, "</div>\n");
    return status;
}

lk_status lk_run_page_codes(lk_run_page *page, lk_error *err) {
    const lk_run_parts *parts = page->parts;
    const lk_model *model = &parts->trained.net.model;
    double variance = lk_prior_variance(&parts->config.regularizer.chosen);
    lk_status status = LK_OK;
    if (!(variance > 0)) return LK_OK;
    lk_html_section(page->out, "codes", "Codes");
    struct codes c = { .sigma = sqrt(variance) };
    lk_arena_init(&c.arena);
    if (parts->has_model && page->pack.pack) {
        int n = lk_pack_count(page->pack.pack, LK_SPLIT_TEST);
        c.n = n < PICTURES_MAX ? n : PICTURES_MAX;
        c.latents = (int)lk_shape_row(model->latent->shape);
        c.has_posterior = model->logvar != NULL;
    }
    if (c.n && c.latents <= LATENTS_MAX)
        status = add_charts(&c, page, err);
    else
        lk_html_paragraph(page->out, !page->pack.pack    ? page->pack.missing
                                     : !parts->has_model ? "There is no model yet."
                                     : c.n               ? "There are too many latents for charts."
                                                         : "The test split is empty.");
    lk_arena_deinit(&c.arena);
    lk_html_section_end(page->out);
    return status;
}
