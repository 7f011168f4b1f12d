/* The tables of configs as JSON Schema (draft 2020-12). */
#include "config/sections.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

/* Compact text, which is parsed again and printed with indents. */

static void add_string(const char *text, lk_text *out) {
    char quoted[1024];
    lk_text_add(out, "%s", lk_text_quoted(text, quoted, sizeof quoted));
}

static void add_range(const lk_option *option, const char *type, lk_text *out) {
    char low[LK_NUMBER_TEXT_MAX], high[LK_NUMBER_TEXT_MAX];
    lk_text_add(out, "\"type\":\"%s\",\"minimum\":%s,\"maximum\":%s", type,
                lk_number_text(option->min, low), lk_number_text(option->max, high));
}

static void add_words(const char *words, lk_text *out) {
    lk_text_add(out, "\"enum\":[");
    for (size_t n = 0; *words; words += n + (words[n] == '|')) {
        n = strcspn(words, "|");
        lk_text_add(out, "\"%.*s\"%s", (int)n, words, words[n] ? "," : "");
    }
    lk_text_add(out, "]");
}

static void add_list(const lk_option *option, const char *type, lk_text *out) {
    if (option->words) {
        lk_text_add(out, "\"anyOf\":[{");
        add_range(option, type, out);
        lk_text_add(out, "},{");
    }
    lk_text_add(out, "\"type\":\"array\",\"minItems\":%d,\"maxItems\":%d,\"items\":{",
                option->type == LK_STRINGS ? 0 : 1, LK_LIST_MAX);
    if (option->type == LK_STRINGS)
        lk_text_add(out, "\"type\":\"string\"");
    else
        add_range(option, type, out);
    lk_text_add(out, option->words ? "}}]" : "}");
}

static void add_option(const lk_option *option, lk_text *out) {
    char value[LK_WORDS_MAX];
    lk_text_add(out, "{\"description\":");
    add_string(option->help, out);
    lk_option_default_text(option, value, sizeof value);
    if (value[0]) lk_text_add(out, ",\"default\":%s", value);
    if (option->type != LK_JSON) lk_text_add(out, ",");
    switch (option->type) {
    case LK_NUMBER:
        add_range(option, "number", out);
        break;
    case LK_INTEGER:
        add_range(option, "integer", out);
        break;
    case LK_BOOLEAN:
        lk_text_add(out, "\"type\":\"boolean\"");
        break;
    case LK_WORD:
        add_words(option->words, out);
        break;
    case LK_STRING:
        lk_text_add(out, "\"type\":\"string\",\"maxLength\":%d", LK_WORDS_MAX - 1);
        break;
    case LK_NUMBERS:
        add_list(option, "number", out);
        break;
    case LK_INTEGERS:
        add_list(option, "integer", out);
        break;
    case LK_STRINGS:
        add_list(option, "string", out);
        break;
    case LK_CHOICES:
        lk_text_add(out,
                    "\"type\":\"array\",\"minItems\":%d,\"maxItems\":%d,"
                    "\"items\":{\"$ref\":\"#/$defs/%s\"}",
                    (int)option->min, (int)option->max, option->words);
        break;
    case LK_JSON:
        break;
    }
    lk_text_add(out, "}");
}

static void add_section(const lk_section *section, lk_text *out);

/* Every key of a table as a property. `first`: none is before it, so no comma either. */
static void add_properties(const lk_section *section, const lk_option *table, bool first,
                           lk_text *out) {
    for (const lk_option *option = table; option && option->key; option++, first = false) {
        const lk_section *inside = section ? lk_section_inside(section, option) : NULL;
        lk_text_add(out, "%s\"%s\":", first ? "" : ",", option->key);
        if (inside)
            add_section(inside, out);
        else
            add_option(option, out);
    }
}

/* A list without a default has to be given. */
static void add_required(const lk_option *table, lk_text *out) {
    bool first = true;
    for (const lk_option *option = table; option && option->key; option++) {
        if (option->type != LK_CHOICES || option->text) continue;
        lk_text_add(out, "%s\"%s\"", first ? ",\"required\":[" : ",", option->key);
        first = false;
    }
    if (!first) lk_text_add(out, "]");
}

