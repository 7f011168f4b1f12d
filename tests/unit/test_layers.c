/* Layers: every row builds what its definition says, with its defaults; and how weights start. */
#include "base/rng.h"
#include "reference.h"

#include <likeness/model.h>
#include <likeness/ops.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SEED = 31, PARAMETERS_MAX = 4, IMAGE_CHANNELS = 3 };

/* ---- values ---- */

/* A layer, and the op call that it makes. */
struct layer_case {
    const char *layer, *options; /* members of its object after the type */
    bool defaults;               /* has only those keys that it must have */
    lk_shape in, out;
    const char *op;
    const void *op_options;
    struct {
        const char *name;
        lk_shape shape;
        bool trained;
    } parameters[PARAMETERS_MAX];
};

struct elementwise { /* as an op of one tensor has it */
    int kind;
    double a, b;
};

#define WEIGHT_AND_BIAS(weight, n)                                                                 \
    {                                                                                              \
        { "weight", weight, true }, {                                                              \
            "bias", { 1, { n } }, true                                                             \
        }                                                                                          \
    }
#define NORM(n)                                                                                    \
    {                                                                                              \
        { "weight", { 1, { n } }, true }, { "bias", { 1, { n } }, true },                          \
            { "running_mean", { 1, { n } }, false }, {                                             \
            "running_var", { 1, { n } }, false                                                     \
        }                                                                                          \
    }
#define ATTENTION(n)                                                                               \
    {                                                                                              \
        { "in_proj_weight", { 2, { 3 * (n), n } }, true },                                         \
            { "in_proj_bias", { 1, { 3 * (n) } }, true },                                          \
            { "out_proj.weight", { 2, { n, n } }, true }, {                                        \
            "out_proj.bias", { 1, { n } }, true                                                    \
        }                                                                                          \
    }
