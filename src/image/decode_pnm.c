/* Binary PGM and PPM (netpbm's P5 and P6); only the first picture of a file. Values are scaled so
   that the largest allowed one becomes 255. */
#include "image/decode.h"

struct pnm {
    const uint8_t *at, *end;
    unsigned width, height, max;
};

static bool is_space(uint8_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Skips white space, and comments up to the end of the line. */
static void skip_space(struct pnm *pnm) {
    for (; pnm->at < pnm->end && (is_space(*pnm->at) || *pnm->at == '#'); pnm->at++)
        if (*pnm->at == '#')
            while (pnm->at + 1 < pnm->end && *pnm->at != '\n' && *pnm->at != '\r') pnm->at++;
}

static lk_status read_number(struct pnm *pnm, const char *what, unsigned *value, lk_error *err) {
    skip_space(pnm);
    unsigned n_digits = 0, read = 0;
    for (; pnm->at < pnm->end && *pnm->at >= '0' && *pnm->at <= '9'; pnm->at++, n_digits++)
        /* larger than any valid number: stop before it overflows */
        if (read < 100000) read = 10 * read + (unsigned)(*pnm->at - '0');
    if (!n_digits) return lk_fail(err, LK_FORMAT, "bad PNM: its header has no %s", what);
    *value = read;
    return LK_OK;
}

static lk_status read_header(struct pnm *pnm, lk_error *err) {
    lk_status status = read_number(pnm, "width", &pnm->width, err);
    if (!status) status = read_number(pnm, "height", &pnm->height, err);
    if (!status) status = read_number(pnm, "largest value", &pnm->max, err);
    if (!status) status = lk_decoded_size_check(pnm->width, pnm->height, err);
    if (!status && (pnm->max < 1 || pnm->max > 65535))
        status = lk_fail(err, LK_FORMAT,
                         "bad PNM: expected a largest value from 1 to 65535, got %u", pnm->max);
    if (!status && (pnm->at == pnm->end || !is_space(*pnm->at)))
        status = lk_fail(err, LK_FORMAT, "bad PNM: its header does not end with a space");
    if (!status) pnm->at++;
    return status;
}

/* Full 16 bits lose their low byte, as everywhere in this layer. */
static uint8_t scaled(unsigned value, unsigned max) {
    if (max == 65535) return (uint8_t)(value >> 8);
    return (uint8_t)(value >= max ? 255 : (value * 255 + max / 2) / max);
}

static void read_values(const struct pnm *pnm, unsigned channels, uint8_t *rgb) {
    const uint8_t *at = pnm->at;
    bool deep = pnm->max > 255;
    size_t n = (size_t)pnm->width * pnm->height * channels, repeats = 3 / channels;
    for (size_t i = 0; i < n; i++, at += deep ? 2 : 1) {
        unsigned value = deep ? (unsigned)at[0] << 8 | at[1] : at[0];
        for (size_t k = 0; k < repeats; k++) *rgb++ = scaled(value, pnm->max);
    }
}

lk_status lk_pnm_decode(const uint8_t *data, size_t n_bytes, lk_decoding *how, lk_image *image,
                        lk_error *err) {
    struct pnm pnm = { .at = data + 2, .end = data + n_bytes };
    unsigned channels = data[1] == '6' ? 3 : 1;
    lk_status status = read_header(&pnm, err);
    if (status) return status;
    size_t needed = (size_t)(pnm.at - data) +
                    (size_t)pnm.width * pnm.height * channels * (pnm.max > 255 ? 2 : 1);
    if (n_bytes < needed)
        return lk_fail(err, LK_FORMAT, "truncated: expected %zu bytes for %u x %u pixels, got %zu",
                       needed, pnm.width, pnm.height, n_bytes);
    uint8_t *pixels = NULL;
    status = lk_decoding_begin(how, pnm.width, pnm.height, 3, &pixels, err);
    if (status) return status;
    read_values(&pnm, channels, pixels);
    *image = lk_decoding_end(how, (int)pnm.width, (int)pnm.height, 3, pixels);
    return LK_OK;
}
