/* Where the codes of a model lie, in the metadata of its file. */
#include "net/code_spread.h"
#include "base/file.h"

#include <likeness/json.h>
#include <likeness/memory.h>

#include <cJSON.h>
#include <limits.h>
#include <math.h>
#include <string.h>

lk_status lk_code_spread_init(lk_code_spread *spread, int n, int latents, bool has_kl,
                              lk_error *err) {
    size_t n_bytes = (size_t)latents * sizeof(double);
    *spread = (lk_code_spread){ .n = n,
                                .latents = latents,
                                .mean = lk_alloc(n_bytes),
                                .sd = lk_alloc(n_bytes),
                                .kl = has_kl ? lk_alloc(n_bytes) : NULL };
    if (spread->mean && spread->sd && (spread->kl || !has_kl)) return LK_OK;
    lk_code_spread_deinit(spread);
    return lk_fail_memory(err, 3 * n_bytes, "statistics of codes");
}

void lk_code_spread_deinit(lk_code_spread *spread) {
    lk_free(spread->mean);
    lk_free(spread->sd);
    lk_free(spread->kl);
    *spread = (lk_code_spread){ 0 };
}

static void print_list(const char *key, const double *values, int n, lk_text *out) {
    lk_text_add(out, ", \"%s\": [", key);
    for (int i = 0; i < n; i++) lk_text_add(out, "%s%.9g", i ? ", " : "", values[i]);
    lk_text_add(out, "]");
}

void lk_code_spread_print(const lk_code_spread *spread, lk_text *out) {
    lk_text_add(out, "{\"n\": %d", spread->n);
    print_list("mean", spread->mean, spread->latents, out);
    print_list("sd", spread->sd, spread->latents, out);
    if (spread->kl) print_list("kl", spread->kl, spread->latents, out);
    lk_text_add(out, "}");
}

static lk_status read_list(const lk_json *json, const char *key, int n, double *out,
                           lk_error *err) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(json->root, key), *value;
    char expected[64];
    lk_format(expected, sizeof expected, "a list of %d numbers", n);
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) != n)
        return lk_json_mismatch(json, list ? list : json->root, key, expected, err);
    cJSON_ArrayForEach(value, list) {
        if (!cJSON_IsNumber(value) || !isfinite(value->valuedouble))
            return lk_json_mismatch(json, value, key, "finite numbers", err);
        *out++ = value->valuedouble;
    }
    return LK_OK;
}

static lk_status read_object(const lk_json *json, int latents, lk_code_spread *spread,
                             lk_error *err) {
    const cJSON *n = cJSON_GetObjectItemCaseSensitive(json->root, "n");
    bool has_kl = cJSON_HasObjectItem(json->root, "kl");
    if (!cJSON_IsNumber(n) || !(n->valuedouble >= 1 && n->valuedouble <= INT_MAX))
        return lk_json_mismatch(json, n ? n : json->root, "n", "a number of pictures", err);
    lk_status status = lk_code_spread_init(spread, n->valueint, latents, has_kl, err);
    if (!status) status = read_list(json, "mean", latents, spread->mean, err);
    if (!status) status = read_list(json, "sd", latents, spread->sd, err);
    if (!status && has_kl) status = read_list(json, "kl", latents, spread->kl, err);
    return status;
}

lk_status lk_code_spread_read(const lk_safetensors *file, const char *path, int latents,
                              lk_code_spread *spread, lk_error *err) {
    const char *text = lk_safetensors_metadata(file, "likeness.codes");
    char name[LK_PATH_MAX + 32];
    lk_json json = { 0 };
    *spread = (lk_code_spread){ 0 };
    if (!text) return LK_OK;
    lk_format(name, sizeof name, "%s (metadata likeness.codes)", path);
    lk_status status = lk_json_parse(text, strlen(text), name, &json, err);
    if (!status) status = read_object(&json, latents, spread, err);
    if (status) lk_code_spread_deinit(spread);
    lk_json_deinit(&json);
    return status == LK_USAGE ? LK_FORMAT : status;
}
