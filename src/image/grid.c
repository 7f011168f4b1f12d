/* Many small pictures as one. */
#include <likeness/image.h>

#include <string.h>

enum { LABEL_SCALE = 2, LABEL_MARGIN = 8 };

/* The first cell that is not blank gives the shape; all others must have it. */
static lk_status shape_of(const lk_image *cells, int n, lk_image *shape, lk_error *err) {
    *shape = (lk_image){ 0 };
    for (int i = 0; i < n; i++) {
        if (!cells[i].pixels) continue;
        if (!shape->pixels) *shape = cells[i];
        if (cells[i].width != shape->width || cells[i].height != shape->height ||
            cells[i].n_channels != shape->n_channels)
            return lk_fail(err, LK_FORMAT,
                           "grid: cell %d: expected %d x %d x %d like the first, got %d x %d x %d",
                           i, shape->width, shape->height, shape->n_channels, cells[i].width,
                           cells[i].height, cells[i].n_channels);
    }
    return shape->pixels ? LK_OK
                         : lk_fail(err, LK_FORMAT, "grid: expected at least one picture, got none");
}

static void paste(const lk_image *cell, int zoom, int left, int top, lk_image *out) {
    size_t n = (size_t)cell->n_channels;
    for (int y = 0; y < cell->height * zoom; y++) {
        const uint8_t *from = cell->pixels + (size_t)(y / zoom) * (size_t)cell->width * n;
        uint8_t *to = out->pixels + ((size_t)(top + y) * (size_t)out->width + (size_t)left) * n;
        for (int x = 0; x < cell->width * zoom; x++)
            memcpy(to + (size_t)x * n, from + (size_t)(x / zoom) * n, n);
    }
}

static int64_t side(int n_cells, int cell, int zoom, int gap) {
    return (int64_t)n_cells * ((int64_t)cell * zoom + gap) + gap;
}

static int label_width(const lk_grid_options *options) {
    int width = 0;
    if (!options->labels) return 0;
    for (int row = 0; row < options->n_rows; row++) {
        int text = lk_image_text_width(LABEL_SCALE, options->labels[row]);
        if (text > width) width = text;
    }
    return width + 2 * LABEL_MARGIN;
}

/* Each label stands next to the middle of its row; rows are `pitch` apart. */
static void draw_labels(const lk_grid_options *options, int pitch, lk_image *out) {
    static const uint8_t black[3] = { 0, 0, 0 };
    for (int row = 0; options->labels && row < options->n_rows; row++) {
        int y = options->gap + row * pitch + (pitch - LABEL_SCALE * LK_IMAGE_TEXT_HEIGHT) / 2;
        lk_image_draw_text(out, LABEL_MARGIN, y, LABEL_SCALE, black, options->labels[row]);
    }
}

lk_status lk_grid(const lk_image *cells, const lk_grid_options *options, lk_image *out,
                  lk_error *err) {
    enum { MOST = LK_GRID_SIDE_MAX };
    int zoom = options->zoom ? options->zoom : 1, gap = options->gap, rows = options->n_rows,
        columns = options->n_columns;
    if (rows < 1 || columns < 1 || rows > MOST || columns > MOST || gap < 0 || gap > MOST ||
        zoom < 1 || zoom > 64)
        return lk_fail(err, LK_FORMAT, "grid: got %d x %d cells, gap %d, zoom %d", rows, columns,
                       gap, zoom);
    lk_image shape, made;
    lk_status status = shape_of(cells, rows * columns, &shape, err);
    if (status) return status;
    int left = label_width(options) + gap;
    int64_t width = left - gap + side(columns, shape.width, zoom, gap),
            height = side(rows, shape.height, zoom, gap);
    if (width > MOST || height > MOST || width * height > LK_IMAGE_PIXELS_MAX)
        return lk_fail(err, LK_FORMAT,
                       "grid: expected sides of at most %d and at most %d pixels, got %lld x %lld",
                       MOST, LK_IMAGE_PIXELS_MAX, (long long)width, (long long)height);
    status = lk_image_init(&made, (int)width, (int)height, shape.n_channels, err);
    if (status) return status;
    memset(made.pixels, 255, lk_image_bytes(&made));
    for (int i = 0; i < rows * columns; i++)
        if (cells[i].pixels)
            paste(&cells[i], zoom, left + i % columns * (shape.width * zoom + gap),
                  gap + i / columns * (shape.height * zoom + gap), &made);
    draw_labels(options, shape.height * zoom + gap, &made);
    *out = made;
    return LK_OK;
}
