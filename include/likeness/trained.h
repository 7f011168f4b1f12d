/**
 * Trained models, opened to use them: pictures become reconstructions or codes, codes become
 * pictures.
 *
 *   lk_trained_create -> lk_trained_map, any number of times -> lk_trained_destroy
 *
 * Pictures are numbers in [0, 1], shape (H, W, C): rows from top to bottom, channels interleaved.
 * A code is Z numbers; one with a shape has the order C, H, W.
 */
#ifndef LIKENESS_TRAINED_H
#define LIKENESS_TRAINED_H

#include <likeness/image.h>
#include <likeness/model.h>

LK_HEADER_BEGIN

typedef struct lk_trained lk_trained;

/**
 * Open a model, or only its encoder or decoder: a run's folder, a model file or a checkpoint. The
 * folder of a run that is not finished stands for its best checkpoint, or if there is none for its
 * last, and the log says so.
 *
 * memory  the caller destroys the result; `context` is borrowed until then
 * errors  LK_READ, LK_FORMAT (not a model, damaged, or of another kind), LK_MEMORY
 */
lk_status lk_trained_create(const char *path, const lk_context *context, lk_model_part part,
                            lk_trained **trained, lk_error *err);
/** NULL is allowed. */
void lk_trained_destroy(lk_trained *trained);

/** The pictures that the model is for. */
lk_image_shape lk_trained_images(const lk_trained *trained);
/** The shape of one code, (Z) or (C, H, W); lk_shape_size gives its numbers. */
lk_shape lk_trained_code(const lk_trained *trained);

/**
 * Read a picture file and prepare it as the model's training pictures were: the same centre square,
 * filter, size and channels. A square picture of the model's size stays unchanged.
 *
 * shape   pixels (H, W, C) of lk_trained_images
 * errors  LK_READ, LK_FORMAT (not a picture that can be read, or smaller than the centre square),
 *         LK_MEMORY; all name the path
 */
lk_status lk_trained_read_picture(const lk_trained *trained, const char *path, lk_real *pixels,
                                  lk_error *err);

/**
 * Run the part of the model that is open, as in evaluation: no noise, and the mean of a posterior
 * as its code.
 *
 * shape   of n rows, for any n: whole model, pictures -> pictures; encoder, pictures -> codes;
 *         decoder, codes -> pictures. `in` and `out` may not overlap
 * memory  allocates nothing. Two threads must not use one model at the same time
 * errors  of a collective operation, if the context has one
 */
lk_status lk_trained_map(lk_trained *trained, const lk_real *in, int n, lk_real *out,
                         lk_error *err);

LK_HEADER_END

#endif
