/* train.precision: what bf16 changes, and what it must not. */
#include "net/net.h"
#include "runs.h"

#include <likeness/memory.h>
#include <likeness/ops.h>
#include <likeness/train.h>

#include <stdio.h>
#include <string.h>

/* Layers that Winograd's and the direct engine compute, and linear ones. */
#define CONFIG                                                                                     \
    "{\"model\": {\"latent\": 16, \"architecture\": {\"encoder\": [{\"type\": \"conv\", "          \
    "\"out\": 16}, {\"type\": \"batch_norm\"}, {\"type\": \"relu\"}, {\"type\": \"conv\", "        \
    "\"out\": 32}, {\"type\": \"flatten\"}], \"decoder\": [{\"type\": \"linear\", \"out\": 512}, " \
    "{\"type\": \"reshape\", \"shape\": [32, 4, 4]}, {\"type\": \"batch_norm\"}, {\"type\": "      \
    "\"relu\"}, {\"type\": \"conv_transpose\", \"out\": 16}, {\"type\": \"relu\"}, {\"type\": "    \
    "\"conv_transpose\", \"out\": 0}, {\"type\": \"sigmoid\"}]}}, \"train\": {\"batch_size\": "    \
    "8, \"shards\": 4, \"steps\": 9, \"checkpoint_every_steps\": 3, \"precision\": \"%s\"}}"

static lk_config config_of(const char *precision) {
    char text[2048];
    snprintf(text, sizeof text, CONFIG, precision);
    return lk_test_config(text);
}

static void
training_in_bf16_gives_the_same_bytes_at_any_number_of_threads_and_after_stops(void **state) {
    (void)state;
    struct place first = { .run = "" };
    lk_config config = config_of("bf16");
    lk_error err;
    for (int n = 1; n <= 8; n = n < 4 ? n + 1 : 2 * n) {
        lk_context context = *lk_test_context();
        char name[64];
        snprintf(name, sizeof name, "threads%d", n);
        struct place p = place(name);
        assert_ok(lk_threads_create(n, &context.threads, &err), &err);
        if (n > 1)
            assert_int_equal(
                train_config(&context, &p, &config, false, &(struct stop){ .after = n }, &err),
                LK_TERMINATED);
        assert_ok(train_config(&context, &p, &config, n > 1, NULL, &err), &err);
        if (n == 1) first = p;
        assert_same_run(&first, &p);
        lk_threads_destroy(context.threads);
    }
    lk_config_deinit(&config);
}

static void a_run_does_not_go_on_in_another_precision(void **state) {
    (void)state;
    struct place p = place("changed");
    lk_config first = config_of("float"), then = config_of("bf16");
    lk_error err;
    assert_int_equal(
        train_config(lk_test_context(), &p, &first, false, &(struct stop){ .after = 3 }, &err),
        LK_TERMINATED);
    assert_int_equal(train_config(lk_test_context(), &p, &then, true, NULL, &err), LK_USAGE);
    assert_contains(err.text, "precision");
    lk_config_deinit(&first);
    lk_config_deinit(&then);
}

static void a_precision_that_is_not_known_is_refused(void **state) {
    (void)state;
    static const char text[] = "{\"train\": {\"precision\": \"half\"}}";
    lk_config config;
    lk_error err;
    assert_int_equal(lk_config_parse_text(text, strlen(text), "c.json", NULL, 0, &config, &err),
                     LK_USAGE);
    assert_contains(err.text, "train.precision: expected ... float ... bf16 ... half");
}

/* ---- what a network computes ---- */

enum { BATCH = 8, IMAGES = BATCH * 3 * 16 * 16 };

static void open_net(const char *precision, lk_net *net) {
    lk_config config = config_of(precision);
    lk_error err;
    assert_ok(lk_net_init(net, lk_test_context(), &config, (lk_image_shape){ 16, 3 }, BATCH, 4,
                          true, &err),
              &err);
    lk_real *images = lk_test_normal(IMAGES, 0);
    memcpy(net->model.images->value, images, IMAGES * sizeof *images);
    lk_free(images);
    lk_config_deinit(&config);
}

