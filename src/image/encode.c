/* PNG by libpng, encoded in memory so that a file appears whole or not at all. */
#include "base/file.h"

#include <likeness/image.h>
#include <likeness/memory.h>

#include <png.h>

lk_status lk_image_encode_png(const lk_image *image, lk_text *out, lk_error *err) {
    png_image png = { .version = PNG_IMAGE_VERSION,
                      .width = (png_uint_32)image->width,
                      .height = (png_uint_32)image->height,
                      .format = image->n_channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB };
    png_alloc_size_t n_bytes = PNG_IMAGE_PNG_SIZE_MAX(png);
    lk_status status = LK_OK;
    char *bytes = lk_alloc(n_bytes);
    if (!bytes) return lk_fail_memory(err, n_bytes, "a PNG");
    if (png_image_write_to_memory(&png, bytes, &n_bytes, 0, image->pixels, 0, NULL))
        lk_text_bytes(out, bytes, n_bytes);
    else /* lk_image_init and lk_grid keep pictures within libpng's limits */
        status = lk_fail(err, LK_MEMORY, "out of memory: a PNG: %s", png.message);
    if (!status && out->failed) status = lk_fail_memory(err, n_bytes, "a PNG");
    lk_free(bytes);
    return status;
}

lk_status lk_image_write_png(const char *path, const lk_image *image, lk_error *err) {
    lk_text png = { 0 };
    lk_status status = lk_image_encode_png(image, &png, err);
    if (!status) status = lk_file_write(path, png.data, png.n, err);
    lk_text_deinit(&png);
    return status;
}
