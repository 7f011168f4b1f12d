/* likeness sample: make pictures of codes drawn from a model's prior. */
#include "base/file.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/picture_files.h"
#include "cli/pictures.h"
#include "cli/trained.h"
#include "draw/collage.h"
#include "evaluate/prior.h"
#include "net/run_files.h"

#include <likeness/image.h>

#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IN_A_GRID = 4096 };

struct options {
    char out[LK_WORDS_MAX], npy[LK_WORDS_MAX], folder[LK_WORDS_MAX], data[LK_WORDS_MAX];
    int64_t n, seed;
    bool fit, force, json;
};

static const lk_option options[] = {
    LK_OPTION_INTEGER(struct options, n, 64, 1, 100000, "number of pictures"),
    LK_OPTION_INTEGER(struct options, seed, 1, 0, 9007199254740991.0,
                      "seed of the codes: the same seed gives the same bytes"),
    LK_OPTION_BOOLEAN(struct options, fit, false,
                      "draw the codes from a Gaussian fitted to those of the training pictures, "
                      "for a model without a prior"),
    LK_OPTION_NAMED(struct options, data, "FILE.lkd",
                    "the pack with these pictures" LK_HELP_RUN_DATA),
    LK_OPTION_OUTPUT(struct options, out, "FILE.png|svg|pdf",
                     "figure to write: all pictures in a grid, row by row" LK_HELP_DEFAULT_OUT(
                         "sample", ".png")),
    LK_OPTION_OUTPUT(struct options, npy, "FILE.npy", "array to write: float32 N x C x H x W"),
    LK_OPTION_NAMED(struct options, folder, "DIR",
                    "folder for one file per picture: 00000.png, 00001.png, ..."),
    LK_OPTION_BOOLEAN(
        struct options, force, false,
        "remove pictures of --folder with numbers from -n on, left by an earlier call"),
    LK_OPTION_BOOLEAN(struct options, json, false, "one JSON object: what was written"),
    { 0 },
};

struct work {
    const struct options *given;
    lk_trained trained; /* the decoder */
    lk_image_shape shape;
    lk_pack *pack; /* with --fit */
    lk_prior prior;
    lk_real *codes, *pictures; /* codes: a batch; pictures: all if keeps, otherwise a batch */
    bool keeps;                /* all pictures are needed at the end */
};

static const char file_names[] = "[0-9][0-9][0-9][0-9][0-9].png"; /* of write_files */

/* Whether an earlier call, with more pictures, may have written a file of this name. */
static bool is_further(const char *name, int64_t n) {
    return fnmatch(file_names, name, 0) == 0 && strtol(name, NULL, 10) >= n;
}

/* Other programs compute scores of every picture in the folder, so old ones must not stay. */
static lk_status check_further(const struct options *given, lk_error *err) {
    DIR *folder = opendir(given->folder);
    lk_status status = LK_OK;
    if (!folder)
        return lk_fail(err, LK_WRITE, "%s: cannot open the folder: %s", given->folder,
                       strerror(errno));
    for (const char *name; !status && (name = lk_folder_next(folder));) {
        if (!is_further(name, given->n)) continue;
        if (!given->force)
            status = lk_fail(err, LK_USAGE,
                             "%s: expected at most %lld numbered pictures, got %s too; --force "
                             "removes these, or use another folder",
                             given->folder, (long long)given->n, name);
        else if (unlinkat(dirfd(folder), name, 0) != 0)
            status = lk_fail(err, LK_WRITE, "%s/%s: cannot remove: %s", given->folder, name,
                             strerror(errno));
    }
    if (!status && errno)
        status = lk_fail(err, LK_WRITE, "%s: cannot read the folder: %s", given->folder,
                         strerror(errno));
    closedir(folder);
    return status;
}

static lk_status write_files(const struct work *w, int first, int n, const lk_real *pictures,
                             lk_error *err) {
    lk_image image = { 0 };
    size_t n_values = lk_cli_picture_values(w->shape);
    lk_status status = lk_image_init(&image, w->shape.size, w->shape.size, w->shape.channels, err);
    for (int i = 0; i < n && !status; i++) {
        char path[LK_PATH_MAX];
        lk_format(path, sizeof path, "%s/%05d.png", w->given->folder, first + i);
        lk_bytes_from_reals(pictures + (size_t)i * n_values, n_values, image.pixels);
        status = lk_picture_file_write(path, &image, err);
    }
    lk_image_deinit(&image);
    return status;
}

