/* Layers against PyTorch float64: result and gradients, and the names and shapes of parameters
   (scripts/golden/layers.py). */
#include "base/file.h"
#include "base/rng.h"
#include "reference.h"

#include <likeness/model.h>
#include <likeness/ops.h>

#include <stdio.h>
#include <string.h>

#include "layer_cases.h"

enum { SEED = 6, INPUT = 0, WEIGHT = 1, PARAMETERS = 10 };

struct bench {
    lk_arena arena;
    lk_json json;
    lk_params params;
    lk_graph *graph;
    lk_node *in, *weight, *out;
};

static lk_node *layers_of(struct bench *t, const char *layers) {
    lk_error err;
    lk_architecture list;
    assert_ok(lk_json_parse(layers, strlen(layers), "layers", &t->json, &err), &err);
    assert_ok(lk_option_read(lk_option_find(lk_architecture_options, "encoder"), &t->json,
                             t->json.root, "layers", &t->arena, &list, &err),
              &err);
    lk_layer_place place = { .graph = t->graph, .prefix = "list" };
    return lk_layers_build(&list.encoder, &place, t->in);
}

/* The objective is the sum of the result's values, each with its own weight. */
static void open_bench(struct bench *t, const struct golden_layer *row) {
    lk_error err;
    *t = (struct bench){ 0 };
    lk_arena_init(&t->arena);
    lk_params_init(&t->params);
    lk_graph_options options = { .context = lk_test_context(),
                                 .params = &t->params,
                                 .n = row->in.d[0],
                                 .n_shards = 2,
                                 .training = true };
    assert_ok(lk_graph_create(options, &t->graph, &err), &err);
    t->in = lk_parameter(t->graph, "in", row->in, LK_PARAM_TRAINED, (lk_init){ 0 });
    t->weight = lk_input(t->graph, "weight", row->out);
    t->out = lk_keep(layers_of(t, row->layers));
    lk_node *mean = lk_mean(lk_mul(t->out, t->weight));
    assert_ok(lk_graph_finish(t->graph, lk_affine(mean, (double)lk_shape_size(row->out), 0), &err),
              &err);
}

static void close_bench(struct bench *t) {
    lk_graph_destroy(t->graph);
    lk_params_deinit(&t->params);
    lk_json_deinit(&t->json);
    lk_arena_deinit(&t->arena);
}

/* Values in [-reach, reach], equal to those that the script draws. */
static void fill(lk_shape shape, uint32_t index, double reach, lk_real *stored) {
    size_t n = lk_shape_size(shape);
    double *values = lk_alloc(n * sizeof *values);
    lk_rng rng = lk_rng_at(SEED, LK_STREAM_TEST, 0, index);
    for (size_t i = 0; i < n; i++) values[i] = lk_rng_uniform(&rng) * 2 * reach - reach;
    lk_test_store(shape, values, stored);
    lk_free(values);
}

static const lk_param *parameter_of(const struct bench *t, const struct golden_layer *row, int i) {
    char name[64];
    snprintf(name, sizeof name, "list.%s", row->parameters[i].name);
    const lk_param *param = lk_params_find(&t->params, name);
    if (!param) fail_msg("%s has no parameter %s", row->layers, name);
    assert_true(lk_shape_equal(param->shape, row->parameters[i].shape));
    return param;
}

static void check_tensor(const char *layers, const char *what, lk_shape shape, const lk_real *got,
                         const double **expected) {
    size_t n = lk_shape_size(shape);
    double *values = lk_test_as_written(shape, got),
           error = lk_test_values_error(values, *expected, n);
    if (!(error <= VALUES_TOLERANCE))
        fail_msg("%s: %s: expected an error of at most %.3g, got %.3g", layers, what,
                 VALUES_TOLERANCE, error);
    *expected += n;
    lk_free(values);
}

/* Returns the end of the case's golden values. */
static const double *check_case(const struct golden_layer *row, const double *expected) {
    struct bench t;
    int n = 0;
    open_bench(&t, row);
    assert_true(lk_shape_equal(t.out->shape, row->out));
    fill(row->in, INPUT, 3, t.in->value);
    fill(row->out, WEIGHT, 1, t.weight->value);
    for (; n < GOLDEN_PARAMETERS_MAX && row->parameters[n].name; n++) {
        const lk_param *param = parameter_of(&t, row, n);
        fill(param->shape, (uint32_t)(PARAMETERS + n), 1, t.params.trained + param->offset);
    }
    assert_int_equal(t.params.n, n + 1); /* and no others */
    lk_graph_forward(t.graph, LK_TRAIN, row->in.d[0], 0);
    lk_graph_backward(t.graph);
    check_tensor(row->layers, "result", row->out, t.out->value, &expected);
    check_tensor(row->layers, "gradient of the input", row->in, t.in->grad, &expected);
    for (int i = 0; i < n; i++) {
        const lk_param *param = parameter_of(&t, row, i);
        check_tensor(row->layers, row->parameters[i].name, param->shape,
                     t.params.gradient + param->offset, &expected);
    }
    close_bench(&t);
    return expected;
}

static void results_and_gradients_equal_those_of_pytorch(void **state) {
    (void)state;
    char *golden;
    size_t bytes;
    lk_error err;
    assert_ok(
        lk_file_read(LIKENESS_SOURCE "/tests/golden/layers.bin", 1 << 20, &golden, &bytes, &err),
        &err);
    const double *expected = (const double *)(const void *)golden, *end = expected + bytes / 8;
    for (size_t i = 0; i < LK_COUNT(golden_layers); i++)
        expected = check_case(&golden_layers[i], expected);
    assert_ptr_equal(expected, end);
    lk_free(golden);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_and_gradients_equal_those_of_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
