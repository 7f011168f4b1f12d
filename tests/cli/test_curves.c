/* The command curves, the figure of table, and what all figures promise: formats, notes, the same
   bytes again, and no word of libraries. */
#include "shell.h"
#include "tiny.h"

#include <likeness/image.h>

#include <stdio.h>
#include <string.h>

#define TRAIN "$L train tiny.json --data faces.lkd "

static int begin(void **state) {
    (void)state;
    lk_test_tiny("curves", 110, TINY_CONFIG(""), folder);
    check("mkdir runs && " TRAIN "--out runs/a && " TRAIN "--set seed=2 --out runs/b && " TRAIN
          "--set model.type=vae --epochs 1 --out runs/c");
    return 0;
}

static void train_ends_with_the_curves_of_its_run(void **state) {
    (void)state;
    lk_image figure;
    lk_error err;
    char path[LK_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/runs/a/curves.png", folder);
    assert_ok(lk_image_read(path, &figure, &err), &err);
    assert_int_equal(figure.width, 2 * 640);
    assert_true(figure.height > 1000 && figure.height < 1600);
    lk_image_deinit(&figure);
    check("grep -aq 'tEXtModel.AE (mse)' runs/a/curves.png && grep -aq 'tEXtSeed.2' "
          "runs/b/curves.png");
    /* they go where the run is continued or replaced, and come again */
    check("cp runs/a/curves.png first.png && " TRAIN "--resume --out runs/a && "
          "cmp first.png runs/a/curves.png && cp -r runs/a longer && " TRAIN
          "--resume --epochs 5 --out longer && ! cmp -s first.png longer/curves.png");
}

/* A folder stands in the way of the file. */
static void curves_that_cannot_be_written_are_a_warning(void **state) {
    (void)state;
    check(TRAIN "--out hindered --epochs 1 && rm hindered/curves.png && mkdir hindered/curves.png "
                "&& " TRAIN "--out hindered --resume --epochs 1");
    assert_contains(out, "warning: no curves: ");
    check("ls hindered/model.safetensors hindered/test.json");
}

static void the_command_draws_runs_and_says_how_they_went(void **state) {
    (void)state;
    check("$L curves runs/a --out one.svg");
    assert_contains(out, "one.svg: 1 run\ntiny: validation ");
    check("grep -q '<title>tiny</title>' one.svg && grep -q 'Model: tiny' one.svg && grep -q "
          "'Command: likeness curves runs/a --out one.svg' one.svg");
    check("$L curves runs --out all.pdf --json");
    assert_contains(out, "{\"out\":\"all.pdf\",\"runs\":[{\"label\":\"");
    assert_contains(out, "\"best_epoch\":");
    check("$L curves runs/c && $L curves runs/c && ls curves.png curves_2.png");
}

static void seeds_of_one_model_are_one_curve_with_a_band(void **state) {
    (void)state;
    check("$L curves runs/a runs/b --out seeds.svg && grep -q '<title>.*, 2 seeds</title>' "
          "seeds.svg && $L curves runs/a --out one.svg");
    /* bands are pale */
    check("grep -q 'fill-opacity:0.22' seeds.svg && ! grep -q 'fill-opacity:0.22' one.svg");
    check("$L curves runs --out three.svg && grep -q '<title>2 models</title>' three.svg");
}

static void the_sentence_says_where_the_run_stands(void **state) {
    (void)state;
    static const struct {
        const char *lines, *expected;
    } rows[] = {
        { "1,7,0.1,0.5,0.3\n2,14,0.1,0.2,0.1\n3,21,0.1,0.1,0.2\n",
          "tiny: validation 100.0 % above training, lowest at epoch 2 of 3\n" },
        { "1,7,0.1,0.5,0.3\n2,14,0.1,0.2,0.19\n",
          "tiny: validation 5.0 % below training, still falling\n" },
        { "1,7,0.1,0.5,\n", "tiny: training loss 0.5, no validation\n" },
    };
    check("rm -rf made && cp -r runs/a made");
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        char csv[256];
        snprintf(csv, sizeof csv, "epoch,step,lr,train_loss,val_loss\n%s", rows[i].lines);
        put_text("made/metrics.csv", csv);
        check("$L curves made --out made.png");
        assert_contains(out, rows[i].expected);
    }
    put_text("made/metrics.csv", "epoch,val_loss\n1,0.3\n2,0.1\n3,0.2\n");
    check("$L curves made --out made.png --json");
    assert_contains(out, "\"epochs\":3,\"best_epoch\":2,\"best_loss\":0.1");
}

