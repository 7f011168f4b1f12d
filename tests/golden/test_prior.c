/* Values and gradients of noise, divergence and MMD against PyTorch float64
   (scripts/golden/prior.py). */
#include "base/rng.h"
#include "prior_values.h"
#include "support.h"

#include <likeness/loss.h>
#include <likeness/ops.h>

#include <math.h>

enum { N = 6, Z = 5, SIZE = N * Z, SEED = 7, STEP = 3 };
#define TOLERANCE (sizeof(lk_real) == 8 ? 1e-13 : 2e-6)

struct run {
    lk_params params;
    lk_graph *graph;
    lk_node *mu, *logvar, *weight, *objective;
};

static void open_run(struct run *run) {
    lk_error err;
    lk_init zero = { LK_INIT_CONSTANT, 0 };
    *run = (struct run){ 0 };
    lk_params_init(&run->params);
    lk_graph_options options = {
        .context = lk_test_context(), .params = &run->params, .n = N, .training = true, .seed = SEED
    };
    assert_ok(lk_graph_create(options, &run->graph, &err), &err);
    run->mu = lk_parameter(run->graph, "mu", LK_SHAPE_2(N, Z), LK_PARAM_TRAINED, zero);
    run->logvar = lk_parameter(run->graph, "logvar", LK_SHAPE_2(N, Z), LK_PARAM_TRAINED, zero);
    run->weight = lk_input(run->graph, "weight", LK_SHAPE_2(N, Z));
}

static void fill(lk_node *node, uint32_t index, double low, double width) {
    lk_rng rng = lk_rng_at(SEED, LK_STREAM_TEST, 0, index);
    for (int i = 0; i < SIZE; i++) node->value[i] = LK_R(low + width * lk_rng_uniform(&rng));
}

static void step(struct run *run) {
    lk_error err;
    assert_ok(lk_graph_finish(run->graph, run->objective, &err), &err);
    assert_ok(lk_params_start(&run->params, lk_test_context()->threads, 1, &err), &err);
    fill(run->mu, 0, -2, 4);
    fill(run->logvar, 1, -2, 4);
    fill(run->weight, 2, 0, 1);
    lk_graph_forward(run->graph, LK_TRAIN, N, STEP);
    lk_graph_backward(run->graph);
}

static void close_run(struct run *run) {
    lk_graph_destroy(run->graph);
    lk_params_deinit(&run->params);
}

static void compare(const lk_real *got, const double *expected, int n) {
    for (int i = 0; i < n; i++)
        assert_near((double)got[i], expected[i], TOLERANCE * fmax(1, fabs(expected[i])));
}

static void drawn_codes_and_their_gradients_equal_pytorchs(void **state) {
    (void)state;
    struct run run;
    open_run(&run);
    lk_node *z = lk_keep(lk_reparameterize(run.mu, run.logvar));
    run.objective = lk_mean(lk_mul(z, run.weight));
    step(&run);
    compare(z->value, golden_z, SIZE);
    compare(run.mu->grad, golden_z_dmu, SIZE);
    compare(run.logvar->grad, golden_z_dlogvar, SIZE);
    close_run(&run);
}

static void the_divergence_and_its_gradients_equal_pytorchs(void **state) {
    (void)state;
    struct run run;
    open_run(&run);
    run.objective = lk_kl(run.mu, run.logvar);
    step(&run);
    compare(run.objective->value, golden_kl, 1);
    compare(run.mu->grad, golden_kl_dmu, SIZE);
    compare(run.logvar->grad, golden_kl_dlogvar, SIZE);
    close_run(&run);
}

static void check_mmd(lk_mmd_kernel kernel, const double *value, const double *gradient) {
    lk_mmd_options options = { .kernel = (int)kernel,
                               .scales = { 4, { 0.1, 0.5, 1, 2 } },
                               .prior_variance = 1.5 };
    struct run run;
    open_run(&run);
    run.objective = lk_mmd(run.mu, &options);
    step(&run);
    compare(run.objective->value, value, 1);
    compare(run.mu->grad, gradient, SIZE);
    close_run(&run);
}

static void mmd_of_both_kernels_and_its_gradient_equal_pytorchs(void **state) {
    (void)state;
    check_mmd(LK_MMD_IMQ, golden_imq, golden_imq_dz);
    check_mmd(LK_MMD_RBF, golden_rbf, golden_rbf_dz);
}

static void free_bits_and_their_gradients_equal_pytorchs(void **state) {
    (void)state;
    struct run run;
    open_run(&run);
    run.objective = lk_kl_free_bits(run.mu, run.logvar, 1.1);
    step(&run);
    compare(run.objective->value, golden_free, 1);
    compare(run.mu->grad, golden_free_dmu, SIZE);
    compare(run.logvar->grad, golden_free_dlogvar, SIZE);
    close_run(&run);
}

static void check_tc(lk_tc_sampling sampling, const double *value, const double *dmu,
                     const double *dlogvar) {
    const lk_tc_options options = {
        .alpha = 0.5, .beta = 6, .gamma = 2, .sampling = (int)sampling
    };
    struct run run;
    open_run(&run);
    lk_graph_set_population(run.graph, 1000);
    run.objective = lk_tc(lk_reparameterize(run.mu, run.logvar), run.mu, run.logvar, &options);
    step(&run);
    compare(run.objective->value, value, 1);
    compare(run.mu->grad, dmu, SIZE);
    compare(run.logvar->grad, dlogvar, SIZE);
    close_run(&run);
}

static void tc_of_both_samplings_and_its_gradients_equal_pytorchs(void **state) {
    (void)state;
    check_tc(LK_TC_WEIGHTED, golden_weighted, golden_weighted_dmu, golden_weighted_dlogvar);
    check_tc(LK_TC_STRATIFIED, golden_stratified, golden_stratified_dmu, golden_stratified_dlogvar);
}

static void check_norm(const char *name, const double *value, const double *gradient) {
    struct run run;
    open_run(&run);
    const lk_regularizer *row = (const lk_regularizer *)lk_choice_find(lk_regularizers, name);
    lk_codes codes = { .z = run.mu };
    run.objective = row->build(&codes, NULL);
    step(&run);
    compare(run.objective->value, value, 1);
    compare(run.mu->grad, gradient, SIZE);
    close_run(&run);
}

static void norms_of_codes_and_their_gradients_equal_pytorchs(void **state) {
    (void)state;
    check_norm("l1", golden_l1, golden_l1_dz);
    check_norm("l2", golden_l2, golden_l2_dz);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawn_codes_and_their_gradients_equal_pytorchs),
        cmocka_unit_test(the_divergence_and_its_gradients_equal_pytorchs),
        cmocka_unit_test(free_bits_and_their_gradients_equal_pytorchs),
        cmocka_unit_test(tc_of_both_samplings_and_its_gradients_equal_pytorchs),
        cmocka_unit_test(norms_of_codes_and_their_gradients_equal_pytorchs),
        cmocka_unit_test(mmd_of_both_kernels_and_its_gradient_equal_pytorchs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
