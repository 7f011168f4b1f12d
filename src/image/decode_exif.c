/*
 * How a camera was held: the tag Orientation in the first directory of EXIF, which is a TIFF.
 * Damaged EXIF counts as upright, as in other programs.
 * source  "Exchangeable image file format for digital still cameras: Exif Version 2.32", CIPA
 */
#include "image/decode.h"

#include <string.h>

enum { HEADER = 8, ENTRY = 12, ORIENTATION = 0x0112, SHORT = 3, LONG = 4 };

struct exif {
    const uint8_t *data;
    size_t n_bytes;
    bool big_endian;
};

static uint32_t number_at(const struct exif *exif, size_t at, size_t n) {
    uint32_t value = 0;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | exif->data[at + (exif->big_endian ? i : n - 1 - i)];
    return value;
}

/* The value of an entry; 0 unless it is one whole number. */
static uint32_t value_of(const struct exif *exif, size_t entry) {
    uint32_t type = number_at(exif, entry + 2, 2), n = number_at(exif, entry + 4, 4);
    if (n != 1 || (type != SHORT && type != LONG)) return 0;
    return number_at(exif, entry + 8, type == SHORT ? 2 : 4);
}

int lk_exif_orientation(const uint8_t *data, size_t n_bytes) {
    while (n_bytes >= 6 && memcmp(data, "Exif\0\0", 6) == 0) data += 6, n_bytes -= 6;
    if (n_bytes < HEADER || data[0] != data[1] || (data[0] != 'I' && data[0] != 'M')) return 1;
    struct exif exif = { data, n_bytes, data[0] == 'M' };
    size_t at = number_at(&exif, 4, 4);
    if (number_at(&exif, 2, 2) != 42 || at > n_bytes - 2) return 1;
    uint32_t n = number_at(&exif, at, 2), found = 1;
    for (at += 2; n && n_bytes - at >= ENTRY; n--, at += ENTRY)
        if (number_at(&exif, at, 2) == ORIENTATION) found = value_of(&exif, at);
    return found >= 1 && found <= 8 ? (int)found : 1;
}

/* ---- turning ---- */

enum { TILE = 32 }; /* so that the rows of both pictures stay in the cache */

/* Pixel (x, y) of the upright picture is pixel origin + x across + y down of the stored one. */
struct path {
    long long origin, across, down;
};

static struct path path_of(int orientation, long long width, long long height) {
    long long right = width - 1, bottom = (height - 1) * width;
    switch (orientation) {
    case 2: /* mirrored */
        return (struct path){ right, -1, width };
    case 3: /* upside down */
        return (struct path){ bottom + right, -1, -width };
    case 4: /* mirrored, upside down */
        return (struct path){ bottom, 1, -width };
    case 5: /* mirrored, the top is at the left */
        return (struct path){ 0, width, 1 };
    case 6: /* the top is at the right */
        return (struct path){ bottom, -width, 1 };
    case 7: /* mirrored, the top is at the right */
        return (struct path){ bottom + right, -width, -1 };
    case 8: /* the top is at the left */
        return (struct path){ right, width, -1 };
    default:
        return (struct path){ 0, 1, width };
    }
}

static void copy_tile(const lk_image *stored, struct path path, int left, int top, lk_image *out) {
    int right = left + TILE < out->width ? left + TILE : out->width,
        bottom = top + TILE < out->height ? top + TILE : out->height;
    for (int y = top; y < bottom; y++) {
        uint8_t *to = out->pixels + ((size_t)y * (size_t)out->width + (size_t)left) * 3;
        const uint8_t *from =
            stored->pixels + 3 * (path.origin + y * path.down + left * path.across);
        for (int x = left; x < right; x++, to += 3, from += 3 * path.across) {
            to[0] = from[0];
            to[1] = from[1];
            to[2] = from[2];
        }
    }
}

lk_status lk_exif_turn(lk_image *image, int orientation, lk_error *err) {
    bool on_its_side = orientation >= 5;
    struct path path = path_of(orientation, image->width, image->height);
    lk_image out = { 0 };
    lk_status status = lk_image_init(&out, on_its_side ? image->height : image->width,
                                     on_its_side ? image->width : image->height, 3, err);
    if (status) return status;
    for (int y = 0; y < out.height; y += TILE)
        for (int x = 0; x < out.width; x += TILE) copy_tile(image, path, x, y, &out);
    lk_image_deinit(image);
    *image = out;
    return LK_OK;
}
