/* Optimisers against PyTorch's, step by step (values from scripts/golden/pytorch.py); schedules,
   clipping and averages against values computed by hand. */
#include "base/file.h"
#include "optim/optim.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N = 7, STEPS = 5 };
#define TOLERANCE (sizeof(lk_real) == 8 ? 1e-14 : 2e-6)

static lk_chosen choose(const lk_choice *const *list, const char *name, const char *text,
                        lk_arena *arena) {
    lk_json json = { 0 };
    lk_error err;
    lk_chosen chosen;
    assert_ok(lk_json_parse(text, strlen(text), "options", &json, &err), &err);
    assert_ok(
        lk_choice_read(list, name, NULL, NULL, &json, json.root, "options", arena, &chosen, &err),
        &err);
    lk_json_deinit(&json);
    return chosen;
}

struct arrays {
    lk_real weight[N], gradient[N], m[N], v[N], average[N];
};

static lk_training_state state_of(struct arrays *a) {
    return (lk_training_state){
        .n = N, .weight = a->weight, .gradient = a->gradient, .moment = { a->m, a->v }
    };
}

/* In the order of the golden values. */
static const char *const optimizer_rows[][2] = {
    { "adam", "{\"weight_decay\": 0.2}" },
    { "adamw", "{\"beta1\": 0.8, \"beta2\": 0.99, \"weight_decay\": 0.3}" },
    { "sgd", "{}" },
    { "sgd", "{\"momentum\": 0.7, \"nesterov\": true, \"weight_decay\": 0.1}" }
};

static void every_optimiser_steps_as_pytorch_does(void **state) {
    (void)state;
    char path[LK_PATH_MAX], *golden;
    size_t bytes;
    lk_error err;
    lk_arena arena;
    lk_arena_init(&arena);
    snprintf(path, sizeof path, "%s/tests/golden/torch_optim.bin", LIKENESS_SOURCE);
    assert_ok(lk_file_read(path, 1 << 20, &golden, &bytes, &err), &err);
    assert_int_equal(bytes, LK_COUNT(optimizer_rows) * STEPS * N * sizeof(double));
    const double *expected = (const double *)(const void *)golden;
    for (size_t r = 0; r < LK_COUNT(optimizer_rows); r++) {
        lk_chosen optimizer =
            choose(lk_optimizers, optimizer_rows[r][0], optimizer_rows[r][1], &arena);
        struct arrays a = { 0 };
        for (int i = 0; i < N; i++) a.weight[i] = LK_R((i - 3) / 4.0);
        for (int step = 1; step <= STEPS; step++) {
            for (int i = 0; i < N; i++)
                a.gradient[i] = a.weight[i] * a.weight[i] * a.weight[i] - a.weight[i] / 2;
            lk_optimizer_step(lk_test_context(), &optimizer, state_of(&a),
                              (lk_step_options){ .step = step, .lr = 0.1 }, 1);
            for (int i = 0; i < N; i++) assert_near((double)a.weight[i], *expected++, TOLERANCE);
        }
    }
    lk_free(golden);
    lk_arena_deinit(&arena);
}

static void clipping_scales_the_gradient_to_the_norm_and_leaves_smaller_ones(void **state) {
    (void)state;
    lk_arena arena;
    lk_arena_init(&arena);
    lk_chosen sgd = choose(lk_optimizers, "sgd", "{\"momentum\": 0}", &arena);
    for (int large = 0; large < 2; large++) {
        struct arrays a = { .gradient = { large ? LK_R(30) : LK_R(0.3),
                                          large ? LK_R(40) : LK_R(0.4) } };
        double norm = lk_gradient_norm(lk_test_context(), a.gradient, N);
        assert_near(norm, large ? 50 : 0.5, 1e-6);
        lk_optimizer_step(lk_test_context(), &sgd, state_of(&a),
                          (lk_step_options){ .step = 1, .lr = 1, .clip_norm = 2 }, norm);
        assert_near((double)a.weight[0], large ? -1.2 : -0.3, 1e-6);
        assert_near((double)a.weight[1], large ? -1.6 : -0.4, 1e-6);
    }
    lk_arena_deinit(&arena);
}

static void the_norm_counts_every_value(void **state) {
    (void)state;
    lk_real ones[200];
    for (int i = 0; i < 200; i++) ones[i] = 1;
    for (size_t n = 1; n <= 200; n++)
        assert_near(lk_gradient_norm(lk_test_context(), ones, n), sqrt((double)n), 1e-12);
}

