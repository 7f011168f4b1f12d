/* Sources and preparing: partitions, folders, bad pictures, and the message of every refusal. */
#include "base/file.h"
#include "pictures.h"
#include "support.h"

#include <likeness/prepare.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

static char folder[LK_PATH_MAX - 512];
static lk_context context;

static int setup(void **state) {
    (void)state;
    return lk_threads_create(2, &context.threads, NULL) != LK_OK;
}

static int teardown(void **state) {
    (void)state;
    lk_threads_destroy(context.threads);
    return 0;
}

static void use_folder(const char *name) {
    snprintf(folder, sizeof folder, "%s", lk_test_folder(name));
}

static const char *at(const char *name) {
    return lk_test_path(folder, name);
}

static void put_picture(const char *name, int width, int height, int level) {
    lk_test_put_picture(at(name), width, height, level);
}

static void put_text(const char *name, const char *text) {
    lk_test_write(at(name), text, strlen(text));
}

static lk_prepare_options options_for(const char *source) {
    lk_prepare_options options = lk_prepare_defaults();
    options.source = source;
    options.path = folder;
    options.size = 8;
    return options;
}

static lk_prepare_report prepared(const lk_prepare_options *options, lk_pack **pack) {
    lk_prepare_report report;
    lk_error err;
    assert_ok(lk_prepare(options, &context, at("out.lkd"), &report, &err), &err);
    assert_ok(lk_pack_open(at("out.lkd"), &context, pack, &err), &err);
    const lk_pack_meta *meta = lk_pack_describe(*pack);
    assert_int_equal(meta->n_bad, report.n_bad);
    assert_int_equal(meta->n_equal, report.n_equal);
    return report;
}

static void refused(const lk_prepare_options *options, lk_status expected, const char *words) {
    lk_prepare_report report;
    lk_error err = { "" };
    char out[64];
    assert_int_equal(lk_prepare(options, &context, at("out.lkd"), &report, &err), expected);
    assert_contains(err.text, words);
    assert_int_equal(lk_test_run(out, sizeof out, "ls -A '%s' | grep -c lkd", folder), 1);
    assert_string_equal(out, "0\n"); /* nothing half-written, no temporary */
}

static void put_celeba(const char *partition, int n) {
    put_text("list_eval_partition.txt", partition);
    for (int i = 1; i <= n; i++) {
        char name[64];
        /* PNG bytes: the content tells the kind, not the name */
        snprintf(name, sizeof name, "img_align_celeba/%06d.jpg", i);
        put_picture(name, 20, 24, 10 * i);
    }
}

static void celeba_goes_by_the_partition_with_either_line_end(void **state) {
    (void)state;
    static const char *const ends[] = { "\n", "\r\n" };
    for (int i = 0; i < 2; i++) {
        char partition[256];
        use_folder("celeba");
        snprintf(partition, sizeof partition,
                 "000001.jpg 2%s000002.jpg 0%s000003.jpg 1%s000004.jpg 0%s", ends[i], ends[i],
                 ends[i], i ? "" : ends[i]);
        put_celeba(partition, 4);
        lk_prepare_options options = options_for("celeba");
        options.crop = 16;
        lk_pack *pack = NULL;
        lk_prepare_report report = prepared(&options, &pack);
        assert_int_equal(report.n[LK_SPLIT_TRAIN], 2);
        assert_int_equal(lk_pack_count(pack, LK_SPLIT_VAL), 1);
        assert_string_equal(lk_pack_name(pack, LK_SPLIT_TRAIN, 1), "000004.jpg");
        assert_string_equal(lk_pack_name(pack, LK_SPLIT_TEST, 0), "000001.jpg");
        assert_memory_equal(lk_pack_pixels(pack, LK_SPLIT_VAL, 0),
                            ((uint8_t[]){ 30, 60, 225, 30, 60, 225 }), 6);
        const lk_pack_meta *meta = lk_pack_describe(pack);
        assert_int_equal(meta->crop, 16);
        assert_string_equal(meta->filter, "bicubic");
        assert_string_equal(meta->source, "celeba");
        lk_pack_close(pack);
    }
}

