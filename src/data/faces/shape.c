/* Faces: the outline of the head, and how light falls on it. */
#include "data/faces/faces.h"

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

double lk_face_light(const struct face *face, double x, double y, double z) {
    double length = sqrt(x * x + y * y + z * z),
           toward = x * face->light[0] + y * face->light[1] + z * face->light[2];
    double lit = clamp01(0.12 + 0.88 * toward / length);
    return face->ambient + (1.16 - face->ambient) * lit;
}

double lk_face_half_width(const struct face *face, double u, double grow) {
    double narrow = u > 0 ? face->jaw * u * u * (1.6 - 0.6 * u) : 0.06 * u * u;
    return (face->half_width + grow) * (1 - narrow);
}

double lk_face_outline(const struct face *face, double x, double y, double grow) {
    double u = y / ((y < 0 ? face->top : face->bottom) + grow),
           w = lk_face_half_width(face, u, grow), v = u * u;
    if (u > 0) v = mix(v, v * v, 0.6 * face->squareness);
    return (sqrt(square(x / w) + v) - 1) * (face->half_width + grow);
}
