/* --tensorboard: the values of a run for TensorBoard, whatever ends the run. */
#include "events.h"
#include "io/npy.h"
#include "shell.h"
#include "tiny.h"

#include <likeness/memory.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* whole: a run of two epochs with events. */
static int begin(void **state) {
    (void)state;
    setenv("LIKENESS_THREADS", "1", 1);
    lk_test_tiny("cli_tensorboard", 110,
                 TINY_CONFIG(", \"regularizer\": {\"type\": \"kl\"}, \"optimizer\": {\"lr\": "
                             "0.01, \"average\": 0.9}"),
                 folder);
    check("sed -i 's/\"epochs\": 3/\"epochs\": 2/; s/\"latent\"/\"type\": \"vae\", &/' tiny.json "
          "&& train whole --tensorboard");
    return 0;
}

static lk_test_events events_of(const char *run_name) {
    char name[256];
    snprintf(name, sizeof name, "%s/tensorboard", run_name);
    return lk_test_events_read(lk_test_path(folder, name));
}

/* ---- what is written ---- */

/* The number of metrics.csv in that column, in the row of that number from 1. */
static double number_in(const char *csv, const char *column, int row) {
    int n = 0;
    const char *at = csv;
    for (size_t i; (i = strcspn(at, ",\n")), strncmp(at, column, i) != 0 || column[i]; n++) {
        if (at[i] != ',') fail_msg("metrics.csv has no column %s", column);
        at += i + 1;
    }
    for (at = csv; row > 0; row--) at = strchr(at, '\n') + 1;
    for (; n > 0; n--) at = strchr(at, ',') + 1;
    return strtod(at, NULL);
}

static const char *const columns[][2] = {
    { "loss/train", "train_loss" },
    { "loss/validation", "val_loss" },
    { "terms/reconstruction", "val_reconstruction" },
    { "terms/kl", "val_kl" },
    { "scores/ssim", "val_ssim" },
    { "scores/mse", "val_mse" },
    { "scores/psnr", "val_psnr" },
    { "scores/lwssim", "val_lwssim" },
    { "codes/active", "val_active" },
    { "codes/mmd", "val_codes_mmd" },
    { "training/epoch", "epoch" },
    { "training/learning_rate", "lr" },
    { "training/images_per_second", "images_per_second" },
};

static void numbers_are_those_of_the_metrics(void **state) {
    (void)state;
    lk_test_events all = events_of("whole");
    check("cat whole/metrics.csv");
    for (size_t i = 0; i < LK_COUNT(columns); i++)
        for (int epoch = 1; epoch <= 2; epoch++) {
            const char *tag = columns[i][0];
            const lk_test_point *point = lk_test_events_find(&all, tag, (size_t)epoch - 1);
            if (!point) fail_msg("%s of epoch %d is missing", tag, epoch);
            assert_near((double)point->step, number_in(out, "step", epoch), 0);
            assert_near(point->number, (double)(float)number_in(out, columns[i][1], epoch), 0);
        }
    assert_null(lk_test_events_find(&all, "loss/train", 2));
    assert_int_equal(all.n_files, 1);
    assert_int_equal(all.n_forgotten, 0);
    lk_test_events_free(&all);
}

static void pictures_are_those_of_the_grids(void **state) {
    (void)state;
    lk_test_events all = events_of("whole");
    for (size_t epoch = 1; epoch <= 2; epoch++) {
        const lk_test_point *point = lk_test_events_find(&all, "pictures/validation", epoch - 1);
        assert_non_null(point);
        lk_test_write(lk_test_path(folder, "picture.png"), point->bytes, point->n_bytes);
        check("cmp picture.png whole/grids/epoch_000%zu.png", epoch);
    }
    lk_test_events_free(&all);
}

static void the_config_is_a_text(void **state) {
    (void)state;
    lk_test_events all = events_of("whole");
    const lk_test_point *config = lk_test_events_find(&all, "config", 0);
    assert_non_null(config);
    put_text("config.md", (const char *)config->bytes);
    check("sed 's/^    //' config.md | cmp - whole/config.json");
    lk_test_events_free(&all);
}

static void assert_counts(const lk_test_point *point, double n) {
    double sum = 0;
    if (!point) fail_msg("a histogram is missing");
    assert_int_equal(point->kind, LK_TEST_HISTOGRAM);
    for (size_t i = 0; i < point->histogram.n_counts; i++) sum += point->histogram.count[i];
    assert_near(sum, n, 0);
    assert_near(point->histogram.num, n, 0);
}

static void histograms_have_every_parameter_and_code(void **state) {
    (void)state;
    lk_test_events all = events_of("whole");
    size_t n = 0;
    assert_counts(lk_test_events_find(&all, "codes/values", 0), 27 * 6);
    assert_counts(lk_test_events_find(&all, "parameters/encoder.0.weight", 1), 6 * 3 * 16);
    assert_counts(lk_test_events_find(&all, "parameters/encoder.1.running_var", 1), 6);
    for (size_t i = 0; i < all.n; i++) n += strncmp(all.points[i].tag, "parameters/", 11) == 0;
    check("$L info whole/model.safetensors --json | grep -o '\"name\":\"[a-z]*[.]' | wc -l");
    assert_int_equal(n, 2 * atoi(out));
    lk_test_events_free(&all);
}

