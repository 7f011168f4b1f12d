/* The table of runs: which are seeds of one model, what each is called, runs without scores, the
   order and the best. Which name a run has in every command. */
#include "shell.h"
#include "tiny.h"

#include <cJSON.h>
#include <stdio.h>
#include <string.h>

#define TRAIN "$L train tiny.json --data faces.lkd --epochs 1 "
/* What an older version stored of three autoencoders, three seeds each. */
#define OLD_RESULTS LIKENESS_SOURCE "/tests/cli/old_results"

static int begin(void **state) {
    (void)state;
    lk_test_tiny("table", 110, TINY_CONFIG(""), folder);
    check("mkdir runs && for r in 'a 0.01 1' 'b 0.0001 2' 'c 0.01 2'; do set -- $r; " TRAIN
          "--set optimizer.lr=$2 --set seed=$3 --out runs/$1 || exit 1; done >/dev/null 2>&1");
    return 0;
}

static void runs_are_seeds_of_one_model_only_if_nothing_else_differs(void **state) {
    (void)state;
    check("$L table runs/a runs/b runs/c");
    assert_contains(out, "\n| lr=0.01 | runs/a +1 | 2 | ");
    assert_contains(out, "\n| lr=0.0001 | runs/b | 1 | ");
    check("$L table runs/a runs/b"); /* seeds 1 and 2 */
    assert_contains(out, "\n| lr=0.01 | runs/a | 1 | ");
    assert_contains(out, "\n| lr=0.0001 | runs/b | 1 | ");
    /* keys that change no number */
    check(TRAIN "--set optimizer.lr=0.01 --set seed=3 --set "
                "train.log_every_steps=1 --set train.grid_images=2 --out d "
                ">/dev/null && $L table runs/a d runs/c");
    assert_contains(out, "\n| a | 3 | ");
    /* the same run twice, and a copy of it */
    check("cp -r runs/a copy && $L table runs/a runs runs/a copy");
    assert_contains(out, "\n| lr=0.01 | runs/a +1 | 2 | ");
}

static void another_pack_makes_another_model(void **state) {
    (void)state;
    check("$L prepare --synthetic 110 --seed 5 --size 16 --out other.lkd >/dev/null 2>&1 && $L "
          "train tiny.json --data other.lkd --epochs 1 --set optimizer.lr=0.01 --set seed=4 "
          "--out other >/dev/null && $L table runs/a other");
    assert_contains(out, "\n| data=");
    assert_contains(out, "The rows come from different packs");
    assert_null(strstr(out, "**")); /* nothing is best */
}

