/* Option tables: defaults, every type's range and messages, unknown keys and types, choices,
   writing and words. */
#include "support.h"

#include <likeness/options.h>

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct sample {
    double rate;
    int64_t count;
    bool flip;
    int window;
    char name[LK_WORDS_MAX];
    lk_numbers weights, sizes;
    lk_strings sets;
    const cJSON *net;
};

static const lk_option table[] = {
    LK_OPTION_NUMBER(struct sample, rate, 1e-3, 0, 1, "a rate"),
    LK_OPTION_INTEGER(struct sample, count, 64, 1, 65536, "a count"),
    LK_OPTION_BOOLEAN(struct sample, flip, true, "flip"),
    LK_OPTION_WORD(struct sample, window, "gaussian", "uniform|gaussian|box", "shape"),
    LK_OPTION_STRING(struct sample, name, "run", "name"),
    LK_OPTION_NUMBERS(struct sample, weights, "[1, -0.5, 2e-3]", -10, 10, "weights"),
    LK_OPTION_INTEGERS(struct sample, sizes, "[3, 5, 7, 11]", 3, 63, "sizes"),
    { .key = "sets", .type = LK_STRINGS, .offset = offsetof(struct sample, sets), .help = "texts" },
    { .key = "net",
      .type = LK_JSON,
      .offset = offsetof(struct sample, net),
      .text = "\"compact\"",
      .words = "a name or an object" },
    { 0 },
};

static lk_status read(const char *text, lk_json *json, struct sample *out, lk_error *err) {
    assert_ok(lk_json_parse(text, strlen(text), "c.json", json, err), err);
    return lk_options_read(table, json, json->root, "part", NULL, out, err);
}

static void absent_keys_have_their_defaults(void **state) {
    (void)state;
    struct sample got;
    lk_error err;
    assert_ok(lk_options_read(table, NULL, NULL, "", NULL, &got, &err), &err);
    assert_near(got.rate, 1e-3, 0);
    assert_int_equal(got.count, 64);
    assert_true(got.flip);
    assert_int_equal(got.window, 1);
    assert_string_equal(got.name, "run");
    assert_int_equal(got.weights.n, 3);
    assert_near(got.weights.v[1], -0.5, 0);
    assert_near(got.weights.v[2], 2e-3, 0);
    assert_int_equal(got.sizes.n, 4);
    assert_near(got.sizes.v[3], 11, 0);
    assert_int_equal(got.sets.n, 0);
    assert_null(got.net);
}

static void given_keys_are_read(void **state) {
    (void)state;
    struct sample got;
    lk_json json;
    lk_error err;
    assert_ok(read("{\"rate\": 0.25, \"count\": 65536, \"flip\": false, \"window\": \"box\", "
                   "\"name\": \"x\", \"weights\": [0.5], "
                   "\"sizes\": [9, 3], \"sets\": [\"a\", \"b\"], \"net\": {\"k\": 1}}",
                   &json, &got, &err),
              &err);
    assert_near(got.rate, 0.25, 0);
    assert_int_equal(got.count, 65536);
    assert_false(got.flip);
    assert_int_equal(got.window, 2);
    assert_string_equal(got.name, "x");
    assert_int_equal(got.weights.n, 1);
    assert_int_equal(got.sizes.n, 2);
    assert_near(got.sizes.v[0], 9, 0);
    assert_string_equal(got.sets.v[1], "b");
    assert_true(cJSON_IsObject(got.net));
    lk_json_deinit(&json);
}

