/* Pictures of a run: the worst and the best reconstructions, samples, and what lies between
   pictures. */
#include "evaluate/between.h"
#include "evaluate/prior.h"
#include "evaluate/ranked.h"
#include "evaluate/scores.h"
#include "html/html.h"
#include "html/run.h"
#include "net/run_files.h"

#include <likeness/memory.h>

#include <string.h>

enum { EXTREMES = 6, SAMPLES = 20, STEPS = 10, BETWEEN = 2, SEED = 1 };

/* Pictures and what a model made of them, (n, H, W, C). */
struct pairs {
    int n;
    size_t size; /* values of a picture */
    lk_real *originals, *made;
    uint8_t *pixels; /* of one picture */
};

static lk_status pairs_init(struct pairs *p, lk_image_shape shape, int n, lk_error *err) {
    p->n = n;
    p->size = (size_t)shape.size * (size_t)shape.size * (size_t)shape.channels;
    size_t bytes = (size_t)n * p->size * sizeof(lk_real);
    p->originals = lk_alloc(bytes);
    p->made = lk_alloc(bytes);
    p->pixels = lk_alloc(p->size);
    return p->originals && p->made && p->pixels ? LK_OK
                                                : lk_fail_memory(err, 2 * bytes, "pictures");
}

static void pairs_deinit(struct pairs *p) {
    lk_free(p->originals);
    lk_free(p->made);
    lk_free(p->pixels);
}

static void take(struct pairs *p, int i, const uint8_t *pixels) {
    for (size_t k = 0; k < p->size; k++)
        p->originals[(size_t)i * p->size + k] = LK_R(pixels[k]) / 255;
}

static lk_status add_picture(lk_run_page *page, struct pairs *p, const lk_real *values,
                             const char *alt, const char *attributes, lk_error *err) {
    bool added;
    lk_bytes_from_reals(values, p->size, p->pixels);
    return lk_html_picture(page->out, page->parts->trained.net.images, p->pixels, alt, attributes,
                           &added, err);
}

/* Why a section has no pictures; NULL: it can have some. */
static const char *what_is_missing(const lk_run_page *page) {
    if (!page->parts->has_model) return "There is no model yet.";
    if (!page->pack.pack) return page->pack.missing;
    return lk_pack_count(page->pack.pack, LK_SPLIT_TEST) ? NULL : "The test split is empty.";
}

/* ---- the worst and the best ---- */

/* `extremes` has room for 2 n. */
static lk_status find_extremes(const lk_run_page *page, int n_pictures, int n, lk_ranked *extremes,
                               lk_error *err) {
    char path[LK_PATH_MAX];
    lk_score *scores = NULL;
    if (!lk_format(path, sizeof path, "%s/" LK_RUN_TEST_SCORES, page->parts->path))
        return lk_fail(err, LK_FORMAT, "%s: path is too long", page->parts->path);
    lk_status status = lk_scores_read(path, (size_t)n_pictures, &scores, err);
    if (!status) status = lk_ranked_extremes(scores, n_pictures, n, extremes, err);
    lk_free(scores);
    return status;
}

static lk_status add_pair(lk_run_page *page, struct pairs *p, int i, const lk_ranked *of,
                          lk_error *err) {
    lk_text *out = page->out;
    char alt[64];
    lk_text_add(out, "<figure>");
    lk_format(alt, sizeof alt, "test picture %d", of->index);
    lk_status status = add_picture(page, p, p->originals + (size_t)i * p->size, alt, "", err);
    lk_format(alt, sizeof alt, "reconstruction of test picture %d", of->index);
    if (!status) status = add_picture(page, p, p->made + (size_t)i * p->size, alt, "", err);
    lk_text_add(out, "<figcaption>SSIM %.3f<br>MSE %.4f<br>", of->ssim, of->mse);
    lk_html_text(out, lk_pack_name(page->pack.pack, LK_SPLIT_TEST, of->index));
    lk_text_add(out, "</figcaption></figure>\n");
    return status;
}

static lk_status add_row(lk_run_page *page, const char *title, const lk_ranked *of, int n,
                         lk_error *err) {
    struct pairs p = { 0 };
    lk_status status = pairs_init(&p, page->parts->trained.net.images, n, err);
    for (int i = 0; i < n && !status; i++)
        take(&p, i, lk_pack_pixels(page->pack.pack, LK_SPLIT_TEST, of[i].index));
    if (!status) {
        lk_trained_reconstruct(&page->parts->trained, p.originals, n, p.made);
        status = lk_graph_status(page->parts->trained.net.graph, err);
    }
    lk_text_add(page->out, "<h3>%s</h3>\n<div class=\"pictures\">\n", title);
    for (int i = 0; i < n && !status; i++) status = add_pair(page, &p, i, &of[i], err);
    lk_text_add(page->out, "</div>\n");
    pairs_deinit(&p);
    return status;
}

static lk_status add_extremes(lk_run_page *page, lk_error *err) {
    int n = lk_pack_count(page->pack.pack, LK_SPLIT_TEST), shown = n < EXTREMES ? n : EXTREMES;
    lk_ranked extremes[2 * EXTREMES];
    lk_error reason;
    if (page->parts->measured.n != n || find_extremes(page, n, shown, extremes, &reason)) {
        lk_html_paragraph(page->out, "There are no scores of single pictures.");
        return LK_OK;
    }
    lk_html_paragraph(page->out, "By SSIM on the test split: the original above what the model "
                                 "makes of it.");
    lk_status status = add_row(page, "The worst", extremes, shown, err);
    if (!status) status = add_row(page, "The best", extremes + shown, shown, err);
    return status;
}

