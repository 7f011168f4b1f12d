/* net: the loss perceptual against PyTorch's float64 autograd (scripts/golden/perceptual.py), and
   what it says of its file. evaluate: the metrics frechet and lpips in the same network. */
#include "base/file.h"
#include "base/rng.h"
#include "evaluate/feature_scores.h"
#include "io/safetensors.h"
#include "loss.h"

#include <likeness/loss.h>
#include <likeness/memory.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "perceptual_values.h"

enum { N = 2 * 3 * 6 * 5, WEIGHTS_MAX = 1024 };
static const lk_shape shape = { 4, { 2, 3, 6, 5 } };
static char folder[LK_PATH_MAX];

static void draw(uint32_t index, size_t n, double shift, double *out) {
    lk_rng rng = lk_rng_at(5, LK_STREAM_TEST, 0, index);
    for (size_t i = 0; i < n; i++) out[i] = lk_rng_uniform(&rng) - shift;
}

/* The weights as they are drawn, with `shift` added to all, in a file. */
static const char *write_weights(const char *name, double shift) {
    static double values[WEIGHTS_MAX];
    lk_stored_tensor tensors[LK_COUNT(golden_tensors)];
    lk_error err;
    double *at = values;
    for (size_t i = 0; i < LK_COUNT(golden_tensors); i++) {
        const struct golden_tensor *golden = &golden_tensors[i];
        bool positive = strstr(golden->name, "var") || strstr(golden->name, "lin");
        size_t n = lk_shape_size(golden->shape);
        draw((uint32_t)(10 + i), n, (positive ? 0 : 0.5) - shift, at);
        tensors[i] = (lk_stored_tensor){
            .name = golden->name, .type = LK_STORED_F64, .n_dims = golden->shape.rank, .data = at
        };
        for (int d = 0; d < golden->shape.rank; d++)
            tensors[i].shape[d] = (size_t)golden->shape.d[d];
        at += n;
        assert_true(at <= values + WEIGHTS_MAX);
    }
    const char *path = lk_test_path(folder, name);
    assert_ok(lk_safetensors_write(path, tensors, LK_COUNT(golden_tensors), NULL, 0, &err), &err);
    return path;
}

static void options_of(const char *keys, const char *path, char out[2 * LK_PATH_MAX]) {
    lk_format(out, 2 * LK_PATH_MAX,
              "{\"type\": \"perceptual\", \"weights\": \"%s\", \"prefix\": \"net\", \"layers\": ["
              "{\"type\": \"conv\", \"out\": 4, \"kernel\": 3, \"stride\": 1},\n"
              "{\"type\": \"batch_norm\"}, {\"type\": \"relu\"},\n"
              "{\"type\": \"conv\", \"out\": 5, \"kernel\": 3, \"stride\": 2}]%s%s}",
              path, *keys ? ", " : "", keys);
}

static void store(const double *as_written, lk_real *out) {
    static lk_real numbers[N];
    for (int i = 0; i < N; i++) numbers[i] = LK_R(as_written[i]);
    lk_to_channels_last(shape, numbers, out);
}

static void draw_pictures(lk_real x[N], lk_real y[N]) {
    static double u[N];
    draw(0, N, 0, u);
    store(u, x);
    draw(1, N, 0, u);
    store(u, y);
}

static void values_and_gradients_equal_those_of_autograd(void **state) {
    (void)state;
    static lk_real x[N], y[N], expected[N];
    const double tolerance = sizeof(lk_real) == 8 ? 1e-10 : 1e-4;
    const char *path = write_weights("weights.safetensors", 0);
    draw_pictures(x, y);
    for (size_t i = 0; i < LK_COUNT(golden_losses); i++) {
        char options[2 * LK_PATH_MAX];
        options_of(golden_losses[i].options, path, options);
        struct lk_test_loss got = lk_test_loss(lk_test_context(), options, shape, 2, x, y);
        store(golden_losses[i].gradient, expected);
        assert_near(got.value, golden_losses[i].loss, tolerance);
        assert_near(lk_test_relative_l2(got.gradient, expected, N), 0, tolerance);
        lk_free(got.gradient);
    }
}

