/* hyperbolic tangent */
#include "elementwise.h"

#include <likeness/ops.h>

lk_node *lk_tanh(lk_node *x) {
    return lk_unary_apply(&lk_op_tanh, LK_TANH, x, 0, 0);
}

static const struct lk_unary_options plain = { .kind = LK_TANH };
static const lk_sample samples[] = {
    { .in = { { 4, { 2, 3, 4, 5 } } }, .options = &plain, .low = -3, .high = 3 }, LK_SAMPLES_END
};
const lk_op lk_op_tanh = LK_UNARY("tanh", "hyperbolic tangent", .in_place = true,
                                  .needs_output = true, .samples = samples);
