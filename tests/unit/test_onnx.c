/* ONNX files: every layer has a form, graphs are valid, options and weights are those of the
   model. scripts/check_all.sh onnx runs them in another program. */
#include "base/file.h"
#include "export/graph.h"
#include "io/safetensors.h"
#include "net/trained.h"
#include "support.h"
#include "tiny.h"

#include <likeness/export.h>
#include <likeness/model.h>
#include <likeness/ops.h>

#include <onnx.pb-c.h>
#include <stdio.h>
#include <string.h>

/* ---- graphs of layers ---- */

struct bench {
    lk_params params;
    lk_arena arena;
    lk_json json;
    lk_graph *graph;
    lk_node *in, *out;
    Onnx__ModelProto *model;
};

/* `layers`: a list as a config has it. */
static void build_layers(struct bench *t, const char *layers, lk_shape in) {
    lk_error err;
    lk_architecture list;
    *t = (struct bench){ 0 };
    lk_arena_init(&t->arena);
    lk_params_init(&t->params);
    assert_ok(lk_json_parse(layers, strlen(layers), "layers", &t->json, &err), &err);
    assert_ok(lk_option_read(lk_option_find(lk_architecture_options, "encoder"), &t->json,
                             t->json.root, "layers", &t->arena, &list, &err),
              &err);
    lk_graph_options options = { .context = lk_test_context_alone(),
                                 .params = &t->params,
                                 .n = in.d[0] };
    assert_ok(lk_graph_create(options, &t->graph, &err), &err);
    lk_layer_place place = { .graph = t->graph, .prefix = "list", .image_channels = 3 };
    t->in = lk_input(t->graph, "in", in);
    t->out = lk_keep(lk_layers_build(&list.encoder, &place, t->in));
}

static lk_status write_layers(struct bench *t, lk_error *err) {
    lk_onnx onnx;
    uint8_t *bytes = NULL;
    size_t n_bytes = 0;
    assert_ok(lk_graph_finish(t->graph, NULL, err), err);
    assert_ok(lk_params_start(&t->params, lk_test_context_alone()->threads, 3, err), err);
    const lk_onnx_plan plan = { .graph = t->graph,
                                .input = { { "x", "input", t->in->shape, false }, t->in },
                                .outputs = {
                                    { { "y", "output", t->out->shape, false }, t->out } } };
    const lk_onnx_about about = { .name = "layers", .words = "" };
    lk_onnx_init(&onnx);
    lk_status status = lk_onnx_graph(&onnx, &plan, err);
    if (!status) status = lk_onnx_pack(&onnx, &about, &bytes, &n_bytes, err);
    if (!status) assert_non_null(t->model = onnx__model_proto__unpack(NULL, n_bytes, bytes));
    lk_free(bytes);
    lk_onnx_deinit(&onnx);
    return status;
}

static void close_layers(struct bench *t) {
    if (t->model) onnx__model_proto__free_unpacked(t->model, NULL);
    lk_graph_destroy(t->graph);
    lk_params_deinit(&t->params);
    lk_json_deinit(&t->json);
    lk_arena_deinit(&t->arena);
}

static void open_layers(struct bench *t, const char *layers, lk_shape in) {
    lk_error err;
    build_layers(t, layers, in);
    if (write_layers(t, &err)) fail_msg("%s: %s", layers, err.text);
}

/* ---- what a file holds ---- */

static const Onnx__TensorProto *constant(const Onnx__GraphProto *graph, const char *name) {
    for (size_t i = 0; i < graph->n_initializer; i++)
        if (strcmp(graph->initializer[i]->name, name) == 0) return graph->initializer[i];
    return NULL;
}

/* The first node of that operator; NULL: there is none. */
static const Onnx__NodeProto *node_of(const Onnx__GraphProto *graph, const char *op) {
    for (size_t i = 0; i < graph->n_node; i++)
        if (strcmp(graph->node[i]->op_type, op) == 0) return graph->node[i];
    return NULL;
}

static bool is_defined(const Onnx__GraphProto *graph, size_t n_nodes, const char *name) {
    for (size_t i = 0; i < graph->n_input; i++)
        if (strcmp(graph->input[i]->name, name) == 0) return true;
    for (size_t i = 0; i < n_nodes; i++)
        if (strcmp(graph->node[i]->output[0], name) == 0) return true;
    return constant(graph, name) != NULL;
}

