/* One config over another: objects are merged, and a new type or preset drops what it replaces. */
#include "config/merge.h"
#include "config/sections.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* An object of the tree: what its "type" chooses from, and the keys that any type has. */
struct kind {
    const char *path;             /* "reconstruction.terms[0]" */
    const lk_section *section;    /* NULL: an item of a list, or no section */
    const lk_choice *const *list; /* NULL: it has no type */
    const char *type;        /* of an object that names none; NULL: none, or the model decides */
    const lk_option *common; /* may be NULL */
};

static struct kind kind_of_section(const char *path) {
    const lk_section *section = lk_section_find(path);
    if (!section) return (struct kind){ .path = path };
    return (struct kind){ path, section, section->list, section->type, section->options };
}

/* ---- what is dropped ---- */

static const char *type_of(const cJSON *object, const char *otherwise) {
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(object, "type");
    return cJSON_IsString(type) ? type->valuestring : otherwise;
}

/* Another type drops the keys that it does not know. Unknown keys of the same type stay, so that
   they are reported. */
static void drop_foreign_keys(lk_json *json, const struct kind *kind, cJSON *object,
                              const cJSON *over) {
    if (!kind->list) return;
    const char *old = type_of(object, kind->type), *type = type_of(over, old);
    const lk_choice *choice = type ? lk_choice_find(kind->list, type) : NULL;
    if (!choice || (old && strcmp(type, old) == 0)) return;
    for (cJSON *value = object->child, *next; value; value = next) {
        next = value->next;
        if (lk_option_find(choice->options, value->string) ||
            lk_option_find(kind->common, value->string))
            continue;
        if (strcmp(value->string, "type") != 0) lk_json_drop(json, object, value);
    }
}

/* A preset drops the lists of layers and the former width, a width the lists, and a new list drops
   the preset that it changes. */
static void drop_layers(lk_json *json, const lk_section *section, cJSON *object,
                        const cJSON *over) {
    if (!section || section->options != lk_architecture_options) return;
    bool preset = cJSON_GetObjectItemCaseSensitive(over, "preset"),
         width = cJSON_GetObjectItemCaseSensitive(over, "width"),
         lists = cJSON_GetObjectItemCaseSensitive(over, "encoder") ||
                 cJSON_GetObjectItemCaseSensitive(over, "decoder");
    for (cJSON *value = object->child, *next; value; value = next) {
        next = value->next;
        bool drop = strcmp(value->string, "preset") == 0  ? lists
                    : strcmp(value->string, "width") == 0 ? lists || preset
                                                          : !lists && (preset || width);
        if (drop) lk_json_drop(json, object, value);
    }
}

/* ---- lists ---- */

static bool is_index(const char *key) {
    return *key && strspn(key, "0123456789") == strlen(key);
}

/* Whether an object of a change has the keys of a list: {"0": ...}. */
static bool has_indices(const cJSON *value) {
    return cJSON_IsObject(value) && value->child && is_index(value->child->string);
}

/* The row of a key of an object; NULL: it has none. */
static const lk_option *option_of(const struct kind *kind, const cJSON *object, const char *key) {
    const char *type = kind->list ? type_of(object, kind->type) : NULL;
    const lk_choice *choice = type ? lk_choice_find(kind->list, type) : NULL;
    const lk_option *option = choice ? lk_option_find(choice->options, key) : NULL;
    return option ? option : lk_option_find(kind->common, key);
}

/* A list that the tree does not have yet is made of its default. */
static lk_status make_list(lk_json *json, const lk_option *option, cJSON *object, cJSON **list,
                           lk_error *err) {
    char key[LK_CONFIG_PATH_MAX];
    lk_text text = { 0 };
    lk_json made = { 0 };
    bool is_list = option && option->text && option->text[0] == '[';
    if (!is_list) return LK_OK;
    lk_text_add(&text, "{%s:%s}", lk_text_quoted(option->key, key, sizeof key), option->text);
    lk_status status = text.failed ? lk_fail_memory(err, text.n, option->key)
                                   : lk_json_argument(text.data, "(default)", &made, err);
    cJSON *holder = made.root;
    if (!status) status = lk_json_adopt(json, &made, err);
    if (!status) {
        *list = holder->child;
        lk_json_move(json, holder, *list, object);
    }
    lk_json_deinit(&made);
    lk_text_deinit(&text);
    return status;
}

