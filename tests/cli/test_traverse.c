/* The command traverse on trained models: where their codes lie, stored in the model or measured,
   and how much each latent changes the picture. */
#include "draw/collage.h"
#include "io/npy.h"
#include "program.h"

#include <likeness/image.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LATENTS = 6, N_MANY = 10400, N_MEASURED = 10000 };

static void train(const char *run, const char *data, const char *words) {
    assert_int_equal(
        likeness("train small.json --data %s --out %s --steps 30 %s", data, run, words), 0);
}

static int runs_start(void **state) {
    program_start(state);
    put("small.json", small_config, strlen(small_config));
    assert_int_equal(likeness("prepare --synthetic 90 --seed 4 --size 16 --out f.lkd"), 0);
    train("ae", "f.lkd", "");
    train("vae", "f.lkd", "--set model.type=vae --set regularizer.weight=0.001");
    return 0;
}

/* The JSON of traverse, whose table has every latent once. */
static const cJSON *table_of(const char *words, const cJSON *rows[LATENTS]) {
    char whole[512];
    lk_format(whole, sizeof whole, "traverse %s --out t.png --json", words);
    const cJSON *report = json_of(whole), *table = cJSON_GetObjectItem(report, "table");
    memset(rows, 0, LATENTS * sizeof *rows);
    assert_int_equal(cJSON_GetArraySize(table), LATENTS);
    for (int i = 0; i < LATENTS; i++) {
        const cJSON *row = cJSON_GetArrayItem(table, i);
        int latent = (int)number(row, "latent");
        assert_true(latent >= 0 && latent < LATENTS && !rows[latent]);
        rows[latent] = row;
    }
    return report;
}

/* Mean and variance of latent k over n of the codes of training pictures. */
static void moments(const lk_npy *codes, int k, int n, double *mean, double *variance) {
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t row = i * (int64_t)codes->shape[0] / n;
        double code = codes->values[row * LATENTS + k];
        sum += code;
        squares += code * code;
    }
    *mean = sum / n;
    *variance = squares / n - *mean * *mean;
}

/* `n_most`: how many codes at most are measured. */
static void check_against_codes(const char *run, const char *data, const char *more, int n_most) {
    const cJSON *rows[LATENTS];
    lk_npy codes;
    lk_error err;
    char words[256];
    assert_int_equal(likeness("encode %s --data %s --split train --out z.npy", run, data), 0);
    assert_ok(lk_npy_read(in_folder("z.npy"), &codes, &err), &err);
    int n = (int)codes.shape[0] < n_most ? (int)codes.shape[0] : n_most;
    lk_format(words, sizeof words, "%s %s", run, more);
    const cJSON *report = table_of(words, rows);
    assert_string_equal(string(report, "unit"), "codes");
    assert_near(number(report, "n"), n, 0);
    for (int k = 0; k < LATENTS; k++) {
        double mean, variance;
        moments(&codes, k, n, &mean, &variance);
        assert_near(number(rows[k], "mean"), mean, 1e-5);
        assert_near(number(rows[k], "variance"), variance, 1e-5 * (1 + variance));
        assert_near(number(rows[k], "from"), mean - 3 * sqrt(variance), 1e-4);
        assert_near(number(rows[k], "to"), mean + 3 * sqrt(variance), 1e-4);
    }
    lk_npy_deinit(&codes);
}

/* ---- where codes lie ---- */

static void a_trained_model_says_where_its_codes_lie(void **state) {
    (void)state;
    check_against_codes("ae", "f.lkd", "", N_MEASURED);
    check_against_codes("vae", "f.lkd", "", N_MEASURED);
    const cJSON *rows[LATENTS];
    table_of("ae", rows);
    assert_null(cJSON_GetObjectItem(rows[0], "kl"));
}

static void the_kl_of_latents_adds_up_to_that_of_eval(void **state) {
    (void)state;
    double sum = 0, kl = number(cJSON_GetObjectItem(
                                    json_of("eval vae --data f.lkd --split train --json"), "codes"),
                                "kl");
    const cJSON *rows[LATENTS];
    table_of("vae", rows);
    for (int k = 0; k < LATENTS; k++) sum += number(rows[k], "kl");
    assert_true(kl > 0.01);
    assert_near(sum, kl, 1e-5 * kl);
}

static void averaged_weights_have_their_own_codes(void **state) {
    (void)state;
    train("averaged", "f.lkd", "--set optimizer.average=0.95");
    check_against_codes("averaged", "f.lkd", "", N_MEASURED);
}

