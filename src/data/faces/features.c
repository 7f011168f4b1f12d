/* Faces: eyes, brows, mouth, glasses. */
#include "data/faces/faces.h"

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

struct eye {
    const struct face *face;
    double soft, x, y, width, side, light;
};

static struct rgb iris_colour(const struct eye *eye, double dx, double dy, double radius,
                              struct rgb white) {
    const struct face *face = eye->face;
    double d = sqrt(dx * dx + dy * dy) / radius, edge = eye->soft / radius;
    if (d > 1 + edge) return white;
    struct rgb c = rgb_scale(face->iris, 0.7 + 0.5 * clamp01(d) + 0.4 * dy / radius);
    c = rgb_mix(c, rgb_scale(face->iris, 0.35), smooth_step(0.72, 1, d));
    c = rgb_mix(c, (struct rgb){ 0.03, 0.025, 0.03 },
                1 - smooth_step(0.42 - edge / 2, 0.42 + edge / 2, d));
    return rgb_mix(white, c, cover((d - 1) * radius, eye->soft));
}

/* u runs across the eye from -1 (towards the nose) to 1, v is the height in the same units. */
static double shade_eye(const void *what, double x, double y, struct rgb *colour) {
    const struct eye *eye = what;
    const struct face *face = eye->face;
    double w = eye->width, u = (x - eye->x) / w * eye->side, v = (y - eye->y) / w + face->slant * u,
           arc = 1 - u * u;
    if (u < -1.35 || u > 1.45) return 0;
    double open = face->eye_open, upper = -open * (arc > 0 ? arc * (1.1 - 0.1 * u) : 2 * arc),
           lower = 0.42 * open * arc;
    double inside = fmin(v - upper, lower - v) * w * 0.85, alpha = cover(-inside, eye->soft),
           soft = eye->soft / w;
    struct rgb white = rgb_scale((struct rgb){ 0.95, 0.92, 0.9 },
                                 eye->light * (0.72 + 0.28 * smooth_step(0, 0.35, v - upper)) *
                                     (1 - 0.22 * u * u));
    white.g *= 1 - 0.25 * smooth_step(0.6, 1, -u);
    white.b *= 1 - 0.25 * smooth_step(0.6, 1, -u);
    double radius = 0.5 * w, dx = x - eye->x - face->gaze_x * w,
           dy = y - eye->y - (face->gaze_y - 0.2 * open) * w;
    struct rgb c = iris_colour(eye, dx, dy, radius, white);
    double spark = ellipse(dx - 0.4 * radius * (face->light[0] > 0 ? 1 : -1), dy + 0.38 * radius,
                           0.26 * radius, 0.26 * radius);
    c = rgb_mix(c, (struct rgb){ 1, 1, 1 }, 0.95 * cover(spark, eye->soft));
    double lid = 0.1 + 0.17 * face->lashes * (1 + 0.4 * u),
           line = cover(fabs(v - upper + lid / 2) - lid / 2, soft) *
                  (u < 1.12 + 0.2 * face->lashes && u > -1.05);
    double crease = 0.45 * bump(square((v - upper * 1.15 + 0.3) / 0.13)) * (u > -1 && u < 1.1),
           low = 0.35 * bump(square((v - lower - 0.05) / 0.13)) * (arc > 0);
    struct rgb dark = rgb_mix((struct rgb){ 0.1, 0.06, 0.05 }, rgb_scale(face->skin, 0.35),
                              0.5 - 0.45 * face->lashes);
    struct rgb deep = rgb_scale(face->skin, 0.5);
    struct rgb result = rgb_mix(*colour, deep, fmax(crease, low));
    result = rgb_mix(result, c, alpha);
    *colour = rgb_mix(result, dark, line);
    return 1;
}

static double shade_brow(const void *what, double x, double y, struct rgb *colour) {
    const struct eye *eye = what;
    const struct face *face = eye->face;
    double w = eye->width * 1.45, u = (x - eye->x) / w * eye->side - 0.05;
    if (fabs(u) > 1) return 0;
    double v =
        y - eye->y - face->brow_y + face->brow_arch * (1 - square(u - 0.3)) + face->brow_slant * u;
    double half = face->brow_thickness * (0.5 + 0.5 * smooth_step(-1, -0.6, u)) *
                  (1 - 0.75 * smooth_step(-0.2, 1, u));
    if (fabs(v) > half + 2 * eye->soft) return 0;
    double strand = lk_noise(u * 11 + v * 60, v * 25, face->seed + 21);
    double light = 0.75 + 0.5 * strand;
    struct rgb c = face->style == HAIR_BALD || face->age > 0.8
                       ? rgb_mix(face->hair, rgb_scale(face->skin, 0.35), 0.4)
                       : rgb_scale(face->hair, 0.8);
    *colour = rgb_scale(c, light * (0.5 + 0.5 * eye->light));
    return cover(fabs(v) - half, eye->soft * 1.6) * (0.72 + 0.28 * strand) *
           (1 - smooth_step(0.85, 1, fabs(u)));
}