static size_t consumers(const Onnx__GraphProto *graph, const char *name) {
    size_t n = 0;
    for (size_t i = 0; i < graph->n_node; i++)
        for (size_t j = 0; j < graph->node[i]->n_input; j++)
            n += strcmp(graph->node[i]->input[j], name) == 0;
    return n;
}

/* Each value has one source, which comes before what needs it; each constant is needed. */
static void assert_valid(const Onnx__GraphProto *graph, const char *what) {
    for (size_t i = 0; i < graph->n_node; i++) {
        const Onnx__NodeProto *node = graph->node[i];
        assert_int_equal(node->n_output, 1);
        if (is_defined(graph, i, node->output[0])) fail_msg("%s: %s twice", what, node->output[0]);
        assert_true(node->n_input > 0);
        for (size_t j = 0; j < node->n_input; j++)
            if (*node->input[j] && !is_defined(graph, i, node->input[j]))
                fail_msg("%s: %s: input %s is not defined", what, node->name, node->input[j]);
    }
    for (size_t i = 0; i < graph->n_output; i++)
        assert_true(is_defined(graph, graph->n_node, graph->output[i]->name));
    for (size_t i = 0; i < graph->n_initializer; i++)
        if (!consumers(graph, graph->initializer[i]->name))
            fail_msg("%s: the constant %s is not needed", what, graph->initializer[i]->name);
}

static const Onnx__AttributeProto *attribute(const Onnx__NodeProto *node, const char *name) {
    for (size_t i = 0; node && i < node->n_attribute; i++)
        if (strcmp(node->attribute[i]->name, name) == 0) return node->attribute[i];
    fail_msg("%s: no attribute %s", node ? node->op_type : "no node", name);
    return NULL;
}

static void assert_ints(const Onnx__NodeProto *node, const char *name, size_t n,
                        const int64_t *expected) {
    const Onnx__AttributeProto *got = attribute(node, name);
    assert_int_equal(got->n_ints, n);
    for (size_t i = 0; i < n; i++) assert_int_equal(got->ints[i], expected[i]);
}
#define INTS(...)                                                                                  \
    sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t), (int64_t[]) {                            \
        __VA_ARGS__                                                                                \
    }

static void assert_text(const Onnx__NodeProto *node, const char *name, const char *expected) {
    const Onnx__AttributeProto *got = attribute(node, name);
    assert_int_equal(got->s.len, strlen(expected));
    assert_memory_equal(got->s.data, expected, strlen(expected));
}

/* What the output of that name is made of. */
static const char *source_of(const Onnx__GraphProto *graph, const char *output) {
    for (size_t i = 0; i < graph->n_node; i++)
        if (strcmp(graph->node[i]->output[0], output) == 0) return graph->node[i]->input[0];
    fail_msg("no output %s", output);
    return NULL;
}

/* "Conv Relu Identity": the operators of a graph in their order. */
static const char *operators(const Onnx__GraphProto *graph) {
    static char out[1024];
    size_t n = 0;
    for (size_t i = 0; i < graph->n_node; i++)
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%s", i ? " " : "",
                              graph->node[i]->op_type);
    return out;
}

/* ---- every layer ---- */

/* The layers that cannot take MAPS with their defaults. */
static const struct {
    const char *layer, *layers;
    lk_shape in;
} others[] = {
    { "linear", "[{\"type\": \"linear\"}]", { 2, { 2, 12 } } },
    { "reshape", "[{\"type\": \"reshape\", \"shape\": [3, 2, 2]}]", { 2, { 2, 12 } } },
    { "residual",
      "[{\"type\": \"residual\", \"layers\": [{\"type\": \"conv\", \"out\": 4}]}]",
      { 4, { 2, 32, 6, 6 } } },
};

static void every_layer_has_a_form(void **state) {
    (void)state;
    for (size_t i = 0; lk_layer_list[i]; i++) {
        const char *name = lk_layer_list[i]->name;
        lk_shape in = LK_SHAPE_4(2, 32, 6, 6);
        char layers[256];
        struct bench t;
        lk_error err;
        snprintf(layers, sizeof layers, "[{\"type\": \"%s\"}]", name);
        for (size_t k = 0; k < LK_COUNT(others); k++)
            if (strcmp(others[k].layer, name) == 0) {
                snprintf(layers, sizeof layers, "%s", others[k].layers);
                in = others[k].in;
            }
        build_layers(&t, layers, in);
        if (write_layers(&t, &err)) fail_msg("layer %s has no ONNX form: %s", name, err.text);
        assert_valid(t.model->graph, name);
        close_layers(&t);
    }
}

