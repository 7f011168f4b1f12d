/* ONNX graphs: https://github.com/onnx/onnx/blob/main/docs/IR.md. The messages of Debian's
   onnx.proto are filled in, and protobuf-c turns them into bytes. */
#include "export/onnx.h"

#include <likeness/text.h>

#include <limits.h>
#include <onnx.pb-c.h>
#include <string.h>

enum { IR_VERSION = 8, OPSET = 17 };

void lk_onnx_init(lk_onnx *o) {
    *o = (lk_onnx){ .scope = "" };
    lk_arena_init(&o->arena);
}

void lk_onnx_deinit(lk_onnx *o) {
    lk_free(o->nodes.v);
    lk_free(o->constants.v);
    lk_free(o->inputs.v);
    lk_free(o->outputs.v);
    lk_arena_deinit(&o->arena);
}

/* ---- memory ---- */

/* Zeroed memory of the graph; NULL when there is none left. */
static void *take(lk_onnx *o, size_t n_bytes) {
    void *block = o->failed ? NULL : lk_arena_alloc(&o->arena, n_bytes ? n_bytes : 1);
    o->failed = !block;
    return block;
}

static char *copy_text(lk_onnx *o, const char *text) {
    char *copy = o->failed || !text ? NULL : lk_arena_text(&o->arena, text);
    o->failed = !copy;
    return copy;
}

static void append(lk_onnx *o, lk_onnx_list *list, void *item) {
    if (o->failed) return;
    if (list->n == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 32;
        void **v = lk_realloc(list->v, list->n * sizeof *v, capacity * sizeof *v);
        if (!v) {
            o->failed = true;
            return;
        }
        list->v = v;
        list->capacity = capacity;
    }
    list->v[list->n++] = item;
}

/* ---- names ---- */

static const char *name_of_node(const lk_onnx *o, size_t i) {
    return ((const Onnx__NodeProto *)o->nodes.v[i])->output[0];
}

static const char *name_of_constant(const lk_onnx *o, size_t i) {
    return ((const Onnx__TensorProto *)o->constants.v[i])->name;
}

static bool is_taken(const lk_onnx *o, const char *name) {
    for (size_t i = 0; i < o->nodes.n; i++)
        if (strcmp(name_of_node(o, i), name) == 0) return true;
    for (size_t i = 0; i < o->constants.n; i++)
        if (strcmp(name_of_constant(o, i), name) == 0) return true;
    return false;
}

/* "encoder.0/Conv", or where that is taken "encoder.0/Conv_2" and so on. */
static char *new_name(lk_onnx *o, const char *last) {
    lk_text name = { 0 };
    lk_text_add(&name, "%s/%s", o->scope, last);
    size_t n = name.n;
    for (int i = 2; !name.failed && is_taken(o, name.data); i++) {
        name.n = n;
        lk_text_add(&name, "_%d", i);
    }
    char *copy = copy_text(o, name.failed ? NULL : name.data);
    lk_text_deinit(&name);
    return copy;
}

/* ---- nodes ---- */

static ProtobufCBinaryData bytes_of(lk_onnx *o, const void *data, size_t n_bytes) {
    uint8_t *copy = take(o, n_bytes);
    if (!copy) return (ProtobufCBinaryData){ 0 };
    memcpy(copy, data, n_bytes);
    return (ProtobufCBinaryData){ n_bytes, copy };
}

static void fill_attribute(lk_onnx *o, const lk_onnx_attribute *from, Onnx__AttributeProto *to) {
    static const Onnx__AttributeProto__AttributeType types[] = {
        [LK_ONNX_INT] = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT,
        [LK_ONNX_INTS] = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS,
        [LK_ONNX_FLOAT] = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT,
        [LK_ONNX_TEXT] = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING,
    };
    size_t n_bytes = (size_t)from->n * sizeof *from->ints;
    *to = (Onnx__AttributeProto)ONNX__ATTRIBUTE_PROTO__INIT;
    to->name = copy_text(o, from->name);
    to->has_type = true;
    to->type = types[from->kind];
    if (from->kind == LK_ONNX_INT) to->has_i = true, to->i = from->ints[0];
    if (from->kind == LK_ONNX_FLOAT) to->has_f = true, to->f = (float)from->number;
    if (from->kind == LK_ONNX_TEXT)
        to->has_s = true, to->s = bytes_of(o, from->text, strlen(from->text));
    if (from->kind == LK_ONNX_INTS && (to->ints = take(o, n_bytes))) {
        to->n_ints = (size_t)from->n;
        memcpy(to->ints, from->ints, n_bytes);
    }
}

static void fill_attributes(lk_onnx *o, const lk_onnx_attribute *from, Onnx__NodeProto *to) {
    size_t n = 0;
    while (from[n].name) n++;
    Onnx__AttributeProto *all = take(o, n * sizeof *all);
    to->attribute = take(o, n * sizeof(Onnx__AttributeProto *));
    for (; to->n_attribute < n && !o->failed; to->n_attribute++) {
        fill_attribute(o, &from[to->n_attribute], &all[to->n_attribute]);
        to->attribute[to->n_attribute] = &all[to->n_attribute];
    }
}

