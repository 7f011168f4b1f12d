/* Codes that are maps, "latent": [C, H, W], as users of every command see them. */
#include "io/npy.h"
#include "net/trained.h"
#include "program.h"

#include <likeness/loader.h>

#include <stdio.h>
#include <string.h>

#define TRAIN                                                                                      \
    "train c.json --data f.lkd --epochs 2 --set train.batch_size=8 --set train.shards=2 "          \
    "--set 'model.architecture={\"preset\":\"compact\",\"width\":3}' "
#define MAPS "--set 'model.latent=[2,4,4]' "
enum { NUMBERS = 2 * 4 * 4, PIXELS = 32 * 32 * 3 };

static int maps_start(void **state) {
    int failed = program_start(state);
    static const char vae[] = "{\"model\": {\"type\": \"vae\"}}";
    put("c.json", vae, sizeof vae - 1);
    put("ae.json", "{}", 2);
    if (likeness("prepare --synthetic 80 --size 32 --val 0.2 --test 0.2 --out f.lkd") != 0)
        return 1;
    return failed || likeness(TRAIN MAPS "--out r --threads 1") != 0;
}

static void
a_model_of_maps_has_the_same_bytes_at_any_number_of_threads_and_when_resumed(void **state) {
    (void)state;
    assert_int_equal(likeness(TRAIN MAPS "--out two --threads 2"), 0);
    assert_same_bytes("r/model.safetensors", "two/model.safetensors");
    assert_int_equal(likeness(TRAIN MAPS "--out part --threads 3 --epochs 1"), 0);
    assert_int_equal(likeness(TRAIN MAPS "--out part --threads 3 --resume"), 0);
    assert_same_bytes("r/model.safetensors", "part/model.safetensors");
}

static void encode_writes_maps_in_the_order_c_h_w(void **state) {
    (void)state;
    lk_npy array;
    lk_error err;
    lk_trained whole;
    lk_pack *pack = NULL;
    lk_loader *loader = NULL;
    assert_int_equal(likeness("encode r --split val --out z.npy"), 0);
    assert_contains(out, " codes of 32 numbers\n");
    assert_ok(lk_npy_read(in_folder("z.npy"), &array, &err), &err);
    assert_int_equal(array.n_dims, 4);
    assert_int_equal(array.shape[1], 2);
    assert_int_equal(array.shape[2], 4);
    assert_int_equal(array.shape[3], 4);
    assert_ok(lk_trained_open(in_folder("r"), &context, NULL, 0, &whole, &err), &err);
    assert_ok(lk_pack_open(in_folder("f.lkd"), &context, &pack, &err), &err);
    lk_loader_options options = { .split = LK_SPLIT_VAL, .batch_size = LK_EVALUATION_BATCH };
    assert_ok(lk_loader_create(pack, &options, &loader, &err), &err);
    lk_loader_fill(loader, &context, 0, 0, whole.net.model.images->value, NULL);
    lk_graph_forward(whole.net.graph, LK_EVAL, 1, 0);
    const lk_node *codes = whole.net.model.latent;
    assert_string_equal(codes->in[0]->op->name, "reshape"); /* which keeps the order C, H, W */
    for (int i = 0; i < NUMBERS; i++) assert_near(array.values[i], (double)codes->value[i], 1e-6);
    lk_loader_destroy(loader);
    lk_pack_close(pack);
    lk_trained_close(&whole);
    lk_npy_deinit(&array);
}

static void commands_that_use_codes_take_maps(void **state) {
    (void)state;
    assert_int_equal(likeness("sample r -n 4 --out s.png"), 0);
    assert_int_equal(likeness("interpolate r s.png r/grids/epoch_0001.png --out i.png"), 0);
    const cJSON *report = json_of("traverse r --rows 2 --out t.png --json");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(report, "table")),
                     NUMBERS);
    const cJSON *eval = json_of("eval r --baselines --json");
    assert_near(number(cJSON_GetObjectItemCaseSensitive(eval, "codes"), "latents"), NUMBERS, 0);
    assert_int_equal(likeness("eval r --baselines"), 0);
    assert_contains(out, "PCA, 32 components");
    const cJSON *info = json_of("info r --json");
    assert_near(item(info, "latent", 0)->valuedouble, 2, 0);
    assert_near(item(info, "latent", 2)->valuedouble, 4, 0);
    assert_int_equal(likeness("info r"), 0);
    assert_contains(out, "vae, latent 2 x 4 x 4");
    assert_int_equal(likeness("info r/model.safetensors"), 0);
    assert_contains(out, "latent 2 x 4 x 4");
}

