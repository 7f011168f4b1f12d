/* The commands sample, interpolate, traverse and encode as users see them. */
#include "evaluate/prior.h"
#include "io/npy.h"
#include "net/trained.h"
#include "program.h"

#include <likeness/loader.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { VALUES = SIDE * SIDE * 3, LATENTS = 6 };

static int models_start(void **state) {
    int failed = program_start(state);
    make_model_of("vae.safetensors", 3, "model.type=vae");
    make_model_of("wide.safetensors", 3, "regularizer={\"type\": \"mmd\", \"prior_variance\": 4}");
    make_model_of("ae.safetensors", 3, "model.type=ae");
    draw("a.png", SIDE, SIDE, 1, false);
    draw("b.png", 40, 24, 2, false);
    return failed;
}

/* ---- sample ---- */

static void samples_are_the_decoder_of_codes_from_the_prior(void **state) {
    (void)state;
    static const struct {
        const char *model;
        double variance;
    } rows[] = { { "vae.safetensors", 1 }, { "wide.safetensors", 4 } };
    enum { N = LK_EVALUATION_BATCH + 6 };
    static lk_real codes[N * LATENTS], expected[N * VALUES], planes[N * VALUES];
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_trained decoder;
        lk_error err;
        assert_int_equal(likeness("sample %s -n %d --seed 5 --npy s.npy", rows[i].model, N), 0);
        lk_npy array = array_of("s.npy");
        assert_ok(lk_trained_open_part(in_folder(rows[i].model), &context, LK_MODEL_DECODER,
                                       &decoder, &err),
                  &err);
        lk_prior_sample(&(lk_prior){ .variance = rows[i].variance }, 5, 0, N, LATENTS, codes);
        lk_net_map(decoder.net.model.latent, decoder.net.model.output, codes, N, expected);
        lk_from_channels_last(LK_SHAPE_4(N, 3, SIDE, SIDE), expected, planes);
        assert_int_equal(array.n, N * VALUES);
        for (size_t k = 0; k < array.n; k++) assert_near(array.values[k], (double)planes[k], 1e-6);
        lk_trained_close(&decoder);
        lk_npy_deinit(&array);
    }
    double squares = 0;
    for (size_t k = 0; k < LK_COUNT(codes); k++) squares += (double)codes[k] * (double)codes[k];
    assert_near(squares / LK_COUNT(codes), 4, 4 * 4 * sqrt(2.0 / LK_COUNT(codes)));
}

static void the_same_seed_gives_the_same_bytes_and_fewer_are_the_first_of_more(void **state) {
    (void)state;
    assert_int_equal(
        likeness("sample vae.safetensors -n 70 --seed 9 --out s1.png --npy s1.npy --threads 1"), 0);
    assert_int_equal(
        likeness("sample vae.safetensors -n=70 --seed 9 --out s3.png --npy s3.npy --threads 3"), 0);
    assert_int_equal(likeness("sample vae.safetensors -n 70 --seed 10 --npy other.npy"), 0);
    assert_int_equal(likeness("sample vae.safetensors -n 7 --seed 9 --npy few.npy"), 0);
    assert_int_equal(lk_test_run(out, sizeof out, "cd '%s' && cmp s1.npy s3.npy", folder), 0);
    assert_same_pixels("s1.png", "s3.png");
    lk_npy all = array_of("s1.npy"), few = array_of("few.npy"), other = array_of("other.npy");
    assert_memory_equal(all.values, few.values, few.n * sizeof *few.values);
    assert_true(memcmp(all.values, other.values, few.n * sizeof *few.values) != 0);
    lk_npy_deinit(&all);
    lk_npy_deinit(&few);
    lk_npy_deinit(&other);
}