const char *lk_onnx_add(lk_onnx *o, const lk_onnx_node *from) {
    Onnx__NodeProto *node = take(o, sizeof *node);
    char **in = take(o, sizeof from->in), **out = take(o, sizeof *out);
    if (!node || !in || !out) return NULL;
    *node = (Onnx__NodeProto)ONNX__NODE_PROTO__INIT;
    for (; from->in[node->n_input]; node->n_input++)
        in[node->n_input] = copy_text(o, from->in[node->n_input]);
    node->input = in;
    out[0] = new_name(o, from->op);
    node->output = out;
    node->n_output = 1;
    node->name = out[0];
    node->op_type = copy_text(o, from->op);
    fill_attributes(o, from->with, node);
    append(o, &o->nodes, node);
    return o->failed ? NULL : out[0];
}

/* ---- constants ---- */

/* `name` NULL: a new one. `data` belongs to the graph. */
static const char *add_constant(lk_onnx *o, char *name, Onnx__TensorProto__DataType type,
                                lk_shape shape, ProtobufCBinaryData data) {
    Onnx__TensorProto *tensor = take(o, sizeof *tensor);
    int64_t *dims = take(o, sizeof(int64_t[4]));
    if (!tensor || !dims) return NULL;
    *tensor = (Onnx__TensorProto)ONNX__TENSOR_PROTO__INIT;
    tensor->name = name ? name : new_name(o, "constant");
    tensor->has_data_type = tensor->has_raw_data = true;
    tensor->data_type = (int32_t)type;
    tensor->raw_data = data;
    tensor->n_dims = (size_t)shape.rank;
    tensor->dims = dims;
    for (int i = 0; i < shape.rank; i++) dims[i] = shape.d[i];
    append(o, &o->constants, tensor);
    return o->failed ? NULL : tensor->name;
}

const char *lk_onnx_number(lk_onnx *o, double value) {
    const float number = (float)value;
    return add_constant(o, NULL, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, LK_SHAPE_0,
                        bytes_of(o, &number, sizeof number));
}

const char *lk_onnx_index(lk_onnx *o, int64_t value) {
    return add_constant(o, NULL, ONNX__TENSOR_PROTO__DATA_TYPE__INT64, LK_SHAPE_0,
                        bytes_of(o, &value, sizeof value));
}

const char *lk_onnx_ints(lk_onnx *o, const int64_t *values, int n) {
    return add_constant(o, NULL, ONNX__TENSOR_PROTO__DATA_TYPE__INT64, LK_SHAPE_1(n),
                        bytes_of(o, values, (size_t)n * sizeof *values));
}

const char *lk_onnx_floats(lk_onnx *o, const char *name, lk_shape shape, const lk_real *values) {
    size_t n = lk_shape_size(shape);
    float *numbers = take(o, n * sizeof *numbers);
    for (size_t i = 0; i < n && numbers; i++) numbers[i] = (float)values[i];
    return add_constant(o, name ? copy_text(o, name) : NULL, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT,
                        shape, (ProtobufCBinaryData){ n * sizeof *numbers, (uint8_t *)numbers });
}

/* 0 stands for the dimension as it is. */
const char *lk_onnx_reshape(lk_onnx *o, const char *value, lk_shape shape) {
    int64_t dims[4] = { 0 };
    for (int i = 1; i < shape.rank; i++) dims[i] = shape.d[i];
    return LK_ONNX(o, "Reshape", { value, lk_onnx_ints(o, dims, shape.rank) });
}

/* ---- inputs and outputs ---- */

static Onnx__TensorShapeProto *shape_of(lk_onnx *o, const lk_onnx_port *port) {
    size_t n = (size_t)port->shape.rank;
    Onnx__TensorShapeProto *shape = take(o, sizeof *shape);
    Onnx__TensorShapeProto__Dimension *dims = take(o, n * sizeof *dims);
    Onnx__TensorShapeProto__Dimension **dim =
        take(o, n * sizeof(Onnx__TensorShapeProto__Dimension *));
    if (o->failed) return NULL;
    *shape = (Onnx__TensorShapeProto)ONNX__TENSOR_SHAPE_PROTO__INIT;
    shape->dim = dim;
    for (; shape->n_dim < n; shape->n_dim++) {
        Onnx__TensorShapeProto__Dimension *d = dim[shape->n_dim] = &dims[shape->n_dim];
        *d = (Onnx__TensorShapeProto__Dimension)ONNX__TENSOR_SHAPE_PROTO__DIMENSION__INIT;
        d->value_case = shape->n_dim ? ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE
                                     : ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
        if (shape->n_dim)
            d->dim_value = port->shape.d[shape->n_dim];
        else
            d->dim_param = copy_text(o, "N");
    }
    return shape;
}