/* The configs that other programs run (scripts/check_all.sh torch onnx). */
static void every_layer_is_compared_with_other_programs(void **state) {
    (void)state;
    static const char *const files[] = { "convolutions", "maps", "vectors" };
    for (size_t i = 0; lk_layer_list[i]; i++) {
        bool found = false;
        for (size_t k = 0; k < LK_COUNT(files) && !found; k++) {
            char path[LK_PATH_MAX], type[128], *text = NULL;
            size_t n_bytes = 0;
            lk_error err;
            snprintf(path, sizeof path, LIKENESS_SOURCE "/tests/interchange/%s.json", files[k]);
            snprintf(type, sizeof type, "\"type\": \"%s\"", lk_layer_list[i]->name);
            assert_ok(lk_file_read(path, 1 << 20, &text, &n_bytes, &err), &err);
            found = strstr(text, type);
            lk_free(text);
        }
        if (!found) fail_msg("tests/interchange has no layer %s", lk_layer_list[i]->name);
    }
}

static void an_op_without_a_form_is_named(void **state) {
    (void)state;
    struct bench t;
    lk_error err;
    build_layers(&t, "[{\"type\": \"tanh\"}]", LK_SHAPE_2(2, 3));
    t.out = lk_keep(lk_name(lk_exp(t.out), "odd one"));
    assert_int_equal(write_layers(&t, &err), LK_USAGE);
    assert_contains(err.text, "odd one: the op exp has no ONNX form");
    close_layers(&t);
}

static void what_no_output_needs_is_left_out(void **state) {
    (void)state;
    struct bench t;
    lk_error err;
    build_layers(&t, "[{\"type\": \"tanh\"}]", LK_SHAPE_2(2, 3));
    lk_relu(lk_exp(t.in)); /* exp has no form */
    assert_ok(write_layers(&t, &err), &err);
    assert_string_equal(operators(t.model->graph), "Tanh Identity");
    close_layers(&t);
}

/* ---- options ---- */

static void convolutions_keep_their_options(void **state) {
    (void)state;
    struct bench t;
    open_layers(&t,
                "[{\"type\": \"conv\", \"out\": 6, \"kernel\": 3, \"stride\": 2, \"padding\": 3, "
                "\"dilation\": 4, \"groups\": 2},"
                "{\"type\": \"conv_transpose\", \"out\": 9, \"kernel\": 5, \"stride\": 3, "
                "\"padding\": 2, \"output_padding\": 1, \"groups\": 3, \"bias\": false}]",
                LK_SHAPE_4(2, 4, 12, 12));
    const Onnx__GraphProto *graph = t.model->graph;
    const Onnx__NodeProto *conv = node_of(graph, "Conv"), *back = node_of(graph, "ConvTranspose");
    assert_string_equal(operators(graph), "Conv ConvTranspose Identity");
    assert_ints(conv, "strides", INTS(2, 2));
    assert_ints(conv, "pads", INTS(3, 3, 3, 3));
    assert_ints(conv, "dilations", INTS(4, 4));
    assert_int_equal(attribute(conv, "group")->i, 2);
    assert_int_equal(conv->n_input, 3);
    assert_ints(back, "strides", INTS(3, 3));
    assert_ints(back, "pads", INTS(2, 2, 2, 2));
    assert_ints(back, "output_padding", INTS(1, 1));
    assert_ints(back, "dilations", INTS(1, 1));
    assert_int_equal(attribute(back, "group")->i, 3);
    assert_int_equal(back->n_input, 2);
    close_layers(&t);
}

