/*
 * GIF: the first frame, by stb_image. Our own check comes first: every block lies inside the file,
 * the frame fills the canvas, and its codes make exactly its pixels. stb gets a copy that holds
 * only this frame, with numbers instead of colours in its palette: its pixels are then indices,
 * which are looked up here. An index beyond the palette shows as a pixel that stb left out.
 * source  "Graphics Interchange Format, Version 89a", CompuServe 1990
 */
#include "image/decode.h"

#include <likeness/memory.h>

#include <string.h>

enum {
    HEADER = 13,
    DESCRIPTOR = 9,
    PALETTE = 0x80, /* flags of the header and of frames */
    INTERLACED = 0x40,
    EXTENSION = 0x21,
    CONTROL = 0xF9,
    FRAME = 0x2C,
    END = 0x3B,
    START_MIN = 2, /* bits of the first codes, less one */
    START_MAX = 8,
    CODES = 4096
};

struct gif {
    const uint8_t *data;
    size_t n_bytes, at;
    int width, height;
    /* parts of the first frame in `data`; NULL until they are found */
    const uint8_t *frame, *palette, *raster;
    unsigned palette_bits;
    int transparent;     /* index of the colour that stands for no colour; -1: none */
    size_t raster_bytes; /* the size of the first codes, the blocks, the 0 that ends them */
};

static unsigned number_at(const uint8_t *at) {
    return at[0] | (unsigned)at[1] << 8;
}

static size_t palette_bytes(unsigned bits) {
    return (size_t)6 << bits; /* 2^(bits + 1) colours */
}

/* Take n bytes: *bytes points to them. */
static lk_status take(struct gif *gif, size_t n, const uint8_t **bytes, const char *what,
                      lk_error *err) {
    if (n > gif->n_bytes - gif->at)
        return lk_fail(err, LK_FORMAT, "truncated: has %zu bytes, too few for %s", gif->n_bytes,
                       what);
    *bytes = gif->data + gif->at;
    gif->at += n;
    return LK_OK;
}

static lk_status skip_blocks(struct gif *gif, const char *what, lk_error *err) {
    const uint8_t *size = NULL, *data = NULL;
    lk_status status = LK_OK;
    do {
        status = take(gif, 1, &size, what, err);
        if (!status) status = take(gif, *size, &data, what, err);
    } while (!status && *size);
    return status;
}

/* Read a palette if the flags announce one. */
static lk_status read_palette(struct gif *gif, unsigned flags, lk_error *err) {
    if (!(flags & PALETTE)) return LK_OK;
    gif->palette_bits = flags & 7;
    return take(gif, palette_bytes(gif->palette_bits), &gif->palette, "its palette", err);
}

static lk_status read_header(struct gif *gif, lk_error *err) {
    const uint8_t *header = NULL;
    lk_status status = take(gif, HEADER, &header, "the header", err);
    if (status) return status;
    if (memcmp(header, "GIF87a", 6) != 0 && memcmp(header, "GIF89a", 6) != 0)
        return lk_fail(err, LK_FORMAT, "bad GIF: expected version 87a or 89a, got %.3s",
                       (const char *)header + 3);
    gif->width = (int)number_at(header + 6);
    gif->height = (int)number_at(header + 8);
    status = lk_stb_size_check(gif->width, gif->height, err);
    return status ? status : read_palette(gif, header[10], err);
}

static lk_status read_first_frame(struct gif *gif, const uint8_t *frame, lk_error *err) {
    unsigned left = number_at(frame), top = number_at(frame + 2), width = number_at(frame + 4),
             height = number_at(frame + 6);
    if (left || top || (int)width != gif->width || (int)height != gif->height)
        return lk_fail(err, LK_FORMAT,
                       "GIF whose first frame is a part: expected %d x %d pixels at (0, 0), got "
                       "%u x %u at (%u, %u)",
                       gif->width, gif->height, width, height, left, top);
    lk_status status = read_palette(gif, frame[8], err);
    if (status) return status;
    if (!gif->palette) return lk_fail(err, LK_FORMAT, "bad GIF: has no palette");
    size_t begin = gif->at;
    const uint8_t *start = NULL;
    status = take(gif, 1, &start, "its pixels", err);
    if (!status) status = skip_blocks(gif, "its pixels", err);
    gif->frame = frame;
    gif->raster = gif->data + begin;
    gif->raster_bytes = gif->at - begin;
    return status;
}