/* More training pictures than are measured: those that are lie evenly among them. */
static void many_pictures_are_measured_in_part(void **state) {
    (void)state;
    static uint8_t data[128 + N_MANY * SIDE * SIDE];
    static const char dict[] = "{'descr': '|u1', 'fortran_order': False, 'shape': (10400, 16, 16)}";
    memset(data, ' ', 128);
    memcpy(data, "\x93NUMPY\1\0\x76\0", 10);
    memcpy(data + 10, dict, sizeof dict - 1);
    data[127] = '\n';
    for (size_t i = 0; i < N_MANY; i++) /* their mean grows, so that a part in front differs */
        for (size_t k = 0; k < SIDE * SIDE; k++)
            data[128 + i * SIDE * SIDE + k] = (uint8_t)(i * 200 / N_MANY + (i * 7 + k * 31) % 55);
    put("many.npy", data, sizeof data);
    assert_int_equal(
        likeness("prepare --npy many.npy --size 16 --channels 1 --val 0 --test 0 --out many.lkd"),
        0);
    train("many", "many.lkd", "");
    check_against_codes("many", "many.lkd", "", N_MEASURED);
}

static void the_codes_do_not_depend_on_threads(void **state) {
    (void)state;
    train("one", "f.lkd", "--set model.type=vae --threads 1");
    train("three", "f.lkd", "--set model.type=vae --threads 3");
    check("cmp one/model.safetensors three/model.safetensors && "
          "grep -q likeness.codes one/model.safetensors");
}

static void checkpoints_are_measured_with_data_and_else_described_by_the_prior(void **state) {
    (void)state;
    const char *checkpoint = "vae/checkpoints/best.safetensors";
    const cJSON *rows[LATENTS];
    check_against_codes(checkpoint, "f.lkd", "--data f.lkd", N_MEASURED);
    assert_string_equal(string(table_of(checkpoint, rows), "unit"), "prior");
    assert_near(number(rows[2], "to"), 3, 0);
    assert_int_equal(likeness("traverse %s --out t.png", checkpoint), 0);
    assert_contains(out, "does not say where the codes of its training pictures lie");
    assert_contains(out, "standard deviations of the prior; --data FILE.lkd measures the codes");
    assert_string_equal(
        string(table_of("ae/checkpoints/best.safetensors --data f.lkd -n 1", rows), "unit"),
        "codes");
    /* without a prior the pack of the run is taken, if it is known */
    assert_string_equal(string(table_of("ae/checkpoints/best.safetensors", rows), "unit"), "codes");
    check("cp ae/checkpoints/best.safetensors alone.safetensors");
    assert_int_equal(likeness("traverse alone.safetensors --out t.png"), 2);
    assert_contains(out, "for starting from its mean, got ae with regularizer none");
    assert_int_equal(likeness("prepare --synthetic 60 --seed 9 --size 16 --out other.lkd"), 0);
    assert_int_equal(likeness("traverse %s --data other.lkd --out t.png", checkpoint), 0);
    assert_contains(out, "was trained on another pack than other.lkd");
    /* what the model says itself comes first */
    table_of("vae", rows);
    double mean = number(rows[1], "mean");
    table_of("vae --data other.lkd", rows);
    assert_near(number(rows[1], "mean"), mean, 0);
}

/* ---- what is shown ---- */

/* The middle of each row is the mean code, the start of a model without a prior. */
static void without_a_picture_an_ae_starts_at_its_mean_code(void **state) {
    (void)state;
    assert_int_equal(likeness("traverse ae --steps 3 --out t.png"), 0);
    lk_image grid = picture_of("t.png");
    size_t row = LK_TEST_SHOWN * 3;
    for (int i = 0; i < LATENTS; i++) {
        const uint8_t *middle = lk_test_cell(&grid, LATENTS, 4, i, 1);
        assert_memory_equal(middle, lk_test_cell(&grid, LATENTS, 4, 0, 1), row);
        assert_true(memcmp(middle, lk_test_cell(&grid, LATENTS, 4, i, 0), row) != 0);
    }
    lk_image_deinit(&grid);
}

