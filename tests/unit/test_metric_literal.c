/* metric: the literal forms of losses: identities, what their options must not be, and how they
   hang together. */
#include "base/rng.h"
#include "support.h"

#include <likeness/metric.h>

#include <math.h>

enum { HEIGHT = 23, WIDTH = 19, VALUES = HEIGHT * WIDTH * 3 };

static lk_real x[VALUES], y[VALUES];
static const lk_picture_pair pair = { x, y, HEIGHT, WIDTH, 3 }, same = { x, x, HEIGHT, WIDTH, 3 };

static int draw(void **state) {
    (void)state;
    lk_rng rng = lk_rng_at(5, LK_STREAM_TEST, 0, 0);
    for (int i = 0; i < VALUES; i++) {
        x[i] = (lk_real)(0.8 * lk_rng_uniform(&rng) + 0.1);
        y[i] = (lk_real)(0.5 * (double)x[i] + 0.5 * lk_rng_uniform(&rng));
    }
    return 0;
}

static lk_structural_form plain(void) {
    return (lk_structural_form){ .windows = { 1, { 7 } },
                                 .weights = { 1, { 1 } },
                                 .alpha = 1,
                                 .beta = 1,
                                 .gamma = 1,
                                 .K1 = 0.01,
                                 .K2 = 0.03 };
}

static lk_structural_value measure(const lk_picture_pair *of, lk_structural_form form) {
    lk_structural_value value;
    lk_error err;
    assert_ok(lk_metric_structural(of, &form, &value, &err), &err);
    return value;
}

static void a_picture_and_itself_have_terms_of_1_and_no_loss(void **state) {
    (void)state;
    lk_structural_form form = plain();
    form.windows = (lk_numbers){ 2, { 3, 11 } };
    form.alpha = 2, form.gamma = 0.5;
    for (int k = 0; k < 4; k++) {
        form.sum = k % 2, form.gaussian = k / 2;
        lk_structural_value v = measure(&same, form);
        assert_near(v.l, 1, 1e-12);
        assert_near(v.c, 1, 1e-12);
        assert_near(v.s, 1, 1e-12);
        assert_near(v.similarity, form.sum ? 2 : 1, 1e-12);
        assert_near(v.loss, 0, 1e-12);
    }
    assert_near(lk_metric_mse(&same) + lk_metric_l1(&same), 0, 0);
}

static void the_reported_metrics_are_two_of_the_forms(void **state) {
    (void)state;
    lk_metrics_summary summary;
    lk_error err;
    assert_ok(lk_metrics_of_pair(x, y, HEIGHT, WIDTH, 3, &summary, &err), &err);
    lk_structural_form form = plain();
    form.windows.v[0] = 11;
    form.gaussian = true;
    assert_near(measure(&pair, form).similarity, summary.value[LK_METRIC_SSIM], 1e-13);
    form.sigma = 1.5;
    assert_near(measure(&pair, form).loss, 1 - summary.value[LK_METRIC_SSIM], 1e-13);
    form = plain();
    form.windows = (lk_numbers){ 4, { 3, 5, 7, 11 } };
    form.sum = true;
    assert_near(measure(&pair, form).similarity, summary.value[LK_METRIC_LWSSIM], 1e-13);
    assert_near(lk_metric_mse(&pair), summary.value[LK_METRIC_MSE], 1e-15);
}

static void windows_count_by_their_weights(void **state) {
    (void)state;
    lk_structural_form three = plain(), seven = plain(), both = plain();
    three.windows.v[0] = 3;
    both.windows = (lk_numbers){ 2, { 3, 7 } };
    double loss_3 = measure(&pair, three).loss, loss_7 = measure(&pair, seven).loss;
    both.weights = (lk_numbers){ 2, { 0.5, 3 } };
    assert_near(measure(&pair, both).loss, (0.5 * loss_3 + 3 * loss_7) / 2, 1e-14);
    both.weights = (lk_numbers){ 1, { 2 } };
    assert_near(measure(&pair, both).loss, loss_3 + loss_7, 1e-14);
}

/* The structure of a picture and its negative is below 0 wherever there is some. */
static void a_negative_structure_keeps_its_sign_under_powers(void **state) {
    (void)state;
    static lk_real negative[VALUES];
    const lk_picture_pair opposite = { x, negative, HEIGHT, WIDTH, 3 };
    for (int i = 0; i < VALUES; i++) negative[i] = 1 - x[i];
    lk_structural_form form = plain();
    double s = measure(&opposite, form).s;
    assert_true(s < -0.9);
    form.gamma = 0.5;
    double root = measure(&opposite, form).s;
    assert_true(root < s && root > -1);
    form.gamma = 2;
    double square = measure(&opposite, form).s;
    assert_true(square > s && square < 0);
}

static void a_change_of_brightness_alone_leaves_contrast_and_structure(void **state) {
    (void)state;
    static lk_real darker[VALUES];
    const lk_picture_pair shifted = { x, darker, HEIGHT, WIDTH, 3 };
    for (int i = 0; i < VALUES; i++) darker[i] = x[i] - LK_R(0.1);
    lk_structural_value v = measure(&shifted, plain());
    assert_true(v.l < 0.99);
    assert_near(v.c, 1, 1e-5);
    assert_near(v.s, 1, 1e-5);
}

