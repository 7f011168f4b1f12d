/* Options from JSON by their tables: every key is known and every value has its type and range, or
   a message says where one does not. */
#include "base/file.h"
#include "base/json_errors.h"

#include <likeness/options.h>

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS_MAX = 128, PATH_MAX_BYTES = 256 };

static void *field_of(const lk_option *option, void *options) {
    return (char *)options + option->offset;
}

/* ---- words ---- */

/* The position of a word in "uniform|gaussian", or -1. */
static int word_position(const char *words, const char *word) {
    for (int i = 0;; i++) {
        size_t n = strcspn(words, "|");
        if (strlen(word) == n && memcmp(words, word, n) == 0) return i;
        if (!words[n]) return -1;
        words += n + 1;
    }
}

/* Append "; did you mean ...?" to the message if a word of "a|b" is near. */
static void suggest_word(const char *words, const char *got, lk_error *err) {
    char copy[LK_WORDS_MAX];
    const char *list[KEYS_MAX] = { 0 };
    char *rest = NULL;
    snprintf(copy, sizeof copy, "%s", words);
    int n = 0;
    for (char *word = strtok_r(copy, "|", &rest); word && n < KEYS_MAX - 1;
         word = strtok_r(NULL, "|", &rest))
        list[n++] = word;
    const char *nearest = lk_text_nearest(got, list);
    size_t used = err ? strlen(err->text) : 0;
    if (err && nearest)
        snprintf(err->text + used, sizeof err->text - used, "; did you mean \"%s\"?", nearest);
}

static void add_known(const char *const *known, lk_error *err) {
    for (; *known && err; known++) {
        size_t n = strlen(err->text);
        snprintf(err->text + n, sizeof err->text - n, " %s%s", *known, known[1] ? "," : "");
    }
}

/* "unknown <what> "windwos", did you mean "windows"?", or all known words if none is near. */
static void fail_unknown(const char *what, const char *got, const char *const *known,
                         lk_error *err) {
    char quoted[LK_GOT_MAX];
    lk_text_quoted(got, quoted, sizeof quoted);
    const char *nearest = lk_text_nearest(got, known);
    if (nearest) {
        lk_fail(err, LK_USAGE, "unknown %s %s, did you mean \"%s\"?", what, quoted, nearest);
        return;
    }
    lk_fail(err, LK_USAGE, "unknown %s %s, known:", what, quoted);
    add_known(known, err);
}

static void fail_without_type(const char *const *known, lk_error *err) {
    lk_fail(err, LK_USAGE, "expected a \"type\", got none; known:");
    add_known(known, err);
}

static const char *join(const char *path, const char *key, char out[PATH_MAX_BYTES]) {
    snprintf(out, PATH_MAX_BYTES, "%s%s%s", path, path[0] ? "." : "", key);
    return out;
}

/* ---- one value ---- */

static bool read_number(const lk_option *option, bool whole, const lk_json *json,
                        const cJSON *value, double *out) {
    double x;
    if (!lk_json_number(json, value, &x) || !(x >= option->min && x <= option->max) ||
        (whole && x != floor(x)))
        return false;
    *out = x;
    return true;
}

/* The message "expected X, got Y" for a value that an option does not take. */
static lk_status mismatch(const lk_option *option, const lk_json *json, const cJSON *value,
                          const char *path, lk_error *err) {
    char expected[LK_WORDS_MAX];
    return lk_json_mismatch(json, value, path,
                            lk_option_expected(option, expected, sizeof expected), err);
}

/* A number in place of a list. */
static lk_status read_alone(const lk_option *option, const lk_json *json, const cJSON *value,
                            const char *path, lk_numbers *field, lk_error *err) {
    lk_numbers one = { .n = 1 };
    if (!read_number(option, option->type == LK_INTEGERS, json, value, &one.v[0]))
        return mismatch(option, json, value, path, err);
    *field = one;
    return LK_OK;
}

