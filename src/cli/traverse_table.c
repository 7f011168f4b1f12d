/* The table of a traversal, as text and as JSON. */
#include "cli/output.h"
#include "cli/traverse.h"
#include "cli/wrap.h"

void lk_traverse_unit(const lk_traverse *w, lk_text *out) {
    static const char *const words[] = { "standard deviations of the codes of ",
                                         "standard deviations of the prior", "plain numbers" };
    char n[32];
    lk_text_add(out, "%s", words[w->steps.unit]);
    if (w->steps.spread.n)
        lk_text_add(out, "%s training pictures", lk_count_text(w->steps.spread.n, n));
}

static void add_row(const lk_traverse *w, const lk_traverse_latent *latent, lk_text *lines) {
    const lk_code_spread *spread = &w->steps.spread;
    lk_text_add(lines, "%d", latent->index);
    if (spread->kl) lk_text_add(lines, "\t%.4f", spread->kl[latent->index]);
    if (spread->n)
        lk_text_add(lines, "\t%.4f\t%.4f", spread->mean[latent->index],
                    spread->sd[latent->index] * spread->sd[latent->index]);
    lk_text_add(lines, "\t%.5f\n", latent->change);
}

lk_status lk_traverse_put_text(const lk_traverse *w, lk_error *err) {
    const lk_code_spread *spread = &w->steps.spread;
    lk_text out = { 0 }, lines = { 0 };
    lk_text_add(&out, "%s: latents", w->given->out);
    for (int i = 0; i < w->n_rows; i++)
        lk_text_add(&out, "%s %d", i ? "," : "", w->latents[i].index);
    lk_text_add(&out, "; values from %g to %g ", lk_traverse_step(w, 0),
                lk_traverse_step(w, (int)w->given->steps - 1));
    lk_traverse_unit(w, &out);
    lk_text_add(&lines, "latent%s%s\tchange\n", spread->kl ? "\tKL" : "",
                spread->n ? "\tmean\tvariance" : "");
    for (int i = 0; i < w->n_rows; i++) add_row(w, &w->latents[i], &lines);
    lk_text_add(&out, "\n");
    lk_cli_align(&lines, "rrrrr", &out);
    lk_text_deinit(&lines);
    return lk_cli_put_lines(&out, err);
}

static bool add_latent(const lk_traverse *w, const lk_traverse_latent *latent, cJSON *list) {
    const lk_code_spread *spread = &w->steps.spread;
    int k = latent->index;
    cJSON *json = cJSON_CreateObject();
    return cJSON_AddItemToArray(list, json) && lk_json_add_number(json, "latent", k) &&
           lk_json_add_number(json, "change", latent->change) &&
           lk_json_add_number(json, "from", lk_traverse_value(w, k, 0)) &&
           lk_json_add_number(json, "to", lk_traverse_value(w, k, (int)w->given->steps - 1)) &&
           (!spread->kl || lk_json_add_number(json, "kl", spread->kl[k])) &&
           (!spread->n || (lk_json_add_number(json, "mean", spread->mean[k]) &&
                           lk_json_add_number(json, "variance", spread->sd[k] * spread->sd[k])));
}

lk_status lk_traverse_put_json(const lk_traverse *w, lk_error *err) {
    cJSON *json = cJSON_CreateObject(), *latents = NULL, *values = NULL, *table = NULL;
    double factor = w->steps.unit == LK_UNIT_PRIOR ? w->steps.sigma : 1;
    bool whole = lk_cli_add_model(json, w->decoder.path, &w->decoder.unfinished) &&
                 cJSON_AddStringToObject(json, "out", w->given->out) &&
                 cJSON_AddStringToObject(json, "unit", lk_latent_unit_name(w->steps.unit)) &&
                 lk_json_add_number(json, "n", w->steps.spread.n) &&
                 (latents = cJSON_AddArrayToObject(json, "latents")) &&
                 (values = cJSON_AddArrayToObject(json, "values")) &&
                 (table = cJSON_AddArrayToObject(json, "table"));
    for (int i = 0; i < w->n_rows && whole; i++)
        whole = cJSON_AddItemToArray(latents, cJSON_CreateNumber(w->latents[i].index));
    for (int i = 0; i < w->given->steps && whole; i++)
        whole = cJSON_AddItemToArray(values, cJSON_CreateNumber(factor * lk_traverse_step(w, i)));
    for (int i = 0; i < w->n_measured && whole; i++) whole = add_latent(w, &w->latents[i], table);
    return lk_cli_put_json(json, whole, err);
}
