/*
 * PNG, BMP, binary PGM and PPM by stb_image: from memory, its other formats switched off, after a check of the
 * size. stb reads missing bytes as zeros in BMP and PNM, so their lengths are checked here first.
 */
#include "image/codec.h"

#include <ctype.h>

#include <string.h>

/* stb's memory: where it is refused some, its words tell so only sometimes, and it may forget to free the rest. */
struct room {
    lk_arena arena;
    bool starved;
};

static _Thread_local struct room *room; /* of the picture being read: stb's macros take no argument for it */

static void *take(size_t n_bytes) {
    void *block = lk_arena_alloc(&room->arena, n_bytes);
    room->starved = room->starved || !block;
    return block;
}

static void *grow(void *block, size_t old_bytes, size_t n_bytes) {
    void *grown = take(n_bytes);
    if (grown && block) memcpy(grown, block, old_bytes < n_bytes ? old_bytes : n_bytes);
    return grown;
}

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_ONLY_PNM
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_MAX_DIMENSIONS               8192
#define STBI_MALLOC(n)                    take(n)
#define STBI_REALLOC_SIZED(block, old, n) grow(block, old, n)
#define STBI_FREE(block)                  ((void)(block))
#pragma GCC diagnostic ignored "-Wunused-function" /* what the switched-off formats leave behind */
#include <stb_image.h>

static size_t little_endian(const uint8_t *at, int n) {
    size_t value = 0;
    for (int i = n - 1; i >= 0; i--) value = value << 8 | at[i];
    return value;
}

/* Bytes the pixels of an uncompressed BMP reach to; 0 where its header is too short to say. */
static size_t bmp_end(const uint8_t *data, size_t n_bytes, int width, int height) {
    if (n_bytes < 30) return 0;
    size_t offset = little_endian(data + 10, 4), header = little_endian(data + 14, 4);
    size_t bits = little_endian(data + (header == 12 ? 24 : 28), 2);
    return offset + ((size_t)width * bits + 31) / 32 * 4 * (size_t)height;
}

/* Where the header of a PNM ends: magic, three numbers, comments between them, one white space. */
static size_t pnm_header(const uint8_t *data, size_t n_bytes) {
    size_t at = 2;
    for (int number = 0; number < 3; number++) {
        while (at < n_bytes && (isspace(data[at]) || data[at] == '#')) {
            if (data[at] == '#')
                while (at < n_bytes && data[at] != '\n' && data[at] != '\r') at++;
            else
                at++;
        }
        while (at < n_bytes && isdigit(data[at])) at++;
    }
    return at + 1;
}

static size_t bytes_wanted(const uint8_t *data, size_t n_bytes, int width, int height) {
    if (data[0] == 'B') return bmp_end(data, n_bytes, width, height);
    if (data[0] == 'P') return pnm_header(data, n_bytes) + (size_t)width * (size_t)height * (data[1] == '6' ? 3 : 1);
    return 0;
}

static long long big_endian(const uint8_t *at) {
    return (long long)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

/* stb refuses these too, but with words that do not say why. */
static lk_status png_size_check(const uint8_t *data, size_t n_bytes, lk_error *err) {
    bool is_png = data[0] == 0x89 && n_bytes >= 24;
    return is_png ? lk_decoded_size_check(big_endian(data + 16), big_endian(data + 20), err) : LK_OK;
}

static lk_status refuse(const char *reason, lk_error *err) {
    if (room->starved) return lk_fail(err, LK_MEMORY, "out of memory for a picture");
    return lk_fail(err, LK_FORMAT, "bad picture: %s", reason);
}

static lk_status decode(const uint8_t *data, size_t n_bytes, lk_image *image, lk_error *err) {
    int width = 0, height = 0, n_stored = 0, n = (int)n_bytes;
    lk_status status = png_size_check(data, n_bytes, err);
    if (status) return status;
    if (!stbi_info_from_memory(data, n, &width, &height, &n_stored)) return refuse("bad or unknown header", err);
    status = lk_decoded_size_check(width, height, err);
    if (status) return status;
    size_t wanted = bytes_wanted(data, n_bytes, width, height);
    if (n_bytes < wanted)
        return lk_fail(err, LK_FORMAT, "truncated: has %zu bytes, %d x %d pixels need %zu", n_bytes, width, height, wanted);
    uint8_t *pixels = stbi_load_from_memory(data, n, &width, &height, &n_stored, 3);
    if (!pixels) return refuse(stbi_failure_reason(), err);
    status = lk_image_init(image, width, height, 3, err);
    if (!status) memcpy(image->pixels, pixels, lk_image_bytes(image));
    return status;
}

lk_status lk_stb_decode(const uint8_t *data, size_t n_bytes, lk_image *image, lk_error *err) {
    struct room here = { .starved = false };
    lk_arena_init(&here.arena);
    room = &here;
    lk_status status = decode(data, n_bytes, image, err);
    room = NULL;
    lk_arena_deinit(&here.arena);
    return status;
}
