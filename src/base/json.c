/* JSON documents: our strict scan, then cJSON's values paired with the lines that the scan saw.
   Values keep their places when they move. */
#include "base/file.h"
#include "base/json_errors.h"
#include "base/json_scan.h"

#include <likeness/json.h>

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lk_json_place {
    const cJSON *value;
    const char *file; /* in the arena */
    int line;         /* 0: it was not read from lines */
    size_t order;     /* in the text */
};

/* ---- places ---- */

struct member {
    const char *key;
    int line;
};

static int by_key(const void *left, const void *right) {
    const struct member *a = left, *b = right;
    int order = strcmp(a->key, b->key);
    return order ? order : (a->line > b->line) - (a->line < b->line);
}

static lk_status check_keys(struct member *members, size_t n, const char *file, lk_error *err) {
    if (n) qsort(members, n, sizeof *members, by_key);
    for (size_t i = 1; i < n; i++) {
        char key[64];
        if (strcmp(members[i - 1].key, members[i].key) != 0) continue;
        return lk_fail(err, LK_USAGE, "%s:%d: got the key %s twice, first on line %d", file,
                       members[i].line, lk_text_quoted(members[i].key, key, sizeof key),
                       members[i - 1].line);
    }
    return LK_OK;
}

/* The tree and the lines are both in the order of the text; `next` counts through them. */
static lk_status pair_with_lines(const cJSON *value, const int *lines, const char *file,
                                 struct lk_json_place *places, size_t *next, lk_error *err) {
    places[*next] = (struct lk_json_place){ value, file, lines[*next], *next };
    (*next)++;
    struct member *members = NULL;
    size_t n = 0, bytes = (size_t)cJSON_GetArraySize(value) * sizeof *members;
    lk_status status = LK_OK;
    if (cJSON_IsObject(value) && !(members = lk_alloc(bytes)))
        return lk_fail_memory(err, bytes, file);
    for (const cJSON *child = value->child; child && !status; child = child->next) {
        if (members) members[n++] = (struct member){ child->string, lines[*next] };
        status = pair_with_lines(child, lines, file, places, next, err);
    }
    if (members && !status) status = check_keys(members, n, file, err);
    lk_free(members);
    return status;
}

static int by_address(const void *left, const void *right) {
    const struct lk_json_place *a = left, *b = right;
    return ((uintptr_t)a->value > (uintptr_t)b->value) -
           ((uintptr_t)a->value < (uintptr_t)b->value);
}

static const struct lk_json_place *find_place(const lk_json *json, const cJSON *value) {
    const struct lk_json_place key = { .value = value };
    const struct lk_json_place *place =
        json->n_places ? bsearch(&key, json->places, json->n_places, sizeof key, by_address) : NULL;
    for (const lk_json *other = json->adopted; other && !place; other = other->next)
        place = find_place(other, value);
    return place;
}

const char *lk_json_where(const lk_json *json, const cJSON *value, char *out, size_t n_bytes) {
    const struct lk_json_place *place = find_place(json, value);
    if (!place)
        snprintf(out, n_bytes, "(default)");
    else if (place->line == 0)
        snprintf(out, n_bytes, "%s", place->file);
    else
        snprintf(out, n_bytes, "%s:%d", place->file, place->line);
    return out;
}

bool lk_json_number(const lk_json *json, const cJSON *value, double *number) {
    const struct lk_json_place *place = cJSON_IsString(value) ? find_place(json, value) : NULL;
    if (place && place->line == 0) return lk_number_read(value->valuestring, number);
    *number = cJSON_IsNumber(value) ? value->valuedouble : (double)NAN;
    return cJSON_IsNumber(value);
}

/* ---- messages ---- */

/* The errors of the command line come last, as they have no order. */
static lk_status collect(const lk_json *json, const cJSON *value, const char *path,
                         const lk_error *err) {
    char where[LK_PATH_MAX];
    lk_error prefix;
    const struct lk_json_place *at = find_place(json, value);
    const lk_error_place place = { value, at && at->line ? at->file : NULL, at ? at->order : 0 };
    lk_error_set(&prefix, "%s: %s%s", lk_json_where(json, value, where, sizeof where), path,
                 path[0] ? ": " : "");
    lk_errors_add(json->errors, place, prefix.text, err);
    return LK_USAGE;
}

