/* What is asked of codes: known values of MMD and divergence, noise, whole batches, the same bits
   at any number of threads. */
#include "base/rng.h"
#include "support.h"
#include "tiny.h"

#include <likeness/loss.h>
#include <likeness/ops.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SEED = 11, IMQ_SCALES = 7 };

static const lk_mmd_options imq = { .kernel = LK_MMD_IMQ,
                                    .scales = { IMQ_SCALES, { 0.1, 0.2, 0.5, 1, 2, 5, 10 } },
                                    .prior_variance = 1 };
static const lk_mmd_options rbf = { .kernel = LK_MMD_RBF,
                                    .scales = { IMQ_SCALES, { 0.1, 0.2, 0.5, 1, 2, 5, 10 } },
                                    .prior_variance = 1 };

/* A graph of one op on codes (n, z), or on mu and logvar. */
struct bench {
    lk_params params;
    lk_graph *graph;
    lk_node *a, *b, *out;
};

typedef lk_node *builder(lk_node *a, lk_node *b, const void *options);

static lk_node *build_mmd(lk_node *a, lk_node *b, const void *options) {
    (void)b;
    return lk_mmd(a, options);
}

static lk_node *build_kl(lk_node *a, lk_node *b, const void *options) {
    (void)options;
    return lk_kl(a, b);
}

/* As the vae has it: clamped, then both uses. */
static lk_node *build_vae(lk_node *a, lk_node *b, const void *options) {
    (void)options;
    lk_node *logvar = lk_clamp(b, LK_LOGVAR_MIN, LK_LOGVAR_MAX);
    return lk_add(lk_mean(lk_square(lk_reparameterize(a, logvar))), lk_kl(a, logvar));
}

static void open_bench(struct bench *t, const lk_context *context, int n, int z, builder *build,
                       const void *options) {
    lk_error err;
    lk_init zero = { LK_INIT_CONSTANT, 0 };
    *t = (struct bench){ 0 };
    lk_params_init(&t->params);
    lk_graph_options graph = {
        .context = context, .params = &t->params, .n = n, .training = true, .seed = SEED
    };
    assert_ok(lk_graph_create(graph, &t->graph, &err), &err);
    t->a = lk_parameter(t->graph, "a", LK_SHAPE_2(n, z), LK_PARAM_TRAINED, zero);
    t->b = lk_parameter(t->graph, "b", LK_SHAPE_2(n, z), LK_PARAM_TRAINED, zero);
    t->out = build(t->a, t->b, options);
    assert_ok(lk_graph_finish(t->graph, t->out, &err), &err);
    assert_ok(lk_params_start(&t->params, lk_test_context()->threads, 1, &err), &err);
}

static void close_bench(struct bench *t) {
    lk_graph_destroy(t->graph);
    lk_params_deinit(&t->params);
}

static double forward(struct bench *t, lk_mode mode, int n_valid, uint32_t step) {
    lk_graph_forward(t->graph, mode, n_valid, step);
    return (double)t->out->value[0];
}

static void fill_normal(lk_node *node, double mean, double sd, uint32_t draw) {
    lk_rng rng = lk_rng_at(5, LK_STREAM_TEST, draw, 0);
    for (size_t i = 0; i < lk_shape_size(node->shape); i++)
        node->value[i] = LK_R(mean + sd * lk_rng_normal(&rng));
}

static void fill(lk_node *node, double value) {
    for (size_t i = 0; i < lk_shape_size(node->shape); i++) node->value[i] = LK_R(value);
}

/* ---- mmd ---- */

struct moments {
    double mean, sd, negative;
};

/* Of MMD^2 between n prior samples and n others, over many draws. */
static struct moments of_true_samples(int n, const lk_mmd_options *options, int draws) {
    struct bench t;
    double sum = 0, squares = 0;
    int negative = 0;
    open_bench(&t, lk_test_context(), n, 64, build_mmd, options);
    for (int i = 0; i < draws; i++) {
        fill_normal(t.a, 0, sqrt(options->prior_variance), (uint32_t)i);
        double value = forward(&t, LK_TRAIN, n, (uint32_t)i);
        sum += value, squares += value * value, negative += value < 0;
    }
    close_bench(&t);
    double mean = sum / draws;
    return (struct moments){ mean, sqrt(squares / draws - mean * mean), (double)negative / draws };
}

