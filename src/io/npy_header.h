/** The header of NumPy's npy files (numpy.lib.format), read from a file or any other bytes. */
#ifndef LIKENESS_IO_NPY_HEADER_H
#define LIKENESS_IO_NPY_HEADER_H

#include "io/stored.h"
#include <likeness/status.h>

typedef struct lk_npy_header {
    lk_stored_type type; /* F32, F64 or U8; LK_N_STORED_TYPES: another */
    char descr[32];      /* the type as the header has it, for messages; a long one is cut */
    bool is_fortran;     /* the first index changes fastest */
    int n_dims;          /* shape holds the first LK_STORED_DIMS_MAX of them */
    size_t shape[LK_STORED_DIMS_MAX]; /* too large a number becomes INT64_MAX */
} lk_npy_header;

/** Where the bytes come from. */
typedef struct lk_npy_bytes {
    const char *path; /* for messages */
    /* reads exactly n_bytes; its errors name the path */
    lk_status (*read)(void *self, void *data, size_t n_bytes, lk_error *err);
    void *self;
} lk_npy_bytes;

/**
 * Read a header of format 1.0, 2.0 or 3.0. The next byte is then the first of the values.
 *
 * errors  those of bytes->read; LK_FORMAT: path, expected, got
 */
lk_status lk_npy_header_read(const lk_npy_bytes *bytes, lk_npy_header *header, lk_error *err);

#endif
