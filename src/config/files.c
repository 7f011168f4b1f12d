/* Configs from files as one tree: `extends`, and architectures in files of their own. */
#include "config/files.h"
#include "base/file.h"
#include "base/json_errors.h"
#include "config/merge.h"
#include "config/sections.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 8 };

/* ---- files ---- */

/* The file that is read, and those that led to it. */
struct chain {
    const char *real; /* path without links and dots */
    const struct chain *from;
    int n_files;
};

static lk_status read_file(const char *path, const struct chain *from, lk_json *json,
                           lk_error *err);

static lk_status check_chain(const char *path, const struct chain *from, lk_error *err) {
    if (from->n_files >= FILES_MAX)
        return lk_fail(err, LK_USAGE, "%s: more than %d files extend one another", path, FILES_MAX);
    char real[PATH_MAX];
    if (!realpath(path, real)) return LK_OK; /* the reader says why */
    for (; from; from = from->from)
        if (strcmp(from->real, real) == 0) return lk_fail(err, LK_USAGE, "%s extends itself", path);
    return LK_OK;
}

/* The path of a name that stands in the file `path`; NULL: on the command line. */
static bool path_of(const char *path, const char *name, char out[LK_PATH_MAX]) {
    const char *slash = name[0] == '/' || !path ? NULL : strrchr(path, '/');
    return lk_format(out, LK_PATH_MAX, "%.*s%s", slash ? (int)(slash + 1 - path) : 0,
                     slash ? path : "", name);
}

/* `value`, a member of `parent` that names a file, becomes the object that the file holds. */
static lk_status take_file(const char *path, lk_json *json, cJSON *parent, cJSON *value,
                           const char *section, lk_error *err) {
    char file_path[LK_PATH_MAX], text[LK_CONFIG_PATH_MAX], quoted[LK_CONFIG_PATH_MAX];
    lk_json file = { 0 }, holder = { 0 };
    cJSON *object = NULL, *from = NULL;
    lk_status status = path_of(path, value->valuestring, file_path)
                           ? lk_json_read(file_path, &file, err)
                           : lk_fail(err, LK_USAGE, "the path is too long");
    if (status == LK_READ) status = LK_USAGE;
    if (!status && !cJSON_IsObject(file.root))
        status = lk_json_mismatch(&file, file.root, "", "an object", err);
    if (status == LK_USAGE) lk_json_error_at(json, value, section, err);
    if (status) goto done;
    snprintf(text, sizeof text, "{%s:{}}", lk_text_quoted(value->string, quoted, sizeof quoted));
    status = lk_json_argument(text, file_path, &holder, err);
    if (status) goto done;
    object = holder.root->child;
    cJSON *holder_root = holder.root;
    from = file.root;
    status = lk_json_adopt(json, &holder, err);
    if (!status) status = lk_json_adopt(json, &file, err);
    if (status) goto done;
    lk_json_move(json, holder_root, object, parent);
    while (from->child) lk_json_move(json, from, from->child, object);
done:
    lk_json_deinit(&holder);
    lk_json_deinit(&file);
    return status;
}

static bool names_file(const lk_section *section, const cJSON *value) {
    const char *name = cJSON_GetStringValue(value);
    size_t n = name ? strlen(name) : 0, n_ending = strlen(section->file);
    return n > n_ending && strcmp(name + n - n_ending, section->file) == 0;
}

/* Sections whose value is the name of a file. A file that cannot be had counts as not named. */
lk_status lk_config_take_files(const char *path, lk_json *json, lk_error *err) {
    lk_status status = LK_OK;
    for (const lk_section *section = lk_sections; section->path && lk_json_goes_on(json, status);
         section++) {
        cJSON *parent = NULL, *value = json->root;
        for (const char *at = section->path; section->file && *at;) {
            char key[LK_CONFIG_PATH_MAX];
            size_t n = strcspn(at, ".");
            snprintf(key, sizeof key, "%.*s", (int)n, at);
            parent = value;
            value = cJSON_GetObjectItemCaseSensitive(parent, key);
            at += n + (at[n] == '.');
        }
        if (!section->file || !names_file(section, value)) continue;
        lk_status taken = take_file(path, json, parent, value, section->path, err);
        if (taken && lk_json_goes_on(json, taken)) lk_json_drop(json, parent, value);
        status = lk_status_after(status, taken);
    }
    return status;
}

/* `json` becomes the tree of the file it extends, with its own members over it. */
static lk_status extend(const char *path, const cJSON *extends, const struct chain *me,
                        lk_json *json, lk_error *err) {
    char base_path[LK_PATH_MAX];
    lk_json base = { 0 };
    cJSON *over = json->root;
    struct lk_errors *errors = json->errors;
    if (!path_of(path, extends->valuestring, base_path)) {
        lk_fail(err, LK_USAGE, "the path is too long");
        return lk_json_error_at(json, extends, "extends", err);
    }
    lk_status status = check_chain(base_path, me, err);
    if (!status) status = read_file(base_path, me, &base, err);
    if (status) {
        lk_json_error_at(json, extends, "extends", err);
        return status;
    }
    status = lk_json_adopt(&base, json, err);
    if (status) {
        lk_json_deinit(&base);
        return status;
    }
    status = lk_config_merge(&base, over, err);
    base.errors = errors;
    *json = base;
    return status;
}

static lk_status drop_directives(lk_json *json, lk_error *err) {
    lk_status status = LK_OK;
    for (const lk_option *option = lk_config_directives;
         option->key && lk_json_goes_on(json, status); option++) {
        cJSON *value = cJSON_GetObjectItemCaseSensitive(json->root, option->key);
        if (value && !cJSON_IsString(value))
            status = lk_json_mismatch(json, value, option->key, "a string", err);
        if (value) lk_json_drop(json, json->root, value);
    }
    return status;
}

/* Add what the file at `path` extends, and what it names, to what was read of it. */
static lk_status complete(const char *path, const struct chain *from, lk_json *json,
                          lk_error *err) {
    char real[PATH_MAX];
    const struct chain me = { realpath(path, real) ? real : path, from,
                              from ? from->n_files + 1 : 1 };
    const char *relative_to = lk_file_is_stream(path) ? NULL : path;
    const cJSON *extends = cJSON_GetObjectItemCaseSensitive(json->root, "extends");
    bool is_object = cJSON_IsObject(json->root);
    lk_status status = is_object ? drop_directives(json, err)
                                 : lk_json_mismatch(json, json->root, "", "an object", err);
    if (is_object && lk_json_goes_on(json, status))
        status = lk_status_after(status, lk_config_take_files(relative_to, json, err));
    lk_status extended = LK_OK;
    if (extends && lk_json_goes_on(json, status))
        extended =
            cJSON_IsString(extends) ? extend(relative_to, extends, &me, json, err) : LK_USAGE;
    if (!is_object || extended) json->errors = NULL;
    return lk_status_after(status, extended);
}

static lk_status read_file(const char *path, const struct chain *from, lk_json *json,
                           lk_error *err) {
    lk_status status = lk_json_read(path, json, err);
    if (status) return status == LK_READ ? LK_USAGE : status;
    status = complete(path, from, json, err);
    if (status) lk_json_deinit(json);
    return status;
}

lk_status lk_config_complete(const char *path, lk_json *json, lk_error *err) {
    return complete(path, NULL, json, err);
}
