/* Building and running a graph. plan.c decides where its memory lies. */
#include "graph/graph.h"
#include "base/limits.h"
#include "graph/params.h"
#include "graph/plan.h"
#include "tensor/conv/conv.h"
#include "tensor/gemm.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

lk_status lk_graph_create(lk_graph_options options, lk_graph **out, lk_error *err) {
    if (!options.n_shards) options.n_shards = lk_shard_count(options.n);
    int s = options.n_shards;
    if (s < 1 || s > LK_SHARDS_MAX || (s & (s - 1)) || s > options.n)
        return lk_fail(
            err, LK_USAGE,
            "shards: expected a power of two of at most %d and at most the batch, %d, got %d",
            LK_SHARDS_MAX, options.n, s);
    lk_graph *graph = lk_alloc(sizeof *graph);
    if (!graph) return lk_fail_memory(err, sizeof *graph, "a graph");
    graph->options = options;
    lk_arena_init(&graph->arena);
    *out = graph;
    return LK_OK;
}

void lk_graph_destroy(lk_graph *graph) {
    if (!graph) return;
    if (!lk_graph_shares_memory(graph)) lk_pages_free(graph->memory, graph->memory_bytes);
    lk_arena_deinit(&graph->arena);
    lk_free(graph->nodes);
    lk_free(graph);
}

/* ---- building ---- */

lk_node *lk_refuse(lk_graph *graph, lk_status status, const char *format, ...) {
    if (graph->status) return NULL;
    graph->status = status;
    va_list args;
    va_start(args, format);
    vsnprintf(graph->err.text, sizeof graph->err.text, format, args);
    va_end(args);
    return NULL;
}

void lk_graph_prefix_error(lk_graph *graph, const char *where) {
    if (graph->status) lk_error_prefix(&graph->err, "%s", where);
}

static lk_node *no_memory(lk_graph *graph) {
    return lk_refuse(graph, LK_MEMORY, "out of memory for the nodes of the graph");
}

static lk_node *node_create(lk_graph *graph, const char *name) {
    if (graph->n_nodes == graph->capacity) {
        int capacity = graph->capacity ? 2 * graph->capacity : 64;
        lk_node **nodes = lk_realloc(graph->nodes, (size_t)graph->n_nodes * sizeof(lk_node *),
                                     (size_t)capacity * sizeof(lk_node *));
        if (!nodes) return no_memory(graph);
        graph->nodes = nodes;
        graph->capacity = capacity;
    }
    lk_node *node = lk_arena_alloc(&graph->arena, sizeof *node);
    const char *copy = lk_arena_text(&graph->arena, name);
    if (!node || !copy) return no_memory(graph);
    *node = (lk_node){ .graph = graph, .name = copy, .param = -1, .index = graph->n_nodes };
    graph->nodes[graph->n_nodes++] = node;
    return node;
}

lk_node *lk_input(lk_graph *graph, const char *name, lk_shape shape) {
    lk_error err;
    lk_node *node = node_create(graph, name);
    if (!node) return NULL;
    if (lk_shape_check(shape, &err)) return lk_refuse(graph, LK_USAGE, "%s: %s", name, err.text);
    node->shape = shape;
    return lk_keep(node);
}

/* A node with room for a value that lies outside of the planned memory. */
static lk_node *constant_create(lk_graph *graph, const char *name, lk_shape shape) {
    lk_error err;
    if (graph->status) return NULL;
    if (lk_shape_check(shape, &err)) return lk_refuse(graph, LK_USAGE, "%s: %s", name, err.text);
    lk_node *node = node_create(graph, name);
    if (!node) return NULL;
    enum { ALIGNED = 64 }; /* as parameters are */
    char *room = lk_arena_alloc(&graph->arena, lk_shape_size(shape) * sizeof(lk_real) + ALIGNED);
    if (!room) return no_memory(graph);
    room += ALIGNED - (uintptr_t)room % ALIGNED;
    node->value = (lk_real *)(void *)room;
    node->shape = shape;
    node->constant = true;
    return node;
}

lk_node *lk_constant(lk_graph *graph, const char *name, lk_shape shape, const lk_real *values) {
    lk_node *node = constant_create(graph, name, shape);
    if (node) memcpy(node->value, values, lk_shape_size(shape) * sizeof *values);
    return node;
}

