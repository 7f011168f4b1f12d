/* data: random changes of training pictures, one by one and in the loader. */
#include "base/file.h"
#include "data/augment.h"
#include "tiny.h"

#include <likeness/json.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SIZE = 9, CHANNELS = 3, VALUES = SIZE * SIZE * CHANNELS, TURNS = 200 };

static lk_real original[VALUES], changed[VALUES], spare[VALUES];

/* Different values everywhere, none near 0 or 1. */
static int draw(void **state) {
    (void)state;
    lk_rng rng = lk_rng_at(7, LK_STREAM_TEST, 0, 0);
    for (int i = 0; i < VALUES; i++) original[i] = LK_R(0.4 + 0.2 * lk_rng_uniform(&rng));
    return 0;
}

static double at(const lk_real *picture, int y, int x, int c) {
    return (double)picture[(y * SIZE + x) * CHANNELS + c];
}

static double luma(const lk_real *picture, int i) {
    const lk_real *p = picture + i * CHANNELS;
    return 0.299 * (double)p[0] + 0.587 * (double)p[1] + 0.114 * (double)p[2];
}

/* Read a list, {"augment": [...]}, as the config does. */
static lk_chosen_list read(const char *text, lk_arena *arena, lk_json *json) {
    static const lk_option table[] = { { .key = "augment",
                                         .type = LK_CHOICES,
                                         .max = LK_AUGMENTATIONS_MAX,
                                         .text = "[]",
                                         .words = "augmentations",
                                         .items = &lk_augmentation_items },
                                       { 0 } };
    lk_chosen_list list = { 0 };
    lk_error err;
    lk_arena_init(arena);
    assert_ok(lk_json_parse(text, strlen(text), "text", json, &err), &err);
    assert_ok(lk_options_read(table, json, json->root, "", arena, &list, &err), &err);
    return list;
}

/* The original with one change, in its turn. */
static void change(const char *item, uint32_t turn) {
    char text[256];
    lk_arena arena;
    lk_json json;
    snprintf(text, sizeof text, "{\"augment\": [%s]}", item);
    lk_chosen_list list = read(text, &arena, &json);
    lk_rng rng = lk_rng_at(3, LK_STREAM_AUGMENT, 0, turn);
    memcpy(changed, original, sizeof changed);
    lk_augment(&list, (lk_augmented){ SIZE, CHANNELS, changed, spare }, &rng);
    lk_arena_deinit(&arena);
    lk_json_deinit(&json);
}

static void a_flip_swaps_left_and_right_or_top_and_bottom_as_often_as_asked(void **state) {
    (void)state;
    int n = 0;
    for (uint32_t turn = 0; turn < TURNS; turn++) {
        change("{\"type\": \"flip\", \"probability\": 0.25}", turn);
        bool flipped = memcmp(changed, original, sizeof changed) != 0;
        for (int i = 0; i < SIZE * SIZE; i++)
            assert_near(at(changed, i / SIZE, i % SIZE, 1),
                        at(original, i / SIZE, flipped ? SIZE - 1 - i % SIZE : i % SIZE, 1), 0);
        n += flipped;
    }
    assert_near(n, TURNS / 4.0, 25);
    change("{\"type\": \"flip\", \"direction\": \"vertical\", \"probability\": 1}", 0);
    for (int i = 0; i < SIZE * SIZE; i++)
        assert_near(at(changed, i / SIZE, i % SIZE, 2),
                    at(original, SIZE - 1 - i / SIZE, i % SIZE, 2), 0);
    change("{\"type\": \"flip\", \"probability\": 0}", 0);
    assert_memory_equal(changed, original, sizeof changed);
}

static int reflected(int i) {
    return i < 0 ? -i : i < SIZE ? i : 2 * (SIZE - 1) - i;
}

static bool is_shifted(int down, int right) {
    for (int i = 0; i < VALUES; i++) {
        int y = i / CHANNELS / SIZE, x = i / CHANNELS % SIZE, c = i % CHANNELS;
        if (fabs(at(changed, y, x, c) -
                 at(original, reflected(y - down), reflected(x - right), c)) > 0)
            return false;
    }
    return true;
}

static void a_shift_moves_by_every_distance_up_to_the_farthest(void **state) {
    (void)state;
    int times[5][5] = { { 0 } };
    for (uint32_t turn = 0; turn < 2 * TURNS; turn++) {
        int n = 0;
        change("{\"type\": \"shift\", \"pixels\": 2}", turn);
        for (int k = 0; k < 25; k++) {
            bool found = is_shifted(k / 5 - 2, k % 5 - 2);
            times[k / 5][k % 5] += found;
            n += found;
        }
        assert_int_equal(n, 1);
    }
    for (int k = 0; k < 25; k++) assert_true(times[k / 5][k % 5] >= 4 && times[k / 5][k % 5] <= 40);
    change("{\"type\": \"shift\", \"pixels\": 100}", 0); /* farther than the picture is wide */
}