static void wrong_values_say_where_what_and_what_is_expected(void **state) {
    (void)state;
    char long_name[1400], many[400];
    snprintf(long_name, sizeof long_name, "{\"name\": \"%01300d\"}", 0);
    snprintf(many, sizeof many, "{\"sizes\": [3%.*s]}", 64,
             ",3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,3");
    const struct {
        const char *text, *expected;
    } rows[] = {
        { "{\n\"count\": \"64\"}", "c.json:2: part.count: expected a whole number from 1 to 65536 "
                                   "... got \"64\" (a string)" },
        { "{\"count\": 0}",
          "c.json:1: part.count: expected a whole number from 1 to 65536 ... got 0" },
        { "{\"count\": 65537}", "part.count: expected ... got 65537" },
        { "{\"count\": 1e300}", "part.count: expected ... got 1e+300" },
        { "{\"count\": 2.5}", "part.count: expected a whole number ... got 2.5" },
        { "{\"rate\": 1.5}", "part.rate: expected a number from 0 to 1 ... got 1.5" },
        { "{\"rate\": null}", "part.rate: expected a number ... got null" },
        { "{\"rate\": false}", "part.rate: expected a number ... got false" },
        { "{\"rate\": [1]}", "part.rate: expected a number ... got a list of 1" },
        { "{\"flip\": 1}", "part.flip: expected true or false ... got 1" },
        { "{\"flip\": \"true\"}", "part.flip: expected true or false ... got \"true\" (a string)" },
        { "{\"window\": \"gausian\"}", "part.window: expected uniform, gaussian or box ... got "
                                       "\"gausian\" (a string); did you mean \"gaussian\"?" },
        { "{\"window\": \"hann-poisson\"}", "part.window: expected uniform, gaussian or box, got" },
        { "{\"window\": \"\"}", "part.window: expected uniform, gaussian or box, got" },
        { "{\"window\": true}", "part.window: expected uniform, gaussian or box ... got true" },
        { "{\"name\": 3}", "part.name: expected a string of at most 1023 bytes ... got 3" },
        { long_name, "part.name: expected a string of at most 1023 bytes, got" },
        { "{\"weights\": 1}",
          "part.weights: expected a list of 1 to 32 numbers from -10 to 10 ... got 1" },
        { "{\"weights\": []}",
          "part.weights: expected a list of 1 to 32 numbers ... got an empty list" },
        { "{\"weights\": [1,\n11]}",
          "c.json:2: part.weights[1]: expected a number from -10 to 10 ... got 11" },
        { "{\"sizes\": [3, 4.5]}",
          "part.sizes[1]: expected a whole number from 3 to 63 ... got 4.5" },
        { "{\"sizes\": [\"3\"]}",
          "part.sizes[0]: expected a whole number ... got \"3\" (a string)" },
        { "{\"sizes\": {}}",
          "part.sizes: expected a list of 1 to 32 whole numbers ... got an object" },
        { many, "part.sizes: expected a list of 1 to 32 ... got a list of 33" },
        { "{\"sets\": [1]}", "part.sets[0]: expected a string ... got 1" },
        { "{\"cuont\": 3}", "c.json:1: part: unknown key \"cuont\", did you mean \"count\"?" },
        { "{\"rate\": 1,\n\"zzzzzzzz\": 3}",
          "c.json:2: part: unknown key \"zzzzzzzz\", known: rate, count, flip, window, name, "
          "weights, sizes, sets, net" },
        { "{\"Rate\": 1}", "unknown key \"Rate\", did you mean \"rate\"?" },
        { "{\"type\": \"x\"}", "unknown key \"type\"" },
        { "[1]", "c.json:1: part: expected an object ... got a list of 1" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        struct sample got;
        lk_json json;
        lk_error err = { "" };
        if (read(rows[i].text, &json, &got, &err) != LK_USAGE)
            fail_msg("accepted: %s", rows[i].text);
        assert_contains(err.text, rows[i].expected);
        lk_json_deinit(&json);
    }
}

static void a_caller_without_an_error_gets_the_status_alone(void **state) {
    (void)state;
    static const char *const texts[] = { "{\"window\": \"gausian\"}", "{\"window\": \"x\"}",
                                         "{\"cuont\": 3}", "{\"zzzzzzzz\": 3}", "[1]" };
    for (size_t i = 0; i < LK_COUNT(texts); i++) {
        struct sample got;
        lk_json json;
        lk_error err;
        assert_ok(lk_json_parse(texts[i], strlen(texts[i]), "c.json", &json, &err), &err);
        assert_int_equal(lk_options_read(table, &json, json.root, "part", NULL, &got, NULL),
                         LK_USAGE);
        lk_json_deinit(&json);
    }
}

static void a_default_of_more_numbers_than_a_list_holds_is_cut(void **state) {
    (void)state;
    char text[2 * (LK_LIST_MAX + 1) + 1] = "";
    lk_numbers got;
    for (int i = 0; i <= LK_LIST_MAX; i++) text[2 * i] = '7', text[2 * i + 1] = ' ';
    const lk_option long_table[] = { { .key = "sizes", .type = LK_INTEGERS, .text = text }, { 0 } };
    lk_options_default(long_table, &got);
    assert_int_equal(got.n, LK_LIST_MAX);
    assert_near(got.v[LK_LIST_MAX - 1], 7, 0);
}

static void words_describe_every_type(void **state) {
    (void)state;
    static const struct {
        const char *key, *expected, *value;
    } rows[] = {
        { "rate", "a number from 0 to 1", "0.001" },
        { "count", "a whole number from 1 to 65536", "64" },
        { "flip", "true or false", "true" },
        { "window", "uniform, gaussian or box", "\"gaussian\"" },
        { "name", "a string of at most 1023 bytes", "\"run\"" },
        { "weights", "a list of 1 to 32 numbers from -10 to 10", "[1, -0.5, 2e-3]" },
        { "sizes", "a list of 1 to 32 whole numbers from 3 to 63", "[3, 5, 7, 11]" },
        { "sets", "a list of at most 32 strings", "[]" },
        { "net", "a name or an object", "\"compact\"" },
    };
    char out[128];
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        const lk_option *option = lk_option_find(table, rows[i].key);
        assert_string_equal(lk_option_expected(option, out, sizeof out), rows[i].expected);
        assert_string_equal(lk_option_default_text(option, out, sizeof out), rows[i].value);
    }
    const lk_option open = { .type = LK_NUMBER, .min = 0, .max = (double)INFINITY };
    assert_string_equal(lk_option_expected(&open, out, sizeof out), "a number of at least 0");
    assert_null(lk_option_find(table, "rat"));
}

