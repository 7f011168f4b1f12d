/* Dropout: how many values stay, and what its noise depends on. */
#include "support.h"

#include <likeness/ops.h>

#include <string.h>

enum { N = 4, VALUES = 5000 };

/* Two dropouts of ones, which are the input of both. */
struct bench {
    lk_params params;
    lk_graph *graph;
    lk_node *first, *second;
};

static void open_bench(struct bench *t, uint64_t seed, double p) {
    lk_error err;
    *t = (struct bench){ 0 };
    lk_params_init(&t->params);
    lk_graph_options options = {
        .context = lk_test_context(), .params = &t->params, .n = N, .training = true, .seed = seed
    };
    assert_ok(lk_graph_create(options, &t->graph, &err), &err);
    lk_node *ones = lk_input(t->graph, "ones", LK_SHAPE_2(N, VALUES));
    t->first = lk_keep(lk_dropout(ones, p));
    t->second = lk_keep(lk_dropout(ones, p));
    assert_ok(lk_graph_finish(t->graph, NULL, &err), &err);
    for (size_t i = 0; i < lk_shape_size(ones->shape); i++) ones->value[i] = 1;
}

static void close_bench(struct bench *t) {
    lk_graph_destroy(t->graph);
    lk_params_deinit(&t->params);
}

static void a_share_of_the_values_is_dropped_and_the_others_grow_to_make_up(void **state) {
    (void)state;
    for (int i = 0; i < 10; i++) {
        struct bench t;
        double p = i / 10.0, dropped = 0;
        open_bench(&t, 3, p);
        lk_graph_forward(t.graph, LK_TRAIN, N, 0);
        for (int k = 0; k < N * VALUES; k++) {
            double y = (double)t.first->value[k];
            dropped += y == 0;
            if (y != 0) assert_near(y, 1 / (1 - p), 1e-6 / (1 - p));
        }
        /* four standard deviations */
        assert_near(dropped / (N * VALUES), p, 4 * 0.5 / 141);
        close_bench(&t);
    }
}

static void evaluation_drops_nothing(void **state) {
    (void)state;
    struct bench t;
    open_bench(&t, 3, 0.7);
    lk_graph_forward(t.graph, LK_EVAL, N, 0);
    for (int k = 0; k < N * VALUES; k++) assert_true(t.first->value[k] == 1);
    close_bench(&t);
}

/* Whether two vectors agree about as often as chance has it at p = 0.5. */
static bool independent(const lk_real *a, const lk_real *b) {
    int equal = 0;
    for (int k = 0; k < VALUES; k++) equal += (a[k] == 0) == (b[k] == 0);
    return equal > VALUES / 2 - 160 && equal < VALUES / 2 + 160;
}

static void every_dropout_sample_step_and_seed_has_its_own_noise(void **state) {
    (void)state;
    struct bench t, other;
    lk_real before[VALUES];
    open_bench(&t, 3, 0.5);
    open_bench(&other, 4, 0.5);
    lk_graph_forward(t.graph, LK_TRAIN, N, 7);
    lk_graph_forward(other.graph, LK_TRAIN, N, 7);
    assert_true(independent(t.first->value, t.second->value));
    assert_true(independent(t.first->value, t.first->value + VALUES));
    assert_true(independent(t.first->value, t.second->value + VALUES));
    assert_true(independent(t.first->value, other.first->value));
    memcpy(before, t.first->value, sizeof before);
    lk_graph_forward(t.graph, LK_TRAIN, N, 8);
    assert_true(independent(before, t.first->value));
    lk_graph_forward(t.graph, LK_TRAIN, N, 7);
    assert_memory_equal(before, t.first->value, sizeof before);
    close_bench(&t);
    close_bench(&other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_share_of_the_values_is_dropped_and_the_others_grow_to_make_up),
        cmocka_unit_test(evaluation_drops_nothing),
        cmocka_unit_test(every_dropout_sample_step_and_seed_has_its_own_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
