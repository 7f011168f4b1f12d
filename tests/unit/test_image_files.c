/* Decoding and encoding: every kind of file that converts, and every kind of damage that is
   refused. */
#include "base/file.h"
#include "base/rng.h"
#include "support.h"

#include <likeness/image.h>
#include <likeness/memory.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { W = 20, H = 14 };

static const char *golden(const char *name) {
    static char path[LK_PATH_MAX];
    assert_true(lk_format(path, sizeof path, "%s/tests/golden/%s", LIKENESS_SOURCE, name));
    return path;
}

/* The smooth picture of scripts/golden/resize.py. */
static void smooth(int x, int y, uint8_t rgb[3]) {
    rgb[0] = (uint8_t)(30 + 10 * x);
    rgb[1] = (uint8_t)(40 + 12 * y);
    rgb[2] = (uint8_t)(220 - 6 * x - 4 * y);
}

static lk_image smooth_image(void) {
    lk_image image;
    lk_error err;
    assert_ok(lk_image_init(&image, W, H, 3, &err), &err);
    for (int i = 0; i < W * H; i++) smooth(i % W, i / W, image.pixels + 3 * i);
    return image;
}

static void refused(const void *data, size_t n_bytes, const char *reason) {
    lk_image image;
    lk_error err = { "" };
    assert_int_equal(lk_image_decode(data, n_bytes, &image, &err), LK_FORMAT);
    assert_contains(err.text, reason);
}

static void jpegs_of_rgb_grey_and_cmyk_decode_as_pillow_does(void **state) {
    (void)state;
    const char *const names[] = { "resize_rgb.jpg", "resize_grey.jpg", "resize_cmyk.jpg" };
    char *expected = NULL;
    size_t n = 0;
    lk_error err;
    assert_ok(lk_file_read(golden("resize_files.bin"), 1 << 16, &expected, &n, &err), &err);
    assert_int_equal(n, 3 * W * H * 3);
    for (int file = 0; file < 3; file++) {
        lk_image image;
        assert_ok(lk_image_read(golden(names[file]), &image, &err), &err);
        assert_int_equal(image.width, W);
        assert_int_equal(image.height, H);
        assert_int_equal(image.n_channels, 3);
        for (int i = 0; i < W * H * 3; i++)
            assert_near(image.pixels[i], (uint8_t)expected[file * W * H * 3 + i], 2);
        lk_image_deinit(&image);
    }
    lk_free(expected);
}

static void transparent_pixels_are_mixed_with_black_and_16_bits_become_8(void **state) {
    (void)state;
    lk_image alpha, deep;
    lk_error err;
    assert_ok(lk_image_read(golden("resize_alpha.png"), &alpha, &err), &err);
    assert_ok(lk_image_read(golden("resize_16bit.png"), &deep, &err), &err);
    for (int i = 0; i < W * H; i++) {
        uint8_t rgb[3];
        smooth(i % W, i / W, rgb);
        for (int c = 0; c < 3; c++) /* alpha is 77 */
            assert_int_equal(alpha.pixels[3 * i + c], (77 * rgb[c] + 127) / 255);
        for (int c = 0; c < 3; c++) assert_int_equal(deep.pixels[3 * i + c], rgb[0]);
    }
    lk_image_deinit(&alpha);
    lk_image_deinit(&deep);
}

/* Write, read and compare a picture; a grey one comes back as RGB. */
static void reads_back_the_same(const lk_image *image) {
    char path[LK_PATH_MAX];
    lk_error err;
    lk_image back, rgb;
    snprintf(path, sizeof path, "%s/a.png", lk_test_folder("png"));
    assert_ok(lk_image_write_png(path, image, &err), &err);
    assert_ok(lk_image_read(path, &back, &err), &err);
    assert_ok(lk_image_to_channels(image, 3, &rgb, &err), &err);
    assert_int_equal(back.width, image->width);
    assert_int_equal(back.height, image->height);
    assert_memory_equal(back.pixels, rgb.pixels, lk_image_bytes(&rgb));
    lk_image_deinit(&back);
    lk_image_deinit(&rgb);
}

static void a_png_we_write_reads_back_the_same(void **state) {
    (void)state;
    lk_image image = smooth_image(), grey, noise;
    lk_error err;
    reads_back_the_same(&image);
    assert_ok(lk_image_to_channels(&image, 1, &grey, &err), &err);
    reads_back_the_same(&grey);
    assert_int_equal(lk_image_write_png("/proc/nowhere/a.png", &image, &err), LK_WRITE);
    lk_image_deinit(&image);
    lk_image_deinit(&grey);
    /* incompressible: the PNG is larger than the picture and has many chunks */
    assert_ok(lk_image_init(&noise, 300, 200, 3, &err), &err);
    lk_rng rng = lk_rng_at(1, LK_STREAM_TEST, 0, 0);
    for (size_t i = 0; i < lk_image_bytes(&noise); i++) noise.pixels[i] = (uint8_t)lk_rng_u32(&rng);
    reads_back_the_same(&noise);
    lk_image_deinit(&noise);
}