static void training_is_in_bf16_and_evaluation_in_float(void **state) {
    (void)state;
    lk_net exact, rounded;
    const lk_node *a, *b;
    open_net("float", &exact), open_net("bf16", &rounded);
    a = exact.model.output, b = rounded.model.output;
    for (int i = 0; i < 2; i++) lk_graph_forward(i ? exact.graph : rounded.graph, LK_EVAL, 8, 0);
    assert_memory_equal(a->value, b->value, IMAGES * sizeof(lk_real));
    for (int i = 0; i < 2; i++) lk_graph_forward(i ? exact.graph : rounded.graph, LK_TRAIN, 8, 0);
    double difference = lk_test_relative_l2(b->value, a->value, IMAGES);
    assert_true(difference > 1e-5);
    assert_near(difference, 0, 1e-2);
    for (int i = 0; i < 2; i++) lk_graph_backward(i ? exact.graph : rounded.graph);
    assert_near(
        lk_test_relative_l2(rounded.params.gradient, exact.params.gradient, exact.params.n_trained),
        0, 3e-2);
    lk_net_deinit(&exact), lk_net_deinit(&rounded);
}

static lk_status fill(void *self, const char *name, lk_shape shape, lk_real *values,
                      lk_error *err) {
    (void)self, (void)name, (void)err;
    lk_real *normal = lk_test_normal(lk_shape_size(shape), 1);
    memcpy(values, normal, lk_shape_size(shape) * sizeof *values);
    lk_free(normal);
    return LK_OK;
}

/* One convolution of a network that is not trained. */
static lk_real *frozen(lk_precision precision) {
    lk_graph_options options = { .context = lk_test_context(), .n = 2, .precision = precision };
    lk_params params;
    lk_graph *graph = NULL;
    lk_error err;
    lk_params_init(&params);
    options.params = &params;
    assert_ok(lk_graph_create(options, &graph, &err), &err);
    lk_node *x = lk_input(graph, "x", LK_SHAPE_4(2, 16, 8, 8));
    lk_graph_freeze(graph, fill, NULL);
    lk_node *w =
        lk_parameter(graph, "w", LK_SHAPE_4(16, 16, 3, 3), LK_PARAM_TRAINED, (lk_init){ 0 });
    lk_node *y = lk_conv2d(x, w, NULL, (lk_conv_options){ .stride = 1, .padding = 1 });
    lk_graph_freeze(graph, NULL, NULL);
    assert_ok(lk_graph_finish(graph, NULL, &err), &err);
    size_t n = lk_shape_size(y->shape);
    lk_real *in = lk_test_normal(lk_shape_size(x->shape), 0), *out = lk_alloc(n * sizeof *out);
    memcpy(x->value, in, lk_shape_size(x->shape) * sizeof *in);
    lk_graph_forward(graph, LK_TRAIN, 2, 0);
    memcpy(out, y->value, n * sizeof *out);
    lk_free(in);
    lk_graph_destroy(graph);
    lk_params_deinit(&params);
    return out;
}

static void a_network_that_is_not_trained_computes_in_float(void **state) {
    (void)state;
    lk_real *exact = frozen(LK_PRECISION_FLOAT), *other = frozen(LK_PRECISION_BF16);
    assert_memory_equal(exact, other, (size_t)2 * 16 * 8 * 8 * sizeof *exact);
    lk_free(exact), lk_free(other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            training_in_bf16_gives_the_same_bytes_at_any_number_of_threads_and_after_stops),
        cmocka_unit_test(a_run_does_not_go_on_in_another_precision),
        cmocka_unit_test(a_precision_that_is_not_known_is_refused),
        cmocka_unit_test(training_is_in_bf16_and_evaluation_in_float),
        cmocka_unit_test(a_network_that_is_not_trained_computes_in_float),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