static void mmd_of_true_prior_samples_is_unbiased_and_spreads_as_known(void **state) {
    (void)state;
    struct moments m64 = of_true_samples(64, &imq, 600), m100 = of_true_samples(100, &imq, 400);
    assert_near(m64.sd, 6.4e-3, 4e-4);
    assert_near(m64.mean, 0, 3 * 6.4e-3 / sqrt(600));
    assert_near(m64.negative, 0.5, 0.08);
    assert_near(m100.sd, 4.1e-3, 4e-4);
    assert_near(m100.mean, 0, 3 * 4.1e-3 / sqrt(400));
}

static void the_prior_variance_scales_samples_and_kernel_alike(void **state) {
    (void)state;
    lk_mmd_options wide = imq, rbf_wide = rbf;
    wide.prior_variance = rbf_wide.prior_variance = 4;
    struct moments one = of_true_samples(32, &imq, 20), four = of_true_samples(32, &wide, 20);
    assert_near(four.mean, one.mean, 1e-6);
    one = of_true_samples(32, &rbf, 20), four = of_true_samples(32, &rbf_wide, 20);
    assert_near(four.mean, one.mean, 1e-6);
}

static void mmd_of_codes_that_are_all_the_prior_mean_is_as_known(void **state) {
    (void)state;
    struct bench t;
    double sum = 0;
    open_bench(&t, lk_test_context(), 64, 64, build_mmd, &imq);
    for (uint32_t i = 0; i < 20; i++) sum += forward(&t, LK_TRAIN, 64, i) / 20;
    assert_near(sum, 1.92, 0.01);
    close_bench(&t);
}

static void mmd_of_codes_off_the_prior_is_positive_and_its_gradient_leads_back(void **state) {
    (void)state;
    const lk_mmd_options *both[] = { &imq, &rbf };
    for (size_t k = 0; k < LK_COUNT(both); k++) {
        struct bench t;
        open_bench(&t, lk_test_context(), 64, 8, build_mmd, both[k]);
        fill_normal(t.a, 1, 0.5, 0);
        double before = forward(&t, LK_TRAIN, 64, 0);
        for (uint32_t i = 0; i < 200; i++) {
            forward(&t, LK_TRAIN, 64, i);
            lk_graph_backward(t.graph);
            for (size_t j = 0; j < 64 * 8; j++) t.a->value[j] -= 5 * t.a->grad[j];
        }
        double after = forward(&t, LK_TRAIN, 64, 1000);
        assert_true(before > 0.1);
        assert_true(after < before / 4);
        close_bench(&t);
    }
}

static void mmd_of_fewer_than_two_codes_is_zero_and_so_is_its_gradient(void **state) {
    (void)state;
    struct bench t;
    open_bench(&t, lk_test_context(), 3, 4, build_mmd, &imq);
    fill_normal(t.a, 0, 1, 0);
    assert_near(forward(&t, LK_EVAL, 1, 0), 0, 0);
    assert_near(forward(&t, LK_TRAIN, 1, 0), 0, 0);
    /* NaN: what is not written shows */
    memset(t.params.gradient, 0xff, t.params.n_trained * sizeof(lk_real));
    lk_graph_backward(t.graph);
    for (size_t i = 0; i < 12; i++) assert_near((double)t.a->grad[i], 0, 0);
    close_bench(&t);
}

static void mmd_leaves_padding_out(void **state) {
    (void)state;
    struct bench whole, padded;
    open_bench(&whole, lk_test_context(), 5, 4, build_mmd, &imq);
    open_bench(&padded, lk_test_context(), 8, 4, build_mmd, &imq);
    fill_normal(padded.a, 0, 1, 0);
    memcpy(whole.a->value, padded.a->value, 20 * sizeof(lk_real));
    assert_near(forward(&padded, LK_TRAIN, 5, 2), forward(&whole, LK_TRAIN, 5, 2), 1e-6);
    lk_graph_backward(padded.graph);
    lk_graph_backward(whole.graph);
    for (size_t i = 0; i < 20; i++)
        assert_near((double)padded.a->grad[i], (double)whole.a->grad[i], 1e-6);
    for (size_t i = 20; i < 32; i++) assert_near((double)padded.a->grad[i], 0, 0);
    close_bench(&whole);
    close_bench(&padded);
}

static void prior_samples_change_with_the_step_and_those_of_evaluation_are_others(void **state) {
    (void)state;
    struct bench t;
    open_bench(&t, lk_test_context(), 16, 4, build_mmd, &imq);
    fill_normal(t.a, 0, 1, 0);
    double first = forward(&t, LK_TRAIN, 16, 0), second = forward(&t, LK_TRAIN, 16, 1),
           evaluated = forward(&t, LK_EVAL, 16, 0);
    assert_true(first != second && first != evaluated);
    assert_true(forward(&t, LK_TRAIN, 16, 0) == first && forward(&t, LK_EVAL, 16, 0) == evaluated);
    close_bench(&t);
}

