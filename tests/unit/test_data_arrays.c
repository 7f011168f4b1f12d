/* MNIST, CIFAR-10 and NumPy arrays: what is read, its splits, and every refusal. The files are made
   here. */
#include "base/file.h"
#include "support.h"

#include <likeness/memory.h>
#include <likeness/prepare.h>

#include <stdio.h>
#include <string.h>
#include <zip.h>

static char folder[LK_PATH_MAX - 512];

static void use_folder(const char *name) {
    snprintf(folder, sizeof folder, "%s", lk_test_folder(name));
}

static const char *at(const char *name) {
    return lk_test_path(folder, name);
}

static lk_prepare_options options_for(const char *source, const char *path) {
    lk_prepare_options options = lk_prepare_defaults();
    options.source = source;
    options.path = path;
    options.size = 4;
    options.val = options.test = 0;
    return options;
}

static lk_pack *prepared(const lk_prepare_options *options, lk_prepare_report *report) {
    lk_error err;
    lk_pack *pack = NULL;
    assert_ok(lk_prepare(options, lk_test_context(), at("out.lkd"), report, &err), &err);
    assert_ok(lk_pack_open(at("out.lkd"), lk_test_context(), &pack, &err), &err);
    return pack;
}

static void refused(const lk_prepare_options *options, lk_status expected, const char *words) {
    lk_prepare_report report;
    lk_error err = { "" };
    lk_status status = lk_prepare(options, lk_test_context(), at("no.lkd"), &report, &err);
    if (status != expected) fail_msg("%s", err.text);
    assert_contains(err.text, words);
    assert_false(lk_file_may_exist(at("no.lkd")));
}

/* n pictures of 4 x 4, grey; picture i is of level first + i. */
static void put_idx(const char *name, int n, int first) {
    static uint8_t data[16 + 2000 * 16];
    const uint8_t header[16] = { 0, 0, 8, 3, 0, 0, (uint8_t)(n >> 8), (uint8_t)n, 0, 0,
                                 0, 4, 0, 0, 0, 4 };
    memcpy(data, header, sizeof header);
    for (int i = 0; i < n * 16; i++) data[16 + i] = (uint8_t)(first + i / 16);
    lk_test_write(at(name), data, 16 + (size_t)n * 16);
}

static void shell(const char *command) {
    char out[256];
    if (lk_test_run(out, sizeof out, "cd '%s' && %s", folder, command) != 0) fail_msg("%s", out);
}

static void check_mnist(void) {
    lk_prepare_report report;
    lk_prepare_options options = options_for("mnist", folder);
    for (int channels = 1; channels <= 3; channels += 2) {
        options.channels = channels;
        lk_pack *pack = prepared(&options, &report);
        assert_int_equal(report.n[LK_SPLIT_TRAIN], 1200);
        assert_int_equal(report.n[LK_SPLIT_TEST], 5);
        assert_int_equal(report.n_equal, 1205 - 256);
        assert_string_equal(lk_pack_describe(pack)->parts, "source");
        assert_string_equal(lk_pack_name(pack, LK_SPLIT_TRAIN, 1199), "train/01199");
        assert_string_equal(lk_pack_name(pack, LK_SPLIT_TEST, 4), "t10k/00004");
        for (int i = 0; i < 1200; i++)
            assert_int_equal(lk_pack_pixels(pack, LK_SPLIT_TRAIN, i)[channels * 16 - 1], i % 256);
        assert_int_equal(lk_pack_pixels(pack, LK_SPLIT_TEST, 4)[0], 204);
        lk_pack_close(pack);
    }
    options.val = 0.25;
    lk_pack_close(prepared(&options, &report));
    assert_near(report.n[LK_SPLIT_VAL], 300, 150);
    assert_int_equal(report.n[LK_SPLIT_TEST], 5);
    options.size = 6; /* larger than the pictures */
    lk_pack_close(prepared(&options, &report));
}

static void mnist_is_read_plain_packed_and_with_dots(void **state) {
    (void)state;
    use_folder("mnist");
    put_idx("train-images-idx3-ubyte", 1200, 0);
    put_idx("t10k-images-idx3-ubyte", 5, 200);
    check_mnist();
    shell("gzip *ubyte");
    check_mnist();
    shell("gunzip *.gz && rename() { mv $1-images-idx3-ubyte $1-images.idx3-ubyte; } && rename "
          "train && rename t10k && gzip t10k*");
    check_mnist();
}