/* Every pixel eight times as wide and as high. */
static lk_image enlarged(const lk_image *image) {
    lk_image large;
    lk_error err;
    int n = image->n_channels;
    assert_ok(lk_image_init(&large, 8 * image->width, 8 * image->height, n, &err), &err);
    for (int y = 0; y < large.height; y++)
        for (int x = 0; x < large.width; x++)
            memcpy(large.pixels + (y * large.width + x) * n,
                   image->pixels + (y / 8 * image->width + x / 8) * n, (size_t)n);
    return large;
}

static void a_png_of_enlarged_pixels_reads_back_the_same_and_is_small(void **state) {
    (void)state;
    lk_image noise, grey;
    lk_error err;
    assert_ok(lk_image_init(&noise, 30, 20, 3, &err), &err);
    lk_rng rng = lk_rng_at(2, LK_STREAM_TEST, 0, 0);
    for (size_t i = 0; i < lk_image_bytes(&noise); i++) noise.pixels[i] = (uint8_t)lk_rng_u32(&rng);
    assert_ok(lk_image_to_channels(&noise, 1, &grey, &err), &err);
    lk_image large = enlarged(&noise), large_grey = enlarged(&grey);
    reads_back_the_same(&large);
    reads_back_the_same(&large_grey);
    lk_text png = { 0 };
    assert_ok(lk_image_encode_png(&large, &png, &err), &err);
    /* libpng's own choice of filters takes 1.9 times as many */
    assert_true(png.n < lk_image_bytes(&noise) * 7 / 4);
    lk_text_deinit(&png);
    lk_image *const all[] = { &noise, &grey, &large, &large_grey };
    for (size_t i = 0; i < LK_COUNT(all); i++) lk_image_deinit(all[i]);
}

/* libpng leaves out the filters that such a picture cannot have. */
static void a_png_of_one_row_or_column_reads_back_the_same(void **state) {
    (void)state;
    static const int sides[][2] = { { 1, 1 }, { 1, 40 }, { 40, 1 } };
    for (size_t i = 0; i < 2 * LK_COUNT(sides); i++) {
        lk_image image;
        lk_error err;
        assert_ok(lk_image_init(&image, sides[i / 2][0], sides[i / 2][1], 3, &err), &err);
        for (size_t k = 0; k < lk_image_bytes(&image); k++)
            image.pixels[k] = (uint8_t)(i % 2 ? 7 : 7 * k);
        reads_back_the_same(&image);
        lk_image_deinit(&image);
    }
}

static void a_picture_always_makes_the_same_png(void **state) {
    (void)state;
    lk_image image = smooth_image();
    lk_text one = { 0 }, other = { 0 };
    lk_error err;
    assert_ok(lk_image_encode_png(&image, &one, &err), &err);
    assert_ok(lk_image_encode_png(&image, &other, &err), &err);
    assert_int_equal(one.n, other.n);
    assert_memory_equal(one.data, other.data, one.n);
    lk_image_deinit(&image);
    lk_text_deinit(&one);
    lk_text_deinit(&other);
}

static void pnm_and_bmp_decode_with_comments_and_are_refused_when_truncated(void **state) {
    (void)state;
    static const char pnm[] = "P6 # made by hand\n2 1\n#again\n255\nabcdef",
                      grey[] = "P5\n2 1\n255\nab";
    lk_image image;
    lk_error err;
    assert_ok(lk_image_decode(pnm, sizeof pnm - 1, &image, &err), &err);
    assert_memory_equal(image.pixels, "abcdef", 6);
    lk_image_deinit(&image);
    assert_ok(lk_image_decode(grey, sizeof grey - 1, &image, &err), &err);
    assert_memory_equal(image.pixels, "aaabbb", 6);
    lk_image_deinit(&image);
    refused(pnm, sizeof pnm - 2, "truncated: expected 39 bytes for 2 x 1 pixels, got 38");
    refused(grey, sizeof grey - 2, "truncated");

    uint8_t bmp[62] = { 'B',      'M',      62,        [10] = 54, [14] = 40, [18] = 1,
                        [22] = 2, [26] = 1, [28] = 24, [54] = 1,  2,         3,
                        0,        4,        5,         6,         0 };
    assert_ok(lk_image_decode(bmp, sizeof bmp, &image, &err), &err);
    /* rows from bottom to top, blue first */
    assert_memory_equal(image.pixels, ((uint8_t[]){ 6, 5, 4, 3, 2, 1 }), 6);
    lk_image_deinit(&image);
    refused(bmp, sizeof bmp - 1, "truncated: expected 62 bytes for 1 x 2 pixels, got 61");
}