/* The change is computed once more, from pictures decoded at both ends: a range of 2 steps. */
static void the_change_is_the_mean_difference_of_both_ends(void **state) {
    (void)state;
    const cJSON *rows[LATENTS];
    const cJSON *report = table_of("ae --steps 2 --range 2 --rows 6", rows);
    lk_image grid = picture_of("t.png");
    const int zoom = LK_TEST_SHOWN / SIDE;
    double last = 1;
    for (int i = 0; i < LATENTS; i++) {
        int latent = item(report, "latents", i)->valueint;
        const uint8_t *cell = lk_test_cell(&grid, LATENTS, 3, i, 0);
        double sum = 0;
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE * 3; x++) {
                const uint8_t *left =
                    cell + ((size_t)(zoom * y) * (size_t)grid.width + (size_t)(zoom * (x / 3))) * 3;
                sum += fabs((double)left[x % 3] - left[LK_TEST_CELL * 3 + x % 3]) / 255;
            }
        double change = number(rows[latent], "change");
        assert_near(change, sum / (SIDE * SIDE * 3), 0.003);
        assert_true(change > 0.001 && change <= last);
        last = change;
    }
    lk_image_deinit(&grid);
}

/* A pixel's map is white where nothing changes and blue where most does: its red falls with the
   change. */
static void the_map_at_the_right_shows_where_pixels_change(void **state) {
    (void)state;
    assert_int_equal(likeness("traverse ae --steps 2 --range 20 --out t.png"), 0);
    lk_image grid = picture_of("t.png");
    const int zoom = LK_TEST_SHOWN / SIDE;
    int darkest = 255;
    double most = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < LATENTS * SIDE * SIDE; i++) {
            int y = i / SIDE % SIDE, x = i % SIDE;
            const uint8_t *left =
                              lk_test_cell(&grid, LATENTS, 3, i / (SIDE * SIDE), 0) +
                              ((size_t)(zoom * y) * (size_t)grid.width + (size_t)(zoom * x)) * 3,
                          *map = left + 2 * LK_TEST_CELL * 3;
            double change = 0;
            for (int c = 0; c < 3; c++)
                change += fabs((double)left[c] - left[LK_TEST_CELL * 3 + c]) / 3;
            if (change > most) most = change;
            if (map[0] < darkest) darkest = map[0];
            if (pass)
                assert_near(map[0], 255 * (1 - change / most), 1 + 255 * 1.5 / most); /* of bytes */
        }
    assert_int_equal(darkest, 0);
    lk_image_deinit(&grid);
}

static void the_table_lists_the_rows_of_the_picture(void **state) {
    (void)state;
    assert_int_equal(likeness("traverse vae --rows 2 --out t.png"), 0);
    assert_contains(out, "; values from -3 to 3 standard deviations of the codes of ");
    assert_contains(out, " training pictures\nlatent  ... KL  ... mean  variance  ... change\n");
    assert_int_equal(likeness("traverse ae --latents 5,0 --out t.png"), 0);
    assert_contains(out, "\nlatent  ... mean  variance   change\n     5  ... \n     0  ");
    const cJSON *table =
        cJSON_GetObjectItem(json_of("traverse ae --latents 5,0 --out t.png --json"), "table");
    assert_int_equal(cJSON_GetArraySize(table), 2);
    assert_true(number(cJSON_GetArrayItem(table, 1), "change") > 0.001);
}

static void too_much_is_refused_before_the_work(void **state) {
    (void)state;
    lk_error err;
    lk_image_shape shape = { 64, 3 };
    assert_int_equal(lk_collage_check("x.png", shape, 64 * 10, 9, "fewer", &err), LK_USAGE);
    assert_int_equal(lk_collage_check("x.png", shape, 10, 64, "fewer", &err), LK_OK);
    assert_int_equal(likeness("interpolate vae --data many.lkd --split train -n 1000 --out no.png"),
                     2);
    assert_contains(out, "no.png: expected a picture with sides of at most 32000");
    assert_int_equal(likeness("traverse vae ae --out no.png"), 2);
    assert_contains(out, "ae: expected a picture or a folder of pictures, got a run");
    assert_int_equal(likeness("interpolate vae ae --out no.png"), 2);
    assert_contains(out, "got a run; interpolate takes one RUN");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trained_model_says_where_its_codes_lie),
        cmocka_unit_test(the_kl_of_latents_adds_up_to_that_of_eval),
        cmocka_unit_test(averaged_weights_have_their_own_codes),
        cmocka_unit_test(many_pictures_are_measured_in_part),
        cmocka_unit_test(the_codes_do_not_depend_on_threads),
        cmocka_unit_test(checkpoints_are_measured_with_data_and_else_described_by_the_prior),
        cmocka_unit_test(without_a_picture_an_ae_starts_at_its_mean_code),
        cmocka_unit_test(the_change_is_the_mean_difference_of_both_ends),
        cmocka_unit_test(the_map_at_the_right_shows_where_pixels_change),
        cmocka_unit_test(the_table_lists_the_rows_of_the_picture),
        cmocka_unit_test(too_much_is_refused_before_the_work),
    };
    return cmocka_run_group_tests(tests, runs_start, program_end);
}
