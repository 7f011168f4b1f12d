/* Corruptions: their definitions, that they depend on seed, step and picture alone, and that
   evaluation is clean unless it asks. */
#include "base/rng.h"
#include "model/corrupt.h"
#include "support.h"

#include <math.h>
#include <string.h>

enum { N = 8, SIZE = 20, VALUES = 3 * SIZE * SIZE };

struct bench {
    lk_params params;
    lk_graph *graph;
    lk_node *images, *out;
    char options[256];
    lk_chosen chosen;
};

static void open_bench(struct bench *t, const char *name, const char *json,
                       const lk_context *context, uint64_t seed) {
    lk_error err;
    lk_json parsed = { 0 };
    *t = (struct bench){ .chosen = { lk_choice_find(lk_corruptions, name), t->options } };
    assert_ok(lk_json_parse(json, strlen(json), "options", &parsed, &err), &err);
    assert_ok(lk_options_read(t->chosen.choice->options, &parsed, parsed.root, "", NULL, t->options,
                              &err),
              &err);
    lk_json_deinit(&parsed);
    lk_params_init(&t->params);
    lk_graph_options options = {
        .context = context, .params = &t->params, .n = N, .training = true, .seed = seed
    };
    assert_ok(lk_graph_create(options, &t->graph, &err), &err);
    t->images = lk_input(t->graph, "images", LK_SHAPE_4(N, 3, SIZE, SIZE));
    t->out = lk_keep(lk_corrupt(t->images, &t->chosen));
    assert_ok(lk_graph_finish(t->graph, NULL, &err), &err);
    for (size_t i = 0; i < (size_t)N * VALUES; i++) t->images->value[i] = LK_R(0.5);
}

static void close_bench(struct bench *t) {
    lk_graph_destroy(t->graph);
    lk_params_deinit(&t->params);
}

static void gaussian_noise_has_its_standard_deviation(void **state) {
    (void)state;
    struct bench t;
    double sum = 0, squares = 0, n = N * VALUES;
    open_bench(&t, "gaussian", "{\"sigma\": 0.2}", lk_test_context(), 1);
    lk_graph_forward(t.graph, LK_TRAIN, N, 3);
    for (int i = 0; i < N * VALUES; i++) {
        double d = (double)t.out->value[i] - 0.5;
        sum += d, squares += d * d;
    }
    assert_near(sum / n, 0, 5 * 0.2 / sqrt(n));
    assert_near(sqrt(squares / n), 0.2, 5 * 0.2 / sqrt(2 * n));
    close_bench(&t);
}

/* 20 x 20 in patches of 8: 9 patches, of which 4 are whole. */
static void a_mask_covers_whole_patches_and_their_exact_share(void **state) {
    (void)state;
    struct bench t;
    int times[9] = { 0 };
    open_bench(&t, "mask", "{\"patch\": 8, \"share\": 0.4, \"value\": 0.25}", lk_test_context(), 1);
    for (uint32_t step = 0; step < 50; step++) {
        lk_graph_forward(t.graph, LK_TRAIN, N, step);
        for (int i = 0; i < N; i++) {
            int masked = 0;
            for (int patch = 0; patch < 9; patch++) {
                int y = patch / 3 * 8, x = patch % 3 * 8;
                const lk_real *picture = t.out->value + (size_t)i * VALUES;
                double first = (double)picture[(y * SIZE + x) * 3];
                for (int r = y; r < y + 8 && r < SIZE; r++)
                    for (int c = 3 * x; c < 3 * (x + 8) && c < 3 * SIZE; c++)
                        assert_near((double)picture[r * SIZE * 3 + c], first, 0);
                assert_true(first == 0.25 || first == 0.5);
                masked += first == 0.25, times[patch] += first == 0.25;
            }
            assert_int_equal(masked, 4); /* 0.4 of 9, rounded */
        }
    }
    double expected = 50 * N * 4 / 9.0;
    for (int patch = 0; patch < 9; patch++)
        assert_near(times[patch], expected, 5 * sqrt(expected * 5 / 9));
    close_bench(&t);
}

