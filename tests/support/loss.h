/** A reconstruction loss by itself: its value and gradient on two batches. */
#ifndef LIKENESS_TEST_LOSS_H
#define LIKENESS_TEST_LOSS_H

#include "support.h"

#include <likeness/options.h>
#include <likeness/tensor.h>

/** Options as JSON, {"type": "ssim", ...}, read as a config's "reconstruction" from the file
 * "c.json". Errors: the reader's. */
lk_status lk_test_loss_read(const char *text, lk_arena *arena, lk_chosen *loss, lk_error *err);

struct lk_test_loss {
    double value;
    lk_real *gradient; /* by y, stored channels-last; the caller frees it with lk_free */
};

/** The loss of two batches stored channels-last, of which only the first n_valid samples count. Any
 * error fails the test. */
struct lk_test_loss lk_test_loss(const lk_context *context, const char *options, lk_shape shape,
                                 int n_valid, const lk_real *x, const lk_real *y);
/** The error of building it for images of that shape. */
lk_status lk_test_loss_refusal(const char *options, lk_shape shape, lk_error *err);

#endif
