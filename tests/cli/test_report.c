/* Reports by the real program: of runs and of folders, with hostile names, with and without a pack;
   written where a run ends. */
#include "page.h"
#include "shell.h"
#include "tiny.h"

#include <likeness/memory.h>

#include <string.h>

#define NAME      "<script>alert(1)</script>"
#define SAFE      "&lt;script&gt;alert(1)&lt;/script&gt;"
#define TRAIN     "$L train tiny.json --data faces.lkd "
#define BYTES_MAX 5000000

static int begin(void **state) {
    (void)state;
    lk_test_tiny("report_page", 110, TINY_CONFIG(""), folder);
    check(TRAIN "--set model.type=vae --set 'name=" NAME "' --out vae >/dev/null 2>messages");
    return 0;
}

static char *page_of(const char *name) {
    char *text = NULL;
    size_t n = 0;
    lk_error err;
    assert_ok(lk_file_read(lk_test_path(folder, name), BYTES_MAX, &text, &n, &err), &err);
    assert_well_formed(text);
    assert_closed(text);
    assert_null(strstr(text, "alert(1)</script>"));
    return text;
}

static void a_run_ends_with_a_report_that_is_well_formed_and_closed(void **state) {
    (void)state;
    check("cat messages");
    assert_contains(out, "vae/report.html");
    char *page = page_of("vae/report.html");
    assert_contains(page, "<h1>" SAFE "</h1>");
    static const char *const expected[] = { "training",
                                            "id=\"curves\"",
                                            "Term: kl",
                                            "Speed and memory",
                                            ">memory</th><td>at most ",
                                            "SSIM, higher is better",
                                            "one standard error",
                                            "The worst",
                                            "The best",
                                            "KL of each latent",
                                            "Codes against the prior",
                                            "id=\"samples\"",
                                            "Between test pictures",
                                            "class=\"changed\"><td>model.<wbr>latent",
                                            "name=" SAFE,
                                            "id=\"command\"",
                                            "train.<wbr>epochs" };
    for (size_t i = 0; i < LK_COUNT(expected); i++)
        if (!strstr(page, expected[i])) fail_msg("expected \"%s\"", expected[i]);
    lk_free(page);
}

static void the_same_run_gives_the_same_report(void **state) {
    (void)state;
    check("cp vae/report.html first.html && $L report vae && cmp vae/report.html first.html && "
          "$L report vae --out second.html && cmp second.html first.html");
    assert_string_equal(out, "vae/report.html\nsecond.html\n");
}

static void without_the_pack_the_report_says_why_it_has_no_pictures(void **state) {
    (void)state;
    check("mv faces.lkd gone.lkd && $L report vae --out bare.html; mv gone.lkd faces.lkd");
    char *page = page_of("bare.html");
    assert_contains(page, "no longer there");
    assert_null(strstr(page, "The worst"));
    assert_contains(page, "id=\"curves\"");
    assert_contains(page, "<h3>Samples</h3>"); /* they need no pack */
    lk_free(page);
    check("$L report vae --data nowhere.lkd; test $? = 3");
}

static void a_run_that_goes_on_gets_a_new_report(void **state) {
    (void)state;
    check(TRAIN "--out on --epochs 1 2>/dev/null >/dev/null && cp on/report.html one.html && " TRAIN
                "--out on --epochs 3 --resume >/dev/null 2>&1");
    char *before = page_of("one.html"), *after = page_of("on/report.html");
    assert_contains(before, "from the second epoch on");
    assert_contains(before, "for 1 epoch, 7 steps");
    assert_contains(after, "for 3 epochs, 21 steps");
    assert_contains(after, "several processes");
    lk_free(before);
    lk_free(after);
    check(TRAIN "--out on --force --epochs 1 >/dev/null 2>&1");
    after = page_of("on/report.html");
    assert_contains(after, "for 1 epoch, 7 steps");
    lk_free(after);
}

static void a_report_that_cannot_be_written_is_a_warning(void **state) {
    (void)state;
    check(TRAIN "--out full --epochs 1 >/dev/null 2>&1 && rm full/report.html && mkdir "
                "full/report.html && " TRAIN "--out full --epochs 2 --resume");
    assert_contains(out, "no report: ");
    assert_contains(out, "| full | 27 | ");
    check("test -e full/test.json && ls full/report.html && ! $L report full");
}

static void an_unfinished_or_damaged_run_has_a_report_too(void **state) {
    (void)state;
    check("cp -r vae part && rm part/test.json part/test_scores.npy part/model.safetensors && "
          "$L report part 2>/dev/null");
    char *page = page_of("part/report.html");
    assert_contains(page, "The test split has not been measured.");
    assert_contains(page, "The run has no scores: epoch 3 of 3");
    lk_free(page);
    check("cp -r vae hurt && echo '{' >>hurt/run.json && echo '<b>' >>hurt/metrics.jsonl && $L "
          "report hurt --data faces.lkd 2>/dev/null");
    page = page_of("hurt/report.html");
    assert_contains(page, "Some parts of the run cannot be read");
    assert_contains(page, "The worst");
    lk_free(page);
    check("rm part/metrics.jsonl part/run.json && rm -r part/checkpoints && $L report part");
    page = page_of("part/report.html");
    assert_contains(page, "There is no model yet.");
    lk_free(page);
    check("mkdir none; $L report none; test $? = 3 && $L report vae hurt; test $? = 2");
    assert_contains(out, "--out FILE.html");
}