static void a_relu_that_an_op_took_along_comes_back(void **state) {
    (void)state;
    static const struct {
        const char *layers, *operators;
    } cases[] = {
        { "[{\"type\": \"batch_norm\"}, {\"type\": \"relu\"}]",
          "BatchNormalization Relu Identity" },
        { "[{\"type\": \"batch_norm\", \"eps\": 0.5}, {\"type\": \"leaky_relu\", \"slope\": "
          "0.125}]",
          "BatchNormalization LeakyRelu Identity" },
        { "[{\"type\": \"group_norm\", \"groups\": 2}, {\"type\": \"leaky_relu\", \"slope\": "
          "0.125}]",
          "Reshape InstanceNormalization Reshape Reshape Reshape Mul Add LeakyRelu Identity" },
        { "[{\"type\": \"instance_norm\"}, {\"type\": \"relu\"}]",
          "Reshape InstanceNormalization Reshape Relu Identity" },
    };
    for (size_t i = 0; i < LK_COUNT(cases); i++) {
        struct bench t;
        open_layers(&t, cases[i].layers, LK_SHAPE_4(2, 4, 3, 3));
        assert_string_equal(operators(t.model->graph), cases[i].operators);
        if (strstr(cases[i].layers, "0.125"))
            assert_near((double)attribute(node_of(t.model->graph, "LeakyRelu"), "alpha")->f, 0.125,
                        0);
        if (strstr(cases[i].layers, "eps"))
            assert_near(
                (double)attribute(node_of(t.model->graph, "BatchNormalization"), "epsilon")->f, 0.5,
                0);
        close_layers(&t);
    }
}

static void pools_and_larger_maps_keep_their_options(void **state) {
    (void)state;
    struct bench t;
    open_layers(&t,
                "[{\"type\": \"max_pool\", \"kernel\": 3, \"stride\": 2, \"padding\": 1},"
                "{\"type\": \"avg_pool\", \"kernel\": 2, \"padding\": 1, \"count_include_pad\": "
                "false},"
                "{\"type\": \"upsample\", \"scale\": 3, \"mode\": \"bilinear\"},"
                "{\"type\": \"pixel_shuffle\", \"factor\": 3}]",
                LK_SHAPE_4(2, 9, 8, 8));
    const Onnx__GraphProto *graph = t.model->graph;
    const Onnx__NodeProto *largest = node_of(graph, "MaxPool"),
                          *mean = node_of(graph, "AveragePool"), *resize = node_of(graph, "Resize"),
                          *shuffle = node_of(graph, "DepthToSpace");
    assert_ints(largest, "kernel_shape", INTS(3, 3));
    assert_ints(largest, "strides", INTS(2, 2));
    assert_ints(largest, "pads", INTS(1, 1, 1, 1));
    assert_ints(mean, "strides", INTS(2, 2));
    assert_int_equal(attribute(mean, "count_include_pad")->i, 0);
    assert_text(resize, "mode", "linear");
    assert_text(resize, "coordinate_transformation_mode", "half_pixel");
    assert_string_equal(resize->input[1], "");
    const float scales[] = { 1, 1, 3, 3 };
    const Onnx__TensorProto *got = constant(graph, resize->input[2]);
    assert_int_equal(got->raw_data.len, sizeof scales);
    assert_memory_equal(got->raw_data.data, scales, sizeof scales);
    assert_int_equal(attribute(shuffle, "blocksize")->i, 3);
    assert_text(shuffle, "mode", "CRD");
    close_layers(&t);
    open_layers(&t, "[{\"type\": \"upsample\"}]", LK_SHAPE_4(2, 2, 4, 4));
    assert_text(node_of(t.model->graph, "Resize"), "mode", "nearest");
    assert_text(node_of(t.model->graph, "Resize"), "coordinate_transformation_mode", "asymmetric");
    assert_text(node_of(t.model->graph, "Resize"), "nearest_mode", "floor");
    close_layers(&t);
}

static void dropout_does_nothing(void **state) {
    (void)state;
    struct bench t;
    open_layers(&t, "[{\"type\": \"dropout\"}, {\"type\": \"sigmoid\"}, {\"type\": \"dropout\"}]",
                LK_SHAPE_2(2, 3));
    assert_string_equal(operators(t.model->graph), "Sigmoid Identity");
    close_layers(&t);
}

/* ---- models ---- */

/* A model file, and its exported parts. */
struct parts {
    char folder[LK_PATH_MAX];
    Onnx__ModelProto *encoder, *decoder;
};

