/* What programs that use the library rely on: trained models by trained.h alone, and losses of
   their own. */
#include "runs.h"

#include <likeness/evaluate.h>
#include <likeness/prepare.h>
#include <likeness/train.h>
#include <likeness/trained.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 16, VALUES = SIDE * SIDE * 3, LATENTS = 6, N = 70 }; /* more than one batch */

static lk_trained *open_model(const struct place *p, lk_model_part part) {
    lk_trained *trained = NULL;
    lk_error err;
    assert_ok(lk_trained_create(p->run, lk_test_context(), part, &trained, &err), &err);
    return trained;
}

static lk_real *some_pictures(void) {
    lk_real *pictures = lk_alloc(N * VALUES * sizeof *pictures);
    for (int i = 0; i < N * VALUES; i++) pictures[i] = LK_R(i * 37 % 251) / 255;
    return pictures;
}

/* ---- trained models ---- */

static void encoder_and_decoder_make_what_the_whole_model_makes(void **state) {
    (void)state;
    struct place p = place("parts");
    lk_error err;
    assert_ok(train_set(lk_test_context(), &p, "train.steps=3", false, NULL, &err), &err);
    static const lk_model_part parts[] = { LK_MODEL_WHOLE, LK_MODEL_ENCODER, LK_MODEL_DECODER };
    lk_trained *model[3];
    lk_real *in = some_pictures(), *whole = lk_alloc(N * VALUES * sizeof *whole),
            *codes = lk_alloc(N * LATENTS * sizeof *codes),
            *decoded = lk_alloc(N * VALUES * sizeof *decoded);
    for (int i = 0; i < 3; i++) {
        model[i] = open_model(&p, parts[i]);
        assert_int_equal(lk_trained_images(model[i]).size, SIDE);
        assert_int_equal(lk_trained_images(model[i]).channels, 3);
        assert_int_equal(lk_shape_size(lk_trained_code(model[i])), LATENTS);
    }
    assert_ok(lk_trained_map(model[0], in, N, whole, &err), &err);
    assert_ok(lk_trained_map(model[1], in, N, codes, &err), &err);
    assert_ok(lk_trained_map(model[2], codes, N, decoded, &err), &err);
    assert_memory_equal(whole, decoded, N * VALUES * sizeof *whole);
    assert_true(memcmp(whole, whole + (N - 1) * VALUES, VALUES * sizeof *whole) != 0);
    for (int i = 0; i < 3; i++) lk_trained_destroy(model[i]);
    lk_trained_destroy(NULL);
    lk_free(in), lk_free(whole), lk_free(codes), lk_free(decoded);
}

static void put_picture(const char *path, int width, int height) {
    lk_image image;
    lk_error err;
    assert_ok(lk_image_init(&image, width, height, 3, &err), &err);
    for (size_t i = 0; i < lk_image_bytes(&image); i++) image.pixels[i] = (uint8_t)(i * i / 7);
    assert_ok(lk_image_write_png(path, &image, &err), &err);
    lk_image_deinit(&image);
}

/* A pack of one picture of 40 x 30 in a folder, as grey of 16 x 16, and a model for it. */
static struct place place_of_one(const char *pictures, const char *picture, int crop) {
    struct place p = place("prepared");
    lk_prepare_options options = lk_prepare_defaults();
    lk_prepare_report report;
    lk_error err;
    put_picture(picture, 40, 30);
    options.source = "folder", options.path = pictures, options.size = SIDE, options.channels = 1;
    options.crop = crop, options.filter = LK_FILTER_BOX, options.val = options.test = 0;
    assert_ok(lk_prepare(&options, lk_test_context(), p.pack, &report, &err), &err);
    static const char *const sets[] = { "train.steps=1", "train.batch_size=1", "train.shards=1" };
    assert_ok(train_sets(lk_test_context(), &p, sets, 3, false, NULL, &err), &err);
    return p;
}

static void pictures_are_prepared_as_the_training_pictures_were(void **state) {
    (void)state;
    static const int crops[] = { 0, 20 };
    for (size_t i = 0; i < LK_COUNT(crops); i++) {
        char file[LK_PATH_MAX], pictures[LK_PATH_MAX];
        lk_real read[SIDE * SIDE], packed[SIDE * SIDE];
        lk_pack *pack = NULL;
        lk_error err;
        assert_true(lk_format(pictures, sizeof pictures, "%s", lk_test_folder("pictures")));
        assert_true(lk_format(file, sizeof file, "%s/a.png", pictures));
        struct place p = place_of_one(pictures, file, crops[i]);
        lk_trained *model = open_model(&p, LK_MODEL_ENCODER);
        assert_ok(lk_trained_read_picture(model, file, read, &err), &err);
        assert_ok(lk_pack_open(p.pack, lk_test_context(), &pack, &err), &err);
        lk_reals_from_bytes(lk_pack_pixels(pack, LK_SPLIT_TRAIN, 0), SIDE * SIDE, packed);
        assert_memory_equal(read, packed, sizeof read);
        lk_pack_close(pack);
        put_picture(file, 10, 19);
        assert_int_equal(lk_trained_read_picture(model, file, read, &err),
                         crops[i] ? LK_FORMAT : LK_OK);
        if (crops[i]) assert_contains(err.text, "a.png: ");
        assert_int_equal(lk_trained_read_picture(model, p.pack, read, &err), LK_FORMAT);
        lk_trained_destroy(model);
    }
}

