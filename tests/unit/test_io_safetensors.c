/* safetensors: what is written is read, and every kind of damage is refused with its place. */
#include "base/file.h"
#include "io/safetensors.h"
#include "io/safetensors_header.h"
#include "support.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const float floats[6] = { 1, -2, 3.5F, 0, 1e-30F, 6 };
static const double doubles[2] = { 0.1, -1e300 };
static const uint8_t bytes[3] = { 0, 7, 255 };
static const int64_t integers[1] = { -9007199254740993 };

static const lk_stored_tensor tensors[] = {
    { .name = "encoder.0.weight",
      .type = LK_STORED_F32,
      .n_dims = 2,
      .shape = { 2, 3 },
      .data = floats },
    /* the rest lies at odd addresses */
    { .name = "bytes", .type = LK_STORED_U8, .n_dims = 1, .shape = { 3 }, .data = bytes },
    { .name = "empty", .type = LK_STORED_F32, .n_dims = 3, .shape = { 4, 0, 2 }, .data = NULL },
    { .name = "m\303\266ments \"1\"",
      .type = LK_STORED_F64,
      .n_dims = 1,
      .shape = { 2 },
      .data = doubles },
    { .name = "step", .type = LK_STORED_I64, .n_dims = 0, .data = integers },
};
static const lk_metadata metadata[] = { { "config", "{\"a\": 1}\n// \\ \t end" },
                                        { "name", "caf\303\251" } };

static char folder[LK_PATH_MAX];

static const char *path_of(const char *name) {
    return lk_test_path(folder, name);
}

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", lk_test_folder("safetensors"));
    return 0;
}

static void write_valid(const char *path) {
    lk_error err;
    assert_ok(
        lk_safetensors_write(path, tensors, LK_COUNT(tensors), metadata, LK_COUNT(metadata), &err),
        &err);
}

static void what_is_written_is_read(void **state) {
    (void)state;
    write_valid(path_of("valid"));
    lk_safetensors *file = NULL;
    lk_error err;
    assert_ok(lk_safetensors_open(path_of("valid"), &file, &err), &err);
    assert_int_equal(lk_safetensors_count(file), LK_COUNT(tensors));
    for (size_t i = 0; i < LK_COUNT(tensors); i++) {
        const lk_stored_tensor *got = lk_safetensors_find(file, tensors[i].name);
        assert_ptr_equal(got, lk_safetensors_at(file, i));
        assert_string_equal(got->name, tensors[i].name);
        assert_int_equal(got->type, tensors[i].type);
        assert_int_equal(got->n_dims, tensors[i].n_dims);
        assert_memory_equal(got->shape, tensors[i].shape, sizeof got->shape);
        if (tensors[i].data) assert_memory_equal(got->data, tensors[i].data, got->n_bytes);
    }
    assert_int_equal(lk_safetensors_at(file, 4)->n_bytes, 8);
    assert_string_equal(lk_safetensors_metadata(file, "config"), metadata[0].value);
    assert_string_equal(lk_safetensors_metadata(file, "name"), metadata[1].value);
    assert_null(lk_safetensors_metadata(file, "Config"));
    assert_null(lk_safetensors_find(file, "encoder.0.bias"));
    lk_safetensors_close(file);
}

static void data_starts_at_a_multiple_of_8_and_equal_contents_give_equal_bytes(void **state) {
    (void)state;
    char *first = NULL, *second = NULL;
    size_t n_first = 0, n_second = 0;
    lk_error err;
    write_valid(path_of("one"));
    write_valid(path_of("two"));
    assert_ok(lk_file_read(path_of("one"), 1 << 20, &first, &n_first, &err), &err);
    assert_ok(lk_file_read(path_of("two"), 1 << 20, &second, &n_second, &err), &err);
    uint64_t length = 0;
    memcpy(&length, first, sizeof length);
    assert_int_equal(length % 8, 0);
    assert_int_equal(n_first, n_second);
    assert_memory_equal(first, second, n_first);
    lk_free(first);
    lk_free(second);
}

static void no_tensors_and_no_metadata_make_a_file_too(void **state) {
    (void)state;
    lk_safetensors *file = NULL;
    lk_error err;
    assert_ok(lk_safetensors_write(path_of("nothing"), NULL, 0, NULL, 0, &err), &err);
    assert_ok(lk_safetensors_open(path_of("nothing"), &file, &err), &err);
    assert_int_equal(lk_safetensors_count(file), 0);
    assert_null(lk_safetensors_find(file, "x"));
    lk_safetensors_close(file);
}

