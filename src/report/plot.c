/* Small line plots: a frame, ticks at round numbers, curves of straight pieces. */
#include "report/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    TEXT = 2,
    TITLE = 26,
    LABELS_LEFT = 64,
    LABELS_BELOW = 26,
    TICK = 5,
    TICKS_WANTED = 4,
    LEGEND_LINE = 30
};

static const uint8_t black[3] = { 0, 0, 0 }, light[3] = { 225, 225, 225 }, axis[3] = { 90, 90, 90 };

/* The area within the axes of a plot, and the values at its corners. */
struct area {
    int left, top, width, height;
    double x_min, x_max, y_max;
};

static double largest_of(const double *y, int n) {
    double largest = 0;
    for (int i = 0; i < n; i++)
        if (isfinite(y[i]) && y[i] > largest) largest = y[i];
    return largest;
}

/* 1, 2 or 5 times a power of ten, such that about n of them make `range`. */
static double round_step(double range, int n) {
    double rough = range / n, power = pow(10, floor(log10(rough))), digit = rough / power;
    return power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10);
}

static struct area area_of(const lk_plot *plot) {
    double y_max = 0;
    for (int i = 0; i < plot->n_curves; i++)
        y_max = fmax(y_max, largest_of(plot->curves[i].y, plot->n));
    if (plot->relative || !(y_max > 0)) y_max = 1;
    return (struct area){ plot->left + LABELS_LEFT,
                          plot->top + TITLE,
                          plot->width - LABELS_LEFT,
                          plot->height - TITLE - LABELS_BELOW,
                          plot->x[0],
                          plot->x[plot->n - 1],
                          y_max * 1.05 };
}

static int column_of(const struct area *area, double x) {
    return area->left +
           (int)lround((x - area->x_min) / (area->x_max - area->x_min) * (area->width - 1));
}

static int row_of(const struct area *area, double y) {
    return area->top + area->height - 1 - (int)lround(y / area->y_max * (area->height - 1));
}

static void draw_x_axis(lk_image *image, const struct area *area) {
    double step = round_step(area->x_max - area->x_min, TICKS_WANTED);
    int bottom = area->top + area->height;
    for (long at = lround(ceil(area->x_min / step - 1e-9));
         (double)at * step <= area->x_max + 1e-9 * step; at++) {
        char label[32];
        int column = column_of(area, (double)at * step);
        snprintf(label, sizeof label, "%g", (double)at * step);
        lk_image_fill(image, column, area->top, 1, area->height, light);
        lk_image_fill(image, column, bottom, 1, TICK, axis);
        lk_image_draw_text(image, column - lk_image_text_width(TEXT, label) / 2, bottom + TICK + 3,
                           TEXT, black, label);
    }
    lk_image_fill(image, area->left, bottom, area->width, 1, axis);
}

static void draw_y_axis(lk_image *image, const struct area *area) {
    double step = round_step(area->y_max, TICKS_WANTED);
    for (int i = 0; i * step <= area->y_max; i++) {
        char label[32];
        int row = row_of(area, i * step);
        snprintf(label, sizeof label, "%g", i * step);
        if (i) lk_image_fill(image, area->left, row, area->width, 1, light);
        lk_image_fill(image, area->left - TICK, row, TICK, 1, axis);
        lk_image_draw_text(image, area->left - TICK - 2 - lk_image_text_width(TEXT, label), row - 7,
                           TEXT, black, label);
    }
    lk_image_fill(image, area->left, area->top, 1, area->height, axis);
}

static void draw_piece(lk_image *image, int x0, int y0, int x1, int y1,
                       const lk_plot_curve *curve) {
    int across = abs(x1 - x0), down = abs(y1 - y0), n = across > down ? across : down;
    for (int i = 0; i <= n; i++) {
        double share = n ? (double)i / n : 0;
        int x = x0 + (int)lround(share * (x1 - x0)), y = y0 + (int)lround(share * (y1 - y0));
        lk_image_fill(image, x - curve->thickness / 2, y - curve->thickness / 2, curve->thickness,
                      curve->thickness, curve->colour);
    }
}

static void draw_curve(lk_image *image, const lk_plot *plot, const struct area *area,
                       const lk_plot_curve *curve) {
    double largest = largest_of(curve->y, plot->n),
           unit = plot->relative && largest > 0 ? largest : 1;
    for (int i = 1; i < plot->n; i++)
        if (isfinite(curve->y[i - 1]) && isfinite(curve->y[i]))
            draw_piece(image, column_of(area, plot->x[i - 1]), row_of(area, curve->y[i - 1] / unit),
                       column_of(area, plot->x[i]), row_of(area, curve->y[i] / unit), curve);
}

void lk_plot_draw(lk_image *image, const lk_plot *plot) {
    struct area area = area_of(plot);
    draw_x_axis(image, &area);
    draw_y_axis(image, &area);
    for (int i = 0; i < plot->n_curves; i++) draw_curve(image, plot, &area, &plot->curves[i]);
    lk_image_draw_text(image, plot->left + 8, plot->top + 4, TEXT, black, plot->title);
}

int lk_plot_legend(lk_image *image, int x, int y, const lk_plot_curve *curves, int n_curves) {
    int begin = x;
    for (int i = 0; i < n_curves; i++) {
        lk_image_fill(image, x, y + 7 - curves[i].thickness / 2, LEGEND_LINE, curves[i].thickness,
                      curves[i].colour);
        lk_image_draw_text(image, x + LEGEND_LINE + 8, y, TEXT, black, curves[i].name);
        x += LEGEND_LINE + 8 + lk_image_text_width(TEXT, curves[i].name) + 28;
    }
    return x - begin;
}
