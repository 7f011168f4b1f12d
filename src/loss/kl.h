/** What the ops of regularizer kl share. */
#ifndef LIKENESS_LOSS_KL_H
#define LIKENESS_LOSS_KL_H

#include <likeness/loss.h>

/** Inputs 0 and 1 are mu and logvar of one shape, (N, Z). Errors: LK_USAGE. */
lk_status lk_kl_shapes(const lk_node *node, lk_error *err);
extern const lk_op lk_op_kl_free_bits;

#endif
