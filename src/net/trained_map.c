/* Trained models for programs that use the library. */
#include "net/trained.h"

lk_status lk_trained_create(const char *path, const lk_context *context, lk_model_part part,
                            lk_trained **out, lk_error *err) {
    lk_trained *trained = lk_alloc(sizeof *trained);
    if (!trained) return lk_fail_memory(err, sizeof *trained, "a model");
    lk_status status = lk_trained_open_part(path, context, part, trained, err);
    if (status)
        lk_free(trained);
    else
        *out = trained;
    return status;
}

void lk_trained_destroy(lk_trained *trained) {
    if (trained) lk_trained_close(trained);
    lk_free(trained);
}

lk_image_shape lk_trained_images(const lk_trained *trained) {
    return trained->net.images;
}

lk_shape lk_trained_code(const lk_trained *trained) {
    return lk_config_code(&trained->config);
}

/* The side of the centre square to cut out of a picture. */
static int crop_of(const lk_trained *trained, const lk_image *image) {
    int shorter = image->width < image->height ? image->width : image->height;
    bool is_prepared = image->width == image->height && shorter == trained->net.images.size;
    return is_prepared || !trained->data.crop ? shorter : (int)trained->data.crop;
}

/* In the order in which packs are made, so that the bytes are the same. */
static lk_status fit(const lk_trained *trained, const lk_image *image, lk_image *out,
                     lk_error *err) {
    lk_image_shape shape = trained->net.images;
    lk_image square = { 0 }, coloured = { 0 };
    lk_status status = lk_image_crop_centre(image, crop_of(trained, image), &square, err);
    if (!status) status = lk_image_to_channels(&square, shape.channels, &coloured, err);
    if (!status)
        status = lk_image_resize(&coloured, shape.size, shape.size, (lk_filter)trained->data.filter,
                                 out, err);
    lk_image_deinit(&square);
    lk_image_deinit(&coloured);
    return status;
}

lk_status lk_trained_read_picture(const lk_trained *trained, const char *path, lk_real *pixels,
                                  lk_error *err) {
    lk_image_options decoding = { 0 };
    lk_image image = { 0 }, fitted = { 0 };
    lk_image_colour_read(trained->data.background, decoding.background);
    lk_status status = lk_image_read_as(path, &decoding, &image, NULL, err);
    if (status) return status;
    status = fit(trained, &image, &fitted, err);
    if (status)
        lk_error_prefix(err, "%s", path);
    else
        lk_reals_from_bytes(fitted.pixels, lk_image_bytes(&fitted), pixels);
    lk_image_deinit(&image);
    lk_image_deinit(&fitted);
    return status;
}

lk_status lk_trained_map(lk_trained *trained, const lk_real *in, int n, lk_real *out,
                         lk_error *err) {
    const lk_model *model = &trained->net.model;
    lk_node *from = model->images ? model->images : model->latent;
    lk_net_map(from, model->output ? model->output : model->latent, in, n, out);
    return lk_graph_status(trained->net.graph, err);
}