void lk_face_eyes(struct canvas *canvas, const struct face *face) {
    for (int i = 0; i < 2; i++) {
        double side = i ? 1 : -1, foreshortened,
               x = lk_face_turned(face, side * face->eye_x, face->eye_y, &foreshortened);
        double light = lk_face_light(face, 0.55 * side - 0.25 * face->yaw, 0, 0.85);
        struct eye eye = { face, canvas->soft, x, face->eye_y, face->eye_width * foreshortened,
                           side, light };
        lk_canvas_paint(
            canvas, (struct box){ x, face->eye_y, face->eye_width * 1.6, face->eye_width * 1.3 },
            shade_eye, &eye);
        lk_canvas_paint(canvas,
                        (struct box){ x, face->eye_y + face->brow_y, face->eye_width * 1.8, 0.16 },
                        shade_brow, &eye);
    }
}

struct mouth {
    const struct face *face;
    double soft, x, half;
};

/* Teeth above, tongue below, dark in between. */
static struct rgb inside_colour(const struct face *face, double u, double v, double gap) {
    struct rgb dark = { 0.22, 0.06, 0.06 }, tongue = { 0.68, 0.3, 0.3 },
               teeth = { 0.95, 0.93, 0.88 };
    struct rgb c =
        rgb_mix(dark, tongue, face->mouth_open > 0.06 ? smooth_step(0.6, 0.95, v / gap) : 0);
    double seam = 1 - 0.12 * bump(square((u * 5 - floor(u * 5) - 0.5) / 0.3 - 1.4));
    teeth = rgb_scale(teeth, seam * (1 - 0.3 * u * u));
    return rgb_mix(teeth, c, smooth_step(0.5, 0.65, v / fmax(gap, 0.05)));
}

static double shade_mouth(const void *what, double x, double y, struct rgb *colour) {
    const struct mouth *mouth = what;
    const struct face *face = mouth->face;
    double u = (x - mouth->x) / mouth->half, arc = 1 - u * u;
    if (arc < -0.25) return 0;
    double middle = face->mouth_y - face->smile * 0.085 * (u * u - 0.25), v = y - middle,
           full = fmax(arc, 0);
    double gap = face->mouth_open * sqrt(full) * (0.7 + 0.3 * full),
           bow = 1 - 0.28 * bump(square(u / 0.3));
    double up = face->upper_lip * full * bow * (1 + 0.3 * bump(square((fabs(u) - 0.3) / 0.3))),
           down = face->lower_lip * sqrt(full) * (0.4 + 0.6 * full);
    double soft = mouth->soft, lips = fmin(cover(-v - up, soft), cover(v - gap - down, soft)) *
                                      smooth_step(0, 0.12, arc);
    double fullness =
        v < 0
            ? 0.82 - 0.2 * v / fmax(up, 0.01) * 0.3
            : 0.92 + 0.16 * bump(square((v - gap - 0.45 * down) / fmax(0.6 * down, 0.01)) + u * u);
    double lines = 0.95 + 0.1 * lk_noise(u * 14, v * 8, face->seed + 22);
    struct rgb c = rgb_scale(
        face->lips, fullness * lines * lk_face_light(face, 0.4 * u, v < 0 ? 0.25 : -0.15, 0.9));
    double inner = fmin(cover(-v, soft), cover(v - gap, soft)) * (gap > 0.012 ? 1 : 0);
    if (inner > 0) c = rgb_mix(c, inside_colour(face, u, v, gap), inner);
    double line = 0.65 * bump(square((v - (gap > 0.012 ? 0 : gap / 2)) / 0.024)) *
                  smooth_step(-0.22, 0.05, arc);
    c = rgb_mix(c, (struct rgb){ 0.25, 0.09, 0.08 }, lips > 0 ? line : 0);
    *colour = lips > line ? c : rgb_mix(*colour, rgb_scale(face->lips, 0.4), line);
    return lips > line ? lips : line;
}

struct hairy {
    const struct face *face;
    double soft, x;
};

