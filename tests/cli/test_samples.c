/* eval --samples: how sharp and colourful samples of the prior are, and whether they are copies. */
#include "io/npy.h"
#include "program.h"

#include <likeness/image.h>
#include <likeness/metric.h>
#include <likeness/pack.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { VALUES = SIDE * SIDE * 3, N = 30, N_MANY = 300 };

static const cJSON *samples_of(const char *words) {
    char whole[512];
    lk_format(whole, sizeof whole, "eval %s --json", words);
    return cJSON_GetObjectItemCaseSensitive(json_of(whole), "samples");
}

static int models_start(void **state) {
    program_start(state);
    make_model_of("vae.safetensors", 3, "model.type=vae");
    make_model_of("ae.safetensors", 3, "seed=3");
    make_model_of("grey.safetensors", 1, "model.type=vae");
    assert_int_equal(likeness("prepare --synthetic 500 --seed 4 --size 16 --val 0.2 --test 0.2 "
                              "--out f.lkd"),
                     0);
    return 0;
}

/* The pictures of `sample` as the program writes them, channels last, in [0, 1]. */
static void read_samples(const char *words, int n, double *pictures) {
    lk_npy array;
    lk_error err;
    assert_int_equal(likeness("sample vae.safetensors -n %d %s --npy s.npy", n, words), 0);
    assert_ok(lk_npy_read(in_folder("s.npy"), &array, &err), &err);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < VALUES; k++)
            pictures[i * VALUES + k] = array.values[i * VALUES + k % 3 * SIDE * SIDE + k / 3];
    lk_npy_deinit(&array);
}

static lk_pack *open_pack(const char *name) {
    lk_pack *pack = NULL;
    lk_error err;
    assert_ok(lk_pack_open(in_folder(name), &context, &pack, &err), &err);
    return pack;
}

static void read_picture(const lk_pack *pack, lk_split split, int i, double *picture) {
    const uint8_t *pixels = lk_pack_pixels(pack, split, i);
    for (int k = 0; k < VALUES; k++) picture[k] = pixels[k] / 255.0;
}

/* `second`: the distance to the second nearest. */
static double nearest(const double *picture, const lk_pack *pack, int *index, double *second) {
    double lowest = HUGE_VAL, other[VALUES];
    *second = HUGE_VAL;
    for (int j = 0; j < lk_pack_count(pack, LK_SPLIT_TRAIN); j++) {
        double sum = 0;
        read_picture(pack, LK_SPLIT_TRAIN, j, other);
        for (int k = 0; k < VALUES; k++) sum += (picture[k] - other[k]) * (picture[k] - other[k]);
        double distance = sqrt(sum / VALUES);
        if (distance < lowest)
            *second = lowest, lowest = distance, *index = j;
        else
            *second = fmin(*second, distance);
    }
    return lowest;
}

/* One of the values, with 1 of 100 below it. */
static void assert_one_in_hundred_below(const double *values, int n, double threshold) {
    int n_below = 0, n_at = 0;
    for (int i = 0; i < n; i++) {
        n_below += values[i] < threshold - 1e-7;
        n_at += fabs(values[i] - threshold) < 1e-7;
    }
    assert_true(n_at >= 1 && n_below == n / 100);
}

/* ---- what is measured ---- */

