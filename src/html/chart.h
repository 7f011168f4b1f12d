/** Charts in SVG, for pages. */
#ifndef LIKENESS_HTML_CHART_H
#define LIKENESS_HTML_CHART_H

#include <likeness/text.h>

enum { LK_CHART_LINES_MAX = 12, LK_CHART_COLOURS = 6, LK_CHART_POINTS_MAX = 400 };

/** n points; those that are not finite are left out, and of many only some are drawn. */
typedef struct lk_chart_line {
    const char *name;
    int n;
    const double *x, *y;
    int colour; /* 0 to LK_CHART_COLOURS - 1 */
    bool thin, dashed;
    const double *low, *high; /* n, the edges of a band around it; NULL: none */
} lk_chart_line;

typedef struct lk_chart {
    const char *title, *axis; /* axis: what x is, "epoch" */
    int n_lines;
    lk_chart_line lines[LK_CHART_LINES_MAX]; /* later ones are drawn on top */
    bool logarithmic;                        /* where all values are above 0 */
    bool first;                              /* the largest of a page; it has two sizes */
    bool no_keys;                            /* lk_chart_keys says once what the lines are */
    double chosen, chosen_value;             /* x of a mark, and what it says; NaN: none */
} lk_chart;

/** Append a <figure> with the curves, whose values the script shows under the pointer. Nothing if
 * there is no line with at least two points. */
void lk_chart_lines(lk_text *out, const lk_chart *chart);

/** Append a paragraph with the names of the lines, for several charts of the same lines. */
void lk_chart_keys(lk_text *out, const lk_chart *chart);

/** Bars at 0, 1, ..., with what the script says of each; and a curve over them (NULL: none). */
typedef struct lk_chart_bars {
    const char *title, *words, *axis; /* words: below the title */
    int n;
    const double *height, *curve; /* height: at least 0 */
    const char *curve_name;
    double low, high; /* x at the left end of the first bar and the right end of the last */
    void (*tip)(const void *self, int bar, lk_text *out); /* appends any text */
    const void *self;                                     /* for `tip` */
} lk_chart_bars;

void lk_chart_bars_add(lk_text *out, const lk_chart_bars *bars);

#endif
