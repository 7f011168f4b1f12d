/* The commands reproduce and table: an experiment from files to table; stopped, killed, repeated
   and refused ones. */
#include "io/npy.h"
#include "pictures.h"
#include "shell.h"
#include "tiny.h"

#include <likeness/image.h>
#include <likeness/metric.h>
#include <likeness/pack.h>

#include <cJSON.h>
#include <stdio.h>
#include <string.h>

static const char experiment[] =
    "{ \"name\": \"two\", \"note\": \"A trial.\", \"seeds\": [1, 2], \"runs\": [\n"
    "{ \"config\": \"tiny.json\", \"label\": \"AE (MSE)\", \"name\": \"mse\", \"paper\": { "
    "\"ssim\": 0.8, \"mse\": 0.0042 } },\n"
    "{ \"config\": \"tiny.json\", \"label\": \"AE (SSIM)\", \"name\": \"ssim\", \"paper\": { "
    "\"ssim\": 0.86, \"mse\": 0.0057 },\n"
    "  \"set\": { \"reconstruction.type\": \"ssim\" } } ] }\n";

/* A fresh folder with faces.lkd, tiny.json and two.json. */
static void begin(const char *name) {
    lk_test_tiny(name, 110, TINY_CONFIG(""), folder);
    put_text("two.json", experiment);
}

static int begin_and_reproduce(void **state) {
    (void)state;
    begin("reproduce");
    check("$L reproduce two.json --data faces.lkd --out DIR >printed 2>messages && cp "
          "DIR/figure.png figure.png");
    return 0;
}

static void an_experiment_makes_runs_results_table_and_figure(void **state) {
    (void)state;
    check("cd DIR && for r in mse-s1 ssim-s1 mse-s2 ssim-s2; do ls "
          "$r/model.safetensors $r/test.json $r/test_scores.npy "
          "results/$r.json || exit 1; done; ls results/baselines.json "
          "results/verdicts.json table.md figure.png report.html");
    check("cat messages");
    assert_contains(out, "run 1 of 4: AE (MSE), seed 1, in DIR/mse-s1");
    assert_contains(out, "run 4 of 4: AE (SSIM), seed 2, in DIR/ssim-s2");
    check("cat DIR/table.md");
    assert_contains(out, "| AE (MSE) | 2 | 0.");
    assert_contains(out, "| mean image |");
    assert_contains(out, "| PCA, 6 components |");
    assert_contains(out, "\n| claim | ae |\n");
    assert_contains(out, "higher SSIM than MSE-trained | too short (paper: holds) |");
    assert_contains(out, "Below 500 steps nothing is judged.");
    assert_contains(out, "A trial.");
    assert_contains(
        out, "Trained on 56 pictures for 3 epochs (21 steps), measured on 27 test pictures.");
}

static void every_way_to_the_table_gives_the_same(void **state) {
    (void)state;
    check("cmp printed DIR/table.md && $L table DIR | cmp - DIR/table.md && "
          "$L table DIR/results | cmp - DIR/table.md");
    /* only the results, in another place */
    check("cp -r DIR/results copied && mv DIR hidden && $L table copied "
          ">from_copy; mv hidden DIR; cmp from_copy DIR/table.md");
    check("$L table copied --out table.txt && cmp table.txt DIR/table.md");
    for (const char *const *format = (const char *const[]){ "csv", "tex", "json", NULL }; *format;
         format++) {
        char command[256];
        snprintf(command, sizeof command,
                 "$L table DIR --format %s >a && $L table copied --format %s | cmp - "
                 "a && test -s a",
                 *format, *format);
        check("%s", command);
    }
}

static void a_second_call_does_nothing_again(void **state) {
    (void)state;
    check("stat -c '%%n %%y' DIR/*/model.safetensors DIR/*/test.json "
          "DIR/results/baselines.json >before; "
          "$L reproduce two.json --data faces.lkd --out DIR >again "
          "2>messages && cmp again printed && "
          "stat -c '%%n %%y' DIR/*/model.safetensors DIR/*/test.json "
          "DIR/results/baselines.json | cmp - before && "
          "! grep 'run .* of' messages");
}

