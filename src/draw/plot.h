/** Plots: axes with ticks at round numbers, and what is drawn between them. */
#ifndef LIKENESS_DRAW_PLOT_H
#define LIKENESS_DRAW_PLOT_H

#include "draw/canvas.h"

/** An axis. Its range is empty until something is included. */
typedef struct lk_axis {
    const char *name; /* NULL: it has none */
    bool log;         /* values that are not positive are left out */
    bool any;         /* low and high are set */
    bool whole;       /* of whole numbers, such as epochs: ticks at no others */
    double low, high;
} lk_axis;

/** Make the axis long enough for n values; those that are not finite are left out. */
void lk_axis_include(lk_axis *axis, const double *values, int n);
/** Leave room on both sides: a share of the range. An empty or a very short range gets one. */
void lk_axis_widen(lk_axis *axis, double share);

enum { LK_TICKS_MAX = 12 };
/** The round numbers on an axis, about `n_wanted` of them. Returns their number. */
int lk_axis_ticks(const lk_axis *axis, int n_wanted, double ticks[LK_TICKS_MAX]);

/** A plot on a canvas. */
typedef struct lk_plot {
    lk_canvas *canvas;
    double left, top, width, height; /* with title and ticks */
    const char *title;               /* NULL: none */
    double size;                     /* of the font of the ticks */
    lk_axis x, y;
    double x0, y0, x1, y1; /* the area between the axes, set by lk_plot_begin */
} lk_plot;

/** Find the area, draw title, grid, ticks and names, and clip to the area until lk_plot_end. */
void lk_plot_begin(lk_plot *plot);
void lk_plot_end(lk_plot *plot);

/** Where a value is on the canvas; NaN: on a logarithmic axis it has no place. */
double lk_plot_x(const lk_plot *plot, double x);
double lk_plot_y(const lk_plot *plot, double y);

/** A curve through n points; values that are not finite leave gaps. */
void lk_plot_curve(const lk_plot *plot, const double *x, const double *y, int n, lk_pen pen);
/** The area between two curves, where both are finite. */
void lk_plot_band(const lk_plot *plot, const double *x, const double *low, const double *high,
                  int n, lk_colour colour);

/** A curve's name in a legend. */
typedef struct lk_plot_key {
    const char *name;
    lk_pen pen;
} lk_plot_key;
/** Draw names with short lines from (x, y), the base line, on; where `width` is used up a new line
 * begins, LK_LEGEND_PITCH times `size` below. */
#define LK_LEGEND_PITCH 1.5
void lk_plot_legend(lk_canvas *canvas, double x, double y, double width, double size,
                    const lk_plot_key *keys, int n);
/** The number of lines that it needs. A page need not have begun. */
int lk_plot_legend_lines(lk_canvas *canvas, double width, double size, const lk_plot_key *keys,
                         int n);

#endif
