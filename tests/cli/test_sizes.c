/* Pictures of other sizes than 64 x 64, from the pack to the scores: presets follow the pack. */
#include "program.h"

#include <likeness/model.h>

#include <stdio.h>
#include <string.h>

/* Small enough for a test; 12 pictures are for testing. */
#define TRAIN "--epochs 1 --set model.latent=4 --set train.batch_size=8 "
#define TINY  "'model.architecture={\"preset\":\"%s\",\"width\":2}'"

static int prepare(int size, int channels) {
    return likeness(
        "prepare --force --synthetic 60 --val 0.2 --test 0.2 --size %d --channels %d --out "
        "f%d.lkd",
        size, channels, size);
}

static void every_preset_trains_on_32_x_32_in_colour_and_grey(void **state) {
    (void)state;
    put("c.json", "{}", 2);
    for (int channels = 1; channels <= 3; channels += 2) {
        assert_int_equal(prepare(32, channels), 0);
        for (const lk_preset *const *row = lk_presets, *preset; (preset = *row); row++) {
            assert_int_equal(likeness("train c.json --data f32.lkd --out r --force " TRAIN
                                      "--set " TINY " --set 'model.latent=%s'",
                                      preset->name, preset->only_maps ? "[2,4,4]" : "4"),
                             0);
            assert_int_equal(likeness("info r"), 0);
            assert_contains(out, channels == 1 ? "1 x 32 x 32" : "3 x 32 x 32");
            assert_int_equal(likeness("eval r --data f32.lkd"), 0);
            assert_int_equal(likeness("reconstruct r r/grids/epoch_0001.png --out one.png"), 0);
        }
    }
}

static void other_sides_are_refused_before_anything_is_written(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "train c.json --data f28.lkd --out never --set train.batch_size=8",
          "on f28.lkd, pictures of 3 x 28 x 28: ... model.architecture: ... 20, 24, 32, 40 "
          "... got 28 x 28" },
        { "info c.json --size 100", "80, 96, 128, 160 ... got 100 x 100" },
        { "bench c.json --size 100", "80, 96, 128, 160 ... got 100 x 100" },
        { "config print c.json --size 100", "80, 96, 128, 160 ... got 100 x 100" },
        { "config check c.json --size 100", "80, 96, 128, 160 ... got 100 x 100" },
        { "reproduce e.json --data f28.lkd --out never",
          "C: on f28.lkd, pictures of 3 x 28 x 28: ... model.architecture: ... got 28 x 28" },
    };
    static const char experiment[] =
        "{\"name\": \"e\", \"runs\": [{\"config\": \"c.json\", \"label\": \"C\"}]}";
    put("c.json", "{}", 2);
    put("e.json", experiment, sizeof experiment - 1);
    assert_int_equal(prepare(28, 3), 0);
    check_rows(rows, LK_COUNT(rows), 2);
    assert_false(lk_folder_exists(in_folder("never")));
}

static void without_a_pack_the_side_is_64_unless_size_says_another(void **state) {
    (void)state;
    put("c.json", "{}", 2);
    assert_int_equal(likeness("config print c.json"), 0);
    assert_contains(out, "\"shape\": [256, 4, 4]");
    assert_int_equal(likeness("config print c.json --size 64"), 0);
    assert_contains(out, "\"shape\": [256, 4, 4]");
    assert_int_equal(likeness("config print c.json --size 32"), 0);
    assert_contains(out, "\"shape\": [128, 4, 4]");
    assert_int_equal(likeness("info c.json"), 0);
    assert_contains(out, "256 x 4 x 4");
    assert_int_equal(likeness("info c.json --size 96"), 0);
    assert_contains(out, "256 x 3 x 3");
}

static void a_saved_config_is_refused_on_another_size_until_it_takes_the_preset(void **state) {
    (void)state;
    put("c.json", "{}", 2);
    assert_int_equal(prepare(32, 3), 0);
    assert_int_equal(prepare(48, 3), 0);
    assert_int_equal(
        likeness("train c.json --data f32.lkd --out s --force " TRAIN "--set " TINY, "compact"), 0);
    assert_int_equal(likeness("train s/config.json --data f32.lkd --out again --force"), 0);
    assert_int_equal(lk_test_run(out, sizeof out,
                                 "cd '%s' && cmp s/model.safetensors again/model.safetensors",
                                 folder),
                     0);
    assert_int_equal(likeness("train s/config.json --data f48.lkd --out other"), 2);
    assert_contains(out, "on f48.lkd, pictures of 3 x 48 x 48: s/config.json: ... (8, 3, 48, 48) "
                         "... (8, 3, 32, 32) ... --set 'model.architecture={\"preset\": "
                         "\"compact\", \"width\": 2}'");
    assert_int_equal(
        likeness("train s/config.json --data f48.lkd --out other --force --set " TINY, "compact"),
        0);
}

static void resuming_takes_the_same_size_and_no_other(void **state) {
    (void)state;
    put("c.json", "{}", 2);
    assert_int_equal(prepare(32, 3), 0);
    assert_int_equal(prepare(48, 3), 0);
    assert_int_equal(
        likeness("train c.json --data f32.lkd --out t --force " TRAIN "--set " TINY, "wae"), 0);
    assert_int_equal(
        likeness("train c.json --data f32.lkd --out t --resume " TRAIN "--set " TINY, "wae"), 0);
    assert_contains(out, "resuming from t/checkpoints/last.safetensors");
    assert_int_equal(likeness("train t/config.json --data f32.lkd --out t --resume"), 0);
    assert_int_equal(
        likeness("train c.json --data f48.lkd --out t --resume " TRAIN "--set " TINY, "wae"), 2);
    assert_contains(out, "another pack");
}

