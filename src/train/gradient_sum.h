/** The sum of a gradient over processes. */
#ifndef LIKENESS_TRAIN_GRADIENT_SUM_H
#define LIKENESS_TRAIN_GRADIENT_SUM_H

#include "base/comm_queue.h"

#include <likeness/graph.h>

/** In the background, the sum of each megabyte begins as soon as backward has it, while backward
 * goes on. Otherwise the whole is added up after backward. The bits are the same. */
typedef struct lk_gradient_sum {
    lk_comm *comm;
    const lk_params *params;
    lk_comm_queue *queue; /* NULL: not in the background */
    size_t begin, end;    /* values that backward has, and whose sum has not begun */
} lk_gradient_sum;

/** `graph` and its parameters are borrowed; lk_gradient_sum_close ends it. In the background if
 * `comm` has a second channel and `in_background` is set. Errors: LK_MEMORY, LK_FAILED. */
lk_status lk_gradient_sum_open(lk_gradient_sum *sum, const lk_graph *graph, bool in_background,
                               lk_error *err);
/** Before forward. `step` is for messages. */
void lk_gradient_sum_begin(lk_gradient_sum *sum, int64_t step);
/** For lk_graph_time, or to be called by what is given there. `self`: the lk_gradient_sum. */
void lk_gradient_sum_node(void *self, const lk_node *node, bool backward, double seconds);
/** After backward: wait for the sum. Errors: those of comm.h. */
lk_status lk_gradient_sum_finish(lk_gradient_sum *sum, lk_error *err);
/** A zeroed one is fine. */
void lk_gradient_sum_close(lk_gradient_sum *sum);

#endif