static Onnx__ModelProto *read_onnx(const char *folder, const char *name) {
    char *bytes = NULL;
    size_t n_bytes = 0;
    lk_error err;
    assert_ok(lk_file_read(lk_test_path(folder, name), 1 << 24, &bytes, &n_bytes, &err), &err);
    Onnx__ModelProto *model = onnx__model_proto__unpack(NULL, n_bytes, (const uint8_t *)bytes);
    lk_free(bytes);
    assert_non_null(model);
    assert_valid(model->graph, name);
    return model;
}

static void write_model(const char *folder, const char *config_text) {
    lk_config config = lk_test_config(config_text);
    lk_net net;
    lk_error err;
    assert_ok(lk_net_init(&net, lk_test_context_alone(), &config, (lk_image_shape){ 16, 3 }, 8, 0,
                          false, &err),
              &err);
    assert_ok(lk_model_write(lk_test_path(folder, "model.safetensors"), &net, &config, NULL, NULL,
                             net.params.trained, &err),
              &err);
    lk_net_deinit(&net);
    lk_config_deinit(&config);
}

static void open_parts(struct parts *p, const char *name, const char *config) {
    lk_error err;
    snprintf(p->folder, sizeof p->folder, "%s", lk_test_folder(name));
    write_model(p->folder, config);
    assert_ok(lk_export_onnx(lk_test_context_alone(), lk_test_path(p->folder, "model.safetensors"),
                             p->folder, false, &err),
              &err);
    p->encoder = read_onnx(p->folder, LK_ONNX_ENCODER);
    p->decoder = read_onnx(p->folder, LK_ONNX_DECODER);
}

static void close_parts(struct parts *p) {
    onnx__model_proto__free_unpacked(p->encoder, NULL);
    onnx__model_proto__free_unpacked(p->decoder, NULL);
}

/* "code (N, 6)" */
static const char *port(const Onnx__ValueInfoProto *info) {
    static char out[256];
    const Onnx__TypeProto__Tensor *tensor = info->type->tensor_type;
    size_t n = (size_t)snprintf(out, sizeof out, "%s (", info->name);
    for (size_t i = 0; i < tensor->shape->n_dim; i++) {
        const Onnx__TensorShapeProto__Dimension *d = tensor->shape->dim[i];
        if (d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM)
            n += (size_t)snprintf(out + n, sizeof out - n, "%s%s", i ? ", " : "", d->dim_param);
        else
            n += (size_t)snprintf(out + n, sizeof out - n, "%s%lld", i ? ", " : "",
                                  (long long)d->dim_value);
    }
    snprintf(out + n, sizeof out - n, ")%s",
             tensor->elem_type == ONNX__TENSOR_PROTO__DATA_TYPE__INT64 ? " int64" : "");
    return out;
}

static void a_file_says_its_versions_inputs_and_outputs(void **state) {
    (void)state;
    struct parts p;
    open_parts(&p, "onnx_model", TINY_CONFIG(""));
    const Onnx__ModelProto *models[] = { p.encoder, p.decoder };
    for (size_t i = 0; i < LK_COUNT(models); i++) {
        assert_int_equal(models[i]->ir_version, 8);
        assert_int_equal(models[i]->n_opset_import, 1);
        assert_int_equal(models[i]->opset_import[0]->version, 17);
        assert_string_equal(models[i]->producer_name, "likeness");
        assert_int_equal(models[i]->graph->n_input, 1);
        assert_int_equal(models[i]->graph->n_output, 1);
        assert_int_equal(models[i]->n_metadata_props, 2);
        assert_string_equal(models[i]->metadata_props[0]->key, "likeness.images");
        assert_string_equal(models[i]->metadata_props[0]->value, "{\"size\": 16, \"channels\": 3}");
    }
    assert_string_equal(port(p.encoder->graph->input[0]), "pictures (N, 3, 16, 16)");
    assert_string_equal(port(p.encoder->graph->output[0]), "code (N, 6)");
    assert_string_equal(port(p.decoder->graph->input[0]), "code (N, 6)");
    assert_string_equal(port(p.decoder->graph->output[0]), "pictures (N, 3, 16, 16)");
    close_parts(&p);
}

