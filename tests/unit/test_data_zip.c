/* CelebA in its zip: the same pack as from the folder, and zips that are damaged or encrypted, and
   other files. */
#include "base/file.h"
#include "support.h"

#include <likeness/memory.h>
#include <likeness/prepare.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

enum { N = 24, SIDE = 20 };

static char folder[LK_PATH_MAX - 512];

static const char *at(const char *name) {
    return lk_test_path(folder, name);
}

static void put(const char *name, const void *data, size_t n_bytes) {
    lk_test_write(at(name), data, n_bytes);
}

static void get(const char *name, char **data, size_t *n_bytes) {
    lk_error err;
    assert_ok(lk_file_read(at(name), 1 << 24, data, n_bytes, &err), &err);
}

static void put_picture(const char *name, int seed) {
    lk_image image;
    lk_error err;
    assert_ok(lk_image_init(&image, SIDE, SIDE, 3, &err), &err);
    for (int i = 0; i < SIDE * SIDE * 3; i++) image.pixels[i] = (uint8_t)(i * (seed + 3) % 251);
    assert_ok(lk_image_write_png(at(name), &image, &err), &err);
    lk_image_deinit(&image);
}

/* Picture i: img_align_celeba/00000i.jpg (PNG bytes: the content tells the kind). */
static const char *name_of(int i) {
    static char name[64];
    snprintf(name, sizeof name, "img_align_celeba/%06d.jpg", i);
    return name;
}

/* The first n pictures of the folder in a zip, by the system's libzip. */
static void put_zip(const char *zip_name, int n, bool stored, const char *password) {
    remove(at(zip_name));
    zip_t *zip = zip_open(at(zip_name), ZIP_CREATE, NULL);
    assert_non_null(zip);
    for (int i = 1; i <= n; i++) {
        zip_source_t *source = zip_source_file(zip, at(name_of(i)), 0, -1);
        zip_int64_t index = zip_file_add(zip, name_of(i), source, 0);
        assert_true(index >= 0);
        if (stored)
            assert_int_equal(zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0),
                             0);
        if (password)
            assert_int_equal(
                zip_file_set_encryption(zip, (zip_uint64_t)index, ZIP_EM_AES_128, password), 0);
    }
    assert_int_equal(zip_close(zip), 0);
}

static lk_status prepare(const char *path, const char *out, lk_prepare_report *report,
                         lk_error *err) {
    lk_prepare_options options = lk_prepare_defaults();
    options.source = "celeba";
    options.path = path;
    options.partition = at("list_eval_partition.txt");
    options.size = 8;
    options.crop = 16;
    return lk_prepare(&options, lk_test_context(), at(out), report, err);
}

static void assert_same_files(const char *a, const char *b) {
    char *x = NULL, *y = NULL;
    size_t n = 0, m = 0;
    get(a, &x, &n);
    get(b, &y, &m);
    assert_int_equal(n, m);
    assert_memory_equal(x, y, n);
    lk_free(x);
    lk_free(y);
}

static void a_zip_gives_the_same_bytes_as_its_folder(void **state) {
    (void)state;
    lk_prepare_report report;
    lk_error err;
    assert_ok(prepare(folder, "folder.lkd", &report, &err), &err);
    for (int stored = 0; stored < 2; stored++) {
        put_zip("faces.zip", N, stored, NULL);
        assert_ok(prepare(at("faces.zip"), "zip.lkd", &report, &err), &err);
        assert_int_equal(report.n_bad, 0);
        assert_same_files("folder.lkd", "zip.lkd");
    }
}

static lk_status prepare_beside(const char *path, lk_prepare_report *report, lk_error *err) {
    lk_prepare_options options = lk_prepare_defaults();
    options.source = "celeba";
    options.path = path;
    options.size = 8;
    return lk_prepare(&options, lk_test_context(), at("next_to.lkd"), report, err);
}

static void the_partition_lies_next_to_the_zip(void **state) {
    (void)state;
    lk_prepare_report report;
    lk_error err;
    char from[LK_PATH_MAX];
    put_zip("faces.zip", N, false, NULL);
    assert_ok(prepare_beside(at("faces.zip"), &report, &err), &err);
    assert_int_equal(report.n[LK_SPLIT_TRAIN] + report.n[LK_SPLIT_VAL] + report.n[LK_SPLIT_TEST],
                     N);
    assert_non_null(getcwd(from, sizeof from));
    assert_int_equal(chdir(folder), 0);
    lk_status status = prepare_beside("faces.zip", &report, &err);
    assert_int_equal(chdir(from), 0);
    assert_ok(status, &err);
}

