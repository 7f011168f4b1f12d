/* sRGB (IEC 61966-2-1) to CIELAB (CIE 15), D65 and 2 degrees. The matrix and the white are scikit-image's, whose
   rgb2lab this equals; its matrix is rounded, so greys have a chroma of some thousandths. */
#include "colour.h"

#include <math.h>

static double linear(double v) {
    return v > 0.04045 ? pow((v + 0.055) / 1.055, 2.4) : v / 12.92;
}

static double lightness(double t) {
    return t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116.0;
}

void lk_lab_from_srgb(const double rgb[3], double lab[3]) {
    const double r = linear(rgb[0]), g = linear(rgb[1]), b = linear(rgb[2]);
    const double x = lightness((0.412453 * r + 0.357580 * g + 0.180423 * b) / 0.95047);
    const double y = lightness(0.212671 * r + 0.715160 * g + 0.072169 * b);
    const double z = lightness((0.019334 * r + 0.119193 * g + 0.950227 * b) / 1.08883);
    lab[0] = 116 * y - 16;
    lab[1] = 500 * (x - y);
    lab[2] = 200 * (y - z);
}
