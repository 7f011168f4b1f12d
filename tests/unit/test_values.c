/* The values of every op, loss and regulariser compared with their definitions, on the samples of
   their rows. grad/test_ops.c tests the gradients. */
#include "base/rng.h"
#include "reference.h"

#include <likeness/loss.h>
#include <likeness/ops.h>

#include <string.h>

enum { SEED = 21, STEP = 4 };

/* An op alone in a graph that trains. */
struct bench {
    lk_params params;
    lk_graph *graph;
    lk_node *in[LK_INPUTS_MAX], *out;
};

static lk_node *input_of(lk_graph *graph, const lk_op *op, lk_shape shape, int i) {
    static const char *const names[LK_INPUTS_MAX] = { "in0", "in1", "in2", "in3", "in4" };
    if (op->is_loss && i == 0) return lk_input(graph, names[i], shape);
    return lk_parameter(graph, names[i], shape, LK_PARAM_TRAINED, (lk_init){ LK_INIT_CONSTANT, 0 });
}

static void open_bench(struct bench *t, const lk_op *op, const lk_sample *sample) {
    lk_error err;
    int n = sample->in[0].d[0];
    *t = (struct bench){ 0 };
    lk_params_init(&t->params);
    lk_graph_options options = { .context = lk_test_context(),
                                 .params = &t->params,
                                 .n = n,
                                 .n_shards = n >= 2 ? 2 : 1,
                                 .training = true,
                                 .seed = SEED };
    assert_ok(lk_graph_create(options, &t->graph, &err), &err);
    for (int i = 0; i < op->arity && sample->in[i].rank; i++)
        t->in[i] = input_of(t->graph, op, sample->in[i], i);
    t->out = lk_keep(lk_apply(t->graph, op, t->in, op->arity, sample->options));
    lk_node *objective = t->out && t->out->shape.rank ? lk_mean(t->out) : t->out;
    assert_ok(lk_graph_finish(t->graph, objective, &err), &err);
}

static void close_bench(struct bench *t) {
    lk_graph_destroy(t->graph);
    lk_params_deinit(&t->params);
}

/* Inputs 3 and 4 are batch norm's statistics, of which one is a variance. */
static void fill(const lk_sample *sample, lk_node *node, int input) {
    double low = sample->low, high = sample->high;
    if (low == 0 && high == 0) low = -1, high = 1;
    if (input >= 3) low = 0.5, high = 1.5;
    lk_rng rng = lk_rng_at(SEED, LK_STREAM_TEST, 0, (uint32_t)input);
    for (size_t i = 0; i < lk_shape_size(node->shape); i++)
        node->value[i] = LK_R(low + (high - low) * lk_rng_uniform(&rng));
}

/* Compares the value of node; frees the expected one. */
static double error_of(const lk_node *node, double *expected) {
    double *got = lk_test_as_written(node->shape, node->value);
    double error = lk_test_values_error(got, expected, lk_shape_size(node->shape));
    lk_free(got);
    lk_free(expected);
    return error;
}

/* The worst error of the op's result, and of its inputs, which stay as they are or change as the
   reference changes them. */
static double errors_of_call(const struct bench *t, const lk_sample *sample, lk_mode mode,
                             int n_valid, reference_function *reference) {
    struct reference_call call = { .options = sample->options,
                                   .mode = mode,
                                   .n_valid = n_valid,
                                   .seed = SEED,
                                   .step = STEP,
                                   .shape = t->out->shape };
    for (int i = 0; i < LK_INPUTS_MAX && t->in[i]; i++) {
        fill(sample, t->in[i], i);
        call.in_shape[i] = t->in[i]->shape;
        call.in[i] = lk_test_as_written(t->in[i]->shape, t->in[i]->value);
    }
    call.out = lk_alloc(lk_shape_size(t->out->shape) * sizeof *call.out);
    reference(&call);
    lk_graph_forward(t->graph, mode, n_valid, STEP);
    double worst = error_of(t->out, call.out);
    for (int i = 0; i < LK_INPUTS_MAX && t->in[i]; i++) {
        double error = error_of(t->in[i], call.in[i]);
        if (!(error <= worst)) worst = error;
    }
    return worst;
}