static double ms_ssim(const lk_picture_pair *of, int scales, int window_size, double K1) {
    const lk_ms_ssim_form form = {
        .scales = scales, .window_size = window_size, .gaussian = true, .K1 = K1, .K2 = 0.03
    };
    double value = (double)NAN;
    lk_error err;
    assert_ok(lk_metric_ms_ssim(of, &form, &value, &err), &err);
    return value;
}

static void the_ms_ssim_of_a_negative_is_0(void **state) {
    (void)state;
    static lk_real turned[VALUES];
    const lk_picture_pair negative = { x, turned, HEIGHT, WIDTH, 3 };
    for (int i = 0; i < VALUES; i++) turned[i] = 1 - x[i];
    assert_near(ms_ssim(&negative, 2, 7, 0.01), 0, 0);
}

static void one_scale_of_grey_is_ssim_and_l_counts_at_the_last_scale_only(void **state) {
    (void)state;
    const lk_picture_pair grey = { x, y, HEIGHT, WIDTH, 1 };
    lk_structural_form form = plain();
    form.gaussian = true;
    assert_near(ms_ssim(&grey, 1, 7, 0.01), measure(&grey, form).similarity, 1e-13);
    assert_near(ms_ssim(&same, 3, 3, 0.01), 1, 1e-12);
    /* with C1 beyond all luminance l is 1: what is left is c s, at two scales with these
       exponents */
    double coarse[(HEIGHT / 2) * (WIDTH / 2)][2], sum = 0.0448 + 0.2856;
    static lk_real half_x[VALUES], half_y[VALUES];
    for (int i = 0; i < (HEIGHT / 2) * (WIDTH / 2); i++)
        for (int k = 0; k < 2; k++) {
            const lk_real *from = (k ? y : x) + i / (WIDTH / 2) * 2 * WIDTH + i % (WIDTH / 2) * 2;
            coarse[i][k] = ((double)from[0] + (double)from[1] + (double)from[WIDTH] +
                            (double)from[WIDTH + 1]) /
                           4;
            (k ? half_y : half_x)[i] = (lk_real)coarse[i][k];
        }
    const lk_picture_pair half = { half_x, half_y, HEIGHT / 2, WIDTH / 2, 1 };
    double expected = pow(ms_ssim(&grey, 1, 7, 1e6), 0.0448 / sum) *
                      pow(ms_ssim(&half, 1, 7, 0.01), 0.2856 / sum);
    assert_near(ms_ssim(&grey, 2, 7, 0.01), expected, 1e-7);
}

static void options_that_do_not_fit_are_named(void **state) {
    (void)state;
    struct {
        const char *message;
        lk_structural_form form;
    } rows[] = {
        { "windows[1]: expected an odd number from 3 to 19, the pictures' shorter side, got 21",
          plain() },
        { "windows[0]: expected an odd", plain() },
        { "weights: expected 1, as many as windows, or one for all, got 2", plain() },
        { "weights[0]: expected 0 or more, got -1", plain() },
        { "weights: expected one above 0, got only zeros", plain() },
        { "exponents: expected all above 0, got alpha 1, beta 0, gamma 1", plain() },
        { "windows: expected at least one, got none", plain() },
    };
    rows[0].form.windows = (lk_numbers){ 2, { 3, 21 } };
    rows[1].form.windows.v[0] = 4;
    rows[2].form.weights.n = 2;
    rows[3].form.weights.v[0] = -1;
    rows[4].form.weights.v[0] = 0;
    rows[5].form.beta = 0;
    rows[6].form.windows.n = 0;
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_structural_value value;
        lk_error err;
        assert_int_equal(lk_metric_structural(&pair, &rows[i].form, &value, &err), LK_USAGE);
        assert_contains(err.text, rows[i].message);
    }
}

static void scales_that_do_not_fit_are_named(void **state) {
    (void)state;
    static const struct {
        const char *message;
        lk_ms_ssim_form form;
    } rows[] = {
        { "the last of 3 scales: expected sides of at least 5, the window, got 4 x 5",
          { 3, 5, true, 0, 0.01, 0.03, LK_COLOR_RGB } },
        { "scales: expected 1 to 5, got 6", { 6, 3, true, 0, 0.01, 0.03, LK_COLOR_RGB } },
        { "window_size: expected an odd number", { 1, 4, true, 0, 0.01, 0.03, LK_COLOR_RGB } },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        double value;
        lk_error err;
        assert_int_equal(lk_metric_ms_ssim(&pair, &rows[i].form, &value, &err), LK_USAGE);
        assert_contains(err.text, rows[i].message);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_and_itself_have_terms_of_1_and_no_loss),
        cmocka_unit_test(the_reported_metrics_are_two_of_the_forms),
        cmocka_unit_test(windows_count_by_their_weights),
        cmocka_unit_test(a_negative_structure_keeps_its_sign_under_powers),
        cmocka_unit_test(a_change_of_brightness_alone_leaves_contrast_and_structure),
        cmocka_unit_test(the_ms_ssim_of_a_negative_is_0),
        cmocka_unit_test(one_scale_of_grey_is_ssim_and_l_counts_at_the_last_scale_only),
        cmocka_unit_test(options_that_do_not_fit_are_named),
        cmocka_unit_test(scales_that_do_not_fit_are_named),
    };
    return cmocka_run_group_tests(tests, draw, NULL);
}