static void written_options_read_back_the_same(void **state) {
    (void)state;
    static const char text[] = "{\"rate\":0.1,\"count\":7,\"flip\":false,\"window\":\"uniform\","
                               "\"name\":\"a\\\"b\",\"weights\":[0.3,1e-05],"
                               "\"sizes\":[3],\"sets\":[\"x\"],\"net\":{\"a\":[1,{\"b\":2}]}}";
    struct sample got;
    lk_json json;
    lk_error err;
    lk_text out = { 0 };
    assert_ok(read(text, &json, &got, &err), &err);
    cJSON *object = cJSON_CreateObject();
    assert_ok(lk_options_write(table, &got, object, &err), &err);
    assert_ok(lk_json_print(object, false, &out, &err), &err);
    assert_string_equal(out.data, text);
    cJSON_Delete(object);
    lk_text_deinit(&out);
    lk_json_deinit(&json);
}

/* ---- choices ---- */

struct adam {
    double beta1;
};
struct row {
    lk_choice choice; /* as every row starts */
    int extra;
};
static const lk_option adam_options[] = { LK_OPTION_NUMBER(struct adam, beta1, 0.9, 0, 1, "decay"),
                                          { 0 } };
static const struct row adam = { { .name = "adam",
                                   .summary = "Adam",
                                   .options = adam_options,
                                   .options_size = sizeof(struct adam) },
                                 1 };
static const struct row plain = { { .name = "plain", .summary = "no options" }, 2 };
static const lk_choice *const rows_of_choices[] = { &adam.choice, &plain.choice, NULL };

struct common {
    double lr;
};
static const lk_option common_options[] = { LK_OPTION_NUMBER(struct common, lr, 0.5, 0, 1, "rate"),
                                            { 0 } };

static lk_status choose(const char *text, lk_arena *arena, lk_chosen *out, struct common *common,
                        lk_error *err) {
    lk_json json;
    assert_ok(lk_json_parse(text, strlen(text), "c.json", &json, err), err);
    lk_status status = lk_choice_read(rows_of_choices, "adam", common_options, common, &json,
                                      json.root, "optimizer", arena, out, err);
    lk_json_deinit(&json);
    return status;
}

static void a_choice_is_read_with_its_own_and_the_common_keys(void **state) {
    (void)state;
    lk_arena arena;
    lk_arena_init(&arena);
    lk_chosen chosen;
    struct common common;
    lk_error err;
    assert_ok(choose("{\"beta1\": 0.5}", &arena, &chosen, &common, &err), &err);
    assert_ptr_equal(chosen.choice, &adam.choice);
    assert_near(((struct adam *)chosen.options)->beta1, 0.5, 0);
    assert_near(common.lr, 0.5, 0);
    assert_ok(choose("{\"lr\": 0.25, \"type\": \"plain\"}", &arena, &chosen, &common, &err), &err);
    assert_ptr_equal(chosen.choice, &plain.choice);
    assert_near(common.lr, 0.25, 0);
    assert_ok(lk_choice_read(rows_of_choices, "plain", NULL, NULL, NULL, NULL, "x", &arena, &chosen,
                             &err),
              &err);
    assert_ptr_equal(chosen.choice, &plain.choice);
    lk_arena_deinit(&arena);
}

static void wrong_choices_say_the_nearest_type_and_key(void **state) {
    (void)state;
    static const struct {
        const char *text, *expected;
    } rows[] = {
        { "{\n\"type\": \"adm\"}",
          "c.json:2: optimizer: unknown type \"adm\", did you mean \"adam\"?" },
        { "{\"type\": \"lbfgs-b\"}", "optimizer: unknown type \"lbfgs-b\", known: adam, plain" },
        { "{\"type\": 3}", "optimizer.type: expected a string ... got 3" },
        { "{\"type\": \"plain\", \"beta1\": 0.5}",
          "optimizer: unknown key \"beta1\", known: type, lr" },
        { "{\"bata1\": 0.5}", "optimizer: unknown key \"bata1\", did you mean \"beta1\"?" },
        { "{\"beta1\": 2}", "optimizer.beta1: expected a number from 0 to 1 ... got 2" },
        { "\"adam\"", "c.json:1: optimizer: expected an object ... got \"adam\" (a string)" },
    };
    lk_arena arena;
    lk_arena_init(&arena);
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_chosen chosen = { 0 };
        struct common common;
        lk_error err = { "" };
        assert_int_equal(choose(rows[i].text, &arena, &chosen, &common, &err), LK_USAGE);
        assert_contains(err.text, rows[i].expected);
        assert_null(chosen.choice);
        assert_int_equal(choose(rows[i].text, &arena, &chosen, &common, &err), LK_USAGE);
    }
    lk_arena_deinit(&arena);
}