static lk_status draw(struct work *w, lk_error *err) {
    const lk_model *decoder = &w->trained.net.model;
    int n_all = (int)w->given->n;
    lk_status status = LK_OK;
    for (int first = 0; first < n_all && !status; first += LK_EVALUATION_BATCH) {
        int n = n_all - first < LK_EVALUATION_BATCH ? n_all - first : LK_EVALUATION_BATCH;
        lk_real *pictures =
            w->pictures + (w->keeps ? (size_t)first * lk_cli_picture_values(w->shape) : 0);
        lk_prior_sample(&w->prior, (uint64_t)w->given->seed, first, n, decoder->latent->shape.d[1],
                        w->codes);
        lk_net_map(decoder->latent, decoder->output, w->codes, n, pictures);
        if (*w->given->folder) status = write_files(w, first, n, pictures, err);
    }
    return status ? status : lk_graph_status(w->trained.net.graph, err);
}

static lk_status write_grid(const struct work *w, const lk_cli *cli, lk_error *err) {
    int n = (int)w->given->n, columns = (int)ceil(sqrt((double)n)),
        rows = (n + columns - 1) / columns;
    size_t n_cells = (size_t)rows * (size_t)columns;
    const lk_real **cells = lk_alloc(n_cells * sizeof *cells);
    if (!cells) return lk_fail_memory(err, n_cells * sizeof *cells, w->given->out);
    for (int i = 0; i < n; i++)
        cells[i] = w->pictures + (size_t)i * lk_cli_picture_values(w->shape);
    char title[LK_WORDS_MAX + 64], name[LK_WORDS_MAX], count[32];
    lk_format(title, sizeof title, "%s: %s sample%s of %s, seed %lld",
              lk_run_name(w->trained.config.name, w->trained.path, name), lk_count_text(n, count),
              n == 1 ? "" : "s", w->given->fit ? "a Gaussian fitted to its codes" : "its prior",
              (long long)w->given->seed);
    const lk_collage collage = {
        .shape = w->shape, .n_rows = rows, .n_columns = columns, .cells = cells, .title = title
    };
    lk_cli_origin origin;
    lk_cli_origin_init(&origin, cli, &w->trained, title);
    lk_status status = lk_collage_write(w->given->out, &collage, &origin.notes, err);
    lk_cli_origin_deinit(&origin);
    lk_free(cells);
    return status;
}

static lk_status open_prior(struct work *w, const lk_cli *cli, lk_error *err) {
    char data[LK_PATH_MAX];
    lk_status status = LK_OK;
    if (*w->given->data && !w->given->fit)
        return lk_fail(err, LK_USAGE, "--data: expected --fit with it");
    if (w->given->fit)
        status = lk_cli_open_pack(cli, cli->arguments[0], w->given->data, data, &w->pack, err);
    if (!status && w->pack) status = lk_cli_check_pack(w->pack, data, w->trained.net.images, err);
    return status ? status : lk_cli_prior_open(cli, &w->trained, w->pack, &w->prior, err);
}

static lk_status do_all(struct work *w, const lk_cli *cli, lk_error *err) {
    const struct options *given = w->given;
    lk_status status =
        lk_trained_open_part(cli->arguments[0], &cli->context, LK_MODEL_DECODER, &w->trained, err);
    if (!status) status = open_prior(w, cli, err);
    if (status) return status;
    w->shape = w->trained.net.images;
    w->keeps = *given->out || *given->npy;
    size_t n = w->keeps ? (size_t)given->n : LK_EVALUATION_BATCH,
           bytes = lk_size_mul(n, lk_cli_picture_values(w->shape) * sizeof(lk_real));
    w->codes = lk_alloc(lk_shape_size(w->trained.net.model.latent->shape) * sizeof(lk_real));
    w->pictures = lk_alloc(bytes);
    if (!w->codes || !w->pictures) return lk_fail_memory(err, bytes, "the pictures");
    if (*given->folder) status = lk_folder_create(given->folder, err);
    if (*given->folder && !status) status = check_further(given, err);
    if (*given->folder && !status) status = lk_folder_sweep(given->folder, file_names, err);
    if (!status) status = draw(w, err);
    if (!status && *given->out) status = write_grid(w, cli, err);
    if (!status && *given->npy)
        status = lk_cli_write_pictures_npy(given->npy, w->shape, (int)given->n, w->pictures, err);
    return status;
}