static void a_sum_may_have_perceptual_terms_with_files_of_their_own(void **state) {
    (void)state;
    static lk_real x[N], y[N];
    char first[2 * LK_PATH_MAX], second[2 * LK_PATH_MAX], sum[4 * LK_PATH_MAX + 64],
        path[LK_PATH_MAX];
    draw_pictures(x, y);
    snprintf(path, sizeof path, "%s", write_weights("weights.safetensors", 0));
    options_of("", path, first);
    options_of("", write_weights("others.safetensors", 0.25), second);
    snprintf(sum, sizeof sum, "{\"type\": \"sum\", \"terms\": [%s, %s, {\"type\": \"l1\"}]}", first,
             second);
    struct lk_test_loss a = lk_test_loss(lk_test_context(), first, shape, 2, x, y),
                        b = lk_test_loss(lk_test_context(), second, shape, 2, x, y),
                        c = lk_test_loss(lk_test_context(), "{\"type\": \"l1\"}", shape, 2, x, y),
                        all = lk_test_loss(lk_test_context(), sum, shape, 2, x, y);
    assert_true(b.value > 1.01 * a.value || a.value > 1.01 * b.value);
    assert_near(all.value, a.value + b.value + c.value, 1e-5);
    for (int i = 0; i < N; i++) a.gradient[i] += b.gradient[i] + c.gradient[i];
    assert_near(lk_test_relative_l2(all.gradient, a.gradient, N), 0, 1e-5);
    lk_free(a.gradient), lk_free(b.gradient), lk_free(c.gradient), lk_free(all.gradient);
}

static void the_network_drops_nothing(void **state) {
    (void)state;
    static const char *const thirds[] = { "\"leaky_relu\", \"slope\": 1", "\"dropout\"" };
    static lk_real x[N], y[N];
    struct lk_test_loss got[2];
    const char *path = write_weights("weights.safetensors", 0);
    draw_pictures(x, y);
    for (size_t i = 0; i < LK_COUNT(thirds); i++) {
        char options[2 * LK_PATH_MAX];
        lk_format(
            options, sizeof options,
            "{\"type\": \"perceptual\", \"weights\": \"%s\", \"prefix\": \"net\", \"layers\": ["
            "{\"type\": \"conv\", \"out\": 4, \"kernel\": 3, \"stride\": 1},\n"
            "{\"type\": \"batch_norm\"}, {\"type\": %s},\n"
            "{\"type\": \"conv\", \"out\": 5, \"kernel\": 3, \"stride\": 2}]}",
            path, thirds[i]);
        got[i] = lk_test_loss(lk_test_context(), options, shape, 2, x, y);
    }
    assert_near(got[1].value, got[0].value, 1e-6 * got[0].value);
    assert_near(lk_test_relative_l2(got[1].gradient, got[0].gradient, N), 0, 1e-6);
    lk_free(got[0].gradient), lk_free(got[1].gradient);
}

/* ---- metrics ---- */

enum { SCORED = 70, SCORED_SIDE = 6, SCORED_VALUES = SCORED * 3 * SCORED_SIDE * SCORED_SIDE };

/* scale u + shift, channels last */
static void draw_scored(uint32_t index, double scale, double shift, lk_real *out) {
    static double u[SCORED_VALUES];
    static lk_real numbers[SCORED_VALUES];
    draw(index, SCORED_VALUES, 0, u);
    for (int i = 0; i < SCORED_VALUES; i++) numbers[i] = LK_R(scale * u[i] + shift);
    lk_to_channels_last(LK_SHAPE_4(SCORED, 3, SCORED_SIDE, SCORED_SIDE), numbers, out);
}

