/* Faces: hair behind and in front of the head, and hats. Strands are noise stretched along the
   direction in which the hair falls. */
#include "data/faces/faces.h"

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

struct locks {
    const struct face *face;
    double soft;
};

static const struct {
    double volume, forehead,
        /* thickness over the skull; height of the hairline; how far it comes down at the sides */
        temples;
    /* how far hair reaches beyond the head at the sides, and below the origin; 0: it does not */
    double behind, fall;
} styles[HAIR_STYLES] = {
    [HAIR_BALD] = { 0, 0, 0, 0, 0 },
    [HAIR_BUZZ] = { 0.03, 0.06, 0.45, 0.015, 0.05 },
    [HAIR_SHORT] = { 0.10, 0.03, 0.45, 0.04, 0.1 },
    [HAIR_PARTED] = { 0.12, 0.0, 0.5, 0.05, 0.15 },
    [HAIR_FRINGE] = { 0.13, -0.15, 0.3, 0.1, 0.35 },
    [HAIR_BOB] = { 0.13, 0.0, 0.75, 0.17, 0.72 },
    [HAIR_LONG] = { 0.12, 0.02, 0.8, 0.17, 1.5 },
    [HAIR_WAVY] = { 0.15, 0.0, 0.75, 0.24, 1.3 },
    [HAIR_CURLY] = { 0.24, -0.02, 0.45, 0.27, 0.45 },
    [HAIR_BUN] = { 0.09, 0.05, 0.5, 0.03, 0.2 },
};

double lk_face_hairline(const struct face *face, double x) {
    double centre = lk_face_turned(face, 0, face->hairline, NULL),
           u = (x - centre) / face->half_width;
    double parted = face->style == HAIR_PARTED || face->style == HAIR_LONG ||
                            face->style == HAIR_BOB || face->style == HAIR_WAVY
                        ? 1
                        : 0;
    double v = u - parted * face->part * 0.8, sides = u * u * u * u;
    double line =
        face->hairline - styles[face->style].forehead + parted * (0.28 * sqrt(v * v + 0.01) - 0.05);
    return line + styles[face->style].temples * sides;
}

/* Light and dark strands and a bright band where the light glances off. `t` runs across strands,
   `s` along them. */
static struct rgb hair_colour(const struct face *face, double t, double s, double nx, double ny) {
    bool curly = face->style == HAIR_CURLY;
    double fine =
        curly ? lk_noise(t * 0.42, s * 11, face->seed + 31) : lk_noise(t, s * 2.2, face->seed + 31);
    double coarse = curly ? lk_noise(t * 0.2, s * 5, face->seed + 32)
                          : lk_noise(t * 0.3, s * 1.2, face->seed + 32);
    double nz = sqrt(fmax(0.1, 1 - nx * nx - ny * ny)),
           light = lk_face_light(face, nx + 0.35 * (fine - 0.5), ny, nz);
    double glance = nx * face->light[0] + ny * face->light[1] + nz * face->light[2],
           band = bump(square((glance - 0.82 + 0.25 * (coarse - 0.5)) / 0.22));
    double k = light * (0.62 + 0.42 * fine + 0.24 * coarse),
           shine = (curly ? 0.06 : 0.2) * band * (0.4 + 0.6 * fine);
    return (struct rgb){ face->hair.r * k + shine * (0.35 + 0.6 * face->hair.r),
                         face->hair.g * k + shine * (0.32 + 0.6 * face->hair.g),
                         face->hair.b * k + shine * (0.3 + 0.6 * face->hair.b) };
}

static double shade_back(const void *what, double x, double y, struct rgb *colour) {
    const struct locks *locks = what;
    const struct face *face = locks->face;
    double behind = styles[face->style].behind * face->volume,
           fall = styles[face->style].fall * face->length;
    if (lk_face_outline(face, x, y, 0) < -0.04) return 0; /* hidden by the head */
    double rough = face->style == HAIR_CURLY
                       ? 0.1 * (lk_noise(x * 7, y * 7, face->seed + 33) - 0.5)
                       : 0.03 * (lk_noise(x * 14, y * 2, face->seed + 33) - 0.5);
    double sway =
               face->style == HAIR_WAVY ? 0.07 * (lk_noise(2, y * 4.5, face->seed + 34) - 0.5) : 0,
           half = face->half_width + behind;
    double over = mix(behind, styles[face->style].volume * face->volume, smooth_step(0, 0.6, -y)),
           hang;
    double cap = lk_face_outline(face, x, fmin(y, 0), over);
    if (y > 0) {
        double end = fall + 0.1 * (lk_noise(x * 9, 1, face->seed + 35) - 0.5),
               taper = half * (1 - 0.12 * square(y / fmax(fall, 0.3)));
        cap = fabs(x - sway) - taper;
        hang = y - end;
        if (face->style == HAIR_CURLY || face->style == HAIR_BOB)
            cap = fmax(cap, ellipse(x, y - 0.1, half * 1.02, fall));
        hang = fmax(cap, hang);
    } else
        hang = cap;
    double alpha = cover(hang + rough, locks->soft);
    if (alpha <= 0) return 0;
    double t = (x - sway) * 30 + y * 2, u = clamp(x / half, -1, 1);
    *colour = rgb_scale(hair_colour(face, t, y, u * 0.8, y < 0 ? y : 0.1),
                        y > 0 ? mix(0.62, 1, smooth_step(0.45, 0.9, fabs(u))) : 0.8);
    return alpha;
}

