/* Codebooks: ties, what dead codes become, what evaluation leaves alone, the same bits at any
   number of threads, and the gradient with the stopped part held fixed against differences. */
#include "base/rng.h"
#include "gradient.h"
#include "model/codebook.h"
#include "support.h"

#include <math.h>
#include <string.h>

enum { N = 16, C = 3, SIDE = 2, K = 6, SIZE = N * C * SIDE * SIDE };

struct bench {
    lk_params params;
    lk_graph *graph;
    lk_node *images, *w, *x, *codes, *count, *sum, *given, *objective;
};

static void fill(lk_node *node, uint32_t index) {
    lk_rng rng = lk_rng_at(3, LK_STREAM_TEST, 0, index);
    for (size_t i = 0; i < lk_shape_size(node->shape); i++)
        node->value[i] = LK_R(2 * lk_rng_uniform(&rng) - 1);
}

/* x = a 1 x 1 convolution of images, quantized, compared with images. */
static void open_bench(struct bench *t, const lk_context *context, lk_codebook_options options) {
    lk_error err;
    lk_init zero = { LK_INIT_CONSTANT, 0 };
    lk_shape shape = LK_SHAPE_4(N, C, SIDE, SIDE);
    *t = (struct bench){ 0 };
    lk_params_init(&t->params);
    lk_graph_options graph = {
        .context = context, .params = &t->params, .n = N, .n_shards = 4, .training = true, .seed = 5
    };
    assert_ok(lk_graph_create(graph, &t->graph, &err), &err);
    t->images = lk_input(t->graph, "images", shape);
    t->w = lk_parameter(t->graph, "w", LK_SHAPE_4(C, C, 1, 1), LK_PARAM_TRAINED, zero);
    t->x = lk_keep(lk_conv2d(t->images, t->w, NULL, (lk_conv_options){ .stride = 1 }));
    t->codes = lk_parameter(t->graph, "codes", LK_SHAPE_2(K, C), LK_PARAM_STATISTIC, zero);
    t->count = lk_parameter(t->graph, "count", LK_SHAPE_1(K), LK_PARAM_STATISTIC, zero);
    t->sum = lk_parameter(t->graph, "sum", LK_SHAPE_2(K, C), LK_PARAM_STATISTIC, zero);
    t->given = lk_keep(lk_codebook(t->x, t->codes, t->count, t->sum, options));
    lk_node *y = lk_straight_through(t->x, t->given),
            *commitment = lk_mean(lk_square(lk_sub(t->x, t->given)));
    t->objective = lk_add(lk_mean(lk_square(lk_sub(y, t->images))), commitment);
    assert_ok(lk_graph_finish(t->graph, t->objective, &err), &err);
    assert_ok(lk_params_start(&t->params, context->threads, 1, &err), &err);
    fill(t->images, 0), fill(t->w, 1), fill(t->codes, 2);
}

static void close_bench(struct bench *t) {
    lk_graph_destroy(t->graph);
    lk_params_deinit(&t->params);
}

static void the_lower_of_two_codes_that_are_equally_near_is_taken(void **state) {
    (void)state;
    struct bench t;
    open_bench(&t, lk_test_context(), (lk_codebook_options){ .decay = 0.5 });
    for (int k = 0; k < K; k++)
        for (int j = 0; j < C; j++) t.codes->value[k * C + j] = k < 2 ? 5 : LK_R(0.25);
    lk_graph_forward(t.graph, LK_TRAIN, N, 0);
    for (int k = 0; k < K; k++) /* half of 64 vectors, all of them of code 2 */
        assert_near((double)t.count->value[k], k == 2 ? 32 : 0, 0);
    close_bench(&t);
}

static void codes_follow_the_mean_of_their_vectors_and_others_stay(void **state) {
    (void)state;
    struct bench t;
    lk_real before[K * C];
    double mean[K][C] = { { 0 } };
    int n[K] = { 0 };
    open_bench(&t, lk_test_context(), (lk_codebook_options){ .decay = 0.9 });
    memcpy(before, t.codes->value, sizeof before);
    lk_graph_forward(t.graph, LK_TRAIN, N, 0);
    for (int i = 0; i < N * SIDE * SIDE; i++)
        for (int k = 0; k < K; k++) {
            if (memcmp(t.given->value + i * C, before + k * C, C * sizeof *before) != 0) continue;
            n[k]++;
            for (int j = 0; j < C; j++) mean[k][j] += (double)t.x->value[i * C + j];
        }
    for (int k = 0; k < K; k++) {
        assert_near((double)t.count->value[k], 0.1 * n[k], 1e-5);
        for (int j = 0; j < C; j++)
            assert_near((double)t.codes->value[k * C + j],
                        n[k] ? mean[k][j] / n[k] : (double)before[k * C + j], 1e-5);
    }
    close_bench(&t);
}

