/* npy: what is written is read, so is what numpy.save writes, and the rest is refused with a
   reason. */
#include "base/file.h"
#include "io/npy.h"
#include "support.h"

#include <likeness/memory.h>

#include <stdio.h>
#include <string.h>

static char folder[LK_PATH_MAX];

static const char *path_of(const char *name) {
    return lk_test_path(folder, name);
}

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", lk_test_folder("npy"));
    return 0;
}

static void what_is_written_is_read_for_any_number_of_dimensions(void **state) {
    (void)state;
    static lk_real values[4 * 3 * 5 * 100];
    for (size_t i = 0; i < LK_COUNT(values); i++) values[i] = LK_R(i) / 64 - 10;
    static const size_t shapes[][LK_STORED_DIMS_MAX] = { { 0 },       { 7 },
                                                         { 3, 5 },    { 4, 3, 5, 100 },
                                                         { 2, 0, 3 }, { 1, 1, 1, 1, 1, 1, 1, 2 } };
    static const int n_dims[] = { 0, 1, 2, 4, 3, 8 };
    static const size_t n_values[] = { 1, 7, 15, 6000, 0, 2 };
    for (size_t i = 0; i < LK_COUNT(shapes); i++) {
        lk_npy array;
        lk_error err;
        assert_ok(lk_npy_write(path_of("array"), values, shapes[i], n_dims[i], &err), &err);
        assert_ok(lk_npy_read(path_of("array"), &array, &err), &err);
        assert_int_equal(array.n_dims, n_dims[i]);
        assert_memory_equal(array.shape, shapes[i], sizeof array.shape);
        assert_int_equal(array.n, n_values[i]);
        for (size_t k = 0; k < array.n; k++) assert_near(array.values[k], (double)values[k], 0);
        lk_npy_deinit(&array);
    }
}

static void the_file_is_the_one_numpy_saves(void **state) {
    (void)state;
    static const char expected[] =
        "\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }"
        "                                                          "
        "\n\x00\x00\x80\x3f\x00\x00\x00\xc0";
    char *data = NULL;
    size_t n = 0;
    lk_error err;
    assert_ok(
        lk_npy_write(path_of("two"), (const lk_real[]){ 1, -2 }, (const size_t[]){ 2, 1 }, 2, &err),
        &err);
    assert_ok(lk_file_read(path_of("two"), 1 << 20, &data, &n, &err), &err);
    assert_int_equal(n, sizeof expected - 1);
    assert_memory_equal(data, expected, n);
    lk_free(data);
}

/* A file of this format with this dict and these bytes of data. */
static void write_format(const char *path, int format, const char *dict, const void *data,
                         size_t data_bytes) {
    FILE *out = fopen(path, "wb");
    size_t n = strlen(dict);
    assert_int_equal(fwrite("\x93NUMPY", 1, 6, out), 6);
    fputc(format, out);
    fputc(0, out);
    for (int i = 0; i < (format == 1 ? 2 : 4); i++) fputc((int)(n >> 8 * i & 255), out);
    assert_int_equal(fwrite(dict, 1, n, out), n);
    assert_int_equal(fwrite(data, 1, data_bytes, out), data_bytes);
    assert_int_equal(fclose(out), 0);
}

static void write_raw(const char *path, const char *dict, const void *data, size_t data_bytes) {
    write_format(path, 1, dict, data, data_bytes);
}

static void doubles_and_bytes_are_read(void **state) {
    (void)state;
    const double doubles[] = { 0.1, -1e300 };
    const uint8_t bytes[] = { 0, 200, 255 };
    lk_npy array;
    lk_error err;
    write_raw(path_of("f8"), "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), } \n",
              doubles, sizeof doubles);
    assert_ok(lk_npy_read(path_of("f8"), &array, &err), &err);
    assert_memory_equal(array.values, doubles, sizeof doubles);
    lk_npy_deinit(&array);
    write_raw(path_of("u1"), "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 3), }\n", bytes,
              sizeof bytes);
    assert_ok(lk_npy_read(path_of("u1"), &array, &err), &err);
    for (size_t i = 0; i < 3; i++) assert_near(array.values[i], bytes[i], 0);
    lk_npy_deinit(&array);
}

static void every_format_and_any_order_of_the_keys_is_read(void **state) {
    (void)state;
    static const char *const dicts[] = {
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 3), }",
        "{'shape': (1,3), 'descr': '|u1', 'fortran_order': False}",
        "{'fortran_order':False,'shape':(1,3,),'descr':'|u1'}   \n",
    };
    for (int format = 1; format <= 3; format++)
        for (size_t i = 0; i < LK_COUNT(dicts); i++) {
            lk_npy array;
            lk_error err;
            write_format(path_of("any"), format, dicts[i], "\7\10\11", 3);
            assert_ok(lk_npy_read(path_of("any"), &array, &err), &err);
            assert_int_equal(array.n_dims, 2);
            assert_int_equal(array.shape[1], 3);
            assert_near(array.values[2], 9, 0);
            lk_npy_deinit(&array);
        }
}