/* Move the pictures and the partition into a zip. */
static void zip_copy(const char *path) {
    static const char *const names[] = { "list_eval_partition.csv",
                                         "img_align_celeba/img_align_celeba/000001.jpg",
                                         "img_align_celeba/img_align_celeba/000002.jpg",
                                         "img_align_celeba/img_align_celeba/000003.jpg" };
    zip_t *zip = zip_open(path, ZIP_CREATE, NULL);
    assert_non_null(zip);
    for (size_t i = 0; i < LK_COUNT(names); i++)
        assert_true(zip_file_add(zip, names[i], zip_source_file(zip, at(names[i]), 0, -1), 0) >= 0);
    assert_int_equal(zip_close(zip), 0);
    for (size_t i = 0; i < LK_COUNT(names); i++) assert_int_equal(unlink(at(names[i])), 0);
}

static void celeba_is_read_as_its_widespread_copy_has_it(void **state) {
    (void)state;
    static const char *const partitions[] = {
        "image_id,partition\n000001.jpg,0\n000002.jpg,2\n000003.jpg,1\n",
        "\xEF\xBB\xBFimage_id,partition\r\n000001.jpg,0\r\n000002.jpg,2\r\n000003.jpg,1\r\n",
        "\xEF\xBB\xBF"
        "000001.jpg 0\n000002.jpg   2  \n\n  000003.jpg\t1\n",
        "000001.jpg , 0\n  \n000002.jpg, 2\n000003.jpg ,1",
    };
    for (size_t i = 0; i < LK_COUNT(partitions); i++)
        for (int zipped = 0; zipped < 2; zipped++) {
            char path[LK_PATH_MAX];
            use_folder("copy");
            put_text("list_eval_partition.csv", partitions[i]);
            for (int k = 1; k <= 3; k++) {
                char name[64];
                snprintf(name, sizeof name, "img_align_celeba/img_align_celeba/%06d.jpg", k);
                put_picture(name, 20, 24, 10 * k);
            }
            snprintf(path, sizeof path, "%s%s", folder, zipped ? "/archive.zip" : "");
            if (zipped) zip_copy(path);
            lk_prepare_options options = options_for("celeba");
            options.path = path;
            lk_pack *pack = NULL;
            prepared(&options, &pack);
            assert_string_equal(lk_pack_name(pack, LK_SPLIT_TRAIN, 0), "000001.jpg");
            assert_string_equal(lk_pack_name(pack, LK_SPLIT_VAL, 0), "000003.jpg");
            assert_int_equal(lk_pack_pixels(pack, LK_SPLIT_TEST, 0)[0], 20);
            lk_pack_close(pack);
        }
}

static void a_malformed_partition_line_is_named_by_its_number(void **state) {
    (void)state;
    static const char *const bad[] = { "000002.jpg 3",    "000002.jpg",    "000002.jpg 0 1",
                                       "../000002.jpg 0", "<html>",        " 0",
                                       "000002.jpg0",     "000002.jpg 11", "image_id,partition" };
    for (size_t i = 0; i < LK_COUNT(bad); i++) {
        char partition[256], words[300];
        use_folder("malformed");
        snprintf(partition, sizeof partition, "000001.jpg 0\n%s\n", bad[i]);
        put_celeba(partition, 1);
        lk_prepare_options options = options_for("celeba");
        snprintf(
            words, sizeof words,
            "list_eval_partition.txt:2: expected \"NAME CODE\" with code 0, 1 or 2, got \"%s\"",
            bad[i]);
        refused(&options, LK_FORMAT, words);
    }
    use_folder("malformed");
    put_celeba("000001.jpg 0\n000001.jpg 2\n", 1);
    lk_prepare_options options = options_for("celeba");
    refused(&options, LK_FORMAT, "names 000001.jpg twice");
}

