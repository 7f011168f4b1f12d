/*
 * Faces: the head. It is an egg lit as a smooth surface. Low bumps (sockets, nose, cheeks, lips,
 * chin) bend its normal, so that light from the side shows the features. Ears lie behind it.
 */
#include "data/faces/faces.h"

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

enum { BUMPS = 14 };

struct swelling {
    double x, y, a, b, height;
};

struct head {
    const struct face *face;
    double soft;
    struct swelling bumps[BUMPS];
    double eye_x[2], nose_x, cheek_x[2];
};

static void place_bumps(struct head *head) {
    const struct face *face = head->face;
    double eye[2], width[2], nose = lk_face_turned(face, 0, face->nose_y, NULL) + 0.1 * face->yaw,
                             mouth = lk_face_turned(face, 0, face->mouth_y, NULL);
    for (int i = 0; i < 2; i++)
        eye[i] = lk_face_turned(face, (i ? 1 : -1) * face->eye_x, face->eye_y, &width[i]);
    double bridge = mix(lk_face_turned(face, 0, face->eye_y, NULL), nose, 0.5), ny = face->nose_y,
           ey = face->eye_y, my = face->mouth_y, nw = face->nose_width;
    const struct swelling bumps[BUMPS] = {
        { eye[0], ey, 0.2 * width[0], 0.15, -0.030 },
        { eye[1], ey, 0.2 * width[1], 0.15, -0.030 },
        { eye[0], ey - 0.15, 0.24, 0.09, 0.012 },
        { eye[1], ey - 0.15, 0.24, 0.09, 0.012 },
        { bridge, (ey + ny) / 2, nw * 0.8, (ny - ey) * 0.85, 0.055 },
        { nose, ny - 0.02, nw, 0.1, 0.055 },
        { nose - nw * 0.72, ny + 0.01, nw * 0.5, 0.06, 0.018 },
        { nose + nw * 0.72, ny + 0.01, nw * 0.5, 0.06, 0.018 },
        { eye[0] - 0.03, ey + 0.26, 0.2, 0.17, 0.022 + 0.015 * face->smile },
        { eye[1] + 0.03, ey + 0.26, 0.2, 0.17, 0.022 + 0.015 * face->smile },
        { mouth, my, face->mouth_width * 1.3, 0.13, 0.022 },
        { mouth, my + 0.12, 0.16, 0.05, -0.012 },
        { mouth, face->bottom - 0.13, 0.17, 0.12, 0.03 },
        { lk_face_turned(face, 0, -0.35, NULL), -0.38, 0.4, 0.25, 0.02 },
    };
    for (int i = 0; i < BUMPS; i++) head->bumps[i] = bumps[i];
    for (int i = 0; i < 2; i++)
        head->eye_x[i] = eye[i], head->cheek_x[i] = eye[i] + (i ? 0.05 : -0.05);
    head->nose_x = nose;
}

/* Where light does not reach: the sockets, below the nose, below the hair; and lines of age. */
static double shadow_at(const struct head *head, double x, double y) {
    const struct face *face = head->face;
    double dark = 0;
    for (int i = 0; i < 2; i++) {
        double dx = (x - head->eye_x[i]) / 0.17,
               inner = (x - mix(head->eye_x[i], head->nose_x, 0.45)) / 0.07;
        dark += 0.20 * bump(dx * dx + square((y - face->eye_y + 0.03) / 0.12)) +
                0.12 * bump(inner * inner + square((y - face->eye_y + 0.01) / 0.1));
        dark += 0.16 * face->age * bump(dx * dx + square((y - face->eye_y - 0.13) / 0.05));
        double fold =
            x - head->nose_x - (i ? 1 : -1) * (face->nose_width * 1.25 + 0.35 * (y - face->nose_y));
        dark += (0.05 + 0.16 * face->age + 0.1 * face->smile) *
                bump(square(fold / 0.035) + square((y - face->nose_y - 0.09) / 0.13));
        double nostril =
            (x - head->nose_x - (i ? 1 : -1) * face->nose_width * 0.42) / (face->nose_width * 0.34);
        dark += 0.55 * bump(nostril * nostril + square((y - face->nose_y - 0.055) / 0.035));
    }
    dark +=
        0.16 * bump(square((x - head->nose_x + 0.06 * face->light[0]) / (face->nose_width * 1.3)) +
                    square((y - face->nose_y - 0.08) / 0.06));
    if (face->style != HAIR_BALD && y < 0.4)
        dark += 0.2 * (1 - smooth_step(0, 0.14, y - lk_face_hairline(face, x)));
    return dark;
}

