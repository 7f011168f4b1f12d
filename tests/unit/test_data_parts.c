/* Which split a picture gets: by its pixels, its name or its folder; folders, links and zips. */
#include "base/file.h"
#include "data/hash.h"
#include "data/pack_write.h"
#include "data/parts.h"
#include "pictures.h"
#include "support.h"

#include <likeness/prepare.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

static char folder[LK_PATH_MAX - 512];
static lk_context contexts[3]; /* of 1, 2 and 3 threads */

static int setup(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++)
        if (lk_threads_create(i + 1, &contexts[i].threads, NULL)) return 1;
    return 0;
}

static int teardown(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) lk_threads_destroy(contexts[i].threads);
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

static lk_prepare_options options_for(const char *path) {
    lk_prepare_options options = lk_prepare_defaults();
    options.source = "folder";
    options.path = path;
    options.size = 8;
    return options;
}

static lk_pack *prepared(const lk_prepare_options *options, int n_threads,
                         lk_prepare_report *report) {
    lk_error err;
    lk_pack *pack = NULL;
    assert_ok(lk_prepare(options, &contexts[n_threads - 1], at("out.lkd"), report, &err), &err);
    assert_ok(lk_pack_open(at("out.lkd"), &contexts[0], &pack, &err), &err);
    return pack;
}

static void refused(const lk_prepare_options *options, lk_status expected, const char *words) {
    lk_prepare_report report;
    lk_error err = { "" };
    assert_int_equal(lk_prepare(options, &contexts[1], at("no.lkd"), &report, &err), expected);
    assert_contains(err.text, words);
    assert_false(lk_file_may_exist(at("no.lkd")));
}

/* ---- the hash ---- */

/* The values of xxHash's own tests. */
static void the_hash_is_xxh64(void **state) {
    (void)state;
    static const char text[] = "Nobody inspects the spammish repetition";
    assert_int_equal(lk_hash_bytes("", 0, 0), 0xEF46DB3751D8E999U);
    assert_int_equal(lk_hash_bytes("a", 1, 0), 0xD24EC4F1A98C6E5BU);
    assert_int_equal(lk_hash_bytes("abc", 3, 0), 0x44BC2CF5AD770999U);
    assert_int_equal(lk_hash_bytes(text, strlen(text), 0), 0xFBCEA83C8A378BF1U);
}

/* These values decide the splits of everyone's pictures: they must never change. */
static void a_picture_has_the_hash_it_always_had(void **state) {
    (void)state;
    uint8_t pixels[36];
    for (int i = 0; i < 36; i++) pixels[i] = (uint8_t)(7 * i);
    lk_image wide = { 4, 3, 3, pixels }, high = { 3, 4, 3, pixels };
    assert_int_equal(lk_hash_image(&wide), 0x838A03CBDFBE2279U);
    assert_int_equal(lk_hash_image(&high), 0x270891CCB5B6196AU);
    lk_prepare_options options = { .val = 0.25, .test = 0.5 };
    assert_int_equal(lk_split_of_hash(0, LK_RULE_PIXELS, &options), LK_SPLIT_TEST);
    assert_int_equal(lk_split_of_hash(UINT64_MAX / 2 + 1, LK_RULE_PIXELS, &options), LK_SPLIT_VAL);
    assert_int_equal(lk_split_of_hash(UINT64_MAX, LK_RULE_PIXELS, &options), LK_SPLIT_TRAIN);
    assert_int_equal(lk_split_of_hash(0, LK_RULE_PIXELS_TRAIN, &options), LK_SPLIT_VAL);
    assert_int_equal(lk_split_of_hash(UINT64_MAX / 2, LK_RULE_PIXELS_TRAIN, &options),
                     LK_SPLIT_TRAIN);
}

static lk_split part_of(const lk_pack *pack, const char *name) {
    for (int split = 0; split < LK_N_SPLITS; split++)
        for (int i = 0; i < lk_pack_count(pack, (lk_split)split); i++)
            if (strcmp(lk_pack_name(pack, (lk_split)split, i), name) == 0) return (lk_split)split;
    fail_msg("%s is in no split", name);
    return LK_N_SPLITS;
}

enum { N = 60 };

