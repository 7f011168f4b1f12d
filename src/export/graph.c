/* Each node that the outputs need becomes the ONNX nodes of its op's form. */
#include "export/graph.h"
#include "export/forms/forms.h"

#include <string.h>

#define ROW(name) &lk_form_##name,
static const lk_onnx_form *const forms[] = { LK_FORM_LIST(ROW) };
#undef ROW

static const lk_onnx_form *form_of(const lk_op *op) {
    for (size_t i = 0; i < LK_COUNT(forms); i++)
        if (strcmp(forms[i]->op, op->name) == 0) return forms[i];
    return NULL;
}

/* needed: of each node, whether an output depends on it. */
static void mark_needed(const lk_onnx_plan *plan, bool *needed) {
    for (int i = 0; i < LK_ONNX_OUTPUTS_MAX; i++)
        if (plan->outputs[i].node) needed[plan->outputs[i].node->index] = true;
    for (int i = lk_graph_count(plan->graph) - 1; i >= 0; i--) {
        const lk_node *node = lk_graph_node(plan->graph, i);
        for (int j = 0; needed[i] && j < node->n_in; j++) needed[node->in[j]->index] = true;
    }
}

static void add_input(lk_onnx *o, const lk_onnx_value *input) {
    const char *name = lk_onnx_input(o, &input->port);
    bool same = input->port.shape.rank == input->node->shape.rank;
    o->scope = input->node->name;
    o->value_of[input->node->index] = same ? name : lk_onnx_reshape(o, name, input->node->shape);
}

static void add_output(lk_onnx *o, const lk_onnx_value *output) {
    const char *name = o->value_of[output->node->index];
    o->scope = output->port.name;
    if (output->port.shape.rank != output->node->shape.rank)
        name = lk_onnx_reshape(o, name, output->port.shape);
    lk_onnx_output(o, &output->port, name);
}

static lk_status add_node(lk_onnx *o, const lk_node *node, lk_error *err) {
    const lk_onnx_form *form = form_of(node->op);
    if (!form)
        return lk_fail(err, LK_USAGE, "%s: the op %s has no ONNX form", node->name, node->op->name);
    o->scope = node->name;
    o->value_of[node->index] = form->write(o, node);
    return LK_OK;
}

/* The plan's outputs come before the first n, which ops have added. */
static void move_to_end(lk_onnx_list *outputs, size_t n) {
    for (; n && outputs->n; n--) {
        void *first = outputs->v[0];
        memmove(outputs->v, outputs->v + 1, (outputs->n - 1) * sizeof *outputs->v);
        outputs->v[outputs->n - 1] = first;
    }
}

lk_status lk_onnx_graph(lk_onnx *o, const lk_onnx_plan *plan, lk_error *err) {
    size_t n = (size_t)lk_graph_count(plan->graph);
    bool *needed = lk_arena_alloc(&o->arena, n);
    lk_status status = LK_OK;
    o->value_of = lk_arena_alloc(&o->arena, n * sizeof *o->value_of);
    if (!needed || !o->value_of) return lk_fail_memory(err, n, "an ONNX graph");
    mark_needed(plan, needed);
    add_input(o, &plan->input);
    for (int i = 0; i < (int)n && !status; i++) {
        const lk_node *node = lk_graph_node(plan->graph, i);
        if (needed[i] && node->op) status = add_node(o, node, err);
    }
    size_t n_added = o->outputs.n;
    for (int i = 0; i < LK_ONNX_OUTPUTS_MAX && !status; i++)
        if (plan->outputs[i].node) add_output(o, &plan->outputs[i]);
    move_to_end(&o->outputs, n_added);
    if (!status && o->failed) status = lk_fail_memory(err, n, "an ONNX graph");
    return status;
}
