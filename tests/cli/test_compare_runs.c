/* How two runs differ, and a row for each pair of pictures. */
#include "shell.h"
#include "tiny.h"

#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define TRAIN "$L train tiny.json --data faces.lkd --epochs 1 "

static int begin(void **state) {
    (void)state;
    lk_test_tiny("compare_runs", 110, TINY_CONFIG(", \"optimizer\": {\"lr\": 0.01}"), folder);
    check(TRAIN "--out a && " TRAIN "--set model.type=vae --set seed=2 --set optimizer.lr=0.03 "
                "--out b && " TRAIN "--out a2");
    return 0;
}

static double number(const cJSON *metrics, const char *metric, const char *key) {
    const cJSON *value =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(metrics, metric), key);
    return cJSON_IsNumber(value) ? value->valuedouble : (double)NAN;
}

static void keys_that_differ_are_listed(void **state) {
    (void)state;
    check("$L compare a b | tr -s ' '");
    assert_contains(out, "A: a, finished\nB: b, finished\n");
    assert_contains(out, "\nmodel.type ae vae\n");
    assert_contains(out, "\noptimizer.lr 0.01 0.03\n");
    assert_contains(out, "\nseed 1 2\n");
    assert_contains(out, "\nregularizer.type none kl\n");
    assert_contains(out, "\nregularizer.weight – ");
    assert_null(strstr(out, "batch_size"));
    assert_contains(out, "\n27 test pictures of ");
    assert_contains(out, "/faces.lkd, fingerprint ");
    check("$L compare a a2 --json");
    assert_contains(out, "\"keys\":[],");
    assert_contains(out, "\"verdict\":\"equal\"");
    check("$L compare a a2");
    assert_contains(out, "the configs are equal\n");
}

/* From the scores of pictures that the CSV file has. Means of SSIM are plain means. */
static void differences_are_those_of_pairs(void **state) {
    (void)state;
    check("$L compare a b --json --csv p.csv");
    cJSON *json = cJSON_Parse(out);
    const cJSON *metrics = cJSON_GetObjectItemCaseSensitive(json, "metrics");
    check("head -1 p.csv && wc -l <p.csv && tr -d '\\r' <p.csv | awk -F, 'NR > 1 { "
          "d = $2 - $3; s += d; q += d * d; n++ } END { m = s / n; printf "
          "\"%%.12f %%.12f\\n\", m, sqrt((q - n * m * m) / (n - 1) / n) }' >sums");
    assert_contains(out, "index,ssim_a,ssim_b,mse_a,mse_b,");
    assert_contains(out, "\n28\n");
    double mean, se;
    check("cat sums");
    assert_int_equal(sscanf(out, "%lf %lf", &mean, &se), 2);
    assert_true(fabs(number(metrics, "ssim", "difference") - mean) < 1e-9);
    assert_true(fabs(number(metrics, "ssim", "se") - se) < 1e-9);
    /* the verdict follows from them: a higher SSIM and a lower MSE are better */
    static const char *const names[] = { "ssim", "mse" };
    for (size_t i = 0; i < LK_COUNT(names); i++) {
        double d = number(metrics, names[i], "difference"), e = number(metrics, names[i], "se");
        bool first = i == 0 ? d > 0 : d < 0;
        const char *verdict = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
            cJSON_GetObjectItemCaseSensitive(metrics, names[i]), "verdict"));
        assert_string_equal(verdict, fabs(d) <= 2 * e ? "undecided"
                                     : first          ? "A is better"
                                                      : "B is better");
    }
    cJSON_Delete(json);
}

/* Measuring again gives what is stored, and a run that is not finished is measured. */
static void runs_without_scores_are_measured(void **state) {
    (void)state;
    check("$L compare a b --json | sed 's|\"[^\"]*faces.lkd|\"faces.lkd|' >stored && "
          "$L compare a b --data faces.lkd --json >measured && cmp stored measured && cp -r b half "
          "&& rm half/test.json "
          "half/model.safetensors && $L compare a half | tr -s ' ' >h.txt && $L "
          "compare a b | tr -s ' ' | sed 's|^B: b, finished|B: half, epoch 1 of 1; measured with "
          "half/checkpoints/"
          "best.safetensors, epoch 1|' | diff - h.txt");
    assert_contains(out, "half: not finished; its best checkpoint is used");
}

