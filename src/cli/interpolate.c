/* likeness interpolate: show what lies between the codes of pictures. */
#include "cli/command.h"
#include "cli/output.h"
#include "cli/pictures.h"
#include "cli/trained.h"
#include "draw/collage.h"
#include "evaluate/between.h"
#include "net/run_files.h"

#include <limits.h>
#include <string.h>

#define PATH_LIST(X) X(auto, AUTO) X(linear, LINEAR) X(spherical, SPHERICAL)
enum { STEPS_MAX = 64 };
enum path { PATH_LIST(LK_WORDS_ENUM) };

struct options {
    char out[LK_WORDS_MAX];
    int64_t steps;
    lk_picture_options from;
    int path; /* enum path */
    bool json;
};

static const lk_option options[] = {
    LK_OPTION_OUTPUT(
        struct options, out, "FILE.png|svg|pdf",
        "figure to write: a row from each picture to the next, with the two pictures at "
        "its ends" LK_HELP_DEFAULT_OUT("interpolate", ".png")),
    LK_OPTION_INTEGER(struct options, steps, 8, 2, STEPS_MAX,
                      "codes from each picture to the next, both ends included"),
    LK_OPTION_WORD(
        struct options, path, "auto", LK_WORDS(PATH_LIST),
        "path between two codes; spherical keeps the length that codes of the prior have; "
        "auto is spherical if the model has a prior, otherwise linear"),
    LK_OPTIONS_PICTURES(struct options, from),
    LK_OPTION_BOOLEAN(struct options, json, false, "one JSON object: what was written"),
    { 0 },
};

struct work {
    lk_cli *cli;
    const struct options *given;
    lk_pictures from;
    lk_trained encoder, decoder;
    lk_image_shape shape;
    int n, latents; /* number of pictures; numbers in a code */
    bool spherical;
    lk_real *originals, *codes;  /* (n, H, W, C), (n, Z) */
    lk_real *between, *pictures; /* (n - 1, steps, Z), (n - 1, steps, H, W, C) */
};

static void fill_between(struct work *w) {
    int steps = (int)w->given->steps;
    lk_real *to = w->between;
    for (int pair = 0; pair + 1 < w->n; pair++) {
        const lk_real *a = w->codes + (size_t)pair * (size_t)w->latents, *b = a + w->latents;
        for (int step = 0; step < steps; step++) {
            lk_code_between(a, b, w->latents, (double)step / (steps - 1), w->spherical, to);
            to += w->latents;
        }
    }
}

/* Above the first and the last column, which are the pictures themselves. */
static lk_status write_figure(const struct work *w, const lk_real *const *cells, lk_error *err) {
    const char *heads[STEPS_MAX + 2] = { "picture" };
    char title[LK_WORDS_MAX + 80], name[LK_WORDS_MAX];
    int columns = (int)w->given->steps + 2;
    heads[columns - 1] = "picture";
    lk_format(title, sizeof title, "%s: %s path between the codes of pictures",
              lk_run_name(w->encoder.config.name, w->encoder.path, name),
              w->spherical ? "spherical" : "linear");
    const lk_collage collage = { .shape = w->shape,
                                 .n_rows = w->n - 1,
                                 .n_columns = columns,
                                 .cells = cells,
                                 .title = title,
                                 .heads = heads };
    lk_cli_origin origin;
    lk_cli_origin_init(&origin, w->cli, &w->encoder, title);
    lk_status status = lk_collage_write(w->given->out, &collage, &origin.notes, err);
    lk_cli_origin_deinit(&origin);
    return status;
}

static lk_status write_table(const struct work *w, lk_error *err) {
    int rows = w->n - 1, steps = (int)w->given->steps, columns = steps + 2;
    size_t n_cells = (size_t)rows * (size_t)columns, image = lk_cli_picture_values(w->shape);
    const lk_real **cells = lk_alloc(lk_size_mul(n_cells, sizeof *cells)), **cell = cells;
    if (!cells) return lk_fail_memory(err, lk_size_mul(n_cells, sizeof *cells), w->given->out);
    for (int row = 0; row < rows; row++) {
        *cell++ = w->originals + (size_t)row * image;
        for (int step = 0; step < steps; step++)
            *cell++ = w->pictures + ((size_t)row * (size_t)steps + (size_t)step) * image;
        *cell++ = w->originals + (size_t)(row + 1) * image;
    }
    lk_status status = write_figure(w, cells, err);
    lk_free(cells);
    return status;
}

static lk_status open_model(struct work *w, lk_error *err) {
    const char *path = w->cli->arguments[0];
    lk_status status =
        lk_trained_open_part(path, &w->cli->context, LK_MODEL_ENCODER, &w->encoder, err);
    if (!status)
        status = lk_trained_open_other(&w->encoder, &w->cli->context, LK_MODEL_DECODER, &w->decoder,
                                       err);
    if (status) return status;
    bool has_prior = lk_prior_variance(&w->encoder.config.regularizer.chosen) > 0;
    w->shape = w->encoder.net.images;
    w->latents = w->encoder.net.model.latent->shape.d[1];
    w->spherical = w->given->path == SPHERICAL || (w->given->path == AUTO && has_prior);
    return LK_OK;
}

