/* BMP, PGM, PPM and JPEG byte by byte: pictures made by hand with every kind of pixel, and the
   message of every refusal. */
#include "base/file.h"
#include "support.h"

#include <likeness/image.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void decodes(const void *data, size_t n_bytes, int width, int height, const uint8_t *rgb) {
    lk_image image;
    lk_error err = { "" };
    assert_ok(lk_image_decode(data, n_bytes, &image, &err), &err);
    assert_int_equal(image.width, width);
    assert_int_equal(image.height, height);
    assert_int_equal(image.n_channels, 3);
    assert_memory_equal(image.pixels, rgb, lk_image_bytes(&image));
    lk_image_deinit(&image);
}

static void refused(const void *data, size_t n_bytes, const char *words) {
    lk_image image;
    lk_error err = { "" };
    assert_int_equal(lk_image_decode(data, n_bytes, &image, &err), LK_FORMAT);
    assert_contains(err.text, words);
}

#define RGB(...) ((const uint8_t[]){ __VA_ARGS__ })

/* ---- PNM ---- */

static void values_of_a_pnm_are_scaled_so_that_the_largest_is_255(void **state) {
    (void)state;
    static const char seven[] = "P5 3 1 7\n\x00\x03\x07", beyond[] = "P5 1 1 100 \xFF",
                      line_end[] = "P5\r1\v1\f255\tA";
    static const char deep[] = "P6 1 1 65535\n\x01\xFF\x80\x00\xFF\xFF",
                      thousand[] = "P5 3 1 1000\n\x00\x00\x01\xF4\x03\xE8";
    decodes(seven, sizeof seven - 1, 3, 1, RGB(0, 0, 0, 109, 109, 109, 255, 255, 255));
    decodes(beyond, sizeof beyond - 1, 1, 1, RGB(255, 255, 255));
    decodes(line_end, sizeof line_end - 1, 1, 1, RGB('A', 'A', 'A'));
    decodes(deep, sizeof deep - 1, 1, 1, RGB(0x01, 0x80, 0xFF));
    decodes(thousand, sizeof thousand - 1, 3, 1, RGB(0, 0, 0, 128, 128, 128, 255, 255, 255));
}