static void a_run_is_called_like_its_folder_unless_its_name_is_set(void **state) {
    (void)state;
    static const struct {
        const char *words, *expected;
    } rows[] = {
        { "", "tiny" },
        { "--set seed=5", "tiny" },
        { "--set train.log_every_steps=9", "tiny" },
        { "--set model.type=vae", "x" },
        { "--epochs 2", "x" },
        { "--set model.type=vae --set name=mine", "mine" },
        { "--set name=mine --epochs 2", "mine" },
        { "--set name=mine", "mine" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        char command[512], expected[64];
        snprintf(expected, sizeof expected, "| %s | 27 |", rows[i].expected);
        snprintf(command, sizeof command,
                 "rm -rf x && sed -i 's/\"epochs\": 3/\"epochs\": 1/' tiny.json && $L train "
                 "tiny.json --data faces.lkd --out x %s 2>/dev/null",
                 rows[i].words);
        if (run("%s", command) != 0) fail_msg("%s: %s", command, out);
        assert_contains(out, expected);
        check("$L eval x --data faces.lkd && cd x && $L eval . --data "
              "../faces.lkd && $L eval model.safetensors --data ../faces.lkd && $L "
              "eval checkpoints/last.safetensors --data ../faces.lkd");
        int n = 0;
        for (const char *at = out; (at = strstr(at, expected)); at++) n++;
        if (n != 4) fail_msg("%s: expected %s four times, got %s", rows[i].words, expected, out);
        snprintf(expected, sizeof expected, "\n| %s | 1 |", rows[i].expected);
        check("$L table x");
        assert_contains(out, expected);
        snprintf(expected, sizeof expected, "\"%s\"", rows[i].expected);
        check("$L info x");
        assert_contains(out, expected);
    }
    check("$L config print tiny.json --set model.type=vae");
    assert_null(strstr(out, "\"name\""));
}

/* The model does not hold the name of its folder. */
static void the_folder_of_a_run_is_not_in_its_model(void **state) {
    (void)state;
    check("for r in y z; do " TRAIN "--set optimizer.lr=0.1 --out $r || exit 1; "
          "done >/dev/null && cmp y/model.safetensors z/model.safetensors && cmp "
          "y/config.json z/config.json && mv y w && $L table w");
    assert_contains(out, "\n| w | 1 |");
}

static void a_name_may_change_when_a_run_is_resumed(void **state) {
    (void)state;
    check(TRAIN "--set name=before --out renamed >/dev/null && rm "
                "renamed/test.json && " TRAIN
                "--set name=after --out renamed --resume >/dev/null && $L table "
                "renamed");
    assert_contains(out, "\n| after | 1 |");
}

static void a_folder_is_searched_and_every_run_is_a_row(void **state) {
    (void)state;
    assert_int_equal(
        run("rm -rf all && mkdir -p all/deep/er all/.hidden && cp -r runs/a all/deep/er/good && cp "
            "-r runs/b all/.hidden/b && cp -r runs/b all/early && rm all/early/test.json "
            "all/early/model.safetensors && cp -r runs/b all/untested && rm all/untested/test.json "
            "&& cp -r runs/b all/torn && echo '{' >all/torn/test.json && cp -r runs/b all/odd && "
            "echo '{' >all/odd/config.json && ln -s ../runs all/link && echo '{' >all/deep/no.json "
            "&& $L train tiny.json --data faces.lkd --set optimizer.lr=1e30 --epochs 2 --out "
            "all/wild"),
        4);
    check("$L table all 2>messages");
    assert_contains(out, " | 1 |  | 0.");
    assert_contains(out, "epochs=1, seed 2 (all/early) | all/early | – | epoch 1 of 1 | – |");
    assert_contains(out, " | – | trained, not tested | – |");
    assert_contains(out, "\n| torn | all/torn | – | damaged: test.json:");
    assert_contains(out, "\n| odd | all/odd | – | damaged: config.json:");
    assert_contains(out, " | – | diverged at step ");
    assert_contains(out, "A row without scores is part of no verdict");
    int n = 0;
    for (const char *at = out; (at = strstr(at, "\n| ")) && strncmp(at, "\n\n", 2) != 0; at++) n++;
    assert_int_equal(n, 6);
    check("cat messages");
    assert_contains(out, "damaged: all/torn/test.json:");
    assert_contains(out, "damaged: all/odd/config.json:");
    assert_null(strstr(out, "no.json"));
}

static void seeds_of_one_config_have_its_name_and_rows_their_folders(void **state) {
    (void)state;
    check("rm -rf named && for s in 1 2; do cp -r runs/a named-s$s && sed -i "
          "\"s/\\\"seed\\\": 1/\\\"seed\\\": $s/\" named-s$s/config.json || exit 1; done; "
          "$L table named-s1 named-s2");
    assert_contains(out, "\n| named | named-s1 +1 | 2 | ");
    check("$L table runs --format csv");
    assert_contains(out, ",state,run\r\n");
    assert_contains(out, ",,runs/a +1\r\n");
    check("$L table runs --format json");
    assert_contains(out, "\"path\":\"runs/b\"");
}

static void one_damaged_run_is_a_row_that_says_why(void **state) {
    (void)state;
    check("rm -rf hurt && mkdir hurt && cp -r runs/a runs/b hurt && cp -r runs/b hurt/cut && "
          "head -c 150 runs/b/test_scores.npy >hurt/cut/test_scores.npy && $L table hurt "
          "2>messages");
    assert_contains(out, "\n| cut | hurt/cut | – | damaged: test_scores.npy: ");
    assert_contains(out, "\n| lr=0.01 | hurt/a | 1 | ");
    check("cat messages");
    assert_contains(out, "damaged: hurt/cut/test_scores.npy: ");
}

static void a_name_is_one_line(void **state) {
    (void)state;
    static const char *const sets[] = { "name=\"$(printf 'a\\tb')\"", "'name=\"a\\nb\"'" };
    for (size_t i = 0; i < LK_COUNT(sets); i++) {
        assert_int_equal(run(TRAIN "--out named --set %s", sets[i]), 2);
        assert_contains(out, "name: expected a name without line ends");
        assert_int_equal(run("ls named"), 2);
    }
}

static void a_run_that_is_stopped_says_how_far_it_is(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    assert_int_equal(run("rm -rf half && SIGNAL_AT='file 2 15 1' "
                         "SIGNAL_AT_FILE=half/checkpoints/.last LD_PRELOAD=" LIKENESS_SIGNAL_AT
                         " $L train tiny.json --data faces.lkd --epochs 9 --out half"),
                     75);
    check("$L table half");
    assert_contains(out, "\n| half | epoch ");
    assert_contains(out, " of 9 |");
}

static void unfinished_runs_of_an_experiment_have_the_label_of_their_other_seeds(void **state) {
    (void)state;
    static const char text[] =
        "{ \"name\": \"one\", \"seeds\": [1, 2], \"runs\": [{ \"config\": \"tiny.json\", "
        "\"label\": \"AE (MSE)\", \"name\": \"mse\" }, { \"config\": \"tiny.json\", \"label\": "
        "\"AE (SSIM)\", \"name\": \"ssim\", \"set\": {\"reconstruction.type\": \"ssim\"}}] }";
    lk_test_write(lk_test_path(folder, "one.json"), text, sizeof text - 1);
    check("$L reproduce one.json --data faces.lkd --out exp --epochs 1 >/dev/null "
          "2>&1 && rm exp/results/ssim-s2.json exp/ssim-s2/test.json "
          "exp/ssim-s2/model.safetensors && $L table exp");
    assert_contains(out, "\n| AE (MSE) | 2 |  | ");
    assert_contains(out, "\n| AE (SSIM) | 1 |  | ");
    assert_contains(out, "\n| AE (SSIM), seed 2 | – | epoch 1 of 1 | ");
    assert_contains(out, "\n| claim | ae |\n");
}

static void results_of_two_lengths_are_two_rows(void **state) {
    (void)state;
    check("for n in 1 2; do $L reproduce one.json --data faces.lkd --out len$n "
          "--epochs $n >/dev/null 2>&1 || exit 1; done; $L table len1 len2");
    assert_contains(out, "\n| AE (MSE), epochs=1 | 2 | ");
    assert_contains(out, "\n| AE (MSE), epochs=2 | 2 | ");
    assert_contains(out, "; AE (SSIM), epochs=2 against AE (MSE), epochs=2: too short");
    check("$L table len1 len2 --no-claims");
    assert_contains(out, "\n| AE (MSE), epochs=2 | 2 | ");
    assert_null(strstr(out, "claim"));
    /* rows of an older version have no config */
    check("for f in len?/results/*-s?.json; do sed -i 's/,\"config\":.*/}/' $f || "
          "exit 1; done; $L table len1/results len2/results");
    assert_contains(out, "\n| AE (MSE), epochs=1 | 2 | ");
    assert_contains(out, "\n| AE (MSE), epochs=2 | 2 | ");
}

static void stored_results_of_the_first_version_still_make_a_table(void **state) {
    (void)state;
    check("$L table " LIKENESS_SOURCE "/data/results --sort ssim");
    assert_contains(out, "\n| AE (SSIM), ");
    check("$L table " OLD_RESULTS);
    assert_contains(out, "\n| AE (SSIM) | 3 | **0.7469 ± 0.0018** | 0.86 | ");
    assert_contains(out, "| (a) SSIM-trained");
}

static void the_best_run_is_first_when_sorted_and_bold(void **state) {
    (void)state;
    static const char *const keys[] = { "ssim",         "mse",     "psnr",  "lwssim",
                                        "chroma_ratio", "delta_e", "label", "sharpness_ratio",
                                        "ms_ssim" };
    for (size_t i = 0; i < LK_COUNT(keys); i++) {
        char command[256];
        snprintf(command, sizeof command, "$L table runs --sort %s --format json", keys[i]);
        check("%s", command);
        cJSON *json = cJSON_Parse(out);
        const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(json, "rows"), 0);
        bool found = strcmp(keys[i], "label") == 0;
        const cJSON *best;
        cJSON_ArrayForEach(best, cJSON_GetObjectItemCaseSensitive(first, "best")) found =
            found || strcmp(cJSON_GetStringValue(best), keys[i]) == 0;
        if (!found) fail_msg("%s: the first row is not the best: %s", keys[i], out);
        cJSON_Delete(json);
    }
    assert_int_equal(run("$L table runs --sort size"), 2);
    assert_contains(out, "--sort: ");
    check("$L table runs");
    assert_contains(out, "| SSIM ↑ | MSE ↓ | chroma ratio → 1 |");
    assert_null(strstr(out, "paper's")); /* all empty */
    assert_contains(out, "| **0.");
    assert_contains(out, "Bold is the best");
    check("$L table runs --format tex");
    assert_contains(out, "\\textbf{0.");
    assert_contains(out, "SSIM $\\uparrow$");
}