static lk_status read_list(const lk_option *option, const lk_json *json, const cJSON *value,
                           const char *path, void *field, lk_error *err) {
    char item_path[PATH_MAX_BYTES];
    int n = cJSON_GetArraySize(value), i = 0;
    bool strings = option->type == LK_STRINGS;
    lk_status status = LK_OK;
    if (option->words && cJSON_IsNumber(value))
        return read_alone(option, json, value, path, field, err);
    if (!cJSON_IsArray(value) || n > LK_LIST_MAX || (n == 0 && !strings))
        return mismatch(option, json, value, path, err);
    lk_numbers numbers = { .n = n };
    lk_strings texts = { .n = n };
    for (const cJSON *item = value->child; item && lk_json_goes_on(json, status);
         item = item->next, i++) {
        lk_option one = *option;
        one.type = option->type == LK_NUMBERS ? LK_NUMBER : strings ? LK_STRING : LK_INTEGER;
        bool valid = strings
                         ? cJSON_IsString(item)
                         : read_number(option, one.type == LK_INTEGER, json, item, &numbers.v[i]);
        snprintf(item_path, sizeof item_path, "%s[%d]", path, i);
        if (!valid) status = mismatch(&one, json, item, item_path, err);
        texts.v[i] = item->valuestring;
    }
    if (status) return status;
    if (strings)
        *(lk_strings *)field = texts;
    else
        *(lk_numbers *)field = numbers;
    return LK_OK;
}

static lk_status read_item(const lk_items *items, const lk_json *json, const cJSON *value,
                           const char *path, lk_arena *arena, lk_chosen_item *out, lk_error *err) {
    char file[LK_PATH_MAX], where[LK_PATH_MAX + PATH_MAX_BYTES];
    lk_chosen_item item = { 0 };
    snprintf(where, sizeof where, "%s: %s", lk_json_where(json, value, file, sizeof file), path);
    item.where = lk_arena_text(arena, where);
    item.common = items->common ? lk_arena_alloc(arena, items->common_size) : NULL;
    if (!item.where || (items->common && !item.common))
        return lk_fail_memory(err, strlen(where) + items->common_size, path);
    lk_status status = lk_choice_read(items->list, items->type, items->common, item.common, json,
                                      value, path, arena, &item.chosen, err);
    if (!status) *out = item;
    return status;
}

static lk_status read_choices(const lk_option *option, const lk_json *json, const cJSON *value,
                              const char *path, lk_arena *arena, lk_chosen_list *field,
                              lk_error *err) {
    lk_chosen_list list = { .n = cJSON_GetArraySize(value) };
    int i = 0;
    lk_status status = LK_OK;
    if (!cJSON_IsArray(value) || list.n < option->min || list.n > option->max)
        return mismatch(option, json, value, path, err);
    list.item = lk_arena_alloc(arena, (size_t)list.n * sizeof *list.item);
    if (!list.item) return lk_fail_memory(err, (size_t)list.n * sizeof *list.item, path);
    for (const cJSON *item = value->child; item && lk_json_goes_on(json, status);
         item = item->next, i++) {
        char item_path[PATH_MAX_BYTES];
        snprintf(item_path, sizeof item_path, "%s[%d]", path, i);
        status = lk_status_after(
            status, read_item(option->items, json, item, item_path, arena, &list.item[i], err));
    }
    if (!status) *field = list;
    return status;
}

static lk_status read_word(const lk_option *option, const lk_json *json, const cJSON *value,
                           const char *path, int *field, lk_error *err) {
    int position = cJSON_IsString(value) ? word_position(option->words, value->valuestring) : -1;
    if (position < 0) {
        char expected[LK_WORDS_MAX], got[LK_GOT_MAX];
        lk_fail(err, LK_USAGE, "expected %s, got %s",
                lk_option_expected(option, expected, sizeof expected),
                lk_json_describe(value, got));
        if (cJSON_IsString(value)) suggest_word(option->words, value->valuestring, err);
        return lk_json_error_at(json, value, path, err);
    }
    *field = position;
    return LK_OK;
}

lk_status lk_option_read(const lk_option *option, const lk_json *json, const cJSON *value,
                         const char *path, lk_arena *arena, void *options, lk_error *err) {
    void *field = field_of(option, options);
    bool valid = false;
    double whole = 0;
    switch (option->type) { /* never: no case, as the compiler sees that each type has one */
    case LK_NUMBER:
        valid = read_number(option, false, json, value, field);
        break;
    case LK_INTEGER:
        valid = read_number(option, true, json, value, &whole);
        if (valid) *(int64_t *)field = (int64_t)whole;
        break;
    case LK_BOOLEAN:
        valid = cJSON_IsBool(value);
        if (valid) *(bool *)field = cJSON_IsTrue(value);
        break;
    case LK_STRING:
        valid = cJSON_IsString(value) && strlen(value->valuestring) < LK_WORDS_MAX;
        if (valid) memcpy(field, value->valuestring, strlen(value->valuestring) + 1);
        break;
    case LK_WORD:
        return read_word(option, json, value, path, field, err);
    case LK_NUMBERS:
    case LK_INTEGERS:
    case LK_STRINGS:
        return read_list(option, json, value, path, field, err);
    case LK_CHOICES:
        return read_choices(option, json, value, path, arena, field, err);
    case LK_JSON:
        *(const cJSON **)field = value;
        return LK_OK;
    }
    return valid ? LK_OK : mismatch(option, json, value, path, err);
}

