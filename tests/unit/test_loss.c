/* loss: what holds for every loss whatever its numbers; options and their messages; sums
   of losses. */
#include "base/rng.h"
#include "loss.h"

#include <likeness/loss.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SIDE = 24, CHANNELS = 3, IMAGES = 3, ROW = SIDE * SIDE * CHANNELS, N = IMAGES * ROW };

static const lk_shape shape = { 4, { IMAGES, CHANNELS, SIDE, SIDE } };
static lk_real x[N], y[N];

static const char *const losses[] = {
    "{\"type\": \"ssim\"}",
    "{\"type\": \"lwssim\"}",
    "{\"type\": \"ssim\", \"windows\": [3, 7], \"window\": \"uniform\", \"alpha\": 0.5, \"gamma\": "
    "2}",
    "{\"type\": \"lwssim\", \"beta\": 0.5}",
    "{\"type\": \"lwssim\", \"windows\": [3], \"gamma\": 0.5}",
    "{\"type\": \"lwssim\", \"window\": \"gaussian\", \"alpha\": 2, \"beta\": 1.5, \"gamma\": 0.7}",
    "{\"type\": \"ssim\", \"windows\": [3], \"alpha\": 0.01, \"beta\": 0.01, \"gamma\": 0.01}",
    "{\"type\": \"lwssim\", \"windows\": [3, 23], \"alpha\": 16, \"beta\": 16, \"gamma\": 16}",
    "{\"type\": \"ms_ssim\", \"scales\": 2}",
    "{\"type\": \"ms_ssim\", \"scales\": 3, \"window_size\": 3, \"window\": \"uniform\"}",
    "{\"type\": \"lwssim\", \"color\": \"ycbcr\"}",
    "{\"type\": \"ms_ssim\", \"scales\": 1, \"color\": \"luma\"}",
    "{\"type\": \"mse\"}",
    "{\"type\": \"l1\"}",
    "{\"type\": \"charbonnier\"}",
    "{\"type\": \"huber\"}",
    "{\"type\": \"gradient\"}",
    "{\"type\": \"laplacian\"}",
    "{\"type\": \"focal_frequency\"}",
    "{\"type\": \"gmsd\"}",
    "{\"type\": \"gmsd\", \"color\": \"ycbcr\"}",
};

/* low + (high - low) u each. */
static void draw(uint32_t index, double low, double high, lk_real *out) {
    lk_rng rng = lk_rng_at(4, LK_STREAM_TEST, 0, index);
    for (int i = 0; i < N; i++) out[i] = LK_R(low + (high - low) * lk_rng_uniform(&rng));
}

static struct lk_test_loss loss_of(const char *options) {
    return lk_test_loss(lk_test_context_alone(), options, shape, IMAGES, x, y);
}

static double value_of(const char *options) {
    struct lk_test_loss loss = loss_of(options);
    lk_free(loss.gradient);
    return loss.value;
}

static void a_perfect_reconstruction_has_loss_0_and_gradient_0_to_the_last_bit(void **state) {
    (void)state;
    for (int bright = 0; bright < 2; bright++) {
        draw(0, bright ? 0.98 : 0, 1, x);
        memcpy(y, x, sizeof y);
        for (size_t i = 0; i < LK_COUNT(losses); i++) {
            struct lk_test_loss loss = loss_of(losses[i]);
            assert_near(loss.value, 0, 0);
            for (int j = 0; j < N; j++) assert_near((double)loss.gradient[j], 0, 0);
            lk_free(loss.gradient);
        }
    }
}

static void white_against_black_is_all_luminance(void **state) {
    (void)state;
    const double l = 1e-4 / (1 + 1e-4);
    const bool wide = sizeof(lk_real) == 8;
    /* 1/121 rounds: in float 1 is not quite the mean of 121 ones */
    const double fine = wide ? 1e-12 : 1e-6, box = wide ? 1e-12 : 1e-4;
    draw(0, 1, 1, x);
    draw(0, 0, 0, y);
    assert_near(value_of("{\"type\": \"ssim\"}"), 1 - l, fine);
    assert_near(value_of("{\"type\": \"lwssim\"}"), 1 - l, box);
    assert_near(value_of("{\"type\": \"ssim\", \"gamma\": 0.5}"), 1 - l, fine);
    assert_near(value_of("{\"type\": \"lwssim\", \"alpha\": 0.5}"), 1 - sqrt(l), box);
    assert_near(value_of("{\"type\": \"ms_ssim\", \"scales\": 1}"), 1 - l, fine);
}

