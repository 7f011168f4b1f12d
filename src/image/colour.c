/*
 * sRGB to CIELAB. Transfer curve of IEC 61966-2-1, the Rec. 709 primaries' matrix, white D65 seen
 * at 2 degrees, Lab of CIE 15:2004 with the constants scikit-image prints (0.008856, 7.787), so
 * that results compare.
 */
#include <likeness/image.h>

#include <math.h>

static double linear(double v) {
    return v > 0.04045 ? pow((v + 0.055) / 1.055, 2.4) : v / 12.92;
}

static double lightness(double t) {
    return t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116.0;
}

void lk_lab_from_srgb(double r, double g, double b, double lab[3]) {
    static const double white_x = 0.95047, white_z = 1.08883;
    r = linear(r), g = linear(g), b = linear(b);
    double x = lightness((0.412453 * r + 0.357580 * g + 0.180423 * b) / white_x);
    double y = lightness(0.212671 * r + 0.715160 * g + 0.072169 * b);
    double z = lightness((0.019334 * r + 0.119193 * g + 0.950227 * b) / white_z);
    lab[0] = 116 * y - 16;
    lab[1] = 500 * (x - y);
    lab[2] = 200 * (y - z);
}