static void runs_without_epochs_are_skipped_or_refused(void **state) {
    (void)state;
    check("mkdir -p bare/x && cp runs/a/config.json bare/x && $L curves bare runs/c --out x.png");
    assert_contains(out, "warning: bare/x: skipped: there is no metrics.csv");
    assert_int_equal(run("$L curves bare --out x.png"), 3);
    assert_contains(out, "bare: expected a run with epochs in its metrics.csv, got none");
    assert_int_equal(run("cp -r runs/c damaged && echo nothing >damaged/metrics.csv && $L curves "
                         "damaged --out x.png"),
                     3);
    assert_contains(out, "damaged/metrics.csv: expected a column epoch");
    assert_int_equal(run("$L curves nowhere --out x.png"), 3);
    assert_int_equal(run("$L curves runs/c --out x.gif"), 2);
    assert_contains(out, "expected a name that ends in .png, .svg or .pdf, got x.gif");
    assert_int_equal(run("$L curves runs/c --out nowhere/x.svg"), 5);
}

static void the_figure_of_a_table_has_a_point_for_each_model(void **state) {
    (void)state;
    check("$L table runs --plot plot.svg");
    assert_contains(out, "| model | ");
    check("grep -q '<title>SSIM against MSE</title>' plot.svg");
    check("$L table runs --plot plot.png --out table.csv && ls plot.png "
          "table.csv");
    assert_int_equal(run("mkdir -p none && cp -r bare/x none && $L table none --plot no.png"), 3);
    assert_contains(out, "no.png: expected a model with SSIM and MSE, got none");
}

static void dashes_join_the_models_that_no_other_beats_in_both_scores(void **state) {
    (void)state;
    /* one model is ahead of all others in SSIM, and in MSE or equal */
    check("cp -r " LIKENESS_SOURCE "/tests/golden/report/results front && $L table front --plot "
          "front.svg && ! grep dasharray front.svg");
    /* two of four are on the front: a step to the right and one up */
    check("sed -i 's/\"mse\":0.0[0-9]*/\"mse\":0.01/g' front/ae_mse-s?.json && $L table front "
          "--plot front.svg --out none.md && grep -c dasharray front.svg");
    assert_string_equal(out, "2\n");
}

static void figures_have_the_same_bytes_again_and_need_no_home(void **state) {
    (void)state;
    check("for f in c.png c.svg c.pdf; do $L curves runs --out $f && mv $f first && env -u HOME "
          "XDG_CACHE_HOME=/proc $L curves runs --out $f 2>err && test ! -s err && cmp $f first || "
          "exit 1; done");
    check("env HOME=/proc $L traverse runs/a --out t.png 2>err >out && test ! -s err");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(train_ends_with_the_curves_of_its_run),
        cmocka_unit_test(curves_that_cannot_be_written_are_a_warning),
        cmocka_unit_test(the_command_draws_runs_and_says_how_they_went),
        cmocka_unit_test(seeds_of_one_model_are_one_curve_with_a_band),
        cmocka_unit_test(the_sentence_says_where_the_run_stands),
        cmocka_unit_test(runs_without_epochs_are_skipped_or_refused),
        cmocka_unit_test(the_figure_of_a_table_has_a_point_for_each_model),
        cmocka_unit_test(dashes_join_the_models_that_no_other_beats_in_both_scores),
        cmocka_unit_test(figures_have_the_same_bytes_again_and_need_no_home),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
