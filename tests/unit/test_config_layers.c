/* Layers in configs: presets and defaults written out, old configs, merging, differences, and every
   key of every layer in schema and help. */
#include "base/file.h"
#include "support.h"

#include <likeness/config.h>

#include <cjson/cJSON.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

#define ENCODER(slope) "[{\"type\": \"flatten\"}, {\"type\": \"leaky_relu\"" slope "}]"
#define DECODER        "[{\"type\": \"linear\", \"out\": 12288}, {\"type\": \"sigmoid\"}]"
#define OWN(before, encoder)                                                                       \
    "{\"model\": {\"architecture\": {" before "\"encoder\": " encoder ", \"decoder\": " DECODER    \
    "}}}"

/* A residual in a residual. */
#define RESIDUAL(layers)                                                                           \
    "[{\"type\": \"flatten\"}, {\"type\": \"residual\", \"layers\": [{\"type\": "                  \
    "\"residual\", \"layers\": [" layers "]}]}]"

static char folder[LK_PATH_MAX];

static void parse(const char *text, lk_config *config) {
    lk_error err = { "" };
    assert_ok(lk_config_parse_text(text, strlen(text), "c.json", NULL, 0, config, &err), &err);
}

/* The resolved text of a config; the caller ends it with lk_text_deinit. */
static lk_text printed(const lk_config *config) {
    lk_text out = { 0 };
    lk_error err;
    assert_ok(lk_config_print(config, 64, &out, &err), &err);
    return out;
}

static lk_text difference_of(const char *text_a, const char *text_b) {
    lk_config a, b;
    lk_text out = { 0 };
    lk_error err;
    parse(text_a, &a);
    parse(text_b, &b);
    lk_text_add(&out, "%s", "");
    assert_ok(lk_config_difference(&a, &b, 64, &out, &err), &err);
    lk_config_deinit(&a), lk_config_deinit(&b);
    return out;
}

static void assert_difference(const char *a, const char *b, const char *expected) {
    lk_text out = difference_of(a, b);
    assert_string_equal(out.data, expected);
    lk_text_deinit(&out);
}

/* ---- written out ---- */

static void check_keys(const cJSON *list, const char *text) {
    const cJSON *item;
    assert_true(cJSON_GetArraySize(list) > 0);
    cJSON_ArrayForEach(item, list) {
        const char *type = cJSON_GetStringValue(cJSON_GetObjectItem(item, "type"));
        const lk_choice *layer = lk_choice_find(lk_layer_list, type);
        assert_non_null(layer);
        int n = 1;
        for (const lk_option *option = layer->options; option && option->key; option++, n++)
            if (!cJSON_GetObjectItem(item, option->key))
                fail_msg("%s.%s is not in\n%s", type, option->key, text);
        assert_int_equal(cJSON_GetArraySize(item), n);
    }
}

/* The lists of a resolved config; the root is the caller's. */
static cJSON *architecture_of(const lk_text *text, cJSON **root) {
    *root = cJSON_ParseWithLength(text->data, text->n);
    cJSON *architecture = cJSON_GetObjectItem(cJSON_GetObjectItem(*root, "model"), "architecture");
    assert_true(cJSON_IsObject(architecture));
    return architecture;
}

static void a_resolved_config_has_every_layer_of_its_preset_with_every_key(void **state) {
    (void)state;
    for (const lk_preset *const *row = lk_presets, *preset; (preset = *row); row++) {
        char text[128];
        lk_config config;
        cJSON *root;
        snprintf(text, sizeof text, "{\"model\": {\"latent\": %s, \"architecture\": \"%s\"}}",
                 preset->only_maps ? "[4, 8, 8]" : "8", preset->name);
        parse(text, &config);
        lk_text out = printed(&config);
        cJSON *architecture = architecture_of(&out, &root);
        assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(architecture, "preset")),
                            preset->name);
        assert_int_equal(cJSON_GetArraySize(architecture), 3); /* and the lists; no width */
        check_keys(cJSON_GetObjectItem(architecture, "encoder"), out.data);
        check_keys(cJSON_GetObjectItem(architecture, "decoder"), out.data);
        assert_difference(text, out.data, "");
        cJSON_Delete(root);
        lk_text_deinit(&out);
        lk_config_deinit(&config);
    }
}

