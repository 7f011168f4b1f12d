/* Text and rectangles on pictures. */
#include "support.h"

#include <likeness/image.h>

#include <string.h>

static const uint8_t red[3] = { 255, 0, 0 };

static lk_image white(int width, int height, int n_channels) {
    lk_image image;
    lk_error err;
    assert_ok(lk_image_init(&image, width, height, n_channels, &err), &err);
    memset(image.pixels, 255, lk_image_bytes(&image));
    return image;
}

/* Whether pixel (x, y) has no green. */
static char ink(const lk_image *image, int x, int y) {
    return image->pixels[((size_t)y * (size_t)image->width + (size_t)x) * 3 + 1] ? '.' : '#';
}

static void a_letter_has_its_shape_at_every_scale(void **state) {
    (void)state;
    static const char *const expected[] = { "#......", "#......", "#......", "#......",
                                            "#......", "#......", "####..." };
    for (int scale = 1; scale <= 3; scale++) {
        lk_image image = white(40, 40, 3);
        lk_image_draw_text(&image, 2, 3, scale, red, "L");
        for (int y = 0; y < 7 * scale; y++)
            for (int x = 0; x < 7 * scale; x++)
                assert_int_equal(ink(&image, 2 + x, 3 + y), expected[y / scale][x / scale]);
        lk_image_deinit(&image);
    }
}

static void the_width_of_a_text_is_where_the_next_one_goes(void **state) {
    (void)state;
    lk_image whole = white(120, 20, 3), parts = white(120, 20, 3);
    lk_image_draw_text(&whole, 1, 1, 1, red, "SSIM = 0.89");
    lk_image_draw_text(&parts, 1, 1, 1, red, "SSIM =");
    lk_image_draw_text(&parts, 1 + lk_image_text_width(1, "SSIM ="), 1, 1, red, " 0.89");
    assert_memory_equal(whole.pixels, parts.pixels, lk_image_bytes(&whole));
    assert_int_equal(lk_image_text_width(2, "0.89"), 2 * lk_image_text_width(1, "0.89"));
    lk_image_deinit(&whole);
    lk_image_deinit(&parts);
}

static void what_lies_outside_is_left_out_and_unknown_letters_are_question_marks(void **state) {
    (void)state;
    lk_image image = white(9, 9, 3), expected = white(9, 9, 3), grey = white(4, 4, 1);
    lk_image_draw_text(&image, -3, -4, 2, red, "\xC3\x84 and more than fits");
    lk_image_draw_text(&expected, -3, -4, 2, red, "? and more than fits");
    assert_memory_equal(image.pixels, expected.pixels, lk_image_bytes(&image));
    assert_int_equal(lk_image_text_width(1, "Gr\xC3\xB6\xC3\x9F"
                                            "er"),
                     lk_image_text_width(1, "Gr??er"));
    lk_image_fill(&grey, 2, -5, 100, 6, (const uint8_t[]){ 7, 8, 9 });
    assert_memory_equal(grey.pixels, ((uint8_t[]){ 255, 255, 7, 7, 255, 255, 255, 255 }), 8);
    lk_image_deinit(&image);
    lk_image_deinit(&expected);
    lk_image_deinit(&grey);
}

static void a_grid_has_its_labels_in_a_column_before_it(void **state) {
    (void)state;
    lk_image cells[2] = { white(20, 20, 3), white(20, 20, 3) }, plain, labelled,
             word = white(60, 12, 3);
    lk_error err;
    lk_image_fill(&cells[0], 0, 0, 20, 20, red);
    const char *labels[] = { "a", "wide" };
    lk_grid_options options = { .n_rows = 2, .n_columns = 1, .gap = 2, .zoom = 2 };
    assert_ok(lk_grid(cells, &options, &plain, &err), &err);
    options.labels = labels;
    assert_ok(lk_grid(cells, &options, &labelled, &err), &err);
    int column = lk_image_text_width(2, "wide") + 16;
    assert_int_equal(labelled.width, plain.width + column);
    assert_int_equal(labelled.height, plain.height);
    for (int y = 0; y < plain.height; y++)
        assert_memory_equal(
            labelled.pixels + ((size_t)y * (size_t)labelled.width + (size_t)column) * 3,
            plain.pixels + (size_t)y * (size_t)plain.width * 3, (size_t)plain.width * 3);
    lk_image_draw_text(&word, 0, 0, 1, (const uint8_t[]){ 0, 0, 0 }, "wide");
    for (int y = 0; y < 12; y++) /* the second row's label, in its middle, twice as large */
        for (int x = 0; x < 30; x++)
            assert_int_equal(ink(&labelled, 8 + 2 * x, 2 + 42 + 9 + 2 * y), ink(&word, x, y));
    for (int i = 0; i < 2; i++) lk_image_deinit(&cells[i]);
    lk_image_deinit(&plain);
    lk_image_deinit(&labelled);
    lk_image_deinit(&word);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_has_its_shape_at_every_scale),
        cmocka_unit_test(the_width_of_a_text_is_where_the_next_one_goes),
        cmocka_unit_test(a_grid_has_its_labels_in_a_column_before_it),
        cmocka_unit_test(what_lies_outside_is_left_out_and_unknown_letters_are_question_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
