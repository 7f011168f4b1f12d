/* The gradients of every op and every loss, at the samples of their rows. The checker must reject
   wrong gradients. */
#include "base/rng.h"
#include "gradient.h"

#include <likeness/loss.h>
#include <likeness/ops.h>

#include <math.h>
#include <stdio.h>

/* Avoid kinks: 0 for functions of one tensor, equal values for losses. */
static double clear_of(double value, double kink) {
    double margin = 1.1 * GRADIENT_MARGIN;
    return fabs(value - kink) >= margin ? value : kink + (value < kink ? -margin : margin);
}

static void fill(const lk_sample *sample, lk_node *node, int input, const lk_node *original) {
    double low = sample->low, high = sample->high;
    if (low == 0 && high == 0) low = -1, high = 1;
    lk_rng rng = lk_rng_at(3, LK_STREAM_TEST, 0, (uint32_t)input);
    for (size_t i = 0; i < lk_shape_size(node->shape); i++) {
        double value = low + (high - low) * lk_rng_uniform(&rng);
        node->value[i] =
            LK_R(original ? clear_of(value, (double)original->value[i]) : clear_of(value, 0));
    }
}

/* A single number that depends on every value of `node`, each with its own weight. */
static lk_node *weigh(lk_graph *graph, lk_node *node, lk_node **weight) {
    *weight = NULL;
    if (!node || node->shape.rank == 0) return node;
    *weight = lk_input(graph, "weight", node->shape);
    return lk_mean(lk_mul(node, *weight));
}

/* How an op is added to a graph. */
struct use {
    int times; /* used twice, its backward must add where it filled before */
    /* its inputs are results of ops, so that memory is planned and shared as in a model */
    bool inner;
    bool same; /* its first two inputs are the same node */
};

static lk_node *input_of(lk_graph *graph, const lk_op *op, const lk_sample *sample, int i,
                         struct use use, lk_node **filled) {
    char name[16];
    snprintf(name, sizeof name, "in%d", i);
    if (op->is_loss && i == 0) return *filled = lk_input(graph, name, sample->in[i]);
    *filled = lk_parameter(graph, name, sample->in[i], LK_PARAM_TRAINED,
                           (lk_init){ LK_INIT_CONSTANT, 0 });
    /* inputs 3 and 4 are batch norm's statistics: parameters only */
    return use.inner && i < 3 ? lk_affine(*filled, 1, 0) : *filled;
}

static void check(const lk_op *op, const lk_sample *sample, struct use use) {
    lk_error err;
    lk_params params;
    lk_params_init(&params);
    lk_graph *graph = NULL;
    int n = sample->in[0].d[0];
    lk_graph_options options = { .context = lk_test_context_alone(),
                                 .params = &params,
                                 .n = n,
                                 .training = true,
                                 .n_shards = n >= 2 ? 2 : 1 };
    assert_ok(lk_graph_create(options, &graph, &err), &err);
    lk_node *in[LK_INPUTS_MAX] = { 0 }, *filled[LK_INPUTS_MAX] = { 0 }, *weights[2] = { 0 },
            *objective = NULL;
    for (int i = 0; i < op->arity && (i == 0 || sample->in[i].rank); i++) {
        bool again = use.same && i == 1;
        in[i] = again ? in[0] : input_of(graph, op, sample, i, use, &filled[i]);
    }
    for (int t = 0; t < use.times; t++) {
        lk_node *term =
            weigh(graph, lk_apply(graph, op, in, op->arity, sample->options), &weights[t]);
        objective = objective ? lk_add(objective, term) : term;
    }
    assert_ok(lk_graph_finish(graph, objective, &err), &err);
    for (int i = 0; i < op->arity; i++)
        if (filled[i]) fill(sample, filled[i], i, op->is_loss && i == 1 ? filled[0] : NULL);
    for (int t = 0; t < use.times; t++)
        if (weights[t]) fill(sample, weights[t], 10 + t, NULL);
    assert_near(lk_test_gradient(graph, objective, op->name), 0, GRADIENT_TOLERANCE);
    lk_graph_destroy(graph);
    lk_params_deinit(&params);
}