static void a_gradient_that_is_not_finite_has_no_finite_norm(void **state) {
    (void)state;
    static lk_real gradient[1000];
    gradient[777] = (lk_real)NAN;
    assert_true(!isfinite(lk_gradient_norm(lk_test_context(), gradient, 1000)));
    gradient[777] = (lk_real)INFINITY;
    assert_true(!isfinite(lk_gradient_norm(lk_test_context(), gradient, 1000)));
}

static void the_average_starts_at_the_first_weights_and_follows_by_its_decay(void **state) {
    (void)state;
    lk_arena arena;
    lk_arena_init(&arena);
    lk_chosen sgd = choose(lk_optimizers, "sgd", "{\"momentum\": 0}", &arena);
    struct arrays a = { .gradient = { -1 } };
    lk_training_state training = state_of(&a);
    training.average = a.average;
    static const double expected[] = { 1, 1.25, 1.6875 }; /* weights 1, 2, 3; decay 0.75 */
    for (int step = 1; step <= 3; step++) {
        lk_optimizer_step(lk_test_context(), &sgd, training,
                          (lk_step_options){ .step = step, .lr = 1, .average = 0.75 }, 1);
        assert_near((double)a.average[0], expected[step - 1], 1e-6);
    }
    lk_arena_deinit(&arena);
}

static const struct {
    const char *name, *options;
    int64_t step, warmup;
    double expected;
} schedule_rows[] = {
    { "constant", "{}", 99, 0, 1 },
    { "constant", "{}", 0, 4, 0.25 },
    { "constant", "{}", 3, 4, 1 },
    { "constant", "{}", 4, 4, 1 },
    { "step", "{\"step_epochs\": 2, \"gamma\": 0.5}", 19, 0, 1 },
    { "step", "{\"step_epochs\": 2, \"gamma\": 0.5}", 20, 0, 0.5 },
    { "step", "{\"step_epochs\": 2, \"gamma\": 0.5}", 40, 0, 0.25 },
    { "step", "{}", 99, 0, 1 },
    { "step", "{}", 100, 0, 0.1 },
    { "exponential", "{}", 20, 0, 0.9025 },
    { "exponential", "{\"gamma\": 0.9}", 9, 0, 1 },
    { "exponential", "{\"gamma\": 0.9}", 29, 0, 0.81 },
    { "cosine", "{}", 0, 0, 1 },
    { "cosine", "{}", 50, 0, 0.5 },
    { "cosine", "{\"final\": 0.2}", 50, 0, 0.6 },
    { "cosine", "{\"final\": 0.2}", 100, 0, 0.2 },
    { "cosine", "{}", 25, 50, 0.5 * (1 + 0.70710678118654752) * 26 / 50 },
};

static void schedules_and_warm_up_follow_their_formulas(void **state) {
    (void)state;
    lk_arena arena;
    lk_arena_init(&arena);
    for (size_t i = 0; i < LK_COUNT(schedule_rows); i++) {
        lk_chosen schedule =
            choose(lk_schedules, schedule_rows[i].name, schedule_rows[i].options, &arena);
        lk_progress at = { .step = schedule_rows[i].step, .n_steps = 100, .steps_an_epoch = 10 };
        assert_near(lk_schedule_factor(&schedule, at, schedule_rows[i].warmup),
                    schedule_rows[i].expected, 1e-14);
    }
    lk_arena_deinit(&arena);
}

/* A new optimiser or schedule fails until it has values above. */
static void every_optimizer_and_schedule_has_values_here(void **state) {
    (void)state;
    for (const lk_choice *const *row = lk_optimizers; *row; row++) {
        int n = 0;
        for (size_t i = 0; i < LK_COUNT(optimizer_rows); i++)
            n += strcmp(optimizer_rows[i][0], (*row)->name) == 0;
        if (!n) print_error("the optimizer %s has no golden values\n", (*row)->name);
        assert_true(n > 0);
    }
    for (const lk_choice *const *row = lk_schedules; *row; row++) {
        int n = 0;
        for (size_t i = 0; i < LK_COUNT(schedule_rows); i++)
            n += strcmp(schedule_rows[i].name, (*row)->name) == 0;
        if (!n) print_error("the schedule %s has no values\n", (*row)->name);
        assert_true(n > 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_optimiser_steps_as_pytorch_does),
        cmocka_unit_test(clipping_scales_the_gradient_to_the_norm_and_leaves_smaller_ones),
        cmocka_unit_test(the_norm_counts_every_value),
        cmocka_unit_test(a_gradient_that_is_not_finite_has_no_finite_norm),
        cmocka_unit_test(the_average_starts_at_the_first_weights_and_follows_by_its_decay),
        cmocka_unit_test(schedules_and_warm_up_follow_their_formulas),
        cmocka_unit_test(every_optimizer_and_schedule_has_values_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
