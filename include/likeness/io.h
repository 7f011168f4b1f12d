/**
 * io: file formats, and nothing about what is stored in them: safetensors and NumPy's npy, read and
 * written. Numbers in both are little-endian, as are the machines this is built for.
 */
#ifndef LIKENESS_IO_H
#define LIKENESS_IO_H

#include <likeness/base.h>

enum { LK_STORED_DIMS_MAX = 8 };

/** Types of stored numbers: name in the file, bytes of one. */
#define LK_STORED_TYPE_LIST(X)           X(F32, 4) X(F64, 8) X(U8, 1) X(I64, 8)
#define LK_STORED_TYPE_ENUM(name, bytes) LK_STORED_##name,
typedef enum lk_stored_type {
    LK_STORED_TYPE_LIST(LK_STORED_TYPE_ENUM) LK_N_STORED_TYPES
} lk_stored_type;
#undef LK_STORED_TYPE_ENUM

/** A tensor as it lies in a file: row-major, no dimensions for a single number. Everything is
 * borrowed. */
typedef struct lk_stored_tensor {
    const char *name;
    lk_stored_type type;
    int n_dims;
    size_t shape[LK_STORED_DIMS_MAX];
    const void *data; /* may lie at any address: copy the bytes out */
    size_t n_bytes;   /* what the reader found; the writer goes by the shape */
} lk_stored_tensor;

typedef struct lk_metadata {
    const char *key, *value;
} lk_metadata;

/* ---- safetensors ----------------------------------------------------------------------------- */

/**
 * Write a safetensors file, whole or not at all, the tensors in the order given and from where they
 * lie.
 *
 * format  u64 header length, JSON header padded by spaces to a multiple of 8, data without holes
 *         (https://github.com/huggingface/safetensors). In its metadata, before the caller's,
 *         CRC-32C in 8 hexadecimal digits: "crc32c.<name>" of a tensor's bytes, and "crc32c", which
 *         comes first, of the header itself with those 8 digits as zeros. Equal arguments give
 *         equal bytes.
 * errors  LK_USAGE (a name or key twice, not UTF-8, starting with "crc32c"; more than
 *         LK_STORED_DIMS_MAX dimensions), LK_WRITE, LK_MEMORY; the old file stays then
 */
lk_status lk_safetensors_write(const char *path, const lk_stored_tensor *tensors, size_t n_tensors,
                               const lk_metadata *metadata, size_t n_metadata, lk_error *err);

/** A safetensors file open for reading, mapped: nothing is copied. */
typedef struct lk_safetensors lk_safetensors;

/**
 * Open and check everything before anything is used: lengths, JSON, UTF-8, names, types, shapes,
 * offsets without holes or overlap that end with the file; and, where the metadata has any "crc32c"
 * key, the header's checksum and every tensor's.
 *
 * memory  the caller closes it; views, names and metadata live until then
 * errors  LK_READ; LK_FORMAT: path, tensor, got, wanted; LK_MEMORY
 */
lk_status lk_safetensors_open(const char *path, lk_safetensors **file, lk_error *err);
void lk_safetensors_close(lk_safetensors *file);
size_t lk_safetensors_count(const lk_safetensors *file);
/** In the order of the data; index below lk_safetensors_count(). */
const lk_stored_tensor *lk_safetensors_at(const lk_safetensors *file, size_t index);
/** The tensor of that name, or NULL. */
const lk_stored_tensor *lk_safetensors_find(const lk_safetensors *file, const char *name);
/** The metadata under that key, or NULL. */
const char *lk_safetensors_metadata(const lk_safetensors *file, const char *key);

const char *lk_stored_type_name(lk_stored_type type);
size_t lk_stored_type_bytes(lk_stored_type type);

/* ---- npy ------------------------------------------------------------------------------------- */

/** An array read from an npy file; values of any type as double, which holds them all. */
typedef struct lk_npy {
    int n_dims;
    size_t shape[LK_STORED_DIMS_MAX], n;
    double *values;
} lk_npy;

/**
 * Write an array as float32, format 1.0, C order (numpy.lib.format), whole or not at all.
 *
 * shape   values (shape[0], ..., shape[n_dims - 1]), n_dims from 0 to LK_STORED_DIMS_MAX
 * errors  LK_WRITE
 */
lk_status lk_npy_write(const char *path, const lk_real *values, const size_t *shape, int n_dims,
                       lk_error *err);
/** The same as float64. */
lk_status lk_npy_write_doubles(const char *path, const double *values, const size_t *shape,
                               int n_dims, lk_error *err);

/**
 * Read what the two above and numpy.save write: format 1.0, C order, '<f4', '<f8' or '|u1'.
 *
 * memory  the caller calls lk_npy_deinit()
 * errors  LK_READ; LK_FORMAT: path, got, wanted; LK_MEMORY
 */
lk_status lk_npy_read(const char *path, lk_npy *array, lk_error *err);
void lk_npy_deinit(lk_npy *array);

#endif
