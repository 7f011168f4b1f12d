/* The decoders, one in each file; lk_image_decode chooses by the first bytes. All give RGB, or
   LK_FORMAT with the reason. Those of GIF, TGA and PSD check the file and leave the rest to
   stb_image. */
#ifndef LIKENESS_IMAGE_DECODE_H
#define LIKENESS_IMAGE_DECODE_H

#include <likeness/image.h>

/** A picture on its way from bytes to pixels: what decoders are given and what they tell. */
typedef struct lk_decoding {
    const lk_image_options *options;
    lk_image_notes notes;
    int orientation; /* as EXIF counts: 1 is upright; 0 if the file says nothing */
} lk_decoding;

lk_status lk_jpeg_decode(const uint8_t *data, size_t n_bytes, lk_decoding *how, lk_image *image,
                         lk_error *err);
lk_status lk_png_decode(const uint8_t *data, size_t n_bytes, lk_decoding *how, lk_image *image,
                        lk_error *err);
lk_status lk_bmp_decode(const uint8_t *data, size_t n_bytes, lk_decoding *how, lk_image *image,
                        lk_error *err);
lk_status lk_pnm_decode(const uint8_t *data, size_t n_bytes, lk_decoding *how, lk_image *image,
                        lk_error *err);
lk_status lk_gif_decode(const uint8_t *data, size_t n_bytes, lk_decoding *how, lk_image *image,
                        lk_error *err);
lk_status lk_psd_decode(const uint8_t *data, size_t n_bytes, lk_decoding *how, lk_image *image,
                        lk_error *err);
lk_status lk_webp_decode(const uint8_t *data, size_t n_bytes, lk_decoding *how, lk_image *image,
                         lk_error *err);
/** Nothing in a TGA's bytes marks it as one, so the file's name decides. */
lk_status lk_tga_decode(const uint8_t *data, size_t n_bytes, lk_decoding *how, lk_image *image,
                        lk_error *err);

/** LK_FORMAT when the width or height of a header is below 1, or a picture of that size is larger
 * than this library decodes. */
lk_status lk_decoded_size_check(long long width, long long height, lk_error *err);
/** lk_decoded_size_check, then the options' claim. Each decoder calls it once, before it needs
 * memory for pixels. */
lk_status lk_decoding_claim(const lk_decoding *how, long long width, long long height,
                            lk_error *err);
/** lk_decoding_claim, and zeroed pixels of 3 channels, or 4: red, green, blue, alpha. The caller
 * frees them with lk_free. */
lk_status lk_decoding_begin(const lk_decoding *how, long long width, long long height,
                            int n_channels, uint8_t **pixels, lk_error *err);
/** The picture that owns these pixels; those of 4 channels are laid over the background. */
lk_image lk_decoding_end(lk_decoding *how, int width, int height, int n_channels, uint8_t *pixels);

/** Lay pixels of red, green, blue and alpha over a colour and pack them to 3 channels, in place.
 * Returns whether any was transparent. */
bool lk_alpha_flatten(uint8_t *rgba, size_t n_pixels, const uint8_t background[3]);

/** The orientation, 1 to 8, that EXIF (with or without "Exif" in front) names; 1 if it does not, or
 * is damaged. */
int lk_exif_orientation(const uint8_t *data, size_t n_bytes);
/** Turn a picture stored with this orientation upright. Errors: LK_MEMORY; the picture is then
 * unchanged. */
lk_status lk_exif_turn(lk_image *image, int orientation, lk_error *err);

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
lk_status lk_stb_decode(const lk_stb_file *file, const lk_decoding *how, int n_channels,
                        uint8_t **pixels, lk_error *err);
/** The picture, of 3 channels, or of 4 laid over the background. */
lk_status lk_stb_decode_image(const lk_stb_file *file, lk_decoding *how, int n_channels,
                              lk_image *image, lk_error *err);

#endif