static void own_layers_are_written_out_without_a_preset(void **state) {
    (void)state;
    lk_config config;
    cJSON *root;
    parse(OWN("", ENCODER("")), &config);
    lk_text out = printed(&config);
    cJSON *architecture = architecture_of(&out, &root);
    assert_null(cJSON_GetObjectItem(architecture, "preset"));
    check_keys(cJSON_GetObjectItem(architecture, "encoder"), out.data);
    assert_contains(out.data, "{\"type\": \"leaky_relu\", \"slope\": 0.2}");
    cJSON_Delete(root);
    lk_text_deinit(&out);
    lk_config_deinit(&config);
}

static void layers_inside_a_layer_are_written_out_and_read_back(void **state) {
    (void)state;
    lk_config config;
    parse(OWN("", RESIDUAL("{\"type\": \"leaky_relu\"}")), &config);
    lk_text out = printed(&config);
    assert_contains(out.data, "\"residual\" ... \"layers\" ... \"residual\" ... \"layers\" ... "
                              "{\"type\": \"leaky_relu\", \"slope\": 0.2}");
    assert_difference(OWN("", RESIDUAL("{\"type\": \"leaky_relu\"}")), out.data, "");
    assert_difference(OWN("", RESIDUAL("{\"type\": \"leaky_relu\", \"slope\": 0.3}")), out.data,
                      "model.architecture.encoder[1].layers[0].layers[0].slope: 0.3 and 0.2");
    lk_text_deinit(&out);
    lk_config_deinit(&config);
}

static void residuals_nest_up_to_a_limit(void **state) {
    (void)state;
    for (int n = 1; n <= 12; n++) {
        lk_text layers = { 0 }, text = { 0 };
        lk_config config;
        lk_error err = { "" };
        lk_text_add(&layers, "{\"type\": \"residual\", \"layers\": [");
        for (int i = 1; i < n; i++)
            lk_text_add(&layers, "\n{\"type\": \"residual\", \"layers\": [");
        lk_text_add(&layers, "{\"type\": \"tanh\"}");
        for (int i = 0; i < n; i++) lk_text_add(&layers, "]}");
        lk_text_add(&text, OWN("", "[%s]"), layers.data);
        lk_status status =
            lk_config_parse_text(text.data, text.n, "c.json", NULL, 0, &config, &err);
        assert_int_equal(status, n <= 8 ? LK_OK : LK_USAGE);
        if (n == 9)
            assert_contains(err.text, "c.json:1: model.architecture.encoder[0].layers: expected at "
                                      "most 8 residuals inside each other");
        if (!status) lk_config_deinit(&config);
        lk_text_deinit(&layers);
        lk_text_deinit(&text);
    }
}

static void one_layer_inside_a_layer_can_be_changed(void **state) {
    (void)state;
    static const struct {
        const char *set, *difference;
    } rows[] = {
        { "model.architecture.encoder.1.layers.0.layers.0.slope=0.5",
          "model.architecture.encoder[1].layers[0].layers[0].slope: 0.2 and 0.5" },
        { "model.architecture.encoder.1.layers.0.layers.0=tanh",
          "model.architecture.encoder[1].layers[0].layers[0].type: \"leaky_relu\" and \"tanh\"" },
        { "model.architecture.encoder.1.layers.0=tanh",
          "model.architecture.encoder[1].layers[0].type: \"residual\" and \"tanh\"" },
    };
    static const char text[] = OWN("", RESIDUAL("{\"type\": \"leaky_relu\"}"));
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_config before, after;
        lk_error err;
        lk_text out = { 0 };
        parse(text, &before);
        assert_ok(lk_config_parse_text(text, strlen(text), "c.json", &rows[i].set, 1, &after, &err),
                  &err);
        assert_ok(lk_config_difference(&before, &after, 64, &out, &err), &err);
        assert_string_equal(out.data, rows[i].difference);
        lk_text_deinit(&out);
        lk_config_deinit(&before), lk_config_deinit(&after);
    }
}

/* ---- differences ---- */

