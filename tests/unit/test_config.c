/* The config: defaults, errors with their places, extends, sets, another type, the resolved text,
   differences, schema, help. */
#include "base/file.h"
#include "config/sections.h"
#include "support.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[LK_PATH_MAX];

/* In the group's scratch folder. */
static const char *path_of(const char *name) {
    return lk_test_path(folder, name);
}

static void put(const char *name, const char *text) {
    lk_test_write(path_of(name), text, strlen(text));
}

static lk_status parse(const char *text, lk_config *config, lk_error *err) {
    return lk_config_parse_text(text, strlen(text), "c.json", NULL, 0, config, err);
}

/* The resolved config as one text; the caller ends it with lk_text_deinit. */
static lk_text printed(const lk_config *config) {
    lk_text out = { 0 };
    lk_error err;
    assert_ok(lk_config_print(config, 64, &out, &err), &err);
    return out;
}

static void an_empty_config_has_every_default(void **state) {
    (void)state;
    lk_config config;
    lk_error err;
    assert_ok(parse("{}", &config, &err), &err);
    assert_string_equal(config.name, "");
    assert_int_equal(config.seed, 1);
    assert_string_equal(config.model.chosen.choice->name, "ae");
    assert_int_equal(lk_shape_size(lk_config_code(&config)), 128);
    assert_string_equal(config.model.architecture.preset, "compact");
    assert_int_equal(config.model.architecture.width, 0);
    assert_int_equal(config.model.engine, LK_ENGINE_AUTO);
    assert_int_equal(config.model.initializer, LK_INITIALIZE_TORCH);
    assert_string_equal(config.reconstruction.chosen.choice->name, "mse");
    assert_near(config.reconstruction.scale, 1, 0);
    assert_string_equal(config.regularizer.chosen.choice->name, "none");
    assert_string_equal(config.optimizer.chosen.choice->name, "adam");
    assert_near(config.optimizer.lr, 1e-3, 0);
    assert_near(config.optimizer.average, 0, 0);
    assert_string_equal(config.optimizer.schedule.chosen.choice->name, "constant");
    assert_int_equal(config.train.batch_size, 64);
    assert_int_equal(config.train.epochs, 20);
    assert_int_equal(config.train.steps, 0);
    assert_true(config.train.flip);
    char where[64];
    assert_string_equal(lk_config_where(&config, "train.epochs", where, sizeof where), "(default)");
    lk_config_deinit(&config);
}