static void salt_and_pepper_replace_whole_pixels_by_black_and_white_alike(void **state) {
    (void)state;
    struct bench t;
    int black = 0, white = 0, n = N * SIZE * SIZE;
    open_bench(&t, "salt_pepper", "{\"share\": 0.3}", lk_test_context(), 1);
    lk_graph_forward(t.graph, LK_TRAIN, N, 0);
    for (int i = 0; i < n; i++) {
        const lk_real *pixel = t.out->value + 3 * i;
        assert_true(pixel[0] == pixel[1] && pixel[1] == pixel[2]);
        assert_true(pixel[0] == 0 || pixel[0] == 1 || pixel[0] == LK_R(0.5));
        black += pixel[0] == 0, white += pixel[0] == 1;
    }
    assert_near(black, 0.15 * n, 5 * sqrt(0.15 * n));
    assert_near(white, 0.15 * n, 5 * sqrt(0.15 * n));
    close_bench(&t);
}

static const struct {
    const char *name, *json;
} rows[] = { { "gaussian", "{}" }, { "mask", "{\"patch\": 3}" }, { "salt_pepper", "{}" } };

/* Rows (first, n) of the result. */
static void assert_equals(const lk_real *a, const lk_real *b, int n, bool expected) {
    assert_int_equal(memcmp(a, b, (size_t)n * VALUES * sizeof *a) == 0, expected);
}

static void corruption_depends_on_seed_step_and_picture_and_not_on_threads(void **state) {
    (void)state;
    static lk_real first[N * VALUES];
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        struct bench t, alone, other;
        open_bench(&t, rows[i].name, rows[i].json, lk_test_context(), 1);
        open_bench(&alone, rows[i].name, rows[i].json, lk_test_context_alone(), 1);
        open_bench(&other, rows[i].name, rows[i].json, lk_test_context(), 2);
        lk_graph_forward(t.graph, LK_TRAIN, N, 5);
        memcpy(first, t.out->value, sizeof first);
        lk_graph_forward(alone.graph, LK_TRAIN, N, 5);
        assert_equals(alone.out->value, first, N, true);
        lk_graph_forward(other.graph, LK_TRAIN, N, 5);
        assert_equals(other.out->value, first, N, false);
        assert_equals(first, first + VALUES, 1, false);
        lk_graph_forward(t.graph, LK_TRAIN, N, 6);
        assert_equals(t.out->value, first, N, false);
        close_bench(&t), close_bench(&alone), close_bench(&other);
    }
}

static void evaluation_is_clean_unless_asked_and_then_the_same_for_each_picture(void **state) {
    (void)state;
    static lk_real training[N * VALUES], first[N * VALUES];
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        struct bench t;
        open_bench(&t, rows[i].name, rows[i].json, lk_test_context(), 1);
        lk_graph_forward(t.graph, LK_TRAIN, N, 0);
        memcpy(training, t.out->value, sizeof training);
        lk_graph_forward(t.graph, LK_EVAL, N, 0);
        assert_equals(t.out->value, t.images->value, N, true);
        lk_graph_corrupt(t.graph, true);
        lk_graph_forward(t.graph, LK_EVAL, N, 0);
        memcpy(first, t.out->value, sizeof first);
        assert_equals(first, t.images->value, N, false);
        assert_equals(first, training, N, false);
        lk_graph_forward(t.graph, LK_EVAL, N, 1); /* the next pictures */
        assert_equals(t.out->value, first, N, false);
        lk_graph_forward(t.graph, LK_EVAL, N, 0);
        assert_equals(t.out->value, first, N, true);
        close_bench(&t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaussian_noise_has_its_standard_deviation),
        cmocka_unit_test(a_mask_covers_whole_patches_and_their_exact_share),
        cmocka_unit_test(salt_and_pepper_replace_whole_pixels_by_black_and_white_alike),
        cmocka_unit_test(corruption_depends_on_seed_step_and_picture_and_not_on_threads),
        cmocka_unit_test(evaluation_is_clean_unless_asked_and_then_the_same_for_each_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