lk_status lk_json_error_at(const lk_json *json, const cJSON *value, const char *path,
                           lk_error *err) {
    char where[LK_PATH_MAX];
    if (json->errors) return collect(json, value, path, err);
    if (path[0]) lk_error_prefix(err, "%s", path);
    lk_error_prefix(err, "%s", lk_json_where(json, value, where, sizeof where));
    return LK_USAGE;
}

/* ---- reading ---- */

static lk_status build(lk_json *json, const char *text, size_t n_bytes, const char *name,
                       const lk_json_lines *lines, lk_error *err) {
    const char *file = lk_arena_text(&json->arena, name);
    size_t bytes = lk_size_mul(lines->n, sizeof *json->places);
    json->places = lk_alloc(bytes);
    json->dropped = cJSON_CreateArray();
    /* the text has passed the scan, so cJSON can only fail for lack of memory */
    json->root = cJSON_ParseWithLengthOpts(text, n_bytes + 1, NULL, 1);
    if (!file || !json->places || !json->dropped || !json->root)
        return lk_fail_memory(err, bytes + n_bytes, name);
    lk_status status =
        pair_with_lines(json->root, lines->line, file, json->places, &json->n_places, err);
    if (!status) qsort(json->places, json->n_places, sizeof *json->places, by_address);
    return status;
}

lk_status lk_json_parse(const char *text, size_t n_bytes, const char *name, lk_json *json,
                        lk_error *err) {
    lk_json result = { 0 };
    lk_json_lines lines = { 0 };
    lk_status status = LK_OK;
    lk_arena_init(&result.arena);
    char *copy = n_bytes < SIZE_MAX ? lk_alloc(n_bytes + 1) : NULL;
    if (!copy) {
        status = lk_fail_memory(err, n_bytes, name);
        goto done;
    }
    if (n_bytes) memcpy(copy, text, n_bytes);
    status = lk_json_scan(copy, n_bytes, name, &lines, err);
    if (!status) status = build(&result, copy, n_bytes, name, &lines, err);
    if (status) goto done;
    *json = result;
    result = (lk_json){ 0 };
done:
    lk_json_deinit(&result);
    lk_free(lines.line);
    lk_free(copy);
    return status;
}

