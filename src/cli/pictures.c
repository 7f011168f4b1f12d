/* Reading and writing pictures for commands that show what a model does. */
#include "cli/pictures.h"
#include "data/source.h"
#include "io/npy.h"

size_t lk_cli_picture_values(lk_image_shape shape) {
    return (size_t)shape.size * (size_t)shape.size * (size_t)shape.channels;
}

lk_status lk_cli_read_pictures(const char *const *paths, int n, lk_image_shape shape, lk_real *out,
                               lk_error *err) {
    lk_prepare_options plan = { .filter = LK_FILTER_BICUBIC };
    size_t n_values = lk_cli_picture_values(shape);
    struct lk_listing *how = lk_alloc(sizeof *how);
    uint8_t *pixels = lk_alloc(n_values);
    lk_status status = how && pixels ? LK_OK : lk_fail_memory(err, n_values, "a picture");
    if (!status)
        *how =
            (struct lk_listing){ .options = &plan, .size = shape.size, .channels = shape.channels };
    for (int i = 0; i < n && !status; i++) {
        status = lk_render_path(how, paths[i], pixels, NULL, err);
        for (size_t k = 0; k < n_values && !status; k++)
            out[(size_t)i * n_values + k] = LK_R(pixels[k]) / 255;
    }
    lk_free(pixels);
    lk_free(how);
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
        "with "
        "regularizer %s; without a prior use reconstruct, interpolate, encode, or traverse with an "
        "IMAGE",
        trained->path, what, config->model.chosen.choice->name,
        config->regularizer.chosen.choice->name);
}
