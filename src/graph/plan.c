/*
 * The memory plan. Every value, gradient, state and scratch lives over a span of the timeline:
 * forward of node i is moment i, its backward moment 2 n - 1 - i. Spans that do not overlap in time
 * may lie in the same place. They are placed one after the other, each at the lowest offset that is
 * free over its span: largest first or earliest first, whichever takes less memory.
 */
#include "graph/plan.h"
#include "graph/graph.h"

#include <stdlib.h>

enum { ALIGN = 256 };

static int forward_of(const lk_node *node) {
    return node->index;
}

static int backward_of(const lk_node *node) {
    return 2 * node->graph->n_nodes - 1 - node->index;
}

static size_t value_bytes(const lk_node *node) {
    return lk_shape_size(node->shape) * sizeof(lk_real);
}

static lk_span *span(lk_graph *graph, size_t n_bytes, int first, int last) {
    lk_span *result = lk_arena_alloc(&graph->arena, sizeof *result);
    if (result)
        *result = (lk_span){ .n_bytes = (n_bytes + ALIGN - 1) / ALIGN * ALIGN,
                             .first = first,
                             .last = last };
    return result;
}

static lk_span *root(lk_span *s) {
    while (s->shares) s = s->shares;
    return s;
}

static void extend(lk_span *s, int first, int last) {
    s = root(s);
    if (first < s->first) s->first = first;
    if (last > s->last) s->last = last;
}

static void share(lk_span *inner, lk_span *outer) {
    extend(outer, inner->first, inner->last);
    inner->shares = root(outer);
}

/* Only what lies between a trained parameter and the objective has a gradient. */
static void mark_gradients(lk_graph *graph, bool *reached) {
    for (int i = 0; i < graph->n_nodes; i++)
        graph->nodes[i]->wants_grad = graph->objective && graph->nodes[i]->wants_grad;
    if (graph->objective) reached[graph->objective->index] = true;
    for (int i = graph->n_nodes - 1; i >= 0; i--) {
        lk_node *node = graph->nodes[i];
        node->wants_grad = node->wants_grad && reached[i];
        for (int j = 0; node->wants_grad && j < node->n_in; j++) reached[node->in[j]->index] = true;
    }
}

/* The input whose gradient an op writes at a turn. */
static int in_order(const lk_node *node, int turn) {
    return node->op->grad_in_place ? (turn + 1) % node->n_in : turn;
}

/* In order of backward the first consumer fills a gradient, the others add. */
static void mark_adding(lk_graph *graph, bool *filled) {
    for (int i = graph->n_nodes - 1; i >= 0; i--) {
        lk_node *node = graph->nodes[i];
        if (!node->op || !node->wants_grad) continue;
        for (int turn = 0; turn < node->n_in; turn++) {
            int j = in_order(node, turn);
            if (!node->in[j]->wants_grad) continue;
            int at = node->in[j]->index;
            node->add[j] = filled[at];
            filled[at] = true;
        }
    }
}

static bool plan_values(lk_graph *graph) {
    int end = 2 * graph->n_nodes;
    for (int i = 0; i < graph->n_nodes; i++) {
        lk_node *node = graph->nodes[i];
        if (node->param >= 0 || node->constant) continue;
        node->value_span = span(graph, value_bytes(node), node->op ? i : 0, node->keep ? end : i);
        if (!node->value_span) return false;
        if (!node->op) continue;
        if (node->wants_grad && node->op->needs_output)
            extend(node->value_span, i, backward_of(node));
        for (int j = 0; j < node->n_in; j++) {
            if (!node->in[j]->value_span) continue;
            bool again = node->wants_grad && node->op->needs_input[j];
            extend(node->in[j]->value_span, i, again ? backward_of(node) : i);
        }
    }
    return true;
}

