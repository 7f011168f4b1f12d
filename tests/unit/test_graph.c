/* The graph: errors that stick and say where, a plan that reuses memory and then allocates nothing, padding that does not count. */
#include "gradient.h"
#include "tiny.h"

#include "run/net.h"

#include <likeness/optim.h>

#include <string.h>

/* Every heap block of the library comes from aligned_alloc: this one counts. */
void *__libc_memalign(size_t alignment, size_t n_bytes);
static int n_allocations;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void *aligned_alloc(size_t alignment, size_t n_bytes); /* stdlib.h's, which declares more than can be redefined */
void *aligned_alloc(size_t alignment, size_t n_bytes) {
    n_allocations++;
    return __libc_memalign(alignment, n_bytes);
}
#endif

static lk_graph *create(lk_params *params, int n) {
    lk_graph *graph = NULL;
    lk_error err;
    lk_params_init(params);
    assert_ok(lk_graph_create((lk_graph_options){ .context = lk_test_context(), .params = params, .n = n, .training = true }, &graph, &err),
              &err);
    return graph;
}

static void destroy(lk_graph *graph, lk_params *params) {
    lk_graph_destroy(graph);
    lk_params_deinit(params);
}

static lk_net open_tiny(int n_shards) {
    lk_net net;
    lk_error err;
    lk_config config = lk_test_config(TINY_CONFIG(""));
    assert_ok(lk_net_init(&net, lk_test_context(), &config, (lk_image_shape){ 16, 3 }, 8, n_shards, true, &err), &err);
    lk_config_deinit(&config);
    lk_rng rng = lk_rng_at(2, LK_STREAM_TEST, 0, 0);
    for (size_t i = 0; i < lk_shape_size(net.model.images->shape); i++) net.model.images->value[i] = LK_R(lk_rng_uniform(&rng));
    return net;
}

static void the_first_error_sticks_and_names_node_and_op(void **state) {
    (void)state;
    lk_params params;
    lk_graph *graph = create(&params, 2);
    lk_node *x = lk_name(lk_input(graph, "x", LK_SHAPE_4(2, 3, 4, 4)), "pictures");
    lk_node *w = lk_parameter(graph, "w", LK_SHAPE_4(5, 2, 3, 3), LK_TRAINED, (lk_init){ 0 });
    lk_node *y = lk_conv2d(x, w, NULL, (lk_conv_options){ .stride = 1 });
    assert_null(y);
    assert_null(lk_relu(y));
    assert_null(lk_add(x, y));
    lk_error err;
    assert_int_equal(lk_graph_finish(graph, NULL, &err), LK_USAGE);
    assert_string_equal(err.text, "node 2 (conv2d, from pictures): got input (2, 3, 4, 4), wanted 2 channels");
    destroy(graph, &params);
}