static void any_flipped_bit_is_refused(void **state) {
    (void)state;
    write_valid(path_of("valid"));
    char *data = NULL;
    size_t n = 0;
    lk_error err;
    assert_ok(lk_file_read(path_of("valid"), 1 << 20, &data, &n, &err), &err);
    for (size_t bit = 0; bit < 8 * n; bit++) {
        lk_safetensors *file = NULL;
        data[bit / 8] = (char)(data[bit / 8] ^ 1 << bit % 8);
        /* without the fsync of lk_file_write: there are thousands */
        FILE *out = fopen(path_of("flipped"), "wb");
        assert_int_equal(fwrite(data, 1, n, out), n);
        assert_int_equal(fclose(out), 0);
        lk_status status = lk_safetensors_open(path_of("flipped"), &file, &err);
        if (status != LK_FORMAT)
            fail_msg("bit %zu of byte %zu: expected a refusal, got status %d", bit % 8, bit / 8,
                     status);
        assert_contains(err.text, "/flipped: ");
        data[bit / 8] = (char)(data[bit / 8] ^ 1 << bit % 8);
    }
    lk_free(data);
}

static void a_flipped_bit_of_the_data_names_its_tensor(void **state) {
    (void)state;
    write_valid(path_of("valid"));
    char *data = NULL;
    size_t n = 0;
    lk_error err;
    lk_safetensors *file = NULL;
    assert_ok(lk_file_read(path_of("valid"), 1 << 20, &data, &n, &err), &err);
    data[n - 9] ^= 1; /* the last byte before `step` */
    assert_ok(lk_file_write(path_of("flipped"), data, n, &err), &err);
    assert_int_equal(lk_safetensors_open(path_of("flipped"), &file, &err), LK_FORMAT);
    assert_contains(err.text, "tensor \"m\303\266ments \\\"1\\\"\": damaged: expected CRC-32C ");
    lk_free(data);
}

static void a_file_cut_anywhere_is_refused(void **state) {
    (void)state;
    write_valid(path_of("valid"));
    char *data = NULL;
    size_t n = 0;
    lk_error err;
    assert_ok(lk_file_read(path_of("valid"), 1 << 20, &data, &n, &err), &err);
    for (size_t length = 0; length < n; length++) {
        lk_safetensors *file = NULL;
        FILE *out = fopen(path_of("cut"), "wb");
        assert_int_equal(fwrite(data, 1, length, out), length);
        assert_int_equal(fclose(out), 0);
        assert_int_equal(lk_safetensors_open(path_of("cut"), &file, &err), LK_FORMAT);
    }
    lk_free(data);
}

/* A file with this header and data. `length` is the stored length of the header, -1 the true one.
   */
static void write_raw(const char *path, const char *header, size_t n_header, int64_t length,
                      size_t data_bytes) {
    const uint64_t n = length < 0 ? n_header : (uint64_t)length;
    FILE *out = fopen(path, "wb");
    assert_int_equal(fwrite(&n, 1, sizeof n, out), sizeof n);
    assert_int_equal(fwrite(header, 1, n_header, out), n_header);
    for (size_t i = 0; i < data_bytes; i++) fputc(' ', out);
    assert_int_equal(fclose(out), 0);
}

#define A_OF(dtype, shape, offsets)                                                                \
    "{\"a\":{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}}"
#define TWO(offsets_a, offsets_b)                                                                  \
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":" offsets_a                          \
    "},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":" offsets_b "}}"

#define BYTES(name_a, shape_a, offsets_a, name_b, shape_b, offsets_b)                              \
    "{\"" name_a "\":{\"dtype\":\"U8\",\"shape\":" shape_a ",\"data_offsets\":" offsets_a          \
    "},\"" name_b "\":{\"dtype\":\"U8\",\"shape\":" shape_b ",\"data_offsets\":" offsets_b "}}"

