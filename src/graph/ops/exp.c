/* e^x */
#include "elementwise.h"

#include <likeness/ops.h>

lk_node *lk_exp(lk_node *x) {
    return lk_unary_apply(&lk_op_exp, LK_EXP, x, 0, 0);
}

static const struct lk_unary_options plain = { .kind = LK_EXP };
static const lk_sample samples[] = { { .in = { { 4, { 2, 3, 4, 5 } } }, .options = &plain },
                                     LK_SAMPLES_END };
const lk_op lk_op_exp =
    LK_UNARY("exp", "e^x", .in_place = true, .needs_output = true, .samples = samples);
