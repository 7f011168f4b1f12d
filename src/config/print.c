/* Resolved configs as JSON, and the differences between two. */
#include "config/sections.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

enum { DIFFERENCES_MAX = 5 };

static lk_status write_section(const lk_config *config, const lk_section *section, cJSON *object,
                               lk_error *err);

static bool is_left_out(const lk_config *config, const lk_section *section) {
    const lk_chosen *chosen =
        (const lk_chosen *)(const void *)((const char *)config + section->chosen);
    return section->is_extra && strcmp(chosen->choice->name, section->type) == 0;
}

static lk_status write_inside(const lk_config *config, const lk_section *inside, const char *key,
                              cJSON *object, lk_error *err) {
    if (is_left_out(config, inside)) return LK_OK;
    cJSON *value = cJSON_AddObjectToObject(object, key);
    return value ? write_section(config, inside, value, err) : lk_json_no_memory(err, key);
}

/* The type, the common keys, the row's own keys, then the sections inside. */
static lk_status write_section(const lk_config *config, const lk_section *section, cJSON *object,
                               lk_error *err) {
    const char *options = (const char *)config + section->offset;
    const lk_chosen *chosen =
        section->list ? (const lk_chosen *)(const void *)((const char *)config + section->chosen)
                      : NULL;
    lk_status status = LK_OK;
    if (chosen && !cJSON_AddStringToObject(object, "type", chosen->choice->name))
        status = lk_json_no_memory(err, "a config");
    for (const lk_option *option = section->options; option->key && !status; option++)
        if (!lk_section_inside(section, option))
            status = lk_option_write(option, options, object, err);
    if (chosen && !status)
        status = lk_options_write(chosen->choice->options, chosen->options, object, err);
    for (const lk_option *option = section->options; option->key && !status; option++) {
        const lk_section *inside = lk_section_inside(section, option);
        if (inside) status = write_inside(config, inside, option->key, object, err);
    }
    return status;
}

static cJSON *architecture_in(const cJSON *tree) {
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(tree, "model"),
                                            "architecture");
}

/* With the layers for pictures of that size, and without a width that says nothing. */
static lk_status tree_of(const lk_config *config, int size, cJSON **tree, lk_error *err) {
    lk_config fitted = *config;
    lk_arena arena;
    lk_arena_init(&arena);
    lk_status status = lk_config_layers(config, size, &arena, &fitted.model.architecture, err);
    cJSON *object = status ? NULL : cJSON_CreateObject();
    if (!status)
        status = object ? write_section(&fitted, lk_section_find(""), object, err)
                        : lk_json_no_memory(err, "a config");
    if (!status && !config->model.architecture.width)
        cJSON_DeleteItemFromObjectCaseSensitive(architecture_in(object), "width");
    if (status)
        cJSON_Delete(object);
    else
        *tree = object;
    lk_arena_deinit(&arena);
    return status;
}

lk_status lk_config_print(const lk_config *config, int size, lk_text *out, lk_error *err) {
    cJSON *tree = NULL;
    lk_status status = tree_of(config, size, &tree, err);
    if (!status) status = lk_json_print(tree, true, out, err);
    cJSON_Delete(tree);
    if (!status) lk_text_bytes(out, "\n", 1);
    return status || !out->failed ? status : lk_fail_memory(err, out->n, "a config");
}

/* ---- differences ---- */

/* The first differences, as text. */
struct differences {
    lk_text *out;
    lk_config_key_test *ignores; /* NULL: nothing */
    int n;
    lk_error *err;
};

static bool is_list_of_objects(const cJSON *value) {
    return cJSON_IsArray(value) && cJSON_IsObject(value->child);
}

static lk_status value_text(const cJSON *value, lk_text *out, lk_error *err) {
    if (value && !is_list_of_objects(value)) return lk_json_print(value, false, out, err);
    if (value)
        lk_text_add(out, "%d items", cJSON_GetArraySize(value));
    else
        lk_text_add(out, "none");
    return LK_OK;
}

