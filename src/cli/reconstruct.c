/* likeness reconstruct: show what trained models make of pictures, next to the originals. */
#include "cli/command.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/reconstruction.h"
#include "cli/sets.h"
#include "cli/trained.h"
#include "cli/wrap.h"
#include "net/run_files.h"

#include <limits.h>
#include <math.h>
#include <string.h>

struct options {
    char out[LK_WORDS_MAX], npy[LK_WORDS_MAX], folder[LK_WORDS_MAX], originals[LK_WORDS_MAX];
    lk_picture_options from;
    lk_strings set;
    bool force, json;
};

static const lk_option options[] = {
    LK_OPTION_OUTPUT(struct options, out, "FILE.png|svg|pdf",
                     "figure to write: rows of 8 originals, each row above its reconstructions by "
                     "each RUN, with one RUN also the error; without -n and with more than 16 "
                     "pictures those from "
                     "the typical one to the worst, by quantiles of SSIM" LK_HELP_DEFAULT_OUT(
                         "reconstruct", ".png")),
    LK_OPTION_OUTPUT(struct options, npy, "FILE.npy",
                     "array to write: the reconstructions in the given order, float32 N x C x H x "
                     "W; with several runs RUNS x N x C x H x W"),
    LK_OPTION_NAMED(struct options, folder, "DIR",
                    "new folder for one PNG per reconstruction, called like its picture; with "
                    "several runs a subfolder for each"),
    LK_OPTION_NAMED(struct options, originals, "DIR",
                    "new folder for the originals, as the model sees them, under the same names; "
                    "of a pack also without a RUN"),
    LK_OPTIONS_PICTURES(struct options, from),
    LK_OPTION_SET(struct options, "the models' configs"),
    LK_OPTION_BOOLEAN(struct options, force, false,
                      "write into folders that hold files already, and replace pictures of equal "
                      "names"),
    LK_OPTION_BOOLEAN(struct options, json, false,
                      "one JSON object, with ssim and mse of each picture"),
    { 0 },
};

/* ---- printing ---- */

static double score(const lk_reconstruction *r, lk_metric metric, int i) {
    return r->metrics ? lk_metrics_score(r->metrics, metric, (size_t)i).value : (double)NAN;
}

static double mean(const lk_reconstruction *r, lk_metric metric) {
    return r->metrics ? r->summary.value[metric] : (double)NAN;
}

static bool add_pair(cJSON *images, const lk_reconstructions *all, const lk_reconstruction *r,
                     int i) {
    cJSON *image = cJSON_CreateObject();
    const lk_picture *picture = &all->pictures.items[i];
    return cJSON_AddItemToArray(images, image) &&
           cJSON_AddStringToObject(image, "image", picture->name) &&
           (picture->row < 0 || lk_json_add_number(image, "index", picture->row)) &&
           lk_json_add_number(image, "ssim", score(r, LK_METRIC_SSIM, i)) &&
           lk_json_add_number(image, "mse", score(r, LK_METRIC_MSE, i));
}

static bool add_run(cJSON *json, const lk_reconstructions *all, const lk_reconstruction *r) {
    cJSON *images = NULL;
    bool whole = lk_json_add_number(json, "ssim", mean(r, LK_METRIC_SSIM)) &&
                 lk_json_add_number(json, "mse", mean(r, LK_METRIC_MSE)) &&
                 (images = cJSON_AddArrayToObject(json, "images"));
    for (int i = 0; i < all->pictures.n && whole; i++) whole = add_pair(images, all, r, i);
    return whole;
}

static bool add_runs(cJSON *json, const lk_reconstructions *all) {
    cJSON *runs = cJSON_AddArrayToObject(json, "runs");
    for (int i = 0; i < all->n_runs && runs; i++) {
        const lk_reconstruction *r = &all->runs[i];
        cJSON *run = cJSON_CreateObject();
        if (!cJSON_AddItemToArray(runs, run) || !lk_cli_add_model(run, r->path, &r->unfinished) ||
            !cJSON_AddStringToObject(run, "label", r->label) || !add_run(run, all, r))
            return false;
    }
    return runs;
}

static bool add_written(cJSON *json, const lk_reconstructions *all, const struct options *given) {
    const char *const written[][2] = { { "out", given->out },
                                       { "npy", given->npy },
                                       { "folder", given->folder },
                                       { "originals", given->originals } };
    for (size_t i = 0; i < LK_COUNT(written); i++)
        if (*written[i][1] && !cJSON_AddStringToObject(json, written[i][0], written[i][1]))
            return false;
    return !*given->out || lk_json_add_number(json, "shown", all->n_shown);
}

static lk_status put_json(const lk_reconstructions *all, const struct options *given,
                          lk_error *err) {
    cJSON *json = cJSON_CreateObject();
    const lk_pictures *pictures = &all->pictures;
    bool whole =
        (all->n_runs != 1 || lk_cli_add_model(json, all->runs[0].path, &all->runs[0].unfinished)) &&
        lk_json_add_number(json, "n", pictures->n) &&
        lk_json_add_number(json, "size", pictures->shape.size) &&
        lk_json_add_number(json, "channels", pictures->shape.channels) &&
        add_written(json, all, given);
    if (all->n_runs == 1) whole = whole && add_run(json, all, &all->runs[0]);
    if (all->n_runs > 1) whole = whole && add_runs(json, all);
    return lk_cli_put_json(json, whole, err);
}

