/* x where positive, else slope x. */
#include "elementwise.h"

#include <likeness/ops.h>

lk_node *lk_leaky_relu(lk_node *x, double slope) {
    return lk_unary_apply(&lk_op_leaky_relu, LK_LEAKY_RELU, x, slope, 0);
}

static const struct lk_unary_options fifth = { LK_LEAKY_RELU, 0.2, 0 };
static const lk_sample samples[] = { { .in = { { 4, { 2, 3, 4, 5 } } }, .options = &fifth },
                                     LK_SAMPLES_END };
const lk_op lk_op_leaky_relu = LK_UNARY("leaky_relu", "x where positive, else slope x",
                                        .in_place = true, .needs_output = true, .samples = samples);
