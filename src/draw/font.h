/** The fonts of figures: DejaVu Sans, regular and bold, which are part of the library. */
#ifndef LIKENESS_DRAW_FONT_H
#define LIKENESS_DRAW_FONT_H

#include <likeness/status.h>

#include <cairo.h>

/** The caller destroys *face with cairo_font_face_destroy. Errors: LK_MEMORY. */
lk_status lk_font_open(bool bold, cairo_font_face_t **face, lk_error *err);

#endif