static bool plan_gradients(lk_graph *graph) {
    for (int i = graph->n_nodes - 1; i >= 0; i--) {
        lk_node *node = graph->nodes[i];
        if (!node->wants_grad || !node->op) continue;
        /* the objective */
        if (!node->grad_span)
            node->grad_span = span(graph, value_bytes(node), backward_of(node), backward_of(node));
        if (!node->grad_span) return false;
        extend(node->grad_span, backward_of(node), backward_of(node));
        for (int j = 0; j < node->n_in; j++) {
            lk_node *in = node->in[j];
            if (!in->wants_grad || !in->op || in->grad_span) continue;
            in->grad_span = span(graph, value_bytes(in), backward_of(node), backward_of(in));
            if (!in->grad_span) return false;
        }
    }
    return true;
}

static bool plan_state(lk_graph *graph) {
    for (int i = 0; i < graph->n_nodes; i++) {
        lk_node *node = graph->nodes[i];
        if (!node->state_bytes) continue;
        node->state_span =
            span(graph, node->state_bytes, i, node->wants_grad ? backward_of(node) : i);
        if (!node->state_span) return false;
    }
    return true;
}

static bool plan_scratch(lk_graph *graph) {
    size_t n_threads = (size_t)lk_threads_count(graph->options.context->threads);
    for (int i = 0; i < graph->n_nodes; i++) {
        lk_node *node = graph->nodes[i];
        size_t n_bytes = node->shared_bytes + n_threads * node->scratch_bytes;
        int moments[] = { forward_of(node), backward_of(node) };
        for (int j = 0; n_bytes > 0 && j < (node->wants_grad ? 2 : 1); j++) {
            node->scratch_span[j] = span(graph, n_bytes, moments[j], moments[j]);
            if (!node->scratch_span[j]) return false;
        }
    }
    return true;
}

static int consumers(const lk_graph *graph, const lk_node *node) {
    int n = 0;
    for (int i = node->index + 1; i < graph->n_nodes; i++)
        for (int j = 0; j < graph->nodes[i]->n_in; j++) n += graph->nodes[i]->in[j] == node;
    return n;
}

/* An op that may work in place does so where no other op needs its input (or its input's gradient)
   at the same time. */
static void share_in_place(lk_graph *graph) {
    for (int i = 0; i < graph->n_nodes; i++) {
        lk_node *node = graph->nodes[i];
        if (!node->op || !node->op->in_place || !node->in[0]->op ||
            value_bytes(node) != value_bytes(node->in[0]))
            continue;
        lk_node *in = node->in[0];
        if (consumers(graph, in) != 1) continue;
        if (root(in->value_span)->last == forward_of(node)) share(node->value_span, in->value_span);
        if (node->grad_span && in->grad_span) share(in->grad_span, node->grad_span);
    }
}

/* The gradient of an op's input may take the place of its value where nothing reads that value
   later. */
static void share_gradients(lk_graph *graph) {
    for (int i = 0; i < graph->n_nodes; i++) {
        lk_node *node = graph->nodes[i];
        if (!node->op || !node->op->grad_in_place || !node->wants_grad) continue;
        lk_node *in = node->in[0];
        if (!in->op || !in->grad_span || consumers(graph, in) != 1) continue;
        if (root(in->value_span)->last == backward_of(node)) share(in->grad_span, in->value_span);
    }
}

static int larger_first(const void *a, const void *b) {
    const lk_span *x = *(lk_span *const *)a, *y = *(lk_span *const *)b;
    if (x->n_bytes != y->n_bytes) return x->n_bytes < y->n_bytes ? 1 : -1;
    return x->first != y->first ? (x->first > y->first) - (x->first < y->first)
                                : (x->last > y->last) - (x->last < y->last);
}

static int earlier_first(const void *a, const void *b) {
    const lk_span *x = *(lk_span *const *)a, *y = *(lk_span *const *)b;
    if (x->first != y->first) return x->first < y->first ? -1 : 1;
    return x->n_bytes != y->n_bytes ? (x->n_bytes < y->n_bytes) - (x->n_bytes > y->n_bytes)
                                    : (x->last > y->last) - (x->last < y->last);
}

