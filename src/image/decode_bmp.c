/*
 * BMP of Windows and OS/2: palettes of 1, 4 and 8 bits, 16 and 32 bits with masks, 24 bits; rows
 * from the bottom up or from the top down.
 * source  BITMAPFILEHEADER, BITMAPCOREHEADER, BITMAPINFOHEADER of the Windows documentation. Run
 *         lengths are not supported; alpha is not read.
 */
#include "image/decode.h"

enum {
    FILE_HEADER = 14,
    CORE_HEADER = 12,
    INFO_HEADER = 40,
    COLOURS_MAX = 256,
    UNCOMPRESSED = 0,
    MASKS = 3,
    MASKS_AND_ALPHA = 6
};

/* The bits of one colour in a pixel of 16 or 32 bits: value = pixel >> shift & max. */
struct channel {
    int shift;
    uint32_t max;
};

struct bmp {
    const uint8_t *data;
    size_t n_bytes;
    size_t header, offset; /* bytes of the second header; where the pixels begin */
    long long width, height;
    unsigned bits, compression;
    bool from_above;
    size_t n_colours;
    uint8_t colours[COLOURS_MAX][3];
    struct channel channels[3];
};

static uint32_t number_at(const struct bmp *bmp, size_t at, int n) {
    uint32_t value = 0;
    for (int i = n - 1; i >= 0; i--) value = value << 8 | bmp->data[at + (size_t)i];
    return value;
}

static lk_status too_short(const struct bmp *bmp, const char *what, lk_error *err) {
    return lk_fail(err, LK_FORMAT, "truncated: has %zu bytes, too few for %s", bmp->n_bytes, what);
}

static lk_status read_header(struct bmp *bmp, lk_error *err) {
    if (bmp->n_bytes < FILE_HEADER + CORE_HEADER) return too_short(bmp, "the header", err);
    bmp->offset = number_at(bmp, 10, 4);
    bmp->header = number_at(bmp, FILE_HEADER, 4);
    if (bmp->header == CORE_HEADER) {
        bmp->width = number_at(bmp, 18, 2);
        bmp->height = number_at(bmp, 20, 2);
        bmp->bits = number_at(bmp, 24, 2);
        return LK_OK;
    }
    if (bmp->header < INFO_HEADER)
        return lk_fail(err, LK_FORMAT,
                       "bad BMP: expected a header of 12 bytes, or of at least 40, got %zu",
                       bmp->header);
    if (bmp->n_bytes < FILE_HEADER + INFO_HEADER) return too_short(bmp, "the header", err);
    bmp->width = (int32_t)number_at(bmp, 18, 4);
    bmp->height = (int32_t)number_at(bmp, 22, 4);
    bmp->from_above = bmp->height < 0;
    if (bmp->from_above) bmp->height = -bmp->height;
    bmp->bits = number_at(bmp, 28, 2);
    bmp->compression = number_at(bmp, 30, 4);
    return LK_OK;
}

/* The pixels must not begin before the end of what describes them, which is `at`. */
static lk_status check_offset(const struct bmp *bmp, size_t at, lk_error *err) {
    if (bmp->offset >= at) return LK_OK;
    return lk_fail(err, LK_FORMAT,
                   "bad BMP: expected pixels behind the header of %zu bytes, got byte %zu", at,
                   bmp->offset);
}

/* The colours follow the header, blue first. In OS/2 files each has 3 bytes, and where the pixels
   begin tells how many there are. */
static lk_status read_colours(struct bmp *bmp, lk_error *err) {
    bool core = bmp->header == CORE_HEADER;
    size_t at = FILE_HEADER + bmp->header, bytes = core ? 3 : 4, most = (size_t)1 << bmp->bits,
           n = most;
    if (core && bmp->offset >= at && (bmp->offset - at) / bytes < most)
        n = (bmp->offset - at) / bytes;
    if (!core && number_at(bmp, 46, 4)) n = number_at(bmp, 46, 4);
    if (n > most)
        return lk_fail(err, LK_FORMAT, "bad BMP: expected at most %zu colours of %u bits, got %zu",
                       most, bmp->bits, n);
    if (at > bmp->n_bytes || n * bytes > bmp->n_bytes - at)
        return too_short(bmp, "its colours", err);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < 3; c++) bmp->colours[i][c] = bmp->data[at + i * bytes + 2 - c];
    bmp->n_colours = n;
    return check_offset(bmp, at + n * bytes, err);
}

static lk_status read_masks(struct bmp *bmp, lk_error *err) {
    static const uint32_t of_16[3] = { 0x7C00, 0x3E0, 0x1F }, of_32[3] = { 0xFF0000, 0xFF00, 0xFF };
    size_t at = FILE_HEADER + INFO_HEADER;
    bool stored = bmp->compression != UNCOMPRESSED;
    if (stored && bmp->n_bytes < at + 12) return too_short(bmp, "its masks", err);
    for (size_t c = 0; c < 3; c++) {
        uint32_t mask = stored            ? number_at(bmp, at + 4 * c, 4)
                        : bmp->bits == 16 ? of_16[c]
                                          : of_32[c];
        int shift = 0;
        if (!mask) return lk_fail(err, LK_FORMAT, "bad BMP: the mask of a colour is 0");
        for (; !(mask & 1); mask >>= 1) shift++;
        if (mask & (mask + 1))
            return lk_fail(err, LK_FORMAT, "bad BMP: the mask of a colour has a hole");
        if (bmp->bits == 16 && (mask << shift) >> 16)
            return lk_fail(err, LK_FORMAT, "bad BMP: the mask of a colour exceeds its 16 bits");
        bmp->channels[c] = (struct channel){ shift, mask };
    }
    bool follow = stored && bmp->header == INFO_HEADER; /* longer headers contain the masks */
    return check_offset(bmp, FILE_HEADER + bmp->header + (follow ? 12 : 0), err);
}