static void distances_are_those_to_the_nearest_training_pictures(void **state) {
    (void)state;
    static double samples[N_MANY * VALUES], picture[VALUES];
    lk_pack *pack = open_pack("f.lkd");
    int n_real = lk_pack_count(pack, LK_SPLIT_TEST), n_closer = 0, closest = -1, index;
    double sum = 0, lowest = HUGE_VAL, real[500], real_ratios[500], real_sum = 0, second,
           ratios = 0;
    int n_copies = 0;
    const cJSON *report = samples_of("vae.safetensors --data f.lkd --samples 300 --seed 7");
    read_samples("--seed 7", N_MANY, samples);
    assert_near(number(report, "n"), N_MANY, 0);
    assert_near(number(report, "seed"), 7, 0);
    assert_near(number(report, "n_real"), n_real, 0);
    assert_near(number(report, "n_train"), lk_pack_count(pack, LK_SPLIT_TRAIN), 0);
    for (int i = 0; i < n_real; i++) {
        read_picture(pack, LK_SPLIT_TEST, i, picture);
        real[i] = nearest(picture, pack, &index, &second);
        real_ratios[i] = real[i] / second;
        real_sum += real[i];
    }
    double threshold = number(report, "threshold");
    assert_one_in_hundred_below(real, n_real, threshold);
    assert_one_in_hundred_below(real_ratios, n_real, number(report, "threshold_to_second"));
    for (int i = 0; i < N_MANY; i++) {
        double distance = nearest(samples + i * VALUES, pack, &index, &second);
        sum += distance;
        ratios += distance / second;
        n_closer += distance < threshold;
        n_copies +=
            distance < threshold && distance / second < number(report, "threshold_to_second");
        if (distance < lowest) lowest = distance, closest = i;
    }
    const cJSON *of_samples = cJSON_GetObjectItem(report, "nearest"),
                *of_real = cJSON_GetObjectItem(report, "nearest_real"),
                *first = item(report, "closest", 0);
    assert_near(number(of_samples, "mean"), sum / N_MANY, 1e-6);
    assert_near(number(of_samples, "lowest"), lowest, 1e-6);
    assert_near(number(of_real, "mean"), real_sum / n_real, 1e-6);
    assert_near(number(report, "n_closer"), n_closer, 0);
    assert_near(number(first, "sample"), closest, 0);
    assert_near(number(first, "distance"), lowest, 1e-6);
    assert_near(number(report, "n_copies"), n_copies, 0);
    assert_near(number(of_samples, "to_second"), ratios / N_MANY, 1e-6);
    nearest(samples + closest * VALUES, pack, &index, &second);
    assert_near(number(first, "second"), second, 1e-6);
    assert_near(number(first, "index"), index, 0);
    assert_string_equal(string(first, "name"), lk_pack_name(pack, LK_SPLIT_TRAIN, index));
    lk_pack_close(pack);
}

/* 4096 training pictures are searched at once. */
static void all_of_many_training_pictures_are_searched(void **state) {
    (void)state;
    enum { FEW = 16 };
    static double samples[FEW * VALUES];
    int last = -1;
    assert_int_equal(likeness("prepare --synthetic 5000 --seed 14 --size 16 --val 0 --test 0.02 "
                              "--out many.lkd"),
                     0);
    lk_pack *pack = open_pack("many.lkd");
    const cJSON *report = samples_of("vae.safetensors --data many.lkd --samples 16");
    read_samples("", FEW, samples);
    assert_true(number(report, "n_train") > 4096 + 256);
    for (int i = 0; i < FEW; i++) {
        double second;
        int index, sample = (int)number(item(report, "closest", i), "sample");
        double distance = nearest(samples + sample * VALUES, pack, &index, &second);
        assert_near(number(item(report, "closest", i), "distance"), distance, 1e-6);
        assert_near(number(item(report, "closest", i), "second"), second, 1e-6);
        assert_near(number(item(report, "closest", i), "index"), index, 0);
        if (index > last) last = index;
    }
    assert_true(last >= 4096); /* the seed was chosen for that */
    lk_pack_close(pack);
}

/* Mean gradient magnitude of luma: forward differences over (H - 1) x (W - 1). */
static double sharpness(const double *picture) {
    double luma[SIDE][SIDE], sum = 0;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            const double *p = picture + (y * SIDE + x) * 3;
            luma[y][x] = 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
        }
    for (int y = 0; y + 1 < SIDE; y++)
        for (int x = 0; x + 1 < SIDE; x++)
            sum += hypot(luma[y][x + 1] - luma[y][x], luma[y + 1][x] - luma[y][x]);
    return sum / ((SIDE - 1) * (SIDE - 1));
}

