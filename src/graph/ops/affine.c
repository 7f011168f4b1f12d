/* a x + b. */
#include "elementwise.h"

#include <likeness/ops.h>

lk_node *lk_affine(lk_node *x, double a, double b) {
    return lk_unary_apply(&lk_op_affine, LK_AFFINE, x, a, b);
}

static const struct lk_unary_options line = { LK_AFFINE, -1.5, 0.25 };
static const lk_sample samples[] = { { .in = { { 2, { 3, 7 } } }, .options = &line },
                                     LK_SAMPLES_END };
const lk_op lk_op_affine = LK_UNARY("affine", "a x + b", .in_place = true, .samples = samples);