static void a_sample_of_celeba_is_accepted_and_a_damaged_one_is_not(void **state) {
    (void)state;
    static const char partition[] =
        "000001.jpg 0\n000002.jpg 0\n000003.jpg 1\n000004.jpg 2\n000005.jpg 2\n000006.jpg 2\n";
    use_folder("sample");
    put_celeba(partition, 3);
    lk_prepare_options options = options_for("celeba");
    options.crop = 20;
    lk_pack *pack = NULL;
    assert_int_equal(prepared(&options, &pack).n_absent, 3);
    assert_int_equal(lk_pack_describe(pack)->n_absent, 3);
    lk_pack_close(pack);
    use_folder("sample");
    put_celeba(partition, 4);
    options.path = folder;
    options.max_bad = 1;
    refused(&options, LK_FORMAT, "2 of the 6 pictures named by ");
    refused(&options, LK_FORMAT, "are absent: 000005.jpg, 000006.jpg; --max-bad 2 would ");
    options.max_bad = -1;
    lk_prepare_report report = prepared(&options, &pack);
    assert_int_equal(report.n_absent, 0);
    assert_int_equal(report.n_bad, 2);
    assert_contains(report.bad[1].text, "img_align_celeba/000006.jpg: cannot open");
    lk_pack_close(pack);
    use_folder("sample");
    put_celeba(partition, 0);
    refused(&options, LK_FORMAT, "img_align_celeba: no such folder");
}

static void what_is_not_celeba_is_refused_by_what_it_is(void **state) {
    (void)state;
    use_folder("not_celeba");
    lk_prepare_options options = options_for("celeba");
    options.path = at("nowhere");
    refused(&options, LK_FORMAT, "nowhere: no such folder or zip");
    put_celeba("000001.jpg 0\n", 1);
    options.path = folder;
    options.crop = 148;
    refused(&options, LK_USAGE, "crop: expected at most the shorter side of ");
    options.crop = 0;
    options.partition = at("missing.txt");
    refused(&options, LK_READ, "missing.txt: cannot open");
    options = options_for("flickr");
    refused(&options, LK_USAGE,
            "source: expected celeba, cifar10, folder, mnist, npy or synthetic, got \"flickr\"");
}

static void the_crop_must_fit_both_sides_of_the_first_picture(void **state) {
    (void)state;
    use_folder("sides");
    put_text("list_eval_partition.txt", "000001.jpg 0\n");
    put_picture("img_align_celeba/000001.jpg", 24, 20, 10);
    lk_prepare_options options = options_for("celeba");
    options.crop = 22;
    refused(&options, LK_USAGE, "000001.jpg, which is 24 x 20, got 22");
    put_picture("img_align_celeba/000001.jpg", 20, 24, 10);
    refused(&options, LK_USAGE, "000001.jpg, which is 20 x 24, got 22");
}

static void a_first_picture_that_is_bad_does_not_change_the_crop_of_the_others(void **state) {
    (void)state;
    use_folder("first_bad");
    put_celeba("000001.jpg 0\n000002.jpg 0\n", 2);
    put_text("img_align_celeba/000001.jpg", "no picture");
    lk_prepare_options options = options_for("celeba");
    lk_pack *pack = NULL;
    lk_prepare_report report = prepared(&options, &pack);
    assert_int_equal(report.n_bad, 1);
    assert_string_equal(lk_pack_name(pack, LK_SPLIT_TRAIN, 0), "000002.jpg");
    assert_int_equal(lk_pack_describe(pack)->crop, 17); /* 148 of 178, of 20 */
    lk_pack_close(pack);
    put_text("img_align_celeba/000002.jpg", "no picture");
    assert_int_equal(unlink(at("out.lkd")), 0);
    refused(&options, LK_FORMAT, "no picture could be read; the first: ");
}