static void every_truncation_of_a_picture_is_refused(void **state) {
    (void)state;
    lk_error err;
    char *jpeg = NULL;
    size_t n = 0;
    assert_ok(lk_file_read(golden("resize_rgb.jpg"), 1 << 16, &jpeg, &n, &err), &err);
    for (size_t cut = 0; cut < n - 2; cut++) refused(jpeg, cut, "");
    refused(jpeg, n / 2, "bad JPEG: Premature end of JPEG file");
    lk_free(jpeg);
    lk_text png = { 0 };
    lk_image image = smooth_image();
    assert_ok(lk_image_encode_png(&image, &png, &err), &err);
    for (size_t cut = 0; cut < png.n; cut++) refused(png.data, cut, "");
    lk_image_deinit(&image);
    lk_text_deinit(&png);
}

static void a_jpeg_with_damage_inside_never_crashes(void **state) {
    (void)state;
    lk_error err;
    char *jpeg = NULL;
    size_t n = 0;
    assert_ok(lk_file_read(golden("resize_cmyk.jpg"), 1 << 16, &jpeg, &n, &err), &err);
    for (size_t at = 2; at < n; at++) {
        lk_image image = { 0 };
        char kept = jpeg[at];
        jpeg[at] = (char)~kept;
        lk_status status = lk_image_decode(jpeg, n, &image, &err);
        assert_true(status == LK_OK || status == LK_FORMAT);
        lk_image_deinit(&image);
        jpeg[at] = kept;
    }
    lk_free(jpeg);
}

static void a_header_that_claims_a_huge_picture_is_refused(void **state) {
    (void)state;
    uint8_t png[45] = "\x89PNG\r\n\x1A\n\0\0\0\rIHDR";
    png[18] = 0x20, png[19] = 0x01; /* width 8193 */
    png[22] = 0x20, png[24] = 8, png[25] = 2;
    memcpy(png + 33, "\0\0\0\4IDAT", 8);
    refused(png, sizeof png, "got 8193 x 8192");
    char *jpeg = NULL;
    size_t n = 0;
    lk_error err;
    assert_ok(lk_file_read(golden("resize_rgb.jpg"), 1 << 16, &jpeg, &n, &err), &err);
    char *frame = memmem(jpeg, n, "\xFF\xC0", 2);
    assert_non_null(frame);
    frame[5] = frame[7] = 0x7F; /* high bytes of height and width */
    refused(jpeg, n, "expected 1 to 67108864 pixels, got 325");
    lk_free(jpeg);
    static const char pnm[] = "P6\n99999999 99999999\n255\n";
    refused(pnm, sizeof pnm - 1, "");
}

static void what_is_no_picture_is_refused_by_its_first_bytes(void **state) {
    (void)state;
    refused("", 0, "empty file");
    refused("<!DOCTYPE html>", 15, "got a file that starts with bytes 3c 21");
    refused("RIFF", 4, "expected a JPEG, PNG, ");
    lk_image image;
    lk_error err;
    assert_int_equal(lk_image_read("/nowhere.png", &image, &err), LK_READ);
    assert_contains(err.text, "/nowhere.png: cannot open");
    assert_int_equal(lk_image_read(golden("odd.json"), &image, &err), LK_FORMAT);
    assert_contains(err.text, "odd.json: expected a JPEG, PNG, ");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jpegs_of_rgb_grey_and_cmyk_decode_as_pillow_does),
        cmocka_unit_test(transparent_pixels_are_mixed_with_black_and_16_bits_become_8),
        cmocka_unit_test(a_png_we_write_reads_back_the_same),
        cmocka_unit_test(a_png_of_enlarged_pixels_reads_back_the_same_and_is_small),
        cmocka_unit_test(a_png_of_one_row_or_column_reads_back_the_same),
        cmocka_unit_test(a_picture_always_makes_the_same_png),
        cmocka_unit_test(pnm_and_bmp_decode_with_comments_and_are_refused_when_truncated),
        cmocka_unit_test(every_truncation_of_a_picture_is_refused),
        cmocka_unit_test(a_jpeg_with_damage_inside_never_crashes),
        cmocka_unit_test(a_header_that_claims_a_huge_picture_is_refused),
        cmocka_unit_test(what_is_no_picture_is_refused_by_its_first_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