void lk_graph_freeze(lk_graph *graph, lk_frozen_values *fill, void *self) {
    graph->fill_frozen = fill;
    graph->frozen_self = self;
    graph->first_frozen = graph->n_nodes;
}

bool lk_graph_is_frozen(const lk_graph *graph) {
    return graph->fill_frozen != NULL;
}

static lk_node *frozen_parameter(lk_graph *graph, const char *name, lk_shape shape) {
    lk_error err;
    for (int i = graph->first_frozen; i < graph->n_nodes; i++) {
        lk_node *node = graph->nodes[i];
        if (node->constant && strcmp(node->name, name) == 0 && lk_shape_equal(node->shape, shape))
            return node;
    }
    lk_node *node = constant_create(graph, name, shape);
    if (!node) return NULL;
    lk_status status = graph->fill_frozen(graph->frozen_self, name, shape, node->value, &err);
    return status ? lk_refuse(graph, status, "%s", err.text) : node;
}

/* Says why there is no parameter of that name and shape; returns -1. */
static int no_parameter(lk_graph *graph, const char *name, lk_shape shape, lk_param_kind kind,
                        const lk_param *found) {
    static const char *const kinds[] = { "trained", "statistic" };
    char got[64], expected[64];
    if (found)
        lk_refuse(graph, LK_USAGE, "parameter %s: expected %s %s, got %s %s", name,
                  kinds[found->kind], lk_shape_text(found->shape, expected, sizeof expected),
                  kinds[kind], lk_shape_text(shape, got, sizeof got));
    else if (graph->options.params->trained)
        lk_refuse(graph, LK_USAGE,
                  "parameter %s: unknown, and no parameter can be added once they are allocated",
                  name);
    else
        lk_refuse(graph, LK_MEMORY, "parameter %s: out of memory", name);
    return -1;
}

static int parameter_index(lk_graph *graph, const char *name, lk_shape shape, lk_param_kind kind,
                           lk_init init) {
    lk_params *params = graph->options.params;
    const lk_param *found = lk_params_find(params, name);
    lk_error err;
    if (found && found->kind == kind && lk_shape_equal(found->shape, shape))
        return (int)(found - params->list);
    if (lk_shape_check(shape, &err)) {
        lk_refuse(graph, LK_USAGE, "parameter %s: %s", name, err.text);
        return -1;
    }
    int index = found || params->trained ? -1 : lk_params_add(params, name, shape, kind, init);
    return index < 0 ? no_parameter(graph, name, shape, kind, found) : index;
}

lk_node *lk_parameter(lk_graph *graph, const char *name, lk_shape shape, lk_param_kind kind,
                      lk_init init) {
    if (graph->fill_frozen) return frozen_parameter(graph, name, shape);
    int param = parameter_index(graph, name, shape, kind, init);
    lk_node *node = param < 0 ? NULL : node_create(graph, name);
    if (!node) return NULL;
    node->param = param;
    node->shape = shape;
    node->wants_grad = kind == LK_PARAM_TRAINED && graph->options.training;
    return node;
}

lk_node *lk_apply(lk_graph *graph, const lk_op *op, lk_node *const *in, int n_in,
                  const void *options) {
    int required = op->min_arity ? op->min_arity : op->arity;
    if (graph->status) return NULL;
    while (n_in > required && !in[n_in - 1]) n_in--;
    for (int i = 0; i < n_in; i++)
        if (!in[i]) return lk_refuse(graph, LK_USAGE, "%s: input %d is NULL", op->name, i);
    lk_node *node = node_create(graph, op->name);
    if (!node) return NULL;
    node->op = op;
    node->n_in = n_in;
    for (int i = 0; i < n_in; i++) {
        node->in[i] = in[i];
        node->wants_grad = !op->stops_gradient && (node->wants_grad || in[i]->wants_grad);
    }
    if (op->options_size) {
        node->options = lk_arena_alloc(&graph->arena, op->options_size);
        if (!node->options) return no_memory(graph);
        memcpy(node->options, options, op->options_size);
    }
    lk_error err;
    lk_status status = op->infer(node, &err);
    if (!status) status = lk_shape_check(node->shape, &err);
    if (!status) return node;
    return lk_refuse(graph, status, "node %d (%s, from %s): %s", node->index, op->name, in[0]->name,
                     err.text);
}

