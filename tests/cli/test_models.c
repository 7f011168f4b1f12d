/* The commands info and reconstruct as users see them: what files contain, and that pictures equal
   those that the library makes. */
#include "io/npy.h"
#include "net/trained.h"
#include "program.h"

#include <stdio.h>
#include <string.h>

static void info_tells_the_layers_of_a_config(void **state) {
    (void)state;
    put("small.json", small_config, strlen(small_config));
    const cJSON *info = json_of("info small.json --size 16 --json"),
                *layer = item(info, "layers", 0);
    double conv = 5 * 3 * 16 + 5, norm = 10, latent = 80 * 6 + 6, linear = 6 * 80 + 80,
           back = 5 * 3 * 16 + 3;
    assert_string_equal(string(info, "kind"), "config");
    assert_string_equal(string(info, "name"), "small");
    assert_string_equal(string(info, "model"), "ae");
    assert_near(number(info, "latent"), 6, 0);
    assert_near(number(info, "batch_size"), 4, 0);
    assert_near(number(info, "parameters"), conv + norm + latent + linear + back, 0);
    assert_near(number(info, "macs"), 16.0 * 5 * 48 + 80 * 6 + 6 * 80 + 16.0 * 5 * 48, 0);
    assert_true(number(info, "memory_bytes") > 4 * sizeof(lk_real) * number(info, "parameters"));
    assert_string_equal(string(layer, "name"), "encoder.0");
    assert_string_equal(string(layer, "type"), "conv2d");
    assert_near(number(layer, "parameters"), conv, 0);
    assert_near(number(layer, "macs"), 16.0 * 5 * 48, 0);
    assert_near(item(layer, "shape", 0)->valuedouble, 5, 0);
    assert_near(item(layer, "shape", 2)->valuedouble, 4, 0);
    assert_int_equal(likeness("info small.json --size 16"), 0);
    assert_contains(out, "\nlayer      type                   output  parameters   MACs  "
                         "engine\nimages                       3 x 16 x 16\n"
                         "encoder.0  conv2d              5 x 4 x 4         245  3,840  im2col\n");
    assert_string_equal(string(layer, "engine"), "im2col");
    assert_contains(out, "\nlatent     linear                      6         486    480  im2col\n");
    assert_contains(out, "\nmemory of training at batch 4: ");
    assert_int_equal(likeness("info " LIKENESS_SOURCE "/configs/bench/compact.json"), 0);
    assert_contains(
        out, "\nencoder.3   conv2d            64 x 16 x 16      32,768   8,388,608  winograd\n");
    assert_int_equal(
        likeness("info " LIKENESS_SOURCE "/configs/bench/compact.json --set model.engine=im2col"),
        0);
    assert_contains(
        out, "\nencoder.3   conv2d            64 x 16 x 16      32,768   8,388,608  im2col\n");
    double bytes = number(json_of("info small.json --size 16 --json"), "memory_bytes");
    assert_true(number(json_of("info small.json --size 16 --set train.batch_size=400 --json"),
                       "memory_bytes") > 2 * bytes);
    assert_near(number(json_of("info small.json --size 16 --channels 1 --json"), "macs"),
                16.0 * 5 * 16 + 80 * 6 + 6 * 80 + 16.0 * 5 * 16, 0);
}

static void a_loss_that_does_not_fit_the_images_names_its_place_in_the_config(void **state) {
    (void)state;
    const char *wide = "{ \"extends\": \"small.json\",\n\"reconstruction\": {\"type\": \"lwssim\", "
                       "\"windows\": [3, 17]} }";
    put("small.json", small_config, strlen(small_config));
    put("wide.json", wide, strlen(wide));
    assert_int_equal(likeness("bench wide.json --size 16 --steps 1"), 2);
    assert_contains(out, "wide.json:2: reconstruction: node ");
    assert_contains(out, "windows[1]: expected at most 16");
    assert_int_equal(
        likeness("bench small.json --size 16 --steps 1 --set reconstruction.type=ms_ssim"), 2);
    assert_contains(out, "reconstruction: node ");
    assert_contains(out, "scales: expected at most 1, got 3, for a window of 11");
}