static int by_offset(const void *a, const void *b) {
    const lk_span *x = *(lk_span *const *)a, *y = *(lk_span *const *)b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* The lowest offset where `s` meets none of the placed spans, which are in order of offset. */
static size_t lowest_free(const lk_span *s, lk_span *const *placed, int n_placed) {
    size_t offset = 0;
    for (int i = 0; i < n_placed; i++) {
        const lk_span *other = placed[i];
        if (other->first > s->last || s->first > other->last) continue;
        if (offset + s->n_bytes <= other->offset) break;
        if (other->offset + other->n_bytes > offset) offset = other->offset + other->n_bytes;
    }
    return offset;
}

static size_t place_in_order(lk_span **spans, int n, int (*order)(const void *, const void *)) {
    size_t bytes = 0;
    qsort(spans, (size_t)n, sizeof *spans, order);
    for (int i = 0; i < n; i++) {
        spans[i]->offset = lowest_free(spans[i], spans, i);
        if (spans[i]->offset + spans[i]->n_bytes > bytes)
            bytes = spans[i]->offset + spans[i]->n_bytes;
        qsort(spans, (size_t)i + 1, sizeof *spans, by_offset);
    }
    return bytes;
}

static size_t place(lk_span **spans, int n) {
    size_t by_size = place_in_order(spans, n, larger_first),
           by_time = place_in_order(spans, n, earlier_first);
    return by_time < by_size ? by_time : place_in_order(spans, n, larger_first);
}

static int collect(const lk_graph *graph, lk_span **spans) {
    int n = 0;
    for (int i = 0; i < graph->n_nodes; i++) {
        const lk_node *node = graph->nodes[i];
        lk_span *all[] = { node->value_span, node->grad_span, node->state_span,
                           node->scratch_span[0], node->scratch_span[1] };
        for (size_t j = 0; j < LK_COUNT(all); j++)
            if (all[j] && !all[j]->shares) spans[n++] = all[j];
    }
    return n;
}

static void bind(lk_graph *graph) {
    const lk_params *params = graph->options.params;
    for (int i = 0; i < graph->n_nodes; i++) {
        lk_node *node = graph->nodes[i];
        if (node->value_span)
            node->value = (lk_real *)(void *)(graph->memory + root(node->value_span)->offset);
        if (node->grad_span)
            node->grad = (lk_real *)(void *)(graph->memory + root(node->grad_span)->offset);
        if (node->state_span) node->state = graph->memory + root(node->state_span)->offset;
        if (node->param < 0) continue;
        node->value = lk_param_value(params, &params->list[node->param]);
        if (node->wants_grad) node->grad = params->gradient + params->list[node->param].offset;
    }
}

lk_status lk_graph_plan(lk_graph *graph, lk_error *err) {
    size_t n = (size_t)graph->n_nodes;
    bool *reached = lk_arena_alloc(&graph->arena, n), *filled = lk_arena_alloc(&graph->arena, n);
    lk_span **spans = lk_arena_alloc(&graph->arena, 5 * n * sizeof *spans);
    if (!reached || !filled || !spans) return lk_fail_memory(err, n, "the memory plan");
    mark_gradients(graph, reached);
    mark_adding(graph, filled);
    if (!plan_values(graph) || !plan_gradients(graph) || !plan_state(graph) || !plan_scratch(graph))
        return lk_fail_memory(err, n, "the memory plan");
    share_in_place(graph);
    share_gradients(graph);
    graph->memory_bytes = place(spans, collect(graph, spans));
    return LK_OK;
}

bool lk_graph_shares_memory(const lk_graph *graph) {
    const lk_graph *owner = graph->options.memory_of;
    return owner && owner->memory_bytes >= graph->memory_bytes;
}

void *lk_graph_scratch_of(const lk_node *node, bool backward) {
    const lk_span *s = node->scratch_span[backward];
    return s ? node->graph->memory + s->offset : NULL;
}

lk_status lk_graph_allocate(lk_graph *graph, lk_error *err) {
    graph->memory = lk_graph_shares_memory(graph) ? graph->options.memory_of->memory
                                                  : lk_pages_alloc(graph->memory_bytes);
    if (!graph->memory)
        return lk_fail_memory(err, graph->memory_bytes, "the graph's values and gradients");
    bind(graph);
    return LK_OK;
}