static void a_dead_code_becomes_a_vector_of_the_batch_with_the_mean_count(void **state) {
    (void)state;
    struct bench t;
    open_bench(&t, lk_test_context(), (lk_codebook_options){ .decay = 0.5, .restart = 0.1 });
    for (int k = 0; k < K; k++)
        for (int j = 0; j < C; j++) t.codes->value[k * C + j] = k < 2 ? LK_R(k - 0.5) : 100;
    lk_graph_forward(t.graph, LK_TRAIN, N, 7);
    for (int k = 0; k < K; k++) {
        int at = -1;
        for (int i = 0; i < N * SIDE * SIDE && at < 0; i++)
            if (memcmp(t.x->value + i * C, t.codes->value + k * C, C * sizeof(lk_real)) == 0)
                at = i;
        assert_int_equal(at >= 0, k >= 2);
        if (k < 2) continue;
        lk_rng rng = lk_rng_at(5, LK_STREAM_RESTART, 7, (uint32_t)k);
        assert_int_equal(at, lk_rng_below(&rng, N * SIDE * SIDE));
        assert_near((double)t.count->value[k], N * SIDE * SIDE / (double)K, 1e-5);
        assert_near((double)t.sum->value[k * C],
                    (double)t.codes->value[k * C] * N * SIDE * SIDE / K, 1e-5);
    }
    close_bench(&t);
}

static void evaluation_changes_no_code(void **state) {
    (void)state;
    struct bench t;
    lk_real before[K * C];
    open_bench(&t, lk_test_context(), (lk_codebook_options){ .decay = 0.5, .restart = 0.5 });
    lk_graph_forward(t.graph, LK_TRAIN, N, 0);
    memcpy(before, t.codes->value, sizeof before);
    lk_graph_forward(t.graph, LK_EVAL, N, 1);
    assert_memory_equal(before, t.codes->value, sizeof before);
    lk_graph_forward(t.graph, LK_TRAIN, N, 1);
    assert_memory_not_equal(before, t.codes->value, sizeof before);
    close_bench(&t);
}

static void codes_have_the_same_bits_at_any_number_of_threads(void **state) {
    (void)state;
    struct bench many, alone;
    lk_codebook_options options = { .decay = 0.9, .restart = 0.3 };
    open_bench(&many, lk_test_context(), options);
    open_bench(&alone, lk_test_context_alone(), options);
    for (uint32_t step = 0; step < 5; step++) {
        fill(many.images, 20 + step), fill(alone.images, 20 + step);
        lk_graph_forward(many.graph, LK_TRAIN, N, step);
        lk_graph_forward(alone.graph, LK_TRAIN, N, step);
        lk_graph_backward(many.graph), lk_graph_backward(alone.graph);
        assert_memory_equal(many.params.statistics, alone.params.statistics,
                            many.params.n_statistics * sizeof(lk_real));
        assert_memory_equal(many.w->grad, alone.w->grad, C * C * sizeof(lk_real));
    }
    close_bench(&many), close_bench(&alone);
}

/* The same objective, with what the codebook gave as an input, so that differences do not see its
   steps: y = x + (given - x), the bracket fixed. */
static void the_gradient_with_the_stopped_part_held_fixed_equals_differences(void **state) {
    (void)state;
    struct bench t;
    lk_params params;
    lk_graph *graph = NULL;
    lk_error err;
    open_bench(&t, lk_test_context_alone(), (lk_codebook_options){ .decay = 0.9 });
    lk_graph_forward(t.graph, LK_TRAIN, N, 0);
    lk_graph_backward(t.graph);
    lk_params_init(&params);
    lk_graph_options options = { .context = lk_test_context_alone(),
                                 .params = &params,
                                 .n = N,
                                 .n_shards = 4,
                                 .training = true };
    assert_ok(lk_graph_create(options, &graph, &err), &err);
    lk_shape shape = LK_SHAPE_4(N, C, SIDE, SIDE);
    lk_node *images = lk_input(graph, "images", shape), *given = lk_input(graph, "given", shape),
            *bracket = lk_input(graph, "bracket", shape);
    lk_node *w = lk_parameter(graph, "w", LK_SHAPE_4(C, C, 1, 1), LK_PARAM_TRAINED,
                              (lk_init){ LK_INIT_CONSTANT, 0 });
    lk_node *x = lk_conv2d(images, w, NULL, (lk_conv_options){ .stride = 1 });
    lk_node *objective = lk_add(lk_mean(lk_square(lk_sub(lk_add(x, bracket), images))),
                                lk_mean(lk_square(lk_sub(x, given))));
    assert_ok(lk_graph_finish(graph, objective, &err), &err);
    assert_ok(lk_params_start(&params, lk_test_context_alone()->threads, 1, &err), &err);
    memcpy(w->value, t.w->value, C * C * sizeof(lk_real));
    memcpy(images->value, t.images->value, SIZE * sizeof(lk_real));
    memcpy(given->value, t.given->value, SIZE * sizeof(lk_real));
    for (int i = 0; i < SIZE; i++) bracket->value[i] = t.given->value[i] - t.x->value[i];
    assert_near(lk_test_gradient(graph, objective, "straight through"), 0, GRADIENT_TOLERANCE);
    lk_graph_forward(graph, LK_TRAIN, N, 0);
    lk_graph_backward(graph);
    for (int i = 0; i < C * C; i++)
        assert_near((double)t.w->grad[i], (double)w->grad[i], sizeof(lk_real) == 8 ? 1e-13 : 1e-5);
    lk_graph_destroy(graph);
    lk_params_deinit(&params);
    close_bench(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lower_of_two_codes_that_are_equally_near_is_taken),
        cmocka_unit_test(codes_follow_the_mean_of_their_vectors_and_others_stay),
        cmocka_unit_test(a_dead_code_becomes_a_vector_of_the_batch_with_the_mean_count),
        cmocka_unit_test(evaluation_changes_no_code),
        cmocka_unit_test(codes_have_the_same_bits_at_any_number_of_threads),
        cmocka_unit_test(the_gradient_with_the_stopped_part_held_fixed_equals_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