static void info_tells_what_a_model_file_holds(void **state) {
    (void)state;
    make_folder_of("run");
    make_model("run/model.safetensors", 3);
    double parameters = number(json_of("info small.json --size 16 --json"), "parameters");
    const cJSON *info = json_of("info run --json"), *tensor = item(info, "tensors", 0);
    assert_string_equal(string(info, "kind"), "model");
    assert_string_equal(string(info, "name"), "small");
    assert_near(number(info, "parameters"), parameters, 0);
    assert_near(number(info, "values"), parameters + 10, 0); /* the running mean and variance */
    assert_near(number(info, "n_tensors"), 12, 0);
    assert_near(number(cJSON_GetObjectItemCaseSensitive(info, "images"), "size"), SIDE, 0);
    assert_string_equal(string(tensor, "name"), "encoder.0.weight");
    assert_string_equal(string(tensor, "type"), sizeof(lk_real) == 8 ? "F64" : "F32");
    assert_near(item(tensor, "shape", 1)->valuedouble, 3, 0);
    assert_int_equal(likeness("info run"), 0);
    assert_contains(
        out, "run/model.safetensors: a model, \"small\": ae, latent 6, images 3 x 16 x 16\n");
    assert_contains(out, "\nencoder.0.weight        F");
    assert_contains(out, "  5 x 3 x 4 x 4     240\n");
}

static void info_describes_checkpoints_and_tensors_of_other_programs(void **state) {
    (void)state;
    static const float values[6] = { 0 };
    const lk_stored_tensor tensors[] = {
        { .name = "a\tb", .n_dims = 2, .shape = { 2, 3 }, .data = values }
    };
    const lk_metadata metadata[] = { { "likeness.images", "{\"size\": 16, \"channels\": 3}" },
                                     { "likeness.config", small_config },
                                     { "likeness.step", "12345" },
                                     { "likeness.epoch", "7" } };
    lk_error err;
    assert_ok(lk_safetensors_write(in_folder("last.safetensors"), tensors, 1, metadata,
                                   LK_COUNT(metadata), &err),
              &err);
    assert_ok(lk_safetensors_write(in_folder("foreign.safetensors"), tensors, 1, NULL, 0, &err),
              &err);
    const cJSON *info = json_of("info last.safetensors --json");
    assert_string_equal(string(info, "kind"), "checkpoint");
    assert_near(number(info, "step"), 12345, 0);
    assert_near(number(info, "epoch"), 7, 0);
    assert_int_equal(likeness("info last.safetensors"), 0);
    assert_contains(out, ", step 12,345, epoch 7\n");
    info = json_of("info foreign.safetensors --json");
    assert_string_equal(string(info, "kind"), "tensors");
    assert_string_equal(string(item(info, "tensors", 0), "name"), "a\tb");
    assert_int_equal(likeness("info foreign.safetensors"), 0);
    assert_contains(out,
                    "foreign.safetensors: tensors of another program\n1 tensors of 6 values, ");
    assert_contains(out, "\na?b     F32   2 x 3       6\n");
}

/* The model's reconstruction of the picture, computed by the library: shape (C, H, W). */
static void wanted_reconstruction(const char *model, const lk_image *image, lk_real *planes) {
    lk_trained trained;
    lk_real values[SIDE * SIDE * 3], made[SIDE * SIDE * 3];
    lk_error err;
    size_t n = lk_image_bytes(image);
    for (size_t i = 0; i < n; i++) values[i] = LK_R(image->pixels[i]) / 255;
    assert_ok(lk_trained_open(in_folder(model), &context, NULL, 0, &trained, &err), &err);
    lk_trained_reconstruct(&trained, values, 1, made);
    lk_trained_close(&trained);
    for (size_t i = 0; i < n; i++)
        planes[i % (size_t)image->n_channels * SIDE * SIDE + i / (size_t)image->n_channels] =
            made[i];
}

/* How a model's pictures were prepared. */
struct way {
    int n_channels, crop; /* 0: the largest centre square */
    lk_filter filter;
};

static void fit(const char *name, const struct way *way, lk_image *fitted) {
    static const lk_image_options white = { .background = { 255, 255, 255 } };
    lk_image image, square, converted;
    lk_error err;
    assert_ok(lk_image_read_as(in_folder(name), &white, &image, NULL, &err), &err);
    int shorter = image.width < image.height ? image.width : image.height;
    assert_ok(lk_image_crop_centre(&image, way->crop ? way->crop : shorter, &square, &err), &err);
    assert_ok(lk_image_to_channels(&square, way->n_channels, &converted, &err), &err);
    assert_ok(lk_image_resize(&converted, SIDE, SIDE, way->filter, fitted, &err), &err);
    lk_image_deinit(&image);
    lk_image_deinit(&square);
    lk_image_deinit(&converted);
}

static void check_reconstruction(const lk_npy *array, int i, const char *model, const char *picture,
                                 const struct way *way) {
    lk_image fitted;
    lk_real planes[SIDE * SIDE * 3];
    size_t n = (size_t)(way->n_channels * SIDE * SIDE);
    fit(picture, way, &fitted);
    wanted_reconstruction(model, &fitted, planes);
    for (size_t k = 0; k < n; k++)
        assert_near(array->values[(size_t)i * n + k], (double)planes[k], 1e-6);
    lk_image_deinit(&fitted);
}

static const struct way colour = { 3, 0, LK_FILTER_BICUBIC }, grey = { 1, 0, LK_FILTER_BICUBIC };

