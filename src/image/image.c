/* Pictures in memory: storage, crops, channels, and bytes made from numbers. */
#include <likeness/image.h>
#include <likeness/memory.h>

#include <stdio.h>
#include <string.h>

enum { SIDE_MAX = 1000000 }; /* the most libpng writes */

size_t lk_image_bytes(const lk_image *image) {
    return (size_t)image->width * (size_t)image->height * (size_t)image->n_channels;
}

lk_status lk_image_init(lk_image *image, int width, int height, int n_channels, lk_error *err) {
    if (width < 1 || height < 1 || width > SIDE_MAX || height > SIDE_MAX)
        return lk_fail(err, LK_FORMAT, "picture: expected sides from 1 to %d, got %d x %d",
                       SIDE_MAX, width, height);
    if (n_channels != 1 && n_channels != 3)
        return lk_fail(err, LK_FORMAT, "picture: expected 1 or 3 channels, got %d", n_channels);
    lk_image made = { width, height, n_channels, NULL };
    made.pixels = lk_alloc(lk_image_bytes(&made));
    if (!made.pixels) return lk_fail_memory(err, lk_image_bytes(&made), "a picture");
    *image = made;
    return LK_OK;
}

void lk_image_deinit(lk_image *image) {
    lk_free(image->pixels);
    *image = (lk_image){ 0 };
}

lk_status lk_image_crop_centre(const lk_image *image, int size, lk_image *out, lk_error *err) {
    if (size < 1 || size > image->width || size > image->height)
        return lk_fail(err, LK_FORMAT, "crop: expected 1 to %d for a picture of %d x %d, got %d",
                       image->width < image->height ? image->width : image->height, image->width,
                       image->height, size);
    lk_image made;
    lk_status status = lk_image_init(&made, size, size, image->n_channels, err);
    if (status) return status;
    size_t n = (size_t)image->n_channels, row = (size_t)size * n;
    size_t left = (size_t)(image->width - size) / 2, top = (size_t)(image->height - size) / 2;
    for (size_t y = 0; y < (size_t)size; y++)
        memcpy(made.pixels + y * row, image->pixels + ((top + y) * (size_t)image->width + left) * n,
               row);
    *out = made;
    return LK_OK;
}

static void to_grey(const uint8_t *rgb, size_t n_pixels, uint8_t *grey) {
    for (size_t i = 0; i < n_pixels; i++, rgb += 3)
        grey[i] = (uint8_t)((rgb[0] * 19595U + rgb[1] * 38470U + rgb[2] * 7471U + 0x8000U) >> 16);
}

static void to_rgb(const uint8_t *grey, size_t n_pixels, uint8_t *rgb) {
    for (size_t i = 0; i < n_pixels; i++, rgb += 3) rgb[0] = rgb[1] = rgb[2] = grey[i];
}

lk_status lk_image_to_channels(const lk_image *image, int n_channels, lk_image *out,
                               lk_error *err) {
    lk_image made;
    lk_status status = lk_image_init(&made, image->width, image->height, n_channels, err);
    if (status) return status;
    size_t n_pixels = (size_t)image->width * (size_t)image->height;
    if (image->n_channels == n_channels)
        memcpy(made.pixels, image->pixels, lk_image_bytes(image));
    else if (n_channels == 1)
        to_grey(image->pixels, n_pixels, made.pixels);
    else
        to_rgb(image->pixels, n_pixels, made.pixels);
    *out = made;
    return LK_OK;
}

static uint8_t byte_from_real(lk_real value) {
    lk_real scaled = value * LK_R(255) + LK_R(0.5);
    if (!(scaled > 0)) return 0; /* also NaN */
    return scaled >= LK_R(255) ? 255 : (uint8_t)scaled;
}

void lk_reals_from_bytes(const uint8_t *bytes, size_t n, lk_real *values) {
    for (size_t i = 0; i < n; i++) values[i] = LK_R(bytes[i]) / 255;
}

void lk_bytes_from_reals(const lk_real *values, size_t n, uint8_t *bytes) {
    for (size_t i = 0; i < n; i++) bytes[i] = byte_from_real(values[i]);
}

bool lk_image_colour_read(const char *text, uint8_t colour[3]) {
    unsigned value = 0;
    int end = 0;
    if (strcmp(text, "white") == 0)
        value = 0xFFFFFF;
    else if (strcmp(text, "black") != 0 &&
             (text[0] != '#' || strspn(text + 1, "0123456789abcdefABCDEF") != 6 ||
              sscanf(text + 1, "%6x%n", &value, &end) != 1 || text[1 + end]))
        return false;
    for (int c = 0; c < 3; c++) colour[c] = (uint8_t)(value >> (16 - 8 * c));
    return true;
}

const char *lk_image_colour_text(const uint8_t colour[3], char out[8]) {
    snprintf(out, 8, "#%02x%02x%02x", colour[0], colour[1], colour[2]);
    return out;
}