static Onnx__ValueInfoProto *info_of(lk_onnx *o, const lk_onnx_port *port) {
    Onnx__ValueInfoProto *info = take(o, sizeof *info);
    Onnx__TypeProto *type = take(o, sizeof *type);
    Onnx__TypeProto__Tensor *tensor = take(o, sizeof *tensor);
    Onnx__TensorShapeProto *shape = shape_of(o, port);
    if (o->failed) return NULL;
    *info = (Onnx__ValueInfoProto)ONNX__VALUE_INFO_PROTO__INIT;
    *type = (Onnx__TypeProto)ONNX__TYPE_PROTO__INIT;
    *tensor = (Onnx__TypeProto__Tensor)ONNX__TYPE_PROTO__TENSOR__INIT;
    tensor->has_elem_type = true;
    tensor->elem_type = port->is_index ? ONNX__TENSOR_PROTO__DATA_TYPE__INT64
                                       : ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    tensor->shape = shape;
    type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    type->tensor_type = tensor;
    info->name = copy_text(o, port->name);
    info->doc_string = copy_text(o, port->about);
    info->type = type;
    return info;
}

const char *lk_onnx_input(lk_onnx *o, const lk_onnx_port *port) {
    Onnx__ValueInfoProto *info = info_of(o, port);
    append(o, &o->inputs, info);
    return o->failed ? NULL : info->name;
}

/* A node of its own gives the value that name. */
void lk_onnx_output(lk_onnx *o, const lk_onnx_port *port, const char *value) {
    if (!LK_ONNX(o, "Identity", { value })) return;
    Onnx__NodeProto *node = o->nodes.v[o->nodes.n - 1];
    node->name = node->output[0] = copy_text(o, port->name);
    append(o, &o->outputs, info_of(o, port));
}

/* ---- as bytes ---- */

static Onnx__GraphProto graph_of(lk_onnx *o, const lk_onnx_about *about) {
    Onnx__GraphProto graph = ONNX__GRAPH_PROTO__INIT;
    graph.name = copy_text(o, about->name);
    graph.doc_string = copy_text(o, about->words);
    graph.node = (Onnx__NodeProto **)(void *)o->nodes.v;
    graph.n_node = o->nodes.n;
    graph.initializer = (Onnx__TensorProto **)(void *)o->constants.v;
    graph.n_initializer = o->constants.n;
    graph.input = (Onnx__ValueInfoProto **)(void *)o->inputs.v;
    graph.n_input = o->inputs.n;
    graph.output = (Onnx__ValueInfoProto **)(void *)o->outputs.v;
    graph.n_output = o->outputs.n;
    return graph;
}

static void fill_notes(lk_onnx *o, const lk_onnx_note *notes, Onnx__ModelProto *model) {
    Onnx__StringStringEntryProto *all = take(o, LK_ONNX_NOTES_MAX * sizeof *all);
    model->metadata_props = take(o, LK_ONNX_NOTES_MAX * sizeof(Onnx__StringStringEntryProto *));
    for (size_t i = 0; all && model->metadata_props && notes[i].key; i++) {
        all[i] = (Onnx__StringStringEntryProto)ONNX__STRING_STRING_ENTRY_PROTO__INIT;
        all[i].key = copy_text(o, notes[i].key);
        all[i].value = copy_text(o, notes[i].value);
        model->metadata_props[model->n_metadata_props++] = &all[i];
    }
}

static lk_status pack(const Onnx__ModelProto *model, const char *name, uint8_t **bytes,
                      size_t *n_bytes, lk_error *err) {
    size_t n = onnx__model_proto__get_packed_size(model);
    if (n > INT_MAX)
        return lk_fail(err, LK_USAGE,
                       "%s: expected at most %d bytes, as readers of ONNX files take no more, got "
                       "%zu",
                       name, INT_MAX, n);
    *bytes = lk_alloc(n);
    if (!*bytes) return lk_fail_memory(err, n, name);
    *n_bytes = onnx__model_proto__pack(model, *bytes);
    return LK_OK;
}

lk_status lk_onnx_pack(lk_onnx *o, const lk_onnx_about *about, uint8_t **bytes, size_t *n_bytes,
                       lk_error *err) {
    Onnx__ModelProto model = ONNX__MODEL_PROTO__INIT;
    Onnx__OperatorSetIdProto opset = ONNX__OPERATOR_SET_ID_PROTO__INIT, *opsets[] = { &opset };
    Onnx__GraphProto graph = graph_of(o, about);
    *bytes = NULL;
    opset.domain = copy_text(o, "");
    opset.has_version = true;
    opset.version = OPSET;
    model.has_ir_version = true;
    model.ir_version = IR_VERSION;
    model.opset_import = opsets;
    model.n_opset_import = 1;
    model.producer_name = copy_text(o, "likeness");
    model.producer_version = copy_text(o, LIKENESS_VERSION);
    model.graph = &graph;
    fill_notes(o, about->notes, &model);
    if (o->failed) return lk_fail_memory(err, sizeof model, about->name);
    return pack(&model, about->name, bytes, n_bytes, err);
}
