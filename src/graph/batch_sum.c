/* Means over the batch in one fixed order. */
#include "batch_sum.h"
#include "graph/graph.h"

lk_status lk_batch_check(const lk_node *node, lk_error *err) {
    int got = node->shape.rank ? node->shape.d[0] : 0, batch = node->graph->options.n;
    return got == batch
               ? LK_OK
               : lk_fail(err, LK_USAGE, "%s: expected the batch as first dimension, %d, got %d",
                         node->name, batch, got);
}

size_t lk_batch_sum_bytes(const lk_graph *graph) {
    return (size_t)(graph->options.n + graph->options.n_shards) * sizeof(double);
}

void lk_batch_add_shards(lk_graph *graph, double *rows, size_t n) {
    lk_error err;
    lk_comm *comm = graph->options.context->comm;
    lk_tree_sum(rows, graph->options.n_shards, n);
    lk_status status = lk_comm_sum_doubles(comm, rows, n, &err);
    if (status) lk_refuse(graph, status, "%s", err.text);
}

double lk_batch_share(const lk_graph *graph) {
    return graph->options.context->comm->rank == 0;
}

lk_real lk_batch_mean(lk_graph *graph, double *sums, size_t row) {
    int n = graph->options.n, n_shards = graph->options.n_shards, n_valid = lk_graph_valid(graph);
    double *shards = sums + n;
    for (int s = 0; s < n_shards; s++) {
        shards[s] = 0;
        for (int i = lk_shard_begin(n, n_shards, s);
             i < lk_shard_begin(n, n_shards, s + 1) && i < n_valid; i++)
            shards[s] += sums[i];
    }
    lk_batch_add_shards(graph, shards, 1);
    return LK_R(shards[0] / ((double)graph->n_valid * (double)row));
}

lk_real lk_batch_weight(const lk_graph *graph, size_t row, int i) {
    return i < lk_graph_valid(graph) ? LK_R(1 / ((double)graph->n_valid * (double)row)) : 0;
}

/* Shard s begins at row s or later, so that its sum only overwrites rows that were read. */
void lk_batch_rows_sum(lk_graph *graph, double *rows, size_t n) {
    int n_samples = graph->options.n, n_shards = graph->options.n_shards;
    for (int s = 0; s < n_shards; s++) {
        int begin = lk_shard_begin(n_samples, n_shards, s),
            end = lk_shard_begin(n_samples, n_shards, s + 1);
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (int i = begin; i < end; i++) sum += rows[(size_t)i * n + j];
            rows[(size_t)s * n + j] = sum;
        }
    }
    lk_batch_add_shards(graph, rows, n);
}