static void wrong_configs_say_where_and_what(void **state) {
    (void)state;
    static const struct {
        const char *text, *part;
    } rows[] = {
        { "", "c.json:1: expected ... got the end of the text" },
        { "[]", "c.json:1: expected an object ... got an empty list" },
        { "3", "c.json:1: expected an object ... got 3" },
        { "{\n\"tarin\": {}}", "c.json:2: unknown key \"tarin\", did you mean \"train\"?" },
        { "{\"train\": 3}", "c.json:1: train: expected an object ... got 3" },
        { "{\"train\": null}", "c.json:1: train: expected an object ... got null" },
        { "{\"train\": {\n\"batchsize\": 3}}",
          "c.json:2: train: unknown key \"batchsize\", did you mean \"batch_size\"?" },
        { "{\"train\": {\"batch_size\": \"64\"}}",
          "train.batch_size: expected a whole number from 1 to 65536 ... got \"64\" (a string)" },
        { "{\"train\": {\"epochs\": 0}}",
          "train.epochs: expected a whole number from 1 to 1000000 ... got 0" },
        { "{\"train\": {\n\n\"shards\": 3}}", "c.json:3: train.shards: expected 0 or a power of "
                                              "two of at most batch_size (64) ... got 3" },
        { "{\"train\": {\"shards\": 8,\n\"batch_size\": 4}}",
          "c.json:1: train.shards: expected 0 or a power of two ... got 8" },
        { "{\"train\": {\"type\": \"x\"}}", "train: unknown key \"type\"" },
        { "{\"seed\": -1}", "seed: expected a whole number from 0 to 9007199254740991 ... got -1" },
        { "{\"seed\": 0.5}", "seed: expected a whole number ... got 0.5" },
        { "{\"name\": 1}", "name: expected a string ... got 1" },
        { "{\"model\": {\"type\": \"ea\"}}", "model: unknown type \"ea\"" },
        { "{\"model\": {\"latent\": 65537}}",
          "model.latent: expected a whole number from 1 to 65536 ... got 65537" },
        { "{\"model\": {\"engine\": \"imcol\"}}",
          "model.engine: expected auto, im2col or winograd ... got \"imcol\" (a string); did you "
          "mean \"im2col\"?" },
        { "{\"model\": {\"architecture\": 3}}",
          "c.json:1: model.architecture: expected ... got 3" },
        { "{\"optimizer\": {\"lr\": -1}}",
          "optimizer.lr: expected a number from 0 to 1e+37 ... got -1" },
        { "{\"optimizer\": {\"momentum\": 0.9}}", "optimizer: unknown key \"momentum\"" },
        { "{\"optimizer\": {\"type\": \"sdg\"}}",
          "optimizer: unknown type \"sdg\", did you mean \"sgd\"?" },
        { "{\"optimizer\": {\"schedule\": \"cosine\"}}",
          "optimizer.schedule: expected an object ... got \"cosine\" (a string)" },
        { "{\"optimizer\": {\"schedule\":\n{\"type\": \"cosin\"}}}",
          "c.json:2: optimizer.schedule: unknown type \"cosin\", did you mean \"cosine\"?" },
        { "{\"optimizer\": {\"schedule\": {\"gamma\": 0.5}}}",
          "optimizer.schedule: unknown key \"gamma\", known: type, warmup_steps" },
        { "{\"optimizer\": {\"schedule\": {\"type\": \"step\", \"gamma\": 2}}}",
          "optimizer.schedule.gamma: expected a number from 0 to 1 ... got 2" },
        { "{\"reconstruction\": {\"scale\": 0}}",
          "reconstruction.scale: expected a number from 1e-09 to 1000000000 ... got 0" },
        { "{\"regularizer\": {\n\"type\": \"kl\"}}", "c.json:2: regularizer.type: \"kl\" ... "
                                                     "those of model \"ae\" are not" },
        { "{\"model\": {\"type\": \"mmd\"}, \"regularizer\": {\"type\":\n\"kl\"}}",
          "those of model \"mmd\" are not" },
        /* an ae asks nothing of its codes */
        { "{\"regularizer\": {\"weight\": 1}}", "c.json:1: regularizer: unknown key \"weight\"" },
        { "{\"model\": {\"type\": \"mmd\"}, \"train\": {\n\"batch_size\": 1}}",
          "c.json:2: train.batch_size: expected at least 2, as regularizer \"mmd\" compares codes "
          "with each other ... got 1" },
        { "{\"model\": {\"type\": \"mmd\"}, \"regularizer\": {\"kernel\": \"imk\"}}",
          "expected imq or rbf ... did you mean \"imq\"?" },
        { "{\"model\": {\"type\": \"mmd\"}, \"regularizer\": {\"scales\": [1, 0]}}",
          "regularizer.scales[1]: expected ... got 0" },
        { "{\"extends\": \"a.json\"}", "c.json:1: unknown key \"extends\"" },
        { "{\"seed\": 1, \"seed\": 2}", "c.json:1: got the key \"seed\" twice" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_config config;
        lk_error err = { "" };
        if (parse(rows[i].text, &config, &err) != LK_USAGE) fail_msg("accepted: %s", rows[i].text);
        assert_contains(err.text, rows[i].part);
    }
}

static void given_values_are_taken_with_their_places(void **state) {
    (void)state;
    lk_config config;
    lk_error err;
    char where[64];
    assert_ok(parse("{\"name\": \"x\", \"seed\": 9007199254740991,\n\"model\": {\"architecture\": "
                    "{\"encoder\": [{\"type\": \"flatten\"}], "
                    "\"decoder\": [{\"type\": \"sigmoid\"}]}, \"engine\": \"im2col\"},\n"
                    "\"optimizer\": {\"type\": \"sgd\",\n\"schedule\": {\"type\": \"step\", "
                    "\"warmup_steps\": 5}}, \"train\": {\"shards\": 4}}",
                    &config, &err),
              &err);
    assert_true(config.seed == 9007199254740991);
    assert_string_equal(config.model.architecture.preset, "");
    assert_int_equal(config.model.architecture.encoder.n, 1);
    assert_int_equal(config.model.engine, LK_ENGINE_IM2COL);
    assert_string_equal(config.optimizer.schedule.chosen.choice->name, "step");
    assert_int_equal(config.optimizer.schedule.warmup_steps, 5);
    assert_int_equal(config.train.shards, 4);
    assert_string_equal(lk_config_where(&config, "model.engine", where, sizeof where), "c.json:2");
    assert_string_equal(lk_config_where(&config, "optimizer.schedule.gamma", where, sizeof where),
                        "c.json:4");
    assert_string_equal(lk_config_where(&config, "reconstruction.scale", where, sizeof where),
                        "(default)");
    lk_config_deinit(&config);
}

/* ---- extends ---- */

static void extends_merges_object_by_object_relative_to_the_naming_file(void **state) {
    (void)state;
    lk_config config;
    lk_error err;
    char where[LK_PATH_MAX];
    assert_ok(lk_folder_create(path_of("sub/deep"), &err), &err);
    put("base.json", "{\"name\": \"base\", \"seed\": 3,\n\"train\": {\"epochs\": 7, "
                     "\"batch_size\": 32}, \"model\": {\"architecture\": \"wae\"}}");
    put("sub/middle.json", "{\"$schema\": \"s\", \"extends\": \"../base.json\", \"name\": "
                           "\"middle\", \"train\": {\"epochs\": 8}}");
    put("sub/deep/top.json", "{\"extends\": \"../middle.json\",\n\n\"train\": {\"flip\": false}}");
    assert_ok(lk_config_load(path_of("sub/deep/top.json"), NULL, 0, &config, &err), &err);
    assert_string_equal(config.name, "middle");
    assert_int_equal(config.seed, 3);
    assert_int_equal(config.train.epochs, 8);
    assert_int_equal(config.train.batch_size, 32);
    assert_false(config.train.flip);
    assert_string_equal(config.model.architecture.preset, "wae");
    assert_contains(lk_config_where(&config, "train.batch_size", where, sizeof where),
                    "base.json:2");
    assert_contains(lk_config_where(&config, "train.epochs", where, sizeof where), "middle.json:1");
    assert_contains(lk_config_where(&config, "train.flip", where, sizeof where), "top.json:3");
    lk_config_deinit(&config);
}

/* What no section says either: the layers of a network. */
static void objects_inside_a_section_are_merged_too(void **state) {
    (void)state;
    lk_config config;
    lk_error err;
    put("layers.json", "{\"model\": {\"architecture\": {\"encoder\": [{\"type\": \"flatten\"}], "
                       "\"decoder\": [{\"type\": \"tanh\"}]}}}");
    put("over_layers.json", "{\"extends\": \"layers.json\", \"model\": {\"architecture\": "
                            "{\"decoder\": [{\"type\": \"sigmoid\"}]}}}");
    assert_ok(lk_config_load(path_of("over_layers.json"), NULL, 0, &config, &err), &err);
    lk_text out = printed(&config);
    assert_contains(out.data, "\"type\": \"flatten\"");
    assert_contains(out.data, "\"type\": \"sigmoid\"");
    assert_null(strstr(out.data, "tanh"));
    lk_text_deinit(&out);
    lk_config_deinit(&config);
}

static void an_absolute_extends_is_taken_as_it_is(void **state) {
    (void)state;
    lk_config config;
    lk_error err;
    char text[LK_PATH_MAX + 64];
    put("absolute_base.json", "{\"seed\": 5}");
    snprintf(text, sizeof text, "{\"extends\": \"%s\"}", path_of("absolute_base.json"));
    put("absolute.json", text);
    assert_ok(lk_config_load(path_of("absolute.json"), NULL, 0, &config, &err), &err);
    assert_int_equal(config.seed, 5);
    lk_config_deinit(&config);
}

static void files_of_the_present_folder_extend_one_another_by_name(void **state) {
    (void)state;
    lk_config config;
    lk_error err;
    char from[LK_PATH_MAX];
    put("near.json", "{\"seed\": 6}");
    put("over_near.json", "{\"extends\": \"near.json\"}");
    assert_non_null(getcwd(from, sizeof from));
    assert_int_equal(chdir(folder), 0);
    lk_status status = lk_config_load("over_near.json", NULL, 0, &config, &err);
    assert_int_equal(chdir(from), 0);
    assert_ok(status, &err);
    assert_int_equal(config.seed, 6);
    lk_config_deinit(&config);
}

static void wrong_extends_name_the_file_and_line(void **state) {
    (void)state;
    char long_name[LK_PATH_MAX + 64];
    put("missing.json", "{\n\"extends\": \"nowhere.json\"}");
    put("number.json", "{\n\"extends\": 3}");
    put("schema.json", "{\"$schema\": 3}");
    put("self.json", "{\"extends\": \"self.json\"}");
    put("one.json", "{\"extends\": \"two.json\"}");
    put("two.json", "{\"seed\": 2,\n\"extends\": \"./one.json\"}");
    put("broken.json", "{\n\n\"a\"}");
    put("over_broken.json", "{\"extends\": \"broken.json\"}");
    put("list.json", "[1]");
    put("over_list.json", "{\"extends\": \"list.json\"}");
    put("typo.json", "{\"train\": {\n\"epoch\": 3}}");
    put("over_object.json", "{\"extends\": \"plain.json\",\n\"train\": 3}");
    put("plain.json", "{\"train\": {\"epochs\": 7}}");
    snprintf(long_name, sizeof long_name, "{\"seed\": 3,\n\"extends\": \"%0*d\"}", LK_PATH_MAX, 0);
    put("long.json", long_name);
    put("over_typo.json", "{\"extends\": \"typo.json\", \"seed\": 2}");
    static const struct {
        const char *name, *part, *and;
    } rows[] = {
        { "absent.json", "absent.json: cannot open: No such file", "" },
        { "missing.json",
          "missing.json:2: extends: ", "nowhere.json: cannot open: No such file or directory" },
        { "number.json", "number.json:2: extends: expected a string ... got 3", "" },
        { "schema.json", "schema.json:1: $schema: expected a string ... got 3", "" },
        { "self.json", "self.json:1: extends: ", "self.json extends itself" },
        { "one.json", "two.json:2: extends: ", "one.json extends itself" },
        { "over_broken.json",
          "over_broken.json:1: extends: ", "/broken.json:3: expected \":\" ... got \"}\"" },
        { "over_list.json",
          "over_list.json:1: extends: ", "/list.json:1: expected an object ... got a list of 1" },
        { "over_object.json", "over_object.json:2: train: expected an object ... got 3", "" },
        { "long.json", "long.json:2: extends: the path is too long", "" },
        { "over_typo.json", "/typo.json:2: train: unknown key \"epoch\", did you mean \"epochs\"?",
          "" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_config config;
        lk_error err = { "" };
        assert_int_equal(lk_config_load(path_of(rows[i].name), NULL, 0, &config, &err), LK_USAGE);
        assert_contains(err.text, rows[i].part);
        assert_contains(err.text, rows[i].and);
    }
}

static void eight_files_may_extend_one_another_and_nine_may_not(void **state) {
    (void)state;
    lk_config config;
    lk_error err;
    for (int i = 0; i < 9; i++) {
        char name[32], text[64];
        snprintf(name, sizeof name, "chain%d.json", i);
        snprintf(text, sizeof text, i ? "{\"extends\": \"chain%d.json\"}" : "{}", i - 1);
        put(name, text);
    }
    assert_ok(lk_config_load(path_of("chain7.json"), NULL, 0, &config, &err), &err);
    lk_config_deinit(&config);
    assert_int_equal(lk_config_load(path_of("chain8.json"), NULL, 0, &config, &err), LK_USAGE);
    assert_contains(err.text, "more than 8 files extend one another");
}

/* ---- sets ---- */

static void sets_change_values_in_their_order(void **state) {
    (void)state;
    put("plain.json", "{\"train\": {\"epochs\": 7}}");
    const char *const sets[] = { "train.epochs=3",
                                 "train.epochs=4",
                                 "name=lwssim",
                                 "optimizer.schedule.type=step",
                                 "optimizer.schedule.step_epochs=2",
                                 "train={\"batch_size\": 8}",
                                 "train.flip=false" };
    lk_config config;
    lk_error err;
    char where[64];
    assert_ok(lk_config_load(path_of("plain.json"), sets, LK_COUNT(sets), &config, &err), &err);
    assert_int_equal(config.train.epochs, 20); /* train={...} replaced the object */
    assert_int_equal(config.train.batch_size, 8);
    assert_false(config.train.flip);
    assert_string_equal(config.name, "lwssim");
    assert_string_equal(config.optimizer.schedule.chosen.choice->name, "step");
    assert_string_equal(lk_config_where(&config, "train.flip", where, sizeof where),
                        "--set train.flip=false");
    lk_config_deinit(&config);
    assert_ok(lk_config_load(path_of("plain.json"), sets, 2, &config, &err), &err);
    assert_int_equal(config.train.epochs, 4);
    lk_config_deinit(&config);
}

static void wrong_sets_name_themselves(void **state) {
    (void)state;
    put("plain.json", "{\"train\": {\"epochs\": 7}}");
    static const struct {
        const char *set, *part;
    } rows[] = {
        { "train.epochs=x", "--set train.epochs=x: train.epochs: expected a whole number from 1 to "
                            "1000000 ... got \"x\" (a string)" },
        { "train.epochs=",
          "--set train.epochs=: train.epochs: expected a whole number ... got \"\" (a string)" },
        { "train.epochs=[3", "got \"[3\" (a string)" },
        { "train.epochs=1e400", "got \"1e400\" (a string)" },
        { "trian.epochs=3",
          "--set trian.epochs=3: unknown key \"trian\", did you mean \"train\"?" },
        { "train.epcohs=3",
          "--set train.epcohs=3: train: unknown key \"epcohs\", did you mean \"epochs\"?" },
        { "train..epochs=3", "train: unknown key \"\"" },
        { "train=3", "--set train=3: train: expected an object ... got 3" },
        { "train.epochs", "--set train.epochs: expected KEY=VALUE, as in train.epochs=3" },
        { "=3", "--set =3: expected KEY=VALUE" },
        { "", "--set : expected KEY=VALUE" },
        { "a\"b=3", "unknown key \"a\\\"b\"" },
        { "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a."
          "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a."
          "a.a=1",
          "nested too deep" },
        { "name=\xFF", "expected UTF-8 ... got the byte 0xff" },
        { "extends=base.json", "--set extends=base.json: unknown key \"extends\"" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_config config;
        lk_error err = { "" };
        if (lk_config_load(path_of("plain.json"), &rows[i].set, 1, &config, &err) != LK_USAGE)
            fail_msg("accepted: %s", rows[i].set);
        assert_contains(err.text, rows[i].part);
    }
}

/* ---- another type ---- */

static const char sgd_base[] =
    "{\"optimizer\": {\"type\": \"sgd\", \"lr\": 0.5, \"momentum\": 0.75, \"weight_decay\": 0.25,\n"
    "\"schedule\": {\"type\": \"step\", \"gamma\": 0.5, \"warmup_steps\": 3}}}";

static void another_type_drops_the_inherited_keys_it_does_not_know(void **state) {
    (void)state;
    lk_config config;
    lk_error err;
    put("sgd.json", sgd_base);
    put("adam.json", "{\"extends\": \"sgd.json\", \"optimizer\": {\"type\": \"adam\", "
                     "\"schedule\": {\"type\": \"cosine\"}}}");
    assert_ok(lk_config_load(path_of("adam.json"), NULL, 0, &config, &err), &err);
    lk_text out = printed(&config);
    assert_near(config.optimizer.lr, 0.5, 0);            /* common keys stay */
    assert_contains(out.data, "\"weight_decay\": 0.25"); /* and those both know */
    assert_null(strstr(strstr(out.data, "\"optimizer\""), "momentum"));
    assert_string_equal(config.optimizer.schedule.chosen.choice->name, "cosine");
    assert_int_equal(config.optimizer.schedule.warmup_steps, 3);
    assert_null(strstr(out.data, "gamma"));
    lk_text_deinit(&out);
    lk_config_deinit(&config);
    const char *const sets[] = { "optimizer.type=adamw", "optimizer.beta1=0.5",
                                 "optimizer.type=sgd" };
    assert_ok(lk_config_load(path_of("sgd.json"), sets, LK_COUNT(sets), &config, &err), &err);
    out = printed(&config);
    assert_contains(out.data, "\"momentum\": 0.9,"); /* dropped on the way, so the default */
    lk_text_deinit(&out);
    lk_config_deinit(&config);
}

static void another_type_than_the_default_drops_keys_too(void **state) {
    (void)state;
    lk_config config;
    lk_error err;
    const char *const set = "optimizer.type=sgd";
    put("default.json", "{\"optimizer\": {\"beta1\": 0.5}}");
    assert_ok(lk_config_load(path_of("default.json"), &set, 1, &config, &err), &err);
    assert_string_equal(config.optimizer.chosen.choice->name, "sgd");
    lk_config_deinit(&config);
}

/* A regularizer without a type is that of the model, also while files and sets are merged. */
static void the_regularizer_follows_the_model_unless_it_has_a_type(void **state) {
    (void)state;
    static const struct {
        const char *sets[2], *expected;
    } rows[] = { { { "model.type=ae" }, "none" },
                 { { "model.type=vae" }, "kl" },
                 { { "model.type=mmd" }, "mmd" },
                 { { "model.type=vae", "regularizer.type=mmd" }, "mmd" },
                 { { "model.type=mmd", "regularizer.type=none" }, "none" },
                 { { "model.type=vae", "regularizer.weight=0.5" }, "kl" },
                 { { "model.type=mmd", "regularizer.weight=0.5" }, "mmd" } };
    put("empty.json", "{}");
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_config config;
        lk_error err;
        assert_ok(lk_config_load(path_of("empty.json"), rows[i].sets, rows[i].sets[1] ? 2 : 1,
                                 &config, &err),
                  &err);
        assert_string_equal(config.regularizer.chosen.choice->name, rows[i].expected);
        lk_config_deinit(&config);
    }
    put("kernel.json",
        "{\"model\": {\"type\": \"mmd\"}, \"regularizer\": {\"kernel\": \"rbf\", \"weight\": 3}}");
    const char *const sets[] = { "model.type=vae", "regularizer.type=kl" };
    lk_config config;
    lk_error err;
    assert_ok(lk_config_load(path_of("kernel.json"), sets, 2, &config, &err), &err);
    assert_near(((const lk_regularizer_options *)config.regularizer.chosen.options)->weight, 3, 0);
    lk_config_deinit(&config);
}

static void keys_next_to_a_new_type_and_keys_of_the_same_type_are_checked(void **state) {
    (void)state;
    lk_config config;
    lk_error err;
    put("sgd.json", sgd_base);
    put("next_to.json",
        "{\"extends\": \"sgd.json\",\n\"optimizer\": {\"type\": \"adam\", \"momentum\": 0.9}}");
    assert_int_equal(lk_config_load(path_of("next_to.json"), NULL, 0, &config, &err), LK_USAGE);
    assert_contains(err.text, "next_to.json:2: optimizer: unknown key \"momentum\"");
    put("wrong.json", "{\"optimizer\": {\"type\": \"sgd\",\n\"momentun\": 0.9}}");
    put("same.json", "{\"extends\": \"wrong.json\", \"optimizer\": {\"type\": \"sgd\"}}");
    assert_int_equal(lk_config_load(path_of("same.json"), NULL, 0, &config, &err), LK_USAGE);
    assert_contains(
        err.text, "wrong.json:2: optimizer: unknown key \"momentun\", did you mean \"momentum\"?");
    const char *const unknown = "optimizer.type=adma", *const number = "optimizer.type=3";
    assert_int_equal(lk_config_load(path_of("sgd.json"), &unknown, 1, &config, &err), LK_USAGE);
    assert_contains(
        err.text,
        "--set optimizer.type=adma: optimizer: unknown type \"adma\", did you mean \"adam\"?");
    assert_int_equal(lk_config_load(path_of("sgd.json"), &number, 1, &config, &err), LK_USAGE);
    assert_contains(err.text, "optimizer.type: expected a string ... got 3");
}

/* ---- the resolved text ---- */

static void the_resolved_text_loads_to_the_same_text(void **state) {
    (void)state;
    static const char *const texts[] = {
        "{\"reconstruction\": {\"type\": \"sum\"}}",
        "{\"reconstruction\": {\"type\": \"sum\", \"terms\": [{\"type\": \"lwssim\", \"windows\": "
        "[3], \"scale\": 2}, {}]}}",
        "{}",
        "{\"name\": \"a\\\"b\\u00e9\", \"seed\": 9007199254740991, \"optimizer\": {\"lr\": 0.1, "
        "\"average\": 0.999}}",
        "{\"model\": {\"architecture\": {\"encoder\": [{\"type\": \"flatten\"}], \"decoder\": "
        "[{\"type\": \"sigmoid\"}]}}, \"optimizer\": "
        "{\"type\": "
        "\"sgd\", "
        "\"nesterov\": true, \"schedule\": {\"type\": \"cosine\", \"final\": 1e-300}}, \"train\": "
        "{\"steps\": 123456789012}}",
    };
    for (size_t i = 0; i < LK_COUNT(texts); i++) {
        lk_config config, again;
        lk_error err;
        lk_text difference = { 0 };
        assert_ok(parse(texts[i], &config, &err), &err);
        lk_text first = printed(&config);
        assert_ok(lk_config_parse_text(first.data, first.n, "resolved", NULL, 0, &again, &err),
                  &err);
        lk_text second = printed(&again);
        assert_string_equal(first.data, second.data);
        assert_ok(lk_config_difference(&config, &again, 64, &difference, &err), &err);
        assert_int_equal(difference.n, 0);
        lk_text_deinit(&first), lk_text_deinit(&second);
        lk_config_deinit(&config), lk_config_deinit(&again);
    }
}

static void the_resolved_text_has_sections_in_order_with_the_type_first(void **state) {
    (void)state;
    lk_config config;
    lk_error err;
    assert_ok(parse("{\"train\": {}, \"name\": \"x\"}", &config, &err), &err);
    lk_text out = printed(&config);
    static const char *const parts[] = {
        "{\n  \"name\": \"x\",\n  \"seed\": 1,\n  \"model\": {\n    \"type\": \"ae\",\n    "
        "\"latent\": 128",
        "\"reconstruction\": {\n    \"type\": \"mse\"",
        "\"regularizer\"",
        "\"optimizer\": {\n    \"type\": \"adam\",\n    \"lr\": 0.001,",
        "\"schedule\": {\n      \"type\": \"constant\"",
        "\"train\": {\n    \"batch_size\": 64"
    };
    const char *at = out.data;
    for (size_t i = 0; i < LK_COUNT(parts); i++) {
        at = strstr(at, parts[i]);
        if (!at) fail_msg("\"%s\" not in its place in\n%s", parts[i], out.data);
    }
    lk_text_deinit(&out);
    lk_config_deinit(&config);
}

static void terms_of_a_sum_have_every_default_in_the_resolved_text(void **state) {
    (void)state;
    static const char *const texts[] = {
        "{\"reconstruction\": {\"type\": \"sum\"}}",
        "{\"reconstruction\": {\"type\": \"sum\", \"terms\": [{\"scales\": 3, \"type\": "
        "\"ms_ssim\", "
        "\"scale\": 0.84}, {\"scale\": 0.16, \"type\": \"l1\"}]}}"
    };
    lk_config configs[2];
    lk_error err;
    lk_text difference = { 0 };
    for (size_t i = 0; i < 2; i++) assert_ok(parse(texts[i], &configs[i], &err), &err);
    lk_text text = printed(&configs[0]);
    assert_contains(text.data, "{\"type\": \"ms_ssim\", \"scale\": 0.84, \"scales\": 3, "
                               "\"window_size\": 11, ");
    assert_contains(text.data, "{\"type\": \"l1\", \"scale\": 0.16}");
    assert_ok(lk_config_difference(&configs[0], &configs[1], 64, &difference, &err), &err);
    assert_int_equal(difference.n, 0);
    lk_text_deinit(&text);
    for (size_t i = 0; i < 2; i++) lk_config_deinit(&configs[i]);
}

static void the_difference_names_the_first_keys(void **state) {
    (void)state;
    static const struct {
        const char *a, *b, *expected;
    } rows[] = {
        { "{}", "{\"optimizer\": {\"lr\": 0.01}}", "optimizer.lr: 0.001 and 0.01" },
        { "{\"seed\": 2}", "{\"train\": {\"flip\": false}}",
          "seed: 2 and 1; train.flip: true and false" },
        { "{}", "{\"model\": {\"architecture\": \"wae\"}}",
          "model.architecture.encoder[0].out: 32 and 128; model.architecture.encoder[0].kernel: 4 "
          "and 5; model.architecture.encoder[0].padding: 1 and 2; "
          "model.architecture.encoder[3].out: "
          "64 and 256; model.architecture.encoder[3].kernel: 4 and 5" },
        { "{\"optimizer\": {\"schedule\": {\"type\": \"cosine\"}}}", "{}",
          "optimizer.schedule.type: \"cosine\" and \"constant\"; optimizer.schedule.final: 0 and "
          "none" },
        { "{}", "{\"optimizer\": {\"schedule\": {\"type\": \"cosine\"}}}",
          "optimizer.schedule.type: \"constant\" and \"cosine\"; optimizer.schedule.final: none "
          "and 0" },
        { "{}",
          "{\"train\": {\"batch_size\": 1, \"epochs\": 1, \"steps\": 1, \"flip\": false, "
          "\"shards\": 1, \"grid_images\": 1}}",
          "train.batch_size: 64 and 1; train.epochs: 20 and 1; train.steps: 0 and 1; train.flip: "
          "true and false; train.shards: 0 and 1" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_config a, b;
        lk_error err;
        lk_text out = { 0 };
        assert_ok(parse(rows[i].a, &a, &err), &err);
        assert_ok(parse(rows[i].b, &b, &err), &err);
        assert_ok(lk_config_difference(&a, &b, 64, &out, &err), &err);
        assert_string_equal(out.data, rows[i].expected);
        lk_text_deinit(&out);
        lk_config_deinit(&a), lk_config_deinit(&b);
    }
}

/* ---- memory ---- */

static int n_until_failure;

static void *fail_in_time(size_t n_bytes) {
    return --n_until_failure < 0 ? NULL : malloc(n_bytes);
}

static lk_status load_print_and_compare(lk_error *err) {
    const char *const sets[] = { "optimizer.type=adam", "train.epochs=3" };
    lk_config config;
    lk_text out = { 0 };
    lk_status status = lk_config_load(path_of("memory.json"), sets, LK_COUNT(sets), &config, err);
    if (status) return status;
    status = lk_config_print(&config, 64, &out, err);
    if (!status) status = lk_config_difference(&config, &config, 64, &out, err);
    lk_text_deinit(&out);
    lk_config_deinit(&config);
    return status;
}

/* Each allocation of cJSON fails in turn; the sanitizer sees what leaks. */
static void a_failing_allocation_is_reported(void **state) {
    (void)state;
    put("sgd.json", sgd_base);
    put("memory.json", "{\"extends\": \"sgd.json\", \"reconstruction\": {\"type\": \"sum\"}, "
                       "\"model\": {\"architecture\": {\"encoder\": "
                       "[{\"type\": \"flatten\"}], \"decoder\": "
                       "[{\"type\": \"sigmoid\"}]}}}");
    cJSON_Hooks hooks = { fail_in_time, free };
    lk_status status = LK_MEMORY;
    int n = 0;
    for (; status != LK_OK && n < 10000; n++) {
        lk_error err = { "" };
        cJSON_InitHooks(&hooks);
        n_until_failure = n;
        status = load_print_and_compare(&err);
        cJSON_InitHooks(NULL);
        if (status && (status != LK_MEMORY || !strstr(err.text, "out of memory")))
            fail_msg("allocation %d: %s", n, err.text);
    }
    assert_true(status == LK_OK && n > 100);
}

/* ---- the tables themselves ---- */

static void check_default(const char *path, const lk_option *option) {
    char value[LK_WORDS_MAX], text[2 * LK_WORDS_MAX], options[sizeof(lk_numbers) + LK_WORDS_MAX];
    lk_arena arena;
    lk_option first = *option;
    lk_json json;
    lk_error err;
    first.offset = 0;
    lk_arena_init(&arena);
    if (!option->help || !option->help[0]) fail_msg("%s.%s has no help", path, option->key);
    lk_option_default_text(option, value, sizeof value);
    snprintf(text, sizeof text, "[%s]", value);
    assert_ok(lk_json_parse(text, strlen(text), option->key, &json, &err), &err);
    if (json.root->child)
        assert_ok(lk_option_read(&first, &json, json.root->child, path, &arena, options, &err),
                  &err);
    lk_json_deinit(&json);
    lk_arena_deinit(&arena);
}

static void check_table(const lk_section *section, const lk_option *table, const lk_option *other) {
    for (const lk_option *option = table; option && option->key; option++) {
        if (lk_section_inside(section, option)) continue;
        check_default(section->path, option);
        if (lk_option_find(option + 1, option->key) || lk_option_find(other, option->key) ||
            strcmp(option->key, "type") == 0)
            fail_msg("%s.%s stands twice", section->path, option->key);
    }
}

static void check_rows(const lk_section *section, const lk_choice *const *list,
                       const lk_option *common) {
    for (; *list; list++) {
        if (!(*list)->summary || !(*list)->summary[0]) fail_msg("%s has no summary", (*list)->name);
        check_table(section, (*list)->options, common);
    }
}

static void every_table_has_help_valid_defaults_and_no_key_twice(void **state) {
    (void)state;
    for (const lk_section *section = lk_sections; section->path; section++) {
        check_table(section, section->options, NULL);
        for (const lk_option *option = section->options; option->key; option++)
            if (option->items) check_rows(section, option->items->list, option->items->common);
        if (!section->list) continue;
        if (section->type) assert_non_null(lk_choice_find(section->list, section->type));
        check_rows(section, section->list, section->options);
    }
}

/* Whether a list has to be given: layers have no default. */
static bool needs_list(const lk_choice *row) {
    for (const lk_option *option = row->options; option && option->key; option++)
        if (option->type == LK_CHOICES && !option->text) return true;
    return false;
}

/* Every "type" of every section, with nothing but its defaults, is a config. */
static void every_row_loads_with_its_defaults(void **state) {
    (void)state;
    put("empty.json", "{}");
    for (const lk_section *section = lk_sections; section->path; section++)
        for (const lk_choice *const *row = section->list; row && *row; row++) {
            char set[256];
            /* which goes with every regularizer */
            const char *const sets[] = { set, "model.type=vae" };
            bool model = strcmp(section->path, "model") == 0;
            lk_config config;
            lk_error err;
            if (needs_list(*row)) continue;
            if (section->list == lk_losses && ((const lk_loss *)*row)->needs_more) continue;
            snprintf(set, sizeof set, "%s.type=%s", section->path, (*row)->name);
            assert_ok(lk_config_load(path_of("empty.json"), sets, model ? 1 : 2, &config, &err),
                      &err);
            lk_text out = printed(&config);
            assert_contains(out.data, (*row)->name);
            lk_text_deinit(&out);
            lk_config_deinit(&config);
        }
}

static void the_committed_schema_is_the_one_of_the_tables(void **state) {
    (void)state;
    lk_text schema = { 0 };
    char *text = NULL;
    size_t n = 0;
    lk_error err;
    assert_ok(lk_config_schema(&schema, &err), &err);
    assert_ok(lk_file_read(LIKENESS_SOURCE "/configs/schema.json", 1 << 20, &text, &n, &err), &err);
    if (strcmp(text, schema.data) != 0)
        fail_msg(
            "configs/schema.json is out of date: write it again with `likeness config schema > "
            "configs/schema.json`");
    lk_free(text);
    lk_text_deinit(&schema);
}

static void schema_and_help_name_every_key(void **state) {
    (void)state;
    lk_text schema = { 0 }, help = { 0 };
    lk_error err;
    assert_ok(lk_config_schema(&schema, &err), &err);
    lk_config_help(&help);
    static const char *const keys[] = { "$schema",     "extends",    "seed",  "latent",
                                        "scale",       "lr",         "beta1", "momentum",
                                        "step_epochs", "grid_images" };
    for (size_t i = 0; i < LK_COUNT(keys); i++) {
        char quoted[64];
        snprintf(quoted, sizeof quoted, "\"%s\": {", keys[i]);
        assert_contains(schema.data, quoted);
        assert_contains(help.data, keys[i]);
    }
    assert_contains(help.data, "optimizer.schedule: ");
    assert_contains(help.data, "(a whole number from 1 to 65536; default 64)");
    lk_text_deinit(&schema), lk_text_deinit(&help);
}

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", lk_test_folder("config"));
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_config_has_every_default),
        cmocka_unit_test(wrong_configs_say_where_and_what),
        cmocka_unit_test(given_values_are_taken_with_their_places),
        cmocka_unit_test(extends_merges_object_by_object_relative_to_the_naming_file),
        cmocka_unit_test(objects_inside_a_section_are_merged_too),
        cmocka_unit_test(an_absolute_extends_is_taken_as_it_is),
        cmocka_unit_test(files_of_the_present_folder_extend_one_another_by_name),
        cmocka_unit_test(wrong_extends_name_the_file_and_line),
        cmocka_unit_test(eight_files_may_extend_one_another_and_nine_may_not),
        cmocka_unit_test(sets_change_values_in_their_order),
        cmocka_unit_test(wrong_sets_name_themselves),
        cmocka_unit_test(another_type_drops_the_inherited_keys_it_does_not_know),
        cmocka_unit_test(another_type_than_the_default_drops_keys_too),
        cmocka_unit_test(the_regularizer_follows_the_model_unless_it_has_a_type),
        cmocka_unit_test(keys_next_to_a_new_type_and_keys_of_the_same_type_are_checked),
        cmocka_unit_test(the_resolved_text_loads_to_the_same_text),
        cmocka_unit_test(the_resolved_text_has_sections_in_order_with_the_type_first),
        cmocka_unit_test(terms_of_a_sum_have_every_default_in_the_resolved_text),
        cmocka_unit_test(the_difference_names_the_first_keys),
        cmocka_unit_test(a_failing_allocation_is_reported),
        cmocka_unit_test(every_table_has_help_valid_defaults_and_no_key_twice),
        cmocka_unit_test(every_row_loads_with_its_defaults),
        cmocka_unit_test(the_committed_schema_is_the_one_of_the_tables),
        cmocka_unit_test(schema_and_help_name_every_key),
    };
    return cmocka_run_group_tests(tests, make_folder, NULL);
}
