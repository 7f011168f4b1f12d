/* Changes to a config from the command line: "a.b=value". */
#include "config/sets.h"
#include "config/files.h"
#include "config/merge.h"
#include "config/sections.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

/* ---- where a key leads ---- */

static const lk_items *items_in(const lk_option *table, const char *key) {
    const lk_option *option = lk_option_find(table, key);
    return option ? option->items : NULL;
}

static const lk_items *items_in_rows(const lk_choice *const *list, const char *key) {
    const lk_items *items = NULL;
    for (; list && *list && !items; list++) items = items_in((*list)->options, key);
    return items;
}

/* Cuts "encoder.3" to "encoder"; false if the last key is no index. */
static bool cut_index(char *path) {
    char *dot = strrchr(path, '.');
    if (!dot || !dot[1] || strspn(dot + 1, "0123456789") != strlen(dot + 1)) return false;
    *dot = 0;
    return true;
}

/* What the list "reconstruction.terms" or "model.architecture.encoder.3.layers" holds; NULL: it is
   no list of objects that have a type. */
static const lk_items *items_at(const char *path) {
    char parent[LK_CONFIG_PATH_MAX];
    const char *dot = strrchr(path, '.');
    if (!dot || !lk_format(parent, sizeof parent, "%.*s", (int)(dot - path), path)) return NULL;
    const lk_section *section = lk_section_find(parent);
    if (section) {
        const lk_items *items = items_in(section->options, dot + 1);
        return items ? items : items_in_rows(section->list, dot + 1);
    }
    const lk_items *outer = cut_index(parent) ? items_at(parent) : NULL;
    return outer ? items_in_rows(outer->list, dot + 1) : NULL;
}

/* Whether the keys lead to an object that has a type: "model", "reconstruction.terms.0". */
static bool leads_to_type(const char *keys, size_t n) {
    char path[LK_CONFIG_PATH_MAX];
    if (!lk_format(path, sizeof path, "%.*s", (int)n, keys)) return false;
    const lk_section *section = lk_section_find(path);
    if (section) return section->list != NULL;
    return cut_index(path) && items_at(path);
}

/* ---- the change as a tree ---- */

/* "a.b" and 3 as {"a":{"b":3}}; a word for an object is its type. Returns the number of levels. */
static int nest(const char *keys, const char *keys_end, bool is_word, const lk_text *value,
                lk_text *out) {
    int levels = 0;
    for (const char *at = keys; at <= keys_end; levels++) {
        char key[LK_CONFIG_PATH_MAX], quoted[LK_CONFIG_PATH_MAX];
        size_t n = strcspn(at, ".=");
        snprintf(key, sizeof key, "%.*s", (int)n, at);
        lk_text_add(out, "{%s:", lk_text_quoted(key, quoted, sizeof quoted));
        at += n + 1;
    }
    if (is_word && leads_to_type(keys, (size_t)(keys_end - keys))) {
        lk_text_add(out, "{\"type\":");
        levels++;
    }
    lk_text_add(out, "%s", value->data);
    for (int i = 0; i < levels; i++) lk_text_bytes(out, "}", 1);
    return levels;
}

static lk_status overlay(lk_json *json, const char *name, const lk_text *text, int levels,
                         lk_error *err) {
    lk_json over = { 0 };
    if (text->failed) {
        lk_fail_memory(err, text->n, name);
        return LK_MEMORY;
    }
    lk_status status = lk_json_argument(text->data, name, &over, err);
    if (status) return status;
    cJSON *root = over.root;
    status = cJSON_IsObject(root) ? lk_config_take_files(NULL, &over, err)
                                  : lk_fail(err, LK_USAGE, "%s: nested too deeply", name);
    if (!status) status = lk_json_adopt(json, &over, err);
    if (!status) status = lk_config_overlay(json, root, levels, err);
    lk_json_deinit(&over);
    return status;
}

static const char from_grid[] = "grid ";

const char *lk_config_set_words(const char *set) {
    size_t n = sizeof from_grid - 1;
    return strncmp(set, from_grid, n) == 0 ? set + n : set;
}

lk_status lk_config_set(lk_json *json, const char *given, lk_error *err) {
    lk_text name = { 0 }, value_text = { 0 }, text = { 0 };
    lk_json value = { 0 };
    const char *set = lk_config_set_words(given), *equals = strchr(set, '=');
    if (!equals || equals == set)
        return lk_fail(err, LK_USAGE, "--set %s: expected KEY=VALUE, as in train.epochs=3", set);
    lk_text_add(&name, "%s%s", set == given ? "--set " : "", given);
    lk_status status = name.failed ? lk_fail_memory(err, strlen(set), "--set")
                                   : lk_json_argument(equals + 1, name.data, &value, err);
    if (!status) status = lk_json_print(value.root, false, &value_text, err);
    if (status) goto done;
    int levels = nest(set, equals, cJSON_IsString(value.root), &value_text, &text);
    status = overlay(json, name.data, &text, levels, err);
done:
    lk_json_deinit(&value);
    lk_text_deinit(&text);
    lk_text_deinit(&value_text);
    lk_text_deinit(&name);
    return status;
}