static void json_is_one_object_with_the_verdicts(void **state) {
    (void)state;
    lk_json json = { 0 };
    lk_error err;
    check("$L reproduce two.json --data faces.lkd --out DIR --json 2>/dev/null");
    assert_ok(lk_json_parse(out, strlen(out), "table", &json, &err), &err);
    const cJSON *verdict =
        cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(json.root, "verdicts"), 0);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(verdict, "claim")),
                        "a.ssim");
    assert_string_equal(
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(verdict, "error_over")), "pictures");
    lk_json_deinit(&json);
}

static void the_scores_of_pictures_add_up_to_the_figures(void **state) {
    (void)state;
    lk_npy scores;
    lk_json json = { 0 };
    lk_error err;
    char path[LK_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/DIR/ssim-s2/test_scores.npy", folder);
    assert_ok(lk_npy_read(path, &scores, &err), &err);
    assert_int_equal(scores.n_dims, 3);
    assert_int_equal(scores.shape[0], 27);
    assert_int_equal(scores.shape[1], LK_N_METRICS);
    assert_int_equal(scores.shape[2], 2);
    snprintf(path, sizeof path, "%s/DIR/ssim-s2/test.json", folder);
    assert_ok(lk_json_read(path, &json, &err), &err);
    for (size_t m = 0; m < LK_N_METRICS; m++) {
        double value = 0, weight = 0;
        for (size_t i = 0; i < 27; i++) {
            value += scores.values[(i * LK_N_METRICS + m) * 2];
            weight += scores.values[(i * LK_N_METRICS + m) * 2 + 1];
        }
        const char *key = lk_metric_key((lk_metric)m);
        assert_near(value / weight, cJSON_GetObjectItemCaseSensitive(json.root, key)->valuedouble,
                    1e-12);
    }
    lk_npy_deinit(&scores);
    lk_json_deinit(&json);
}

static void the_figure_has_a_row_for_originals_and_each_label(void **state) {
    (void)state;
    lk_image image;
    lk_error err;
    char path[LK_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/DIR/figure.png", folder);
    assert_ok(lk_image_read(path, &image, &err), &err);
    /* the last original: test picture floor(7 * 27 / 8) = 23 */
    lk_pack *pack = NULL;
    snprintf(path, sizeof path, "%s/faces.lkd", folder);
    assert_ok(lk_pack_open(path, lk_test_context(), &pack, &err), &err);
    lk_image last = { 0 };
    int side = lk_pack_describe(pack)->size;
    assert_ok(lk_image_init(&last, side, side, 3, &err), &err);
    memcpy(last.pixels, lk_pack_pixels(pack, LK_SPLIT_TEST, 23), lk_image_bytes(&last));
    lk_test_place place;
    assert_true(lk_test_find(&image, &last, LK_TEST_SHOWN / side, &place));
    /* the eyes and the mean colour are to its right, two models below it */
    assert_true(place.x + 3 * LK_TEST_CELL <= image.width);
    assert_true(place.y + 3 * LK_TEST_CELL <= image.height);
    lk_image_deinit(&last);
    lk_pack_close(pack);
    lk_image_deinit(&image);
}

static void a_folder_with_another_run_is_refused_and_left(void **state) {
    (void)state;
    assert_int_equal(run("cp -r DIR/results kept; $L reproduce two.json --data faces.lkd "
                         "--out DIR --epochs 2"),
                     2);
    assert_contains(
        out, "DIR/mse-s1: holds a run of another config: train.epochs: 3 and 2 (then and now)");
    assert_int_equal(run("$L reproduce two.json --data faces.lkd --out DIR --set optimizer.lr=0.5"),
                     2);
    assert_contains(out, "optimizer.lr: 0.001 and 0.5");
    assert_int_equal(run("$L prepare --synthetic 120 --seed 9 --size 16 --out other.lkd 2>&1 && "
                         "$L reproduce two.json --data other.lkd --out DIR"),
                     2);
    assert_contains(out, "a run on another pack: fingerprint");
    check("diff -r DIR/results kept");
    /* the trainer refuses an unfinished one */
    assert_int_equal(run("cp -r DIR half && rm half/*/test.json && $L reproduce two.json "
                         "--data faces.lkd --out half --epochs 2"),
                     2);
    assert_contains(out, "holds a run of another config: train.epochs: 3 and 2");
}

/* A table cannot hold two rows with the same name. The error comes before any run is trained, and
   leaves every file as it was. */
static void a_label_of_another_experiment_in_the_folder_is_refused_at_once(void **state) {
    (void)state;
    put_text(
        "third.json",
        "{ \"name\": \"third\", \"runs\": [ { \"config\": \"tiny.json\", \"label\": \"AE (L1)\", "
        "\"name\": \"l1\" },\n"
        "{ \"config\": \"tiny.json\", \"label\": \"AE (SSIM)\", \"name\": \"mine\" } ] }\n");
    assert_int_equal(run("cp -r DIR both && $L reproduce third.json --data faces.lkd --out both"),
                     2);
    assert_contains(out, "both/results/ssim-s1.json: already has \"AE (SSIM)\" with seed 1, from a "
                         "run \"ssim\"");
    check("diff -r DIR both");
}

static void a_run_to_refuse_is_refused_before_others_are_trained(void **state) {
    (void)state;
    assert_int_equal(run("cp -r DIR late && rm -r late/mse-s1 && sed 's/\"ssim\" }/\"ssim\", "
                         "\"optimizer.lr\": 0.5 }/' two.json >changed.json && "
                         "$L reproduce changed.json --data faces.lkd --out late"),
                     2);
    assert_contains(out,
                    "late/ssim-s1: holds a run of another config: optimizer.lr: 0.001 and 0.5");
    assert_int_equal(run("ls late/mse-s1"), 2);
}

static void what_was_lost_of_a_run_is_made_again(void **state) {
    (void)state;
    check("cp -r DIR lost && rm lost/mse-s1/test_scores.npy lost/ssim-s1/test.json "
          "lost/results/* && "
          "$L reproduce two.json --data faces.lkd --out lost 2>/dev/null | "
          "cmp - printed && diff -r DIR/results lost/results && "
          "cmp DIR/mse-s1/test_scores.npy lost/mse-s1/test_scores.npy");
}

static void a_file_that_is_not_a_result_is_named_and_skipped(void **state) {
    (void)state;
    check("cp -r DIR stray && echo '{\"my\": \"notes\"}' >stray/results/notes.json "
          "&& echo '[]' >stray/results/list.json && "
          "$L table stray 2>messages | cmp - printed && cat messages");
    assert_contains(out, "warning: stray/results/notes.json: skipped: it has no \"label\"");
    assert_contains(out, "stray/results/list.json: skipped: it has no \"label\"");
    check("$L reproduce two.json --data faces.lkd --out stray 2>messages | "
          "cmp - printed && cat messages");
    assert_contains(out, "stray/results/notes.json: skipped: it has no \"label\"");
}

static void a_damaged_result_is_named_and_made_again_where_it_is_our_own(void **state) {
    (void)state;
    check("cp -r DIR torn && head -c 200 DIR/results/ssim-s2.json "
          ">torn/results/ssim-s2.json && $L table torn");
    assert_contains(out, "torn/results/ssim-s2.json:1: ");
    assert_contains(out, "| ssim-s2 | – | damaged: ssim-s2.json:1: ");
    assert_contains(out, "| AE (SSIM) | 2 |"); /* from the run's folder */
    check("rm -r torn/mse-s1 && echo '{\"baselines\": 3}' >torn/results/baselines.json && "
          "$L reproduce two.json --data faces.lkd --out torn 2>messages | cmp - printed "
          "&& "
          "diff -r DIR/results torn/results && cat messages");
    assert_contains(out, "warning: made again: torn/results/ssim-s2.json:1: ");
    assert_contains(out,
                    "warning: made again: torn/results/baselines.json: baselines: expected a list");
    assert_int_equal(
        run("rm -r torn/mse-s1 && echo '{\"label\": \"x\"}' >torn/results/x-s1.json && "
            "$L reproduce two.json --data faces.lkd --out torn"),
        3);
    assert_contains(out, "torn/results/x-s1.json: name: expected a string of one line");
    assert_int_equal(run("ls torn/mse-s1"), 2); /* refused before it was trained */
}

static void a_result_that_is_there_twice_counts_once_and_none_is_lost(void **state) {
    (void)state;
    check("cp -r DIR twin && for n in 'a copy' 'z copy'; do cp "
          "DIR/results/mse-s1.json \"twin/results/$n.json\"; done && "
          "$L reproduce two.json --data faces.lkd --out twin 2>/dev/null | "
          "cmp - printed && $L table twin | cmp - printed");
    check("cmp DIR/results/mse-s1.json twin/results/mse-s1.json");
}

static void more_seeds_join_those_that_are_there(void **state) {
    (void)state;
    check("$L reproduce two.json --data faces.lkd --out DIR --seeds 3 >three "
          "2>messages && grep -c '^run .* of 6:' messages");
    assert_string_equal(out, "2\n");
    check("cat three");
    assert_contains(out, "| AE (SSIM) | 3 |");
    assert_contains(out, "The limit is Student's t over seeds (4.30 standard errors for 3 seeds).");
    check("$L table DIR | cmp - three");
}

static void seeds_in_two_folders_make_one_table(void **state) {
    (void)state;
    /* split DIR's seeds, as if two computers had trained them */
    check("cp -r DIR one && cp -r DIR two && rm -r one/*-s2 one/results/*-s2.json two/*-s1 "
          "two/results/*-s1.json && "
          "rm -rf one/*-s3 two/*-s3 one/results/*-s3.json two/results/*-s3.json && "
          "$L reproduce two.json --data faces.lkd --out one --seeds 1 >/dev/null 2>&1 && "
          "sed 's/\"seeds\": \\[1, 2\\]/\"seeds\": [2]/' two.json >second.json && "
          "$L reproduce second.json --data faces.lkd --out two >/dev/null 2>&1 && "
          "$L table one two >joined && grep -c 'mean image' joined && grep -c '^| (' "
          "joined");
    assert_string_equal(out, "1\n3\n");
    check("grep '^| AE (SSIM) | 2 |' joined && test \"$(grep -c '' joined)\" = "
          "\"$(grep -c '' printed)\"");
}

static void folders_of_runs_make_a_table_too(void **state) {
    (void)state;
    check("$L table DIR/mse-s1 DIR/ssim-s1");
    assert_contains(out, "| mse | 1 |");
    assert_contains(out, "\n| claim | ae |\n");
    check("$L table DIR/ssim-s1");
    assert_null(strstr(out, "claim"));
}

static void parallel_runs_give_the_same_bytes_and_name_the_run_of_each_message(void **state) {
    (void)state;
    for (const char *const *jobs = (const char *const[]){ "2", "7", NULL }; *jobs; jobs++) {
        char command[512];
        snprintf(command, sizeof command,
                 "rm -rf once && $L reproduce two.json --data faces.lkd --out once --seeds "
                 "2 --threads 2 --jobs %s 2>messages >table && "
                 "cmp table printed && for r in mse-s1 ssim-s1 mse-s2 ssim-s2; do cmp "
                 "DIR/$r/model.safetensors once/$r/model.safetensors && "
                 "cmp DIR/results/$r.json once/results/$r.json || exit 1; done; cmp figure.png "
                 "once/figure.png && cat messages",
                 *jobs);
        if (run("%s", command) != 0) fail_msg("--jobs %s: %s", *jobs, out);
        assert_contains(out, "AE (MSE), seed 1: epoch 1/3  train loss");
        assert_contains(out, "AE (SSIM), seed 2: epoch 3/3  train loss");
    }
}

static void a_second_process_is_refused_and_leftovers_of_a_killed_one_are_removed(void **state) {
    (void)state;
#define AGAIN "$L reproduce two.json --data faces.lkd --out left --seeds 2"
    assert_int_equal(run("cp -r DIR left && touch left/.table.md.tmp.7 "
                         "left/results/.a-s1.json.tmp.123 left/results/.notes left/.notes && "
                         "flock left/results/.lock " AGAIN),
                     1);
    assert_contains(out, "left/results: another process trains or measures there");
    check("ls left/.table.md.tmp.7 left/results/.a-s1.json.tmp.123 && " AGAIN
          " >table && cmp table left/table.md");
    assert_int_equal(run("ls left/.table.md.tmp.7"), 2);
    assert_int_equal(run("ls left/results/.a-s1.json.tmp.123"), 2);
    check("ls left/results/.notes left/.notes");
}

/* A run that fails ends the others, which are saved and can continue later. */
static void parallel_runs_end_when_one_fails(void **state) {
    (void)state;
    put_text("three.json", "{ \"name\": \"three\", \"runs\": [\n"
                           "{ \"config\": \"tiny.json\", \"label\": \"long\", \"name\": \"long\", "
                           "\"set\": { \"train.epochs\": 100000 } },\n"
                           "{ \"config\": \"tiny.json\", \"label\": \"bad\", \"name\": \"bad\", "
                           "\"set\": { \"model.latent\": 5 } } ] }");
    assert_int_equal(
        run("mkdir -p held/bad-s1 && echo notes >held/bad-s1/notes && "
            "$L reproduce three.json --data faces.lkd --out held --threads 2 --jobs 2"),
        2);
    assert_contains(out, "likeness: bad, seed 1: held/bad-s1: is not empty and holds no run");
    /* the other run fails after the long one was saved */
    if (!lk_test_has_shim()) skip();
    assert_int_equal(
        run("rm -rf held && SIGNAL_AT='file 1 0 0' SIGNAL_AT_FILE=bad-s1/checkpoints/.last "
            "SIGNAL_AT_RUN='until [ -e held/long-s1/checkpoints/last.safetensors ]; do sleep "
            "0.02; done; rm held/bad-s1/metrics.jsonl' LD_PRELOAD=$SHIM "
            "$L reproduce three.json --data faces.lkd --out held --threads 2 --jobs 2"),
        5);
    assert_contains(out, "likeness: bad, seed 1: held/bad-s1/metrics.jsonl: was removed");
}

static void a_stopped_experiment_continues_to_the_same_bytes(void **state) {
    (void)state;
    begin("reproduce_stopped");
#define IN "$L reproduce two.json --data faces.lkd --epochs 4 --seeds 1 --out "
    if (!lk_test_has_shim()) skip();
    check(IN "whole >/dev/null");
    assert_int_equal(
        run("SIGNAL_AT='file 1 15 1' SIGNAL_AT_FILE=ssim-s1/checkpoints/.last LD_PRELOAD=$SHIM " IN
            "parts"),
        75);
    assert_contains(out, "stopped in run 2 of 2 (AE (SSIM), seed 1), saved; the same command");
    int kills = 0, code = 137;
    for (int i = 0; i < 20 && code != 0; i++) {
        char command[512];
        snprintf(command, sizeof command, "SIGNAL_AT='file %d 9 1' LD_PRELOAD=$SHIM " IN "parts",
                 120 + 83 * i);
        code = run("%s", command);
        kills += code == 137;
        if (code != 0 && code != 137)
            fail_msg("expected exit code 0 or 137, got %d: %s", code, out);
    }
    assert_int_equal(code, 0);
    assert_true(kills > 3);
    check("diff -r whole/results parts/results && cmp whole/table.md parts/table.md "
          "&& cmp whole/figure.png parts/figure.png && "
          "for r in mse-s1 ssim-s1; do cmp whole/$r/model.safetensors "
          "parts/$r/model.safetensors || exit 1; done");
}

static void wrong_words_and_files_have_their_exit_codes(void **state) {
    (void)state;
    static const struct {
        const char *command, *message;
        int code;
    } rows[] = {
        { "$L reproduce two.json --out x", "--data is missing", 2 },
        { "$L reproduce none.json --data faces.lkd --out x", "none.json", 2 },
        { "$L reproduce tiny.json --data faces.lkd --out x", "tiny.json:1: unknown key \"model\"",
          2 },
        { "$L reproduce two.json --data none.lkd --out x", "none.lkd", 3 },
        { "$L reproduce two.json --data faces.lkd --out x --seeds 99",
          "--seeds: expected ... got 99", 2 },
        { "$L reproduce two.json --data faces.lkd --out x --jobs 0", "--jobs: expected ... got 0",
          2 },
        { "$L reproduce two.json --data faces.lkd --out x --set train.epoch=2",
          "did you mean \"epochs\"", 2 },
        { "$L reproduce two.json --data faces.lkd --out /proc/nowhere/x", "/proc/nowhere", 5 },
        { "$L table", "too few words", 2 },
        { "$L table nowhere", "nowhere: expected the folder of a run", 3 },
        { "$L table DIR/results/a-s1.json", "a-s1.json: expected the folder of a run", 3 },
        { "mkdir -p early && cp tiny.json early/config.json && $L table early",
          "| tiny | epoch 0 of 3 |", 0 },
        { "mkdir -p empty && $L table empty", "empty: contains no results of trained models", 3 },
        { "$L table empty --format html", "--format: ", 2 },
        { "mkdir -p broken && echo '{' >broken/a-s1.json && $L table broken",
          "broken/a-s1.json:", 0 },
        { "mkdir -p norun && echo '{}' >norun/test.json && $L table norun",
          "| norun | damaged: metrics.csv: ", 0 },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        int code = run("%s", rows[i].command);
        if (code != rows[i].code)
            fail_msg("%s: expected exit code %d, got %d: %s", rows[i].command, rows[i].code, code,
                     out);
        assert_contains(out, rows[i].message);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_experiment_makes_runs_results_table_and_figure),
        cmocka_unit_test(every_way_to_the_table_gives_the_same),
        cmocka_unit_test(a_second_call_does_nothing_again),
        cmocka_unit_test(json_is_one_object_with_the_verdicts),
        cmocka_unit_test(the_scores_of_pictures_add_up_to_the_figures),
        cmocka_unit_test(the_figure_has_a_row_for_originals_and_each_label),
        cmocka_unit_test(a_folder_with_another_run_is_refused_and_left),
        cmocka_unit_test(a_label_of_another_experiment_in_the_folder_is_refused_at_once),
        cmocka_unit_test(a_run_to_refuse_is_refused_before_others_are_trained),
        cmocka_unit_test(what_was_lost_of_a_run_is_made_again),
        cmocka_unit_test(a_file_that_is_not_a_result_is_named_and_skipped),
        cmocka_unit_test(a_damaged_result_is_named_and_made_again_where_it_is_our_own),
        cmocka_unit_test(a_result_that_is_there_twice_counts_once_and_none_is_lost),
        cmocka_unit_test(more_seeds_join_those_that_are_there),
        cmocka_unit_test(seeds_in_two_folders_make_one_table),
        cmocka_unit_test(folders_of_runs_make_a_table_too),
        cmocka_unit_test(parallel_runs_give_the_same_bytes_and_name_the_run_of_each_message),
        cmocka_unit_test(a_second_process_is_refused_and_leftovers_of_a_killed_one_are_removed),
        cmocka_unit_test(parallel_runs_end_when_one_fails),
        cmocka_unit_test(a_stopped_experiment_continues_to_the_same_bytes),
        cmocka_unit_test(wrong_words_and_files_have_their_exit_codes),
    };
    return cmocka_run_group_tests(tests, begin_and_reproduce, NULL);
}
