/* Pictures that show many pictures: tables, and originals above their reconstructions. */
#include "image/collage.h"

#include <likeness/memory.h>

/* LABELS: room for labels, in pixels */
enum { COLUMNS = 8, ZOOM = 2, GAP = 2, PAIRS_MAX = 4096, LABELS = 1000 };

lk_status lk_collage_table(const char *path, lk_image_shape shape, int n_rows, int n_columns,
                           const lk_real *const *cells, const char *const *labels, lk_error *err) {
    size_t n = (size_t)n_rows * (size_t)n_columns,
           size = (size_t)shape.size * (size_t)shape.size * (size_t)shape.channels;
    lk_image *images = lk_alloc(lk_size_mul(n, sizeof *images)), grid = { 0 };
    uint8_t *pixels = lk_alloc(lk_size_mul(n, size));
    lk_status status = images && pixels ? LK_OK : lk_fail_memory(err, lk_size_mul(n, size), path);
    for (size_t i = 0; i < n && !status; i++) {
        images[i] = (lk_image){ shape.size, shape.size, shape.channels,
                                cells[i] ? pixels + i * size : NULL };
        if (cells[i]) lk_bytes_from_reals(cells[i], size, images[i].pixels);
    }
    lk_grid_options options = {
        .n_rows = n_rows, .n_columns = n_columns, .gap = GAP, .zoom = ZOOM, .labels = labels
    };
    if (!status) status = lk_grid(images, &options, &grid, err);
    if (!status) status = lk_image_write_png(path, &grid, err);
    lk_image_deinit(&grid);
    lk_free(pixels);
    lk_free(images);
    return status;
}

lk_status lk_collage_check(const char *path, lk_image_shape shape, int64_t n_rows,
                           int64_t n_columns, const char *fewer, lk_error *err) {
    int64_t cell = (int64_t)shape.size * ZOOM + GAP, most = LK_GRID_SIDE_MAX;
    bool fits = n_rows <= most / cell && n_columns <= most / cell;
    int64_t width = fits ? n_columns * cell + GAP + LABELS : 0,
            height = fits ? n_rows * cell + GAP : 0;
    if (fits && width <= most && height <= most && width * height <= LK_IMAGE_PIXELS_MAX)
        return LK_OK;
    return lk_fail(
        err, LK_USAGE,
        "%s: expected a picture with sides of at most %lld and at most %d pixels in all, "
        "got %lld rows of %lld pictures of %d x %d; %s",
        path, (long long)most, LK_IMAGE_PIXELS_MAX, (long long)n_rows, (long long)n_columns,
        shape.size, shape.size, fewer);
}

lk_status lk_collage_columns(const char *path, lk_image_shape shape, int n, int n_rows,
                             const lk_real *const *rows, const char *const *labels, lk_error *err) {
    int columns = n < COLUMNS ? n : COLUMNS, all_rows = (n + columns - 1) / columns * n_rows;
    size_t n_cells = (size_t)all_rows * (size_t)columns,
           size = (size_t)shape.size * (size_t)shape.size * (size_t)shape.channels;
    const lk_real **cells = lk_alloc(n_cells * sizeof *cells);
    const char **texts = lk_alloc((size_t)all_rows * sizeof *texts);
    lk_status status = cells && texts ? LK_OK : lk_fail_memory(err, n_cells * sizeof *cells, path);
    for (int row = 0; row < all_rows && !status; row++) {
        if (labels) texts[row] = labels[row % n_rows];
        for (int column = 0; column < columns; column++) {
            int i = row / n_rows * columns + column;
            if (i < n) cells[row * columns + column] = rows[row % n_rows] + (size_t)i * size;
        }
    }
    if (!status)
        status =
            lk_collage_table(path, shape, all_rows, columns, cells, labels ? texts : NULL, err);
    lk_free(texts);
    lk_free(cells);
    return status;
}

int lk_collage_columns_max(lk_image_shape shape, int n_rows) {
    int64_t cell = (int64_t)shape.size * ZOOM + GAP, most = LK_GRID_SIDE_MAX / cell / n_rows,
            of_pixels = LK_IMAGE_PIXELS_MAX / (COLUMNS * cell + LABELS) / cell / n_rows;
    return (int)(most < of_pixels ? most : of_pixels) * COLUMNS;
}

lk_status lk_collage_pairs(const char *path, lk_image_shape shape, int n, const lk_real *originals,
                           const lk_real *reconstructions, const lk_real *samples, lk_error *err) {
    if (n < 1 || n > PAIRS_MAX)
        return lk_fail(err, LK_USAGE, "%s: expected 1 to %d pairs, got %d", path, PAIRS_MAX, n);
    int pairs = n < COLUMNS ? n : COLUMNS, rows = 2 * ((n + pairs - 1) / pairs),
        columns = samples ? 2 * pairs + 1 : pairs;
    size_t size = (size_t)shape.size * (size_t)shape.size * (size_t)shape.channels;
    const lk_real **cells = lk_alloc((size_t)rows * (size_t)columns * sizeof *cells);
    if (!cells) return lk_fail_memory(err, (size_t)rows * (size_t)columns * sizeof *cells, path);
    for (int i = 0; i < n; i++)
        for (int half = 0; half < 2; half++) {
            int at = (i / pairs * 2 + half) * columns + i % pairs;
            cells[at] = (half ? reconstructions : originals) + (size_t)i * size;
            if (samples) cells[at + pairs + 1] = samples + (size_t)(2 * i + half) * size;
        }
    lk_status status = lk_collage_table(path, shape, rows, columns, cells, NULL, err);
    lk_free(cells);
    return status;
}
