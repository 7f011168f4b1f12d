/* Pages of Cairo: lines, areas and pictures. canvas_text.c has text, canvas_write.c files. */
#include "draw/canvas.h"
#include "draw/font.h"
#include "draw/page.h"

#include <likeness/memory.h>

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <math.h>
#include <string.h>
#include <strings.h>

lk_colour lk_series_colour(int i) {
    static const lk_colour colours[LK_N_SERIES] = { LK_COLOUR_BLUE,   LK_COLOUR_RED,
                                                    LK_COLOUR_GREEN,  LK_COLOUR_PURPLE,
                                                    LK_COLOUR_ORANGE, LK_COLOUR_SKY,
                                                    LK_COLOUR_BLACK };
    return colours[i % LK_N_SERIES];
}

/* ---- pages ---- */

static enum lk_page_kind kind_of(const char *path) {
    size_t n = strlen(path);
    const char *ending = n > 4 ? path + n - 4 : "";
    return strcasecmp(ending, ".svg") == 0   ? LK_PAGE_SVG
           : strcasecmp(ending, ".pdf") == 0 ? LK_PAGE_PDF
                                             : LK_PAGE_PNG;
}

lk_status lk_canvas_create(const char *path, lk_canvas **canvas, lk_error *err) {
    lk_canvas *made = lk_alloc(sizeof *made);
    if (!made) return lk_fail_memory(err, sizeof *made, path);
    made->kind = kind_of(path);
    lk_status status = LK_OK;
    if (!lk_format(made->path, sizeof made->path, "%s", path))
        status = lk_fail(err, LK_WRITE, "%.200s...: path is too long", path);
    for (int bold = 0; bold < 2 && !status; bold++)
        status = lk_font_open(bold, &made->fonts[bold], err);
    if (status)
        lk_canvas_destroy(made);
    else
        *canvas = made;
    return status;
}

void lk_canvas_destroy(lk_canvas *canvas) {
    if (!canvas) return;
    cairo_destroy(canvas->cairo);
    cairo_surface_destroy(canvas->surface);
    for (int bold = 0; bold < 2; bold++) cairo_font_face_destroy(canvas->fonts[bold]);
    lk_text_deinit(&canvas->bytes);
    lk_free(canvas->pixels);
    lk_free(canvas);
}

