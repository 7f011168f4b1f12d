/** Pictures of many pictures: tables, and originals above their reconstructions. */
#ifndef LIKENESS_IMAGE_COLLAGE_H
#define LIKENESS_IMAGE_COLLAGE_H

#include <likeness/image.h>

/**
 * A picture of n_rows x n_columns small ones, `labels` (NULL: none) before the rows. shape each
 * cell (H, W, C), values in [0, 1]; NULL stays white. Errors: LK_WRITE, LK_MEMORY, LK_FORMAT (too
 * large).
 */
lk_status lk_collage_table(const char *path, lk_image_shape shape, int n_rows, int n_columns,
                           const lk_real *const *cells, const char *const *labels, lk_error *err);

/**
 * A picture of n originals above their reconstructions, in rows of 8; next to them, after a gap, 2
 * n samples (NULL: none).
 * shape  all (n or 2 n, H, W, C). Errors: as above, LK_USAGE (n)
 */
lk_status lk_collage_pairs(const char *path, lk_image_shape shape, int n, const lk_real *originals,
                           const lk_real *reconstructions, const lk_real *samples, lk_error *err);

#endif