static lk_status read_kind(struct bmp *bmp, lk_error *err) {
    bool masks = (bmp->compression == MASKS || bmp->compression == MASKS_AND_ALPHA) &&
                 (bmp->bits == 16 || bmp->bits == 32);
    if (bmp->compression != UNCOMPRESSED && !masks)
        return lk_fail(err, LK_FORMAT, "BMP of %u bits and compression %u, which is not supported",
                       bmp->bits, bmp->compression);
    switch (bmp->bits) {
    case 1:
    case 4:
    case 8:
        return read_colours(bmp, err);
    case 16:
    case 32:
        return read_masks(bmp, err);
    case 24:
        return check_offset(bmp, FILE_HEADER + bmp->header, err);
    default:
        return lk_fail(err, LK_FORMAT,
                       "bad BMP: expected 1, 4, 8, 16, 24 or 32 bits per pixel, got %u", bmp->bits);
    }
}

static lk_status paint_palette(const struct bmp *bmp, const uint8_t *row, uint8_t *rgb,
                               lk_error *err) {
    unsigned bits = bmp->bits;
    for (size_t x = 0; x < (size_t)bmp->width; x++, rgb += 3) {
        unsigned index = row[x * bits / 8] >> (8 - bits - x * bits % 8) & ((1U << bits) - 1);
        if (index >= bmp->n_colours)
            return lk_fail(err, LK_FORMAT, "bad BMP: expected one of %zu colours, got colour %u",
                           bmp->n_colours, index);
        for (int c = 0; c < 3; c++) rgb[c] = bmp->colours[index][c];
    }
    return LK_OK;
}

static void paint_masks(const struct bmp *bmp, const uint8_t *row, uint8_t *rgb) {
    size_t bytes = bmp->bits / 8;
    for (size_t x = 0; x < (size_t)bmp->width; x++, row += bytes, rgb += 3) {
        uint32_t pixel = (uint32_t)row[0] | (uint32_t)row[1] << 8;
        if (bytes == 4) pixel |= (uint32_t)row[2] << 16 | (uint32_t)row[3] << 24;
        for (int c = 0; c < 3; c++) {
            uint64_t max = bmp->channels[c].max, value = pixel >> bmp->channels[c].shift & max;
            rgb[c] = (uint8_t)((value * 255 + max / 2) / max);
        }
    }
}

static void paint_24(const struct bmp *bmp, const uint8_t *row, uint8_t *rgb) {
    for (long long x = 0; x < bmp->width; x++, row += 3, rgb += 3)
        for (int c = 0; c < 3; c++) rgb[c] = row[2 - c];
}

static lk_status paint(const struct bmp *bmp, size_t stride, lk_image *image, lk_error *err) {
    size_t height = (size_t)image->height;
    lk_status status = LK_OK;
    for (size_t y = 0; y < height && !status; y++) {
        const uint8_t *row =
            bmp->data + bmp->offset + (bmp->from_above ? y : height - 1 - y) * stride;
        uint8_t *rgb = image->pixels + y * (size_t)image->width * 3;
        if (bmp->bits <= 8)
            status = paint_palette(bmp, row, rgb, err);
        else if (bmp->bits == 24)
            paint_24(bmp, row, rgb);
        else
            paint_masks(bmp, row, rgb);
    }
    return status;
}

lk_status lk_bmp_decode(const uint8_t *data, size_t n_bytes, lk_decoding *how, lk_image *image,
                        lk_error *err) {
    struct bmp bmp = { .data = data, .n_bytes = n_bytes };
    lk_image made = { 0 };
    lk_status status = read_header(&bmp, err);
    if (!status) status = lk_decoded_size_check(bmp.width, bmp.height, err);
    if (!status) status = read_kind(&bmp, err);
    if (status) return status;
    size_t stride = ((size_t)bmp.width * bmp.bits + 31) / 32 * 4,
           needed = bmp.offset + stride * (size_t)bmp.height;
    if (n_bytes < needed)
        return lk_fail(err, LK_FORMAT,
                       "truncated: expected %zu bytes for %lld x %lld pixels, got %zu", needed,
                       bmp.width, bmp.height, n_bytes);
    made = (lk_image){ (int)bmp.width, (int)bmp.height, 3, NULL };
    status = lk_decoding_begin(how, bmp.width, bmp.height, 3, &made.pixels, err);
    if (!status) status = paint(&bmp, stride, &made, err);
    if (status)
        lk_image_deinit(&made);
    else
        *image = made;
    return status;
}
