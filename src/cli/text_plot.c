/* Curves drawn with characters. A braille character has 2 x 4 points. */
#include "cli/text_plot.h"

#include <likeness/memory.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS_X = 2, POINTS_Y = 4, LABEL_MAX = 16, AXES_LINES = 2 };

struct range {
    double low, high;
    bool logarithmic;
};

struct canvas {
    int width, height;      /* in characters */
    int points_x, points_y; /* of a character */
    uint8_t *points;        /* of each character, a bit for each point as braille has them */
    int8_t *curve;          /* the curve that each character shows; -1: none */
};

/* ---- ranges ---- */

static bool is_point(const lk_text_curve *curve, int i) {
    return isfinite(curve->x[i]) && isfinite(curve->y[i]);
}

static void widen(struct range *range, double value) {
    if (!(range->low <= value)) range->low = value;
    if (!(range->high >= value)) range->high = value;
}

static bool find_ranges(const lk_text_curve *curves, int n_curves, struct range *x,
                        struct range *y) {
    *x = *y = (struct range){ (double)NAN, (double)NAN, false };
    for (int c = 0; c < n_curves; c++)
        for (int i = 0; i < curves[c].n; i++)
            if (is_point(&curves[c], i)) widen(x, curves[c].x[i]), widen(y, curves[c].y[i]);
    y->logarithmic = y->low > 0;
    return !isnan(x->low);
}

/* Where a value lies, from 0 to 1; in the middle where there is one value only. */
static double place_of(const struct range *range, double value) {
    if (!(range->high > range->low)) return 0.5;
    return range->logarithmic ? log(value / range->low) / log(range->high / range->low)
                              : (value - range->low) / (range->high - range->low);
}

static double value_at(const struct range *range, double place) {
    return range->logarithmic ? range->low * pow(range->high / range->low, place)
                              : range->low + place * (range->high - range->low);
}

/* ---- points ---- */

static void put_point(struct canvas *canvas, int x, int y, int curve) {
    static const uint8_t bits[POINTS_Y][POINTS_X] = {
        { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 }
    };
    int column = x / canvas->points_x, line = y / canvas->points_y;
    if (x < 0 || y < 0 || column >= canvas->width || line >= canvas->height) return;
    int at = line * canvas->width + column;
    canvas->points[at] |= bits[y % canvas->points_y][x % canvas->points_x];
    canvas->curve[at] = (int8_t)curve;
}

static void put_line(struct canvas *canvas, const int from[2], const int to[2], bool thick,
                     int curve) {
    int dx = to[0] - from[0], dy = to[1] - from[1];
    int n = abs(dx) > abs(dy) ? abs(dx) : abs(dy);
    for (int i = 0; i <= n; i++) {
        int x = from[0] + (int)lround(n ? (double)dx * i / n : 0),
            y = from[1] + (int)lround(n ? (double)dy * i / n : 0);
        put_point(canvas, x, y, curve);
        if (thick && canvas->points_y > 1) put_point(canvas, x, y ? y - 1 : 1, curve);
    }
}

static void put_curve(struct canvas *canvas, const lk_text_curve *curve, int number,
                      const struct range *x, const struct range *y) {
    int last[2] = { 0, 0 };
    bool drawn = false;
    for (int i = 0; i < curve->n; i++) {
        if (!is_point(curve, i)) {
            drawn = false;
            continue;
        }
        int width = canvas->width * canvas->points_x - 1,
            height = canvas->height * canvas->points_y - 1;
        int at[2] = { (int)lround(place_of(x, curve->x[i]) * width),
                      (int)lround((1 - place_of(y, curve->y[i])) * height) };
        put_line(canvas, drawn ? last : at, at, curve->thick, number);
        memcpy(last, at, sizeof last);
        drawn = true;
    }
}

/* ---- text ---- */

static void add_character(uint32_t character, lk_text *out) {
    char bytes[3] = { (char)(0xE0 | character >> 12), (char)(0x80 | (character >> 6 & 0x3F)),
                      (char)(0x80 | (character & 0x3F)) };
    lk_text_bytes(out, bytes, sizeof bytes);
}

/* The line of the canvas, without blanks at its end. */
static void add_points(const lk_text_plot *plot, const struct canvas *canvas, int line,
                       const lk_text_curve *curves, lk_text *out) {
    const uint8_t *points = canvas->points + line * canvas->width;
    const int8_t *owner = canvas->curve + line * canvas->width;
    int n = canvas->width, shown = -1;
    while (n > 0 && !points[n - 1]) n--;
    for (int i = 0; i < n; i++) {
        if (plot->colours && points[i] && owner[i] != shown)
            lk_text_add(out, "\033[%sm", curves[shown = owner[i]].colour);
        if (!points[i])
            lk_text_add(out, " ");
        else if (plot->blocks)
            add_character(0x2800u + points[i], out);
        else
            lk_text_add(out, curves[owner[i]].thick ? "*" : ".");
    }
    lk_text_add(out, "%s\n", shown >= 0 ? "\033[0m" : "");
}

/* At the top, in the middle and at the bottom; "": not shown. */
struct labels {
    char text[3][LABEL_MAX];
    int width;
};

/* As many digits as tell them apart. Without room the middle has no label; of one value it is the
   only one. */
