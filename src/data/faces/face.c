/*
 * Faces: what a random face looks like, and the order of its layers. No expression here draws two
 * random numbers: C does not define which operand is evaluated first, and compilers differ.
 */
#include "data/faces/faces.h"

#include <stddef.h>

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

static const struct rgb skins[] = { { 0.99, 0.86, 0.78 }, { 0.96, 0.80, 0.70 },
                                    { 0.93, 0.75, 0.62 }, { 0.88, 0.68, 0.53 },
                                    { 0.80, 0.59, 0.44 }, { 0.69, 0.48, 0.35 },
                                    { 0.56, 0.38, 0.27 }, { 0.43, 0.28, 0.20 },
                                    { 0.34, 0.22, 0.16 } };
static const struct rgb hairs[] = { { 0.08, 0.07, 0.07 }, { 0.14, 0.10, 0.08 },
                                    { 0.25, 0.16, 0.10 }, { 0.36, 0.23, 0.13 },
                                    { 0.48, 0.26, 0.13 }, { 0.62, 0.30, 0.12 },
                                    { 0.66, 0.48, 0.26 }, { 0.84, 0.68, 0.42 },
                                    { 0.93, 0.82, 0.60 } };
static const struct rgb dyes[] = {
    { 0.75, 0.20, 0.35 }, { 0.25, 0.40, 0.70 }, { 0.45, 0.25, 0.60 }, { 0.20, 0.55, 0.50 }
};
static const struct rgb irises[] = { { 0.24, 0.14, 0.08 }, { 0.36, 0.22, 0.11 },
                                     { 0.45, 0.36, 0.18 }, { 0.35, 0.47, 0.28 },
                                     { 0.30, 0.48, 0.66 }, { 0.45, 0.55, 0.62 } };

static double between(lk_rng *rng, double low, double high) {
    return low + (high - low) * lk_rng_uniform(rng);
}

/* Around `centre`, mostly within half of `spread`, never beyond it: the sum of three draws. */
static double about(lk_rng *rng, double centre, double spread) {
    double sum = 0;
    for (int i = 0; i < 3; i++) sum += lk_rng_uniform(rng);
    return centre + spread * (sum / 1.5 - 1);
}

static bool chance(lk_rng *rng, double probability) {
    return lk_rng_uniform(rng) < probability;
}

/* A colour between two neighbours of a palette. */
static struct rgb pick(lk_rng *rng, const struct rgb *palette, size_t n) {
    double at = lk_rng_uniform(rng) * (double)(n - 1);
    size_t i = (size_t)at;
    return rgb_mix(palette[i], palette[i + 1], at - (double)i);
}

/* Any hue, with saturation and brightness from ranges. */
static struct rgb any_colour(lk_rng *rng, double dull, double vivid, double dark, double bright) {
    double hue = 6 * lk_rng_uniform(rng), saturation = between(rng, dull, vivid),
           brightness = between(rng, dark, bright);
    double r = clamp01(fabs(hue - 3) - 1), g = clamp01(2 - fabs(hue - 2)),
           b = clamp01(2 - fabs(hue - 4));
    double low = brightness * (1 - saturation), high = brightness * saturation;
    return (struct rgb){ low + high * r, low + high * g, low + high * b };
}

static void choose_pose(lk_rng *rng, struct face *face) {
    face->x = about(rng, 0, 0.12);
    face->y = about(rng, 0.02, 0.1);
    face->scale = about(rng, 1.1, 0.16);
    face->tilt = about(rng, 0, 0.11);
    face->yaw = about(rng, 0, 0.36);
    double x = about(rng, 0, 0.85), y = about(rng, -0.45, 0.4), z = between(rng, 0.55, 1.0),
           length = sqrt(x * x + y * y + z * z);
    face->light[0] = x / length, face->light[1] = y / length, face->light[2] = z / length;
    face->ambient = between(rng, 0.34, 0.62);
}

