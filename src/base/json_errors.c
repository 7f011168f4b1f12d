/* What is wrong with a value of a JSON document. */
#include "base/json_errors.h"

#include <cjson/cJSON.h>
#include <stdio.h>

const char *lk_json_describe(const cJSON *value, char out[LK_GOT_MAX]) {
    char text[LK_GOT_MAX - 16];
    if (cJSON_IsObject(value)) return "an object";
    if (cJSON_IsArray(value) && !value->child) return "an empty list";
    if (cJSON_IsArray(value)) {
        snprintf(out, LK_GOT_MAX, "a list of %d", cJSON_GetArraySize(value));
        return out;
    }
    if (cJSON_IsNumber(value)) return lk_number_text(value->valuedouble, out);
    if (!cJSON_IsString(value))
        return cJSON_IsTrue(value) ? "true" : cJSON_IsFalse(value) ? "false" : "null";
    snprintf(out, LK_GOT_MAX, "%s (a string)",
             lk_text_quoted(value->valuestring, text, sizeof text));
    return out;
}

lk_status lk_json_mismatch(const lk_json *json, const cJSON *value, const char *path,
                           const char *expected, lk_error *err) {
    char got[LK_GOT_MAX];
    lk_fail(err, LK_USAGE, "expected %s, got %s", expected, lk_json_describe(value, got));
    return lk_json_error_at(json, value, path, err);
}
