/* The file of a canvas: PNG by libpng, SVG and PDF from Cairo, all with notes on its origin. */
#include "draw/canvas.h"
#include "draw/page.h"

#include <likeness/memory.h>

#include <cairo-pdf.h>
#include <string.h>

enum { N_NOTES = 6 };

/* The notes that are known; returns their number. */
static int list_notes(const lk_origin_notes *notes, lk_image_note list[N_NOTES]) {
    static const lk_origin_notes none;
    if (!notes) notes = &none;
    const lk_image_note all[N_NOTES] = {
        { "Title", notes->title },     { "Model", notes->model },
        { "Seed", notes->seed },       { "Data", notes->data },
        { "Command", notes->command }, { "Software", "likeness " LIKENESS_VERSION }
    };
    int n = 0;
    for (int i = 0; i < N_NOTES; i++)
        if (all[i].text && *all[i].text) list[n++] = all[i];
    return n;
}

/* ---- PNG ---- */

static lk_status write_png(lk_canvas *c, const lk_image_note *notes, int n_notes, lk_error *err) {
    lk_image image = { 0 };
    lk_text png = { 0 };
    int width = cairo_image_surface_get_width(c->surface),
        height = cairo_image_surface_get_height(c->surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(c->surface);
    lk_status status = lk_image_init(&image, width, height, 3, err);
    for (int y = 0; y < height && !status; y++)
        for (int x = 0; x < width; x++) {
            uint32_t word;
            memcpy(&word, c->pixels + (size_t)y * stride + (size_t)x * 4, sizeof word);
            uint8_t *to = image.pixels + ((size_t)y * (size_t)width + (size_t)x) * 3;
            for (int k = 0; k < 3; k++) to[k] = (uint8_t)(word >> (16 - 8 * k) & 255);
        }
    if (!status) status = lk_image_encode_png_noted(&image, notes, n_notes, &png, err);
    if (!status) status = lk_file_write(c->path, png.data, png.n, err);
    lk_image_deinit(&image);
    lk_text_deinit(&png);
    return status;
}

/* ---- SVG ---- */

/* XML has no way to write control characters. */
static void add_xml(const char *text, lk_text *out) {
    for (size_t n = strlen(text); n;) {
        size_t n_bytes = lk_utf8_length(text, n), step = n_bytes ? n_bytes : 1;
        if (*text == '&')
            lk_text_add(out, "&amp;");
        else if (*text == '<')
            lk_text_add(out, "&lt;");
        else if (*text == '>')
            lk_text_add(out, "&gt;");
        else if (n_bytes && (unsigned char)*text >= ' ' && *text != 0x7F)
            lk_text_bytes(out, text, n_bytes);
        else
            lk_text_add(out, "\xEF\xBF\xBD");
        text += step;
        n -= step;
    }
}

static void add_description(const lk_image_note *notes, int n_notes, lk_text *out) {
    bool titled = n_notes && strcmp(notes[0].key, "Title") == 0;
    if (titled) {
        lk_text_add(out, "\n<title>");
        add_xml(notes[0].text, out);
        lk_text_add(out, "</title>");
    }
    lk_text_add(out, "\n<desc>");
    for (int i = titled; i < n_notes; i++) {
        lk_text_add(out, "%s%s: ", i > titled ? "\n" : "", notes[i].key);
        add_xml(notes[i].text, out);
    }
    lk_text_add(out, "</desc>");
}

/* Cairo writes no description, and leaves it to the viewer to blur enlarged pictures. */
static void complete_svg(const lk_text *from, const lk_image_note *notes, int n_notes,
                         lk_text *out) {
    static const char mark[] = "<image ";
    const char *at = from->data, *head = strstr(at, "<svg "),
               *end = head ? strchr(head, '>') : NULL;
    if (end) {
        lk_text_bytes(out, at, (size_t)(end + 1 - at));
        add_description(notes, n_notes, out);
        at = end + 1;
    }
    for (const char *next; (next = strstr(at, mark)); at = next + strlen(mark)) {
        lk_text_bytes(out, at, (size_t)(next - at));
        lk_text_add(
            out, "<image image-rendering=\"optimizeSpeed\" style=\"image-rendering:pixelated\" ");
    }
    lk_text_bytes(out, at, from->n - (size_t)(at - from->data));
}

static lk_status write_svg(lk_canvas *c, const lk_image_note *notes, int n_notes, lk_error *err) {
    lk_text svg = { 0 };
    complete_svg(&c->bytes, notes, n_notes, &svg);
    lk_status status = svg.failed ? lk_fail_memory(err, svg.n, c->path)
                                  : lk_file_write(c->path, svg.data, svg.n, err);
    lk_text_deinit(&svg);
    return status;
}

/* ---- PDF ---- */

/* Without the time of its creation, so that the same command writes the same bytes. */
static lk_status describe_pdf(lk_canvas *c, const lk_image_note *notes, int n_notes,
                              lk_error *err) {
    lk_text words = { 0 };
    for (int i = 0; i < n_notes; i++) {
        lk_text clean = { 0 };
        lk_draw_clean(notes[i].text, &clean);
        const char *text = clean.data ? clean.data : "";
        if (strcmp(notes[i].key, "Title") == 0)
            cairo_pdf_surface_set_metadata(c->surface, CAIRO_PDF_METADATA_TITLE, text);
        else
            lk_text_add(&words, "%s%s: %s", words.n ? "; " : "", notes[i].key, text);
        words.failed = words.failed || clean.failed;
        lk_text_deinit(&clean);
    }
    if (!words.failed)
        cairo_pdf_surface_set_metadata(c->surface, CAIRO_PDF_METADATA_SUBJECT, words.data);
    cairo_pdf_surface_set_metadata(c->surface, CAIRO_PDF_METADATA_CREATOR,
                                   "likeness " LIKENESS_VERSION);
    cairo_pdf_surface_set_metadata(c->surface, CAIRO_PDF_METADATA_CREATE_DATE, NULL);
    lk_status status = words.failed ? lk_fail_memory(err, words.n, c->path) : LK_OK;
    lk_text_deinit(&words);
    return status;
}

static lk_status fail_cairo(const lk_canvas *c, cairo_status_t failed, lk_error *err) {
    if (failed == CAIRO_STATUS_NO_MEMORY || c->bytes.failed || c->out_of_memory)
        return lk_fail(err, LK_MEMORY, "out of memory: %s", c->path);
    return lk_fail(err, LK_FAILED, "%s: cannot draw: %s", c->path, cairo_status_to_string(failed));
}

lk_status lk_canvas_write(lk_canvas *c, const lk_origin_notes *notes, lk_error *err) {
    lk_image_note list[N_NOTES];
    int n = list_notes(notes, list);
    lk_status status = c->kind == LK_PAGE_PDF ? describe_pdf(c, list, n, err) : LK_OK;
    if (status) return status;
    cairo_status_t drawn = cairo_status(c->cairo);
    cairo_surface_finish(c->surface);
    if (!drawn) drawn = cairo_surface_status(c->surface);
    if (drawn || c->bytes.failed || c->out_of_memory) return fail_cairo(c, drawn, err);
    if (c->kind == LK_PAGE_PNG) return write_png(c, list, n, err);
    if (c->kind == LK_PAGE_SVG) return write_svg(c, list, n, err);
    return lk_file_write(c->path, c->bytes.data, c->bytes.n, err);
}
