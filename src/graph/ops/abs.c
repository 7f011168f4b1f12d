/* |x|; the gradient at 0 is 0 */
#include "elementwise.h"

#include <likeness/ops.h>

lk_node *lk_abs(lk_node *x) {
    return lk_unary_apply(&lk_op_abs, LK_ABS, x, 0, 0);
}

static const struct lk_unary_options plain = { .kind = LK_ABS };
static const lk_sample samples[] = { { .in = { { 4, { 2, 3, 4, 5 } } }, .options = &plain },
                                     LK_SAMPLES_END };
const lk_op lk_op_abs = LK_UNARY("abs", "|x|; the gradient at 0 is 0", .in_place = true,
                                 .needs_input = { true }, .samples = samples);