static void configs_saved_before_layers_were_written_out_are_equal_to_theirs(void **state) {
    (void)state;
    assert_difference("{}", "{\"model\": {\"architecture\": \"compact\"}}", "");
    assert_difference("{}", "{\"model\": {\"architecture\": {\"preset\": \"compact\"}}}", "");
    assert_difference(
        "{}", "{\"model\": {\"architecture\": {\"preset\": \"compact\", \"width\": 32}}}", "");
    assert_difference(OWN("", ENCODER("")), OWN("", ENCODER(", \"slope\": 0.2")), "");
    assert_difference(OWN("", ENCODER("")), OWN("\"preset\": \"mine\", ", ENCODER("")), "");
    assert_difference(OWN("\"preset\": \"wae\", ", ENCODER("")),
                      OWN("\"preset\": \"compact\", ", ENCODER("")), "");
}

static void the_difference_names_the_key_of_a_layer(void **state) {
    (void)state;
    assert_difference(OWN("", ENCODER("")), OWN("", ENCODER(", \"slope\": 0.3")),
                      "model.architecture.encoder[1].slope: 0.2 and 0.3");
    assert_difference(OWN("", ENCODER("")),
                      OWN("", "[{\"type\": \"flatten\"}, {\"type\": \"relu\"}]"),
                      "model.architecture.encoder[1].type: \"leaky_relu\" and \"relu\"");
    assert_difference(OWN("", ENCODER("")), OWN("", "[{\"type\": \"flatten\"}]"),
                      "model.architecture.encoder: 2 items and 1 items");
}

/* ---- merging ---- */

/* What `text`, as a file, and `set` make of the resolved config of `compact`. */
static lk_status load_over_saved(const char *text, const char *set, lk_config *config,
                                 lk_error *err) {
    char saved[LK_PATH_MAX], over[LK_PATH_MAX], text_over[1024];
    lk_config base;
    parse("{}", &base);
    lk_text out = printed(&base);
    snprintf(saved, sizeof saved, "%s", lk_test_path(folder, "saved.json"));
    snprintf(over, sizeof over, "%s", lk_test_path(folder, "over.json"));
    snprintf(text_over, sizeof text_over, "{\"extends\": \"saved.json\"%s%s}", *text ? ", " : "",
             text);
    lk_test_write(saved, out.data, out.n);
    lk_test_write(over, text_over, strlen(text_over));
    lk_text_deinit(&out);
    lk_config_deinit(&base);
    return lk_config_load(over, &set, set ? 1 : 0, config, err);
}

static void a_preset_or_a_list_over_a_saved_config_replaces_what_it_says(void **state) {
    (void)state;
#define ARCHITECTURE(value) "\"model\": {\"architecture\": " value "}"
    static const struct {
        const char *text, *set, *preset;
        int encoder, decoder; /* lengths; 13 and 15 are those of every preset at 64 x 64 */
        int width;
    } rows[] = {
        { "", NULL, "compact", 13, 15, 0 },
        { ARCHITECTURE("{\"preset\": \"wae\", \"width\": 4}"), NULL, "wae", 13, 15, 4 },
        { "", "model.architecture.width=4", "compact", 13, 15, 4 },
        { ARCHITECTURE("{\"preset\": \"wae\", \"width\": 4}"), "model.architecture.width=8", "wae",
          13, 15, 8 },
        { ARCHITECTURE("{\"preset\": \"wae\", \"width\": 4}"), "model.architecture.preset=dcgan",
          "dcgan", 13, 15, 0 },
        { ARCHITECTURE("{\"preset\": \"wae\", \"width\": 4}"),
          "model.architecture={\"encoder\": [], \"decoder\": " DECODER "}", "", 0, 2, 0 },
        { ARCHITECTURE("\"dcgan\""), NULL, "dcgan", 13, 15, 0 },
        { ARCHITECTURE("{\"preset\": \"wae\"}"), NULL, "wae", 13, 15, 0 },
        { "", "model.architecture=wae", "wae", 13, 15, 0 },
        { "", "model.architecture.preset=wae", "wae", 13, 15, 0 },
        { ARCHITECTURE("\"wae\""), "model.architecture={\"preset\": \"compact\"}", "compact", 13,
          15, 0 },
        { ARCHITECTURE("{\"encoder\": [{\"type\": \"flatten\"}]}"), NULL, "", 1, 15, 0 },
        { "", "model.architecture.encoder=[{\"type\": \"flatten\"}]", "", 1, 15, 0 },
        { ARCHITECTURE("{\"preset\": \"mine\", \"encoder\": []}"), NULL, "mine", 0, 15, 0 },
        { ARCHITECTURE("{\"encoder\": [], \"decoder\": " DECODER "}"), NULL, "", 0, 2, 0 },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_config config;
        lk_error err = { "" };
        assert_ok(load_over_saved(rows[i].text, rows[i].set, &config, &err), &err);
        lk_architecture got;
        lk_arena arena;
        lk_arena_init(&arena);
        assert_ok(lk_config_layers(&config, 64, &arena, &got, &err), &err);
        if (strcmp(got.preset, rows[i].preset) != 0 || got.width != rows[i].width ||
            got.encoder.n != rows[i].encoder || got.decoder.n != rows[i].decoder)
            fail_msg("row %zu: got \"%s\" of width %d, %d and %d layers", i, got.preset,
                     (int)got.width, got.encoder.n, got.decoder.n);
        lk_arena_deinit(&arena);
        char preset[LK_WORDS_MAX + 64];
        snprintf(preset, sizeof preset,
                 "{\"model\": {\"architecture\": {\"preset\": \"%s\", \"width\": %d}}}", got.preset,
                 (int)got.width);
        lk_text out = printed(&config);
        if (rows[i].encoder == 13) assert_difference(preset, out.data, "");
        lk_text_deinit(&out);
        lk_config_deinit(&config);
    }
}