static lk_status merge(lk_json *json, const struct kind *kind, cJSON *object, cJSON *over,
                       int levels, lk_error *err);

/* One item of a list takes what is over it: its keys, or another value in its place. */
static lk_status change_item(lk_json *json, const struct kind *kind, cJSON *list, cJSON *over,
                             cJSON *value, int levels, lk_error *err) {
    cJSON *item = cJSON_GetArrayItem(list, atoi(value->string));
    if (levels > 1 && cJSON_IsObject(item) && cJSON_IsObject(value))
        return merge(json, kind, item, value, levels - 1, err);
    lk_json_put(json, over, value, list, item);
    return LK_OK;
}

static lk_status change_list(lk_json *json, const char *path, const lk_option *option, cJSON *list,
                             cJSON *over, int levels, lk_error *err) {
    const lk_items *items = option ? option->items : NULL;
    int n = cJSON_GetArraySize(list);
    lk_status status = LK_OK;
    for (cJSON *value = over->child, *next; value && !status; value = next) {
        char member[LK_CONFIG_PATH_MAX];
        next = value->next;
        lk_format(member, sizeof member, "%s.%s", path, value->string);
        if (strlen(value->string) > 6 || atoi(value->string) >= n) {
            lk_fail(err, LK_USAGE, "expected an index from 0 to %d, got %.40s", n - 1,
                    value->string);
            return lk_json_error_at(json, value, path, err);
        }
        const struct kind kind = { .path = member,
                                   .list = items ? items->list : NULL,
                                   .type = items ? items->type : NULL,
                                   .common = items ? items->common : NULL };
        status = change_item(json, &kind, list, over, value, levels, err);
    }
    return status;
}

static lk_status no_list(const lk_json *json, const char *path, const cJSON *value, lk_error *err) {
    lk_fail(err, LK_USAGE, "expected a whole list, as there is none to change an item of");
    return lk_json_error_at(json, value, path, err);
}

/* ---- merging ---- */

/* Members of `over` replace those of `object`, object by object for that many levels. */
static lk_status merge_member(lk_json *json, const struct kind *kind, cJSON *object, cJSON *over,
                              cJSON *value, int levels, lk_error *err) {
    char member[LK_CONFIG_PATH_MAX];
    cJSON *old = cJSON_GetObjectItemCaseSensitive(object, value->string);
    lk_config_path(kind->path, value->string, member);
    if (levels > 1 && levels < INT_MAX / 2 && has_indices(value)) {
        const lk_option *option = option_of(kind, object, value->string);
        lk_status status = old ? LK_OK : make_list(json, option, object, &old, err);
        if (status) return status;
        if (cJSON_IsArray(old))
            return change_list(json, member, option, old, value, levels - 1, err);
        if (option && (option->type == LK_CHOICES || option->type == LK_NUMBERS))
            return no_list(json, member, value, err);
    }
    if (levels > 1 && cJSON_IsObject(old) && cJSON_IsObject(value)) {
        const struct kind inside = kind_of_section(member);
        return merge(json, &inside, old, value, levels - 1, err);
    }
    lk_json_move(json, over, value, object);
    return LK_OK;
}

static lk_status merge(lk_json *json, const struct kind *kind, cJSON *object, cJSON *over,
                       int levels, lk_error *err) {
    lk_status status = LK_OK;
    drop_foreign_keys(json, kind, object, over);
    drop_layers(json, kind->section, object, over);
    for (cJSON *value = over->child, *next; value && !status; value = next) {
        next = value->next;
        status = merge_member(json, kind, object, over, value, levels, err);
    }
    return status;
}

lk_status lk_config_overlay(lk_json *json, cJSON *over, int levels, lk_error *err) {
    const struct kind kind = kind_of_section("");
    return merge(json, &kind, json->root, over, levels, err);
}

lk_status lk_config_merge(lk_json *json, cJSON *over, lk_error *err) {
    return lk_config_overlay(json, over, INT_MAX, err);
}
