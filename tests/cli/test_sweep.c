/* The command sweep and grids in experiments: runs, labels and folders; stopped, killed, extended
   and refused ones. */
#include "shell.h"
#include "tiny.h"

#include <stdio.h>
#include <string.h>

#define SWEEP "$L sweep tiny.json --data faces.lkd --epochs 2 "
#define LR    "--grid optimizer.lr=1e-2,1e-3 "

static int begin(void **state) {
    (void)state;
    lk_test_tiny("cli_sweep", 110, TINY_CONFIG(""), folder);
    check(SWEEP LR "--grid seed=1,2 --out DIR >printed 2>messages");
    return 0;
}

static void every_combination_is_a_run_and_a_row(void **state) {
    (void)state;
    check("ls DIR | tr '\\n' ' '");
    assert_string_equal(out, "base.json figure.png lr_0.001-s1 lr_0.001-s2 lr_0.01-s1 lr_0.01-s2 "
                             "report.html results table.md ");
    check("cat messages");
    assert_contains(out, "run 1 of 4: lr=0.01, seed 1, in DIR/lr_0.01-s1");
    check("cmp printed DIR/table.md && $L table DIR | cmp - printed && cat printed");
    assert_contains(out, "| lr=0.01 | 2 |");
    assert_contains(out, "| lr=0.001 | 2 |");
    check("$L config print DIR/lr_0.001-s2/config.json");
    assert_contains(out, "\"lr\": 0.001");
    assert_contains(out, "\"seed\": 2");
}

static void a_second_call_does_nothing_again(void **state) {
    (void)state;
    check("find DIR -name '*.safetensors' -o -name base.json | xargs stat -c '%%n %%y' "
          ">before; " SWEEP LR
          "--grid seed=1,2 --out DIR >again 2>messages && cmp again printed && find DIR "
          "-name '*.safetensors' -o -name base.json | xargs stat -c '%%n %%y' | cmp - before "
          "&& ! grep 'run .* of' messages");
}

static void more_values_join_those_that_are_there(void **state) {
    (void)state;
    check("cp -r DIR more && " SWEEP "--grid optimizer.lr=1e-3,3e-3 --grid seed=1,2,3 --out more "
          ">table 2>messages && grep -c '^run .* of' messages");
    assert_string_equal(out, "4\n");
    check("cat table && cmp DIR/lr_0.01-s1/model.safetensors more/lr_0.01-s1/model.safetensors");
    assert_contains(out, "| lr=0.001 | 3 |");
    assert_contains(out, "| lr=0.003 | 3 |");
    assert_contains(out, "| lr=0.01 | 2 |");
    check(SWEEP "--grid optimizer.lr=1e-3 --set seed=4 --out more 2>/dev/null");
    assert_contains(out, "| lr=0.001 | 4 |");
}

static void a_folder_of_something_else_is_refused_and_left(void **state) {
    (void)state;
    check("cp -r DIR kept");
    assert_int_equal(run(SWEEP LR "--out DIR --set model.latent=5"), 2);
    assert_contains(out, "DIR/base.json: a sweep of another config: model.latent: 6 and 5");
    check("$L prepare --synthetic 120 --seed 9 --size 16 --out other.lkd 2>&1");
    /* no run is in the grid and in the folder, but the table would show all */
    assert_int_equal(run("$L sweep tiny.json --epochs 2 --data other.lkd --grid "
                         "optimizer.lr=0.5 --out DIR"),
                     2);
    assert_contains(out, "DIR/results/lr_0.0");
    assert_contains(out, "a result on another pack: fingerprint ");
    check("diff -r DIR kept && rm kept/base.json && cp -r kept earlier");
    assert_int_equal(run(SWEEP LR "--out kept"), 2);
    assert_contains(out, "a result that is not of a sweep: use another --out");
    check("diff -r kept earlier");
}

static void another_axis_joins_the_runs_that_are_there(void **state) {
    (void)state;
    check("rm -rf more && cp -r DIR more && " SWEEP
          "--grid optimizer.lr=1e-3 --grid model.latent=3,6 --grid seed=1,3 --out more >table "
          "2>messages && ls more | tr '\\n' ' '");
    assert_string_equal(
        out, "base.json figure.png lr_0.001-latent_3-s1 lr_0.001-latent_3-s3 lr_0.001-s1 "
             "lr_0.001-s2 lr_0.001-s3 lr_0.01-s1 lr_0.01-s2 report.html results table.md ");
    check("cat table messages && $L table more | cmp - table");
    assert_contains(out, "| lr=0.001, latent=6 | 3 |");
    assert_contains(out, "| lr=0.001, latent=3 | 2 |");
    assert_contains(out, "| lr=0.01, latent=6 | 2 |");
    assert_contains(out, "lr=0.001, seed 3, in more/lr_0.001-s3");
}