/* The model has the averaged weights of the best epoch, as the validation had. */
static void codes_are_those_of_the_validation(void **state) {
    (void)state;
    lk_error err;
    lk_npy codes;
    double sum = 0, squares = 0;
    check("$L encode whole --data faces.lkd --split val --out codes.npy && cat whole/metrics.csv");
    const char *csv = strstr(out, "epoch,step");
    size_t best = number_in(csv, "val_loss", 2) < number_in(csv, "val_loss", 1);
    assert_ok(lk_npy_read(lk_test_path(folder, "codes.npy"), &codes, &err), &err);
    for (size_t i = 0; i < codes.n; i++) {
        sum += codes.values[i];
        squares += codes.values[i] * codes.values[i];
    }
    lk_npy_deinit(&codes);
    lk_test_events all = events_of("whole");
    const lk_test_point *point = lk_test_events_find(&all, "codes/values", best);
    assert_non_null(point);
    assert_near(point->histogram.sum_squares, squares, 1e-4 * squares);
    assert_near(point->histogram.sum, sum, 1e-4 * squares);
    lk_test_events_free(&all);
}

static void nothing_else_depends_on_them(void **state) {
    (void)state;
    check("train plain && test ! -e plain/tensorboard && same whole plain");
}

/* ---- runs that end early ---- */

/* Without texts: each process writes its config. */
static lk_test_events values_of(const char *run_name) {
    lk_test_events all = events_of(run_name);
    size_t n = 0;
    for (size_t i = 0; i < all.n; i++) {
        if (all.points[i].kind == LK_TEST_TEXT)
            lk_free(all.points[i].bytes);
        else
            all.points[n++] = all.points[i];
    }
    all.n = n;
    return all;
}

/* Compares with the run that nothing ended. Returns whether an epoch was written again. */
static bool compare(const char *run_name, bool *cut) {
    lk_test_events expected = values_of("whole"), got = values_of(run_name);
    lk_test_events_compare(&expected, &got);
    bool again = got.n_forgotten > 0;
    *cut = got.n_cut > 0;
    lk_test_events_free(&expected);
    lk_test_events_free(&got);
    return again;
}

static void a_run_that_is_killed_goes_on_to_the_same_values(void **state) {
    (void)state;
    /* around each call for events, and around some of those for checkpoints */
    static const struct {
        const char *files;
        int every;
    } moments[] = { { "tfevents", 1 }, { "checkpoints/.last", 41 } };
    int n_kills = 0, n_cut = 0, n_again = 0;
    if (!lk_test_has_shim()) skip();
    for (size_t i = 0; i < LK_COUNT(moments); i++)
        for (int n = 1;; n += moments[i].every) {
            bool cut;
            int code = run("rm -rf killed; SIGNAL_AT='file %d 9 1' SIGNAL_AT_FILE=%s "
                           "LD_PRELOAD=$SHIM train killed --tensorboard >said 2>&1",
                           n, moments[i].files);
            if (code == 0) break;
            assert_int_equal(code, 137);
            check("train killed --tensorboard --resume && same whole killed "
                  "checkpoints/previous.safetensors");
            n_again += compare("killed", &cut);
            n_cut += cut;
            n_kills++;
        }
    print_message("%d kills, %d cut a record, %d after an epoch that was written again\n", n_kills,
                  n_cut, n_again);
    assert_true(n_kills >= 10 && n_cut >= 3 && n_again >= 2);
}

static void a_run_that_is_stopped_goes_on_to_the_same_values(void **state) {
    (void)state;
    int n_stops = 0;
    bool cut;
    if (!lk_test_has_shim()) skip();
    for (int n = 30;; n += 150) {
        int code = run("rm -rf stopped; SIGNAL_AT='round %d 15 1' LIKENESS_THREADS=2 "
                       "LD_PRELOAD=$SHIM train stopped --tensorboard >said 2>&1",
                       n);
        if (code == 0) break;
        assert_int_equal(code, 75);
        check("train stopped --tensorboard --resume && continued whole stopped");
        assert_false(compare("stopped", &cut)); /* a checkpoint was saved where it stopped */
        assert_false(cut);
        n_stops++;
    }
    assert_true(n_stops >= 3);
}

#define LATER "train later --tensorboard --set train.log_every_steps=7"

/* The validation of the first epoch is stopped, so its end is still to come. Then it is written,
   killed before the checkpoint, and written again. */