static void a_default_type_that_is_not_there_is_blamed_on_the_object(void **state) {
    (void)state;
    static const char text[] = "\n{}";
    lk_arena arena;
    lk_chosen chosen;
    lk_json json;
    lk_error err;
    lk_arena_init(&arena);
    assert_ok(lk_json_parse(text, strlen(text), "c.json", &json, &err), &err);
    lk_status status = lk_choice_read(rows_of_choices, "adma", NULL, NULL, &json, json.root,
                                      "optimizer", &arena, &chosen, &err);
    assert_int_equal(status, LK_USAGE);
    assert_string_equal(err.text,
                        "c.json:2: optimizer: unknown type \"adma\", did you mean \"adam\"?");
    lk_json_deinit(&json);
    lk_arena_deinit(&arena);
}

/* Of a key in a choice's check: the item where there is one, else the value, else the object. */
static void a_check_blames_the_nearest_place_there_is(void **state) {
    (void)state;
    static const struct {
        const char *key;
        int i;
        const char *expected;
    } rows[] = {
        { "sizes", 1, "c.json:4: loss.sizes[1]: x" }, { "sizes", 2, "c.json:2: loss.sizes[2]: x" },
        { "sizes", -1, "c.json:2: loss.sizes: x" },   { "count", 0, "c.json:5: loss.count[0]: x" },
        { "scale", 3, "c.json:1: loss.scale[3]: x" }, { "scale", -1, "c.json:1: loss.scale: x" },
    };
    static const char text[] = "{\n\"sizes\": [3,\n\n5],\n\"count\": 1}";
    lk_json json;
    lk_error err;
    assert_ok(lk_json_parse(text, strlen(text), "c.json", &json, &err), &err);
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_fail(&err, LK_USAGE, "x");
        assert_int_equal(lk_choice_error_at(&json, json.root, "loss", rows[i].key, rows[i].i, &err),
                         LK_USAGE);
        assert_string_equal(err.text, rows[i].expected);
    }
    lk_json_deinit(&json);
}

/* Longer than any of the program's: what a message lists is cut, whatever the table holds. */
static void tables_and_lists_of_any_length_are_named_in_part(void **state) {
    (void)state;
    enum { MANY = 300 };
    static char keys[MANY][8];
    static lk_option many[MANY + 1];
    static lk_choice choices[MANY];
    static const lk_choice *list[MANY + 1];
    static double options[MANY];
    static const char text[] = "{\"type\": \"zzzzzzzz\"}";
    lk_chosen chosen;
    lk_json json;
    lk_error err;
    for (int i = 0; i < MANY; i++) {
        snprintf(keys[i], sizeof keys[i], "k%d", i);
        many[i] =
            (lk_option){ .key = keys[i], .type = LK_NUMBER, .offset = (size_t)i * sizeof *options };
        choices[i] = (lk_choice){ .name = keys[i] };
        list[i] = &choices[i];
    }
    assert_ok(lk_json_parse(text, strlen(text), "c.json", &json, &err), &err);
    assert_int_equal(lk_options_read(many, &json, json.root, "", NULL, options, &err), LK_USAGE);
    assert_contains(err.text, "unknown key \"type\", known: k0, k1, ");
    assert_int_equal(
        lk_choice_read(list, "k0", NULL, NULL, &json, json.root, "", NULL, &chosen, &err),
        LK_USAGE);
    assert_contains(err.text, "unknown type \"zzzzzzzz\", known: k0, k1, ");
    lk_json_deinit(&json);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absent_keys_have_their_defaults),
        cmocka_unit_test(given_keys_are_read),
        cmocka_unit_test(wrong_values_say_where_what_and_what_is_expected),
        cmocka_unit_test(a_caller_without_an_error_gets_the_status_alone),
        cmocka_unit_test(a_default_of_more_numbers_than_a_list_holds_is_cut),
        cmocka_unit_test(words_describe_every_type),
        cmocka_unit_test(written_options_read_back_the_same),
        cmocka_unit_test(a_choice_is_read_with_its_own_and_the_common_keys),
        cmocka_unit_test(wrong_choices_say_the_nearest_type_and_key),
        cmocka_unit_test(a_default_type_that_is_not_there_is_blamed_on_the_object),
        cmocka_unit_test(a_check_blames_the_nearest_place_there_is),
        cmocka_unit_test(tables_and_lists_of_any_length_are_named_in_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
