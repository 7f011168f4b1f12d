/* Pictures for a model: listed from words and from a pack, and read. */
#include "cli/pictures.h"
#include "cli/output.h"
#include "cli/trained.h"
#include "data/source.h"
#include "io/npy.h"
#include "net/run_files.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

size_t lk_cli_picture_values(lk_image_shape shape) {
    return (size_t)shape.size * (size_t)shape.size * (size_t)shape.channels;
}

/* A folder or zip, and how its pictures are read. */
struct lk_picture_place {
    lk_prepare_options plan;
    struct lk_listing list;
    struct lk_picture_place *next;
};

/* ---- the list ---- */

static lk_status add(lk_pictures *p, const lk_picture *picture, lk_error *err) {
    if (p->n == p->capacity) {
        int capacity = p->capacity ? 2 * p->capacity : 64;
        size_t unit = sizeof *p->items;
        lk_picture *items = lk_realloc(p->items, (size_t)p->n * unit, (size_t)capacity * unit);
        if (!items) return lk_fail_memory(err, (size_t)capacity * unit, "the list of pictures");
        p->items = items;
        p->capacity = capacity;
    }
    p->n_files += picture->row < 0;
    p->items[p->n++] = *picture;
    return LK_OK;
}

/* Remember a file, so that it is not overwritten. */
static lk_status note_input(lk_pictures *p, const char *path, bool *is_new, lk_error *err) {
    struct stat info;
    *is_new = true;
    if (stat(path, &info) != 0) return LK_OK; /* reading it gives the reason */
    return lk_visited_add(&p->inputs, (uint64_t)info.st_dev, (uint64_t)info.st_ino, is_new, err);
}

static lk_status add_file(lk_pictures *p, const char *path, lk_error *err) {
    const char *slash = strrchr(path, '/');
    const lk_picture picture = { .name = path, .file = slash ? slash + 1 : path, .row = -1 };
    bool is_new;
    lk_status status = note_input(p, path, &is_new, err);
    return status ? status : add(p, &picture, err);
}

static void say_left_out(const struct lk_listing *list, const char *path, const lk_log *log) {
    for (int kind = 0; kind < LK_N_IMAGE_KINDS; kind++)
        if (list->left_out[kind].n)
            lk_log_say(log, LK_WARNING, "%s: left out: %d %s; the first: %s", path,
                       list->left_out[kind].n, lk_image_kind_name((lk_image_kind)kind),
                       list->left_out[kind].first);
}

static lk_status add_member(lk_pictures *p, struct lk_picture_place *place, int item,
                            lk_error *err) {
    char path[LK_PATH_MAX];
    bool is_new;
    const char *file = place->list.items[item].name;
    if (!lk_listing_path(&place->list, item, path))
        return lk_fail(err, LK_FORMAT, "%.200s...: path is too long", file);
    const char *name = lk_arena_text(&p->arena, path);
    if (!name) return lk_fail_memory(err, strlen(path) + 1, "the list of pictures");
    const lk_picture picture = {
        .name = name, .file = file, .row = -1, .place = place, .item = item
    };
    lk_status status = note_input(p, path, &is_new, err);
    return status ? status : add(p, &picture, err);
}

static lk_status add_place(lk_pictures *p, const char *path, int most, const lk_log *log,
                           lk_error *err) {
    struct lk_picture_place *place = lk_arena_alloc(&p->arena, sizeof *place);
    bool is_new;
    if (!place) return lk_fail_memory(err, sizeof *place, "a folder of pictures");
    place->plan.path = path;
    place->list.options = &place->plan;
    place->next = p->places;
    p->places = place;
    lk_status status = lk_source_find("folder")->open(&place->list, err);
    if (!status) status = note_input(p, path, &is_new, err); /* a zip */
    if (!status) say_left_out(&place->list, path, log);
    for (int i = 0; i < place->list.n && p->n < most && !status; i++)
        status = add_member(p, place, i, err);
    return status;
}

/* ---- rows of a pack ---- */

static lk_status add_row(lk_pictures *p, int row, lk_error *err) {
    const char *name = lk_pack_name(p->pack, p->split, row);
    const lk_picture picture = {
        .name = name, .file = name, .row = row, .pixels = lk_pack_pixels(p->pack, p->split, row)
    };
    return add(p, &picture, err);
}