static void choose_background(lk_rng *rng, struct face *face) {
    face->background = (enum background)lk_rng_below(rng, BACKGROUNDS);
    double saturation = between(rng, 0.05, 0.7), brightness = between(rng, 0.3, 1);
    for (int i = 0; i < 3; i++)
        face->back[i] = any_colour(rng, 0.6 * saturation, saturation, 0.7 * brightness,
                                   fmin(1, 1.25 * brightness));
    face->back[1] = rgb_mix(face->back[0], face->back[1], 0.6);
    double tilt = between(rng, -1, 1), norm = 1 + tilt * tilt;
    face->back_x = (1 - tilt * tilt) / norm, face->back_y = 2 * tilt / norm;
    face->back_width = between(rng, 1.2, 4.5);
}

static void choose_head(lk_rng *rng, struct face *face, double soft) {
    face->half_width = about(rng, 0.55, 0.07);
    face->top = about(rng, 0.70, 0.05);
    face->bottom = about(rng, 0.76 - 0.04 * soft, 0.08);
    face->jaw = about(rng, 0.22 + 0.10 * soft, 0.14);
    face->squareness = clamp01(about(rng, 0.55 - 0.45 * soft, 0.4));
    face->skin = pick(rng, skins, LK_COUNT(skins));
    face->skin = rgb_scale(face->skin, between(rng, 0.94, 1.03));
    face->blush = between(rng, 0.2, 1.2);
    face->freckles = chance(rng, 0.15) ? between(rng, 0.4, 1) : 0;
    face->age = square(lk_rng_uniform(rng));
}

static double darkness_of(const struct face *face) {
    return 1 - (face->skin.r + face->skin.g + face->skin.b) / 2.6;
}

static void choose_eyes(lk_rng *rng, struct face *face, double soft) {
    face->eye_x = face->half_width * about(rng, 0.455, 0.05);
    face->eye_y = about(rng, -0.03, 0.05);
    face->eye_width = about(rng, 0.125 + 0.012 * soft, 0.022);
    face->eye_open = chance(rng, 0.04) ? 0.06 : about(rng, 0.52 + 0.08 * soft, 0.2);
    face->slant = about(rng, 0.06, 0.16);
    face->gaze_x = about(rng, 0.25 * face->yaw, 0.32);
    face->gaze_y = about(rng, 0.02, 0.12);
    face->lashes = clamp01(about(rng, 0.15 + 0.65 * soft, 0.3));
    face->iris = pick(rng, irises, darkness_of(face) > 0.4 ? 3 : LK_COUNT(irises));
    face->brow_y = about(rng, -0.155, 0.045);
    face->brow_thickness = about(rng, 0.042 - 0.016 * soft, 0.016);
    face->brow_arch = about(rng, 0.03 + 0.02 * soft, 0.03);
    face->brow_slant = about(rng, -0.006, 0.03);
}

static void choose_lower_face(lk_rng *rng, struct face *face, double soft) {
    face->nose_width = about(rng, 0.115 - 0.015 * soft, 0.035);
    face->nose_y = about(rng, 0.24, 0.05);
    face->mouth_y = face->nose_y + about(rng, 0.215, 0.035);
    face->mouth_width = about(rng, 0.195, 0.05);
    face->smile = about(rng, 0.45, 0.8);
    face->mouth_open = chance(rng, 0.45) ? between(rng, 0.025, 0.11) : 0;
    face->mouth_width *= 1 + 0.25 * fmax(0, face->smile) * (face->mouth_open > 0);
    face->upper_lip = about(rng, 0.04 + 0.012 * soft, 0.016);
    face->lower_lip = about(rng, 0.058 + 0.012 * soft, 0.02);
    struct rgb natural = { face->skin.r * 0.86, face->skin.g * 0.62, face->skin.b * 0.62 };
    double tint = between(rng, 0, 0.15);
    struct rgb painted = { 0.75, 0.13 + tint, 0.22 + tint };
    face->lips = rgb_mix(natural, painted, chance(rng, 0.6 * soft) ? between(rng, 0.3, 0.9) : 0.08);
    if (soft < 0.5 && chance(rng, 0.4))
        face->beard = chance(rng, 0.4) ? between(rng, 0.15, 0.35) : between(rng, 0.75, 1);
    if (soft < 0.5 && (face->beard > 0 || chance(rng, 0.12)))
        face->moustache = face->beard > 0 ? face->beard : 0.95;
}

