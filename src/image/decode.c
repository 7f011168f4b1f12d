/* The first bytes choose the decoder; the name only decides where they say nothing (TGA). */
#include "image/decode.h"
#include "base/file.h"

#include <likeness/memory.h>

enum { FILE_MAX = 256 << 20 };

typedef lk_status decoder(const uint8_t *data, size_t n_bytes, lk_image *image, lk_error *err);

static decoder *const decoders[LK_N_IMAGE_KINDS] = {
    [LK_IMAGE_JPEG] = lk_jpeg_decode, [LK_IMAGE_PNG] = lk_png_decode,
    [LK_IMAGE_BMP] = lk_bmp_decode,   [LK_IMAGE_PNM] = lk_pnm_decode,
    [LK_IMAGE_GIF] = lk_gif_decode,   [LK_IMAGE_PSD] = lk_psd_decode,
    [LK_IMAGE_TGA] = lk_tga_decode,
};

static lk_status refuse_kind(const uint8_t *bytes, size_t n_bytes, lk_image_kind kind,
                             lk_error *err) {
    char got[64];
    if (kind == LK_IMAGE_OTHER)
        lk_format(got, sizeof got, "a file that starts with bytes %02x %02x", bytes[0],
                  n_bytes > 1 ? bytes[1] : 0U);
    else
        lk_format(got, sizeof got, "%s", lk_image_kind_name(kind));
    return lk_fail(err, LK_FORMAT, "expected a %s, got %s", lk_image_kinds_read, got);
}

lk_status lk_image_decode_as(const void *data, size_t n_bytes, const char *name,
                             const lk_image_options *options, lk_image *image,
                             lk_image_notes *notes, lk_error *err) {
    lk_image_notes made = { 0 };
    (void)options;
    if (notes) *notes = made;
    if (n_bytes == 0) return lk_fail(err, LK_FORMAT, "empty file");
    if (n_bytes > FILE_MAX)
        return lk_fail(err, LK_FORMAT, "expected at most %d bytes, got %zu", FILE_MAX, n_bytes);
    made.kind = lk_image_kind_of(data, n_bytes, NULL);
    if (made.kind == LK_IMAGE_OTHER && name && lk_image_kind_named(name) == LK_IMAGE_TGA)
        made.kind = LK_IMAGE_TGA;
    if (notes) *notes = made;
    decoder *decode = decoders[made.kind];
    return decode ? decode(data, n_bytes, image, err) : refuse_kind(data, n_bytes, made.kind, err);
}

lk_status lk_image_decode(const void *data, size_t n_bytes, lk_image *image, lk_error *err) {
    return lk_image_decode_as(data, n_bytes, NULL, NULL, image, NULL, err);
}

lk_status lk_image_read_as(const char *path, const lk_image_options *options, lk_image *image,
                           lk_image_notes *notes, lk_error *err) {
    char *data = NULL;
    size_t n_bytes = 0;
    if (notes) *notes = (lk_image_notes){ 0 };
    lk_status status = lk_file_read(path, FILE_MAX, &data, &n_bytes, err);
    if (status) return status;
    status = lk_image_decode_as(data, n_bytes, path, options, image, notes, err);
    if (status) lk_error_prefix(err, "%s", path);
    lk_free(data);
    return status;
}

lk_status lk_image_read(const char *path, lk_image *image, lk_error *err) {
    return lk_image_read_as(path, NULL, image, NULL, err);
}
