/* NumPy's array files in the few forms that the program writes and reads. */
#include "io/npy.h"
#include "base/file.h"
#include "io/npy_header.h"

#include <likeness/memory.h>

#include <stdio.h>
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
    const char *path;
    const lk_map *map;
    size_t at;
};

static lk_status read_bytes(void *self, void *data, size_t n_bytes, lk_error *err) {
    struct reader *reader = self;
    if (reader->map->n_bytes - reader->at < n_bytes)
        return lk_fail(err, LK_FORMAT, "%s: ends too early", reader->path);
    if (n_bytes) memcpy(data, reader->map->data + reader->at, n_bytes);
    reader->at += n_bytes;
    return LK_OK;
}

static lk_status check_form(const lk_npy_header *header, const char *path, lk_error *err) {
    if (header->type == LK_N_STORED_TYPES)
        return lk_fail(err, LK_FORMAT, "%s: header: expected '<f4', '<f8' or '|u1', got %s", path,
                       header->descr);
    if (header->is_fortran)
        return lk_fail(err, LK_FORMAT, "%s: header: expected C order, got Fortran order", path);
    if (header->n_dims > LK_STORED_DIMS_MAX)
        return lk_fail(err, LK_FORMAT, "%s: header: expected at most %d dimensions, got %d", path,
                       LK_STORED_DIMS_MAX, header->n_dims);
    return LK_OK;
}

/* Count the values, which must be the rest of the file. */
static lk_status count_values(const lk_npy_header *header, const struct reader *reader, size_t *n,
                              lk_error *err) {
    size_t type_bytes = lk_stored_type_bytes(header->type), n_bytes = type_bytes,
           got = reader->map->n_bytes - reader->at;
    for (int d = 0; d < header->n_dims; d++)
        n_bytes = lk_size_mul(n_bytes, header->shape[d]); /* saturates */
    *n = n_bytes / type_bytes;
    if (n_bytes == got) return LK_OK;
    return lk_fail(err, LK_FORMAT, "%s: data: expected %zu bytes by the shape, got %zu",
                   reader->path, n_bytes, got);
}

static double value_at(const uint8_t *data, lk_stored_type type, size_t index) {
    const uint8_t *at = data + index * lk_stored_type_bytes(type);
    float single = 0;
    double value = 0;
    if (type == LK_STORED_U8) return *at;
    memcpy(&single, at, sizeof single);
    if (type == LK_STORED_F32) return (double)single;
    memcpy(&value, at, sizeof value);
    return value;
}

static lk_status read_array(struct reader *reader, lk_npy *array, lk_error *err) {
    const lk_npy_bytes bytes = { .path = reader->path, .read = read_bytes, .self = reader };
    lk_npy_header header;
    lk_status status = lk_npy_header_read(&bytes, &header, err);
    if (!status) status = check_form(&header, reader->path, err);
    if (!status) status = count_values(&header, reader, &array->n, err);
    if (status) return status;
    array->n_dims = header.n_dims;
    memcpy(array->shape, header.shape, sizeof array->shape);
    size_t n_bytes = lk_size_mul(array->n, sizeof(double));
    array->values = lk_alloc(n_bytes);
    if (!array->values) {
        status = lk_fail_memory(err, n_bytes, "an array");
        lk_error_prefix(err, "%s", reader->path);
        return status;
    }
    for (size_t i = 0; i < array->n; i++)
        array->values[i] = value_at(reader->map->data + reader->at, header.type, i);
    return LK_OK;
}

lk_status lk_npy_read(const char *path, lk_npy *out, lk_error *err) {
    lk_map map = { 0 };
    lk_npy array = { 0 };
    lk_status status = lk_map_open(path, &map, err);
    if (status) return status;
    struct reader reader = { .path = path, .map = &map };
    status = read_array(&reader, &array, err);
    lk_map_close(&map);
    if (!status) *out = array;
    return status;
}

void lk_npy_deinit(lk_npy *array) {
    lk_free(array->values);
    *array = (lk_npy){ 0 };
}
