/** The graph from within: what the files of this folder share and ops do not see. */
#ifndef LIKENESS_GRAPH_GRAPH_H
#define LIKENESS_GRAPH_GRAPH_H

#include <likeness/graph.h>

struct lk_graph {
    lk_graph_options options;
    lk_arena arena;
    lk_node **nodes;
    int n_nodes, capacity;
    lk_status status;
    lk_error err;
    lk_node *objective;
    /* of frozen parameters, if `fill_frozen`; nodes from first_frozen on may be used again */
    lk_frozen_values *fill_frozen;
    void *frozen_self;
    int first_frozen;
    /* memory */
    char *memory;
    size_t memory_bytes;
    void *scratch; /* of the node that runs */
    /* of the present step */
    lk_mode mode;
    int n_valid; /* of all processes */
    uint32_t step;
    int64_t population;
    bool corrupted;
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

#endif
