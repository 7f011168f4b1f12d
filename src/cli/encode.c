/* likeness encode: write the codes of a split of a pack. */
#include "cli/command.h"
#include "cli/output.h"
#include "cli/pictures.h"
#include "cli/trained.h"
#include "evaluate/scores.h"
#include "io/npy.h"

#include <likeness/loader.h>

struct options {
    char data[LK_WORDS_MAX], out[LK_WORDS_MAX], names[LK_WORDS_MAX];
    int split;
    bool json;
};

static const lk_option options[] = {
    LK_OPTION_NAMED(struct options, data, "FILE.lkd", "the pack to encode" LK_HELP_RUN_DATA),
    LK_OPTION_WORD(struct options, split, "test", LK_WORDS(LK_SPLIT_LIST), "the split to encode"),
    LK_OPTION_OUTPUT(
        struct options, out, "FILE.npy",
        "array to write: float32 N x latents, or N x C x H x W for codes with a shape, in "
        "the pack's order; the means if the model's codes are distributions" LK_HELP_DEFAULT_OUT(
            "codes", ".npy")),
    LK_OPTION_OUTPUT(struct options, names, "FILE.csv",
                     "CSV file to write: index and name of the picture of each row"),
    LK_OPTION_BOOLEAN(struct options, json, false, "one JSON object: what was written"),
    { 0 },
};

struct work {
    const struct options *given;
    lk_trained encoder;
    lk_pack *pack;
    lk_loader *loader;
    int n, latents;
    lk_real *codes;
};

static lk_status open_all(struct work *w, const lk_cli *cli, lk_error *err) {
    lk_status status =
        lk_trained_open_part(cli->arguments[0], &cli->context, LK_MODEL_ENCODER, &w->encoder, err);
    char data[LK_PATH_MAX];
    if (!status)
        status = lk_cli_open_pack(cli, cli->arguments[0], w->given->data, data, &w->pack, err);
    if (status) return status;
    status = lk_cli_check_pack(w->pack, data, w->encoder.net.images, err);
    if (status) return status;
    lk_loader_options loader = { .split = (lk_split)w->given->split,
                                 .batch_size = LK_EVALUATION_BATCH };
    status = lk_loader_create(w->pack, &loader, &w->loader, err);
    if (status) {
        lk_error_prefix(err, "%s", data);
        return status;
    }
    w->n = lk_pack_count(w->pack, loader.split);
    w->latents = w->encoder.net.model.latent->shape.d[1];
    size_t bytes = lk_size_mul((size_t)w->n, (size_t)w->latents * sizeof *w->codes);
    w->codes = lk_alloc(bytes);
    return w->codes ? LK_OK : lk_fail_memory(err, bytes, "the codes");
}

/* The loader fills the encoder's input directly. */
static lk_status encode(struct work *w, const lk_context *context, lk_error *err) {
    const lk_model *model = &w->encoder.net.model;
    lk_real *to = w->codes;
    for (int batch = 0; batch < lk_loader_batches(w->loader); batch++) {
        int n = lk_loader_fill(w->loader, context, 0, batch, model->images->value, NULL);
        lk_graph_forward(w->encoder.net.graph, LK_EVAL, n, 0);
        size_t values = (size_t)n * (size_t)w->latents;
        for (size_t i = 0; i < values; i++) to[i] = model->latent->value[i];
        to += values;
    }
    return lk_graph_status(w->encoder.net.graph, err);
}

static lk_status write_codes(const struct work *w, lk_error *err) {
    lk_shape code = lk_config_code(&w->encoder.config);
    size_t shape[4] = { (size_t)w->n };
    for (int i = 0; i < code.rank; i++) shape[i + 1] = (size_t)code.d[i];
    return lk_npy_write(w->given->out, w->codes, shape, code.rank + 1, err);
}

static lk_status put(const struct work *w, lk_error *err) {
    if (!w->given->json) {
        lk_text text = { 0 };
        char n[32];
        lk_text_add(&text, "%s: %s codes of %d numbers\n", w->given->out, lk_count_text(w->n, n),
                    w->latents);
        return lk_cli_put(&text, err);
    }
    cJSON *json = cJSON_CreateObject();
    bool whole = lk_cli_add_model(json, w->encoder.path, &w->encoder.unfinished) &&
                 lk_json_add_number(json, "n", w->n) &&
                 lk_json_add_number(json, "latents", w->latents) &&
                 cJSON_AddStringToObject(json, "out", w->given->out) &&
                 (!*w->given->names || cJSON_AddStringToObject(json, "names", w->given->names));
    return lk_cli_put_json(json, whole, err);
}

static lk_status run(lk_cli *cli, lk_error *err) {
    struct work *w = lk_alloc(sizeof *w);
    if (!w) return lk_fail_memory(err, sizeof *w, "encoding");
    lk_cli_default_out(cli, "codes.npy");
    w->given = cli->options;
    lk_status status = open_all(w, cli, err);
    if (!status) status = encode(w, &cli->context, err);
    if (!status) status = write_codes(w, err);
    if (!status && *w->given->names)
        status =
            lk_scores_write_csv(w->given->names, w->pack, (lk_split)w->given->split, NULL, err);
    if (!status) status = put(w, err);
    lk_free(w->codes);
    lk_loader_destroy(w->loader);
    lk_pack_close(w->pack);
    lk_trained_close(&w->encoder);
    lk_free(w);
    return status;
}

const lk_command lk_command_encode = {
    .name = "encode",
    .summary = "Write the codes of a split of a pack",
    .example = "likeness encode runs/vae --split test --out codes.npy",
    .usage = "RUN [--data FILE.lkd] [--split test] [--out FILE.npy] [options]",
    .details = LK_HELP_RUN,
    .options = options,
    .options_size = sizeof(struct options),
    .min_arguments = 1,
    .max_arguments = 1,
    .computes = true,
    .run = run,
};