static void paths_that_are_too_long_are_refused_by_that_word(void **state) {
    (void)state;
    lk_prepare_report report;
    lk_error err;
    put_zip("a.zip", N, false, NULL);
    /* the partition's */
    assert_int_equal(
        prepare_beside(lk_test_long_path(at("a.zip"), LK_PATH_MAX - 18), &report, &err), LK_FORMAT);
    assert_contains(err.text, "...: path is too long");
    put_zip("a long name.zip", N, false, NULL);
    assert_int_equal(
        prepare_beside(lk_test_long_path(at("a long name.zip"), LK_PATH_MAX - 18), &report, &err),
        LK_FORMAT); /* a picture's */
    assert_contains(err.text, "expected at most 10 bad pictures, got more (--max-bad "
                              "allows more); the first: 000001.jpg...: path is too long");
}

static void members_that_are_absent_are_judged_as_files_are(void **state) {
    (void)state;
    lk_prepare_report report;
    lk_error err = { "" };
    put_zip("faces.zip", N / 2, false, NULL);
    assert_ok(prepare(at("faces.zip"), "sample.lkd", &report, &err), &err);
    assert_int_equal(report.n_absent, N - N / 2);
    put_zip("faces.zip", N - 1, false, NULL);
    assert_ok(prepare(at("faces.zip"), "one_bad.lkd", &report, &err), &err);
    assert_int_equal(report.n_absent, 0);
    assert_int_equal(report.n_bad, 1);
    assert_contains(report.bad[0].text, "faces.zip/img_align_celeba/000024.jpg: is not in the zip");
    put_zip("faces.zip", N - 11, false, NULL);
    assert_int_equal(prepare(at("faces.zip"), "none.lkd", &report, &err), LK_FORMAT);
    assert_contains(err.text, "faces.zip/img_align_celeba: 11 of the 24 pictures named by ");
    assert_contains(err.text, "are absent: 000014.jpg, 000015.jpg, ...; --max-bad 11 would ");
    assert_false(lk_file_may_exist(at("none.lkd")));
}

static void what_is_no_zip_is_refused_by_what_it_is(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } rows[] = {
        { "<html><head>Quota exceeded",
          "bad.zip: expected a zip, got an HTML page (\"<html><head>Quot\")" },
        { "<!DOCTYPE html>\n", "bad.zip: expected a zip, got an HTML page (\"<!DOCTYPE html>\")" },
        { "PK\3\4 and no more",
          "bad.zip: begins as a zip, but its table of contents cannot be read (truncated?): " },
        { "GIF89a", "bad.zip: expected a folder or a zip, got another file" },
        { "", "bad.zip: expected a folder or a zip, got another file" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_prepare_report report;
        lk_error err = { "" };
        put("bad.zip", rows[i].text, strlen(rows[i].text));
        assert_int_equal(prepare(at("bad.zip"), "none.lkd", &report, &err), LK_FORMAT);
        assert_contains(err.text, rows[i].message);
        assert_false(lk_file_may_exist(at("none.lkd")));
    }
}

static void an_encrypted_zip_is_refused_by_that_word(void **state) {
    (void)state;
    lk_prepare_report report;
    lk_error err = { "" };
    put_zip("locked.zip", N, false, "secret");
    assert_int_equal(prepare(at("locked.zip"), "none.lkd", &report, &err), LK_FORMAT);
    assert_contains(err.text, "locked.zip: expected a zip without a password, but "
                              "img_align_celeba/000001.jpg is encrypted");
}

static void a_zip_cut_anywhere_is_refused(void **state) {
    (void)state;
    char *data = NULL;
    size_t n = 0;
    put_zip("faces.zip", N, false, NULL);
    get("faces.zip", &data, &n);
    for (size_t cut = 0; cut<n; cut += cut + 300> n ? 1 : n / 40) {
        lk_prepare_report report;
        lk_error err = { "" };
        put("cut.zip", data, cut);
        if (prepare(at("cut.zip"), "none.lkd", &report, &err) != LK_FORMAT)
            fail_msg("%zu of %zu bytes: %s", cut, n, err.text);
        assert_contains(err.text, "cut.zip");
        assert_false(lk_file_may_exist(at("none.lkd")));
    }
    lk_free(data);
}

/* Changes one byte of the zip; returns how many pictures are bad then. */
static lk_status prepare_changed(const char *data, size_t n, size_t place, char byte,
                                 lk_prepare_report *report, lk_error *err) {
    char *copy = lk_alloc(n);
    assert_non_null(copy);
    memcpy(copy, data, n);
    copy[place] = byte;
    put("changed.zip", copy, n);
    lk_free(copy);
    return prepare(at("changed.zip"), "changed.lkd", report, err);
}

static void a_member_with_a_flipped_bit_is_a_bad_picture(void **state) {
    (void)state;
    lk_prepare_report report;
    lk_error err = { "" };
    char *data = NULL, *picture = NULL;
    size_t n = 0, n_picture = 0;
    put_zip("faces.zip", N, true, NULL);
    get("faces.zip", &data, &n);
    get(name_of(7), &picture, &n_picture);
    const char *member = memmem(data, n, picture, n_picture);
    assert_non_null(member);
    size_t middle = (size_t)(member - data) + n_picture / 2;
    assert_ok(prepare_changed(data, n, middle, (char)(data[middle] ^ 4), &report, &err), &err);
    assert_int_equal(report.n_bad, 1);
    assert_contains(report.bad[0].text,
                    "changed.zip/img_align_celeba/000007.jpg: cannot unpack: CRC error");
    lk_free(data);
    lk_free(picture);
}

