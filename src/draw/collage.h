/** Figures of many small pictures: tables with names, captions and a header, and originals above
 * their reconstructions. */
#ifndef LIKENESS_DRAW_COLLAGE_H
#define LIKENESS_DRAW_COLLAGE_H

#include "draw/canvas.h"

/** A number of a row, as text. */
typedef struct lk_collage_score {
    char text[24];
    bool best; /* in bold letters */
} lk_collage_score;

/** A table of pictures. NULL in place of texts: there are none. */
typedef struct lk_collage {
    lk_image_shape shape;
    int n_rows, n_columns;
    /* (n_rows, n_columns), each (H, W, C) in [0, 1]; a NULL cell stays white */
    const lk_real *const *cells;
    const char *title, *subtitle; /* above all */
    const char *const *heads;     /* n_columns, above the columns */
    const char *const *labels;    /* n_rows, before the rows */
    const char *const *notes;     /* n_rows, in small letters below the labels */
    const double *bars;           /* n_rows, the length of a bar below each label, 0 to 1; NULL */
    const char *const *captions;  /* n_rows x n_columns, below the cells; NULL: that one has none */
    /* columns of numbers between labels and pictures; those without a text are left out */
    int n_scores;
    const char *const *score_heads;
    const lk_collage_score *scores; /* (n_rows, n_scores) */
    int framed;                     /* the column that has a frame, counted from 1; 0: none */
    int block;                      /* rows that belong together; 0: all */
    const bool *gaps; /* n_rows: whether other rows begin after it; NULL: as `block` */
} lk_collage;

/** The pixels of a figure for each of a small picture's: the most that make 128, at least 1. */
int lk_collage_zoom(lk_image_shape shape);

/** Write it. Errors: LK_WRITE, LK_MEMORY, LK_FORMAT (too large). */
lk_status lk_collage_write(const char *path, const lk_collage *collage,
                           const lk_origin_notes *origin, lk_error *err);

/**
 * Whether such a table is small enough, before its pictures are made. `path`: of
 * the picture; fewer: what the user can do, both for the message. Errors: LK_USAGE.
 */
lk_status lk_collage_check(const char *path, lk_image_shape shape, int64_t n_rows,
                           int64_t n_columns, const char *fewer, lk_error *err);

/** Columns of pictures: originals with what was made of them below. */
typedef struct lk_collage_strip {
    lk_image_shape shape;
    int n, n_rows;               /* columns, pictures in each */
    const lk_real *const *rows;  /* n_rows, each (n, H, W, C) */
    const char *const *labels;   /* n_rows; NULL: none */
    const char *const *captions; /* n_rows x n, as in lk_collage; NULL: none */
    const char *title, *subtitle;
} lk_collage_strip;

/** Write them, LK_STRIP_COLUMNS next to each other and then the next ones below. Errors: as
 * above. */
enum { LK_STRIP_COLUMNS = 8 };
lk_status lk_collage_strip_write(const char *path, const lk_collage_strip *strip,
                                 const lk_origin_notes *origin, lk_error *err);
/** Pictures, and what models made of them. */
typedef struct lk_collage_faces {
    lk_image_shape shape;
    int n, n_models, n_samples;
    const lk_real *originals;  /* (n, H, W, C) */
    const lk_real *made;       /* (n_models, n, H, W, C) */
    const lk_real *samples;    /* (n_samples, n, H, W, C): rows of the prior, below all others */
    const double *ssim;        /* (n_models, n), below each picture made; NULL: unknown */
    const char *const *labels; /* n_models */
    const char *title, *subtitle;
} lk_collage_faces;
/** Write originals, a row for each model, with one model also its absolute error times 4, and the
 * samples. Errors: as above. */
lk_status lk_collage_faces_write(const char *path, const lk_collage_faces *faces,
                                 const lk_origin_notes *origin, lk_error *err);
/** How many columns of n_rows pictures fit into one figure. */
int lk_collage_columns_max(lk_image_shape shape, int n_rows);

#endif