static void check_all_samples(const lk_op *op) {
    assert_non_null(op->samples);
    assert_true(op->samples[0].in[0].rank > 0); /* a row without sample inputs fails */
    for (const lk_sample *sample = op->samples; sample->in[0].rank; sample++)
        for (int i = 0; i < 8; i++) {
            struct use use = { .times = 1 + i % 2, .inner = i / 2 % 2, .same = i / 4 };
            bool can_be_same =
                op->arity > 1 && !op->is_loss && lk_shape_equal(sample->in[0], sample->in[1]);
            if (!use.same || can_be_same) check(op, sample, use);
        }
}

static void the_gradient_of_every_op_equals_differences(void **state) {
    (void)state;
    for (const lk_op *const *op = lk_ops; *op; op++) check_all_samples(*op);
}

static void the_gradient_of_every_loss_equals_differences(void **state) {
    (void)state;
    for (const lk_choice *const *row = lk_losses; *row; row++) {
        const lk_loss *loss = (const lk_loss *)*row;
        for (const lk_op *const *op = loss->ops; op && *op; op++) check_all_samples(*op);
    }
}

static void the_gradient_of_every_regularizer_equals_differences(void **state) {
    (void)state;
    for (const lk_choice *const *row = lk_regularizers; *row; row++) {
        const lk_regularizer *regularizer = (const lk_regularizer *)*row;
        for (const lk_op *const *op = regularizer->ops; op && *op; op++) check_all_samples(*op);
    }
}

static void the_checker_rejects_a_flipped_and_a_nan_gradient(void **state) {
    (void)state;
    const double numeric[3] = { 0.5, -0.25, 1e-3 };
    lk_real right[3] = { LK_R(0.5), LK_R(-0.25), LK_R(1e-3) };
    lk_real flipped[3] = { LK_R(0.5), LK_R(0.25), LK_R(1e-3) },
            nan_one[3] = { LK_R(0.5), LK_R(-0.25), (lk_real)NAN };
    assert_true(lk_test_gradient_error(right, numeric, 3) < GRADIENT_TOLERANCE);
    assert_true(!(lk_test_gradient_error(flipped, numeric, 3) < GRADIENT_TOLERANCE));
    assert_true(!(lk_test_gradient_error(nan_one, numeric, 3) < GRADIENT_TOLERANCE));
}

/* A wrong op, whose backward has the wrong sign, goes through the whole check. */
static lk_status same_shape(lk_node *y, lk_error *err) {
    (void)err;
    y->shape = y->in[0]->shape;
    return LK_OK;
}

static void copy(lk_node *y) {
    for (size_t i = 0; i < lk_shape_size(y->shape); i++) y->value[i] = y->in[0]->value[i];
}

static void copy_back_flipped(lk_node *y) {
    for (size_t i = 0; i < lk_shape_size(y->shape); i++) y->in[0]->grad[i] = -y->grad[i];
}

static void an_op_with_a_flipped_gradient_is_caught(void **state) {
    (void)state;
    const lk_op wrong = { .name = "wrong (this message is expected)",
                          .arity = 1,
                          .infer = same_shape,
                          .forward = copy,
                          .backward = copy_back_flipped };
    lk_error err;
    lk_params params;
    lk_params_init(&params);
    lk_graph *graph = NULL;
    assert_ok(lk_graph_create((lk_graph_options){ .context = lk_test_context_alone(),
                                                  .params = &params,
                                                  .n = 2,
                                                  .training = true },
                              &graph, &err),
              &err);
    lk_node *x = lk_parameter(graph, "x", LK_SHAPE_2(2, 3), LK_PARAM_TRAINED,
                              (lk_init){ LK_INIT_UNIFORM, 1 });
    lk_node *objective = lk_mean(lk_apply(graph, &wrong, &x, 1, NULL));
    assert_ok(lk_graph_finish(graph, objective, &err), &err);
    assert_ok(lk_params_start(&params, lk_test_context()->threads, 1, &err), &err);
    assert_true(lk_test_gradient(graph, objective, wrong.name) > 1);
    lk_graph_destroy(graph);
    lk_params_deinit(&params);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gradient_of_every_op_equals_differences),
        cmocka_unit_test(the_gradient_of_every_loss_equals_differences),
        cmocka_unit_test(the_gradient_of_every_regularizer_equals_differences),
        cmocka_unit_test(the_checker_rejects_a_flipped_and_a_nan_gradient),
        cmocka_unit_test(an_op_with_a_flipped_gradient_is_caught),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