/* `a` or `b` may be NULL: absent. */
static lk_status compare_plain(const char *path, const cJSON *a, const cJSON *b,
                               struct differences *d) {
    lk_text text_a = { 0 }, text_b = { 0 };
    if (d->ignores && d->ignores(path)) return LK_OK;
    lk_status status = value_text(a, &text_a, d->err);
    if (!status) status = value_text(b, &text_b, d->err);
    if (!status && !text_a.failed && !text_b.failed && strcmp(text_a.data, text_b.data) != 0 &&
        d->n++ < DIFFERENCES_MAX)
        lk_text_add(d->out, "%s%s: %s and %s", d->n > 1 ? "; " : "", path, text_a.data,
                    text_b.data);
    if (text_a.failed || text_b.failed) d->out->failed = true;
    lk_text_deinit(&text_a);
    lk_text_deinit(&text_b);
    return status;
}

static lk_status compare(const char *path, const cJSON *a, const cJSON *b, struct differences *d);

static lk_status compare_members(const char *path, const cJSON *a, const cJSON *b,
                                 struct differences *d) {
    char member[LK_CONFIG_PATH_MAX];
    const cJSON *value;
    lk_status status = LK_OK;
    cJSON_ArrayForEach(value, a) {
        if (status) break;
        status = compare(lk_config_path(path, value->string, member), value,
                         cJSON_GetObjectItemCaseSensitive(b, value->string), d);
    }
    cJSON_ArrayForEach(value, b) {
        if (status || cJSON_GetObjectItemCaseSensitive(a, value->string)) continue;
        status = compare_plain(lk_config_path(path, value->string, member), NULL, value, d);
    }
    return status;
}

/* Of items of another type the other keys say nothing. */
static lk_status compare_items(const char *path, const cJSON *a, const cJSON *b,
                               struct differences *d) {
    lk_status status = LK_OK;
    const cJSON *item_a = a->child, *item_b = b->child;
    for (int i = 0; item_a && item_b && !status;
         i++, item_a = item_a->next, item_b = item_b->next) {
        char item[LK_CONFIG_PATH_MAX], type[LK_CONFIG_PATH_MAX];
        const cJSON *type_a = cJSON_GetObjectItemCaseSensitive(item_a, "type"),
                    *type_b = cJSON_GetObjectItemCaseSensitive(item_b, "type");
        snprintf(item, sizeof item, "%s[%d]", path, i);
        status = cJSON_Compare(type_a, type_b, true)
                     ? compare_members(item, item_a, item_b, d)
                     : compare_plain(lk_config_path(item, "type", type), type_a, type_b, d);
    }
    return status;
}

static lk_status compare(const char *path, const cJSON *a, const cJSON *b, struct differences *d) {
    if (cJSON_IsObject(a) && cJSON_IsObject(b)) return compare_members(path, a, b, d);
    if (is_list_of_objects(a) && is_list_of_objects(b) &&
        cJSON_GetArraySize(a) == cJSON_GetArraySize(b))
        return compare_items(path, a, b, d);
    return compare_plain(path, a, b, d);
}

/* Without the name of the run, and that of the preset and its width, as the layers are what
   counts. */
static lk_status comparable_tree_of(const lk_config *config, int size, cJSON **tree,
                                    lk_error *err) {
    lk_status status = tree_of(config, size, tree, err);
    if (status) return status;
    cJSON_DeleteItemFromObjectCaseSensitive(*tree, "name");
    cJSON_DeleteItemFromObjectCaseSensitive(architecture_in(*tree), "preset");
    cJSON_DeleteItemFromObjectCaseSensitive(architecture_in(*tree), "width");
    return LK_OK;
}

lk_status lk_config_difference_except(const lk_config *a, const lk_config *b, int size,
                                      lk_config_key_test *ignores, lk_text *out, lk_error *err) {
    cJSON *tree_a = NULL, *tree_b = NULL;
    struct differences differences = { .out = out, .ignores = ignores, .err = err };
    lk_status status = comparable_tree_of(a, size, &tree_a, err);
    if (!status) status = comparable_tree_of(b, size, &tree_b, err);
    if (!status) status = compare_members("", tree_a, tree_b, &differences);
    if (!status && out->failed)
        status = lk_fail_memory(err, out->n, "the difference of two configs");
    cJSON_Delete(tree_a);
    cJSON_Delete(tree_b);
    return status;
}

lk_status lk_config_difference(const lk_config *a, const lk_config *b, int size, lk_text *out,
                               lk_error *err) {
    return lk_config_difference_except(a, b, size, NULL, out, err);
}
