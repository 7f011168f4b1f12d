/* The program from pack to results: train, stop by a signal or by a kill, resume, evaluate; with
   the exit codes. */
#include "shell.h"
#include "tiny.h"

#include <cJSON.h>
#include <stdio.h>
#include <string.h>

/* A fresh folder with faces.lkd and tiny.json. */
static void begin(const char *name) {
    lk_test_tiny(name, 110, TINY_CONFIG(""), folder);
}

/* Starts a run in the background that only a signal ends. */
#define ENDLESS(out)                                                                               \
    "{ env --default-signal=INT $TRAIN --epochs 1000000 --set train.log_every_steps=1000 "         \
    "--out " out " & } ; "

static void a_run_writes_its_files_and_prints_a_table(void **state) {
    (void)state;
    begin("cli_train");
    check("$L train tiny.json --data faces.lkd --out run");
    assert_contains(out, "epoch 3/3");
    assert_contains(out, "| tiny | 27 |");
    assert_contains(out, "run/model.safetensors has the weights");
    check("cd run && ls config.json metrics.jsonl metrics.csv model.safetensors "
          "curves.png test.json checkpoints/last.safetensors "
          "checkpoints/previous.safetensors checkpoints/best.safetensors "
          "grids/epoch_0001.png grids/epoch_0003.png");
    check("find . -name '*.tmp.*' | grep . && exit 1; exit 0");
}

static void eval_gives_one_object_that_equals_test_json(void **state) {
    (void)state;
    lk_json json = { 0 };
    lk_error err;
    check("$L eval run --data faces.lkd --split test --json 2>err | tee "
          "eval.json | cmp - run/test.json && test ! -s err");
    check("$L eval run --data faces.lkd --baselines --json 2>/dev/null");
    assert_ok(lk_json_parse(out, strlen(out), "eval", &json, &err), &err);
    assert_int_equal(cJSON_GetObjectItemCaseSensitive(json.root, "n")->valueint, 27);
    static const char *const keys[] = { "ssim",         "ssim_se", "mse",
                                        "mse_se",       "psnr",    "lwssim",
                                        "chroma_ratio", "delta_e", "sharpness_ratio" };
    for (size_t i = 0; i < LK_COUNT(keys); i++)
        assert_true(cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(json.root, keys[i])));
    const cJSON *baselines = cJSON_GetObjectItemCaseSensitive(json.root, "baselines");
    assert_true(cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(baselines, "pca")));
    assert_true(cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(baselines, "mean_image")));
    lk_json_deinit(&json);
    check("$L eval run/checkpoints/last.safetensors --data faces.lkd --split val");
    assert_contains(out, "| tiny | 27 |");
}

static void eval_says_when_the_pack_is_not_that_of_the_training(void **state) {
    (void)state;
    check("$L prepare --synthetic 90 --seed 9 --size 16 --val 0.3 --test 0.3 "
          "--out other.lkd && $L eval run --data other.lkd");
    assert_contains(out, "run/model.safetensors was trained on another pack than other.lkd: "
                         "fingerprint ");
    check("$L eval run --data faces.lkd");
    assert_null(strstr(out, "another pack"));
    check("$L reconstruct run run/grids/epoch_0001.png --npy r.npy 2>&1");
    assert_null(strstr(out, "warning")); /* the model says how its pictures were made */
}

static void a_resolved_config_repeats_the_run(void **state) {
    (void)state;
    check("$L train run/config.json --data faces.lkd --out again && cmp "
          "run/model.safetensors again/model.safetensors");
}

static void steps_and_epochs_are_totals_that_override_the_config(void **state) {
    (void)state;
    check("$L train tiny.json --data faces.lkd --out short --steps 9 && tail "
          "-n 1 short/metrics.csv");
    assert_contains(out, "\n2,9,");
    check("$L train tiny.json --data faces.lkd --out short --force --epochs "
          "1 && tail -n 1 short/metrics.csv");
    assert_contains(out, "\n1,7,");
}

static void a_run_that_is_there_exits_2_and_force_replaces_it(void **state) {
    (void)state;
    assert_int_equal(run("touch run/notes.txt; $L train tiny.json --data faces.lkd --out run"), 2);
    assert_contains(out, "run: exists; --resume ");
    check("$L train tiny.json --data faces.lkd --out run --force --epochs 1 "
          "&& ls run/notes.txt && ! ls run/grids/epoch_0003.png");
}