/* Kernels are stored in another order inside. */
static void weights_are_those_of_the_model_file(void **state) {
    (void)state;
    struct parts p;
    lk_safetensors *file = NULL;
    lk_error err;
    open_parts(&p, "onnx_weights", TINY_CONFIG(""));
    assert_ok(lk_safetensors_open(lk_test_path(p.folder, "model.safetensors"), &file, &err), &err);
    for (size_t i = 0; i < lk_safetensors_count(file); i++) {
        const lk_stored_tensor *tensor = lk_safetensors_at(file, i);
        const Onnx__TensorProto *got = constant(p.encoder->graph, tensor->name);
        if (!got) got = constant(p.decoder->graph, tensor->name);
        if (!got) fail_msg("%s is in neither file", tensor->name);
        size_t n = 1;
        assert_int_equal(got->n_dims, tensor->n_dims);
        for (int d = 0; d < tensor->n_dims; d++) {
            assert_int_equal(got->dims[d], tensor->shape[d]);
            n *= tensor->shape[d];
        }
        assert_int_equal(got->raw_data.len, n * sizeof(float));
        for (size_t k = 0; k < n; k++) {
            float value;
            memcpy(&value, got->raw_data.data + k * sizeof value, sizeof value);
            assert_near((double)value, (double)(float)((const lk_real *)tensor->data)[k], 0);
        }
    }
    lk_safetensors_close(file);
    close_parts(&p);
}

static void codes_that_are_maps_stay_maps_and_a_posterior_has_two_outputs(void **state) {
    (void)state;
    struct parts p;
    open_parts(&p, "onnx_vae",
               "{\"model\": {\"type\": \"vae\", \"latent\": [3, 4, 4], \"architecture\": "
               "{\"preset\": \"compact\", \"width\": 4}}}");
    assert_int_equal(p.encoder->graph->n_output, 2);
    assert_string_equal(port(p.encoder->graph->output[0]), "code (N, 3, 4, 4)");
    assert_string_equal(port(p.encoder->graph->output[1]), "logvar (N, 3, 4, 4)");
    assert_string_equal(port(p.decoder->graph->input[0]), "code (N, 3, 4, 4)");
    assert_string_equal(source_of(p.encoder->graph, "code"), "code/Reshape");
    assert_string_equal(source_of(p.encoder->graph, "logvar"), "logvar/Reshape_2");
    assert_null(node_of(p.encoder->graph, "RandomNormal"));
    assert_non_null(node_of(p.encoder->graph, "Clip"));
    close_parts(&p);
}

static void a_codebook_gives_the_numbers_of_its_codes(void **state) {
    (void)state;
    struct parts p;
    open_parts(&p, "onnx_vq",
               "{\"model\": {\"type\": \"vq\", \"codes\": 5, \"latent\": [3, 4, 4], "
               "\"architecture\": {\"preset\": \"compact\", \"width\": 4}}}");
    assert_int_equal(p.encoder->graph->n_output, 2);
    assert_string_equal(port(p.encoder->graph->output[0]), "code (N, 3, 4, 4)");
    assert_string_equal(port(p.encoder->graph->output[1]), "indices (N, 4, 4) int64");
    assert_non_null(constant(p.encoder->graph, "codebook.weight"));
    assert_null(constant(p.encoder->graph, "codebook.count"));
    assert_null(constant(p.decoder->graph, "codebook.weight"));
    close_parts(&p);
    open_parts(&p, "onnx_vq_vector",
               "{\"model\": {\"type\": \"vq\", \"codes\": 5, \"latent\": 7, "
               "\"architecture\": {\"preset\": \"compact\", \"width\": 4}}}");
    assert_string_equal(port(p.encoder->graph->output[0]), "code (N, 7)");
    assert_string_equal(port(p.encoder->graph->output[1]), "indices (N) int64");
    close_parts(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layer_has_a_form),
        cmocka_unit_test(every_layer_is_compared_with_other_programs),
        cmocka_unit_test(an_op_without_a_form_is_named),
        cmocka_unit_test(what_no_output_needs_is_left_out),
        cmocka_unit_test(convolutions_keep_their_options),
        cmocka_unit_test(a_relu_that_an_op_took_along_comes_back),
        cmocka_unit_test(pools_and_larger_maps_keep_their_options),
        cmocka_unit_test(dropout_does_nothing),
        cmocka_unit_test(a_file_says_its_versions_inputs_and_outputs),
        cmocka_unit_test(weights_are_those_of_the_model_file),
        cmocka_unit_test(codes_that_are_maps_stay_maps_and_a_posterior_has_two_outputs),
        cmocka_unit_test(a_codebook_gives_the_numbers_of_its_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
