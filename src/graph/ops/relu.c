/* max(x, 0); the gradient at 0 is 0 */
#include "elementwise.h"

#include <likeness/ops.h>

lk_node *lk_relu(lk_node *x) {
    return lk_unary_apply(&lk_op_relu, LK_RELU, x, 0, 0);
}

static const struct lk_unary_options plain = { .kind = LK_RELU };
static const lk_sample samples[] = { { .in = { { 4, { 2, 3, 4, 5 } } }, .options = &plain },
                                     LK_SAMPLES_END };
const lk_op lk_op_relu = LK_UNARY("relu", "max(x, 0); the gradient at 0 is 0", .in_place = true,
                                  .needs_output = true, .samples = samples);
