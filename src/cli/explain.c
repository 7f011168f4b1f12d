/* likeness explain: draws what mse, ssim and lwssim ask of a model's reconstruction, and why a
   product of similarities fails. */
#include "explain/explain.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/pictures.h"
#include "cli/trained.h"
#include "cli/wrap.h"
#include "net/run_files.h"

#include <likeness/pack.h>

#include <string.h>

struct options {
    char out[LK_WORDS_MAX], data[LK_WORDS_MAX];
    int64_t index, crop;
    int split;
    bool json;
};

static const lk_option options[] = {
    LK_OPTION_OUTPUT(struct options, out, "FILE.png|svg|pdf",
                     "figure to write" LK_HELP_DEFAULT_OUT("explain", ".png")),
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

static const char *type_of(const cJSON *section) {
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(section, "type"));
    return type ? type : "unknown";
}

/* "lwssim (windows [7,11,15])": a section of the config, which has all its keys. An open model has
   no loss any more. */
static lk_status add_section(const cJSON *section, lk_text *out, lk_error *err) {
    bool any = false;
    lk_status status = LK_OK;
    lk_text_add(out, "%s", type_of(section));
    for (const cJSON *item = section ? section->child : NULL; item && !status; item = item->next) {
        lk_text value = { 0 };
        if (strcmp(item->string, "type") == 0) continue;
        status = lk_json_print(item, false, &value, err);
        if (!status) lk_text_add(out, "%s%s %s", any ? ", " : " (", item->string, value.data);
        lk_text_deinit(&value);
        any = true;
    }
    lk_text_add(out, "%s", any ? ")" : "");
    return status;
}

/* The run, its losses and the picture. */
static lk_status write_caption(const lk_trained *model, const char *picture, lk_text *out,
                               lk_error *err) {
    char name[LK_WORDS_MAX];
    const cJSON *regularizer = model->config.regularizer.json;
    lk_text_add(out, "%s, trained with ", lk_run_name(model->config.name, model->path, name));
    lk_status status = add_section(model->config.reconstruction.json, out, err);
    if (!status && regularizer && strcmp(type_of(regularizer), "none") != 0) {
        lk_text_add(out, " and ");
        status = add_section(regularizer, out, err);
    }
    lk_text_add(out, ". Picture: %s. The losses below have their default options.", picture);
    if (!status && out->failed) status = lk_fail_memory(err, out->n, "a caption");
    return status;
}

static lk_status write_figure(const lk_cli *cli, const lk_trained *model, const char *picture,
                              const lk_explanation *explanation, lk_error *err) {
    const struct options *given = cli->options;
    lk_text caption = { 0 };
    lk_cli_origin origin;
    lk_cli_origin_init(&origin, cli, model, "What losses ask of a reconstruction");
    lk_status status = write_caption(model, picture, &caption, err);
    if (!status)
        status = lk_explanation_write(explanation, given->out, caption.data, &origin.notes, err);
    lk_cli_origin_deinit(&origin);
    lk_text_deinit(&caption);
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
    if (!status) status = write_figure(cli, model, pictures.items[0].name, explanation, err);
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
    .usage = "RUN [IMAGE] [--data FILE.lkd] [--split test] [--index 0] [--out FILE] [--json]",
    .details =
        "The figure begins with its conclusion and has three parts. The first is about the run: "
        "the gradient of mse, ssim and lwssim at each pixel of the reconstruction. The others "
        "depend on the picture alone: luminance, contrast and structure of the original blurred, "
        "darker, both, and without detail, and how hard their product and their sum pull its "
        "brightness back; then the losses and their gradients as the original's brightness, "
        "contrast and saturation are scaled by k, where k = 1 is the truth. Losses have their "
        "default "
        "options; gradients are those of "
        "training. " LK_HELP_RUN " " LK_HELP_IMAGE,
    .options = options,
    .options_size = sizeof(struct options),
    .min_arguments = 1,
    .max_arguments = 2,
    .computes = true,
    .run = run,
};
