/* Figures of codes: on codes whose figures are known. */
#include "base/rng.h"
#include "evaluate/between.h"
#include "evaluate/codes.h"
#include "support.h"

#include <math.h>
#include <string.h>

enum { IMAGES = 64 };

/* Codes as a model's last batch would hold them. */
struct batch {
    lk_node latent, logvar;
    lk_model model;
    lk_real mu[IMAGES * 64], spread[IMAGES * 64];
};

static void open_batch(struct batch *b, bool posterior) {
    memset(b, 0, sizeof *b);
    b->latent.value = b->mu;
    b->logvar.value = b->spread;
    b->model.latent = &b->latent;
    if (posterior) b->model.logvar = &b->logvar;
}

static lk_code_meter *meter_of(const char *config_text, int n_images) {
    lk_config config;
    lk_code_meter *meter = NULL;
    lk_error err;
    assert_ok(
        lk_config_parse_text(config_text, strlen(config_text), "codes", NULL, 0, &config, &err),
        &err);
    assert_ok(lk_code_meter_create(lk_test_context(), &config, n_images, &meter, &err), &err);
    lk_config_deinit(&config);
    return meter;
}

static const char mmd_64[] = "{\"model\": {\"type\": \"mmd\", \"latent\": 64}}";
static const char vae_2[] = "{\"model\": {\"type\": \"vae\", \"latent\": 2}}";

static lk_codes_summary measure(const char *config, struct batch *b, int n) {
    lk_codes_summary summary;
    lk_code_meter *meter = meter_of(config, n);
    lk_code_meter_add(meter, &b->model, n);
    lk_code_meter_summarise(meter, &summary);
    summary.kl_of_latent = NULL;
    lk_code_meter_destroy(meter);
    return summary;
}

static void draw(lk_real *values, size_t n, double mean, double sd, uint32_t index) {
    lk_rng rng = lk_rng_at(3, LK_STREAM_TEST, 0, index);
    for (size_t i = 0; i < n; i++) values[i] = LK_R(mean + sd * lk_rng_normal(&rng));
}

static void mmd_of_prior_samples_lies_within_what_is_said_to_be_usual(void **state) {
    (void)state;
    struct batch b;
    open_batch(&b, false);
    double sum = 0, squares = 0, said = 0;
    for (uint32_t i = 0; i < 200; i++) {
        draw(b.mu, LK_COUNT(b.mu), 0, 1, i);
        lk_codes_summary s = measure(mmd_64, &b, IMAGES);
        sum += s.mmd, squares += s.mmd * s.mmd, said = s.mmd_prior_sd;
        assert_near(s.mmd_prior, 0, 0);
        assert_int_equal(s.mmd_n, IMAGES);
    }
    /* science.md's value for d = 64, n = 64 */
    assert_near(said, 6.4e-3, 6e-4);
    /* the prior samples stay, so it is a little less */
    assert_near(sqrt(squares / 200 - sum * sum / 40000), said, 0.35 * said);
    assert_near(sum / 200, 0, 2 * said);
}

static void mmd_of_codes_off_the_prior_is_as_known(void **state) {
    (void)state;
    struct batch b;
    open_batch(&b, false);
    lk_codes_summary s = measure(mmd_64, &b, IMAGES);
    assert_near(s.mmd, 1.92, 0.05);
    assert_int_equal(s.active, 0);
    assert_true(isnan(s.kl));
}

/* The graph's op on the same codes and samples, which differ in nothing but precision. */
static void it_is_the_statistic_that_trains(void **state) {
    (void)state;
    struct batch b;
    lk_error err;
    lk_params params;
    lk_graph *graph = NULL;
    open_batch(&b, false);
    draw(b.mu, LK_COUNT(b.mu), 0.5, 1, 0);
    lk_codes_summary s = measure(mmd_64, &b, IMAGES);
    lk_params_init(&params);
    assert_ok(
        lk_graph_create(
            (lk_graph_options){ .context = lk_test_context(), .params = &params, .n = IMAGES },
            &graph, &err),
        &err);
    lk_node *z = lk_input(graph, "z", LK_SHAPE_2(IMAGES, 64));
    lk_chosen none = { lk_regularizers[0], NULL };
    lk_mmd_options options = lk_mmd_options_for(&none);
    lk_node *mmd = lk_keep(lk_mmd(z, &options));
    assert_ok(lk_graph_finish(graph, NULL, &err), &err);
    memcpy(z->value, b.mu, sizeof b.mu);
    lk_graph_forward(graph, LK_EVAL, IMAGES, UINT32_MAX);
    assert_near(s.mmd, (double)mmd->value[0], 1e-5);
    lk_graph_destroy(graph);
    lk_params_deinit(&params);
}