static lk_status reserve(struct work *w, lk_error *err) {
    size_t image = lk_cli_picture_values(w->shape) * sizeof(lk_real),
           code = (size_t)w->latents * sizeof(lk_real);
    size_t n = (size_t)w->n, n_between = lk_size_mul(n - 1, (size_t)w->given->steps);
    w->originals = lk_alloc(lk_size_mul(n, image));
    w->codes = lk_alloc(lk_size_mul(n, code));
    w->between = lk_alloc(lk_size_mul(n_between, code));
    w->pictures = lk_alloc(lk_size_mul(n_between, image));
    return w->originals && w->codes && w->between && w->pictures
               ? LK_OK
               : lk_fail_memory(err, lk_size_mul(n_between, image), "the pictures");
}

static lk_status open_pictures(struct work *w, lk_error *err) {
    const lk_picture_options *from = &w->given->from;
    if (*from->data && !*from->index && !from->n)
        return lk_fail(err, LK_USAGE, "--data: expected --index LIST or -n N with it, got neither");
    lk_status status = lk_pictures_open(w->cli, from, w->cli->arguments + 1,
                                        w->cli->n_arguments - 1, &w->from, err);
    if (!status) status = lk_pictures_check_output(&w->from, "--out", w->given->out, err);
    w->n = w->from.n;
    if (!status && w->n < 2)
        return lk_fail(err, LK_USAGE, "expected at least 2 pictures, got %d; usage: likeness %s %s",
                       w->n, w->cli->command->name, w->cli->command->usage);
    return status;
}

static lk_status do_all(struct work *w, lk_error *err) {
    lk_status status = lk_cli_refuse_runs(w->cli, err);
    if (!status) status = open_pictures(w, err);
    if (!status) status = open_model(w, err);
    if (!status)
        status = lk_collage_check(w->given->out, w->shape, w->n - 1, w->given->steps + 2,
                                  "fewer pictures or --steps are needed", err);
    if (!status) status = lk_pictures_read(&w->from, w->cli, &w->encoder, w->given->from.crop, err);
    if (!status) status = reserve(w, err);
    if (status) return status;
    lk_pictures_numbers(&w->from, 0, w->n, w->originals);
    const lk_model *encoder = &w->encoder.net.model, *decoder = &w->decoder.net.model;
    lk_net_map(encoder->images, encoder->latent, w->originals, w->n, w->codes);
    fill_between(w);
    lk_net_map(decoder->latent, decoder->output, w->between, (w->n - 1) * (int)w->given->steps,
               w->pictures);
    status = lk_graph_status(decoder->latent->graph, err);
    return status ? status : write_table(w, err);
}

static lk_status put(const struct work *w, lk_error *err) {
    const char *path = w->spherical ? "spherical" : "linear";
    if (!w->given->json) {
        lk_text text = { 0 };
        lk_text_add(&text, "%s: %d row%s of %lld steps, %s\n", w->given->out, w->n - 1,
                    w->n == 2 ? "" : "s", (long long)w->given->steps, path);
        return lk_cli_put(&text, err);
    }
    cJSON *json = cJSON_CreateObject();
    bool whole = lk_cli_add_model(json, w->encoder.path, &w->encoder.unfinished) &&
                 lk_json_add_number(json, "rows", w->n - 1) &&
                 lk_json_add_number(json, "steps", (double)w->given->steps) &&
                 cJSON_AddStringToObject(json, "path", path) &&
                 cJSON_AddStringToObject(json, "out", w->given->out);
    return lk_cli_put_json(json, whole, err);
}

static lk_status run(lk_cli *cli, lk_error *err) {
    struct work *w = lk_alloc(sizeof *w);
    if (!w) return lk_fail_memory(err, sizeof *w, "interpolating");
    lk_cli_default_out(cli, "interpolate.png");
    w->cli = cli;
    w->given = cli->options;
    lk_status status = do_all(w, err);
    if (!status) status = put(w, err);
    lk_free(w->originals);
    lk_free(w->codes);
    lk_free(w->between);
    lk_free(w->pictures);
    lk_pictures_close(&w->from);
    lk_trained_close(&w->decoder);
    lk_trained_close(&w->encoder);
    lk_free(w);
    return status;
}

const lk_command lk_command_interpolate = {
    .name = "interpolate",
    .summary = "Show what lies between the codes of pictures",
    .example = "likeness interpolate runs/vae a.png b.png --out between.png",
    .usage = "RUN A B [MORE...] | RUN [--data FILE.lkd] --index LIST  [--out FILE] [options]",
    .details = LK_HELP_RUN " A, B, ... are pictures, each an IMAGE.\n" LK_HELP_IMAGES,
    .options = options,
    .options_size = sizeof(struct options),
    .min_arguments = 1,
    .max_arguments = INT_MAX,
    .computes = true,
    .run = run,
};
