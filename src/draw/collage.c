/* Tables of small pictures on a canvas: first the places of everything, then the drawing. */
#include "draw/collage.h"

#include <likeness/memory.h>

#include <math.h>
#include <string.h>

enum { SIDE = 128, GAP = 2, MARGIN = 8, BLOCK_GAP = 12, BAR = 6, WIDTH_MIN = 420 };
enum { TEXT_MIN = 13, TEXT_MAX = 28, LABELS_MAX = 460 };
/* room that lk_collage_check leaves for names, a caption below each picture, and a header */
enum { LABELS_ROOM = LABELS_MAX + 40, CAPTION_ROOM = 30, HEADER_ROOM = 240 };

/* Where everything is, in pixels. */
struct layout {
    const lk_collage *collage;
    lk_canvas *canvas;
    int zoom, cell;
    lk_text_style title, subtitle, head, label, note, caption;
    double label_width, left, top; /* of the first cell */
    double score_width;            /* of each column of numbers */
    double caption_height, width, height;
};

int lk_collage_zoom(lk_image_shape shape) {
    return shape.size < SIDE ? SIDE / shape.size : 1;
}

static const char *text_at(const char *const *texts, int i) {
    return texts && texts[i] ? texts[i] : "";
}

static double widest(lk_canvas *canvas, lk_text_style style, const char *const *texts, int n) {
    double width = 0;
    for (int i = 0; i < n && texts; i++)
        width = fmax(width, lk_text_width(canvas, style, text_at(texts, i)));
    return width;
}

static bool has_captions(const lk_collage *c, int row) {
    for (int i = 0; i < c->n_columns && c->captions; i++)
        if (c->captions[row * c->n_columns + i]) return true;
    return false;
}

/* ---- places ---- */

static void choose_styles(struct layout *at) {
    const lk_collage *c = at->collage;
    double all = c->n_columns * (at->cell + GAP), size = fmax(TEXT_MIN, fmin(TEXT_MAX, all / 45));
    at->title = (lk_text_style){ .size = size * 1.15, .colour = LK_COLOUR_TEXT, .bold = true };
    at->subtitle = (lk_text_style){ .size = size * 0.9, .colour = LK_COLOUR_GREY };
    at->label = (lk_text_style){ .size = size, .colour = LK_COLOUR_TEXT };
    at->note = (lk_text_style){ .size = size * 0.75, .colour = LK_COLOUR_GREY };
    at->head =
        (lk_text_style){ .size = size * 0.9, .colour = LK_COLOUR_TEXT, .align = LK_ALIGN_CENTRE };
    at->caption =
        (lk_text_style){ .size = size * 0.85, .colour = LK_COLOUR_GREY, .align = LK_ALIGN_CENTRE };
}

/* Texts over and under a cell are no wider than it. */
static void fit(const struct layout *at, lk_text_style *style, const char *const *texts, int n) {
    double width = widest(at->canvas, *style, texts, n);
    if (width > at->cell) style->size *= at->cell / width;
}

static double label_width(const struct layout *at) {
    const lk_collage *c = at->collage;
    double width = widest(at->canvas, at->label, c->labels, c->n_rows),
           below = widest(at->canvas, at->note, c->notes, c->n_rows);
    return fmin(LABELS_MAX, ceil(fmax(width, below)));
}

static lk_text_style score_style(const struct layout *at, bool bold) {
    return (lk_text_style){ .size = at->label.size * 0.9,
                            .colour = LK_COLOUR_TEXT,
                            .align = LK_ALIGN_RIGHT,
                            .bold = bold };
}

static bool has_scores(const lk_collage *c, int column) {
    bool any = false;
    for (int row = 0; row < c->n_rows && !any; row++)
        any = *c->scores[row * c->n_scores + column].text != 0;
    return any;
}

/* The number of columns of scores from `first` on that have some. */
static int count_scores(const lk_collage *c, int first) {
    int n = 0;
    for (int i = first; i < c->n_scores; i++) n += has_scores(c, i);
    return n;
}

static double score_width(const struct layout *at) {
    const lk_collage *c = at->collage;
    double width = 0;
    for (int i = 0; i < c->n_scores; i++)
        if (has_scores(c, i))
            width =
                fmax(width, lk_text_width(at->canvas, score_style(at, false), c->score_heads[i]));
    for (int i = 0; i < c->n_rows * c->n_scores; i++)
        width = fmax(width, lk_text_width(at->canvas, score_style(at, true), c->scores[i].text));
    return ceil(width + at->label.size);
}

