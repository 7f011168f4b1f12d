/* NumPy's array files: format 1.0 of numpy.lib.format, in the few forms that the program writes and
   reads. */
#include "io/npy.h"
#include "base/file.h"

#include <likeness/memory.h>
#include <likeness/text.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file starts with magic, version and u16 header length, then a Python dict padded with spaces
   and a line end to a multiple of 64. */
enum { START_BYTES = 10, ALIGNMENT = 64, DICT_MAX = 512, CHUNK = 4096 };
static const char magic[] = "\x93NUMPY\x01"; /* its terminating 0 is the minor version */

/* ---- writing ---- */

/* A tuple as Python writes it: (), (3,), (3, 4). */
static void print_shape(const size_t *shape, int n_dims, char *out, size_t n_bytes) {
    size_t n = (size_t)snprintf(out, n_bytes, "(");
    for (int d = 0; d < n_dims; d++)
        n += (size_t)snprintf(out + n, n_bytes - n, "%s%zu", d ? ", " : "", shape[d]);
    snprintf(out + n, n_bytes - n, n_dims == 1 ? ",)" : ")");
}

/* Returns the number of bytes before the data. */
static size_t make_header(const char *type, const size_t *shape, int n_dims, char out[DICT_MAX]) {
    char tuple[24 * LK_STORED_DIMS_MAX], dict[DICT_MAX];
    print_shape(shape, n_dims, tuple, sizeof tuple);
    int n = snprintf(dict, sizeof dict, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }",
                     type, tuple);
    size_t total = (START_BYTES + (size_t)n + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT,
           length = total - START_BYTES;
    memset(out, ' ', total);
    memcpy(out, magic, sizeof magic);
    out[8] = (char)(length & 255);
    out[9] = (char)(length >> 8);
    memcpy(out + START_BYTES, dict, (size_t)n);
    out[total - 1] = '\n';
    return total;
}

typedef lk_status append(lk_file *file, const void *values, size_t n, lk_error *err);

static lk_status append_floats(lk_file *file, const void *reals, size_t n, lk_error *err) {
    const lk_real *values = reals;
    float chunk[CHUNK];
    lk_status status = LK_OK;
    for (size_t at = 0; at < n && !status; at += CHUNK) {
        size_t n_chunk = n - at < CHUNK ? n - at : CHUNK;
        for (size_t i = 0; i < n_chunk; i++) chunk[i] = (float)values[at + i];
        status = lk_file_append(file, chunk, n_chunk * sizeof(float), err);
    }
    return status;
}

static lk_status append_doubles(lk_file *file, const void *values, size_t n, lk_error *err) {
    return lk_file_append(file, values, n * sizeof(double), err);
}

static lk_status write_array(const char *path, const char *type, append *append_values,
                             const void *values, const size_t *shape, int n_dims, lk_error *err) {
    char header[DICT_MAX];
    size_t n = 1;
    for (int d = 0; d < n_dims; d++) n *= shape[d];
    size_t n_header = make_header(type, shape, n_dims, header);
    lk_file file;
    lk_status status = lk_file_create(path, &file, err);
    if (!status) status = lk_file_append(&file, header, n_header, err);
    if (!status) status = append_values(&file, values, n, err);
    if (!status) status = lk_file_commit(&file, err);
    lk_file_discard(&file);
    return status;
}

lk_status lk_npy_write(const char *path, const lk_real *values, const size_t *shape, int n_dims,
                       lk_error *err) {
    return write_array(path, "<f4", append_floats, values, shape, n_dims, err);
}

lk_status lk_npy_write_doubles(const char *path, const double *values, const size_t *shape,
                               int n_dims, lk_error *err) {
    return write_array(path, "<f8", append_doubles, values, shape, n_dims, err);
}

/* ---- reading ---- */

struct reader {
    char dict[DICT_MAX]; /* ends in 0 */
    const char *at;
    const uint8_t *data;
    size_t data_bytes;
    lk_stored_type type;
};