static void each_damage_of_a_pnm_is_refused_by_its_words(void **state) {
    (void)state;
    static const struct {
        const char *text, *words;
    } rows[] = {
        { "P5", "its header has no width" },
        { "P5 #", "its header has no width" },
        { "P5 #\n2 x", "its header has no height" },
        { "P5 # 7\r2 x", "its header has no height" },
        { "P6 2 2\n", "its header has no largest value" },
        { "P6 0 2 255\n", "got 0 x 2" },
        { "P6 999 99999999999999999999 255\n", "expected 1 to 67108864 pixels, got 999 x 999999" },
        { "P6 1 1 0\n   ", "expected a largest value from 1 to 65535, got 0" },
        { "P6 1 1 65536\n   ", "from 1 to 65535, got 65536" },
        { "P6 1 1 255", "its header does not end with a space" },
        { "P6 1 1 255#", "its header does not end with a space" },
        { "P6 1 1 255 ab", "truncated: expected 14 bytes for 1 x 1 pixels, got 13" },
        { "P5 1 1 256 a", "truncated: expected 13 bytes for 1 x 1 pixels, got 12" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++)
        refused(rows[i].text, strlen(rows[i].text), rows[i].words);
}

/* ---- BMP ---- */

enum { BMP_MAX = 160 };

struct bmp {
    uint8_t bytes[BMP_MAX];
    size_t n;
};

static void put(uint8_t *at, int n, uint32_t value) {
    for (int i = 0; i < n; i++, value >>= 8) at[i] = (uint8_t)value;
}

/* A BMP whose second header has `header` bytes, followed by `between` (masks or colours), then the
   pixels. */
static struct bmp bmp_of(uint32_t header, int width, int height, uint32_t bits, const void *between,
                         size_t n_between, const void *pixels, size_t n_pixels) {
    struct bmp bmp = { .bytes = "BM", .n = 14 + header + n_between + n_pixels };
    uint8_t *at = bmp.bytes;
    assert_true(bmp.n <= BMP_MAX);
    put(at + 10, 4, (uint32_t)(14 + header + n_between));
    put(at + 14, 4, header);
    int side = header == 12 ? 2 : 4;
    put(at + 18, side, (uint32_t)width);
    put(at + 18 + side, side, (uint32_t)height);
    put(at + 20 + 2 * side, 2, bits);
    memcpy(at + 14 + header, between, n_between);
    memcpy(at + 14 + header + n_between, pixels, n_pixels);
    return bmp;
}

static void palettes_of_a_bmp_have_1_4_or_8_bits(void **state) {
    (void)state;
    const uint8_t colours[] = { 3, 2, 1, 0, 6, 5, 4, 0 }, ones[] = { 0x40, 0, 0, 0 },
                  fours[] = { 0x01, 0, 0, 0 }, eights[] = { 0, 1, 0, 0 };
    const uint8_t *expected = RGB(1, 2, 3, 4, 5, 6);
    struct bmp one = bmp_of(40, 2, 1, 1, colours, 8, ones, 4),
               four = bmp_of(40, 2, 1, 4, colours, 8, fours, 4),
               eight = bmp_of(40, 2, 1, 8, colours, 8, eights, 4),
               core = bmp_of(12, 2, 1, 8, "\3\2\1\6\5\4", 6, eights, 4);
    put(four.bytes + 46, 4, 2);
    put(eight.bytes + 46, 4, 2);
    decodes(one.bytes, one.n, 2, 1, expected);
    decodes(four.bytes, four.n, 2, 1, expected);
    decodes(eight.bytes, eight.n, 2, 1, expected);
    decodes(core.bytes, core.n, 2, 1, expected);
    eight.bytes[eight.n - 4] = 2;
    refused(eight.bytes, eight.n, "expected one of 2 colours, got colour 2");
    put(one.bytes + 46, 4, 3);
    refused(one.bytes, one.n, "expected at most 2 colours of 1 bits, got 3");
    put(core.bytes + 10, 4, 7); /* the pixels' offset tells nothing: 256 colours */
    refused(core.bytes, core.n, "too few for its colours");
    put(eight.bytes + 14, 4, 4000000000U);
    refused(eight.bytes, eight.n, "too few for its colours");
}

static void a_bmp_of_24_bits_is_read_from_below_or_from_above(void **state) {
    (void)state;
    const uint8_t pixels[] = { 1, 2, 3, 0, 4, 5, 6, 0 };
    struct bmp below = bmp_of(40, 1, 2, 24, "", 0, pixels, 8),
               above = bmp_of(40, 1, -2, 24, "", 0, pixels, 8);
    decodes(below.bytes, below.n, 1, 2, RGB(6, 5, 4, 3, 2, 1));
    decodes(above.bytes, above.n, 1, 2, RGB(3, 2, 1, 6, 5, 4));
    struct bmp core = bmp_of(12, 1, 2, 24, "", 0, pixels, 8);
    decodes(core.bytes, core.n, 1, 2, RGB(6, 5, 4, 3, 2, 1));
    refused(core.bytes, core.n - 1, "truncated: expected 34 bytes for 1 x 2 pixels, got 33");
}

static void masks_of_a_bmp_are_its_own_or_the_usual_ones(void **state) {
    (void)state;
    const uint8_t masks[] = { 0, 0xF8, 0, 0, 0xE0, 7, 0, 0, 0x1F, 0, 0, 0 },
                  deep[] = { 10, 20, 30, 99 };
    struct bmp usual = bmp_of(40, 2, 1, 16, "", 0, "\x00\x7C\x1F\x02", 4),
               own = bmp_of(40, 2, 1, 16, masks, 12, "\x00\xF8\xF0\x07", 4),
               four = bmp_of(40, 1, 1, 32, "", 0, deep, 4),
               v4 = bmp_of(56, 1, 1, 32, "", 0, deep, 4);
    decodes(usual.bytes, usual.n, 2, 1, RGB(255, 0, 0, 0, 132, 255)); /* 16 of 31 is 131.6 */
    put(own.bytes + 30, 4, 3);
    decodes(own.bytes, own.n, 2, 1, RGB(255, 0, 0, 0, 255, 132));
    decodes(four.bytes, four.n, 1, 1, RGB(30, 20, 10));
    put(v4.bytes + 30, 4, 6);
    put(v4.bytes + 54, 4, 0xFF);
    put(v4.bytes + 58, 4, 0xFF00);
    put(v4.bytes + 62, 4, 0xFF0000);
    decodes(v4.bytes, v4.n, 1, 1, RGB(10, 20, 30));
    put(v4.bytes + 58, 4, 0xFFFFFFFF);
    decodes(v4.bytes, v4.n, 1, 1, RGB(10, 99, 30));
    put(v4.bytes + 58, 4, 0xF0F0);
    refused(v4.bytes, v4.n, "the mask of a colour has a hole");
    put(v4.bytes + 58, 4, 0);
    refused(v4.bytes, v4.n, "the mask of a colour is 0");
    refused(own.bytes, 60, "too few for its masks");
}

static void other_kinds_of_bmp_are_refused_by_their_words(void **state) {
    (void)state;
    const uint8_t pixels[] = { 1, 2, 3, 0 };
    struct bmp bmp = bmp_of(40, 1, 1, 24, "", 0, pixels, 4),
               core = bmp_of(12, 1, 1, 24, "", 0, pixels, 4);
    decodes(bmp.bytes, bmp.n, 1, 1, RGB(3, 2, 1));
    refused(bmp.bytes, 25, "too few for the header");
    refused(bmp.bytes, 53, "too few for the header");
    put(core.bytes + 14, 4, 16);
    refused(core.bytes, core.n, "expected a header of 12 bytes, or of at least 40, got 16");
    put(bmp.bytes + 10, 4, 53);
    refused(bmp.bytes, bmp.n,
            "bad BMP: expected pixels behind the header of 54 bytes, got byte 53");
    put(bmp.bytes + 10, 4, 54);
    put(bmp.bytes + 30, 4, 1);
    refused(bmp.bytes, bmp.n, "BMP of 24 bits and compression 1, which is not supported");
    put(bmp.bytes + 30, 4, 3);
    refused(bmp.bytes, bmp.n, "BMP of 24 bits and compression 3, which is not supported");
    put(bmp.bytes + 30, 4, 0);
    put(bmp.bytes + 28, 2, 2);
    refused(bmp.bytes, bmp.n, "expected 1, 4, 8, 16, 24 or 32 bits per pixel, got 2");
    put(bmp.bytes + 18, 4, 0xFFFFFFFF);
    refused(bmp.bytes, bmp.n, "got -1 x 1");
    put(bmp.bytes + 18, 4, 1);
    put(bmp.bytes + 22, 4, 0x80000000);
    refused(bmp.bytes, bmp.n, "got 1 x 2147483648");
}

/* ---- any ---- */

static void more_bytes_than_any_picture_has_are_refused_unread(void **state) {
    (void)state;
    refused("", (256 << 20) + 1, "expected at most 268435456 bytes, got 268435457");
}

/* ---- JPEG ---- */

/* A progressive grey JPEG of 8 x 8: tables, a scan of the first coefficient, then refinements of
   nothing, n in all. */
static size_t jpeg_of_scans(uint8_t *out, int n) {
    static const uint8_t head[] = "\xFF\xD8\xFF\xC2\0\x0B\x08\0\x08\0\x08\x01\x01\x11\0"
                                  "\xFF\xC4\0\x14\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                  "\xFF\xC4\0\x14\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    static const uint8_t first[] = "\xFF\xDA\0\x08\x01\x01\0\0\0\x01\x7F",
                         more[] = "\xFF\xDA\0\x08\x01\x01\0\x01\x3F\0\x7F";
    size_t at = 0;
    memcpy(out, head, sizeof head - 1), at += sizeof head - 1;
    out[at++] = 0xFF, out[at++] = 0xDB, out[at++] = 0, out[at++] = 67, out[at++] = 0;
    memset(out + at, 1, 64), at += 64;
    memcpy(out + at, first, sizeof first - 1), at += sizeof first - 1;
    for (int i = 1; i < n; i++) memcpy(out + at, more, sizeof more - 1), at += sizeof more - 1;
    out[at++] = 0xFF, out[at++] = 0xD9;
    return at;
}

static void a_jpeg_of_more_than_a_hundred_scans_is_refused(void **state) {
    (void)state;
    static uint8_t jpeg[4096];
    lk_image image;
    lk_error err = { "" };
    size_t n = jpeg_of_scans(jpeg, 2);
    assert_ok(lk_image_decode(jpeg, n, &image, &err), &err);
    assert_int_equal(image.pixels[0], 128);
    lk_image_deinit(&image);
    n = jpeg_of_scans(jpeg, 102);
    refused(jpeg, n, "expected at most 100 scans");
}

static void a_jpeg_that_claims_more_than_its_bytes_can_hold_is_refused(void **state) {
    (void)state;
    static uint8_t jpeg[4096];
    size_t n = jpeg_of_scans(jpeg, 1);
    jpeg[7] = jpeg[9] = 0x1F; /* high bytes of height and width */
    refused(jpeg, n, "which cannot hold 7944 x 7944 pixels");
}

/* ---- claims ---- */

struct claims {
    int n;
    size_t last;
};

static void count_claim(void *self, size_t n_pixels) {
    struct claims *claims = self;
    claims->n++;
    claims->last = n_pixels;
}

static void every_decoder_claims_the_pixels_of_its_picture(void **state) {
    (void)state;
    static const char *const names[] = { "resize_rgb.jpg",    "resize_cmyk.jpg", "photo_cat.png",
                                         "decode_alpha.png",  "decode.gif",      "decode.tga",
                                         "decode_lossy.webp", "decode.psd",      "made.pgm",
                                         "made.bmp" };
    static const char pgm[] = "P5 3 1 7\n\x00\x03\x07";
    static const uint8_t bmp[58] = {
        'B', 'M', [10] = 54, [14] = 40, [18] = 1, [22] = 1, [26] = 1, [28] = 24
    };
    char folder[LK_PATH_MAX], path[LK_PATH_MAX + 32];
    snprintf(folder, sizeof folder, "%s", lk_test_folder("claims"));
    lk_test_write(lk_test_path(folder, "made.pgm"), pgm, sizeof pgm - 1);
    lk_test_write(lk_test_path(folder, "made.bmp"), bmp, sizeof bmp);
    for (size_t i = 0; i < LK_COUNT(names); i++) {
        struct claims claims = { 0 };
        const lk_image_options options = { .claim = count_claim, .self = &claims };
        lk_image image;
        lk_error err;
        snprintf(path, sizeof path, "%s/%s",
                 strncmp(names[i], "made", 4) == 0 ? folder : LIKENESS_SOURCE "/tests/golden",
                 names[i]);
        assert_ok(lk_image_read_as(path, &options, &image, NULL, &err), &err);
        assert_int_equal(claims.n, 1);
        assert_int_equal(claims.last, image.width * image.height);
        lk_image_deinit(&image);
    }
}

/* Before they are read: the bytes need memory too. */
static void large_files_claim_by_their_size(void **state) {
    (void)state;
    static const struct {
        size_t n_bytes, n_pixels;
        int n_claims;
    } rows[] = { { (1 << 20) - 1, 0, 0 },
                 { 1 << 20, 4 << 20, 1 },
                 { 5 << 20, LK_IMAGE_LARGE, 1 },
                 { LK_IMAGE_LARGE + 1, LK_IMAGE_PIXELS_MAX, 1 } };
    char path[LK_PATH_MAX];
    snprintf(path, sizeof path, "%s", lk_test_path(lk_test_folder("claims"), "large.bin"));
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        struct claims claims = { 0 };
        const lk_image_options options = { .claim = count_claim, .self = &claims };
        lk_image image;
        lk_error err;
        lk_test_write(path, "not a picture", 13);
        assert_int_equal(truncate(path, (off_t)rows[i].n_bytes), 0);
        assert_int_equal(lk_image_read_as(path, &options, &image, NULL, &err), LK_FORMAT);
        assert_int_equal(claims.n, rows[i].n_claims);
        assert_int_equal(claims.last, rows[i].n_pixels);
    }
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_a_pnm_are_scaled_so_that_the_largest_is_255),
        cmocka_unit_test(each_damage_of_a_pnm_is_refused_by_its_words),
        cmocka_unit_test(palettes_of_a_bmp_have_1_4_or_8_bits),
        cmocka_unit_test(a_bmp_of_24_bits_is_read_from_below_or_from_above),
        cmocka_unit_test(masks_of_a_bmp_are_its_own_or_the_usual_ones),
        cmocka_unit_test(other_kinds_of_bmp_are_refused_by_their_words),
        cmocka_unit_test(more_bytes_than_any_picture_has_are_refused_unread),
        cmocka_unit_test(a_jpeg_of_more_than_a_hundred_scans_is_refused),
        cmocka_unit_test(a_jpeg_that_claims_more_than_its_bytes_can_hold_is_refused),
        cmocka_unit_test(every_decoder_claims_the_pixels_of_its_picture),
        cmocka_unit_test(large_files_claim_by_their_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
