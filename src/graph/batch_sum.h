/**
 * Means over the batch, as every loss takes them: a sum for each sample, samples within a shard in
 * order, shards over the fixed tree, then over the processes. Padding samples (at and after
 * lk_graph_valid) do not count.
 */
#ifndef LIKENESS_GRAPH_BATCH_SUM_H
#define LIKENESS_GRAPH_BATCH_SUM_H

#include <likeness/graph.h>

/** Errors: LK_USAGE unless the node's first dimension is the batch. */
lk_status lk_batch_check(const lk_node *node, lk_error *err);
/** State an op needs: a double for each sample, then one for each shard. */
size_t lk_batch_sum_bytes(const lk_graph *graph);
/** The mean over valid samples and the `row` values of each, from the samples' sums; sums of
 * padding are ignored. */
lk_real lk_batch_mean(lk_graph *graph, double *sums, size_t row);
/** What one value of sample `i` weighs in that mean: 1 / (n_valid row), or 0 for padding. */
lk_real lk_batch_weight(const lk_graph *graph, size_t row, int i);
/** The sum of N rows of n doubles, one for each sample, in the same order. It ends in row 0; the
 * other rows are overwritten. */
void lk_batch_rows_sum(lk_graph *graph, double *rows, size_t n);

/** Add up the shards' rows of n numbers over the tree, then over the processes, into the first
 * row. */
void lk_batch_add_shards(lk_graph *graph, double *rows, size_t n);
/** The factor with which such a sum enters the gradient of a parameter: 1 on rank 0, otherwise 0,
 * because gradients are added up over the processes later. They are added as lk_real, so a sum of
 * doubles that is rounded once must not wait until then. */
double lk_batch_share(const lk_graph *graph);

#endif
