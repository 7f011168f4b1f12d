/**
 * What losses ask of a reconstruction: their gradients, their curves as one property is scaled away
 * from the truth, and how the pull on brightness changes if the parts of similarity are multiplied.
 */
#ifndef LIKENESS_EXPLAIN_EXPLAIN_H
#define LIKENESS_EXPLAIN_EXPLAIN_H

#include "draw/canvas.h"
#include "net/trained.h"

/** The losses that are compared, with their default options: X(name). */
#define LK_EXPLAINED_LOSS_LIST(X) X(mse) X(ssim) X(lwssim)

/** The properties of the original x that are scaled by k: X(constant, name, formula). Grey pictures
 * have no saturation. */
#define LK_EXPLAINED_CHANGE_LIST(X)                                                                \
    X(BRIGHTNESS, brightness, "y = k x")                                                           \
    X(CONTRAST, contrast, "y = mean + k (x - mean)")                                               \
    X(SATURATION, saturation, "y = grey + k (x - grey)")

/**
 * Pictures made from the original for which the parts of similarity differ: X(constant, name,
 * words). blurred has about the original's mean in every window; flat has no detail.
 */
#define LK_EXPLAINED_PICTURE_LIST(X)                                                               \
    X(BLURRED, blurred, "blurred")                                                                 \
    X(DARKER, darker, "darker")                                                                    \
    X(BOTH, blurred_and_darker, "blurred, darker")                                                 \
    X(FLAT, flat_and_darker, "flat, darker")

#define LK_EXPLAINED_LOSS_ENUM(name)               LK_EXPLAINED_LOSS_##name,
#define LK_EXPLAINED_CHANGE_ENUM(ID, name, words)  LK_CHANGE_##ID,
#define LK_EXPLAINED_PICTURE_ENUM(ID, name, words) LK_PICTURE_##ID,
enum { LK_EXPLAINED_LOSS_LIST(LK_EXPLAINED_LOSS_ENUM) LK_N_EXPLAINED_LOSSES };
enum { LK_EXPLAINED_CHANGE_LIST(LK_EXPLAINED_CHANGE_ENUM) LK_N_CHANGES };
enum { LK_EXPLAINED_PICTURE_LIST(LK_EXPLAINED_PICTURE_ENUM) LK_N_PICTURES };

enum { LK_CURVE_STEPS = 41, LK_TRUTH_STEP = 20 }; /* k = 0, 0.05, ..., 2; the truth is k = 1 */
enum { LK_PARTS_WINDOW = 7 };                     /* of the parts of similarity: uniform */
#define LK_DARKER_BY 0.2

/** Names and words of the lists above. */
extern const char *const lk_explained_losses[LK_N_EXPLAINED_LOSSES];
extern const char *const lk_change_names[LK_N_CHANGES], *const lk_change_formulas[LK_N_CHANGES];
extern const char *const lk_picture_names[LK_N_PICTURES], *const lk_picture_words[LK_N_PICTURES];

/** A loss at the reconstruction. */
typedef struct lk_explained_loss {
    double value, norm; /* the loss, and the Euclidean norm of its gradient */
    lk_real *gradient;  /* (H, W, C), with respect to the reconstruction */
} lk_explained_loss;

/** A loss and the norm of its gradient along a change. */
typedef struct lk_explained_curve {
    double value[LK_CURVE_STEPS], norm[LK_CURVE_STEPS];
} lk_explained_curve;

/** The parts of similarity between a picture and the original, means over positions, and how hard
 * the losses pull its brightness up. */
typedef struct lk_explained_parts {
    lk_real *picture;             /* (H, W, C) */
    double l, c, s, product, sum; /* l, c, s; l c s, eq. (4); l + c s, eq. (5) */
    /* minus the derivatives of 1 - l c s and 2 - l - c s by the brightness of the whole picture */
    double product_pull, sum_pull;
} lk_explained_parts;

typedef struct lk_explanation {
    lk_image_shape images;
    lk_real *original, *reconstruction; /* (H, W, C) */
    double ssim, mse;                   /* as in reports */
    lk_explained_loss losses[LK_N_EXPLAINED_LOSSES];
    double k[LK_CURVE_STEPS];
    int n_changes; /* one less, without saturation, if pictures are grey */
    lk_explained_curve curves[LK_N_CHANGES][LK_N_EXPLAINED_LOSSES];
    lk_explained_parts parts[LK_N_PICTURES];
    lk_arena arena;
} lk_explanation;

/**
 * Explain the reconstruction of an image (H, W, C). Gradients are those of the losses used in
 * training; the parts of similarity are in their literal form (metric.h).
 *
 * memory  the caller ends it with lk_explanation_deinit, also after an error
 * errors  LK_FORMAT (images below LK_METRIC_MIN_SIDE), LK_MEMORY
 */
lk_status lk_explain(lk_trained *model, const lk_real *image, lk_explanation *out, lk_error *err);
void lk_explanation_deinit(lk_explanation *explanation);

/** All numbers, without the pictures. The caller deletes *json. Errors: LK_MEMORY. */
lk_status lk_explanation_json(const lk_explanation *explanation, struct cJSON **json,
                              lk_error *err);
/** How hard the product (0) and the sum (1) pull up the brightness of the darker picture once it is
 * also blurred, relative to before. False: one does not pull at all. */
bool lk_explanation_pulls(const lk_explanation *explanation, double kept[2]);
/** The figure, as PNG, SVG or PDF. `caption`: the run, its losses and the picture. Errors:
 * LK_WRITE, LK_MEMORY. */
lk_status lk_explanation_write(const lk_explanation *explanation, const char *path,
                               const char *caption, const lk_origin_notes *origin, lk_error *err);

#endif
