/* The command explain on a drawn face, with a model trained for a few steps: the figure, and the
   properties its numbers must have. */
#include "program.h"

#include <likeness/image.h>
#include <likeness/pack.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FACE = 32, VALUES = FACE * FACE * 3, TRUTH = 20, STEPS = 41 };

static const char config[] = "{\"model\": {\"latent\": 8, \"architecture\": {"
                             "\"encoder\": [{\"type\": \"conv\", \"out\": 8, \"kernel\": 4, "
                             "\"stride\": 4, \"padding\": 0}, {\"type\": \"relu\"}, {\"type\": "
                             "\"flatten\"}],"
                             "\"decoder\": [{\"type\": \"linear\", \"out\": 512}, {\"type\": "
                             "\"reshape\", \"shape\": [8, 8, 8]},"
                             " {\"type\": \"conv_transpose\", \"out\": 0, \"kernel\": 4, "
                             "\"stride\": 4, \"padding\": 0}, {\"type\": \"sigmoid\"}]}},"
                             "\"train\": {\"batch_size\": 8}}";

static int train_once(void **state) {
    program_start(state);
    put("explained.json", config, strlen(config));
    assert_int_equal(
        likeness("prepare --synthetic 60 --seed 2 --size 32 --val 0.1 --test 0.2 --out faces.lkd"),
        0);
    assert_int_equal(likeness("train explained.json --data faces.lkd --out run --steps 40 --force"),
                     0);
    return 0;
}

static const cJSON *of(const cJSON *object, const char *key) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!value) fail_msg("no key %s", key);
    return value;
}

static double at(const cJSON *object, const char *key, int i) {
    return item(object, key, i)->valuedouble;
}

static void the_figure_is_a_picture_of_its_size(void **state) {
    (void)state;
    lk_image figure;
    lk_error err;
    assert_int_equal(likeness("explain run --data faces.lkd --index 1 --out figure.png"), 0);
    assert_contains(out, "figure.png: ssim ");
    assert_ok(lk_image_read(in_folder("figure.png"), &figure, &err), &err);
    assert_int_equal(figure.width, 2 * 760);
    assert_true(figure.height > figure.width && figure.height < 3 * figure.width);
    size_t n_white = 0, n_black = 0, n = lk_image_bytes(&figure);
    for (size_t i = 0; i < n; i++)
        n_white += figure.pixels[i] == 255, n_black += figure.pixels[i] == 0;
    assert_true(n_white > n / 2 && n_white < n * 9 / 10);
    assert_true(n_black > n / 100);
    lk_image_deinit(&figure);
}

static void a_face_may_come_from_a_file_and_a_pack_alike(void **state) {
    (void)state;
    const cJSON *got = json_of("explain run --data faces.lkd --split val --out figure.png --json");
    double ssim = number(got, "ssim");
    assert_string_equal(string(got, "out"), "figure.png");
    assert_string_equal(string(got, "model"), "run/model.safetensors");
    lk_pack *pack;
    lk_error err;
    assert_ok(lk_pack_open(in_folder("faces.lkd"), &context, &pack, &err), &err);
    uint8_t pixels[VALUES];
    memcpy(pixels, lk_pack_pixels(pack, LK_SPLIT_VAL, 0), sizeof pixels);
    lk_pack_close(pack);
    const lk_image face = { FACE, FACE, 3, pixels };
    assert_ok(lk_image_write_png(in_folder("face.png"), &face, &err), &err);
    assert_near(number(json_of("explain run face.png --out figure.png --json"), "ssim"), ssim, 0);
}

static void losses_at_the_reconstruction_are_those_of_the_metrics(void **state) {
    (void)state;
    const cJSON *got = json_of("explain run --data faces.lkd --out figure.png --json"),
                *losses = of(got, "losses");
    assert_near(number(of(losses, "mse"), "loss"), number(got, "mse"), 1e-7);
    assert_near(number(of(losses, "ssim"), "loss"), 1 - number(got, "ssim"), 1e-5);
    assert_near(number(of(losses, "mse"), "gradient_norm"), 2 * sqrt(number(got, "mse") / VALUES),
                1e-7);
    assert_true(number(of(losses, "lwssim"), "gradient_norm") > 0);
}

static void every_curve_is_least_at_the_truth_and_flat_there(void **state) {
    (void)state;
    static const char *const changes[] = { "brightness", "contrast", "saturation" },
                             *const losses[] = { "mse", "ssim", "lwssim" };
    const cJSON *curves =
        of(json_of("explain run --data faces.lkd --out figure.png --json"), "curves");
    assert_near(at(curves, "k", TRUTH), 1, 0);
    assert_int_equal(cJSON_GetArraySize(of(curves, "k")), STEPS);
    for (size_t i = 0; i < LK_COUNT(changes); i++)
        for (size_t j = 0; j < LK_COUNT(losses); j++) {
            const cJSON *curve = of(of(curves, changes[i]), losses[j]);
            assert_near(at(curve, "loss", TRUTH), 0, 1e-12);
            assert_near(at(curve, "gradient_norm", TRUTH), 0, 1e-12);
            for (int step = 0; step < STEPS; step++)
                if (step != TRUTH)
                    assert_true(at(curve, "loss", step) > 0 &&
                                at(curve, "gradient_norm", step) > 0);
        }
}