static void reconstructions_are_written_as_a_grid_and_an_array(void **state) {
    (void)state;
    static const char *const pictures[] = { "p1.png", "p2.png", "p3.png" };
    lk_image grid, first;
    lk_npy array;
    lk_error err;
    make_folder_of("run");
    make_model("run/model.safetensors", 3);
    draw("p1.png", SIDE, SIDE, 1, false);
    draw("p2.png", 40, 24, 2, false);
    draw("p3.png", 24, 41, 3, true);
    const cJSON *report =
        json_of("reconstruct run p1.png p2.png p3.png --out grid.png --npy out.npy --json");
    assert_near(number(report, "n"), 3, 0);
    double mean = 0;
    for (int i = 0; i < 3; i++) mean += number(item(report, "images", i), "ssim") / 3;
    assert_near(number(report, "ssim"), mean, 1e-12);
    assert_string_equal(string(item(report, "images", 2), "image"), "p3.png");
    assert_ok(lk_npy_read(in_folder("out.npy"), &array, &err), &err);
    assert_int_equal(array.n_dims, 4);
    assert_true(array.shape[0] == 3 && array.shape[1] == 3 && array.shape[2] == SIDE &&
                array.shape[3] == SIDE);
    for (int i = 0; i < 3; i++) check_reconstruction(&array, i, "run", pictures[i], &colour);
    lk_npy_deinit(&array);
    assert_ok(lk_image_read(in_folder("grid.png"), &grid, &err), &err);
    assert_ok(lk_image_read(in_folder("p1.png"), &first, &err), &err);
    assert_shows(&grid, &first);
    lk_image_deinit(&grid);
    lk_image_deinit(&first);
}

static void a_grey_model_reconstructs_colour_pictures_in_grey(void **state) {
    (void)state;
    lk_npy array;
    lk_error err;
    make_model("grey.safetensors", 1);
    draw("p2.png", 40, 24, 2, false);
    assert_int_equal(
        likeness("reconstruct grey.safetensors p2.png --npy grey.npy --set model.engine=im2col"),
        0);
    assert_contains(out, "grey.npy: 1 picture, ssim ");
    assert_ok(lk_npy_read(in_folder("grey.npy"), &array, &err), &err);
    assert_int_equal(array.shape[1], 1);
    check_reconstruction(&array, 0, "grey.safetensors", "p2.png", &grey);
    lk_npy_deinit(&array);
}

/* Crops of CelebA end up in pictures of other sizes too, so a crop of 20 and a filter that differs
   from the default must be seen. */
static void pictures_are_prepared_as_the_training_pictures_were(void **state) {
    (void)state;
    static const lk_preparation data = {
        .source = "celeba", .crop = 20, .filter = LK_FILTER_BOX, .background = "#ffffff"
    };
    static const struct {
        const char *picture, *flag;
        struct way way;
    } rows[] = { { "wide.png", "", { 3, 20, LK_FILTER_BOX } },
                 { "wide.png", "--crop 17", { 3, 17, LK_FILTER_BOX } },
                 { "wide.png", "--crop 0", { 3, 0, LK_FILTER_BOX } },
                 { "same.png", "", { 3, 0, LK_FILTER_BOX } },
                 { "alpha.webp", "", { 3, 20, LK_FILTER_BOX } } };
    make_model_for("cropped.safetensors", 3, "seed=3", &data);
    draw("wide.png", 40, 24, 2, false);
    draw("same.png", SIDE, SIDE, 2, false);
    draw("tiny.png", 30, 19, 2, false);
    lk_test_run(out, sizeof out, "cp '%s' '%s'", LIKENESS_SOURCE "/tests/golden/decode_alpha.webp",
                in_folder("alpha.webp"));
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_npy array;
        lk_error err;
        assert_int_equal(likeness("reconstruct cropped.safetensors %s --npy c.npy %s",
                                  rows[i].picture, rows[i].flag),
                         0);
        assert_null(strstr(out, "warning"));
        assert_ok(lk_npy_read(in_folder("c.npy"), &array, &err), &err);
        check_reconstruction(&array, 0, "cropped.safetensors", rows[i].picture, &rows[i].way);
        lk_npy_deinit(&array);
    }
    assert_int_equal(likeness("reconstruct cropped.safetensors tiny.png --npy c.npy"), 3);
    assert_contains(out, "tiny.png: expected a picture of at least 20 x 20");
    assert_contains(out, "--crop 0");
    static const char *const commands[] = {
        "interpolate %s wide.png same.png --out c.png --crop 17",
        "traverse %s wide.png --out c.png --crop 17", "explain %s wide.png --out c.png --crop 17"
    };
    for (size_t i = 0; i < LK_COUNT(commands); i++) {
        char words[256];
        snprintf(words, sizeof words, commands[i], "cropped.safetensors");
        assert_int_equal(likeness("%s", words), i == 0 ? 3 : 0); /* 17 does not fit 16 */
    }
}