static void what_is_no_model_is_refused(void **state) {
    (void)state;
    lk_trained *trained = NULL;
    lk_error err;
    assert_int_equal(
        lk_trained_create("nowhere", lk_test_context(), LK_MODEL_WHOLE, &trained, &err), LK_READ);
    assert_null(trained);
}

/* ---- losses of a program ---- */

static lk_node *count_and_square(lk_node *x, lk_node *y, void *n_calls) {
    ++*(int *)n_calls;
    return lk_mse(x, y);
}

#define CUSTOM "reconstruction={\"type\": \"custom\", \"name\": \"mine\"}"
static lk_status train_custom(const struct place *p, const char *name, int64_t steps, bool resume,
                              int *n_calls, lk_error *err) {
    lk_config config = lk_test_config(
        TINY_CONFIG(", \"reconstruction\": {\"type\": \"custom\", \"name\": \"mine\"}"));
    config.train.steps = steps;
    lk_status status =
        !name ? LK_OK
              : lk_custom_loss(&config.reconstruction.chosen, name, count_and_square, n_calls, err);
    if (!status) status = train_config(lk_test_context(), p, &config, resume, NULL, err);
    lk_config_deinit(&config);
    return status;
}

/* The same numbers as with the loss of the library that it calls. */
static void a_run_trains_and_resumes_with_a_loss_of_the_program(void **state) {
    (void)state;
    struct place own = place("own"), ours = place("ours");
    lk_error err;
    int n_calls = 0;
    assert_ok(train_custom(&own, "mine", 5, false, &n_calls, &err), &err);
    assert_ok(train_custom(&own, "mine", 9, true, &n_calls, &err), &err);
    assert_true(n_calls >= 2);
    assert_ok(train_set(lk_test_context(), &ours, "train.steps=9", false, NULL, &err), &err);
    lk_trained *a = open_model(&own, LK_MODEL_WHOLE), *b = open_model(&ours, LK_MODEL_WHOLE);
    lk_real *in = some_pictures(), *of_a = lk_alloc(N * VALUES * sizeof *of_a),
            *of_b = lk_alloc(N * VALUES * sizeof *of_b);
    assert_ok(lk_trained_map(a, in, N, of_a, &err), &err);
    assert_ok(lk_trained_map(b, in, N, of_b, &err), &err);
    assert_memory_equal(of_a, of_b, N * VALUES * sizeof *of_a);
    lk_trained_destroy(a), lk_trained_destroy(b);
    lk_free(in), lk_free(of_a), lk_free(of_b);
}

static void a_loss_of_a_program_needs_its_function_and_its_name(void **state) {
    (void)state;
    struct place p = place("refused");
    lk_error err;
    int n_calls = 0;
    assert_int_equal(train_custom(&p, NULL, 1, false, &n_calls, &err), LK_USAGE);
    assert_contains(err.text, "reconstruction: ");
    assert_contains(err.text, "the loss \"mine\" is part of another program");
    assert_int_equal(train_custom(&p, "other", 1, false, &n_calls, &err), LK_USAGE);
    assert_contains(err.text, "reconstruction.name: expected \"other\", got \"mine\"");
    lk_config config = lk_test_config(TINY_CONFIG(""));
    assert_int_equal(
        lk_custom_loss(&config.reconstruction.chosen, "mine", count_and_square, &n_calls, &err),
        LK_USAGE);
    assert_contains(err.text, "reconstruction.type: expected \"custom\", got \"mse\"");
    lk_config_deinit(&config);
    assert_int_equal(n_calls, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encoder_and_decoder_make_what_the_whole_model_makes),
        cmocka_unit_test(pictures_are_prepared_as_the_training_pictures_were),
        cmocka_unit_test(what_is_no_model_is_refused),
        cmocka_unit_test(a_run_trains_and_resumes_with_a_loss_of_the_program),
        cmocka_unit_test(a_loss_of_a_program_needs_its_function_and_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