void *lk_node_prepare(lk_node *node, size_t n_bytes) {
    return node->prepared = lk_arena_alloc(&node->graph->arena, n_bytes);
}

lk_node *lk_name(lk_node *node, const char *format, ...) {
    if (!node) return NULL;
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const char *copy = lk_arena_text(&node->graph->arena, text);
    if (!copy) return no_memory(node->graph);
    node->name = copy;
    return node;
}

lk_node *lk_keep(lk_node *node) {
    if (node) node->keep = true;
    return node;
}

/* Allocating is no check: the system grants more memory than it has, and ends the process when that
   memory is used. */
static lk_status check_memory(const lk_graph *graph, lk_error *err) {
    const lk_params *params = graph->options.params;
    size_t n_arrays = params->trained           ? 0
                      : graph->options.n_arrays ? (size_t)graph->options.n_arrays
                                                : 2;
    double arrays = (double)n_arrays * (double)params->n_trained * sizeof(lk_real),
           values = lk_graph_shares_memory(graph) ? 0 : (double)graph->memory_bytes;
    double available = (double)lk_memory_available();
    if (arrays + values <= available) return LK_OK;
    if (!graph->options.training)
        return lk_fail(err, LK_MEMORY, "needs %.3g GB of memory, and %.3g GB are available",
                       (arrays + values) / 1e9, available / 1e9);
    return lk_fail(err, LK_USAGE,
                   "needs %.3g GB of memory (parameters and what goes with them %.3g, values and "
                   "gradients of a batch %.3g), "
                   "and %.3g GB are available: use fewer or smaller layers, or a smaller batch",
                   (arrays + values) / 1e9, arrays / 1e9, values / 1e9, available / 1e9);
}

/* How often nodes that take part in the gradient read the parameter. */
static int count_uses(const lk_graph *graph, int param) {
    int n = 0;
    for (int i = 0; i < graph->n_nodes; i++)
        for (int k = 0; k < graph->nodes[i]->n_in; k++) {
            const lk_node *in = graph->nodes[i]->in[k];
            n += in && in->param == param && in->wants_grad && graph->nodes[i]->wants_grad;
        }
    return n;
}

/* The gradients of two uses would be added before those of the other processes are: other bits than
   in one process. */
static lk_status check_uses(const lk_graph *graph, lk_error *err) {
    const lk_params *params = graph->options.params;
    if (graph->options.context->comm->n_ranks == 1) return LK_OK;
    for (int i = 0; i < params->n; i++)
        if (count_uses(graph, i) > 1)
            return lk_fail(err, LK_USAGE,
                           "parameter %s: expected one node that uses it where several processes "
                           "train, got %d",
                           params->list[i].name, count_uses(graph, i));
    return LK_OK;
}

lk_status lk_graph_finish(lk_graph *graph, lk_node *objective, lk_error *err) {
    char got[64];
    if (graph->status) return lk_graph_status(graph, err);
    if (objective && objective->shape.rank)
        return lk_fail(err, LK_USAGE, "objective %s: expected a single number, got %s",
                       objective->name, lk_shape_text(objective->shape, got, sizeof got));
    graph->objective = lk_keep(objective);
    lk_status status = check_uses(graph, err);
    if (!status) status = lk_graph_plan(graph, err);
    if (!status) status = check_memory(graph, err);
    if (!status) status = lk_blas_reserve(lk_threads_count(graph->options.context->threads), err);
    if (!status) status = lk_params_allocate(graph->options.params, err);
    if (!status) status = lk_graph_allocate(graph, err);
    return status;
}

/* ---- running ---- */

static bool finite_values(const lk_real *x, lk_shape shape) {
    if (!x) return true;
    for (size_t i = 0, n = lk_shape_size(shape); i < n; i++)
        if (!isfinite(x[i])) return false;
    return true;
}

static void detect(lk_graph *graph, const lk_node *node, bool backward) {
    bool fine = backward || finite_values(node->value, node->shape);
    for (int i = 0; backward && i < node->n_in; i++)
        fine = fine && finite_values(node->in[i]->grad, node->in[i]->shape);
    if (fine || graph->bad) return;
    graph->bad = node;
    graph->bad_backward = backward;
}

void lk_graph_detect(lk_graph *graph, bool on) {
    graph->detect = on;
    graph->bad = NULL;
}

