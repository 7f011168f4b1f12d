/* Axes, ticks and curves. */
#include "draw/plot.h"

#include <likeness/base.h>

#include <math.h>
#include <stdio.h>

enum { LABEL = 32 };

static const lk_pen grid = { 1, LK_COLOUR_LIGHT, false }, line = { 1, LK_COLOUR_GREY, false };

/* ---- axes ---- */

static double scaled(const lk_axis *axis, double value) {
    return axis->log ? value > 0 ? log(value) : (double)NAN : value;
}

void lk_axis_include(lk_axis *axis, const double *values, int n) {
    for (int i = 0; i < n; i++) {
        if (!isfinite(values[i]) || (axis->log && !(values[i] > 0))) continue;
        axis->low = axis->any ? fmin(axis->low, values[i]) : values[i];
        axis->high = axis->any ? fmax(axis->high, values[i]) : values[i];
        axis->any = true;
    }
}

void lk_axis_widen(lk_axis *axis, double share) {
    if (!axis->any) {
        axis->low = axis->log ? 0.1 : 0;
        axis->high = axis->any = 1;
    }
    double low = scaled(axis, axis->low), high = scaled(axis, axis->high),
           least = axis->log ? 0.05 : 0.02 * fmax(fabs(low), fabs(high)),
           room = fmax(share * (high - low), high - low < least ? least : 0);
    if (!(room > 0) && !(high > low)) room = 0.5;
    axis->low = axis->log ? exp(low - room) : low - room;
    axis->high = axis->log ? exp(high + room) : high + room;
}

/* 1, 2 or 5 times a power of ten, such that about n of them make `range`. */
static double round_step(double range, int n) {
    double rough = range / n, power = pow(10, floor(log10(rough))), digit = rough / power;
    return power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10);
}

static int even_ticks(const lk_axis *axis, int n_wanted, double ticks[LK_TICKS_MAX]) {
    double step = round_step(axis->high - axis->low, n_wanted);
    if (axis->whole) step = fmax(step, 1);
    int n = 0;
    for (double at = ceil(axis->low / step - 1e-9); n < LK_TICKS_MAX; at++) {
        if (!(at * step <= axis->high + 1e-9 * step)) break;
        ticks[n++] = at == 0 ? 0 : at * step;
    }
    return n;
}

/* Powers of ten times the digits of a list. */
static int log_ticks(const lk_axis *axis, const char *digits, int every,
                     double ticks[LK_TICKS_MAX]) {
    int n = 0, first = (int)floor(log10(axis->low)), last = (int)ceil(log10(axis->high));
    for (int power = first; power <= last; power++) {
        if (power % every) continue;
        for (const char *digit = digits; *digit; digit++) {
            double value = (*digit - '0') * pow(10, power);
            if (value < axis->low * (1 - 1e-9) || value > axis->high * (1 + 1e-9)) continue;
            if (n == LK_TICKS_MAX) return n;
            ticks[n++] = value;
        }
    }
    return n;
}

int lk_axis_ticks(const lk_axis *axis, int n_wanted, double ticks[LK_TICKS_MAX]) {
    static const char *const digits[] = { "1", "13", "125", "12345678" };
    if (!axis->log) return even_ticks(axis, n_wanted, ticks);
    int every = (int)ceil(log10(axis->high / axis->low) / n_wanted);
    if (every > 1) return log_ticks(axis, "1", every, ticks);
    for (size_t i = 0; i < LK_COUNT(digits); i++) {
        int n = log_ticks(axis, digits[i], 1, ticks);
        if (n >= 3 && n <= n_wanted + 2) return n;
    }
    return even_ticks(axis, n_wanted, ticks);
}

/* ---- the frame of a plot ---- */

static lk_text_style style_of(const lk_plot *plot, lk_align align) {
    return (lk_text_style){ .size = plot->size, .colour = LK_COLOUR_GREY, .align = align };
}

static const char *label_of(double value, char label[LABEL]) {
    snprintf(label, LABEL, "%.4g", value);
    return label;
}

static double along(const lk_axis *axis, double value) {
    double low = scaled(axis, axis->low);
    return (scaled(axis, value) - low) / (scaled(axis, axis->high) - low);
}

double lk_plot_x(const lk_plot *p, double x) {
    return p->x0 + along(&p->x, x) * (p->x1 - p->x0);
}

double lk_plot_y(const lk_plot *p, double y) {
    return p->y1 - along(&p->y, y) * (p->y1 - p->y0);
}

static double widest_label(const lk_plot *p, const double *ticks, int n) {
    char label[LABEL];
    double widest = 0;
    for (int i = 0; i < n; i++)
        widest = fmax(widest, lk_text_width(p->canvas, style_of(p, LK_ALIGN_RIGHT),
                                            label_of(ticks[i], label)));
    return widest;
}

static int y_ticks(const lk_plot *p, double ticks[LK_TICKS_MAX]) {
    double room = p->height / (3.2 * p->size);
    return lk_axis_ticks(&p->y, room < 2 ? 2 : room > 6 ? 6 : (int)room, ticks);
}

/* Few enough that there is space between their labels. */
static int x_ticks(const lk_plot *p, double ticks[LK_TICKS_MAX]) {
    double room = p->width / (5.5 * p->size);
    int n_wanted = room < 2 ? 2 : room > 6 ? 6 : (int)room, n;
    do n = lk_axis_ticks(&p->x, n_wanted, ticks);
    while (n * (widest_label(p, ticks, n) + p->size) > p->x1 - p->x0 && n_wanted-- > 2);
    return n;
}

