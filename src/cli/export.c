/* likeness export: write a trained model for other programs. */
#include "base/file.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/trained.h"

#include <likeness/export.h>

struct options {
    char onnx[LK_WORDS_MAX];
    bool force, json;
};

static const lk_option options[] = {
    LK_OPTION_NAMED(struct options, onnx, "DIR",
                    "folder for " LK_ONNX_ENCODER " and " LK_ONNX_DECODER
                    "; it is made if it does not exist"),
    LK_OPTION_BOOLEAN(struct options, force, false, "replace files of these names"),
    LK_OPTION_BOOLEAN(struct options, json, false, "one JSON object: what was written"),
    { 0 },
};

static lk_status put(const char *encoder, const char *decoder, bool as_json, lk_error *err) {
    if (as_json) {
        cJSON *json = cJSON_CreateObject();
        bool whole = cJSON_AddStringToObject(json, "encoder", encoder) &&
                     cJSON_AddStringToObject(json, "decoder", decoder);
        return lk_cli_put_json(json, whole, err);
    }
    lk_text text = { 0 };
    lk_text_name(&text, encoder);
    lk_text_add(&text, ": pictures to code\n");
    lk_text_name(&text, decoder);
    lk_text_add(&text, ": code to pictures\n");
    return lk_cli_put(&text, err);
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const struct options *o = cli->options;
    char encoder[LK_PATH_MAX], decoder[LK_PATH_MAX];
    lk_status status = lk_export_onnx(&cli->context, cli->arguments[0], o->onnx, o->force, err);
    if (status) return status;
    lk_format(encoder, sizeof encoder, "%s/" LK_ONNX_ENCODER, o->onnx);
    lk_format(decoder, sizeof decoder, "%s/" LK_ONNX_DECODER, o->onnx);
    return put(encoder, decoder, o->json, err);
}

const lk_command lk_command_export = {
    .name = "export",
    .summary = "Write a trained model as ONNX files",
    .example = "likeness export runs/vae --onnx vae",
    .usage = "RUN --onnx DIR [options]",
    .details = LK_HELP_RUN
    "\n" LK_ONNX_ENCODER " turns \"pictures\" (N x C x H x W, values in [0, 1]) into \"code\" "
    "(N x latents, or N x C x H x W for codes with a shape), what the command encode writes; "
    "of a vae this is the mean, and \"logvar\" comes with it; of a vq \"indices\" comes with "
    "it, the number of the nearest code of each vector. " LK_ONNX_DECODER
    " turns \"code\" into \"pictures\", what reconstruct --npy writes. N may be any number. "
    "Both compute in float32, as in evaluation; they are opset 17, IR version 8.",
    .options = options,
    .options_size = sizeof(struct options),
    .required = "onnx",
    .min_arguments = 1,
    .max_arguments = 1,
    .computes = true,
    .run = run,
};
