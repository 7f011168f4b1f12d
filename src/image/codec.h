/* One decoder a file; lk_image_decode picks by the first bytes. All give RGB, or LK_FORMAT with the
   reason. */
#ifndef LIKENESS_IMAGE_CODEC_H
#define LIKENESS_IMAGE_CODEC_H

#include <likeness/image.h>

lk_status lk_jpeg_decode(const uint8_t *data, size_t n_bytes, lk_image *image, lk_error *err);
lk_status lk_png_decode(const uint8_t *data, size_t n_bytes, lk_image *image, lk_error *err);
lk_status lk_bmp_decode(const uint8_t *data, size_t n_bytes, lk_image *image, lk_error *err);
lk_status lk_pnm_decode(const uint8_t *data, size_t n_bytes, lk_image *image, lk_error *err);

/** LK_FORMAT when a header's width and height are more than this library decodes. */
lk_status lk_decoded_size_check(long long width, long long height, lk_error *err);

#endif
