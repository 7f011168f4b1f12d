/* Faces: what is behind and around the head (background, neck, clothes), and the camera's grain. */
#include "data/faces/faces.h"

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

/* A wave of period 1 between 0 and 1, without libm. */
static double wave(double t) {
    t -= floor(t);
    double v = t < 0.5 ? 4 * t - 1 : 3 - 4 * t;
    return 0.5 + v * (1.5 - 0.5 * v * v) / 2;
}

static struct rgb blobs(const struct face *face, double x, double y, struct rgb colour) {
    for (int i = 0; i < 7; i++) {
        double cx = 2.4 * lk_grain(i, 1, face->seed) - 1.2,
               cy = 2.4 * lk_grain(i, 2, face->seed) - 1.2;
        double radius = 0.15 + 0.35 * lk_grain(i, 3, face->seed),
               q = square(x - cx) + square(y - cy);
        if (q > square(radius + 0.08)) continue;
        double d = sqrt(q) - radius;
        struct rgb blob = face->back[1 + i % 2];
        colour = rgb_mix(colour, blob, 0.55 * (1 - smooth_step(-0.08, 0.08, d)));
    }
    return colour;
}

static double shade_background(const void *what, double x, double y, struct rgb *colour) {
    const struct face *face = what;
    double along = x * face->back_x + y * face->back_y, t = clamp01(0.5 + 0.45 * along);
    struct rgb c = rgb_mix(face->back[0], face->back[1], t);
    double coarse = face->background == BLOBS ? 0.5 : lk_noise(x * 2 + 9, y * 2, face->seed + 2);
    switch (face->background) {
    case STRIPES:
        c = rgb_mix(c, face->back[2],
                    0.6 * smooth_step(0.35, 0.65, wave(along * face->back_width + 0.1 * coarse)));
        break;
    case BLOBS:
        c = blobs(face, x, y, c);
        break;
    case CLOUDS:
        c = rgb_mix(
            c, face->back[2],
            smooth_step(0.3, 0.75, 0.65 * coarse + 0.35 * lk_noise(x * 5, y * 5, face->seed + 3)));
        break;
    case HORIZON:
        c = rgb_mix(
            c, face->back[2],
            0.8 * smooth_step(-0.06, 0.06, y - face->back_x * 0.5 - 0.25 * (coarse - 0.5) - 0.1));
        break;
    default:
        break;
    }
    *colour = rgb_scale(c, 0.96 + 0.06 * coarse - 0.1 * (x * x + y * y) / 2 +
                               0.05 * (face->light[0] * x + face->light[1] * y));
    return 1;
}

void lk_face_background(struct canvas *canvas, const struct face *face) {
    lk_canvas_paint(canvas, (struct box){ 0, 0, 1, 1 }, shade_background, face);
}

struct body {
    const struct face *face;
    double soft;
};

static double shade_neck(const void *what, double x, double y, struct rgb *colour) {
    const struct body *body = what;
    const struct face *face = body->face;
    double half = face->half_width * (0.52 + 0.12 * face->squareness) +
                  0.12 * square(fmax(0, y - 0.75)),
           u = x / half;
    if (fabs(u) > 1.2 || y < 0.4 * face->bottom) return 0;
    double light = lk_face_light(face, u * 0.9, 0.15, sqrt(fmax(0.05, 1 - 0.8 * u * u)));
    double shadow = 0.62 + 0.38 * smooth_step(face->bottom - 0.1, face->bottom + 0.45, y);
    light *= shadow;
    *colour = (struct rgb){ face->skin.r * light, face->skin.g * light * (0.9 + 0.1 * shadow),
                            face->skin.b * light * (0.86 + 0.14 * shadow) };
    return cover(fabs(x) - half, body->soft);
}

static double shade_clothes(const void *what, double x, double y, struct rgb *colour) {
    const struct body *body = what;
    const struct face *face = body->face;
    double top = face->bottom + 0.2,
           neck = ellipse(x, y - top + 0.1, face->half_width * 0.66, face->collar ? 0.4 : 0.24);
    double d = fmax(ellipse(x, y - top - 0.75, 1.25, 0.83), -neck), alpha = cover(d, body->soft);
    if (alpha <= 0) return 0;
    double fold = lk_noise(x * 4 + y, y * 3 - x, face->seed + 5),
           weave = lk_noise(x * 30, y * 30, face->seed + 6);
    double u = x / 1.3,
           light = lk_face_light(face, u, -0.5 + (fold - 0.5) * 0.8, sqrt(fmax(0.1, 0.9 - u * u)));
    struct rgb c = face->cloth[0];
    if (lk_grain(1, 1, face->seed) < 0.3)
        c = rgb_mix(c, face->cloth[1], smooth_step(0.4, 0.6, wave(y * 6)));
    c = rgb_mix(c, face->cloth[1], face->collar ? 1 - smooth_step(0.05, 0.07, neck) : 0);
    *colour =
        rgb_scale(c, light * (0.9 + 0.12 * weave) * (0.75 + 0.25 * smooth_step(0, 0.12, neck)));
    return alpha;
}

void lk_face_body(struct canvas *canvas, const struct face *face) {
    struct body body = { face, canvas->soft };
    lk_canvas_paint(canvas, (struct box){ 0, 0.9, 0.62, 0.7 }, shade_neck, &body);
    lk_canvas_paint(canvas, (struct box){ 0, 1.3, 1.6, 0.8 }, shade_clothes, &body);
}

static double shade_finish(const void *what, double x, double y, struct rgb *colour) {
    const struct face *face = what;
    double grain = 0.03 * (lk_grain((int)floor(x * 64), (int)floor(y * 64), face->seed + 7) - 0.5);
    double light = 1 + 0.05 * (face->light[0] * x + face->light[1] * y) - 0.04 * (x * x + y * y);
    *colour = (struct rgb){ colour->r * light + grain, colour->g * light + grain,
                            colour->b * light + grain };
    return 1;
}

void lk_face_finish(struct canvas *canvas, const struct face *face) {
    lk_canvas_paint(canvas, (struct box){ 0, 0, 1, 1 }, shade_finish, face);
}
