/* Architectures: presets that are part of the program, and layer lists of a config's own. */
#include "base/file.h"
#include "model/presets.h"

#include <likeness/model.h>

#include <cJSON.h>
#include <string.h>

static lk_status read_part(const lk_json *json, const cJSON *object, const char *key,
                           const char *path, lk_arena *arena, lk_layers *out, lk_error *err) {
    char full[256], place[LK_PATH_MAX];
    lk_format(full, sizeof full, "%s.%s", path, key);
    const cJSON *part = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!part)
        return lk_fail(err, LK_USAGE, "%s: %s: got nothing, wanted a list of layers",
                       lk_json_where(json, object, place, sizeof place), full);
    return lk_layers_read(json, part, full, arena, out, err);
}

static lk_status refuse_other_keys(const lk_json *json, const cJSON *object, const char *path,
                                   lk_error *err) {
    char place[LK_PATH_MAX];
    const cJSON *item;
    cJSON_ArrayForEach(
        item,
        object) if (strcmp(item->string, "encoder") != 0 &&
                    strcmp(item->string, "decoder") !=
                        0) return lk_fail(err, LK_USAGE,
                                          "%s: %s.%s: unknown key, wanted encoder and decoder",
                                          lk_json_where(json, item, place, sizeof place), path,
                                          item->string);
    return LK_OK;
}

static lk_status check_end(const lk_json *json, const cJSON *object, const char *path,
                           const lk_layers *decoder, lk_error *err) {
    char place[LK_PATH_MAX];
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "decoder");
    if (lk_layers_end_in(decoder, "sigmoid")) return LK_OK;
    return lk_fail(err, LK_USAGE,
                   "%s: %s.decoder: got a last layer %s, wanted {\"type\": \"sigmoid\"}, as pixels "
                   "are in [0, 1]",
                   lk_json_where(json, decoder->n ? cJSON_GetArrayItem(list, decoder->n - 1) : list,
                                 place, sizeof place),
                   path, decoder->n ? decoder->list[decoder->n - 1].choice->name : "of none");
}

static lk_status read_object(const lk_json *json, const cJSON *object, const char *path,
                             lk_arena *arena, lk_architecture *out, lk_error *err) {
    lk_architecture read = { 0 };
    lk_status status = refuse_other_keys(json, object, path, err);
    if (!status) status = read_part(json, object, "encoder", path, arena, &read.encoder, err);
    if (!status) status = read_part(json, object, "decoder", path, arena, &read.decoder, err);
    if (!status) status = check_end(json, object, path, &read.decoder, err);
    if (!status) *out = read;
    return status;
}

static lk_status read_preset(int i, lk_arena *arena, lk_architecture *out, lk_error *err) {
    lk_json json = { 0 };
    char name[128];
    lk_format(name, sizeof name, "preset %s", lk_architecture_names[i]);
    lk_status status =
        lk_json_parse((const char *)lk_preset_texts[i], lk_preset_bytes[i], name, &json, err);
    if (status) return status;
    status = read_object(&json, json.root, "architecture", arena, out, err);
    lk_json_deinit(&json);
    return status;
}

lk_status lk_architecture_read(const lk_json *json, const cJSON *value, const char *path,
                               lk_arena *arena, lk_architecture *out, lk_error *err) {
    if (cJSON_IsObject(value)) return read_object(json, value, path, arena, out, err);
    const char *name = value ? cJSON_GetStringValue(value) : "compact";
    for (int i = 0; name && lk_architecture_names[i]; i++)
        if (strcmp(name, lk_architecture_names[i]) == 0) return read_preset(i, arena, out, err);
    char place[LK_PATH_MAX];
    const char *nearest = name ? lk_text_nearest(name, lk_architecture_names) : NULL;
    lk_text names = { 0 };
    for (int i = 0; lk_architecture_names[i]; i++)
        lk_text_add(&names, "%s%s", i ? ", " : "", lk_architecture_names[i]);
    lk_status status =
        lk_fail(err, LK_USAGE,
                "%s: %s: got \"%s\", wanted %s or {\"encoder\": [...], \"decoder\": [...]}%s%s%s",
                lk_json_where(json, value, place, sizeof place), path, name ? name : "no name",
                names.data ? names.data : "", nearest ? "; did you mean \"" : "",
                nearest ? nearest : "", nearest ? "\"?" : "");
    lk_text_deinit(&names);
    return status;
}