static double shade_beard(const void *what, double x, double y, struct rgb *colour) {
    const struct hairy *hairy = what;
    const struct face *face = hairy->face;
    double dx = x - hairy->x, v = y - face->mouth_y,
           strand = lk_noise(dx * 26 + v * 4, y * 9, face->seed + 23);
    double line = face->mouth_y - 0.16 - 0.42 * smooth_step(0.3, face->half_width, fabs(dx)) +
                  0.12 * bump(square(dx / 0.3)) + 0.05 * (strand - 0.5);
    double outside =
               lk_face_outline(face, x, y, 0.03 * (face->beard > 0.6) + 0.03 * (strand - 0.5)),
           chin = smooth_step(0, 0.07, y - line);
    double bare = ellipse(dx, v - 0.015, face->mouth_width * 1.02, 0.085),
           full = chin * cover(outside, hairy->soft * 1.5) * smooth_step(-0.01, 0.06, bare);
    double below = fmin(1, fabs(dx) / 0.05),
           lip = bump(square(dx / (face->mouth_width * 1.25)) +
                      square((v + 0.085 - 0.06 * dx * dx / 0.05) / 0.065));
    double alpha = fmax(face->beard * full * (0.75 + 0.35 * strand),
                        face->moustache * smooth_step(0.05, 0.35, lip) * (0.7 + 0.3 * below) *
                            (0.7 + 0.4 * strand));
    if (alpha <= 0) return 0;
    double light = lk_face_light(face, dx / face->half_width, 0.35 + (strand - 0.5) * 0.7, 0.7);
    *colour = rgb_scale(face->hair, light * (0.7 + 0.5 * strand));
    return clamp01(alpha);
}

void lk_face_mouth(struct canvas *canvas, const struct face *face) {
    double foreshortened, x = lk_face_turned(face, 0, face->mouth_y, &foreshortened);
    struct hairy hairy = { face, canvas->soft, x };
    if (face->beard > 0 || face->moustache > 0)
        lk_canvas_paint(canvas,
                        (struct box){ 0, face->mouth_y + 0.05, face->half_width + 0.05, 0.6 },
                        shade_beard, &hairy);
    struct mouth mouth = { face, canvas->soft, x, face->mouth_width * foreshortened };
    lk_canvas_paint(canvas, (struct box){ x, face->mouth_y + 0.03, face->mouth_width * 1.2, 0.26 },
                    shade_mouth, &mouth);
}

struct spectacles {
    const struct face *face;
    double soft, x[2], y, half, tall;
};

static double shade_glasses(const void *what, double x, double y, struct rgb *colour) {
    const struct spectacles *s = what;
    const struct face *face = s->face;
    double lens = 1, dy = (y - s->y) / s->tall,
           thin = face->glasses == ROUND_GLASSES ? 0.016 : 0.024;
    for (int i = 0; i < 2; i++) {
        double dx = (x - s->x[i]) / s->half, q = dx * dx + dy * dy;
        double d = face->glasses == ROUND_GLASSES
                       ? sqrt(q) - 1
                       : sqrt(sqrt(square(dx * dx) + square(dy * dy))) - 1;
        lens = fmin(lens, d * s->tall);
    }
    double between = x > s->x[0] && x < s->x[1] ? fabs(y - s->y + 0.03) - thin * 0.8 : 1;
    double arm = x < s->x[0] - s->half || x > s->x[1] + s->half
                     ? fmax(fabs(y - s->y + 0.04) - thin * 0.8, fabs(x) - face->half_width * 1.02)
                     : 1;
    double ring = fabs(lens) - thin,
           frame = cover(fmin(ring, fmin(lens > 0 ? between : 1, lens > 0 ? arm : 1)), s->soft);
    double glare = 0.35 * bump(square((dy + 0.4 + (x - s->x[0]) * 1.5 * face->light[0]) / 0.35));
    struct rgb glass =
        face->glasses == DARK_GLASSES
            ? (struct rgb){ 0.1 + 0.5 * glare, 0.1 + 0.5 * glare, 0.13 + 0.55 * glare }
            : (struct rgb){ 0.9, 0.95, 1 };
    double through =
        (face->glasses == DARK_GLASSES ? 0.9 : 0.05 + 0.5 * glare) * cover(lens, s->soft);
    *colour = rgb_mix(rgb_mix(*colour, glass, through),
                      rgb_scale(face->frame, 0.9 - 0.4 * dy * face->light[1]), frame);
    return 1;
}

void lk_face_glasses(struct canvas *canvas, const struct face *face) {
    if (face->glasses == NO_GLASSES) return;
    double half = face->eye_width * (face->glasses == ROUND_GLASSES ? 1.45 : 1.6),
           tall = face->glasses == ROUND_GLASSES ? half : half * 0.78;
    struct spectacles s = {
        .face = face, .soft = canvas->soft, .y = face->eye_y + 0.03, .half = half, .tall = tall
    };
    for (int i = 0; i < 2; i++)
        s.x[i] = lk_face_turned(face, (i ? 1 : -1) * face->eye_x, face->eye_y, NULL);
    lk_canvas_paint(canvas, (struct box){ 0, s.y, face->half_width * 1.1, tall * 1.2 },
                    shade_glasses, &s);
}