/* Whole numbers, so that pixels stay exact. */
static double header_height(const struct layout *at) {
    const lk_collage *c = at->collage;
    double height = 0, width = at->width - 2 * MARGIN;
    if (c->title)
        height += lk_text_lines(at->canvas, width, at->title, c->title) * at->title.size * 1.3;
    if (c->subtitle)
        height +=
            lk_text_lines(at->canvas, width, at->subtitle, c->subtitle) * at->subtitle.size * 1.3;
    if (height > 0) height += MARGIN;
    if (c->heads || c->n_scores) height += at->head.size * 1.4;
    return ceil(height);
}

static double row_height(const struct layout *at, int row) {
    return at->cell + GAP + (has_captions(at->collage, row) ? at->caption_height : 0);
}

static double block_gap(const lk_collage *c, int row) {
    bool ends = c->gaps ? c->gaps[row] : c->block && (row + 1) % c->block == 0;
    return ends && row + 1 < c->n_rows ? BLOCK_GAP : 0;
}

static void place(struct layout *at) {
    const lk_collage *c = at->collage;
    at->zoom = lk_collage_zoom(c->shape);
    at->cell = at->zoom * c->shape.size;
    choose_styles(at);
    fit(at, &at->head, c->heads, c->n_columns);
    fit(at, &at->caption, c->captions, c->n_rows * c->n_columns);
    at->caption_height = ceil(at->caption.size * 1.5);
    at->label_width = label_width(at);
    at->left = at->label_width > 0 ? at->label_width + 2 * MARGIN : GAP;
    at->score_width = c->n_scores ? score_width(at) : 0;
    at->left += at->score_width * count_scores(c, 0);
    at->width = at->left + c->n_columns * (at->cell + GAP);
    if (c->title || c->subtitle) at->width = fmax(at->width, WIDTH_MIN);
    at->top = header_height(at) + GAP;
    at->height = at->top;
    for (int row = 0; row < c->n_rows; row++) at->height += row_height(at, row) + block_gap(c, row);
}

/* ---- drawing ---- */

/* A column of numbers ends where the next one begins, with a margin. */
static double score_right(const struct layout *at, int score) {
    return at->left - MARGIN - at->score_width * count_scores(at->collage, score + 1);
}

static void draw_header(const struct layout *at) {
    const lk_collage *c = at->collage;
    double y = 0, width = at->width - 2 * MARGIN, pitch = at->title.size * 1.3;
    if (c->title)
        y += pitch * lk_draw_text_wrapped(at->canvas, MARGIN, y + at->title.size * 1.1, width,
                                          pitch, at->title, c->title);
    pitch = at->subtitle.size * 1.3;
    if (c->subtitle)
        lk_draw_text_wrapped(at->canvas, MARGIN, y + at->subtitle.size * 1.1, width, pitch,
                             at->subtitle, c->subtitle);
    for (int i = 0; i < c->n_columns && c->heads; i++)
        lk_draw_text(at->canvas, at->left + i * (at->cell + GAP) + at->cell / 2.0,
                     at->top - at->head.size * 0.4, at->head, text_at(c->heads, i));
    for (int i = 0; i < c->n_scores; i++)
        if (has_scores(c, i))
            lk_draw_text(at->canvas, score_right(at, i), at->top - at->head.size * 0.4,
                         score_style(at, false), c->score_heads[i]);
}

static void draw_label(const struct layout *at, int row, double top) {
    const lk_collage *c = at->collage;
    bool noted = *text_at(c->notes, row);
    double middle = top + at->cell / 2.0,
           y = middle + (noted || c->bars ? -0.2 : 0.36) * at->label.size;
    lk_draw_text_within(at->canvas, MARGIN, y, at->label_width, at->label, text_at(c->labels, row));
    if (noted)
        lk_draw_text_within(at->canvas, MARGIN, y + at->note.size * 1.4, at->label_width, at->note,
                            text_at(c->notes, row));
    if (!c->bars) return;
    y += noted ? at->note.size * 1.8 : 0.5 * at->note.size;
    lk_draw_rectangle(at->canvas, MARGIN, y, at->label_width, BAR, LK_COLOUR_LIGHT);
    lk_draw_rectangle(at->canvas, MARGIN, y, at->label_width * fmax(0, fmin(1, c->bars[row])), BAR,
                      LK_COLOUR_BLUE);
}