static void wrong_architectures_say_where_and_what(void **state) {
    (void)state;
    static const struct {
        const char *value, *part;
    } rows[] = {
        { "\"compct\"",
          "c.json:2: model.architecture: expected compact, dcgan, wae ... or kl_f8 ... got "
          "\"compct\" ... did you mean \"compact\"" },
        { "{\n\"preset\": \"waf\"}",
          "c.json:3: model.architecture.preset: expected compact, dcgan, wae "
          "... got \"waf\" ... \"wae\"" },
        { "{\"preset\": 3}", "c.json:2: model.architecture.preset: expected ... got 3" },
        { "[]", "c.json:2: model.architecture: expected ... got an empty list" },
        { "{}", "c.json:2: model.architecture.encoder: expected a list ... got nothing" },
        { "{\"encoder\": []}", "c.json:2: model.architecture.decoder: expected a list" },
        { "{\"encoder\": {}, \"decoder\": []}", "model.architecture.encoder: expected a list" },
        { "{\"encoder\": [\n{}], \"decoder\": []}",
          "c.json:3: model.architecture.encoder[0]: expected a \"type\" ... conv" },
        { "{\"encoder\": [3], \"decoder\": []}", "encoder[0]: expected an object ... got 3" },
        { "{\"encoder\": [{\"type\": \"leaky_relu\",\n\"slop\": 1}], \"decoder\": []}",
          "c.json:3: model.architecture.encoder[0]: unknown key \"slop\" ... slope" },
        { "{\"encoder\": [{\"type\": \"leaky_relu\",\n\"slope\": 2}], \"decoder\": []}",
          "c.json:3: model.architecture.encoder[0].slope: expected a number from 0 to 1 ... got "
          "2" },
        { "{\"encoder\": [], \"decoder\": []}",
          "model.architecture.decoder: expected ... got no layer" },
        { "{\"encoder\": [], \"decoder\": [{\"type\": \"flatten\"},\n{\"type\": \"tanh\"}]}",
          "c.json:3: model.architecture.decoder: expected ... sigmoid ... got tanh" },
        { "{\"encoder\": [{\"type\": \"residual\"}], \"decoder\": []}",
          "c.json:2: model.architecture.encoder[0].layers: expected a list of 1 to 256 layers, got "
          "nothing" },
        { "{\"encoder\": [{\"type\": \"residual\", \"layers\": [\n{\"type\": \"tan\"}]}], "
          "\"decoder\": []}",
          "c.json:3: model.architecture.encoder[0].layers[0]: unknown type \"tan\" ... \"tanh\"" },
        { "{\"encoder\": [], \"encodr\": []}", "unknown key \"encodr\" ... encoder" },
        { "{\n\"width\": 64}",
          "c.json:2: model.architecture.preset: expected a preset ... \"width\" ... none" },
        { "{\"preset\": \"compact\",\n\"width\": 0.5}",
          "c.json:3: model.architecture.width: expected a whole number ... got 0.5" },
        { "{\"preset\": \"compact\", \"widht\": 3}", "unknown key \"widht\" ... \"width\"" },
        { "\"net.json\"",
          "c.json:2: model.architecture: expected compact, dcgan, wae ... or kl_f8 ... got "
          "\"net.json\"" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        char text[512];
        lk_config config;
        lk_error err = { "" };
        snprintf(text, sizeof text, "{\"model\":\n{\"architecture\": %s}}", rows[i].value);
        assert_int_equal(lk_config_parse_text(text, strlen(text), "c.json", NULL, 0, &config, &err),
                         LK_USAGE);
        assert_contains(err.text, rows[i].part);
    }
}

/* ---- files ---- */

#define LISTS "{\"encoder\": [{\"type\": \"flatten\"}],\n\"decoder\": " DECODER "}"

static void put(const char *name, const char *text) {
    lk_test_write(lk_test_path(folder, name), text, strlen(text));
}

static void make_files(void) {
    char path[LK_PATH_MAX + 8];
    snprintf(path, sizeof path, "%s/nets", folder);
    lk_error err;
    assert_ok(lk_folder_create(path, &err), &err);
    put("nets/lists.json", "// comments are fine\n" LISTS);
    put("nets/preset.json", "{\"preset\": \"dcgan\", \"width\": 8}");
    put("nets/wrong.json", "{\"encoder\": [],\n\"decoder\": [{\"type\": \"tanh\"}]}");
    put("nets/half.json", "{\"encoder\": []}");
    put("nets/list.json", "[]");
    put("nets/broken.json", "{");
    put("nets/base.json", "{\"model\": {\"latent\": 3, \"architecture\": \"lists.json\"}}");
}

static void an_architecture_in_a_file_takes_the_place_of_its_name(void **state) {
    (void)state;
    static const struct {
        const char *text, *set, *preset;
        int encoder, decoder, width;
    } rows[] = {
        { "{" ARCHITECTURE("\"nets/lists.json\"") "}", NULL, "", 1, 2, 0 },
        { "{" ARCHITECTURE("\"nets/preset.json\"") "}", NULL, "dcgan", 0, 0, 8 },
        { "{\"extends\": \"nets/base.json\"}", NULL, "", 1, 2, 0 },
        { "{\"extends\": \"nets/base.json\", " ARCHITECTURE("\"nets/preset.json\"") "}", NULL,
          "dcgan", 0, 0, 8 },
        { "{\"extends\": \"nets/base.json\", " ARCHITECTURE("\"wae\"") "}", NULL, "wae", 0, 0, 0 },
        { "{\"extends\": \"nets/base.json\"}", "model.architecture.encoder=[]", "", 0, 2, 0 },
        { "{}", "model.architecture=%s/nets/lists.json", "", 1, 2, 0 },
        { "{}", "model={\"architecture\": \"%s/nets/lists.json\"}", "", 1, 2, 0 },
    };
    make_files();
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        char set[LK_PATH_MAX + 64];
        const char *sets[] = { set };
        const char *here = rows[i].set ? strstr(rows[i].set, "%s") : NULL;
        snprintf(set, sizeof set, "%.*s%s%s",
                 here ? (int)(here - rows[i].set) : (int)sizeof set - 1,
                 rows[i].set ? rows[i].set : "", here ? folder : "", here ? here + 2 : "");
        lk_config config;
        lk_error err = { "" };
        put("c.json", rows[i].text);
        assert_ok(lk_config_load(lk_test_path(folder, "c.json"), sets, rows[i].set != NULL, &config,
                                 &err),
                  &err);
        const lk_architecture *got = &config.model.architecture;
        if (strcmp(got->preset, rows[i].preset) != 0 || got->encoder.n != rows[i].encoder ||
            got->decoder.n != rows[i].decoder || got->width != rows[i].width)
            fail_msg("row %zu: got \"%s\" of width %d, %d and %d layers", i, got->preset,
                     (int)got->width, got->encoder.n, got->decoder.n);
        lk_config_deinit(&config);
    }
}