static void equal_pictures_share_a_part_whatever_their_names_and_the_pack(void **state) {
    (void)state;
    lk_prepare_report report;
    use_folder("equal");
    for (int i = 0; i < N; i++) {
        char name[64];
        for (int copy = 0; copy < 3; copy++) {
            snprintf(name, sizeof name, "%d/%c%d.png", copy, 'a' + copy, i);
            put_picture(name, 12, 10, i);
        }
    }
    lk_prepare_options options = options_for(folder);
    options.val = 0.3, options.test = 0.3;
    lk_split parts[N];
    for (int round = 0; round < 3; round++) {
        options.size = 8 + round;
        options.crop = 5 * round;
        options.filter = (lk_filter)round;
        lk_pack *pack = prepared(&options, 1 + round, &report);
        assert_int_equal(report.n_equal, 2 * N);
        assert_string_equal(lk_pack_describe(pack)->parts, "hash");
        assert_int_equal(lk_pack_describe(pack)->n_equal, 2 * N);
        for (int i = 0; i < N; i++) {
            char name[64];
            snprintf(name, sizeof name, "0/a%d.png", i);
            if (round == 0) parts[i] = part_of(pack, name);
            for (int copy = 0; copy < 3; copy++) {
                snprintf(name, sizeof name, "%d/%c%d.png", copy, 'a' + copy, i);
                assert_int_equal(part_of(pack, name), parts[i]);
            }
        }
        for (int split = 0; split < LK_N_SPLITS; split++)
            assert_true(lk_pack_count(pack, (lk_split)split) > 0);
        lk_pack_close(pack);
    }
}

/* Every split holds its pictures in the order of their names, with the right pixels. */
static void the_bytes_do_not_depend_on_the_number_of_threads(void **state) {
    (void)state;
    enum { MANY = 700 }; /* more than a block */
    char *bytes[3];
    size_t n_bytes[3];
    lk_error err;
    lk_prepare_report report;
    use_folder("threads");
    for (int i = 0; i < MANY; i++) {
        char name[32];
        snprintf(name, sizeof name, "%04d.png", i);
        put_picture(name, 8, 8 + i / 250, i % 250);
    }
    lk_prepare_options options = options_for(folder);
    options.val = 0.3, options.test = 0.3;
    for (int i = 0; i < 3; i++) {
        lk_pack *pack = prepared(&options, 1 + i, &report);
        for (int split = 0; split < LK_N_SPLITS; split++)
            for (int k = 0; k < lk_pack_count(pack, (lk_split)split); k++) {
                const char *name = lk_pack_name(pack, (lk_split)split, k);
                int number = 0;
                assert_int_equal(sscanf(name, "%d.png", &number), 1);
                assert_int_equal(lk_pack_pixels(pack, (lk_split)split, k)[0], number % 250);
                if (k) assert_true(strcmp(lk_pack_name(pack, (lk_split)split, k - 1), name) < 0);
            }
        lk_pack_close(pack);
        assert_ok(lk_file_read(at("out.lkd"), 1 << 24, &bytes[i], &n_bytes[i], &err), &err);
        assert_int_equal(n_bytes[i], n_bytes[0]);
        assert_memory_equal(bytes[i], bytes[0], n_bytes[0]);
    }
    for (int i = 0; i < 3; i++) lk_free(bytes[i]);
}

static void shares_that_leave_nothing_to_train_on_are_refused(void **state) {
    (void)state;
    static const struct {
        double val, test;
        lk_status status;
    } rows[] = { { 0.6, 0.6, LK_USAGE }, { 1, 0, LK_USAGE },   { 0.5, 0.5, LK_USAGE },
                 { 0, 1, LK_OK },        { 0.6, 1, LK_OK },    { 0.5, 0.4, LK_OK },
                 { -0.1, 0, LK_USAGE },  { 0, 1.5, LK_USAGE }, { 0.9, 0, LK_OK } };
    lk_prepare_report report;
    use_folder("shares");
    put_picture("a.png", 8, 8, 1);
    for (size_t i = 0; i < LK_COUNT(rows); i++)
        for (int drawn = 0; drawn < 2; drawn++) {
            lk_prepare_options options = options_for(folder);
            options.val = rows[i].val, options.test = rows[i].test;
            if (drawn) options.source = "synthetic", options.count = 8;
            if (rows[i].status)
                refused(&options, rows[i].status, "val and test: expected shares");
            else
                lk_pack_close(prepared(&options, 1, &report));
        }
}

/* ---- folders ---- */

