/**
 * image: pictures of 8 bits. Decoding and encoding, crops, resizing that equals
 * Pillow's.
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

LK_HEADER_BEGIN

/** The shape of square images, as packs and networks have them: side and channels. */
typedef struct lk_image_shape {
    int size, channels;
} lk_image_shape;

typedef struct lk_image {
    int width, height, n_channels;
    uint8_t *pixels;
} lk_image;

/** The largest number of pixels of a decoded picture, the number above which one is decoded alone,
 * and the largest side of a square that is cut out, and of a resized picture. */
enum { LK_IMAGE_PIXELS_MAX = 64 << 20, LK_IMAGE_LARGE = 16 << 20, LK_IMAGE_SIDE_MAX = 8192 };

/** A black picture. Sides 1 to 1,000,000, n_channels 1 or 3 (else LK_FORMAT). */
lk_status lk_image_init(lk_image *image, int width, int height, int n_channels, lk_error *err);
/** May be called twice, and on a zeroed struct. */
void lk_image_deinit(lk_image *image);
size_t lk_image_bytes(const lk_image *image);

/* ---- kinds of files -------------------------------------------------------------------------- */

/** The kinds of pictures: constant, name, whether they are read, endings of names. */
#define LK_IMAGE_KIND_LIST(X)                                                                      \
    X(LK_IMAGE_JPEG, "JPEG", true, "jpg jpeg jpe jfif")                                            \
    X(LK_IMAGE_PNG, "PNG", true, "png")                                                            \
    X(LK_IMAGE_BMP, "BMP", true, "bmp dib")                                                        \
    X(LK_IMAGE_PNM, "PNM", true, "ppm pgm pnm")                                                    \
    X(LK_IMAGE_GIF, "GIF", true, "gif")                                                            \
    X(LK_IMAGE_PSD, "PSD", true, "psd")                                                            \
    X(LK_IMAGE_TGA, "TGA", true, "tga")                                                            \
    X(LK_IMAGE_WEBP, "WebP", true, "webp")                                                         \
    X(LK_IMAGE_TIFF, "TIFF", false, "tif tiff")                                                    \
    X(LK_IMAGE_HEIC, "HEIC", false, "heic heif hif")                                               \
    X(LK_IMAGE_AVIF, "AVIF", false, "avif")                                                        \
    X(LK_IMAGE_JPEG_XL, "JPEG XL", false, "jxl")                                                   \
    X(LK_IMAGE_JPEG_2000, "JPEG 2000", false, "jp2 j2k j2c jpf jpx")                               \
    X(LK_IMAGE_RAW, "raw", false, "dng nef nrw arw cr2 cr3 raf orf rw2 pef srw")                   \
    X(LK_IMAGE_SVG, "SVG", false, "svg svgz")                                                      \
    X(LK_IMAGE_ICO, "ICO", false, "ico cur")                                                       \
    X(LK_IMAGE_EXR, "OpenEXR", false, "exr")                                                       \
    X(LK_IMAGE_HDR, "Radiance", false, "hdr")                                                      \
    X(LK_IMAGE_DDS, "DDS", false, "dds")                                                           \
    X(LK_IMAGE_XCF, "XCF", false, "xcf")                                                           \
    X(LK_IMAGE_PCX, "PCX", false, "pcx")                                                           \
    X(LK_IMAGE_QOI, "QOI", false, "qoi")                                                           \
    X(LK_IMAGE_PAM, "PBM or PAM", false, "pbm pam")

#define LK_IMAGE_KIND_ENUM(constant, name, is_read, endings) constant,
typedef enum lk_image_kind {
    LK_IMAGE_OTHER,   /* no picture, by its bytes and by its name */
    LK_IMAGE_UNKNOWN, /* called like a picture that is read, but its bytes are of no known kind */
    LK_IMAGE_KIND_LIST(LK_IMAGE_KIND_ENUM) LK_N_IMAGE_KINDS
} lk_image_kind;
#undef LK_IMAGE_KIND_ENUM

/** How many of a file's first bytes tell its kind. */
enum { LK_IMAGE_HEAD = 32 };

/**
 * What a file is. Its first bytes decide (LK_IMAGE_HEAD of them are enough; fewer where the file is
 * shorter); the name helps only where they say little, as in a TGA. Without a name (NULL) the bytes
 * are believed.
 */
lk_image_kind lk_image_kind_of(const void *head, size_t n_bytes, const char *name);
/** The kind that a name's ending promises, LK_IMAGE_OTHER if none. */
lk_image_kind lk_image_kind_named(const char *name);
/** "JPEG", "TIFF"; also "other", "unknown". */
const char *lk_image_kind_name(lk_image_kind kind);
bool lk_image_kind_is_read(lk_image_kind kind);
/** The kinds that are read, for messages. */
extern const char lk_image_kinds_read[];