static void paths_that_are_too_long_are_refused_by_that_word(void **state) {
    (void)state;
    use_folder("long");
    put_celeba("000001.jpg 0\n", 1);
    lk_prepare_options options = options_for("celeba");
    /* the path of its folder of pictures is too long */
    options.path = lk_test_long_path(folder, LK_PATH_MAX - 1);
    refused(&options, LK_FORMAT, "...: path is too long");
    options.path =
        lk_test_long_path(folder, LK_PATH_MAX - 20); /* the path of its partition is too long */
    refused(&options, LK_FORMAT, "...: path is too long");
    /* the paths of its pictures are too long, so they are absent */
    options.path = lk_test_long_path(folder, LK_PATH_MAX - 26);
    refused(&options, LK_FORMAT, "are absent: 000001.jpg");
    options.path = folder;
    options.partition = lk_test_long_path(at("list_eval_partition.txt"), LK_PATH_MAX);
    refused(&options, LK_FORMAT, "...: path is too long");
}

static void
a_folder_is_walked_in_order_cropped_resized_and_right_sizes_pass_unchanged(void **state) {
    (void)state;
    use_folder("walk");
    put_picture("b/deep/x.png", 30, 20, 50);
    put_picture("a.PNG", 8, 8, 7);
    put_picture("b/.hidden.png", 8, 8, 9);
    put_text("b/notes.txt", "no picture");
    assert_int_equal(symlink("..", at("b/loop")), 0);
    lk_prepare_options options = options_for("folder");
    options.val = options.test = 0;
    lk_pack *pack = NULL;
    lk_prepare_report report = prepared(&options, &pack);
    assert_int_equal(report.n[LK_SPLIT_TRAIN], 2);
    assert_string_equal(lk_pack_name(pack, LK_SPLIT_TRAIN, 0), "a.PNG");
    assert_string_equal(lk_pack_name(pack, LK_SPLIT_TRAIN, 1), "b/deep/x.png");
    for (int i = 0; i < 64; i++)
        assert_memory_equal(lk_pack_pixels(pack, LK_SPLIT_TRAIN, 0) + 3 * i,
                            ((uint8_t[]){ 7, 14, 248 }), 3);
    assert_memory_equal(lk_pack_pixels(pack, LK_SPLIT_TRAIN, 1), ((uint8_t[]){ 50, 100, 205 }), 3);
    lk_pack_close(pack);
    options.channels = 1;
    report = prepared(&options, &pack);
    assert_int_equal(lk_pack_describe(pack)->channels, 1);
    assert_int_equal(lk_pack_pixels(pack, LK_SPLIT_TRAIN, 0)[63], 39); /* luma of 7, 14, 248 */
    lk_pack_close(pack);
    use_folder("walk");
    put_text("b.txt", "no picture");
    put_text("a.tiff", "II*");
    refused(&options, LK_FORMAT, "contains no picture that can be read (JPEG, PNG, ");
    refused(&options, LK_FORMAT, "1 TIFF, 1 other file");
}

static void every_kind_of_picture_in_a_folder_is_taken(void **state) {
    (void)state;
    static const char *const names[] = { "decode.gif", "decode.psd", "decode.tga", "photo_cat.png",
                                         "resize_rgb.jpg" };
    char out[256];
    use_folder("kinds");
    for (size_t i = 0; i < LK_COUNT(names); i++)
        assert_int_equal(lk_test_run(out, sizeof out, "cp '%s/tests/golden/%s' '%s'",
                                     LIKENESS_SOURCE, names[i], at(names[i])),
                         0);
    put_text("a.pgm", "P5 1 1 255\nx");
    put_text("a.bmp", "BM, but no more");
    lk_prepare_options options = options_for("folder");
    options.val = options.test = 0;
    lk_pack *pack = NULL;
    lk_prepare_report report = prepared(&options, &pack);
    assert_int_equal(report.n[LK_SPLIT_TRAIN], LK_COUNT(names) + 1);
    assert_int_equal(report.n_bad, 1);
    assert_contains(report.bad[0].text, "a.bmp: truncated");
    lk_pack_close(pack);
}