static void a_crop_of_a_plane_is_a_flatter_plane_within_its_range(void **state) {
    (void)state;
    double lowest = 1, highest = 0;
    int top = 0, bottom = 0; /* how often the edge is repeated there */
    for (int i = 0; i < VALUES; i++)
        original[i] = LK_R(0.1 + 0.05 * (i / CHANNELS / SIZE) + 0.03 * (i / CHANNELS % SIZE));
    for (uint32_t turn = 0; turn < TURNS; turn++) {
        change("{\"type\": \"crop\", \"smallest\": 0.5}", turn);
        double scale = (at(changed, 5, 4, 0) - at(changed, 4, 4, 0)) / 0.05;
        assert_near((at(changed, 4, 5, 1) - at(changed, 4, 4, 1)) / 0.03, scale, 1e-4);
        assert_true(scale > 0.5 - 1e-4 && scale < 1 + 1e-4);
        lowest = fmin(lowest, scale), highest = fmax(highest, scale);
        top += (at(changed, 1, 4, 0) - at(changed, 0, 4, 0)) / 0.05 < scale - 1e-3;
        bottom += (at(changed, SIZE - 1, 4, 0) - at(changed, SIZE - 2, 4, 0)) / 0.05 < scale - 1e-3;
        for (int i = 0; i < VALUES; i++)
            assert_true(changed[i] >= original[0] && changed[i] <= original[VALUES - 1]);
    }
    assert_true(lowest < 0.52 && highest > 0.98);
    /* within half a pixel of the edge, one in 18 each: the centres of pixels are in the square */
    assert_true(top >= TURNS / 36 && top <= TURNS / 9);
    assert_true(bottom >= TURNS / 36 && bottom <= TURNS / 9);
    change("{\"type\": \"crop\", \"smallest\": 1}", 0);
    for (int i = 0; i < VALUES; i++) assert_near((double)changed[i], (double)original[i], 1e-6);
    draw(NULL);
}

static void brightness_is_one_factor_for_all_values(void **state) {
    (void)state;
    double sum = 0, lowest = 2, highest = 0;
    for (uint32_t turn = 0; turn < TURNS; turn++) {
        change("{\"type\": \"brightness\", \"amount\": 0.3}", turn);
        double factor = (double)changed[0] / (double)original[0];
        for (int i = 0; i < VALUES; i++)
            assert_near((double)changed[i], factor * (double)original[i], 1e-6);
        sum += factor, lowest = fmin(lowest, factor), highest = fmax(highest, factor);
    }
    assert_near(sum / TURNS, 1, 0.04);
    assert_true(lowest > 0.7 - 1e-6 && lowest < 0.72 && highest < 1.3 + 1e-6 && highest > 1.28);
}

static void contrast_keeps_the_mean_luma_and_saturation_that_of_each_pixel(void **state) {
    (void)state;
    for (uint32_t turn = 0; turn < 8; turn++) {
        double before = 0, after = 0;
        change("{\"type\": \"contrast\", \"amount\": 0.5}", turn);
        for (int i = 0; i < SIZE * SIZE; i++)
            before += luma(original, i), after += luma(changed, i);
        assert_near(after, before, 1e-4);
        assert_true(fabs((double)(changed[0] - original[0])) > 1e-6);
        change("{\"type\": \"saturation\", \"amount\": 0.5}", turn);
        for (int i = 0; i < SIZE * SIZE; i++)
            assert_near(luma(changed, i), luma(original, i), 1e-6);
        assert_true(fabs((double)(changed[0] - original[0])) > 1e-6);
    }
}

static void values_stay_between_0_and_1(void **state) {
    (void)state;
    for (int i = 0; i < VALUES; i++) original[i] = (lk_real)(i % 2);
    for (uint32_t turn = 0; turn < TURNS; turn++) {
        change("{\"type\": \"brightness\", \"amount\": 1}, {\"type\": \"contrast\", \"amount\": 1},"
               "{\"type\": \"saturation\", \"amount\": 1}",
               turn);
        for (int i = 0; i < VALUES; i++) assert_true(changed[i] >= 0 && changed[i] <= 1);
    }
    draw(NULL);
}

/* ---- in the loader ---- */

enum { BATCH = 8, SIDE = 16, BATCH_VALUES = BATCH * SIDE * SIDE * 3 };