static void samples_are_written_as_a_nearly_square_grid_and_as_single_files(void **state) {
    (void)state;
    const cJSON *report =
        json_of("sample vae.safetensors -n 10 --out ten.png --folder ten/deep --json");
    assert_near(number(report, "n"), 10, 0);
    assert_near(number(report, "seed"), 1, 0);
    assert_string_equal(string(report, "out"), "ten.png");
    assert_string_equal(string(report, "folder"), "ten/deep");
    lk_image grid = picture_of("ten.png"), last = picture_of("ten/deep/00009.png");
    assert_int_equal(last.width, SIDE);
    assert_memory_equal(lk_test_cell(&grid, 3, 4, 2, 1), last.pixels, 3);
    const uint8_t white[3] = { 255, 255, 255 };
    assert_memory_equal(lk_test_cell(&grid, 3, 4, 2, 2), white, 3); /* there is no eleventh */
    assert_false(lk_file_may_exist(in_folder("ten/deep/00010.png")));
    lk_image_deinit(&grid);
    lk_image_deinit(&last);
}

/* The mean of the codes, and their covariance with n - 1. */
static void moments_of(const lk_npy *codes, double mean[LATENTS], double cov[LATENTS][LATENTS]) {
    size_t n = codes->n / LATENTS;
    for (int i = 0; i < LATENTS; i++) {
        mean[i] = 0;
        for (size_t k = 0; k < n; k++)
            mean[i] += codes->values[k * LATENTS + (size_t)i] / (double)n;
    }
    for (int i = 0; i < LATENTS; i++)
        for (int j = 0; j < LATENTS; j++) {
            cov[i][j] = 0;
            for (size_t k = 0; k < n; k++) {
                const double *code = codes->values + k * LATENTS;
                cov[i][j] += (code[i] - mean[i]) * (code[j] - mean[j]) / (double)(n - 1);
            }
        }
}

static void a_fitted_gaussian_has_the_mean_and_covariance_of_the_training_codes(void **state) {
    (void)state;
    double mean[LATENTS], cov[LATENTS][LATENTS];
    lk_trained encoder;
    lk_pack *pack = NULL;
    lk_prior prior;
    lk_error err;
    assert_int_equal(likeness("prepare --synthetic 300 --seed 2 --size 16 --out fit.lkd"), 0);
    assert_int_equal(likeness("encode ae.safetensors --data fit.lkd --split train --out z.npy"), 0);
    lk_npy codes = array_of("z.npy");
    moments_of(&codes, mean, cov);
    assert_ok(lk_trained_open(in_folder("ae.safetensors"), &context, NULL, 0, &encoder, &err),
              &err);
    assert_ok(lk_pack_open(in_folder("fit.lkd"), &context, &pack, &err), &err);
    assert_ok(lk_prior_fit(&context, &encoder.net.model, pack, NULL, &prior, &err), &err);
    for (int i = 0; i < LATENTS; i++) {
        assert_near(prior.mean[i], mean[i], 1e-6);
        for (int j = 0; j <= i; j++) {
            double product = 0; /* factor factor^T */
            for (int k = 0; k <= j; k++)
                product += prior.factor[i * LATENTS + k] * prior.factor[j * LATENTS + k];
            assert_near(product, cov[i][j], 1e-6 * sqrt(cov[i][i] * cov[j][j]));
        }
    }
    lk_prior_deinit(&prior);
    lk_pack_close(pack);
    lk_trained_close(&encoder);
    lk_npy_deinit(&codes);
}

static void fitted_samples_are_mean_plus_factor_times_those_of_the_standard_prior(void **state) {
    (void)state;
    double mean[] = { 1, -2 }, factor[] = { 2, 99, 3, 0.5 }; /* 99: not read */
    const lk_prior standard = { .variance = 1 },
                   fitted = { .latents = 2, .mean = mean, .factor = factor };
    lk_real x[6], y[6];
    lk_prior_sample(&standard, 7, 3, 3, 2, x);
    lk_prior_sample(&fitted, 7, 3, 3, 2, y);
    for (int i = 0; i < 6; i += 2) {
        assert_near(y[i], 1 + 2 * (double)x[i], 1e-6);
        assert_near(y[i + 1], -2 + 3 * (double)x[i] + 0.5 * (double)x[i + 1], 1e-6);
    }
}