static double freckles_at(const struct head *head, double x, double y) {
    const struct face *face = head->face;
    double where =
        face->freckles <= 0
            ? 0
            : bump(square((x - head->nose_x) / 0.42) + square((y - face->eye_y - 0.2) / 0.17));
    return where <= 0 ? 0
                      : face->freckles * where *
                            smooth_step(0.62, 0.8, lk_noise(x * 34, y * 34, face->seed + 11));
}

static double shade_head(const void *what, double x, double y, struct rgb *colour) {
    const struct head *head = what;
    const struct face *face = head->face;
    double alpha = cover(lk_face_outline(face, x, y, 0), head->soft);
    if (alpha <= 0) return 0;
    double u = y / (y < 0 ? face->top : face->bottom),
           nx = 0.95 * x / lk_face_half_width(face, u, 0) - 0.25 * face->yaw, ny = 0.8 * u;
    double nz = sqrt(fmax(0.12, 1 - nx * nx - ny * ny));
    for (int i = 0; i < BUMPS; i++) {
        const struct swelling *s = &head->bumps[i];
        double dx = (x - s->x) / s->a, dy = (y - s->y) / s->b, q = dx * dx + dy * dy;
        if (q >= 1) continue;
        nx += 4 * s->height * (1 - q) * dx / s->a;
        ny += 4 * s->height * (1 - q) * dy / s->b;
    }
    double pores = lk_noise(x * 22, y * 22, face->seed + 12) - 0.5,
           patch = lk_noise(x * 5, y * 5, face->seed + 13) - 0.5;
    double light = lk_face_light(face, nx, ny, nz) * (1 - 0.75 * clamp01(shadow_at(head, x, y))) *
                   (1 + 0.05 * pores + 0.05 * patch);
    double half = clamp01((nx * face->light[0] + ny * face->light[1] + nz * (face->light[2] + 1)) /
                          sqrt((nx * nx + ny * ny + nz * nz) * (2 + 2 * face->light[2])));
    double shine = half * half, red = face->blush;
    shine *= shine, shine *= shine, shine *= shine, shine *= shine;
    double cheeks =
        bump(square((x - head->cheek_x[0]) / 0.2) + square((y - face->eye_y - 0.27) / 0.17)) +
        bump(square((x - head->cheek_x[1]) / 0.2) + square((y - face->eye_y - 0.27) / 0.17)) +
        0.6 * bump(square((x - head->nose_x) / 0.12) + square((y - face->nose_y) / 0.1));
    double warm = 0.10 * clamp01(1 - light) + 0.16 * red * cheeks,
           brown = 0.35 * freckles_at(head, x, y);
    *colour =
        (struct rgb){ face->skin.r * light * (1 - 0.5 * brown) + 0.13 * shine,
                      face->skin.g * light * (1 - warm) * (1 - brown) + 0.12 * shine,
                      face->skin.b * light * (1 - 1.1 * warm) * (1 - 1.2 * brown) + 0.11 * shine };
    return alpha;
}

static double shade_ear(const void *what, double x, double y, struct rgb *colour) {
    const struct head *head = what;
    const struct face *face = head->face;
    if (fabs(x) < 0.75 * face->half_width) return 0; /* hidden by the head */
    double side = x < 0 ? -1 : 1, cx = side * face->half_width * (0.99 - 0.12 * side * face->yaw),
           cy = face->eye_y + 0.13;
    double dx = x - cx, dy = y - cy, d = ellipse(dx, dy, 0.095, 0.17),
           inner = bump(square(dx / 0.06) + square((dy + 0.01) / 0.11));
    if (d > 0.15) return 0;
    double light = lk_face_light(face, side * 0.7, 0.1 + dy, 0.6) * (1 - 0.35 * inner);
    *colour = (struct rgb){ face->skin.r * light, face->skin.g * light * 0.9,
                            face->skin.b * light * 0.87 };
    if (face->earrings) {
        double ring = ellipse(dx, dy - 0.2, 0.032, 0.032), gold = cover(ring, head->soft);
        *colour = rgb_mix(*colour, (struct rgb){ 0.95, 0.85 - 0.2 * (dy > 0.2), 0.45 }, gold);
        return fmax(cover(d, head->soft), gold);
    }
    return cover(d, head->soft);
}

void lk_face_head(struct canvas *canvas, const struct face *face) {
    struct head head = { .face = face, .soft = canvas->soft };
    place_bumps(&head);
    lk_canvas_paint(canvas, (struct box){ 0, face->eye_y + 0.15, face->half_width + 0.16, 0.26 },
                    shade_ear, &head);
    lk_canvas_paint(canvas,
                    (struct box){ 0, (face->bottom - face->top) / 2, face->half_width + 0.02,
                                  (face->top + face->bottom) / 2 + 0.02 },
                    shade_head, &head);
}
