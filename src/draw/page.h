/** What a canvas is, for the files of this folder. */
#ifndef LIKENESS_DRAW_PAGE_H
#define LIKENESS_DRAW_PAGE_H

#include "base/file.h"
#include "draw/canvas.h"

#include <cairo.h>

enum lk_page_kind { LK_PAGE_PNG, LK_PAGE_SVG, LK_PAGE_PDF };

struct lk_canvas {
    enum lk_page_kind kind;
    cairo_font_face_t *fonts[2]; /* regular, bold */
    cairo_surface_t *surface;    /* NULL: there is no page yet */
    cairo_t *cairo;
    double width, height;
    int zoom;
    uint8_t *pixels; /* of a PNG: cairo's, 32 bits each */
    lk_text bytes;   /* of SVG and PDF */
    bool in_path;    /* the next point continues a path */
    bool out_of_memory;
    char path[LK_PATH_MAX];
};

#endif