/* ---- tables ---- */

/* The numbers of "[3, 5]", as the tables write a default. */
static lk_numbers numbers_of(const char *text) {
    lk_numbers numbers = { 0 };
    for (char *end = NULL; (text = strpbrk(text, "-0123456789")) && numbers.n < LK_LIST_MAX;
         text = end)
        numbers.v[numbers.n++] = strtod(text, &end);
    return numbers;
}

static void set_default(const lk_option *option, void *field) {
    switch (option->type) { /* never: no case, as the compiler sees that each type has one */
    case LK_NUMBER:
        *(double *)field = option->value;
        break;
    case LK_INTEGER:
        *(int64_t *)field = (int64_t)option->value;
        break;
    case LK_BOOLEAN:
        *(bool *)field = option->value != 0;
        break;
    case LK_WORD:
        *(int *)field = word_position(option->words, option->text);
        break;
    case LK_STRING:
        snprintf(field, LK_WORDS_MAX, "%s", option->text);
        break;
    case LK_NUMBERS:
    case LK_INTEGERS:
        *(lk_numbers *)field = numbers_of(option->text);
        break;
    case LK_STRINGS:
        *(lk_strings *)field = (lk_strings){ 0 };
        break;
    case LK_CHOICES:
        *(lk_chosen_list *)field = (lk_chosen_list){ 0 };
        break;
    case LK_JSON:
        *(const cJSON **)field = NULL;
        break;
    }
}

void lk_options_default(const lk_option *table, void *options) {
    for (const lk_option *option = table; option && option->key; option++)
        set_default(option, field_of(option, options));
}

const lk_option *lk_option_find(const lk_option *table, const char *key) {
    for (; table && table->key; table++)
        if (strcmp(table->key, key) == 0) return table;
    return NULL;
}

const lk_choice *lk_choice_find(const lk_choice *const *list, const char *name) {
    for (; *list; list++)
        if (strcmp((*list)->name, name) == 0) return *list;
    return NULL;
}

/* The tables of an object and the structs that they fill. */
struct keys {
    bool typed; /* it has a "type" */
    bool open;  /* of an unknown type, which may have any key */
    size_t n;
    struct {
        const lk_option *table;
        void *options;
    } target[2];
};

static lk_status unknown_key(const struct keys *keys, const lk_json *json, const cJSON *value,
                             const char *path, lk_error *err) {
    const char *known[KEYS_MAX + 2] = { 0 };
    size_t n = 0;
    if (keys->open) return LK_OK;
    if (lk_json_is_refused(json, value)) return LK_USAGE;
    if (keys->typed) known[n++] = "type";
    for (size_t t = 0; t < keys->n; t++)
        for (const lk_option *option = keys->target[t].table; option && option->key && n < KEYS_MAX;
             option++)
            known[n++] = option->key;
    fail_unknown("key", value->string, known, err);
    return lk_json_error_at(json, value, path, err);
}

/* The default of a list of choices is read like a given one, as it needs an arena too. */
static lk_status read_default(const lk_option *option, const lk_json *json, const cJSON *object,
                              const char *path, lk_arena *arena, void *options, lk_error *err) {
    char member[PATH_MAX_BYTES], expected[LK_WORDS_MAX];
    lk_json text = { 0 };
    if (option->type != LK_CHOICES || cJSON_GetObjectItemCaseSensitive(object, option->key))
        return LK_OK;
    join(path, option->key, member);
    if (!option->text) {
        lk_fail(err, LK_USAGE, "expected %s, got nothing",
                lk_option_expected(option, expected, sizeof expected));
        return lk_json_error_at(json, object, member, err);
    }
    lk_status status = lk_json_argument(option->text, "(default)", &text, err);
    if (!status) status = lk_option_read(option, &text, text.root, member, arena, options, err);
    lk_json_deinit(&text);
    return status;
}

static lk_status read_member(const struct keys *keys, const lk_json *json, const cJSON *value,
                             const char *path, lk_arena *arena, lk_error *err) {
    char member[PATH_MAX_BYTES];
    const lk_option *option = NULL;
    size_t t = 0;
    if (keys->typed && strcmp(value->string, "type") == 0) return LK_OK;
    while (t < keys->n && !(option = lk_option_find(keys->target[t].table, value->string))) t++;
    if (!option) return unknown_key(keys, json, value, path, err);
    return lk_option_read(option, json, value, join(path, value->string, member), arena,
                          keys->target[t].options, err);
}