static void make_labels(const struct range *y, int height, struct labels *labels) {
    static const double places[] = { 1, 0.5, 0 };
    bool flat = !(y->high > y->low);
    for (int digits = 3; digits <= 8; digits++) {
        for (int i = 0; i < 3; i++)
            lk_format(labels->text[i], LABEL_MAX, "%.*g", digits, value_at(y, places[i]));
        if (strcmp(labels->text[0], labels->text[1]) != 0 &&
            strcmp(labels->text[1], labels->text[2]) != 0)
            break;
    }
    if (flat)
        labels->text[0][0] = labels->text[2][0] = 0;
    else if (height < 5)
        labels->text[1][0] = 0;
    labels->width = 0;
    for (int i = 0; i < 3; i++)
        if ((int)strlen(labels->text[i]) > labels->width)
            labels->width = (int)strlen(labels->text[i]);
}

static const char *label_of(const struct labels *labels, int line, int height) {
    if (line == (height - 1) / 2 && *labels->text[1]) return labels->text[1];
    return line == 0 ? labels->text[0] : line == height - 1 ? labels->text[2] : "";
}

/* The axis of x with its mark, and the numbers of its ends below it. */
static void add_axis(const lk_text_plot *plot, const struct canvas *canvas, const struct range *x,
                     int indent, lk_text *out) {
    int mark = isnan(plot->mark) ? -1 : (int)lround(place_of(x, plot->mark) * (canvas->width - 1));
    char first[LABEL_MAX], last[LABEL_MAX];
    lk_text_add(out, "%*s%s", indent, "", plot->blocks ? "\xE2\x94\x94" : "+");
    for (int i = 0; i < canvas->width; i++)
        lk_text_add(out, "%s",
                    i == mark      ? (plot->blocks ? "\xE2\x96\xB2" : "^")
                    : plot->blocks ? "\xE2\x94\x80"
                                   : "-");
    lk_format(first, sizeof first, "%g", x->low);
    lk_format(last, sizeof last, "%g", x->high);
    if (x->high > x->low)
        lk_text_add(out, "\n%*s%s%*s\n", indent + 1, "", first, canvas->width - (int)strlen(first),
                    last);
    else
        lk_text_add(out, "\n%*s%s\n", indent + 1 + canvas->width / 2, "", first);
}

static void add_lines(const lk_text_plot *plot, const struct canvas *canvas,
                      const lk_text_curve *curves, const struct range *x,
                      const struct labels *labels, lk_text *out) {
    for (int line = 0; line < canvas->height; line++) {
        const char *label = label_of(labels, line, canvas->height);
        lk_text_add(out, "%*s %s", labels->width, label,
                    !plot->blocks ? (*label ? "+" : "|")
                    : *label      ? "\xE2\x94\xA4"
                                  : "\xE2\x94\x82");
        add_points(plot, canvas, line, curves, out);
    }
    add_axis(plot, canvas, x, labels->width + 1, out);
}

void lk_text_plot_draw(const lk_text_plot *plot, const lk_text_curve *curves, int n_curves,
                       lk_text *out) {
    struct range x, y;
    struct labels labels;
    if (!find_ranges(curves, n_curves, &x, &y)) return;
    make_labels(&y, plot->height - AXES_LINES, &labels);
    struct canvas canvas = { .width = plot->width - labels.width - 2,
                             .height = plot->height - AXES_LINES,
                             .points_x = plot->blocks ? POINTS_X : 1,
                             .points_y = plot->blocks ? POINTS_Y : 1 };
    if (canvas.width < 1 || canvas.height < 1) return;
    size_t n = (size_t)canvas.width * (size_t)canvas.height;
    canvas.points = lk_alloc(n);
    canvas.curve = lk_alloc(n);
    out->failed = out->failed || !canvas.points || !canvas.curve;
    for (int c = 0; c < n_curves && !out->failed; c++) put_curve(&canvas, &curves[c], c, &x, &y);
    if (!out->failed) add_lines(plot, &canvas, curves, &x, &labels, out);
    lk_free(canvas.points);
    lk_free(canvas.curve);
}

/* ---- one line ---- */

/* The mean of the points from `begin` to before `end` that are finite. */
static double mean_of(const double *y, int begin, int end) {
    double sum = 0;
    int n = 0;
    for (int i = begin; i < end; i++)
        if (isfinite(y[i])) sum += y[i], n++;
    return n ? sum / n : (double)NAN;
}

void lk_text_spark(const double *y, int n, int width, lk_text *out) {
    enum { LEVELS = 8, LOWEST = 0x2581 }; /* ▁ to █ */
    struct range range = { (double)NAN, (double)NAN, false };
    int shown = n < width ? n : width;
    for (int i = 0; i < n; i++)
        if (isfinite(y[i])) widen(&range, y[i]);
    range.logarithmic = range.low > 0;
    for (int i = 0; i < shown; i++) {
        double mean =
            mean_of(y, (int)((int64_t)n * i / shown), (int)((int64_t)n * (i + 1) / shown));
        if (isnan(mean))
            lk_text_add(out, " ");
        else
            add_character(LOWEST + (uint32_t)lround(place_of(&range, mean) * (LEVELS - 1)), out);
    }
}