static void a_saved_config_of_maps_loads_again_and_a_number_stays_a_number(void **state) {
    (void)state;
    assert_int_equal(likeness("config print ae.json"), 0);
    assert_contains(out, "\"latent\": 128,");
    assert_int_equal(likeness("config print ae.json --set 'model.latent=[2,4,4]'"), 0);
    assert_contains(out, "\"latent\": [2, 4, 4],");
    assert_int_equal(likeness("train r/config.json --data f.lkd --out again"), 0);
    assert_same_bytes("r/model.safetensors", "again/model.safetensors");
}

static void layers_that_do_not_end_at_the_side_of_the_code_are_refused(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "info c.json --size 64 --set 'model.latent=[4,5,5]'",
          "model.latent: ... 32, 16, 8, 4, 2, 1 ... got (4, 5, 5)" },
        { "info c.json --set 'model.latent=[4,5]'", "model.latent: expected ... got 2 numbers" },
        { "info c.json --set 'model.latent=[4096,512,512]'", "at most 1048576 numbers, got " },
        { "info c.json --set 'model.latent=\"8\"'",
          "expected a whole number from 1 to 65536 or a shape [C, H, W], got" },
        { "info c.json --set 'model.latent=[2,2.5,2]'", "model.latent[1]: expected a whole" },
        { "info r/config.json --size 32 --set model.latent=[2,8,8]",
          "expected maps of 8 x 8 for a code (2, 8, 8), got (8, 12, 4, 4)" },
    };
    check_rows(rows, LK_COUNT(rows), 2);
}

static void a_config_is_checked_for_the_size_of_the_pack_alone(void **state) {
    (void)state;
    const char *check = "config check c.json --set 'model.latent=[2,6,6]' --set train.batch_size=8";
    assert_int_equal(likeness("prepare --synthetic 40 --size 24 --out small.lkd"), 0);
    assert_int_equal(likeness("%s --data small.lkd", check), 0);
    assert_int_equal(likeness("%s --size 24", check), 0);
    assert_int_equal(likeness("%s", check), 0);
    assert_contains(out, "--size N or --data FILE.lkd also checks that the layers fit");
    assert_int_equal(likeness("%s --size 32", check), 2);
}

static void a_table_and_a_sweep_count_the_numbers_of_a_code(void **state) {
    (void)state;
    assert_int_equal(
        likeness("sweep c.json --data f.lkd --out sw --epochs 1 --set train.batch_size=8 --set "
                 "'model.architecture={\"preset\":\"compact\",\"width\":2}' --grid "
                 "'model.latent=[2,4,4],32'"),
        0);
    assert_int_equal(likeness("table sw/results --format csv"), 0);
    assert_contains(out, ",32,");
    const cJSON *table = json_of("table sw/results --format json");
    assert_near(number(item(table, "rows", 0), "latents"), NUMBERS, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_model_of_maps_has_the_same_bytes_at_any_number_of_threads_and_when_resumed),
        cmocka_unit_test(encode_writes_maps_in_the_order_c_h_w),
        cmocka_unit_test(commands_that_use_codes_take_maps),
        cmocka_unit_test(a_saved_config_of_maps_loads_again_and_a_number_stays_a_number),
        cmocka_unit_test(layers_that_do_not_end_at_the_side_of_the_code_are_refused),
        cmocka_unit_test(a_config_is_checked_for_the_size_of_the_pack_alone),
        cmocka_unit_test(a_table_and_a_sweep_count_the_numbers_of_a_code),
    };
    return cmocka_run_group_tests(tests, maps_start, program_end);
}