static lk_status find_dict(const lk_map *map, struct reader *reader, lk_error *err) {
    if (map->n_bytes < START_BYTES || memcmp(map->data, magic, sizeof magic) != 0)
        return lk_fail(err, LK_FORMAT, "not an npy file of format 1.0");
    size_t n = (size_t)map->data[8] + 256 * (size_t)map->data[9];
    if (n >= DICT_MAX || n > map->n_bytes - START_BYTES)
        return lk_fail(err, LK_FORMAT,
                       "header: expected a length of at most %d bytes, and of the %zu that the "
                       "file has after it, got %zu",
                       DICT_MAX - 1, map->n_bytes - START_BYTES, n);
    memcpy(reader->dict, map->data + START_BYTES, n);
    reader->dict[n] = 0;
    reader->at = reader->dict;
    reader->data = map->data + START_BYTES + n;
    reader->data_bytes = map->n_bytes - START_BYTES - n;
    return LK_OK;
}

static bool eat(struct reader *reader, const char *word) {
    if (strncmp(reader->at, word, strlen(word)) != 0) return false;
    reader->at += strlen(word);
    return true;
}

static lk_status unexpected(const struct reader *reader, const char *expected, lk_error *err) {
    char got[64];
    return lk_fail(err, LK_FORMAT, "header: expected %s, got %s", expected,
                   lk_text_quoted(reader->at, got, sizeof got));
}

static lk_status read_type(struct reader *reader, lk_error *err) {
    if (!eat(reader, "{'descr': ")) return unexpected(reader, "{'descr': ", err);
    if (eat(reader, "'<f4'"))
        reader->type = LK_STORED_F32;
    else if (eat(reader, "'<f8'"))
        reader->type = LK_STORED_F64;
    else if (eat(reader, "'|u1'"))
        reader->type = LK_STORED_U8;
    else
        return unexpected(reader, "'<f4', '<f8' or '|u1'", err);
    return eat(reader, ", 'fortran_order': False, 'shape': (")
               ? LK_OK
               : unexpected(reader, ", 'fortran_order': False, 'shape': (", err);
}

static lk_status read_shape(struct reader *reader, lk_npy *array, lk_error *err) {
    size_t n_bytes = lk_stored_type_bytes(reader->type);
    while (!eat(reader, ")")) {
        char *end = NULL;
        if (array->n_dims == LK_STORED_DIMS_MAX)
            return unexpected(reader, "at most 8 dimensions", err);
        if (*reader->at < '0' || *reader->at > '9')
            return unexpected(reader, "a whole number or )", err);
        /* saturates, and so does the product */
        size_t dim = (size_t)strtoull(reader->at, &end, 10);
        reader->at = end;
        array->shape[array->n_dims++] = dim;
        n_bytes = lk_size_mul(n_bytes, dim);
        if (!eat(reader, ", ") && !eat(reader, ",") && *reader->at != ')')
            return unexpected(reader, ", or )", err);
    }
    if (!eat(reader, ", }")) return unexpected(reader, ", }", err);
    if (n_bytes != reader->data_bytes)
        return lk_fail(err, LK_FORMAT, "data: expected %zu bytes by the shape, got %zu", n_bytes,
                       reader->data_bytes);
    array->n = n_bytes / lk_stored_type_bytes(reader->type);
    return LK_OK;
}

static double value_at(const struct reader *reader, size_t index) {
    const uint8_t *at = reader->data + index * lk_stored_type_bytes(reader->type);
    float single = 0;
    double value = 0;
    if (reader->type == LK_STORED_U8) return *at;
    memcpy(&single, at, sizeof single);
    if (reader->type == LK_STORED_F32) return (double)single;
    memcpy(&value, at, sizeof value);
    return value;
}

static lk_status read_values(const struct reader *reader, lk_npy *array, lk_error *err) {
    size_t n_bytes = lk_size_mul(array->n, sizeof(double));
    array->values = lk_alloc(n_bytes);
    if (!array->values) return lk_fail_memory(err, n_bytes, "an array");
    for (size_t i = 0; i < array->n; i++) array->values[i] = value_at(reader, i);
    return LK_OK;
}

lk_status lk_npy_read(const char *path, lk_npy *out, lk_error *err) {
    lk_map map = { 0 };
    lk_npy array = { 0 };
    struct reader reader = { 0 };
    lk_status status = lk_map_open(path, &map, err);
    if (status) return status;
    status = find_dict(&map, &reader, err);
    if (!status) status = read_type(&reader, err);
    if (!status) status = read_shape(&reader, &array, err);
    if (!status) status = read_values(&reader, &array, err);
    lk_map_close(&map);
    if (status)
        lk_error_prefix(err, "%s", path);
    else
        *out = array;
    return status;
}

void lk_npy_deinit(lk_npy *array) {
    lk_free(array->values);
    *array = (lk_npy){ 0 };
}