static void folders_called_train_val_and_test_are_the_parts(void **state) {
    (void)state;
    static const char *const vals[] = { "val", "VALID", "Validation" };
    lk_prepare_report report;
    for (int i = 0; i < 3; i++) {
        char name[64];
        use_folder("named");
        put_picture("set/Train/test.png", 8, 8, 1);
        put_picture("set/Train/test/2.png", 8, 8, 1); /* the outermost folder counts */
        snprintf(name, sizeof name, "set/%s/3.png", vals[i]);
        put_picture(name, 8, 8, 3);
        put_picture("set/test/4.png", 8, 8, 4);
        lk_prepare_options options = options_for(folder);
        options.parts = LK_PARTS_FOLDER;
        options.val = 0.999; /* changes nothing: there is a folder for it */
        lk_pack *pack = prepared(&options, 2, &report);
        assert_int_equal(report.n[LK_SPLIT_TRAIN], 2);
        assert_int_equal(report.n_equal, 1);
        assert_int_equal(part_of(pack, name), LK_SPLIT_VAL);
        assert_int_equal(part_of(pack, "set/test/4.png"), LK_SPLIT_TEST);
        assert_string_equal(lk_pack_describe(pack)->parts, "folder");
        lk_pack_close(pack);
        put_picture("set/training/5.png", 8, 8, 5);
        refused(&options, LK_FORMAT, "set/training/5.png: expected every picture in a folder");
    }
}

static void without_a_folder_for_val_some_of_train_are_for_validation(void **state) {
    (void)state;
    lk_prepare_report report;
    use_folder("no_val");
    for (int i = 0; i < 100; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s/%d.png", i < 80 ? "train" : "test", i);
        put_picture(name, 8, 8, i);
    }
    lk_prepare_options options = options_for(folder);
    options.parts = LK_PARTS_FOLDER;
    options.val = 0.25;
    lk_pack_close(prepared(&options, 2, &report));
    assert_int_equal(report.n[LK_SPLIT_TEST], 20);
    assert_near(report.n[LK_SPLIT_VAL], 20, 10);
    options.val = 1;
    refused(&options, LK_USAGE, "val: expected a share that leaves something to train on, got 1");
}

static void linked_folders_are_followed_once(void **state) {
    (void)state;
    lk_prepare_report report;
    use_folder("links");
    put_picture("in/real/a.png", 8, 8, 1);
    put_picture("in/real/deep/b.png", 8, 8, 2);
    put_picture("elsewhere/c.png", 8, 8, 3);
    put_picture("elsewhere/below/d.png", 8, 8, 4);
    assert_int_equal(symlink("real", at("in/a_link")), 0); /* read as "real" */
    assert_int_equal(symlink("../elsewhere", at("in/linked")), 0);
    assert_int_equal(symlink("../elsewhere", at("in/linked_again")), 0);
    assert_int_equal(symlink("../elsewhere/c.png", at("in/f.png")), 0);
    assert_int_equal(symlink("../../in", at("elsewhere/below/loop")), 0);
    assert_int_equal(symlink("nowhere", at("in/broken")), 0);
    assert_int_equal(symlink(".", at("in/self")), 0);
    lk_prepare_options options = options_for(at("in"));
    options.val = options.test = 0;
    lk_pack *pack = prepared(&options, 1, &report);
    static const char *const names[] = { "f.png", "linked/below/d.png", "linked/c.png",
                                         "real/a.png", "real/deep/b.png" };
    assert_int_equal(report.n[LK_SPLIT_TRAIN], LK_COUNT(names));
    for (int i = 0; i < (int)LK_COUNT(names); i++)
        assert_string_equal(lk_pack_name(pack, LK_SPLIT_TRAIN, i), names[i]);
    lk_pack_close(pack);
}

static void hundreds_of_folders_are_remembered(void **state) {
    (void)state;
    enum { N_FOLDERS = 150 };
    lk_prepare_report report;
    use_folder("many");
    for (int i = 0; i < N_FOLDERS; i++) {
        char name[64], target[64];
        snprintf(name, sizeof name, "in/folder%d/a.png", i);
        put_picture(name, 8, 8, i);
        snprintf(name, sizeof name, "in/link%d", i);
        snprintf(target, sizeof target, "folder%d", i);
        assert_int_equal(symlink(target, at(name)), 0);
    }
    lk_prepare_options options = options_for(at("in"));
    options.val = options.test = 0;
    lk_pack_close(prepared(&options, 1, &report));
    assert_int_equal(report.n[LK_SPLIT_TRAIN], N_FOLDERS);
}

