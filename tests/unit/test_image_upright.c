/* Pictures that a camera stored turned or mirrored: the orientation in EXIF, and what it does. The
   expected pixels are those of Pillow's ImageOps.exif_transpose. */
#include "base/file.h"
#include "image/decode.h"
#include "support.h"

#include <likeness/memory.h>

#include <stdio.h>
#include <string.h>

/* ---- EXIF ---- */

#define TIFF_LITTLE "II*\0\x08\0\0\0"
#define TIFF_BIG    "MM\0*\0\0\0\x08"

struct row {
    const char *exif;
    size_t n;
    int expected;
};

#define ROW(exif, expected)                                                                        \
    { exif, sizeof exif - 1, expected }

static void check(const struct row *rows, size_t n) {
    for (size_t i = 0; i < n; i++) {
        /* a block of exactly its size, so that sanitizers see each byte read beyond it */
        uint8_t *exif = lk_realloc(NULL, 0, rows[i].n);
        memcpy(exif, rows[i].exif, rows[i].n);
        int got = lk_exif_orientation(exif, rows[i].n);
        lk_free(exif);
        if (got != rows[i].expected)
            fail_msg("row %zu: expected %d, got %d", i, rows[i].expected, got);
    }
}

static void the_orientation_is_a_short_or_a_long_of_either_byte_order(void **state) {
    (void)state;
    static const struct row rows[] = {
        ROW(TIFF_LITTLE "\1\0\x12\1\3\0\1\0\0\0\6\0\0\0", 6),
        ROW(TIFF_BIG "\0\1\1\x12\0\3\0\0\0\1\0\6\0\0", 6),
        ROW("Exif\0\0" TIFF_BIG "\0\1\1\x12\0\3\0\0\0\1\0\x08\0\0", 8),
        ROW(TIFF_LITTLE "\1\0\x12\1\4\0\1\0\0\0\3\0\0\0", 3),
        ROW(TIFF_BIG "\0\1\1\x12\0\4\0\0\0\1\0\0\0\3", 3),
        /* after another entry; the bytes behind the value say nothing */
        ROW(TIFF_LITTLE "\2\0\x0F\1\2\0\1\0\0\0a\0\0\0\x12\1\3\0\1\0\0\0\2\0\xFF\xFF", 2),
        /* the directory begins later */
        ROW("II*\0\x0A\0\0\0??\1\0\x12\1\3\0\1\0\0\0\5\0\0\0", 5),
    };
    check(rows, LK_COUNT(rows));
}

static void exif_that_is_damaged_counts_as_upright(void **state) {
    (void)state;
    static const struct row rows[] = {
        ROW("", 1),
        ROW("Exif\0\0", 1),
        ROW("Exif\0\0Exif\0", 1),
        ROW("II*\0\x08\0\0", 1),
        ROW(TIFF_LITTLE, 1),
        ROW(TIFF_LITTLE "\1", 1),
        ROW(TIFF_LITTLE "\1\0", 1),
        ROW(TIFF_LITTLE "\1\0\x12\1\3\0\1\0\0\0\6\0\0", 1),            /* a byte is missing */
        ROW(TIFF_LITTLE "\0\0\x12\1\3\0\1\0\0\0\6\0\0\0", 1),          /* no entry */
        ROW("IM*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0", 1),       /* no byte order */
        ROW("II+\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0", 1),       /* no TIFF */
        ROW("II*\0\xFF\xFF\xFF\xFF\1\0\x12\1\3\0\1\0\0\0\6\0\0\0", 1), /* begins nowhere */
        ROW("II*\0\x17\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0", 1),
        ROW(TIFF_LITTLE "\1\0\x12\1\2\0\1\0\0\0\6\0\0\0", 1),   /* a text */
        ROW(TIFF_LITTLE "\1\0\x12\1\3\0\2\0\0\0\6\0\0\0", 1),   /* two numbers */
        ROW(TIFF_LITTLE "\1\0\x12\1\3\0\1\0\0\0\x09\0\0\0", 1), /* beyond 8 */
        ROW(TIFF_LITTLE "\1\0\x12\1\3\0\1\0\0\0\0\0\0\0", 1),
        ROW(TIFF_LITTLE "\1\0\x12\1\4\0\1\0\0\0\6\0\1\0", 1),
        /* more entries than there are bytes; the one that is there counts */
        ROW(TIFF_LITTLE "\xFF\xFF\x12\1\3\0\1\0\0\0\6\0\0\0", 6),
    };
    check(rows, LK_COUNT(rows));
}

/* What follows EXIF in memory is not part of it. */
static void exif_ends_where_its_bytes_end(void **state) {
    (void)state;
    static const char exif[] = "Exif\0\0" TIFF_LITTLE "\1\0\x12\1\3\0\1\0\0\0\6\0\0\0";
    const size_t n = sizeof exif - 1;
    assert_int_equal(lk_exif_orientation((const uint8_t *)exif, n), 6);
    for (size_t cut = 1; cut <= n; cut++)
        assert_int_equal(lk_exif_orientation((const uint8_t *)exif, n - cut), 1);
}

/* ---- turning ---- */

static lk_image letters(int width, int height, const char *text) {
    lk_image image;
    lk_error err;
    assert_ok(lk_image_init(&image, width, height, 3, &err), &err);
    for (int i = 0; i < width * height; i++) memset(image.pixels + 3 * i, text[i], 3);
    return image;
}

