/* Samples of a model's prior, measured for the command eval. */
#include "cli/eval_samples.h"
#include "cli/markdown.h"
#include "cli/output.h"
#include "cli/pictures.h"
#include "cli/trained.h"
#include "draw/collage.h"

#include <likeness/metric.h>

#include <math.h>

lk_status lk_eval_samples_open(const lk_cli *cli, const lk_trained *model, const char *data,
                               const lk_samples_options *options, bool fit,
                               lk_eval_samples *samples, lk_error *err) {
    lk_samples_options with = *options;
    *samples = (lk_eval_samples){ 0 };
    with.prior = &samples->prior;
    lk_status status =
        lk_trained_open_other(model, &cli->context, LK_MODEL_DECODER, &samples->decoder, err);
    if (!status) status = lk_pack_open(data, &cli->context, &samples->pack, err);
    if (!status)
        status = lk_cli_prior_open(cli, &samples->decoder, fit ? samples->pack : NULL,
                                   &samples->prior, err);
    if (!status)
        status = lk_samples_measure(&samples->decoder, samples->pack, data, &with,
                                    &samples->measured, err);
    return status;
}

void lk_eval_samples_close(lk_eval_samples *samples) {
    lk_pack_close(samples->pack);
    lk_prior_deinit(&samples->prior);
    lk_trained_close(&samples->decoder);
    *samples = (lk_eval_samples){ 0 };
}

/* Each sample depends only on the seed and its number, so that it can be drawn again. */
static void draw_pair(const lk_eval_samples *samples, int at, lk_real *code, lk_real *sample,
                      lk_real *nearest) {
    const lk_model *model = &samples->decoder.net.model;
    const lk_closest *closest = &samples->measured.closest[at];
    const uint8_t *pixels = lk_pack_pixels(samples->pack, LK_SPLIT_TRAIN, closest->nearest.index);
    lk_prior_sample(&samples->prior, samples->measured.seed, closest->sample, 1,
                    model->latent->shape.d[1], code);
    lk_net_map(model->latent, model->output, code, 1, sample);
    for (size_t k = 0, n = lk_cli_picture_values(samples->decoder.net.images); k < n; k++)
        nearest[k] = LK_R(pixels[k]) / 255;
}

static lk_status write_figure(const lk_eval_samples *samples, const lk_cli *cli, const char *path,
                              const lk_collage_strip *strip, lk_error *err) {
    lk_cli_origin origin;
    lk_cli_origin_init(&origin, cli, &samples->decoder, strip->title);
    lk_status status = lk_collage_strip_write(path, strip, &origin.notes, err);
    lk_cli_origin_deinit(&origin);
    return status;
}

lk_status lk_eval_samples_draw(lk_eval_samples *samples, const lk_cli *cli, const char *path,
                               lk_error *err) {
    static const char *const labels[] = { "sample", "nearest" };
    lk_image_shape shape = samples->decoder.net.images;
    int n = samples->measured.n_closest;
    size_t unit = lk_cli_picture_values(shape),
           latents = (size_t)samples->decoder.net.model.latent->shape.d[1],
           n_bytes = (2 * (size_t)n * unit + latents) * sizeof(lk_real);
    lk_real *values = lk_alloc(n_bytes);
    if (!values) return lk_fail_memory(err, n_bytes, "the closest samples");
    const lk_real *const rows[] = { values, values + (size_t)n * unit };
    lk_real *code = values + 2 * (size_t)n * unit;
    for (int i = 0; i < n; i++)
        draw_pair(samples, i, code, values + (size_t)i * unit, values + (size_t)(n + i) * unit);
    lk_status status = lk_graph_status(samples->decoder.net.graph, err);
    const lk_collage_strip strip = { .shape = shape,
                                     .n = n,
                                     .n_rows = (int)LK_COUNT(rows),
                                     .rows = rows,
                                     .labels = labels,
                                     .title =
                                         "Samples above the training pictures that are nearest" };
    if (!status) status = write_figure(samples, cli, path, &strip, err);
    lk_free(values);
    return status;
}

static void add_distances(lk_text *out, const lk_samples_distances *distances) {
    lk_text_add(out, " ");
    lk_metric_text(out, distances->mean, distances->se, 4, false);
    lk_text_add(out, " | %.4f | %.3f |\n", distances->lowest, distances->to_second);
}

lk_status lk_eval_samples_print(const lk_eval_samples *samples, lk_error *err) {
    const lk_samples *s = &samples->measured;
    lk_text out = { 0 };
    char n[32];
    const char *split = lk_split_name(s->split);
    lk_text_add(&out,
                "\n| pictures | n | sharpness ratio | chroma ratio | nearest of %s training "
                "pictures | lowest | ratio to the second nearest "
                "|\n|---|---|---|---|---|---|---|\n| samples, "
                "seed %llu | %d | ",
                lk_count_text(s->n_train, n), (unsigned long long)s->seed, s->n);
    lk_metric_text(&out, s->sharpness.value, s->sharpness.se, 3, false);
    lk_text_add(&out, " | ");
    lk_metric_text(&out, s->chroma.value, s->chroma.se, 3, false);
    lk_text_add(&out, " |");
    add_distances(&out, &s->of_samples);
    lk_text_add(&out, "| %s split | %d | 1 | %s |", split, s->n_real,
                isnan(s->chroma.value) ? "–" : "1");
    add_distances(&out, &s->of_real);
    lk_text_add(
        &out,
        "\n%d of %d samples are closer to a training picture than 99 of 100 %s pictures are "
        "(distance below %.4f). %d of them may be copies: they are also much closer to the "
        "nearest training picture than to the second nearest (ratio below %.3f, as for 1 of "
        "100 %s pictures).\n",
        s->n_closer, s->n, split, s->threshold, s->n_copies, s->threshold_to_second, split);
    if (!isnan(s->frechet)) {
        lk_text_add(&out, "\nFréchet distance from the samples to the %s pictures: ", split);
        lk_metric_text(&out, s->frechet, (double)NAN, lk_metric_describe(LK_METRIC_FRECHET)->digits,
                       false);
        lk_text_add(&out, "\n");
    }
    return lk_cli_put_markdown(&out, err);
}