/* ---- files ----------------------------------------------------------------------------------- */

/** Read a colour, "black", "white" or "#rrggbb"; false if the text is none of them. */
bool lk_image_colour_read(const char *text, uint8_t colour[3]);
/** The colour as "#rrggbb". Returns `out`. */
const char *lk_image_colour_text(const uint8_t colour[3], char out[8]);

/** How to decode. Zero is the default. */
typedef struct lk_image_options {
    uint8_t background[3]; /* what shows through transparent pixels: red, green, blue */
    /* called before a picture needs memory, which may be more than once: by lk_image_read_as with
       an estimate from the size of a large file, and when the header has told the number of pixels.
       The last call counts. It may wait. NULL: not needed */
    void (*claim)(void *self, size_t n_pixels);
    void *self; /* for `claim` */
} lk_image_options;

/** What decoding did to a picture. Also after a failure `kind` is set. */
typedef struct lk_image_notes {
    lk_image_kind kind;
    bool turned;     /* turned or mirrored, because the file says so (EXIF) */
    bool composited; /* had transparent pixels, which were laid over the background */
    bool scaled;     /* 16 bits of which the file used fewer, scaled to the full range */
} lk_image_notes;

/**
 * Decode JPEG (libjpeg), PNG (libpng), WebP (libwebp), BMP, binary PGM or PPM, the first frame of a
 * GIF, or a PSD (both stb_image) to RGB. The first bytes tell which it is.
 *
 * converts  grey, CMYK and YCCK to RGB; 16 bits to 8 by dropping the low byte, after scaling them
 *           up where a PNG uses fewer; transparent pixels of PNG, WebP, GIF and TGA are laid over
 *           the background; what EXIF says is turned is turned upright (JPEG, PNG, WebP)
 * errors    LK_FORMAT: unknown kind, damaged, truncated (also where a decoder would only warn that
 *           pixels are lost), more than LK_IMAGE_PIXELS_MAX, or than 16 million pixels where
 *           stb_image decodes; LK_MEMORY
 */
lk_status lk_image_decode(const void *data, size_t n_bytes, lk_image *image, lk_error *err);
/**
 * The same with options (NULL: the defaults) and notes (NULL: not needed). `name` is the file's
 * name or path: one called *.tga may also be a TGA (stb_image). NULL: it has none.
 */
lk_status lk_image_decode_as(const void *data, size_t n_bytes, const char *name,
                             const lk_image_options *options, lk_image *image,
                             lk_image_notes *notes, lk_error *err);
/** lk_image_decode of a file of at most 256 MB. Errors name the path; also LK_READ. */
lk_status lk_image_read(const char *path, lk_image *image, lk_error *err);
lk_status lk_image_read_as(const char *path, const lk_image_options *options, lk_image *image,
                           lk_image_notes *notes, lk_error *err);
/** Append the picture to `out` as a PNG. After an error `out` may hold a part of it. */
lk_status lk_image_encode_png(const lk_image *image, lk_text *out, lk_error *err);
/** A note in a file, for its readers. `key`: ASCII, as in "Title". */
typedef struct lk_image_note {
    const char *key, *text;
} lk_image_note;
/** lk_image_encode_png with notes: as tEXt where the text is ASCII, otherwise as iTXt (UTF-8). */
lk_status lk_image_encode_png_noted(const lk_image *image, const lk_image_note *notes, int n_notes,
                                    lk_text *out, lk_error *err);
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
 * errors   also LK_USAGE (LIKENESS_ISA, see context.h)
 */
lk_status lk_image_resize(const lk_image *image, int width, int height, lk_filter filter,
                          lk_image *out, lk_error *err);

/** To 1 channel by ITU-R 601 luma (19595 R + 38470 G + 7471 B + 2^15) / 2^16, as Pillow's "L"; to 3
 * by repeating; otherwise a copy. */
lk_status lk_image_to_channels(const lk_image *image, int n_channels, lk_image *out, lk_error *err);

/* ---- numbers --------------------------------------------------------------------------------- */

/** values[i] = bytes[i] / 255, for n values. */
void lk_reals_from_bytes(const uint8_t *bytes, size_t n, lk_real *values);
/** bytes[i] = round(255 values[i]) clipped to 0..255, for n values; NaN gives 0. */
void lk_bytes_from_reals(const lk_real *values, size_t n, uint8_t *bytes);

LK_HEADER_END

#endif