static void geometries_that_cannot_be_are_refused(void **state) {
    (void)state;
    static const struct {
        int kernel;
        lk_conv_options options;
        bool transposed;
        const char *message;
    } rows[] = {
        { 7, { .stride = 1, .padding = 1 }, false, "kernel: got 7, wanted at most the padded image, 6 x 6" },
        { 3, { .stride = 0 }, false, "got stride 0" },
        { 3, { .stride = 2, .output_padding = 2 }, true, "output_padding: got 2, wanted less than the stride, 2" },
        { 1, { .stride = 1, .padding = 3 }, true, "the result would be -2 x -2" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_params params;
        lk_error err;
        lk_graph *graph = create(&params, 2);
        lk_node *x = lk_input(graph, "x", LK_SHAPE_4(2, 3, 4, 4));
        lk_node *w = lk_parameter(graph, "w", LK_SHAPE_4(3, 3, rows[i].kernel, rows[i].kernel), LK_TRAINED, (lk_init){ 0 });
        assert_null((rows[i].transposed ? lk_conv_transpose2d : lk_conv2d)(x, w, NULL, rows[i].options));
        assert_int_equal(lk_graph_finish(graph, NULL, &err), LK_USAGE);
        assert_contains(err.text, rows[i].message);
        destroy(graph, &params);
    }
}

static void shards_must_be_a_power_of_two_within_the_batch(void **state) {
    (void)state;
    static const int wrong[] = { 3, -1, 16, 128 };
    lk_params params;
    lk_params_init(&params);
    for (size_t i = 0; i < LK_COUNT(wrong); i++) {
        lk_graph *graph = NULL;
        lk_error err;
        lk_graph_options options = { .context = lk_test_context(), .params = &params, .n = 8, .n_shards = wrong[i] };
        assert_int_equal(lk_graph_create(options, &graph, &err), LK_USAGE);
        assert_contains(err.text, "wanted a power of two");
    }
    lk_params_deinit(&params);
}

static void nothing_is_allocated_once_the_graph_is_finished(void **state) {
    (void)state;
    lk_net net = open_tiny(4);
    int before = n_allocations;
    for (int i = 0; i < 3; i++) {
        lk_graph_forward(net.graph, LK_TRAIN, 8, 0);
        lk_graph_backward(net.graph);
        lk_gradient_norm(lk_test_context(), net.params.gradient, net.params.n_trained);
    }
    assert_int_equal(n_allocations, before);
    lk_net_deinit(&net);
}

/* Values that share memory must not be seen by others: gradients with the plan equal those where every value is kept. */
static void keeping_every_value_changes_no_gradient(void **state) {
    (void)state;
    lk_real *gradients[2];
    size_t n = 0;
    for (int keep = 0; keep < 2; keep++) {
        lk_params params;
        lk_error err;
        lk_graph *graph = create(&params, 4);
        lk_node *x = lk_parameter(graph, "x", LK_SHAPE_4(4, 3, 6, 6), LK_TRAINED, (lk_init){ LK_INIT_NORMAL, 1 });
        lk_node *w = lk_parameter(graph, "w", LK_SHAPE_4(3, 3, 3, 3), LK_TRAINED, (lk_init){ LK_INIT_NORMAL, 1 });
        lk_node *at = x;
        for (int i = 0; i < 4; i++) {
            lk_node *y = lk_conv2d(at, w, NULL, (lk_conv_options){ .stride = 1, .padding = 1 });
            lk_node *a = lk_relu(lk_affine(y, 0.1, 0)), *b = lk_sigmoid(y);
            at = lk_add(lk_mul(a, b), lk_tanh(lk_sub(a, b)));
            for (lk_node *all[] = { y, a, b, at }, **one = all; keep && one < all + 4; one++) lk_keep(*one);
        }
        assert_ok(lk_graph_finish(graph, lk_mean(lk_square(at)), &err), &err);
        assert_ok(lk_params_start(&params, 3, &err), &err);
        lk_graph_forward(graph, LK_TRAIN, 4, 0);
        lk_graph_backward(graph);
        n = params.n_trained;
        gradients[keep] = lk_alloc(n * sizeof(lk_real));
        memcpy(gradients[keep], params.gradient, n * sizeof(lk_real));
        destroy(graph, &params);
    }
    assert_memory_equal(gradients[0], gradients[1], n * sizeof(lk_real));
    lk_free(gradients[0]);
    lk_free(gradients[1]);
}

static void padding_does_not_count_in_losses(void **state) {
    (void)state;
    lk_net net = open_tiny(4);
    lk_graph_forward(net.graph, LK_EVAL, 5, 0);
    double five = (double)net.model.objective->value[0];
    size_t image = lk_shape_row(net.model.images->shape);
    for (size_t i = 5 * image; i < 8 * image; i++) net.model.images->value[i] = 0;
    lk_graph_forward(net.graph, LK_EVAL, 5, 0);
    assert_true((double)net.model.objective->value[0] == five);
    lk_graph_forward(net.graph, LK_EVAL, 8, 0);
    assert_true((double)net.model.objective->value[0] != five);
    lk_net_deinit(&net);
}

static void detection_names_the_first_node_that_is_not_finite(void **state) {
    (void)state;
    lk_net net = open_tiny(1);
    bool backward = true;
    lk_param_value(&net.params, lk_params_find(&net.params, "encoder.3.bias"))[2] = (lk_real)1e300 * (lk_real)1e300;
    lk_graph_detect(net.graph, true);
    lk_graph_forward(net.graph, LK_TRAIN, 8, 0);
    assert_string_equal(lk_graph_bad(net.graph, &backward)->name, "encoder.3");
    assert_false(backward);
    lk_net_deinit(&net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_error_sticks_and_names_node_and_op),
        cmocka_unit_test(geometries_that_cannot_be_are_refused),
        cmocka_unit_test(shards_must_be_a_power_of_two_within_the_batch),
        cmocka_unit_test(nothing_is_allocated_once_the_graph_is_finished),
        cmocka_unit_test(keeping_every_value_changes_no_gradient),
        cmocka_unit_test(padding_does_not_count_in_losses),
        cmocka_unit_test(detection_names_the_first_node_that_is_not_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
