/** NumPy's npy, read and written. */
#ifndef LIKENESS_IO_NPY_H
#define LIKENESS_IO_NPY_H

#include "io/stored.h"
#include <likeness/status.h>

/** An array read from an npy file. Values of any type become doubles, which hold them exactly. */
typedef struct lk_npy {
    int n_dims;
    size_t shape[LK_STORED_DIMS_MAX], n;
    double *values;
} lk_npy;

/**
 * Write an array as float32, format 1.0, C order (numpy.lib.format). The file appears whole or not
 * at all.
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
 * Read what the two functions above and numpy.save write: C order, '<f4', '<f8' or '|u1'.
 *
 * memory  the caller calls lk_npy_deinit()
 * errors  LK_READ; LK_FORMAT: path, expected, got; LK_MEMORY
 */
lk_status lk_npy_read(const char *path, lk_npy *array, lk_error *err);
void lk_npy_deinit(lk_npy *array);

#endif
