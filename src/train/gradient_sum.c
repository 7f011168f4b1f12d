/* The sum of a gradient over processes. */
#include "train/gradient_sum.h"

lk_status lk_gradient_sum_open(lk_gradient_sum *sum, const lk_graph *graph, bool in_background,
                               lk_error *err) {
    lk_comm *comm = lk_graph_context(graph)->comm;
    *sum = (lk_gradient_sum){ .comm = comm, .params = lk_graph_params(graph) };
    if (!in_background || comm->n_ranks == 1 || !comm->second) return LK_OK;
    comm->second->limit_s = comm->limit_s;
    comm->second->stop = comm->stop;
    return lk_comm_queue_create(comm->second, &sum->queue, err);
}

void lk_gradient_sum_begin(lk_gradient_sum *sum, int64_t step) {
    if (sum->comm->n_ranks == 1) return;
    sum->comm->step = step;
    if (sum->queue) sum->comm->second->step = step;
}

static void begin_sum(lk_gradient_sum *sum) {
    size_t n = sum->end - sum->begin;
    if (n) lk_comm_queue_sum(sum->queue, sum->params->gradient + sum->begin, n);
    sum->end = sum->begin;
}

/* Backward comes to the last parameters first, so pieces mostly lie in front of those before. */
static void add_piece(lk_gradient_sum *sum, size_t begin, size_t end) {
    if (end != sum->begin) {
        begin_sum(sum);
        sum->end = end;
    }
    sum->begin = begin;
    if ((sum->end - sum->begin) * sizeof(lk_real) >= LK_COMM_BYTES) begin_sum(sum);
}

/* With several processes a parameter belongs to one node, so its gradient is complete now. */
void lk_gradient_sum_node(void *self, const lk_node *node, bool backward, double seconds) {
    lk_gradient_sum *sum = self;
    (void)seconds;
    for (int i = node->n_in - 1; i >= 0 && backward && sum->queue; i--) {
        const lk_node *in = node->in[i];
        if (in->param < 0 || !in->wants_grad) continue;
        size_t begin = sum->params->list[in->param].offset, n = lk_shape_size(in->shape);
        add_piece(sum, begin, begin + (n + 15) / 16 * 16);
    }
}

lk_status lk_gradient_sum_finish(lk_gradient_sum *sum, lk_error *err) {
    if (!sum->queue)
        return lk_comm_sum(sum->comm, sum->params->gradient, sum->params->n_trained, err);
    begin_sum(sum);
    lk_status status = lk_comm_queue_finish(sum->queue, err);
    if (status) lk_comm_break(sum->comm, err->text);
    return status;
}

void lk_gradient_sum_close(lk_gradient_sum *sum) {
    lk_comm_queue_destroy(sum->queue);
    sum->queue = NULL;
}
