/** Pictures that show many pictures: tables, and originals above their reconstructions. */
#ifndef LIKENESS_IMAGE_COLLAGE_H
#define LIKENESS_IMAGE_COLLAGE_H

#include <likeness/image.h>

/**
 * Write a picture of n_rows x n_columns small ones, with `labels` (NULL: none) before the rows.
 * shape   each cell (H, W, C), values in [0, 1]; a NULL cell stays white
 * errors  LK_WRITE, LK_MEMORY, LK_FORMAT (too large)
 */
lk_status lk_collage_table(const char *path, lk_image_shape shape, int n_rows, int n_columns,
                           const lk_real *const *cells, const char *const *labels, lk_error *err);

/**
 * Whether such a table is small enough, before its pictures are made. `path`: of
 * the picture; fewer: what the user can do, both for the message. Errors: LK_USAGE.
 */
lk_status lk_collage_check(const char *path, lk_image_shape shape, int64_t n_rows,
                           int64_t n_columns, const char *fewer, lk_error *err);

/**
 * Write a picture of n columns of n_rows pictures each, 8 columns next to each other and then the
 * next 8 below, with `labels` (NULL: none) before the rows.
 * shape   each of the n_rows rows (n, H, W, C)
 * errors  as above
 */
lk_status lk_collage_columns(const char *path, lk_image_shape shape, int n, int n_rows,
                             const lk_real *const *rows, const char *const *labels, lk_error *err);
/** How many columns of n_rows pictures fit into one picture. */
int lk_collage_columns_max(lk_image_shape shape, int n_rows);

/**
 * Write a picture of n originals above their reconstructions, in rows of 8, with 2 n samples (NULL:
 * none) to the right of them after a gap.
 * shape   all (n or 2 n, H, W, C)
 * errors  as above, and LK_USAGE (n)
 */
lk_status lk_collage_pairs(const char *path, lk_image_shape shape, int n, const lk_real *originals,
                           const lk_real *reconstructions, const lk_real *samples, lk_error *err);

#endif
