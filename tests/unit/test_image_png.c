/* PNG byte by byte: pictures made by hand with transparent pixels, or fewer bits than they store,
   and the message of every refusal. */
#include "support.h"

#include <likeness/image.h>

#include <string.h>

static lk_image_notes decodes(const void *data, size_t n_bytes, const lk_image_options *options,
                              int width, int height, const uint8_t *rgb) {
    lk_image image;
    lk_image_notes notes;
    lk_error err = { "" };
    assert_ok(lk_image_decode_as(data, n_bytes, NULL, options, &image, &notes, &err), &err);
    assert_int_equal(image.width, width);
    assert_int_equal(image.height, height);
    assert_int_equal(image.n_channels, 3);
    assert_memory_equal(image.pixels, rgb, lk_image_bytes(&image));
    lk_image_deinit(&image);
    return notes;
}

static void refused(const void *data, size_t n_bytes, const char *words) {
    lk_image image;
    lk_error err = { "" };
    assert_int_equal(lk_image_decode(data, n_bytes, &image, &err), LK_FORMAT);
    assert_contains(err.text, words);
}

#define RGB(...) ((const uint8_t[]){ __VA_ARGS__ })

/* ---- damage ---- */

static void a_bit_turned_over_in_a_png_s_pixels_is_refused(void **state) {
    (void)state;
    lk_text png = { 0 };
    lk_image image;
    lk_error err;
    assert_ok(lk_image_init(&image, 9, 7, 3, &err), &err);
    for (size_t i = 0; i < lk_image_bytes(&image); i++) image.pixels[i] = (uint8_t)(7 * i);
    assert_ok(lk_image_encode_png(&image, &png, &err), &err);
    const char *idat = memmem(png.data, png.n, "IDAT", 4);
    assert_non_null(idat);
    /* up to the last chunk, IEND */
    for (size_t at = (size_t)(idat - png.data) + 4; at < png.n - 12; at++) {
        png.data[at] ^= 4;
        refused(png.data, png.n, "bad PNG: ");
        png.data[at] ^= 4;
    }
    decodes(png.data, png.n, NULL, 9, 7, image.pixels);
    lk_image_deinit(&image);
    lk_text_deinit(&png);
}

