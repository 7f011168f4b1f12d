/*
 * TGA by stb_image: palettes, RGB of 15, 16, 24 and 32 bits and grey, plain or with run lengths.
 * Our own check comes first, because stb leaves pixels unwritten where bytes are missing, misreads
 * palettes that do not begin at 0, and does not mirror. A fourth channel is alpha only where the
 * header says that it has 8 bits.
 * source  "Truevision TGA File Format Specification", version 2.0, 1991
 */
#include "image/decode.h"

enum {
    HEADER = 18,
    PALETTE = 1, /* kinds of pixels; RUNS is added where there are run lengths */
    COLOUR = 2,
    GREY = 3,
    RUNS = 8,
    MIRRORED = 0x10, /* bits of the header's last byte */
    INTERLEAVED = 0xC0,
    ALPHA_BITS = 0x0F
};

struct tga {
    const uint8_t *data;
    size_t n_bytes, at;
    int width, height;
    unsigned kind, bits;
    bool runs;
    size_t pixel_bytes, n_colours;
};

static unsigned number_at(const struct tga *tga, size_t at) {
    return tga->data[at] | (unsigned)tga->data[at + 1] << 8;
}

static size_t n_left(const struct tga *tga) {
    return tga->n_bytes - tga->at;
}

static lk_status too_short(const struct tga *tga, const char *what, lk_error *err) {
    return lk_fail(err, LK_FORMAT, "truncated: has %zu bytes, too few for %s", tga->n_bytes, what);
}

static bool is_of_colour(unsigned bits) {
    return bits == 15 || bits == 16 || bits == 24 || bits == 32;
}

static lk_status read_kind(struct tga *tga, lk_error *err) {
    unsigned has_palette = tga->data[1], type = tga->data[2], order = tga->data[17];
    tga->kind = type & ~(unsigned)RUNS;
    tga->runs = type & RUNS;
    if (tga->kind < PALETTE || tga->kind > GREY || has_palette != (tga->kind == PALETTE))
        return lk_fail(err, LK_FORMAT,
                       "bad TGA: expected type 1 or 9 with a palette, or 2, 3, 10 or 11 without, "
                       "got type %u, palette %u",
                       type, has_palette);
    tga->bits = tga->data[16];
    tga->pixel_bytes = (tga->bits + 7) / 8;
    bool right = tga->kind == COLOUR ? is_of_colour(tga->bits) : tga->bits == 8 || tga->bits == 16;
    if (!right)
        return lk_fail(err, LK_FORMAT, "bad TGA: expected %s bits per pixel of type %u, got %u",
                       tga->kind == COLOUR ? "15, 16, 24 or 32" : "8 or 16", type, tga->bits);
    if (order & (MIRRORED | INTERLEAVED))
        return lk_fail(err, LK_FORMAT,
                       "TGA whose pixels go from right to left or are interleaved, which is not "
                       "supported");
    return LK_OK;
}

/* The palette follows the header and the text, whose length is the header's first byte. */
static lk_status read_palette(struct tga *tga, lk_error *err) {
    tga->at = HEADER + (size_t)tga->data[0];
    if (tga->at > tga->n_bytes) return too_short(tga, "its text", err);
    if (tga->kind != PALETTE) return LK_OK;
    unsigned start = number_at(tga, 3), bits = tga->data[7];
    tga->n_colours = number_at(tga, 5);
    if (start)
        return lk_fail(err, LK_FORMAT, "bad TGA: expected a palette that starts at 0, got %u",
                       start);
    if (!tga->n_colours || !is_of_colour(bits))
        return lk_fail(err, LK_FORMAT,
                       "bad TGA: expected a palette of 15, 16, 24 or 32 bits per colour, got %zu "
                       "colours of %u bits",
                       tga->n_colours, bits);
    size_t n = tga->n_colours * ((bits + 7) / 8);
    if (n > n_left(tga)) return too_short(tga, "its palette", err);
    tga->at += n;
    return LK_OK;
}

/* Check and skip n stored pixels. */
static lk_status take(struct tga *tga, size_t n, lk_error *err) {
    if (n > n_left(tga) / tga->pixel_bytes) return too_short(tga, "its pixels", err);
    for (; n; n--, tga->at += tga->pixel_bytes) {
        if (tga->kind != PALETTE) continue;
        unsigned index = tga->pixel_bytes == 1 ? tga->data[tga->at] : number_at(tga, tga->at);
        if (index >= tga->n_colours)
            return lk_fail(err, LK_FORMAT, "bad TGA: expected one of %zu colours, got colour %u",
                           tga->n_colours, index);
    }
    return LK_OK;
}

static lk_status check_pixels(struct tga *tga, lk_error *err) {
    size_t n = (size_t)tga->width * (size_t)tga->height;
    if (!tga->runs) return take(tga, n, err);
    while (n) {
        if (!n_left(tga)) return too_short(tga, "its pixels", err);
        unsigned run = tga->data[tga->at++];
        size_t length = (run & 0x7F) + 1;
        if (length > n)
            return lk_fail(err, LK_FORMAT, "bad TGA: expected a run of at most %zu pixels, got %zu",
                           n, length);
        lk_status status = take(tga, run & 0x80 ? 1 : length, err);
        if (status) return status;
        n -= length;
    }
    return LK_OK;
}

static bool has_alpha(const struct tga *tga) {
    return (tga->data[17] & ALPHA_BITS) == 8;
}

lk_status lk_tga_decode(const uint8_t *data, size_t n_bytes, lk_decoding *how, lk_image *image,
                        lk_error *err) {
    struct tga tga = { .data = data, .n_bytes = n_bytes };
    if (n_bytes < HEADER) return too_short(&tga, "the header", err);
    lk_status status = read_kind(&tga, err);
    tga.width = (int)number_at(&tga, 12);
    tga.height = (int)number_at(&tga, 14);
    if (!status) status = lk_stb_size_check(tga.width, tga.height, err);
    if (!status) status = read_palette(&tga, err);
    if (!status) status = check_pixels(&tga, err);
    if (status) return status;
    const lk_stb_file file = { "TGA", data, tga.at, tga.width, tga.height };
    return lk_stb_decode_image(&file, how, has_alpha(&tga) ? 4 : 3, image, err);
}
