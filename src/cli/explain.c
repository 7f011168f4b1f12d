/* likeness explain: draws what mse, ssim and lwssim ask of a model's reconstruction, and why a
   product of similarities fails. */
#include "explain/explain.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/pictures.h"
#include "cli/trained.h"
#include "cli/wrap.h"

#include <likeness/pack.h>

struct options {
    char out[LK_WORDS_MAX], data[LK_WORDS_MAX];
    int64_t index, crop;
    int split;
    bool json;
};

static const lk_option options[] = {
    LK_OPTION_OUTPUT(struct options, out, "FILE.png",
                     "PNG to write" LK_HELP_DEFAULT_OUT("explain", ".png")),
    LK_OPTION_NAMED(struct options, data, "FILE.lkd",
                    "a pack to take the picture from, instead of IMAGE" LK_HELP_RUN_DATA),
    LK_OPTION_INTEGER(struct options, index, 0, 0, 1e9,
                      "which picture of the pack's split, from 0"),
    LK_OPTION_WORD(struct options, split, "test", LK_WORDS(LK_SPLIT_LIST),
                   "which split of the pack"),
    LK_OPTION_CROP(struct options),
    LK_OPTION_BOOLEAN(struct options, json, false,
                      "one JSON object: the numbers, curves as arrays"),
    { 0 },
};

static lk_status read_picture(lk_cli *cli, const lk_trained *model, lk_pictures *pictures,
                              lk_real *out, lk_error *err) {
    const struct options *given = cli->options;
    lk_picture_options from = { .split = given->split };
    lk_format(from.data, sizeof from.data, "%s", given->data);
    if (cli->n_arguments == 1)
        lk_format(from.index, sizeof from.index, "%lld", (long long)given->index);
    lk_status status =
        lk_pictures_open(cli, &from, cli->arguments + 1, cli->n_arguments - 1, pictures, err);
    if (!status && pictures->n != 1)
        return lk_fail(err, LK_USAGE, "%s: expected one picture, got %d", cli->arguments[1],
                       pictures->n);
    if (!status) status = lk_pictures_read(pictures, cli, model, given->crop, err);
    if (!status) lk_pictures_numbers(pictures, 0, 1, out);
    return status;
}

static lk_status explain(lk_cli *cli, lk_trained *model, lk_explanation *explanation,
                         lk_error *err) {
    lk_pictures pictures = { 0 };
    size_t n_bytes = lk_cli_picture_values(model->net.images) * sizeof(lk_real);
    lk_real *image = lk_alloc(n_bytes);
    if (!image) return lk_fail_memory(err, n_bytes, "a picture");
    lk_status status = read_picture(cli, model, &pictures, image, err);
    if (!status) status = lk_explain(model, image, explanation, err);
    lk_pictures_close(&pictures);
    lk_free(image);
    return status;
}

static lk_status put_json(const lk_explanation *explanation, const lk_cli *cli,
                          const lk_trained *model, lk_error *err) {
    const struct options *given = cli->options;
    cJSON *json = NULL;
    lk_status status = lk_explanation_json(explanation, &json, err);
    if (status) return status;
    bool whole = lk_cli_add_model(json, model->path, &model->unfinished) &&
                 cJSON_AddStringToObject(json, "out", given->out);
    return lk_cli_put_json(json, whole, err);
}

static lk_status put_text(const lk_explanation *e, const char *path, lk_error *err) {
    lk_text out = { 0 };
    lk_text_add(&out, "%s: ssim %.4f, mse %.6f; losses", path, e->ssim, e->mse);
    for (int i = 0; i < LK_N_EXPLAINED_LOSSES; i++)
        lk_text_add(&out, "%s %s %.4g", i ? "," : "", lk_explained_losses[i], e->losses[i].value);
    lk_text_add(&out, "\n");
    return lk_cli_put_lines(&out, err);
}

static lk_status check_source(const lk_cli *cli, lk_error *err) {
    const struct options *given = cli->options;
    bool file = cli->n_arguments == 2, pack = *given->data;
    if (file && pack)
        return lk_fail(err, LK_USAGE, "expected either IMAGE or --data FILE.lkd, got both");
    if (file && (lk_cli_given(cli, "index") || lk_cli_given(cli, "split")))
        return lk_fail(err, LK_USAGE, "--%s: expected without IMAGE",
                       lk_cli_given(cli, "index") ? "index" : "split");
    if (!file && lk_cli_given(cli, "crop")) return lk_fail(err, LK_USAGE, "--crop needs IMAGE");
    return LK_OK;
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const struct options *given = cli->options;
    lk_trained *model = lk_alloc(sizeof *model);
    lk_explanation *explanation = lk_alloc(sizeof *explanation);
    bool opened = false;
    lk_cli_default_out(cli, "explain.png");
    lk_status status = model && explanation
                           ? check_source(cli, err)
                           : lk_fail_memory(err, sizeof *model + sizeof *explanation, "explaining");
    if (!status) status = lk_trained_open(cli->arguments[0], &cli->context, NULL, 0, model, err);
    opened = !status;
    if (!status) status = explain(cli, model, explanation, err);
    if (!status) status = lk_explanation_write(explanation, given->out, err);
    if (!status)
        status = given->json ? put_json(explanation, cli, model, err)
                             : put_text(explanation, given->out, err);
    if (opened) {
        lk_explanation_deinit(explanation);
        lk_trained_close(model);
    }
    lk_free(explanation);
    lk_free(model);
    return status;
}

const lk_command lk_command_explain = {
    .name = "explain",
    .summary = "Draw what losses ask of a reconstruction, and why ssim's product fails where "
               "lwssim's sum does not",
    .example = "likeness explain runs/vae face.png --out explain.png",
    .usage = "RUN [IMAGE] [--data FILE.lkd] [--split test] [--index 0] [--out FILE.png] [--json]",
    .details =
        "The figure has three parts. 1: the gradient of mse, ssim and lwssim at each pixel "
        "of the reconstruction. 2: these "
        "losses and their gradients as the original's brightness, contrast and saturation "
        "are scaled by k, where k = 1 "
        "is the truth. 3: luminance, contrast and structure of the original blurred, darker, both, "
        "and without detail, and how hard "
        "their product and their sum pull its brightness back. Losses have their default "
        "options; gradients are those of "
        "training. " LK_HELP_RUN " " LK_HELP_IMAGE,
    .options = options,
    .options_size = sizeof(struct options),
    .min_arguments = 1,
    .max_arguments = 2,
    .computes = true,
    .run = run,
};
