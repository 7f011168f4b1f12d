/* x within [low, high]. */
#include "elementwise.h"

#include <likeness/ops.h>

lk_node *lk_clamp(lk_node *x, double low, double high) {
    return lk_unary_apply(&lk_op_clamp, LK_CLAMP, x, low, high);
}

static const struct lk_unary_options from_0 = { LK_CLAMP, 0, 9 }, to_0 = { LK_CLAMP, -9, 0 };
static const lk_sample samples[] = {
    { .in = { { 2, { 3, 7 } } }, .options = &from_0 },
    { .in = { { 2, { 3, 7 } } }, .options = &to_0 },
    LK_SAMPLES_END,
};
const lk_op lk_op_clamp = LK_UNARY("clamp", "x within [low, high]", .needs_input = { true },
                                   .needs_output = true, .samples = samples);