static void a_model_that_does_not_say_how_its_pictures_were_made_is_warned_of(void **state) {
    (void)state;
    make_model("old.safetensors", 3);
    draw("p2.png", 40, 24, 2, false);
    assert_int_equal(likeness("reconstruct old.safetensors p2.png --npy o.npy"), 0);
    assert_contains(out, "old.safetensors does not say how its training pictures were made");
    assert_int_equal(likeness("reconstruct old.safetensors p2.png --npy o.npy --crop 0"), 0);
    assert_null(strstr(out, "warning"));
}

static void pictures_that_were_turned_upright_are_counted(void **state) {
    (void)state;
    make_model("turned.safetensors", 3);
    draw("flat.png", SIDE, SIDE, 2, false);
    assert_int_equal(likeness("reconstruct turned.safetensors flat.png flat.png '" LIKENESS_SOURCE
                              "/tests/golden/decode_lossless.webp' --npy t.npy --crop 0"),
                     0);
    assert_contains(out, "1 of 3 pictures turned upright");
    assert_int_equal(likeness("reconstruct turned.safetensors flat.png --npy t.npy --crop 0"), 0);
    assert_null(strstr(out, "turned upright"));
}

static void more_pictures_than_a_batch_keep_their_order(void **state) {
    (void)state;
    enum { N = LK_EVALUATION_BATCH + 3 };
    char words[4096] = "reconstruct run --npy many.npy --out many.png";
    lk_npy array;
    lk_error err;
    make_folder_of("run");
    make_model("run/model.safetensors", 3);
    for (int i = 0; i < N; i++) {
        char name[32];
        snprintf(name, sizeof name, "m%02d.png", i);
        draw(name, SIDE, SIDE, i, false);
        snprintf(words + strlen(words), sizeof words - strlen(words), " %s", name);
    }
    assert_int_equal(likeness("%s", words), 0);
    assert_ok(lk_npy_read(in_folder("many.npy"), &array, &err), &err);
    assert_int_equal(array.shape[0], N);
    check_reconstruction(&array, 0, "run", "m00.png", &colour);
    check_reconstruction(&array, N - 1, "run", "m66.png", &colour);
    lk_npy_deinit(&array);
}

static void info_shows_what_training_sees_of_pictures(void **state) {
    (void)state;
    lk_image image = { 0 };
    lk_error err;
    put("small.json", small_config, strlen(small_config));
    assert_int_equal(likeness("prepare --synthetic 12 --size 16 --out augment.lkd"), 0);
    assert_int_equal(likeness("info small.json --set 'train.augment=[{\"type\": \"crop\"}]' "
                              "--augment grid.png --data augment.lkd"),
                     0);
    assert_ok(lk_image_read(in_folder("grid.png"), &image, &err), &err);
    assert_true(image.width > 8 * 16 && image.height > 8 * 16);
    lk_image_deinit(&image);
    assert_int_equal(likeness("info small.json --augment grid.pdf --data augment.lkd"), 0);
    assert_int_equal(likeness("info small.json --augment grid.png"), 2);
    assert_contains(out, "expected --augment and --data together");
    assert_int_equal(likeness("info augment.lkd --augment grid.png --data augment.lkd"), 2);
    assert_contains(out, "--augment: expected a config, got augment.lkd");
    assert_int_equal(likeness("info small.json --augment grid.gif --data augment.lkd"), 2);
    assert_contains(out, "--augment: expected a name that ends in .png");
    assert_int_equal(likeness("info small.json --set 'train.augment=[{\"type\": \"rotate\"}]'"), 2);
    assert_contains(out, "train.augment[0]: unknown type \"rotate\"");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(info_tells_the_layers_of_a_config),
        cmocka_unit_test(info_shows_what_training_sees_of_pictures),
        cmocka_unit_test(a_loss_that_does_not_fit_the_images_names_its_place_in_the_config),
        cmocka_unit_test(info_tells_what_a_model_file_holds),
        cmocka_unit_test(info_describes_checkpoints_and_tensors_of_other_programs),
        cmocka_unit_test(reconstructions_are_written_as_a_grid_and_an_array),
        cmocka_unit_test(a_grey_model_reconstructs_colour_pictures_in_grey),
        cmocka_unit_test(pictures_are_prepared_as_the_training_pictures_were),
        cmocka_unit_test(a_model_that_does_not_say_how_its_pictures_were_made_is_warned_of),
        cmocka_unit_test(pictures_that_were_turned_upright_are_counted),
        cmocka_unit_test(more_pictures_than_a_batch_keep_their_order),
    };
    return cmocka_run_group_tests(tests, program_start, program_end);
}