static void put_number(uint8_t *at, uint32_t value) {
    for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* A chunk with its CRC (RFC 1952) at `at`; returns its end. */
static uint8_t *put_chunk(uint8_t *at, const char *name, const void *data, uint32_t n) {
    uint32_t crc = 0xFFFFFFFF;
    put_number(at, n);
    memcpy(at + 4, name, 4);
    memcpy(at + 8, data, n);
    for (uint32_t i = 0; i < n + 4; i++) {
        crc ^= at[4 + i];
        for (int k = 0; k < 8; k++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    put_number(at + 8 + n, ~crc);
    return at + 12 + n;
}

enum { PNG_MAX = 128 };

/* An RGB PNG of 8 bits that ends where its pixels would begin; or one with a chunk before IHDR that
   looks like 1 x 1. */
static size_t png_of(uint8_t out[PNG_MAX], bool foreign, uint32_t width, uint32_t height) {
    uint8_t header[13] = { [8] = 8, [9] = 2 }, *at = out + 8;
    memcpy(out, "\x89PNG\r\n\x1A\n", 8);
    put_number(header, width);
    put_number(header + 4, height);
    if (foreign) at = put_chunk(at, "foRe", "\0\0\0\1\0\0\0\1", 8);
    at = put_chunk(at, "IHDR", header, sizeof header);
    return (size_t)(put_chunk(at, "IDAT", "x", 1) - out);
}

static void a_png_that_claims_more_than_its_bytes_can_hold_is_refused(void **state) {
    (void)state;
    uint8_t png[PNG_MAX];
    size_t n = png_of(png, false, 8000, 8000);
    refused(png, n, "truncated: has 46 bytes, which cannot hold 8000 x 8000 pixels");
}

/* libpng skips an unknown chunk in front, so the first check does not see the real width and
   height. */
static void the_size_that_libpng_read_is_checked_too(void **state) {
    (void)state;
    uint8_t png[PNG_MAX];
    size_t n = png_of(png, true, 9000, 9000);
    refused(png, n, "got 9000 x 9000");
}

/* ---- kinds of pixels ---- */

enum { GREY = 0, COLOUR = 2, PALETTE = 3, ALPHA = 4 };

/* What a PNG made by hand holds. */
struct plan {
    uint8_t depth, kind, width, height;
    const void *chunk_name, *chunk; /* NULL: none; 4 letters */
    uint32_t n_chunk;
    const void *late; /* a chunk eXIf after the pixels */
    uint32_t n_late;
    const char *palette; /* 3 bytes a colour */
    uint32_t n_palette;
};

#define CHUNK(name, bytes) .chunk_name = name, .chunk = bytes, .n_chunk = sizeof bytes - 1
#define NO_CHUNK           .chunk = NULL
#define PLAN(depth_, kind_, ...)                                                                   \
    { .depth = depth_, .kind = kind_, .width = 2, .height = 1, __VA_ARGS__ }

static uint32_t adler(const uint8_t *data, size_t n) {
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < n; i++) a = (a + data[i]) % 65521, b = (b + a) % 65521;
    return b << 16 | a;
}

/* A PNG of these rows, each after a 0 (no filter). They are stored, not compressed. */
static size_t make_png(uint8_t *out, const struct plan *plan, const void *rows, size_t n_row) {
    uint8_t header[13] = { [3] = plan->width, [7] = plan->height, plan->depth, plan->kind };
    uint8_t data[1024] = { 0x78, 0x01, 1 };
    size_t n = plan->height * (n_row + 1);
    assert_true(n + 11 <= sizeof data);
    data[3] = (uint8_t)n, data[4] = (uint8_t)(n >> 8);
    data[5] = (uint8_t)~data[3], data[6] = (uint8_t)~data[4];
    for (size_t y = 0; y < plan->height; y++)
        memcpy(data + 8 + y * (n_row + 1), (const char *)rows + y * n_row, n_row);
    put_number(data + 7 + n, adler(data + 7, n));
    memcpy(out, "\x89PNG\r\n\x1A\n", 8);
    uint8_t *at = put_chunk(out + 8, "IHDR", header, sizeof header);
    if (plan->palette) at = put_chunk(at, "PLTE", plan->palette, plan->n_palette);
    if (plan->chunk) at = put_chunk(at, plan->chunk_name, plan->chunk, plan->n_chunk);
    at = put_chunk(at, "IDAT", data, (uint32_t)n + 11);
    if (plan->late) at = put_chunk(at, "eXIf", plan->late, plan->n_late);
    return (size_t)(put_chunk(at, "IEND", "", 0) - out);
}

static uint8_t made[2048];

static void transparent_pixels_of_every_kind_are_laid_over_the_background(void **state) {
    (void)state;
    static const lk_image_options orange = { .background = { 200, 100, 0 } };
    const struct {
        struct plan plan;
        const void *row;
        size_t n_row;
        uint8_t black[6], orange[6];
    } rows[] = {
        /* 100 of 255 of 50, and of 50 over 200 */
        { PLAN(8, COLOUR + ALPHA, NO_CHUNK),
          "\x32\x64\xFF\x64\1\2\3\xFF",
          8,
          { 20, 39, 100, 1, 2, 3 },
          { 141, 100, 100, 1, 2, 3 } },
        { PLAN(8, GREY + ALPHA, NO_CHUNK),
          "\x32\0\x32\xFF",
          4,
          { 0, 0, 0, 50, 50, 50 },
          { 200, 100, 0, 50, 50, 50 } },
        { PLAN(16, GREY + ALPHA, NO_CHUNK),
          "\x32\xFF\0\0\x32\0\xFF\xFF",
          8,
          { 0, 0, 0, 50, 50, 50 },
          { 200, 100, 0, 50, 50, 50 } },
        { PLAN(8, PALETTE, CHUNK("tRNS", "\xFF\0"), .palette = "abcdef", .n_palette = 6),
          "\1\0",
          2,
          { 0, 0, 0, 'a', 'b', 'c' },
          { 200, 100, 0, 'a', 'b', 'c' } },
        { PLAN(8, COLOUR, CHUNK("tRNS", "\0\1\0\2\0\3")),
          "\1\2\3\1\2\4",
          6,
          { 0, 0, 0, 1, 2, 4 },
          { 200, 100, 0, 1, 2, 4 } },
        { PLAN(8, GREY, CHUNK("tRNS", "\0\7")),
          "\7\6",
          2,
          { 0, 0, 0, 6, 6, 6 },
          { 200, 100, 0, 6, 6, 6 } },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        size_t n = make_png(made, &rows[i].plan, rows[i].row, rows[i].n_row);
        lk_image_notes notes = decodes(made, n, NULL, 2, 1, rows[i].black);
        assert_true(notes.composited && !notes.turned && !notes.scaled);
        assert_int_equal(notes.kind, LK_IMAGE_PNG);
        decodes(made, n, &orange, 2, 1, rows[i].orange);
    }
}

static void alpha_that_is_opaque_everywhere_changes_nothing(void **state) {
    (void)state;
    static const lk_image_options white = { .background = { 255, 255, 255 } };
    static const struct plan plan = { .depth = 8, .kind = COLOUR + ALPHA, .width = 1, .height = 2 };
    size_t n = make_png(made, &plan, "\1\2\3\xFF\4\5\6\xFF", 4);
    assert_false(decodes(made, n, &white, 1, 2, RGB(1, 2, 3, 4, 5, 6)).composited);
}

static void samples_of_12_bits_stored_in_16_are_scaled(void **state) {
    (void)state;
    const struct {
        struct plan plan;
        const void *row;
        size_t n_row;
        bool scaled;
        uint8_t rgb[6];
    } rows[] = {
        /* 4095, and 2048 of 4095 */
        { PLAN(16, GREY, CHUNK("sBIT", "\x0C")),
          "\x0F\xFF\x08\x00",
          4,
          true,
          { 255, 255, 255, 128, 128, 128 } },
        /* one sample is larger: the writer spread the bits, as it should */
        { PLAN(16, GREY, CHUNK("sBIT", "\x0C")),
          "\x10\x00\x08\x00",
          4,
          false,
          { 16, 16, 16, 8, 8, 8 } },
        { PLAN(16, GREY, CHUNK("sBIT", "\x10")),
          "\x0F\xFF\x08\x00",
          4,
          false,
          { 15, 15, 15, 8, 8, 8 } },
        { PLAN(16, GREY, NO_CHUNK), "\x0F\xFF\x08\x00", 4, false, { 15, 15, 15, 8, 8, 8 } },
        /* each channel has its own bits: 12, 16, 10 */
        { PLAN(16, COLOUR, CHUNK("sBIT", "\x0C\x10\x0A")),
          "\x0F\xFF\x0F\xFF\x03\xFF\x08\x00\xFF\xFF\x02\x00",
          12,
          true,
          { 255, 15, 255, 128, 255, 128 } },
        { PLAN(16, GREY + ALPHA, CHUNK("sBIT", "\x0C\x10")),
          "\x0F\xFF\xFF\xFF\x08\0\xFF\xFF",
          8,
          true,
          { 255, 255, 255, 128, 128, 128 } },
        /* 8 bits of which 5 are used are left as they are */
        { PLAN(8, GREY, CHUNK("sBIT", "\5")), "\x1F\x10", 2, false, { 31, 31, 31, 16, 16, 16 } },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        size_t n = make_png(made, &rows[i].plan, rows[i].row, rows[i].n_row);
        lk_image_notes notes = decodes(made, n, NULL, 2, 1, rows[i].rgb);
        assert_int_equal(notes.scaled, rows[i].scaled);
        assert_false(notes.composited);
    }
}

static void exif_before_or_after_the_pixels_turns_a_png(void **state) {
    (void)state;
    static const char exif[] = "MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0";
    static const struct plan before = PLAN(8, GREY, CHUNK("eXIf", exif)),
                             after = PLAN(8, GREY, .late = exif, .n_late = sizeof exif - 1);
    const struct plan *plans[] = { &before, &after };
    for (size_t i = 0; i < LK_COUNT(plans); i++) {
        size_t n = make_png(made, plans[i], "\7\x08", 2);
        assert_true(decodes(made, n, NULL, 1, 2, RGB(7, 7, 7, 8, 8, 8)).turned);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bit_turned_over_in_a_png_s_pixels_is_refused),
        cmocka_unit_test(a_png_that_claims_more_than_its_bytes_can_hold_is_refused),
        cmocka_unit_test(the_size_that_libpng_read_is_checked_too),
        cmocka_unit_test(transparent_pixels_of_every_kind_are_laid_over_the_background),
        cmocka_unit_test(alpha_that_is_opaque_everywhere_changes_nothing),
        cmocka_unit_test(samples_of_12_bits_stored_in_16_are_scaled),
        cmocka_unit_test(exif_before_or_after_the_pixels_turns_a_png),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