/* Later frames only have to lie inside the file. */
static lk_status read_frame(struct gif *gif, lk_error *err) {
    const uint8_t *frame = NULL, *passed = NULL;
    lk_status status = take(gif, DESCRIPTOR, &frame, "a frame", err);
    if (status) return status;
    if (!gif->frame) return read_first_frame(gif, frame, err);
    size_t n = (frame[8] & PALETTE ? palette_bytes(frame[8] & 7) : 0) + 1;
    status = take(gif, n, &passed, "a frame", err);
    return status ? status : skip_blocks(gif, "a frame", err);
}

/* Before a frame an extension of 4 bytes may name a colour that stands for no colour. The last one
   counts. */
static void read_control(struct gif *gif) {
    const uint8_t *at = gif->data + gif->at;
    if (gif->n_bytes - gif->at >= 5 && at[0] == 4) gif->transparent = at[1] & 1 ? at[4] : -1;
}

static lk_status read_blocks(struct gif *gif, lk_error *err) {
    for (;;) {
        const uint8_t *kind = NULL, *label = NULL;
        lk_status status = take(gif, 1, &kind, "its end mark", err);
        if (status) return status;
        if (*kind == END) break;
        if (*kind == FRAME) {
            status = read_frame(gif, err);
        } else if (*kind == EXTENSION) {
            status = take(gif, 1, &label, "an extension", err);
            if (!status && *label == CONTROL && !gif->frame) read_control(gif);
            if (!status) status = skip_blocks(gif, "an extension", err);
        } else {
            status = lk_fail(err, LK_FORMAT,
                             "bad GIF: expected a frame, an extension or the end at byte %zu, got "
                             "%02x",
                             gif->at - 1, *kind);
        }
        if (status) return status;
    }
    return gif->frame ? LK_OK : lk_fail(err, LK_FORMAT, "bad GIF: has no frame");
}

/* stb's time grows with the number of codes, so their bytes are limited. */
static lk_status check_length(const struct gif *gif, lk_error *err) {
    size_t n = 0, most = 2 * (size_t)gif->width * (size_t)gif->height + 1024;
    for (const uint8_t *at = gif->raster + 1; *at; at += *at + 1) n += *at;
    if (n <= most) return LK_OK;
    return lk_fail(err, LK_FORMAT,
                   "bad GIF: expected at most %zu bytes for %d x %d pixels, got %zu", most,
                   gif->width, gif->height, n);
}

/* The bits of the blocks, lowest first. */
struct bits {
    const uint8_t *at;
    size_t n_left; /* bytes of this block */
    uint32_t value;
    int n;
};

/* Returns -1 when the blocks have ended. */
static int next_code(struct bits *bits, int size) {
    for (; bits->n < size; bits->n += 8) {
        if (!bits->n_left) bits->n_left = *bits->at++;
        if (!bits->n_left) return -1;
        bits->value |= (uint32_t)*bits->at++ << bits->n;
        bits->n_left--;
    }
    int code = (int)(bits->value & ((1U << size) - 1));
    bits->value >>= size;
    bits->n -= size;
    return code;
}

/* LZW codes: for each only the number of pixels it stands for. */
struct codes {
    /* bits of the first codes; bits now; the code to be made next; the last code, or -1 */
    int start, size, next, before;
    bool begun;
    uint16_t lengths[CODES];
};

static void clear(struct codes *codes) {
    codes->size = codes->start + 1;
    codes->next = (1 << codes->start) + 2;
    codes->before = -1;
    codes->begun = true;
}

/* The number of pixels of a code; 0 if there is no such code yet. */
static size_t follow(struct codes *codes, int code) {
    int made = codes->next;
    if (!codes->begun || code > made || (code == made && codes->before < 0)) return 0;
    if (codes->before >= 0 && made < CODES) {
        codes->lengths[made] = (uint16_t)(codes->lengths[codes->before] + 1);
        codes->next = ++made;
        if (made == 1 << codes->size && made < CODES) codes->size++;
    }
    codes->before = code;
    return codes->lengths[code];
}

