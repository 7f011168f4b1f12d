/* Pictures of originals above their reconstructions. */
#include "run/record.h"

enum { COLUMNS = 8, ZOOM = 2, GAP = 2, PAIRS_MAX = 4096 };

static lk_status to_images(lk_image_shape shape, int n, const lk_real *originals, const lk_real *reconstructions, lk_image *cells,
                           uint8_t *pixels) {
    size_t size = (size_t)shape.size * (size_t)shape.size * (size_t)shape.channels;
    int columns = n < COLUMNS ? n : COLUMNS;
    for (int i = 0; i < n; i++)
        for (int half = 0; half < 2; half++) {
            uint8_t *at = pixels + ((size_t)i * 2 + (size_t)half) * size;
            lk_bytes_from_reals((half ? reconstructions : originals) + (size_t)i * size, size, at);
            cells[(i / columns * 2 + half) * columns + i % columns] = (lk_image){ shape.size, shape.size, shape.channels, at };
        }
    return LK_OK;
}

lk_status lk_pairs_picture(const char *path, lk_image_shape shape, int n, const lk_real *originals, const lk_real *reconstructions,
                           lk_error *err) {
    int columns = n < COLUMNS ? n : COLUMNS, rows = n ? 2 * ((n + columns - 1) / columns) : 0;
    if (n < 1 || n > PAIRS_MAX) return lk_fail(err, LK_USAGE, "%s: got %d pairs, wanted 1 to %d", path, n, PAIRS_MAX);
    size_t bytes = 2 * (size_t)n * (size_t)shape.size * (size_t)shape.size * (size_t)shape.channels;
    lk_image *cells = lk_alloc((size_t)(rows * columns) * sizeof *cells), grid = { 0 };
    uint8_t *pixels = lk_alloc(bytes);
    lk_status status = cells && pixels ? LK_OK : lk_fail_memory(err, bytes, path);
    if (!status) status = to_images(shape, n, originals, reconstructions, cells, pixels);
    lk_grid_options options = { .n_rows = rows, .n_columns = columns, .gap = GAP, .zoom = ZOOM };
    if (!status) status = lk_grid(cells, &options, &grid, err);
    if (!status) status = lk_image_write_png(path, &grid, err);
    lk_image_deinit(&grid);
    lk_free(pixels);
    lk_free(cells);
    return status;
}