static void a_wrong_idx_file_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *make, *words;
    } rows[] = {
        { "rm $T", "expected a file t10k-images-idx3-ubyte or .gz, got none" },
        { ": >$T", "t10k-images-idx3-ubyte: ends too early" },
        { "printf '\\0\\0\\10\\1' | cat - $T >x; mv x $T", "got one that starts with 00 00 08 01" },
        { "head -c 50 $T >x; mv x $T", "expected 80 bytes of pictures by its header, got 34" },
        { "echo >>$T", "expected 80 bytes of pictures by its header, got 81" },
        { "printf '\\0\\0\\10\\3\\0\\0\\0\\0\\0\\0\\0\\4\\0\\0\\0\\4' >$T",
          "1 to 10000000 pictures" },
        { "printf '\\0\\0\\10\\3\\0\\0\\0\\1\\0\\1\\0\\0\\0\\0\\0\\4' >$T",
          "expected sides of 1 to 4096 pixels, got 4 x 65536" },
        { "gzip $T; head -c 20 $T.gz >x; mv x $T.gz", "ends too early" },
        { "gzip $T; head -c -4 $T.gz >x; mv x $T.gz", "ends too early" }, /* its checksum */
        { "head -c 50 $T >x; mv x $T; gzip $T", "ends too early" },
        { "echo >>$T; gzip $T", "goes on after its last picture" },
        { "gzip $T; echo >>$T.gz", "goes on after its last picture" },
        { "gzip $T; n=$(stat -c %s $T.gz); printf xxxx | dd of=$T.gz bs=1 seek=$((n-8)) "
          "conv=notrunc 2>/dev/null",
          "damaged gzip: incorrect data check" },
        /* it would unpack to 16 TB */
        { "printf '\\0\\0\\10\\3\\0\\226\\0\\0\\0\\0\\20\\0\\0\\0\\20\\0' >$T; gzip $T",
          "bytes of pictures by its header, got at most " },
    };
    use_folder("bad_idx");
    put_idx("train-images-idx3-ubyte", 3, 0);
    lk_prepare_options options = options_for("mnist", folder);
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        char command[512];
        shell("rm -f t10k*");
        put_idx("t10k-images-idx3-ubyte", 5, 200);
        snprintf(command, sizeof command, "T=t10k-images-idx3-ubyte; %s", rows[i].make);
        shell(command);
        refused(&options, LK_FORMAT, rows[i].words);
    }
    options.val = 1;
    refused(&options, LK_USAGE, "val: expected a share that leaves something to train on");
}

/* ---- CIFAR-10 ---- */

enum { CIFAR_RECORD = 3073 };

static void put_cifar(const char *name, int n, int first) {
    static uint8_t data[4 * CIFAR_RECORD];
    for (int i = 0; i < n; i++) {
        uint8_t *record = data + i * CIFAR_RECORD;
        record[0] = (uint8_t)(i % 10);
        for (int c = 0; c < 3; c++) memset(record + 1 + 1024 * c, first + i + 50 * c, 1024);
        record[1] = 9; /* the red of the first pixel */
    }
    lk_test_write(at(name), data, (size_t)n * CIFAR_RECORD);
}

static void put_batches(const char *below) {
    char name[64];
    for (int i = 1; i <= 5; i++) {
        snprintf(name, sizeof name, "%sdata_batch_%d.bin", below, i);
        put_cifar(name, 2, 10 * i);
    }
    snprintf(name, sizeof name, "%stest_batch.bin", below);
    put_cifar(name, 3, 100);
}

