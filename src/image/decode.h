/* The decoders, one in each file; lk_image_decode chooses by the first bytes. All give RGB, or
   LK_FORMAT with the reason. Those of GIF, TGA and PSD check the file and leave the rest to
   stb_image. */
#ifndef LIKENESS_IMAGE_DECODE_H
#define LIKENESS_IMAGE_DECODE_H

#include <likeness/image.h>

lk_status lk_jpeg_decode(const uint8_t *data, size_t n_bytes, lk_image *image, lk_error *err);
lk_status lk_png_decode(const uint8_t *data, size_t n_bytes, lk_image *image, lk_error *err);
lk_status lk_bmp_decode(const uint8_t *data, size_t n_bytes, lk_image *image, lk_error *err);
lk_status lk_pnm_decode(const uint8_t *data, size_t n_bytes, lk_image *image, lk_error *err);
lk_status lk_gif_decode(const uint8_t *data, size_t n_bytes, lk_image *image, lk_error *err);
lk_status lk_psd_decode(const uint8_t *data, size_t n_bytes, lk_image *image, lk_error *err);
/** Nothing in a TGA's bytes marks it as one, so lk_image_read goes by the file's name. */
lk_status lk_tga_decode(const uint8_t *data, size_t n_bytes, lk_image *image, lk_error *err);

/** LK_FORMAT when the width or height of a header is larger than this library decodes. */
static inline lk_status lk_decoded_size_check(long long width, long long height, lk_error *err) {
    _Static_assert(LK_IMAGE_SIDE_MAX * LK_IMAGE_SIDE_MAX <= LK_IMAGE_PIXELS_MAX,
                   "the sides alone keep the number of pixels in bounds");
    if (width >= 1 && height >= 1 && width <= LK_IMAGE_SIDE_MAX && height <= LK_IMAGE_SIDE_MAX)
        return LK_OK;
    return lk_fail(err, LK_FORMAT, "expected sides of 1 to %d pixels, got %lld x %lld",
                   LK_IMAGE_SIDE_MAX, width, height);
}

/* ---- stb_image ------------------------------------------------------------------------------- */

/** A GIF, TGA or PSD whose bytes have all been checked. */
typedef struct lk_stb_file {
    const char *kind; /* "GIF" */
    const uint8_t *data;
    size_t n_bytes;
    int width, height; /* accepted by lk_stb_size_check */
} lk_stb_file;

/** LK_FORMAT when the width and height of a header are larger than stb_image may decode. */
lk_status lk_stb_size_check(long long width, long long height, lk_error *err);
/** The pixels with 3 or 4 channels. The caller frees them with lk_free. */
lk_status lk_stb_decode(const lk_stb_file *file, int n_channels, uint8_t **pixels, lk_error *err);
lk_status lk_stb_decode_rgb(const lk_stb_file *file, lk_image *image, lk_error *err);

#endif