static void mse_grows_with_the_square_of_the_distance_to_the_truth(void **state) {
    (void)state;
    const cJSON *curves =
        of(json_of("explain run --data faces.lkd --out figure.png --json"), "curves");
    const cJSON *mse = of(of(curves, "contrast"), "mse");
    for (int step = 0; step < STEPS; step++) {
        double distance = at(curves, "k", step) - 1;
        assert_near(at(mse, "loss", step), distance * distance * at(mse, "loss", 0), 1e-7);
        assert_near(at(mse, "gradient_norm", step), fabs(distance) * at(mse, "gradient_norm", 0),
                    1e-7);
    }
}

/* In l c s the slope of l is multiplied by c s; in l + c s it counts in full. */
static void
the_product_forgets_brightness_where_detail_is_wrong_and_the_sum_does_not(void **state) {
    (void)state;
    const cJSON *got = json_of("explain run --data faces.lkd --index 2 --out figure.png --json"),
                *parts = of(got, "parts");
    const cJSON *darker = of(parts, "darker"), *both = of(parts, "blurred_and_darker"),
                *blurred = of(parts, "blurred");
    assert_true(number(blurred, "l") > 0.95 && number(blurred, "c") < 0.95 &&
                number(blurred, "s") < 0.95);
    assert_true(number(darker, "l") < 0.95 && number(darker, "c") > 0.9 &&
                number(darker, "s") > 0.9);
    double detail = number(both, "sum") - number(both, "l"); /* the mean of c s */
    double kept = number(both, "product_pull") / number(both, "sum_pull");
    assert_true(number(both, "sum_pull") > 0 && detail < 0.8);
    assert_near(kept, detail, 0.15);
    assert_near(number(darker, "product_pull") / number(darker, "sum_pull"),
                number(darker, "sum") - number(darker, "l"), 0.05);
    const cJSON *flat = of(parts, "flat_and_darker");
    assert_true(number(flat, "product_pull") / number(flat, "sum_pull") < kept);
    /* a black face shows the same: ssim's gradient there is weaker than half way to the truth */
    const cJSON *brightness = of(of(got, "curves"), "brightness");
    assert_true(at(of(brightness, "ssim"), "gradient_norm", 0) <
                0.9 * at(of(brightness, "ssim"), "gradient_norm", TRUTH / 2));
    assert_true(at(of(brightness, "lwssim"), "gradient_norm", 0) >
                at(of(brightness, "lwssim"), "gradient_norm", TRUTH / 2));
}

static void grey_faces_have_no_saturation(void **state) {
    (void)state;
    make_model("grey.safetensors", 1);
    draw("smooth.png", 40, 50, 1, false);
    const cJSON *curves =
        of(json_of("explain grey.safetensors smooth.png --out figure.png --json"), "curves");
    assert_non_null(cJSON_GetObjectItemCaseSensitive(curves, "contrast"));
    assert_null(cJSON_GetObjectItemCaseSensitive(curves, "saturation"));
}

static void what_cannot_be_explained_is_refused(void **state) {
    (void)state;
    static const struct row usage[] = {
        { "explain small.safetensors --out x.png",
          "likeness: expected --data FILE.lkd: small.safetensors does not record the pack" },
        { "explain run a.png --data faces.lkd --out x.png",
          "likeness: expected either IMAGE or --data FILE.lkd, got both\n" },
        { "explain run a.png --index 1 --out x.png",
          "likeness: --index: expected without IMAGE\n" },
        { "explain run --data faces.lkd --index 60 --out x.png",
          "likeness: --index: expected at most ... got 60" },
    };
    static const struct row data[] = {
        { "explain run nowhere.png --out x.png", "likeness: nowhere.png: cannot open" },
        { "explain nowhere face.png --out x.png", "likeness: nowhere: cannot open" },
        { "explain small.safetensors --data faces.lkd --out x.png",
          "faces.lkd: expected pictures of 16 x 16 with 3" },
        { "explain small.safetensors --data train.lkd --out x.png",
          "train.lkd: the pack has no test pictures\n" },
    };
    make_model("small.safetensors", 3);
    draw("a.png", SIDE, SIDE, 1, false);
    assert_int_equal(likeness("prepare --images . --size 16 --val 0 --test 0 --out train.lkd"), 0);
    check_rows(usage, LK_COUNT(usage), 2);
    check_rows(data, LK_COUNT(data), 3);
    assert_false(lk_file_may_exist(in_folder("x.png")));
    assert_int_equal(likeness("explain small.safetensors a.png --out nowhere/x.png"), 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_figure_is_a_picture_of_its_size),
        cmocka_unit_test(a_face_may_come_from_a_file_and_a_pack_alike),
        cmocka_unit_test(losses_at_the_reconstruction_are_those_of_the_metrics),
        cmocka_unit_test(every_curve_is_least_at_the_truth_and_flat_there),
        cmocka_unit_test(mse_grows_with_the_square_of_the_distance_to_the_truth),
        cmocka_unit_test(the_product_forgets_brightness_where_detail_is_wrong_and_the_sum_does_not),
        cmocka_unit_test(grey_faces_have_no_saturation),
        cmocka_unit_test(what_cannot_be_explained_is_refused),
    };
    return cmocka_run_group_tests(tests, train_once, program_end);
}