static void runs_that_are_not_done_are_rows_with_the_same_labels(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    assert_int_equal(
        run("rm -rf begun; SIGNAL_AT='file 1 15 1' SIGNAL_AT_FILE=lr_0.001-s1/checkpoints/.last "
            "LD_PRELOAD=$SHIM " SWEEP LR "--grid seed=1,2 --out begun"),
        75);
    check("$L table begun");
    assert_contains(out, "| lr=0.01 | 1 | ");
    assert_contains(out, "| lr=0.01, seed 2 | – | not started |");
    assert_contains(out, "| lr=0.001, seed 1 | – | epoch ");
    assert_contains(out, "| lr=0.001, seed 2 | – | not started |");
    check("$L info begun");
    assert_contains(out, "begun/lr_0.01-s1 ");
    assert_contains(out, "begun/lr_0.001-s1 ");
    assert_null(strstr(out, "results/lr_0.01-s1.json"));
}

static void a_run_that_diverges_ends_no_others(void **state) {
    (void)state;
    for (int jobs = 1; jobs <= 2; jobs++) {
        char command[512];
        snprintf(command, sizeof command,
                 "%s--grid optimizer.lr=1e30,1e-3 --out wild%d --threads 2 --jobs %d 2>messages "
                 ">table; code=$?; cat table messages; exit $code",
                 SWEEP, jobs, jobs);
        assert_int_equal(run("%s", command), 4);
        assert_contains(out, "| diverged at step ");
        assert_contains(out, "| lr=0.001 | 1 | ");
        assert_contains(out, "1 of 2 runs diverged: lr=1e+30, seed 1: ");
        check("cmp DIR/lr_0.001-s1/model.safetensors wild%d/lr_0.001-s1/model.safetensors && "
              "cmp table wild%d/table.md && $L table wild%d | cmp - table && "
              "ls wild%d/figure.png",
              jobs, jobs, jobs, jobs);
        /* a second time it says so, and trains nothing */
        assert_int_equal(run("%s", command), 4);
        assert_contains(out, "lr=1e+30, seed 1: has diverged before and is not trained again");
        assert_contains(out, "| diverged at step ");
        assert_null(strstr(out, "run 1 of 2"));
    }
}

static void a_run_that_diverged_is_trained_again_with_another_config(void **state) {
    (void)state;
#define WILD                                                                                       \
    "sed \"s/RATE/$RATE/\" wild.txt >wild.json; $L reproduce wild.json --data faces.lkd --out "    \
    "wild "                                                                                        \
    "--epochs 1"
    put_text("wild.txt",
             "{ \"name\": \"wild\", \"runs\": [ { \"config\": \"tiny.json\", \"label\": "
             "\"AE\", \"name\": \"ae\", \"set\": { \"optimizer.lr\": RATE } } ] }");
    assert_int_equal(run("RATE=1e30; " WILD), 4);
    assert_int_equal(run("RATE=1e30; " WILD), 4);
    assert_contains(out, "AE, seed 1: has diverged before");
    check("$L prepare --synthetic 120 --seed 9 --size 16 --out wide.lkd 2>&1");
    assert_int_equal(
        run("RATE=1e30; cp -r wild wide && sed \"s/RATE/$RATE/\" wild.txt >wild.json && "
            "$L reproduce wild.json --data wide.lkd --out wide --epochs 1"),
        4);
    assert_null(strstr(out, "has diverged before"));
    check("RATE=1e-3; " WILD);
    assert_contains(out, "| AE | 1 |");
}

static void a_grid_in_an_experiment_is_done_for_each_of_its_runs(void **state) {
    (void)state;
    put_text("grid.json",
             "{ \"name\": \"grid\", \"grid\": { \"optimizer.lr\": [1e-2, 1e-3], \"seed\": "
             "[1, 2] }, \"runs\": [\n"
             "{ \"config\": \"tiny.json\", \"label\": \"AE\", \"name\": \"ae\" },\n"
             "{ \"config\": \"tiny.json\", \"label\": \"VAE\", \"name\": \"vae\", \"set\": "
             "{ \"model.type\": \"vae\" } } ] }\n");
    check("$L config check grid.json 2>&1");
    assert_contains(out, "4 runs, 2 seeds");
    check("$L reproduce grid.json --data faces.lkd --out grid --epochs 2 2>messages");
    assert_contains(out, "| AE, lr=0.01 | 2 |");
    assert_contains(out, "| VAE, lr=0.001 | 2 |");
    /* the same bytes as those of the sweep, apart from the name in the config */
    check("cmp grid/ae-lr_0.01-s2/checkpoints/../test.json DIR/lr_0.01-s2/test.json && ls -d "
          "grid/vae-lr_0.001-s1");
}

