/* What a run was: likeness info of its folder, and of a folder of runs. */
#include "shell.h"
#include "tiny.h"

#include <cJSON.h>
#include <stdio.h>
#include <string.h>

static int begin(void **state) {
    (void)state;
    lk_test_tiny("info_run", 110, TINY_CONFIG(", \"optimizer\": {\"lr\": 0.01}"), folder);
    check("mkdir -p all/deep && $L train tiny.json --data faces.lkd --epochs 2 --set name=one "
          "--out all/one && $L train tiny.json --data faces.lkd --epochs 1 --set model.type=vae "
          "--out all/deep/two && $L train tiny.json --data faces.lkd --epochs 2 --set "
          "model.type=vae --out all/deep/two --resume");
    return 0;
}

static void a_run_is_one_screen(void **state) {
    (void)state;
    check("$L info all/deep/two 2>/dev/null");
    static const char *const expected[] = {
        "all/deep/two: a run, \"two\"\n",
        "  model ",
        "vae, latent 6, ",
        " parameters, pictures of 3 x 16 x 16\n",
        "  loss ",
        "mse, scale 1\n",
        "  regularizer ",
        "kl, weight ",
        "  optimizer ",
        "adam, lr 0.01, ",
        "/faces.lkd, fingerprint ",
        "2 epochs, 14 steps, batches of 8, seed ",
        "  chosen epoch ",
        ", with the lowest validation loss, ",
        "  SSIM ",
        ", on 27 test pictures\n",
        "  started ",
        "  duration ",
        ", in 2 sessions; at most ",
        "schedule constant (warmup_steps 0)",
        "likeness train tiny.json --data faces.lkd --epochs 1 --set model.type=vae --out "
        "all/deep/two\n",
        "likeness train tiny.json --data faces.lkd --epochs 2 --set model.type=vae --out "
        "all/deep/two --resume\n",
    };
    for (size_t i = 0; i < LK_COUNT(expected); i++) assert_contains(out, expected[i]);
    int lines = 0;
    for (const char *at = out; *at; at++) lines += *at == '\n';
    assert_true(lines <= 24);
}

/* The scores are those of test.json, the chosen epoch that of metrics.csv. */
static void its_json_has_the_same_facts(void **state) {
    (void)state;
    check("$L info all/one --json 2>/dev/null");
    cJSON *json = cJSON_Parse(out);
    const cJSON *scores = cJSON_GetObjectItemCaseSensitive(json, "scores"),
                *chosen = cJSON_GetObjectItemCaseSensitive(json, "chosen");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "kind")),
                        "run");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "name")),
                        "one");
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(json, "state")));
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(json, "sessions")), 1);
    double ssim = cJSON_GetObjectItemCaseSensitive(scores, "ssim")->valuedouble,
           loss = cJSON_GetObjectItemCaseSensitive(chosen, "val_loss")->valuedouble;
    int epoch = cJSON_GetObjectItemCaseSensitive(chosen, "epoch")->valueint;
    cJSON_Delete(json);
    check("cat all/one/test.json");
    json = cJSON_Parse(out);
    assert_true(ssim == cJSON_GetObjectItemCaseSensitive(json, "ssim")->valuedouble);
    cJSON_Delete(json);
    /* columns epoch and val_loss */
    check("tail -n +2 all/one/metrics.csv | sort -t, -g -k5 | head -n 1 | cut -d, -f1,5");
    int best;
    double lowest;
    assert_int_equal(sscanf(out, "%d,%lf", &best, &lowest), 2);
    assert_int_equal(epoch, best);
    assert_true(loss == lowest);
}

/* In a copy of a run the validation loss grows from epoch to epoch. */
static void the_chosen_epoch_is_the_best_and_not_the_last(void **state) {
    (void)state;
    check("cp -r all/one best && awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; "
          "i++) if ($i == \"val_loss\") column = i } NR > 1 { $column = NR } 1' "
          "all/one/metrics.csv >best/metrics.csv && $L info best --json; rm -r best");
    assert_contains(out, "\"chosen\":{\"epoch\":1,");
}

static void its_tensors_are_listed_if_asked_for(void **state) {
    (void)state;
    check("$L info all/one --tensors >a && $L info all/one/model.safetensors | cmp "
          "- a && $L info all/one --tensors --json");
    assert_contains(out, "\"kind\":\"model\"");
    assert_contains(out, "encoder.0.weight");
}

static void a_folder_lists_the_runs_in_it(void **state) {
    (void)state;
    check("cp -r all/one all/half && rm all/half/model.safetensors "
          "all/half/test.json && $L info all");
    assert_contains(out, "\n| all/deep/two | two | vae |");
    assert_contains(out, "\n| all/one | one | ae |");
    assert_contains(out, "\n| all/half | one | ae | mse | 1 | stopped | 2/2 |");
    check("$L info all --json");
    assert_contains(out, "{\"kind\":\"runs\",\"path\":\"all\",\"runs\":[{\"path\":");
    assert_contains(out, "\"stage\":\"stopped\",\"state\":\"epoch 2 of 2\"");
    assert_int_equal(run("mkdir -p none && $L info none"), 3);
    assert_contains(out, "none: contains no results");
}

