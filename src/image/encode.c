/* PNG by stb_image_write, through memory, so that files appear whole or not at all. */
#include <likeness/image.h>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#define STBIW_MALLOC(n)                    lk_alloc(n)
#define STBIW_REALLOC_SIZED(block, old, n) lk_realloc(block, old, n)
#define STBIW_FREE(block)                  lk_free(block)
#pragma GCC diagnostic ignored "-Wunused-function" /* what the switched-off formats leave behind */
#include <stb_image_write.h>

static void append(void *context, void *data, int n_bytes) {
    lk_text_bytes(context, data, (size_t)n_bytes);
}

lk_status lk_image_encode_png(const lk_image *image, lk_text *out, lk_error *err) {
    int row = image->width * image->n_channels;
    if (stbi_write_png_to_func(append, out, image->width, image->height, image->n_channels, image->pixels, row) && !out->failed)
        return LK_OK;
    return lk_fail_memory(err, lk_image_bytes(image), "a PNG");
}

lk_status lk_image_write_png(const char *path, const lk_image *image, lk_error *err) {
    lk_text png = { 0 };
    lk_status status = lk_image_encode_png(image, &png, err);
    if (!status) status = lk_file_write(path, png.data, png.n, err);
    lk_text_deinit(&png);
    return status;
}
