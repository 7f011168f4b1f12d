/* The first bytes choose the decoder; the name only decides where they say nothing (TGA). */
#include "image/decode.h"
#include "base/file.h"

#include <likeness/memory.h>

#include <sys/stat.h>

enum { FILE_MAX = 256 << 20 };

typedef lk_status decoder(const uint8_t *data, size_t n_bytes, lk_decoding *how, lk_image *image,
                          lk_error *err);

static decoder *const decoders[LK_N_IMAGE_KINDS] = {
    [LK_IMAGE_JPEG] = lk_jpeg_decode, [LK_IMAGE_PNG] = lk_png_decode,
    [LK_IMAGE_BMP] = lk_bmp_decode,   [LK_IMAGE_PNM] = lk_pnm_decode,
    [LK_IMAGE_GIF] = lk_gif_decode,   [LK_IMAGE_PSD] = lk_psd_decode,
    [LK_IMAGE_TGA] = lk_tga_decode,   [LK_IMAGE_WEBP] = lk_webp_decode,
};

lk_status lk_decoded_size_check(long long width, long long height, lk_error *err) {
    if (width >= 1 && height >= 1 && width <= LK_IMAGE_PIXELS_MAX / height) return LK_OK;
    return lk_fail(err, LK_FORMAT, "expected 1 to %d pixels, got %lld x %lld", LK_IMAGE_PIXELS_MAX,
                   width, height);
}

lk_status lk_decoding_claim(const lk_decoding *how, long long width, long long height,
                            lk_error *err) {
    lk_status status = lk_decoded_size_check(width, height, err);
    if (!status && how->options->claim)
        how->options->claim(how->options->self, (size_t)(width * height));
    return status;
}

lk_status lk_decoding_begin(const lk_decoding *how, long long width, long long height,
                            int n_channels, uint8_t **pixels, lk_error *err) {
    lk_status status = lk_decoding_claim(how, width, height, err);
    if (status) return status;
    size_t n_bytes = (size_t)(width * height) * (size_t)n_channels;
    *pixels = lk_alloc(n_bytes);
    return *pixels ? LK_OK : lk_fail_memory(err, n_bytes, "a picture");
}

lk_image lk_decoding_end(lk_decoding *how, int width, int height, int n_channels, uint8_t *pixels) {
    size_t n_pixels = (size_t)width * (size_t)height;
    if (n_channels == 4)
        how->notes.composited = lk_alpha_flatten(pixels, n_pixels, how->options->background);
    return (lk_image){ width, height, 3, pixels };
}

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
    static const lk_image_options defaults = { 0 };
    lk_decoding how = { .options = options ? options : &defaults };
    lk_image made = { 0 };
    if (notes) *notes = how.notes;
    if (n_bytes == 0) return lk_fail(err, LK_FORMAT, "empty file");
    if (n_bytes > FILE_MAX)
        return lk_fail(err, LK_FORMAT, "expected at most %d bytes, got %zu", FILE_MAX, n_bytes);
    lk_image_kind kind = lk_image_kind_of(data, n_bytes, NULL);
    if (kind == LK_IMAGE_OTHER && name && lk_image_kind_named(name) == LK_IMAGE_TGA)
        kind = LK_IMAGE_TGA;
    how.notes.kind = kind;
    if (notes) *notes = how.notes;
    if (!decoders[kind]) return refuse_kind(data, n_bytes, kind, err);
    lk_status status = decoders[kind](data, n_bytes, &how, &made, err);
    how.notes.turned = how.orientation > 1;
    if (!status && how.notes.turned) status = lk_exif_turn(&made, how.orientation, err);
    if (status) {
        lk_image_deinit(&made);
        return status;
    }
    if (notes) *notes = how.notes;
    *image = made;
    return LK_OK;
}

lk_status lk_image_decode(const void *data, size_t n_bytes, lk_image *image, lk_error *err) {
    return lk_image_decode_as(data, n_bytes, NULL, NULL, image, NULL, err);
}

/* The bytes of a large file need memory too, and before it is read only its size is known: claim as
   many pixels as a well compressed picture of that size has. */
static void claim_file(const char *path, const lk_image_options *options) {
    enum { SMALL = 1 << 20, PIXELS_PER_BYTE = 4, LARGE = LK_IMAGE_LARGE };
    struct stat info;
    if (!options || !options->claim || stat(path, &info) != 0 || info.st_size < SMALL) return;
    size_t n = (size_t)info.st_size;
    if (n > LARGE)
        n = LK_IMAGE_PIXELS_MAX;
    else
        n = n * PIXELS_PER_BYTE < LARGE ? n * PIXELS_PER_BYTE : LARGE;
    options->claim(options->self, n);
}

lk_status lk_image_read_as(const char *path, const lk_image_options *options, lk_image *image,
                           lk_image_notes *notes, lk_error *err) {
    char *data = NULL;
    size_t n_bytes = 0;
    if (notes) *notes = (lk_image_notes){ 0 };
    claim_file(path, options);
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