static void chosen_columns_are_shown_in_their_order(void **state) {
    (void)state;
    assert_int_equal(run("$L table runs --columns ms_ssim,mse"), 0);
    assert_contains(out, " | MS-SSIM ↑ | MSE ↓ |\n");
    assert_int_equal(run("$L table runs --columns psnr --format csv"), 0);
    assert_contains(out, ",error,psnr,psnr_error,paper_ssim,");
    /* absent from results of the first version */
    assert_int_equal(run("$L table " OLD_RESULTS " --columns ssim,ms_ssim"), 0);
    assert_contains(out, " | SSIM ↑ | paper's SSIM |\n");
    assert_int_equal(run("$L table runs --columns ssim,delta_r"), 2);
    assert_contains(out, "--columns: unknown metric \"delta_r\", did you mean \"delta_e\"?");
    assert_int_equal(run("$L table runs --columns ssim,ssim"), 2);
    assert_contains(out, "--columns: expected each metric once, got \"ssim\" twice");
}

static void verdicts_are_a_csv_next_to_the_table(void **state) {
    (void)state;
    check("$L table " OLD_RESULTS " --claims claims.csv --format csv");
    assert_null(strstr(out, "-trained"));
    check("cat claims.csv");
    assert_contains(out, ",holds,");
    assert_contains(out, ",ssim,");
    check("$L table runs --claims claims.csv && wc -l <claims.csv"); /* only the titles */
    assert_contains(out, "\n1\n");
    assert_int_equal(run("$L table runs --claims claims.csv --no-claims"), 2);
    assert_contains(out, "expected only one of --claims and --no-claims");
    assert_int_equal(run("$L table runs --claims claims.md"), 2);
    assert_int_equal(run("$L table runs --claims nowhere/claims.csv"), 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_are_seeds_of_one_model_only_if_nothing_else_differs),
        cmocka_unit_test(another_pack_makes_another_model),
        cmocka_unit_test(a_run_is_called_like_its_folder_unless_its_name_is_set),
        cmocka_unit_test(the_folder_of_a_run_is_not_in_its_model),
        cmocka_unit_test(a_name_may_change_when_a_run_is_resumed),
        cmocka_unit_test(a_folder_is_searched_and_every_run_is_a_row),
        cmocka_unit_test(seeds_of_one_config_have_its_name_and_rows_their_folders),
        cmocka_unit_test(one_damaged_run_is_a_row_that_says_why),
        cmocka_unit_test(a_name_is_one_line),
        cmocka_unit_test(a_run_that_is_stopped_says_how_far_it_is),
        cmocka_unit_test(unfinished_runs_of_an_experiment_have_the_label_of_their_other_seeds),
        cmocka_unit_test(results_of_two_lengths_are_two_rows),
        cmocka_unit_test(stored_results_of_the_first_version_still_make_a_table),
        cmocka_unit_test(verdicts_are_a_csv_next_to_the_table),
        cmocka_unit_test(chosen_columns_are_shown_in_their_order),
        cmocka_unit_test(the_best_run_is_first_when_sorted_and_bold),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