/* How many windows of 3 x 3 give the naive form no finite gradient by y: sqrt(vx vy), from E[x^2] -
   m^2 in lk_real. */
static double naive_failures(void) {
    int failed = 0, n = 0;
    for (int at = 0; at + 2 * (SIDE + 1) * CHANNELS < ROW; at += CHANNELS, n++) {
        lk_real mx = 0, my = 0, mxx = 0, myy = 0;
        for (int k = 0; k < 9; k++) {
            int i = at + (k / 3 * SIDE + k % 3) * CHANNELS;
            mx += x[i] / 9, my += y[i] / 9, mxx += x[i] * x[i] / 9, myy += y[i] * y[i] / 9;
        }
        double vx = (double)(lk_real)(mxx - mx * mx), vy = (double)(lk_real)(myy - my * my);
        if (!isfinite(vx / sqrt(vx * vy))) failed++;
    }
    return (double)failed / n;
}

static void values_and_gradients_are_finite_where_windows_are_flat(void **state) {
    (void)state;
    static const struct {
        double x_low, x_high, y_low, y_high;
    } rows[] = {
        { 0.7, 0.7, 0.3, 0.3 },
        { 1, 1, 0, 0 },
        { 0.5, 0.5, 0, 1 },
        { 0, 1, 0.9, 0.9 },
        { 0.8, 0.80001, 0.8, 0.80001 },
        { 0.6, 0.6001, 0.2, 0.2 },
        { 0, 0, 0, 0 },
        { 0.9, 0.900001, 0, 1 },
        { 0, 1e-6, 0, 1e-6 },
        { 1 - 1e-6, 1, 0.5, 0.5001 },
    };
    double worst = 0;
    for (size_t r = 0; r < LK_COUNT(rows); r++) {
        draw(0, rows[r].x_low, rows[r].x_high, x);
        draw(1, rows[r].y_low, rows[r].y_high, y);
        worst = fmax(worst, naive_failures());
        for (size_t i = 0; i < LK_COUNT(losses); i++) {
            struct lk_test_loss loss = loss_of(losses[i]);
            if (!(loss.value >= 0 && loss.value <= 4))
                fail_msg("%s, pictures %zu: loss %g", losses[i], r, loss.value);
            for (int j = 0; j < N; j++)
                if (!(fabs((double)loss.gradient[j]) < 1e3))
                    fail_msg("%s, pictures %zu: gradient %g", losses[i], r,
                             (double)loss.gradient[j]);
            lk_free(loss.gradient);
        }
    }
    assert_true(worst > 0.4); /* the pictures are the hard ones */
}

static void padding_does_not_count(void **state) {
    (void)state;
    draw(0, 0, 1, x);
    draw(1, 0, 1, y);
    for (size_t i = 0; i < LK_COUNT(losses); i++) {
        struct lk_test_loss two = lk_test_loss(lk_test_context(), losses[i], shape, 2, x, y);
        lk_shape small = shape;
        small.d[0] = 2;
        struct lk_test_loss alone = lk_test_loss(lk_test_context(), losses[i], small, 2, x, y);
        assert_near(two.value, alone.value, 1e-7); /* shards differ */
        assert_memory_equal(two.gradient, alone.gradient, 2 * ROW * sizeof(lk_real));
        for (int j = 2 * ROW; j < N; j++) assert_near((double)two.gradient[j], 0, 0);
        lk_free(two.gradient), lk_free(alone.gradient);
    }
}

static void the_same_bits_come_out_at_1_and_at_3_threads(void **state) {
    (void)state;
    lk_error err;
    lk_context three = *lk_test_context_alone();
    assert_ok(lk_threads_create(3, &three.threads, &err), &err);
    draw(0, 0, 1, x);
    draw(1, 0, 1, y);
    for (size_t i = 0; i < LK_COUNT(losses); i++) {
        struct lk_test_loss a = loss_of(losses[i]),
                            b = lk_test_loss(&three, losses[i], shape, IMAGES, x, y);
        assert_true(a.value == b.value);
        assert_memory_equal(a.gradient, b.gradient, N * sizeof(lk_real));
        lk_free(a.gradient), lk_free(b.gradient);
    }
    lk_threads_destroy(three.threads);
}

