/* JSON: what is refused and where, what is accepted, places, exact printing, values that move
   between documents. */
#include "base/file.h"
#include "base/rng.h"
#include "support.h"

#include <likeness/json.h>

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static lk_status parse(const char *text, lk_json *json, lk_error *err) {
    return lk_json_parse(text, strlen(text), "c.json", json, err);
}

static void what_is_not_json_is_refused_with_its_line(void **state) {
    (void)state;
    static const struct {
        const char *text, *part;
    } rows[] = {
        { "", "c.json:1: expected a value ... got the end of the text" },
        { " \n\n", "c.json:3: expected ... got the end of the text" },
        { "// only a comment", "c.json:1: expected ... got the end of the text" },
        { "{", "c.json:1: expected a key ... got the end of the text" },
        { "{\"a\":1", "expected \",\" or \"}\" ... got the end of the text" },
        { "{\"a\":1\n \"b\":2}", "c.json:2: expected \",\" or \"}\" ... got a string" },
        { "{\"a\":1,\n}", "c.json:2: expected another key after the comma ... got \"}\"" },
        { "[1,\n]", "c.json:2: expected another value after the comma ... got \"]\"" },
        { "[1 2]", "expected \",\" or \"]\" ... got \"2\"" },
        { "[,1]", "expected a value ... got \",\"" },
        { "{a:1}", "expected a key in double quotes ... got \"a\"" },
        { "{'a':1}", "expected a key in double quotes ... got \"'\"" },
        { "{\"a\" 1}", "expected \":\" after a key ... got \"1\"" },
        { "{\"a\":}", "expected a value ... got \"}\"" },
        { "[1]]", "expected the end of the text ... got \"]\"" },
        { "1 2", "expected the end of the text ... got \"2\"" },
        { "{} x", "expected the end of the text ... got \"x\"" },
        { "True", "expected a value ... got \"True\"" },
        { "nul", "expected a value ... got \"nul\"" },
        { "nulls", "expected a value ... got \"nulls\"" },
        { "NaN", "expected a value ... got \"NaN\"" },
        { "-Infinity", "expected a number ... got \"-Infinity\"" },
        { "\xC3\xA9", "expected a value ... got \"\xC3\xA9\"" },
        { "01", "expected a number as JSON writes it ... got \"01\"" },
        { "-01", "expected a number ... got \"-01\"" },
        { "+1", "expected a number ... got \"+1\"" },
        { ".5", "expected a number ... got \".5\"" },
        { "5.", "expected a number ... got \"5.\"" },
        { "1.e3", "expected a number ... got \"1.e3\"" },
        { "1e", "expected a number ... got \"1e\"" },
        { "1e+", "expected a number ... got \"1e+\"" },
        { "0x10", "expected a number ... got \"0x10\"" },
        { "-", "expected a number ... got \"-\"" },
        { "--1", "expected a number ... got \"--1\"" },
        { "1_000", "expected a number ... got \"1_000\"" },
        { "[1,\n1e400]", "c.json:2: expected a number of at most 1.797e308 ... got \"1e400\"" },
        { "-1e999", "expected a number of at most" },
        { "0.0000000000000000000000000000000000000000000000000000000000001",
          "expected a number of at most 60 characters" },
        { "\"a", "the text ends inside a string" },
        { "\"a\nb\"", "c.json:1: the line ends inside a string" },
        { "\"a\tb\"", "expected control characters in strings escaped ... got the byte 0x09" },
        { "\"\\", "expected one of ... got the end of the text" },
        { "\"\\x41\"", "expected one of ... got \"x41\"" },
        { "\"\\u12\"", "expected four hexadecimal digits" },
        { "\"\\u12G4\"", "expected four hexadecimal digits ... got \"G4\"" },
        { "\"\\u0000\"", "expected a string without zero characters ... got \\u0000" },
        { "{\"\\u0000\":1}", "got \\u0000" },
        { "\"\\ud800\"", "surrogate pair, got half of one" },
        { "\"\\ud800\\n\"", "surrogate pair, got half of one" },
        { "\"\\ud800\\u0041\"", "surrogate pair, got half of one" },
        { "\"\\ud800\\u\"", "expected four hexadecimal digits" },
        { "\"\\udc00\\ud800\"", "surrogate pair, got half of one" },
        { "\"\\ud800x\"", "surrogate pair, got half of one" },
        { "[\n\"\x80\"]", "c.json:2: expected UTF-8 ... got the byte 0x80" },
        { "\"\xC0\xAF\"", "expected UTF-8 ... got the byte 0xc0" },
        { "\"\xE0\x80\xAF\"", "expected UTF-8 ... got the byte 0xe0" },
        { "\"\xED\xA0\x80\"", "expected UTF-8 ... got the byte 0xed" },
        { "\"\xF0\x80\x80\xAF\"", "expected UTF-8 ... got the byte 0xf0" },
        { "\"\xF4\x90\x80\x80\"", "expected UTF-8 ... got the byte 0xf4" },
        { "\"\xF5\x80\x80\x80\"", "expected UTF-8 ... got the byte 0xf5" },
        { "\"\xE2\x82\"", "expected UTF-8 ... got the byte 0xe2" },
        { "\"\xE2\x82", "expected UTF-8 ... got the byte 0xe2" },
        { "// \xFF\n1", "c.json:1: expected UTF-8 ... got the byte 0xff" },
        { "\xFF\xFE{\0}", "expected UTF-8 ... got the byte 0xff" },
        { "1 \xEF\xBB\xBF", "expected the end of the text" },
        { "{\"a\":1,\n\"b\":2,\n\"a\":3}", "c.json:3: got the key \"a\" twice, first on line 1" },
        { "{\"a\":1,\n\"\\u0061\":3}", "c.json:2: got the key \"a\" twice, first on line 1" },
        { "[{\"x\":{\"\":1,\"\":2}}]", "got the key \"\" twice" },
        { "[1] / 2", "expected the end of the text ... got \"/\"" },
        { "[1] /* c */", "expected the end of the text ... got \"/\"" },
        { "[1\f]", "expected ... got the byte 0x0c" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_json json;
        lk_error err = { "" };
        if (parse(rows[i].text, &json, &err) != LK_USAGE) fail_msg("accepted: %s", rows[i].text);
        assert_contains(err.text, rows[i].part);
    }
}

static void what_is_json_is_accepted_and_printed_the_same(void **state) {
    (void)state;
    static const struct {
        const char *text, *printed;
    } rows[] = {
        { "{}", "{}" },
        { "[]", "[]" },
        { " [ 1 , 2.5 , true , false , null , \"x\" ] ", "[1,2.5,true,false,null,\"x\"]" },
        { "\xEF\xBB\xBF{\"a\":1}", "{\"a\":1}" },
        { "{\r\n\"a\":1,\r\n\"b\":2\r\n}\r\n", "{\"a\":1,\"b\":2}" },
        { "{\"a\":1,\"A\":2}", "{\"a\":1,\"A\":2}" },
        { "//c\n{//c\n\"a\"//c\n://c\n[//c\n1//c\n,//c\n2//c\n]//c\n}//c", "{\"a\":[1,2]}" },
        { "{\"a\": 1 // c\r\n}", "{\"a\":1}" },
        { "[1]//", "[1]" },
        { "\"// no comment\"", "\"// no comment\"" },
        { "\"\\\\\" // \"", "\"\\\\\"" },
        { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
        { "\"\\u00e9\\u20AC\\ud83d\\uDE00\"", "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"" },
        { "\"\\u0001\x7F\"", "\"\\u0001\\u007f\"" },
        { "\"\xF4\x8F\xBF\xBF\xED\x9F\xBF\xEF\xBF\xBF\"",
          "\"\xF4\x8F\xBF\xBF\xED\x9F\xBF\xEF\xBF\xBF\"" },
        { "[0,-0,1e3,1E+2,1e-3,-1.5e-7,123456789012]",
          "[0,-0,1000,100,0.001,-1.5e-07,123456789012]" },
        { "[0.1,1e22,9007199254740991,9007199254740993,1e300,5e-324]",
          "[0.1,1e+22,9007199254740991,9007199254740992,1e+300,4.94065645841247e-324]" },
        { "[[],{},[[]]]", "[[],{},[[]]]" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_json json;
        lk_error err = { "" };
        lk_text out = { 0 };
        assert_ok(parse(rows[i].text, &json, &err), &err);
        assert_ok(lk_json_print(json.root, false, &out, &err), &err);
        assert_string_equal(out.data, rows[i].printed);
        lk_text_deinit(&out);
        lk_json_deinit(&json);
    }
}

static void sixty_four_levels_are_read_and_sixty_five_are_not(void **state) {
    (void)state;
    char text[2000];
    lk_json json;
    lk_error err;
    memset(text, '[', 64), memset(text + 64, ']', 64), text[128] = 0;
    assert_ok(parse(text, &json, &err), &err);
    lk_json_deinit(&json);
    memset(text, '[', 1999), text[1999] = 0;
    assert_int_equal(parse(text, &json, &err), LK_USAGE);
    assert_contains(err.text, "nested more than 64 levels deep");
}

static void a_zero_byte_is_not_the_end(void **state) {
    (void)state;
    lk_json json;
    lk_error err;
    assert_int_equal(lk_json_parse("[1]\0[2]", 7, "z", &json, &err), LK_USAGE);
    assert_contains(err.text, "expected the end of the text ... got the byte 0x00");
    assert_int_equal(lk_json_parse("[1\0]", 4, "z", &json, &err), LK_USAGE);
    assert_int_equal(lk_json_parse("\"a\0b\"", 5, "z", &json, &err), LK_USAGE);
    assert_contains(err.text, "expected control characters ... got the byte 0x00");
    assert_int_equal(lk_json_parse(NULL, 0, "z", &json, &err), LK_USAGE);
}

static void a_text_as_long_as_all_memory_does_not_fit_it(void **state) {
    (void)state;
    lk_json json;
    lk_error err;
    assert_int_equal(lk_json_parse("[1]", SIZE_MAX, "z", &json, &err), LK_MEMORY);
    assert_contains(err.text, "out of memory: 18446744073709551615 bytes for z");
}

static const cJSON *at(const lk_json *json, const char *key) {
    return cJSON_GetObjectItemCaseSensitive(json->root, key);
}

static void every_value_knows_its_file_and_line(void **state) {
    (void)state;
    lk_json json;
    lk_error err;
    char where[64];
    assert_ok(parse("// first\n{ \"a\": 1,\n  \"b\":\n    [1,\n     {\"c\": 2}],\n\n\"d\": true }",
                    &json, &err),
              &err);
    const cJSON *list = at(&json, "b");
    assert_string_equal(lk_json_where(&json, json.root, where, sizeof where), "c.json:2");
    assert_string_equal(lk_json_where(&json, at(&json, "a"), where, sizeof where), "c.json:2");
    assert_string_equal(lk_json_where(&json, list, where, sizeof where), "c.json:3");
    assert_string_equal(lk_json_where(&json, cJSON_GetArrayItem(list, 0), where, sizeof where),
                        "c.json:4");
    assert_string_equal(lk_json_where(&json, cJSON_GetArrayItem(list, 1), where, sizeof where),
                        "c.json:5");
    assert_string_equal(
        lk_json_where(&json, cJSON_GetArrayItem(list, 1)->child, where, sizeof where), "c.json:5");
    assert_string_equal(lk_json_where(&json, at(&json, "d"), where, sizeof where), "c.json:7");
    assert_string_equal(lk_json_where(&json, NULL, where, sizeof where), "(default)");
    lk_json_deinit(&json);
}

static void values_keep_their_places_when_they_move(void **state) {
    (void)state;
    lk_json base, over, third;
    lk_error err;
    char where[64];
    assert_ok(lk_json_parse("{\"a\":1,\n\"b\":{\"x\":1}}", 20, "base", &base, &err), &err);
    assert_ok(lk_json_parse("\n\n{\"a\":2,\n\"c\":{\"y\":[3]}}", 24, "over", &over, &err), &err);
    assert_ok(lk_json_argument("{\"d\":4}", "--set", &third, &err), &err);
    cJSON *from = over.root, *last = third.root;
    assert_ok(lk_json_adopt(&over, &third, &err), &err);
    assert_ok(lk_json_adopt(&base, &over, &err), &err);
    assert_null(over.root);
    lk_json_move(&base, from, from->child, base.root);
    lk_json_move(&base, from, from->child, base.root);
    lk_json_move(&base, last, last->child, base.root);
    lk_text out = { 0 };
    assert_ok(lk_json_print(base.root, false, &out, &err), &err);
    assert_string_equal(out.data, "{\"b\":{\"x\":1},\"a\":2,\"c\":{\"y\":[3]},\"d\":4}");
    assert_string_equal(lk_json_where(&base, at(&base, "a"), where, sizeof where), "over:3");
    assert_string_equal(lk_json_where(&base, at(&base, "b"), where, sizeof where), "base:2");
    assert_string_equal(lk_json_where(&base, at(&base, "c")->child->child, where, sizeof where),
                        "over:4");
    assert_string_equal(lk_json_where(&base, at(&base, "d"), where, sizeof where), "--set");
    lk_text_deinit(&out);
    lk_json_deinit(&base);
}

static void a_document_that_was_never_read_has_no_places(void **state) {
    (void)state;
    const lk_json json = { 0 };
    const cJSON value = { 0 };
    char where[64];
    assert_string_equal(lk_json_where(&json, &value, where, sizeof where), "(default)");
}

static void an_argument_is_json_or_else_a_string(void **state) {
    (void)state;
    static const struct {
        const char *text, *printed;
    } rows[] = { { "3", "3" },         { "[3, 5]", "[3,5]" },
                 { "true", "true" },   { "lwssim", "\"lwssim\"" },
                 { "\"3\"", "\"3\"" }, { "[3,", "\"[3,\"" },
                 { "", "\"\"" },       { "a\"b\\c\td", "\"a\\\"b\\\\c\\td\"" } };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_json json;
        lk_error err;
        lk_text out = { 0 };
        assert_ok(lk_json_argument(rows[i].text, "--set", &json, &err), &err);
        assert_ok(lk_json_print(json.root, false, &out, &err), &err);
        assert_string_equal(out.data, rows[i].printed);
        lk_text_deinit(&out);
        lk_json_deinit(&json);
    }
    lk_json json;
    assert_int_equal(lk_json_argument("\xFF", "--set", &json, NULL), LK_USAGE);
}

static void a_file_says_its_name_and_a_missing_or_huge_one_is_wrong_usage(void **state) {
    (void)state;
    char path[LK_PATH_MAX], out[256];
    lk_json json;
    lk_error err;
    snprintf(path, sizeof path, "%s/c.json", lk_test_folder("json"));
    assert_int_equal(lk_json_read(path, &json, &err), LK_READ);
    assert_contains(err.text, "c.json: cannot open: No such file or directory");
    assert_ok(lk_file_write(path, "{\"a\":1,\n}", 9, &err), &err);
    assert_int_equal(lk_json_read(path, &json, &err), LK_USAGE);
    assert_contains(err.text, "c.json:2: expected ... got \"}\"");
    assert_int_equal(lk_test_run(out, sizeof out, "truncate -s 17M '%s'", path), 0);
    assert_int_equal(lk_json_read(path, &json, &err), LK_USAGE);
    assert_contains(err.text, "c.json: expected at most 16777216 bytes, got 17825792");
    assert_ok(lk_file_write(path, "", 0, &err), &err);
    assert_int_equal(lk_json_read(path, &json, &err), LK_USAGE);
    assert_contains(err.text, "c.json:1: expected ... got the end of the text");
}

static void printing_indents_and_keeps_plain_lists_and_plain_items_on_one_line(void **state) {
    (void)state;
    lk_json json;
    lk_error err;
    lk_text out = { 0 };
    assert_ok(parse("{\"a\":[1,2],\"b\":{\"c\":\"d\"},\"e\":[{\"f\":1},[]],\"g\":{},\"h\":[]}",
                    &json, &err),
              &err);
    assert_ok(lk_json_print(json.root, true, &out, &err), &err);
    assert_string_equal(out.data, "{\n  \"a\": [1, 2],\n  \"b\": {\n    \"c\": \"d\"\n  },\n  "
                                  "\"e\": [\n    {\"f\": 1},\n    []\n  ],\n"
                                  "  \"g\": {},\n  \"h\": []\n}");
    lk_text_deinit(&out);
    lk_json_deinit(&json);
}

static void numbers_print_so_that_they_read_back_the_same(void **state) {
    (void)state;
    lk_rng rng = lk_rng_at(1, LK_STREAM_TEST, 0, 0);
    for (int i = 0; i < 100000; i++) {
        char text[LK_NUMBER_TEXT_MAX];
        uint64_t bits = (uint64_t)lk_rng_u32(&rng) << 32 | lk_rng_u32(&rng);
        double value = i % 2 ? lk_rng_normal(&rng) : 0;
        if (i % 2 == 0) memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) continue;
        double again = strtod(lk_number_text(value, text), NULL);
        assert_memory_equal(&again, &value, sizeof value);
    }
}

static void a_number_that_is_not_finite_is_not_printed(void **state) {
    (void)state;
    cJSON *value = cJSON_CreateNumber((double)NAN);
    lk_text out = { 0 };
    lk_error err;
    assert_int_equal(lk_json_print(value, false, &out, &err), LK_FAILED);
    assert_contains(err.text, "JSON cannot hold the number");
    lk_text_deinit(&out);
    cJSON_Delete(value);
}

static void quoted_text_is_escaped_and_cut_to_fit(void **state) {
    (void)state;
    char out[12];
    assert_string_equal(lk_text_quoted("a\nb", out, sizeof out), "\"a\\nb\"");
    assert_string_equal(lk_text_quoted("1234567", out, sizeof out), "\"1234567\"");
    assert_string_equal(lk_text_quoted("12345678", out, sizeof out), "\"123456...\"");
    assert_string_equal(lk_text_quoted("12345\xE2\x82\xAC"
                                       "7890",
                                       out, sizeof out),
                        "\"12345...\"");
}

/* Whatever passes the scan is what cJSON reads: it prints, and what it prints reads back to the
   same print. */
static void damaged_text_never_crashes_and_what_passes_survives_a_round_trip(void **state) {
    (void)state;
    static const char valid[] = "// c\n{\"a\": [1, -2.5e-3, true, null], \"b\": {\"c\\u00e9\": "
                                "\"x\\n\\ud83d\\ude00\"}, \"d\": \"\xC3\xA9\" }";
    static const char bytes[] = "{}[]\",:/\\0123456789eE+-.truefalsn \n\t\r\x01\xC3\xA9\xF0\xFF";
    lk_rng rng = lk_rng_at(2, LK_STREAM_TEST, 0, 0);
    int n_passed = 0;
    for (int i = 0; i < 50000; i++) {
        char text[sizeof valid];
        memcpy(text, valid, sizeof valid);
        for (uint32_t k = 1 + lk_rng_below(&rng, 3); k; k--)
            text[lk_rng_below(&rng, sizeof valid - 1)] = bytes[lk_rng_below(&rng, sizeof bytes)];
        size_t n = i % 4 ? sizeof valid - 1 : lk_rng_below(&rng, sizeof valid);
        lk_json json, again;
        lk_error err;
        lk_status status = lk_json_parse(text, n, "c", &json, &err);
        assert_true(status == LK_OK || status == LK_USAGE);
        if (status) continue;
        n_passed++;
        lk_text first = { 0 }, second = { 0 };
        assert_ok(lk_json_print(json.root, i % 2, &first, &err), &err);
        assert_ok(lk_json_parse(first.data, first.n, "again", &again, &err), &err);
        assert_ok(lk_json_print(again.root, i % 2, &second, &err), &err);
        assert_string_equal(first.data, second.data);
        lk_text_deinit(&first), lk_text_deinit(&second);
        lk_json_deinit(&json), lk_json_deinit(&again);
    }
    assert_true(n_passed > 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_json_is_refused_with_its_line),
        cmocka_unit_test(what_is_json_is_accepted_and_printed_the_same),
        cmocka_unit_test(sixty_four_levels_are_read_and_sixty_five_are_not),
        cmocka_unit_test(a_zero_byte_is_not_the_end),
        cmocka_unit_test(a_text_as_long_as_all_memory_does_not_fit_it),
        cmocka_unit_test(every_value_knows_its_file_and_line),
        cmocka_unit_test(values_keep_their_places_when_they_move),
        cmocka_unit_test(a_document_that_was_never_read_has_no_places),
        cmocka_unit_test(an_argument_is_json_or_else_a_string),
        cmocka_unit_test(a_file_says_its_name_and_a_missing_or_huge_one_is_wrong_usage),
        cmocka_unit_test(printing_indents_and_keeps_plain_lists_and_plain_items_on_one_line),
        cmocka_unit_test(numbers_print_so_that_they_read_back_the_same),
        cmocka_unit_test(a_number_that_is_not_finite_is_not_printed),
        cmocka_unit_test(quoted_text_is_escaped_and_cut_to_fit),
        cmocka_unit_test(damaged_text_never_crashes_and_what_passes_survives_a_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