static void a_folder_of_runs_has_the_table_the_claims_and_the_faces(void **state) {
    (void)state;
    static const char text[] =
        "{ \"name\": \"two\", \"note\": \"A <b>trial</b>.\", \"runs\": [{ \"config\": "
        "\"tiny.json\", \"label\": \"AE <MSE>\", \"name\": \"mse\", \"paper\": {\"ssim\": 0.8, "
        "\"mse\": 0.004}}, { \"config\": \"tiny.json\", \"label\": \"AE (SSIM)\", \"name\": "
        "\"ssim\", \"set\": {\"reconstruction.type\": \"ssim\"}}] }";
    lk_test_write(lk_test_path(folder, "two.json"), text, sizeof text - 1);
    check("$L reproduce two.json --data faces.lkd --out exp --epochs 2 2>&1 >/dev/null");
    assert_contains(out, "exp/report.html");
    char *page = page_of("exp/report.html");
    assert_contains(page, "AE &lt;MSE&gt;");
    assert_contains(page, "A &lt;b&gt;trial&lt;/b&gt;.");
    assert_contains(page, "<td class=\"n soft\">0.80</td>");
    assert_contains(page, "data-tip=\"AE (SSIM) against AE &lt;MSE&gt;: SSIM ");
    assert_contains(page, "data-row=\"2\" data-face=\"4\"");
    assert_contains(page, "class=\"compare panel\" hidden");
    assert_contains(page, "mean image");
    assert_contains(page, "Validation SSIM, higher is better");
    assert_contains(page, "data-name=\"AE &lt;MSE&gt;\" data-x=\"1 2\"");
    assert_contains(page, "Runs: speed and memory");
    assert_contains(page, "<a href=\"./mse-s1/report.html\">AE &lt;MSE&gt;</a>");
    assert_contains(page, " MB</td>");
    const char *rule = strstr(page, "95 % limit");
    assert_non_null(rule);
    assert_null(strstr(rule + 1, "95 % limit"));
    lk_free(page);
    check("$L report exp/results --out results.html");
    page = page_of("results.html");
    assert_contains(page, "AE &lt;MSE&gt;");
    assert_contains(page, "no models that could make pictures");
    assert_contains(page, "There are curves from the second epoch on");
    assert_contains(page, "do not say how they were made");
    lk_free(page);
    check("$L report exp vae --out both.html");
    page = page_of("both.html");
    assert_contains(page, SAFE);
    assert_contains(page, "data-row=\"3\"");
    lk_free(page);
    check("mkdir -p away && $L report exp --out away/exp.html"); /* links would lead nowhere */
    page = page_of("away/exp.html");
    assert_contains(page, "Runs: speed and memory");
    assert_null(strstr(page, "report.html\""));
    lk_free(page);
}

static void runs_of_an_experiment_get_pages_that_stay_until_they_are_old(void **state) {
    (void)state;
    lk_free(page_of("exp/mse-s1/report.html"));
    lk_free(page_of("exp/ssim-s1/report.html"));
    check("echo kept >exp/mse-s1/report.html && echo old >exp/ssim-s1/report.html && touch -d "
          "'2001-01-01' exp/ssim-s1/report.html && $L reproduce two.json --data faces.lkd --out "
          "exp --epochs 2 >/dev/null && cat exp/mse-s1/report.html");
    assert_contains(out, "kept\n");
    lk_free(page_of("exp/ssim-s1/report.html"));
}

static void curves_of_seeds_are_a_band_and_those_beyond_twelve_are_counted(void **state) {
    (void)state;
    check("mkdir many && for i in 1 2; do cp -r exp/mse-s1 many/a-s$i && sed -i "
          "\"s/\\\"seed\\\": *1/\\\"seed\\\": $i/\" many/a-s$i/config.json; done");
    check("for i in $(seq 9) 11 12 13; do cp -r exp/mse-s1 many/m$i && "
          "sed -i \"s/\\\"lr\\\": *[0-9.e-]*/\\\"lr\\\": 0.$i/\" many/m$i/config.json; done");
    check("$L report many");
    char *page = page_of("many/report.html");
    assert_contains(page, "The mean over seeds, and their range.");
    assert_contains(page, "<polygon class=\"band c");
    assert_contains(page, "Only the first 12 of 13 models are here");
    assert_contains(page, "class=\"key dashed c5\"");
    lk_free(page);
}

static void a_report_of_reproduce_that_cannot_be_written_is_a_warning(void **state) {
    (void)state;
    check("rm exp/report.html && mkdir exp/report.html && $L reproduce two.json --data faces.lkd "
          "--out exp --epochs 2");
    assert_contains(out, "no report: ");
    assert_contains(out, "| AE (SSIM) | 1 |");
    assert_null(strstr(out, "report.html and"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_ends_with_a_report_that_is_well_formed_and_closed),
        cmocka_unit_test(the_same_run_gives_the_same_report),
        cmocka_unit_test(without_the_pack_the_report_says_why_it_has_no_pictures),
        cmocka_unit_test(a_run_that_goes_on_gets_a_new_report),
        cmocka_unit_test(a_report_that_cannot_be_written_is_a_warning),
        cmocka_unit_test(an_unfinished_or_damaged_run_has_a_report_too),
        cmocka_unit_test(a_folder_of_runs_has_the_table_the_claims_and_the_faces),
        cmocka_unit_test(runs_of_an_experiment_get_pages_that_stay_until_they_are_old),
        cmocka_unit_test(curves_of_seeds_are_a_band_and_those_beyond_twelve_are_counted),
        cmocka_unit_test(a_report_of_reproduce_that_cannot_be_written_is_a_warning),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