static lk_status check_codes(const struct gif *gif, lk_error *err) {
    struct codes codes = { .start = gif->raster[0] };
    if (codes.start < START_MIN || codes.start > START_MAX)
        return lk_fail(err, LK_FORMAT, "bad GIF: expected first codes of %d to %d bits, got %d",
                       START_MIN, START_MAX, codes.start);
    struct bits bits = { .at = gif->raster + 1 };
    int n_first = 1 << codes.start;
    for (int i = 0; i < n_first; i++) codes.lengths[i] = 1;
    codes.size = codes.start + 1;
    size_t n = 0, n_pixels = (size_t)gif->width * (size_t)gif->height;
    for (int code; (code = next_code(&bits, codes.size)) >= 0 && code != n_first + 1;) {
        size_t more = 0;
        if (code == n_first)
            clear(&codes);
        else if (!(more = follow(&codes, code)))
            return lk_fail(err, LK_FORMAT, "bad GIF: code %d is used before it is defined", code);
        n += more;
        if (n > n_pixels) break;
    }
    if (n == n_pixels) return LK_OK;
    return lk_fail(err, LK_FORMAT, "bad GIF: expected codes of %zu pixels, got %s", n_pixels,
                   n < n_pixels ? "fewer" : "more");
}

/* A GIF that holds only the first frame, for stb; colour i of its palette is (i, i, i). */
static lk_status copy_first_frame(const struct gif *gif, uint8_t **copy, size_t *n_bytes,
                                  lk_error *err) {
    size_t n_palette = palette_bytes(gif->palette_bits);
    size_t n = HEADER + n_palette + 1 + DESCRIPTOR + gif->raster_bytes;
    uint8_t *at = lk_alloc(n);
    if (!at) return lk_fail_memory(err, n, "a GIF");
    *copy = at;
    *n_bytes = n;
    memcpy(at, gif->data, 10); /* signature, version and size */
    at[10] = (uint8_t)(PALETTE | gif->palette_bits);
    for (size_t i = 0; i < n_palette; i++) at[HEADER + i] = (uint8_t)(i / 3);
    at += HEADER + n_palette;
    *at++ = FRAME;
    memcpy(at, gif->frame, DESCRIPTOR);
    at[DESCRIPTOR - 1] &= INTERLACED;
    memcpy(at + DESCRIPTOR, gif->raster, gif->raster_bytes);
    return LK_OK;
}

/* Replace indices by colours; alpha is 0 where stb found no colour in the palette. */
static lk_status take_colours(const struct gif *gif, uint8_t *rgba, lk_error *err) {
    size_t n = (size_t)gif->width * (size_t)gif->height;
    for (size_t i = 0; i < n; i++, rgba += 4) {
        int index = rgba[0];
        if (!rgba[3])
            return lk_fail(err, LK_FORMAT,
                           "bad GIF: expected colours from a palette of %u, got one beyond it at "
                           "pixel %zu",
                           2U << gif->palette_bits, i);
        memcpy(rgba, gif->palette + 3 * (size_t)index, 3);
        if (index == gif->transparent) rgba[3] = 0;
    }
    return LK_OK;
}

lk_status lk_gif_decode(const uint8_t *data, size_t n_bytes, lk_decoding *how, lk_image *image,
                        lk_error *err) {
    struct gif gif = { .data = data, .n_bytes = n_bytes, .transparent = -1 };
    uint8_t *copy = NULL, *rgba = NULL;
    size_t n_copy = 0;
    lk_status status = read_header(&gif, err);
    if (!status) status = read_blocks(&gif, err);
    if (!status) status = check_length(&gif, err);
    if (!status) status = check_codes(&gif, err);
    if (!status) status = copy_first_frame(&gif, &copy, &n_copy, err);
    if (status) return status;
    const lk_stb_file file = { "GIF", copy, n_copy, gif.width, gif.height };
    status = lk_stb_decode(&file, how, 4, &rgba, err);
    lk_free(copy);
    if (!status) status = take_colours(&gif, rgba, err);
    if (status)
        lk_free(rgba);
    else
        *image = lk_decoding_end(how, gif.width, gif.height, 4, rgba);
    return status;
}