/* Fill the targets with the members of `object` and, where it has none, with their defaults. */
static lk_status read_members(const struct keys *keys, const lk_json *json, const cJSON *object,
                              const char *path, lk_arena *arena, lk_error *err) {
    lk_status status = LK_OK;
    for (size_t t = 0; t < keys->n; t++)
        lk_options_default(keys->target[t].table, keys->target[t].options);
    for (const cJSON *value = object ? object->child : NULL; value && lk_json_goes_on(json, status);
         value = value->next)
        status = lk_status_after(status, read_member(keys, json, value, path, arena, err));
    for (size_t t = 0; t < keys->n; t++)
        for (const lk_option *option = keys->target[t].table;
             option && option->key && lk_json_goes_on(json, status); option++)
            status = lk_status_after(status, read_default(option, json, object, path, arena,
                                                          keys->target[t].options, err));
    return status;
}

/* A value that is no object counts as not given. */
static lk_status check_object(const lk_json *json, const cJSON **object, const char *path,
                              lk_error *err) {
    const cJSON *value = *object;
    if (!value || cJSON_IsObject(value)) return LK_OK;
    *object = NULL;
    return lk_json_mismatch(json, value, path, "an object", err);
}

lk_status lk_options_read(const lk_option *table, const lk_json *json, const cJSON *object,
                          const char *path, lk_arena *arena, void *options, lk_error *err) {
    const struct keys keys = { .n = 1, .target = { { table, options } } };
    lk_status status = check_object(json, &object, path, err);
    if (!lk_json_goes_on(json, status)) return status;
    return lk_status_after(status, read_members(&keys, json, object, path, arena, err));
}

/* NULL if there is no such type; the message is then in err. */
static const lk_choice *read_type(const lk_choice *const *list, const char *type,
                                  const lk_json *json, const cJSON *object, const char *path,
                                  lk_error *err) {
    const char *names[KEYS_MAX] = { 0 };
    char type_path[PATH_MAX_BYTES];
    const cJSON *value = object ? cJSON_GetObjectItemCaseSensitive(object, "type") : NULL;
    if (value && !cJSON_IsString(value)) {
        lk_json_mismatch(json, value, join(path, "type", type_path), "a string", err);
        return NULL;
    }
    if (value) type = value->valuestring;
    const lk_choice *choice = type ? lk_choice_find(list, type) : NULL;
    if (choice) return choice;
    for (size_t n = 0; n < KEYS_MAX - 1 && list[n]; n++) names[n] = list[n]->name;
    if (type)
        fail_unknown("type", type, names, err);
    else
        fail_without_type(names, err);
    lk_json_error_at(json, value ? value : object, path, err);
    return NULL;
}

lk_status lk_choice_read(const lk_choice *const *list, const char *type, const lk_option *common,
                         void *common_options, const lk_json *json, const cJSON *object,
                         const char *path, lk_arena *arena, lk_chosen *out, lk_error *err) {
    lk_status status = check_object(json, &object, path, err);
    if (status && (!type || !lk_json_goes_on(json, status))) return status;
    const lk_choice *choice = read_type(list, type, json, object, path, err);
    if (!choice) status = LK_USAGE;
    if (!lk_json_goes_on(json, status)) return status;
    void *options = choice ? lk_arena_alloc(arena, choice->options_size) : NULL;
    if (choice && !options) return lk_fail_memory(err, choice->options_size, path);
    const struct keys keys = { true,
                               !choice,
                               2,
                               { { choice ? choice->options : NULL, options },
                                 { common, common_options } } };
    status = lk_status_after(status, read_members(&keys, json, object, path, arena, err));
    if (!status && choice->check) status = choice->check(options, json, object, path, err);
    if (choice && lk_json_goes_on(json, status)) *out = (lk_chosen){ choice, options };
    return status;
}

lk_status lk_choice_error_at(const lk_json *json, const cJSON *object, const char *path,
                             const char *key, int i, lk_error *err) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    char member[PATH_MAX_BYTES], item[16] = "", place[PATH_MAX_BYTES + sizeof item];
    if (i >= 0) snprintf(item, sizeof item, "[%d]", i);
    snprintf(place, sizeof place, "%s%s", join(path, key, member), item);
    if (i >= 0 && cJSON_GetArrayItem(value, i)) value = cJSON_GetArrayItem(value, i);
    return lk_json_error_at(json, value ? value : object, place, err);
}