static void a_model_without_a_prior_is_sampled_with_fit(void **state) {
    (void)state;
    assert_int_equal(likeness("sample ae.safetensors -n 4 --out none.png"), 2);
    assert_contains(out, "sample --fit");
    const cJSON *report = json_of("sample ae.safetensors --fit --data fit.lkd -n 70 --npy a1.npy "
                                  "--threads 1 --json");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(report, "fitted")));
    assert_int_equal(
        likeness("sample ae.safetensors --fit --data fit.lkd -n 70 --npy a3.npy --threads 3"), 0);
    assert_int_equal(lk_test_run(out, sizeof out, "cd '%s' && cmp a1.npy a3.npy", folder), 0);
    assert_int_equal(likeness("sample ae.safetensors --data fit.lkd --out none.png"), 2);
    assert_contains(out, "--data: expected --fit with it");
    assert_int_equal(likeness("eval ae.safetensors --data fit.lkd --samples 20 --fit"), 0);
    assert_contains(out, "samples, seed 1");
    assert_int_equal(likeness("eval ae.safetensors --data fit.lkd --fit"), 2);
    assert_contains(out, "--fit: expected --samples N with it");
    make_model_of("vq.safetensors", 3, "model.type=vq");
    assert_int_equal(likeness("sample vq.safetensors --fit --data fit.lkd --out none.png"), 2);
    assert_contains(out, "from a codebook");
}

/* ---- interpolate and traverse ---- */

static void assert_decoded(const uint8_t *pixel, const lk_npy *array, int picture) {
    for (int c = 0; c < 3; c++)
        assert_int_equal(pixel[c],
                         (int)lround(255 * array->values[(picture * 3 + c) * SIDE * SIDE]));
}

static void interpolations_go_from_reconstruction_to_reconstruction(void **state) {
    (void)state;
    static const char *const models[] = { "ae", "vae" }, *const paths[] = { "linear", "spherical" };
    for (int i = 0; i < 2; i++) {
        char words[128];
        assert_int_equal(likeness("reconstruct %s.safetensors a.png b.png --npy ab.npy", models[i]),
                         0);
        snprintf(words, sizeof words,
                 "interpolate %s.safetensors a.png b.png a.png --steps 5 --out way.png --json",
                 models[i]);
        const cJSON *report = json_of(words);
        assert_string_equal(string(report, "path"), paths[i]);
        assert_near(number(report, "rows"), 2, 0);
        assert_near(number(report, "steps"), 5, 0);
        lk_image grid = picture_of("way.png"), original = picture_of("a.png");
        lk_npy array = array_of("ab.npy");
        assert_memory_equal(lk_test_cell(&grid, 2, 7, 0, 0), original.pixels, 3);
        assert_memory_equal(lk_test_cell(&grid, 2, 7, 1, 6), original.pixels, 3);
        assert_decoded(lk_test_cell(&grid, 2, 7, 0, 1), &array, 0);
        assert_decoded(lk_test_cell(&grid, 2, 7, 0, 5), &array, 1);
        assert_decoded(lk_test_cell(&grid, 2, 7, 1, 1), &array, 1);
        assert_decoded(lk_test_cell(&grid, 2, 7, 1, 5), &array, 0);
        lk_image_deinit(&grid);
        lk_image_deinit(&original);
        lk_npy_deinit(&array);
    }
    assert_int_equal(
        likeness("interpolate vae.safetensors a.png b.png --out way.png --path linear"), 0);
    assert_contains(out, "way.png: 1 row of 8 steps, linear\n");
    /* the angle between the codes is 0 */
    assert_int_equal(likeness("interpolate vae.safetensors a.png a.png --out same.png"), 0);
}

