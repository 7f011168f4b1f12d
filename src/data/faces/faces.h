/*
 * Procedurally drawn faces: what a face looks like (struct face, from a random sequence) and its
 * layers, back to front. All lengths are in the face's own frame: the centre of the head is the
 * origin, its half width is about 0.56, y points down.
 */
#ifndef LIKENESS_DATA_FACES_FACES_H
#define LIKENESS_DATA_FACES_FACES_H

#include "base/rng.h"
#include "data/faces/canvas.h"

enum hair_style {
    HAIR_BALD,
    HAIR_BUZZ,
    HAIR_SHORT,
    HAIR_PARTED,
    HAIR_FRINGE,
    HAIR_BOB,
    HAIR_LONG,
    HAIR_WAVY,
    HAIR_CURLY,
    HAIR_BUN,
    HAIR_STYLES
};
enum background { PLAIN, STRIPES, BLOBS, CLOUDS, HORIZON, BACKGROUNDS };
enum hat { NO_HAT, BEANIE, CAP, BAND };
enum glasses { NO_GLASSES, ROUND_GLASSES, WIDE_GLASSES, DARK_GLASSES };

struct face {
    uint32_t seed; /* of the textures */
    double x, y, scale, tilt, yaw;
    double light[3], ambient; /* direction to the light, length 1; share of light from all sides */
    enum background background;
    struct rgb back[3];
    double back_x, back_y, back_width;
    struct rgb skin, hair, iris, lips, cloth[2], hat_colour, frame;
    double half_width, top, bottom, jaw, squareness;
    double eye_x, eye_y, eye_width, eye_open, slant, gaze_x, gaze_y, lashes;
    double brow_y, brow_thickness, brow_arch, brow_slant;
    double nose_width, nose_y;
    double mouth_y, mouth_width, smile, mouth_open, upper_lip, lower_lip;
    double blush, freckles, age, beard, moustache;
    enum hair_style style;
    double part, volume, hairline, length;
    enum hat hat;
    enum glasses glasses;
    bool earrings, collar;
};

/** x of a point on the front of the face after the head has turned. `width` (may be NULL) gets the
 * foreshortening. */
static inline double lk_face_turned(const struct face *face, double x, double y, double *width) {
    double u = x / face->half_width, v = y / face->bottom,
           depth = sqrt(fmax(0.1, 1 - u * u - 0.5 * v * v));
    double cosine = sqrt(1 - face->yaw * face->yaw);
    if (width) *width = clamp(cosine - 0.7 * face->yaw * u / depth, 0.5, 1.3);
    return x * cosine + 0.7 * face->yaw * face->half_width * depth;
}

/** Half the width of a head that is larger by `grow`, at height u: -1 its top, 1 its chin. */
double lk_face_half_width(const struct face *face, double u, double grow);
/** The approximate distance to the outline of a head that is larger by `grow`; negative inside. */
double lk_face_outline(const struct face *face, double x, double y, double grow);
/** Where the hair over the forehead ends at x. */
double lk_face_hairline(const struct face *face, double x);
/** The light that a surface with this normal (of any length, z towards the viewer) reflects: about
 * 0 to 1.2. */
double lk_face_light(const struct face *face, double x, double y, double z);

/** The layers; lk_face_draw sets the canvas frame for each. */
void lk_face_background(struct canvas *canvas, const struct face *face);
void lk_face_body(struct canvas *canvas, const struct face *face);
void lk_face_back_hair(struct canvas *canvas, const struct face *face);
void lk_face_head(struct canvas *canvas, const struct face *face);
void lk_face_eyes(struct canvas *canvas, const struct face *face);
void lk_face_mouth(struct canvas *canvas, const struct face *face);
void lk_face_front_hair(struct canvas *canvas, const struct face *face);
void lk_face_hat(struct canvas *canvas, const struct face *face);
void lk_face_glasses(struct canvas *canvas, const struct face *face);
void lk_face_finish(struct canvas *canvas, const struct face *face);

/** The face of a random sequence. */
struct face lk_face_random(lk_rng *rng);
/** Draw size x size x 3 bytes; `samples` is scratch space of lk_canvas_samples(size) elements. */
void lk_face_draw(const struct face *face, int size, struct rgb *samples, uint8_t *pixels);

#endif
