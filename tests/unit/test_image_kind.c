/* What kind of picture a file is, by its first bytes and its name. */
#include "support.h"

#include <likeness/image.h>

#include <string.h>

struct row {
    const char *bytes;
    size_t n;
    const char *name;
    lk_image_kind kind;
};

#define ROW(bytes, name, kind)                                                                     \
    { bytes, sizeof bytes - 1, name, kind }

static void check(const struct row *rows, size_t n) {
    for (size_t i = 0; i < n; i++) {
        lk_image_kind got = lk_image_kind_of(rows[i].bytes, rows[i].n, rows[i].name);
        if (got != rows[i].kind)
            fail_msg("row %zu, %s: expected %s, got %s", i, rows[i].name,
                     lk_image_kind_name(rows[i].kind), lk_image_kind_name(got));
    }
}

static void the_first_bytes_decide_whatever_the_name_says(void **state) {
    (void)state;
    static const struct row rows[] = {
        ROW("\xFF\xD8\xFF\xE0", "a.png", LK_IMAGE_JPEG),
        ROW("\xFF\xD8\xFF\xE0", "noextension", LK_IMAGE_JPEG),
        ROW("\xFF\xD8\xFF\xE0", "a.jfif", LK_IMAGE_JPEG),
        ROW("\x89PNG\r\n\x1A\n", "a.txt", LK_IMAGE_PNG),
        ROW("GIF89a", "a.tga", LK_IMAGE_GIF),
        ROW("8BPS\0\1", "a", LK_IMAGE_PSD),
        ROW("RIFF\1\2\3\4WEBPVP8 ", "a.jpg", LK_IMAGE_WEBP),
        ROW("RIFF\1\2\3\4WAVEfmt ", "a.wav", LK_IMAGE_OTHER),
        ROW("II*\0\x08\0\0\0", "a.jpg", LK_IMAGE_TIFF),
        ROW("MM\0*\0\0\0\x08", "a", LK_IMAGE_TIFF),
        ROW("II*\0\x08\0\0\0", "a.NEF", LK_IMAGE_RAW),
        ROW("II*\0\x10\0\0\0CR", "a", LK_IMAGE_RAW),
        ROW("\0\0\0\x18"
            "ftypheic\0\0\0\0mif1heic",
            "a.jpg", LK_IMAGE_HEIC),
        ROW("\0\0\0\x18"
            "ftypmif1\0\0\0\0mif1heic",
            "a", LK_IMAGE_HEIC),
        ROW("\0\0\0\x1C"
            "ftypmif1\0\0\0\0mif1avifmiaf",
            "a", LK_IMAGE_AVIF),
        ROW("\0\0\0\x18"
            "ftypisom\0\0\0\0isommp42",
            "a.mp4", LK_IMAGE_OTHER),
        ROW("\0\0\0\x0CJXL \r\n\x87\n", "a", LK_IMAGE_JPEG_XL),
        ROW("\0\0\0\x0CjP  \r\n\x87\n", "a", LK_IMAGE_JPEG_2000),
        ROW("<svg xmlns", "a", LK_IMAGE_SVG),
    };
    check(rows, LK_COUNT(rows));
}

/* "BM" and "P5" also begin words, "\xFF\n" other data. */
static void few_first_bytes_need_a_header_or_a_name_that_fits(void **state) {
    (void)state;
    static const char bmp[18] = { 'B', 'M', [14] = 40 };
    static const struct row rows[] = {
        { bmp, sizeof bmp, "a", LK_IMAGE_BMP },
        { bmp, sizeof bmp - 1, "a", LK_IMAGE_OTHER },
        ROW("BMW is a make of cars.", "notes", LK_IMAGE_OTHER),
        ROW("BMW is a make of cars.", "notes.txt", LK_IMAGE_OTHER),
        ROW("BM, but no more", "a.bmp", LK_IMAGE_BMP),
        ROW("P5 2 1 255\n", "a", LK_IMAGE_PNM),
        ROW("P6\n# drawn", "a.dat", LK_IMAGE_PNM),
        ROW("P6\nis a kind of picture", "a.md", LK_IMAGE_OTHER),
        ROW("P5", "a", LK_IMAGE_OTHER),
        ROW("P5", "a.pgm", LK_IMAGE_PNM),
        ROW("\xFF\x0A\1\2", "a", LK_IMAGE_OTHER),
        ROW("\xFF\x0A\1\2", "a.jxl", LK_IMAGE_JPEG_XL),
    };
    check(rows, LK_COUNT(rows));
}

static void a_name_counts_where_the_bytes_are_of_no_known_kind(void **state) {
    (void)state;
    static const struct row rows[] = {
        ROW("\0\0\2\0", "a.TGA", LK_IMAGE_TGA),
        ROW("<!DOCTYPE html>", "folder.x/a.jpg", LK_IMAGE_UNKNOWN),
        ROW("", "a.jpe", LK_IMAGE_UNKNOWN),
        ROW("", "a.heif", LK_IMAGE_HEIC),
        ROW("\0\0\1\0", "favicon.ico", LK_IMAGE_ICO),
        ROW("{}", "a.json", LK_IMAGE_OTHER),
        ROW("", "a", LK_IMAGE_OTHER),
        ROW("", "a.", LK_IMAGE_OTHER),
        ROW("x", "a.png/b", LK_IMAGE_OTHER),
        ROW("x", "Thumbs.db", LK_IMAGE_OTHER),
    };
    check(rows, LK_COUNT(rows));
    assert_int_equal(lk_image_kind_named("x/IMG.JPEG"), LK_IMAGE_JPEG);
    assert_int_equal(lk_image_kind_named("jpeg"), LK_IMAGE_OTHER);
    assert_string_equal(lk_image_kind_name(LK_IMAGE_JPEG_2000), "JPEG 2000");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_bytes_decide_whatever_the_name_says),
        cmocka_unit_test(few_first_bytes_need_a_header_or_a_name_that_fits),
        cmocka_unit_test(a_name_counts_where_the_bytes_are_of_no_known_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
