/* likeness eval: measures a trained model on a split of a pack. */
#include "cli/eval.h"
#include "cli/command.h"
#include "cli/extremes.h"
#include "cli/markdown.h"
#include "cli/output.h"
#include "cli/trained.h"
#include "evaluate/scores.h"
#include "report/report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- printing ---- */

static void add_heads(lk_text *out) {
    lk_text_add(out, "| model | n |");
    for (int m = 0; m < LK_N_METRICS; m++)
        lk_text_add(out, " %s |", lk_metric_describe((lk_metric)m)->title);
    lk_text_add(out, "\n|---|---|");
    for (int m = 0; m < LK_N_METRICS; m++) lk_text_add(out, "---|");
    lk_text_add(out, "\n");
}

static void add_row(lk_text *out, const char *name, const lk_metrics_summary *s) {
    lk_text_add(out, "| ");
    lk_report_md_cell(name, out);
    lk_text_add(out, " | %zu |", s->n);
    for (int m = 0; m < LK_N_METRICS; m++) {
        lk_text_add(out, " ");
        lk_metric_text(out, s->value[m], s->se[m], lk_metric_describe((lk_metric)m)->digits, false);
        lk_text_add(out, " |");
    }
    lk_text_add(out, "\n");
}

/* Below the table: whether latents are used, and whether codes follow the prior. */
static void add_codes(const lk_codes_summary *c, lk_text *out) {
    lk_text_add(out, "\ncodes: %d of %d latents active", c->active, c->latents);
    if (!isnan(c->kl)) lk_text_add(out, ", KL %.3f", c->kl);
    if (!isnan(c->mmd))
        lk_text_add(out, ", MMD² to the prior %.5f over %zu codes (true prior samples: 0 ± %.5f)",
                    c->mmd, c->mmd_n, c->mmd_prior_sd);
    lk_text_add(out, "\n");
}

static lk_status print_table(const lk_evaluation *e, lk_error *err) {
    lk_text out = { 0 };
    char pca[64];
    add_heads(&out);
    add_row(&out, e->name, &e->model);
    if (e->has_baselines) {
        snprintf(pca, sizeof pca, "PCA, %d components", e->n_components);
        add_row(&out, "mean image", &e->mean_image);
        add_row(&out, pca, &e->pca);
    }
    add_codes(&e->codes, &out);
    return lk_cli_put_markdown(&out, err);
}

lk_status lk_evaluation_print(const lk_evaluation *e, bool json, lk_error *err) {
    if (!json) return print_table(e, err);
    cJSON *object = NULL;
    lk_status status = lk_evaluation_json(e, &object, err);
    return status ? status : lk_cli_put_json(object, true, err);
}

/* ---- the command ---- */

struct options {
    char data[LK_WORDS_MAX], scores[LK_WORDS_MAX], out[LK_WORDS_MAX];
    int split;
    int64_t worst;
    bool baselines, json;
};

static const lk_option options[] = {
    LK_OPTION_NAMED(struct options, data, "FILE.lkd", "the pack to measure on" LK_HELP_RUN_DATA),
    LK_OPTION_WORD(struct options, split, "test", LK_WORDS(LK_SPLIT_LIST), "which split of it"),
    LK_OPTION_BOOLEAN(
        struct options, baselines, false,
        "also the training split's mean image, and PCA with as many components as latents"),
    LK_OPTION_OUTPUT(struct options, scores, "FILE.csv",
                     "CSV file to write: index, name and every metric of each picture"),
    LK_OPTION_INTEGER(struct options, worst, 0, 0, LK_EXTREMES_MAX,
                      "show this many pictures with the lowest ssim, and as many with the highest"),
    LK_OPTION_OUTPUT(struct options, out, "FILE.png",
                     "PNG to write for --worst: originals above their reconstructions, the worst "
                     "first, then the best" LK_HELP_DEFAULT_OUT("worst", ".png")),
    LK_OPTION_BOOLEAN(struct options, json, false, "one JSON object"),
    { 0 },
};

