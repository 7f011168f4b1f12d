/* Charts in SVG: curves over epochs, and bars. */
#include "html/chart.h"
#include "html/html.h"

#include <float.h>
#include <math.h>

/* Pixels of the drawing at its natural size. */
struct frame {
    double width, height, left, right, top, bottom;
};

struct scale {
    double low, high;
    bool logarithmic;
};

static const struct frame small = { 340, 210, 46, 332, 10, 184 },
                          large = { 760, 300, 50, 750, 12, 272 };

static double place(const struct scale *s, double value) {
    double low = s->low, high = s->high;
    if (s->logarithmic) low = log10(low), high = log10(high), value = log10(value);
    return high > low ? (value - low) / (high - low) : 0.5;
}

static double across(const struct frame *f, const struct scale *x, double value) {
    return f->left + (f->right - f->left) * place(x, value);
}

static double up(const struct frame *f, const struct scale *y, double value) {
    return f->bottom - (f->bottom - f->top) * place(y, value);
}

static void widen(struct scale *s, double value) {
    if (!isfinite(value)) return;
    s->low = fmin(s->low, value);
    s->high = fmax(s->high, value);
}

/* 1, 2 or 5 times a power of 10, so that about n steps fill the range. */
static double step_of(double range, int n) {
    double power = pow(10, floor(log10(range / n))), share = range / n / power;
    return power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
}

/* ---- axes ---- */

static void add_tick_y(lk_text *out, const struct frame *f, const struct scale *y, double value) {
    double at = up(f, y, value);
    lk_text_add(out,
                "<line class=\"grid\" x1=\"%g\" x2=\"%g\" y1=\"%.1f\" y2=\"%.1f\"/><text x=\"%g\" "
                "y=\"%.1f\" text-anchor=\"end\">%.6g</text>\n",
                f->left, f->right, at, at, f->left - 5, at + 4, fabs(value) < 1e-12 ? 0 : value);
}

/* 1, 2 and 5 of each decade, or if there are many, powers of 10 a few decades apart. */
static void add_ticks_log(lk_text *out, const struct frame *f, const struct scale *y) {
    static const double digits[] = { 1, 2, 5 };
    int first = (int)floor(log10(y->low)), last = (int)ceil(log10(y->high)),
        every = 1 + (last - first) / 8;
    for (int p = first - first % every; p <= last; p += every)
        for (int i = 0; i < (last - first > 3 ? 1 : 3); i++) {
            double value = digits[i] * pow(10, p);
            if (value >= y->low && value <= y->high) add_tick_y(out, f, y, value);
        }
}

/* Over less than a factor of 10 a logarithmic axis has the ticks of a plain one. */
static void add_ticks_y(lk_text *out, const struct frame *f, const struct scale *y) {
    if (y->logarithmic && y->high / y->low >= 10) {
        add_ticks_log(out, f, y);
        return;
    }
    double step = step_of(y->high - y->low, 4);
    for (double i = ceil(y->low / step); i * step <= y->high + 1e-9 * step; i++)
        add_tick_y(out, f, y, i * step);
}

static void add_ticks_x(lk_text *out, const struct frame *f, const struct scale *x, bool whole) {
    double step = step_of(x->high - x->low, f->width > 500 ? 10 : 5);
    if (whole && step < 1) step = 1;
    for (double i = ceil(x->low / step); i * step <= x->high + 1e-9 * step; i++)
        lk_text_add(out, "<text x=\"%.1f\" y=\"%g\" text-anchor=\"middle\">%.6g</text>\n",
                    across(f, x, i * step), f->bottom + 16, fabs(i) < 1e-9 ? 0 : i * step);
}

static void begin_svg(lk_text *out, const struct frame *f, const char *kind, const char *title) {
    lk_text_add(out, "<svg class=\"%s\" viewBox=\"0 0 %g %g\" role=\"img\" aria-label=\"", kind,
                f->width, f->height);
    lk_html_text(out, title);
    lk_text_add(out, "\"");
}

/* ---- curves ---- */

static bool is_shown(const lk_chart_line *line, int i) {
    int every = 1 + (line->n - 1) / LK_CHART_POINTS_MAX;
    return isfinite(line->x[i]) && isfinite(line->y[i]) && (i % every == 0 || i == line->n - 1);
}

static int count_shown(const lk_chart_line *line) {
    int n = 0;
    for (int i = 0; i < line->n; i++) n += is_shown(line, i);
    return n;
}

static bool is_line(const lk_chart_line *line) {
    return count_shown(line) > 1;
}