static void of_the_files_left_out_the_first_by_name_is_kept(void **state) {
    (void)state;
    static const char *const names[] = { "b.tif", "a.tif", "c.tif" };
    struct lk_listing *listing = lk_alloc(sizeof *listing);
    lk_error err;
    for (size_t i = 0; i < LK_COUNT(names); i++)
        assert_ok(lk_listing_leave_out(listing, names[i], LK_IMAGE_TIFF, &err), &err);
    assert_int_equal(listing->left_out[LK_IMAGE_TIFF].n, LK_COUNT(names));
    assert_string_equal(listing->left_out[LK_IMAGE_TIFF].first, "a.tif");
    lk_listing_deinit(listing);
    lk_free(listing);
}

/* ---- several places, and zips ---- */

static void put_zip(const char *zip_name, const char *const *names, bool stored) {
    zip_t *zip = zip_open(at(zip_name), ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(zip);
    assert_true(zip_dir_add(zip, "set", 0) >= 0);
    for (; *names; names++) {
        char member[128];
        snprintf(member, sizeof member, "set/%s", *names);
        zip_source_t *source = zip_source_file(zip, at(*names), 0, -1);
        zip_int64_t index = zip_file_add(zip, member, source, 0);
        assert_true(index >= 0);
        if (stored)
            assert_int_equal(zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0),
                             0);
    }
    assert_int_equal(zip_close(zip), 0);
}

static const char *const zipped[] = { "test/x.png", "train/._x.png", "train/notes.txt",
                                      "train/y",    "train/z.png",   "__MACOSX/train/x.png",
                                      NULL };

static void put_zipped(void) {
    put_picture("test/x.png", 9, 8, 10);
    put_picture("train/y.png", 9, 8, 11);
    put_picture("train/z.png", 9, 8, 12);
    assert_int_equal(rename(at("train/y.png"), lk_test_path(folder, "train/y")), 0);
    put_picture("__MACOSX/train/x.png", 9, 8, 13); /* what macOS stores about a file */
    lk_test_write(at("train/._x.png"), "hidden", 6);
    lk_test_write(at("train/notes.txt"), "notes", 5);
}

static void a_zip_gives_what_its_folder_gives(void **state) {
    (void)state;
    lk_prepare_report report;
    use_folder("zip");
    put_zipped();
    for (int stored = 0; stored < 2; stored++) {
        put_zip("a.zip", zipped, stored);
        lk_prepare_options options = options_for(at("a.zip"));
        options.parts = LK_PARTS_FOLDER;
        options.val = 0;
        lk_pack *pack = prepared(&options, 3, &report);
        assert_int_equal(report.n[LK_SPLIT_TRAIN], 2);
        assert_int_equal(report.n_other, 3);
        assert_string_equal(lk_pack_name(pack, LK_SPLIT_TRAIN, 0), "set/train/y");
        assert_int_equal(lk_pack_pixels(pack, LK_SPLIT_TRAIN, 1)[0], 12);
        assert_int_equal(lk_pack_pixels(pack, LK_SPLIT_TEST, 0)[0], 10);
        lk_pack_close(pack);
    }
}

static void several_places_follow_each_other_and_stand_in_the_names(void **state) {
    (void)state;
    lk_prepare_report report;
    char from[LK_PATH_MAX];
    use_folder("places");
    put_zipped();
    put_zip("b.zip", zipped, false);
    put_picture("c/1.png", 8, 8, 1);
    put_picture("test/1.png", 8, 8, 2);
    assert_non_null(getcwd(from, sizeof from));
    assert_int_equal(chdir(folder), 0);
    static const char *const more[] = { "b.zip", "test/" };
    lk_prepare_options options = options_for("c//");
    options.more_paths = more;
    options.n_more_paths = 2;
    options.val = options.test = 0;
    static const char *const names[] = { "c/1.png",           "b.zip/set/test/x.png",
                                         "b.zip/set/train/y", "b.zip/set/train/z.png",
                                         "test/1.png",        "test/x.png" };
    lk_pack *pack = prepared(&options, 2, &report);
    assert_int_equal(report.n[LK_SPLIT_TRAIN], LK_COUNT(names));
    assert_int_equal(report.n_equal, 1);
    for (int i = 0; i < (int)LK_COUNT(names); i++)
        assert_string_equal(lk_pack_name(pack, LK_SPLIT_TRAIN, i), names[i]);
    assert_int_equal(lk_pack_pixels(pack, LK_SPLIT_TRAIN, 3)[0], 12);
    lk_pack_close(pack);
    static const char *const test[] = { "test" };
    options = options_for("train");
    options.more_paths = test;
    options.n_more_paths = 1;
    options.parts = LK_PARTS_FOLDER;
    options.val = 0;
    pack = prepared(&options, 2, &report);
    assert_int_equal(report.n[LK_SPLIT_TRAIN], 2);
    assert_int_equal(report.n[LK_SPLIT_TEST], 2);
    lk_pack_close(pack);
    static const char *const again[] = { "./train" };
    options.more_paths = again;
    refused(&options, LK_USAGE, "./train: expected each folder once");
    assert_int_equal(chdir(from), 0);
}

