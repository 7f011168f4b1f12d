/* The figure of a table: SSIM against MSE, a point for each model, with error bars. */
#include "draw/labels.h"
#include "draw/plot.h"
#include "report/report.h"
#include "report/summary.h"

#include <likeness/memory.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 640, HEIGHT = 480, MARGIN = 12, TEXT = 16, NAME = 14, RADIUS = 5, WIDE = 4 };

/* A model with both scores. */
struct point {
    const lk_summary *row;
    double x, y, x_error, y_error; /* errors: 0 where unknown */
    lk_colour colour;
};

static double error_of(const lk_summary *row, lk_metric metric) {
    return isfinite(row->spread[metric]) ? row->spread[metric] : 0;
}

/* Models of one type have one colour. */
static lk_colour colour_of(const struct point *points, int n, const char *model) {
    int n_types = 0;
    for (int i = 0; i < n; i++) {
        if (strcmp(points[i].row->first->model, model) == 0) return points[i].colour;
        bool is_new = true;
        for (int k = 0; k < i && is_new; k++)
            is_new = strcmp(points[k].row->first->model, points[i].row->first->model) != 0;
        n_types += is_new;
    }
    return lk_series_colour(n_types);
}

static int list_points(const lk_report *report, struct point *points) {
    int n = 0;
    for (size_t i = 0; i < report->n_rows; i++) {
        const lk_summary *row = &report->rows[i];
        double x = row->value[LK_METRIC_MSE], y = row->value[LK_METRIC_SSIM];
        if (!row->n_seeds || !isfinite(x) || !isfinite(y)) continue;
        points[n] = (struct point){ .row = row,
                                    .x = x,
                                    .y = y,
                                    .x_error = error_of(row, LK_METRIC_MSE),
                                    .y_error = error_of(row, LK_METRIC_SSIM),
                                    .colour = colour_of(points, n, row->first->model) };
        n++;
    }
    return n;
}

static void include(lk_axis *axis, double value, double error) {
    const double ends[] = { value - error, value + error };
    lk_axis_include(axis, ends, 2);
}

static void draw_point(const lk_plot *plot, const struct point *p) {
    const lk_pen pen = { 1.5, p->colour, false };
    double x = lk_plot_x(plot, p->x), y = lk_plot_y(plot, p->y);
    lk_draw_line(plot->canvas, lk_plot_x(plot, p->x - p->x_error), y,
                 lk_plot_x(plot, p->x + p->x_error), y, pen);
    lk_draw_line(plot->canvas, x, lk_plot_y(plot, p->y - p->y_error), x,
                 lk_plot_y(plot, p->y + p->y_error), pen);
    lk_draw_disc(plot->canvas, x, y, RADIUS, p->colour);
}

/* ---- the front ---- */

static int by_x(const void *a, const void *b) {
    const struct point *p = a, *q = b;
    return p->x != q->x ? (p->x > q->x) - (p->x < q->x) : (p->y < q->y) - (p->y > q->y);
}

/* The Pareto front: of points in the order of x, those above all before them, joined by steps. All
   others lie to the right of the steps and below. */
static void draw_front(const lk_plot *plot, const struct point *points, int n) {
    const lk_pen pen = { 1, 0xA0A0A0, true };
    double x = lk_plot_x(plot, points[0].x), y = lk_plot_y(plot, points[0].y);
    for (int i = 1; i < n; i++) {
        double next_x = lk_plot_x(plot, points[i].x), next_y = lk_plot_y(plot, points[i].y);
        if (next_y >= y) continue;
        lk_draw_line(plot->canvas, x, y, next_x, y, pen);
        lk_draw_line(plot->canvas, next_x, y, next_x, next_y, pen);
        x = next_x, y = next_y;
    }
}

/* ---- names ---- */