static void fill_with(const lk_pack *pack, const lk_context *context, lk_loader_options options,
                      uint32_t epoch, lk_real *out, int *indices) {
    lk_error err;
    lk_loader *loader = NULL;
    assert_ok(lk_loader_create(pack, &options, &loader, &err), &err);
    lk_loader_fill(loader, context, epoch, 1, out, indices);
    lk_loader_destroy(loader);
}

static void fill(const lk_pack *pack, const lk_context *context, const lk_chosen_list *list,
                 uint32_t epoch, lk_real *out, int *indices) {
    const lk_loader_options options = {
        .batch_size = BATCH, .seed = 5, .shuffle = true, .flip = true, .augment = list
    };
    fill_with(pack, context, options, epoch, out, indices);
}

static void the_changes_of_a_picture_depend_on_seed_and_epoch(void **state) {
    (void)state;
    static lk_real values[3][BATCH_VALUES];
    static const struct {
        uint64_t seed;
        uint32_t epoch;
    } rows[] = { { 5, 2 }, { 5, 3 }, { 6, 2 } };
    char folder[LK_PATH_MAX];
    lk_arena arena;
    lk_json json;
    lk_error err;
    lk_pack *pack = NULL;
    snprintf(folder, sizeof folder, "%s", lk_test_folder("augment_epochs"));
    assert_ok(lk_pack_open(lk_test_pack(folder, 64), lk_test_context(), &pack, &err), &err);
    lk_chosen_list list = read("{\"augment\": [{\"type\": \"contrast\"}]}", &arena, &json);
    for (int i = 0; i < 3; i++) /* the same pictures each time */
        fill_with(
            pack, lk_test_context_alone(),
            (lk_loader_options){ .batch_size = BATCH, .seed = rows[i].seed, .augment = &list },
            rows[i].epoch, values[i], NULL);
    for (int i = 1; i < 3; i++) assert_memory_not_equal(values[0], values[i], sizeof values[0]);
    lk_arena_deinit(&arena);
    lk_json_deinit(&json);
    lk_pack_close(pack);
}

static void a_batch_depends_on_seed_epoch_and_picture_and_no_list_changes_nothing(void **state) {
    (void)state;
    static lk_real plain[BATCH_VALUES], empty[BATCH_VALUES], first[BATCH_VALUES],
        again[BATCH_VALUES], next[BATCH_VALUES];
    const lk_chosen_list none = { 0 };
    char folder[LK_PATH_MAX];
    int indices[2][BATCH];
    lk_arena arena;
    lk_json json;
    lk_error err;
    lk_pack *pack = NULL;
    lk_context three = *lk_test_context_alone();
    snprintf(folder, sizeof folder, "%s", lk_test_folder("augment"));
    assert_ok(lk_pack_open(lk_test_pack(folder, 64), lk_test_context(), &pack, &err), &err);
    assert_int_equal(lk_pack_describe(pack)->size, SIDE);
    lk_chosen_list list =
        read("{\"augment\": [{\"type\": \"shift\"}, {\"type\": \"contrast\"}]}", &arena, &json);
    assert_ok(lk_threads_create(3, &three.threads, &err), &err);
    fill(pack, lk_test_context_alone(), NULL, 2, plain, NULL);
    fill(pack, lk_test_context_alone(), &none, 2, empty, NULL);
    fill(pack, lk_test_context_alone(), &list, 2, first, indices[0]);
    fill(pack, &three, &list, 2, again, indices[1]);
    fill(pack, &three, &list, 3, next, NULL);
    assert_memory_equal(plain, empty, sizeof plain);
    assert_memory_not_equal(plain, first, sizeof plain);
    assert_memory_equal(first, again, sizeof first);
    assert_memory_equal(indices[0], indices[1], sizeof indices[0]);
    assert_memory_not_equal(first, next, sizeof first);
    lk_threads_destroy(three.threads);
    lk_arena_deinit(&arena);
    lk_json_deinit(&json);
    lk_pack_close(pack);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flip_swaps_left_and_right_or_top_and_bottom_as_often_as_asked),
        cmocka_unit_test(a_shift_moves_by_every_distance_up_to_the_farthest),
        cmocka_unit_test(a_crop_of_a_plane_is_a_flatter_plane_within_its_range),
        cmocka_unit_test(brightness_is_one_factor_for_all_values),
        cmocka_unit_test(contrast_keeps_the_mean_luma_and_saturation_that_of_each_pixel),
        cmocka_unit_test(values_stay_between_0_and_1),
        cmocka_unit_test(the_changes_of_a_picture_depend_on_seed_and_epoch),
        cmocka_unit_test(a_batch_depends_on_seed_epoch_and_picture_and_no_list_changes_nothing),
    };
    return cmocka_run_group_tests(tests, draw, NULL);
}
