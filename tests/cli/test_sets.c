/* What --set understands: indices of lists, words for objects, numbers as people write them. And
   the records of a loss that is a sum. */
#include "shell.h"
#include "tiny.h"

#include <likeness/json.h>

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int begin(void **state) {
    (void)state;
    lk_test_tiny("cli_sets", 110, TINY_CONFIG(""), folder);
    return 0;
}

/* "reconstruction.terms.0.scale" of the printed config as JSON text. */
static void value_at(const cJSON *object, const char *path, char *text, size_t n_bytes) {
    lk_text printed = { 0 };
    lk_error err;
    for (size_t n; *path; path += n + (path[n] == '.')) {
        char key[64];
        n = strcspn(path, ".");
        snprintf(key, sizeof key, "%.*s", (int)n, path);
        object = cJSON_IsArray(object) ? cJSON_GetArrayItem(object, atoi(key))
                                       : cJSON_GetObjectItemCaseSensitive(object, key);
    }
    assert_non_null(object);
    assert_ok(lk_json_print(object, false, &printed, &err), &err);
    snprintf(text, n_bytes, "%s", printed.data);
    lk_text_deinit(&printed);
}

static void changes_reach_lists_and_words_stand_for_objects(void **state) {
    (void)state;
#define SUM "--set reconstruction=sum "
    static const struct {
        const char *words, *path, *expected;
    } rows[] = {
        { "--set reconstruction=ssim", "reconstruction.type", "\"ssim\"" },
        { "--set reconstruction=ssim", "reconstruction.windows", "[11]" },
        { "--set model=vae", "model.type", "\"vae\"" },
        { "--set model=vae", "model.latent", "6" },
        { "--set model=mmd --set regularizer=mmd", "regularizer.type", "\"mmd\"" },
        { "--set optimizer=sgd --set optimizer.lr=2", "optimizer.type", "\"sgd\"" },
        { "--set optimizer.schedule=cosine", "optimizer.schedule.type", "\"cosine\"" },
        { SUM "--set reconstruction.terms.0.scale=.5", "reconstruction.terms.0.scale", "0.5" },
        { SUM "--set reconstruction.terms.0.scale=.5", "reconstruction.terms.1.type", "\"l1\"" },
        { SUM "--set reconstruction.terms.1=mse", "reconstruction.terms.1",
          "{\"type\":\"mse\",\"scale\":0.16}" },
        { SUM "--set 'reconstruction.terms.1={\"type\":\"mse\"}'", "reconstruction.terms.1",
          "{\"type\":\"mse\",\"scale\":1}" },
        { SUM "--set reconstruction.terms.0.type=lwssim", "reconstruction.terms.0.windows",
          "[3,5,7,11]" },
        { "--set reconstruction=lwssim --set reconstruction.windows.0=9", "reconstruction.windows",
          "[9,5,7,11]" },
        { "--set reconstruction=lwssim --set reconstruction.windows.1=9", "reconstruction.windows",
          "[3,9,7,11]" },
        { "--set reconstruction=lwssim --set reconstruction.windows.3=9", "reconstruction.windows",
          "[3,5,7,9]" },
        { "--set reconstruction=lwssim --set 'reconstruction.weights=[.5,1.,02,+3]'",
          "reconstruction.weights", "[0.5,1,2,3]" },
        { "--set model.architecture.encoder.0.out=12", "model.architecture.encoder.0.out", "12" },
        { "--set model.architecture.encoder.2=leaky_relu", "model.architecture.encoder.2.type",
          "\"leaky_relu\"" },
        { "--set model.architecture.decoder.1.shape.0=8", "model.architecture.decoder.1.shape",
          "[8,4,4]" },
        { "--set optimizer.lr=.5", "optimizer.lr", "0.5" },
        { "--set optimizer.lr=5.", "optimizer.lr", "5" },
        { "--set optimizer.lr=+1e-2", "optimizer.lr", "0.01" },
        { "--set seed=007", "seed", "7" },
        { "--set name=.5", "name", "\".5\"" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        char command[512], got[512];
        lk_json json = { 0 };
        lk_error err;
        snprintf(command, sizeof command, "$L config print tiny.json --size 16 %s", rows[i].words);
        if (run("%s", command) != 0) fail_msg("%s: %s", rows[i].words, out);
        assert_ok(lk_json_parse(out, strlen(out), "config", &json, &err), &err);
        value_at(json.root, rows[i].path, got, sizeof got);
        if (strcmp(got, rows[i].expected) != 0)
            fail_msg("%s: %s: expected %s, got %s", rows[i].words, rows[i].path, rows[i].expected,
                     got);
        lk_json_deinit(&json);
    }
}

static void what_is_not_there_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *words, *message;
    } rows[] = {
        { SUM "--set reconstruction.terms.2.scale=1",
          "--set reconstruction.terms.2.scale=1: reconstruction.terms: expected an index from 0 to "
          "1, got 2" },
        { SUM "--set reconstruction.terms.99999999999.scale=1", "expected an index from 0 to 1" },
        { SUM "--set reconstruction.terms.0=sum", "unknown type \"sum\"" },
        { SUM "--set reconstruction.terms.0.scal=1", "did you mean \"scale\"?" },
        { SUM "--set reconstruction.terms.x.scale=1", "expected a list" },
        { "--set reconstruction.terms.0.scale=1", "unknown key \"terms\"" },
        { "--set reconstruction=sim", "did you mean \"ssim\"?" },
        { "--set model.architecture.preset=compact --set model.architecture.encoder.0.out=3",
          "model.architecture.encoder: expected a whole list" },
        { "--set train.flip.0=true", "train.flip: expected true or false" },
        { "--set optimizer.lr=0x10", "optimizer.lr: expected a number" },
        { "--set optimizer.lr=inf", "optimizer.lr: expected a number" },
        { "--set optimizer.lr=1e999", "optimizer.lr: expected a number" },
        { "--set train.epochs=.5", "train.epochs: expected a whole number" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        char command[512];
        snprintf(command, sizeof command, "$L config check tiny.json --size 16 %s", rows[i].words);
        if (run("%s", command) != 2)
            fail_msg("%s: expected exit code 2, got: %s", rows[i].words, out);
        assert_contains(out, rows[i].message);
    }
    /* in a file a string is no number, and an object no list */
    assert_int_equal(run("printf '{\"optimizer\": {\"lr\": \".5\"}}' >s.json && $L config "
                         "check s.json"),
                     2);
    assert_contains(out, "s.json:1: optimizer.lr: expected a number");
    assert_int_equal(run("printf '{\"extends\": \"tiny.json\", \"model\": {\"architecture\": "
                         "{\"encoder\": {\"0\": {\"out\": 3}}}}}' >s.json && $L config "
                         "check s.json"),
                     2);
    assert_contains(out, "s.json:1: model.architecture.encoder: expected a list");
}