static void what_was_measured_on_which_pack_is_said(void **state) {
    (void)state;
    /* another pack with the same name and config, and a run of it that has stopped */
    check("mkdir -p elsewhere && $L prepare --synthetic 110 --seed 9 --size 16 --out "
          "elsewhere/faces.lkd 2>/dev/null && $L train tiny.json --data elsewhere/faces.lkd "
          "--epochs 1 --out other && rm other/test.json other/model.safetensors");
    check("$L compare a other 2>/dev/null | tr -s ' '");
    assert_contains(out, "A: a, finished\nB: other, epoch 1 of 1; measured with "
                         "other/checkpoints/best.safetensors, epoch 1; trained on another pack, ");
    assert_contains(out, "elsewhere/faces.lkd, fingerprint ");
    assert_contains(out, "the configs are equal, but the packs are not\n");
    check("$L compare a other --json 2>/dev/null");
    cJSON *json = cJSON_Parse(out);
    const cJSON *a = cJSON_GetObjectItemCaseSensitive(json, "a"),
                *b = cJSON_GetObjectItemCaseSensitive(json, "b"),
                *data = cJSON_GetObjectItemCaseSensitive(json, "data");
    const char *measured =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(data, "fingerprint"));
    assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(a, "finished")));
    assert_true(cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(b, "finished")));
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(b, "model")),
                        "other/checkpoints/best.safetensors");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(a, "trained_on")),
                        measured);
    assert_string_not_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(b, "trained_on")),
                            measured);
    cJSON_Delete(json);
}

static void the_same_faces_from_both_are_one_picture(void **state) {
    (void)state;
    check("$L compare a b --out ab.png -n 4 && mv ab.png first.png && "
          "$L compare a b --out ab.png -n 4 && cmp ab.png first.png && "
          "$L compare a a2 --out ab.png -n 4 && ! cmp -s ab.png first.png");
}

static void words_that_do_not_fit_are_refused(void **state) {
    (void)state;
    assert_int_equal(run("mkdir -p pictures && $L compare a pictures"), 2);
    assert_contains(out, "expected two runs or none, got one, a");
    assert_int_equal(run("$L compare a b --loss mse"), 2);
    assert_int_equal(run("$L compare pictures pictures --out x.png"), 2);
    assert_int_equal(run("cp -r a bare && rm bare/run.json bare/test.json && $L compare bare b"),
                     2);
    assert_contains(out, "expected --data FILE.lkd: bare does not record");
}

/* Row 15 of pictures: other extensions are matched by stem. */
static void a_row_is_written_for_each_pair_of_pictures(void **state) {
    (void)state;
    check("rm -rf o r && $L reconstruct a -n 3 --folder r --originals o && cd r && "
          "for f in *.png; do mv $f ${f%%.png}.bmp; done; cd .. && ls o r; $L "
          "compare o r --csv c.csv --json >c.json && cat c.csv");
    assert_contains(out, "3 pairs with different extensions");
    assert_contains(out, "a,b,ssim,mse,");
    assert_contains(out, "\no/");
    assert_contains(out, ".png,r/");
    check("wc -l <c.csv && tr -d '\\r' <c.csv | awk -F, 'NR > 1 { s += $3; n++ } "
          "END { printf \"%%.9f\\n\", s / n }' && grep -o '\"ssim\":[0-9.]*' c.json");
    int lines;
    double mean, ssim;
    assert_int_equal(sscanf(out, "%d %lf \"ssim\":%lf", &lines, &mean, &ssim), 3);
    assert_int_equal(lines, 4);
    assert_true(fabs(mean - ssim) < 1e-8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_differ_are_listed),
        cmocka_unit_test(differences_are_those_of_pairs),
        cmocka_unit_test(runs_without_scores_are_measured),
        cmocka_unit_test(what_was_measured_on_which_pack_is_said),
        cmocka_unit_test(the_same_faces_from_both_are_one_picture),
        cmocka_unit_test(words_that_do_not_fit_are_refused),
        cmocka_unit_test(a_row_is_written_for_each_pair_of_pictures),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