/* The metrics of n pictures, added in two parts. */
static lk_metrics_summary metrics_of(const lk_feature_source *source, const lk_real *x,
                                     const lk_real *y, int n, int n_first) {
    const size_t at = (size_t)n_first * 3 * SCORED_SIDE * SCORED_SIDE;
    lk_metrics_summary summary;
    lk_feature_meter *meter = NULL;
    lk_error err;
    assert_ok(lk_feature_meter_create(lk_test_context(), source, (lk_image_shape){ SCORED_SIDE, 3 },
                                      &meter, &err),
              &err);
    lk_feature_meter_add(meter, &(lk_feature_sets){ x, y, n_first, n_first });
    lk_feature_meter_add(meter, &(lk_feature_sets){ x + at, y + at, n - n_first, n - n_first });
    assert_ok(lk_feature_meter_summarise(meter, &summary, &err), &err);
    lk_feature_meter_destroy(meter);
    return summary;
}

static void frechet_and_lpips_equal_those_of_pytorch_and_scipy(void **state) {
    (void)state;
    static lk_real x[SCORED_VALUES], y[SCORED_VALUES];
    const double tolerance = sizeof(lk_real) == 8 ? 1e-8 : 1e-6;
    char options[2 * LK_PATH_MAX];
    lk_arena arena;
    lk_chosen loss;
    lk_error err;
    lk_arena_init(&arena);
    options_of(golden_losses[1].options, write_weights("weights.safetensors", 0), options);
    assert_ok(lk_test_loss_read(options, &arena, &loss, &err), &err);
    const lk_feature_source source = { loss.options, "here" };
    draw_scored(100, 1, 0, x);
    draw_scored(101, 1.5, -0.25, y);
    for (size_t i = 0; i < LK_COUNT(golden_scores); i++) {
        const struct golden_scores *expected = &golden_scores[i];
        lk_metrics_summary got = metrics_of(&source, x, y, expected->n, expected->n - 3);
        assert_near(got.value[LK_METRIC_FRECHET], expected->frechet, tolerance);
        assert_true(isnan(got.se[LK_METRIC_FRECHET]));
        assert_near(got.value[LK_METRIC_LPIPS], expected->lpips, tolerance);
        assert_near(got.se[LK_METRIC_LPIPS], expected->lpips_se, tolerance);
    }
    lk_metrics_summary same = metrics_of(&source, x, x, SCORED, 64);
    assert_near(same.value[LK_METRIC_FRECHET], 0, 1e-9);
    assert_near(same.value[LK_METRIC_LPIPS], 0, 0);
    lk_arena_deinit(&arena);
}

static void lpips_is_the_loss_perceptual_and_needs_linear_weights(void **state) {
    (void)state;
    static lk_real x[SCORED_VALUES], y[SCORED_VALUES];
    const lk_shape scored = LK_SHAPE_4(9, 3, SCORED_SIDE, SCORED_SIDE);
    const char *const path = write_weights("weights.safetensors", 0);
    draw_scored(102, 1, 0, x);
    draw_scored(103, 1, 0, y);
    for (int with = 0; with < 2; with++) {
        char options[2 * LK_PATH_MAX];
        lk_arena arena;
        lk_chosen loss;
        lk_error err;
        lk_arena_init(&arena);
        options_of(with ? golden_losses[1].options : "\"normalize\": true", path, options);
        assert_ok(lk_test_loss_read(options, &arena, &loss, &err), &err);
        struct lk_test_loss as_loss = lk_test_loss(lk_test_context(), options, scored, 9, x, y);
        const lk_feature_source source = { loss.options, "here" };
        lk_metrics_summary got = metrics_of(&source, x, y, 9, 4);
        if (with)
            assert_near(got.value[LK_METRIC_LPIPS], as_loss.value, 1e-6);
        else
            assert_true(isnan(got.value[LK_METRIC_LPIPS]));
        lk_free(as_loss.gradient);
        lk_arena_deinit(&arena);
    }
}