static void find_scales(const lk_chart *chart, struct scale *x, struct scale *y) {
    *x = *y = (struct scale){ DBL_MAX, -DBL_MAX, false };
    for (int k = 0; k < chart->n_lines; k++) {
        const lk_chart_line *line = &chart->lines[k];
        if (!is_line(line)) continue;
        for (int i = 0; i < line->n; i++)
            if (is_shown(line, i)) {
                widen(x, line->x[i]);
                widen(y, line->y[i]);
                if (line->low) widen(y, line->low[i]);
                if (line->high) widen(y, line->high[i]);
            }
    }
    y->logarithmic = chart->logarithmic && y->low > 0;
    if (y->logarithmic) {
        y->low /= 1.02, y->high *= 1.02;
        return;
    }
    double room = y->high > y->low ? 0.04 * (y->high - y->low) : fmax(fabs(y->high) * 0.1, 1e-6);
    y->low -= room, y->high += room;
}

static void add_values(lk_text *out, const lk_chart_line *line, const char *key,
                       const double *values) {
    const char *between = "";
    lk_text_add(out, " data-%s=\"", key);
    for (int i = 0; i < line->n; i++) {
        if (!is_shown(line, i)) continue;
        lk_text_add(out, "%s%.5g", between, values[i]);
        between = " ";
    }
    lk_text_add(out, "\"");
}

/* There, the upper edge, and back, the lower one. */
static void add_band(lk_text *out, const struct frame *f, const lk_chart_line *line,
                     const struct scale *x, const struct scale *y) {
    const char *between = "";
    if (!line->low || !line->high) return;
    lk_text_add(out, "<polygon class=\"band c%d\" points=\"", line->colour);
    for (int k = 0; k < 2 * line->n; k++) {
        int i = k < line->n ? k : 2 * line->n - 1 - k;
        double edge = (k < line->n ? line->high : line->low)[i];
        if (!is_shown(line, i) || !isfinite(edge)) continue;
        lk_text_add(out, "%s%.1f,%.1f", between, across(f, x, line->x[i]), up(f, y, edge));
        between = " ";
    }
    lk_text_add(out, "\"/>\n");
}

static const char *style_of(const lk_chart_line *line) {
    return line->thin ? "thin " : line->dashed ? "dashed " : "";
}

static void add_line(lk_text *out, const struct frame *f, const lk_chart_line *line,
                     const struct scale *x, const struct scale *y) {
    const char *between = "";
    lk_text_add(out, "<polyline class=\"l %sc%d\" points=\"", style_of(line), line->colour);
    for (int i = 0; i < line->n; i++) {
        if (!is_shown(line, i)) continue;
        lk_text_add(out, "%s%.1f,%.1f", between, across(f, x, line->x[i]), up(f, y, line->y[i]));
        between = " ";
    }
    lk_text_add(out, "\" data-name=\"");
    lk_html_text(out, line->name);
    lk_text_add(out, "\"");
    add_values(out, line, "x", line->x);
    add_values(out, line, "y", line->y);
    lk_text_add(out, "/>\n");
}

static void add_chosen(lk_text *out, const struct frame *f, const struct scale *x,
                       const lk_chart *chart) {
    double chosen = chart->chosen;
    if (!isfinite(chosen) || chosen < x->low || chosen > x->high) return;
    double at = across(f, x, chosen);
    bool left = at > (f->left + f->right) / 2;
    lk_text_add(out,
                "<line class=\"chosen\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%g\" y2=\"%g\"/><text "
                "class=\"chosen\" x=\"%.1f\" y=\"%g\" text-anchor=\"%s\">the model: epoch %g",
                at, at, f->top, f->bottom, at + (left ? -5 : 5), f->top + 12,
                left ? "end" : "start", chosen);
    if (isfinite(chart->chosen_value)) lk_text_add(out, ", %.4g", chart->chosen_value);
    lk_text_add(out, "</text>\n");
}

static void add_svg(lk_text *out, const lk_chart *chart, const struct frame *f, const char *kind) {
    struct scale x, y;
    find_scales(chart, &x, &y);
    begin_svg(out, f, kind, chart->title);
    lk_text_add(out, " tabindex=\"0\" data-axis=\"");
    lk_html_text(out, chart->axis);
    lk_text_add(out, "\" data-top=\"%g\" data-bottom=\"%g\">\n", f->top, f->bottom);
    add_ticks_y(out, f, &y);
    add_ticks_x(out, f, &x, true);
    add_chosen(out, f, &x, chart);
    for (int k = 0; k < chart->n_lines; k++)
        if (is_line(&chart->lines[k])) add_band(out, f, &chart->lines[k], &x, &y);
    for (int k = 0; k < chart->n_lines; k++)
        if (is_line(&chart->lines[k])) add_line(out, f, &chart->lines[k], &x, &y);
    lk_text_add(out, "</svg>\n");
}