static void wrong_files_of_architectures_say_where_and_what(void **state) {
    (void)state;
    static const struct {
        const char *name, *part;
    } rows[] = {
        { "nets/none.json", "c.json:2: model.architecture: ... nets/none.json: cannot open" },
        { "nets/list.json",
          "c.json:2: model.architecture: ... nets/list.json:1: expected an object" },
        { "nets/broken.json", "c.json:2: model.architecture: ... nets/broken.json:1: " },
        { "nets/wrong.json",
          "nets/wrong.json:2: model.architecture.decoder: expected ... sigmoid" },
        { "nets/half.json", "nets/half.json: model.architecture.decoder: expected a list" },
    };
    make_files();
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        char text[128];
        lk_config config;
        lk_error err = { "" };
        snprintf(text, sizeof text,
                 "{"
                 "\"model\":\n{\"architecture\": \"%s\"}}",
                 rows[i].name);
        put("c.json", text);
        assert_int_equal(lk_config_load(lk_test_path(folder, "c.json"), NULL, 0, &config, &err),
                         LK_USAGE);
        assert_contains(err.text, rows[i].part);
    }
}

/* ---- schema and help ---- */

/* Whether a value fits a schema, of which as much is known as ours uses. */
static bool fits(const cJSON *schema, const cJSON *value);