static void zips_called_train_and_test_are_the_parts(void **state) {
    (void)state;
    static const char *const names[] = { "a/1.png", NULL };
    char train[LK_PATH_MAX], test[LK_PATH_MAX];
    lk_prepare_report report;
    use_folder("zip_parts");
    put_picture(names[0], 8, 8, 1);
    put_zip("train.ZIP", names, true);
    put_zip("test.zip", names, true);
    snprintf(train, sizeof train, "%s", at("train.ZIP"));
    snprintf(test, sizeof test, "%s", at("test.zip"));
    const char *const more[] = { test };
    lk_prepare_options options = options_for(train);
    options.more_paths = more;
    options.n_more_paths = 1;
    options.parts = LK_PARTS_FOLDER;
    options.val = 0;
    lk_pack_close(prepared(&options, 2, &report));
    assert_int_equal(report.n[LK_SPLIT_TRAIN], 1);
    assert_int_equal(report.n[LK_SPLIT_TEST], 1);
}

/* ---- packs made before ---- */

static void older_packs_were_split_by_name_or_by_their_source(void **state) {
    (void)state;
    static const char *const rows[][2] = { { "folder", "name" },
                                           { "celeba", "source" },
                                           { "synthetic", "source" } };
    use_folder("older");
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        struct pack_writer writer;
        lk_error err;
        lk_pack *pack = NULL;
        char meta[256];
        snprintf(meta, sizeof meta,
                 "{\"size\": 1, \"channels\": 3, \"train\": 1, \"val\": 0, \"test\": 0, \"crop\": "
                 "0, \"filter\": \"box\", \"source\": \"%s\", \"n_bad\": 0, \"n_absent\": 0}\n",
                 rows[i][0]);
        assert_ok(lk_pack_writer_open(&writer, at("old.lkd"), &err), &err);
        lk_pack_writer_section(&writer, "IMGS");
        assert_ok(lk_pack_writer_add(&writer, "rgb", 3, &err), &err);
        lk_pack_writer_section(&writer, "NAME");
        assert_ok(lk_pack_writer_add(&writer, "a", 2, &err), &err);
        lk_pack_writer_section(&writer, "META");
        assert_ok(lk_pack_writer_add(&writer, meta, strlen(meta), &err), &err);
        assert_ok(lk_pack_writer_commit(&writer, &err), &err);
        lk_pack_writer_close(&writer);
        assert_ok(lk_pack_open(at("old.lkd"), &contexts[0], &pack, &err), &err);
        assert_string_equal(lk_pack_describe(pack)->parts, rows[i][1]);
        assert_int_equal(lk_pack_describe(pack)->n_equal, -1);
        lk_pack_close(pack);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_is_xxh64),
        cmocka_unit_test(a_picture_has_the_hash_it_always_had),
        cmocka_unit_test(equal_pictures_share_a_part_whatever_their_names_and_the_pack),
        cmocka_unit_test(the_bytes_do_not_depend_on_the_number_of_threads),
        cmocka_unit_test(shares_that_leave_nothing_to_train_on_are_refused),
        cmocka_unit_test(folders_called_train_val_and_test_are_the_parts),
        cmocka_unit_test(without_a_folder_for_val_some_of_train_are_for_validation),
        cmocka_unit_test(linked_folders_are_followed_once),
        cmocka_unit_test(hundreds_of_folders_are_remembered),
        cmocka_unit_test(of_the_files_left_out_the_first_by_name_is_kept),
        cmocka_unit_test(a_zip_gives_what_its_folder_gives),
        cmocka_unit_test(several_places_follow_each_other_and_stand_in_the_names),
        cmocka_unit_test(zips_called_train_and_test_are_the_parts),
        cmocka_unit_test(older_packs_were_split_by_name_or_by_their_source),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