static double number_in(const cJSON *object, const char *key) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    assert_true(cJSON_IsNumber(value));
    return value->valuedouble;
}

/* The parts of the terms in a line add up to the reconstruction loss. */
static void check_terms(const cJSON *terms) {
    static const char *const names[] = { "reconstruction_0_l1", "reconstruction_1_l1",
                                         "reconstruction_2_mse" };
    static const double scales[] = { 0.5, 1, 4 };
    const cJSON *whole = cJSON_GetObjectItemCaseSensitive(terms, "reconstruction");
    double sum = 0;
    for (size_t i = 0; i < LK_COUNT(names); i++) {
        const cJSON *part = cJSON_GetObjectItemCaseSensitive(terms, names[i]);
        assert_non_null(part);
        double value = number_in(part, "value"), weighted = number_in(part, "weighted");
        assert_true(value > 0);
        assert_near(weighted, 2 * scales[i] * value, 1e-9);
        sum += weighted;
    }
    assert_near(number_in(whole, "weighted"), sum, 1e-5);
    assert_near(number_in(whole, "weighted"), 2 * number_in(whole, "value"), 1e-9);
    assert_near(number_in(cJSON_GetObjectItemCaseSensitive(terms, "reconstruction_0_l1"), "value"),
                number_in(cJSON_GetObjectItemCaseSensitive(terms, "reconstruction_1_l1"), "value"),
                1e-9);
}

#define TRAIN                                                                                      \
    "$L train tiny.json --data faces.lkd --set model=vae --set "                                   \
    "'reconstruction={\"type\": \"sum\", \"scale\": 2, \"terms\": [{\"type\": \"l1\", \"scale\": " \
    ".5}, {\"type\": \"l1\"}, {\"type\": \"mse\", \"scale\": 4}]}' --resume --out "

static void every_part_of_a_sum_is_logged_by_itself(void **state) {
    (void)state;
    check(TRAIN "sum 2>&1");
    check("cat sum/metrics.jsonl");
    int n_lines = 0;
    for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n"), n_lines++) {
        lk_json json = { 0 };
        lk_error err;
        assert_ok(lk_json_parse(line, strlen(line), "line", &json, &err), &err);
        const cJSON *terms = cJSON_GetObjectItemCaseSensitive(json.root, "terms");
        check_terms(terms ? terms : cJSON_GetObjectItemCaseSensitive(json.root, "val_terms"));
        lk_json_deinit(&json);
    }
    assert_true(n_lines > 5);
    check("head -1 sum/metrics.csv");
    assert_contains(out, ",val_mmd,val_reconstruction_0_l1,val_reconstruction_0_l1_weighted,val_"
                         "reconstruction_1_l1,val_reconstruction_1_l1_weighted,val_"
                         "reconstruction_2_mse,val_reconstruction_2_mse_weighted,val_active,");
    check("awk -F, '{print NF}' sum/metrics.csv | sort -u | wc -l");
    assert_string_equal(out, "1\n");
    check("$L table sum");
}

static void a_stopped_run_has_the_same_columns(void **state) {
    (void)state;
#define STRIP "sed -E 's/(,[^,]*){2}$//' "
    check(TRAIN "parts --steps 9 2>&1 && cp parts/metrics.csv before && " STRIP
                "sum/metrics.csv | head -2 >a && " STRIP "before | head -2 | diff a -");
}

static void another_loss_has_no_columns_for_parts(void **state) {
    (void)state;
    check("$L train tiny.json --data faces.lkd --epochs 1 --out one 2>&1");
    assert_int_equal(run("grep reconstruction_ one/metrics.csv one/metrics.jsonl"), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_reach_lists_and_words_stand_for_objects),
        cmocka_unit_test(what_is_not_there_is_refused),
        cmocka_unit_test(every_part_of_a_sum_is_logged_by_itself),
        cmocka_unit_test(a_stopped_run_has_the_same_columns),
        cmocka_unit_test(another_loss_has_no_columns_for_parts),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
