/* Resolved configs as JSON, and what differs between two. */
#include "config/sections.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { DIFFERENCES_MAX = 5 };

static lk_status write_section(const lk_config *config, const lk_section *section, cJSON *object,
                               lk_error *err);

static lk_status write_inside(const lk_config *config, const lk_section *inside, const char *key,
                              cJSON *object, lk_error *err) {
    cJSON *value = cJSON_AddObjectToObject(object, key);
    return value ? write_section(config, inside, value, err) : lk_json_no_memory(err, key);
}

/* The type, the common keys, the row's own, sections inside. */
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
    if (chosen && !status) status = lk_chosen_write(chosen, object, err);
    for (const lk_option *option = section->options; option->key && !status; option++) {
        const lk_section *inside = lk_section_inside(section, option);
        if (inside) status = write_inside(config, inside, option->key, object, err);
    }
    return status;
}

static lk_status tree_of(const lk_config *config, cJSON **tree, lk_error *err) {
    cJSON *object = cJSON_CreateObject();
    lk_status status = object ? write_section(config, lk_section_find(""), object, err)
                              : lk_json_no_memory(err, "a config");
    if (status)
        cJSON_Delete(object);
    else
        *tree = object;
    return status;
}

lk_status lk_config_print(const lk_config *config, lk_text *out, lk_error *err) {
    cJSON *tree = NULL;
    lk_status status = tree_of(config, &tree, err);
    if (!status) status = lk_json_print(tree, true, out, err);
    cJSON_Delete(tree);
    if (!status) lk_text_bytes(out, "\n", 1);
    return status || !out->failed ? status : lk_fail_memory(err, out->n, "a config");
}

/* ---- differences ---- */

static lk_status value_text(const cJSON *value, lk_text *out, lk_error *err) {
    if (value) return lk_json_print(value, false, out, err);
    lk_text_add(out, "none");
    return LK_OK;
}

/* `a` or `b` may be NULL: absent. */
static lk_status compare(const char *path, const cJSON *a, const cJSON *b, int *n, lk_text *out,
                         lk_error *err) {
    lk_text text_a = { 0 }, text_b = { 0 };
    /* the keys of layers may stand in another order */
    if (cJSON_IsArray(a) && cJSON_IsArray(b) && cJSON_Compare(a, b, true)) return LK_OK;
    lk_status status = value_text(a, &text_a, err);
    if (!status) status = value_text(b, &text_b, err);
    if (!status && !text_a.failed && !text_b.failed && strcmp(text_a.data, text_b.data) != 0 &&
        (*n)++ < DIFFERENCES_MAX)
        lk_text_add(out, "%s%s: %s and %s", *n > 1 ? "; " : "", path, text_a.data, text_b.data);
    if (text_a.failed || text_b.failed) out->failed = true;
    lk_text_deinit(&text_a);
    lk_text_deinit(&text_b);
    return status;
}

static lk_status compare_members(const char *path, const cJSON *a, const cJSON *b, int *n,
                                 lk_text *out, lk_error *err) {
    char member[LK_CONFIG_PATH_MAX];
    const cJSON *value;
    lk_status status = LK_OK;
    cJSON_ArrayForEach(value, a) {
        const cJSON *other = cJSON_GetObjectItemCaseSensitive(b, value->string);
        bool deeper = cJSON_IsObject(value) && cJSON_IsObject(other);
        lk_config_path(path, value->string, member);
        if (!status)
            status = deeper ? compare_members(member, value, other, n, out, err)
                            : compare(member, value, other, n, out, err);
    }
    cJSON_ArrayForEach(value, b) {
        if (status || cJSON_GetObjectItemCaseSensitive(a, value->string)) continue;
        status = compare(lk_config_path(path, value->string, member), NULL, value, n, out, err);
    }
    return status;
}

lk_status lk_config_difference(const lk_config *a, const lk_config *b, lk_text *out,
                               lk_error *err) {
    cJSON *tree_a = NULL, *tree_b = NULL;
    int n = 0;
    lk_status status = tree_of(a, &tree_a, err);
    if (!status) status = tree_of(b, &tree_b, err);
    if (!status) status = compare_members("", tree_a, tree_b, &n, out, err);
    if (!status && out->failed)
        status = lk_fail_memory(err, out->n, "the difference of two configs");
    cJSON_Delete(tree_a);
    cJSON_Delete(tree_b);
    return status;
}
