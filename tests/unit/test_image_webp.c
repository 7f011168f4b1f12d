/* WebP files: where their EXIF is found, and which files are refused. */
#include "base/file.h"
#include "support.h"

#include <likeness/image.h>
#include <likeness/memory.h>

#include <stdio.h>
#include <string.h>

enum { FILE_MAX = 1 << 14, VP8X_FLAGS = 20, ANIMATION = 2 };

/* A file being changed. */
static uint8_t file[FILE_MAX];
static size_t n_file;

/* photo_cat.png, stored on its side; its last chunk is EXIF. */
static void load(void) {
    char path[LK_PATH_MAX], *data = NULL;
    lk_error err;
    snprintf(path, sizeof path, "%s/tests/golden/decode_lossless.webp", LIKENESS_SOURCE);
    assert_ok(lk_file_read(path, FILE_MAX / 2, &data, &n_file, &err), &err);
    memcpy(file, data, n_file);
    lk_free(data);
}

static void put_number(uint8_t *at, size_t number) {
    for (int i = 0; i < 4; i++) at[i] = (uint8_t)(number >> 8 * i);
}

static size_t exif_place(void) {
    for (size_t at = 12; at + 4 <= n_file; at++)
        if (memcmp(file + at, "EXIF", 4) == 0) return at;
    fail_msg("no EXIF");
    return 0;
}

/* Insert a chunk, with the byte that an odd length needs after it. */
static void insert_chunk(size_t at, const char *name, size_t n) {
    size_t n_all = 8 + n + n % 2;
    memmove(file + at + n_all, file + at, n_file - at);
    memcpy(file + at, name, 4);
    put_number(file + at + 4, n);
    memset(file + at + 8, 'x', n + n % 2);
    n_file += n_all;
    put_number(file + 4, n_file - 8);
}

static void decodes(bool turned) {
    lk_image image;
    lk_image_notes notes;
    lk_error err;
    assert_ok(lk_image_decode_as(file, n_file, NULL, NULL, &image, &notes, &err), &err);
    assert_int_equal(notes.turned, turned);
    assert_int_equal(image.width > image.height, turned);
    lk_image_deinit(&image);
}

static void refused(const char *words) {
    lk_image image;
    lk_error err;
    assert_int_equal(lk_image_decode(file, n_file, &image, &err), LK_FORMAT);
    assert_contains(err.text, words);
}

static void exif_is_found_after_chunks_of_any_length(void **state) {
    (void)state;
    for (size_t n = 0; n < 4; n++) {
        load();
        insert_chunk(exif_place(), "XMP ", n);
        decodes(true);
    }
}

static void without_exif_that_can_be_read_a_webp_is_upright(void **state) {
    (void)state;
    load();
    size_t at = exif_place();
    memcpy(file + at, "EXIX", 4);
    decodes(false);
    load();
    put_number(file + at + 4, n_file); /* ends after the file */
    decodes(false);
    load();
    n_file = at;
    put_number(file + 4, n_file - 8);
    decodes(false);
}

static void what_follows_the_chunks_is_not_part_of_the_picture(void **state) {
    (void)state;
    load();
    size_t n = n_file, at = exif_place();
    insert_chunk(n, "XMP ", 5);
    put_number(file + 4, n - 8);
    decodes(true);
    put_number(file + 4, at - 8);
    decodes(false);
}

static void a_webp_cut_anywhere_is_refused(void **state) {
    (void)state;
    load();
    for (size_t n = n_file; n-- > 13; n_file = n) {
        n_file = n;
        refused("truncated: expected ");
    }
}

static void an_animated_webp_is_refused_by_that_word(void **state) {
    (void)state;
    load();
    file[VP8X_FLAGS] |= ANIMATION;
    refused("animated WebP");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exif_is_found_after_chunks_of_any_length),
        cmocka_unit_test(without_exif_that_can_be_read_a_webp_is_upright),
        cmocka_unit_test(what_follows_the_chunks_is_not_part_of_the_picture),
        cmocka_unit_test(a_webp_cut_anywhere_is_refused),
        cmocka_unit_test(an_animated_webp_is_refused_by_that_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
