/* Columns of pictures that belong together, as many next to each other as a page takes. */
#include "draw/collage.h"

#include <likeness/memory.h>

lk_status lk_collage_strip_write(const char *path, const lk_collage_strip *strip,
                                 const lk_origin_notes *origin, lk_error *err) {
    int columns = strip->n < LK_STRIP_COLUMNS ? strip->n : LK_STRIP_COLUMNS,
        n_rows = (strip->n + columns - 1) / columns * strip->n_rows;
    size_t n_cells = (size_t)n_rows * (size_t)columns, size = (size_t)strip->shape.size *
                                                              (size_t)strip->shape.size *
                                                              (size_t)strip->shape.channels;
    const lk_real **cells = lk_alloc(n_cells * sizeof *cells);
    const char **captions = lk_alloc(n_cells * sizeof *captions);
    const char **labels = lk_alloc((size_t)n_rows * sizeof *labels);
    lk_status status = cells && captions && labels
                           ? LK_OK
                           : lk_fail_memory(err, 2 * n_cells * sizeof *cells, path);
    for (int row = 0; row < n_rows && !status; row++) {
        int of_strip = row % strip->n_rows;
        if (strip->labels) labels[row] = strip->labels[of_strip];
        for (int column = 0; column < columns; column++) {
            int i = row / strip->n_rows * columns + column, cell = row * columns + column;
            if (i >= strip->n) break;
            cells[cell] = strip->rows[of_strip] + (size_t)i * size;
            if (strip->captions) captions[cell] = strip->captions[of_strip * strip->n + i];
        }
    }
    const lk_collage collage = { .shape = strip->shape,
                                 .n_rows = n_rows,
                                 .n_columns = columns,
                                 .cells = cells,
                                 .title = strip->title,
                                 .subtitle = strip->subtitle,
                                 .labels = strip->labels ? labels : NULL,
                                 .captions = strip->captions ? captions : NULL,
                                 .block = strip->n_rows };
    if (!status) status = lk_collage_write(path, &collage, origin, err);
    lk_free(labels);
    lk_free(captions);
    lk_free(cells);
    return status;
}
