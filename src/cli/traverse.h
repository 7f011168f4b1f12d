/** One latent changed at a time: what the files of the command `traverse` share. Private to the
 * program. */
#ifndef LIKENESS_CLI_TRAVERSE_H
#define LIKENESS_CLI_TRAVERSE_H

#include "cli/command.h"
#include "cli/latents.h"
#include "cli/pictures.h"
#include "cli/trained.h"

enum { LK_TRAVERSE_STEPS_MAX = 64 };

typedef struct lk_traverse_options {
    char out[LK_WORDS_MAX], latents[LK_WORDS_MAX];
    int64_t rows, steps;
    double range;
    lk_picture_options from;
    bool json;
} lk_traverse_options;

/** A latent, and how much the picture changes over the latent's range: the mean absolute difference
 * of the pictures at its ends. */
typedef struct lk_traverse_latent {
    int index;
    double change;
} lk_traverse_latent;

typedef struct lk_traverse {
    lk_cli *cli;
    const lk_traverse_options *given;
    lk_pictures from;
    lk_picture_options words_only; /* no pack */
    lk_trained decoder;
    lk_image_shape shape;
    lk_latents steps;
    int n_latents, n_rows, n_starts;
    lk_real *starts;             /* (n_starts, Z): the codes of the pictures, or the prior's mean */
    lk_traverse_latent *latents; /* n_measured; the first n_rows are shown */
    int n_measured;
    lk_real *codes, *pictures; /* for all rows, and at least for a batch */
} lk_traverse;

/* ---- codes, and what they change ---- */

/** In units of w->steps, from -range to range. */
double lk_traverse_step(const lk_traverse *w, int step);
/** The value of a latent there. */
double lk_traverse_value(const lk_traverse *w, int index, int step);
/** Set code number `at` to a start code, with latent `index` set to `value`. */
void lk_traverse_set_code(const lk_traverse *w, int at, int start, int index, double value);
/** Decode the first n codes into w->pictures. Errors: those of the decoder's graph. */
void lk_traverse_decode(const lk_traverse *w, int n);
/** The mean absolute difference of n values. */
double lk_traverse_difference(const lk_real *a, const lk_real *b, size_t n);
/** Find the changes of all w->n_measured latents. */
void lk_traverse_measure(lk_traverse *w);

/* ---- what the user gets ---- */

/** Write the figure. Errors: LK_MEMORY, and those of lk_collage_write. */
lk_status lk_traverse_draw(lk_traverse *w, lk_error *err);
/** Append what the values of latents are in. */
void lk_traverse_unit(const lk_traverse *w, lk_text *out);
/** Print the table, as text or as one JSON object. Errors: LK_MEMORY, LK_WRITE. */
lk_status lk_traverse_put_text(const lk_traverse *w, lk_error *err);
lk_status lk_traverse_put_json(const lk_traverse *w, lk_error *err);

#endif