static void add_name(lk_text *out, const char *name, const char *more) {
    if (!*name) return;
    lk_text_add(out, "%s", out->n ? ", " : "");
    lk_text_name(out, name);
    lk_text_add(out, "%s", more);
}

static lk_status put_text(const lk_reconstructions *all, const struct options *given,
                          lk_error *err) {
    lk_text out = { 0 }, lines = { 0 };
    char n[32], shown[64] = "";
    int n_all = all->pictures.n;
    if (all->n_shown < n_all)
        lk_format(shown, sizeof shown, all->by_quantiles ? " (%s by quantiles)" : " (the first %s)",
                  lk_count_text(all->n_shown, n));
    add_name(&out, given->out, shown);
    add_name(&out, given->npy, "");
    add_name(&out, given->folder, "");
    add_name(&out, given->originals, " (originals)");
    lk_text_add(&out, ": %s picture%s", lk_count_text(n_all, n), n_all == 1 ? "" : "s");
    if (all->n_runs == 1 && all->runs[0].metrics)
        lk_text_add(&out, ", ssim %.4f, mse %.6f", mean(&all->runs[0], LK_METRIC_SSIM),
                    mean(&all->runs[0], LK_METRIC_MSE));
    lk_text_add(&out, "\n");
    for (int i = 0; i < all->n_runs && all->n_runs > 1; i++) {
        lk_text_name(&lines, all->runs[i].label);
        lk_text_add(&lines, "\tssim %.4f\tmse %.6f\n", mean(&all->runs[i], LK_METRIC_SSIM),
                    mean(&all->runs[i], LK_METRIC_MSE));
    }
    lk_cli_align(&lines, "lll", &out);
    lk_text_deinit(&lines);
    return lk_cli_put_lines(&out, err);
}

/* ---- the command ---- */

static bool is_run(const char *word) {
    static const char *const files[] = { LK_RUN_CONFIG, LK_RUN_MODEL, LK_RUN_LAST };
    char path[LK_PATH_MAX];
    if (!lk_folder_exists(word)) return lk_cli_has_format(word, "safetensors");
    for (size_t i = 0; i < LK_COUNT(files); i++)
        if (lk_format(path, sizeof path, "%s/%s", word, files[i]) && lk_file_may_exist(path))
            return true;
    return false;
}

static lk_status wrong_usage(const lk_cli *cli, const char *what, lk_error *err) {
    return lk_fail(err, LK_USAGE, "%s; usage: likeness reconstruct %s", what, cli->command->usage);
}

/* Runs come first: the first word is one, and those after it that look like one. */
static lk_status count_runs(const lk_cli *cli, int *n_runs, lk_error *err) {
    const struct options *given = cli->options;
    bool has_data = *given->from.data;
    int n = 0;
    if (cli->n_arguments == 0 && !(has_data && *given->originals))
        return wrong_usage(cli, "too few words", err);
    if (cli->n_arguments == 0 && (*given->out || *given->npy || *given->folder))
        return wrong_usage(cli, "expected a RUN for reconstructions, got none", err);
    for (; n < cli->n_arguments && (n == 0 || is_run(cli->arguments[n])); n++) {
    }
    for (int i = n; i < cli->n_arguments; i++)
        if (is_run(cli->arguments[i]))
            return lk_fail(err, LK_USAGE, "expected every RUN before the first IMAGE, got %s after",
                           cli->arguments[i]);
    *n_runs = n;
    return LK_OK;
}

static lk_status run(lk_cli *cli, lk_error *err) {
    struct options *given = cli->options;
    lk_reconstruction_plan plan = { .out = given->out,
                                    .npy = given->npy,
                                    .folder = given->folder,
                                    .originals = given->originals,
                                    .from = &given->from,
                                    .sets = &given->set,
                                    .force = given->force };
    lk_status status = count_runs(cli, &plan.n_runs, err);
    if (status) return status;
    if (!*given->npy && !*given->folder && !*given->originals)
        lk_cli_default_out(cli, "reconstruct.png");
    given->from.needed = true;
    lk_reconstructions all;
    status = lk_reconstruct(cli, &plan, &all, err);
    if (!status) status = given->json ? put_json(&all, given, err) : put_text(&all, given, err);
    lk_reconstructions_deinit(&all);
    return status;
}

const lk_command lk_command_reconstruct = {
    .name = "reconstruct",
    .summary = "Show what trained models make of pictures",
    .example = "likeness reconstruct runs/ae runs/vae --data faces.lkd -n 8 --out grid.png",
    .usage = "RUN... [IMAGE...] [--data FILE.lkd] [-n N] [--out FILE] [--npy FILE.npy] "
             "[--folder DIR] [--originals DIR] [options]",
    .details = LK_HELP_RUN
    " There may be several RUNs for the same size of pictures; they come "
    "first: after the first word, a folder with config.json or model.safetensors and a file "
    "called .safetensors is a RUN, "
    "anything else an IMAGE. The first RUN says how pictures are cut and "
    "resized.\n" LK_HELP_IMAGES,
    .options = options,
    .options_size = sizeof(struct options),
    .min_arguments = 0,
    .max_arguments = INT_MAX,
    .computes = true,
    .run = run,
};