#define SHAPE(...)                                                                                 \
    {                                                                                              \
        sizeof((int[]){ __VA_ARGS__ }) / sizeof(int), {                                            \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

static const lk_conv_options halve = { .stride = 2, .padding = 1 },
                             same = { .stride = 1, .padding = 1 },
                             third = { .stride = 3, .padding = 2 },
                             third_wider = { .stride = 3, .padding = 2, .output_padding = 1 };
static const lk_conv_options grouped = { .stride = 1, .padding = 1, .groups = 2, .dilation = 2 };
static const lk_batch_norm_options norm = { .eps = 1e-5, .momentum = 0.1 },
                                   other_norm = { .eps = 0.5, .momentum = 0.3 };
static const int one_head = 1, three_heads = 3; /* of attention */
static const double half = 0.5, fifth = 0.2;    /* of dropout */
static const lk_group_norm_options groups_32 = { .groups = 32, .eps = 1e-5 },
                                   groups_2 = { .groups = 2, .eps = 0.5 },
                                   channels_3 = { .groups = 3, .eps = 1e-5 },
                                   whole = { .groups = 1, .eps = 1e-5 },
                                   whole_05 = { .groups = 1, .eps = 0.5 };
static const struct elementwise leaky_02 = { .a = 0.2 }, leaky_07 = { .a = 0.7 },
                                elu_1 = { .a = 1 }, elu_2 = { .a = 2 },
                                softplus_1 = { .a = 1, .b = 20 }, softplus_3 = { .a = 3, .b = 1 };
static const lk_pool_options pool_2 = { .kernel = 2, .stride = 2, .count_include_pad = true },
                             pool_3 = { .kernel = 3, .stride = 2, .padding = 1 };
static const lk_upsample_options nearest = { .scale = 2 },
                                 bilinear = { .scale = 3, .mode = LK_UPSAMPLE_BILINEAR };

static const struct layer_case cases[] = {
    { .layer = "conv",
      .options = "",
      .in = SHAPE(2, 4, 6, 8),
      .out = SHAPE(2, 32, 3, 4),
      .op = "conv2d",
      .op_options = &halve,
      .parameters = WEIGHT_AND_BIAS(SHAPE(32, 4, 4, 4), 32) },
    { .layer = "conv",
      .options = ", \"out\": 0, \"kernel\": 3, \"stride\": 3, \"padding\": 2, \"bias\": false",
      .in = SHAPE(2, 2, 6, 8),
      .out = SHAPE(2, IMAGE_CHANNELS, 3, 4),
      .op = "conv2d",
      .op_options = &third,
      .parameters = { { "weight", SHAPE(IMAGE_CHANNELS, 2, 3, 3), true } } },
    { .layer = "conv_transpose",
      .options = "",
      .in = SHAPE(2, 4, 3, 2),
      .out = SHAPE(2, 32, 6, 4),
      .op = "conv_transpose2d",
      .op_options = &halve,
      .parameters = WEIGHT_AND_BIAS(SHAPE(4, 32, 4, 4), 32) },
    { .layer = "conv_transpose",
      .options = ", \"out\": 0, \"kernel\": 5, \"stride\": 3, \"padding\": 2, "
                 "\"output_padding\": 1, \"bias\": false",
      .in = SHAPE(2, 4, 3, 2),
      .out = SHAPE(2, IMAGE_CHANNELS, 8, 5),
      .op = "conv_transpose2d",
      .op_options = &third_wider,
      .parameters = { { "weight", SHAPE(4, IMAGE_CHANNELS, 5, 5), true } } },
    { .layer = "conv",
      .options = ", \"out\": 6, \"kernel\": 3, \"stride\": 1, \"groups\": 2, \"dilation\": 2",
      .in = SHAPE(2, 4, 5, 6),
      .out = SHAPE(2, 6, 3, 4),
      .op = "conv2d",
      .op_options = &grouped,
      .parameters = WEIGHT_AND_BIAS(SHAPE(6, 2, 3, 3), 6) },
    { .layer = "conv_transpose",
      .options = ", \"out\": 6, \"kernel\": 3, \"stride\": 1, \"groups\": 2, \"dilation\": 2",
      .in = SHAPE(2, 4, 5, 6),
      .out = SHAPE(2, 6, 7, 8),
      .op = "conv_transpose2d",
      .op_options = &grouped,
      .parameters = WEIGHT_AND_BIAS(SHAPE(4, 3, 3, 3), 6) },
    { .layer = "linear",
      .options = "",
      .in = SHAPE(3, 7),
      .out = SHAPE(3, 128),
      .op = "linear",
      .parameters = WEIGHT_AND_BIAS(SHAPE(128, 7), 128) },
    { .layer = "linear",
      .options = ", \"out\": 5, \"bias\": false",
      .in = SHAPE(3, 7),
      .out = SHAPE(3, 5),
      .op = "linear",
      .parameters = { { "weight", SHAPE(5, 7), true } } },
    { .layer = "batch_norm",
      .options = "",
      .in = SHAPE(3, 4, 2, 3),
      .out = SHAPE(3, 4, 2, 3),
      .op = "batch_norm",
      .op_options = &norm,
      .parameters = NORM(4) },
    { .layer = "batch_norm",
      .options = ", \"eps\": 0.5, \"momentum\": 0.3",
      .in = SHAPE(5, 4),
      .out = SHAPE(5, 4),
      .op = "batch_norm",
      .op_options = &other_norm,
      .parameters = NORM(4) },
    { .layer = "group_norm",
      .options = "",
      .in = SHAPE(2, 64, 2, 3),
      .out = SHAPE(2, 64, 2, 3),
      .op = "group_norm",
      .op_options = &groups_32,
      .parameters = WEIGHT_AND_BIAS(SHAPE(64), 64) },
    { .layer = "group_norm",
      .options = ", \"groups\": 2, \"eps\": 0.5, \"affine\": false",
      .in = SHAPE(5, 4),
      .out = SHAPE(5, 4),
      .op = "group_norm",
      .op_options = &groups_2 },
    { .layer = "instance_norm",
      .options = "",
      .in = SHAPE(2, 3, 2, 4),
      .out = SHAPE(2, 3, 2, 4),
      .op = "group_norm",
      .op_options = &channels_3 },
    { .layer = "instance_norm",
      .options = ", \"eps\": 0.5, \"affine\": true",
      .in = SHAPE(3, 2, 2, 4),
      .out = SHAPE(3, 2, 2, 4),
      .op = "group_norm",
      .op_options = &groups_2,
      .parameters = WEIGHT_AND_BIAS(SHAPE(2), 2) },
    { .layer = "layer_norm",
      .options = "",
      .in = SHAPE(3, 4, 2, 3),
      .out = SHAPE(3, 4, 2, 3),
      .op = "layer_norm",
      .op_options = &whole,
      .parameters = { { "weight", SHAPE(4, 2, 3), true }, { "bias", SHAPE(4, 2, 3), true } } },
    { .layer = "layer_norm",
      .options = ", \"eps\": 0.5, \"affine\": false",
      .in = SHAPE(3, 7),
      .out = SHAPE(3, 7),
      .op = "layer_norm",
      .op_options = &whole_05 },
    { .layer = "relu",
      .options = "",
      .in = SHAPE(2, 3, 4, 5),
      .out = SHAPE(2, 3, 4, 5),
      .op = "relu" },
    { .layer = "leaky_relu",
      .options = "",
      .in = SHAPE(2, 3, 4, 5),
      .out = SHAPE(2, 3, 4, 5),
      .op = "leaky_relu",
      .op_options = &leaky_02 },
    { .layer = "leaky_relu",
      .options = ", \"slope\": 0.7",
      .in = SHAPE(4, 6),
      .out = SHAPE(4, 6),
      .op = "leaky_relu",
      .op_options = &leaky_07 },
    { .layer = "sigmoid",
      .options = "",
      .in = SHAPE(2, 3, 4, 5),
      .out = SHAPE(2, 3, 4, 5),
      .op = "sigmoid" },
    { .layer = "tanh",
      .options = "",
      .in = SHAPE(2, 3, 4, 5),
      .out = SHAPE(2, 3, 4, 5),
      .op = "tanh" },
    { .layer = "silu",
      .options = "",
      .in = SHAPE(2, 3, 4, 5),
      .out = SHAPE(2, 3, 4, 5),
      .op = "silu" },
    { .layer = "gelu",
      .options = "",
      .in = SHAPE(2, 3, 4, 5),
      .out = SHAPE(2, 3, 4, 5),
      .op = "gelu" },
    { .layer = "gelu",
      .options = ", \"approximate\": \"tanh\"",
      .in = SHAPE(4, 6),
      .out = SHAPE(4, 6),
      .op = "gelu_tanh" },
    { .layer = "elu",
      .options = "",
      .in = SHAPE(2, 3, 4, 5),
      .out = SHAPE(2, 3, 4, 5),
      .op = "elu",
      .op_options = &elu_1 },
    { .layer = "elu",
      .options = ", \"alpha\": 2",
      .in = SHAPE(4, 6),
      .out = SHAPE(4, 6),
      .op = "elu",
      .op_options = &elu_2 },
    { .layer = "softplus",
      .options = "",
      .in = SHAPE(2, 3, 4, 5),
      .out = SHAPE(2, 3, 4, 5),
      .op = "softplus",
      .op_options = &softplus_1 },
    { .layer = "softplus",
      .options = ", \"beta\": 3, \"threshold\": 1",
      .in = SHAPE(4, 6),
      .out = SHAPE(4, 6),
      .op = "softplus",
      .op_options = &softplus_3 },
    { .layer = "prelu",
      .options = "",
      .in = SHAPE(2, 3, 4, 5),
      .out = SHAPE(2, 3, 4, 5),
      .op = "prelu",
      .parameters = { { "weight", SHAPE(1), true } } },
    { .layer = "prelu",
      .options = ", \"num_parameters\": 6, \"init\": 0.1",
      .in = SHAPE(4, 6),
      .out = SHAPE(4, 6),
      .op = "prelu",
      .parameters = { { "weight", SHAPE(6), true } } },
    { .layer = "dropout",
      .options = "",
      .in = SHAPE(2, 3, 4, 5),
      .out = SHAPE(2, 3, 4, 5),
      .op = "dropout",
      .op_options = &half },
    { .layer = "dropout",
      .options = ", \"p\": 0.2",
      .in = SHAPE(4, 6),
      .out = SHAPE(4, 6),
      .op = "dropout",
      .op_options = &fifth },
    { .layer = "residual",
      .options = ", \"layers\": [{\"type\": \"conv\", \"out\": 3, \"kernel\": 3, \"stride\": 1}]",
      .defaults = true,
      .in = SHAPE(2, 3, 4, 5),
      .out = SHAPE(2, 3, 4, 5),
      .op = "residual",
      .op_options = &same,
      .parameters = { { "0.weight", SHAPE(3, 3, 3, 3), true }, { "0.bias", SHAPE(3), true } } },
    { .layer = "residual",
      .options = ", \"layers\": [{\"type\": \"conv\", \"out\": 4}]",
      .in = SHAPE(2, 3, 6, 8),
      .out = SHAPE(2, 4, 3, 4),
      .op = "residual",
      .op_options = &halve,
      .parameters = { { "0.weight", SHAPE(4, 3, 4, 4), true },
                      { "0.bias", SHAPE(4), true },
                      { "projection.weight", SHAPE(4, 3, 1, 1), true },
                      { "projection.bias", SHAPE(4), true } } },
    { .layer = "residual",
      .options = ", \"layers\": [{\"type\": \"linear\", \"out\": 5}]",
      .in = SHAPE(3, 7),
      .out = SHAPE(3, 5),
      .op = "residual",
      .parameters = { { "0.weight", SHAPE(5, 7), true },
                      { "0.bias", SHAPE(5), true },
                      { "projection.weight", SHAPE(5, 7), true },
                      { "projection.bias", SHAPE(5), true } } },
    { .layer = "attention",
      .options = "",
      .in = SHAPE(3, 4, 3, 5),
      .out = SHAPE(3, 4, 3, 5),
      .op = "self_attention",
      .op_options = &one_head,
      .parameters = ATTENTION(4) },
    { .layer = "attention",
      .options = ", \"heads\": 3",
      .in = SHAPE(2, 6, 9, 8),
      .out = SHAPE(2, 6, 9, 8),
      .op = "self_attention",
      .op_options = &three_heads,
      .parameters = ATTENTION(6) },
    { .layer = "max_pool",
      .options = "",
      .in = SHAPE(2, 3, 4, 6),
      .out = SHAPE(2, 3, 2, 3),
      .op = "max_pool2d",
      .op_options = &pool_2 },
    { .layer = "max_pool",
      .options = ", \"kernel\": 3, \"stride\": 2, \"padding\": 1",
      .in = SHAPE(2, 3, 4, 5),
      .out = SHAPE(2, 3, 2, 3),
      .op = "max_pool2d",
      .op_options = &pool_3 },
    { .layer = "avg_pool",
      .options = "",
      .in = SHAPE(2, 3, 4, 6),
      .out = SHAPE(2, 3, 2, 3),
      .op = "avg_pool2d",
      .op_options = &pool_2 },
    { .layer = "avg_pool",
      .options = ", \"kernel\": 3, \"stride\": 2, \"padding\": 1, \"count_include_pad\": false",
      .in = SHAPE(2, 3, 4, 5),
      .out = SHAPE(2, 3, 2, 3),
      .op = "avg_pool2d",
      .op_options = &pool_3 },
    { .layer = "upsample",
      .options = "",
      .in = SHAPE(2, 3, 2, 3),
      .out = SHAPE(2, 3, 4, 6),
      .op = "upsample",
      .op_options = &nearest },
    { .layer = "upsample",
      .options = ", \"scale\": 3, \"mode\": \"bilinear\"",
      .in = SHAPE(2, 3, 2, 3),
      .out = SHAPE(2, 3, 6, 9),
      .op = "upsample",
      .op_options = &bilinear },
    { .layer = "pixel_shuffle",
      .options = "",
      .in = SHAPE(2, 12, 2, 3),
      .out = SHAPE(2, 3, 4, 6),
      .op = "pixel_shuffle" },
    { .layer = "pixel_shuffle",
      .options = ", \"factor\": 3",
      .in = SHAPE(2, 9, 2, 3),
      .out = SHAPE(2, 1, 6, 9),
      .op = "pixel_shuffle" },
    { .layer = "reshape",
      .options = "",
      .in = SHAPE(2, 4096),
      .out = SHAPE(2, 256, 4, 4),
      .op = "reshape" },
    { .layer = "reshape",
      .options = ", \"shape\": [24]",
      .in = SHAPE(2, 2, 3, 4),
      .out = SHAPE(2, 24),
      .op = "reshape" },
    { .layer = "flatten",
      .options = "",
      .in = SHAPE(2, 2, 3, 4),
      .out = SHAPE(2, 24),
      .op = "reshape" },
};

/* A list of layers in a graph that trains. */
struct bench {
    lk_arena arena;
    lk_json json;
    lk_params params;
    lk_graph *graph;
    lk_node *in, *out;
};

static void build_bench_on(const lk_context *context, struct bench *t, const char *layers,
                           lk_shape in, lk_initializer initializer) {
    lk_error err;
    lk_architecture list;
    *t = (struct bench){ 0 };
    lk_arena_init(&t->arena);
    lk_params_init(&t->params);
    assert_ok(lk_json_parse(layers, strlen(layers), "layers", &t->json, &err), &err);
    assert_ok(lk_option_read(lk_option_find(lk_architecture_options, "encoder"), &t->json,
                             t->json.root, "layers", &t->arena, &list, &err),
              &err);
    lk_graph_options options = { .context = context,
                                 .params = &t->params,
                                 .n = in.d[0],
                                 .n_shards = in.d[0] > 1 ? 2 : 1,
                                 .training = true };
    assert_ok(lk_graph_create(options, &t->graph, &err), &err);
    lk_layer_place place = { .graph = t->graph,
                             .prefix = "list",
                             .initializer = initializer,
                             .image_channels = IMAGE_CHANNELS };
    t->in = lk_parameter(t->graph, "in", in, LK_PARAM_TRAINED, (lk_init){ LK_INIT_CONSTANT, 0 });
    t->out = lk_keep(lk_layers_build(&list.encoder, &place, t->in));
}

static void build_bench(struct bench *t, const char *layers, lk_shape in,
                        lk_initializer initializer) {
    build_bench_on(lk_test_context(), t, layers, in, initializer);
}

static void open_bench(struct bench *t, const char *layers, lk_shape in, lk_initializer initializer,
                       uint64_t seed) {
    lk_error err;
    build_bench(t, layers, in, initializer);
    assert_ok(lk_graph_finish(t->graph, lk_mean(t->out), &err), &err);
    assert_ok(lk_params_start(&t->params, lk_test_context()->threads, seed, &err), &err);
}

static void close_bench(struct bench *t) {
    lk_graph_destroy(t->graph);
    lk_params_deinit(&t->params);
    lk_json_deinit(&t->json);
    lk_arena_deinit(&t->arena);
}

/* Statistics are kept away from 0, as one of them is a variance. */
static double *fill(lk_shape shape, lk_real *stored, uint32_t index, bool positive) {
    lk_rng rng = lk_rng_at(SEED, LK_STREAM_TEST, 0, index);
    for (size_t i = 0; i < lk_shape_size(shape); i++)
        stored[i] = LK_R(positive ? 0.5 + lk_rng_uniform(&rng) : 2 * lk_rng_uniform(&rng) - 1);
    return lk_test_as_written(shape, stored);
}

static double error_of(lk_shape shape, const lk_real *stored, const double *expected) {
    double *got = lk_test_as_written(shape, stored);
    double error = lk_test_values_error(got, expected, lk_shape_size(shape));
    lk_free(got);
    return error;
}

static const lk_param *parameter_of(const struct bench *t, const struct layer_case *row, int i) {
    char name[64];
    snprintf(name, sizeof name, "list.0.%s", row->parameters[i].name);
    const lk_param *param = lk_params_find(&t->params, name);
    if (!param) print_error("%s has no parameter %s\n", row->layer, name);
    assert_non_null(param);
    assert_true(lk_shape_equal(param->shape, row->parameters[i].shape));
    assert_int_equal(param->kind,
                     row->parameters[i].trained ? LK_PARAM_TRAINED : LK_PARAM_STATISTIC);
    return param;
}

/* One forward pass, with a leaky_relu of that slope behind the layer (1: none). */
static void check_call(const struct bench *t, const struct layer_case *row, lk_mode mode,
                       double slope) {
    struct reference_call call = {
        .options = row->op_options, .mode = mode, .n_valid = row->in.d[0], .shape = row->out
    };
    const lk_param *params[PARAMETERS_MAX] = { 0 };
    call.in_shape[0] = row->in;
    call.in[0] = fill(row->in, t->in->value, 0, false);
    int n = 0;
    for (; n < PARAMETERS_MAX && row->parameters[n].name; n++) {
        params[n] = parameter_of(t, row, n);
        call.in_shape[n + 1] = params[n]->shape;
        call.in[n + 1] = fill(params[n]->shape, lk_param_value(&t->params, params[n]),
                              (uint32_t)n + 1, !row->parameters[n].trained);
    }
    assert_int_equal(t->params.n, n + 1); /* and no others */
    size_t n_out = lk_shape_size(row->out);
    call.out = lk_alloc(n_out * sizeof *call.out);
    lk_test_reference(row->op)(&call);
    for (size_t i = 0; i < n_out; i++) call.out[i] *= call.out[i] < 0 ? slope : 1;
    lk_graph_forward(t->graph, mode, row->in.d[0], 0);
    double worst = error_of(row->out, t->out->value, call.out);
    for (int i = 0; i < n; i++) /* batch norm's statistics change */
        worst = fmax(worst, error_of(params[i]->shape, lk_param_value(&t->params, params[i]),
                                     call.in[i + 1]));
    if (!(worst <= VALUES_TOLERANCE))
        print_error("{\"type\": \"%s\"%s}: expected an error of at most %.3g, got %.3g\n",
                    row->layer, row->options, VALUES_TOLERANCE, worst);
    assert_true(worst <= VALUES_TOLERANCE);
    for (int i = 0; i <= n; i++) lk_free(call.in[i]);
    lk_free(call.out);
}

static void check_case(const struct layer_case *row, double slope) {
    struct bench t;
    char layers[256], behind[64] = "";
    if (slope < 1)
        snprintf(behind, sizeof behind, ", {\"type\": \"leaky_relu\", \"slope\": %g}", slope);
    snprintf(layers, sizeof layers, "[{\"type\": \"%s\"%s}%s]", row->layer, row->options, behind);
    open_bench(&t, layers, row->in, (lk_initializer){ 0 }, 1);
    assert_true(lk_shape_equal(t.out->shape, row->out));
    check_call(&t, row, LK_TRAIN, slope);
    check_call(&t, row, LK_EVAL, slope);
    close_bench(&t);
}

/* A row without a case fails. */
static void every_layer_has_the_values_of_its_definition_and_defaults(void **state) {
    (void)state;
    for (const lk_choice *const *row = lk_layer_list; *row; row++) {
        int n = 0;
        for (size_t i = 0; i < LK_COUNT(cases); i++) {
            if (strcmp(cases[i].layer, (*row)->name) != 0) continue;
            check_case(&cases[i], 1);
            check_case(&cases[i], 0.25); /* some layers take it in */
            n += *cases[i].options == 0 || cases[i].defaults;
        }
        if (n != 1)
            print_error("%s: expected one case of its defaults here, got %d\n", (*row)->name, n);
        assert_int_equal(n, 1);
    }
}

/* ---- threads ---- */

/* The result, the gradient of the input and those of the parameters, one after another. */
static lk_real *step_at(int n_threads, const struct layer_case *row, size_t *n) {
    struct bench t;
    lk_error err;
    char layers[256];
    lk_context context = *lk_test_context();
    assert_ok(lk_threads_create(n_threads, &context.threads, &err), &err);
    snprintf(layers, sizeof layers, "[{\"type\": \"%s\"%s}]", row->layer, row->options);
    build_bench_on(&context, &t, layers, row->in, (lk_initializer){ 0 });
    lk_node *weight = lk_input(t.graph, "weight", row->out);
    assert_ok(lk_graph_finish(t.graph, lk_mean(lk_mul(t.out, weight)), &err), &err);
    assert_ok(lk_params_start(&t.params, context.threads, SEED, &err), &err);
    lk_free(fill(row->in, t.in->value, 0, false));
    lk_free(fill(row->out, weight->value, 1, false));
    lk_graph_forward(t.graph, LK_TRAIN, row->in.d[0], 0);
    lk_graph_backward(t.graph);
    size_t n_out = lk_shape_size(row->out);
    *n = n_out + t.params.n_trained;
    lk_real *all = lk_alloc(*n * sizeof *all);
    memcpy(all, t.out->value, n_out * sizeof *all);
    memcpy(all + n_out, t.params.gradient, t.params.n_trained * sizeof *all);
    close_bench(&t);
    lk_threads_destroy(context.threads);
    return all;
}

static void every_layer_gives_the_same_bits_at_any_number_of_threads(void **state) {
    (void)state;
    for (size_t i = 0; i < LK_COUNT(cases); i++) {
        size_t n = 0;
        lk_real *one = step_at(1, &cases[i], &n);
        for (int n_threads = 2; n_threads <= 5; n_threads += 3) {
            lk_real *more = step_at(n_threads, &cases[i], &n);
            if (memcmp(one, more, n * sizeof *one) != 0)
                fail_msg("{\"type\": \"%s\"%s}: %d threads give other bits", cases[i].layer,
                         cases[i].options, n_threads);
            lk_free(more);
        }
        lk_free(one);
    }
}

/* ---- how weights start ---- */

enum { FAN = 256 }; /* inputs that reach one output, of all three layers */
static const struct {
    const char *layers;
    lk_shape in;
    double torch_fan;
} weighted[] = {
    { "[{\"type\": \"linear\", \"out\": 200}]", SHAPE(1, FAN), FAN },
    { "[{\"type\": \"conv\", \"out\": 200}]", SHAPE(1, 16, 4, 4), FAN },
    { "[{\"type\": \"conv\", \"out\": 200, \"groups\": 2}]", SHAPE(1, 32, 4, 4), FAN },
    { "[{\"type\": \"conv_transpose\", \"out\": 160, \"groups\": 2}]", SHAPE(1, 128, 4, 4),
      80 * 4 * 4 },
    /* PyTorch counts what the kernel of one input reaches: 80 outputs of 4 x 4 */
    { "[{\"type\": \"conv_transpose\", \"out\": 80}]", SHAPE(1, 64, 4, 4), 80 * 4 * 4 },
};

/* For each word of a config's model.initializer: the standard deviation of weights and of biases,
   and the kurtosis of weights (uniform 1.8, normal 3). */
struct start {
    double weight, bias, kurtosis;
};

static struct start expected_of(const char *word, double std, double torch_fan) {
    double uniform = 1 / sqrt(3 * torch_fan); /* within +-1/sqrt(fan) */
    if (strcmp(word, "torch") == 0) return (struct start){ uniform, uniform, 1.8 };
    if (strcmp(word, "normal") == 0) return (struct start){ std, 0, 3 };
    if (strcmp(word, "he") == 0) return (struct start){ sqrt(2.0 / FAN), 0, 3 };
    print_error("no test of the initializer %s\n", word);
    fail();
    return (struct start){ 0 };
}

static struct start moments_of(const struct bench *t) {
    const lk_param *weight = lk_params_find(&t->params, "list.0.weight"),
                   *bias = lk_params_find(&t->params, "list.0.bias");
    size_t n = lk_shape_size(weight->shape), n_bias = lk_shape_size(bias->shape);
    double squares = 0, fourth = 0, of_bias = 0, sum = 0;
    for (size_t i = 0; i < n; i++) {
        double w = (double)t->params.trained[weight->offset + i];
        sum += w / (double)n;
        squares += w * w / (double)n;
        fourth += w * w * w * w / (double)n;
    }
    for (size_t i = 0; i < n_bias; i++)
        of_bias += pow((double)t->params.trained[bias->offset + i], 2) / (double)n_bias;
    assert_near(sum, 0, 0.02 * sqrt(squares));
    return (struct start){ sqrt(squares), sqrt(of_bias), fourth / (squares * squares) };
}

/* The bounds are those of some 50,000 weights and 80 biases; the seed is fixed. */
static void check_start(const char *word, int kind, size_t i, uint64_t seed) {
    struct bench t;
    double std = 0.02 * (double)(i + 1);
    open_bench(&t, weighted[i].layers, weighted[i].in,
               (lk_initializer){ (lk_initializer_kind)kind, std }, seed);
    struct start got = moments_of(&t), expected = expected_of(word, std, weighted[i].torch_fan);
    assert_near(got.weight, expected.weight, 0.03 * expected.weight);
    assert_near(got.bias, expected.bias, 0.3 * expected.bias);
    assert_near(got.kurtosis, expected.kurtosis, 0.15);
    close_bench(&t);
}

static void every_initializer_has_its_spread(void **state) {
    (void)state;
    char words[64], *rest = words, *word;
    snprintf(words, sizeof words, "%s", LK_WORDS(LK_INITIALIZER_LIST));
    for (int kind = 0; (word = strtok_r(rest, "|", &rest)); kind++)
        for (size_t i = 0; i < LK_COUNT(weighted); i++)
            for (uint64_t seed = 1; seed <= 2; seed++) check_start(word, kind, i, seed);
}

/* As PyTorch starts them: those of q, k and v within sqrt(6 / 4 E), the others within
   1 / sqrt(E). */
static void the_weights_of_attention_have_their_own_bounds(void **state) {
    (void)state;
    enum { E = 64 };
    static const struct {
        const char *name;
        double square;
    } rows[] = { { "list.0.in_proj_weight", 1.5 / E }, { "list.0.out_proj.weight", 1.0 / E } };
    struct bench t;
    open_bench(&t, "[{\"type\": \"attention\"}]", LK_SHAPE_4(1, E, 2, 2), (lk_initializer){ 0 }, 1);
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        const lk_param *param = lk_params_find(&t.params, rows[i].name);
        double largest = 0;
        for (size_t k = 0; k < lk_shape_size(param->shape); k++)
            largest = fmax(largest, fabs((double)t.params.trained[param->offset + k]));
        assert_true(largest <= sqrt(rows[i].square) && largest > 0.99 * sqrt(rows[i].square));
    }
    close_bench(&t);
}

/* Bytes of a graph with attention over maps of side x side. */
static size_t bytes_at(int side) {
    struct bench t;
    lk_error err;
    build_bench(&t, "[{\"type\": \"attention\", \"heads\": 2}]", LK_SHAPE_4(8, 8, side, side),
                (lk_initializer){ 0 });
    assert_ok(lk_graph_finish(t.graph, lk_mean(t.out), &err), &err);
    size_t n_bytes = lk_graph_bytes(t.graph);
    close_bench(&t);
    return n_bytes;
}

static void the_memory_of_attention_grows_with_the_number_of_positions(void **state) {
    (void)state;
    double growth = (double)bytes_at(48) / (double)bytes_at(24);
    assert_true(growth < 4.1); /* its square would be 16 */
}

static void weights_start_as_the_seed_says(void **state) {
    (void)state;
    for (int kind = LK_INITIALIZE_TORCH; kind <= LK_INITIALIZE_HE; kind++) {
        struct bench t[3];
        for (int i = 0; i < 3; i++)
            open_bench(&t[i], weighted[1].layers, weighted[1].in,
                       (lk_initializer){ (lk_initializer_kind)kind, 0.1 }, i < 2 ? 7 : 8);
        size_t bytes = t[0].params.n_trained * sizeof(lk_real);
        assert_memory_equal(t[0].params.trained, t[1].params.trained, bytes);
        assert_memory_not_equal(t[0].params.trained, t[2].params.trained, bytes);
        for (int i = 0; i < 3; i++) close_bench(&t[i]);
    }
}

/* In evaluation, before it has seen a batch: mean 0, variance 1, weight 1, bias 0. */
static void a_fresh_batch_norm_only_adds_its_eps(void **state) {
    (void)state;
    struct bench t;
    lk_shape shape = SHAPE(2, 3, 4, 5);
    open_bench(&t, "[{\"type\": \"batch_norm\", \"eps\": 0.25}]", shape, (lk_initializer){ 0 }, 1);
    double *expected = fill(shape, t.in->value, 0, false);
    for (size_t i = 0; i < lk_shape_size(shape); i++) expected[i] /= sqrt(1.25);
    lk_graph_forward(t.graph, LK_EVAL, 2, 0);
    assert_near(error_of(shape, t.out->value, expected), 0, VALUES_TOLERANCE);
    lk_free(expected);
    close_bench(&t);
}

/* Parameters that start at one number, with any initializer. */
static const struct {
    const char *layer, *parameter;
    double value;
} constants[] = {
    { "{\"type\": \"batch_norm\"}", "weight", 1 },
    { "{\"type\": \"batch_norm\"}", "bias", 0 },
    { "{\"type\": \"batch_norm\"}", "running_mean", 0 },
    { "{\"type\": \"batch_norm\"}", "running_var", 1 },
    { "{\"type\": \"group_norm\", \"groups\": 1}", "weight", 1 },
    { "{\"type\": \"group_norm\", \"groups\": 1}", "bias", 0 },
    { "{\"type\": \"layer_norm\"}", "weight", 1 },
    { "{\"type\": \"layer_norm\"}", "bias", 0 },
    { "{\"type\": \"prelu\"}", "weight", 0.25 },
    { "{\"type\": \"attention\"}", "in_proj_bias", 0 },
    { "{\"type\": \"attention\"}", "out_proj.bias", 0 },
};

static void parameters_that_are_not_drawn_start_at_their_number(void **state) {
    (void)state;
    for (size_t i = 0; i < LK_COUNT(constants); i++) {
        struct bench t;
        char layers[64], name[64];
        snprintf(layers, sizeof layers, "[%s]", constants[i].layer);
        snprintf(name, sizeof name, "list.0.%s", constants[i].parameter);
        open_bench(&t, layers, LK_SHAPE_4(2, 3, 4, 5),
                   (lk_initializer){ LK_INITIALIZE_NORMAL, 0.5 }, 1);
        const lk_param *param = lk_params_find(&t.params, name);
        assert_non_null(param);
        for (size_t k = 0; k < lk_shape_size(param->shape); k++)
            assert_near((double)lk_param_value(&t.params, param)[k], constants[i].value, 0);
        close_bench(&t);
    }
}

/* Layers that a config may have and that do not fit their input. */
static const struct {
    const char *layers;
    lk_shape in;
    const char *part;
} unfitting[] = {
    { "[{\"type\": \"group_norm\", \"groups\": 4}]", SHAPE(2, 6, 4, 5),
      "layers[0]: group_norm: groups: expected a divisor of the 6 channels (1, 2, 3 or 6), got 4" },
    { "[{\"type\": \"group_norm\", \"groups\": 11}]", SHAPE(2, 1680, 1, 2),
      "layers[0]: group_norm: ... 1680 channels (1, 2, 3, ... or 1680), got 11" },
    { "[{\"type\": \"conv\", \"out\": 8, \"groups\": 3}]", SHAPE(2, 6, 4, 5),
      "layers[0]: conv: groups: expected a divisor of 6 input and 8 output channels (1 or 2), got "
      "3" },
    { "[{\"type\": \"group_norm\", \"groups\": 6}]", SHAPE(2, 6),
      "layers[0] ... 2 values ... got 1" },
    { "[{\"type\": \"instance_norm\"}]", SHAPE(2, 6),
      "layers[0]: instance_norm: expected maps ... got vectors" },
    { "[{\"type\": \"instance_norm\"}]", SHAPE(2, 6, 1, 1),
      "layers[0]: instance_norm: expected maps ... got maps of 1 x 1" },
    { "[{\"type\": \"residual\", \"layers\": [{\"type\": \"conv_transpose\"}]}]",
      SHAPE(2, 3, 8, 16),
      "layers[0]: residual: expected ... (2, 3, 8, 16) ... 8 x 16, 4 x 8, 3 x 6, 2 x 4, 2 x 3, "
      "1 x 2, 1 x 1 ... got (2, 32, 16, 32)" },
    { "[{\"type\": \"residual\", \"layers\": [{\"type\": \"flatten\"}]}]", SHAPE(2, 3, 8, 16),
      "layers[0]: residual: expected ... (2, 3, 8, 16) into maps ... got (2, 384)" },
    { "[{\"type\": \"residual\", \"layers\": [{\"type\": \"tanh\"}, {\"type\": \"linear\"}]}]",
      SHAPE(2, 3, 8, 16), "layers[0]: ... layers[0].layers[1]: linear: expected vectors" },
    { "[{\"type\": \"attention\", \"heads\": 4}]", SHAPE(2, 6, 4, 5),
      "layers[0]: attention: heads: expected a divisor of the 6 channels (1, 2, 3 or 6), got 4" },
    { "[{\"type\": \"attention\"}]", SHAPE(2, 6),
      "layers[0]: attention: expected maps ... vectors" },
    { "[{\"type\": \"prelu\", \"num_parameters\": 4}]", SHAPE(2, 3, 4, 5),
      "layers[0]: prelu: num_parameters: expected 1 or ... 3, got 4" },
};

static void layers_that_do_not_fit_say_where_and_what_would(void **state) {
    (void)state;
    for (size_t i = 0; i < LK_COUNT(unfitting); i++) {
        struct bench t;
        lk_error err;
        build_bench(&t, unfitting[i].layers, unfitting[i].in, (lk_initializer){ 0 });
        assert_null(t.out);
        assert_int_equal(lk_graph_finish(t.graph, NULL, &err), LK_USAGE);
        assert_contains(err.text, unfitting[i].part);
        close_bench(&t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layer_has_the_values_of_its_definition_and_defaults),
        cmocka_unit_test(a_fresh_batch_norm_only_adds_its_eps),
        cmocka_unit_test(every_layer_gives_the_same_bits_at_any_number_of_threads),
        cmocka_unit_test(parameters_that_are_not_drawn_start_at_their_number),
        cmocka_unit_test(layers_that_do_not_fit_say_where_and_what_would),
        cmocka_unit_test(every_initializer_has_its_spread),
        cmocka_unit_test(the_weights_of_attention_have_their_own_bounds),
        cmocka_unit_test(the_memory_of_attention_grows_with_the_number_of_positions),
        cmocka_unit_test(weights_start_as_the_seed_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
