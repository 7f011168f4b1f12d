/** Tensors as they lie in files: types, shapes, bytes. Numbers are little-endian, like the machines
 * this is built for. */
#ifndef LIKENESS_IO_STORED_H
#define LIKENESS_IO_STORED_H

#include <likeness/base.h>

enum { LK_STORED_DIMS_MAX = 8 };

/** Types of stored numbers: name in the file, bytes of one number. */
#define LK_STORED_TYPE_LIST(X)           X(F32, 4) X(F64, 8) X(U8, 1) X(I64, 8)
#define LK_STORED_TYPE_ENUM(name, bytes) LK_STORED_##name,
typedef enum lk_stored_type {
    LK_STORED_TYPE_LIST(LK_STORED_TYPE_ENUM) LK_N_STORED_TYPES
} lk_stored_type;
#undef LK_STORED_TYPE_ENUM

/** A tensor as it lies in a file: row-major; a single number has no dimensions. Everything is
 * borrowed. */
typedef struct lk_stored_tensor {
    const char *name;
    lk_stored_type type;
    int n_dims;
    size_t shape[LK_STORED_DIMS_MAX];
    const void *data; /* may be unaligned: copy the bytes out */
    size_t n_bytes;   /* set by the reader; the writer goes by the shape */
} lk_stored_tensor;

const char *lk_stored_type_name(lk_stored_type type);
size_t lk_stored_type_bytes(lk_stored_type type);

#endif
