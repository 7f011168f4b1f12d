/* Places names of points: each tries positions on rings around its point, from the nearest to the
   farthest, and takes the one that covers least. Later rounds let names move away from those that
   were placed after them. */
#include "draw/labels.h"

#include <likeness/base.h>

#include <math.h>

enum { ROUNDS = 4, SAMPLES = 12 };

/* Directions from the point, the preferred first; y grows downwards. */
static const struct direction {
    double x, y;
} directions[] = { { 1, 0 },  { 1, -1 }, { 1, 1 },    { -1, 0 },  { -1, -1 },   { -1, 1 },
                   { 0, -1 }, { 0, 1 },  { 1, -0.5 }, { 1, 0.5 }, { -1, -0.5 }, { -1, 0.5 } };
static const double rings[] = { 9, 20, 34, 50, 70, 95 };

/* The part of the names' surroundings that stays free. */
static const double gap = 3;

/* The distance from the point to the end of its marks, to the side of d where it is exactly to the
   side, above or below; else 0. */
static double reach(const lk_label *label, struct direction d) {
    double far = 0;
    for (int m = 0; m < LK_LABEL_MARKS; m++) {
        const lk_box *box = &label->marks[m];
        if (d.y == 0) far = fmax(far, d.x > 0 ? box->x1 - label->x : label->x - box->x0);
        if (d.x == 0) far = fmax(far, d.y > 0 ? box->y1 - label->y : label->y - box->y0);
    }
    return far;
}

/* A place at least `ring` from the point. */
static lk_box box_at(const lk_label *label, double size, double ring, struct direction d) {
    double beyond = reach(label, d), distance = beyond > 0 ? beyond + ring - rings[0] + 4 : ring,
           height = 0.95 * size, x = label->x + d.x * distance,
           y = label->y + d.y * (d.x == 0 ? distance + height / 2 : distance);
    double left = d.x > 0   ? x
                  : d.x < 0 ? x - label->width
                            : x - label->width / 2,
           top = y - height / 2;
    return (lk_box){ left, top, left + label->width, top + height };
}

static double overlap(lk_box a, lk_box b) {
    double width = fmin(a.x1, b.x1) - fmax(a.x0, b.x0) + gap,
           height = fmin(a.y1, b.y1) - fmax(a.y0, b.y0) + gap;
    return width > 0 && height > 0 ? width * height : 0;
}

static double outside(lk_box box, lk_box within) {
    return fmax(0, within.x0 - box.x0) + fmax(0, box.x1 - within.x1) + fmax(0, within.y0 - box.y0) +
           fmax(0, box.y1 - within.y1);
}

/* Where the line from the point ends at the name. */
static void line_end(const lk_label *label, double *x, double *y) {
    const lk_box *box = &label->box;
    *x = fmin(fmax(label->x, box->x0), box->x1);
    *y = fmin(fmax(label->y, box->y0), box->y1);
    if (*x != label->x) *y = (box->y0 + box->y1) / 2;
}

/* How much of the line of a far label runs through a box. */
static double crossing(const lk_label *label, lk_box box) {
    double x, y, sum = 0;
    if (!label->far) return 0;
    line_end(label, &x, &y);
    for (int i = 1; i < SAMPLES; i++) {
        double share = (double)i / SAMPLES, at_x = label->x + share * (x - label->x),
               at_y = label->y + share * (y - label->y);
        sum += at_x > box.x0 && at_x < box.x1 && at_y > box.y0 && at_y < box.y1;
    }
    return sum;
}

/* Twice the signed area of a triangle. */
static double turn(double ax, double ay, double bx, double by, double cx, double cy) {
    return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
}

/* Whether the lines of two labels cross. */
static bool lines_cross(const lk_label *a, const lk_label *b) {
    double ax, ay, bx, by;
    if (!a->far || !b->far) return false;
    line_end(a, &ax, &ay);
    line_end(b, &bx, &by);
    return turn(a->x, a->y, ax, ay, b->x, b->y) * turn(a->x, a->y, ax, ay, bx, by) < 0 &&
           turn(b->x, b->y, bx, by, a->x, a->y) * turn(b->x, b->y, bx, by, ax, ay) < 0;
}

/* What a place covers, in square units. Of all n labels the first n_placed have places. */
static double cost_of(const lk_label *all, int n, int n_placed, int self, lk_box within) {
    const lk_label *label = &all[self];
    double cost = 1000 * outside(label->box, within);
    for (int i = 0; i < n; i++) {
        for (int m = 0; m < LK_LABEL_MARKS; m++) {
            cost += overlap(label->box, all[i].marks[m]);
            if (i != self) cost += 8 * crossing(label, all[i].marks[m]);
        }
        if (i == self || i >= n_placed) continue;
        cost += 2 * overlap(label->box, all[i].box);
        cost += 20 * (crossing(label, all[i].box) + crossing(&all[i], label->box));
        if (lines_cross(label, &all[i])) cost += 100;
    }
    return cost;
}

/* A farther place must be clearer than a near one. */
static void place(lk_label *all, int n, int n_placed, int self, double size, lk_box within) {
    lk_label *label = &all[self], best = *label;
    double least = INFINITY;
    for (size_t r = 0; r < LK_COUNT(rings); r++)
        for (size_t d = 0; d < LK_COUNT(directions); d++) {
            label->box = box_at(label, size, rings[r], directions[d]);
            label->far = r > 0;
            double cost = cost_of(all, n, n_placed, self, within) + 2 * rings[r] + 0.5 * (double)d;
            if (!(cost < least)) continue;
            least = cost;
            best = *label;
        }
    *label = best;
}

void lk_labels_place(lk_label *labels, int n, double size, lk_box within) {
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < n; i++) place(labels, n, round ? n : i, i, size, within);
}

void lk_label_draw(lk_canvas *canvas, const lk_label *label, double size) {
    double x, y;
    line_end(label, &x, &y);
    if (label->far)
        lk_draw_line(canvas, label->x, label->y, x, y, (lk_pen){ 1, LK_COLOUR_GREY, false });
    lk_draw_text(canvas, label->box.x0, (label->box.y0 + label->box.y1) / 2 + 0.36 * size,
                 (lk_text_style){ .size = size, .colour = LK_COLOUR_TEXT }, label->text);
}