/* The "$defs" of the schema that was read last. */
static const cJSON *definitions;

/* What {"$ref": "#/$defs/layers"} stands for; another schema is itself. */
static const cJSON *resolved(const cJSON *schema) {
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(schema, "$ref"));
    if (!name) return schema;
    assert_memory_equal(name, "#/$defs/", strlen("#/$defs/"));
    schema = cJSON_GetObjectItemCaseSensitive(definitions, name + strlen("#/$defs/"));
    assert_non_null(schema);
    return schema;
}

static bool fits_type(const char *type, const cJSON *value) {
    if (strcmp(type, "object") == 0) return cJSON_IsObject(value);
    if (strcmp(type, "array") == 0) return cJSON_IsArray(value);
    if (strcmp(type, "string") == 0) return cJSON_IsString(value);
    if (strcmp(type, "boolean") == 0) return cJSON_IsBool(value);
    if (strcmp(type, "integer") == 0)
        return cJSON_IsNumber(value) && value->valuedouble == (double)(int64_t)value->valuedouble;
    assert_string_equal(type, "number");
    return cJSON_IsNumber(value);
}

static bool fits_members(const cJSON *schema, const cJSON *value) {
    const cJSON *properties = cJSON_GetObjectItemCaseSensitive(schema, "properties"), *member, *key;
    cJSON_ArrayForEach(key, cJSON_GetObjectItemCaseSensitive(schema, "required")) {
        if (!cJSON_GetObjectItemCaseSensitive(value, key->valuestring)) return false;
    }
    cJSON_ArrayForEach(member, value) {
        const cJSON *own = cJSON_GetObjectItemCaseSensitive(properties, member->string);
        if (properties && (!own || !fits(own, member))) return false;
    }
    return true;
}

static bool fits_any(const cJSON *schemas, const cJSON *value) {
    const cJSON *schema;
    cJSON_ArrayForEach(schema, schemas) if (fits(schema, value)) return true;
    return !schemas;
}

static bool is_one_of(const cJSON *values, const cJSON *value) {
    const cJSON *one;
    cJSON_ArrayForEach(one, values) if (cJSON_Compare(one, value, true)) return true;
    return !values;
}

static bool fits_items(const cJSON *schema, const cJSON *value) {
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(schema, "items"), *item;
    const cJSON *least = cJSON_GetObjectItemCaseSensitive(schema, "minItems"),
                *most = cJSON_GetObjectItemCaseSensitive(schema, "maxItems");
    int n = cJSON_GetArraySize(value);
    cJSON_ArrayForEach(item, value) if (items && !fits(items, item)) return false;
    return (!least || n >= least->valuedouble) && (!most || n <= most->valuedouble);
}