/* A file that was written, and its option. */
struct written {
    const char *key, *name;
};
enum { N_WRITTEN = 3 };

static lk_status put_json(const struct work *w, const struct written written[N_WRITTEN],
                          lk_error *err) {
    cJSON *json = cJSON_CreateObject();
    bool whole = lk_cli_add_model(json, w->trained.path, &w->trained.unfinished) &&
                 lk_json_add_number(json, "n", (double)w->given->n) &&
                 lk_json_add_number(json, "seed", (double)w->given->seed) &&
                 cJSON_AddBoolToObject(json, "fitted", w->given->fit);
    for (int i = 0; i < N_WRITTEN && whole; i++)
        if (*written[i].name)
            whole = cJSON_AddStringToObject(json, written[i].key, written[i].name);
    return lk_cli_put_json(json, whole, err);
}

static lk_status put_words(const struct work *w, const struct written written[N_WRITTEN],
                           lk_error *err) {
    lk_text text = { 0 };
    char n[32];
    for (int i = 0; i < N_WRITTEN; i++)
        if (*written[i].name) lk_text_add(&text, "%s%s", text.n ? ", " : "", written[i].name);
    lk_text_add(&text, ": %s picture%s of codes from %s, seed %lld\n",
                lk_count_text(w->given->n, n), w->given->n == 1 ? "" : "s",
                w->given->fit ? "a fitted Gaussian" : "the prior", (long long)w->given->seed);
    return lk_cli_put(&text, err);
}

static lk_status put(const struct work *w, lk_error *err) {
    const struct options *given = w->given;
    const struct written written[N_WRITTEN] = { { "out", given->out },
                                                { "npy", given->npy },
                                                { "folder", given->folder } };
    return given->json ? put_json(w, written, err) : put_words(w, written, err);
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const struct options *given = cli->options;
    if (!*given->npy && !*given->folder) lk_cli_default_out(cli, "sample.png");
    if (*given->out && given->n > IN_A_GRID)
        return lk_fail(
            err, LK_USAGE,
            "-n: expected at most %d pictures in a grid, got %lld; --folder and --npy take more",
            IN_A_GRID, (long long)given->n);
    struct work *w = lk_alloc(sizeof *w);
    if (!w) return lk_fail_memory(err, sizeof *w, "sampling");
    w->given = given;
    lk_status status = do_all(w, cli, err);
    if (!status) status = put(w, err);
    lk_free(w->codes);
    lk_free(w->pictures);
    lk_prior_deinit(&w->prior);
    lk_pack_close(w->pack);
    lk_trained_close(&w->trained);
    lk_free(w);
    return status;
}

const lk_command lk_command_sample = {
    .name = "sample",
    .summary = "Make pictures of codes drawn from a model's prior",
    .example = "likeness sample runs/vae -n 64 --seed 1 --out samples.png",
    .usage = "RUN [-n N] [--seed N] [--out FILE] [--npy FILE.npy] [--folder DIR] [options]",
    .details = LK_HELP_RUN
    " The model needs a prior: vae, or one with regularizer mmd. For others, --fit fits a Gaussian "
    "to the codes of the training pictures (Ghosh et al. 2020). vq has neither, as nothing models "
    "which codes go together.\n"
    "The bytes do not depend on the number of threads. --folder is for scores that other "
    "programs compute, such as FID.",
    .options = options,
    .options_size = sizeof(struct options),
    .min_arguments = 1,
    .max_arguments = 1,
    .computes = true,
    .run = run,
};