static void force_removes_only_what_a_run_writes(void **state) {
    (void)state;
    check("for f in latest.json old_model.safetensors checkpoints/llama.safetensors "
          "grids/holiday.png; do : > run/$f; done; "
          ": > run/checkpoints/.last.safetensors.tmp.123; : > run/.hidden.tmp.1; "
          "$L train tiny.json --data faces.lkd --out run --force --epochs 1 && cd run && "
          "ls latest.json old_model.safetensors checkpoints/llama.safetensors grids/holiday.png "
          ".hidden.tmp.1 && "
          "! ls checkpoints/.last.safetensors.tmp.123");
    assert_int_equal(run("mkdir -p mine && : > mine/thesis.txt; $L train tiny.json --data "
                         "faces.lkd --out mine --force"),
                     2);
    assert_contains(out, "mine: is not empty and holds no run");
}

static void closed_standard_files_write_nothing_into_others(void **state) {
    (void)state;
    check("$L prepare --synthetic 60 --size 16 --out closed.lkd <&- 2>&- && "
          "$L info closed.lkd && "
          "$L train tiny.json --data closed.lkd --out closed --steps 1 <&- "
          "2>&- && test ! -s closed/.lock");
}

static void numbers_that_are_not_finite_are_never_saved(void **state) {
    (void)state;
    /* a double does not overflow in one step at any learning rate that is allowed */
    if (sizeof(lk_real) == 8) skip();
    assert_int_equal(run("$L train tiny.json --data faces.lkd --out wild --steps 1 --set "
                         "optimizer.type=sgd --set optimizer.lr=1e37 "
                         "--set reconstruction.scale=1e9"),
                     4);
    assert_contains(out, "not finite");
    check("ls wild/checkpoints/*.safetensors wild/model.safetensors 2>/dev/null | "
          "grep . && exit 1; exit 0");
}

static void a_failed_save_leaves_the_last_checkpoint_where_it_was(void **state) {
    (void)state;
#define TIGHT "$L train tiny.json --data faces.lkd --out tight --resume"
    if (!lk_test_has_shim()) skip();
    assert_int_equal(run("SIGNAL_AT='file 1 15 1' SIGNAL_AT_FILE=/.last.safetensors "
                         "LD_PRELOAD=$SHIM " TIGHT),
                     75);
    /* enough space for the metrics, but not for a checkpoint */
    assert_int_equal(
        run("cp tight/checkpoints/last.safetensors before; trap '' XFSZ; ulimit -f 20; " TIGHT), 5);
    assert_contains(out, "File too large");
    check("cmp before tight/checkpoints/last.safetensors && ls -A tight/checkpoints "
          "tight | grep tmp && exit 1; exit 0");
}