static void names_are_valid_whatever_the_values_are(void **state) {
    (void)state;
    check(SWEEP "--grid 'reconstruction.windows=[3,5],[7]' --grid reconstruction.type=lwssim "
                "--grid 'reconstruction.weights=[1,1],[1]' --out names 2>&1 || true");
    assert_contains(out, "weights"); /* two windows and one weight do not fit */
    check(SWEEP "--grid 'reconstruction.windows=[3,5],[7,9]' --grid reconstruction.type=lwssim "
                "--grid 'reconstruction.weights=[1,1],[0.5,1]' --out names 2>&1");
    assert_contains(out, "| windows=[3,5], reconstruction=lwssim, weights=[1,1] | 1 |");
    check("ls -d names/*-s1 && ! ls names | grep '[^A-Za-z0-9_.-]'");
    check(SWEEP "--grid 'model={\"type\":\"vae\",\"latent\":3},{\"type\":\"ae\"}' "
                "--set train.steps=2 --out objects >table 2>&1; ls objects && ! ls objects | grep "
                "'[^A-Za-z0-9_.-]'");
}

static void a_config_from_a_pipe_is_read_once(void **state) {
    (void)state;
    check("cat tiny.json | $L sweep - --data faces.lkd --epochs 2 " LR
          "--out piped 2>&1 && for r in 0.01 0.001; do cmp DIR/lr_$r-s1/model.safetensors "
          "piped/lr_$r-s1/model.safetensors || exit 1; done");
}

static void a_stopped_or_killed_sweep_continues_to_the_same_bytes(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    assert_int_equal(run("SIGNAL_AT='file 1 15 1' SIGNAL_AT_FILE=lr_0.001-s1/checkpoints/.last "
                         "LD_PRELOAD=$SHIM " SWEEP LR "--grid seed=1,2 --out parts"),
                     75);
    assert_contains(out, "stopped in run 2 of 4 (lr=0.001, seed 1), saved; the same command");
    int kills = 0, code = 137;
    for (int i = 0; i < 24 && code != 0; i++) {
        char command[512];
        snprintf(command, sizeof command, "SIGNAL_AT='file %d 9 1' LD_PRELOAD=$SHIM %s",
                 90 + 83 * i, SWEEP LR "--grid seed=1,2 --out parts");
        code = run("%s", command);
        kills += code == 137;
        if (code != 0 && code != 137)
            fail_msg("expected exit code 0 or 137, got %d: %s", code, out);
    }
    assert_int_equal(code, 0);
    assert_true(kills > 3);
    check("diff -r DIR/results parts/results && cmp DIR/table.md parts/table.md && cmp "
          "DIR/figure.png parts/figure.png && cmp DIR/base.json parts/base.json && for r in "
          "0.01-s1 0.01-s2 0.001-s1 0.001-s2; do cmp DIR/lr_$r/model.safetensors "
          "parts/lr_$r/model.safetensors || exit 1; done");
}

/* The first file of a sweep is its base; a kill around it leaves a folder that is taken up. */
static void a_kill_at_the_first_files_is_no_obstacle(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    for (int n = 1; n <= 7; n++) {
        char command[512];
        snprintf(
            command, sizeof command,
            "rm -rf first; SIGNAL_AT='file %d 9 1' SIGNAL_AT_FILE=first/.base LD_PRELOAD=$SHIM "
            "$L sweep tiny.json --data faces.lkd --grid seed=1 --set train.steps=1 "
            "--out first",
            n);
        int code = run("%s", command);
        if (code != 137 && code != 0) fail_msg("%d: %s", code, out);
        check("$L sweep tiny.json --data faces.lkd --grid seed=1 --set train.steps=1 --out "
              "first 2>&1 && ls first/base.json && ! ls -A first | grep tmp");
    }
}

