/* likeness eval: measures a trained model on a split of a pack. */
#include "cli/eval.h"
#include "cli/command.h"
#include "cli/output.h"

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
    lk_text_add(out, "| %s | %zu |", name, s->n);
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

static lk_status print_table(const lk_evaluation *e, const char *name, lk_error *err) {
    lk_text out = { 0 };
    char pca[64];
    add_heads(&out);
    add_row(&out, name, &e->model);
    if (e->has_baselines) {
        snprintf(pca, sizeof pca, "PCA, %d components", e->n_components);
        add_row(&out, "mean image", &e->mean_image);
        add_row(&out, pca, &e->pca);
    }
    add_codes(&e->codes, &out);
    return lk_cli_put(&out, err);
}

lk_status lk_evaluation_print(const lk_evaluation *e, const char *name, bool json, lk_error *err) {
    if (!json) return print_table(e, name, err);
    cJSON *object = NULL;
    lk_status status = lk_evaluation_json(e, &object, err);
    return status ? status : lk_cli_put_json(object, true, err);
}

/* ---- the command ---- */

struct options {
    char data[LK_WORDS_MAX];
    int split;
    bool baselines, json;
};

static const lk_option options[] = {
    LK_OPTION_NAMED(struct options, data, "FILE.lkd", "the pack to measure on"),
    LK_OPTION_WORD(struct options, split, "test", LK_WORDS(LK_SPLIT_LIST), "which split of it"),
    LK_OPTION_BOOLEAN(
        struct options, baselines, false,
        "also the training split's mean image, and PCA with as many components as latents"),
    LK_OPTION_BOOLEAN(struct options, json, false, "one JSON object"),
    { 0 },
};

/* The last part of the path. */
static const char *name_of(const char *path, char out[LK_WORDS_MAX]) {
    lk_format(out, LK_WORDS_MAX, "%s", path);
    size_t n = strlen(out);
    while (n > 1 && out[n - 1] == '/') out[--n] = 0;
    const char *slash = strrchr(out, '/');
    return slash && slash[1] ? slash + 1 : out;
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const struct options *o = cli->options;
    lk_evaluation evaluation;
    char name[LK_WORDS_MAX];
    lk_status status = lk_evaluate(&cli->context, cli->arguments[0], o->data, (lk_split)o->split,
                                   o->baselines, &evaluation, err);
    return status
               ? status
               : lk_evaluation_print(&evaluation, name_of(cli->arguments[0], name), o->json, err);
}

const lk_command lk_command_eval = {
    .name = "eval",
    .summary = "Measure a trained model",
    .usage = "RUN_OR_CHECKPOINT --data FILE.lkd [--split test] [--baselines] [--json]",
    .details = "RUN means RUN/model.safetensors. Values are means over pictures, ± one standard "
               "error over pictures.\n"
               "ssim: 11 x 11 Gaussian of sigma 1.5, valid positions, population statistics, range "
               "1 (scikit-image with\n"
               "gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1).",
    .options = options,
    .options_size = sizeof(struct options),
    .required = "data",
    .min_arguments = 1,
    .max_arguments = 1,
    .computes = true,
    .run = run,
};