const lk_node *lk_graph_bad(const lk_graph *graph, bool *backward) {
    if (backward) *backward = graph->bad_backward;
    return graph->bad;
}

static void run_node(lk_graph *graph, lk_node *node, bool backward) {
    double begin = graph->timer ? lk_seconds() : 0;
    graph->scratch = lk_graph_scratch_of(node, backward);
    if (backward)
        node->op->backward(node);
    else
        node->op->forward(node);
    if (graph->timer) graph->timer(graph->timer_self, node, backward, lk_seconds() - begin);
    if (graph->detect) detect(graph, node, backward);
}

void lk_graph_forward(lk_graph *graph, lk_mode mode, int n_valid, uint32_t step) {
    graph->mode = mode;
    graph->n_valid = n_valid;
    graph->step = step;
    for (int i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i]->op) run_node(graph, graph->nodes[i], false);
}

void lk_graph_backward(lk_graph *graph) {
    if (!graph->objective || !graph->objective->grad) return;
    graph->objective->grad[0] = 1;
    for (int i = graph->objective->index; i >= 0; i--)
        if (graph->nodes[i]->op && graph->nodes[i]->grad) run_node(graph, graph->nodes[i], true);
}

lk_status lk_graph_status(const lk_graph *graph, lk_error *err) {
    return graph->status ? lk_fail(err, graph->status, "%s", graph->err.text) : LK_OK;
}

const lk_context *lk_graph_context(const lk_graph *graph) {
    return graph->options.context;
}

lk_mode lk_graph_mode(const lk_graph *graph) {
    return graph->mode;
}

int lk_graph_batch(const lk_graph *graph) {
    return graph->options.n;
}

int lk_graph_batch_in_all(const lk_graph *graph) {
    return graph->options.n * graph->options.context->comm->n_ranks;
}

/* Padding is at the end of the whole batch, so that a process may have nothing else. */
int lk_graph_valid(const lk_graph *graph) {
    int left = graph->n_valid - lk_graph_first(graph), n = graph->options.n;
    return left < 0 ? 0 : left < n ? left : n;
}

int lk_graph_shards(const lk_graph *graph) {
    return graph->options.n_shards;
}

lk_engine_choice lk_graph_engine(const lk_graph *graph) {
    return graph->options.engine;
}

lk_precision lk_graph_precision(const lk_graph *graph) {
    return lk_graph_is_frozen(graph) ? LK_PRECISION_FLOAT : graph->options.precision;
}

uint64_t lk_graph_seed(const lk_graph *graph) {
    return graph->options.seed;
}

uint32_t lk_graph_step(const lk_graph *graph) {
    return graph->step;
}

int lk_graph_first(const lk_graph *graph) {
    return graph->options.n * graph->options.context->comm->rank;
}

int lk_graph_valid_in_all(const lk_graph *graph) {
    return graph->n_valid;
}

int64_t lk_graph_population(const lk_graph *graph) {
    return graph->population;
}

void lk_graph_set_population(lk_graph *graph, int64_t n_images) {
    graph->population = n_images;
}

bool lk_graph_is_corrupted(const lk_graph *graph) {
    return graph->corrupted;
}

void lk_graph_corrupt(lk_graph *graph, bool on) {
    graph->corrupted = on;
}

void *lk_graph_scratch(const lk_graph *graph) {
    return graph->scratch;
}

lk_params *lk_graph_params(const lk_graph *graph) {
    return graph->options.params;
}

int lk_graph_count(const lk_graph *graph) {
    return graph->n_nodes;
}

const lk_node *lk_graph_node(const lk_graph *graph, int i) {
    return graph->nodes[i];
}

size_t lk_graph_bytes(const lk_graph *graph) {
    return graph->memory_bytes;
}

void lk_graph_time(lk_graph *graph, lk_op_timer *timer, void *self) {
    graph->timer = timer;
    graph->timer_self = self;
}

double lk_node_macs(const lk_node *node) {
    return node->op && node->op->is_convolution ? lk_conv_macs(node->prepared) : 0;
}

const char *lk_node_engine(const lk_node *node) {
    return node->op && node->op->is_convolution ? lk_conv_engine_name(node->prepared) : NULL;
}

void lk_node_run(lk_node *node, int n_tasks, lk_task *task) {
    lk_threads_run(node->graph->options.context->threads, n_tasks, task, node);
}
