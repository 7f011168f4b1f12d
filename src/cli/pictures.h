/* Pictures that commands read and write for a model. Private to the program. */
#ifndef LIKENESS_CLI_PICTURES_H
#define LIKENESS_CLI_PICTURES_H

#include "net/trained.h"

/** The number of values of a picture of that shape. */
size_t lk_cli_picture_values(lk_image_shape shape);
/**
 * Read pictures as `prepare --images` does: the largest centre square, in the model's channels and
 * size.
 * shape   out (n, H, W, C), values in [0, 1]
 * errors  LK_FORMAT naming the path, LK_MEMORY
 */
lk_status lk_cli_read_pictures(const char *const *paths, int n, lk_image_shape shape, lk_real *out,
                               lk_error *err);
/** Write pictures (n, H, W, C) as an array float32 n x C x H x W. Errors: LK_WRITE, LK_MEMORY. */
lk_status lk_cli_write_pictures_npy(const char *path, lk_image_shape shape, int n,
                                    const lk_real *pictures, lk_error *err);

/** sigma^2 of the prior of a trained model. `what` names what needs it. Errors: LK_USAGE if the
 * model has none, with what works instead. */
lk_status lk_cli_prior_variance(const lk_trained *trained, const char *what, double *variance,
                                lk_error *err);

#endif
