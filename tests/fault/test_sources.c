/* Every call of prepare fails in turn, for arrays of pictures and for zips: it says why and the old
   pack stays, or the pack is the same as without a fault. */
#include "base/file.h"
#include "faults.h"

#include <likeness/memory.h>
#include <likeness/prepare.h>

#include <stdio.h>
#include <string.h>
#include <zip.h>

static char folder[LK_PATH_MAX / 2];
static char *expected; /* the pack without a fault */
static size_t expected_bytes;

static const char old_text[] = "what was there before";

/* The path of a name. It lives until the fourth call after this one. */
static char *at(const char *name) {
    return lk_test_path(folder, name);
}

static void shell(const char *words) {
    char out[4096];
    if (lk_test_run(out, sizeof out, "cd '%s' && %s", folder, words) != 0)
        fail_msg("%s: %s", words, out);
}

static void put_old_pack(void *self) {
    (void)self;
    lk_test_write(at("out.lkd"), old_text, sizeof old_text);
}

static bool pack_is(const void *data, size_t n_bytes) {
    char *got = NULL;
    size_t n = 0;
    lk_error err;
    assert_ok(lk_file_read(at("out.lkd"), 1 << 24, &got, &n, &err), &err);
    bool same = n == n_bytes && memcmp(got, data, n) == 0;
    lk_free(got);
    return same;
}

static lk_status prepare(void *self, lk_error *err) {
    lk_prepare_report report;
    return lk_prepare(self, lk_test_context_alone(), at("out.lkd"), &report, err);
}

/* The last call makes the rename durable. When it fails, the new pack is already there. */
static void old_or_whole(void *self) {
    const char *reason = "", *call = lk_faults_fired(&reason);
    (void)self;
    if (pack_is(old_text, sizeof old_text)) return;
    if (strcmp(call, "fsync") != 0 || !pack_is(expected, expected_bytes))
        fail_msg("%s (%s) failed, and the old pack is gone", call, reason);
}

static void is_whole(void *self) {
    const char *call = lk_faults_fired(NULL);
    (void)self;
    if (!pack_is(expected, expected_bytes))
        fail_msg("%s failed, it went on, and the pack is another", call ? call : "nothing");
}

/* `may_go_on`: what fails may be needed only to find out about a file. */
static void try_source(const char *name, lk_prepare_options *options, int n_pictures, long at_least,
                       bool may_go_on) {
    lk_error err;
    lk_pack *pack = NULL;
    options->val = options->test = 0.25;
    options->max_bad = 0;
    assert_ok(prepare(options, &err), &err);
    assert_ok(lk_pack_open(at("out.lkd"), lk_test_context_alone(), &pack, &err), &err);
    int n = 0;
    for (int split = 0; split < LK_N_SPLITS; split++) n += lk_pack_count(pack, (lk_split)split);
    assert_int_equal(n, n_pictures);
    lk_pack_close(pack);
    assert_ok(lk_file_read(at("out.lkd"), 1 << 24, &expected, &expected_bytes, &err), &err);
    lk_faults_try(&(lk_fault_case){ .name = name,
                                    .begin = put_old_pack,
                                    .run = prepare,
                                    .failed = old_or_whole,
                                    .done = is_whole,
                                    .self = options,
                                    .folder = folder,
                                    .at_least = at_least,
                                    .may_go_on = may_go_on });
    lk_free(expected);
}

static lk_prepare_options options_for(const char *source, const char *path, int size) {
    lk_prepare_options options = lk_prepare_defaults();
    options.source = source, options.path = path, options.size = size;
    return options;
}

/* ---- arrays ---- */

static void put_idx(const char *name, int n) {
    uint8_t data[16 + 20 * 16] = { 0, 0, 8, 3, [7] = (uint8_t)n, [11] = 4, [15] = 4 };
    for (int i = 0; i < n * 16; i++) data[16 + i] = (uint8_t)(7 * i);
    lk_test_write(at(name), data, 16 + (size_t)n * 16);
}

static void mnist_is_packed_or_says_why(void **state) {
    (void)state;
    lk_prepare_options options = options_for("mnist", folder, 4);
    put_idx("train-images-idx3-ubyte", 20);
    put_idx("t10k-images-idx3-ubyte", 5);
    try_source("MNIST", &options, 25, 30, false);
    shell("gzip *ubyte");
    try_source("MNIST in gzip", &options, 25, 32, false);
}

