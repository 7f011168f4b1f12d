/* Pictures that commands read and write for a model. Private to the program. */
#ifndef LIKENESS_CLI_PICTURES_H
#define LIKENESS_CLI_PICTURES_H

#include "cli/command.h"
#include "net/trained.h"

/** The number of values of a picture of that shape. */
size_t lk_cli_picture_values(lk_image_shape shape);
/** The option --crop of commands that read pictures for a model. */
#define LK_OPTION_CROP(S)                                                                          \
    LK_OPTION_INTEGER(S, crop, -1, -1, LK_CROP_MAX,                                                \
                      "side of the centre square of each IMAGE, in pixels; 0: the largest; -1: "   \
                      "that of the training pictures")
/** What help says about IMAGE. */
#define LK_HELP_IMAGE                                                                              \
    "IMAGE is cut and resized as the model's training pictures were; a picture that already has "  \
    "the model's size stays\n"                                                                     \
    "unchanged."

/**
 * Read pictures for a model, as its training pictures were prepared. `crop`: the option.
 * shape   out (n, H, W, C), values in [0, 1]
 * errors  LK_FORMAT naming the path, LK_MEMORY
 */
lk_status lk_cli_read_pictures(const lk_cli *cli, const char *const *paths, int n,
                               const lk_trained *trained, int64_t crop, lk_real *out,
                               lk_error *err);
/** Write pictures (n, H, W, C) as an array float32 n x C x H x W. Errors: LK_WRITE, LK_MEMORY. */
lk_status lk_cli_write_pictures_npy(const char *path, lk_image_shape shape, int n,
                                    const lk_real *pictures, lk_error *err);

/** sigma^2 of the prior of a trained model. `what` names what needs it. Errors: LK_USAGE if the
 * model has none, with what works instead. */
lk_status lk_cli_prior_variance(const lk_trained *trained, const char *what, double *variance,
                                lk_error *err);

#endif