static void draw_scores(const struct layout *at, int row, double top) {
    const lk_collage *c = at->collage;
    for (int i = 0; i < c->n_scores; i++) {
        const lk_collage_score *score = &c->scores[row * c->n_scores + i];
        lk_draw_text(at->canvas, score_right(at, i), top + at->cell / 2.0 + 0.36 * at->label.size,
                     score_style(at, score->best), score->text);
    }
}

static lk_status draw_cells(const struct layout *at, lk_error *err) {
    const lk_collage *c = at->collage;
    lk_image picture = { 0 };
    double top = at->top;
    lk_status status =
        lk_image_init(&picture, c->shape.size, c->shape.size, c->shape.channels, err);
    for (int row = 0; row < c->n_rows && !status; row++) {
        if (c->labels) draw_label(at, row, top);
        draw_scores(at, row, top);
        for (int column = 0; column < c->n_columns; column++) {
            int i = row * c->n_columns + column;
            double x = at->left + column * (at->cell + GAP);
            if (c->cells[i]) {
                lk_bytes_from_reals(c->cells[i], lk_image_bytes(&picture), picture.pixels);
                lk_draw_picture(at->canvas, x, top, at->zoom, &picture);
            }
            if (*text_at(c->captions, i))
                lk_draw_text(at->canvas, x + at->cell / 2.0,
                             top + at->cell + 1.05 * at->caption.size, at->caption, c->captions[i]);
        }
        top += row_height(at, row) + block_gap(c, row);
    }
    lk_image_deinit(&picture);
    if (!status && c->framed)
        lk_draw_frame(at->canvas, at->left + (c->framed - 1) * (at->cell + GAP), at->top, at->cell,
                      top - at->top - GAP, GAP, LK_COLOUR_RED);
    return status;
}

lk_status lk_collage_write(const char *path, const lk_collage *collage,
                           const lk_origin_notes *origin, lk_error *err) {
    struct layout at = { .collage = collage };
    lk_status status = lk_canvas_create(path, &at.canvas, err);
    if (status) return status;
    place(&at);
    status = lk_canvas_begin(at.canvas, at.width, at.height, 1, err);
    if (!status) draw_header(&at);
    if (!status) status = draw_cells(&at, err);
    if (!status) status = lk_canvas_write(at.canvas, origin, err);
    lk_canvas_destroy(at.canvas);
    return status;
}

/* ---- sizes ---- */

/* Room for a picture, with its caption. */
static int64_t pitch_of(lk_image_shape shape) {
    return (int64_t)shape.size * lk_collage_zoom(shape) + GAP + CAPTION_ROOM;
}

lk_status lk_collage_check(const char *path, lk_image_shape shape, int64_t n_rows,
                           int64_t n_columns, const char *fewer, lk_error *err) {
    int64_t cell = pitch_of(shape), most = LK_CANVAS_SIDE_MAX;
    bool fits = n_rows <= most / cell && n_columns <= most / cell;
    int64_t width = fits ? n_columns * cell + LABELS_ROOM : 0,
            height = fits ? n_rows * cell + HEADER_ROOM : 0;
    if (fits && width <= most && height <= most && width * height <= LK_IMAGE_PIXELS_MAX)
        return LK_OK;
    return lk_fail(
        err, LK_USAGE,
        "%s: expected a picture with sides of at most %lld and at most %d pixels in all, "
        "got %lld rows of %lld pictures of %d x %d; %s",
        path, (long long)most, LK_IMAGE_PIXELS_MAX, (long long)n_rows, (long long)n_columns,
        shape.size, shape.size, fewer);
}

int lk_collage_columns_max(lk_image_shape shape, int n_rows) {
    int64_t cell = pitch_of(shape), block = cell * n_rows + BLOCK_GAP,
            width = LK_STRIP_COLUMNS * cell + LABELS_ROOM,
            most = (LK_CANVAS_SIDE_MAX - HEADER_ROOM) / block,
            of_pixels = (LK_IMAGE_PIXELS_MAX / width - HEADER_ROOM) / block;
    return (int)(most < of_pixels ? most : of_pixels) * LK_STRIP_COLUMNS;
}
