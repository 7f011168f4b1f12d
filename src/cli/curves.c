/* likeness curves: draws how the losses and scores of runs changed from epoch to epoch. */
#include "experiment/curves.h"
#include "cli/output.h"
#include "cli/trained.h"
#include "experiment/search.h"
#include "net/run_files.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

struct options {
    char out[LK_WORDS_MAX];
    bool json;
};

static const lk_option options[] = {
    LK_OPTION_OUTPUT(struct options, out, "FILE.png|svg|pdf",
                     "figure to write" LK_HELP_DEFAULT_OUT("curves", ".png")),
    LK_OPTION_BOOLEAN(struct options, json, false,
                      "one JSON object: what was written, and for each run its epochs, the best "
                      "one and its loss"),
    { 0 },
};

static lk_status read_all(const lk_cli *cli, lk_curves *curves, lk_error *err) {
    lk_results results;
    lk_results_init(&results);
    lk_status status = LK_OK;
    for (int i = 0; i < cli->n_arguments && !status; i++)
        status = lk_results_search(&results, cli->arguments[i], &cli->context.log, err);
    if (!status) status = lk_results_label(&results, err);
    for (size_t i = 0; i < results.n_rows && !status; i++)
        status = lk_curves_add_result(curves, &results.rows[i], &cli->context.log, err);
    if (!status && !curves->n_runs)
        status = lk_fail(err, LK_FORMAT,
                         "%s: expected a run with epochs in its " LK_RUN_EPOCHS ", got none",
                         cli->arguments[0]);
    lk_results_deinit(&results);
    return status;
}

static bool add_run(cJSON *list, const lk_curves_run *run) {
    cJSON *json = cJSON_CreateObject();
    bool has_best = run->best >= 0;
    return cJSON_AddItemToArray(list, json) && cJSON_AddStringToObject(json, "label", run->label) &&
           lk_json_add_number(json, "epochs", run->v[LK_CURVE_EPOCH][run->n - 1]) &&
           (!has_best ||
            (lk_json_add_number(json, "best_epoch", run->v[LK_CURVE_EPOCH][run->best]) &&
             lk_json_add_number(json, "best_loss", run->v[LK_CURVE_VAL][run->best])));
}

static lk_status put_json(const lk_curves *curves, const char *path, lk_error *err) {
    cJSON *json = cJSON_CreateObject(), *list = NULL;
    bool whole =
        cJSON_AddStringToObject(json, "out", path) && (list = cJSON_AddArrayToObject(json, "runs"));
    for (size_t i = 0; i < curves->n_runs && whole; i++) whole = add_run(list, &curves->runs[i]);
    return lk_cli_put_json(json, whole, err);
}

static lk_status put_text(const lk_curves *curves, const char *path, lk_error *err) {
    lk_text out = { 0 };
    lk_text_name(&out, path);
    lk_text_add(&out, ": %zu run%s\n", curves->n_runs, curves->n_runs == 1 ? "" : "s");
    for (size_t i = 0; i < curves->n_runs; i++) {
        lk_text_name(&out, curves->runs[i].label);
        lk_text_add(&out, ": ");
        lk_curves_sentence(&curves->runs[i], &out);
        lk_text_add(&out, "\n");
    }
    return lk_cli_put(&out, err);
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const struct options *given = cli->options;
    lk_curves curves;
    lk_cli_origin origin;
    lk_cli_default_out(cli, LK_RUN_CURVES);
    lk_curves_init(&curves);
    lk_cli_origin_init(&origin, cli, NULL, NULL);
    lk_status status = read_all(cli, &curves, err);
    if (!status && curves.n_runs == 1) origin.notes.model = curves.runs[0].label;
    if (!status) status = lk_curves_write(&curves, given->out, &origin.notes, err);
    if (!status)
        status =
            given->json ? put_json(&curves, given->out, err) : put_text(&curves, given->out, err);
    lk_cli_origin_deinit(&origin);
    lk_curves_deinit(&curves);
    return status;
}

const lk_command lk_command_curves = {
    .name = "curves",
    .summary = "Draw how the losses and scores of runs changed while they trained",
    .example = "likeness curves runs/ae runs/vae --out curves.svg",
    .usage = "DIR... [--out FILE] [--json]",
    .details =
        "Each DIR is a run, finished or not, or is searched for runs as by table. The training "
        "loss is thin, the validation loss thick, on a logarithmic axis; a point marks the epoch "
        "whose weights are the model's. Small panels show SSIM, MSE, the KL divergence or the "
        "active latents, and the learning rate.\n"
        "Runs that differ in nothing but the seed are one curve: the mean, with a band from the "
        "lowest to the highest. Losses of different kinds share the axis but do not compare.\n"
        "At its end train writes the curves of its run to " LK_RUN_CURVES " in the run's folder.",
    .options = options,
    .options_size = sizeof(struct options),
    .min_arguments = 1,
    .max_arguments = INT_MAX,
    .run = run,
};
