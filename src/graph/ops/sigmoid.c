/* 1 / (1 + e^-x) */
#include "elementwise.h"

#include <likeness/ops.h>

lk_node *lk_sigmoid(lk_node *x) {
    return lk_unary_apply(&lk_op_sigmoid, LK_SIGMOID, x, 0, 0);
}

static const struct lk_unary_options plain = { .kind = LK_SIGMOID };
static const lk_sample samples[] = {
    { .in = { { 4, { 2, 3, 4, 5 } } }, .options = &plain, .low = -6, .high = 6 }, LK_SAMPLES_END
};
const lk_op lk_op_sigmoid = LK_UNARY("sigmoid", "1 / (1 + e^-x)", .in_place = true,
                                     .needs_output = true, .samples = samples);
