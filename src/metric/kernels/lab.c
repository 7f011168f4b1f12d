/*
 * sRGB to CIELAB for whole pictures, with the formulas of image/colour.c. Instead of pow() and
 * cbrt(), which would be a call for every value, it uses
 *
 *     v^2.4 = v^3 (v^(-1/5))^3    and    cbrt(t) = t (t^(-1/3))^2.
 *
 * Newton's iteration for y^-n = t is y <- y + y (1 - t y^n) / n, without a division by t; it
 * squares the relative error e to about (n + 1) e^2 / 2. The first y comes from the bits of a
 * float, which are nearly its logarithm: log2 t = bits / 2^23 - 127 + s within 0.045 for s = 0.045.
 * The first y has an error of at most 0.04; after four steps the error is smaller than rounding.
 */
#include "kernels.h"

#include <string.h>

enum { STEPS = 4 };

static inline double root_start(double t, uint32_t n) {
    const double half = (127 - 0.0450466) * 8388608;
    float value = (float)t;
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits = (uint32_t)(half * (1 + 1.0 / n)) - bits / n;
    memcpy(&value, &bits, sizeof bits);
    return (double)value;
}

static inline double power(double v) {
    double y = root_start(v, 5);
    for (int i = 0; i < STEPS; i++) y += y * (1 - v * (y * y) * (y * y) * y) * (1.0 / 5);
    y *= v;
    return y * y * y;
}

static inline double cube_root(double t) {
    double y = root_start(t, 3);
    for (int i = 0; i < STEPS; i++) y += y * (1 - t * y * (y * y)) * (1.0 / 3);
    return t * y * y;
}

static void to_linear(size_t n, const double *restrict shifted, double *restrict out) {
    LK_VECTOR for (size_t i = 0; i < n; i++) {
        double v = shifted[i] + 0.5, high = power((v + 0.055) * (1 / 1.055));
        out[i] = v > 0.04045 ? high : v * (1 / 12.92);
    }
}

/* To X, Y, Z, each divided by that of white; from pixels to planes. */
static void to_planes(size_t n, const double *restrict rgb, double *restrict x, double *restrict y,
                      double *restrict z) {
    const double white_x = 0.95047, white_z = 1.08883;
    LK_VECTOR for (size_t i = 0; i < n; i++) {
        double r = rgb[3 * i], g = rgb[3 * i + 1], b = rgb[3 * i + 2];
        x[i] = (0.412453 * r + 0.357580 * g + 0.180423 * b) / white_x;
        y[i] = 0.212671 * r + 0.715160 * g + 0.072169 * b;
        z[i] = (0.019334 * r + 0.119193 * g + 0.950227 * b) / white_z;
    }
}

static void to_lightness(size_t n, double *v) {
    LK_VECTOR for (size_t i = 0; i < n; i++) {
        double root = cube_root(v[i]);
        v[i] = v[i] > 0.008856 ? root : 7.787 * v[i] + 16.0 / 116;
    }
}

static void to_lab(size_t n, double *restrict x, double *restrict y, double *restrict z) {
    LK_VECTOR for (size_t i = 0; i < n; i++) {
        double l = 116 * y[i] - 16, a = 500 * (x[i] - y[i]), b = 200 * (y[i] - z[i]);
        x[i] = l, y[i] = a, z[i] = b;
    }
}

void lk_lab_planes(size_t n, const double *shifted, double *lab) {
    enum { PIXELS = 256 };
    double linear[3 * PIXELS];
    const size_t n_pixels = n / 3;
    for (size_t first = 0; first < n_pixels; first += PIXELS) {
        size_t n_part = n_pixels - first < PIXELS ? n_pixels - first : PIXELS;
        double *x = lab + first, *y = x + n_pixels, *z = y + n_pixels;
        to_linear(3 * n_part, shifted + 3 * first, linear);
        to_planes(n_part, linear, x, y, z);
        to_lightness(n_part, x);
        to_lightness(n_part, y);
        to_lightness(n_part, z);
        to_lab(n_part, x, y, z);
    }
}