static void each_orientation_is_turned_upright(void **state) {
    (void)state;
    static const struct {
        int width, height;
        const char *text;
    } rows[9] = { [1] = { 3, 2, "abcdef" }, [2] = { 3, 2, "cbafed" }, [3] = { 3, 2, "fedcba" },
                  [4] = { 3, 2, "defabc" }, [5] = { 2, 3, "adbecf" }, [6] = { 2, 3, "daebfc" },
                  [7] = { 2, 3, "fcebda" }, [8] = { 2, 3, "cfbead" } };
    for (int orientation = 1; orientation <= 8; orientation++) {
        lk_image image = letters(3, 2, "abcdef");
        lk_error err;
        assert_ok(lk_exif_turn(&image, orientation, &err), &err);
        assert_int_equal(image.width, rows[orientation].width);
        assert_int_equal(image.height, rows[orientation].height);
        char got[7] = "";
        for (int i = 0; i < 6; i++) got[i] = (char)image.pixels[3 * i + i % 3];
        assert_string_equal(got, rows[orientation].text);
        lk_image_deinit(&image);
    }
}

/* Larger than the tiles that are turned at once. */
static void a_picture_turned_four_times_is_itself(void **state) {
    (void)state;
    lk_image image, turned;
    lk_error err;
    assert_ok(lk_image_init(&image, 75, 40, 3, &err), &err);
    assert_ok(lk_image_init(&turned, 75, 40, 3, &err), &err);
    for (size_t i = 0; i < lk_image_bytes(&image); i++)
        image.pixels[i] = turned.pixels[i] = (uint8_t)(i * 7919 >> 3);
    for (int i = 0; i < 4; i++) {
        assert_ok(lk_exif_turn(&turned, 6, &err), &err);
        assert_int_equal(turned.width, i % 2 ? 75 : 40);
        if (i == 0) /* its top right corner was the top left one */
            assert_memory_equal(turned.pixels + 39 * 3, image.pixels, 3);
    }
    assert_memory_equal(turned.pixels, image.pixels, lk_image_bytes(&image));
    lk_image_deinit(&image);
    lk_image_deinit(&turned);
}

/* ---- files ---- */

/* A JPEG with a segment APP1 after its first mark. */
static size_t with_app1(const char *jpeg, size_t n, const char *app1, size_t n_app1, char *out) {
    const char head[6] = { (char)0xFF, (char)0xD8, (char)0xFF, (char)0xE1, 0, (char)(n_app1 + 2) };
    memcpy(out, head, 6);
    memcpy(out + 6, app1, n_app1);
    memcpy(out + 6 + n_app1, jpeg + 2, n - 2);
    return n + n_app1 + 4;
}

static void a_jpeg_is_turned_as_its_first_exif_says(void **state) {
    (void)state;
#define EXIF(value) "Exif\0\0" TIFF_BIG "\0\1\1\x12\0\3\0\0\0\1\0" value "\0\0\0\0\0\0"
    static const struct row rows[] = {
        ROW(EXIF("\6"), 6),
        ROW(EXIF("\3"), 3),
        ROW(EXIF("\1"), 1),
        ROW("Exif\0\0no TIFF", 1),
        ROW("http://ns.adobe.com/xap/1.0/", 1),
    };
    char path[LK_PATH_MAX], *jpeg = NULL, *out = NULL;
    size_t n = 0;
    lk_error err;
    snprintf(path, sizeof path, "%s/tests/golden/resize_rgb.jpg", LIKENESS_SOURCE);
    assert_ok(lk_file_read(path, 1 << 16, &jpeg, &n, &err), &err);
    out = lk_alloc(n + 512);
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_image expected, got;
        lk_image_notes notes;
        /* a second EXIF, behind the first or behind what is none, counts only in the last row */
        size_t n_out = with_app1(jpeg, n, EXIF("\2"), sizeof EXIF("\2") - 1, out);
        char *first = lk_alloc(n + 1024);
        n_out = with_app1(out, n_out, rows[i].exif, rows[i].n, first);
        int orientation = i + 1 == LK_COUNT(rows) ? 2 : rows[i].expected;
        assert_ok(lk_image_decode(jpeg, n, &expected, &err), &err);
        assert_ok(lk_exif_turn(&expected, orientation, &err), &err);
        assert_ok(lk_image_decode_as(first, n_out, NULL, NULL, &got, &notes, &err), &err);
        assert_int_equal(got.width, expected.width);
        assert_memory_equal(got.pixels, expected.pixels, lk_image_bytes(&expected));
        assert_int_equal(notes.turned, orientation > 1);
        lk_image_deinit(&expected);
        lk_image_deinit(&got);
        lk_free(first);
    }
    lk_free(jpeg);
    lk_free(out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_orientation_is_a_short_or_a_long_of_either_byte_order),
        cmocka_unit_test(exif_that_is_damaged_counts_as_upright),
        cmocka_unit_test(exif_ends_where_its_bytes_end),
        cmocka_unit_test(each_orientation_is_turned_upright),
        cmocka_unit_test(a_picture_turned_four_times_is_itself),
        cmocka_unit_test(a_jpeg_is_turned_as_its_first_exif_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