/* ---- divergence and noise ---- */

static void the_divergence_is_zero_at_the_prior_and_positive_elsewhere(void **state) {
    (void)state;
    struct bench t;
    open_bench(&t, lk_test_context(), 4, 3, build_kl, NULL);
    assert_near(forward(&t, LK_TRAIN, 4, 0), 0, 0);
    lk_graph_backward(t.graph);
    for (size_t i = 0; i < t.params.n_trained; i++) assert_near((double)t.params.gradient[i], 0, 0);
    for (int i = 0; i < 50; i++) {
        fill_normal(t.a, 0, 0.1, (uint32_t)i);
        fill_normal(t.b, 0, 0.1, (uint32_t)i + 1000);
        assert_true(forward(&t, LK_TRAIN, 4, 0) > 0);
    }
    fill(t.a, 2);
    fill(t.b, log(0.25));
    /* a sum over latents, a mean over images */
    assert_near(forward(&t, LK_EVAL, 4, 0), 3 * 0.5 * (4 + 0.25 - 1 - log(0.25)), 1e-6);
    close_bench(&t);
}

static void a_huge_logvar_stays_finite(void **state) {
    (void)state;
    struct bench t;
    open_bench(&t, lk_test_context(), 64, 128, build_vae, NULL);
    static const double values[] = { 1e4, -1e4, 1e30, -1e30, 88, -110 };
    for (size_t i = 0; i < LK_COUNT(values); i++) {
        fill_normal(t.a, 0, 1, 0);
        fill(t.b, values[i]);
        assert_true(isfinite(forward(&t, LK_TRAIN, 64, 0)));
        assert_true(isfinite(forward(&t, LK_EVAL, 64, 0)));
        forward(&t, LK_TRAIN, 64, 0);
        lk_graph_backward(t.graph);
        for (size_t k = 0; k < t.params.n_trained; k++) assert_true(isfinite(t.params.gradient[k]));
        for (size_t k = 0; k < 64 * 128; k++) assert_near((double)t.b->grad[k], 0, 0);
    }
    close_bench(&t);
}

/* A posterior's mean is decoded in evaluation: only the divergence is left where it is 0. */
static void a_logvar_within_the_bounds_is_left_alone(void **state) {
    (void)state;
    struct bench t;
    static const double values[] = { -29, -12, 0.5, 12, 19 };
    open_bench(&t, lk_test_context(), 3, 2, build_vae, NULL);
    for (size_t i = 0; i < LK_COUNT(values); i++) {
        double expected = exp(values[i]) - 1 - values[i];
        fill(t.a, 0);
        fill(t.b, values[i]);
        assert_near(forward(&t, LK_EVAL, 3, 0) / expected, 1, 1e-6);
    }
    close_bench(&t);
}

static lk_node *build_noise(lk_node *a, lk_node *b, const void *options) {
    lk_node **z = *(lk_node ***)(uintptr_t)options;
    return lk_mean(*z = lk_keep(lk_reparameterize(a, b)));
}

static void codes_are_drawn_around_mu_in_training_and_are_mu_in_evaluation(void **state) {
    (void)state;
    struct bench t;
    lk_node *z = NULL, **to = &z;
    open_bench(&t, lk_test_context(), 64, 128, build_noise, &to);
    const int n = 64 * 128;
    fill(t.a, 3);
    fill(t.b, log(4));
    forward(&t, LK_EVAL, 64, 5);
    for (int i = 0; i < n; i++) assert_near((double)z->value[i], 3, 0);
    forward(&t, LK_TRAIN, 64, 5);
    double first = (double)z->value[0], sum = 0, squares = 0;
    for (int i = 0; i < n; i++) sum += (double)z->value[i];
    for (int i = 0; i < n; i++) squares += pow((double)z->value[i] - sum / n, 2);
    assert_near(sum / n, 3, 4 * 2 / sqrt(n));
    assert_near(squares / n, 4, 4 * 4 * sqrt(2.0 / n));
    assert_true(z->value[0] != z->value[128] && z->value[0] != z->value[1]);
    forward(&t, LK_TRAIN, 64, 6);
    assert_true((double)z->value[0] != first);
    forward(&t, LK_TRAIN, 64, 5);
    assert_true((double)z->value[0] == first);
    close_bench(&t);
}