static void copy_golden(const char *golden, const char *name) {
    char out[256];
    assert_int_equal(lk_test_run(out, sizeof out, "cp '%s/tests/golden/%s' '%s'", LIKENESS_SOURCE,
                                 golden, at(name)),
                     0);
}

static void the_content_says_what_is_a_picture_and_the_rest_is_counted(void **state) {
    (void)state;
    use_folder("content");
    copy_golden("resize_rgb.jpg", "chrome.jfif");
    copy_golden("resize_rgb.jpg", "old.JPE");
    copy_golden("resize_rgb.jpg", "noextension");
    copy_golden("photo_cat.png", "really_png.jpg");
    put_text("a.tif", "II*");
    put_text("b.jpg", "MM");
    lk_test_write(at("b.jpg"), "MM\0*\0\0\0\x08", 8);
    put_text("c.heic", "");
    put_text("d.png", "<html>");
    put_text("notes.txt", "no picture");
    put_text("BMW", "BMW is a make of cars.");
    put_text(".hidden", "");
    lk_prepare_options options = options_for("folder");
    options.val = options.test = 0;
    lk_pack *pack = NULL;
    lk_prepare_report report = prepared(&options, &pack);
    assert_int_equal(report.n[LK_SPLIT_TRAIN], 4);
    assert_int_equal(report.n_bad, 1);
    assert_contains(report.bad[0].text, "d.png: expected a JPEG, PNG, ");
    assert_int_equal(report.n_skipped[LK_IMAGE_TIFF], 2); /* one by its name, one when decoded */
    assert_int_equal(report.n_skipped[LK_IMAGE_HEIC], 1);
    assert_int_equal(report.n_other, 3);
    lk_pack_close(pack);
}

static lk_split part_of(const lk_pack *pack, const char *name) {
    for (int split = 0; split < LK_N_SPLITS; split++)
        for (int i = 0; i < lk_pack_count(pack, (lk_split)split); i++)
            if (strcmp(lk_pack_name(pack, (lk_split)split, i), name) == 0) return (lk_split)split;
    fail_msg("%s is in no split", name);
    return LK_N_SPLITS;
}

/* As "likeness help prepare" states them. */
static void a_twentieth_of_the_pictures_is_for_validation_and_as_many_for_tests(void **state) {
    (void)state;
    lk_prepare_options defaults = lk_prepare_defaults();
    assert_near(defaults.val, 0.05, 0);
    assert_near(defaults.test, 0.05, 0);
    assert_int_equal(defaults.size, 64);
    assert_int_equal(defaults.channels, 3);
}

/* Picture i of 400 different ones. */
static const char *put_numbered(int i) {
    static char name[32];
    snprintf(name, sizeof name, "%d.png", i);
    put_picture(name, 8 + i / 200, 8, i % 200);
    return name;
}

static void keeps_its_part(lk_parts rule) {
    enum { FEW = 60, MANY = 300 };
    lk_split parts[FEW];
    lk_pack *pack = NULL;
    use_folder("stable");
    lk_prepare_options options = options_for("folder");
    options.val = 0.2, options.test = 0.3, options.parts = rule;
    for (int i = 0; i < FEW; i++) put_numbered(5 * i);
    prepared(&options, &pack);
    for (int i = 0; i < FEW; i++) parts[i] = part_of(pack, put_numbered(5 * i));
    lk_pack_close(pack);
    for (int i = 0; i < MANY; i++) put_numbered(i);
    prepared(&options, &pack);
    for (int i = 0; i < FEW; i++) assert_int_equal(part_of(pack, put_numbered(5 * i)), parts[i]);
    assert_near(lk_pack_count(pack, LK_SPLIT_VAL), 0.2 * MANY, 25);
    assert_near(lk_pack_count(pack, LK_SPLIT_TEST), 0.3 * MANY, 30);
    lk_pack_close(pack);
    options.val = 0.05, options.test = 1;
    lk_prepare_report report = prepared(&options, &pack);
    assert_int_equal(report.n[LK_SPLIT_TEST], MANY);
    assert_int_equal(report.n[LK_SPLIT_TRAIN] + report.n[LK_SPLIT_VAL], 0);
    lk_pack_close(pack);
}

