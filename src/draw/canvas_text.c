/* Lines of text on a canvas. */
#include "draw/canvas.h"
#include "draw/page.h"

#include <string.h>

/* Cairo refuses text that is not UTF-8. */
static void add_clean(const char *text, size_t n, lk_text *out) {
    while (n) {
        size_t n_bytes = lk_utf8_length(text, n);
        bool shown = n_bytes && (unsigned char)*text >= ' ' && *text != 0x7F;
        lk_text_bytes(out, shown ? text : "\xEF\xBF\xBD", shown ? n_bytes : 3);
        text += n_bytes ? n_bytes : 1;
        n -= n_bytes ? n_bytes : 1;
    }
}

void lk_draw_clean(const char *text, lk_text *out) {
    add_clean(text, strlen(text), out);
}

static const char *text_of(const lk_text *text) {
    return text->data && !text->failed ? text->data : "";
}

static double width_of(lk_canvas *c, lk_text_style style, const lk_text *text) {
    cairo_matrix_t font, page;
    cairo_text_extents_t extents;
    if (text->failed) c->out_of_memory = true;
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_matrix_init_scale(&font, style.size, style.size);
    cairo_matrix_init_identity(&page);
    cairo_scaled_font_t *scaled =
        cairo_scaled_font_create(c->fonts[style.bold], &font, &page, options);
    cairo_scaled_font_text_extents(scaled, text_of(text), &extents);
    cairo_scaled_font_destroy(scaled);
    cairo_font_options_destroy(options);
    return extents.x_advance;
}

double lk_text_width(lk_canvas *c, lk_text_style style, const char *text) {
    lk_text clean = { 0 };
    lk_draw_clean(text, &clean);
    double width = width_of(c, style, &clean);
    lk_text_deinit(&clean);
    return width;
}

static void set_style(lk_canvas *c, lk_text_style style) {
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_set_font_options(c->cairo, options);
    cairo_font_options_destroy(options);
    cairo_set_font_face(c->cairo, c->fonts[style.bold]);
    cairo_set_font_size(c->cairo, style.size);
    cairo_set_source_rgb(c->cairo, (style.colour >> 16 & 255) / 255.0,
                         (style.colour >> 8 & 255) / 255.0, (style.colour & 255) / 255.0);
}

static double draw(lk_canvas *c, double x, double y, lk_text_style style, const lk_text *text) {
    double width = width_of(c, style, text), before = width * (int)style.align / 2;
    set_style(c, style);
    cairo_save(c->cairo);
    cairo_translate(c->cairo, x, y);
    if (style.turned) cairo_rotate(c->cairo, -1.5707963267948966);
    cairo_move_to(c->cairo, -before, 0);
    cairo_show_text(c->cairo, text_of(text));
    cairo_new_path(c->cairo);
    cairo_restore(c->cairo);
    return width;
}

double lk_draw_text(lk_canvas *c, double x, double y, lk_text_style style, const char *text) {
    lk_text clean = { 0 };
    lk_draw_clean(text, &clean);
    double width = draw(c, x, y, style, &clean);
    lk_text_deinit(&clean);
    return width;
}

/* Remove the last character. */
static void shorten(lk_text *text) {
    if (text->n) text->n--;
    while (text->n && ((unsigned char)text->data[text->n] & 0xC0) == 0x80) text->n--;
    if (text->data) text->data[text->n] = 0;
}

double lk_draw_text_within(lk_canvas *c, double x, double y, double width, lk_text_style style,
                           const char *text) {
    lk_text whole = { 0 }, cut = { 0 };
    lk_draw_clean(text, &whole);
    bool fits = whole.failed || width_of(c, style, &whole) <= width;
    while (!fits && whole.n) {
        shorten(&whole);
        cut.n = 0;
        lk_text_add(&cut, "%s\xE2\x80\xA6", text_of(&whole));
        fits = cut.failed || width_of(c, style, &cut) <= width;
    }
    double drawn = draw(c, x, y, style, cut.n ? &cut : &whole);
    lk_text_deinit(&whole);
    lk_text_deinit(&cut);
    return drawn;
}

/* ---- several lines ---- */

/* Bytes of `text` that fit into a line: whole words, at least one. */
static size_t line_bytes(lk_canvas *c, double width, lk_text_style style, const char *text) {
    size_t n = strcspn(text, " ");
    while (text[n]) {
        lk_text line = { 0 };
        size_t more = n + 1 + strcspn(text + n + 1, " ");
        add_clean(text, more, &line);
        bool fits = width_of(c, style, &line) <= width;
        lk_text_deinit(&line);
        if (!fits) break;
        n = more;
    }
    return n;
}

int lk_text_lines(lk_canvas *c, double width, lk_text_style style, const char *text) {
    int n = 0;
    for (; *text; n++) {
        text += line_bytes(c, width, style, text);
        text += strspn(text, " ");
    }
    return n;
}

int lk_draw_text_wrapped(lk_canvas *c, double x, double y, double width, double pitch,
                         lk_text_style style, const char *text) {
    int n = 0;
    for (; *text; n++) {
        lk_text line = { 0 };
        size_t n_bytes = line_bytes(c, width, style, text);
        add_clean(text, n_bytes, &line);
        draw(c, x, y + n * pitch, style, &line);
        lk_text_deinit(&line);
        text += n_bytes;
        text += strspn(text, " ");
    }
    return n;
}
