/**
 * Pictures for a model, from the words of the command line and from a pack; and arrays of pictures
 * to write. Private to the program.
 */
#ifndef LIKENESS_CLI_PICTURES_H
#define LIKENESS_CLI_PICTURES_H

#include "cli/command.h"
#include "data/visited.h"
#include "evaluate/prior.h"
#include "net/trained.h"

#include <likeness/pack.h>

/** The number of values of a picture of that shape. */
size_t lk_cli_picture_values(lk_image_shape shape);

/** Where pictures come from, next to the words of the command line. */
typedef struct lk_picture_options {
    char data[LK_WORDS_MAX], index[LK_WORDS_MAX];
    int split;
    int64_t n, crop;
    bool needed; /* without words a pack is taken, even without --index or -n */
} lk_picture_options;

#define LK_HELP_CROP                                                                               \
    "side of the centre square of each IMAGE, in pixels; 0: the largest; -1: that of the "         \
    "training "                                                                                    \
    "pictures"
/** The option --crop of commands that read pictures for a model. */
#define LK_OPTION_CROP(S) LK_OPTION_INTEGER(S, crop, -1, -1, LK_CROP_MAX, LK_HELP_CROP)
/** The options of a command whose options have a member `lk_picture_options m`. */
#define LK_OPTIONS_PICTURES(S, m)                                                                  \
    { .key = "data",                                                                               \
      .type = LK_STRING,                                                                           \
      .offset = offsetof(S, m.data),                                                               \
      .text = "",                                                                                  \
      .placeholder = "FILE.lkd",                                                                   \
      .help = "a pack whose pictures are taken, after those of IMAGE; default, where --index or "  \
              "-n asks for pictures: the one that RUN was trained on" },                           \
        { .key = "split",                                                                          \
          .type = LK_WORD,                                                                         \
          .offset = offsetof(S, m.split),                                                          \
          .text = "test",                                                                          \
          .words = LK_WORDS(LK_SPLIT_LIST),                                                        \
          .help = "which split of the pack" },                                                     \
        { .key = "index",                                                                          \
          .type = LK_STRING,                                                                       \
          .offset = offsetof(S, m.index),                                                          \
          .text = "",                                                                              \
          .placeholder = "LIST",                                                                   \
          .help = "which pictures of the split, counted from 0, as in 3,7" },                      \
        { .key = "n",                                                                              \
          .type = LK_INTEGER,                                                                      \
          .offset = offsetof(S, m.n),                                                              \
          .max = 1e9,                                                                              \
          .help = "only the first N pictures; 0: all of them" },                                   \
    {                                                                                              \
        .key = "crop", .type = LK_INTEGER, .offset = offsetof(S, m.crop), .value = -1, .min = -1,  \
        .max = LK_CROP_MAX, .help = LK_HELP_CROP                                                   \
    }
/** What help says about IMAGE. */
#define LK_HELP_IMAGE                                                                              \
    "IMAGE is cut and resized as the model's training pictures were; a picture that already has "  \
    "the model's size stays "                                                                      \
    "unchanged."
/** The same for commands with LK_OPTIONS_PICTURES. */
#define LK_HELP_IMAGES                                                                             \
    LK_HELP_IMAGE " IMAGE may also be a folder or a zip: all pictures in it, in the order of "     \
                  "their names. Pictures of a "                                                    \
                  "pack are taken as they are."

/** A picture, named and read. */
typedef struct lk_picture {
    const char *name; /* its path, or what the pack calls it */
    const char *file; /* the same, as a path relative to the folder that was given */
    int row;          /* in the split of the pack; -1: it is a file */
    /* of a folder or zip: which, and its number there; NULL: it was named itself */
    struct lk_picture_place *place;
    int item;
    const uint8_t *pixels; /* (H, W, C) after lk_pictures_read */
} lk_picture;

typedef struct lk_pictures {
    int n, n_files, capacity;
    lk_picture *items; /* in the given order: words, then the pack */
    lk_image_shape shape;
    lk_pack *pack; /* NULL: none */
    const char *data;
    lk_split split;
    uint8_t *pixels; /* of all files */
    struct lk_picture_place *places;
    struct lk_visited inputs; /* the files, so that none is overwritten */
    lk_arena arena;
} lk_pictures;

/**
 * List the pictures that the words and the options name, at most options->n. `options` and the
 * words must outlive the result. The caller ends it with lk_pictures_close, also after an error.
 * errors  LK_USAGE (options that need --data, a row that the split lacks), LK_FORMAT, LK_READ,
 *         LK_MEMORY
 */
lk_status lk_pictures_open(const lk_cli *cli, const lk_picture_options *options,
                           const char *const *words, int n_words, lk_pictures *pictures,
                           lk_error *err);
/**
 * Read them for a model: files are prepared as its training pictures were. `crop`: the option.
 * errors  LK_FORMAT naming the path, also where the pack does not fit the model; LK_MEMORY
 */
lk_status lk_pictures_read(lk_pictures *pictures, lk_cli *cli, const lk_trained *trained,
                           int64_t crop, lk_error *err);
void lk_pictures_close(lk_pictures *pictures);
/** Pictures first, ..., first + n - 1 as numbers. Shape of out: (n, H, W, C), values in [0, 1] */
void lk_pictures_numbers(const lk_pictures *pictures, int first, int n, lk_real *out);
/** Fails if a file to write, given by an option, is one of the pictures. Errors: LK_USAGE. */
lk_status lk_pictures_check_output(lk_pictures *pictures, const char *flag, const char *path,
                                   lk_error *err);

/** Whether a pack's pictures are what a model expects. Errors: LK_FORMAT. */
lk_status lk_cli_check_pack(const lk_pack *pack, const char *path, lk_image_shape images,
                            lk_error *err);

/** Refuse a run among the words that should name pictures: one RUN is all that a command takes.
 * Errors: LK_USAGE. */
lk_status lk_cli_refuse_runs(const lk_cli *cli, lk_error *err);

/** Write pictures (n, H, W, C) as an array float32 n x C x H x W. Errors: LK_WRITE, LK_MEMORY. */
lk_status lk_cli_write_pictures_npy(const char *path, lk_image_shape shape, int n,
                                    const lk_real *pictures, lk_error *err);

/** The prior of a trained model; with a pack, a Gaussian fitted to the codes of its training
 * pictures. The caller ends it with lk_prior_deinit, also after an error. Errors: LK_USAGE if the
 * model has no prior, or a codebook; those of lk_trained_open_other and lk_prior_fit. */
lk_status lk_cli_prior_open(const lk_cli *cli, const lk_trained *trained, const lk_pack *fit,
                            lk_prior *prior, lk_error *err);
/** sigma^2 of the prior of a trained model. `what` names what needs it. Errors: LK_USAGE if the
 * model has none, with what works instead. */
lk_status lk_cli_prior_variance(const lk_trained *trained, const char *what, double *variance,
                                lk_error *err);

#endif
