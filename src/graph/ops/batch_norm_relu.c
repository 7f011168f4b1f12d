/* Batch normalisation and the ReLU behind it, plain or leaky, as one op: its formulas are
   batch_norm.c's. */
#include "batch_norm.h"

#include "graph/ops/op_list.h"

static const lk_batch_norm_options plain = { .eps = 1e-5, .momentum = 0.1, .rectify = true };
static const lk_batch_norm_options leaky = {
    .eps = 1e-5, .momentum = 0.1, .rectify = true, .slope = 0.2
};
static const lk_sample samples[] = {
    { .in = { { 4, { 3, 2, 2, 1 } }, { 1, { 2 } }, { 1, { 2 } }, { 1, { 2 } }, { 1, { 2 } } },
      .options = &plain },
    { .in = { { 2, { 4, 2 } }, { 1, { 2 } }, { 1, { 2 } }, { 1, { 2 } }, { 1, { 2 } } },
      .options = &leaky },
    LK_SAMPLES_END,
};
const lk_op lk_op_batch_norm_relu = LK_BATCH_NORM(
    "batch_norm_relu", "batch_norm and the relu or leaky_relu behind it, at once", samples);