static void a_latent_is_active_from_a_variance_of_a_hundredth(void **state) {
    (void)state;
    struct batch b;
    open_batch(&b, true);
    for (int i = 0; i < IMAGES; i++) {
        /* far off zero, where a sum of squares alone would drown it */
        b.mu[2 * i] = LK_R(1000 + (i % 2 ? 0.101 : -0.101));
        b.mu[2 * i + 1] = LK_R(i % 2 ? 0.099 : -0.099);
    }
    assert_int_equal(measure(vae_2, &b, IMAGES).active, 1);
}

static void the_divergence_is_given_for_each_latent(void **state) {
    (void)state;
    struct batch b;
    open_batch(&b, true);
    for (int i = 0; i < IMAGES; i++) {
        b.mu[2 * i] = i % 2 ? 1 : -1;
        b.spread[2 * i] = LK_R(log(0.25));
    }
    lk_codes_summary s;
    lk_code_meter *meter = meter_of(vae_2, IMAGES);
    for (int turn = 0; turn < 2; turn++) { /* the second time after a clear */
        lk_code_meter_clear(meter);
        lk_code_meter_add(meter, &b.model, IMAGES);
        lk_code_meter_summarise(meter, &s);
        assert_near(s.kl_of_latent[0], 0.5 * (1 + 0.25 - 1 - log(0.25)), 1e-6);
        assert_near(s.kl_of_latent[1], 0, 0);
        assert_near(s.kl, s.kl_of_latent[0], 1e-12);
        assert_int_equal(s.n, IMAGES);
    }
    lk_code_meter_destroy(meter);
}

/* Collapsed: every mean is the prior's, every variance too. Then drawn codes are prior samples,
   their means are not. */
static void codes_of_a_posterior_are_drawn_before_they_are_compared(void **state) {
    (void)state;
    struct batch b;
    open_batch(&b, true);
    lk_codes_summary s = measure(vae_2, &b, IMAGES);
    assert_near(s.kl, 0, 0);
    assert_int_equal(s.active, 0);
    assert_near(s.mmd, 0, 4 * s.mmd_prior_sd);
    for (int i = 0; i < 2 * IMAGES; i++) b.spread[i] = -30;
    assert_true(measure(vae_2, &b, IMAGES).mmd > 0.5);
    /* of the variance that logvar says */
    static const char of_4[] = "{\"model\": {\"type\": \"vae\", \"latent\": 2}, \"regularizer\": "
                               "{\"type\": \"mmd\", \"prior_variance\": 4}}";
    for (int i = 0; i < 2 * IMAGES; i++) b.spread[i] = LK_R(log(4));
    s = measure(of_4, &b, IMAGES);
    assert_near(s.mmd, 0, 4 * s.mmd_prior_sd);
}

static void models_without_a_prior_and_single_codes_have_no_mmd(void **state) {
    (void)state;
    struct batch b;
    open_batch(&b, false);
    lk_codes_summary s = measure("{\"model\": {\"latent\": 64}}", &b, IMAGES);
    assert_true(isnan(s.mmd) && isnan(s.mmd_prior) && isnan(s.mmd_prior_sd) && isnan(s.kl));
    s = measure(mmd_64, &b, 1);
    assert_true(isnan(s.mmd) && s.n == 1);
    s = measure(mmd_64, &b, 2);
    assert_true(isfinite(s.mmd) && isnan(s.mmd_prior_sd));
}

static void check_between(const lk_real *a, const lk_real *b, double t, bool spherical,
                          double first, double second) {
    lk_real out[2];
    lk_code_between(a, b, 2, t, spherical, out);
    assert_near(out[0], first, 1e-6);
    assert_near(out[1], second, 1e-6);
}

static void between_two_codes_lie_a_line_and_an_arc(void **state) {
    (void)state;
    const lk_real a[] = { 2, 0 }, b[] = { 0, 2 }, twice[] = { 4, 0 }, none[] = { 0, 0 };
    check_between(a, b, 0, true, 2, 0);
    check_between(a, b, 1, true, 0, 2);
    check_between(a, b, 0.5, true, sqrt(2), sqrt(2));
    check_between(a, b, 1 / 3.0, true, sqrt(3), 1);
    check_between(a, b, 0.25, false, 1.5, 0.5);
    /* no arc where the directions are the same, or there is none */
    check_between(a, twice, 0.5, true, 3, 0);
    check_between(a, none, 0.5, true, 1, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(between_two_codes_lie_a_line_and_an_arc),
        cmocka_unit_test(mmd_of_prior_samples_lies_within_what_is_said_to_be_usual),
        cmocka_unit_test(mmd_of_codes_off_the_prior_is_as_known),
        cmocka_unit_test(it_is_the_statistic_that_trains),
        cmocka_unit_test(a_latent_is_active_from_a_variance_of_a_hundredth),
        cmocka_unit_test(the_divergence_is_given_for_each_latent),
        cmocka_unit_test(codes_of_a_posterior_are_drawn_before_they_are_compared),
        cmocka_unit_test(models_without_a_prior_and_single_codes_have_no_mmd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
