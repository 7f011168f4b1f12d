/* The list of all ops. */
#include "graph/ops/op_list.h"

#include <likeness/ops.h>

#define ROW(name) &lk_op_##name,
const lk_op *const lk_ops[] = { LK_OP_LIST(ROW) NULL };