static void anything_else_is_refused_with_a_reason(void **state) {
    (void)state;
    static const struct {
        const char *dict;
        size_t data_bytes;
        const char *expected;
    } rows[] = {
        { "{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", 8, "got '>f4'" },
        { "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }", 16,
          "expected '<f4', '<f8' or '|u1'" },
        { "{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }", 8,
          "expected C order, got Fortran order" },
        { "{'descr': '<f4', 'fortran_order': Falsch, 'shape': (2,), }", 8,
          "expected True or False" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", 8,
          "expected a whole number or )" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2 3), }", 8, "expected , or )" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)", 8, "expected , or }" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", 8, "expected }" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } x", 8,
          "expected nothing but spaces after }, got \"x\"" },
        { "{'descr': '<f4', 'descr': '<f4', 'shape': (2,), }", 8, "each once, got \"'descr'" },
        { "{'descr': '<f4', 'shape': (2,), }", 8, "each once, got \"}\"" },
        { "{'descr': [('a', '<f4'), (\"b'\", '<i4', (2,))], 'fortran_order': False, 'shape': (2,), "
          "}",
          8, "expected '<f4', '<f8' or '|u1', got [('a', '<f4')" },
        { "{'descr': [('a', '<f4'), 'fortran_order': False, 'shape': (2,), }", 8,
          "expected a type" },
        { "{'descr': '<f4, }", 8, "expected a type" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2,", 8,
          "expected a whole number or )" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 8,
          "data: expected 12 bytes by the shape, got 8" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 9,
          "data: expected 8 bytes by the shape, got 9" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999,), }", 8,
          "data: expected " },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", 0,
          "data: expected " },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, 1), }", 4,
          "at most 8 dimensions" },
        { "[]", 0, "expected {, got \"[]\"" },
        { "", 0, "expected {, got \"\"" },
    };
    lk_npy array;
    lk_error err;
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        write_raw(path_of("bad"), rows[i].dict, "0123456789abcdef", rows[i].data_bytes);
        assert_int_equal(lk_npy_read(path_of("bad"), &array, &err), LK_FORMAT);
        assert_contains(err.text, rows[i].expected);
        assert_contains(err.text, "/bad: ");
    }
    static const struct {
        const char *bytes;
        size_t n_bytes;
        const char *expected;
    } starts[] = {
        { "\x93NUMPY\x04\x00\x10\x00\x00\x00", 12, "format 1.0, 2.0 or 3.0, got 4.0" },
        { "\x93NUMPY\x01\x01\x02\x00{}", 12, "format 1.0, 2.0 or 3.0, got 1.1" },
        { "\x93NUMPX\x01\x00\x02\x00{}", 12, "expected an npy file" },
        { "\x93NUMPY\x01\x00\xff\x00{}", 12, "ends too early" },
        { "\x93NUMPY\x01\x00\x02\x00{", 11, "ends too early" },
        { "\x93NUMPY\x02\x00\x02\x00", 10, "ends too early" },
        { "\x93NUMPY\x02\x00\x00\x00\x01\x00{}", 14, "expected at most 4096 bytes, got 65536" },
        { "\x93NUMPY\x01\x00\x03\x00{\0}", 13, "expected text, got a zero byte" },
        { "", 0, "ends too early" },
    };
    for (size_t i = 0; i < LK_COUNT(starts); i++) {
        lk_test_write(path_of("bad"), starts[i].bytes, starts[i].n_bytes);
        assert_int_equal(lk_npy_read(path_of("bad"), &array, &err), LK_FORMAT);
        assert_contains(err.text, starts[i].expected);
        assert_contains(err.text, "/bad: ");
    }
    assert_int_equal(lk_npy_read(path_of("absent"), &array, &err), LK_READ);
    assert_contains(err.text, "/absent: cannot open: No such file");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_for_any_number_of_dimensions),
        cmocka_unit_test(the_file_is_the_one_numpy_saves),
        cmocka_unit_test(doubles_and_bytes_are_read),
        cmocka_unit_test(every_format_and_any_order_of_the_keys_is_read),
        cmocka_unit_test(anything_else_is_refused_with_a_reason),
    };
    return cmocka_run_group_tests(tests, make_folder, NULL);
}