/* ---- all ---- */

/* What a regulariser says of itself, with its defaults. A new row fails until it is here. */
static const struct {
    const char *name;
    double prior_variance, weight; /* weight -1: it has no options */
    bool whole_batches, needs_posterior;
} regularizers[] = {
    { "none", 0, -1, false, false }, { "kl", 1, 1.6e-4, false, true },
    { "mmd", 1, 0.04, true, false }, { "tc", 1, 1.6e-4, true, true },
    { "l1", 0, 1e-4, false, false }, { "l2", 0, 1e-4, false, false },
    { "sum", 0, -1, false, false }, /* without terms */
};

static void every_regularizer_says_what_it_pulls_codes_towards(void **state) {
    (void)state;
    for (const lk_choice *const *row = lk_regularizers; *row; row++) {
        const lk_regularizer *regularizer = (const lk_regularizer *)*row;
        union {
            lk_regularizer_options common;
            lk_mmd_options mmd;
            char room[4096];
        } options;
        assert_true((*row)->options_size <= sizeof options);
        if ((*row)->options) lk_options_default((*row)->options, &options);
        int n = 0;
        for (size_t i = 0; i < LK_COUNT(regularizers); i++) {
            if (strcmp(regularizers[i].name, (*row)->name) != 0) continue;
            lk_chosen chosen = { *row, &options };
            assert_near(lk_prior_variance(&chosen), regularizers[i].prior_variance, 0);
            assert_near(regularizer->build ? options.common.weight : -1, regularizers[i].weight, 0);
            assert_int_equal(regularizer->whole_batches, regularizers[i].whole_batches);
            assert_int_equal(regularizer->needs_posterior, regularizers[i].needs_posterior);
            n++;
        }
        if (n != 1) print_error("the regularizer %s is not in this test\n", (*row)->name);
        assert_int_equal(n, 1);
    }
}

/* Read from a config, as the terms need an arena. */
static void a_sum_says_what_its_terms_say(void **state) {
    (void)state;
    static const struct {
        const char *terms;
        double prior_variance, variance_of_codes;
        const char *needs_posterior, *whole_batches;
    } rows[] = {
        { "{\"type\": \"l1\"}, {\"type\": \"l2\"}", 0, 1, NULL, NULL },
        { "{\"type\": \"l1\"}, {\"type\": \"mmd\", \"prior_variance\": 4}", 4, 4, NULL, "mmd" },
        { "{\"type\": \"kl\"}, {\"type\": \"mmd\"}", 1, 1, "kl", "mmd" },
        { "{\"type\": \"l2\"}, {\"type\": \"tc\"}", 1, 1, "tc", "tc" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "{\"model\": {\"type\": \"vae\"}, \"regularizer\": {\"type\": \"sum\", "
                 "\"terms\": [%s]}}",
                 rows[i].terms);
        lk_config config = lk_test_config(text);
        const lk_chosen *sum = &config.regularizer.chosen;
        const lk_regularizer *needs = lk_regularizer_needs_posterior(sum),
                             *whole = lk_regularizer_whole_batches(sum);
        assert_near(lk_prior_variance(sum), rows[i].prior_variance, 0);
        assert_near(lk_mmd_options_for(sum).prior_variance, rows[i].variance_of_codes, 0);
        assert_string_equal(needs ? needs->choice.name : "",
                            rows[i].needs_posterior ? rows[i].needs_posterior : "");
        assert_string_equal(whole ? whole->choice.name : "",
                            rows[i].whole_batches ? rows[i].whole_batches : "");
        assert_non_null(lk_regularizer_term(sum, 1));
        assert_null(lk_regularizer_term(sum, 2));
        lk_config_deinit(&config);
    }
}

static void a_weight_grows_over_its_steps_and_again_in_each_cycle(void **state) {
    (void)state;
    static const lk_anneal_options once = { 1, 4, 0 }, cyclic = { 1, 2, 4 }, none = { 1, 0, 0 };
    static const double of_once[] = { 0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 1 },
                        of_cyclic[] = { 0.5, 1, 1, 1, 0.5, 1, 1, 1, 0.5 };
    for (int step = 0; step < 9; step++) {
        assert_near(lk_anneal_factor(&once, step), of_once[step], 0);
        assert_near(lk_anneal_factor(&cyclic, step), of_cyclic[step], 0);
        assert_near(lk_anneal_factor(&none, step), 1, 0);
    }
}

