/* Evaluations for people and programs. */
#include "cli/evaluation.h"
#include "cli/output.h"

#include <math.h>
#include <stdio.h>

static void add_value(lk_text *out, double value, double se, const char *format) {
    char number[32], error[32];
    snprintf(number, sizeof number, format, value);
    snprintf(error, sizeof error, format, se);
    if (isnan(value))
        lk_text_add(out, " – |");
    else if (isnan(se))
        lk_text_add(out, " %s |", number);
    else
        lk_text_add(out, " %s ± %s |", number, error);
}

static void add_row(lk_text *out, const char *name, const lk_metrics_summary *s) {
    static const struct {
        lk_metric metric;
        const char *format;
    } columns[] = { { LK_METRIC_SSIM, "%.4f" },           { LK_METRIC_MSE, "%.5f" },
                    { LK_METRIC_PSNR, "%.2f" },           { LK_METRIC_LWSSIM, "%.4f" },
                    { LK_METRIC_CHROMA_RATIO, "%.3f" },   { LK_METRIC_DELTA_E, "%.2f" },
                    { LK_METRIC_SHARPNESS_RATIO, "%.3f" } };
    lk_text_add(out, "| %s | %zu |", name, s->n);
    for (size_t i = 0; i < LK_COUNT(columns); i++)
        add_value(out, s->value[columns[i].metric], s->se[columns[i].metric], columns[i].format);
    lk_text_add(out, "\n");
}

/* Below the table: whether latents are in use, and codes like the prior. */
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
    lk_text_add(&out, "| model | n | SSIM | MSE | PSNR | LWSSIM | chroma ratio | Delta E | "
                      "sharpness ratio |\n|---|---|---|---|---|---|---|---|---|\n");
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