static void check_sharpness(int n) {
    static double samples[N_MANY * VALUES], picture[VALUES];
    char words[128];
    lk_pack *pack = open_pack("f.lkd");
    int n_real = lk_pack_count(pack, LK_SPLIT_VAL);
    double of_samples = 0, of_real = 0, squares[2] = { 0 };
    lk_format(words, sizeof words, "vae.safetensors --data f.lkd --split val --samples %d", n);
    const cJSON *report = samples_of(words);
    read_samples("", n, samples);
    for (int i = 0; i < n; i++) {
        double s = sharpness(samples + i * VALUES);
        of_samples += s / n, squares[0] += s * s / n;
    }
    for (int i = 0; i < n_real; i++) {
        read_picture(pack, LK_SPLIT_VAL, i, picture);
        double s = sharpness(picture);
        of_real += s / n_real, squares[1] += s * s / n_real;
    }
    double ratio = of_samples / of_real,
           error = hypot(sqrt((squares[0] - of_samples * of_samples) / (n - 1)) / of_real,
                         ratio * sqrt((squares[1] - of_real * of_real) / (n_real - 1)) / of_real);
    assert_near(number(report, "sharpness_ratio"), ratio, 1e-5);
    assert_near(number(report, "sharpness_ratio_se"), error, 1e-4 * error);
    assert_true(number(report, "chroma_ratio") > 0 && number(report, "chroma_ratio_se") > 0);
    lk_pack_close(pack);
}

static void sharpness_is_that_of_samples_over_that_of_real_pictures(void **state) {
    (void)state;
    check_sharpness(N);      /* fewer than real pictures */
    check_sharpness(N_MANY); /* more */
}

/* Samples that are training pictures are nearer to one than any test picture is. */
static void a_copy_is_found(void **state) {
    (void)state;
    const cJSON *report = samples_of("vae.safetensors --data f.lkd --samples 20");
    assert_near(number(report, "n_copies"), 0, 0);
    double far = number(cJSON_GetObjectItem(report, "nearest"), "lowest");
    assert_true(far > 0.01);
    assert_int_equal(likeness("sample vae.safetensors -n 20 --folder mine/train"), 0);
    assert_int_equal(likeness("reconstruct --data f.lkd --originals mine/test"), 0);
    assert_int_equal(
        likeness("prepare --images mine --parts folder --val 0 --size 16 --out copies.lkd"), 0);
    report = samples_of("vae.safetensors --data copies.lkd --samples 20");
    assert_near(number(report, "n_closer"), 20, 0);
    assert_near(number(report, "n_copies"), 20, 0);
    assert_true(number(cJSON_GetObjectItem(report, "nearest"), "mean") < 0.5 / 255);
    for (int i = 0; i < 16; i++) {
        char name[32];
        const cJSON *closest = item(report, "closest", i);
        lk_format(name, sizeof name, "%05d.png", (int)number(closest, "sample"));
        assert_contains(string(closest, "name"), name);
    }
}

static void threads_do_not_change_a_bit(void **state) {
    (void)state;
    char first[1 << 15];
    assert_int_equal(likeness("eval vae.safetensors --data f.lkd --samples 50 --json --threads 1"),
                     0);
    lk_format(first, sizeof first, "%s", strstr(out, "\"samples\""));
    assert_int_equal(likeness("eval vae.safetensors --data f.lkd --samples 50 --json --threads 3"),
                     0);
    assert_string_equal(strstr(out, "\"samples\""), first);
}

/* ---- what is shown ---- */