/* A pattern that is also a POSIX extended regular expression. */
static bool fits_pattern(const char *pattern, const char *text) {
    regex_t compiled;
    assert_int_equal(regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB), 0);
    bool matches = regexec(&compiled, text, 0, NULL, 0) == 0;
    regfree(&compiled);
    return matches;
}

static bool fits(const cJSON *schema, const cJSON *value) {
    schema = resolved(schema);
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(schema, "type"),
                *least = cJSON_GetObjectItemCaseSensitive(schema, "minimum"),
                *most = cJSON_GetObjectItemCaseSensitive(schema, "maximum"),
                *same = cJSON_GetObjectItemCaseSensitive(schema, "const"),
                *pattern = cJSON_GetObjectItemCaseSensitive(schema, "pattern");
    if (type && !fits_type(type->valuestring, value)) return false;
    if (pattern && !fits_pattern(pattern->valuestring, value->valuestring)) return false;
    if (same && !cJSON_Compare(same, value, true)) return false;
    if (least && value->valuedouble < least->valuedouble) return false;
    if (most && value->valuedouble > most->valuedouble) return false;
    return is_one_of(cJSON_GetObjectItemCaseSensitive(schema, "enum"), value) &&
           fits_any(cJSON_GetObjectItemCaseSensitive(schema, "anyOf"), value) &&
           (!cJSON_IsObject(value) || fits_members(schema, value)) &&
           (!cJSON_IsArray(value) || fits_items(schema, value));
}

static cJSON *read_schema(void) {
    lk_text text = { 0 };
    lk_error err;
    assert_ok(lk_config_schema(&text, &err), &err);
    cJSON *schema = cJSON_ParseWithLength(text.data, text.n);
    assert_non_null(schema);
    definitions = cJSON_GetObjectItemCaseSensitive(schema, "$defs");
    lk_text_deinit(&text);
    return schema;
}

static bool text_fits(const cJSON *schema, const char *text) {
    cJSON *value = cJSON_Parse(text);
    assert_non_null(value);
    bool result = fits(schema, value);
    cJSON_Delete(value);
    return result;
}

static void the_schema_accepts_every_preset_as_a_name_and_written_out(void **state) {
    (void)state;
    cJSON *schema = read_schema();
    for (const lk_preset *const *row = lk_presets, *preset; (preset = *row); row++) {
        char text[128];
        lk_config config;
        snprintf(text, sizeof text, "{\"model\": {\"latent\": %s, \"architecture\": \"%s\"}}",
                 preset->only_maps ? "[4, 8, 8]" : "8", preset->name);
        assert_true(text_fits(schema, text));
        parse(text, &config);
        lk_text out = printed(&config);
        assert_true(text_fits(schema, out.data));
        lk_text_deinit(&out);
        lk_config_deinit(&config);
    }
    assert_true(text_fits(schema, OWN("", ENCODER(""))));
    assert_true(text_fits(schema, OWN("", RESIDUAL("{\"type\": \"tanh\"}"))));
    assert_true(text_fits(schema, "{\"model\": {\"architecture\": \"nets/mine.json\"}}"));
    assert_true(
        text_fits(schema, "{\"model\": {\"architecture\": {\"preset\": \"wae\", \"width\": 8}}}"));
    cJSON_Delete(schema);
}

static void the_schema_refuses_wrong_layers(void **state) {
    (void)state;
    cJSON *schema = read_schema();
    assert_false(text_fits(schema, "{\"model\": {\"architecture\": \"compct\"}}"));
    assert_false(text_fits(schema, OWN("\"name\": 3, ", ENCODER(""))));
    assert_false(text_fits(schema, OWN("", ENCODER(", \"slope\": 2"))));
    assert_false(text_fits(schema, OWN("", ENCODER(", \"slop\": 0.5"))));
    assert_false(text_fits(schema, OWN("", "[{}]")));
    assert_false(text_fits(schema, OWN("", "[{\"type\": \"residual\"}]")));
    assert_false(text_fits(schema, OWN("", RESIDUAL(""))));
    assert_false(text_fits(schema, OWN("", RESIDUAL("{\"type\": \"tanh\", \"slope\": 1}"))));
    assert_false(text_fits(schema, OWN("", "[{\"type\": \"conv\", \"out\": 0.5}]")));
    cJSON_Delete(schema);
}

