/* Resizing against Pillow's bytes, crops, channels, bytes from numbers. */
#include "base/file.h"
#include "support.h"

#include <likeness/image.h>
#include <likeness/memory.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The picture of scripts/golden/resize.py. */
static lk_image noise(int width, int height, int n_channels) {
    lk_image image;
    lk_error err;
    assert_ok(lk_image_init(&image, width, height, n_channels, &err), &err);
    for (uint32_t i = 0; i < lk_image_bytes(&image); i++) {
        uint32_t h = i * 2654435761U + 12345U;
        h ^= h >> 15;
        h *= 2246822519U;
        h ^= h >> 13;
        image.pixels[i] = (uint8_t)(h >> 24);
    }
    return image;
}

static void read_golden(const char *name, char **data, size_t *n_bytes) {
    char path[LK_PATH_MAX];
    lk_error err;
    assert_true(lk_format(path, sizeof path, "%s/tests/golden/%s", LIKENESS_SOURCE, name));
    assert_ok(lk_file_read(path, 1 << 20, data, n_bytes, &err), &err);
}

static void resizing_gives_the_bytes_of_pillow_for_every_filter(void **state) {
    (void)state;
    static const int cases[][5] = { { 37, 29, 3, 11, 7 },
                                    { 37, 29, 1, 37, 13 },
                                    { 37, 29, 1, 16, 29 },
                                    { 13, 9, 1, 31, 20 },
                                    { 5, 40, 1, 9, 17 } };
    static const lk_filter filters[] = { LK_FILTER_BICUBIC, LK_FILTER_BILINEAR, LK_FILTER_LANCZOS,
                                         LK_FILTER_BOX };
    char *golden = NULL;
    size_t n_golden = 0, at = 0;
    read_golden("resize.bin", &golden, &n_golden);
    for (size_t f = 0; f < LK_COUNT(filters); f++) {
        for (size_t i = 0; i < LK_COUNT(cases); i++) {
            lk_error err;
            lk_image in = noise(cases[i][0], cases[i][1], cases[i][2]), out;
            assert_ok(lk_image_resize(&in, cases[i][3], cases[i][4], filters[f], &out, &err), &err);
            assert_true(at + lk_image_bytes(&out) <= n_golden);
            assert_memory_equal(out.pixels, golden + at, lk_image_bytes(&out));
            at += lk_image_bytes(&out);
            lk_image_deinit(&in);
            lk_image_deinit(&out);
        }
    }
    assert_int_equal(at, n_golden);
    lk_free(golden);
}

static void resizing_to_the_same_size_changes_nothing_and_a_flat_picture_stays_flat(void **state) {
    (void)state;
    lk_error err;
    lk_image in = noise(20, 17, 3), out;
    for (int f = 0; f < LK_N_FILTERS; f++) {
        assert_ok(lk_image_resize(&in, 20, 17, (lk_filter)f, &out, &err), &err);
        assert_memory_equal(in.pixels, out.pixels, lk_image_bytes(&in));
        lk_image_deinit(&out);
    }
    memset(in.pixels, 201, lk_image_bytes(&in));
    for (int f = 0; f < LK_N_FILTERS; f++) {
        assert_ok(lk_image_resize(&in, 7, 33, (lk_filter)f, &out, &err), &err);
        for (size_t i = 0; i < lk_image_bytes(&out); i++) assert_int_equal(out.pixels[i], 201);
        lk_image_deinit(&out);
    }
    assert_int_equal(lk_image_resize(&in, 0, 5, LK_FILTER_BOX, &out, &err), LK_FORMAT);
    lk_image_deinit(&in);
}

static void the_option_words_are_the_names_of_the_filters(void **state) {
    (void)state;
    char words[64] = "";
    for (int i = 0; i < LK_N_FILTERS; i++)
        snprintf(words + strlen(words), sizeof words - strlen(words), "%s%s", i ? "|" : "",
                 lk_filter_name((lk_filter)i));
    assert_string_equal(words, LK_WORDS(LK_FILTER_LIST));
}

static void the_centre_crop_starts_at_half_the_rest_rounded_down(void **state) {
    (void)state;
    lk_error err;
    lk_image in = noise(9, 12, 3), out;
    assert_ok(lk_image_crop_centre(&in, 4, &out, &err), &err);
    assert_int_equal(out.width, 4);
    assert_int_equal(out.height, 4);
    for (int y = 0; y < 4; y++)
        assert_memory_equal(out.pixels + y * 12, in.pixels + ((y + 4) * 9 + 2) * 3, 12);
    lk_image_deinit(&out);
    assert_int_equal(lk_image_crop_centre(&in, 10, &out, &err), LK_FORMAT);
    assert_contains(err.text, "crop: expected 1 to 9 for a picture of 9 x 12, got 10");
    lk_image_deinit(&in);
}

static void grey_is_the_luma_of_pillow(void **state) {
    (void)state;
    lk_error err;
    lk_image in, grey, rgb;
    assert_ok(lk_image_init(&in, 3, 1, 3, &err), &err);
    memcpy(in.pixels, (uint8_t[]){ 255, 0, 0, 10, 200, 30, 0, 255, 0 }, 9);
    assert_ok(lk_image_to_channels(&in, 1, &grey, &err), &err);
    assert_memory_equal(grey.pixels, ((uint8_t[]){ 76, 124, 150 }), 3);
    assert_ok(lk_image_to_channels(&grey, 3, &rgb, &err), &err);
    assert_memory_equal(rgb.pixels, ((uint8_t[]){ 76, 76, 76, 124, 124, 124, 150, 150, 150 }), 9);
    lk_image_deinit(&in);
    lk_image_deinit(&grey);
    lk_image_deinit(&rgb);
}

static void numbers_become_bytes_rounded_and_clipped(void **state) {
    (void)state;
    const lk_real values[] = { LK_R(-3),  0, LK_R(0.49 / 255), LK_R(0.51 / 255),
                               LK_R(0.5), 1, LK_R(7),          (lk_real)NAN };
    const uint8_t expected[] = { 0, 0, 0, 1, 128, 255, 255, 0 };
    uint8_t got[8];
    lk_bytes_from_reals(values, 8, got);
    assert_memory_equal(got, expected, 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resizing_gives_the_bytes_of_pillow_for_every_filter),
        cmocka_unit_test(resizing_to_the_same_size_changes_nothing_and_a_flat_picture_stays_flat),
        cmocka_unit_test(the_option_words_are_the_names_of_the_filters),
        cmocka_unit_test(the_centre_crop_starts_at_half_the_rest_rounded_down),
        cmocka_unit_test(grey_is_the_luma_of_pillow),
        cmocka_unit_test(numbers_become_bytes_rounded_and_clipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
