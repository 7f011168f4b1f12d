/* JPEG files that break the rules: those that phones and cameras write give the pixels of the clean
   file, as in Pillow; those that lost pixels are refused. */
#include "base/file.h"
#include "support.h"

#include <likeness/image.h>
#include <likeness/memory.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h> /* needs stdio.h before it */

enum { FILE_MAX = 1 << 16 };

/* A file being changed. */
static uint8_t file[FILE_MAX];
static size_t n_file;

static void load(const char *name) {
    char path[LK_PATH_MAX], *data = NULL;
    lk_error err;
    snprintf(path, sizeof path, "%s/tests/golden/%s", LIKENESS_SOURCE, name);
    assert_ok(lk_file_read(path, FILE_MAX / 2, &data, &n_file, &err), &err);
    memcpy(file, data, n_file);
    lk_free(data);
}

/* Where a marker begins, 0xFF included. */
static size_t find(uint8_t marker) {
    for (size_t i = 0; i + 1 < n_file; i++)
        if (file[i] == 0xFF && file[i + 1] == marker) return i;
    fail_msg("no marker %02x", marker);
    return 0;
}

static void insert(size_t at, const void *bytes, size_t n) {
    assert_true(n_file + n <= FILE_MAX);
    memmove(file + at + n, file + at, n_file - at);
    memcpy(file + at, bytes, n);
    n_file += n;
}

static lk_image decoded(void) {
    lk_image image;
    lk_error err = { "" };
    assert_ok(lk_image_decode(file, n_file, &image, &err), &err);
    return image;
}

static void has_pixels_of(const lk_image *clean) {
    lk_image image = decoded();
    assert_int_equal(image.width, clean->width);
    assert_int_equal(image.height, clean->height);
    assert_memory_equal(image.pixels, clean->pixels, lk_image_bytes(clean));
    lk_image_deinit(&image);
}

static void refused(const char *words) {
    lk_image image;
    lk_error err = { "" };
    assert_int_equal(lk_image_decode(file, n_file, &image, &err), LK_FORMAT);
    assert_contains(err.text, words);
}

enum { APP0 = 0xE0, SOS = 0xDA, EOI = 0xD9, RST0 = 0xD0 };
static const uint8_t zeros[200];

static void zero_the_scan_s_fields(void) {
    size_t at = find(SOS);
    memset(file + at + 2 + file[at + 3] - 3, 0, 3); /* first and last coefficient, their bits */
}

static void add_zeros_before_the_end(void) {
    insert(n_file - 2, zeros, sizeof zeros);
}

static void add_zeros_between_segments(void) {
    insert(find(APP0) + 18, zeros, 2);
}

static void claim_version_2(void) {
    file[find(APP0) + 9] = 2;
}

static void add_an_unknown_colour_transform(void) {
    insert(2,
           "\xFF\xEE\0\x0E"
           "Adobe\0\x64\0\0\0\0\x09",
           16);
}

static void add_what_is_no_profile(void) {
    insert(2,
           "\xFF\xE2\0\x10"
           "ICC_PROFILE\0\7\3",
           18);
}

static void add_a_trailer(void) {
    insert(n_file, "MotionPhoto_Data", 16);
}

static void what_loses_no_pixels_changes_none(void **state) {
    (void)state;
    static void (*const changes[])(void) = {
        zero_the_scan_s_fields,
        add_zeros_before_the_end,
        add_zeros_between_segments,
        claim_version_2,
        add_a_trailer,
        add_what_is_no_profile,
        add_an_unknown_colour_transform,
    };
    load("resize_rgb.jpg");
    lk_image clean = decoded();
    for (size_t i = 0; i < LK_COUNT(changes); i++) {
        load("resize_rgb.jpg");
        changes[i]();
        has_pixels_of(&clean);
    }
    lk_image_deinit(&clean);
}

static void a_jpeg_that_lost_pixels_is_refused(void **state) {
    (void)state;
    load("resize_rgb.jpg");
    n_file -= 2;
    refused("Premature end of JPEG file");
    n_file /= 2;
    refused("Premature end of JPEG file");
    load("resize_rgb.jpg");
    insert(n_file - 40, "\xFF\xD9", 2);
    refused("premature end of data segment");
    load("resize_rgb.jpg");
    memset(file + n_file - 42, 0xFE, 30);
    refused("bad Huffman code");
}

/* A grey picture of 40 x 8 pixels with a restart marker after every 8 x 8. */
static void make_restarts(void) {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr handler;
    unsigned char *out = NULL, row[40];
    unsigned long n = 0;
    jpeg.err = jpeg_std_error(&handler);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &out, &n);
    jpeg.image_width = 40, jpeg.image_height = 8;
    jpeg.input_components = 1, jpeg.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&jpeg);
    jpeg.restart_interval = 1;
    jpeg_start_compress(&jpeg, TRUE);
    for (int y = 0; y < 8; y++) {
        for (int x = 0; x < 40; x++) row[x] = (unsigned char)(6 * x + 3 * y);
        jpeg_write_scanlines(&jpeg, (JSAMPROW[]){ row }, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    assert_true(n <= FILE_MAX);
    memcpy(file, out, n);
    n_file = n;
    free(out);
}

static void a_restart_marker_in_the_wrong_place_is_refused(void **state) {
    (void)state;
    make_restarts();
    lk_image clean = decoded();
    lk_image_deinit(&clean);
    insert(find(RST0), zeros, 3);
    refused("extraneous bytes before marker 0xd0");
    make_restarts();
    file[find(RST0) + 1] = RST0 + 3;
    refused("found marker 0xd3 instead of RST0");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_loses_no_pixels_changes_none),
        cmocka_unit_test(a_jpeg_that_lost_pixels_is_refused),
        cmocka_unit_test(a_restart_marker_in_the_wrong_place_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