static double shade_bun(const void *what, double x, double y, struct rgb *colour) {
    const struct locks *locks = what;
    const struct face *face = locks->face;
    double dx = x - 0.3 * face->part, dy = y + face->top + 0.08, r = 0.2 * face->length;
    *colour = hair_colour(face, (dx + dy) * 24, dx - dy, dx / r * 0.8, dy / r * 0.8);
    return cover(ellipse(dx, dy, r * 1.15, r), locks->soft);
}

void lk_face_back_hair(struct canvas *canvas, const struct face *face) {
    struct locks locks = { face, canvas->soft };
    if (face->style == HAIR_BALD) return;
    if (face->style == HAIR_BUN && face->hat == NO_HAT)
        lk_canvas_paint(canvas, (struct box){ 0, -face->top, 0.6, 0.4 }, shade_bun, &locks);
    lk_canvas_paint(canvas, (struct box){ 0, 0.2, 1.1, 1.5 }, shade_back, &locks);
}

static double shade_front(const void *what, double x, double y, struct rgb *colour) {
    const struct locks *locks = what;
    const struct face *face = locks->face;
    double grow = styles[face->style].volume * face->volume, rough = 0;
    double centre =
               lk_face_turned(face, 0, face->hairline, NULL) + face->part * 0.8 * face->half_width,
           t = (x - centre) / (1.25 + 0.8 * y);
    if (face->style == HAIR_CURLY) rough = 0.12 * (lk_noise(x * 7, y * 7, face->seed + 33) - 0.5);
    double d = lk_face_outline(face, x, y, grow) + rough +
               0.015 * (lk_noise(t * 25, y * 2, face->seed + 36) - 0.5);
    if (d > locks->soft) return 0;
    double ragged = face->style == HAIR_FRINGE                               ? 0.12
                    : face->style == HAIR_SHORT || face->style == HAIR_CURLY ? 0.09
                                                                             : 0.03;
    double line = lk_face_hairline(face, x) +
                  ragged * (lk_noise(t * 16, 3, face->seed + 37) - 0.5) +
                  0.4 * ragged * (lk_noise(t * 45, 4, face->seed + 38) - 0.5);
    double u = x / (face->half_width + grow), v = y / (face->top + grow),
           edge = face->style == HAIR_BUZZ ? 0.09 : locks->soft;
    double alpha = cover(d, locks->soft) * cover(y - line, edge);
    if (alpha <= 0) return 0;
    struct rgb c =
        hair_colour(face, face->style == HAIR_CURLY ? x * 30 : t * 42,
                    face->style == HAIR_CURLY ? y : sqrt(x * x + y * y), 0.85 * u, 0.85 * v);
    if (face->style == HAIR_PARTED || face->style == HAIR_LONG || face->style == HAIR_BOB)
        c = rgb_scale(c, 1 - 0.45 * bump(square(t / 0.035)) * smooth_step(0.1, 0.35, -y));
    *colour = face->style == HAIR_BUZZ ? rgb_mix(rgb_mix(*colour, face->hair, 0.55), c, 0.4) : c;
    return alpha * (face->style == HAIR_BUZZ ? 0.85 : 1);
}

void lk_face_front_hair(struct canvas *canvas, const struct face *face) {
    struct locks locks = { face, canvas->soft };
    if (face->style == HAIR_BALD) return;
    lk_canvas_paint(canvas, (struct box){ 0, -0.25, 1, 0.9 }, shade_front, &locks);
}

static double shade_hat(const void *what, double x, double y, struct rgb *colour) {
    const struct locks *locks = what;
    const struct face *face = locks->face;
    double grow = 0.1 + 0.06 * face->volume,
           line = -0.3 - 0.09 * (1 - square(x / face->half_width)),
           u = x / (face->half_width + grow);
    double d = lk_face_outline(face, x, fmin(y, 0), grow), rim = y - line,
           band = face->hat == BEANIE ? 0.17 : 0.06;
    if (face->hat == BAND) d = fmax(d + 0.03, line - 0.16 - y), rim += 0.04;
    double rib = lk_noise(u / sqrt(fmax(0.15, 1 - 0.8 * u * u)) * 15, face->hat == CAP ? 1 : y * 3,
                          face->seed + 41);
    if (fmin(d, 1) > locks->soft && rim < -0.2) return 0;
    double light = lk_face_light(face, 0.9 * u, 0.75 * y / face->top,
                                 sqrt(fmax(0.1, 1 - 0.8 * u * u - 0.4 * y * y))) *
                   (face->hat == CAP ? 1 : 0.82 + 0.3 * rib);
    if (face->hat != BAND) light *= 1 - 0.3 * bump(square((rim + band) / 0.035));
    struct rgb c = face->hat_colour;
    if (face->hat == BEANIE && rim > -band && lk_grain(2, 2, face->seed) < 0.5)
        c = rgb_mix(c, face->cloth[1], 0.8);
    double bill = face->hat == CAP
                      ? ellipse(x - 0.6 * face->yaw, rim - 0.02, face->half_width * 0.95, 0.1)
                      : 1,
           shape = fmax(d, rim);
    if (bill < shape) light = 0.55 + 0.4 * clamp01(-face->light[1]) - 1.5 * fmax(0, rim);
    *colour = rgb_scale(c, light);
    return cover(fmin(shape, bill), locks->soft);
}

void lk_face_hat(struct canvas *canvas, const struct face *face) {
    struct locks locks = { face, canvas->soft };
    if (face->hat != NO_HAT)
        lk_canvas_paint(canvas, (struct box){ 0, -0.55, 0.95, 0.6 }, shade_hat, &locks);
}