static void what_was_not_recorded_is_said(void **state) {
    (void)state;
    /* a run that is not finished, and one of an older version */
    check("$L info all/half");
    assert_contains(out, "its best checkpoint is used");
    assert_contains(out, "epoch 2 of 2, batches of 8");
    assert_contains(out, "none yet\n");
    check("($L info " LIKENESS_SOURCE "/tests/cli/old_run && $L info " LIKENESS_SOURCE
          "/tests/cli/old_run --json) | tr -s ' '");
    assert_contains(out, " started not recorded\n");
    assert_contains(out, " duration not recorded\n");
    assert_contains(out, " command not recorded\n");
    assert_contains(out, "2 epochs, 14 steps");
    assert_contains(
        out,
        "\"started\":null,\"seconds\":null,\"peak_bytes\":null,\"command\":null,\"sessions\":[]");
    /* nothing but a config yet */
    check("mkdir -p begun && cp all/one/config.json begun && $L info begun | tr -s ' '");
    assert_contains(out, " chosen epoch not recorded\n");
    assert_int_equal(run("echo '{' >begun/config.json && $L info begun"), 3);
    assert_contains(out, "begun/config.json:");
}

static void damaged_parts_are_named_and_the_rest_is_shown(void **state) {
    (void)state;
    static const char *const parts[] = { "run.json", "metrics.csv", "test.json",
                                         "model.safetensors" };
    for (size_t i = 0; i < LK_COUNT(parts); i++) {
        char name[64];
        check("rm -rf hurt && cp -r all/one hurt && echo '{' >hurt/%s && $L info hurt | tr -s ' '",
              parts[i]);
        lk_format(name, sizeof name, "\n damaged hurt/%s", parts[i]);
        assert_contains(out, name);
        assert_contains(out, "\n optimizer adam, lr 0.01, ");
        assert_contains(out, "\n data ");
        assert_contains(out, i == 2 ? "\n scores not known\n" : ", on 27 test pictures\n");
        if (i > 0) assert_contains(out, "\n command likeness train");
        if (i == 3) assert_contains(out, "; hurt/checkpoints/best.safetensors has the best");
    }
    check("$L info hurt --json");
    assert_contains(out, "\"damaged\":[\"hurt/model.safetensors");
}

static void how_a_run_began_and_ended_is_said(void **state) {
    (void)state;
    check("$L train tiny.json --data faces.lkd --epochs 40 --set train.patience=1 --set "
          "optimizer.lr=0.3 --init all/one --out all/early && $L info all/early | tr -s ' '");
    assert_contains(out, "; stopped early at epoch ");
    assert_contains(out, ", as train.patience is 1\n");
    assert_contains(out, "/all/one/model.safetensors, with --init\n");
    check("$L info all | grep all/early");
    assert_contains(out, "stopped early at epoch ");
    assert_contains(out, ", started with --init |\n");
    check("$L info all/early --json | grep '\"stopped_early_epoch\":[1-9]'");
}

static void sessions_without_an_end_are_told_apart(void **state) {
    (void)state;
    check("cp -r all/deep/two open && sed -E 's/\"(seconds|peak_bytes)\": *[0-9.]*/\"\\1\":null/g' "
          "open/run.json >r && mv r open/run.json && $L info open | tr -s ' '");
    assert_contains(out, " duration not known: the run was killed, or is still running, in 2 "
                         "sessions\n session 1 ");
    assert_contains(out, ", killed or still running: likeness train tiny.json");
}

/* Whatever stands in the record: no control character reaches the terminal, no cell a column. */
static void a_recorded_command_is_shown_on_one_line(void **state) {
    (void)state;
    check("cp -r all/one odd && cat all/one/run.json");
    cJSON *json = cJSON_Parse(out),
          *session = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(json, "sessions"), 0);
    cJSON_ReplaceItemInObjectCaseSensitive(
        session, "command",
        cJSON_CreateString(
            "likeness train 'a\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\tb\n\033[2J\\c'"));
    char *text = cJSON_PrintUnformatted(json);
    put_text("odd/run.json", text);
    cJSON_free(text);
    cJSON_Delete(json);
    check("$L info odd | head -c 8000; rm -r odd");
    assert_contains(out, "'a\\t\\t");
    assert_contains(out, "\\tb\\n\\u001b[2J\\c'\n");
    assert_null(strchr(out, '\t'));
    assert_null(strchr(out, '\033'));
    assert_true(strlen(out) < 4000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_one_screen),
        cmocka_unit_test(its_json_has_the_same_facts),
        cmocka_unit_test(the_chosen_epoch_is_the_best_and_not_the_last),
        cmocka_unit_test(its_tensors_are_listed_if_asked_for),
        cmocka_unit_test(a_folder_lists_the_runs_in_it),
        cmocka_unit_test(what_was_not_recorded_is_said),
        cmocka_unit_test(damaged_parts_are_named_and_the_rest_is_shown),
        cmocka_unit_test(how_a_run_began_and_ended_is_said),
        cmocka_unit_test(sessions_without_an_end_are_told_apart),
        cmocka_unit_test(a_recorded_command_is_shown_on_one_line),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
