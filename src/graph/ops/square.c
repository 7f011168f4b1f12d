/* x^2 */
#include "elementwise.h"

#include <likeness/ops.h>

lk_node *lk_square(lk_node *x) {
    return lk_unary_apply(&lk_op_square, LK_SQUARE, x, 0, 0);
}

static const struct lk_unary_options plain = { .kind = LK_SQUARE };
static const lk_sample samples[] = { { .in = { { 4, { 2, 3, 4, 5 } } }, .options = &plain },
                                     LK_SAMPLES_END };
const lk_op lk_op_square =
    LK_UNARY("square", "x^2", .in_place = true, .needs_input = { true }, .samples = samples);