static void cifar_10_is_packed_or_says_why(void **state) {
    (void)state;
    static uint8_t records[2 * 3073];
    char name[32];
    lk_prepare_options options = options_for("cifar10", folder, 32);
    for (int i = 1; i <= 6; i++) {
        memset(records + 1, 10 * i, 3072);
        memset(records + 3074, 10 * i + 5, 3072);
        snprintf(name, sizeof name, i < 6 ? "data_batch_%d.bin" : "test_batch.bin", i);
        lk_test_write(at(name), records, sizeof records);
    }
    try_source("CIFAR-10", &options, 12, 45, false);
}

static void add_member(zip_t *zip, const char *name, const void *data, size_t n_bytes) {
    zip_source_t *source = zip_source_buffer(zip, data, n_bytes, 0);
    assert_true(source && zip_file_add(zip, name, source, 0) >= 0);
}

static void npz_is_packed_or_says_why(void **state) {
    (void)state;
    static const char dict[] = "{'descr': '|u1', 'fortran_order': False, 'shape': (9, 4, 4), }";
    static uint8_t npy[10 + sizeof dict - 1 + 9 * 16] = "\x93NUMPY\x01";
    char path[LK_PATH_MAX];
    npy[8] = sizeof dict - 1;
    memcpy(npy + 10, dict, sizeof dict - 1);
    for (size_t i = 0; i < 9 * 16; i++) npy[sizeof npy - 1 - i] = (uint8_t)(5 * i);
    zip_t *zip = zip_open(at("a.npz"), ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(zip);
    add_member(zip, "x_train.npy", npy, sizeof npy);
    add_member(zip, "x_test.npy", npy, sizeof npy);
    assert_int_equal(zip_close(zip), 0);
    snprintf(path, sizeof path, "%s", at("a.npz"));
    lk_prepare_options options = options_for("npy", path, 4);
    try_source("an npz", &options, 18, 40, false);
    lk_test_write(at("a.npy"), npy, sizeof npy);
    snprintf(path, sizeof path, "%s", at("a.npy"));
    try_source("an npy", &options, 9, 25, false);
}

/* ---- zips of pictures ---- */

/* Pictures with and without the ending of their kind, and a file that is none. */
static void a_zip_and_a_folder_are_packed_or_say_why(void **state) {
    (void)state;
    char zip_path[LK_PATH_MAX], pictures[LK_PATH_MAX];
    char ppm[3][60] = { { 0 } };
    const char *more = pictures;
    zip_t *zip = zip_open(at("a.zip"), ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(zip);
    shell("mkdir pictures");
    for (int i = 0; i < 3; i++) {
        memset(ppm[i], 50 * i + 1, sizeof ppm[i]);
        memcpy(ppm[i], "P6 4 4 255 ", 11);
    }
    add_member(zip, "one.ppm", ppm[0], 59);
    add_member(zip, "two", ppm[1], 59);
    add_member(zip, "three.data", ppm[2], 59);
    assert_int_equal(zip_close(zip), 0);
    lk_test_write(at("pictures/four.ppm"), ppm[0], 59);
    lk_test_write(at("pictures/five"), ppm[1], 59);
    snprintf(zip_path, sizeof zip_path, "%s", at("a.zip"));
    snprintf(pictures, sizeof pictures, "%s", at("pictures"));
    lk_prepare_options options = options_for("folder", zip_path, 4);
    try_source("a zip", &options, 3, 35, true);
    options.path = pictures;
    try_source("a folder with names of any kind", &options, 2, 35, true);
    options.path = zip_path, options.more_paths = &more, options.n_more_paths = 1;
    try_source("a zip and a folder", &options, 5, 40, true);
}

static int use_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", lk_test_folder("sources"));
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(mnist_is_packed_or_says_why, use_folder),
        cmocka_unit_test_setup(cifar_10_is_packed_or_says_why, use_folder),
        cmocka_unit_test_setup(npz_is_packed_or_says_why, use_folder),
        cmocka_unit_test_setup(a_zip_and_a_folder_are_packed_or_say_why, use_folder),
    };
    return lk_faults_report(cmocka_run_group_tests(tests, NULL, NULL));
}