static void wrong_words_and_files_have_their_exit_codes(void **state) {
    (void)state;
    static const struct {
        const char *command, *message;
        int code;
    } rows[] = {
        { "$L train tiny.json --out x", "--data", 2 },
        { "$L train none.json --data faces.lkd --out x", "none.json", 2 },
        { "$L train tiny.json --data none.lkd --out x", "none.lkd: cannot open", 3 },
        { "$L train tiny.json --data tiny.json --out x", "tiny.json", 3 },
        { "$L train tiny.json --data faces.lkd --out x --set train.epochs=0",
          "train.epochs: expected ... got 0", 2 },
        { "$L train tiny.json --data faces.lkd --out x --set optimizer.type=adm", "did you mean",
          2 },
        { "$L train tiny.json --data faces.lkd --out x --set 'model.architecture.decoder="
          "[{\"type\":\"linear\",\"out\":768},{\"type\":\"sigmoid\"}]'",
          "model.architecture.decoder[1]: the decoder's result: expected ... (8, 3, 16, 16) ... "
          "got "
          "(8, 768)",
          2 },
        { "$L train tiny.json --data faces.lkd --out x --set train.batch_size=1000", "faces.lkd",
          3 },
        { "$L train tiny.json --data faces.lkd --out /proc/nowhere/x", "/proc/nowhere", 5 },
        { "$L train tiny.json --data faces.lkd --out x --force --set optimizer.type=sgd "
          "--set optimizer.lr=1e20 --set "
          "optimizer.weight_decay=1 --set "
          "'model.architecture={\"encoder\":[{\"type\":\"conv\",\"out\":4},{\"type\":\"flatten\"}],"
          "\"decoder\":[{\"type\":\"linear\","
          "\"out\":256},"
          "{\"type\":\"reshape\",\"shape\":[4,8,8]},{\"type\":\"conv_transpose\",\"out\":0},{"
          "\"type\":\"sigmoid\"}]}'",
          "is not finite", 4 },
        { "$L train tiny.json --data faces.lkd --out ''", "--out: expected ... got an empty word",
          2 },
        { "LIKENESS_ISA=sse $L eval run --data faces.lkd",
          "LIKENESS_ISA: expected ... avx512 avx2 portable, got \"sse\"", 2 },
        { "LIKENESS_THREADS=0 $L eval run --data faces.lkd",
          "LIKENESS_THREADS: expected a number from 1 to 64, got \"0\"", 2 },
        { "$L eval none --data faces.lkd", "none", 3 },
        { "$L eval tiny.json --data faces.lkd", "tiny.json", 3 },
        { "$L eval run --data faces.lkd --split tset", "did you mean", 2 },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        int code = run("%s", rows[i].command);
        if (code != rows[i].code)
            fail_msg("%s: expected exit code %d, got %d: %s", rows[i].command, rows[i].code, code,
                     out);
        assert_contains(out, rows[i].message);
    }
}

/* A shell makes background programs ignore SIGINT; env restores it. */
static void signals_save_the_run_and_set_the_exit_code(void **state) {
    (void)state;
    begin("cli_signals");
    static const struct {
        const char *name;
        int code;
    } rows[] = { { "TERM", 75 }, { "USR1", 75 }, { "INT", 130 } };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        char command[512];
        snprintf(command, sizeof command,
                 "rm -rf run; " ENDLESS("run") "begun run; kill -%s $!; wait $!", rows[i].name);
        int code = run("%s", command);
        if (code != rows[i].code)
            fail_msg("SIG%s: expected exit code %d, got %d: %s", rows[i].name, rows[i].code, code,
                     out);
        assert_contains(out, "saved; the same command with --resume");
    }
}

/* Each kill comes a little later than the one before. */
static void a_run_killed_again_and_again_ends_with_the_same_bytes(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    begin("cli_killed");
    check("$L train tiny.json --data faces.lkd --out whole --epochs 6");
    int kills = 0, code = 137;
    for (int i = 0; i < 20 && code != 0; i++) {
        char command[512];
        snprintf(command, sizeof command,
                 "SIGNAL_AT='file %d 9 1' LD_PRELOAD=$SHIM $L train tiny.json --data "
                 "faces.lkd --out parts --epochs 6 --resume",
                 100 + 67 * i);
        code = run("%s", command);
        kills += code == 137;
        if (code != 0 && code != 137)
            fail_msg("expected exit code 0 or 137, got %d: %s", code, out);
    }
    assert_int_equal(code, 0);
    assert_true(kills > 3);
    check("cmp whole/model.safetensors parts/model.safetensors && cmp "
          "whole/test.json parts/test.json");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_writes_its_files_and_prints_a_table),
        cmocka_unit_test(eval_gives_one_object_that_equals_test_json),
        cmocka_unit_test(eval_says_when_the_pack_is_not_that_of_the_training),
        cmocka_unit_test(a_resolved_config_repeats_the_run),
        cmocka_unit_test(steps_and_epochs_are_totals_that_override_the_config),
        cmocka_unit_test(a_run_that_is_there_exits_2_and_force_replaces_it),
        cmocka_unit_test(force_removes_only_what_a_run_writes),
        cmocka_unit_test(closed_standard_files_write_nothing_into_others),
        cmocka_unit_test(numbers_that_are_not_finite_are_never_saved),
        cmocka_unit_test(a_failed_save_leaves_the_last_checkpoint_where_it_was),
        cmocka_unit_test(wrong_words_and_files_have_their_exit_codes),
        cmocka_unit_test(signals_save_the_run_and_set_the_exit_code),
        cmocka_unit_test(a_run_killed_again_and_again_ends_with_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
