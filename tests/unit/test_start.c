/* Initial values of parameters: those of the serial definition, whichever thread draws them, and
   the same as version 1 had. */
#include "base/crc32c.h"
#include "base/rng.h"
#include "support.h"

#include <likeness/graph.h>
#include <likeness/memory.h>

#include <string.h>

enum { SEED = 9 };

/* Of both kinds and layouts; small ones, rows longer than what is drawn at once, more rows than
   that. */
static void declare(lk_graph *graph, lk_init_kind kind) {
    const lk_init init = { kind, 0.3 };
    lk_parameter(graph, "convolution", LK_SHAPE_4(40, 33, 4, 4), LK_PARAM_TRAINED, init);
    lk_parameter(graph, "bias", LK_SHAPE_1(5), LK_PARAM_TRAINED,
                 (lk_init){ LK_INIT_CONSTANT, 0.25 });
    lk_parameter(graph, "long", LK_SHAPE_2(3, 20001), LK_PARAM_TRAINED, init);
    lk_parameter(graph, "mean", LK_SHAPE_1(7), LK_PARAM_STATISTIC, init);
    lk_parameter(graph, "rows", LK_SHAPE_2(20001, 3), LK_PARAM_TRAINED, init);
    lk_parameter(graph, "one", LK_SHAPE_1(1), LK_PARAM_TRAINED, init);
}

static lk_params start(lk_init_kind kind, int n_threads) {
    lk_context context = *lk_test_context();
    lk_params params;
    lk_graph *graph;
    lk_error err;
    lk_params_init(&params);
    assert_ok(lk_threads_create(n_threads, &context.threads, &err), &err);
    assert_ok(lk_graph_create((lk_graph_options){ .context = &context, .params = &params, .n = 1 },
                              &graph, &err),
              &err);
    declare(graph, kind);
    assert_ok(lk_params_start(&params, context.threads, SEED, &err), &err);
    lk_graph_destroy(graph);
    lk_threads_destroy(context.threads);
    return params;
}

static double drawn(lk_init init, lk_rng *rng) {
    if (init.kind == LK_INIT_UNIFORM) return init.a * (2 * lk_rng_uniform(rng) - 1);
    return init.kind == LK_INIT_NORMAL ? init.a * lk_rng_normal(rng) : init.a;
}

static void check_as_defined(const lk_params *params, int index) {
    const lk_param *param = &params->list[index];
    size_t n = lk_shape_size(param->shape);
    lk_real *as_written = lk_alloc(n * sizeof *as_written),
            *expected = lk_alloc(n * sizeof *expected);
    lk_rng rng = lk_rng_at(SEED, LK_STREAM_INIT, 0, (uint32_t)index);
    for (size_t i = 0; i < n; i++) as_written[i] = LK_R(drawn(param->init, &rng));
    lk_to_channels_last(param->shape, as_written, expected);
    assert_memory_equal(lk_param_value(params, param), expected, n * sizeof *expected);
    lk_free(as_written);
    lk_free(expected);
}

static void
every_parameter_is_its_own_sequence_in_the_order_as_written_at_any_number_of_threads(void **state) {
    (void)state;
    for (int n_threads = 1; n_threads <= 3; n_threads++) {
        for (int kind = LK_INIT_UNIFORM; kind <= LK_INIT_NORMAL; kind++) {
            lk_params params = start((lk_init_kind)kind, n_threads);
            for (int i = 0; i < params.n; i++) check_as_defined(&params, i);
            lk_params_deinit(&params);
        }
    }
}

/* Uniform ones depend on no mathematical library: these are the bytes of version 1, as floats. */
static void uniform_starts_are_the_bytes_they_always_were(void **state) {
    (void)state;
    lk_params params = start(LK_INIT_UNIFORM, 2);
    float *values = lk_alloc(params.n_trained * sizeof *values);
    for (size_t i = 0; i < params.n_trained; i++) values[i] = (float)params.trained[i];
    assert_int_equal(lk_crc32c(0, values, params.n_trained * sizeof *values), 0xbe893446U);
    lk_free(values);
    lk_params_deinit(&params);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            every_parameter_is_its_own_sequence_in_the_order_as_written_at_any_number_of_threads),
        cmocka_unit_test(uniform_starts_are_the_bytes_they_always_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