/* A name, and what is drawn at its point. */
static lk_label label_of(const lk_plot *plot, const struct point *p) {
    const lk_text_style style = { .size = NAME };
    const char *text = p->row->first->label;
    double x = lk_plot_x(plot, p->x), y = lk_plot_y(plot, p->y);
    return (lk_label){ .text = text,
                       .x = x,
                       .y = y,
                       .width = lk_text_width(plot->canvas, style, text),
                       .marks = { { x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS },
                                  { lk_plot_x(plot, p->x - p->x_error), y,
                                    lk_plot_x(plot, p->x + p->x_error), y },
                                  { x, lk_plot_y(plot, p->y + p->y_error), x,
                                    lk_plot_y(plot, p->y - p->y_error) } } };
}

static void draw_names(const lk_plot *plot, const struct point *points, lk_label *labels, int n) {
    for (int i = 0; i < n; i++) labels[i] = label_of(plot, &points[i]);
    lk_labels_place(labels, n, NAME,
                    (lk_box){ plot->x0, plot->y0, plot->left + plot->width, plot->y1 });
    for (int i = 0; i < n; i++) lk_label_draw(plot->canvas, &labels[i], NAME);
}

/* Whether MSE wants a logarithmic axis, on which every point and error has a place. */
static bool spans_much(const struct point *points, int n) {
    bool spans = points[n - 1].x > WIDE * points[0].x;
    for (int i = 0; i < n; i++) spans = spans && points[i].x > points[i].x_error;
    return spans;
}

static void draw_points(lk_canvas *canvas, const struct point *points, lk_label *labels, int n) {
    lk_plot plot = { .canvas = canvas,
                     .left = MARGIN,
                     .top = MARGIN,
                     .width = WIDTH - 2 * MARGIN,
                     .height = HEIGHT - 2 * MARGIN,
                     .title =
                         "Lines: deviation over seeds, or error. Dashed: beaten by none in both",
                     .size = TEXT,
                     .x = { .name = "MSE (lower is better)" },
                     .y = { .name = "SSIM (higher is better)" } };
    plot.x.log = spans_much(points, n);
    for (int i = 0; i < n; i++) {
        include(&plot.x, points[i].x, points[i].x_error);
        include(&plot.y, points[i].y, points[i].y_error);
    }
    lk_axis_widen(&plot.x, 0.08);
    lk_axis_widen(&plot.y, 0.08);
    lk_plot_begin(&plot);
    draw_front(&plot, points, n);
    for (int i = 0; i < n; i++) draw_point(&plot, &points[i]);
    lk_plot_end(&plot);
    draw_names(&plot, points, labels, n);
}

static lk_status draw(const lk_report *report, const char *path, const lk_origin_notes *origin,
                      lk_error *err) {
    lk_canvas *canvas = NULL;
    lk_arena arena;
    lk_arena_init(&arena);
    struct point *points = lk_arena_alloc(&arena, report->n_rows * sizeof *points);
    lk_label *labels = lk_arena_alloc(&arena, report->n_rows * sizeof *labels);
    lk_status status =
        points && labels
            ? LK_OK
            : lk_fail_memory(err, report->n_rows * (sizeof *points + sizeof *labels), path);
    int n = status ? 0 : list_points(report, points);
    if (n) qsort(points, (size_t)n, sizeof *points, by_x);
    if (!status)
        status =
            n ? lk_canvas_create(path, &canvas, err)
              : lk_fail(err, LK_FORMAT, "%s: expected a model with SSIM and MSE, got none", path);
    if (!status) status = lk_canvas_begin(canvas, WIDTH, HEIGHT, 2, err);
    if (!status) draw_points(canvas, points, labels, n);
    if (!status) status = lk_canvas_write(canvas, origin, err);
    lk_canvas_destroy(canvas);
    lk_arena_deinit(&arena);
    return status;
}

lk_status lk_report_scatter(const lk_results *results, const lk_report_view *view, const char *path,
                            const lk_origin_notes *origin, lk_error *err) {
    lk_report report = { 0 };
    lk_status status = lk_report_init(&report, results, view, err);
    if (status) return status;
    status = draw(&report, path, origin, err);
    lk_report_deinit(&report);
    return status;
}
