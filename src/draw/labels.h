/** Names of points in a plot, placed so that they cover neither each other nor what is drawn. */
#ifndef LIKENESS_DRAW_LABELS_H
#define LIKENESS_DRAW_LABELS_H

#include "draw/canvas.h"

typedef struct lk_box {
    double x0, y0, x1, y1;
} lk_box;

/** The name of a point at (x, y). */
enum { LK_LABEL_MARKS = 3 };
typedef struct lk_label {
    const char *text;
    double x, y, width;           /* width: of the text */
    lk_box marks[LK_LABEL_MARKS]; /* what is drawn at the point: a disc and error bars */
    lk_box box;                   /* of the text, set by lk_labels_place */
    bool far;                     /* a line leads to the point; set by lk_labels_place */
} lk_label;

/**
 * Find a place for each of n labels with text of one size: near its point, inside `within`, and
 * clear of the marks of all, of other labels and of their lines, or as clear as possible. The same
 * input gives the same places.
 */
void lk_labels_place(lk_label *labels, int n, double size, lk_box within);
/** Draw a label where it was placed, with its line. */
void lk_label_draw(lk_canvas *canvas, const lk_label *label, double size);

#endif