/* In training and in evaluation; sums over the batch also with padding. */
static double errors_of(const lk_op *op, const lk_sample *sample, reference_function *reference) {
    struct bench t;
    double worst = 0;
    int n = sample->in[0].d[0];
    open_bench(&t, op, sample);
    for (int mode = LK_TRAIN; mode <= LK_EVAL; mode++)
        for (int n_valid = n; n_valid >= n - 1 && n_valid > 0; n_valid--) {
            if (n_valid < n && t.out->shape.rank) continue;
            double error = errors_of_call(&t, sample, (lk_mode)mode, n_valid, reference);
            if (!(error <= worst)) worst = error;
        }
    close_bench(&t);
    return worst;
}

/* A row without a reference, or without samples, fails. */
static void check_all_samples(const lk_op *op) {
    reference_function *reference = lk_test_reference(op->name);
    if (!reference) print_error("%s has no reference in tests/support/reference.c\n", op->name);
    assert_non_null(reference);
    assert_non_null(op->samples);
    assert_true(op->samples[0].in[0].rank > 0);
    for (const lk_sample *sample = op->samples; sample->in[0].rank; sample++) {
        double error = errors_of(op, sample, reference);
        if (!(error <= VALUES_TOLERANCE))
            print_error("%s, sample %d: expected an error of at most %.3g, got %.3g\n", op->name,
                        (int)(sample - op->samples), VALUES_TOLERANCE, error);
        assert_true(error <= VALUES_TOLERANCE);
    }
}

static void every_op_has_the_values_of_its_definition(void **state) {
    (void)state;
    for (const lk_op *const *op = lk_ops; *op; op++) check_all_samples(*op);
}

static void every_loss_has_the_values_of_its_definition(void **state) {
    (void)state;
    for (const lk_choice *const *row = lk_losses; *row; row++)
        for (const lk_op *const *op = ((const lk_loss *)*row)->ops; op && *op; op++)
            check_all_samples(*op);
}

static void every_regularizer_has_the_values_of_its_definition(void **state) {
    (void)state;
    for (const lk_choice *const *row = lk_regularizers; *row; row++)
        for (const lk_op *const *op = ((const lk_regularizer *)*row)->ops; op && *op; op++)
            check_all_samples(*op);
}

/* An op of this test alone: it turns the rows of a map upside down, in both directions, so that
   its gradient is right. */
static lk_status same_shape(lk_node *y, lk_error *err) {
    (void)err;
    y->shape = y->in[0]->shape;
    return LK_OK;
}

static void flip(lk_shape shape, const lk_real *from, lk_real *to) {
    size_t row = (size_t)(shape.d[3] * shape.d[1]), h = (size_t)shape.d[2];
    for (size_t i = 0; i < (size_t)shape.d[0] * h; i++)
        memcpy(to + (i / h * h + (h - 1 - i % h)) * row, from + i * row, row * sizeof *to);
}

static void flip_forward(lk_node *y) {
    flip(y->shape, y->in[0]->value, y->value);
}

static void flip_backward(lk_node *y) {
    flip(y->shape, y->grad, y->in[0]->grad);
}

static void rows_flipped_in_both_directions_are_caught(void **state) {
    (void)state;
    const lk_sample sample = { .in = { { 4, { 2, 3, 4, 5 } } } };
    const lk_op flipped = { .name = "flipped",
                            .arity = 1,
                            .infer = same_shape,
                            .forward = flip_forward,
                            .backward = flip_backward };
    assert_true(errors_of(&flipped, &sample, lk_test_reference("reshape")) > 0.1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_op_has_the_values_of_its_definition),
        cmocka_unit_test(every_loss_has_the_values_of_its_definition),
        cmocka_unit_test(every_regularizer_has_the_values_of_its_definition),
        cmocka_unit_test(rows_flipped_in_both_directions_are_caught),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
