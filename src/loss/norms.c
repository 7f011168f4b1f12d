/*
 * Norms of codes, mean over images.
 *   l1  sum over latents of |z|: sparse codes
 *   l2  half the sum over latents of z^2: the term of regularized autoencoders (Ghosh, Sajjadi,
 *       Vergari, Black, Schoelkopf, "From Variational to Deterministic Autoencoders", 2020, eq. 11)
 */
#include "loss/loss_list.h"

#include <likeness/loss.h>
#include <likeness/ops.h>

/* A sum over latents, as the op is a mean over all values. */
static lk_node *sum_of(lk_node *each, double factor) {
    return each ? lk_affine(lk_mean(each), factor * (double)lk_shape_row(each->shape), 0) : NULL;
}

static lk_node *l1_build(const lk_codes *codes, const void *options) {
    (void)options;
    return sum_of(lk_abs(codes->z), 1);
}

static lk_node *l2_build(const lk_codes *codes, const void *options) {
    (void)options;
    return sum_of(lk_square(codes->z), 0.5);
}

#define NORM(name_, summary_, options_, build_, fits_)                                             \
    {                                                                                              \
        .choice = { .name = name_,                                                                 \
                    .summary = summary_,                                                           \
                    .options = options_,                                                           \
                    .options_size = sizeof(lk_regularizer_options),                                \
                    .check = lk_regularizer_check },                                               \
        .build = build_, .fits_prior = fits_,                                                      \
    }

static const lk_option l1_options[] = {
    LK_REGULARIZER_OPTIONS(1e-4, "factor on the sum of absolute values"), { 0 }
};
const lk_regularizer lk_regularizer_l1 = NORM(
    "l1", "sum over latents of |z|, mean over images: sparse codes", l1_options, l1_build, false);

static const lk_option l2_options[] = {
    LK_REGULARIZER_OPTIONS(1e-4, "factor on half the sum of squares"), { 0 }
};
const lk_regularizer lk_regularizer_l2 =
    NORM("l2", "half the sum over latents of z^2, mean over images: regularized autoencoder (RAE)",
         l2_options, l2_build, true);