static void an_epoch_whose_end_comes_later_is_there_once(void **state) {
    (void)state;
    bool cut, found = false;
    if (!lk_test_has_shim()) skip();
    for (int n = 1; n < 40 && !found; n++) { /* until the signal comes within step 7 */
        assert_int_equal(run("rm -rf later; SIGNAL_AT='file %d 15 1' SIGNAL_AT_FILE=metrics.jsonl "
                             "LD_PRELOAD=$SHIM " LATER,
                             n),
                         75);
        found = strstr(out, "stopped after step 7 of 14") != NULL;
    }
    assert_true(found);
    lk_test_events stopped = values_of("later");
    assert_int_equal(stopped.n, 0);
    lk_test_events_free(&stopped);
    assert_int_equal(
        run("SIGNAL_AT='file 1 9 1' SIGNAL_AT_FILE=checkpoints/.last LD_PRELOAD=$SHIM " LATER
            " --resume"),
        137);
    check(LATER " --resume");
    assert_true(compare("later", &cut));
}

static void a_longer_run_adds_its_epochs(void **state) {
    (void)state;
    check("cp -r whole longer && train longer --tensorboard --resume --epochs 3");
    lk_test_events all = events_of("longer");
    assert_int_equal(all.n_files, 2);
    assert_int_equal(all.n_forgotten, 0);
    assert_int_equal(lk_test_events_find(&all, "loss/train", 2)->step, 21);
    lk_test_events_free(&all);
    /* nothing is left to do */
    check("train longer --tensorboard --resume --epochs 3 && ls longer/tensorboard | wc -l");
    assert_contains(out, "\n2\n");
    check("cd longer/tensorboard && for i in 20 $(seq 3 9); do : >events.out.tfevents.00$i; done; "
          "cd ../.. && train longer --tensorboard --resume --epochs 4 && test -s "
          "longer/tensorboard/events.out.tfevents.0021");
}

/* ---- folders and faults ---- */

static void a_run_that_is_replaced_takes_its_events_along(void **state) {
    (void)state;
    check("cp -r longer over && : >over/tensorboard/notes && train over --force && ls "
          "over/tensorboard");
    assert_contains(out, "notes");
    assert_null(strstr(out, "tfevents"));
    check("train over --force --tensorboard --epochs 1 && ls over/tensorboard | grep -c tfevents");
    assert_contains(out, "\n1\n");
}

static void runs_of_an_experiment_write_theirs(void **state) {
    (void)state;
    check("$L sweep tiny.json --grid optimizer.lr=0.1,0.01 --data faces.lkd --out sweep --epochs 1 "
          "--jobs 2 --tensorboard && ls sweep/*/tensorboard | grep -c tfevents");
    assert_contains(out, "\n2\n");
    put_text("two.json",
             "{\"name\": \"two\", \"runs\": [{\"config\": \"tiny.json\", \"label\": \"a\"}]}");
    check("$L reproduce two.json --data faces.lkd --out two --epochs 1 --tensorboard && ls "
          "two/*/tensorboard | grep -c tfevents");
    assert_contains(out, "\n1\n");
}

static void a_file_that_cannot_be_written_is_a_warning(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    check("refuse fill_events=28 train full --tensorboard && same whole full");
    assert_contains(out, "warning: no more events are written for TensorBoard: "
                         "full/tensorboard/events.out.tfevents.0001: cannot write: No space left");
    assert_null(strstr(strstr(out, "no more events") + 1, "no more events"));
    lk_test_events all = events_of("full");
    assert_int_equal(all.n_cut, 1);
    assert_int_equal(all.n, 1); /* the config */
    lk_test_events_free(&all);
    /* the next process writes a file of its own */
    check("train full --tensorboard --resume --epochs 3");
    all = events_of("full");
    assert_int_equal(lk_test_events_find(&all, "loss/train", 0)->step, 21);
    lk_test_events_free(&all);
}

static void a_folder_that_cannot_be_made_is_a_warning(void **state) {
    (void)state;
    check("cp -r whole taken && rm -r taken/tensorboard && : >taken/tensorboard && train taken "
          "--force --tensorboard && same whole taken");
    assert_contains(out,
                    "warning: no more events are written for TensorBoard: taken/tensorboard: ");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_the_metrics),
        cmocka_unit_test(pictures_are_those_of_the_grids),
        cmocka_unit_test(the_config_is_a_text),
        cmocka_unit_test(histograms_have_every_parameter_and_code),
        cmocka_unit_test(codes_are_those_of_the_validation),
        cmocka_unit_test(nothing_else_depends_on_them),
        cmocka_unit_test(a_run_that_is_killed_goes_on_to_the_same_values),
        cmocka_unit_test(a_run_that_is_stopped_goes_on_to_the_same_values),
        cmocka_unit_test(an_epoch_whose_end_comes_later_is_there_once),
        cmocka_unit_test(a_longer_run_adds_its_epochs),
        cmocka_unit_test(a_run_that_is_replaced_takes_its_events_along),
        cmocka_unit_test(runs_of_an_experiment_write_theirs),
        cmocka_unit_test(a_file_that_cannot_be_written_is_a_warning),
        cmocka_unit_test(a_folder_that_cannot_be_made_is_a_warning),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