/* What needs the names or pixels of single pictures. */
static lk_status write_files(const struct options *o, lk_trained *trained, const lk_pack *pack,
                             const lk_score *scores, lk_extremes *extremes, lk_error *err) {
    lk_split split = (lk_split)o->split;
    lk_status status = LK_OK;
    if (*o->scores) status = lk_scores_write_csv(o->scores, pack, split, scores, err);
    if (status || !o->worst) return status;
    status = lk_extremes_find(pack, split, scores, (int)o->worst, extremes, err);
    return status ? status : lk_extremes_draw(extremes, trained, pack, o->out, err);
}

static lk_status print(const lk_cli *cli, const lk_trained *trained,
                       const lk_evaluation *evaluation, const lk_extremes *extremes,
                       lk_error *err) {
    const struct options *o = cli->options;
    if (!o->json) {
        lk_status status = lk_evaluation_print(evaluation, false, err);
        return status || !o->worst ? status : lk_extremes_print(extremes, o->out, err);
    }
    cJSON *json = NULL;
    lk_status status = lk_evaluation_json(evaluation, &json, err);
    if (status) return status;
    /* that of a finished run is its test.json */
    bool whole =
        (!trained->unfinished.is || lk_cli_add_model(json, trained->path, &trained->unfinished)) &&
        (!*o->scores || cJSON_AddStringToObject(json, "scores", o->scores));
    if (o->worst)
        whole = whole && cJSON_AddStringToObject(json, "out", o->out) &&
                lk_extremes_json(extremes, json);
    return lk_cli_put_json(json, whole, err);
}

static lk_status measure(lk_cli *cli, lk_trained *trained, lk_error *err) {
    const struct options *o = cli->options;
    char data[LK_PATH_MAX];
    lk_evaluation evaluation;
    lk_extremes extremes = { 0 };
    lk_score *scores = NULL;
    lk_pack *pack = NULL;
    bool of_pictures = *o->scores || o->worst;
    lk_status status = lk_cli_open_pack(cli, cli->arguments[0], o->data, data, &pack, err);
    if (status) return status;
    const lk_evaluate_options plan = { .split = (lk_split)o->split,
                                       .baselines = o->baselines,
                                       .fingerprint = lk_pack_describe(pack)->fingerprint,
                                       .scores = of_pictures ? &scores : NULL };
    status = lk_evaluate_trained(&cli->context, trained, data, &plan, &evaluation, err);
    if (!status && of_pictures) status = write_files(o, trained, pack, scores, &extremes, err);
    if (!status) status = print(cli, trained, &evaluation, &extremes, err);
    lk_extremes_deinit(&extremes);
    lk_free(scores);
    lk_pack_close(pack);
    return status;
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const struct options *o = cli->options;
    lk_trained trained;
    if (*o->out && !o->worst) return lk_fail(err, LK_USAGE, "--out: expected --worst N with it");
    if (o->worst) lk_cli_default_out(cli, "worst.png");
    lk_status status = lk_trained_open(cli->arguments[0], &cli->context, NULL, 0, &trained, err);
    if (status) return status;
    status = measure(cli, &trained, err);
    lk_trained_close(&trained);
    return status;
}

const lk_command lk_command_eval = {
    .name = "eval",
    .summary = "Measure a trained model",
    .example = "likeness eval runs/vae --baselines",
    .usage = "RUN [--data FILE.lkd] [options]",
    .details = LK_HELP_RUN
    " Values are means over pictures, ± one standard error over pictures.\n"
    "ssim: 11 x 11 Gaussian of sigma 1.5, valid positions, population statistics, range "
    "1 (scikit-image with "
    "gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1).",
    .options = options,
    .options_size = sizeof(struct options),
    .min_arguments = 1,
    .max_arguments = 1,
    .computes = true,
    .run = run,
};