static void wrong_grids_are_refused_before_anything_is_written(void **state) {
    (void)state;
    static const struct {
        const char *words, *message;
    } rows[] = {
        { "", "--grid is missing" },
        { "--grid optimizer.lrr=1,2", "optimizer: unknown key \"lrr\", did you mean \"lr\"?" },
        { "--grid optimizer.lr=1e-3,fast", "grid optimizer.lr=\"fast\": optimizer.lr: expected" },
        { "--grid reconstruction.type=mse,sim", "did you mean \"ssim\"?" },
        { "--grid optimizer.lr=1e-2,0.01", "expected different values, got 0.01 twice" },
        { "--grid optimizer.lr=.5,0.5", "expected different values, got 0.5 twice" },
        { "--grid optimizer.lr=1 --grid optimizer.lr=2", "got the key optimizer.lr twice" },
        { "--grid model=vae --grid model.type=ae", "got the key model.type twice" },
        { "--grid optimizer.lr=1,,2", "expected a value, got nothing" },
        { "--grid optimizer.lr=", "expected a value, got nothing" },
        { "--grid optimizer.lr", "expected KEY=VALUE,VALUE" },
        { "--grid reconstruction.windows=[3],[5] --grid reconstruction.type=mse",
          "reconstruction: unknown key \"windows\"" },
        { "--grid name=a,b", "no number of a run depends on name" },
        { "--grid seed=1,1", "expected different seeds, got 1 twice" },
        { "--grid seed=1,x", "seed[1]: expected a whole number" },
        { "--grid optimizer.lr=1,2 --set optimizer.lr=3",
          "optimizer.lr=3: the grid already has the values of optimizer.lr" },
        { "--grid model.latent=$(seq -s, 1 17) --grid train.batch_size=$(seq -s, 1 17)",
          "expected at most 256 combinations of values, got 289" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        char command[512];
        snprintf(command, sizeof command, "%s--out x %s", SWEEP, rows[i].words);
        int code = run("%s", command);
        if (code != 2) fail_msg("%s: expected exit code 2, got %d: %s", rows[i].words, code, out);
        assert_contains(out, rows[i].message);
    }
    assert_int_equal(run("ls x"), 2);
}

static void wrong_grids_of_experiments_are_named_with_their_line(void **state) {
    (void)state;
    static const struct {
        const char *keys, *message;
    } rows[] = {
        { "\"grid\": 3", "wrong.json:2: grid: expected an object, got 3" },
        { "\"grid\": { \"optimizer.lr\": 1 }",
          "wrong.json:2: grid.optimizer.lr: expected a list of values, got 1" },
        { "\"grid\": { \"optimizer.lr\": [] }", "wrong.json:2: grid.optimizer.lr: " },
        { "\"grid\": { \"seed\": [1, 1] }", "wrong.json:2: grid.seed: expected different seeds" },
        { "\"seeds\": [1], \"grid\": { \"seed\": [1, 2] }", "wrong.json:2: seeds: expected seeds" },
        { "\"grid\": { \"optimizer.rl\": [1] }", "unknown key \"rl\"" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "{ \"name\": \"w\",\n%s, \"runs\": [ { \"config\": \"tiny.json\", \"label\": "
                 "\"a\" } ] }",
                 rows[i].keys);
        put_text("wrong.json", text);
        assert_int_equal(run("$L config check wrong.json"), 2);
        assert_contains(out, rows[i].message);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_combination_is_a_run_and_a_row),
        cmocka_unit_test(a_second_call_does_nothing_again),
        cmocka_unit_test(more_values_join_those_that_are_there),
        cmocka_unit_test(a_folder_of_something_else_is_refused_and_left),
        cmocka_unit_test(another_axis_joins_the_runs_that_are_there),
        cmocka_unit_test(runs_that_are_not_done_are_rows_with_the_same_labels),
        cmocka_unit_test(a_run_that_diverges_ends_no_others),
        cmocka_unit_test(a_run_that_diverged_is_trained_again_with_another_config),
        cmocka_unit_test(a_grid_in_an_experiment_is_done_for_each_of_its_runs),
        cmocka_unit_test(names_are_valid_whatever_the_values_are),
        cmocka_unit_test(a_config_from_a_pipe_is_read_once),
        cmocka_unit_test(a_stopped_or_killed_sweep_continues_to_the_same_bytes),
        cmocka_unit_test(a_kill_at_the_first_files_is_no_obstacle),
        cmocka_unit_test(wrong_grids_are_refused_before_anything_is_written),
        cmocka_unit_test(wrong_grids_of_experiments_are_named_with_their_line),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
