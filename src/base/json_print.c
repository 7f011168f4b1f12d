/* JSON text from values: exact numbers (cJSON prints them lossily and NaN as null), lists of plain
   values on one line. */
#include "base/file.h"

#include <likeness/json.h>

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_string(const char *text, lk_text *out) {
    char piece[8];
    lk_text_bytes(out, "\"", 1);
    while (*text) {
        text += lk_text_escape(text, piece);
        lk_text_bytes(out, piece, strlen(piece));
    }
    lk_text_bytes(out, "\"", 1);
}

static lk_status print_number(double value, lk_text *out, lk_error *err) {
    char text[LK_NUMBER_TEXT_MAX];
    if (!isfinite(value)) return lk_fail(err, LK_FAILED, "JSON cannot hold the number %f", value);
    lk_number_text(value, text);
    lk_text_bytes(out, text, strlen(text));
    return LK_OK;
}

static void new_line(int level, lk_text *out) {
    lk_text_add(out, "\n%*s", 2 * level, "");
}

static bool has_containers(const cJSON *value) {
    const cJSON *item;
    cJSON_ArrayForEach(item, value) if (cJSON_IsArray(item) || cJSON_IsObject(item)) return true;
    return false;
}

/* An object of plain values and lists of them, such as a layer. */
static bool is_plain_object(const cJSON *value) {
    const cJSON *item;
    cJSON_ArrayForEach(item, value) if (cJSON_IsObject(item) || has_containers(item)) return false;
    return cJSON_IsObject(value);
}

/* Without spaces, on one line with spaces, or over several lines. */
enum layout { COMPACT, SPACED, INDENTED };

static lk_status print_value(const cJSON *value, enum layout layout, int level, lk_text *out,
                             lk_error *err);

static lk_status print_container(const cJSON *value, enum layout layout, int level, lk_text *out,
                                 lk_error *err) {
    bool object = cJSON_IsObject(value),
         lines = layout == INDENTED && value->child && (object || has_containers(value));
    lk_text_bytes(out, object ? "{" : "[", 1);
    for (const cJSON *child = value->child; child; child = child->next) {
        bool one_line = !object && layout == INDENTED && is_plain_object(child);
        if (lines) new_line(level + 1, out);
        if (object) {
            print_string(child->string ? child->string : "", out);
            lk_text_bytes(out, ": ", layout == COMPACT ? 1 : 2);
        }
        lk_status status = print_value(child, one_line ? SPACED : layout, level + 1, out, err);
        if (status) return status;
        if (child->next) lk_text_bytes(out, ", ", layout == COMPACT || lines ? 1 : 2);
    }
    if (lines) new_line(level, out);
    lk_text_bytes(out, object ? "}" : "]", 1);
    return LK_OK;
}

static lk_status print_value(const cJSON *value, enum layout layout, int level, lk_text *out,
                             lk_error *err) {
    if (cJSON_IsNumber(value)) return print_number(value->valuedouble, out, err);
    if (cJSON_IsArray(value) || cJSON_IsObject(value))
        return print_container(value, layout, level, out, err);
    if (cJSON_IsString(value))
        print_string(value->valuestring, out);
    else
        lk_text_add(out, "%s",
                    cJSON_IsTrue(value)    ? "true"
                    : cJSON_IsFalse(value) ? "false"
                                           : "null");
    return LK_OK;
}

lk_status lk_json_print(const cJSON *value, bool indent, lk_text *out, lk_error *err) {
    lk_status status = print_value(value, indent ? INDENTED : COMPACT, 0, out, err);
    if (!status && out->failed) status = lk_fail_memory(err, out->n, "JSON text");
    return status;
}

lk_status lk_json_write(const cJSON *json, const char *path, lk_error *err) {
    lk_text text = { 0 };
    lk_status status = lk_json_print(json, false, &text, err);
    lk_text_add(&text, "\n");
    if (!status && text.failed) status = lk_fail_memory(err, text.n, path);
    if (!status) status = lk_file_write(path, text.data, text.n, err);
    lk_text_deinit(&text);
    return status;
}