lk_status lk_run_page_extremes(lk_run_page *page, lk_error *err) {
    const char *missing = what_is_missing(page);
    lk_html_section(page->out, "pictures", "Worst and best test pictures");
    lk_status status = LK_OK;
    if (missing)
        lk_html_paragraph(page->out, missing);
    else
        status = add_extremes(page, err);
    lk_html_section_end(page->out);
    return status;
}

/* ---- samples, and what is between pictures ---- */

static lk_status add_samples(lk_run_page *page, lk_trained *decoder, double variance,
                             lk_error *err) {
    const lk_model *model = &decoder->net.model;
    int latents = (int)lk_shape_row(model->latent->shape);
    size_t bytes = (size_t)SAMPLES * (size_t)latents * sizeof(lk_real);
    struct pairs p = { 0 };
    lk_real *codes = lk_alloc(bytes);
    lk_status status = codes ? pairs_init(&p, decoder->net.images, SAMPLES, err)
                             : lk_fail_memory(err, bytes, "codes");
    if (!status) {
        lk_prior_sample(&(lk_prior){ .variance = variance }, SEED, 0, SAMPLES, latents, codes);
        lk_net_map(model->latent, model->output, codes, SAMPLES, p.made);
        status = lk_graph_status(model->latent->graph, err);
    }
    lk_text_add(page->out,
                "<h3>Samples</h3>\n<p>What the decoder makes of codes of the prior, the "
                "first %d of seed %d.</p>\n<div class=\"strip\">\n",
                SAMPLES, SEED);
    for (int i = 0; i < SAMPLES && !status; i++)
        status = add_picture(page, &p, p.made + (size_t)i * p.size, "sample", "", err);
    lk_text_add(page->out, "</div>\n");
    pairs_deinit(&p);
    lk_free(codes);
    return status;
}

/* Codes of 2 BETWEEN evenly spaced test pictures, and the steps between each two of them. */
static lk_status make_between(lk_run_page *page, lk_trained *decoder, struct pairs *p,
                              lk_error *err) {
    const lk_model *encoder = &page->parts->trained.net.model, *model = &decoder->net.model;
    int latents = (int)lk_shape_row(model->latent->shape), inner = STEPS - 2,
        n = lk_pack_count(page->pack.pack, LK_SPLIT_TEST);
    size_t bytes = (size_t)(2 * BETWEEN + BETWEEN * inner) * (size_t)latents * sizeof(lk_real);
    lk_real *codes = lk_alloc(bytes);
    if (!codes) return lk_fail_memory(err, bytes, "codes");
    lk_real *to = codes + 2 * BETWEEN * latents;
    for (int i = 0; i < 2 * BETWEEN; i++)
        take(p, i,
             lk_pack_pixels(page->pack.pack, LK_SPLIT_TEST, (int)((int64_t)i * n / (2 * BETWEEN))));
    lk_net_map(encoder->images, encoder->latent, p->originals, 2 * BETWEEN, codes);
    for (int row = 0; row < BETWEEN; row++)
        for (int i = 1; i <= inner; i++, to += latents)
            lk_code_between(codes + 2 * row * latents, codes + (2 * row + 1) * latents, latents,
                            (double)(i - 1) / (inner - 1), true, to);
    lk_net_map(model->latent, model->output, codes + 2 * BETWEEN * latents, BETWEEN * inner,
               p->made);
    lk_free(codes);
    return lk_graph_status(model->latent->graph, err);
}

static lk_status add_between(lk_run_page *page, lk_trained *decoder, lk_error *err) {
    int inner = STEPS - 2;
    struct pairs p = { 0 };
    lk_status status = pairs_init(&p, decoder->net.images, BETWEEN * inner, err);
    if (!status) status = make_between(page, decoder, &p, err);
    lk_text_add(page->out, "<h3>Between test pictures</h3>\n<p>What the decoder makes of the codes "
                           "between two test pictures, which are framed.</p>\n");
    for (int row = 0; row < BETWEEN && !status; row++) {
        const lk_real *ends = p.originals + (size_t)(2 * row) * p.size;
        lk_text_add(page->out, "<div class=\"strip\">\n");
        status = add_picture(page, &p, ends, "test picture", "class=\"end\"", err);
        for (int i = 0; i < inner && !status; i++)
            status = add_picture(page, &p, p.made + (size_t)(row * inner + i) * p.size,
                                 "between two test pictures", "", err);
        if (!status)
            status = add_picture(page, &p, ends + p.size, "test picture", "class=\"end\"", err);
        lk_text_add(page->out, "</div>\n");
    }
    pairs_deinit(&p);
    return status;
}

lk_status lk_run_page_samples(lk_run_page *page, lk_error *err) {
    double variance = lk_prior_variance(&page->parts->config.regularizer.chosen);
    const char *missing = what_is_missing(page);
    lk_trained decoder;
    if (!(variance > 0)) return LK_OK;
    lk_html_section(page->out, "samples", "Samples and interpolations");
    lk_status status = LK_OK;
    if (page->parts->has_model) {
        status = lk_trained_open_other(&page->parts->trained, page->context, LK_MODEL_DECODER,
                                       &decoder, err);
        if (!status) status = add_samples(page, &decoder, variance, err);
        if (!status && !missing) status = add_between(page, &decoder, err);
        lk_trained_close(&decoder);
    }
    if (!status && missing) lk_html_paragraph(page->out, missing);
    lk_html_section_end(page->out);
    return status;
}