static void cifar_10_is_read_from_its_folder_or_the_one_above(void **state) {
    (void)state;
    for (int above = 0; above < 2; above++) {
        lk_prepare_report report;
        use_folder("cifar");
        shell("mkdir cifar-10-batches-bin");
        put_batches(above ? "cifar-10-batches-bin/" : "");
        if (!above) shell("rmdir cifar-10-batches-bin");
        lk_prepare_options options = options_for("cifar10", folder);
        options.size = 32;
        lk_pack *pack = prepared(&options, &report);
        assert_int_equal(report.n[LK_SPLIT_TRAIN], 10);
        assert_int_equal(report.n[LK_SPLIT_TEST], 3);
        assert_string_equal(lk_pack_name(pack, LK_SPLIT_TRAIN, 3), "data_batch_2/00001");
        assert_string_equal(lk_pack_name(pack, LK_SPLIT_TEST, 2), "test_batch/00002");
        assert_memory_equal(lk_pack_pixels(pack, LK_SPLIT_TRAIN, 3),
                            ((uint8_t[]){ 9, 71, 121, 21, 71, 121 }), 6);
        lk_pack_close(pack);
    }
    lk_prepare_options options = options_for("cifar10", at("cifar-10-batches-bin"));
    char inside[LK_PATH_MAX];
    snprintf(inside, sizeof inside, "%s", options.path);
    options.path = inside;
    shell("printf '\\12' | dd of=cifar-10-batches-bin/test_batch.bin bs=1 seek=3073 conv=notrunc "
          "2>/dev/null");
    lk_prepare_report report;
    lk_pack_close(prepared(&options, &report));
    assert_int_equal(report.n_bad, 1);
    assert_contains(report.bad[0].text, "test_batch/00001: expected a label from 0 to 9, got 10");
    shell("echo >>cifar-10-batches-bin/data_batch_3.bin");
    refused(&options, LK_FORMAT, "data_batch_3.bin: expected a multiple of 3073 bytes, got 6147");
    shell("rm cifar-10-batches-bin/data_batch_3.bin");
    refused(&options, LK_READ, "data_batch_3.bin: cannot open");
}

/* ---- npy and npz ---- */

enum { NPY_MAX = 1 << 16 };

/* An npy file with this dictionary; byte i of the values is 2 i. */
static size_t make_npy(uint8_t data[NPY_MAX], int version, const char *dict, size_t n_values) {
    size_t n_length = version == 1 ? 2 : 4, n_dict = strlen(dict) + 1, at_dict = 8 + n_length;
    memcpy(data, "\x93NUMPY", 6);
    data[6] = (uint8_t)version, data[7] = 0;
    memset(data + 8, 0, n_length);
    data[8] = (uint8_t)n_dict;
    memcpy(data + at_dict, dict, n_dict - 1);
    data[at_dict + n_dict - 1] = '\n';
    for (size_t i = 0; i < n_values; i++) data[at_dict + n_dict + i] = (uint8_t)(2 * i);
    return at_dict + n_dict + n_values;
}

#define NPY(type, order, shape)                                                                    \
    "{'descr': '" type "', 'fortran_order': " order ", 'shape': " shape ", }"

static void put_npy(const char *name, int version, const char *dict, size_t n_values) {
    static uint8_t data[NPY_MAX];
    size_t n = make_npy(data, version, dict, n_values);
    lk_test_write(at(name), data, n);
}

static void arrays_of_three_and_four_dimensions_are_read(void **state) {
    (void)state;
    static const struct {
        int version;
        const char *dict;
        size_t n_values;
        uint8_t second[3]; /* the first pixel of the second picture */
    } rows[] = {
        { 1, NPY("|u1", "False", "(3, 4, 4)"), 48, { 32, 32, 32 } },
        { 2, NPY("|u1", "False", "(2, 4, 4, 1)"), 32, { 32, 32, 32 } },
        { 3, NPY("|u1", "False", "(2, 4, 4, 3)"), 96, { 96, 98, 100 } },
    };
    use_folder("npy");
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_prepare_report report;
        put_npy("a.npy", rows[i].version, rows[i].dict, rows[i].n_values);
        lk_prepare_options options = options_for("npy", at("a.npy"));
        lk_pack *pack = prepared(&options, &report);
        assert_string_equal(lk_pack_name(pack, LK_SPLIT_TRAIN, 1), "a.npy/00001");
        assert_memory_equal(lk_pack_pixels(pack, LK_SPLIT_TRAIN, 1), rows[i].second, 3);
        lk_pack_close(pack);
    }
}

