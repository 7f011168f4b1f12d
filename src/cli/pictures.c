/* Reading and writing pictures for commands that show what a model does. */
#include "cli/pictures.h"
#include "data/source.h"
#include "io/npy.h"

size_t lk_cli_picture_values(lk_image_shape shape) {
    return (size_t)shape.size * (size_t)shape.size * (size_t)shape.channels;
}

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

static lk_status read_picture(const char *path, const lk_trained *trained, int64_t crop,
                              uint8_t *pixels, lk_image_notes *notes, lk_error *err) {
    lk_image_shape shape = trained->net.images;
    lk_prepare_options plan = { .filter = (lk_filter)trained->data.filter };
    lk_image_options decoding = { 0 };
    lk_image image = { 0 };
    struct lk_listing *how = lk_alloc(sizeof *how);
    lk_status status = how ? LK_OK : lk_fail_memory(err, sizeof *how, "a picture");
    lk_image_colour_read(trained->data.background, decoding.background);
    if (!status) status = lk_image_read_as(path, &decoding, &image, notes, err);
    if (!status) {
        *how =
            (struct lk_listing){ .options = &plan, .size = shape.size, .channels = shape.channels };
        status = choose_crop(&image, trained, crop, &how->crop, err);
        if (status) lk_error_prefix(err, "%s", path);
    }
    if (!status)
        status = lk_render_image(how, path, &image, pixels, err);
    else
        lk_image_deinit(&image);
    lk_free(how);
    return status;
}

lk_status lk_cli_read_pictures(const lk_cli *cli, const char *const *paths, int n,
                               const lk_trained *trained, int64_t crop, lk_real *out,
                               lk_error *err) {
    size_t n_values = lk_cli_picture_values(trained->net.images);
    int n_turned = 0;
    uint8_t *pixels = lk_alloc(n_values);
    lk_status status = pixels ? LK_OK : lk_fail_memory(err, n_values, "a picture");
    if (crop < 0 && !*trained->data.source)
        lk_log_say(&cli->context.log, LK_WARNING,
                   "%s does not say how its training pictures were made: taking the largest centre "
                   "square of each picture (--crop 0); --crop N takes another",
                   trained->path);
    for (int i = 0; i < n && !status; i++) {
        lk_image_notes notes = { 0 };
        status = read_picture(paths[i], trained, crop, pixels, &notes, err);
        n_turned += notes.turned;
        for (size_t k = 0; k < n_values && !status; k++)
            out[(size_t)i * n_values + k] = LK_R(pixels[k]) / 255;
    }
    if (!status && n_turned)
        lk_log_say(&cli->context.log, LK_INFO, "%d of %d pictures turned upright (EXIF)", n_turned,
                   n);
    lk_free(pixels);
    return status;
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
        "with regularizer %s; without a prior use reconstruct, interpolate, encode, or traverse "
        "with an "
        "IMAGE",
        trained->path, what, config->model.chosen.choice->name,
        config->regularizer.chosen.choice->name);
}