static void a_weight_given_once_stands_for_all_windows(void **state) {
    (void)state;
    draw(0, 0, 1, x);
    draw(1, 0, 1, y);
    double small = value_of("{\"type\": \"lwssim\", \"windows\": [3]}"),
           large = value_of("{\"type\": \"lwssim\", \"windows\": [9]}");
    assert_near(value_of("{\"type\": \"lwssim\", \"windows\": [3, 9], \"weights\": [2]}"),
                small + large, 1e-6);
    assert_near(value_of("{\"type\": \"lwssim\", \"windows\": [3, 9], \"weights\": [0, 3]}"),
                1.5 * large, 1e-6);
    assert_near(value_of("{\"type\": \"lwssim\", \"windows\": [3, 9], \"weights\": [1, 3]}"),
                0.5 * small + 1.5 * large, 1e-6);
}

static void a_sum_is_the_weighted_sum_of_its_terms(void **state) {
    (void)state;
    draw(0, 0, 1, x);
    draw(1, 0, 1, y);
    struct lk_test_loss sum = loss_of("{\"type\": \"sum\", \"terms\": [{\"type\": \"lwssim\", "
                                      "\"windows\": [5], \"scale\": 0.84},\n"
                                      "{\"type\": \"l1\", \"scale\": 0.16}, {}]}");
    struct lk_test_loss a = loss_of("{\"type\": \"lwssim\", \"windows\": [5]}"),
                        b = loss_of("{\"type\": \"l1\"}"), c = loss_of("{}");
    assert_near(sum.value, 0.84 * a.value + 0.16 * b.value + c.value, 1e-6);
    for (int i = 0; i < N; i++)
        a.gradient[i] = LK_R(0.84) * a.gradient[i] + LK_R(0.16) * b.gradient[i] + c.gradient[i];
    assert_near(lk_test_relative_l2(sum.gradient, a.gradient, N), 0, 1e-5);
    lk_free(sum.gradient), lk_free(a.gradient), lk_free(b.gradient), lk_free(c.gradient);
}

static void a_sum_without_terms_is_that_of_zhao_et_al(void **state) {
    (void)state;
    lk_arena arena;
    lk_chosen loss;
    lk_error err;
    lk_arena_init(&arena);
    assert_ok(lk_test_loss_read("{\"type\": \"sum\"}", &arena, &loss, &err), &err);
    const lk_sum_options *o = loss.options;
    assert_int_equal(o->terms.n, 2);
    assert_string_equal(o->terms.item[0].chosen.choice->name, "ms_ssim");
    assert_string_equal(o->terms.item[1].chosen.choice->name, "l1");
    assert_near(lk_sum_scale(o, 0), 0.84, 0);
    assert_near(lk_sum_scale(o, 1), 0.16, 0);
    lk_arena_deinit(&arena);
}

static void wrong_options_say_where_and_what(void **state) {
    (void)state;
    static const struct {
        const char *options, *expected;
    } rows[] = {
        { "{\"type\": \"lwssim\",\n\"windows\": [3, 5,\n6]}",
          "c.json:3: reconstruction.windows[2]: expected an odd number, got 6" },
        { "{\"type\": \"ssim\",\n\"weights\": [1, 2]}",
          "c.json:2: reconstruction.weights: expected a weight for each of the 1 windows" },
        { "{\"type\": \"ssim\",\n\"weights\": [0]}",
          "c.json:2: reconstruction.weights: expected a weight above 0" },
        { "{\"type\": \"ssim\",\n\"alpha\": 0}",
          "c.json:2: reconstruction.alpha: expected a number from 0.01 to 16 ... got 0" },
        { "{\"type\": \"ssim\", \"windows\": [1]}",
          "reconstruction.windows[0]: expected a whole number from 3 ... got 1" },
        { "{\"type\": \"ms_ssim\",\n\"window_size\": 8}",
          "c.json:2: reconstruction.window_size: expected an odd number, got 8" },
        { "{\"type\": \"sum\", \"terms\": [{\"type\": \"mse\"},\n{\"type\": \"ssim\", \"windos\": "
          "[3]}]}",
          "c.json:2: reconstruction.terms[1]: unknown key \"windos\", did you mean \"windows\"?" },
        { "{\"type\": \"sum\", \"terms\": [{\"type\": \"mse\",\n\"scale\": 0}]}",
          "c.json:2: reconstruction.terms[0].scale: expected a number ... got 0" },
        { "{\"type\": \"sum\", \"terms\": [\n{\"type\": \"sum\"}]}",
          "c.json:2: reconstruction.terms[0]: unknown type \"sum\"" },
        { "{\"type\": \"sum\", \"terms\": [{\"type\": \"lwssim\", \"windows\": [3],\n\"weights\": "
          "[1, 2]}]}",
          "c.json:2: reconstruction.terms[0].weights: expected a weight for each" },
        { "{\"type\": \"sum\", \"terms\": [\n3]}",
          "c.json:2: reconstruction.terms[0]: expected an object ... got 3" },
        { "{\"type\": \"sum\",\n\"terms\": []}", "c.json:2: reconstruction.terms: expected a list "
                                                 "of 1 to 8 losses ... got an empty list" },
        { "{\"type\": \"sum\", \"terms\": [{},{},{},{},{},{},{},{},{}]}",
          "reconstruction.terms: expected a list of 1 to 8 losses ... got a list of 9" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_arena arena;
        lk_chosen loss;
        lk_error err = { "nothing" };
        lk_arena_init(&arena);
        assert_int_equal(lk_test_loss_read(rows[i].options, &arena, &loss, &err), LK_USAGE);
        assert_contains(err.text, rows[i].expected);
        lk_arena_deinit(&arena);
    }
}

static void what_does_not_fit_the_images_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *options, *expected;
    } rows[] = {
        { "{\"type\": \"lwssim\", \"windows\": [3, 25]}", "windows[1]: expected at most 24" },
        { "{\"type\": \"ms_ssim\"}", "scales: expected at most 2, got 3, for a window of 11" },
        { "{\"type\": \"ms_ssim\", \"scales\": 5, \"window_size\": 3}",
          "scales: expected at most 4, got 5, for a window of 3" },
        { "{\"type\": \"ms_ssim\", \"scales\": 1, \"window_size\": 25}",
          "window_size: expected at most" },
        { "{\"type\": \"sum\", \"terms\": [{}, {\"type\": \"ssim\", \"windows\": [27]}]}",
          "terms[1]: node 3 (ssim, from x): windows[0]: expected at most 24" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_error err = { "nothing" };
        assert_int_equal(lk_test_loss_refusal(rows[i].options, shape, &err), LK_USAGE);
        assert_contains(err.text, rows[i].expected);
    }
}