static cairo_status_t keep_bytes(void *canvas, const unsigned char *data, unsigned n_bytes) {
    lk_text *bytes = &((lk_canvas *)canvas)->bytes;
    lk_text_bytes(bytes, data, n_bytes);
    return bytes->failed ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

static lk_status create_image(lk_canvas *c, lk_error *err) {
    int width = (int)ceil(c->width * c->zoom), height = (int)ceil(c->height * c->zoom),
        stride = cairo_format_stride_for_width(CAIRO_FORMAT_RGB24, width);
    size_t n_bytes = (size_t)stride * (size_t)height;
    c->pixels = lk_alloc(n_bytes);
    if (!c->pixels) return lk_fail_memory(err, n_bytes, c->path);
    c->surface =
        cairo_image_surface_create_for_data(c->pixels, CAIRO_FORMAT_RGB24, width, height, stride);
    return LK_OK;
}

static lk_status create_surface(lk_canvas *c, lk_error *err) {
    if (c->kind == LK_PAGE_PNG) return create_image(c, err);
    if (c->kind == LK_PAGE_SVG) {
        c->surface = cairo_svg_surface_create_for_stream(keep_bytes, c, c->width, c->height);
        cairo_svg_surface_set_document_unit(c->surface, CAIRO_SVG_UNIT_PX);
        cairo_svg_surface_restrict_to_version(c->surface, CAIRO_SVG_VERSION_1_1);
    } else
        c->surface = cairo_pdf_surface_create_for_stream(keep_bytes, c, c->width, c->height);
    return LK_OK;
}

lk_status lk_canvas_begin(lk_canvas *c, double width, double height, int zoom, lk_error *err) {
    double most = LK_CANVAS_SIDE_MAX;
    if (!(width * zoom <= most) || !(height * zoom <= most) ||
        !(width * height * zoom * zoom <= LK_IMAGE_PIXELS_MAX))
        return lk_fail(err, LK_FORMAT,
                       "%s: expected sides of at most %d and at most %d pixels, got %.0f x %.0f",
                       c->path, LK_CANVAS_SIDE_MAX, LK_IMAGE_PIXELS_MAX, width * zoom,
                       height * zoom);
    c->width = width;
    c->height = height;
    c->zoom = zoom;
    lk_status status = create_surface(c, err);
    if (status) return status;
    c->cairo = cairo_create(c->surface);
    if (c->kind == LK_PAGE_PNG) cairo_scale(c->cairo, zoom, zoom);
    lk_draw_rectangle(c, 0, 0, width, height, LK_COLOUR_WHITE);
    cairo_set_line_join(c->cairo, CAIRO_LINE_JOIN_ROUND);
    return LK_OK;
}

/* ---- shapes ---- */

static void set_colour(lk_canvas *c, lk_colour colour, double alpha) {
    cairo_set_source_rgba(c->cairo, (colour >> 16 & 255) / 255.0, (colour >> 8 & 255) / 255.0,
                          (colour & 255) / 255.0, alpha);
}

void lk_draw_rectangle(lk_canvas *c, double x, double y, double width, double height,
                       lk_colour colour) {
    set_colour(c, colour, 1);
    cairo_rectangle(c->cairo, x, y, width, height);
    cairo_fill(c->cairo);
}

void lk_draw_frame(lk_canvas *c, double x, double y, double width, double height, double thickness,
                   lk_colour colour) {
    double half = thickness / 2;
    set_colour(c, colour, 1);
    cairo_set_line_width(c->cairo, thickness);
    cairo_set_dash(c->cairo, NULL, 0, 0);
    cairo_rectangle(c->cairo, x - half, y - half, width + thickness, height + thickness);
    cairo_stroke(c->cairo);
}

void lk_draw_disc(lk_canvas *c, double x, double y, double radius, lk_colour colour) {
    set_colour(c, colour, 1);
    cairo_new_path(c->cairo);
    cairo_arc(c->cairo, x, y, radius, 0, 2 * M_PI);
    cairo_fill(c->cairo);
}

static void set_pen(lk_canvas *c, lk_pen pen) {
    double dash[] = { 3 * pen.thickness, 2 * pen.thickness };
    set_colour(c, pen.colour, 1);
    cairo_set_line_width(c->cairo, pen.thickness);
    cairo_set_dash(c->cairo, dash, pen.dashed ? 2 : 0, 0);
}

void lk_draw_line(lk_canvas *c, double x0, double y0, double x1, double y1, lk_pen pen) {
    set_pen(c, pen);
    cairo_move_to(c->cairo, x0, y0);
    cairo_line_to(c->cairo, x1, y1);
    cairo_stroke(c->cairo);
}

void lk_path_to(lk_canvas *c, double x, double y) {
    bool there = isfinite(x) && isfinite(y);
    if (there) (c->in_path ? cairo_line_to : cairo_move_to)(c->cairo, x, y);
    c->in_path = there;
}

void lk_path_stroke(lk_canvas *c, lk_pen pen) {
    set_pen(c, pen);
    cairo_stroke(c->cairo);
    c->in_path = false;
}

void lk_path_fill(lk_canvas *c, lk_colour colour) {
    set_colour(c, colour, 0.22);
    cairo_fill(c->cairo);
    c->in_path = false;
}

void lk_canvas_clip(lk_canvas *c, double x, double y, double width, double height) {
    cairo_save(c->cairo);
    cairo_rectangle(c->cairo, x, y, width, height);
    cairo_clip(c->cairo);
}

void lk_canvas_unclip(lk_canvas *c) {
    cairo_restore(c->cairo);
}

/* ---- pictures ---- */

static void fill_surface(cairo_surface_t *surface, const lk_image *picture) {
    uint8_t *to = cairo_image_surface_get_data(surface);
    int stride = cairo_image_surface_get_stride(surface), n = picture->n_channels;
    cairo_surface_flush(surface);
    for (int y = 0; y < picture->height; y++)
        for (int x = 0; x < picture->width; x++) {
            const uint8_t *p =
                picture->pixels + ((size_t)y * (size_t)picture->width + (size_t)x) * (size_t)n;
            uint32_t word =
                n == 1 ? p[0] * 0x010101U : (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
            memcpy(to + (size_t)y * (size_t)stride + (size_t)x * 4, &word, sizeof word);
        }
    cairo_surface_mark_dirty(surface);
}

void lk_draw_picture(lk_canvas *c, double x, double y, double side, const lk_image *picture) {
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, picture->width, picture->height);
    if (cairo_surface_status(surface)) {
        c->out_of_memory = true;
        cairo_surface_destroy(surface);
        return;
    }
    fill_surface(surface, picture);
    cairo_save(c->cairo);
    cairo_translate(c->cairo, x, y);
    cairo_scale(c->cairo, side, side);
    cairo_set_source_surface(c->cairo, surface, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(c->cairo), CAIRO_FILTER_NEAREST);
    cairo_paint(c->cairo);
    cairo_restore(c->cairo);
    cairo_surface_destroy(surface);
}