static void the_closest_samples_are_drawn_above_their_neighbours(void **state) {
    (void)state;
    lk_image grid, sample;
    lk_error err;
    const cJSON *report =
        samples_of("vae.safetensors --data f.lkd --samples 40 --worst 3 --out c.png");
    int closest = (int)number(item(report, "closest", 0), "sample"),
        index = (int)number(item(report, "closest", 0), "index");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(report, "closest")), 3);
    assert_ok(lk_image_read(in_folder("c.png"), &grid, &err), &err);
    assert_int_equal(likeness("sample vae.safetensors -n 40 --folder shown --force"), 0);
    char name[32];
    lk_format(name, sizeof name, "shown/%05d.png", closest);
    assert_ok(lk_image_read(in_folder(name), &sample, &err), &err);
    lk_pack *pack = open_pack("f.lkd");
    lk_image nearest = { SIDE, SIDE, 3, lk_alloc(VALUES) };
    memcpy(nearest.pixels, lk_pack_pixels(pack, LK_SPLIT_TRAIN, index), VALUES);
    lk_test_place above = assert_shows(&grid, &sample), below = assert_shows(&grid, &nearest);
    assert_int_equal(above.x, below.x);
    assert_int_equal(below.y, above.y + LK_TEST_CELL);
    lk_image_deinit(&nearest);
    lk_pack_close(pack);
    lk_image_deinit(&grid);
    lk_image_deinit(&sample);
}

static void the_table_says_what_is_compared(void **state) {
    (void)state;
    assert_int_equal(likeness("eval vae.safetensors --data f.lkd --samples 12 --seed 3"), 0);
    assert_contains(out, "| pictures | n | sharpness ratio | chroma ratio | nearest of ");
    assert_contains(out, "\n| samples, seed 3 | 12 | 0.");
    assert_contains(out, "\n| test split | ... | 1 | 1 | 0.");
    assert_contains(out, " of 12 samples are closer to a training picture than 99 of 100 test "
                         "pictures are (distance below 0.");
    assert_contains(out, "). 0 of them may be copies: ");
    assert_int_equal(likeness("prepare --synthetic 90 --size 16 --channels 1 --out grey.lkd"), 0);
    assert_int_equal(likeness("eval grey.safetensors --data grey.lkd --samples 5"), 0);
    assert_contains(out, "\n| test split | ... | 1 | – | 0.");
    assert_null(samples_of("vae.safetensors --data f.lkd"));
}

static void wrong_usage_says_what_is_expected(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "eval ae.safetensors --data f.lkd --samples 5",
          "ae.safetensors: expected a model with a prior (a vae, or one with regularizer mmd) for "
          "drawing codes, got ae with regularizer none" },
        { "eval vae.safetensors --data f.lkd --samples 5 --split train",
          "--samples: expected --split val or test, whose pictures are new to the model" },
        { "eval vae.safetensors --data f.lkd --seed 5", "--seed: expected --samples N with it" },
        { "eval vae.safetensors --data f.lkd --out x.png",
          "--out: expected --worst N or --samples N with it" },
        { "eval vae.safetensors --data f.lkd --samples -1",
          "--samples: expected a whole number from 0 to 100000" },
    };
    check_rows(rows, LK_COUNT(rows), 2);
    assert_int_equal(
        likeness("prepare --images mine/test --size 16 --test 1 --val 0 --out none.lkd"), 0);
    assert_int_equal(likeness("eval vae.safetensors --data none.lkd --samples 5"), 3);
    assert_contains(out, "none.lkd: the pack has no train pictures");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_those_to_the_nearest_training_pictures),
        cmocka_unit_test(all_of_many_training_pictures_are_searched),
        cmocka_unit_test(sharpness_is_that_of_samples_over_that_of_real_pictures),
        cmocka_unit_test(a_copy_is_found),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(the_closest_samples_are_drawn_above_their_neighbours),
        cmocka_unit_test(the_table_says_what_is_compared),
        cmocka_unit_test(wrong_usage_says_what_is_expected),
    };
    return cmocka_run_group_tests(tests, models_start, program_end);
}