static void an_experiment_runs_on_another_size_and_finds_its_runs_again(void **state) {
    (void)state;
    static const char config[] = "{\"name\": \"c\", \"model\": {\"latent\": 4, \"architecture\": "
                                 "{\"preset\": \"compact\", \"width\": 2}}, \"train\": "
                                 "{\"batch_size\": 8, \"epochs\": 1}}",
                      experiment[] = "{\"name\": \"e\", \"runs\": [{\"config\": \"c.json\", "
                                     "\"label\": \"C\"}]}";
    put("c.json", config, sizeof config - 1);
    put("e.json", experiment, sizeof experiment - 1);
    assert_int_equal(prepare(32, 3), 0);
    assert_int_equal(likeness("reproduce e.json --data f32.lkd --out e"), 0);
    assert_int_equal(likeness("reproduce e.json --data f32.lkd --out e"), 0);
    assert_contains(out, "| C |");
}

/* ---- the configs of configs/quick, on pictures of the kind that they are for ---- */

static void trains(const char *config, const char *pack, int size, int channels) {
    assert_int_equal(likeness("train " LIKENESS_SOURCE "/configs/quick/%s.json --data %s --out q "
                              "--force --steps 1 --set train.batch_size=4 --set "
                              "'model.architecture={\"preset\":\"compact\",\"width\":4}'",
                              config, pack),
                     0);
    assert_int_equal(likeness("eval q --data %s --baselines", pack), 0);
    assert_int_equal(likeness("info " LIKENESS_SOURCE
                              "/configs/quick/%s.json --size %d --channels %d",
                              config, size, channels),
                     0);
}

static void the_quick_configs_train_on_their_sizes(void **state) {
    (void)state;
    assert_int_equal(prepare(64, 3), 0);
    trains("ae_mse", "f64.lkd", 64, 3);
    trains("vq", "f64.lkd", 64, 3);
    trains("denoising", "f64.lkd", 64, 3);
    assert_int_equal(prepare(128, 3), 0);
    trains("faces128", "f128.lkd", 128, 3);
}

/* Pictures of 28 x 28 bytes: for each a grey bar on black, elsewhere and of another grey. */
static void put_digits(const char *name, int n) {
    enum { HEADER = 16, PICTURE = 28 * 28, MOST = 100 };
    static uint8_t data[HEADER + MOST * PICTURE];
    memset(data, 0, sizeof data);
    memcpy(data, "\0\0\10\3", 4);
    data[7] = (uint8_t)n;
    data[11] = data[15] = 28;
    for (int i = 0; i < n; i++)
        for (int y = 4; y < 24; y++)
            memset(data + HEADER + i * PICTURE + y * 28 + 3 + i % 18, 255 - i, 4);
    put(name, data, HEADER + (size_t)n * PICTURE);
}

static void digits_train_on_mnist_plain_and_packed(void **state) {
    (void)state;
    assert_int_equal(lk_test_run(out, sizeof out, "cd '%s' && mkdir mnist", folder), 0);
    put_digits("mnist/train-images-idx3-ubyte", 100);
    put_digits("mnist/t10k-images-idx3-ubyte", 20);
    assert_int_equal(likeness("prepare --mnist mnist --size 32 --channels 1 --out digits.lkd"), 0);
    assert_int_equal(likeness("info digits.lkd --names --split test"), 0);
    assert_contains(out, "t10k/00019");
    trains("digits", "digits.lkd", 32, 1);
    assert_int_equal(lk_test_run(out, sizeof out, "cd '%s' && gzip mnist/*", folder), 0);
    assert_int_equal(likeness("prepare --mnist mnist --size 32 --channels 1 --out packed.lkd"), 0);
    assert_int_equal(lk_test_run(out, sizeof out, "cd '%s' && cmp digits.lkd packed.lkd", folder),
                     0);
}

static void cifar10_trains_on_the_binary_files(void **state) {
    (void)state;
    enum { N = 16, RECORD = 1 + 3 * 32 * 32 };
    static uint8_t data[N * RECORD];
    assert_int_equal(lk_test_run(out, sizeof out, "cd '%s' && mkdir cifar-10-batches-bin", folder),
                     0);
    for (int batch = 0; batch < 6; batch++) {
        char name[64];
        for (int i = 0; i < N * RECORD; i++)
            data[i] = i % RECORD ? (uint8_t)(i / 7 * (batch + 1) + i / 1024 * 40)
                                 : (uint8_t)(i / RECORD % 10);
        snprintf(name, sizeof name,
                 batch ? "cifar-10-batches-bin/data_batch_%d.bin"
                       : "cifar-10-batches-bin/test_batch.bin",
                 batch);
        put(name, data, sizeof data);
    }
    assert_int_equal(likeness("prepare --cifar10 cifar-10-batches-bin --out cifar10.lkd --size 32"),
                     0);
    assert_int_equal(likeness("info cifar10.lkd --names --split test"), 0);
    assert_contains(out, "test_batch/00015");
    trains("cifar10", "cifar10.lkd", 32, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_preset_trains_on_32_x_32_in_colour_and_grey),
        cmocka_unit_test(other_sides_are_refused_before_anything_is_written),
        cmocka_unit_test(without_a_pack_the_side_is_64_unless_size_says_another),
        cmocka_unit_test(a_saved_config_is_refused_on_another_size_until_it_takes_the_preset),
        cmocka_unit_test(resuming_takes_the_same_size_and_no_other),
        cmocka_unit_test(an_experiment_runs_on_another_size_and_finds_its_runs_again),
        cmocka_unit_test(the_quick_configs_train_on_their_sizes),
        cmocka_unit_test(digits_train_on_mnist_plain_and_packed),
        cmocka_unit_test(cifar10_trains_on_the_binary_files),
    };
    return cmocka_run_group_tests(tests, program_start, program_end);
}