/* ---- messages ---- */

static void another_file_than_the_noted_one_is_refused(void **state) {
    (void)state;
    char options[2 * LK_PATH_MAX];
    lk_error err = { "nothing" };
    lk_arena arena;
    lk_chosen loss;
    const char *path = write_weights("weights.safetensors", 0);
    lk_arena_init(&arena);
    options_of("", path, options);
    assert_ok(lk_test_loss_read(options, &arena, &loss, &err), &err);
    assert_int_equal(strlen(((const lk_perceptual_options *)loss.options)->crc32c), 8);
    options_of("\"crc32c\": \"01234567\"", path, options);
    assert_int_equal(lk_test_loss_refusal(options, shape, &err), LK_USAGE);
    assert_contains(err.text, "with the CRC-32C 01234567, got ");
    lk_arena_deinit(&arena);
}

static void what_does_not_fit_is_named(void **state) {
    (void)state;
    static const struct {
        const char *keys, *file, *expected;
    } built[] = {
        { "", "absent.safetensors", "absent.safetensors" },
        { "", "", "weights: expected the name of a .safetensors file, got none" },
        { "\"mean\": [1, 2]", "weights.safetensors",
          "mean and std: expected a number for each of 3 channels" },
        { "\"normalize\": true, \"linear\": \"scale\"", "weights.safetensors",
          "scale0.model.1.weight" },
    };
    static const struct {
        const char *keys, *expected;
    } read[] = {
        { "\"features\": [1, 4]",
          "features[1]: expected layers below 4 in ascending order, got 4" },
        { "\"features\": [2, 1]",
          "features[1]: expected layers below 4 in ascending order, got 1" },
        { "\"linear\": \"lin\"", "linear: expected \"normalize\": true with it" },
    };
    char options[2 * LK_PATH_MAX], long_prefix[200] = { 0 };
    write_weights("weights.safetensors", 0);
    memset(long_prefix, 'p', sizeof long_prefix - 1);
    for (size_t i = 0; i < LK_COUNT(built); i++) {
        lk_error err = { "nothing" };
        bool named = *built[i].file;
        options_of(built[i].keys, named ? lk_test_path(folder, built[i].file) : "", options);
        assert_true(lk_test_loss_refusal(options, shape, &err) != LK_OK);
        assert_contains(err.text, built[i].expected);
    }
    lk_error too_long = { "nothing" };
    snprintf(options, sizeof options,
             "{\"type\": \"perceptual\", \"weights\": \"%s\", \"prefix\": \"%s\", \"layers\": "
             "[{\"type\": \"relu\"}]}",
             lk_test_path(folder, "weights.safetensors"), long_prefix);
    assert_int_equal(lk_test_loss_refusal(options, shape, &too_long), LK_USAGE);
    assert_contains(too_long.text, "got the prefix pppp");
    for (size_t i = 0; i < LK_COUNT(read); i++) {
        lk_error err = { "nothing" };
        lk_arena arena;
        lk_chosen loss;
        lk_arena_init(&arena);
        options_of(read[i].keys, "weights.safetensors", options);
        assert_int_equal(lk_test_loss_read(options, &arena, &loss, &err), LK_USAGE);
        assert_contains(err.text, read[i].expected);
        lk_arena_deinit(&arena);
    }
}

static int begin(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", lk_test_folder("perceptual"));
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_gradients_equal_those_of_autograd),
        cmocka_unit_test(a_sum_may_have_perceptual_terms_with_files_of_their_own),
        cmocka_unit_test(the_network_drops_nothing),
        cmocka_unit_test(frechet_and_lpips_equal_those_of_pytorch_and_scipy),
        cmocka_unit_test(lpips_is_the_loss_perceptual_and_needs_linear_weights),
        cmocka_unit_test(another_file_than_the_noted_one_is_refused),
        cmocka_unit_test(what_does_not_fit_is_named),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