static void add_keys(lk_text *out, const lk_chart *chart) {
    for (int k = 0; k < chart->n_lines; k++) {
        if (!is_line(&chart->lines[k])) continue;
        lk_text_add(out, "<span class=\"key %sc%d\">", style_of(&chart->lines[k]),
                    chart->lines[k].colour);
        lk_html_text(out, chart->lines[k].name);
        lk_text_add(out, "</span> ");
    }
}

void lk_chart_keys(lk_text *out, const lk_chart *chart) {
    lk_text_add(out, "<p class=\"keys\">");
    add_keys(out, chart);
    lk_text_add(out, "</p>\n");
}

void lk_chart_lines(lk_text *out, const lk_chart *chart) {
    struct scale x, y;
    int n = 0;
    for (int k = 0; k < chart->n_lines; k++) n += is_line(&chart->lines[k]);
    if (!n) return;
    lk_text_add(out, "<figure%s><figcaption><b>", chart->first ? " class=\"panel first\"" : "");
    lk_html_text(out, chart->title);
    lk_text_add(out, "</b> ");
    if (!chart->no_keys) add_keys(out, chart);
    lk_text_add(out, "by ");
    lk_html_text(out, chart->axis);
    find_scales(chart, &x, &y);
    lk_text_add(out, "%s</figcaption>\n", y.logarithmic ? ", logarithmic" : "");
    if (chart->first) add_svg(out, chart, &large, "lines wide");
    add_svg(out, chart, &small, chart->first ? "lines narrow" : "lines");
    lk_text_add(out, "</figure>\n");
}

/* ---- bars ---- */

static void add_bar(lk_text *out, const lk_chart_bars *bars, const struct frame *f,
                    const struct scale *y, int i) {
    double width = (f->right - f->left) / bars->n, at = f->left + width * i,
           top = up(f, y, bars->height[i]);
    lk_text_add(out, "<rect class=\"bar\" x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\"", at,
                top, width > 3 ? width - 1 : width, fmax(f->bottom - top, 0));
    if (bars->tip) {
        lk_text tip = { 0 };
        bars->tip(bars->self, i, &tip);
        lk_text_add(out, " data-tip=\"");
        if (tip.n) lk_html_text(out, tip.data);
        lk_text_add(out, "\"");
        out->failed = out->failed || tip.failed;
        lk_text_deinit(&tip);
    }
    lk_text_add(out, "/>\n");
}

static void add_curve(lk_text *out, const lk_chart_bars *bars, const struct frame *f,
                      const struct scale *y) {
    double width = (f->right - f->left) / bars->n;
    lk_text_add(out, "<polyline class=\"l c1\" points=\"");
    for (int i = 0; i < bars->n; i++)
        lk_text_add(out, "%s%.1f,%.1f", i ? " " : "", f->left + width * (i + 0.5),
                    up(f, y, bars->curve[i]));
    lk_text_add(out, "\"/>\n");
}

void lk_chart_bars_add(lk_text *out, const lk_chart_bars *bars) {
    const struct frame *f = &small;
    struct scale y = { 0, 0, false }, x = { bars->low, bars->high, false };
    for (int i = 0; i < bars->n; i++) {
        widen(&y, bars->height[i]);
        if (bars->curve) widen(&y, bars->curve[i]);
    }
    if (!(y.high > 0)) y.high = 1;
    lk_text_add(out, "<figure><figcaption><b>");
    lk_html_text(out, bars->title);
    lk_text_add(out, "</b> ");
    if (bars->curve) {
        lk_text_add(out, "<span class=\"key c1\">");
        lk_html_text(out, bars->curve_name);
        lk_text_add(out, "</span> ");
    }
    lk_html_text(out, bars->words);
    lk_text_add(out, "</figcaption>\n");
    begin_svg(out, f, "bars", bars->title);
    lk_text_add(out, ">\n");
    add_ticks_y(out, f, &y);
    add_ticks_x(out, f, &x, false);
    for (int i = 0; i < bars->n; i++) add_bar(out, bars, f, &y, i);
    if (bars->curve) add_curve(out, bars, f, &y);
    lk_text_add(out, "</svg>\n</figure>\n");
}