static void traversals_have_a_row_for_each_latent(void **state) {
    (void)state;
    const cJSON *report =
        json_of("traverse wide.safetensors --latents 4,0 --steps 3 --range 2 --out t.png --json");
    assert_near(item(report, "latents", 0)->valuedouble, 4, 0);
    assert_near(item(report, "latents", 1)->valuedouble, 0, 0);
    /* two standard deviations of the prior */
    assert_near(item(report, "values", 0)->valuedouble, -4, 0);
    assert_near(item(report, "values", 1)->valuedouble, 0, 0);
    assert_near(item(report, "values", 2)->valuedouble, 4, 0);
    lk_image grid = picture_of("t.png");
    size_t row = LK_TEST_SHOWN * 3;
    /* both are the prior's mean */
    assert_memory_equal(lk_test_cell(&grid, 2, 4, 0, 1), lk_test_cell(&grid, 2, 4, 1, 1), row);
    assert_true(memcmp(lk_test_cell(&grid, 2, 4, 0, 0), lk_test_cell(&grid, 2, 4, 1, 0), row) != 0);
    lk_image_deinit(&grid);
    report = json_of("traverse ae.safetensors a.png --rows 20 --out t.png --json");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(report, "latents")),
                     LATENTS);
    assert_int_equal(likeness("traverse vae.safetensors a.png --rows 2 --out t.png"), 0);
    assert_contains(out,
                    "; values from -3 to 3 standard deviations of the prior\nlatent   change\n");
}

/* If all weights but those of one latent are 0, only that latent changes the picture. */
static void without_a_list_the_latents_that_matter_come_first(void **state) {
    (void)state;
    lk_config config;
    lk_net net;
    lk_error err;
    const char *const set = "model.type=vae";
    assert_ok(
        lk_config_parse_text(small_config, strlen(small_config), "small", &set, 1, &config, &err),
        &err);
    assert_ok(lk_net_init(&net, &context, &config, (lk_image_shape){ SIDE, 3 }, 1, 1, false, &err),
              &err);
    const lk_param *weight = lk_params_find(&net.params, "decoder.0.weight"); /* (80, 6) */
    for (int i = 0; i < 80 * LATENTS; i++)
        if (i % LATENTS != 4)
            net.params.trained[weight->offset + (size_t)i] /= i % LATENTS == 2 ? 4 : 1000;
    assert_ok(lk_model_write(in_folder("one.safetensors"), &net, &config, NULL, NULL,
                             net.params.trained, &err),
              &err);
    lk_net_deinit(&net);
    lk_config_deinit(&config);
    const cJSON *report = json_of("traverse one.safetensors --rows 2 --out t.png --json");
    assert_near(item(report, "latents", 0)->valuedouble, 4, 0);
    assert_near(item(report, "latents", 1)->valuedouble, 2, 0);
}

/* ---- encode ---- */

static void codes_are_those_of_the_whole_model(void **state) {
    (void)state;
    assert_int_equal(likeness("prepare --synthetic 700 --seed 2 --size 16 --out faces.lkd"), 0);
    const cJSON *report =
        json_of("encode vae.safetensors --data faces.lkd --split train --out z.npy --json");
    lk_npy array = array_of("z.npy");
    lk_trained whole;
    lk_pack *pack = NULL;
    lk_loader *loader = NULL;
    lk_error err;
    assert_ok(lk_trained_open(in_folder("vae.safetensors"), &context, NULL, 0, &whole, &err), &err);
    assert_ok(lk_pack_open(in_folder("faces.lkd"), &context, &pack, &err), &err);
    int n = lk_pack_count(pack, LK_SPLIT_TRAIN), at = 0;
    assert_true(n > 2 * LK_EVALUATION_BATCH && n % LK_EVALUATION_BATCH);
    assert_near(number(report, "n"), n, 0);
    assert_near(number(report, "latents"), LATENTS, 0);
    assert_true(array.n_dims == 2 && array.shape[0] == (size_t)n && array.shape[1] == LATENTS);
    lk_loader_options options = { .batch_size = LK_EVALUATION_BATCH };
    assert_ok(lk_loader_create(pack, &options, &loader, &err), &err);
    for (int batch = 0; batch < lk_loader_batches(loader); batch++) {
        int n_valid =
            lk_loader_fill(loader, &context, 0, batch, whole.net.model.images->value, NULL);
        lk_graph_forward(whole.net.graph, LK_EVAL, n_valid, 0);
        for (int i = 0; i < n_valid * LATENTS; i++, at++)
            assert_near(array.values[at], (double)whole.net.model.latent->value[i], 1e-6);
    }
    lk_npy_deinit(&array);
    lk_loader_destroy(loader);
    lk_pack_close(pack);
    lk_trained_close(&whole);
    assert_int_equal(likeness("encode ae.safetensors --data faces.lkd --out z.npy"), 0);
    assert_contains(out, " codes of 6 numbers\n");
}