static void grey_pictures_are_luma_and_have_no_chroma(void **state) {
    (void)state;
    const lk_shape grey = LK_SHAPE_4(IMAGES, 1, SIDE, SIDE);
    draw(0, 0, 1, x);
    draw(1, 0, 1, y);
    struct lk_test_loss rgb = lk_test_loss(lk_test_context_alone(), "{\"type\": \"ssim\"}", grey,
                                           IMAGES, x, y),
                        luma = lk_test_loss(lk_test_context_alone(),
                                            "{\"type\": \"ssim\", \"color\": \"luma\"}", grey,
                                            IMAGES, x, y);
    assert_true(rgb.value == luma.value);
    assert_memory_equal(rgb.gradient, luma.gradient, IMAGES * SIDE * SIDE * sizeof *rgb.gradient);
    lk_free(rgb.gradient), lk_free(luma.gradient);
    lk_error err = { "nothing" };
    assert_int_equal(
        lk_test_loss_refusal("{\"type\": \"ms_ssim\", \"scales\": 1, \"color\": \"ycbcr\"}", grey,
                             &err),
        LK_USAGE);
    assert_contains(err.text, "color ycbcr: expected pictures of 3 channels, got (3, 1, 24, 24)");
}

static void the_defaults_fit_images_of_64(void **state) {
    (void)state;
    for (const lk_choice *const *row = lk_losses; *row; row++) {
        char options[64];
        lk_error err = { "nothing" };
        if (((const lk_loss *)*row)->needs_more) continue;
        snprintf(options, sizeof options, "{\"type\": \"%s\"}", (*row)->name);
        assert_ok(lk_test_loss_refusal(options, LK_SHAPE_4(2, 3, 64, 64), &err), &err);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_perfect_reconstruction_has_loss_0_and_gradient_0_to_the_last_bit),
        cmocka_unit_test(white_against_black_is_all_luminance),
        cmocka_unit_test(values_and_gradients_are_finite_where_windows_are_flat),
        cmocka_unit_test(padding_does_not_count),
        cmocka_unit_test(the_same_bits_come_out_at_1_and_at_3_threads),
        cmocka_unit_test(a_weight_given_once_stands_for_all_windows),
        cmocka_unit_test(a_sum_is_the_weighted_sum_of_its_terms),
        cmocka_unit_test(a_sum_without_terms_is_that_of_zhao_et_al),
        cmocka_unit_test(wrong_options_say_where_and_what),
        cmocka_unit_test(what_does_not_fit_the_images_is_refused),
        cmocka_unit_test(grey_pictures_are_luma_and_have_no_chroma),
        cmocka_unit_test(the_defaults_fit_images_of_64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
