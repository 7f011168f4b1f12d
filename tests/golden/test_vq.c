/* Two steps of a codebook against PyTorch float64 (scripts/golden/vq.py): nearest codes, the
   gradient that passes through, the commitment term, and the codes that follow. */
#include "base/rng.h"
#include "model/codebook.h"
#include "support.h"
#include "vq_values.h"

#include <math.h>

enum { N = 6, C = 3, SIDE = 2, K = 5, SIZE = N * C * SIDE * SIDE, SEED = 7 };
#define TOLERANCE (sizeof(lk_real) == 8 ? 1e-13 : 2e-6)

struct run {
    lk_params params;
    lk_graph *graph;
    lk_node *x, *weight, *codes, *count, *given, *perplexity, *usage, *objective;
};

static void fill(lk_node *node, uint32_t index, double low, double high) {
    size_t n = lk_shape_size(node->shape);
    lk_rng rng = lk_rng_at(SEED, LK_STREAM_TEST, 0, index);
    lk_real *as_written = lk_alloc(n * sizeof *as_written);
    for (size_t i = 0; i < n; i++) as_written[i] = LK_R(low + (high - low) * lk_rng_uniform(&rng));
    lk_to_channels_last(node->shape, as_written, node->value);
    lk_free(as_written);
}

static void open_run(struct run *run, int n_shards) {
    lk_error err;
    lk_init zero = { LK_INIT_CONSTANT, 0 };
    lk_shape shape = LK_SHAPE_4(N, C, SIDE, SIDE);
    *run = (struct run){ 0 };
    lk_params_init(&run->params);
    lk_graph_options options = { .context = lk_test_context(),
                                 .params = &run->params,
                                 .n = N,
                                 .n_shards = n_shards,
                                 .training = true,
                                 .seed = SEED };
    assert_ok(lk_graph_create(options, &run->graph, &err), &err);
    lk_graph *g = run->graph;
    run->x = lk_parameter(g, "x", shape, LK_PARAM_TRAINED, zero);
    run->weight = lk_input(g, "weight", shape);
    run->codes = lk_parameter(g, "codes", LK_SHAPE_2(K, C), LK_PARAM_STATISTIC, zero);
    run->count = lk_parameter(g, "count", LK_SHAPE_1(K), LK_PARAM_STATISTIC, zero);
    lk_node *sum = lk_parameter(g, "sum", LK_SHAPE_2(K, C), LK_PARAM_STATISTIC, zero);
    run->given = lk_keep(lk_codebook(run->x, run->codes, run->count, sum,
                                     (lk_codebook_options){ .decay = 0.8, .restart = 0.5 }));
    run->perplexity = lk_keep(lk_codebook_perplexity(run->given));
    run->usage = lk_keep(lk_codebook_usage(run->given));
    lk_node *compared = lk_mean(lk_mul(lk_straight_through(run->x, run->given), run->weight)),
            *commitment = lk_mean(lk_square(lk_sub(run->x, run->given)));
    run->objective = lk_add(compared, lk_affine(commitment, 0.25, 0));
    assert_ok(lk_graph_finish(g, run->objective, &err), &err);
    assert_ok(lk_params_start(&run->params, lk_test_context()->threads, 1, &err), &err);
    fill(run->codes, 1, -0.3, 0.3);
    fill(run->weight, 2, 0, 1);
}

static void close_run(struct run *run) {
    lk_graph_destroy(run->graph);
    lk_params_deinit(&run->params);
}

static void compare(lk_shape shape, const lk_real *got, const double *expected) {
    size_t n = lk_shape_size(shape);
    lk_real *as_written = lk_alloc(n * sizeof *as_written);
    lk_from_channels_last(shape, got, as_written);
    for (size_t i = 0; i < n; i++)
        assert_near((double)as_written[i], expected[i], TOLERANCE * fmax(1, fabs(expected[i])));
    lk_free(as_written);
}

static const struct {
    const double *given, *dx, *objective, *perplexity, *usage, *codes, *count;
} golden[] = {
    { golden_given_0, golden_dx_0, golden_objective_0, golden_perplexity_0, golden_usage_0,
      golden_codes_0, golden_count_0 },
    { golden_given_1, golden_dx_1, golden_objective_1, golden_perplexity_1, golden_usage_1,
      golden_codes_1, golden_count_1 },
};

static void two_steps_equal_pytorchs_whatever_the_shards(void **state) {
    (void)state;
    for (int n_shards = 1; n_shards <= 4; n_shards *= 2) {
        struct run run;
        open_run(&run, n_shards);
        for (uint32_t step = 0; step < 2; step++) {
            fill(run.x, 10 + step, -1, 1);
            lk_graph_forward(run.graph, LK_TRAIN, N, step);
            lk_graph_backward(run.graph);
            compare(run.x->shape, run.given->value, golden[step].given);
            compare(run.x->shape, run.x->grad, golden[step].dx);
            compare(LK_SHAPE_1(1), run.objective->value, golden[step].objective);
            compare(LK_SHAPE_1(1), run.perplexity->value, golden[step].perplexity);
            compare(LK_SHAPE_1(1), run.usage->value, golden[step].usage);
            compare(run.codes->shape, run.codes->value, golden[step].codes);
            compare(run.count->shape, run.count->value, golden[step].count);
        }
        close_run(&run);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_steps_equal_pytorchs_whatever_the_shards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
