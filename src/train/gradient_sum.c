/* The sum of a gradient over processes. */
#include "train/gradient_sum.h"

#include <likeness/log.h>

#include <math.h>

/* Steps of each form that are tried, after one that warms up. */
enum { WARM_UP = 1, TRIED = 3 };

lk_status lk_gradient_sum_open(lk_gradient_sum *sum, const lk_graph *graph, lk_sum_form form,
                               lk_error *err) {
    lk_comm *comm = lk_graph_context(graph)->comm;
    *sum = (lk_gradient_sum){ .comm = comm,
                              .params = lk_graph_params(graph),
                              .asked = form,
                              .form = form == LK_SUM_FASTER ? LK_SUM_AFTER : form,
                              .fastest_s = { (double)INFINITY, (double)INFINITY } };
    if (form == LK_SUM_AFTER || comm->n_ranks == 1 || !comm->second) return LK_OK;
    comm->second->limit_s = comm->limit_s;
    comm->second->stop = comm->stop;
    return lk_comm_queue_create(comm->second, &sum->queue, err);
}

void lk_gradient_sum_begin(lk_gradient_sum *sum, int64_t step) {
    if (sum->comm->n_ranks == 1) return;
    sum->comm->step = step;
    if (sum->queue) sum->comm->second->step = step;
    sum->begin_s = lk_seconds();
}

static void begin_piece(lk_gradient_sum *sum) {
    size_t n = sum->end - sum->begin;
    if (n) lk_comm_queue_sum(sum->queue, sum->params->gradient + sum->begin, n);
    sum->end = sum->begin;
}

/* Backward comes to the last parameters first, so these mostly lie in front of those before. */
static void add_values(lk_gradient_sum *sum, size_t begin, size_t end) {
    if (end != sum->begin) {
        begin_piece(sum);
        sum->end = end;
    }
    sum->begin = begin;
    if ((sum->end - sum->begin) * sizeof(lk_real) >= LK_COMM_BYTES) begin_piece(sum);
}

static bool is_during(const lk_gradient_sum *sum) {
    return sum->queue && sum->form == LK_SUM_DURING;
}

/* With several processes a parameter belongs to one node, so its gradient is complete now. */
void lk_gradient_sum_node(void *self, const lk_node *node, bool backward, double seconds) {
    lk_gradient_sum *sum = self;
    (void)seconds;
    for (int i = node->n_in - 1; i >= 0 && backward && is_during(sum); i--) {
        const lk_node *in = node->in[i];
        if (in->param < 0 || !in->wants_grad) continue;
        size_t begin = sum->params->list[in->param].offset, n = lk_shape_size(in->shape);
        add_values(sum, begin, begin + (n + 15) / 16 * 16);
    }
}

/* Rank 0's times count. */
static lk_status choose(lk_gradient_sum *sum, lk_error *err) {
    double seconds = lk_seconds() - sum->begin_s, *fastest_s = &sum->fastest_s[sum->form];
    if (sum->n_tried >= WARM_UP && seconds < *fastest_s) *fastest_s = seconds;
    sum->n_tried++;
    if (sum->n_tried == WARM_UP + TRIED) sum->form = LK_SUM_DURING;
    if (sum->n_tried < WARM_UP + 2 * TRIED) return LK_OK;
    char is_after = sum->fastest_s[LK_SUM_AFTER] < sum->fastest_s[LK_SUM_DURING];
    lk_status status = lk_comm_share(sum->comm, &is_after, 1, err);
    sum->asked = sum->form = is_after ? LK_SUM_AFTER : LK_SUM_DURING;
    return status;
}

lk_status lk_gradient_sum_finish(lk_gradient_sum *sum, lk_error *err) {
    lk_status status = LK_OK;
    if (is_during(sum)) {
        begin_piece(sum);
        status = lk_comm_queue_finish(sum->queue, err);
        if (status) lk_comm_break(sum->comm, err->text);
    } else {
        status = lk_comm_sum(sum->comm, sum->params->gradient, sum->params->n_trained, err);
    }
    return status || !sum->queue || sum->asked != LK_SUM_FASTER ? status : choose(sum, err);
}

void lk_gradient_sum_close(lk_gradient_sum *sum) {
    lk_comm_queue_destroy(sum->queue);
    sum->queue = NULL;
}
