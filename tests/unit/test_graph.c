/* The graph: errors that stick and say where, a plan that reuses memory and then allocates nothing,
   padding that does not count. */
#include "base/rng.h"
#include "gradient.h"
#include "net/net.h"
#include "optim/optim.h"
#include "tiny.h"

#include <likeness/ops.h>

#include <math.h>
#include <string.h>

/* Every heap block of the library comes from aligned_alloc: this one counts. */
void *__libc_memalign(size_t alignment, size_t n_bytes);
static int n_allocations;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* stdlib.h's, which declares more than can be redefined */
void *aligned_alloc(size_t alignment, size_t n_bytes);
void *aligned_alloc(size_t alignment, size_t n_bytes) {
    n_allocations++;
    return __libc_memalign(alignment, n_bytes);
}
#endif

static lk_graph *create(lk_params *params, int n) {
    lk_graph *graph = NULL;
    lk_error err;
    lk_params_init(params);
    assert_ok(lk_graph_create(
                  (lk_graph_options){
                      .context = lk_test_context(), .params = params, .n = n, .training = true },
                  &graph, &err),
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
    assert_ok(lk_net_init(&net, lk_test_context(), &config, (lk_image_shape){ 16, 3 }, 8, n_shards,
                          true, &err),
              &err);
    lk_config_deinit(&config);
    lk_rng rng = lk_rng_at(2, LK_STREAM_TEST, 0, 0);
    for (size_t i = 0; i < lk_shape_size(net.model.images->shape); i++)
        net.model.images->value[i] = LK_R(lk_rng_uniform(&rng));
    return net;
}

static void the_first_error_sticks_and_names_node_and_op(void **state) {
    (void)state;
    lk_params params;
    lk_graph *graph = create(&params, 2);
    lk_node *x = lk_name(lk_input(graph, "x", LK_SHAPE_4(2, 3, 4, 4)), "pictures");
    lk_node *w = lk_parameter(graph, "w", LK_SHAPE_4(5, 2, 3, 3), LK_PARAM_TRAINED, (lk_init){ 0 });
    lk_node *y = lk_conv2d(x, w, NULL, (lk_conv_options){ .stride = 1 });
    assert_null(y);
    assert_null(lk_relu(y));
    assert_null(lk_add(x, y));
    lk_error err;
    assert_int_equal(lk_graph_finish(graph, NULL, &err), LK_USAGE);
    assert_string_equal(
        err.text, "node 2 (conv2d, from pictures): expected 2 channels, got input (2, 3, 4, 4)");
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
        { 7,
          { .stride = 1, .padding = 1 },
          false,
          "kernel: expected at most the padded image, 6 x 6, got 7" },
        { 3, { .stride = 0 }, false, "got 0, " },
        { 3,
          { .stride = 2, .output_padding = 2 },
          true,
          "output_padding: expected less than the stride, 2, got 2" },
        { 3,
          { .stride = 2, .output_padding = 3, .dilation = 3 },
          true,
          "output_padding: expected less than the dilation, 3, got 3" },
        { 3,
          { .stride = 1, .dilation = 2 },
          false,
          "kernel with its dilation: expected at most the padded image, 4 x 4, got 5" },
        { 3, { .stride = 1, .dilation = 1 << 30 }, false, "got 2147483649" },
        { 3,
          { .stride = 1, .groups = -1 },
          false,
          "expected at least group 1, dilation 1, got -1" },
        { 3, { .stride = 1, .groups = 2 }, false, "expected 6 channels, got input (2, 3, 4, 4)" },
        { 3, { .stride = 1, .groups = 2 }, true, "groups: expected a divisor of 3, got 2" },
        { 1, { .stride = 1, .padding = 3 }, true, "got -2 x -2" },
        { 3, { .stride = 1 << 30 }, true, "got 3221225475 x 3221225475" },
        { 3, { .stride = 1 << 20 }, true, "got shape (2, 3, 3145731, 3145731)" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_params params;
        lk_error err;
        lk_graph *graph = create(&params, 2);
        lk_node *x = lk_input(graph, "x", LK_SHAPE_4(2, 3, 4, 4));
        lk_node *w = lk_parameter(graph, "w", LK_SHAPE_4(3, 3, rows[i].kernel, rows[i].kernel),
                                  LK_PARAM_TRAINED, (lk_init){ 0 });
        assert_null(
            (rows[i].transposed ? lk_conv_transpose2d : lk_conv2d)(x, w, NULL, rows[i].options));
        assert_int_equal(lk_graph_finish(graph, NULL, &err), LK_USAGE);
        assert_contains(err.text, rows[i].message);
        destroy(graph, &params);
    }
}

/* Ops that change the size of maps, applied to an input of that shape. */
static lk_node *pool_3(lk_node *x) {
    return lk_max_pool2d(x, (lk_pool_options){ .kernel = 3, .padding = 1 });
}

static lk_node *pool_of_much_padding(lk_node *x) {
    return lk_avg_pool2d(x, (lk_pool_options){ .kernel = 3, .padding = 2 });
}

static lk_node *upsample_by_0(lk_node *x) {
    return lk_upsample(x, (lk_upsample_options){ 0 });
}

static lk_node *shuffle_2(lk_node *x) {
    return lk_pixel_shuffle(x, 2);
}

static void maps_that_cannot_change_size_are_refused(void **state) {
    (void)state;
    static const struct {
        lk_node *(*apply)(lk_node *x);
        lk_shape shape;
        const char *message;
    } rows[] = {
        { pool_3, { 2, { 2, 9 } }, "expected maps (N, C, H, W), got (2, 9)" },
        { pool_of_much_padding,
          { 4, { 2, 9, 4, 4 } },
          "padding: expected 0 to half the kernel, 1" },
        { upsample_by_0, { 4, { 2, 9, 4, 4 } }, "scale: expected at least 1" },
        { upsample_by_0, { 2, { 2, 9 } }, "expected maps (N, C, H, W), got (2, 9)" },
        { shuffle_2, { 2, { 2, 9 } }, "expected maps (N, C, H, W), got (2, 9)" },
        { shuffle_2, { 4, { 2, 9, 4, 4 } }, "such as 8, got 9" },
        { shuffle_2, { 4, { 2, 3, 4, 4 } }, "such as 4, got 3" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_params params;
        lk_error err;
        lk_graph *graph = create(&params, 2);
        assert_null(rows[i].apply(lk_input(graph, "x", rows[i].shape)));
        assert_int_equal(lk_graph_finish(graph, NULL, &err), LK_USAGE);
        assert_contains(err.text, rows[i].message);
        destroy(graph, &params);
    }
}

static void a_pool_larger_than_its_padded_map_is_refused(void **state) {
    (void)state;
    lk_params params;
    lk_error err;
    lk_graph *graph = create(&params, 2);
    lk_node *x = lk_input(graph, "x", LK_SHAPE_4(2, 3, 4, 3));
    assert_null(lk_max_pool2d(x, (lk_pool_options){ .kernel = 6, .stride = 1, .padding = 1 }));
    assert_int_equal(lk_graph_finish(graph, NULL, &err), LK_USAGE);
    assert_contains(err.text, "kernel: expected at most the padded map, 6 x 5, got 6");
    destroy(graph, &params);
}

static void the_maximum_of_a_window_shows_its_nan_and_has_the_gradient_of_the_first(void **state) {
    (void)state;
    lk_params params;
    lk_error err;
    lk_graph *graph = create(&params, 1);
    lk_node *x = lk_parameter(graph, "x", LK_SHAPE_4(1, 1, 2, 4), LK_PARAM_TRAINED, (lk_init){ 0 });
    lk_node *y = lk_keep(lk_max_pool2d(x, (lk_pool_options){ .kernel = 2 }));
    assert_ok(lk_graph_finish(graph, lk_mean(y), &err), &err);
    const lk_real values[] = { 1, 3, 2, (lk_real)NAN, 3, 0, 5, 7 };
    memcpy(x->value, values, sizeof values);
    lk_graph_forward(graph, LK_TRAIN, 1, 0);
    lk_graph_backward(graph);
    assert_near((double)y->value[0], 3, 0);
    assert_true(isnan(y->value[1]));
    const lk_real expected[] = { 0, LK_R(0.5), 0, LK_R(0.5), 0, 0, 0, 0 };
    assert_memory_equal(x->grad, expected, sizeof expected);
    destroy(graph, &params);
}

static void shards_must_be_a_power_of_two_within_the_batch(void **state) {
    (void)state;
    static const int wrong[] = { 3, -1, 16, 128 };
    lk_params params;
    lk_params_init(&params);
    for (size_t i = 0; i < LK_COUNT(wrong); i++) {
        lk_graph *graph = NULL;
        lk_error err;
        lk_graph_options options = {
            .context = lk_test_context(), .params = &params, .n = 8, .n_shards = wrong[i]
        };
        assert_int_equal(lk_graph_create(options, &graph, &err), LK_USAGE);
        assert_contains(err.text, "expected a power of two");
    }
    lk_params_deinit(&params);
}

static void shards_follow_the_batch_where_none_are_asked_for(void **state) {
    (void)state;
    static const struct {
        int n, n_shards;
    } rows[] = { { 1, 1 }, { 15, 1 }, { 16, 2 }, { 31, 2 }, { 32, 4 }, { 64, 8 }, { 999, 8 } };
    lk_params params;
    lk_params_init(&params);
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_graph *graph = NULL;
        lk_error err;
        lk_graph_options options = { .context = lk_test_context(),
                                     .params = &params,
                                     .n = rows[i].n };
        assert_ok(lk_graph_create(options, &graph, &err), &err);
        assert_int_equal(lk_graph_shards(graph), rows[i].n_shards);
        lk_graph_destroy(graph);
    }
    lk_params_deinit(&params);
}

static void nothing_is_allocated_once_the_graph_is_finished(void **state) {
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* their own allocators count nothing */
#endif
    lk_net net = open_tiny(4);
    int before = n_allocations;
    assert_true(before > 0);
    for (int i = 0; i < 3; i++) {
        lk_graph_forward(net.graph, LK_TRAIN, 8, 0);
        lk_graph_backward(net.graph);
        lk_gradient_norm(lk_test_context(), net.params.gradient, net.params.n_trained);
    }
    assert_int_equal(n_allocations, before);
    lk_net_deinit(&net);
}

/* Nobody may see values that share memory: ops that may work in place, next to ones that need the
   same value later. */
static void a_graph_full_of_shared_memory_has_the_gradient_that_differences_give(void **state) {
    (void)state;
    lk_params params;
    lk_error err;
    lk_graph *graph = create(&params, 2);
    lk_node *at = lk_parameter(graph, "x", LK_SHAPE_4(2, 2, 3, 3), LK_PARAM_TRAINED,
                               (lk_init){ LK_INIT_NORMAL, 1 });
    lk_node *w = lk_parameter(graph, "w", LK_SHAPE_4(2, 2, 3, 3), LK_PARAM_TRAINED,
                              (lk_init){ LK_INIT_NORMAL, 0.4 });
    for (int i = 0; i < 3; i++) {
        lk_conv_options same = { .stride = 1, .padding = 1 };
        lk_node *y = lk_conv2d(at, w, NULL, same);
        lk_node *early = lk_tanh(lk_affine(y, 0.3, 0.1)); /* in place, were y not needed again */
        lk_node *late = lk_conv2d(lk_sigmoid(y), w, NULL, same);
        lk_node *squared = lk_square(lk_sub(early, late)); /* square needs what sub made */
        at = lk_add(lk_mul(early, late), lk_tanh(lk_add(squared, y)));
    }
    /* filled before ops run that were built earlier */
    lk_node *late_input = lk_input(graph, "late", LK_SHAPE_4(2, 2, 3, 3));
    lk_node *objective = lk_mean(lk_mul(at, late_input));
    assert_ok(lk_graph_finish(graph, objective, &err), &err);
    assert_ok(lk_params_start(&params, lk_test_context()->threads, 3, &err), &err);
    for (size_t i = 0; i < lk_shape_size(late_input->shape); i++)
        late_input->value[i] = LK_R(0.1) * (lk_real)(i % 7) - LK_R(0.2);
    assert_near(lk_test_gradient(graph, objective, "shared memory"), 0, GRADIENT_TOLERANCE);
    destroy(graph, &params);
}

static void
a_convolution_writes_its_input_s_gradient_over_a_value_that_nobody_reads_again(void **state) {
    (void)state;
    for (int read_again = 0; read_again < 2; read_again++) {
        lk_params params;
        lk_error err;
        lk_graph *graph = create(&params, 2);
        lk_node *at = lk_parameter(graph, "x", LK_SHAPE_4(2, 2, 3, 3), LK_PARAM_TRAINED,
                                   (lk_init){ LK_INIT_NORMAL, 1 });
        lk_node *w = lk_parameter(graph, "w", LK_SHAPE_4(2, 2, 3, 3), LK_PARAM_TRAINED,
                                  (lk_init){ LK_INIT_NORMAL, 0.4 });
        lk_node *x =
            read_again ? lk_sigmoid(at) : lk_affine(at, 2, 1); /* sigmoid needs its value */
        lk_node *y = lk_conv2d(x, w, NULL, (lk_conv_options){ .stride = 1, .padding = 1 });
        assert_ok(lk_graph_finish(graph, lk_mean(lk_tanh(y)), &err), &err);
        assert_int_equal(x->grad == x->value, !read_again);
        destroy(graph, &params);
    }
}

static void a_relu_that_batch_norm_took_in_gives_the_same_values_as_one_behind_it(void **state) {
    (void)state;
    lk_params params;
    lk_error err;
    lk_graph *graph = create(&params, 2);
    lk_node *x = lk_input(graph, "x", LK_SHAPE_4(2, 3, 4, 4)), *vector[4];
    for (int i = 0; i < 4; i++) {
        char name[2] = { (char)('a' + i), 0 };
        vector[i] =
            lk_parameter(graph, name, LK_SHAPE_1(3), i < 2 ? LK_PARAM_TRAINED : LK_PARAM_STATISTIC,
                         (lk_init){ LK_INIT_CONSTANT, 0.5 });
    }
    lk_batch_norm_options behind = { .eps = 1e-5, .momentum = 0.1 },
                          within = { 1e-5, 0.1, .rectify = true, .slope = 0.3 };
    lk_node *one =
        lk_leaky_relu(lk_batch_norm(x, vector[0], vector[1], vector[2], vector[3], behind), 0.3);
    lk_node *other = lk_batch_norm(x, vector[0], vector[1], vector[2], vector[3], within);
    lk_keep(one), lk_keep(other);
    assert_ok(lk_graph_finish(graph, NULL, &err), &err);
    assert_ok(lk_params_start(&params, lk_test_context()->threads, 3, &err), &err);
    for (size_t i = 0; i < lk_shape_size(x->shape); i++)
        x->value[i] = (lk_real)(i * 7919 % 1000) / 1000;
    lk_graph_forward(graph, LK_TRAIN, 2, 0);
    assert_memory_equal(one->value, other->value, lk_shape_size(x->shape) * sizeof(lk_real));
    assert_string_equal(other->op->name, "batch_norm_relu");
    destroy(graph, &params);
}

/* Equal scores, too large for an exponential: every position takes the mean. */
static void attention_holds_for_scores_of_any_size(void **state) {
    (void)state;
    enum { POSITIONS = 12, CHANNELS = 6 };
    lk_params params;
    lk_error err;
    lk_graph *graph = create(&params, 1);
    lk_node *x = lk_input(graph, "x", LK_SHAPE_4(1, CHANNELS, 3, 4));
    lk_node *y = lk_keep(lk_attention(x, 1));
    assert_ok(lk_graph_finish(graph, NULL, &err), &err);
    for (int i = 0; i < POSITIONS; i++)
        for (int c = 0; c < CHANNELS; c++) x->value[i * CHANNELS + c] = c < 4 ? LK_R(500) : LK_R(i);
    lk_graph_forward(graph, LK_TRAIN, 1, 0);
    for (int i = 0; i < POSITIONS * 2; i++)
        assert_near((double)y->value[i], (POSITIONS - 1) / 2.0, 1e-5);
    destroy(graph, &params);
}

static void objectives_and_inputs_that_make_no_sense_are_refused(void **state) {
    (void)state;
    lk_error err;
    lk_params params;
    lk_graph *graph = create(&params, 2);
    lk_node *p = lk_parameter(graph, "p", LK_SHAPE_2(2, 3), LK_PARAM_TRAINED, (lk_init){ 0 });
    assert_int_equal(lk_graph_finish(graph, lk_square(p), &err), LK_USAGE);
    assert_contains(err.text, "expected a single number, got (2, 3)");
    assert_null(lk_mean(lk_input(graph, "x", LK_SHAPE_2(5, 3))));
    assert_int_equal(lk_graph_finish(graph, NULL, &err), LK_USAGE);
    assert_contains(err.text, "x: expected the batch as first dimension, 2, got 5");
    destroy(graph, &params);
    graph = create(&params, 2);
    p = lk_parameter(graph, "p", LK_SHAPE_2(2, 3), LK_PARAM_TRAINED, (lk_init){ 0 });
    assert_null(lk_mse(p, lk_square(p)));
    assert_int_equal(lk_graph_finish(graph, NULL, &err), LK_USAGE);
    assert_contains(err.text, "the originals, p, have a gradient");
    destroy(graph, &params);
}

/* Loss and every gradient of the tiny net. */
static lk_real *step_at(int n_threads, size_t *n) {
    lk_error err;
    lk_context context = *lk_test_context();
    lk_config config = lk_test_config(TINY_CONFIG(""));
    lk_net net;
    assert_ok(lk_threads_create(n_threads, &context.threads, &err), &err);
    assert_ok(lk_net_init(&net, &context, &config, (lk_image_shape){ 16, 3 }, 8, 4, true, &err),
              &err);
    for (size_t i = 0; i < lk_shape_size(net.model.images->shape); i++)
        net.model.images->value[i] = (lk_real)(i * 7919 % 1000) / 1000;
    lk_graph_forward(net.graph, LK_TRAIN, 8, 0);
    lk_graph_backward(net.graph);
    *n = net.params.n_trained + 2;
    lk_real *all = lk_alloc(*n * sizeof *all);
    memcpy(all, net.params.gradient, net.params.n_trained * sizeof *all);
    all[*n - 2] = net.model.objective->value[0];
    all[*n - 1] = LK_R(lk_gradient_norm(&context, net.params.gradient, net.params.n_trained));
    lk_net_deinit(&net);
    lk_config_deinit(&config);
    lk_threads_destroy(context.threads);
    return all;
}

static void loss_and_gradients_are_the_same_bits_at_any_number_of_threads(void **state) {
    (void)state;
    size_t n = 0;
    lk_real *one = step_at(1, &n);
    for (int n_threads = 2; n_threads <= 8; n_threads++) {
        lk_real *more = step_at(n_threads, &n);
        assert_memory_equal(one, more, n * sizeof *one);
        lk_free(more);
    }
    lk_free(one);
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

static void padding_has_no_gradient(void **state) {
    (void)state;
    enum { N = 8, VALID = 5, VALUES = 3 };
    lk_params params;
    lk_graph *graph = NULL;
    lk_error err;
    lk_params_init(&params);
    lk_graph_options options = {
        .context = lk_test_context(), .params = &params, .n = N, .training = true
    };
    assert_ok(lk_graph_create(options, &graph, &err), &err);
    lk_node *x = lk_parameter(graph, "x", LK_SHAPE_2(N, VALUES), LK_PARAM_TRAINED,
                              (lk_init){ LK_INIT_CONSTANT, 1.5 });
    assert_ok(lk_graph_finish(graph, lk_mean(lk_square(x)), &err), &err);
    assert_ok(lk_params_start(&params, lk_test_context()->threads, 1, &err), &err);
    lk_graph_forward(graph, LK_TRAIN, VALID, 0);
    lk_graph_backward(graph);
    for (int i = 0; i < N * VALUES; i++)
        assert_near((double)x->grad[i], i < VALID * VALUES ? 2 * 1.5 / (VALID * VALUES) : 0, 1e-7);
    destroy(graph, &params);
}

/* x (n, 3, 8, 8) -> sigmoid(2 x + 1), on the lender's memory if it is large enough. */
static lk_graph *open_affine(int n, lk_graph *lender, lk_params *params, lk_node **x, lk_node **y) {
    lk_graph *graph = NULL;
    lk_error err;
    lk_params_init(params);
    assert_ok(lk_graph_create(
                  (lk_graph_options){
                      .context = lk_test_context(), .params = params, .n = n, .memory_of = lender },
                  &graph, &err),
              &err);
    *x = lk_input(graph, "x", LK_SHAPE_4(n, 3, 8, 8));
    *y = lk_keep(lk_sigmoid(lk_affine(*x, 2, 1)));
    assert_ok(lk_graph_finish(graph, NULL, &err), &err);
    for (size_t i = 0; i < lk_shape_size((*x)->shape); i++)
        (*x)->value[i] = LK_R(0.01) * (lk_real)(i % 97);
    lk_graph_forward(graph, LK_EVAL, n, 0);
    return graph;
}

static void a_graph_on_another_ones_memory_computes_the_same_where_it_fits(void **state) {
    (void)state;
    lk_params params[3];
    lk_node *x, *y, *own_x, *own_y, *lender_x, *lender_y;
    lk_graph *own = open_affine(4, NULL, &params[0], &own_x, &own_y),
             *lender = open_affine(6, NULL, &params[1], &lender_x, &lender_y);
    for (int n = 4; n <= 8; n += 4) { /* 8 do not fit where 6 do */
        lk_graph *graph = open_affine(n, lender, &params[2], &x, &y);
        assert_memory_equal(y->value, own_y->value, lk_shape_size(own_y->shape) * sizeof(lk_real));
        assert_int_equal(x->value == lender_x->value, n == 4);
        destroy(graph, &params[2]);
    }
    for (size_t i = 0; i < lk_shape_size(own_x->shape); i++) lender_x->value[i] = own_x->value[i];
    lk_graph_forward(lender, LK_EVAL, 6, 0); /* the memory is still its own */
    assert_memory_equal(lender_y->value, own_y->value,
                        lk_shape_size(own_y->shape) * sizeof(lk_real));
    destroy(lender, &params[1]);
    destroy(own, &params[0]);
}

static void detection_names_the_first_node_that_is_not_finite(void **state) {
    (void)state;
    lk_net net = open_tiny(1);
    bool backward = true;
    lk_param_value(&net.params, lk_params_find(&net.params, "encoder.3.bias"))[2] =
        (lk_real)1e300 * (lk_real)1e300;
    lk_graph_detect(net.graph, true);
    lk_graph_forward(net.graph, LK_TRAIN, 8, 0);
    assert_string_equal(lk_graph_bad(net.graph, &backward)->name, "encoder.3");
    assert_true(!backward);
    lk_param_value(&net.params, lk_params_find(&net.params, "encoder.3.bias"))[2] = 0;
    lk_graph_detect(net.graph, true);
    lk_graph_forward(net.graph, LK_TRAIN, 8, 0);
    assert_null(lk_graph_bad(net.graph, &backward));
    lk_param_value(&net.params, lk_params_find(&net.params, "decoder.0.weight"))[5] =
        (lk_real)1e300 * (lk_real)1e300;
    /* forward was done with finite weights: only the gradient of the latent meets this one */
    lk_graph_backward(net.graph);
    assert_string_equal(lk_graph_bad(net.graph, &backward)->name, "decoder.0");
    assert_true(backward);
    lk_net_deinit(&net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_error_sticks_and_names_node_and_op),
        cmocka_unit_test(geometries_that_cannot_be_are_refused),
        cmocka_unit_test(maps_that_cannot_change_size_are_refused),
        cmocka_unit_test(a_pool_larger_than_its_padded_map_is_refused),
        cmocka_unit_test(the_maximum_of_a_window_shows_its_nan_and_has_the_gradient_of_the_first),
        cmocka_unit_test(shards_must_be_a_power_of_two_within_the_batch),
        cmocka_unit_test(shards_follow_the_batch_where_none_are_asked_for),
        cmocka_unit_test(nothing_is_allocated_once_the_graph_is_finished),
        cmocka_unit_test(a_graph_full_of_shared_memory_has_the_gradient_that_differences_give),
        cmocka_unit_test(
            a_convolution_writes_its_input_s_gradient_over_a_value_that_nobody_reads_again),
        cmocka_unit_test(a_relu_that_batch_norm_took_in_gives_the_same_values_as_one_behind_it),
        cmocka_unit_test(attention_holds_for_scores_of_any_size),
        cmocka_unit_test(objectives_and_inputs_that_make_no_sense_are_refused),
        cmocka_unit_test(loss_and_gradients_are_the_same_bits_at_any_number_of_threads),
        cmocka_unit_test(padding_does_not_count_in_losses),
        cmocka_unit_test(padding_has_no_gradient),
        cmocka_unit_test(a_graph_on_another_ones_memory_computes_the_same_where_it_fits),
        cmocka_unit_test(detection_names_the_first_node_that_is_not_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