static void eval_describes_the_codes(void **state) {
    (void)state;
    assert_int_equal(likeness("prepare --synthetic 300 --seed 2 --size 16 --out some.lkd"), 0);
    const cJSON *codes = cJSON_GetObjectItemCaseSensitive(
        json_of("eval vae.safetensors --data some.lkd --split train --json"), "codes");
    assert_near(number(codes, "latents"), LATENTS, 0);
    assert_true(number(codes, "active") <= LATENTS);
    assert_true(number(codes, "kl") > 0);
    assert_true(isfinite(number(codes, "mmd")) && number(codes, "mmd_prior_sd") > 0);
    assert_near(number(codes, "mmd_prior"), 0, 0);
    double mmd = number(codes, "mmd");
    codes = cJSON_GetObjectItemCaseSensitive(
        json_of("eval vae.safetensors --data some.lkd --split train --json --threads 1"), "codes");
    assert_near(number(codes, "mmd"), mmd, 0);
    codes = cJSON_GetObjectItemCaseSensitive(json_of("eval ae.safetensors --data some.lkd --json"),
                                             "codes");
    assert_true(isnan(number(codes, "kl")) && isnan(number(codes, "mmd")));
    assert_int_equal(likeness("eval vae.safetensors --data some.lkd"), 0);
    assert_contains(out, " of 6 latents active, KL ");
    assert_contains(out, "(true prior samples: 0 ± ");
}

/* ---- errors ---- */

static void a_folder_with_further_pictures_is_refused_or_cleared_of_them(void **state) {
    (void)state;
    assert_int_equal(likeness("sample vae.safetensors -n 5 --folder twice"), 0);
    put("twice/00009.txt", "x", 1);
    put("twice/9.png", "x", 1);
    assert_int_equal(likeness("sample vae.safetensors -n 5 --seed 2 --folder twice"), 0);
    assert_int_equal(likeness("sample vae.safetensors -n 3 --folder twice"), 2);
    assert_contains(out, "twice: expected at most 3 numbered pictures, got 0000");
    assert_contains(out, "--force");
    assert_int_equal(likeness("sample vae.safetensors -n 3 --folder twice --force && ls twice"), 0);
    assert_contains(out, "00000.png\n00001.png\n00002.png\n00009.txt\n9.png\n");
}