static lk_node *build_free(lk_node *a, lk_node *b, const void *options) {
    return lk_kl_free_bits(a, b, *(const double *)options);
}

static void free_bits_are_nats_of_a_latent_s_mean_over_the_batch(void **state) {
    (void)state;
    struct bench t;
    const double free = 1;
    open_bench(&t, lk_test_context(), 4, 2, build_free, &free);
    fill(t.a, 0), fill(t.b, 0);
    assert_near(forward(&t, LK_TRAIN, 4, 0), 2, 0); /* both latents cost nothing, and count 1 */
    lk_graph_backward(t.graph);
    for (int i = 0; i < 8; i++) assert_near((double)t.a->grad[i], 0, 0);
    /* latent 0: two samples of 4 nats, two of 0, so 2 in the mean; latent 1: 0.5 < 1 */
    for (int i = 0; i < 4; i++) {
        t.a->value[2 * i] = LK_R(i < 2 ? sqrt(8) : 0);
        t.a->value[2 * i + 1] = 1;
    }
    assert_near(forward(&t, LK_TRAIN, 4, 0), 3, 1e-6);
    lk_graph_backward(t.graph);
    assert_near((double)t.a->grad[0], sqrt(8) / 4, 1e-6);
    assert_near((double)t.a->grad[1], 0, 0);
    close_bench(&t);
}

static lk_node *build_tc(lk_node *a, lk_node *b, const void *options) {
    return lk_tc(lk_reparameterize(a, b), a, b, options);
}

/* With all factors 1 both are log q(z | x) - log p(z), of which kl is the expectation. */
static void tc_with_all_factors_1_is_a_sample_of_kl(void **state) {
    (void)state;
    const lk_tc_options plain = { .alpha = 1, .beta = 1, .gamma = 1 };
    struct bench tc, kl;
    double sum = 0;
    enum { DRAWS = 200 };
    open_bench(&tc, lk_test_context(), 8, 4, build_tc, &plain);
    open_bench(&kl, lk_test_context(), 8, 4, build_kl, NULL);
    fill_normal(tc.a, 0.5, 1, 0), fill_normal(kl.a, 0.5, 1, 0);
    fill_normal(tc.b, -1, 0.5, 1), fill_normal(kl.b, -1, 0.5, 1);
    for (uint32_t i = 0; i < DRAWS; i++) sum += forward(&tc, LK_TRAIN, 8, i);
    double expected = forward(&kl, LK_TRAIN, 8, 0);
    assert_near(sum / DRAWS, expected, 0.06 * expected);
    sum = 0;
    for (uint32_t i = 0; i < DRAWS; i++) sum += forward(&tc, LK_EVAL, 8, i);
    assert_near(sum / DRAWS, expected, 0.06 * expected);
    close_bench(&tc), close_bench(&kl);
}

static void tc_depends_on_the_number_of_training_images(void **state) {
    (void)state;
    const lk_tc_options total = { .beta = 1 };
    struct bench t;
    open_bench(&t, lk_test_context(), 8, 3, build_tc, &total);
    fill_normal(t.a, 0, 1, 0), fill(t.b, -2);
    double alone = forward(&t, LK_TRAIN, 8, 0);
    lk_graph_set_population(t.graph, 800);
    /* weighted: A and each of 3 B lose log 100, so A - sum B gains 2 log 100 */
    assert_near(forward(&t, LK_TRAIN, 8, 0), alone + 2 * log(100), 1e-4);
    lk_graph_set_population(t.graph, 2); /* fewer than codes: as not known */
    assert_near(forward(&t, LK_TRAIN, 8, 0), alone, 1e-6);
    close_bench(&t);
}

static double four(const void *options) {
    (void)options;
    return 4;
}

static void codes_are_measured_against_the_prior_of_their_regularizer(void **state) {
    (void)state;
    const lk_regularizer other = { .choice = { .name = "other" }, .prior_variance = four },
                         free = { .choice = { .name = "free" } };
    lk_mmd_options own = { .prior_variance = 9, .scales = { 1, { 3 } } };
    lk_chosen chosen[] = { { &other.choice, NULL },
                           { &free.choice, NULL },
                           { lk_choice_find(lk_regularizers, "mmd"), &own } };
    assert_near(lk_mmd_options_for(&chosen[0]).prior_variance, 4, 0);
    assert_near(lk_mmd_options_for(&chosen[1]).prior_variance, 1, 0);
    assert_near(lk_mmd_options_for(&chosen[2]).prior_variance, 9, 0);
    assert_int_equal(lk_mmd_options_for(&chosen[2]).scales.n, 1);
    assert_int_equal(lk_mmd_options_for(&chosen[0]).scales.n, IMQ_SCALES);
}