/* The schema of a layer, by the "const" of its type. */
static const cJSON *layer_in(const cJSON *schema, const char *list, const char *name) {
    static const char *const path[] = { "model", "architecture", NULL };
    const cJSON *at = schema, *one;
    for (int i = 0; path[i]; i++) {
        const cJSON *any = cJSON_GetObjectItem(at, "anyOf");
        if (any) at = any->child; /* every model type has the same architecture */
        at = cJSON_GetObjectItem(cJSON_GetObjectItem(at, "properties"), path[i]);
    }
    const cJSON *any = cJSON_GetObjectItem(at, "anyOf");
    at = cJSON_GetObjectItem(cJSON_GetArrayItem(any, cJSON_GetArraySize(any) - 1), "properties");
    at = resolved(cJSON_GetObjectItem(cJSON_GetObjectItem(at, list), "items"));
    cJSON_ArrayForEach(one, cJSON_GetObjectItem(at, "anyOf")) {
        const cJSON *properties = cJSON_GetObjectItem(one, "properties"),
                    *type = cJSON_GetObjectItem(properties, "type");
        if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(type, "const")), name) == 0)
            return properties;
    }
    return NULL;
}

static void schema_and_help_have_every_key_of_every_layer(void **state) {
    (void)state;
    cJSON *schema = read_schema();
    lk_text help = { 0 };
    lk_config_help(&help);
    const char *at = strstr(help.data, "\nmodel.architecture: ");
    assert_non_null(at);
    for (const lk_choice *const *layer = lk_layer_list; *layer; layer++) {
        char line[256];
        snprintf(line, sizeof line, "  type \"%s\": %s\n", (*layer)->name, (*layer)->summary);
        if (!(at = strstr(at, line))) fail_msg("help has no line%s", line);
        const cJSON *encoder = layer_in(schema, "encoder", (*layer)->name),
                    *decoder = layer_in(schema, "decoder", (*layer)->name);
        for (const lk_option *option = (*layer)->options; option && option->key; option++) {
            lk_text own = { 0 };
            snprintf(line, sizeof line, "  %s", option->key);
            lk_option_help(option, line, &own);
            if (!(at = strstr(at, own.data))) fail_msg("help has no line %s", own.data);
            lk_text_deinit(&own);
            const cJSON *in_encoder = cJSON_GetObjectItem(encoder, option->key),
                        *in_decoder = cJSON_GetObjectItem(decoder, option->key);
            assert_non_null(in_encoder);
            assert_non_null(in_decoder);
            if (option->type == LK_CHOICES) continue; /* it may have no default */
            assert_non_null(cJSON_GetObjectItem(in_encoder, "default"));
            assert_non_null(cJSON_GetObjectItem(in_decoder, "default"));
        }
        assert_non_null(encoder);
    }
    lk_text_deinit(&help);
    cJSON_Delete(schema);
}

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", lk_test_folder("config_layers"));
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_resolved_config_has_every_layer_of_its_preset_with_every_key),
        cmocka_unit_test(own_layers_are_written_out_without_a_preset),
        cmocka_unit_test(layers_inside_a_layer_are_written_out_and_read_back),
        cmocka_unit_test(residuals_nest_up_to_a_limit),
        cmocka_unit_test(one_layer_inside_a_layer_can_be_changed),
        cmocka_unit_test(configs_saved_before_layers_were_written_out_are_equal_to_theirs),
        cmocka_unit_test(the_difference_names_the_key_of_a_layer),
        cmocka_unit_test(a_preset_or_a_list_over_a_saved_config_replaces_what_it_says),
        cmocka_unit_test(wrong_architectures_say_where_and_what),
        cmocka_unit_test(an_architecture_in_a_file_takes_the_place_of_its_name),
        cmocka_unit_test(wrong_files_of_architectures_say_where_and_what),
        cmocka_unit_test(the_schema_accepts_every_preset_as_a_name_and_written_out),
        cmocka_unit_test(the_schema_refuses_wrong_layers),
        cmocka_unit_test(schema_and_help_have_every_key_of_every_layer),
    };
    return cmocka_run_group_tests(tests, make_folder, NULL);
}