static void wrong_usage_says_what_is_expected(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "sample ae.safetensors --out x.png", "ae.safetensors: expected a model with a prior" },
        { "sample ae.safetensors --out x.png",
          "drawing codes, got ae with regularizer none; without a prior use sample --fit" },
        { "sample vae.safetensors -n 0 --out x.png",
          "-n: expected a whole number from 1 to 100000 ... got 0" },
        { "sample vae.safetensors -n x --out x.png",
          "-n: expected a whole number ... got \"x\" (a string)" },
        { "sample vae.safetensors -n", "-n: expected ... got nothing" },
        { "sample vae.safetensors -n 5000 --out x.png",
          "-n: expected at most 4096 pictures in a grid, got 5000" },
        { "sample vae.safetensors --sed 3 --out x.png",
          "unknown option --sed, did you mean --seed?" },
        { "sample --out x.png", "too few words" },
        { "interpolate vae.safetensors a.png --out x.png", "expected at least 2 pictures, got 1" },
        { "interpolate vae.safetensors a.png b.png --out x.png --steps 1",
          "--steps: expected a whole number from 2 to 64 ... got 1" },
        { "interpolate vae.safetensors a.png b.png --out x.png --path strait",
          "expected auto, linear or spherical" },
        { "traverse ae.safetensors --out x.png", "starting from its mean, got ae" },
        { "traverse vae.safetensors --out x.png --latents 1,6",
          "--latents: [1]: expected a whole number from 0 to 5 ... got 6" },
        { "traverse vae.safetensors --out x.png --latents a",
          "--latents: expected ... got \"[a]\"" },
        { "traverse vae.safetensors --out x.png --latents 1]", "--latents: expected " },
        { "encode vae.safetensors --out z.npy", "expected --data FILE.lkd: vae" },
        { "encode vae.safetensors --data faces.lkd --out z.npy --split tests",
          "expected train, val or test ... did you mean \"test\"?" },
    };
    check_rows(rows, LK_COUNT(rows), 2);
}

static void bad_files_are_named(void **state) {
    (void)state;
    assert_int_equal(likeness("prepare --synthetic 60 --size 24 --out large.lkd"), 0);
    put("broken.png", "nothing", 7);
    static const struct row rows[] = {
        { "sample absent.safetensors --out x.png", "absent.safetensors: " },
        { "sample broken.png --out x.png", "broken.png: " },
        { "interpolate vae.safetensors a.png broken.png --out x.png", "broken.png: " },
        { "traverse vae.safetensors absent.png --out x.png", "absent.png: " },
        { "encode vae.safetensors --data large.lkd --out z.npy",
          "large.lkd: expected pictures of 16 x 16 with 3 channels for the model, got 24 x 24" },
        { "encode vae.safetensors --data a.png --out z.npy", "a.png: " },
    };
    check_rows(rows, LK_COUNT(rows), 3);
    static const struct row unwritable[] = {
        { "sample vae.safetensors --out nowhere/x.png", "nowhere/" },
        { "sample vae.safetensors --folder a.png", "a.png" },
        { "encode vae.safetensors --data faces.lkd --out nowhere/z.npy", "nowhere/" },
    };
    check_rows(unwritable, LK_COUNT(unwritable), 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_the_decoder_of_codes_from_the_prior),
        cmocka_unit_test(the_same_seed_gives_the_same_bytes_and_fewer_are_the_first_of_more),
        cmocka_unit_test(a_fitted_gaussian_has_the_mean_and_covariance_of_the_training_codes),
        cmocka_unit_test(fitted_samples_are_mean_plus_factor_times_those_of_the_standard_prior),
        cmocka_unit_test(a_model_without_a_prior_is_sampled_with_fit),
        cmocka_unit_test(samples_are_written_as_a_nearly_square_grid_and_as_single_files),
        cmocka_unit_test(interpolations_go_from_reconstruction_to_reconstruction),
        cmocka_unit_test(traversals_have_a_row_for_each_latent),
        cmocka_unit_test(without_a_list_the_latents_that_matter_come_first),
        cmocka_unit_test(codes_are_those_of_the_whole_model),
        cmocka_unit_test(eval_describes_the_codes),
        cmocka_unit_test(a_folder_with_further_pictures_is_refused_or_cleared_of_them),
        cmocka_unit_test(wrong_usage_says_what_is_expected),
        cmocka_unit_test(bad_files_are_named),
    };
    return cmocka_run_group_tests(tests, models_start, program_end);
}
