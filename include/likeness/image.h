/**
 * image: pictures of 8 bits. Decoding and encoding, crops, resizing that equals Pillow's, text,
 * grids.
 *
 * Rules that hold in this header
 *   pixels     uint8, height x width x n_channels, rows from top to bottom, channels interleaved
 *              (RGB, or 1 grey)
 *   ownership  the caller owns a result and calls lk_image_deinit. After a failure nothing is
 *              written and nothing is owned
 *   errors     LK_FORMAT with the reason when something is wrong with a picture, LK_MEMORY; others
 *              where named
 */
#ifndef LIKENESS_IMAGE_H
#define LIKENESS_IMAGE_H

#include <likeness/status.h>
#include <likeness/text.h>

/** The shape of square images, as packs and networks have them: side and channels. */
typedef struct lk_image_shape {
    int size, channels;
} lk_image_shape;

typedef struct lk_image {
    int width, height, n_channels;
    uint8_t *pixels;
} lk_image;

/** The largest side and number of pixels of a decoded picture. */
enum { LK_IMAGE_SIDE_MAX = 8192, LK_IMAGE_PIXELS_MAX = 64 << 20 };

/** A black picture. Sides 1 to 1,000,000, n_channels 1 or 3 (else LK_FORMAT). */
lk_status lk_image_init(lk_image *image, int width, int height, int n_channels, lk_error *err);
/** May be called twice, and on a zeroed struct. */
void lk_image_deinit(lk_image *image);
size_t lk_image_bytes(const lk_image *image);

/* ---- files ----------------------------------------------------------------------------------- */

/**
 * Decode JPEG (libjpeg), PNG (libpng), BMP, binary PGM or PPM, the first frame of a GIF, or a PSD
 * (both stb_image) to RGB. The first bytes tell which it is.
 *
 * converts  grey, CMYK and YCCK to RGB; 16 bits to 8 by dropping the low byte; alpha is dropped,
 *           the colour stays as stored
 * errors    LK_FORMAT: unknown kind, damaged, truncated (also where a decoder would only warn),
 *           larger than LK_IMAGE_*_MAX, or larger than 16 million pixels where stb_image decodes
 */
lk_status lk_image_decode(const void *data, size_t n_bytes, lk_image *image, lk_error *err);
/** lk_image_decode of a file of at most 256 MB; a file called *.tga may also be a TGA (stb_image).
 * Errors name the path; also LK_READ. */
lk_status lk_image_read(const char *path, lk_image *image, lk_error *err);
/** Append the picture to `out` as a PNG. After an error `out` may hold a part of it. */
lk_status lk_image_encode_png(const lk_image *image, lk_text *out, lk_error *err);
/** Write a PNG file, which appears whole or not at all. Errors: LK_WRITE, LK_MEMORY. */
lk_status lk_image_write_png(const char *path, const lk_image *image, lk_error *err);

/* ---- geometry and channels ------------------------------------------------------------------- */

/** The square of side `size` whose corner is floor((W - size) / 2), floor((H - size) / 2).
 * LK_FORMAT if it does not fit. */
lk_status lk_image_crop_centre(const lk_image *image, int size, lk_image *out, lk_error *err);

/** The filters of lk_image_resize: name, constant, half-width in source pixels at scale 1. */
#define LK_FILTER_LIST(X)                                                                          \
    X(bicubic, LK_FILTER_BICUBIC, 2.0)                                                             \
    X(bilinear, LK_FILTER_BILINEAR, 1.0)                                                           \
    X(lanczos, LK_FILTER_LANCZOS, 3.0)                                                             \
    X(box, LK_FILTER_BOX, 0.5)

#define LK_FILTER_ENUM(name, constant, support) constant,
typedef enum lk_filter { LK_FILTER_LIST(LK_FILTER_ENUM) LK_N_FILTERS } lk_filter;
#undef LK_FILTER_ENUM

const char *lk_filter_name(lk_filter filter);

/**
 * Resize each axis with a filter that is widened by the ratio, so that shrinking does not alias.
 *
 * formula  out[i] = sum_j k((j + 0.5 - centre_i) / s) in[j] / sum_j k(...), centre_i = (i + 0.5)
 *          n_in / n_out, s = max(1, n_in / n_out); bicubic a = -0.5, lanczos 3 lobes; rows first,
 *          then columns, 8 bits between
 * source   Pillow's Resample.c with its fixed point of 22 bits: the bytes equal those of
 *          Image.resize
 */
lk_status lk_image_resize(const lk_image *image, int width, int height, lk_filter filter,
                          lk_image *out, lk_error *err);

/** To 1 channel by ITU-R 601 luma (19595 R + 38470 G + 7471 B + 2^15) / 2^16, as Pillow's "L"; to 3
 * by repeating; otherwise a copy. */
lk_status lk_image_to_channels(const lk_image *image, int n_channels, lk_image *out, lk_error *err);

/* ---- numbers --------------------------------------------------------------------------------- */

/** bytes[i] = round(255 values[i]) clipped to 0..255, for n values; NaN gives 0. */
void lk_bytes_from_reals(const lk_real *values, size_t n, uint8_t *bytes);

/* ---- drawing --------------------------------------------------------------------------------- */

/** Fill the part of a rectangle that lies inside the picture. A grey picture takes the first number
 * of the colour. */
void lk_image_fill(lk_image *image, int x, int y, int width, int height, const uint8_t colour[3]);

enum {
    LK_IMAGE_TEXT_HEIGHT = 12
}; /* height of a line at scale 1; capitals are 7 high and about 6 apart */
/** Draw a line of ASCII text with its top left corner at (x, y). Any other UTF-8 character is drawn
 * as one "?"; what lies outside the picture is left out. */
void lk_image_draw_text(lk_image *image, int x, int y, int scale, const uint8_t colour[3],
                        const char *text);
int lk_image_text_width(int scale, const char *text);

/* ---- grids ----------------------------------------------------------------------------------- */

typedef struct lk_grid_options {
    int n_rows, n_columns;
    int gap;                   /* white pixels between cells and around them */
    int zoom;                  /* each pixel becomes zoom x zoom; 0 counts as 1 */
    const char *const *labels; /* n_rows texts, in a column before the pictures; NULL: none */
} lk_grid_options;

/**
 * A table of n_rows x n_columns pictures of one shape, row by row. A cell with NULL pixels stays
 * white.
 * errors  LK_FORMAT if shapes differ or the result is too large
 */
lk_status lk_grid(const lk_image *cells, const lk_grid_options *options, lk_image *out,
                  lk_error *err);

#endif