static void other_arrays_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *dict;
        size_t n_values;
        const char *words;
    } rows[] = {
        { NPY("<f4", "False", "(1, 4, 4)"), 64, "expected bytes (uint8) of N x H x W" },
        { NPY("|u1", "True", "(1, 4, 4)"), 16, "expected bytes (uint8) of N x H x W" },
        { NPY("|u1", "False", "(4, 4)"), 16, "expected bytes (uint8) of N x H x W" },
        { NPY("|u1", "False", "(1, 4, 4, 2)"), 32, "expected bytes (uint8) of N x H x W" },
        { NPY("|u1", "False", "(1, 4, 4, 1, 1)"), 16, "expected bytes (uint8) of N x H x W" },
        { NPY("|u1", "False", "(2, 4, 4)"), 31, "expected 32 bytes of pictures by its header" },
        { NPY("|u1", "False", "(2, 4, 4)"), 33, "expected 32 bytes of pictures by its header" },
        { NPY("|u1", "False", "(0, 4, 4)"), 0, "expected 1 to 10000000 pictures, got 0" },
        { NPY("|u1", "False", "(1, 99999999999999999999, 4)"), 9, "expected sides of 1 to 4096" },
        { NPY("|u1", "False", "(1, -4, 4)"), 16, "a.npy: header: expected a whole number" },
        { "{'descr': '|u1'}", 16, "a.npy: header: expected 'descr', 'fortran_order' and 'shape'" },
    };
    use_folder("bad_npy");
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        put_npy("a.npy", 1, rows[i].dict, rows[i].n_values);
        lk_prepare_options options = options_for("npy", at("a.npy"));
        refused(&options, LK_FORMAT, rows[i].words);
    }
    lk_test_write(at("a.npy"), "no array", 8);
    lk_prepare_options options = options_for("npy", at("a.npy"));
    refused(&options, LK_FORMAT, "a.npy: expected an npy file, got another");
}

static void put_npz(const char *const *names, const char *const *dicts, size_t n_values,
                    bool stored) {
    static uint8_t data[8][NPY_MAX];
    zip_t *zip = zip_open(at("a.npz"), ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(zip);
    for (int i = 0; names[i]; i++) {
        size_t n = make_npy(data[i], 1, dicts[i], n_values);
        zip_int64_t index = zip_file_add(zip, names[i], zip_source_buffer(zip, data[i], n, 0), 0);
        assert_true(index >= 0);
        if (stored) zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0);
    }
    assert_int_equal(zip_close(zip), 0);
}

static void the_arrays_of_an_npz_are_the_splits_they_are_named_after(void **state) {
    (void)state;
    static const char *const names[] = { "x_test.npy", "y_train.npy", "Train_images.npy",
                                         "val.npy",    "names.npy",   "boxes.npy",
                                         NULL };
    static const char pictures[] = NPY("|u1", "False", "(3, 4, 4)");
    static const char *const dicts[] = { pictures,
                                         NPY("|u1", "False", "(48,)"),
                                         pictures,
                                         pictures,
                                         NPY("<U12", "False", "(1, 1, 1)"),
                                         "{'descr': [('x', '<i4'), ('w', '<f4', (2,))], "
                                         "'fortran_order': False, 'shape': (4,), }" };
    use_folder("npz");
    for (int stored = 0; stored < 2; stored++) {
        lk_prepare_report report;
        put_npz(names, dicts, 48, stored);
        lk_prepare_options options = options_for("npy", at("a.npz"));
        options.val = options.test = 0.3; /* not needed: the arrays say it */
        lk_pack *pack = prepared(&options, &report);
        for (int split = 0; split < LK_N_SPLITS; split++) assert_int_equal(report.n[split], 3);
        assert_int_equal(report.n_equal, 6);
        assert_string_equal(lk_pack_name(pack, LK_SPLIT_TRAIN, 2), "Train_images/00002");
        assert_string_equal(lk_pack_name(pack, LK_SPLIT_TEST, 0), "x_test/00000");
        assert_int_equal(lk_pack_pixels(pack, LK_SPLIT_VAL, 2)[0], 64);
        lk_pack_close(pack);
    }
}

static void an_npz_with_one_array_is_split_by_pixels(void **state) {
    (void)state;
    static const char *const names[] = { "faces.npy", NULL };
    static const char *const dicts[] = { NPY("|u1", "False", "(3, 4, 4)") };
    lk_prepare_report report;
    use_folder("npz_one");
    put_npz(names, dicts, 48, false);
    lk_prepare_options options = options_for("npy", at("a.npz"));
    options.test = 1;
    lk_pack_close(prepared(&options, &report));
    assert_int_equal(report.n[LK_SPLIT_TEST], 3);
}

