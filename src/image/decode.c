/* The first bytes choose the decoder; the name only decides where they say nothing (TGA). */
#include "image/decode.h"
#include "base/file.h"

#include <likeness/memory.h>

#include <string.h>
#include <strings.h>

enum { FILE_MAX = 256 << 20 };

static bool starts_with(const uint8_t *data, size_t n_bytes, const char *magic, size_t n) {
    return n_bytes >= n && memcmp(data, magic, n) == 0;
}

static lk_status decode(const uint8_t *bytes, size_t n_bytes, bool may_be_tga, lk_image *image,
                        lk_error *err) {
    if (n_bytes == 0) return lk_fail(err, LK_FORMAT, "empty file");
    if (n_bytes > FILE_MAX)
        return lk_fail(err, LK_FORMAT, "expected at most %d bytes, got %zu", FILE_MAX, n_bytes);
    if (starts_with(bytes, n_bytes, "\xFF\xD8\xFF", 3))
        return lk_jpeg_decode(bytes, n_bytes, image, err);
    if (starts_with(bytes, n_bytes, "\x89PNG\r\n\x1A\n", 8))
        return lk_png_decode(bytes, n_bytes, image, err);
    if (starts_with(bytes, n_bytes, "BM", 2)) return lk_bmp_decode(bytes, n_bytes, image, err);
    if (starts_with(bytes, n_bytes, "P5", 2) || starts_with(bytes, n_bytes, "P6", 2))
        return lk_pnm_decode(bytes, n_bytes, image, err);
    if (starts_with(bytes, n_bytes, "GIF8", 4)) return lk_gif_decode(bytes, n_bytes, image, err);
    if (starts_with(bytes, n_bytes, "8BPS", 4)) return lk_psd_decode(bytes, n_bytes, image, err);
    if (may_be_tga) return lk_tga_decode(bytes, n_bytes, image, err);
    return lk_fail(
        err, LK_FORMAT,
        "expected a JPEG, PNG, BMP, GIF, PSD, binary PGM or PPM (P5, P6), or a TGA called "
        "*.tga, got a file that starts with bytes %02x %02x",
        bytes[0], n_bytes > 1 ? bytes[1] : 0U);
}

lk_status lk_image_decode(const void *data, size_t n_bytes, lk_image *image, lk_error *err) {
    return decode(data, n_bytes, false, image, err);
}

static bool is_called_tga(const char *path) {
    const char *ending = strrchr(path, '.');
    return ending && strcasecmp(ending, ".tga") == 0;
}

lk_status lk_image_read(const char *path, lk_image *image, lk_error *err) {
    char *data = NULL;
    size_t n_bytes = 0;
    lk_status status = lk_file_read(path, FILE_MAX, &data, &n_bytes, err);
    if (status) return status;
    status = decode((const uint8_t *)data, n_bytes, is_called_tga(path), image, err);
    if (status) lk_error_prefix(err, "%s", path);
    lk_free(data);
    return status;
}
