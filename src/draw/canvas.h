/**
 * A page to draw figures on: text, lines, areas and pictures, as PNG, SVG or PDF.
 *
 * Rules that hold in this header
 *   units    one unit is a pixel of a PNG with `zoom` 1; x grows to the right, y downwards
 *   formats  the ending of the path decides: .svg, .pdf; any other name is a PNG. Text and lines
 *            are vectors in SVG and PDF. The same calls give the same bytes
 *   errors   drawing cannot fail by itself: the first error stays, and lk_canvas_write returns it
 */
#ifndef LIKENESS_DRAW_CANVAS_H
#define LIKENESS_DRAW_CANVAS_H

#include <likeness/image.h>

typedef struct lk_canvas lk_canvas;

/** The endings of figures, for lk_cli_check_format. */
#define LK_CANVAS_FORMATS "png|svg|pdf"

/** 0xRRGGBB. Those with names are from Okabe and Ito, "Color universal design" (2008): readers who
 * are colour-blind can tell them apart. */
typedef uint32_t lk_colour;
enum {
    LK_COLOUR_BLACK = 0x000000,
    LK_COLOUR_ORANGE = 0xE69F00,
    LK_COLOUR_SKY = 0x56B4E9,
    LK_COLOUR_GREEN = 0x009E73,
    LK_COLOUR_BLUE = 0x0072B2,
    LK_COLOUR_RED = 0xD55E00,
    LK_COLOUR_PURPLE = 0xCC79A7,
    LK_COLOUR_WHITE = 0xFFFFFF,
    LK_COLOUR_TEXT = 0x1A1A1A,
    LK_COLOUR_GREY = 0x5F5F5F, /* secondary text, axes */
    LK_COLOUR_LIGHT = 0xDDDDDD /* grids of plots */
};
/** The colour of the i-th curve, from 0; they repeat after LK_N_SERIES. */
enum { LK_N_SERIES = 7 };
lk_colour lk_series_colour(int i);

/** Where a figure comes from: metadata of the file. NULL or "": not known, left out. */
typedef struct lk_origin_notes {
    const char *title, *model, *seed, *data, *command;
} lk_origin_notes;

/** Fonts and the path; there is no page yet. The caller destroys it. Errors: LK_MEMORY. */
lk_status lk_canvas_create(const char *path, lk_canvas **canvas, lk_error *err);
void lk_canvas_destroy(lk_canvas *canvas);
/** Begin a white page. `zoom`: pixels of a PNG for each unit. Errors: LK_FORMAT (more than
 * LK_CANVAS_SIDE_MAX or LK_IMAGE_PIXELS_MAX), LK_MEMORY. */
enum { LK_CANVAS_SIDE_MAX = 32000 };
lk_status lk_canvas_begin(lk_canvas *canvas, double width, double height, int zoom, lk_error *err);
/** Write the file, which appears whole or not at all. Errors: the first of drawing; LK_WRITE,
 * LK_MEMORY. */
lk_status lk_canvas_write(lk_canvas *canvas, const lk_origin_notes *notes, lk_error *err);

/* ---- text ------------------------------------------------------------------------------------ */

typedef enum lk_align { LK_ALIGN_LEFT, LK_ALIGN_CENTRE, LK_ALIGN_RIGHT } lk_align;

typedef struct lk_text_style {
    double size; /* of the font; capitals are 0.73 of it high */
    lk_colour colour;
    lk_align align;
    bool bold;
    bool turned; /* upwards, as the name of a y axis */
} lk_text_style;

/** One line of text; x is its left end, middle or right end, y its base line. Any bytes are
 * allowed: what is not UTF-8 and what the font lacks is a box. Returns its width. */
double lk_draw_text(lk_canvas *canvas, double x, double y, lk_text_style style, const char *text);
/** The same, shortened at its end with an ellipsis to at most `width`. */
double lk_draw_text_within(lk_canvas *canvas, double x, double y, double width, lk_text_style style,
                           const char *text);
/** The same over several lines, which break at spaces, each `pitch` below the one before. Returns
 * the number of lines. */
int lk_draw_text_wrapped(lk_canvas *canvas, double x, double y, double width, double pitch,
                         lk_text_style style, const char *text);
/** Append the text as it is drawn: control characters and what is not UTF-8 as U+FFFD. */
void lk_draw_clean(const char *text, lk_text *out);
/** Its width. A page need not have begun. */
double lk_text_width(lk_canvas *canvas, lk_text_style style, const char *text);
/** The lines that lk_draw_text_wrapped needs. */
int lk_text_lines(lk_canvas *canvas, double width, lk_text_style style, const char *text);

/* ---- shapes ---------------------------------------------------------------------------------- */

void lk_draw_rectangle(lk_canvas *canvas, double x, double y, double width, double height,
                       lk_colour colour);
/** A frame whose inner edge is the rectangle. */
void lk_draw_frame(lk_canvas *canvas, double x, double y, double width, double height,
                   double thickness, lk_colour colour);
void lk_draw_disc(lk_canvas *canvas, double x, double y, double radius, lk_colour colour);

typedef struct lk_pen {
    double thickness;
    lk_colour colour;
    bool dashed;
} lk_pen;
void lk_draw_line(lk_canvas *canvas, double x0, double y0, double x1, double y1, lk_pen pen);
/** Go on to a point. One that is not finite leaves a gap. */
void lk_path_to(lk_canvas *canvas, double x, double y);
/** Draw the path, and begin another one. */
void lk_path_stroke(lk_canvas *canvas, lk_pen pen);
/** Fill the area within the path in a pale colour, and begin another one. */
void lk_path_fill(lk_canvas *canvas, lk_colour colour);
/** Draw only within a rectangle, until lk_canvas_unclip. */
void lk_canvas_clip(lk_canvas *canvas, double x, double y, double width, double height);
void lk_canvas_unclip(lk_canvas *canvas);

/* ---- pictures -------------------------------------------------------------------------------- */

/** A picture whose pixels become squares of `side` units. In a PNG they are exact where x, y and
 * side are whole numbers. */
void lk_draw_picture(lk_canvas *canvas, double x, double y, double side, const lk_image *picture);

#endif