static void find_area(lk_plot *p, const double *ticks, int n) {
    p->x0 = p->left + widest_label(p, ticks, n) + 0.6 * p->size + (p->y.name ? 1.5 * p->size : 0);
    p->x1 = p->left + p->width - 0.8 * p->size;
    p->y0 = p->top + (p->title ? 1.9 : 0.6) * p->size;
    p->y1 = p->top + p->height - 1.6 * p->size - (p->x.name ? 1.4 * p->size : 0);
}

static void draw_x_axis(const lk_plot *p) {
    char label[LABEL];
    double ticks[LK_TICKS_MAX];
    int n = x_ticks(p, ticks);
    for (int i = 0; i < n; i++) {
        double x = lk_plot_x(p, ticks[i]);
        lk_draw_line(p->canvas, x, p->y0, x, p->y1, grid);
        lk_draw_text(p->canvas, x, p->y1 + 1.3 * p->size, style_of(p, LK_ALIGN_CENTRE),
                     label_of(ticks[i], label));
    }
    lk_draw_line(p->canvas, p->x0, p->y1, p->x1, p->y1, line);
    if (p->x.name)
        lk_draw_text(p->canvas, (p->x0 + p->x1) / 2, p->y1 + 2.6 * p->size,
                     style_of(p, LK_ALIGN_CENTRE), p->x.name);
}

static void draw_y_axis(const lk_plot *p, const double *ticks, int n) {
    char label[LABEL];
    lk_text_style name = style_of(p, LK_ALIGN_CENTRE);
    name.turned = true;
    for (int i = 0; i < n; i++) {
        double y = lk_plot_y(p, ticks[i]);
        lk_draw_line(p->canvas, p->x0, y, p->x1, y, grid);
        lk_draw_text(p->canvas, p->x0 - 0.4 * p->size, y + 0.36 * p->size,
                     style_of(p, LK_ALIGN_RIGHT), label_of(ticks[i], label));
    }
    lk_draw_line(p->canvas, p->x0, p->y0, p->x0, p->y1, line);
    if (p->y.name) lk_draw_text(p->canvas, p->left + p->size, (p->y0 + p->y1) / 2, name, p->y.name);
}

/* Above the axis; a long one begins further to the left. */
static void draw_title(const lk_plot *p) {
    const lk_text_style style = { .size = p->size, .colour = LK_COLOUR_TEXT };
    double right = p->left + p->width,
           x = fmin(p->x0, fmax(p->left, right - 2 - lk_text_width(p->canvas, style, p->title)));
    lk_draw_text_within(p->canvas, x, p->top + 1.1 * p->size, right - x, style, p->title);
}

void lk_plot_begin(lk_plot *p) {
    double ticks[LK_TICKS_MAX];
    int n = y_ticks(p, ticks);
    find_area(p, ticks, n);
    draw_x_axis(p);
    draw_y_axis(p, ticks, n);
    if (p->title) draw_title(p);
    lk_canvas_clip(p->canvas, p->x0, p->y0, p->x1 - p->x0, p->y1 - p->y0);
}

void lk_plot_end(lk_plot *p) {
    lk_canvas_unclip(p->canvas);
}

/* ---- contents ---- */

void lk_plot_curve(const lk_plot *p, const double *x, const double *y, int n, lk_pen pen) {
    for (int i = 0; i < n; i++) lk_path_to(p->canvas, lk_plot_x(p, x[i]), lk_plot_y(p, y[i]));
    lk_path_stroke(p->canvas, pen);
}

void lk_plot_band(const lk_plot *p, const double *x, const double *low, const double *high, int n,
                  lk_colour colour) {
    for (int i = 0; i < 2 * n; i++) {
        int at = i < n ? i : 2 * n - 1 - i;
        double bottom = lk_plot_y(p, low[at]), top = lk_plot_y(p, high[at]);
        if (isfinite(bottom) && isfinite(top))
            lk_path_to(p->canvas, lk_plot_x(p, x[at]), i < n ? bottom : top);
    }
    lk_path_fill(p->canvas, colour);
}

/* Go through a legend line by line. Returns the number of lines. */
static int legend(lk_canvas *canvas, double x, double y, double width, double size,
                  const lk_plot_key *keys, int n, bool draws) {
    const lk_text_style style = { .size = size, .colour = LK_COLOUR_TEXT };
    double at = x, sample = 2 * size;
    int n_lines = n ? 1 : 0;
    for (int i = 0; i < n; i++) {
        double text = fmin(lk_text_width(canvas, style, keys[i].name), width - 1.5 * sample);
        if (at > x && at + 1.25 * sample + text > x + width) {
            at = x;
            y += LK_LEGEND_PITCH * size;
            n_lines++;
        }
        if (draws) {
            lk_draw_line(canvas, at, y - 0.36 * size, at + sample, y - 0.36 * size, keys[i].pen);
            lk_draw_text_within(canvas, at + 1.25 * sample, y, text + 1, style, keys[i].name);
        }
        at += 1.25 * sample + text + 1.5 * size;
    }
    return n_lines;
}

void lk_plot_legend(lk_canvas *canvas, double x, double y, double width, double size,
                    const lk_plot_key *keys, int n) {
    legend(canvas, x, y, width, size, keys, n, true);
}

int lk_plot_legend_lines(lk_canvas *canvas, double width, double size, const lk_plot_key *keys,
                         int n) {
    return legend(canvas, 0, 0, width, size, keys, n, false);
}
