/* Curves drawn with characters. Private to the program. */
#ifndef LIKENESS_CLI_TEXT_PLOT_H
#define LIKENESS_CLI_TEXT_PLOT_H

#include <likeness/text.h>

/** A curve of n points; points that are not finite are left out. */
typedef struct lk_text_curve {
    const double *x, *y;
    int n;
    bool thick;
    const char *colour; /* number of an escape sequence, "36" */
} lk_text_curve;

typedef struct lk_text_plot {
    int width, height; /* columns and lines of all, with the axes; at least 24 and 4 */
    bool blocks;       /* braille and lines, in UTF-8; else points, stars and ASCII */
    bool colours;
    double mark; /* an x that is marked on the axis; NaN: none */
} lk_text_plot;

/**
 * Append the curves as lines of text, each ended. The axis of y is logarithmic if all values are
 * above 0. Later curves lie above earlier ones. Without a finite point nothing is appended.
 */
void lk_text_plot_draw(const lk_text_plot *plot, const lk_text_curve *curves, int n_curves,
                       lk_text *out);

/** Append a curve as one line of at most `width` block characters, from the lowest value to the
 * highest: of long curves each is the mean of some points. */
void lk_text_spark(const double *y, int n, int width, lk_text *out);

#endif