/* "3,7" */
static lk_status add_chosen_rows(lk_pictures *p, const char *list, int most, lk_error *err) {
    int n = lk_pack_count(p->pack, p->split);
    lk_status status = LK_OK;
    for (const char *at = list; !status; at++) {
        char *end;
        bool is_number = *at >= '0' && *at <= '9';
        unsigned long row = is_number ? strtoul(at, &end, 10) : ULONG_MAX;
        if (!is_number || (*end && *end != ','))
            return lk_fail(err, LK_USAGE, "--index: expected numbers and commas, as in 3,7, got %s",
                           list);
        if (row >= (unsigned long)n)
            return lk_fail(err, LK_USAGE,
                           "--index: expected at most %d for the %s split of %s, got %.*s", n - 1,
                           lk_split_name(p->split), p->data, (int)(end - at), at);
        if (p->n < most) status = add_row(p, (int)row, err);
        at = end;
        if (!*at) break;
    }
    return status;
}

static lk_status add_pack(lk_pictures *p, const lk_cli *cli, const lk_picture_options *options,
                          int most, lk_error *err) {
    char path[LK_PATH_MAX];
    p->split = (lk_split)options->split;
    const char *run = cli->n_arguments ? cli->arguments[0] : "";
    lk_status status = lk_cli_open_pack(cli, run, options->data, path, &p->pack, err);
    if (status) return status;
    p->data = lk_arena_text(&p->arena, path);
    if (!p->data) return lk_fail_memory(err, strlen(path) + 1, "the path of a pack");
    int n = lk_pack_count(p->pack, p->split);
    if (n == 0)
        return lk_fail(err, LK_FORMAT, "%s: the pack has no %s pictures", p->data,
                       lk_split_name(p->split));
    if (*options->index) return add_chosen_rows(p, options->index, most, err);
    for (int row = 0; row < n && p->n < most && !status; row++) status = add_row(p, row, err);
    return status;
}

lk_status lk_pictures_open(const lk_cli *cli, const lk_picture_options *options,
                           const char *const *words, int n_words, lk_pictures *p, lk_error *err) {
    int most = options->n ? (int)options->n : INT_MAX;
    lk_status status = LK_OK;
    *p = (lk_pictures){ 0 };
    lk_arena_init(&p->arena);
    bool of_pack =
        *options->data || *options->index || ((options->n || options->needed) && !n_words);
    for (int i = 0; i < n_words && p->n < most && !status; i++)
        status = lk_folder_exists(words[i]) || lk_cli_has_format(words[i], "zip")
                     ? add_place(p, words[i], most, &cli->context.log, err)
                     : add_file(p, words[i], err);
    return status || !of_pack ? status : add_pack(p, cli, options, most, err);
}

void lk_pictures_close(lk_pictures *p) {
    for (struct lk_picture_place *place = p->places; place; place = place->next)
        lk_listing_deinit(&place->list);
    lk_pack_close(p->pack);
    lk_visited_deinit(&p->inputs);
    lk_arena_deinit(&p->arena);
    lk_free(p->items);
    lk_free(p->pixels);
    *p = (lk_pictures){ 0 };
}

lk_status lk_pictures_check_output(lk_pictures *p, const char *flag, const char *path,
                                   lk_error *err) {
    bool is_new;
    lk_status status = note_input(p, path, &is_new, err);
    if (status || is_new) return status;
    return lk_fail(err, LK_USAGE, "%s: expected another file, got %s, which is also read", flag,
                   path);
}

/* ---- from a file to pixels ---- */

/* The side of the centre square to cut out of a picture; 0: the largest. */
static lk_status choose_crop(const lk_image *image, const lk_trained *trained, int64_t given,
                             int *crop, lk_error *err) {
    int shorter = image->width < image->height ? image->width : image->height;
    bool is_prepared = image->width == image->height && shorter == trained->net.images.size;
    int64_t side = given >= 0 ? given : is_prepared ? 0 : trained->data.crop;
    if (side > shorter)
        return lk_fail(err, LK_FORMAT,
                       "expected a picture of at least %d x %d, to cut out %s, got %d x %d; --crop "
                       "0 takes the largest square",
                       (int)side, (int)side,
                       given >= 0 ? "--crop" : "what the model was trained on", image->width,
                       image->height);
    *crop = (int)side;
    return LK_OK;
}