/* Whether it is a picture cannot be told. It is not left out as if it were none. */
static void a_member_that_cannot_be_unpacked_is_bad_whatever_its_name(void **state) {
    (void)state;
    static const char *const names[] = { "picture.jpg", "noextension", "photo.tif" };
    lk_prepare_options options = lk_prepare_defaults();
    lk_prepare_report report;
    lk_error err;
    char path[LK_PATH_MAX];
    remove(at("mixed.zip"));
    zip_t *zip = zip_open(at("mixed.zip"), ZIP_CREATE, NULL);
    assert_non_null(zip);
    for (int i = 0; i < (int)LK_COUNT(names); i++) {
        zip_source_t *source = zip_source_file(zip, at(name_of(i + 1)), 0, -1);
        assert_true(zip_file_add(zip, names[i], source, 0) == i);
        assert_int_equal(zip_set_file_compression(zip, (zip_uint64_t)i, ZIP_CM_STORE, 0), 0);
    }
    assert_int_equal(zip_close(zip), 0);
    char *data = NULL;
    size_t n = 0;
    get("mixed.zip", &data, &n);
    /* the method of packing, in the table of contents: none that exists */
    for (int i = 1; i < (int)LK_COUNT(names); i++) {
        char *entry = memmem(data, n, names[i], strlen(names[i]));
        entry = memmem(entry + 1, n - (size_t)(entry + 1 - data), names[i], strlen(names[i]));
        assert_non_null(entry);
        entry[10 - 46] = 77;
    }
    lk_test_write(at("mixed.zip"), data, n);
    lk_free(data);
    snprintf(path, sizeof path, "%s", at("mixed.zip"));
    options.source = "folder", options.path = path, options.size = 8;
    options.val = options.test = 0;
    assert_ok(lk_prepare(&options, lk_test_context(), at("mixed.lkd"), &report, &err), &err);
    assert_int_equal(report.n[LK_SPLIT_TRAIN], 1);
    assert_int_equal(report.n_bad, 1);
    assert_contains(report.bad[0].text, "mixed.zip/noextension: cannot unpack: ");
    assert_int_equal(report.n_skipped[LK_IMAGE_TIFF], 1);
    assert_int_equal(report.n_other, 0);
}

static void any_changed_byte_is_refused_or_leaves_out_pictures(void **state) {
    (void)state;
    char *data = NULL, *whole = NULL;
    size_t n = 0, n_whole = 0;
    lk_prepare_report report;
    lk_error err;
    put_zip("faces.zip", N, false, NULL);
    get("faces.zip", &data, &n);
    assert_ok(prepare(at("faces.zip"), "zip.lkd", &report, &err), &err);
    get("zip.lkd", &whole, &n_whole);
    for (size_t place = 0; place < n; place += place < n - 400 ? 61 : 5) {
        lk_status status = prepare_changed(data, n, place, (char)~data[place], &report, &err);
        /* as a date */
        if (status == LK_OK && report.n_bad == 0 && report.n_absent == 0)
            assert_same_files("zip.lkd", "changed.lkd");
        if (status != LK_OK && status != LK_FORMAT)
            fail_msg("byte %zu: %s: %s", place, lk_status_words(status), err.text);
    }
    lk_free(data);
    lk_free(whole);
}

static int make_folder(void **state) {
    (void)state;
    lk_error err;
    lk_text partition = { 0 };
    snprintf(folder, sizeof folder, "%s", lk_test_folder("data_zip"));
    assert_ok(lk_folder_create(at("img_align_celeba"), &err), &err);
    for (int i = 1; i <= N; i++) {
        put_picture(name_of(i), i);
        lk_text_add(&partition, "%06d.jpg %d\n", i, i % 3);
    }
    put("list_eval_partition.txt", partition.data, partition.n);
    lk_text_deinit(&partition);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zip_gives_the_same_bytes_as_its_folder),
        cmocka_unit_test(the_partition_lies_next_to_the_zip),
        cmocka_unit_test(paths_that_are_too_long_are_refused_by_that_word),
        cmocka_unit_test(members_that_are_absent_are_judged_as_files_are),
        cmocka_unit_test(what_is_no_zip_is_refused_by_what_it_is),
        cmocka_unit_test(an_encrypted_zip_is_refused_by_that_word),
        cmocka_unit_test(a_zip_cut_anywhere_is_refused),
        cmocka_unit_test(a_member_with_a_flipped_bit_is_a_bad_picture),
        cmocka_unit_test(a_member_that_cannot_be_unpacked_is_bad_whatever_its_name),
        cmocka_unit_test(any_changed_byte_is_refused_or_leaves_out_pictures),
    };
    return cmocka_run_group_tests(tests, make_folder, NULL);
}
