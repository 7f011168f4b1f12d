/* Hints for words of other programs, and what config print and check take. */
#include "shell.h"
#include "tiny.h"

#include <stdio.h>
#include <string.h>

static int begin(void **state) {
    (void)state;
    lk_test_tiny("cli_hints", 110, TINY_CONFIG(""), folder);
    return 0;
}

static void words_of_other_programs_point_to_ours(void **state) {
    (void)state;
    static const struct {
        const char *set, *message;
    } rows[] = {
        { "learning_rate=1", "unknown key \"learning_rate\"; here it is \"optimizer.lr\"" },
        { "lr=2", "--set lr=2: unknown key \"lr\"; here it is \"optimizer.lr\"" },
        { "train.lr=2", "train: unknown key \"lr\"; here it is \"optimizer.lr\"" },
        { "latent_dim=2", "here it is \"model.latent\"" },
        { "model.latent_dim=2", "model: unknown key \"latent_dim\"; here it is \"model.latent\"" },
        { "loss=mse", "here it is \"reconstruction.type\"" },
        { "batch_size=2", "here it is \"train.batch_size\"" },
        { "epochs=2", "here it is \"train.epochs\"" },
        { "max_epochs=2", "here it is \"train.epochs\"" },
        { "weight_decay=0", "here it is \"optimizer.weight_decay\"" },
        { "hidden_dims=[32,64]", "here it is \"model.architecture\"" },
        { "exp_params.kld_weight=1", "unknown key \"exp_params\"; its keys are in \"train\"" },
        { "kld_weight=1", "here it is \"regularizer.weight\"" },
        { "beta=4", "here it is \"regularizer.weight\" or \"reconstruction.beta\"" },
        { "gamma=4", "\"reconstruction.gamma\" or ... \"optimizer.schedule.gamma\"" },
        { "gpus=1", "training runs on processors" },
        { "Gpus=1", "training runs on processors" },
        { "train.num_workers=4", "use the option --threads" },
        { "optimizer._target_=adam", "here it is \"type\"" },
        /* near words of the section go on as before */
        { "optimizer.lrr=1", "optimizer: unknown key \"lrr\", did you mean \"lr\"?" },
        { "train.batchsize=1", "did you mean \"batch_size\"?" },
        { "train.epoch=1", "did you mean \"epochs\"?" },
        { "reconstruction.windows=[3]", "reconstruction: unknown key \"windows\", known:" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        char command[256];
        snprintf(command, sizeof command, "$L config check tiny.json --set '%s'", rows[i].set);
        if (run("%s", command) != 2) fail_msg("%s: expected exit code 2: %s", rows[i].set, out);
        assert_contains(out, rows[i].message);
    }
    put_text("theirs.json", "{\n\"model_params\": {},\n\"lr\": 1 }");
    assert_int_equal(run("$L train theirs.json --data faces.lkd --out x"), 2);
    assert_contains(out, "theirs.json:2: unknown key \"model_params\"; its keys are in \"model\"");
}

static void keys_without_set_are_told_how_to_change(void **state) {
    (void)state;
    assert_int_equal(run("$L train tiny.json --data faces.lkd --lr 3"), 2);
    assert_contains(out,
                    "unknown option --lr; it is a key of the config: --set optimizer.lr=VALUE");
    assert_int_equal(run("$L train tiny.json --data faces.lkd --batch-size=3"), 2);
    assert_contains(out, "--set train.batch_size=VALUE");
    assert_int_equal(run("$L train tiny.json optimizer.lr=3 --data faces.lkd"), 2);
    assert_contains(out,
                    "unexpected word \"optimizer.lr=3\"; to change a key: --set optimizer.lr=3");
    assert_int_equal(run("$L train tiny.json --data faces.lkd --epoch 3"), 2);
    assert_contains(out, "unknown option --epoch, did you mean --epochs?");
}

static void yaml_is_named(void **state) {
    (void)state;
    static const char *const texts[] = { "model_params:\n  name: 'VAE'\n", "# mine\nlr: 1\n",
                                         "---\nlr: 1\n", "- a\n- b\n" };
    for (size_t i = 0; i < LK_COUNT(texts); i++) {
        put_text("c.yaml", texts[i]);
        assert_int_equal(run("$L train c.yaml --data faces.lkd --out x"), 2);
        assert_contains(out, "c.yaml: expected JSON, got YAML");
    }
    put_text("c.json", "{ name: 1 }");
    assert_int_equal(run("$L config check c.json"), 2);
    assert_contains(out, "c.json:1: ");
    assert_int_equal(run("$L config check c.json 2>&1 | grep YAML"), 1);
}

static void print_takes_runs_and_experiments(void **state) {
    (void)state;
    put_text("two.json",
             "{ \"name\": \"two\", \"seeds\": [1, 5], \"grid\": {\"optimizer.lr\": [1, 2]}, "
             "\"runs\": [{ \"config\": \"tiny.json\", \"label\": \"AE\" }] }");
    check("$L train tiny.json --data faces.lkd --steps 2 --out r 2>&1");
    check("$L config print r >a && diff a r/config.json && "
          "$L config check r --size 16 2>&1");
    check("$L config print two.json --size 16");
    assert_contains(out, "\"seeds\": [1, 5]");
    assert_contains(out, "\"label\": \"AE, lr=2\"");
    assert_contains(out, "\"lr\": 2");
    assert_contains(out, "\"out\": 6");
    assert_int_equal(run("mkdir none; $L config print none"), 2);
    assert_contains(out, "none: not a regular file");
}

static void check_with_a_size_finds_what_train_would_refuse(void **state) {
    (void)state;
    put_text("one.json", "{ \"name\": \"one\", \"runs\": [{ \"config\": \"tiny.json\", \"label\": "
                         "\"AE\" }] }");
    check("$L config check tiny.json --size 16 2>&1 && $L config check "
          "one.json --size 16 2>&1");
    assert_int_equal(run("$L config check tiny.json --size 32"), 2);
    assert_contains(out, "expected the images' shape");
    assert_int_equal(run("$L config check one.json --size 32"), 2);
    assert_contains(out, "AE: ");
    assert_int_equal(run("$L config check tiny.json --size 16 --set reconstruction=lwssim "
                         "--set 'reconstruction.windows=[17]' --set 'reconstruction.weights=[1]'"),
                     2);
}

/* The message is the one of train, and nothing is written. */
static void check_with_a_pack_finds_what_train_would_refuse(void **state) {
    (void)state;
    static const struct {
        const char *before, *sets, *message;
        int code;
    } rows[] = {
        { "", "--set train.batch_size=101",
          "faces.lkd: the pack: expected at least 101 train pictures", 3 },
        { "", "--set 'model.architecture.decoder.1.shape=[8,2,2]'",
          "on faces.lkd, pictures of 3 x 16 x 16: ", 2 },
        { "",
          "--set reconstruction=lwssim --set 'reconstruction.windows=[17]' --set "
          "'reconstruction.weights=[1]'",
          "on faces.lkd, pictures of 3 x 16 x 16: ", 2 },
        { "ulimit -m 1; ", "", "GB of memory (parameters and what goes with them ", 2 },
    };
    put_text("one.json",
             "{ \"name\": \"one\", \"runs\": [{ \"config\": \"tiny.json\", \"label\": "
             "\"A\" }, { \"config\": \"tiny.json\", \"name\": \"b\", \"label\": \"B\" }] }");
    assert_int_equal(run("$L config check tiny.json --data faces.lkd 2>&1 && $L config "
                         "check one.json --data faces.lkd 2>&1"),
                     0);
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        int code =
            run("rm -rf x; %s$L train tiny.json --data faces.lkd --out x %s 2>a; echo $? >>a; "
                "$L config check tiny.json --data faces.lkd %s 2>b; echo $? >>b; diff a b "
                ">&2 && ! ls x 2>/dev/null && cat a >&2 && exit $(tail -n 1 b)",
                rows[i].before, rows[i].sets, rows[i].sets);
        if (code != rows[i].code) fail_msg("%s: %s", rows[i].sets, out);
        assert_contains(out, rows[i].message);
        /* of an experiment every run is named */
        code = run("%s$L config check one.json --data faces.lkd %s", rows[i].before, rows[i].sets);
        if (code != rows[i].code) fail_msg("%s: %s", rows[i].sets, out);
        assert_contains(out, "likeness: A: ");
        assert_contains(out, "\nlikeness: B: ");
    }
    /* an experiment is also tested */
    assert_int_equal(run("$L prepare --synthetic 40 --size 16 --test 0 --out train.lkd && "
                         "$L config check tiny.json --data train.lkd"),
                     0);
    assert_int_equal(run("$L config check one.json --data train.lkd"), 3);
    assert_contains(out,
                    "train.lkd: expected at least 2 training pictures and 1 test picture, got ");
    assert_int_equal(run("$L config check tiny.json --data none.lkd"), 3);
    assert_contains(out, "none.lkd");
    assert_int_equal(run("$L config print tiny.json --data faces.lkd"), 2);
    assert_contains(out, "--data: config print takes no pack");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_other_programs_point_to_ours),
        cmocka_unit_test(keys_without_set_are_told_how_to_change),
        cmocka_unit_test(yaml_is_named),
        cmocka_unit_test(print_takes_runs_and_experiments),
        cmocka_unit_test(check_with_a_size_finds_what_train_would_refuse),
        cmocka_unit_test(check_with_a_pack_finds_what_train_would_refuse),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