static void prepare_place(struct lk_picture_place *place, const lk_trained *trained) {
    place->plan.filter = (lk_filter)trained->data.filter;
    lk_image_colour_read(trained->data.background, place->plan.background);
    place->list.options = &place->plan;
    place->list.size = trained->net.images.size;
    place->list.channels = trained->net.images.channels;
}

/* `alone`: the place of pictures that were named themselves. */
static lk_status read_picture(const lk_picture *picture, struct lk_picture_place *alone,
                              const lk_trained *trained, int64_t crop, uint8_t *pixels,
                              int *n_turned, lk_error *err) {
    struct lk_picture_place *place = picture->place ? picture->place : alone;
    lk_image_options decoding = { 0 };
    struct lk_rendered rendered = { 0 };
    lk_image image = { 0 };
    memcpy(decoding.background, place->plan.background, sizeof decoding.background);
    lk_status status =
        picture->place ? lk_listing_read(&place->list, picture->item, &image, &rendered, err)
                       : lk_image_read_as(picture->name, &decoding, &image, &rendered.notes, err);
    if (!status) {
        status = choose_crop(&image, trained, crop, &place->list.crop, err);
        if (status) lk_error_prefix(err, "%s", picture->name);
    }
    *n_turned += rendered.notes.turned;
    if (!status) return lk_render_image(&place->list, picture->name, &image, pixels, err);
    lk_image_deinit(&image);
    return status;
}

static void show_progress(lk_cli *cli, int n_done, int n_all) {
    char text[96], done[32], all[32];
    if (n_all < 100) return;
    lk_format(text, sizeof text, "%s of %s pictures read", lk_count_text(n_done, done),
              lk_count_text(n_all, all));
    lk_terminal_progress(&cli->terminal, lk_seconds(), text);
}

static lk_status read_files(lk_pictures *p, lk_cli *cli, const lk_trained *trained, int64_t crop,
                            lk_error *err) {
    size_t n_values = lk_cli_picture_values(p->shape),
           n_bytes = lk_size_mul((size_t)p->n_files, n_values);
    struct lk_picture_place *alone = lk_arena_alloc(&p->arena, sizeof *alone);
    int n_turned = 0, n_read = 0;
    p->pixels = lk_alloc(n_bytes);
    if (!p->pixels || !alone) return lk_fail_memory(err, n_bytes, "the pictures");
    prepare_place(alone, trained);
    for (struct lk_picture_place *at = p->places; at; at = at->next) prepare_place(at, trained);
    lk_status status = LK_OK;
    for (int i = 0; i < p->n && !status; i++) {
        if (p->items[i].row >= 0) continue;
        uint8_t *pixels = p->pixels + (size_t)n_read++ * n_values;
        status = read_picture(&p->items[i], alone, trained, crop, pixels, &n_turned, err);
        p->items[i].pixels = pixels;
        show_progress(cli, n_read, p->n_files);
    }
    lk_terminal_end(&cli->terminal);
    if (!status && n_turned)
        lk_log_say(&cli->context.log, LK_INFO, "%d of %d pictures turned upright (EXIF)", n_turned,
                   p->n_files);
    return status;
}

lk_status lk_pictures_read(lk_pictures *p, lk_cli *cli, const lk_trained *trained, int64_t crop,
                           lk_error *err) {
    lk_status status =
        p->pack ? lk_cli_check_pack(p->pack, p->data, trained->net.images, err) : LK_OK;
    p->shape = trained->net.images;
    if (status || !p->n_files) return status;
    if (crop < 0 && !*trained->data.source)
        lk_log_say(&cli->context.log, LK_WARNING,
                   "%s does not say how its training pictures were made: taking the largest centre "
                   "square of each picture (--crop 0); --crop N takes another",
                   trained->path);
    return read_files(p, cli, trained, crop, err);
}