static const struct damage {
    const char *header;
    size_t data_bytes;
    int64_t length;
    const char *expected;
} damages[] = {
    { "{}", 0, 3, "header: expected 3 bytes, got a file with 2 after the length" },
    { "{}", 0, INT64_MAX,
      "header: expected a length of at most 100000000 bytes, got 9223372036854775807" },
    { "", 0, -1, "header: expected one JSON object" },
    { "[]", 0, -1, "header: expected one JSON object" },
    { " {}", 0, -1, "header: expected one JSON object" },
    { "{} // end", 0, -1, "without comments" },
    { "\"{}\"", 0, -1, "header: expected one JSON object" },
    { "{} x", 0, -1, "header:1: expected the end of the text ... got \"x\"" },
    { "{", 0, -1, "header:1: expected ... got the end of the text" },
    { "{}", 1, -1, "expected 0 bytes of data by the tensors, got 1" },
    { "{\"a\":3}", 0, -1, "tensor \"a\": expected an object, got 3" },
    { "{\"a\":null}", 0, -1, "tensor \"a\": expected an object, got null" },
    { "{\"a\":{}}", 0, -1, "tensor \"a\": dtype: expected F32, F64, U8 or I64, got nothing" },
    { A_OF("\"F16\"", "[2]", "[0,4]"), 4, -1,
      "tensor \"a\": dtype: expected F32, F64, U8 or I64, got \"F16\"" },
    { A_OF("\"f32\"", "[2]", "[0,8]"), 8, -1, "dtype: expected F32, F64, U8 or I64, got \"f32\"" },
    { A_OF("32", "[2]", "[0,8]"), 8, -1, "dtype: expected F32, F64, U8 or I64, got 32" },
    { A_OF("\"F32\"", "2", "[0,8]"), 8, -1, "tensor \"a\": shape: expected a list, got 2" },
    { A_OF("\"F32\"", "[-2]", "[0,8]"), 8, -1,
      "tensor \"a\": shape[0]: expected a whole number from 0 to 2^53, got -2" },
    { A_OF("\"F32\"", "[1,1.5]", "[0,8]"), 8, -1,
      "tensor \"a\": shape[1]: expected a whole number from 0 to 2^53, got 1.5" },
    { A_OF("\"F32\"", "[\"2\"]", "[0,8]"), 8, -1,
      "shape[0]: expected a whole number from 0 to 2^53, got \"2\"" },
    { A_OF("\"F32\"", "[true]", "[0,8]"), 8, -1,
      "shape[0]: expected a whole number from 0 to 2^53, got true or false" },
    { A_OF("\"F32\"", "[1e300]", "[0,8]"), 8, -1,
      "shape[0]: expected a whole number from 0 to 2^53, got 1e+300" },
    { A_OF("\"F32\"", "[1e999]", "[0,8]"), 8, -1, "header:1: expected ... got \"1e999\"" },
    { A_OF("\"F32\"", "[9007199254740994]", "[0,8]"), 8, -1,
      "shape[0]: expected a whole number from 0 to 2^53, got 9007199254740994" },
    { A_OF("\"F32\"", "[4294967296,4294967296]", "[0,0]"), 0, -1,
      "tensor \"a\": shape: its product does not fit" },
    { A_OF("\"F64\"", "[9007199254740992,256]", "[0,0]"), 0, -1,
      "shape: its product does not fit" },
    { A_OF("\"F32\"", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4, -1,
      "shape: expected at most 8 dimensions, got 9" },
    { A_OF("\"F32\"", "[2]", "[0,4]"), 4, -1,
      "tensor \"a\": data_offsets: expected 8 bytes by dtype and shape, got 4" },
    { A_OF("\"F32\"", "[2]", "[0,8]"), 4, -1,
      "data_offsets: expected a part of the 4 bytes of data, got [0, 8]" },
    { A_OF("\"F32\"", "[2]", "[8,0]"), 8, -1,
      "data_offsets: expected a part of the 8 bytes of data, got [8, 0]" },
    { A_OF("\"F32\"", "[2]", "[-8,0]"), 8, -1,
      "data_offsets: expected a whole number from 0 to 2^53, got -8" },
    { A_OF("\"F32\"", "[2]", "[0,8.5]"), 8, -1,
      "data_offsets: expected a whole number from 0 to 2^53, got 8.5" },
    { A_OF("\"F32\"", "[2]", "[0]"), 8, -1, "data_offsets: expected a list of two" },
    { A_OF("\"F32\"", "[2]", "[0,4,8]"), 8, -1, "data_offsets: expected a list of two" },
    { A_OF("\"F32\"", "[2]", "{\"x\":0,\"y\":8}"), 8, -1,
      "data_offsets: expected a list of two, [begin, end], got an object" },
    { A_OF("\"F32\"", "[2]", "[0,8]"), 12, -1, "expected 8 bytes of data by the tensors, got 12" },
    { A_OF("\"F32\"", "[2]", "[4,12]"), 12, -1,
      "tensor \"a\": data_offsets: expected to begin at 0" },
    { A_OF("\"F32\"", "[2]", "[0,8],\"strides\":[1]"), 8, -1,
      "tensor \"a\": expected the keys dtype, shape and data_offsets, got \"strides\"" },
    { A_OF("\"F32\"", "[2]", "[0,8],\"shape\":[2]"), 8, -1, "got the key \"shape\" twice" },
    { TWO("[0,8]", "[4,12]"), 12, -1, "tensor \"b\": data_offsets: expected to begin at 8" },
    { TWO("[12,20]", "[0,8]"), 20, -1, "tensor \"a\": data_offsets: expected to begin at 8" },
    { TWO("[0,8]", "[0,8]"), 8, -1, "tensor \"b\": data_offsets: expected to begin at 8" },
    { "{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},\"a\":{\"dtype\":\"U8\","
      "\"shape\":[0],\"data_offsets\":[0,0]}}",
      0, -1, "got the key \"a\" twice" },
    { "{\"\xC3\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, -1,
      "expected UTF-8 ... got the byte 0xc3" },
    { "{\"a\\u0000b\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, -1,
      "got \\u0000" },
    { "{\"__metadata__\":[]}", 0, -1, "__metadata__: expected an object, got a list" },
    { "{\"__metadata__\":{\"epoch\":3}}", 0, -1,
      "__metadata__: \"epoch\": expected a string, got 3" },
    { "{\"__metadata__\":{\"x\":\"1\",\"x\":\"2\"}}", 0, -1, "got the key \"x\" twice" },
    { "{\"__metadata__\":{\"crc32c.a\":\"00000000\"}}", 0, -1,
      "header: damaged: has checksums of tensors, but does not start with its own" },
    { "{\"__metadata__\":{\"crc32c\":\"00000000\"}}", 0, -1, "header: damaged: expected CRC-32C " },
    { "{\"__metadata__\":{\"crc32c\":\"\"}}", 0, -1,
      "has checksums of tensors, but does not start with its own" },
    { "{\"__metadata__\":{\"crc32c\":\"0\",\"k\":\"vvvvvvvv\"}}", 0, -1,
      "expected CRC-32C \"0\" by the metadata" },
};

static void a_damaged_header_is_refused_by_a_message_that_names_the_place(void **state) {
    (void)state;
    for (size_t i = 0; i < LK_COUNT(damages); i++) {
        const struct damage *damage = &damages[i];
        lk_safetensors *file = NULL;
        lk_error err = { "" };
        write_raw(path_of("damaged"), damage->header, strlen(damage->header), damage->length,
                  damage->data_bytes);
        lk_status status = lk_safetensors_open(path_of("damaged"), &file, &err);
        if (status != LK_FORMAT)
            fail_msg("row %zu, %s: got status %d: %s", i, damage->header, status, err.text);
        assert_contains(err.text, damage->expected);
        assert_contains(err.text, "/damaged: ");
        assert_null(file);
    }
}

static void a_tensor_without_a_checksum_next_to_others_is_refused(void **state) {
    (void)state;
    char header[] =
        HEADER_START "00000000\"},\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]}}",
         digits[CRC_DIGITS + 1];
    lk_safetensors *file = NULL;
    lk_error err;
    snprintf(digits, sizeof digits, "%08x", (unsigned)lk_header_crc(header, strlen(header)));
    memcpy(header + strlen(HEADER_START), digits, CRC_DIGITS);
    write_raw(path_of("without"), header, strlen(header), -1, 3);
    assert_int_equal(lk_safetensors_open(path_of("without"), &file, &err), LK_FORMAT);
    assert_contains(err.text, "/without: tensor \"a\": damaged: the metadata has no CRC-32C");
}

static void a_header_of_more_than_100_million_bytes_is_refused_unread(void **state) {
    (void)state;
    lk_safetensors *file = NULL;
    lk_error err;
    write_raw(path_of("long"), "{}", 2, 100000001, 0);
    assert_int_equal(truncate(path_of("long"), 100000009), 0);
    assert_int_equal(lk_safetensors_open(path_of("long"), &file, &err), LK_FORMAT);
    assert_contains(err.text,
                    "header: expected a length of at most 100000000 bytes, got 100000001");
}

static void files_of_other_programs_without_checksums_are_read(void **state) {
    (void)state;
    static const char *const headers[] = {
        TWO("[8,16]", "[0,8]"),
        "{\"__metadata__\":{\"format\":\"pt\"},\"a\":{\"shape\":[2,2],\"data_offsets\":[0,16],"
        "\"dtype\":\"F32\"}}   ",
        "{\n  \"a/b\": {\"dtype\": \"U8\", \"shape\": [16], \"data_offsets\": [0, 16]}\n}",
        BYTES("a", "[0]", "[0,0]", "b", "[16]", "[0,16]"), /* what is empty comes first */
        BYTES("b", "[16]", "[0,16]", "a", "[0]", "[0,0]"),
    };
    static const char *const firsts[] = { "b", "a", "a/b", "a", "a" };
    for (size_t i = 0; i < LK_COUNT(headers); i++) {
        lk_safetensors *file = NULL;
        lk_error err;
        write_raw(path_of("foreign"), headers[i], strlen(headers[i]), -1, 16);
        assert_ok(lk_safetensors_open(path_of("foreign"), &file, &err), &err);
        assert_string_equal(lk_safetensors_at(file, 0)->name, firsts[i]);
        lk_safetensors_close(file);
    }
}

static void a_file_that_is_not_there_is_named(void **state) {
    (void)state;
    lk_safetensors *file = NULL;
    lk_error err;
    assert_int_equal(lk_safetensors_open("/nowhere/x.safetensors", &file, &err), LK_READ);
    assert_contains(err.text, "/nowhere/x.safetensors: cannot open");
    lk_safetensors_close(NULL);
}

static const struct refusal {
    const char *name, *other_name;
    int n_dims;
    lk_metadata metadata;
    const char *expected;
} refusals[] = {
    { "a", "a", 1, { "k", "v" }, "got the key \"crc32c.a\" twice" },
    { "__metadata__", "b", 1, { "k", "v" }, "got the key \"__metadata__\" twice" },
    { "a\xFF", "b", 1, { "k", "v" }, "expected UTF-8 ... got the byte 0xff" },
    { "a", "b", 9, { "k", "v" }, "tensor \"a\": expected 0 to 8 dimensions, got 9" },
    { "a",
      "b",
      1,
      { "crc32c.a", "v" },
      "metadata \"crc32c.a\": keys that start with crc32c are reserved" },
    { "a", "b", 1, { "k", "\xE2\x82" }, "expected UTF-8" },
};

static void what_could_not_be_read_again_is_not_written(void **state) {
    (void)state;
    lk_error err;
    write_valid(path_of("old"));
    for (size_t i = 0; i < LK_COUNT(refusals); i++) {
        const struct refusal *row = &refusals[i];
        const lk_stored_tensor two[] = {
            { .name = row->name,
              .type = LK_STORED_U8,
              .n_dims = row->n_dims,
              .shape = { 3 },
              .data = bytes },
            { .name = row->other_name,
              .type = LK_STORED_U8,
              .n_dims = 1,
              .shape = { 3 },
              .data = bytes },
        };
        assert_int_equal(lk_safetensors_write(path_of("old"), two, 2, &row->metadata, 1, &err),
                         LK_USAGE);
        assert_contains(err.text, row->expected);
        assert_contains(err.text, "/old: ");
    }
    lk_safetensors *file = NULL;
    assert_ok(lk_safetensors_open(path_of("old"), &file, &err), &err);
    lk_safetensors_close(file);
    assert_int_equal(lk_safetensors_write("/proc/nowhere/x", tensors, 1, NULL, 0, &err), LK_WRITE);
    assert_contains(err.text, "/proc/nowhere/x: cannot create");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(data_starts_at_a_multiple_of_8_and_equal_contents_give_equal_bytes),
        cmocka_unit_test(no_tensors_and_no_metadata_make_a_file_too),
        cmocka_unit_test(any_flipped_bit_is_refused),
        cmocka_unit_test(a_flipped_bit_of_the_data_names_its_tensor),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(a_damaged_header_is_refused_by_a_message_that_names_the_place),
        cmocka_unit_test(a_tensor_without_a_checksum_next_to_others_is_refused),
        cmocka_unit_test(a_header_of_more_than_100_million_bytes_is_refused_unread),
        cmocka_unit_test(files_of_other_programs_without_checksums_are_read),
        cmocka_unit_test(a_file_that_is_not_there_is_named),
        cmocka_unit_test(what_could_not_be_read_again_is_not_written),
    };
    return cmocka_run_group_tests(tests, make_folder, NULL);
}
