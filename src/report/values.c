/* Values of the JSON objects that hold results, and lists that grow with them. */
#include "report/values.h"

#include <likeness/text.h>

#include <cJSON.h>
#include <math.h>
#include <string.h>

lk_status lk_value_wrong(const char *path, const char *key, const char *expected, lk_error *err) {
    return lk_fail(err, LK_FORMAT, "%s: %s: expected %s", path, key, expected);
}

lk_status lk_value_text(lk_arena *arena, const cJSON *object, const char *path, const char *key,
                        const char **out, lk_error *err) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    if (!text || !lk_text_is_line(text))
        return lk_value_wrong(path, key, "a string of one line", err);
    *out = lk_arena_text(arena, text);
    return *out ? LK_OK : lk_fail_memory(err, strlen(text), path);
}

lk_status lk_value_number(const cJSON *object, const char *path, const char *key, double *out,
                          lk_error *err) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsNumber(value) && !cJSON_IsNull(value))
        return lk_value_wrong(path, key, "a number or null", err);
    *out = cJSON_IsNull(value) ? (double)NAN : value->valuedouble;
    return LK_OK;
}

lk_status lk_value_whole(const cJSON *object, const char *path, const char *key, int64_t *out,
                         lk_error *err) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    double number = cJSON_IsNumber(value) ? value->valuedouble : -1;
    if (!(number >= 0 && number < 9e15) || number != floor(number))
        return lk_value_wrong(path, key, "a whole number", err);
    *out = (int64_t)number;
    return LK_OK;
}

void *lk_results_grow(void *list, size_t n, size_t size, lk_error *err) {
    void *grown = lk_realloc(list, n * size, lk_size_mul(n + 1, size));
    if (!grown) lk_fail_memory(err, lk_size_mul(n + 1, size), "results");
    return grown;
}
