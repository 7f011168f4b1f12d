/*
 * PSD by stb_image: the merged picture of an RGB file with 3 channels of 8 bits, plain or with run
 * lengths. Our own check comes first, because stb does not check where the file or a row ends.
 * source  "Adobe Photoshop File Formats Specification", 2019. Layers, more channels, other modes
 *         and other depths are not supported.
 */
#include "image/decode.h"

enum { HEADER = 26, CHANNELS = 3, BITS = 8, MODE_RGB = 3, PLAIN = 0, RUNS = 1, NOTHING = 128 };

struct psd {
    const uint8_t *data;
    size_t n_bytes, at;
    long long width, height;
};

static uint32_t number_at(const struct psd *psd, size_t at, int n) {
    uint32_t value = 0;
    for (int i = 0; i < n; i++) value = value << 8 | psd->data[at + (size_t)i];
    return value;
}

static size_t n_left(const struct psd *psd) {
    return psd->n_bytes - psd->at;
}

static lk_status too_short(const struct psd *psd, const char *what, lk_error *err) {
    return lk_fail(err, LK_FORMAT, "truncated: has %zu bytes, too few for %s", psd->n_bytes, what);
}

static lk_status read_header(struct psd *psd, lk_error *err) {
    if (psd->n_bytes < HEADER) return too_short(psd, "the header", err);
    unsigned version = number_at(psd, 4, 2), channels = number_at(psd, 12, 2),
             bits = number_at(psd, 22, 2), mode = number_at(psd, 24, 2);
    if (version != 1)
        return lk_fail(err, LK_FORMAT, "bad PSD: expected version 1, got %u", version);
    if (channels != CHANNELS || bits != BITS || mode != MODE_RGB)
        return lk_fail(err, LK_FORMAT,
                       "PSD of another kind: expected 3 channels, 8 bits, mode 3 (RGB), got %u, "
                       "%u, %u",
                       channels, bits, mode);
    psd->height = number_at(psd, 14, 4);
    psd->width = number_at(psd, 18, 4);
    psd->at = HEADER;
    return lk_stb_size_check(psd->width, psd->height, err);
}

/* Between header and pixels: colours of other modes, resources, layers. */
static lk_status skip_section(struct psd *psd, lk_error *err) {
    if (n_left(psd) < 4) return too_short(psd, "its sections", err);
    size_t n = number_at(psd, psd->at, 4);
    psd->at += 4;
    if (n > n_left(psd)) return too_short(psd, "its sections", err);
    psd->at += n;
    return LK_OK;
}

/* The runs of a row must fill exactly its bytes and its width in pixels. stb does not read the
   table of lengths, so it would otherwise lose its place. */
static lk_status check_row(const struct psd *psd, size_t at, size_t end, lk_error *err) {
    size_t n = 0;
    while (at < end) {
        unsigned run = psd->data[at++];
        if (run == NOTHING) continue;
        n += run < NOTHING ? run + 1 : 257 - run;
        at += run < NOTHING ? run + 1 : 1;
    }
    if (at == end && n == (size_t)psd->width) return LK_OK;
    return lk_fail(err, LK_FORMAT, "bad PSD: expected rows of %lld pixels, got one of %zu%s",
                   psd->width, n, at > end ? " that does not end with its bytes" : "");
}

static lk_status check_runs(struct psd *psd, lk_error *err) {
    size_t n_rows = CHANNELS * (size_t)psd->height, table = psd->at;
    if (2 * n_rows > n_left(psd)) return too_short(psd, "the lengths of its rows", err);
    psd->at += 2 * n_rows;
    for (size_t i = 0; i < n_rows; i++) {
        size_t n = number_at(psd, table + 2 * i, 2);
        if (n > n_left(psd)) return too_short(psd, "its pixels", err);
        lk_status status = check_row(psd, psd->at, psd->at + n, err);
        if (status) return status;
        psd->at += n;
    }
    return LK_OK;
}

static lk_status check_pixels(struct psd *psd, lk_error *err) {
    if (n_left(psd) < 2) return too_short(psd, "its pixels", err);
    unsigned compression = number_at(psd, psd->at, 2);
    psd->at += 2;
    if (compression == RUNS) return check_runs(psd, err);
    if (compression != PLAIN)
        return lk_fail(err, LK_FORMAT, "bad PSD: expected compression 0 or 1, got %u", compression);
    size_t n = CHANNELS * (size_t)psd->width * (size_t)psd->height;
    if (n > n_left(psd)) return too_short(psd, "its pixels", err);
    psd->at += n;
    return LK_OK;
}

lk_status lk_psd_decode(const uint8_t *data, size_t n_bytes, lk_decoding *how, lk_image *image,
                        lk_error *err) {
    struct psd psd = { .data = data, .n_bytes = n_bytes };
    lk_status status = read_header(&psd, err);
    for (int i = 0; i < 3 && !status; i++) status = skip_section(&psd, err);
    if (!status) status = check_pixels(&psd, err);
    if (status) return status;
    const lk_stb_file file = { "PSD", data, psd.at, (int)psd.width, (int)psd.height };
    return lk_stb_decode_image(&file, how, 3, image, err);
}
