/* The canvas: frames, painting within a box, averaging, noise. */
#include "data/faces/canvas.h"

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF /* gcc does not contract with -std=c11 */
#endif

size_t lk_canvas_samples(int size) {
    return (size_t)size * CANVAS_FINE * (size_t)size * CANVAS_FINE;
}

void lk_canvas_init(struct canvas *canvas, int size, struct rgb *samples) {
    *canvas = (struct canvas){ .side = size * CANVAS_FINE, .samples = samples };
    lk_canvas_frame(canvas, 0, 0, 1, 0);
}

void lk_canvas_frame(struct canvas *canvas, double x, double y, double scale, double tilt) {
    double norm = 1 + tilt * tilt;
    canvas->x = x;
    canvas->y = y;
    canvas->scale = scale;
    canvas->cosine = (1 - tilt * tilt) / norm;
    canvas->sine = 2 * tilt / norm;
    canvas->soft = 1.5 * 2 / canvas->side / scale;
}

static int sample_at(const struct canvas *canvas, double v) {
    return (int)clamp((v + 1) / 2 * canvas->side, 0, canvas->side);
}

void lk_canvas_paint(struct canvas *canvas, struct box box, shader *shade, const void *what) {
    double c = canvas->cosine, s = canvas->sine, k = canvas->scale;
    double x = canvas->x + k * (c * box.x - s * box.y), y = canvas->y + k * (s * box.x + c * box.y);
    double half_width =
        k * (fabs(c) * box.half_width + fabs(s) * box.half_height) + 4.0 / canvas->side;
    double half_height =
        k * (fabs(s) * box.half_width + fabs(c) * box.half_height) + 4.0 / canvas->side;
    int left = sample_at(canvas, x - half_width), right = sample_at(canvas, x + half_width);
    int top = sample_at(canvas, y - half_height), bottom = sample_at(canvas, y + half_height);
    double step = 2 / (k * canvas->side), from_x = (-1 - canvas->x) / k,
           from_y = (-1 - canvas->y) / k;
    for (int row = top; row < bottom; row++) {
        double dy = (row + 0.5) * step + from_y;
        for (int column = left; column < right; column++) {
            double dx = (column + 0.5) * step + from_x;
            struct rgb *at = &canvas->samples[(size_t)row * (size_t)canvas->side + (size_t)column],
                       colour = *at;
            double alpha = shade(what, c * dx + s * dy, c * dy - s * dx, &colour);
            if (alpha > 0) *at = rgb_mix(*at, colour, alpha);
        }
    }
}

static uint8_t byte(double v) {
    return (uint8_t)(clamp01(v) * 255 + 0.5);
}

void lk_canvas_bytes(const struct canvas *canvas, int size, uint8_t *pixels) {
    const double share = 1.0 / (CANVAS_FINE * CANVAS_FINE);
    for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++, pixels += 3) {
            struct rgb sum = { 0 };
            for (int i = 0; i < CANVAS_FINE * CANVAS_FINE; i++) {
                int row = y * CANVAS_FINE + i / CANVAS_FINE,
                    column = x * CANVAS_FINE + i % CANVAS_FINE;
                const struct rgb *at =
                    &canvas->samples[(size_t)row * (size_t)canvas->side + (size_t)column];
                sum.r += at->r, sum.g += at->g, sum.b += at->b;
            }
            pixels[0] = byte(sum.r * share), pixels[1] = byte(sum.g * share),
            pixels[2] = byte(sum.b * share);
        }
    }
}

double lk_grain(int x, int y, uint32_t seed) {
    uint32_t h = (uint32_t)x * 0x9E3779B1U ^ (uint32_t)y * 0x85EBCA77U ^ seed * 0xC2B2AE3DU;
    h = (h ^ h >> 15) * 0x2C1B3C6DU;
    h = (h ^ h >> 12) * 0x297A2D39U;
    return (double)(h ^ h >> 15) * 0x1p-32;
}

/* Instead of floor(), which is a function call on processors without an instruction for it. */
static int whole(double v) {
    int i = (int)v;
    return i - (v < i);
}

double lk_noise(double x, double y, uint32_t seed) {
    int i = whole(x), j = whole(y);
    double u = x - i, v = y - j;
    u = u * u * (3 - 2 * u);
    v = v * v * (3 - 2 * v);
    return mix(mix(lk_grain(i, j, seed), lk_grain(i + 1, j, seed), u),
               mix(lk_grain(i, j + 1, seed), lk_grain(i + 1, j + 1, seed), u), v);
}