static void add_choice(const lk_section *section, const lk_choice *choice, const lk_option *common,
                       lk_text *out) {
    lk_text_add(out, "{\"description\":");
    add_string(choice->summary, out);
    lk_text_add(out, ",\"additionalProperties\":false,\"properties\":{\"type\":{\"const\":\"%s\"}",
                choice->name);
    add_properties(section, common, false, out);
    add_properties(section, choice->options, false, out);
    lk_text_add(out, "}");
    add_required(choice->options, out);
    lk_text_add(out, "}");
}

/* section NULL: in a list, where no sections are inside. */
static void add_choices(const lk_section *section, const lk_choice *const *list,
                        const lk_option *common, lk_text *out) {
    lk_text_add(out, "\"anyOf\":[");
    for (const lk_choice *const *row = list; *row; row++) {
        add_choice(section, *row, common, out);
        if (row[1]) lk_text_add(out, ",");
    }
    lk_text_add(out, "]");
}

/* ---- what lists hold ---- */

/* The options whose items have a definition, each kind of items once. */
struct definitions {
    const lk_option *option[16];
    size_t n;
};

static void find_items(const lk_option *table, struct definitions *found) {
    for (const lk_option *option = table; option && option->key; option++) {
        bool known = !option->items;
        for (size_t i = 0; i < found->n; i++)
            known = known || found->option[i]->items == option->items;
        if (!known && found->n < LK_COUNT(found->option)) found->option[found->n++] = option;
    }
}

static void find_items_of_rows(const lk_choice *const *list, struct definitions *found) {
    for (; list && *list; list++) find_items((*list)->options, found);
}

/* Items may hold lists of the same kind, so that they have a name: "$defs": {"layers": ...}. */
static void add_definitions(lk_text *out) {
    struct definitions found = { .n = 0 };
    for (const lk_section *section = lk_sections; section->path; section++) {
        find_items(section->options, &found);
        find_items_of_rows(section->list, &found);
    }
    lk_text_add(out, "\"$defs\":{");
    for (size_t i = 0; i < found.n; i++) {
        const lk_items *items = found.option[i]->items;
        find_items_of_rows(items->list, &found);
        lk_text_add(out, "%s\"%s\":{\"type\":\"object\",%s", i ? "," : "", found.option[i]->words,
                    items->type ? "" : "\"required\":[\"type\"],");
        add_choices(NULL, items->list, items->common, out);
        lk_text_add(out, "}");
    }
    lk_text_add(out, "},");
}

static void add_keys(const lk_section *section, lk_text *out) {
    bool top = !section->path[0];
    lk_text_add(out, "\"type\":\"object\",");
    if (section->list) {
        add_choices(section, section->list, section->options, out);
        return;
    }
    lk_text_add(out, "\"additionalProperties\":false,\"properties\":{");
    if (top) add_properties(section, lk_config_directives, true, out);
    add_properties(section, section->options, !top, out);
    lk_text_add(out, "}");
}

static void add_section(const lk_section *section, lk_text *out) {
    lk_text_add(out, "{");
    if (!section->path[0])
        lk_text_add(out, "\"$schema\":\"https://json-schema.org/draft/2020-12/"
                         "schema\",\"title\":\"config of Likeness\",");
    if (!section->path[0]) add_definitions(out);
    lk_text_add(out, "\"description\":");
    add_string(section->help, out);
    lk_text_add(out, ",");
    if (section->words) {
        lk_text_add(out, "\"default\":\"%s\",\"anyOf\":[{", section->type);
        add_words(section->words, out);
        lk_text_add(out, "},{");
    }
    if (section->file)
        lk_text_add(out,
                    "\"description\":\"a file with the object\",\"type\":\"string\","
                    "\"pattern\":\"\\\\%s$\"},{",
                    section->file);
    add_keys(section, out);
    lk_text_add(out, section->words ? "}]}" : "}");
}

lk_status lk_config_schema(lk_text *out, lk_error *err) {
    lk_text compact = { 0 };
    lk_json json = { 0 };
    add_section(lk_section_find(""), &compact);
    lk_status status = compact.failed
                           ? lk_fail_memory(err, compact.n, "the schema")
                           : lk_json_parse(compact.data, compact.n, "schema", &json, err);
    if (!status) status = lk_json_print(json.root, true, out, err);
    if (!status) lk_text_bytes(out, "\n", 1);
    lk_json_deinit(&json);
    lk_text_deinit(&compact);
    return status;
}