static void an_npz_whose_arrays_do_not_name_splits_is_refused(void **state) {
    (void)state;
    static const char pictures[] = NPY("|u1", "False", "(3, 4, 4)");
    static const char *const dicts[] = { pictures, pictures }, *const labels[] = { NPY(
                                                                   "<i8", "False", "(6,)") };
    static const char *const twice[] = { "train.npy", "x_train.npy", NULL },
                             *const none[] = { "train.npy", "faces.npy", NULL },
                             *const one[] = { "labels.npy", NULL };
    use_folder("npz_bad");
    char path[LK_PATH_MAX];
    snprintf(path, sizeof path, "%s", at("a.npz"));
    put_npz(twice, dicts, 48, false);
    lk_prepare_options options = options_for("npy", path);
    refused(&options, LK_FORMAT, "got also x_train.npy");
    put_npz(none, dicts, 48, false);
    refused(&options, LK_FORMAT, "got also faces.npy");
    put_npz(one, labels, 48, false);
    refused(&options, LK_FORMAT, "a.npz: expected bytes (uint8) of N x H x W");
    put_npz(none + 1, dicts, 47, false);
    refused(&options, LK_FORMAT, "faces.npy: expected 48 bytes of pictures by its header, got 47");
    char *data = NULL;
    size_t n = 0;
    lk_error err;
    put_npz(none + 1, dicts, 48, true);
    assert_ok(lk_file_read(path, 1 << 20, &data, &n, &err), &err);
    char *pixels = memmem(data, n, "\0\2\4\6\10", 5);
    assert_non_null(pixels);
    pixels[2] ^= 1;
    lk_test_write(path, data, n);
    lk_free(data);
    refused(&options, LK_FORMAT, "a.npz/faces.npy: cannot unpack: CRC error");
    lk_test_write(at("a.npz"), "PK\3\4 cut", 8);
    refused(&options, LK_FORMAT, "a.npz: begins as a zip");
}

/* The same pixels decide, whatever holds them. */
static void a_picture_has_the_same_split_in_an_array_and_in_a_folder(void **state) {
    (void)state;
    lk_prepare_report report;
    use_folder("same");
    put_idx("train-images-idx3-ubyte", 200, 0);
    put_idx("t10k-images-idx3-ubyte", 1, 0);
    lk_prepare_options options = options_for("mnist", folder);
    options.val = 0.4, options.channels = 1;
    bool is_val[200] = { false };
    lk_pack *pack = prepared(&options, &report);
    int n_val = lk_pack_count(pack, LK_SPLIT_VAL);
    assert_true(n_val > 0 && n_val < 200);
    for (int i = 0; i < n_val; i++) is_val[lk_pack_pixels(pack, LK_SPLIT_VAL, i)[0]] = true;
    lk_pack_close(pack);
    lk_image image;
    lk_error err;
    shell("mkdir pictures");
    assert_ok(lk_image_init(&image, 4, 4, 1, &err), &err);
    for (int i = 0; i < 200; i++) {
        char name[64];
        memset(image.pixels, i, 16);
        snprintf(name, sizeof name, "pictures/%d.png", i);
        assert_ok(lk_image_write_png(at(name), &image, &err), &err);
    }
    lk_image_deinit(&image);
    char pictures[LK_PATH_MAX];
    snprintf(pictures, sizeof pictures, "%s", at("pictures"));
    options.source = "folder", options.path = pictures;
    pack = prepared(&options, &report);
    assert_int_equal(lk_pack_count(pack, LK_SPLIT_VAL), n_val);
    for (int i = 0; i < n_val; i++) assert_true(is_val[lk_pack_pixels(pack, LK_SPLIT_VAL, i)[0]]);
    lk_pack_close(pack);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mnist_is_read_plain_packed_and_with_dots),
        cmocka_unit_test(a_wrong_idx_file_is_refused),
        cmocka_unit_test(cifar_10_is_read_from_its_folder_or_the_one_above),
        cmocka_unit_test(arrays_of_three_and_four_dimensions_are_read),
        cmocka_unit_test(other_arrays_are_refused),
        cmocka_unit_test(the_arrays_of_an_npz_are_the_splits_they_are_named_after),
        cmocka_unit_test(an_npz_with_one_array_is_split_by_pixels),
        cmocka_unit_test(an_npz_whose_arrays_do_not_name_splits_is_refused),
        cmocka_unit_test(a_picture_has_the_same_split_in_an_array_and_in_a_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
