/** The memory plan of a graph. */
#ifndef LIKENESS_GRAPH_PLAN_H
#define LIKENESS_GRAPH_PLAN_H

#include <likeness/graph.h>

/** Decide which nodes have gradients, which ops add to them, and where all values will lie. Errors:
 * LK_MEMORY. */
lk_status lk_graph_plan(lk_graph *graph, lk_error *err);
/** Whether it uses the memory of the graph in options.memory_of; known once both are planned. */
bool lk_graph_shares_memory(const lk_graph *graph);
/** The scratch of a node's forward or backward; NULL: it needs none. */
void *lk_graph_scratch_of(const lk_node *node, bool backward);
/** Allocate what was planned, once the parameters are. Errors: LK_MEMORY. */
lk_status lk_graph_allocate(lk_graph *graph, lk_error *err);

#endif
