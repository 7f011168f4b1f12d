/* What the files of this folder share and ops do not see. */
#ifndef LIKENESS_GRAPH_INTERNAL_H
#define LIKENESS_GRAPH_INTERNAL_H

#include <likeness/graph.h>

struct lk_graph {
    lk_graph_options options;
    lk_arena arena;
    lk_node **nodes;
    int n_nodes, capacity;
    lk_status status;
    lk_error err;
    lk_node *objective;
    /* memory */
    char *memory;
    size_t memory_bytes, scratch_bytes;
    void *scratch;
    /* of the present step */
    lk_mode mode;
    int n_valid;
    uint32_t step;
    lk_op_timer *timer;
    void *timer_self;
    bool detect, bad_backward;
    const lk_node *bad;
};

/** Memory in use over [first, last] of the timeline: forward of node i is moment i, its backward
 * moment 2 n - 1 - i. */
typedef struct lk_span {
    size_t n_bytes, offset;
    int first, last;
    struct lk_span *shares; /* lives inside this one instead */
} lk_span;

int lk_params_add(lk_params *params, const char *name, lk_shape shape, lk_param_kind kind,
                  lk_init init);
lk_status lk_params_allocate(lk_params *params, lk_error *err);

/** Decide who wants gradients, who adds, and where everything will live. Errors: LK_MEMORY. */
lk_status lk_graph_plan(lk_graph *graph, lk_error *err);
/** Whether its memory is the lender's; known once both are planned. */
bool lk_graph_borrows(const lk_graph *graph);
/** Allocate what was planned, once the parameters are. Errors: LK_MEMORY. */
lk_status lk_graph_allocate(lk_graph *graph, lk_error *err);

#endif
