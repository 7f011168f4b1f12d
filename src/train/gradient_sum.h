/** The sum of a gradient over processes. */
#ifndef LIKENESS_TRAIN_GRADIENT_SUM_H
#define LIKENESS_TRAIN_GRADIENT_SUM_H

#include "base/comm_queue.h"

#include <likeness/graph.h>

/** When the processes add up their gradients. The bits are the same. */
typedef enum lk_sum_form {
    LK_SUM_AFTER,  /* all of it after backward */
    LK_SUM_DURING, /* each megabyte in the background as soon as backward has it */
    LK_SUM_FASTER, /* the first steps try both, then all processes keep what was faster */
} lk_sum_form;

typedef struct lk_gradient_sum {
    lk_comm *comm;
    const lk_params *params;
    lk_comm_queue *queue; /* NULL: always after backward */
    lk_sum_form asked, form;
    size_t begin, end; /* values that backward has, and whose sum has not begun */
    int n_tried;       /* steps, with LK_SUM_FASTER */
    double begin_s, fastest_s[2];
} lk_gradient_sum;

/** `graph` and its parameters are borrowed; lk_gradient_sum_close ends it. Errors: LK_MEMORY,
 * LK_FAILED. */
lk_status lk_gradient_sum_open(lk_gradient_sum *sum, const lk_graph *graph, lk_sum_form form,
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