static void the_bits_are_the_same_at_any_number_of_threads(void **state) {
    (void)state;
    builder *const builders[] = { build_vae, build_mmd };
    static lk_real gradient[2 * 64 * 48];
    for (size_t b = 0; b < LK_COUNT(builders); b++) {
        double value = 0;
        for (int n_threads = 1; n_threads <= 3; n_threads += 2) {
            lk_context context = *lk_test_context();
            lk_error err;
            struct bench t;
            assert_ok(lk_threads_create(n_threads, &context.threads, &err), &err);
            open_bench(&t, &context, 64, 48, builders[b], &imq);
            fill_normal(t.a, 0.3, 1, 1);
            fill_normal(t.b, -0.2, 1, 2);
            double got = forward(&t, LK_TRAIN, 64, 9);
            lk_graph_backward(t.graph);
            assert_true(t.params.n_trained == LK_COUNT(gradient));
            if (n_threads == 1) value = got, memcpy(gradient, t.params.gradient, sizeof gradient);
            assert_memory_equal(&got, &value, sizeof got);
            assert_memory_equal(t.params.gradient, gradient, sizeof gradient);
            close_bench(&t);
            lk_threads_destroy(context.threads);
        }
    }
}

static void wrong_shapes_are_refused(void **state) {
    (void)state;
    lk_error err;
    for (int which = 0; which < 3; which++) {
        lk_params params;
        lk_graph *graph = NULL;
        lk_params_init(&params);
        assert_ok(lk_graph_create(
                      (lk_graph_options){ .context = lk_test_context(), .params = &params, .n = 2 },
                      &graph, &err),
                  &err);
        lk_node *a = lk_input(graph, "a", LK_SHAPE_2(2, 3)),
                *b = lk_input(graph, "b", LK_SHAPE_2(2, 4));
        lk_node *images = lk_input(graph, "images", LK_SHAPE_4(2, 1, 3, 3));
        assert_null(which == 0   ? lk_kl(a, b)
                    : which == 1 ? lk_reparameterize(a, b)
                                 : lk_mmd(images, &imq));
        assert_int_equal(lk_graph_finish(graph, NULL, &err), LK_USAGE);
        assert_contains(err.text, which == 2 ? "expected codes (N, Z), got (2, 1, 3, 3)"
                                             : "got (2, 3) and (2, 4)");
        assert_null(lk_kl(NULL, b));
        assert_null(lk_kl(a, NULL));
        lk_graph_destroy(graph);
        lk_params_deinit(&params);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mmd_of_true_prior_samples_is_unbiased_and_spreads_as_known),
        cmocka_unit_test(the_prior_variance_scales_samples_and_kernel_alike),
        cmocka_unit_test(mmd_of_codes_that_are_all_the_prior_mean_is_as_known),
        cmocka_unit_test(mmd_of_codes_off_the_prior_is_positive_and_its_gradient_leads_back),
        cmocka_unit_test(mmd_of_fewer_than_two_codes_is_zero_and_so_is_its_gradient),
        cmocka_unit_test(mmd_leaves_padding_out),
        cmocka_unit_test(prior_samples_change_with_the_step_and_those_of_evaluation_are_others),
        cmocka_unit_test(the_divergence_is_zero_at_the_prior_and_positive_elsewhere),
        cmocka_unit_test(a_huge_logvar_stays_finite),
        cmocka_unit_test(a_logvar_within_the_bounds_is_left_alone),
        cmocka_unit_test(codes_are_drawn_around_mu_in_training_and_are_mu_in_evaluation),
        cmocka_unit_test(every_regularizer_says_what_it_pulls_codes_towards),
        cmocka_unit_test(a_sum_says_what_its_terms_say),
        cmocka_unit_test(a_weight_grows_over_its_steps_and_again_in_each_cycle),
        cmocka_unit_test(free_bits_are_nats_of_a_latent_s_mean_over_the_batch),
        cmocka_unit_test(tc_with_all_factors_1_is_a_sample_of_kl),
        cmocka_unit_test(tc_depends_on_the_number_of_training_images),
        cmocka_unit_test(codes_are_measured_against_the_prior_of_their_regularizer),
        cmocka_unit_test(the_bits_are_the_same_at_any_number_of_threads),
        cmocka_unit_test(wrong_shapes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