const char *lk_json_input_name(const char *path) {
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

typedef lk_status read_file(const char *path, size_t max_bytes, char **data, size_t *n_bytes,
                            lk_error *err);

/* Whether the first line that is no comment is "key:" or "- item" or "---". */
static bool is_yaml(const char *text) {
    static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
    text += strspn(text, " \t\r\n");
    while (*text == '#') {
        text += strcspn(text, "\n");
        text += strspn(text, " \t\r\n");
    }
    size_t n = strspn(text, word);
    return (n && text[n] == ':') || strncmp(text, "- ", 2) == 0 || strncmp(text, "---", 3) == 0;
}

static lk_status read_by(read_file *read, const char *path, lk_json *json, lk_error *err) {
    char *text = NULL;
    size_t n_bytes = 0;
    lk_status status = read(path, LK_JSON_BYTES_MAX, &text, &n_bytes, err);
    if (status) return status == LK_FORMAT ? LK_USAGE : status;
    const char *name = lk_json_input_name(path);
    status = lk_json_parse(text, n_bytes, name, json, err);
    if (status == LK_USAGE && is_yaml(text))
        lk_fail(err, LK_USAGE, "%s: expected JSON, got YAML; likeness help config shows the keys",
                name);
    lk_free(text);
    return status;
}

lk_status lk_json_read(const char *path, lk_json *json, lk_error *err) {
    return read_by(lk_file_read, path, json, err);
}

lk_status lk_json_read_input(const char *path, lk_json *json, lk_error *err) {
    return read_by(lk_file_read_input, path, json, err);
}

static lk_status parse_as_string(const char *text, const char *name, lk_json *json, lk_error *err) {
    lk_text quoted = { 0 };
    cJSON *value = cJSON_CreateString(text);
    lk_status status =
        value ? lk_json_print(value, false, &quoted, err) : lk_fail_memory(err, strlen(text), name);
    if (!status) status = lk_json_parse(quoted.data, quoted.n, name, json, err);
    cJSON_Delete(value);
    lk_text_deinit(&quoted);
    return status;
}

/* "[.5, 1]" as "[0.5, 1]": every number outside of strings as JSON has it. */
static void repair_numbers(const char *text, lk_text *out) {
    bool string = false;
    for (size_t n = 1; *text; text += n) {
        char token[64], number[LK_NUMBER_TEXT_MAX];
        double value;
        n = 1;
        if (*text == '"') string = !string;
        if (string && *text == '\\' && text[1]) n = 2;
        if (!string && strchr("+-.0123456789", *text)) {
            n = strspn(text, "+-.0123456789eE");
            if (lk_format(token, sizeof token, "%.*s", (int)n, text) &&
                lk_number_read(token, &value)) {
                lk_text_add(out, "%s", lk_number_text(value, number));
                continue;
            }
        }
        lk_text_bytes(out, text, n);
    }
}

static lk_status parse_repaired(const char *text, const char *name, lk_json *json, lk_error *err) {
    lk_text repaired = { 0 };
    repair_numbers(text, &repaired);
    lk_status status = repaired.failed ? lk_fail_memory(err, strlen(text), name)
                                       : lk_json_parse(repaired.data, repaired.n, name, json, err);
    lk_text_deinit(&repaired);
    return status;
}

lk_status lk_json_argument(const char *text, const char *name, lk_json *json, lk_error *err) {
    lk_status status = lk_json_parse(text, strlen(text), name, json, err);
    if (status == LK_USAGE && *text && strchr("[{", *text))
        status = parse_repaired(text, name, json, err);
    if (status == LK_USAGE) status = parse_as_string(text, name, json, err);
    if (status) return status;
    for (size_t i = 0; i < json->n_places; i++) json->places[i].line = 0;
    return LK_OK;
}

void lk_json_deinit(lk_json *json) {
    for (lk_json *other = json->adopted, *next; other; other = next) {
        next = other->next;
        lk_json_deinit(other);
        lk_free(other);
    }
    cJSON_Delete(json->root);
    cJSON_Delete(json->dropped);
    lk_free(json->places);
    lk_arena_deinit(&json->arena);
    *json = (lk_json){ 0 };
}

/* ---- moving values ---- */

lk_status lk_json_adopt(lk_json *json, lk_json *other, lk_error *err) {
    lk_json *kept = lk_alloc(sizeof *kept);
    if (!kept) return lk_fail_memory(err, sizeof *kept, "a JSON document");
    *kept = *other;
    kept->next = json->adopted;
    kept->errors = NULL;
    json->adopted = kept;
    *other = (lk_json){ 0 };
    return LK_OK;
}

bool lk_json_add(cJSON *object, const char *key, cJSON *value) {
    bool added = cJSON_AddItemToObject(object, key, value);
    if (!added) cJSON_Delete(value);
    return added;
}

bool lk_json_add_number(cJSON *object, const char *key, double value) {
    return lk_json_add(object, key,
                       isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull());
}

/* Adding to a list keeps the member's key and allocates nothing, so none of this can fail. */
void lk_json_move(lk_json *json, cJSON *from, cJSON *value, cJSON *object) {
    cJSON *old = cJSON_GetObjectItemCaseSensitive(object, value->string);
    if (old) lk_json_drop(json, object, old);
    cJSON_AddItemToArray(object, cJSON_DetachItemViaPointer(from, value));
}

/* cJSON 1.7.15 loses a value that is inserted, so the items that follow move behind it. */
void lk_json_put(lk_json *json, cJSON *from, cJSON *value, cJSON *list, cJSON *old) {
    cJSON *after = old->next;
    cJSON_AddItemToArray(list, cJSON_DetachItemViaPointer(from, value));
    lk_json_drop(json, list, old);
    for (cJSON *next; after; after = next) {
        next = after->next == value ? NULL : after->next;
        cJSON_AddItemToArray(list, cJSON_DetachItemViaPointer(list, after));
    }
}

void lk_json_drop(lk_json *json, cJSON *parent, cJSON *value) {
    cJSON_AddItemToArray(json->dropped, cJSON_DetachItemViaPointer(parent, value));
}
