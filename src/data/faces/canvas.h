/*
 * A square canvas for soft shapes, drawn at a finer resolution than its result and averaged down.
 * It uses only + - * / and sqrt of doubles, so a picture has the same bytes everywhere.
 */
#ifndef LIKENESS_DATA_FACES_CANVAS_H
#define LIKENESS_DATA_FACES_CANVAS_H

#include <likeness/base.h>

#include <math.h>

struct rgb {
    double r, g, b;
};

/** x to the right and y down; the canvas is [-1, 1] in both. The frame maps a drawing's own
 * coordinates onto it. */
struct canvas {
    int side;
    struct rgb *samples;
    double x, y, scale, cosine, sine; /* canvas = (x, y) + scale * rotation * drawing */
    /* the width over which edges fade: one and a half samples, in units of the drawing */
    double soft;
};

/** Sets the colour of one point, given the colour there; returns how much it covers (0 to 1). */
typedef double shader(const void *what, double x, double y, struct rgb *colour);

struct box {
    double x, y, half_width, half_height;
};

/** CANVAS_FINE x CANVAS_FINE samples for each pixel of a size x size picture. `samples` has
 * lk_canvas_samples(size) elements. */
enum { CANVAS_FINE = 2 };
void lk_canvas_init(struct canvas *canvas, int size, struct rgb *samples);
size_t lk_canvas_samples(int size);
/** tilt is the tangent of half the angle. */
void lk_canvas_frame(struct canvas *canvas, double x, double y, double scale, double tilt);
void lk_canvas_paint(struct canvas *canvas, struct box box, shader *shade, const void *what);
/** Average the samples to size x size x 3 bytes. */
void lk_canvas_bytes(const struct canvas *canvas, int size, uint8_t *pixels);

/** Smooth noise in [0, 1] with features of size 1. */
double lk_noise(double x, double y, uint32_t seed);
/** Uncorrelated noise: one value in [0, 1) for each pair of numbers. */
double lk_grain(int x, int y, uint32_t seed);

static inline double clamp01(double v) {
    return v < 0 ? 0 : v > 1 ? 1 : v;
}
static inline double clamp(double v, double low, double high) {
    return v < low ? low : v > high ? high : v;
}
static inline double mix(double a, double b, double t) {
    return a + (b - a) * t;
}
/** 0 below `from`, 1 above `to`, smooth in between. */
static inline double smooth_step(double from, double to, double v) {
    double t = clamp01((v - from) / (to - from));
    return t * t * (3 - 2 * t);
}
/** A soft bump: 1 at q = 0, 0 from q = 1 on, where q is a squared distance. */
static inline double bump(double q) {
    return q < 1 ? (1 - q) * (1 - q) : 0;
}
static inline double square(double v) {
    return v * v;
}
/** How much of a sample lies inside, given the distance to the edge (negative inside). */
static inline double cover(double distance, double soft) {
    return clamp01(0.5 - distance / soft);
}
/** The approximate distance to an ellipse around the origin. */
static inline double ellipse(double x, double y, double a, double b) {
    double k = sqrt(square(x / a) + square(y / b)),
           slope = sqrt(square(x / (a * a)) + square(y / (b * b)));
    return slope > 0 ? k * (k - 1) / slope : -(a < b ? a : b);
}
static inline struct rgb rgb_mix(struct rgb a, struct rgb b, double t) {
    return (struct rgb){ mix(a.r, b.r, t), mix(a.g, b.g, t), mix(a.b, b.b, t) };
}
static inline struct rgb rgb_scale(struct rgb a, double k) {
    return (struct rgb){ a.r * k, a.g * k, a.b * k };
}

#endif