static void a_picture_keeps_its_part_when_others_are_added(void **state) {
    (void)state;
    keeps_its_part(LK_PARTS_HASH);
    keeps_its_part(LK_PARTS_NAME);
}

static void bad_pictures_are_left_out_listed_and_too_many_refused(void **state) {
    (void)state;
    use_folder("bad");
    for (int i = 0; i < 5; i++) {
        char name[32];
        snprintf(name, sizeof name, "%d.png", i);
        put_picture(name, 8, 8, i);
    }
    put_text("1.png", "no picture at all");
    put_text("3.png", "\x89PNG\r\n\x1A\n");
    lk_prepare_options options = options_for("folder");
    options.val = options.test = 0;
    lk_pack *pack = NULL;
    lk_prepare_report report = prepared(&options, &pack);
    assert_int_equal(report.n_bad, 2);
    assert_int_equal(report.n_equal, 0); /* bad ones do not equal each other */
    assert_contains(report.bad[0].text, "got a file that starts with bytes 6e 6f");
    assert_contains(report.bad[1].text, "3.png: ");
    assert_int_equal(lk_pack_count(pack, LK_SPLIT_TRAIN), 3);
    assert_string_equal(lk_pack_name(pack, LK_SPLIT_TRAIN, 1), "2.png");
    assert_int_equal(lk_pack_pixels(pack, LK_SPLIT_TRAIN, 1)[0], 2);
    assert_int_equal(lk_pack_describe(pack)->n_bad, 2);
    lk_pack_close(pack);
    assert_int_equal(unlink(at("out.lkd")), 0);
    options.max_bad = 1;
    refused(&options, LK_FORMAT,
            "expected at most 1 bad pictures, got more (--max-bad allows more); the first: ");
    options.max_bad = -1, options.crop = 9;
    refused(&options, LK_FORMAT, "no picture could be read");
}

static void a_pack_that_cannot_be_written_leaves_the_old_one(void **state) {
    (void)state;
    lk_prepare_report report;
    lk_error err;
    use_folder("unwritable");
    lk_prepare_options options = options_for("synthetic");
    options.count = 3;
    assert_int_equal(lk_prepare(&options, &context, "/proc/nowhere/out.lkd", &report, &err),
                     LK_WRITE);
    assert_contains(err.text, "/proc/nowhere/out.lkd");
    options.count = 0;
    refused(&options, LK_USAGE, "count of synthetic pictures: expected 1 to 10000000, got 0");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(celeba_goes_by_the_partition_with_either_line_end),
        cmocka_unit_test(celeba_is_read_as_its_widespread_copy_has_it),
        cmocka_unit_test(a_malformed_partition_line_is_named_by_its_number),
        cmocka_unit_test(a_sample_of_celeba_is_accepted_and_a_damaged_one_is_not),
        cmocka_unit_test(what_is_not_celeba_is_refused_by_what_it_is),
        cmocka_unit_test(the_crop_must_fit_both_sides_of_the_first_picture),
        cmocka_unit_test(a_first_picture_that_is_bad_does_not_change_the_crop_of_the_others),
        cmocka_unit_test(paths_that_are_too_long_are_refused_by_that_word),
        cmocka_unit_test(
            a_folder_is_walked_in_order_cropped_resized_and_right_sizes_pass_unchanged),
        cmocka_unit_test(every_kind_of_picture_in_a_folder_is_taken),
        cmocka_unit_test(the_content_says_what_is_a_picture_and_the_rest_is_counted),
        cmocka_unit_test(a_twentieth_of_the_pictures_is_for_validation_and_as_many_for_tests),
        cmocka_unit_test(a_picture_keeps_its_part_when_others_are_added),
        cmocka_unit_test(bad_pictures_are_left_out_listed_and_too_many_refused),
        cmocka_unit_test(a_pack_that_cannot_be_written_leaves_the_old_one),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