static void choose_hair(lk_rng *rng, struct face *face, double soft) {
    static const enum hair_style harder[] = { HAIR_BALD,  HAIR_BUZZ,  HAIR_BUZZ,   HAIR_SHORT,
                                              HAIR_SHORT, HAIR_SHORT, HAIR_PARTED, HAIR_PARTED,
                                              HAIR_CURLY, HAIR_WAVY };
    static const enum hair_style softer[] = { HAIR_SHORT, HAIR_FRINGE, HAIR_FRINGE, HAIR_BOB,
                                              HAIR_BOB,   HAIR_LONG,   HAIR_LONG,   HAIR_LONG,
                                              HAIR_WAVY,  HAIR_WAVY,   HAIR_CURLY,  HAIR_BUN };
    face->style = soft < 0.5 ? harder[lk_rng_below(rng, LK_COUNT(harder))]
                             : softer[lk_rng_below(rng, LK_COUNT(softer))];
    double darkness = darkness_of(face);
    size_t most = darkness > 0.45 ? 3 : darkness > 0.3 ? 6 : LK_COUNT(hairs);
    face->hair = pick(rng, hairs, most);
    if (chance(rng, 0.03)) face->hair = pick(rng, dyes, LK_COUNT(dyes));
    double grey = smooth_step(0.45, 0.95, face->age) * between(rng, 0.3, 1),
           tone = between(rng, 0.55, 0.85);
    face->hair = rgb_mix(face->hair, (struct rgb){ tone, tone, tone * 0.98 }, grey);
    face->part = chance(rng, 0.5) ? between(rng, 0.15, 0.6) : -between(rng, 0.15, 0.6);
    if (chance(rng, 0.3)) face->part *= 0.2;
    face->volume = about(rng, 1, 0.45);
    face->length = about(rng, 1, 0.3);
    face->hairline = about(rng, -0.36 - 0.1 * face->age * (soft < 0.5), 0.06);
}

static void choose_extras(lk_rng *rng, struct face *face, double soft) {
    face->hat = chance(rng, 0.1) ? chance(rng, 0.45)  ? BEANIE
                                   : chance(rng, 0.6) ? CAP
                                                      : BAND
                                 : NO_HAT;
    face->hat_colour = any_colour(rng, 0.2, 0.8, 0.25, 0.9);
    face->glasses = !chance(rng, 0.17)  ? NO_GLASSES
                    : chance(rng, 0.15) ? DARK_GLASSES
                    : chance(rng, 0.5)  ? ROUND_GLASSES
                                        : WIDE_GLASSES;
    face->frame =
        chance(rng, 0.5) ? (struct rgb){ 0.08, 0.07, 0.08 } : any_colour(rng, 0.2, 0.8, 0.2, 0.7);
    face->earrings = chance(rng, 0.35 * soft);
    face->collar = chance(rng, 0.4);
    for (int i = 0; i < 2; i++) face->cloth[i] = any_colour(rng, 0.05, 0.75, 0.15, 0.95);
}

struct face lk_face_random(lk_rng *rng) {
    struct face face = { .seed = lk_rng_u32(rng) };
    /* 0 angular and bearded, 1 rounder with longer hair */
    double soft = smooth_step(0.2, 0.8, lk_rng_uniform(rng));
    choose_pose(rng, &face);
    choose_background(rng, &face);
    choose_head(rng, &face, soft);
    choose_eyes(rng, &face, soft);
    choose_lower_face(rng, &face, soft);
    choose_hair(rng, &face, soft);
    choose_extras(rng, &face, soft);
    return face;
}

void lk_face_draw(const struct face *face, int size, struct rgb *samples, uint8_t *pixels) {
    struct canvas canvas;
    lk_canvas_init(&canvas, size, samples);
    lk_face_background(&canvas, face);
    lk_canvas_frame(&canvas, face->x, face->y, face->scale, face->tilt);
    lk_face_back_hair(&canvas, face);
    lk_face_body(&canvas, face);
    lk_face_head(&canvas, face);
    lk_face_eyes(&canvas, face);
    lk_face_mouth(&canvas, face);
    lk_face_front_hair(&canvas, face);
    lk_face_hat(&canvas, face);
    lk_face_glasses(&canvas, face);
    lk_canvas_frame(&canvas, 0, 0, 1, 0);
    lk_face_finish(&canvas, face);
    lk_canvas_bytes(&canvas, size, pixels);
}