void lk_pictures_numbers(const lk_pictures *p, int first, int n, lk_real *out) {
    size_t n_values = lk_cli_picture_values(p->shape);
    for (int i = first; i < first + n; i++, out += n_values)
        lk_reals_from_bytes(p->items[i].pixels, n_values, out);
}

lk_status lk_cli_check_pack(const lk_pack *pack, const char *path, lk_image_shape images,
                            lk_error *err) {
    const lk_pack_meta *meta = lk_pack_describe(pack);
    if (meta->size == images.size && meta->channels == images.channels) return LK_OK;
    return lk_fail(
        err, LK_FORMAT,
        "%s: expected pictures of %d x %d with %d channels for the model, got %d x %d with %d",
        path, images.size, images.size, images.channels, meta->size, meta->size, meta->channels);
}

lk_status lk_cli_write_pictures_npy(const char *path, lk_image_shape shape, int n,
                                    const lk_real *pictures, lk_error *err) {
    size_t n_bytes = lk_size_mul((size_t)n, lk_cli_picture_values(shape) * sizeof *pictures);
    size_t dims[] = { (size_t)n, (size_t)shape.channels, (size_t)shape.size, (size_t)shape.size };
    lk_real *as_written = lk_alloc(n_bytes);
    if (!as_written) return lk_fail_memory(err, n_bytes, path);
    lk_from_channels_last(LK_SHAPE_4(n, shape.channels, shape.size, shape.size), pictures,
                          as_written);
    lk_status status = lk_npy_write(path, as_written, dims, LK_COUNT(dims), err);
    lk_free(as_written);
    return status;
}

static lk_status fit_prior(const lk_cli *cli, const lk_trained *trained, const lk_pack *pack,
                           lk_prior *prior, lk_error *err) {
    const lk_choice *model = trained->config.model.chosen.choice;
    lk_trained encoder = { 0 };
    if (((const lk_model_type *)model)->is_discrete)
        return lk_fail(err, LK_USAGE,
                       "%s: --fit: expected codes of any numbers, got those of model %s, which are "
                       "from a codebook",
                       trained->path, model->name);
    lk_status status =
        lk_trained_open_other(trained, &cli->context, LK_MODEL_ENCODER, &encoder, err);
    if (!status &&
        (status = lk_prior_fit(&cli->context, &encoder.net.model, pack, NULL, prior, err)))
        lk_error_prefix(err, "%s", trained->path);
    lk_trained_close(&encoder);
    return status;
}

lk_status lk_cli_prior_open(const lk_cli *cli, const lk_trained *trained, const lk_pack *fit,
                            lk_prior *prior, lk_error *err) {
    *prior = (lk_prior){ 0 };
    return fit ? fit_prior(cli, trained, fit, prior, err)
               : lk_cli_prior_variance(trained, "drawing codes", &prior->variance, err);
}

lk_status lk_cli_prior_variance(const lk_trained *trained, const char *what, double *variance,
                                lk_error *err) {
    const lk_config *config = &trained->config;
    double found = lk_prior_variance(&config->regularizer.chosen);
    if (found > 0) {
        *variance = found;
        return LK_OK;
    }
    return lk_fail(
        err, LK_USAGE,
        "%s: expected a model with a prior (a vae, or one with regularizer mmd) for %s, got %s "
        "with regularizer %s; without a prior use sample --fit, reconstruct, interpolate, "
        "encode, or traverse with an IMAGE",
        trained->path, what, config->model.chosen.choice->name,
        config->regularizer.chosen.choice->name);
}

lk_status lk_cli_refuse_runs(const lk_cli *cli, lk_error *err) {
    char path[LK_PATH_MAX];
    for (int i = 1; i < cli->n_arguments; i++) {
        const char *word = cli->arguments[i];
        if (lk_folder_exists(word) && lk_format(path, sizeof path, "%s/" LK_RUN_CONFIG, word) &&
            lk_file_may_exist(path))
            return lk_fail(
                err, LK_USAGE,
                "%s: expected a picture or a folder of pictures, got a run; %s takes one "
                "RUN",
                word, cli->command->name);
    }
    return LK_OK;
}
